"""Key accounts: who is regressing, what a score is made of, how firm a list is, and what bad input comes to."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.differentiation.key_account_facts import (
    RELATIONSHIP_STATES,
    business_accounts,
    gather_account_facts,
    judge_relationship,
)
from helpers.differentiation.key_account_plans import INFORMATION, information_known, information_levels, measure_signs
from helpers.differentiation.key_accounts import (
    check_key_accounts,
    choose_key_accounts,
    expected_trade,
    points_by_rank,
    points_by_size,
    stay_shares,
)

AS_OF = date(2025, 1, 1)
WEIGHTS = {"attractiveness": 0.3, "potential": 0.4, "relationship": 0.3}


def trade(firms: int = 30, *, seed: int = 1, amount: float | None = None) -> pd.DataFrame:
    """Orders of firms over three years, each with a size of its own."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"F{firm:02d}", day, amount if amount is not None else round(float(rng.lognormal(4 + firm / 10, 0.5)), 2))
        for firm in range(firms)
        for day in range(int(rng.integers(1, 40)), 3 * 365, int(rng.integers(10, 60)))
    ]
    lines = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    time = pd.Timestamp("2022-01-02") + pd.to_timedelta(lines.pop("day"), unit="D")
    return lines.assign(time=time, order_id=[f"O{n}" for n in range(len(lines))], cost=lines["amount"] * 0.7)


def customers_of(lines: pd.DataFrame, **columns: object) -> pd.DataFrame:
    numbers = pd.DataFrame({"customer_id": lines["customer_id"].unique(), "kind": "firm"})
    return numbers.assign(employees=np.arange(len(numbers), dtype=float), **columns)


def facts_of(lines: pd.DataFrame, as_of: date = AS_OF, **columns: object):
    return gather_account_facts(ibis.memtable(lines), business_accounts(customers_of(lines, **columns)), as_of)


def test_facts_agree_with_the_lines():
    lines = trade()
    table = facts_of(lines).table
    last = lines[lines["time"] >= pd.Timestamp("2024-01-01")].groupby("customer_id")["amount"]
    np.testing.assert_allclose(table["revenue_year"], last.sum().reindex(table.index).fillna(0.0))
    np.testing.assert_allclose(table["squared_orders"], last.agg(lambda one: (one**2).sum()), rtol=1e-6)
    np.testing.assert_allclose(table["margin_year"], 0.3 * table["revenue_year"], atol=0.01)


def test_whoever_stops_ordering_is_regressing_and_a_steady_account_is_not():
    lines = trade()
    busiest = lines["customer_id"].value_counts().index[0]
    stopped = lines[(lines["customer_id"] != busiest) | (lines["time"] < pd.Timestamp("2024-01-15"))]
    assert judge_relationship(facts_of(stopped)).loc[busiest, "state"] == "regressing"
    assert (judge_relationship(facts_of(lines))["state"] != "regressing").mean() > 0.9


def test_states_follow_strength_in_sixths():
    found = judge_relationship(facts_of(trade()))
    calm = found[found["state"] != "regressing"]
    sixth = np.minimum((calm["strength"] * 6).astype(int), 5)
    assert calm["state"].astype(str).tolist() == [RELATIONSHIP_STATES[one + 1] for one in sixth]


def test_what_an_account_adds_is_its_score():
    accounts = choose_key_accounts(facts_of(trade()), count=5, weights=WEIGHTS)
    added = accounts.reasons.groupby("customer_id")["adds"].sum().reindex(accounts.table.index)
    np.testing.assert_allclose(added, accounts.table["score"])
    assert accounts.table["on_list"].sum() == accounts.count == 5
    assert accounts.table["place"].tolist() == list(range(1, 31))


def test_what_is_not_known_leaves_its_weight_to_the_rest():
    lines = trade()
    facts = facts_of(lines)
    facts.table.loc["F03", "employees"] = np.nan
    accounts = choose_key_accounts(facts, count=5, weights=WEIGHTS)
    own = accounts.reasons[accounts.reasons["customer_id"] == "F03"].set_index("criterion")
    assert own.loc["employees", "value"] == "not known"
    assert own["weight"].sum() == pytest.approx(1.0)
    assert own["adds"].sum() == pytest.approx(accounts.table.loc["F03", "score"])


