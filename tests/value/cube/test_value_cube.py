"""The value cube: the table of eight segments, products priced from bills, steadiness, and what a budget brings."""

from dataclasses import replace
from datetime import date
from itertools import product as combinations
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from helpers.core.errors import InputError
from helpers.narrative.chapter import chapter_words
from helpers.narrative.cube import POLICIES, loss_verdict
from helpers.simulation import read_parameters, simulate
from helpers.value import (
    CUBE,
    SEGMENT_NAMES,
    CostAssumptions,
    CubeBase,
    CubeCuts,
    CubeSetting,
    Holdings,
    Measures,
    allocate_budget,
    assign_cube,
    base_before,
    base_from_contracts,
    base_from_purchases,
    budget_curve,
    check_losses,
    choose_cuts,
    compare_with_naive,
    correlate_axes,
    cut_axes,
    estimate_propensities,
    expected_gains,
    make_cube,
    membership_sensitivity,
    potential_profit,
    present_value,
    price_policy,
    price_products,
    profile_cube,
    read_holdings,
    set_refusers_apart,
    staying_share,
    under_policy,
    usual_settings,
    value_axes,
)
from helpers.value.cube.axes import HOLD_OFF, LossCheck

DATA = Path(__file__).parents[3] / "data"
TELCO = {
    "tenure": "tenure_months",
    "monthly_charges": "monthly_amount",
    "total_charges": "total_amount",
    "churn": "ended",
}
SERVICES = (
    "phone_service",
    "multiple_lines",
    "internet_service",
    "online_security",
    "online_backup",
    "device_protection",
    "tech_support",
    "streaming_tv",
    "streaming_movies",
)

WORDS = chapter_words("33_value_cube").sentences


@pytest.fixture(scope="module")
def telco() -> pd.DataFrame:
    table = pd.read_parquet(DATA / "telco" / "contracts.parquet").rename(columns=TELCO)
    table = table.rename(columns={name: f"holds_{name.removesuffix('_service')}" for name in SERVICES})
    return table.assign(ended=table["ended"] == "Yes")


@pytest.fixture(scope="module")
def telco_base(telco: pd.DataFrame) -> CubeBase:
    return base_from_contracts(telco, margin=0.4, uptake=0.5, rng=np.random.default_rng(1), folds=3)


