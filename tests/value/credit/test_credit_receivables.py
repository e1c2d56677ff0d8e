"""The ledger: what was open on any day, and every fault of the input reported at once."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value.credit import SetApart, prepare_receivables
from helpers.value.credit.receivables import without_rounding

AS_OF = date(2025, 1, 1)
BILLS = [(1, "a", "2024-06-01", 30, 100.0), (2, "a", "2024-09-01", 30, 50.0), (3, "b", "2024-12-20", 14, 80.0)]
PAID = [(1, "2024-07-01", 60.0), (1, "2024-08-01", 40.0), (2, "2024-12-31", 20.0)]


def test_balances_add_up(ledger):
    made = ledger(BILLS, PAID).invoices.set_index("invoice_id")
    assert made["paid"].tolist() == [100.0, 20.0, 0.0]
    assert made["open_amount"].tolist() == [0.0, 30.0, 80.0]
    assert made["term_days"].tolist() == [30, 30, 14]
    assert made.loc[1, "settled_date"] == pd.Timestamp("2024-08-01")
    assert made["settled_date"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("day", "still_open"),
    [
        ("2024-06-01", [0, 0, 0]),  # a day begins before that day's invoices and payments
        ("2024-06-02", [100, 0, 0]),
        ("2024-07-01", [100, 0, 0]),
        ("2024-07-02", [40, 0, 0]),
        ("2024-12-31", [0, 50, 80]),
        ("2025-01-01", [0, 30, 80]),
    ],
)
def test_what_was_open_when_a_day_began(ledger, day, still_open):
    assert ledger(BILLS, PAID).open_at(pd.Timestamp(day)).tolist() == still_open


def test_what_was_paid_by_a_day_counts_that_day(ledger):
    made = ledger(BILLS, PAID)
    days = pd.Series(pd.to_datetime(["2024-07-01", "2024-12-30", None]))
    assert made.paid_by(days).tolist() == [60.0, 0.0, 0.0]


def test_an_earlier_day_knows_nothing_of_what_came_later(ledger, invoices, payments):
    then = ledger(BILLS, PAID).as_known_at(date(2024, 7, 15))
    assert then.invoices["invoice_id"].tolist() == [1]
    assert then.invoices["open_amount"].tolist() == [40.0]
    assert then.payments["amount"].tolist() == [60.0]
    fresh = prepare_receivables(invoices(*BILLS[:1]), payments(*PAID[:1]), date(2024, 7, 15))
    pd.testing.assert_frame_equal(then.invoices, fresh.invoices)


def test_rounding_of_many_parts_is_no_debt(ledger):
    tenths = [(1, f"2024-07-{day:02}", 0.1) for day in range(1, 11)]
    made = ledger([(1, "a", "2024-06-01", 30, 1.0)], tenths)
    assert made.invoices["open_amount"].tolist() == [0.0]
    assert str(without_rounding(np.array([-0.001]))[0]) == "0.0"


def test_order_of_rows_does_not_matter(ledger):
    made, turned = ledger(BILLS, PAID), ledger(BILLS[::-1], PAID[::-1])
    pd.testing.assert_frame_equal(made.invoices, turned.invoices)
    pd.testing.assert_frame_equal(made.payments, turned.payments)


def test_times_of_day_are_cut_to_days(invoices, payments):
    bills = invoices((1, "a", "2024-06-01 18:30", 30, 10.0))
    made = prepare_receivables(bills, payments((1, "2024-06-01 09:00", 10.0)), AS_OF)
    assert made.invoices["invoice_date"].tolist() == [pd.Timestamp("2024-06-01")]
    assert made.invoices["open_amount"].tolist() == [0.0]


def test_an_invoice_may_be_due_and_paid_on_its_own_day(ledger):
    made = ledger([(1, "a", "2024-06-01", 0, 10.0)], [(1, "2024-06-01", 10.0)])
    assert made.invoices[["term_days", "open_amount"]].iloc[0].tolist() == [0, 0.0]


def test_without_payments_everything_is_open(ledger):
    assert ledger(BILLS, []).invoices["open_amount"].tolist() == [100.0, 50.0, 80.0]


def test_a_missing_due_date_takes_the_stated_term_and_is_counted(invoices, payments):
    bills = invoices(*BILLS)
    bills.loc[1, "due_date"] = pd.NaT
    made = prepare_receivables(bills, payments(*PAID), AS_OF, assumed_term_days=45)
    assert made.invoices["term_days"].tolist() == [30, 45, 14]
    assert made.terms_assumed == 1
    with pytest.raises(InputError, match=r"table invoices: no due date in 1 invoice: 2\n.*\n.*assumed_term_days"):
        prepare_receivables(bills, payments(*PAID), AS_OF)


def test_a_table_without_due_dates_or_sellers_works(invoices, payments):
    bare = invoices(*BILLS)[["invoice_id", "customer_id", "time", "amount"]]
    made = prepare_receivables(bare, payments(*PAID), AS_OF, assumed_term_days=10)
    assert made.terms_assumed == 3
    assert made.invoices["seller_id"].isna().all()


@pytest.fixture
def faulty(invoices, payments):
    bills = invoices(
        (1, "a", "2024-06-01", 30, 100.0),
        (1, "a", "2024-06-02", 30, 100.0),
        (2, "b", "2024-06-01", -5, 70.0),
        (3, "b", "2024-06-01", 30, -20.0),
        (4, "c", "2025-02-01", 30, 10.0),
        (5, "c", "2024-06-01", 30, np.nan),
    )
    paid = payments(
        (99, "2024-07-01", 5.0),
        (1, "2024-05-01", 10.0),
        (1, "2024-07-01", -4.0),
        (2, "2024-07-01", 70.02),
        (2, "2025-01-01", 0.0),
    )
    return bills, paid


@pytest.mark.parametrize(
    "said",
    [
        r"table invoices: an id used before in 1 invoice: 1\n.*one row per invoice",
        r"table invoices: due before the date of the invoice: 1 invoice: 2\n",
        r"table invoices: a negative amount in 1 invoice: 3\n.*\n.*credit notes",
        r"table invoices: dated on or after the analysis date: 1 invoice: 4\n.*before 2025-01-01",
        r"table invoices: no amount in 1 invoice: 5\n",
        r"table payments: no such invoice for 1 payment \(by invoice\): 99\n",
        r"table payments: paid before the date of the invoice: 1 payment \(by invoice\): 1\n",
        r"table payments: a negative amount in 1 payment \(by invoice\): 1\n",
        r"table payments: more paid than owed on 1 invoice: 2\n.*\n.*booked twice",
        r"table payments: paid on or after the analysis date: 1 payment \(by invoice\): 2\n",
    ],
)
def test_every_fault_is_reported_at_once(faulty, said):
    with pytest.raises(InputError, match=said) as caught:
        prepare_receivables(*faulty, AS_OF)
    # An invoice without an amount cannot be overpaid; nothing is reported twice.
    assert len(caught.value.faults) == 10


def test_offending_rows_are_counted_and_the_first_named(invoices, payments):
    paid = payments(*[(number, "2024-07-01", 1.0) for number in range(100, 1300)])
    with pytest.raises(InputError, match=r"for 1,200 payments \(by invoice\): 100, 101, 102, 103, 104 and 1,195 more"):
        prepare_receivables(invoices(*BILLS), paid, AS_OF)


def test_missing_columns_of_both_tables_are_reported_together(invoices, payments):
    with pytest.raises(InputError) as caught:
        prepare_receivables(invoices(*BILLS).drop(columns="amount"), payments(*PAID).drop(columns="time"), AS_OF)
    assert [fault.where for fault in caught.value.faults] == ["table invoices", "table payments"]


def test_no_invoices_is_a_fault(invoices, payments):
    with pytest.raises(InputError, match="there are no invoices"):
        prepare_receivables(invoices(*BILLS).head(0), payments(*PAID).head(0), AS_OF)


def test_texts_among_numbers_and_dates_are_named_as_rows(invoices, payments):
    bills, paid = invoices(*BILLS), payments(*PAID)
    bills["amount"] = ["100", "fifty", "80"]
    bills["due_date"] = ["2024-07-01", "2024-10-01", "soon"]
    bills["invoice_id"] = [1, 2, None]
    paid["time"] = ["2024-07-01", "last week", "2024-12-31"]
    with pytest.raises(InputError) as caught:
        prepare_receivables(bills, paid, AS_OF, assumed_term_days=30)
    assert [fault.what for fault in caught.value.faults] == [
        "no id in 1 invoice: nan",
        "no amount in 1 invoice: 2.0",
        "a due date that is no date in 1 invoice: nan",
        "no date in 1 payment (by invoice): 1",
    ]


def test_times_with_a_zone_count_by_the_clock_of_that_zone(invoices, payments):
    bills, paid = invoices(*BILLS), payments(*PAID)
    bills["time"] = bills["time"].dt.tz_localize("Asia/Tokyo") + pd.Timedelta(hours=1)
    made = prepare_receivables(bills, paid, AS_OF)
    assert made.invoices["invoice_date"].dt.strftime("%Y-%m-%d").tolist() == [day for _, _, day, _, _ in BILLS]


def test_one_overpaid_invoice_is_a_credit_and_no_fault(ledger):
    made = ledger(BILLS, [(2, "2024-10-01", 30.0), (2, "2024-10-15", 25.0), (2, "2024-11-01", 5.0)])
    assert made.apart == SetApart(overpaid_invoices=1, overpaid_amount=10.0)
    second = made.invoices.set_index("invoice_id").loc[2]
    assert (second["paid"], second["open_amount"]) == (50.0, 0.0)
    assert second["settled_date"] == pd.Timestamp("2024-10-15")  # not the day of what came on top
    assert made.payments["amount"].tolist() == [30.0, 20.0]
    assert [one.name for one in made.apart.named_results()] == ["credit_overpaid_invoices", "credit_overpaid_amount"]


def test_prepayments_and_payments_on_no_invoice_are_counted(ledger):
    made = ledger(BILLS, [(2, "2024-01-01", 50.0), (99, "2024-07-01", 5.0)])
    assert made.apart == SetApart(early_payments=1, unmatched_payments=1, unmatched_amount=5.0)
    second = made.invoices.set_index("invoice_id").loc[2]
    assert second["settled_date"] == second["invoice_date"]
    assert len(made.apart.notes("EUR")) == 2
