"""What to do next about each debt, and which balances to have confirmed in writing at the end of the year."""

from datetime import date

import numpy as np
import pandas as pd

from helpers.core.checks import require_within
from helpers.value.credit.receivables import Receivables

STEPS = ("none", "reminder", "warning", "lawyer's letter")


def next_steps(still_open: pd.DataFrame, *, grace_days: int = 3, lawyer_days: int = 30) -> pd.Series:
    """Return the next step for each open invoice.

    A reminder goes out after some days of grace, a warning once the debt is older than the term plus a third, and a
    lawyer's letter when the warning has been without effect for a time.

    Parameters
    ----------
    still_open : DataFrame
        From `open_invoices`.
    grace_days : int
        Days past due without a step: a transfer may be on its way.
    lawyer_days : int
        Days beyond the term plus a third from which the lawyer writes.

    Returns
    -------
    Series
        Ordered categorical of `STEPS`, index as `still_open`.

    Examples
    --------
    >>> term = pd.DataFrame({"days_past_due": [0, 10, 21, 60], "age_days": [60, 70, 81, 120], "longest_age_days": 80})
    >>> next_steps(term).tolist()
    ['none', 'reminder', 'warning', "lawyer's letter"]
    """
    require_within({"grace_days": grace_days}, low=0, high=365)
    require_within({"lawyer_days": lawyer_days}, low=1, high=3650)
    beyond = (still_open["age_days"] - still_open["longest_age_days"]).to_numpy()
    code = (still_open["days_past_due"].to_numpy() > grace_days).astype(np.int64)
    code = np.where(beyond > 0, 2, code)
    code = np.where(beyond > lawyer_days, 3, code)
    steps = pd.Categorical.from_codes(code, categories=pd.Index(STEPS), ordered=True)
    return pd.Series(steps, index=still_open.index, name="next_step")


def collection_list(still_open: pd.DataFrame, steps: pd.Series, graded: pd.DataFrame) -> pd.DataFrame:
    """Return the customers to approach, the gravest step and the largest debt first.

    Parameters
    ----------
    still_open : DataFrame
        From `open_invoices`.
    steps : Series
        From `next_steps`.
    graded : DataFrame
        From `grade_customers`.

    Returns
    -------
    DataFrame
        One row per customer with a step to take: customer_id, grade, next_step (the gravest of its invoices),
        to_collect (open on invoices with a step), invoices, oldest_invoice (id), most_days_past_due, open_amount
        (everything), seller_id (of the oldest invoice).
    """
    due = still_open.assign(next_step=steps.cat.codes.to_numpy())
    due = due[due["next_step"] > 0].sort_values(["invoice_date", "invoice_id"])
    table = due.groupby("customer_id").agg(
        next_step=("next_step", "max"),
        to_collect=("open_amount", "sum"),
        invoices=("invoice_id", "size"),
        oldest_invoice=("invoice_id", "first"),
        most_days_past_due=("days_past_due", "max"),
        seller_id=("seller_id", "first"),
    )
    table = table.join(graded[["grade", "open_amount"]]).reset_index()
    table = table.sort_values(
        ["next_step", "to_collect", "customer_id"], ascending=[False, False, True], ignore_index=True
    )
    table["next_step"] = pd.Categorical.from_codes(
        table["next_step"].to_numpy(), categories=pd.Index(STEPS), ordered=True
    )
    order = ["customer_id", "grade", "next_step", "to_collect", "invoices", "oldest_invoice", "most_days_past_due"]
    return table[[*order, "open_amount", "seller_id"]].round({"to_collect": 2})


def summarise_steps(still_open: pd.DataFrame, steps: pd.Series) -> pd.DataFrame:
    """Return what is open by the next step.

    Returns
    -------
    DataFrame
        By step, those without invoices included: invoices, customers, open_amount, open_share (nan while nothing is
        open).
    """
    table = (
        still_open.groupby(steps, observed=False)
        .agg(invoices=("open_amount", "size"), customers=("customer_id", "nunique"), open_amount=("open_amount", "sum"))
        .rename_axis("next_step")
    )
    total = table["open_amount"].sum()
    return table.assign(open_share=table["open_amount"] / (total if total else np.nan)).round({"open_amount": 2})


def last_year_end(as_of: date | pd.Timestamp) -> pd.Timestamp:
    """Return the last 31 December before the analysis date.

    Examples
    --------
    >>> last_year_end(date(2026, 1, 1)).date(), last_year_end(date(2025, 12, 31)).date()
    (datetime.date(2025, 12, 31), datetime.date(2024, 12, 31))
    """
    return pd.Timestamp(pd.Timestamp(as_of).year - 1, 12, 31)


def balances_to_confirm(receivables: Receivables, year_end: date | pd.Timestamp | None = None) -> pd.DataFrame:
    """Return the balances customers should confirm in writing, as they stood at the end of a year.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    year_end : date, optional
        Last day of the year; the last 31 December when not given.

    Returns
    -------
    DataFrame
        One row per customer who owed something, the largest balance first: customer_id, balance, invoices,
        oldest_invoice_date, paid_since (of that balance).
    """
    last_day = pd.Timestamp(last_year_end(receivables.as_of) if year_end is None else year_end)
    after = last_day + pd.Timedelta(days=1)
    balance = receivables.open_at(after)
    since = balance - receivables.open_at(receivables.as_of)
    owed = receivables.invoices.assign(balance=balance, paid_since=since)
    table = (
        owed[owed["balance"] > 0]
        .groupby("customer_id")
        .agg(
            balance=("balance", "sum"),
            invoices=("balance", "size"),
            oldest_invoice_date=("invoice_date", "min"),
            paid_since=("paid_since", "sum"),
        )
        .round({"balance": 2, "paid_since": 2})
        .reset_index()
    )
    return table.sort_values(["balance", "customer_id"], ascending=[False, True], ignore_index=True)