def values_of(rows: list[tuple[float, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["current_value", "potential_value", "loyalty"])


# --- segments -------------------------------------------------------------------------------------------------------


def test_eight_segments_of_the_published_table():
    """High or low current value, potential value and loyalty: the table of the telecom literature, row by row."""
    table = {
        "platinum": "HHH",
        "gold": "HLH",
        "loyal": "LLH",
        "potential": "LHH",
        "at risk": "HHL",
        "short term": "HLL",
        "least valuable": "LLL",
        "developable": "LHL",
    }
    values = values_of([(9.0 * (a == "H"), 9.0 * (b == "H"), 0.9 * (c == "H")) for a, b, c in table.values()])
    assert assign_cube(values, CubeCuts(5, 5, 0.5)).tolist() == list(table)
    assert {segment.high for segment in CUBE} == set(combinations([True, False], repeat=3))
    assert (list(POLICIES), len(set(POLICIES.values()))) == ([segment.name for segment in CUBE], 8)


def test_a_value_on_the_cut_is_high():
    on_all_cuts = values_of([(5, 3, 0.5), (4.999, 2.999, 0.499)])
    assert assign_cube(on_all_cuts, CubeCuts(5, 3, 0.5)).tolist() == ["platinum", "least valuable"]


def test_cuts_at_mean_and_median():
    values = values_of([(1, 10, 0.1), (2, 20, 0.2), (9, 90, 0.9)])
    assert cut_axes(values) == CubeCuts(4.0, 40.0, pytest.approx(0.4), "mean")
    assert cut_axes(values, "median") == CubeCuts(2.0, 20.0, 0.2, "median")


def test_present_value_is_the_annuity_of_the_definition():
    """`CCV = sum_{t=1..n} profit / (1 + d)^t`, months at the rate that compounds to the year's."""
    monthly = 1.1 ** (1 / 12) - 1
    expected = sum(7.0 / (1 + monthly) ** month for month in range(1, 25))
    assert present_value(np.array([7.0, -7.0]), months=24, annual_rate=0.1) == pytest.approx([expected, -expected])


def test_profile_counts_everybody_once_and_shows_who_was_lost():
    values = values_of([(9, 9, 0.9), (9, 9, 0.8), (1, 1, 0.1)])
    segments = assign_cube(values, CubeCuts(5, 5, 0.5))
    profile = profile_cube(values, segments, lost=pd.Series([False, True, True]))
    assert profile.index.tolist() == list(SEGMENT_NAMES)
    assert profile["customers"].sum() == 3
    assert profile.loc["platinum", ["customers", "mean_loyalty", "lost_share"]].tolist() == [
        2,
        pytest.approx(0.85),
        0.5,
    ]
    assert profile["value_share"].sum() == pytest.approx(1)
    assert np.isnan(profile.loc["gold", "mean_loyalty"])


def test_values_that_cannot_be_cut_are_refused_all_at_once():
    rows = [(np.nan, -1, 0.5), (1, 2, 1.5), (np.inf, 3, 0.5)]
    with pytest.raises(InputError) as raised:
        cut_axes(values_of(rows))
    assert [fault.what for fault in raised.value.faults] == [
        "current_value is missing or infinite in 2 rows: 0, 2",
        "potential_value is negative in 1 row: 0",
        "loyalty is no probability in 1 row: 1",
    ]
    with pytest.raises(InputError, match="loyalty is constant: 0.5 in all 2 rows".replace(".", r"\.")):
        cut_axes(values_of([(1, 2, 0.5), (2, 3, 0.5)]))
    with pytest.raises(InputError, match="unknown rule for the cuts 'meadian'"):
        cut_axes(values_of([(1, 2, 0.5)]), "meadian")
    with pytest.raises(InputError, match="column 'loyalty' is missing"):
        assign_cube(pd.DataFrame({"current_value": [1.0], "potential_value": [1.0]}), CubeCuts(1, 1, 1))


def test_stated_cuts_are_taken_only_as_a_business_rule():
    values, stated = values_of([(1, 10, 0.1), (3, 30, 0.3)]), CubeCuts(7, 8, 0.9)
    assert choose_cuts(values, "business_rule", stated) is stated
    assert choose_cuts(values, "mean", stated) == cut_axes(values)


def test_losses_are_held_against_loyalty():
    values = values_of([(9, 9, 0.9), (9, 9, 0.7), (1, 1, 0.2), (1, 1, 0.4)])
    segments, lost = assign_cube(values, CubeCuts(5, 5, 0.5)), pd.Series([False, True, True, True])
    check = check_losses(profile_cube(values, segments, lost=lost), segments, lost)
    assert (check.low_lost, check.high_lost, check.holds) == (1.0, 0.5, True)
    assert check.largest_gap == pytest.approx(0.3)
    nobody = pd.Series([True, False, False, False])
    assert not check_losses(profile_cube(values, segments, lost=nobody), segments, nobody).holds


# --- steadiness -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def monthly() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "profit_per_month": rng.gamma(2, 10, 1_000),
            "potential_profit_per_month": rng.gamma(2, 3, 1_000),
            "loyalty": rng.beta(4, 2, 1_000),
        }
    )


def test_rate_and_horizon_move_nobody_under_cuts_that_move_with_them(monthly):
    base = CubeSetting("base", 24, 0.1, "mean")
    others = [CubeSetting("dear", 24, 0.5, "mean"), CubeSetting("short", 6, 0.1, "mean")]
    found = membership_sensitivity(monthly, base, others)
    assert found.table["moved"].tolist() == [0, 0]
    assert (found.steady == 1).all()


def test_under_a_fixed_sum_of_money_a_shorter_horizon_moves_customers_down(monthly):
    base = CubeSetting("base", 24, 0.1, "mean")
    found = membership_sensitivity(
        monthly, base, [CubeSetting("short", 12, 0.1, "business rule"), CubeSetting("median", 24, 0.1, "median")]
    )
    values = value_axes(monthly, months=24, annual_rate=0.1)
    shorter = value_axes(monthly, months=12, annual_rate=0.1)
    cuts = cut_axes(values)
    expected = assign_cube(values, cuts).astype("str") != assign_cube(shorter, cuts).astype("str")
    assert found.table["moved"].iloc[0] == expected.sum() > 300
    assert found.table["largest_move"].iloc[0] in {
        "gold to loyal",
        "potential to loyal",
        "short term to least valuable",
    }
    moved_both = found.steady == 0
    assert 0 < moved_both.sum() < expected.sum()


