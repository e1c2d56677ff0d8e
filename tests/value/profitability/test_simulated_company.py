"""The true profit of every customer of the simulated company comes out of its tables, within a stated error."""

from datetime import date
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.core.periods import periods_before
from helpers.value import profitability
from helpers.value.profitability import EconomicProfit

from .conftest import DATA

Tables = dict[str, ir.Table]


@pytest.fixture(scope="module")
def beside_truth(measured: EconomicProfit, truth: pd.DataFrame) -> pd.DataFrame:
    """Measured beside true figures, by customer; the truth knows no charge for capital."""
    found = measured.customers.set_index("customer_id").reindex(truth.index, fill_value=0.0)
    found["before_capital"] = found["economic_profit"] + found["capital_charge"]
    found["before_credit"] = found["before_capital"] + found["expected_loss"]
    return found.join(truth[["profit", "credit_loss"]])


def test_revenue_and_goods_are_those_of_the_truth_to_the_cent(measured: EconomicProfit, truth: pd.DataFrame) -> None:
    found = measured.customers.set_index("customer_id").reindex(truth.index, fill_value=0.0)
    np.testing.assert_allclose(found["revenue"], truth["revenue"], atol=0.01)
    np.testing.assert_allclose(found["cost_of_goods"], truth["cost_of_goods"], atol=0.01)


def test_cost_to_serve_is_within_two_hundredths_for_every_customer(
    measured: EconomicProfit, truth: pd.DataFrame
) -> None:
    """The books hold each activity within about a hundredth; nothing else is lost on the way."""
    found = measured.customers.set_index("customer_id")["cost_to_serve"].reindex(truth.index, fill_value=0.0)
    true = truth["cost_to_serve"] + truth["cost_of_contacts"]
    np.testing.assert_allclose(found, true, rtol=0.02, atol=0.01)
    assert found.sum() == pytest.approx(true.sum(), rel=0.01)


def test_profit_before_credit_is_recovered_for_every_customer(beside_truth: pd.DataFrame) -> None:
    error = beside_truth["before_credit"] - (beside_truth["profit"] + beside_truth["credit_loss"])
    assert error.abs().mean() < 5  # of a mean true profit above 1,000 per customer
    assert error.abs().max() < 100
    assert abs(error.sum()) < 0.005 * beside_truth["profit"].sum()


def test_profit_after_expected_loss_is_recovered_in_total_and_in_rank(beside_truth: pd.DataFrame) -> None:
    """What a single insolvent customer will cost cannot be known; the total and the ranking can."""
    assert beside_truth["before_capital"].sum() == pytest.approx(beside_truth["profit"].sum(), rel=0.02)
    assert beside_truth["before_capital"].corr(beside_truth["profit"], method="spearman") > 0.99
    assert ((beside_truth["before_capital"] < 0) == (beside_truth["profit"] < 0)).mean() > 0.98
    loss = beside_truth[["expected_loss", "credit_loss"]].sum()
    assert 0.4 * loss["credit_loss"] < loss["expected_loss"] < 2.5 * loss["credit_loss"]


def test_the_whale_curve_is_the_true_one(beside_truth: pd.DataFrame) -> None:
    one = np.ones(len(beside_truth))
    found, true = (
        profitability.concentration(profitability.Ranked.of(beside_truth[name].to_numpy(), one, one))
        for name in ("before_capital", "profit")
    )
    assert found["top20_share"] == pytest.approx(true["top20_share"], abs=0.02)
    assert found["peak_share"] == pytest.approx(true["peak_share"], abs=0.02)
    assert found["loss_customer_share"] == pytest.approx(true["loss_customer_share"], abs=0.01)


def test_hidden_discounts_are_found_as_prices_below_cost(measured: EconomicProfit, truth: pd.DataFrame) -> None:
    losses = profitability.explain_losses(measured)
    below_cost = losses.loc[losses["reason"] == "price below cost", "customer_id"]
    cheaters = truth.index[truth["fraud_pattern"] == "discounts"]
    served = truth.loc[cheaters, "revenue"] > 1000
    assert set(served.index[served]) <= set(below_cost)


def test_profit_of_one_year_beats_revenue_as_a_guide_to_the_next(company: Path, company_tables: Tables) -> None:
    drivers = profitability.read_cost_drivers(DATA / "simulated" / "cost_drivers.yml")
    costs = profitability.set_unit_costs(drivers, pd.read_parquet(company / "tables" / "cost_pools.parquet"))
    given = (company_tables, drivers, costs, profitability.ProfitAssumptions(None))
    span = {"as_of": date(2026, 1, 1), "months": 12}
    found = profitability.hold_out_profit(*given, rng=np.random.default_rng(3), draws=200, **span)
    assert found.comparison.verdict == "better"
    assert found.losses.low > 0.2
    assert found.losses.again > 2 * found.losses.newly
    with pytest.raises(InputError, match="cannot be split on 2025-07-01"):
        profitability.hold_out_profit(*given, rng=np.random.default_rng(3), as_of=date(2026, 1, 1), months=6)


def test_counts_by_year_cannot_be_split_within_a_year(company_tables: Tables) -> None:
    drivers = profitability.read_cost_drivers(DATA / "simulated" / "cost_drivers.yml")
    with pytest.raises(InputError, match="cannot be split on 2025-07-01"):
        profitability.gather_facts(company_tables, drivers, periods_before(date(2026, 1, 1), months=6, count=2))


def test_the_score_against_the_truth_says_how_close_it_is(measured: EconomicProfit, truth: pd.DataFrame) -> None:
    found = profitability.score_profit(measured, truth.reset_index()[["customer_id", "profit"]])
    assert found.customers == len(truth)
    assert found.true_total == pytest.approx(truth["profit"].sum())
    assert found.measured_total == pytest.approx(found.true_total, rel=0.02)
    assert found.mean_error < 0.03 * found.mean_profit
    assert found.close_share > 0.9
    assert found.sign_share > 0.98
    assert found.rank_correlation > 0.99


def test_a_wrong_measurement_scores_badly(measured: EconomicProfit, truth: pd.DataFrame) -> None:
    wrong = truth["revenue"].rename("profit").reset_index()
    found = profitability.score_profit(measured, wrong)
    assert found.mean_error > found.mean_profit / 2
    assert found.close_share < 0.2


def test_a_truth_that_is_not_one_number_per_customer_is_refused(measured: EconomicProfit, truth: pd.DataFrame) -> None:
    known = truth["profit"].rename("profit").reset_index().head(3)
    known = pd.concat([known, known.head(1)], ignore_index=True)
    known.loc[1, "profit"] = np.nan
    named = f"2 rows \\(by customer\\): {known.loc[1, 'customer_id']}, {known.loc[0, 'customer_id']}"
    with pytest.raises(InputError, match=named):
        profitability.score_profit(measured, known)


def test_spans_are_whole_years_where_activities_are_counted_by_year(company_tables: Tables) -> None:
    counted = profitability.read_cost_drivers(DATA / "simulated" / "cost_drivers.yml")
    assert [profitability.span_months(company_tables, counted, months) for months in (6, 12, 13)] == [12, 12, 24]
    assert profitability.span_months(company_tables, profitability.find_cost_drivers("usual"), 6) == 6
