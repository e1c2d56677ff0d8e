"""Key customers, ordinary customers and prospects, and the selling time each of them takes."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import each_once
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError, some_of
from helpers.core.lines import exact_sum
from helpers.differentiation.concentration import count_top, positive_total

SALES_GROUPS: tuple[str, ...] = ("key", "ordinary", "prospect")
KEY_SHARE, ORDINARY_SHARE = 0.10, 0.30
KEY_TIME_RULE = 0.60
"""Share of selling time that key customers get by a rule of thumb of sales management; a claim, stated without
proof."""
EFFORT: tuple[str, ...] = ("visits", "calls")


def sort_into_sales_groups(
    revenue: pd.Series, *, key_share: float = KEY_SHARE, ordinary_share: float = ORDINARY_SHARE
) -> pd.Series:
    """Call the first customers by revenue key, the next ordinary and the rest prospects.

    Customers of equal revenue share the mean of the ranks they take up, so that all of them are called the same,
    whatever the order of the rows; a sales group may then be larger or smaller than its share. Who brings nothing is a
    prospect, whatever the shares.

    Parameters
    ----------
    revenue : Series
        Revenue per customer, study currency; zero for those who were called on and never bought.
    key_share, ordinary_share : float
        Shares of the customers, together at most 1; the number of customers is rounded up (`count_top`).

    Returns
    -------
    Series of ordered categorical
        "key", "ordinary" or "prospect" on the index of `revenue`.

    Raises
    ------
    InputError
        When the shares are out of range, a value is missing, or the total is not positive.

    Examples
    --------
    >>> sort_into_sales_groups(pd.Series([50.0, 20, 15, 8, 3, 1, 1, 1, 1, 0])).value_counts().to_dict()
    {'prospect': 6, 'ordinary': 3, 'key': 1}
    >>> sort_into_sales_groups(pd.Series([7.0] * 5)).unique().tolist()
    ['prospect']
    """
    require_within({"key_share": key_share, "ordinary_share": ordinary_share}, low=0, high=1, low_open=True)
    both = float(Decimal(repr(float(key_share))) + Decimal(repr(float(ordinary_share))))
    if both > 1:
        remedy = "take shares that leave room for prospects"
        raise InputError(Fault(f"{both:g} of the customers", "key_share, ordinary_share", "together at most 1", remedy))
    values = positive_total(revenue)
    place = pd.Series(values).rank(ascending=False, method="average").to_numpy()
    is_key = (place <= count_top(len(values), key_share)) & (values > 0)
    is_ordinary = (place <= count_top(len(values), both)) & (values > 0)
    code = np.select([is_key, is_ordinary], [0, 1], default=2)
    sales_groups = pd.Categorical.from_codes(code, categories=pd.Index(SALES_GROUPS), ordered=True)
    return pd.Series(sales_groups, index=revenue.index, name="sales_group")


def count_selling(
    activities: ir.Table,
    as_of: date,
    *,
    visits: Sequence[str] = ("visit",),
    calls: Sequence[str] = ("order_telephone",),
) -> pd.DataFrame:
    """Count the visits and calls each customer got before the analysis date.

    Parameters
    ----------
    activities : ibis Table
        Standard activities: customer_id, activity, quantity, and time or year. Counts kept by year are used where the
        year began before `as_of`; counts without either are used.
    as_of : date
        Analysis date.
    visits, calls : sequence of str
        Names of the activities that are visits, and of those that are calls.

    Returns
    -------
    DataFrame
        One row per customer with any of them, indexed by customer_id in order: visits, calls.

    Raises
    ------
    InputError
        When a column is missing, one name stands in both lists, or none of the names occurs.
    """
    require_columns(activities.columns, ("customer_id", "activity", "quantity"), where="activities")
    twice = sorted(set(visits) & set(calls))
    if twice:
        remedy = "name every activity once"
        raise InputError(Fault(f"{some_of(twice)} are visits and calls at once", "visits, calls", remedy=remedy))
    kept = _before(activities, as_of).filter(activities["activity"].isin([*visits, *calls]))
    is_visit = kept["activity"].isin(list(visits)) if visits else ibis.literal(False)
    times = kept["quantity"].cast("float64")
    counted = kept.group_by("customer_id").agg(
        visits=exact_sum(is_visit.ifelse(times, 0.0)), calls=exact_sum(is_visit.ifelse(0.0, times))
    )
    frame: pd.DataFrame = counted.order_by("customer_id").to_pyarrow().to_pandas().set_index("customer_id")
    if not frame.to_numpy().sum() > 0:
        there = each_once(activities.select("activity")).order_by("activity").to_pyarrow()["activity"].to_pylist()
        what = f"no visit and no call before {as_of}: none of {', '.join([*visits, *calls]) or 'no name'} was done"
        remedy = "name the activities that are visits and calls"
        raise InputError(Fault(what, "activities", ", ".join(map(str, there)) or "none", remedy))
    return frame


def _before(activities: ir.Table, as_of: date) -> ir.Table:
    if "time" in activities.columns:
        return activities.filter(activities["time"].cast("timestamp") < ibis.timestamp(as_of.isoformat()))
    if "year" in activities.columns:
        last = as_of.year if as_of > date(as_of.year, 1, 1) else as_of.year - 1
        return activities.filter(activities["year"] <= last)
    return activities


def share_selling_time(
    sales_groups: pd.Series, revenue: pd.Series, effort: pd.DataFrame, *, visit_minutes: float, call_minutes: float
) -> pd.DataFrame:
    """Put the selling time of each sales group beside its customers and its revenue.

    The share of time depends on how long a visit and a call take, which is seldom recorded. Whatever they take, the
    share lies between the sales group's share of visits and its share of calls.

    Parameters
    ----------
    sales_groups : Series of categorical
        From `sort_into_sales_groups`, indexed by customer_id.
    revenue : Series
        Revenue per customer, same index.
    effort : DataFrame
        From `count_selling`; customers who are not in it got none.
    visit_minutes, call_minutes : float
        Time that one visit and one call take, above zero.

    Returns
    -------
    DataFrame
        One row per sales group: customers, customer_share, revenue_share, visits, calls, visit_share, call_share,
        time_share, and time_share_low, time_share_high, the ends it has whatever a visit and a call take.

    Raises
    ------
    InputError
        When the minutes are not above zero, or a customer who was called on is in no sales group.

    Examples
    --------
    >>> revenue = pd.Series([90.0, 10.0, 0.0], index=list("abc"))
    >>> effort = pd.DataFrame({"visits": [3, 0, 1], "calls": [0, 1, 0]}, index=list("abc"))
    >>> sales_groups = sort_into_sales_groups(revenue)
    >>> share_selling_time(sales_groups, revenue, effort, visit_minutes=60, call_minutes=10)["visit_share"].tolist()
    [0.75, 0.0, 0.25]
    """
    require_within({"visit_minutes": visit_minutes, "call_minutes": call_minutes}, low=0, high=1e6, low_open=True)
    strangers = effort.index.difference(sales_groups.index).tolist()
    if strangers:
        remedy = "sort the customers who were called on into sales groups too, with the revenue they brought or none"
        raise InputError(Fault(f"customers in no sales group: {some_of(strangers)}", "effort", remedy=remedy))
    done = effort.reindex(sales_groups.index, fill_value=0).assign(revenue=revenue.reindex(sales_groups.index))
    by_group = done.groupby(sales_groups.rename("sales_group"), observed=False)
    table = pd.DataFrame({"customers": by_group.size()})
    table["customer_share"] = table["customers"] / len(sales_groups)
    table["revenue_share"] = by_group["revenue"].sum() / done["revenue"].sum()
    table[list(EFFORT)] = by_group[list(EFFORT)].sum()
    table["visit_share"], table["call_share"] = (_of_total(table[name]) for name in EFFORT)
    table["time_share"] = _of_total(table["visits"] * visit_minutes + table["calls"] * call_minutes)
    ends = table[["visit_share", "call_share"]]
    return table.assign(time_share_low=ends.min(axis=1), time_share_high=ends.max(axis=1))


def _of_total(values: "pd.Series[float]") -> "pd.Series[float]":
    total = float(values.sum())
    return values / total if total > 0 else values * np.nan