def test_usual_settings_change_one_thing_at_a_time():
    base, settings = usual_settings(12, 0.6, "business_rule")
    assert (base.months, base.annual_rate, base.rule) == (12, 0.6, "mean")
    changed = [(s.months != 12) + (s.annual_rate != 0.6) for s in settings]
    assert changed == [1, 1, 1, 1, 0]
    assert settings[0].annual_rate == 1.0, "a rate above one is refused elsewhere"
    assert usual_settings(12, 0.1, "median")[1][-1].rule == "mean"


def test_a_base_without_cuts_and_an_unknown_rule_are_refused(monthly):
    with pytest.raises(InputError, match="the base is cut by 'business rule'"):
        membership_sensitivity(monthly, CubeSetting("base", 24, 0.1, "business rule"), [])
    with pytest.raises(InputError, match="unknown rule for the cuts 'mode'"):
        membership_sensitivity(monthly, CubeSetting("base", 24, 0.1, "mode"), [])


# --- products -------------------------------------------------------------------------------------------------------


def test_holdings_know_kinds_and_what_is_out_of_reach():
    contracts = pd.DataFrame(
        {
            "holds_phone": [True, False, True],
            "holds_net": ["Fast", "No", "Slow"],
            "holds_tv": ["Yes", "No net", "No"],
        }
    )
    found = read_holdings(contracts)
    assert found.held.columns.tolist() == ["phone", "net: Fast", "net: Slow", "tv"]
    assert found.held.to_numpy().tolist() == [
        [True, True, False, True],
        [False, False, False, False],
        [True, False, True, False],
    ]
    assert found.open_to["net: Fast"].tolist() == [False, True, False], "who has one kind is not sold another"
    assert found.open_to["tv"].tolist() == [False, False, True], "no television without the net"


def test_telco_bills_are_sums_of_round_prices(telco):
    """The sample was made with prices of 5, 10, 20, 25 and 50 dollars; the regression finds them."""
    prices = price_products(read_holdings(telco), telco["monthly_amount"]).set_index("product")
    expected = {"phone": 20, "multiple lines": 5, "internet: DSL": 25, "internet: Fiber optic": 50}
    expected |= {"online security": 5, "tech support": 5, "streaming tv": 10, "streaming movies": 10}
    for product, price in expected.items():
        assert prices.loc[product, "price"] == pytest.approx(price, abs=0.1)
    assert prices.attrs["r_squared"] > 0.998


def test_prices_need_bills_and_products_that_can_be_distinguished(telco):
    bills = telco["monthly_amount"].copy()
    bills.iloc[[3, 5]] = [np.nan, -2.0]
    with pytest.raises(InputError, match="monthly_amount is missing or negative in 2 rows: 3, 5"):
        price_products(read_holdings(telco), bills)
    twice = telco.assign(holds_call_plan=telco["holds_phone"])
    with pytest.raises(InputError, match="always held together"):
        price_products(read_holdings(twice), telco["monthly_amount"])


def test_holdings_are_refused_when_there_are_none_or_some_are_missing(telco):
    with pytest.raises(InputError, match=r"(?s)no attribute begins with 'holds_'.*study\.yml"):
        read_holdings(telco.drop(columns=[name for name in telco if name.startswith("holds_")]))
    unknown = telco.head(4).assign(holds_phone=[1, None, 1, None])
    with pytest.raises(InputError, match="holds_phone is missing in 2 rows: 2, 4"):
        read_holdings(unknown)


def made_up_holdings(n: int = 1_500) -> tuple[Holdings, pd.DataFrame]:
    """A product that the rich hold, and one that chance gives."""
    rng = np.random.default_rng(5)
    traits = pd.DataFrame({"income": rng.normal(size=n)})
    held = pd.DataFrame({"yacht": rng.random(n) < 1 / (1 + np.exp(-3 * traits["income"])), "pen": rng.random(n) < 0.5})
    return Holdings(held, ~held), traits


def test_propensities_are_used_only_where_they_beat_the_share_of_all():
    holdings, traits = made_up_holdings()
    found = estimate_propensities(holdings, traits, rng=np.random.default_rng(1))
    quality = found.quality.set_index("product")
    assert quality["used"].to_dict() == {"yacht": "model", "pen": "share of all"}
    assert quality.loc["yacht", "auc"] > 0.85
    assert found.probability["pen"].to_numpy() == pytest.approx(holdings.held["pen"].mean())
    rich = traits["income"] > 1
    assert found.probability["yacht"][rich].mean() > 0.9


