"""From order to delivery to invoice to cash: how long each step takes, with those still open counted as open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import sparse
from statsmodels.duration.survfunc import SurvfuncRight

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_sum, lines_until

DELIVERY, BILLING, PAYMENT, WHOLE = "order to delivery", "delivery to invoice", "invoice to cash", "order to cash"
STEPS = (DELIVERY, BILLING, PAYMENT, WHOLE)
FEWEST_ENDED, FEWEST_CUSTOMERS = 10, 10
"""Ends and customers of a step, below which nothing is said about how long it takes."""


@dataclass(frozen=True)
class Durations:
    """How long one step took, case by case.

    Parameters
    ----------
    cases : DataFrame
        `customer_id`, `days` (whole days until the end, or so far), `ended` (flag).
    end_before_begin : int
        Cases whose end is dated before their begin; they are not among the cases.
    """

    cases: pd.DataFrame
    end_before_begin: int


@dataclass(frozen=True)
class TimeToEnd:
    """How long a step takes, by the Kaplan-Meier estimate.

    Parameters
    ----------
    cases, still_open, customers : int
        Cases, those without an end yet, customers they belong to.
    end_before_begin : int
        Cases left out because their end is dated before their begin.
    median_days, nine_tenths_days : tuple of (float, (float, float))
        Days within which half, and nine of ten, have ended, with the ends of their intervals; missing where not so many
        have ended yet.
    curve : DataFrame
        `days`, `open_share`, `low`, `high`: share still open after so many days.
    """

    cases: int
    still_open: int
    customers: int
    end_before_begin: int
    median_days: tuple[float, tuple[float, float]]
    nine_tenths_days: tuple[float, tuple[float, float]]
    curve: pd.DataFrame


def order_days(transactions: ir.Table, as_of: date) -> pd.DataFrame:
    """Return the orders with something sold, and when each was placed.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions; lines with a negative amount, refunds, are no sales.
    as_of : date
        Nothing on or after it is used.

    Returns
    -------
    DataFrame
        `order_id`, `customer_id`, `ordered` (first line's time), `amount`; sorted by order. An order of two customers
        stands under the one whose number comes first.

    Raises
    ------
    InputError
        When nothing was sold.
    """
    lines = lines_until(transactions, as_of)
    sold = lines.filter(lines["amount"] >= 0)
    orders = sold.group_by("order_id").agg(
        customer_id=sold["customer_id"].min(), ordered=sold["time"].min(), amount=exact_sum(sold["amount"])
    )
    found: pd.DataFrame = orders.order_by("order_id").to_pyarrow().to_pandas()
    if found.empty:
        raise InputError(Fault(f"nothing was sold before {as_of}", where="table transactions", remedy="check as_of"))
    return found


def bills_of_orders(ledger: pd.DataFrame, invoices: pd.DataFrame) -> pd.DataFrame:
    """Return when each order was billed first, and when all its invoices were settled.

    Parameters
    ----------
    ledger : DataFrame
        `invoices` of the receivables of the room of value: `invoice_id`, `invoice_date`, `amount`, `settled_date`.
    invoices : DataFrame
        Standard invoices with `order_id`; invoices without one are left out, and invoices of nothing.

    Returns
    -------
    DataFrame
        By order_id: `invoiced`, `settled` (missing while something of it is open).

    Raises
    ------
    InputError
        When invoices do not name the orders they bill.
    """
    require_columns(invoices.columns, ("invoice_id", "order_id"), where="table invoices")
    order = invoices.set_index("invoice_id")["order_id"]
    billed = ledger[ledger["amount"] > 0].assign(order_id=lambda frame: frame["invoice_id"].map(order))
    billed = billed[billed["order_id"].notna()]
    if billed.empty:
        remedy = "map the order each invoice bills"
        raise InputError(Fault("no invoice names the order it bills", "table invoices", "order_id", remedy))
    grouped = billed.groupby("order_id", sort=True)
    found = grouped.agg(invoiced=("invoice_date", "min"), settled=("settled_date", "max"))
    is_open = billed["settled_date"].isna().groupby(billed["order_id"]).any()
    found["settled"] = found["settled"].mask(is_open)
    return found


def durations(begin: pd.Series, end: pd.Series, customer_id: pd.Series, as_of: date) -> Durations:
    """Return how many days lie between begin and end; what has no end before the analysis date is open until it.

    Parameters
    ----------
    begin, end : Series of datetime
        Of each case; cases without a begin, or with one on or after `as_of`, are left out.
    customer_id : Series
        Of each case.
    as_of : date
        Analysis date.

    Examples
    --------
    >>> days = pd.to_datetime(pd.Series(["2024-01-01", "2024-01-05", "2024-01-03"]))
    >>> ends = pd.to_datetime(pd.Series(["2024-01-04", None, "2024-01-01"]))
    >>> found = durations(days, ends, pd.Series(["a", "b", "c"]), date(2024, 1, 10))
    >>> found.cases["days"].tolist(), found.end_before_begin
    ([3, 5], 1)
    """
    last = pd.Timestamp(as_of)
    first, end = pd.to_datetime(begin).dt.normalize(), pd.to_datetime(end).dt.normalize()
    ended = (end < last).fillna(False)
    days = (end.where(ended, last) - first).dt.days
    known = first.notna() & (first < last)
    wrong = known & (days < 0)
    cases = pd.DataFrame({"customer_id": customer_id, "days": days, "ended": ended.astype(bool)})[known & ~wrong]
    return Durations(cases.astype({"days": "int64"}).reset_index(drop=True), int(wrong.sum()))


def follow_steps(
    orders: pd.DataFrame, deliveries: pd.DataFrame | None, bills: pd.DataFrame | None, as_of: date
) -> Mapping[str, Durations]:
    """Return the durations of the steps that the tables allow.

    Delivery is followed for all orders, billing and the whole way for the orders that were billed: which of the others
    were paid at once is not known.

    Parameters
    ----------
    orders : DataFrame
        From `order_days`.
    deliveries : DataFrame, optional
        Standard orders with `delivered_time`.
    bills : DataFrame, optional
        From `bills_of_orders`.
    as_of : date
        Analysis date.

    Returns
    -------
    mapping of str to Durations
        Those of `DELIVERY`, `BILLING` and `WHOLE` there are.
    """
    known = orders
    customer = known["customer_id"]
    found: dict[str, Durations] = {}
    if deliveries is not None and "delivered_time" in deliveries.columns:
        delivered = known["order_id"].map(deliveries.set_index("order_id")["delivered_time"])
        listed = known["order_id"].isin(deliveries["order_id"])
        found[DELIVERY] = durations(known["ordered"][listed], delivered[listed], customer[listed], as_of)
        known = known.assign(delivered=pd.to_datetime(delivered))
    if bills is not None:
        billed = known.merge(bills, left_on="order_id", right_index=True)
        if "delivered" in billed:
            found[BILLING] = durations(billed["delivered"], billed["invoiced"], billed["customer_id"], as_of)
        found[WHOLE] = durations(billed["ordered"], billed["settled"], billed["customer_id"], as_of)
    return {name: found[name] for name in STEPS if name in found}


def not_billed(orders: pd.DataFrame, bills: pd.DataFrame, as_of: date, *, after_days: int = 30) -> pd.DataFrame:
    """Return orders of customers on account that should have been billed long ago and were not.

    A customer is on account from the first order that was billed.

    Parameters
    ----------
    orders : DataFrame
        From `order_days`.
    bills : DataFrame
        From `bills_of_orders`.
    as_of : date
        Analysis date.
    after_days : int
        Days after the order, from which an invoice is missing.

    Returns
    -------
    DataFrame
        `order_id`, `customer_id`, `ordered`, `amount`; the largest amount first.
    """
    require_within({"after_days": after_days}, low=0, high=10_000)
    billed = orders["order_id"].isin(bills.index)
    first = orders[billed].groupby("customer_id")["ordered"].min()
    old = orders["ordered"] < pd.Timestamp(as_of) - pd.Timedelta(days=after_days)
    since = orders["ordered"] >= orders["customer_id"].map(first)
    missing = orders[~billed & old & since & (orders["amount"] > 0)]
    return missing.sort_values(["amount", "order_id"], ascending=[False, True], ignore_index=True)


def time_to_end(step: Durations, rng: np.random.Generator, *, draws: int = 199, confidence: float = 0.95) -> TimeToEnd:
    """Estimate how long a step takes, by Kaplan and Meier, with intervals from customers drawn anew.

    Cases of one customer resemble each other, so customers are drawn, not cases.

    Parameters
    ----------
    step : Durations
        From `durations` or `follow_steps`.
    rng : Generator
        Of numpy.
    draws : int
        Resamples of the customers.
    confidence : float
        Of the intervals.

    Raises
    ------
    InputError
        With fewer than `FEWEST_ENDED` ends or `FEWEST_CUSTOMERS` customers.

    References
    ----------
    Kaplan and Meier (1958), "Nonparametric estimation from incomplete observations", JASA 53, 457-481; Davison and
    Hinkley (1997), Bootstrap Methods and their Application, section 3.8 (clusters drawn whole).
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    cases = step.cases
    codes, known = pd.factorize(cases["customer_id"], sort=True)
    ended = cases["ended"].to_numpy(dtype=bool)
    if ended.sum() < FEWEST_ENDED or len(known) < FEWEST_CUSTOMERS:
        what = f"{ended.sum():,} ends of {len(known):,} customers; {FEWEST_ENDED} of {FEWEST_CUSTOMERS} are needed"
        raise InputError(Fault(what, where="durations", remedy="wait for more, or map the dates"))
    fitted = SurvfuncRight(cases["days"].to_numpy(dtype=float), ended.astype(int))
    times, share = np.asarray(fitted.surv_times), np.asarray(fitted.surv_prob)
    drawn = _drawn_curves(codes, cases["days"].to_numpy(), ended, times, rng, draws)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(drawn, tails, axis=0)
    return TimeToEnd(
        cases=len(cases),
        still_open=int((~ended).sum()),
        customers=len(known),
        end_before_begin=step.end_before_begin,
        median_days=_reached(times, share, drawn, 0.5, tails),
        nine_tenths_days=_reached(times, share, drawn, 0.1, tails),
        curve=pd.DataFrame({"days": times, "open_share": share, "low": low, "high": high}),
    )


def _drawn_curves(
    codes: np.ndarray, days: np.ndarray, ended: np.ndarray, times: FloatArray, rng: np.random.Generator, draws: int
) -> FloatArray:
    """Return the share still open at each time of an end, shape (draws, times), customers drawn with replacement."""
    customers, span = int(codes.max()) + 1, int(days.max()) + 1
    shape = (customers, span)
    leaves = sparse.csr_array((np.ones(len(days)), (codes, days)), shape=shape)
    ends = sparse.csr_array((ended.astype(float), (codes, days)), shape=shape)
    weight = np.stack([np.bincount(rng.integers(customers, size=customers), minlength=customers) for _ in range(draws)])
    ends_drawn, left = ends.T @ weight.T, leaves.T @ weight.T
    at_risk = np.cumsum(left[::-1], axis=0)[::-1]
    kept = 1 - np.divide(ends_drawn, at_risk, out=np.zeros_like(at_risk, dtype=float), where=at_risk > 0)
    curves: FloatArray = np.cumprod(kept, axis=0)[times.astype(int)].T
    return curves


def _reached(
    times: FloatArray, share: FloatArray, drawn: FloatArray, level: float, tails: list[float]
) -> tuple[float, tuple[float, float]]:
    """Return the first time at which no more than `level` is open, and the ends of its interval."""
    first = [_first(times, share <= level), *(_first(times, curve <= level) for curve in drawn)]
    ends = np.quantile(np.array(first[1:]), tails, method="closest_observation")
    value, low, high = (float(one) if np.isfinite(one) else float("nan") for one in (first[0], *ends))
    return value, (low, high)


def _first(times: FloatArray, reached: np.ndarray) -> float:
    return float(times[reached.argmax()]) if reached.any() else float("inf")
