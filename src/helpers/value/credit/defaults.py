"""Default: which debts were given up for lost in all but name, when, and how much of them came in after all."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers.checks import require_within
from helpers.value.credit.receivables import Floats, Receivables

DEFAULT_DAYS = 180
_MATERIAL_SHARE = 0.01  # of the invoice: a forgotten cash discount is no default
_FEWEST_CUSTOMERS = 5


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


@dataclass(frozen=True)
class LossGivenDefault:
    """What part of a defaulted debt is lost.

    Parameters
    ----------
    estimate, low, high : float
        Share of the exposure not paid within the time given, with its interval; the assumed share without an interval
        where there are too few cases.
    customers : int
        Customers with a default old enough to tell.
    exposure : float
        What they owed when they defaulted, in study currency.
    assumed : bool
        Whether the share had to be assumed.
    draws : array of float
        Resampled shares behind the interval; the assumed share alone where there is none.
    """

    estimate: float
    low: float
    high: float
    customers: int
    exposure: float
    assumed: bool
    draws: Floats


def measure_loss_given_default(
    receivables: Receivables,
    *,
    rng: np.random.Generator,
    default_days: int = DEFAULT_DAYS,
    recovery_months: int = 12,
    assumed_share: float = 0.45,
    draws: int = 999,
    confidence: float = 0.95,
) -> LossGivenDefault:
    """Measure the share of defaulted money that did not come in within a time after the default.

    Only defaults that long ago are counted. Resampling is by customer, since the invoices of one insolvent customer are
    one case and not many.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    rng : numpy.random.Generator
        For resampling customers.
    default_days : int
        Days past due after which a debt counts as a default.
    recovery_months : int
        Time given to what comes in late, months.
    assumed_share : float
        Loss assumed when fewer than five customers can tell. The supervisors' figure for unsecured debts is 0.45.
    draws : int
        Resamples.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    LossGivenDefault
        The share and its interval.

    References
    ----------
    Basel Committee on Banking Supervision (2006), International convergence of capital measurement, paragraph 287 (the
    0.45 for unsecured claims) and 460 (economic loss); Efron & Tibshirani (1993), chapter 13 (percentile interval).
    """
    require_within({"assumed_share": assumed_share}, low=0, high=1)
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    found = defaulted_invoices(receivables, default_days=default_days)
    end = found["default_date"] + pd.DateOffset(months=recovery_months)
    found = found[(end <= receivables.as_of).to_numpy()]
    last_day = pd.Series((end[found.index] - pd.Timedelta(days=1)).to_numpy(), index=found["invoice"])
    limit = last_day.reindex(receivables.invoices.index)
    invoiced = receivables.invoices["amount"].to_numpy()
    left = np.round(invoiced - receivables.paid_by(limit), 2)[found["invoice"]]
    by_customer = found.assign(lost=left).groupby("customer_id")[["lost", "exposure"]].sum()
    lost, exposure = by_customer["lost"].to_numpy(), by_customer["exposure"].to_numpy()
    if len(by_customer) < _FEWEST_CUSTOMERS:
        nothing, only = float("nan"), np.array([assumed_share])
        return LossGivenDefault(assumed_share, nothing, nothing, len(lost), float(exposure.sum()), True, only)
    weight = rng.multinomial(len(lost), np.full(len(lost), 1 / len(lost)), size=draws)
    shares = np.sort(weight @ lost / (weight @ exposure))
    low, high = np.quantile(shares, [(1 - confidence) / 2, (1 + confidence) / 2])
    whole = round(float(exposure.sum()), 2)
    return LossGivenDefault(
        float(lost.sum() / exposure.sum()), float(low), float(high), len(lost), whole, False, shares
    )