def test_a_product_held_by_nearly_all_gets_the_share_of_all():
    holdings, traits = made_up_holdings()
    held = holdings.held.assign(water=np.arange(len(traits)) >= 10)
    found = estimate_propensities(Holdings(held, ~held), traits, rng=np.random.default_rng(1))
    assert found.quality.set_index("product").loc["water", "used"] == "share of all"


def test_what_needs_a_product_does_not_speak_for_it(telco):
    """Online backup without internet cannot be: a customer without both must not look immune to internet."""
    holdings = read_holdings(telco)
    traits = telco[["tenure_months", "senior_citizen"]].astype(float)
    net_only = Holdings(
        holdings.held[["internet: DSL", "online backup"]], holdings.open_to[["internet: DSL", "online backup"]]
    )
    found = estimate_propensities(net_only, traits, rng=np.random.default_rng(1))
    without = holdings.open_to["internet: DSL"]
    assert found.probability.loc[without, "internet: DSL"].mean() > 0.4


def test_potential_profit_worked_by_hand():
    held = pd.DataFrame({"phone": [True, False], "net: A": [False, False], "net: B": [False, True], "tv": [True, True]})
    open_to = pd.DataFrame({"phone": [False, True], "net: A": [True, False], "net: B": [True, False], "tv": False})
    probability = pd.DataFrame({"phone": 0.5, "net: A": 0.4, "net: B": 0.3, "tv": 0.9}, index=[0, 1])
    profit = pd.Series({"phone": 8.0, "net: A": 10.0, "net: B": 20.0, "tv": 4.0})
    found = potential_profit(Holdings(held, open_to), probability, profit, uptake=0.5)
    assert found["potential_profit_per_month"].tolist() == [3.0, 2.0]  # of two kinds of net only the better counts
    assert found["next_product"].tolist() == ["net: B", "phone"]
    assert found["next_probability"].tolist() == [0.15, 0.25]
    nothing = potential_profit(Holdings(~open_to & False, open_to & False), probability, profit)
    assert nothing["next_product"].tolist() == ["", ""]
    assert nothing["next_probability"].isna().all()


# --- the cube of whole studies --------------------------------------------------------------------------------------


def test_telco_segments_of_low_loyalty_really_left_more_often(telco_base):
    values = value_axes(telco_base.monthly, months=24, annual_rate=0.1)
    profile = profile_cube(values, assign_cube(values, cut_axes(values)), lost=telco_base.lost)
    assert profile["customers"].sum() == 7_043
    assert (profile["customers"] > 0).all()
    loyal = [segment.name for segment in CUBE if segment.high[2]]
    fickle = [name for name in SEGMENT_NAMES if name not in loyal]
    assert profile.loc[fickle, "lost_share"].min() > 3 * profile.loc[loyal, "lost_share"].max()
    # loyalty was reported by models that had not seen the customer: on average it must be right
    assert (1 - profile["mean_loyalty"] - profile["lost_share"]).abs().max() < 0.05
    assert telco_base.loyalty_auc > 0.84
    assert telco_base.bills_explained > 0.998


def test_profit_is_the_stated_share_of_the_bill(telco, telco_base):
    assert telco_base.monthly["profit_per_month"].to_numpy() == pytest.approx(0.4 * telco["monthly_amount"].to_numpy())
    assert telco_base.monthly["still_here"].sum() == (~telco["ended"]).sum()
    products = telco_base.products.set_index("product")
    assert products.loc["internet: Fiber optic", "profit_per_month"] == pytest.approx(20, abs=0.1)
    assert telco_base.products_modelled == 10
    own, naive = telco_base.monthly["potential_profit_per_month"], telco_base.naive_potential
    assert own.corr(naive, method="spearman") > 0.5


