"""Limits and exposure, what to do next about a debt, balances to confirm, and sellers by the cash they bring in."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value.credit import (
    balances_to_confirm,
    collection_list,
    credit_limits,
    exposure_concentration,
    grade_customers,
    measure_sellers,
    next_steps,
    open_invoices,
    summarise_steps,
)


def test_a_limit_is_the_purchases_of_the_longest_allowed_debt(ledger):
    bills = [
        (1, "a", "2024-02-01", 60, 3650.0),  # A: 3,650 a year, 80 days: 800 times 1.5
        (2, "d", "2024-02-01", 60, 3650.0),  # D: no limit
        (3, "a", "2023-02-01", 60, 999.0),  # more than a year ago
    ]
    made = ledger(bills, [(1, "2024-02-20", 3650.0), (3, "2023-02-20", 999.0)])
    table = credit_limits(made, grade_customers(made))
    assert table["limit"].to_dict() == {"a": 1200.0, "d": 0.0}
    assert table["used"].to_dict() == {"a": 0.0, "d": np.inf}
    assert table["excess"].to_dict() == {"a": 0.0, "d": 3650.0}


def test_limits_are_rounded_up_once(ledger):
    made = ledger([(1, "a", "2024-02-01", 60, 3600.0)], [(1, "2024-02-20", 3600.0)])
    graded = grade_customers(made)
    assert credit_limits(made, graded, factors={"A": 1.0})["limit"].tolist() == [800.0]
    assert credit_limits(made, graded, factors={"A": 1.0}, round_to=1000)["limit"].tolist() == [1000.0]
    # 255.5 / 365 * 20 * 1.5 is thirty times 0.7, but for its last digit
    exact = ledger([(1, "a", "2024-02-01", 15, 255.5)], [(1, "2024-02-20", 255.5)])
    assert credit_limits(exact, grade_customers(exact), round_to=0.7)["limit"].tolist() == pytest.approx([21.0])


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"factors": {"Z": 1.0}}, "unknown grade 'Z'"),
        ({"factors": {"A": -1.0}}, "factor of A"),
        ({"round_to": 0}, "round_to"),
    ],
)
def test_impossible_limits_are_refused(ledger, how, said):
    made = ledger([(1, "a", "2024-02-01", 60, 3600.0)], [])
    with pytest.raises(InputError, match=said):
        credit_limits(made, grade_customers(made), **how)


def test_concentration_of_equals_and_of_one():
    """Adelman (1969): the inverse of the index is the number of equal debtors."""
    equal = exposure_concentration(pd.Series(10.0, index=range(20)))
    assert (equal.as_if_equal, equal.top_ten_share, equal.customers) == (pytest.approx(20), pytest.approx(0.5), 20)
    alone = exposure_concentration(pd.Series({"a": 0.0, "b": 5.0}))
    assert (alone.herfindahl, alone.largest_share, alone.customers) == (1.0, 1.0, 1)
    assert np.isnan(exposure_concentration(pd.Series({"a": 0.0})).herfindahl)


def test_largest_debtors_come_in_a_fixed_order():
    found = exposure_concentration(pd.Series({"c": 5.0, "b": 5.0, "a": 1.0}))
    assert found.largest["customer_id"].tolist() == ["b", "c", "a"]
    assert found.largest["cumulative_share"].iloc[-1] == pytest.approx(1)
    with pytest.raises(InputError, match="smallest exposure"):
        exposure_concentration(pd.Series({"a": -1.0}))


# --- steps ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("billed", "step"),
    [
        ("2024-11-02", "none"),  # due on the analysis date
        ("2024-10-30", "none"),  # three days past due: within grace
        ("2024-10-29", "reminder"),
        ("2024-10-13", "reminder"),  # 80 days old: the term plus a third
        ("2024-10-12", "warning"),
        ("2024-09-13", "warning"),
        ("2024-09-12", "lawyer's letter"),
    ],
)
def test_steps_follow_the_age_of_the_debt(ledger, billed, step):
    still_open = open_invoices(ledger([(1, "a", billed, 60, 10.0)], []))
    assert next_steps(still_open).tolist() == [step]


def test_a_customer_gets_the_gravest_step_of_its_invoices(ledger):
    bills = [
        (1, "a", "2024-10-20", 30, 500.0), (2, "a", "2024-11-25", 30, 20.0), (3, "a", "2024-12-20", 30, 7.0),
        (4, "b", "2024-11-25", 30, 900.0), (5, "c", "2024-12-20", 30, 50.0),
    ]  # fmt: skip
    made = ledger(bills, [])
    still_open = open_invoices(made)
    steps = next_steps(still_open)
    table = collection_list(still_open, steps, grade_customers(made))
    assert table["customer_id"].tolist() == ["a", "b"]  # the gravest first, whatever the amount
    first = table.iloc[0]
    assert (first["next_step"], first["to_collect"], first["open_amount"]) == ("lawyer's letter", 520.0, 527.0)
    assert (first["oldest_invoice"], first["invoices"], first["most_days_past_due"]) == (1, 2, 43)
    summary = summarise_steps(still_open, steps)
    assert summary["open_amount"].tolist() == [57.0, 920.0, 0.0, 500.0]
    assert summary["customers"].tolist() == [2, 2, 0, 1]


def test_balances_are_those_of_the_last_year_end(ledger):
    bills = [(1, "a", "2024-12-01", 30, 100.0), (2, "b", "2024-12-31", 30, 40.0), (3, "b", "2025-01-02", 30, 9.0)]
    table = balances_to_confirm(ledger(bills, [(1, "2024-12-31", 30.0), (2, "2025-01-20", 40.0)], date(2025, 3, 1)))
    assert table["customer_id"].tolist() == ["a", "b"]
    assert table["balance"].tolist() == [70.0, 40.0]
    assert table["paid_since"].tolist() == [0.0, 40.0]
    earlier = balances_to_confirm(ledger(bills, [], date(2025, 3, 1)), date(2024, 12, 30))
    assert earlier["balance"].tolist() == [100.0]


# --- sellers --------------------------------------------------------------------------------------------------------
def test_sellers_are_ranked_by_cash_not_by_billing(ledger):
    bills = [
        (1, "a", "2024-03-01", 30, 1000.0), (2, "c", "2024-03-01", 30, 800.0),  # a and c belong to s2
        (3, "b", "2024-03-01", 30, 500.0), (4, "d", "2024-12-30", 30, 300.0), (5, "b", "2023-11-01", 30, 60.0),
    ]  # fmt: skip
    paid = [(1, "2024-04-01", 100.0), (3, "2024-04-01", 500.0), (5, "2024-02-01", 60.0)]
    table = measure_sellers(ledger(bills, paid))
    assert table.index.tolist() == ["s1", "s2"]
    assert table["billed"].tolist() == [800.0, 1800.0]
    assert table["cash_collected"].tolist() == [560.0, 100.0]
    assert table["rank_billed"].tolist() == [2, 1]
    assert table["fell_due"].tolist() == [500.0, 1800.0]
    assert table["paid_of_due"].tolist() == [500.0, 100.0]  # the 60 were due before: cash, and no part of the share
    assert table["collected_share"].tolist() == pytest.approx([1.0, 100 / 1800])
    assert (table["collected_share"] * table["fell_due"]).tolist() == pytest.approx(table["paid_of_due"].tolist())
    assert table["beyond_rule"].tolist() == [0.0, 1700.0]
    assert table["customers"].tolist() == [2, 2]


def test_the_interval_of_a_ratio_by_hand(ledger):
    """Cochran (1977), section 6.3: two customers, 10 of 100 and 90 of 100 paid."""
    bills = [(1, "a", "2024-03-01", 30, 100.0), (2, "c", "2024-03-01", 30, 100.0)]
    table = measure_sellers(ledger(bills, [(1, "2024-04-01", 40.0), (2, "2024-04-01", 60.0)]), confidence=0.5)
    spread = np.sqrt(2 * (10**2 + 10**2) / 1) / 200
    assert table.loc["s2", ["low", "high"]].tolist() == pytest.approx(
        [0.5 - spread, 0.5 + spread]
    )  # t(1) quartile is 1
    assert table.loc["s2", "differs"] == 0


def test_a_seller_with_one_customer_has_no_interval(ledger):
    table = measure_sellers(ledger([(1, "a", "2024-03-01", 30, 100.0)], []))
    assert table[["low", "high"]].isna().all(axis=None)


def test_a_seller_who_collects_less_stands_out(ledger):
    good = [(number, "abcdefgh"[number % 4 * 2], "2024-03-01", 30, 100.0) for number in range(40)]
    bad = [(number, "abcdefgh"[number % 4 * 2 + 1], "2024-03-01", 30, 100.0) for number in range(40, 80)]
    paid = [(number, "2024-04-01", 99.0 + number % 2) for number in range(40)]
    paid += [(number, "2024-04-01", 50.0 + number % 3) for number in range(40, 80)]
    table = measure_sellers(ledger(good + bad, paid))
    assert table["differs"].to_dict() == {"s1": -1, "s2": 1}


def test_without_sellers_nothing_can_be_measured(ledger):
    made = ledger([(1, "a", "2024-03-01", 30, 100.0)], [])
    made.invoices["seller_id"] = None
    with pytest.raises(InputError, match="no invoice names a seller"):
        measure_sellers(made)
