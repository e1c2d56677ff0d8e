"""How old the debts are: ageing, the overdue rule of the term plus a third, and the balance month by month."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError
from helpers.value.credit.receivables import Receivables

AGEING_EDGES_DAYS = (0, 30, 60, 90)
"""Days past due at which a bucket ends; the last bucket has no end."""

NOT_DUE = "not due"


def longest_age_days(term_days: pd.Series) -> pd.Series:
    """Return the age no debt may pass: the term plus a third, rounded down to whole days.

    Examples
    --------
    >>> longest_age_days(pd.Series([60, 30, 14])).tolist()
    [80, 40, 18]
    """
    return term_days.astype("int64") * 4 // 3


def bucket_names(edges_days: Sequence[int] = AGEING_EDGES_DAYS) -> tuple[str, ...]:
    """Return the names of the ageing buckets.

    Raises
    ------
    InputError
        When the edges do not rise from 0.

    Examples
    --------
    >>> bucket_names((0, 30, 60))
    ('not due', '1 to 30 days', '31 to 60 days', 'over 60 days')
    """
    edges = list(edges_days)
    if len(edges) < 2 or edges[0] != 0 or edges != sorted(set(edges)):
        raise InputError(
            Fault(
                f"{edges!r} do not rise from 0",
                "edges_days",
                "rising days past due: 0, 30, 60",
                remedy="give rising days that begin with 0",
            )
        )
    middle = [f"{low + 1} to {high} days" for low, high in pairwise(edges)]
    return (NOT_DUE, *middle, f"over {edges[-1]} days")


def bucket_codes(due_dates: pd.Series, day: pd.Timestamp, edges_days: Sequence[int] = AGEING_EDGES_DAYS) -> np.ndarray:
    """Return the bucket of each invoice when a day begins: 0 for not due, then one more per edge passed.

    An invoice due yesterday is one day past due when the day begins.
    """
    days_past_due = (day - due_dates).dt.days.to_numpy()
    codes: np.ndarray = np.searchsorted(np.asarray(edges_days), days_past_due, side="left")
    return codes


def open_invoices(receivables: Receivables) -> pd.DataFrame:
    """Return what is open, invoice by invoice, with its age and whether it may be that old.

    Parameters
    ----------
    receivables : Receivables
        The ledger.

    Returns
    -------
    DataFrame
        invoice_id, customer_id, seller_id, invoice_date, due_date, term_days, amount, open_amount, age_days,
        days_past_due (0 or less: not due), longest_age_days, beyond_rule (older than the term plus a third).
    """
    invoices = receivables.invoices
    still_open = invoices[invoices["open_amount"] > 0].drop(columns=["paid", "settled_date"]).reset_index(drop=True)
    still_open["age_days"] = (receivables.as_of - still_open["invoice_date"]).dt.days
    still_open["days_past_due"] = (receivables.as_of - still_open["due_date"]).dt.days
    still_open["longest_age_days"] = longest_age_days(still_open["term_days"])
    still_open["beyond_rule"] = still_open["age_days"] > still_open["longest_age_days"]
    return still_open


def age_receivables(still_open: pd.DataFrame, edges_days: Sequence[int] = AGEING_EDGES_DAYS) -> pd.DataFrame:
    """Return what is open by days past due.

    Parameters
    ----------
    still_open : DataFrame
        From `open_invoices`.
    edges_days : sequence of int
        Days past due at which a bucket ends, from 0.

    Returns
    -------
    DataFrame
        By bucket, empty ones included: invoices, customers, open_amount, open_share (nan while nothing is open),
        beyond_rule (open amount older than the term plus a third).
    """
    names = bucket_names(edges_days)
    codes = np.searchsorted(np.asarray(edges_days), still_open["days_past_due"].to_numpy(), side="left")
    frame = still_open.assign(
        bucket=pd.Categorical.from_codes(codes, categories=pd.Index(names), ordered=True),
        beyond_rule=still_open["open_amount"].where(still_open["beyond_rule"], 0.0),
    )
    table = frame.groupby("bucket", observed=False).agg(
        invoices=("open_amount", "size"),
        customers=("customer_id", "nunique"),
        open_amount=("open_amount", "sum"),
        beyond_rule=("beyond_rule", "sum"),
    )
    total = table["open_amount"].sum()
    table.insert(3, "open_share", table["open_amount"] / (total if total else np.nan))
    return table.round({"open_amount": 2, "beyond_rule": 2})


def balance_by_month(receivables: Receivables, *, months: int = 12) -> pd.DataFrame:
    """Reconcile the ledger month by month: what was open, what was billed, what was paid, what is left.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    months : int
        Months before the analysis date, each ending where the next begins.

    Returns
    -------
    DataFrame
        One row per month, the oldest first: start, end (the first day after it), opening, billed, paid, closing (the
        three before it added up), days_of_sales (days of billing that the closing balance stands for, by the billing
        of the last three months of the table; nan without billing).
    """
    ends = _month_ends(receivables.as_of, months)
    invoices, payments = receivables.invoices, receivables.payments
    rows = []
    for start, end in pairwise(ends):
        billed = invoices.loc[invoices["invoice_date"].between(start, end, inclusive="left"), "amount"].sum()
        paid = payments.loc[payments["payment_date"].between(start, end, inclusive="left"), "amount"].sum()
        opening = receivables.open_at(start).sum()
        rows.append((start, end, opening, billed, paid, opening + billed - paid))
    table = pd.DataFrame(rows, columns=["start", "end", "opening", "billed", "paid", "closing"])
    money = ["opening", "billed", "paid", "closing"]
    table[money] = table[money].round(2)
    # A single month's billing would make the days jump with the season.
    span = (table["end"] - table["start"].shift(2).fillna(table["start"].iloc[0])).dt.days
    sales = table["billed"].rolling(3, min_periods=1).sum()
    table["days_of_sales"] = table["closing"] / sales.where(sales > 0) * span
    return table


def _month_ends(as_of: pd.Timestamp, months: int) -> list[pd.Timestamp]:
    if months < 1:
        raise InputError(
            Fault(f"{months!r} is out of range", where="months", allowed="1 or more", remedy="give 1 month or more")
        )
    return [as_of - pd.DateOffset(months=back) for back in range(months, -1, -1)]