def test_without_models_of_who_buys_what_customers_stand_elsewhere(telco_base):
    future = {"months": 24, "annual_rate": 0.1}
    values = value_axes(telco_base.monthly, **future)
    cuts = cut_axes(values)
    segments = assign_cube(values, cuts)
    found = compare_with_naive(telco_base, values, segments, cuts, **future)
    assert found.total == pytest.approx(present_value(telco_base.naive_potential, **future).sum())
    assert 0.1 < found.moved_share < 0.7
    same = telco_base.monthly["potential_profit_per_month"]
    unchanged = compare_with_naive(replace(telco_base, naive_potential=same), values, segments, cuts, **future)
    assert unchanged.moved_share == 0
    stated = replace(cuts, rule="business rule")
    assert compare_with_naive(telco_base, values, segments, stated, **future).moved_share != found.moved_share


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Path:
    """A simulated company of three years, on which it is known who has gone for good."""
    home = tmp_path_factory.mktemp("company") / "c"
    return simulate(read_parameters(DATA / "simulated" / "company.yml", {"customers": 800, "seed": 4}), home).folder


@pytest.fixture(scope="module")
def purchases(company) -> dict:
    tables = company / "tables"
    return {
        "transactions": ibis.read_parquet(tables / "transactions.parquet"),
        "products": ibis.read_parquet(tables / "products.parquet"),
        "as_of": date(2026, 1, 1),
        "costs": CostAssumptions(None),
        "months": 12,
        "uptake": 0.5,
    }


