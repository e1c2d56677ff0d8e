"""The customer base in one row per customer, order or purchase day, less what came back (`helpers.core.returns`).

Everything that touches a transaction line is an Ibis expression; only tables of orders or customers reach pandas.
Money is summed as exact decimals, so that the same lines give the same bytes whatever the order of the threads.
"""

from dataclasses import dataclass
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from helpers.core.any_engine import median_of
from helpers.core.errors import InputError
from helpers.core.lines import MONEY_TYPE, as_money
from helpers.core.returns import purchase_lines, without_purchases

_MONEY = ("revenue", "discount", "cost")


def summarise_orders(transactions: ir.Table, as_of: date, *, since: date | None = None) -> ir.Table:
    """Gather the lines of each order into one row; an order that came back as a whole is none.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, order_id, time, amount; discount and cost where known.
    as_of, since : date
        Window, see `purchase_lines`.

    Returns
    -------
    ibis Table
        One row per customer and order: customer_id, order_id, time (earliest line), lines, and revenue (discount, cost)
        in study currency as exact decimals.
    """
    lines = purchase_lines(transactions, as_of, since=since)
    known = {"revenue": "amount", "discount": "discount", "cost": "cost"}
    totals = {
        name: _total(lines, name, as_money(lines[column])) for name, column in known.items() if column in lines.columns
    }
    return lines.group_by("customer_id", "order_id").agg(time=lines["time"].min(), lines=lines.count(), **totals)


def _total(table: ir.Table, column: str, money: ir.NumericColumn) -> ir.NumericScalar:
    """Add money exactly; a missing amount or discount adds nothing, a missing cost leaves the total unknown."""
    total = money.sum()
    if column == "cost":
        return (money.count() == table.count()).ifelse(total, ibis.null(MONEY_TYPE))
    return total


def _totals(table: ir.Table) -> dict[str, ir.NumericScalar]:
    """Add up whichever of revenue, discount and cost the orders have."""
    return {name: _total(table, name, table[name]) for name in _MONEY if name in table.columns}


def summarise_purchase_days(transactions: ir.Table, as_of: date, *, since: date | None = None) -> ir.Table:
    """Gather the orders of one customer on one day into one row: the purchase occasions of the probability models.

    Parameters
    ----------
    transactions, as_of, since
        As for `summarise_orders`.

    Returns
    -------
    ibis Table
        One row per customer and day with a purchase, sorted: customer_id, day, orders, lines, revenue (study currency).
    """
    orders = summarise_orders(transactions, as_of, since=since)
    days = orders.group_by("customer_id", day=orders["time"].date()).agg(
        orders=orders.count(),
        lines=orders["lines"].sum(),
        revenue=orders["revenue"].sum().cast("float64").fill_null(0.0),
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
    customers = orders.group_by("customer_id").agg(
        first_time=orders["time"].min(),
        last_time=orders["time"].max(),
        orders=orders.count(),
        purchase_days=orders["time"].date().nunique(),
        lines=orders["lines"].sum(),
        **_totals(orders),
    )
    money = {name: customers[name].cast("float64") for name in _MONEY if name in customers.columns}
    money |= {name: money[name].fill_null(0.0) for name in ("revenue", "discount") if name in money}
    return customers.select(
        "customer_id",
        "first_time",
        "last_time",
        tenure_days=_days_before(as_of, customers["first_time"].date()),
        days_since_last=_days_before(as_of, customers["last_time"].date()),
        orders=customers["orders"],
        purchase_days=customers["purchase_days"],
        lines=customers["lines"],
        revenue=money["revenue"],
        mean_order_value=money["revenue"] / customers["orders"],
        **_discounts(money),
        **({"cost": money["cost"]} if "cost" in money else {}),
    ).order_by("customer_id")


def _discounts(money: dict[str, ir.NumericColumn]) -> dict[str, ir.NumericColumn]:
    if "discount" not in money:
        return {}
    listed = money["revenue"] + money["discount"]
    return {"discount": money["discount"], "discount_share": (listed > 0).ifelse(money["discount"] / listed, 0.0)}


def _days_before(as_of: date, day: ir.DateColumn) -> ir.IntegerColumn:
    return ibis.date(as_of.year, as_of.month, as_of.day).delta(day, unit="day")


@dataclass(frozen=True)
class BaseFigures:
    """What was bought, in eight figures.

    Parameters
    ----------
    transaction_lines, orders, customers : int
        Counts in the window.
    revenue, median_order_value, mean_order_value : float
        Study currency.
    largest_order_revenue_share : float
        Of the largest order, over all revenue; missing without revenue.
    first_time, last_time : datetime
        Earliest and latest order.
    """

    transaction_lines: int
    orders: int
    customers: int
    revenue: float
    median_order_value: float
    mean_order_value: float
    largest_order_revenue_share: float
    first_time: datetime
    last_time: datetime


def _largest_share(money: ir.NumericColumn) -> ir.FloatingScalar:
    total = money.sum().cast("float64")
    return (total > 0).ifelse(money.max().cast("float64") / total, float("nan"))


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
            largest_share=_largest_share(orders["revenue"]),
            median=median_of(orders["revenue"]),
            first_time=orders["time"].min(),
            last_time=orders["time"].max(),
        )
        .to_pandas()
        .iloc[0]
    )
    if not row["orders"]:
        raise InputError(without_purchases(transactions, as_of, since=since))
    return BaseFigures(
        transaction_lines=int(row["lines"]),
        orders=int(row["orders"]),
        customers=int(row["customers"]),
        revenue=float(row["revenue"]),
        median_order_value=float(row["median"]),
        mean_order_value=float(row["revenue"]) / int(row["orders"]),
        largest_order_revenue_share=float(row["largest_share"]),
        first_time=row["first_time"].to_pydatetime(),
        last_time=row["last_time"].to_pydatetime(),
    )
