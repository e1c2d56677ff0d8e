"""When to send, and how dear: the time of day a customer buys, and the buying power that amount and region show."""

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import number_of
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import Interval
from helpers.core.returns import purchase_lines
from helpers.interaction.next_product import mean_interval

DAY_PARTS = {"night": 0, "morning": 6, "midday": 11, "afternoon": 14, "evening": 18}
"""By part of the day: its first hour, local time."""
PRICE_BANDS = ("low", "middle", "high")
PRIOR_ORDERS = 5.0
"""Orders of an average customer that are added to those of each: little is known of who bought once."""


def orders_by_day_part(transactions: ir.Table, as_of: date, *, since: date | None = None) -> pd.DataFrame:
    """Count the orders of each customer in each part of the day.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, order_id, time (local).
    as_of, since : date
        Window.

    Returns
    -------
    DataFrame, shape (customers, parts)
        Orders, by customer_id.

    Raises
    ------
    InputError
        When the times of all orders are midnight: they are days without a time.
    """
    lines = purchase_lines(transactions, as_of, since=since)
    orders = lines.group_by("customer_id", "order_id").agg(time=lines["time"].min())
    second = orders["time"].hour() * 3600 + orders["time"].minute() * 60 + orders["time"].second()
    hours = orders.select("customer_id", hour=orders["time"].hour(), timed=number_of(second > 0))
    cells = hours.group_by("customer_id", "hour").agg(orders=ibis._.count(), timed=ibis._.timed.sum())
    found = cells.order_by("customer_id", "hour").to_pyarrow().to_pandas()
    if not found["timed"].sum():
        remedy = "export the times with hours and minutes"
        raise InputError(Fault("orders have no time of day", "transactions, column time", remedy=remedy))
    starts = np.array(list(DAY_PARTS.values()))
    found["part"] = np.array(list(DAY_PARTS))[np.searchsorted(starts, found["hour"].to_numpy(), side="right") - 1]
    table = found.pivot_table(index="customer_id", columns="part", values="orders", aggfunc="sum", fill_value=0)
    counted: pd.DataFrame = table.reindex(columns=list(DAY_PARTS), fill_value=0)
    return counted


def choose_day_part(orders: pd.DataFrame, *, prior_orders: float = PRIOR_ORDERS) -> "pd.Series[str]":
    """Choose the part of the day in which each customer most likely orders, drawn towards that of all.

    Parameters
    ----------
    orders : DataFrame
        From `orders_by_day_part`.
    prior_orders : float
        Weight of the habits of all, in orders.

    Examples
    --------
    >>> counts = pd.DataFrame({"morning": [1, 0, 50], "evening": [0, 9, 0]}, index=["Ann", "Ben", "Cem"])
    >>> choose_day_part(counts).to_dict()
    {'Ann': 'morning', 'Ben': 'evening', 'Cem': 'morning'}
    """
    of_all = orders.sum() / orders.to_numpy().sum()
    chosen: pd.Series[str] = (orders + prior_orders * of_all).idxmax(axis=1)
    return chosen


def try_day_parts(before: pd.DataFrame, after: pd.DataFrame, *, confidence: float = 0.95) -> tuple[Interval, Interval]:
    """Hold the own part of the day against the most common one, on the orders of a period held back.

    Parameters
    ----------
    before, after : DataFrame
        Orders by part of the day; customers in both are tested.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    share, gain : Interval
        Orders that fell in the part chosen, mean over customers; the same less that of the most common part.

    Raises
    ------
    InputError
        When fewer than two customers ordered in both periods.
    """
    both = before.index.intersection(after.index)
    if len(both) < 2:
        raise InputError(
            Fault(
                f"{len(both)} customers ordered in both periods",
                "transactions",
                "two or more",
                remedy="take longer periods",
            )
        )
    shares = after.loc[both].div(after.loc[both].sum(axis=1), axis=0)
    own = choose_day_part(before).loc[both]
    hit = shares.to_numpy()[np.arange(len(both)), shares.columns.get_indexer(pd.Index(own))]
    common = shares[before.sum().idxmax()].to_numpy()
    return mean_interval(hit, confidence), mean_interval(hit - common, confidence)


def buying_power(customers: pd.DataFrame, region: "pd.Series[str] | None" = None) -> pd.DataFrame:
    """Estimate what a customer spends per order, drawn towards the mean of the region, and put it into price bands.

    Parameters
    ----------
    customers : DataFrame
        orders, mean_order_value (study currency), by customer_id.
    region : Series of str, optional
        By customer_id; where it is not known, the mean of all stands for it.

    Returns
    -------
    DataFrame
        expected_order_value, price_band (a third of the customers each; all in the middle where all are equal).

    Examples
    --------
    >>> shop = pd.DataFrame({"orders": [1, 20, 20], "mean_order_value": [90.0, 30.0, 60.0]}, index=list("abc"))
    >>> buying_power(shop)["price_band"].tolist()
    ['middle', 'low', 'high']
    """
    value, orders = customers["mean_order_value"], customers["orders"]
    centre = pd.Series(float(np.average(value, weights=orders)), index=customers.index)
    if region is not None:
        of_region = region.reindex(customers.index)
        paid = (value * orders).groupby(of_region).sum() / orders.groupby(of_region).sum()
        centre = of_region.map(paid).astype(np.float64).fillna(centre)
    expected = (orders * value + PRIOR_ORDERS * centre) / (orders + PRIOR_ORDERS)
    low, high = expected.quantile([1 / 3, 2 / 3])
    band = np.select([expected < low, expected > high], [PRICE_BANDS[0], PRICE_BANDS[2]], PRICE_BANDS[1])
    return pd.DataFrame({"expected_order_value": expected, "price_band": band}, index=customers.index)
