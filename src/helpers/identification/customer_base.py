"""The customer base in one row per customer, per order or per purchase day.

Everything that touches a transaction line is an Ibis expression; only tables of orders or customers reach pandas.
Money is summed as exact decimals, so that the same lines give the same bytes whatever the order of the threads.
"""

from dataclasses import dataclass
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from helpers.errors import Fault, InputError
from helpers.lines import lines_until
from helpers.periods import MONEY_TYPE

_MONEY_COLUMNS = ("amount", "discount", "cost")


def summarise_orders(transactions: ir.Table, as_of: date, *, since: date | None = None) -> ir.Table:
    """Gather the lines of each order into one row.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, order_id, time, amount; discount and cost where known.
    as_of, since : date
        Window, see `lines_until`.

    Returns
    -------
    ibis Table
        One row per customer and order: customer_id, order_id, time (earliest line), lines, and revenue (discount, cost)
        in study currency as exact decimals.
    """
    lines = lines_until(transactions, as_of, since=since)
    totals = {
        "revenue" if column == "amount" else column: _total(lines, column, lines[column].cast(MONEY_TYPE))
        for column in _MONEY_COLUMNS
        if column in lines.columns
    }
    return lines.group_by("customer_id", "order_id").agg(time=lines["time"].min(), lines=lines.count(), **totals)


def _total(table: ir.Table, column: str, money: ir.NumericColumn) -> ir.NumericScalar:
    """Add money exactly; a missing amount or discount adds nothing, a missing cost leaves the total unknown."""
    total = money.sum()
    if column == "cost":
        return (money.count() == table.count()).ifelse(total, ibis.null(MONEY_TYPE))
    return total.fill_null(0)


def summarise_purchase_days(transactions: ir.Table, as_of: date, *, since: date | None = None) -> ir.Table:
    """Gather the orders of one customer on one day into one row: the purchase occasions of the probability models.

    Parameters
    ----------
    transactions, as_of, since
        As for `summarise_orders`.

    Returns
    -------
    ibis Table
        One row per customer and day with a purchase, sorted: customer_id, day, orders, revenue (study currency).
    """
    orders = summarise_orders(transactions, as_of, since=since)
    days = orders.group_by("customer_id", day=orders["time"].date()).agg(
        orders=orders.count(), revenue=orders["revenue"].sum().cast("float64")
    )
    return days.order_by("customer_id", "day")


def summarise_customers(transactions: ir.Table, as_of: date, *, since: date | None = None) -> ir.Table:
    """Gather all lines of each customer into one row: the table every later method starts from.

    Parameters
    ----------
    transactions, as_of, since
        As for `summarise_orders`.

    Returns
    -------
    ibis Table
        One row per customer, sorted by customer_id:
        first_time, last_time (local time of the first and last order);
        tenure_days, days_since_last (whole days from the day of the first and last order to `as_of`);
        orders, purchase_days, lines (counts); revenue, mean_order_value (study currency);
        discount (study currency), discount_share (of the price before discount) and cost, where the lines have
        them; the cost of a customer is missing when that of any line is.
        The probability models' recency is another measure (age at the last purchase) and is not in this table.
    """
    orders = summarise_orders(transactions, as_of, since=since)
    money = [name for name in ("revenue", "discount", "cost") if name in orders.columns]
    customers = orders.group_by("customer_id").agg(
        first_time=orders["time"].min(),
        last_time=orders["time"].max(),
        orders=orders.count(),
        purchase_days=orders["time"].date().nunique(),
        lines=orders["lines"].sum(),
        **{name: _total(orders, name, orders[name]).cast("float64") for name in money},
    )
    summary = customers.select(
        "customer_id",
        "first_time",
        "last_time",
        tenure_days=_days_before(as_of, customers["first_time"]),
        days_since_last=_days_before(as_of, customers["last_time"]),
        orders=customers["orders"],
        purchase_days=customers["purchase_days"],
        lines=customers["lines"],
        revenue=customers["revenue"],
        mean_order_value=customers["revenue"] / customers["orders"],
        **{name: customers[name] for name in money[1:]},
    )
    if "discount" in money:
        listed = summary["revenue"] + summary["discount"]
        summary = summary.mutate(discount_share=(listed > 0).ifelse(summary["discount"] / listed, 0.0))
    return summary.order_by("customer_id")


def _days_before(as_of: date, time: ir.Value) -> ir.Value:
    return ibis.date(as_of.year, as_of.month, as_of.day).delta(time.date(), unit="day")


@dataclass(frozen=True)
class BaseFigures:
    """What was received, in seven figures.

    Parameters
    ----------
    transaction_lines, orders, customers : int
        Counts in the window.
    revenue, median_order_value, mean_order_value : float
        Study currency.
    first_time, last_time : datetime
        Earliest and latest order.
    """

    transaction_lines: int
    orders: int
    customers: int
    revenue: float
    median_order_value: float
    mean_order_value: float
    first_time: datetime
    last_time: datetime


def measure_base(transactions: ir.Table, as_of: date, *, since: date | None = None) -> BaseFigures:
    """Count and total the lines of the window in one pass.

    Parameters
    ----------
    transactions, as_of, since
        As for `summarise_orders`.

    Returns
    -------
    BaseFigures
        Counts, revenue and order values.

    Raises
    ------
    InputError
        When no line falls into the window.
    """
    orders = summarise_orders(transactions, as_of, since=since)
    row = (
        orders.agg(
            lines=orders["lines"].sum(),
            orders=orders.count(),
            customers=orders["customer_id"].nunique(),
            revenue=orders["revenue"].sum().cast("float64"),
            median=orders["revenue"].cast("float64").median(),
            first_time=orders["time"].min(),
            last_time=orders["time"].max(),
        )
        .to_pandas()
        .iloc[0]
    )
    if not row["orders"]:
        raise InputError(Fault(f"no transaction before {as_of}", where="as_of", remedy="choose a later analysis date"))
    return BaseFigures(
        transaction_lines=int(row["lines"]),
        orders=int(row["orders"]),
        customers=int(row["customers"]),
        revenue=float(row["revenue"]),
        median_order_value=float(row["median"]),
        mean_order_value=float(row["revenue"]) / int(row["orders"]),
        first_time=row["first_time"].to_pydatetime(),
        last_time=row["last_time"].to_pydatetime(),
    )
