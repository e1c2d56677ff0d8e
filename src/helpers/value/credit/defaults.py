"""Default: which debts were given up for lost in all but name, when, and what is still open of them."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.checks import require_within
from helpers.value.credit.receivables import Receivables

DEFAULT_DAYS = 180
_MATERIAL_SHARE = 0.01  # of the invoice: a forgotten cash discount is no default


def defaulted_invoices(receivables: Receivables, *, default_days: int = DEFAULT_DAYS) -> pd.DataFrame:
    """Return the invoices of which more than a hundredth was still open beyond so many days past due.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    default_days : int
        Days past due after which a debt counts as a default.

    Returns
    -------
    DataFrame
        One row per invoice, in the order of the ledger: invoice (position in the ledger), customer_id, default_date,
        exposure (open on that day).

    Examples
    --------
    >>> from datetime import date
    >>> from helpers.value.credit.receivables import prepare_receivables
    >>> bills = pd.DataFrame({"invoice_id": [1], "customer_id": ["x"], "time": [date(2024, 1, 1)], "amount": [50.0]})
    >>> nothing = pd.DataFrame({"invoice_id": [], "time": pd.to_datetime([]), "amount": []})
    >>> ledger = prepare_receivables(bills, nothing, date(2025, 1, 1), assumed_term_days=30)
    >>> defaulted_invoices(ledger, default_days=90)["default_date"].dt.date.tolist()
    [datetime.date(2024, 5, 1)]
    """
    require_within({"default_days": default_days}, low=1, high=3650)
    invoices = receivables.invoices
    day = invoices["due_date"] + pd.Timedelta(days=default_days + 1)
    still_open = np.round(invoices["amount"].to_numpy() - receivables.paid_by(day - pd.Timedelta(days=1)), 2)
    material = still_open > _MATERIAL_SHARE * invoices["amount"].to_numpy()
    found = np.flatnonzero(material & (day <= receivables.as_of).to_numpy())
    return pd.DataFrame(
        {
            "invoice": found,
            "customer_id": invoices["customer_id"].to_numpy()[found],
            "default_date": day.to_numpy()[found],
            "exposure": still_open[found],
        }
    )


def customers_in_default(receivables: Receivables, *, default_days: int = DEFAULT_DAYS) -> pd.Index:
    """Return the customers who owe a defaulted invoice on the analysis date, in order of their id."""
    found = defaulted_invoices(receivables, default_days=default_days)
    unpaid = receivables.invoices["open_amount"].to_numpy()[found["invoice"].to_numpy()] > 0
    customers: pd.Index[Any] = pd.Index(sorted(found.loc[unpaid, "customer_id"].unique()), name="customer_id")
    return customers


def debts_in_default(receivables: Receivables, *, default_days: int = DEFAULT_DAYS) -> pd.DataFrame:
    """Return what is still open of defaulted invoices, by how long they have been in default.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    default_days : int
        Days past due after which a debt counts as a default.

    Returns
    -------
    DataFrame
        One row per customer and age of its defaults, in that order: customer_id, months_in_default (whole months since
        the default), open_amount (in study currency).

    Examples
    --------
    >>> from datetime import date
    >>> from helpers.value.credit.receivables import prepare_receivables
    >>> bills = pd.DataFrame({"invoice_id": [1], "customer_id": ["x"], "time": [date(2024, 1, 1)], "amount": [50.0]})
    >>> nothing = pd.DataFrame({"invoice_id": [], "time": pd.to_datetime([]), "amount": []})
    >>> ledger = prepare_receivables(bills, nothing, date(2025, 1, 1), assumed_term_days=30)
    >>> debts_in_default(ledger, default_days=90).values.tolist()  # in default since 1 May
    [['x', 8, 50.0]]
    """
    found = defaulted_invoices(receivables, default_days=default_days)
    months = months_in_default(found["default_date"], receivables.as_of)
    still_open = receivables.invoices["open_amount"].to_numpy(dtype=np.float64)[found["invoice"].to_numpy()]
    debts = found[["customer_id"]].assign(months_in_default=months, open_amount=still_open)
    return debts[debts["open_amount"] > 0].groupby(["customer_id", "months_in_default"], as_index=False).sum()


def months_in_default(since: pd.Series, day: pd.Timestamp) -> npt.NDArray[np.int64]:
    """Return the whole months from each day of default to a day.

    Examples
    --------
    >>> months_in_default(pd.Series(pd.to_datetime(["2024-01-31", "2024-03-01"])), pd.Timestamp("2024-05-01")).tolist()
    [3, 2]
    """
    begun = (day.year - since.dt.year) * 12 + day.month - since.dt.month
    months: npt.NDArray[np.int64] = (begun - (since.dt.day > day.day)).to_numpy(dtype=np.int64)
    return months
