"""Contracts are refused as a whole: every fault with its rows counted and the first few named."""

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value.churn.input import LEVELS_AT_MOST, NOT_KNOWN, prepare_contracts, separates


def contracts(rows: int = 200) -> pd.DataFrame:
    """Sound contracts in which leaving depends on the plan."""
    rng = np.random.default_rng(3)
    plan = rng.choice(["monthly", "yearly"], rows)
    tenure = rng.integers(0, 60, rows).astype(float)
    bill = rng.normal(50, 10, rows)
    return pd.DataFrame(
        {
            "customer_id": np.arange(1, rows + 1),
            "tenure_months": tenure,
            "monthly_amount": bill,
            "total_amount": tenure * bill,
            "ended": rng.random(rows) < np.where(plan == "monthly", 0.5, 0.2),
            "plan": plan,
            "online": rng.integers(0, 2, rows),
        }
    )


def said(table: pd.DataFrame, **options: object) -> list[str]:
    with pytest.raises(InputError) as raised:
        prepare_contracts(table, **options)
    return [fault.what for fault in raised.value.faults]


def test_flags_and_texts_become_words_and_numbers_floats():
    data = prepare_contracts(contracts().assign(vip=lambda table: table["online"] == 0))
    assert data.columns.columns.tolist() == [
        "tenure_months",
        "monthly_amount",
        "total_amount",
        "plan",
        "online",
        "vip",
    ]
    assert set(data.columns["online"]) == set(data.columns["vip"]) == {"yes", "no"}
    assert (data.columns["online"] != data.columns["vip"]).all()
    assert data.columns["monthly_amount"].dtype == "float64"
    assert data.ended.tolist() == contracts()["ended"].tolist()


def test_a_missing_text_is_a_level_of_its_own():
    table = contracts()
    table.loc[[4, 9], "plan"] = None
    data = prepare_contracts(table)
    assert data.not_known == 2
    assert (data.columns["plan"] == NOT_KNOWN).sum() == 2


def test_an_unbilled_contract_owes_nothing_but_a_lost_total_is_refused():
    table = contracts()
    table.loc[0, "tenure_months"] = 0
    table.loc[0, "total_amount"] = np.nan
    data = prepare_contracts(table)
    assert data.unbilled == 1
    assert data.columns.loc[0, "total_amount"] == 0
    table.loc[1, ["tenure_months", "total_amount"]] = [5, np.nan]
    assert said(table) == ["total_amount is missing or infinite in 1 row: 2"]


def test_all_faults_come_at_once_with_their_rows():
    table = contracts().assign(country="Utopia")
    table.loc[:6, "monthly_amount"] = -1.0
    table.loc[10, "tenure_months"] = np.inf
    table["ended"] = table["ended"].astype(object)
    table.loc[[20, 21], "ended"] = None
    assert said(table) == [
        "ended is missing in 2 rows: 21, 22",
        "tenure_months is missing or infinite in 1 row: 11",
        "monthly_amount is negative in 7 rows: 1, 2, 3, 4, 5 and 2 more",
        "column 'country' is constant: 'Utopia' in all 200 rows",
    ]


def test_customers_listed_twice_or_not_named_are_reported_with_all_other_faults():
    table = contracts()
    table["customer_id"] = table["customer_id"].astype(object)
    table.loc[[1, 2], "customer_id"] = 1
    table.loc[5, "customer_id"] = None
    table.loc[10, "monthly_amount"] = np.nan
    assert said(table) == [
        "a customer listed before in 2 rows: 1, 1",
        "customer_id is missing in 1 row: 5",
        "monthly_amount is missing or infinite in 1 row: 11",
    ]


def test_a_missing_column_does_not_hide_the_faults_of_the_others():
    table = contracts().drop(columns="ended").assign(country="Utopia")
    table.loc[10, "monthly_amount"] = np.nan
    assert said(table, leave_out=["plann"]) == [
        "column 'ended' is missing",
        "unknown column 'plann'",
        "monthly_amount is missing or infinite in 1 row: 11",
        "column 'country' is constant: 'Utopia' in all 200 rows",
    ]


@pytest.mark.parametrize("make", [lambda ended: ended.map({True: "gone", False: "here"}), lambda ended: ended + 7.5])
def test_a_column_that_tells_who_left_is_perfect_separation(make):
    table = contracts()
    table["exit_code"] = make(table["ended"])
    assert said(table) == ["column 'exit_code' alone tells exactly who left (perfect separation in all 200 rows)"]
    assert "exit_code" not in prepare_contracts(table, leave_out=["exit_code"]).columns


def test_a_row_whose_outcome_is_not_known_does_not_hide_perfect_separation():
    table = contracts()
    table["exit_code"] = table["ended"].map({True: "gone", False: "here"})
    table["ended"] = table["ended"].astype(object)
    table.loc[[table["ended"].idxmax()], "ended"] = None
    assert said(table)[1:] == [
        "column 'exit_code' alone tells exactly who left (perfect separation in 199 rows whose outcome is known)"
    ]


def test_a_table_without_rows_is_one_fault():
    assert said(contracts().iloc[:0]) == ["there are no rows to learn from"]


def test_nearly_separating_columns_are_allowed():
    ended = np.array([True, True, False, False])
    assert not separates(pd.Series(["a", "b", "b", "c"]), ended)
    assert not separates(pd.Series([1.0, 3.0, 2.0, 4.0]), ended)
    assert separates(pd.Series([4.0, 3.0, 2.0, 1.0]), ended)


def test_what_cannot_be_learnt_from_is_named():
    table = contracts().assign(
        street=lambda table: "Street " + table["customer_id"].astype(str), since=pd.Timestamp("2020-01-01")
    )
    found = said(table)
    assert found[0].startswith("column 'street' holds 200 different texts: 'Street 1', 'Street 10', 'Street 100'")
    assert found[1] == "column 'since' holds dates"
    assert LEVELS_AT_MOST < 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda table: table.drop(columns=["ended", "customer_id"]),
            "(?s)'customer_id' is missing.*'ended' is missing",
        ),
        (lambda table: table[["customer_id", "ended"]], "no column is left to learn from"),
        (lambda table: table.assign(ended=False), "0 customers left"),
        (lambda table: table.assign(ended=True), "0 customers stayed"),
        (lambda table: table.assign(ended="maybe"), "ended is no flag in 200 rows"),
    ],
)
def test_unusable_tables_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        prepare_contracts(change(contracts()))


def test_a_misspelt_column_to_leave_out_is_named_with_the_nearest():
    with pytest.raises(InputError, match=r"(?s)unknown column 'plann'.*did you mean 'plan'"):
        prepare_contracts(contracts(), leave_out=["plann"])
