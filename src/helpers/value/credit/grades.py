"""Grades by time to pay: who settles within two months, who within five or eight, and who cannot be relied on."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.value.credit.receivables import Receivables

GRADES = ("A", "B", "C", "D")
NOT_GRADED = "not graded"
LIMITS_MONTHS = (2, 5, 8)


def grade_customers(
    receivables: Receivables,
    *,
    limits_months: Sequence[int] = LIMITS_MONTHS,
    paid_share: float = 0.9,
    history_months: int = 24,
) -> pd.DataFrame:
    """Grade every customer by the time it takes to pay what was billed.

    A customer has the best grade whose limit it keeps: at least `paid_share` of the money billed was paid within that
    many months of the invoice. Only invoices old enough to tell are counted for a limit, so that a fresh open invoice
    speaks neither for nor against a customer. Where the first limits are missed and no invoice is old enough for the
    next, the next grade is given provisionally.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    limits_months : sequence of three int
        Months up to which a customer is A, B and C; D beyond.
    paid_share : float
        Share of the money billed that must be paid within a limit, 0..1.
    history_months : int
        Invoices older than this are forgotten, months.

    Returns
    -------
    DataFrame
        One row per customer, by customer_id: grade (categorical A to D, `not graded` where no invoice is old enough),
        provisional, days_to_pay (mean, weighted with the amounts paid; missing where nothing was), billed, open_amount
        (of all invoices).

    Raises
    ------
    InputError
        When limits do not rise or a share or length is out of range.

    Examples
    --------
    >>> from datetime import date
    >>> from helpers.value.credit.receivables import prepare_receivables
    >>> days = pd.to_datetime(["2024-01-10", "2024-01-10"])
    >>> bills = pd.DataFrame({"invoice_id": [1, 2], "customer_id": ["x", "y"], "time": days, "amount": [50.0, 50.0]})
    >>> bills["due_date"] = bills["time"] + pd.Timedelta(days=30)
    >>> days = pd.to_datetime(["2024-02-20", "2024-05-30"])
    >>> paid = pd.DataFrame({"invoice_id": [1, 2], "time": days, "amount": 50.0})
    >>> grade_customers(prepare_receivables(bills, paid, date(2025, 1, 1)))["grade"].to_dict()
    {'x': 'A', 'y': 'B'}
    """
    _check(limits_months, paid_share, history_months)
    invoices = receivables.invoices
    recent = (invoices["invoice_date"] >= receivables.as_of - pd.DateOffset(months=history_months)).to_numpy()
    customer, names = pd.factorize(invoices["customer_id"], sort=True)
    judged = np.zeros((len(names), len(limits_months)), dtype=bool)
    kept = np.zeros_like(judged)
    for place, months in enumerate(limits_months):
        limit = invoices["invoice_date"] + pd.DateOffset(months=months)
        old_enough = recent & (limit < receivables.as_of).to_numpy()
        billed = np.bincount(customer, weights=invoices["amount"] * old_enough, minlength=len(names))
        in_time = np.bincount(customer, weights=receivables.paid_by(limit) * old_enough, minlength=len(names))
        judged[:, place] = billed > 0
        # Sums of floating-point amounts: a share that is met to the cent must not fail by its last digit.
        kept[:, place] = judged[:, place] & (in_time >= paid_share * billed - 1e-6)
    grade, provisional = _grades(judged, kept)
    totals = invoices.groupby(customer)[["amount", "open_amount"]].sum()
    return pd.DataFrame(
        {
            "grade": pd.Categorical.from_codes(grade, categories=pd.Index([*GRADES, NOT_GRADED]), ordered=True),
            "provisional": provisional,
            "days_to_pay": _days_to_pay(receivables, customer, len(names), recent),
            "billed": totals["amount"].round(2).to_numpy(),
            "open_amount": totals["open_amount"].round(2).to_numpy(),
        },
        index=pd.Index(names, name="customer_id"),
    )


def summarise_grades(graded: pd.DataFrame) -> pd.DataFrame:
    """Return customers, billing and open balance by grade.

    Parameters
    ----------
    graded : DataFrame
        From `grade_customers`.

    Returns
    -------
    DataFrame
        By grade, those without customers included: customers, customer_share, provisional, billed, open_amount,
        open_share (nan while nothing is open), median_days_to_pay.
    """
    groups = graded.groupby("grade", observed=False)
    table = groups.agg(
        customers=("billed", "size"),
        provisional=("provisional", "sum"),
        billed=("billed", "sum"),
        open_amount=("open_amount", "sum"),
        median_days_to_pay=("days_to_pay", "median"),
    )
    total_open = table["open_amount"].sum()
    table.insert(1, "customer_share", table["customers"] / max(len(graded), 1))
    table["open_share"] = table["open_amount"] / (total_open if total_open else np.nan)
    return table.round({"billed": 2, "open_amount": 2})


def _check(limits_months: Sequence[int], paid_share: float, history_months: int) -> None:
    faults: list[Fault] = []
    limits = list(limits_months)
    if len(limits) != len(GRADES) - 1 or limits != sorted(set(limits)) or limits[0] < 1:
        faults.append(
            Fault(
                f"{limits!r} do not rise",
                "limits_months",
                "three rising numbers of months, 1 or more",
                remedy="give three rising numbers of months",
            )
        )
    elif history_months <= limits[-1]:
        remedy = "look back further, or no customer can be graded D"
        faults.append(Fault(f"{history_months!r} is too short", "history_months", f"above {limits[-1]}", remedy))
    try:
        require_within({"paid_share": paid_share}, low=0, high=1, low_open=True)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)


def _grades(judged: np.ndarray, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the code of each customer's grade, and whether it rests on invoices too young for the next limit."""
    judged_limits = judged.sum(axis=1)  # an invoice old enough for a limit is old enough for all shorter ones
    best_kept = np.where(kept.any(axis=1), kept.argmax(axis=1), len(GRADES))
    provisional = (judged_limits > 0) & ~kept.any(axis=1) & (judged_limits < judged.shape[1])
    grade = np.where(kept.any(axis=1), best_kept, judged_limits)
    return np.where(judged_limits == 0, len(GRADES), grade), provisional


def _days_to_pay(receivables: Receivables, customer: np.ndarray, customers: int, recent: np.ndarray) -> np.ndarray:
    payments, invoices = receivables.payments, receivables.invoices
    of = payments["invoice"].to_numpy()
    weight = payments["amount"].to_numpy() * recent[of]
    days = (payments["payment_date"].to_numpy() - invoices["invoice_date"].to_numpy()[of]) / np.timedelta64(1, "D")
    paid = np.bincount(customer[of], weights=weight, minlength=customers)
    waited = np.bincount(customer[of], weights=weight * days, minlength=customers)
    mean: np.ndarray = np.divide(waited, paid, out=np.full(customers, np.nan), where=paid > 0)
    return mean