def test_a_larger_account_gets_more_points_and_equal_accounts_the_same():
    assert points_by_size(pd.Series([0.0, 10.0, 1000.0])).is_monotonic_increasing
    assert points_by_rank(pd.Series([3.0, 3.0, 3.0])).tolist() == [50.0, 50.0, 50.0]
    assert points_by_size(pd.Series([0.0, 0.0])).tolist() == [0.0, 0.0]


def test_shares_of_staying_sum_to_the_length_of_the_list():
    accounts = choose_key_accounts(facts_of(trade()), count=5, weights=WEIGHTS)
    stay = stay_shares(accounts, np.random.default_rng(1), draws=200)
    assert stay.sum() == pytest.approx(5.0)
    assert stay.index.equals(accounts.table.index)
    assert stay.loc[accounts.chosen.index].mean() > stay.drop(accounts.chosen.index).mean()


def test_one_axis_alone_does_not_hang_on_its_weight():
    only = {"attractiveness": 0.0, "potential": 1.0, "relationship": 0.0}
    accounts = choose_key_accounts(facts_of(trade()), count=5, weights=only)
    stay = stay_shares(accounts, np.random.default_rng(1), draws=100)
    assert stay.tolist() == [1.0] * 5 + [0.0] * 25


def test_a_list_is_held_against_the_largest():
    lines = trade()
    cutoff = date(2024, 1, 1)
    earlier = choose_key_accounts(facts_of(lines, cutoff), count=5, weights=WEIGHTS)
    check = check_key_accounts(earlier, facts_of(lines).table["revenue_year"], cutoff, np.random.default_rng(1))
    assert check.difference == pytest.approx(check.list_share - check.largest_share)
    assert check.low <= check.difference <= check.high
    assert check.chance_share == pytest.approx(5 / 30)
    potential = {"attractiveness": 0.0, "potential": 1.0, "relationship": 0.0}
    same = check_key_accounts(
        choose_key_accounts(facts_of(lines, cutoff), count=29, weights=potential),
        facts_of(lines).table["revenue_year"], cutoff, np.random.default_rng(1),
    )  # fmt: skip
    assert same.verdict.status == "not distinguishable"


def test_a_list_of_all_firms_and_a_year_without_trade_cannot_be_checked():
    facts = facts_of(trade())
    accounts = choose_key_accounts(facts, count=500, weights=WEIGHTS)
    with pytest.raises(InputError, match="all firms are on the list"):
        check_key_accounts(accounts, facts.table["revenue_year"], AS_OF, np.random.default_rng(1))
    few = choose_key_accounts(facts, count=5, weights=WEIGHTS)
    with pytest.raises(InputError, match="no firm bought anything from 2025-01-01 on"):
        check_key_accounts(few, pd.Series(dtype=float), AS_OF, np.random.default_rng(1))


def test_expected_trade_is_last_years_with_a_range_of_two_years_chance():
    facts = facts_of(trade())
    found = expected_trade(facts)
    half = 1.959964 * np.sqrt(2 * facts.table["squared_orders"])
    np.testing.assert_allclose(found["high"], facts.table["revenue_year"] + half, rtol=1e-6)
    assert (found["low"] >= 0).all()


def test_no_business_account_is_said():
    with pytest.raises(InputError, match="no customer is a firm"):
        business_accounts(pd.DataFrame({"customer_id": [1, 2], "kind": ["person", None]}))
    with pytest.raises(InputError, match="no customer is a firm"):
        business_accounts(pd.DataFrame({"customer_id": [1, 2]}))
    with pytest.raises(InputError, match="the column kind holds 'business', 'consumer'"):
        business_accounts(pd.DataFrame({"customer_id": [1, 2, 3], "kind": ["consumer", "business", None]}))
    silent = business_accounts(pd.DataFrame({"customer_id": ["X"], "kind": [" Firm "]}))
    with pytest.raises(InputError, match="no firm has bought anything"):
        gather_account_facts(ibis.memtable(trade(2)), silent, AS_OF)


