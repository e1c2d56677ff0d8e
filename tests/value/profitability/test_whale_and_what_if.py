"""Whale curve, tenths, what-ifs and intervals: cases worked by hand, and claims of the literature as arithmetic."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.core.groups import equal_groups
from helpers.value.profitability import (
    LEVERS,
    MORE_OF_THE_BEST,
    EconomicProfit,
    LastingProfit,
    Levers,
    ProfitAssumptions,
    Ranked,
    assumption_sensitivity,
    concentration,
    concentration_ranges,
    does_profit_last,
    lever_table,
    losses_again,
    profit_kept,
    profit_of_tenths,
    profit_ranges,
    profit_tenths,
    pull_levers,
    whale_claims,
    whale_curve,
    whole_of_shares,
)

COSTS = pd.DataFrame(
    {
        "activity": ["order", "visit"],
        "unit_cost": [2.0, 50.0],
        "low": [1.0, 50.0],
        "high": [4.0, 50.0],
        "basis": "assumed",
    }
)


def profits(values) -> Ranked:
    values = np.array(values, dtype=float)
    return Ranked.of(values, np.full(len(values), 100.0), np.full(len(values), 20.0))


def base(size: int = 200, *, seed: int = 5, periods: int = 1) -> EconomicProfit:
    """A base with assumed margin 0.3 and two activities."""
    rng = np.random.default_rng(seed)
    rate = np.tile(rng.gamma(0.8, 200.0, size), periods)
    revenue = rate * rng.uniform(0.8, 1.2, size * periods)
    quantities = pd.DataFrame(
        {"order": rng.poisson(6, size * periods).astype(float), "visit": rng.binomial(1, 0.2, size * periods) * 1.0}
    )
    quantities["visit"] = np.tile(quantities["visit"].to_numpy()[:size], periods)
    costs = quantities * [2.0, 50.0]
    serve = costs.sum(axis="columns")
    table = pd.DataFrame(
        {
            "customer_id": np.tile(np.arange(size), periods),
            "period": np.repeat(np.arange(periods), size),
            "orders": quantities["order"],
            "list_revenue": revenue,
            "discount": 0.0,
            "revenue": revenue,
            "cost_of_goods": 0.7 * revenue,
            "cost_to_serve": serve,
            "expected_loss": 0.0,
            "capital_charge": 0.0,
            "economic_profit": 0.3 * revenue - serve,
        }
    )
    assumed = ProfitAssumptions(0.3, 0.05, cost_of_capital=0.0)
    return EconomicProfit(table, costs, quantities, COSTS, revenue, np.zeros(len(table)), assumed)


def test_whale_claim_of_the_banks() -> None:
    """A fifth makes 300 % of the profit, a fifth destroys value, the rest makes about nothing (methods digest, M11)."""
    found = concentration(profits([15.0] * 20 + [0.0] * 60 + [-10.0] * 20))
    assert (found["economic_profit"], found["top20_share"], found["peak_share"], found["bottom20_share"]) == (
        100,
        3,
        3,
        -2,
    )
    assert (found["loss_customer_share"], found["loss_amount"], found["profit_per_customer"]) == (0.2, 200.0, 1.0)


def test_whale_of_kanthal() -> None:
    """A fifth makes 225 % of the profit, 70 % break even, a tenth loses 125 % (reference value whale.kanthal)."""
    found = concentration(profits([11.25] * 20 + [0.0] * 70 + [-12.5] * 10))
    assert found["top20_share"] == pytest.approx(2.25)
    assert found["loss_amount"] / found["economic_profit"] == pytest.approx(1.25)


def test_fewer_customers_than_tenths_are_refused() -> None:
    with pytest.raises(InputError, match="9 customers are too few for 10 groups"):
        profit_of_tenths(profits(range(9)))


def test_claims_are_those_of_the_reference_values() -> None:
    """whale.kanthal, whale.range and whale.controllingwiki, and the claims of the methods digest, M11."""
    claims = whale_claims(beside=pd.Series({"low": 1.1, "high": 1.2}))
    assert claims["low"].tolist() == [1.1, 2.25, 1.5, 1.4, 3.0]
    assert claims["high"].tolist() == [1.2, 2.25, 3.0, 1.4, 3.0]
    assert MORE_OF_THE_BEST == {"more_share": 0.02, "profit_share": 0.12}


def test_shares_of_a_loss_are_not_given() -> None:
    found = concentration(profits([1.0, -4.0]))
    assert np.isnan([found["top20_share"], found["peak_share"], found["bottom20_share"]]).all()
    assert found["loss_amount"] == 4.0


@given(st.lists(st.floats(-1e4, 1e4), min_size=10, max_size=60))
def test_tenths_and_curve_hold_all_profit(values) -> None:
    ranked = profits(values)
    tenths = list(profit_of_tenths(ranked).values())
    assert sum(tenths) == pytest.approx(sum(values), abs=1e-6)
    groups = equal_groups(pd.Series(ranked.profit), pd.Series(range(len(values))))
    sizes = ranked.in_groups(np.ones(len(values)))
    assert sizes.tolist() == np.bincount(groups, minlength=11)[1:].tolist()


def test_tables_of_tenths_agree_with_the_curve() -> None:
    measured = base()
    table, curve = profit_tenths(measured), whale_curve(measured)
    ends = curve["cumulative_profit"].to_numpy()[np.cumsum(np.r_[0, table["customers"]])]
    assert np.diff(ends) == pytest.approx(table["economic_profit"].to_numpy())
    assert table["economic_profit"].tolist() == pytest.approx(
        list(profit_of_tenths(Ranked.of_measured(measured)).values())
    )
    assert curve["customer_share"].iloc[[0, -1]].tolist() == [0.0, 1.0]
    assert table["margin_rate"].to_numpy() == pytest.approx(0.3)
    rate = table["margin_rate"] - table["serve_rate"]
    assert (rate * table["revenue"]).to_numpy() == pytest.approx(table["economic_profit"].to_numpy())


def test_two_periods_cannot_be_ranked_together() -> None:
    with pytest.raises(InputError, match="200 customers in several periods: 0, 1, 2, 3, 4 and 195 more"):
        whale_curve(base(periods=2))


def test_claim_of_the_british_bank_needs_a_whale_of_six_times_the_profit() -> None:
    """2 % more customers in the top two of ten groups bring 12 % more profit only if those make 600 % of it."""
    ranked = profits([60.0] * 10 + [0.0] * 50 + [-12.5] * 40)
    total = ranked.profit.sum()
    assert total == 100
    assert ranked.in_groups(ranked.profit)[:2].sum() == 600
    assert pull_levers(ranked, Levers(more_share=0.02))["win_more"] / total == pytest.approx(0.12)


def test_levers_are_worked_out_by_hand() -> None:
    """Ten customers: two of 50, six of 10, two of -30; each pays 100 and takes 20 to serve, a quarter avoidable."""
    ranked = profits([50.0] * 2 + [10.0] * 6 + [-30.0] * 2)
    found = pull_levers(ranked, Levers(2, 2, 0.5, price_rise=0.1, leave_share=0.25, cost_cut=0.4, avoidable_share=0.25))
    assert found["worth_of_one"] == 50
    assert found["win_more"] == 1 * 50
    assert found["lift_some"] == 1 * (50 - 10)
    assert found["let_go"] == 60 - 30  # their loss ends, three quarters of what serving them cost remain
    assert found["reprice"] == 0.75 * 20 + 0.25 * 30
    assert found["serve_cheaper"] == 0.4 * 0.25 * 40
    assert found["bearable_leave_share"] == 1.0


def test_repricing_breaks_even_at_the_bearable_share() -> None:
    ranked = profits([50.0] * 8 + [15.0] * 2)
    for avoidable in (0.3, 1.0):
        share = pull_levers(ranked, Levers(avoidable_share=avoidable))["bearable_leave_share"]
        assert 0 < share < 1
        at_share = pull_levers(ranked, Levers(leave_share=share, avoidable_share=avoidable))
        assert at_share["reprice"] == pytest.approx(0.0, abs=1e-9)


def test_repricing_with_everyone_leaving_is_letting_them_go() -> None:
    ranked = profits(np.linspace(80, -40, 30))
    found = pull_levers(ranked, Levers(leave_share=1.0))
    assert found["reprice"] == pytest.approx(found["let_go"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"leave_share": 1.2}, r"leave_share: 1.2 is out of range"),
        ({"top_tenths": 0}, r"top_tenths: 0 is out of range"),
        ({"top_tenths": 6, "bottom_tenths": 4}, "6 best and 4 worst tenths leave no one in between"),
        ({"more_share": -0.1}, r"more_share: -0.1 is out of range"),
    ],
)
def test_levers_that_cannot_be_pulled_are_refused(given, message) -> None:
    with pytest.raises(InputError, match=message):
        Levers(**given)


def test_ranges_hold_the_estimate_and_come_from_what_is_assumed_alone() -> None:
    """The same whoever is resampled: the ends are those of the unit cost and the margin, for these customers."""
    measured = base()
    found = concentration_ranges(measured, rng=np.random.default_rng(1), draws=300, share=0.999)
    assert (found["low"] <= found["estimate"]).all()
    assert (found["estimate"] <= found["high"]).all()
    ends = assumption_sensitivity(measured)
    moved = [ends[f"profit_at_{end}"] - measured.total for end in ("low", "high")]
    least, most = (sum(pick(pd.concat(moved, axis=1), axis=1)) for pick in (np.min, np.max))
    assert least <= found.loc["economic_profit", "low"] - measured.total < 0.8 * least
    assert 0.8 * most < found.loc["economic_profit", "high"] - measured.total <= most
    again = concentration_ranges(measured, rng=np.random.default_rng(1), draws=300, share=0.999)
    pd.testing.assert_frame_equal(found, again)


def test_nothing_assumed_leaves_no_range() -> None:
    measured = base()
    known = measured.unit_costs.assign(low=measured.unit_costs["unit_cost"], high=measured.unit_costs["unit_cost"])
    sure = replace(measured, unit_costs=known, assumptions=ProfitAssumptions(0.3, margin_reach=0.0))
    found = concentration_ranges(sure, rng=np.random.default_rng(1), draws=99)
    assert found["low"].tolist() == pytest.approx(found["estimate"].tolist())
    assert found["high"].tolist() == pytest.approx(found["estimate"].tolist())


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(InputError, match="draws: 10 is out of range"):
        concentration_ranges(base(), rng=np.random.default_rng(1), draws=10)


def test_levers_are_laid_out_beside_the_total() -> None:
    measured = base()
    gains = profit_ranges(
        measured, lambda ranked: pull_levers(ranked, Levers()), rng=np.random.default_rng(1), draws=100
    )
    table = lever_table(gains, measured.total)
    assert table["lever"].tolist() == list(LEVERS.values())
    assert table["gain"].tolist() == gains.loc[list(LEVERS), "estimate"].tolist()
    assert table["share_of_profit"].to_numpy() == pytest.approx(table["gain"].to_numpy() / measured.total)
    assert lever_table(gains, -1.0)["share_of_profit"].isna().all()


def test_sensitivity_moves_one_assumption_at_a_time() -> None:
    measured = base()
    found = assumption_sensitivity(measured).set_index("assumption")
    assert set(found.index) == {"cost of order", "gross_margin"}  # the visit has no range
    orders, revenue = measured.quantities["order"].sum(), measured.customers["revenue"].sum()
    assert found.loc["cost of order", "profit_at_low"] == pytest.approx(measured.total + orders * 1.0)
    assert found.loc["cost of order", "profit_at_high"] == pytest.approx(measured.total - orders * 2.0)
    assert found.loc["gross_margin", "profit_at_high"] == pytest.approx(measured.total + 0.05 * revenue)
    assert found.loc["gross_margin", "loss_share_at_low"] >= found.loc["gross_margin", "loss_share_at_high"]


def test_losses_that_come_back_beat_the_naive_forecasts() -> None:
    found = does_profit_last(base(400, periods=2), rng=np.random.default_rng(4), draws=200)
    assert found.comparison.verdict == "better"
    assert found.losses.customers == 400
    assert found.losses.again > 0.6 > found.losses.newly
    assert found.losses.low > 0.3
    with pytest.raises(InputError, match="profit is not given for two periods"):
        does_profit_last(base(), rng=np.random.default_rng(4))


def test_chance_at_the_ends_of_a_ranking_does_not_come_back() -> None:
    """With half of the variance lasting, half of the profit at either end is kept (Galton 1886)."""
    rng = np.random.default_rng(8)
    lasting = rng.normal(0, 10, 20_000)
    before, after = lasting + rng.normal(0, 10, 20_000), lasting + rng.normal(0, 10, 20_000)
    found = profit_kept(before, after, (0.2, 0.2), rng=rng, draws=99)
    assert found["estimate"].to_numpy() == pytest.approx(0.5, abs=0.02)
    assert (found["low"] < 0.5).all()
    assert (found["high"] > 0.5).all()
    same = profit_kept(before, before, (0.2, 0.1), rng=rng, draws=99)
    assert same.to_numpy() == pytest.approx(1.0)
    assert np.isnan(profit_kept(np.abs(before), after, (0.2, 0.2), rng=rng, draws=99).loc["worst", "estimate"])


def test_no_part_is_kept_of_next_to_nothing() -> None:
    """The worst fifth earn and lose about as much: what came later is -154.7 times it, and means nothing."""
    rng = np.random.default_rng(9)
    before = np.r_[rng.uniform(50, 90, 80), np.tile([20.0, -20.0], 10)]
    before[-1] -= 0.5
    after = np.r_[before[:80], np.full(20, 4.0)]
    found = profit_kept(before, after, (0.2, 0.2), rng=rng, draws=99)
    assert found.loc["best"].notna().all()
    assert found.loc["worst"].isna().all()
    lasting = LastingProfit(None, None, found)
    assert lasting.caveat.startswith("What came again of the loss of the worst is not given")
    assert LastingProfit(None, None, found.loc[["best"]]).caveat is None


def test_no_shares_of_a_total_that_may_be_zero_by_what_is_assumed() -> None:
    measured = base()
    thin = replace(measured, assumptions=replace(measured.assumptions, margin_reach=0.9))
    found = concentration_ranges(thin, rng=np.random.default_rng(1), draws=99)
    assert found.loc["economic_profit", "low"] < 0 < found.loc["economic_profit", "estimate"]
    assert found.loc[["top20_share", "peak_share", "bottom20_share"]].isna().all(axis=None)
    assert found.loc[["loss_amount", "loss_customer_share"]].notna().all(axis=None)
    assert np.isnan(whole_of_shares(found))
    sure = concentration_ranges(measured, rng=np.random.default_rng(1), draws=99)
    assert whole_of_shares(sure) == pytest.approx(measured.total)


def test_difference_of_shares_has_the_interval_of_newcombe_1998_table_2() -> None:
    """56 of 70 against 48 of 80, method 10: 0.0524 to 0.3339."""
    found = losses_again(np.repeat([True, False], [70, 80]), np.repeat([True, False, True, False], [56, 14, 48, 32]))
    assert found.estimate == pytest.approx(0.2)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


def test_a_base_without_losers_has_no_difference() -> None:
    found = losses_again(np.zeros(20, dtype=bool), np.arange(20) < 5)
    assert (found.losing_before, found.newly) == (0, 0.25)
    assert np.isnan([found.again, found.low, found.high]).all()
