"""Unusual accounts and orders: scores against formulas, planted cases found, odd data refused or given a rule."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom, norm
from tests.anomalies_by_seed import README as README_OF_COMPANY
from tests.anomalies_by_seed import TABLE, as_markdown, score_companies
from tests.cases import shop

from helpers import evaluation
from helpers.core.errors import InputError
from helpers.evaluation.robust_scores import learn_count_habit, surprise_of_counts, usual_and_spread
from helpers.evaluation.unusual_accounts import rank_together

AS_OF = date(2025, 1, 1)


def judge(lines: pd.DataFrame, products: pd.DataFrame | None = None, **settings: float) -> evaluation.UnusualAccounts:
    """Judge the accounts of order lines as the chapter does, everybody a peer of everybody."""
    return evaluation.judge_accounts(*habits_of(lines, products), **settings)


def habits_of(lines: pd.DataFrame, products: pd.DataFrame | None = None) -> tuple[pd.DataFrame, "pd.Series[str]"]:
    orders = orders_of(lines, products)
    habits = evaluation.account_habits(orders)
    peers = evaluation.peer_groups(habits)
    habits["odd_hour_orders"] = evaluation.orders_at_odd_hours(evaluation.orders_by_hour(orders), peers)
    return habits, peers


def orders_of(lines: pd.DataFrame, products: pd.DataFrame | None = None) -> ibis.Table:
    return evaluation.order_table(ibis.memtable(lines), AS_OF, None if products is None else ibis.memtable(products))


def by_day(lines: pd.DataFrame) -> pd.DataFrame:
    """Let every order come at two in the afternoon."""
    return lines.assign(time=lines["time"].dt.normalize() + pd.Timedelta(hours=14))


def regular(customer: str, lines: pd.DataFrame, least: int = 12) -> str:
    """Return the nth customer who ordered often enough to have a habit."""
    often = lines.groupby("customer_id")["order_id"].nunique()
    return sorted(often.index[often >= least])[int(customer)]


# --- scores ----------------------------------------------------------------------------------------------------------
def test_robust_z_is_the_formula_of_iglewicz_and_hoaglin():
    values = pd.Series([2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3])
    middle = np.median(values)
    modified = 0.6745 * (values - middle) / np.median(np.abs(values - middle))
    found = evaluation.robust_z(values, pd.Series("all", index=values.index))
    np.testing.assert_allclose(found, modified, rtol=1e-4)
    assert (found > 3.5).tolist() == [False] * 8 + [True] * 2


def test_more_than_half_equal_takes_the_mean_absolute_deviation():
    assert usual_and_spread([1.0] * 6 + [2.0, 3.0, 4.0, 5.0]) == (1.0, pytest.approx(1.253314))


@pytest.mark.parametrize("values", [[3.0] * 5, [np.nan, 3.0, 3.0, np.nan, 3.0]])
def test_where_all_are_equal_nobody_stands_out(values):
    found = evaluation.robust_z(pd.Series(values), pd.Series(["all"] * 5))
    assert set(found.dropna()) == {0.0}


def test_each_group_is_compared_with_itself_and_the_small_one_with_everybody():
    values = pd.Series([1.0, 2.0, 3.0, 101.0, 102.0, 103.0, 50.0])
    peers = pd.Series(["a"] * 3 + ["b"] * 3 + ["all"])
    found = evaluation.robust_z(values, peers)
    assert found[:3].tolist() == found[3:6].tolist()
    assert found[6] == 0.0


@pytest.mark.parametrize(("count", "orders"), [(1, 2), (5, 100), (6, 10), (40, 50)])
def test_surprise_is_the_tail_of_the_negative_binomial(count, orders):
    habit = evaluation.CountHabit(0.02, 5.0, 100)
    chance = nbinom.sf(count - 1, 5.0, 5.0 / (5.0 + orders * 0.02))
    assert habit.surprise([count], [orders])[0] == pytest.approx(max(norm.isf(chance), 0.0), rel=1e-6)


def test_rate_and_shape_are_found_again_and_a_hundredth_of_cheats_does_not_move_them():
    random = np.random.default_rng(1)
    orders = random.integers(5, 60, 20_000)
    counts = random.poisson(orders * random.gamma(2.0, 0.05 / 2.0, 20_000))
    clean = learn_count_habit(counts, orders)
    assert clean.rate == pytest.approx(0.05, rel=0.06)
    assert clean.shape == pytest.approx(2.0, rel=0.5)  # the highest hundredth is left out, which narrows rates
    cheats = counts.copy()
    cheats[:100] = orders[:100]
    assert learn_count_habit(cheats, orders).rate == pytest.approx(clean.rate, rel=0.05)


def test_what_never_happened_before_is_surprising_but_not_beyond_measure():
    counts, orders = pd.Series([0] * 99 + [3]), pd.Series([10] * 100)
    found = surprise_of_counts(counts, orders, pd.Series("all", index=counts.index))
    assert found[:99].max() == 0.0
    assert 3.5 < found[99] < 10


def test_the_first_of_each_rule_comes_before_the_second_of_any():
    scores = pd.DataFrame({"a": [9.0, 8.0, 7.0, 0.0], "b": [0.0, 0.0, 0.0, 1.0]})
    assert rank_together(scores).sort_values(ascending=False, kind="stable").index.tolist() == [0, 3, 1, 2]


# --- orders and habits -----------------------------------------------------------------------------------------------
def test_an_order_is_what_was_bought_came_back_and_was_cut():
    rows = [
        ("a", "1", 80.0, 20.0),
        ("a", "1", -40.0, -10.0),
        ("a", "1", 0.0, 50.0),  # given away: all of its list value was cut
        ("a", "2", 10.0, None),
        ("b", "3", -5.0, 0.0),
        ("b", "4", 0.0, 0.0),
    ]
    lines = pd.DataFrame(rows, columns=["customer_id", "order_id", "amount", "discount"])
    lines["time"] = pd.Timestamp("2024-05-01 10:00")
    found = orders_of(lines).to_pandas().set_index("order_id").sort_index()
    assert found["bought"].tolist() == [80.0, 10.0, 0.0, 0.0]
    assert found["returned"].tolist() == [40.0, 0.0, 5.0, 0.0]
    assert found["list_value"].tolist() == [150.0, 10.0, 0.0, 0.0]
    assert found["reduction"].tolist() == [70.0, 0.0, 0.0, 0.0]


def test_a_cut_is_list_price_less_amount_where_no_discount_is_recorded():
    lines = pd.DataFrame({"customer_id": "a", "order_id": ["1", "2", "3"], "product_id": ["P", "Q", "P"]})
    lines = lines.assign(quantity=[2, 1, -1], amount=[15.0, 5.0, -7.5], time=pd.Timestamp("2024-05-01"))
    products = pd.DataFrame({"product_id": ["P", "Q"], "list_price": [10.0, np.nan]})
    found = orders_of(lines, products).to_pandas().set_index("order_id").sort_index()
    assert found["list_value"].tolist() == [20.0, 0.0, 0.0]
    assert found["reduction"].tolist() == [5.0, 0.0, 0.0]


def test_habits_are_those_of_plain_pandas():
    lines = shop(40)
    habits = evaluation.account_habits(orders_of(lines), recent_days=60)
    orders = lines.groupby(["customer_id", "order_id"]).agg(value=("amount", "sum"), time=("time", "min")).reset_index()
    last = orders.groupby("customer_id")["time"].transform("max")
    orders = orders.assign(recent=orders["time"] > last - pd.Timedelta(days=60), log=np.log(orders["value"]))
    early = orders[~orders["recent"]].groupby("customer_id")["log"]
    assert habits.index.tolist() == sorted(orders["customer_id"].unique())
    np.testing.assert_array_equal(habits["orders"], orders.groupby("customer_id").size())
    np.testing.assert_allclose(habits["early_log"].dropna(), early.median())
    spread = early.agg(lambda own: 1.4826 * np.median(np.abs(own - np.median(own))))
    np.testing.assert_allclose(habits["early_spread"].dropna(), spread, atol=1e-12)


def test_lines_in_another_order_give_the_same_list():
    lines = shop(120)
    lines.loc[lines.index[::37], "amount"] *= -1
    found, again = judge(lines), judge(lines.sample(frac=1.0, random_state=3))
    pd.testing.assert_frame_equal(found.frame, again.frame)


def test_nothing_on_the_analysis_date_or_after_it_is_used():
    lines = shop(60)
    later = lines.assign(time=lines["time"] + pd.DateOffset(years=3), order_id="later " + lines["order_id"])
    pd.testing.assert_frame_equal(judge(pd.concat([lines, later])).frame, judge(lines).frame)


# --- planted cases ---------------------------------------------------------------------------------------------------
def refunded(lines: pd.DataFrame, who: str) -> pd.DataFrame:
    random = np.random.default_rng(2)
    back = pd.concat([lines[lines["customer_id"] == who].iloc[::2], lines[random.random(len(lines)) < 0.01]])
    return pd.concat([lines, back.assign(amount=-back["amount"], quantity=-back["quantity"])], ignore_index=True)


def by_night(lines: pd.DataFrame, who: str) -> pd.DataFrame:
    hours = np.random.default_rng(2).integers(8, 20, len(lines))
    hours = np.where(lines["customer_id"] == who, 3, hours)
    times = lines["time"].dt.normalize() + pd.to_timedelta(hours, unit="h")
    return lines.assign(time=times.groupby(lines["order_id"]).transform("min"))


def below_list(lines: pd.DataFrame, who: str) -> pd.DataFrame:
    part = np.where(lines["customer_id"] == who, 0.5, np.random.default_rng(2).uniform(0, 0.1, len(lines)))
    return lines.assign(discount=(lines["amount"] * part / (1 - part)).round(2))


def larger(lines: pd.DataFrame, who: str) -> pd.DataFrame:
    last = lines["time"].where(lines["customer_id"] == who).max()
    late = (lines["customer_id"] == who) & (lines["time"] > last - pd.Timedelta(days=60))
    return lines.assign(amount=lines["amount"].where(~late, 40 * lines["amount"]))


PLANTED = {"refunds": refunded, "odd_hours": by_night, "price_cuts": below_list, "larger_orders": larger}


@pytest.mark.parametrize("rule", PLANTED)
@pytest.mark.parametrize("place", ["0", "7"])
def test_a_planted_case_leads_the_list_for_its_reason(rule, place):
    lines = shop(200)
    who = regular(place, lines)
    found = judge(PLANTED[rule](lines if rule == "odd_hours" else by_day(lines), who))
    assert found.frame.index[0] == who
    assert rule in found.frame.loc[who, "reasons"].split(", ")
    assert found.frame[rule].idxmax() == who
    habits, _ = habits_of(PLANTED[rule](lines if rule == "odd_hours" else by_day(lines), who))
    listed = evaluation.account_list(found, habits, most=5)
    assert listed.loc[0, "place"] == 1
    assert len(listed) <= min(5, found.unusual_accounts)


def test_a_rise_of_everybody_is_not_unusual():
    lines = by_day(shop(200))
    last = lines.groupby("customer_id")["time"].transform("max")
    late = lines["time"] > last - pd.Timedelta(days=60)
    risen = judge(lines.assign(amount=lines["amount"].where(~late, 12 * lines["amount"])))
    assert risen.by_rule().loc["larger_orders", "unusual_customers"] <= 3


def test_peers_make_a_habit_of_a_trade_no_exception():
    lines = below_list(by_day(shop(400)), "nobody")
    traders = sorted(lines["customer_id"].unique())[:32]
    half = lines["customer_id"].isin(traders)
    lines["discount"] = lines["discount"].where(~half, lines["amount"])
    habits, everybody = habits_of(lines)
    people = pd.DataFrame(
        {"customer_id": habits.index, "kind": np.where(habits.index.isin(traders), "trade", "person")}
    )
    among_peers = evaluation.judge_accounts(habits, evaluation.peer_groups(habits, people, ["kind"]))
    assert evaluation.judge_accounts(habits, everybody).by_rule().loc["price_cuts", "unusual_customers"] >= 25
    assert among_peers.by_rule().loc["price_cuts", "unusual_customers"] <= 3


def test_groups_too_small_are_compared_with_everybody_and_unknown_columns_refused():
    habits, _ = habits_of(shop(100))
    kinds = np.where(np.arange(len(habits)) < 5, "rare", "usual")
    people = pd.DataFrame({"customer_id": habits.index, "kind": kinds, "branch": None})
    assert set(evaluation.peer_groups(habits, people, ["kind", "branch"])) == {"all", "usual"}
    with pytest.raises(InputError) as raised:
        evaluation.peer_groups(habits, people, ["kinde", "brunch"])
    assert [fault.where for fault in raised.value.faults] == ["parameter peer_columns"] * 2
    assert "'kind'" in raised.value.faults[0].remedy


# --- odd data --------------------------------------------------------------------------------------------------------
def test_all_orders_equal_leave_no_rule_but_nobody_stands_out():
    found = judge(by_day(shop(100)).assign(amount=20.0).drop_duplicates("order_id"))
    assert found.rules == ["odd_hours", "larger_orders"]
    assert found.unusual_accounts == 0
    assert set(found.not_asked) == {"refunds", "price_cuts"}


def test_one_order_each_without_hours_prices_and_refunds_is_refused_with_every_reason():
    lines = shop(100).drop_duplicates("customer_id")
    lines["time"] = lines["time"].dt.normalize()
    with pytest.raises(InputError) as raised:
        judge(lines)
    assert len(raised.value.faults) == len(evaluation.RULES)


@pytest.mark.parametrize("customers", [1, 29])
def test_too_few_customers_have_no_habits_in_common(customers):
    with pytest.raises(InputError, match=rf"{customers} customers? with purchases") as raised:
        evaluation.account_habits(orders_of(shop(customers)))
    assert "30" in raised.value.faults[0].allowed


def test_prices_of_nothing_and_equal_cuts_are_no_rule():
    lines = by_day(shop(60))
    free = judge(lines.assign(discount=0.0))
    assert "same part" in free.not_asked["price_cuts"]
    products = pd.DataFrame({"product_id": lines["product_id"].unique(), "list_price": np.nan})
    assert "neither" in judge(lines, products).not_asked["price_cuts"]
    nil = pd.concat([lines, lines.head(50).assign(amount=0.0, order_id="free")], ignore_index=True)
    assert judge(nil).accounts == judge(lines).accounts


def test_refunds_beyond_purchases_are_listed_and_accounts_without_a_purchase_not_judged():
    lines = shop(60)
    back = lines.head(3).assign(customer_id=["only back", "only back", "C0001"], order_id="credit", amount=-1e4)
    orders = orders_of(pd.concat([lines, back], ignore_index=True))
    beyond = evaluation.refunds_beyond_purchases(orders)
    assert beyond["customer_id"].tolist() == ["only back", "C0001"]
    assert "only back" not in evaluation.account_habits(orders).index


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan")])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(InputError, match="limit"):
        judge(shop(40), limit=limit)


# --- single orders ---------------------------------------------------------------------------------------------------
def test_an_order_must_be_unlike_the_account_and_its_peers():
    lines = by_day(shop(150)).drop_duplicates("order_id")
    small, large = regular("0", lines), regular("1", lines)
    lines.loc[lines["customer_id"] == small, "amount"] = 2.0  # twenty is unlike the own orders, but not unlike others'
    lines.loc[lines["customer_id"] == large, "amount"] = 5_000.0  # unlike others', but as always
    odd = lines[lines["customer_id"] == small].index[3]
    lines.loc[odd, "amount"] = 20.0
    orders = orders_of(lines)
    peers = evaluation.peer_groups(evaluation.account_habits(orders))
    found, count = evaluation.unusual_orders(orders, peers)
    assert lines.loc[odd, "order_id"] not in set(found["order_id"])
    assert large not in set(found["customer_id"])
    lines.loc[odd, "amount"] = 50_000.0
    found, more = evaluation.unusual_orders(orders_of(lines), peers)
    assert found.loc[0, "order_id"] == lines.loc[odd, "order_id"]
    assert (found.loc[0, "usual_bought"], more) == (2.0, count + 1)


def test_a_deep_cut_counts_only_where_it_gave_up_something():
    lines = below_list(by_day(shop(150)).drop_duplicates("order_id"), "nobody")
    who = regular("0", lines)
    first, second = lines[lines["customer_id"] == who].index[:2]
    lines.loc[first, ["amount", "discount"]] = [0.1, 0.9]  # pennies
    lines.loc[second, ["amount", "discount"]] = [20.0, 180.0]
    orders = orders_of(lines)
    found, _ = evaluation.unusual_orders(orders, evaluation.peer_groups(evaluation.account_habits(orders)))
    assert found.loc[0, "order_id"] == lines.loc[second, "order_id"]
    assert lines.loc[first, "order_id"] not in set(found.loc[found["cut_score"] >= 3.5, "order_id"])


def test_accounts_of_few_orders_have_no_unusual_one():
    lines = shop(60).drop_duplicates("customer_id")
    orders = orders_of(lines)
    found, count = evaluation.unusual_orders(orders, evaluation.peer_groups(evaluation.account_habits(orders)))
    assert (len(found), count) == (0, 0)


# --- shared details --------------------------------------------------------------------------------------------------
def people() -> pd.DataFrame:
    streets = ["Hill 1", " hill 1", "HILL 1 ", "Hill 1", "Lake 2", "Lake 2", "", None]
    rows = pd.DataFrame({"customer_id": list("abcdefgh"), "street": streets, "postcode": "10", "phone": "1"})
    rows.loc[3, "postcode"] = "11"  # the same street in another town
    rows["device"] = ["x"] * 4 + ["y"] * 3 + [None]
    return rows.assign(phone=None)


def test_accounts_at_one_address_whatever_its_case_and_blanks():
    found = evaluation.shared_details(ibis.memtable(people()), least=3)
    assert found[["detail", "accounts", "customer_id"]].to_numpy().tolist() == [["address", 3, who] for who in "abc"]


def test_a_device_is_a_detail_if_it_is_named():
    found = evaluation.shared_details(ibis.memtable(people()), more=["device"], least=3)
    assert found.groupby("detail")["place"].nunique().to_dict() == {"address": 1, "device": 2}
    assert found.loc[found["detail"] == "device", "accounts"].tolist() == [4] * 4 + [3] * 3


def test_customers_without_any_detail_are_refused_and_a_misspelt_one_named():
    table = ibis.memtable(people()[["customer_id", "device"]])
    with pytest.raises(InputError, match="street"):
        evaluation.shared_details(table)
    with pytest.raises(InputError, match="did you mean 'device'"):
        evaluation.shared_details(table, more=["devise"])


# --- scores of lists -------------------------------------------------------------------------------------------------
def test_a_list_is_scored_only_with_as_many_cases_as_places():
    known = pd.DataFrame({"customer_id": range(200), "fraud_pattern": ["refunds"] * 60 + [None] * 140})
    found = evaluation.score_anomalies(pd.Index([*range(30), *range(100, 200), *range(30, 60)]), known)
    assert (found.estimate, found.cases) == (0.6, 60)
    assert found.low < 0.6 < found.high
    few = evaluation.score_anomalies(
        pd.Index(range(200)), known.assign(fraud_pattern=known["fraud_pattern"].where(known.index < 4))
    )
    assert (few.known, few.cases) == (False, 4)


def test_the_better_list_is_named_only_beyond_chance():
    scores = pd.DataFrame({"seed": [1, 2, 3], "rules_precision": [0.7, 0.6, 0.8], "forest_precision": [0.2, 0.1, 0.2]})
    assert evaluation.compare_companies(scores)[0] == evaluation.RULES_AHEAD
    turned = scores.rename(columns={"rules_precision": "forest_precision", "forest_precision": "rules_precision"})
    assert evaluation.compare_companies(turned)[0] == evaluation.FOREST_AHEAD
    assert evaluation.compare_companies(scores.assign(forest_precision=[0.9, 0.5, 0.8]))[0] == evaluation.NEITHER
    with pytest.raises(InputError, match="two or more"):
        evaluation.compare_companies(scores.head(1))


def test_the_readme_of_the_company_holds_the_precision_of_the_committed_table():
    assert as_markdown(pd.read_csv(TABLE)) in README_OF_COMPANY.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_company_of_the_table_is_scored_as_it_stands_there():
    committed = pd.read_csv(TABLE)
    again = score_companies([int(committed.loc[0, "seed"])], int(committed.loc[0, "customers"]))
    pd.testing.assert_frame_equal(again, committed.head(1), check_dtype=False)
