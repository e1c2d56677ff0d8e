"""From order to delivery to invoice to cash: when each step began and ended, case by case."""

from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_sum, lines_until

DELIVERY, BILLING, PAYMENT, WHOLE = "order to delivery", "delivery to invoice", "invoice to cash", "order to cash"
STEPS = (DELIVERY, BILLING, PAYMENT, WHOLE)


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


def order_days(transactions: ir.Table, as_of: date) -> pd.DataFrame:
    """Return the orders with something sold, and when each was placed.

    The days from order to cash are survival times, one for each order, so that orders come into this process one by
    one: of a million lines at four to five an order some 215,000 rows, 7 MB.

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
        By order_id: `invoiced`, `settled` (missing while something of it is open), `seller_id` (of its first invoice;
        missing where not known).

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
    found["seller_id"] = grouped["seller_id"].first() if "seller_id" in billed else pd.NA
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
    as_of: date,
    *,
    orders: pd.DataFrame | None = None,
    deliveries: pd.DataFrame | None = None,
    bills: pd.DataFrame | None = None,
    ledger: pd.DataFrame | None = None,
) -> dict[str, Durations]:
    """Return the durations of the steps that the tables allow.

    Delivery is followed for all orders, billing and the whole way for the orders that were billed: which of the others
    were paid at once is not known.

    Parameters
    ----------
    as_of : date
        Analysis date.
    orders : DataFrame, optional
        From `order_days`.
    deliveries : DataFrame, optional
        Standard orders; of use with `delivered_time`.
    bills : DataFrame, optional
        From `bills_of_orders`.
    ledger : DataFrame, optional
        `invoices` of the receivables: `customer_id`, `invoice_date`, `settled_date`, `amount`.

    Returns
    -------
    dict of str to Durations
        Those of `STEPS` there are, in this order.

    Raises
    ------
    InputError
        When the tables allow no step.
    """
    found: dict[str, Durations] = {}
    if orders is not None and deliveries is not None and "delivered_time" in deliveries.columns:
        delivered = orders["order_id"].map(deliveries.set_index("order_id")["delivered_time"])
        orders = orders.assign(delivered=pd.to_datetime(delivered))
        listed = orders[orders["order_id"].isin(deliveries["order_id"])]
        found[DELIVERY] = durations(listed["ordered"], listed["delivered"], listed["customer_id"], as_of)
    if orders is not None and bills is not None:
        billed = orders.merge(bills, left_on="order_id", right_index=True)
        if "delivered" in billed:
            found[BILLING] = durations(billed["delivered"], billed["invoiced"], billed["customer_id"], as_of)
        found[WHOLE] = durations(billed["ordered"], billed["settled"], billed["customer_id"], as_of)
    if ledger is not None:
        owed = ledger[ledger["amount"] > 0]
        found[PAYMENT] = durations(owed["invoice_date"], owed["settled_date"], owed["customer_id"], as_of)
    if not any(len(one.cases) for one in found.values()):
        remedy = "map delivered_time of orders, or invoices and payments"
        raise InputError(Fault("neither deliveries nor invoices of orders are known", remedy=remedy))
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