def test_one_business_account_is_the_list():
    facts = facts_of(trade(1))
    accounts = choose_key_accounts(facts, count=20, weights=WEIGHTS)
    assert accounts.count == 1
    assert np.isfinite(accounts.table["score"]).all()
    assert stay_shares(accounts, np.random.default_rng(1), draws=10).tolist() == [1.0]


def test_an_account_of_one_order_has_a_state_and_no_fall():
    lines = trade(3)
    one = pd.concat([lines, lines.tail(1).assign(customer_id="Z", order_id="Z1")])
    found = judge_relationship(facts_of(one))
    assert found.loc["Z", "state"] == "limited"
    assert np.isnan(found.loc["Z", "fall_q"])


def test_accounts_that_are_all_alike_are_ordered_by_number():
    lines = pd.concat([trade(1).assign(customer_id=f"A{n}") for n in (3, 1, 2)])
    lines["order_id"] = lines["customer_id"] + lines["order_id"]
    customers = customers_of(lines).assign(employees=5.0)
    facts = gather_account_facts(ibis.memtable(lines), business_accounts(customers), AS_OF)
    accounts = choose_key_accounts(facts, count=2, weights=WEIGHTS)
    assert accounts.chosen.index.tolist() == ["A1", "A2"]
    assert stay_shares(accounts, np.random.default_rng(1), draws=10).tolist() == [1.0, 1.0, 0.0]


def test_orders_of_nothing_give_scores_without_potential():
    facts = facts_of(trade(5, amount=0.0))
    accounts = choose_key_accounts(facts, count=2, weights=WEIGHTS)
    assert accounts.table["potential"].tolist() == [0.0] * 5
    assert np.isfinite(accounts.table["score"]).all()
    assert expected_trade(facts)["high"].tolist() == [0.0] * 5


def test_unknown_costs_leave_the_margin_out():
    lines = trade(5).drop(columns="cost")
    accounts = choose_key_accounts(facts_of(lines), count=2, weights=WEIGHTS)
    assert "margin_year" not in set(accounts.reasons["criterion"])
    assert accounts.table["margin_year"].isna().all()
    gap = trade(5)
    gap.loc[gap["customer_id"] == "F01", "cost"] = np.nan
    assert np.isnan(facts_of(gap).table.loc["F01", "margin_year"])


def test_all_faults_of_the_settings_are_said_at_once():
    with pytest.raises(InputError) as raised:
        choose_key_accounts(facts_of(trade(3)), count=0, weights=WEIGHTS | {"potential": -1.0})
    assert {fault.where for fault in raised.value.faults} == {"key_accounts_wanted", "weight_potential"}
    with pytest.raises(InputError, match="all weights are zero"):
        choose_key_accounts(facts_of(trade(3)), count=1, weights=dict.fromkeys(WEIGHTS, 0.0))
    with pytest.raises(InputError, match=r"'emplyees' is missing(?s:.*)'employees'"):
        choose_key_accounts(facts_of(trade(3)), count=1, weights=WEIGHTS, attractive=["emplyees"])
    with pytest.raises(InputError, match="column 'kind' holds"):
        choose_key_accounts(facts_of(trade(3)), count=1, weights=WEIGHTS, attractive=["kind"])


def test_information_is_counted_by_level_and_costs_are_never_guessed():
    facts = facts_of(
        trade(4), last_name=["A", "B", " ", None], street="x", city="x", region="x", sector="x", identifier=1
    )
    known = information_known(facts.table)
    costs = dict.fromkeys(INFORMATION, 10.0)
    levels = information_levels(known, costs)
    assert levels.loc["published", ["accounts_complete", "accounts_incomplete"]].tolist() == [2, 2]
    assert levels.loc["published", "cost"] == 20.0
    assert levels.loc["top of the client", "missing"].startswith("decision maker")
    with pytest.raises(InputError, match="cost of the level 'trade' is None"):
        information_levels(known, {level: cost for level, cost in costs.items() if level != "trade"})


def test_signs_of_measures_are_missing_where_the_tables_do_not_tell():
    signs = measure_signs(facts_of(trade(4)))
    assert signs["supply before the season"].between(1, 12).all()
    assert signs.drop(columns="supply before the season").isna().all().all()
