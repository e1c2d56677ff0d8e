"""The customer base over time: who was new, active, lapsing and lost at each month's end, and when people buy."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import weekday_of
from helpers.core.arrays import BoolArray
from helpers.core.errors import Fault, InputError
from helpers.core.returns import purchase_lines, without_purchases
from helpers.identification.customer_base import summarise_orders

WEEKDAYS: tuple[str, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
BASE_STATES: tuple[str, ...] = ("new", "active", "lapsing", "lost")
Judge = Callable[[pd.DataFrame], tuple[BoolArray, BoolArray]]
"""From customers' `frequency`, `age_at_last_purchase` and `age` (weeks) to who is lapsing and who is lost."""
_DAYS_PER_WEEK = 7.0


@dataclass(frozen=True)
class StateRule:
    """When a customer counts as lapsing and as lost where only days since the last purchase are to decide.

    The same number of days for everybody is a rule and tells nothing of who is gone: it calls a customer lost who buys
    twice a year. Where the purchases teach more, `helpers.value.learn_states` finds the states by the own rhythm.

    Every customer who has ever bought is in exactly one state at a month's end:

    - *new*: the first purchase lies in that month;
    - *active*: not new, last purchase at most `lapsing_after_days` before the month's end;
    - *lapsing*: not new, longer ago than that, but at most `lost_after_days`;
    - *lost*: longer ago than `lost_after_days`. A lost customer who buys again is active again (*regained*).

    Parameters
    ----------
    lapsing_after_days, lost_after_days : int
        Days since the last purchase, the first smaller than the second and at least 1.

    Raises
    ------
    InputError
        When the limits are not in that order.
    """

    lapsing_after_days: int = 30
    lost_after_days: int = 90

    def __post_init__(self) -> None:
        if not 1 <= self.lapsing_after_days < self.lost_after_days:
            raise InputError(
                Fault(
                    f"lapsing after {self.lapsing_after_days} and lost after {self.lost_after_days} days",
                    where="lapsing_after_days, lost_after_days",
                    allowed="1 <= lapsing_after_days < lost_after_days",
                    remedy="make the second number of days the larger one",
                )
            )


def follow_base(
    transactions: ir.Table, as_of: date, rule: StateRule | None = None, *, judge: Judge | None = None
) -> pd.DataFrame:
    """Count the customers in each state at the end of every whole month before `as_of`.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions; their whole history.
    as_of : date
        Analysis date; a month that is not over by then is left out.
    rule : StateRule, optional
        Limits in days; 30 and 90 when missing.
    judge : callable, optional
        Says from the purchases up to a month's end who is lapsing and who is lost, instead of the rule.

    Returns
    -------
    DataFrame
        One row per month (`month`, its first day): new, active, lapsing, lost (customers, adding up to known); buyers
        (customers with a purchase in the month); regained and newly_lost (customers who left or entered *lost* since
        the month before); buying_share (buyers of known); settled (false while the history is younger than
        `lost_after_days`: early on, old customers look new and nobody can look lost).

    Raises
    ------
    InputError
        When no whole month lies before `as_of`.
    """
    rule = rule or StateRule()
    lines = purchase_lines(transactions, as_of)
    time = lines["time"]
    bought = (
        lines.group_by("customer_id", month=time.truncate("month").date())
        .agg(first_day=time.min().date(), last_day=time.max().date(), days=time.date().nunique())
        .to_pandas()
    )
    last_whole = pd.Timestamp(as_of).to_period("M") - 1
    months = pd.to_datetime(bought["month"]).dt.to_period("M")
    if bought.empty:
        raise InputError(without_purchases(transactions, as_of))
    if months.min() > last_whole:
        raise InputError(
            Fault(
                f"no whole month of transactions before {as_of}", where="as_of", remedy="choose a later analysis date"
            )
        )
    calendar = pd.period_range(months.min(), last_whole, freq="M")
    purchases = _purchases_so_far(bought.assign(month=months), calendar)
    return _count_states(purchases, calendar, rule, judge)


@dataclass(frozen=True)
class _Purchases:
    """What each customer (rows) had bought by each month's end (columns); days since the epoch, NaN before the first.

    Parameters
    ----------
    first, last : ndarray
        Day of the first and of the last purchase so far.
    count : ndarray
        Days with a purchase so far.
    """

    first: np.ndarray
    last: np.ndarray
    count: np.ndarray

    def history(self, month: int, end: int) -> pd.DataFrame:
        """Return the purchase histories of those known at the end of a month, seen from that day."""
        known = self.count[:, month] > 0
        first, last = self.first[known, month], self.last[known, month]
        return pd.DataFrame(
            {
                "frequency": self.count[known, month] - 1,
                "age_at_last_purchase": (last - first) / _DAYS_PER_WEEK,
                "age": (end - 1 - first) / _DAYS_PER_WEEK,
            }
        )


