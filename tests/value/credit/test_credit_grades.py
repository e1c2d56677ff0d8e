"""Grades by time to pay (two, five and eight months), ageing, the rule of the term plus a third, and roll rates."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value.credit import (
    age_receivables,
    balance_by_month,
    bucket_names,
    grade_customers,
    longest_age_days,
    open_invoices,
    roll_rates,
    share_reaching_last,
    summarise_grades,
)
from helpers.value.credit.ageing import bucket_codes


def graded(ledger, bills, paid, **how):
    return grade_customers(ledger(bills, paid), **how)


@pytest.mark.parametrize(
    ("paid_on", "grade"),
    [
        ("2024-03-10", "A"),  # two months to the day
        ("2024-03-11", "B"),
        ("2024-06-10", "B"),
        ("2024-06-11", "C"),
        ("2024-09-10", "C"),
        ("2024-09-11", "D"),
    ],
)
def test_the_published_limits_of_two_five_and_eight_months(ledger, paid_on, grade):
    found = graded(ledger, [(1, "a", "2024-01-10", 30, 100.0)], [(1, paid_on, 100.0)])
    assert found.loc["a", "grade"] == grade
    assert not found.loc["a", "provisional"]


def test_a_debt_never_paid_is_d(ledger):
    found = graded(ledger, [(1, "a", "2024-01-10", 30, 100.0)], [])
    assert found.loc["a", "grade"] == "D"
    assert np.isnan(found.loc["a", "days_to_pay"])


@pytest.mark.parametrize(
    ("billed_on", "grade", "provisional"),
    [
        ("2024-12-01", "not graded", False),
        ("2024-11-01", "not graded", False),  # its second month ends with the analysis date, not before
        ("2024-10-31", "B", True),  # a month of 31 days and one of 30: two months end on 31 December
        ("2024-07-31", "C", True),
        ("2024-04-30", "D", False),
    ],
)
def test_an_open_invoice_speaks_only_once_it_is_old_enough(ledger, billed_on, grade, provisional):
    found = graded(ledger, [(1, "a", billed_on, 30, 100.0)], [])
    assert (found.loc["a", "grade"], bool(found.loc["a", "provisional"])) == (grade, provisional)


def test_nine_tenths_of_the_money_decide_not_the_number_of_invoices(ledger):
    bills = [(1, "a", "2024-01-10", 30, 90.0), (2, "a", "2024-01-10", 30, 5.0), (3, "a", "2024-01-10", 30, 5.0)]
    paid = [(1, "2024-02-01", 90.0), (2, "2024-05-01", 5.0), (3, "2024-05-01", 5.0)]
    assert graded(ledger, bills, paid).loc["a", "grade"] == "A"
    assert graded(ledger, bills, paid, paid_share=0.91).loc["a", "grade"] == "B"


def test_part_payments_count_where_they_belong(ledger):
    bills = [(1, "a", "2024-01-10", 30, 100.0)]
    paid = [(1, "2024-02-01", 50.0), (1, "2024-04-20", 50.0)]
    found = graded(ledger, bills, paid)
    assert found.loc["a", "grade"] == "B"
    assert found.loc["a", "days_to_pay"] == pytest.approx((22 + 101) / 2)


def test_old_sins_are_forgotten(ledger):
    bills = [(1, "a", "2022-01-10", 30, 100.0), (2, "a", "2024-01-10", 30, 100.0)]
    paid = [(1, "2023-06-01", 100.0), (2, "2024-02-01", 100.0)]
    assert graded(ledger, bills, paid).loc["a", "grade"] == "A"
    assert graded(ledger, bills, paid, history_months=60).loc["a", "grade"] == "D"


def test_the_summary_adds_up(ledger):
    bills = [(1, "a", "2024-01-10", 30, 100.0), (2, "b", "2024-01-10", 30, 60.0), (3, "c", "2024-12-10", 30, 40.0)]
    table = summarise_grades(graded(ledger, bills, [(1, "2024-02-01", 100.0)]))
    assert table["customers"].to_dict() == {"A": 1, "B": 0, "C": 0, "D": 1, "not graded": 1}
    assert table["open_share"].tolist() == [0.0, 0.0, 0.0, 0.6, 0.4]
    assert table["billed"].sum() == 200.0


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"limits_months": (2, 2, 8)}, "limits_months: .* do not rise"),
        ({"limits_months": (2, 5)}, "three rising"),
        ({"history_months": 8}, "history_months: 8 is too short"),
        ({"paid_share": 0}, "paid_share: 0 is out of range"),
    ],
)
def test_impossible_rules_are_refused(ledger, how, said):
    with pytest.raises(InputError, match=said):
        graded(ledger, [(1, "a", "2024-01-10", 30, 100.0)], [], **how)


def test_grades_find_the_payers_that_were_simulated(company):
    """Payers are prompt, slow, late or bad in truth; the grades must order them."""
    receivables, truth = company
    table = grade_customers(receivables)
    table = table[table["grade"] != "not graded"]
    payer = truth["payer"].astype("str").reindex(table.index)
    mean = table["grade"].cat.codes.groupby(payer).mean()
    assert mean["prompt"] < mean["slow"] < mean["late"] < mean["bad"]
    assert (table["grade"][payer == "prompt"] == "A").mean() > 0.7
    assert (table["grade"][payer == "bad"] >= "C").mean() > 0.7


# --- ageing ---------------------------------------------------------------------------------------------------------
def test_the_published_rule_sixty_days_become_eighty():
    assert longest_age_days(pd.Series([60])).tolist() == [80]


def test_a_debt_on_its_last_allowed_day_is_not_beyond_the_rule(ledger):
    bills = [(1, "a", "2024-10-13", 60, 10.0), (2, "a", "2024-10-12", 60, 10.0)]
    table = open_invoices(ledger(bills, [])).set_index("invoice_id")
    assert table["age_days"].to_dict() == {1: 80, 2: 81}
    assert table["beyond_rule"].to_dict() == {1: False, 2: True}


def test_buckets_end_with_their_last_day(ledger):
    terms = {1: "2024-12-02", 2: "2024-12-01", 3: "2024-11-02", 4: "2024-11-01", 5: "2024-08-01"}
    bills = [(number, "ab"[number % 2], day, 30, 10.0 * number) for number, day in terms.items()]
    table = age_receivables(open_invoices(ledger(bills, [])))
    # due on 1 January, 31 December (1 day), 2 December (30), 1 December (31), 31 August (123)
    assert table["open_amount"].tolist() == [10.0, 50.0, 40.0, 0.0, 50.0]
    assert table["invoices"].tolist() == [1, 2, 1, 0, 1]
    assert table["open_share"].sum() == pytest.approx(1)
    assert table["beyond_rule"].tolist() == [0.0, 30.0, 40.0, 0.0, 50.0]


def test_roll_rates_and_ageing_use_the_same_buckets():
    due = pd.Series(
        pd.to_datetime(["2025-01-01", "2024-12-31", "2024-12-02", "2024-12-01", "2024-10-03", "2024-10-02"])
    )
    assert bucket_codes(due, pd.Timestamp("2025-01-01")).tolist() == [0, 1, 1, 2, 3, 4]


def test_nothing_open_ages_to_nothing(ledger):
    table = age_receivables(open_invoices(ledger([(1, "a", "2024-01-10", 30, 5.0)], [(1, "2024-02-01", 5.0)])))
    assert table["open_amount"].sum() == 0
    assert table["open_share"].isna().all()


@pytest.mark.parametrize("edges", [(0,), (1, 30), (0, 60, 30), (0, 30, 30)])
def test_edges_must_rise_from_zero(edges):
    with pytest.raises(InputError, match="do not rise from 0"):
        bucket_names(edges)


def test_the_balance_carries_over_from_month_to_month(company):
    receivables, _ = company
    table = balance_by_month(receivables, months=12)
    assert table["opening"].tolist()[1:] == pytest.approx(table["closing"].tolist()[:-1])
    assert table["closing"].iloc[-1] == pytest.approx(receivables.invoices["open_amount"].sum())
    assert len(table) == 12


def test_days_of_sales_by_hand(ledger):
    bills = [(1, "a", "2024-11-10", 30, 61.0), (2, "a", "2024-12-10", 30, 61.0)]
    table = balance_by_month(ledger(bills, [(1, "2024-12-05", 61.0)]), months=2)
    assert table["closing"].tolist() == [61.0, 61.0]
    assert table["days_of_sales"].tolist() == pytest.approx([61 / 61 * 30, 61 / 122 * 61])


# --- roll rates -----------------------------------------------------------------------------------------------------
def test_roll_rates_by_hand(ledger):
    bills = [(1, "a", "2024-10-15", 30, 100.0), (2, "a", "2024-11-20", 30, 200.0)]
    found = roll_rates(ledger(bills, [(1, "2024-12-15", 40.0)]), months=2)
    amounts = found.amounts
    # 1 November: 100 not due; 1 December: the same 100 is 17 days late and 200 are not due; 1 January: 60 left.
    assert amounts.loc["not due", "1 to 30 days"] == 100 + 200
    assert amounts.loc["1 to 30 days", ["paid", "31 to 60 days"]].tolist() == [40.0, 60.0]
    assert amounts.to_numpy().sum() == 100 + 100 + 200
    assert found.shares.loc["1 to 30 days", "paid"] == pytest.approx(0.4)
    assert found.shares.loc["over 90 days"].isna().all()


def test_shares_of_a_bucket_add_up_and_money_is_kept(company):
    receivables, _ = company
    found = roll_rates(receivables, months=12)
    assert found.shares.sum(axis=1).to_numpy() == pytest.approx(1)
    opened = sum(receivables.open_at(receivables.as_of - pd.DateOffset(months=back)).sum() for back in range(1, 13))
    assert found.amounts.to_numpy().sum() == pytest.approx(opened)


def test_the_later_the_debt_the_less_comes_in(company):
    reached = roll_rates(company[0], months=12).reaches_last
    assert reached.is_monotonic_increasing
    assert reached.iloc[-1] == 1


def test_absorption_solves_the_chain():
    """Cyert, Davidson & Thompson (1962): the share absorbed is the limit of powers of the transition matrix."""
    names = ["current", "late", "lost"]
    rates = pd.DataFrame([[0.6, 0.1, 0.3, 0.0], [0.3, 0.2, 0.1, 0.4], [0, 0, 0, 1]], names, ["paid", *names])
    chain = np.vstack([[1.0, 0, 0, 0], rates.to_numpy()])
    limit = np.linalg.matrix_power(chain, 200)[1:, -1]
    assert share_reaching_last(rates).to_numpy() == pytest.approx(limit)


def test_months_must_be_positive(ledger):
    made = ledger([(1, "a", "2024-10-15", 30, 100.0)], [], date(2025, 1, 1))
    with pytest.raises(InputError, match="months: 0 is out of range"):
        roll_rates(made, months=0)
    with pytest.raises(InputError, match="months: 0 is out of range"):
        balance_by_month(made, months=0)