@pytest.fixture(scope="module")
def base(purchases) -> CubeBase:
    """What the purchases say today; only looked at."""
    return base_from_purchases(**purchases, rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def past(purchases) -> CubeBase:
    """What they said a year ago; only looked at."""
    return base_before(**purchases, rng=np.random.default_rng(1))


def test_without_contracts_the_loyal_segments_hold_the_living(company, base):
    truth = pq.read_table(company / "truth" / "customers.parquet").to_pandas().set_index("customer_id")
    gone = ~base.monthly["customer_id"].map(truth["alive"]).astype(bool)
    values = value_axes(base.monthly, months=24, annual_rate=0.1)
    segments = assign_cube(values, cut_axes(values, "median"))
    loyal = segments.isin([segment.name for segment in CUBE if segment.high[2]])
    assert gone[~loyal].mean() > 5 * gone[loyal].mean()
    assert base.lost is None
    assert (base.products["used"] == "model").sum() >= 10


def test_the_cube_of_a_year_ago_named_who_would_buy_nothing_since(purchases, past):
    cube = make_cube(past, "mean", CubeCuts(0, 0, 0.5), months=12, annual_rate=0.1)
    assert cube.losses.holds
    assert cube.losses == check_losses(cube.profile, cube.segments, past.lost)
    lines = purchases["transactions"].filter(ibis._.time >= ibis.timestamp("2025-01-01")).customer_id
    buyers = set(lines.to_pyarrow().to_pylist())
    assert past.lost.tolist() == [name not in buyers for name in past.monthly["customer_id"]]


def test_the_past_knows_nothing_of_the_year_after_it(purchases, past):
    """Lines after the earlier day may change who was lost, and nothing else."""
    until = purchases["transactions"].filter(ibis._.time < ibis.timestamp("2025-01-01"))
    then = purchases | {"transactions": until, "as_of": date(2025, 1, 1)}
    pd.testing.assert_frame_equal(past.monthly, base_from_purchases(**then, rng=np.random.default_rng(1)).monthly)


def test_a_history_shorter_than_two_spans_has_no_past_to_be_held_against(purchases):
    short = purchases["transactions"].filter(ibis._.time >= ibis.timestamp("2024-02-01"))
    assert base_before(**purchases | {"transactions": short}, rng=np.random.default_rng(1)) is None


def test_the_verdict_on_losses_follows_the_check():
    held, not_held = LossCheck(0.6, 0.1, 0.05), LossCheck(0.3, 0.2, 0.05)
    assert loss_verdict(held, contracts=True).startswith("The segments can be acted on: ")
    assert "do not act on it" in loss_verdict(not_held, contracts=True)
    assert "{months} months ago" in loss_verdict(held, contracts=False)
    assert "too short" in loss_verdict(None, contracts=False)


def test_values_come_with_what_they_count(telco_base, purchases):
    """Revenue or margin, horizon, rate and its period, past or not: all of it, from what was really taken."""
    cube = make_cube(telco_base, "mean", CubeCuts(0, 0, 0.5), months=24, annual_rate=0.08)
    assert cube.definition == (
        "margin (40 % of the bill), over the next 24 months, discounted at 8 % per year, past excluded"
    )
    lines = purchases["transactions"]
    some = purchases | {"transactions": lines.filter(lines["time"] >= ibis.timestamp("2025-01-01"))}
    base = base_from_purchases(**some | {"costs": CostAssumptions(None, 1.5)}, rng=np.random.default_rng(1))
    assert base.profit_counted == "margin (revenue less the cost on the lines and 1.50 an order)"
    no_cost = {"transactions": some["transactions"].drop("cost"), "costs": CostAssumptions(0.25, 2)}
    base = base_from_purchases(**some | no_cost, rng=np.random.default_rng(1))
    assert base.profit_counted == "margin (25 % of revenue less 2.00 an order)"


def test_a_cube_without_known_losses_has_no_check(telco_base):
    unknown = replace(telco_base, lost=None)
    cube = make_cube(unknown, "business_rule", CubeCuts(500, 50, 0.75), months=12, annual_rate=0.1)
    assert cube.losses is None
    assert cube.cuts.loyalty == 0.75
    assert cube.profile["customers"].sum() == len(cube.values) == 7_043


# --- budget ---------------------------------------------------------------------------------------------------------

MEASURES = Measures(keep_cost=20, keep_success=0.2, sell_cost=5, sell_success=0.1)


def test_gains_worked_by_hand():
    values = values_of([(1_000, 10, 0.6), (100, 200, 0.9), (10, 10, 0.5)])
    found = expected_gains(values, MEASURES)
    assert found["measure"].tolist() == ["keep", "sell more", "nothing"]
    assert found["gain"].tolist() == pytest.approx([0.2 * 0.4 * 1_000, 0.1 * 0.9 * 200, 0])
    assert found["net"].tolist() == pytest.approx([60, 13, 0])


def test_best_return_first_is_never_beaten_and_all_plans_meet_at_the_end(monthly):
    values = value_axes(
        monthly.assign(profit_per_month=lambda t: 3 * t["profit_per_month"]), months=24, annual_rate=0.1
    )
    segments = assign_cube(values, cut_axes(values))
    gains = expected_gains(values, MEASURES)
    curve = budget_curve(gains, segments, points=21).pivot_table(index="budget", columns="plan", values="net")
    assert (curve["best return first"] >= curve["segments in order"] - 1e-9).all()
    assert (curve["best return first"] >= curve["everyone alike"] - 25).all()  # the last customer is not split
    assert curve.iloc[0].tolist() == [0, 0, 0]
    assert curve.iloc[-1].to_numpy() == pytest.approx(under_policy(gains, segments)["net"].sum())


def test_a_budget_is_never_overspent_and_serves_who_returns_most(monthly):
    values = value_axes(
        monthly.assign(profit_per_month=lambda t: 3 * t["profit_per_month"]), months=24, annual_rate=0.1
    )
    segments = assign_cube(values, cut_axes(values))
    gains = expected_gains(values, MEASURES)
    table = allocate_budget(gains, segments, 1_000)
    assert 1_000 - 20 < table["cost"].sum() <= 1_000
    assert (table["kept"] + table["sold_to"] == table["customers"]).all()
    assert (table["gain"] - table["cost"]).to_numpy() == pytest.approx(table["net"].to_numpy())
    curve = budget_curve(gains, segments, points=2)
    assert table["net"].sum() <= curve["net"].max()
    assert allocate_budget(gains, segments, 0)["customers"].sum() == 0


def test_the_policy_binds_the_budget_and_its_price_is_known():
    """Three customers to hold off from: a measure would pay for two of them, and brings most for one."""
    segments = pd.Series(["short term", "short term", "least valuable", "gold", "platinum"])
    gains = pd.DataFrame(
        {
            "measure": ["keep", "nothing", "keep", "sell more", "keep"],
            "cost": [30.0, 0.0, 30.0, 2.0, 30.0],
            "gain": [190.0, 0.0, 33.0, 10.0, 99.0],
        }
    )
    gains["net"] = gains["gain"] - gains["cost"]
    spent = allocate_budget(gains, segments, 1_000.0)
    assert spent.loc[list(HOLD_OFF), ["customers", "cost"]].to_numpy().sum() == 0
    assert spent["net"].sum() == 8 + 69
    found = price_policy(gains, segments, 32.0)
    assert (found.customers, found.paying) == (3, 2)
    assert (found.net, found.net_without_policy, found.price) == (8 + 69, 8 + 160, 91)
    named = {one.name for one in found.named_results()}
    assert all(f"{{{name}}}" in WORDS["policy_costs"] for name in named)
    curve = budget_curve(gains, segments, points=2)
    assert curve["net"].max() == 8 + 69
    under = under_policy(gains, segments)
    assert under["cost"].tolist() == [0, 0, 0, 2, 30]
    free = price_policy(under, segments, 32.0)
    assert (free.paying, free.price) == (0, 0)
    assert all("do not spend more" in POLICIES[name] or "No effort" in POLICIES[name] for name in HOLD_OFF)


def test_no_budget_is_planned_for_who_refused_contact():
    """The best two customers refused, one of them in a segment to hold off from."""
    segments = pd.Series(["platinum", "gold", "short term", "platinum"])
    gains = pd.DataFrame({"measure": "keep", "cost": [30.0, 30.0, 30.0, 2.0], "gain": [230.0, 40.0, 99.0, 10.0]})
    gains["net"] = gains["gain"] - gains["cost"]
    possible, apart = set_refusers_apart(gains, segments, pd.Series([True, False, True, False]))
    assert (apart.customers, apart.paying, apart.cost, apart.net) == (2, 1, 30, 200)
    spent = allocate_budget(possible, segments, 1_000.0)
    assert (spent["customers"].sum(), spent["cost"].sum(), spent["net"].sum()) == (2, 32, 18)
    assert price_policy(possible, segments, 1_000.0).customers == 0
    named = {one.name for one in apart.named_results()}
    assert all(f"{{{name}" in WORDS["refusers_forgone"] for name in named)
    everyone, none = set_refusers_apart(gains, segments, pd.Series(False, index=gains.index))
    pd.testing.assert_frame_equal(everyone, gains)
    assert (none.customers, none.paying, none.cost) == (0, 0, 0)


def test_the_order_of_the_rows_does_not_decide_who_is_served():
    """Ten customers of the same return and money for three: which segments they are in must not follow the rows."""
    gains = pd.DataFrame({"measure": "keep", "cost": 10.0, "gain": 20.0, "net": 10.0}, index=range(10))
    segments = pd.Series(["gold", "platinum"] * 5)
    spent = allocate_budget(gains, segments, 30.0)
    mixed = gains.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(allocate_budget(mixed, segments.loc[mixed.index], 30.0), spent)


def test_staying_is_not_taken_for_granted():
    """With a tenth leaving each month, twelve months are worth 1 + .9 + ... of one month, undiscounted."""
    share = staying_share(12, annual_rate=0.0, retention=0.9)
    assert share == pytest.approx(sum(0.9**month for month in range(12)) / 12)
    values = values_of([(1_000, 10, 0.6), (100, 200, 0.9)])
    certain, left = (expected_gains(values, MEASURES, staying_share=part) for part in (1.0, share))
    assert left["gain"].to_numpy() == pytest.approx(share * certain["gain"].to_numpy())


def test_the_contracts_own_loss_is_what_a_kept_customer_is_counted_with(telco_base):
    assert telco_base.retention == pytest.approx(1 - telco_base.lost.mean())


def test_axes_of_purchases_are_separate(company, base):
    """Loyalty is P(alive), and value that of a customer still alive: frequent buyers are not loyal by definition."""
    together = correlate_axes(value_axes(base.monthly, months=12, annual_rate=0.1))
    assert together.separate
    assert together.current_loyalty < 0.65
    assert 0.97 < base.retention < 1
    truth = pq.read_table(company / "truth" / "customers.parquet").to_pandas().set_index("customer_id")
    alive = base.monthly["customer_id"].map(truth["alive"]).astype(bool)
    assert base.monthly["loyalty"].mean() == pytest.approx(alive.mean(), abs=0.1)


def test_axes_that_tell_the_same_are_called_so():
    values = values_of([(10, 3, 0.1), (20, 1, 0.2), (30, 2, 0.3)])
    together = correlate_axes(values)
    assert not together.separate
    assert (together.current_loyalty, together.current_potential) == (1.0, -0.5)
    assert all(f"{{{each.name}}}" in WORDS["axes_alike"] for each in together.named_results())


def test_measures_that_mean_nothing_are_refused():
    with pytest.raises(InputError, match=r"(?s)keep_cost: 0 is out of range.*sell_cost: -5 is out of range"):
        Measures(keep_cost=0, keep_success=0.1, sell_cost=-5, sell_success=0.1)
    with pytest.raises(InputError, match="sell_success: 2 is out of range"):
        Measures(keep_cost=1, keep_success=0.1, sell_cost=1, sell_success=2)