def _purchases_so_far(bought: pd.DataFrame, calendar: pd.PeriodIndex) -> _Purchases:
    inside = bought[bought["month"] <= calendar[-1]]
    customer, _ = pd.factorize(inside["customer_id"], sort=True)
    place = customer, calendar.get_indexer(pd.PeriodIndex(inside["month"]))
    empty = np.full((customer.max() + 1, len(calendar)), np.nan)
    first, last, count = empty.copy(), empty.copy(), np.zeros_like(empty)
    first[place], last[place] = _days(inside["first_day"]), _days(inside["last_day"])
    count[place] = inside["days"].to_numpy()
    return _Purchases(np.fmin.accumulate(first, axis=1), np.fmax.accumulate(last, axis=1), count.cumsum(axis=1))


def _days(values: pd.Series) -> np.ndarray:
    return pd.to_datetime(values).to_numpy().astype("datetime64[D]").astype(np.int64)


def _silent(
    purchases: _Purchases, ends: np.ndarray, rule: StateRule, judge: Judge | None
) -> tuple[BoolArray, BoolArray]:
    """Flag who is lapsing and who is lost, customers x months; who is lost may be flagged as lapsing too."""
    if judge is None:
        silent_days = ends - 1 - purchases.last  # 0 on the month's last day; NaN compares as false
        return silent_days > rule.lapsing_after_days, silent_days > rule.lost_after_days
    known = purchases.count > 0
    lapsing, lost = np.zeros_like(known), np.zeros_like(known)
    for month, end in enumerate(ends):
        if known[:, month].any():
            lapsing[known[:, month], month], lost[known[:, month], month] = judge(purchases.history(month, end))
    return lapsing, lost


def _count_states(
    purchases: _Purchases, calendar: pd.PeriodIndex, rule: StateRule, judge: Judge | None
) -> pd.DataFrame:
    starts = calendar.start_time.to_numpy().astype("datetime64[D]").astype(np.int64)
    ends = (calendar + 1).start_time.to_numpy().astype("datetime64[D]").astype(np.int64)
    known = ~np.isnan(purchases.last)
    was_known = np.hstack([np.zeros((len(known), 1), dtype=bool), known[:, :-1]])
    new = known & ~was_known
    silent, gone = _silent(purchases, ends, rule, judge)
    lost = ~new & gone
    was_lost = np.hstack([np.zeros((len(known), 1), dtype=bool), lost[:, :-1]])
    lapsing = ~new & ~lost & silent
    table = {
        "new": new,
        "active": known & ~new & ~lapsing & ~lost,
        "lapsing": lapsing,
        "lost": lost,
        "known": known,
        "buyers": purchases.last >= starts,
        "regained": was_lost & ~lost,
        "newly_lost": lost & ~was_lost,
    }
    counts = pd.DataFrame({name: flags.sum(axis=0) for name, flags in table.items()})
    counts.insert(0, "month", calendar.start_time)
    counts["buying_share"] = counts["buyers"] / counts["known"]
    counts["settled"] = ends - 1 - np.nanmin(purchases.last) > rule.lost_after_days
    return counts


def count_orders_by_hour(transactions: ir.Table, as_of: date, *, since: date | None = None) -> pd.DataFrame:
    """Count the orders in every hour of the week, in local time.

    Parameters
    ----------
    transactions, as_of, since
        As for `summarise_orders`.

    Returns
    -------
    DataFrame, 7 x 24
        Orders per weekday (rows, Monday first) and hour in which they were placed (columns 0..23); hours without an
        order are zero.
    """
    orders = summarise_orders(transactions, as_of, since=since)
    time = orders["time"]
    counted = orders.group_by(weekday=weekday_of(time), hour=time.hour()).agg(orders=orders.count()).to_pandas()
    grid = np.zeros((7, 24), dtype=np.int64)
    grid[counted["weekday"].to_numpy(), counted["hour"].to_numpy()] = counted["orders"].to_numpy()
    return pd.DataFrame(grid, index=pd.Index(WEEKDAYS, name="weekday"), columns=pd.RangeIndex(24, name="hour"))
