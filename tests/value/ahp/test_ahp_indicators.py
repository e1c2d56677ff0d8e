"""Indicators measured from the standard tables, by hand."""

from datetime import date, datetime

import ibis
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value import CostAssumptions, ahp

AS_OF = date(2024, 7, 1)
COSTS = CostAssumptions(gross_margin=None, cost_per_order=2.0)


def day(text):
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def tables():
    lines = [
        ("a", 1, "2024-01-10", 60.0, 30.0, 0.0),
        ("a", 1, "2024-01-10", 40.0, 20.0, 25.0),
        ("a", 2, "2024-06-30", 20.0, 10.0, 0.0),
        ("b", 3, "2024-03-05", 50.0, 30.0, 50.0),
        ("b", 4, "2024-03-20", 10.0, 4.0, 0.0),
        ("c", 5, "2023-05-01", 99.0, 10.0, 0.0),
    ]
    names = ["customer_id", "order_id", "time", "amount", "cost", "discount"]
    transactions = pd.DataFrame(lines, columns=names).assign(time=lambda frame: pd.to_datetime(frame["time"]))
    invoices = pd.DataFrame(
        [
            ("i1", "a", "2024-01-10", 100.0, "2024-02-09"),
            ("i2", "a", "2024-06-20", 20.0, "2024-07-20"),
            ("i3", "b", "2024-03-05", 60.0, "2024-04-04"),
            ("i4", "b", "2024-03-20", 40.0, "2024-06-21"),
        ],
        columns=["invoice_id", "customer_id", "time", "amount", "due_date"],
    )
    payments = pd.DataFrame(
        [
            ("i1", "2024-02-01", 70.0),
            ("i1", "2024-02-19", 30.0),
            ("i3", "2024-04-04", 60.0),
            ("i4", "2024-07-02", 40.0),
        ],
        columns=["invoice_id", "time", "amount"],
    )
    cases = pd.DataFrame(
        [("b", 1, day("2024-05-01"), 12.5), ("b", 2, day("2022-05-01"), 99.0), ("c", 3, day("2024-05-01"), 1.0)],
        columns=["customer_id", "case_id", "time", "cost"],
    )
    dated = {"time": "datetime64[us]"}
    return {
        "transactions": ibis.memtable(transactions),
        "invoices": ibis.memtable(invoices.astype({**dated, "due_date": "datetime64[us]"})),
        "payments": ibis.memtable(payments.astype(dated)),
        "service_cases": ibis.memtable(cases),
    }


def test_all_twelve_indicators_by_hand(tables):
    found = ahp.measure_indicators(tables, AS_OF, COSTS)
    assert found.reasons == {}
    assert list(found.table.columns) == list(ahp.INDICATORS)
    assert list(found.table.index) == ["a", "b"]  # c last bought before the months measured
    a, b = found.table.loc["a"], found.table.loc["b"]
    assert a[["contribution", "contribution_per_order", "order_value"]].tolist() == [56.0, 28.0, 60.0]
    assert a[["orders", "revenue", "active_months", "days_since_last"]].tolist() == [2, 120.0, 2, 1]
    assert a["discount_share"] == pytest.approx(25 / 145)
    assert b[["active_months", "days_since_last", "service_cost"]].tolist() == [1, 103, 12.5]
    assert a["service_cost"] == 0


def test_punctuality_weighs_amounts_and_knows_no_later_payment(tables):
    values = ahp.measure_indicators(tables, AS_OF, COSTS).table
    # a: of 100 due, 70 in time, 30 ten days late; the invoice due in July does not count yet.
    assert values.loc["a", ["paid_in_time_share", "days_late", "overdue_share"]].tolist() == [0.7, 3.0, 0.0]
    # b: 60 on the day, 40 unpaid for ten days; that it is paid on the second of July is not known.
    assert values.loc["b", ["paid_in_time_share", "days_late", "overdue_share"]].tolist() == [0.6, 4.0, 0.4]


def test_nothing_after_the_analysis_date_is_used(tables):
    early = ahp.measure_indicators(tables, date(2024, 2, 10), COSTS).table
    assert early.loc["a", ["orders", "revenue", "days_since_last"]].tolist() == [1, 100.0, 31]
    assert early.loc["a", ["paid_in_time_share", "overdue_share", "days_late"]].tolist() == pytest.approx(
        [0.7, 0.3, 0.3]
    )
    assert early.loc["c", "orders"] == 1
    assert pd.isna(early.loc["c", "days_late"])


def test_what_a_study_lacks_is_reported(tables):
    bare = {"transactions": tables["transactions"].drop("discount"), "invoices": tables["invoices"].drop("due_date")}
    found = ahp.measure_indicators(bare, AS_OF, COSTS)
    assert found.reasons == {
        "discount_share": "the study has no discount of transactions",
        "service_cost": "the study has no service cases",
        "paid_in_time_share": "the study has no payments",
        "days_late": "the study has no payments",
        "overdue_share": "the study has no payments",
    }
    assert not set(found.reasons) & set(found.table.columns)
    with pytest.raises(InputError, match="column 'transactions' is missing"):
        ahp.measure_indicators({}, AS_OF, COSTS)


def test_later_contribution_is_zero_for_those_who_did_not_come(tables):
    wanted = pd.Index(["a", "b", "c"])
    found = ahp.contribution_between(tables["transactions"], date(2024, 6, 1), AS_OF, COSTS, wanted)
    assert found.to_dict() == {"a": 8.0, "b": 0.0, "c": 0.0}


def test_customers_are_scored_from_before_the_split_and_judged_by_what_came_after(tables):
    weights = ahp.weigh_hierarchy(ahp.find_hierarchy("customer_value"))
    found = ahp.score_before_holdout(tables, AS_OF, weights, COSTS, months=12, holdout_months=1)
    assert found.split == date(2024, 6, 1)
    assert list(found.scored.scores.index) == ["a", "b"]
    assert found.actual.to_dict() == {"a": 8.0, "b": 0.0}
    assert found.naive.to_dict() == {"a": 48.0, "b": 22.0}
    assert found.scored.scores["rank"].to_dict() == {"a": 1, "b": 2}
    with pytest.raises(InputError, match="no line falls into the time from 2021-07-01 to 2022-07-01"):
        ahp.score_before_holdout(tables, AS_OF, weights, COSTS, months=12, holdout_months=24)
