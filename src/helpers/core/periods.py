"""Consecutive periods of equal length that end at the analysis date, and what each customer did in each of them."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.core.any_engine import each_once
from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_sum
from helpers.core.returns import purchase_lines

_DAYS_TO_KNOW_A_RHYTHM = 10
_USUAL_SHARE = 0.99


@dataclass(frozen=True)
class Period:
    """A span of days: the first day belongs to it, the last one named does not.

    Parameters
    ----------
    start, end : date
        First day, and first day after.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        """Refuse a period without days."""
        if self.start >= self.end:
            raise InputError(
                Fault(
                    f"the period from {self.start} to {self.end} holds no day",
                    remedy="let the period end after its start",
                )
            )

    @property
    def in_words(self) -> str:
        """Months from the first to the last, or days where a month is cut.

        Examples
        --------
        >>> Period(date(2017, 1, 1), date(2017, 7, 1)).in_words, Period(date(2016, 12, 1), date(2017, 2, 1)).in_words
        ('January to June 2017', 'December 2016 to January 2017')
        >>> Period(date(2017, 3, 1), date(2017, 4, 1)).in_words, Period(date(2017, 3, 5), date(2017, 4, 5)).in_words
        ('March 2017', '5 March 2017 to 4 April 2017')
        """
        first, last = self.start, self.end - timedelta(days=1)
        if self.start.day != 1 or self.end.day != 1:
            return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
        if (first.year, first.month) == (last.year, last.month):
            return f"{first:%B %Y}"
        return f"{first:%B}{'' if first.year == last.year else f' {first.year}'} to {last:%B %Y}"

    def is_same_time_of_year(self, other: "Period") -> bool:
        """Say whether both begin and end on the same days of the year: seasons then weigh on both alike.

        Examples
        --------
        >>> year = Period(date(2016, 1, 1), date(2017, 1, 1)), Period(date(2017, 1, 1), date(2018, 1, 1))
        >>> half = Period(date(2017, 1, 1), date(2017, 7, 1)), Period(date(2017, 7, 1), date(2018, 1, 1))
        >>> year[0].is_same_time_of_year(year[1]), half[0].is_same_time_of_year(half[1])
        (True, False)
        """
        ends = [(one.month, one.day) for one in (self.start, self.end)]
        years = [one.end.year - one.start.year for one in (self, other)]
        return ends == [(one.month, one.day) for one in (other.start, other.end)] and years[0] == years[1]


@dataclass(frozen=True)
class Coverage:
    """How far the data reach towards the analysis date.

    Parameters
    ----------
    last : date
        Last day with a row.
    as_of : date
        Analysis date.
    usual_gap_days : int or None
        Longest usual time from one day with rows to the next, days; None with too few days to know.
    """

    last: date
    as_of: date
    usual_gap_days: int | None

    @property
    def gap_days(self) -> int:
        """Days from the last day with a row to the analysis date."""
        return (self.as_of - self.last).days

    @property
    def stops_early(self) -> bool:
        """Whether the data stop longer before the analysis date than their own rhythm explains."""
        return self.usual_gap_days is not None and self.gap_days > self.usual_gap_days

    @property
    def until(self) -> date:
        """First day not covered: the analysis date, or the day after the last row where the data stop early."""
        return self.last + timedelta(days=1) if self.stops_early else self.as_of


def measure_coverage(rows: ir.Table, as_of: date) -> Coverage:
    """Say how far rows with a `time` reach, judged by the rhythm of the days that have any.

    The longest usual gap is the longest there was, but not more than twice the gap that 99 of 100 keep to: a shop that
    was shut for weeks once does not excuse a month that was never exported.

    Parameters
    ----------
    rows : ibis Table
        Rows with the column `time`; those on or after `as_of` are not used.
    as_of : date
        Analysis date.

    Raises
    ------
    InputError
        When no row lies before the analysis date.

    Examples
    --------
    >>> days = ibis.memtable({"time": pd.date_range("2024-11-01", "2024-12-09")})
    >>> found = measure_coverage(days, date(2025, 1, 1))
    >>> found.gap_days, found.usual_gap_days, found.until
    (23, 1, datetime.date(2024, 12, 10))
    """
    require_columns(rows.columns, ("time",), where="rows")
    kept = each_once(rows.select(day=rows["time"].cast("timestamp").cast("date")))
    days = kept.filter(kept["day"] < ibis.date(as_of.isoformat())).order_by("day").to_pyarrow().to_pandas()["day"]
    return coverage_of(pd.to_datetime(days), as_of)


def coverage_of(days: "pd.Series[pd.Timestamp]", as_of: date) -> Coverage:
    """Return what `measure_coverage` does, of days with rows that are known already: each once, in order.

    Raises
    ------
    InputError
        When there is none.
    """
    if days.empty:
        raise InputError(Fault(f"no row lies before {as_of}", where="time", remedy="check as_of"))
    gaps = days.diff().dt.days.dropna()
    usual = None
    if len(days) >= _DAYS_TO_KNOW_A_RHYTHM:
        most_keep_to = gaps.quantile(_USUAL_SHARE, interpolation="higher")
        usual = int(min(gaps.max(), 2 * most_keep_to))
    return Coverage(days.iloc[-1].date(), as_of, usual)


def months_before(as_of: date, months: int) -> date:
    """Return the same day some calendar months earlier, or the last day of a shorter month.

    Examples
    --------
    >>> months_before(date(2018, 1, 1), 6), months_before(date(2018, 3, 31), 1)
    (datetime.date(2017, 7, 1), datetime.date(2018, 2, 28))
    """
    earlier: date = (pd.Timestamp(as_of) - pd.DateOffset(months=months)).date()
    return earlier


def periods_before(as_of: date, *, months: int, count: int) -> tuple[Period, ...]:
    """Cut the time before the analysis date into periods, the oldest first.

    Parameters
    ----------
    as_of : date
        Where the last period ends; the day itself is left out.
    months : int
        Length of one period.
    count : int
        Number of periods.

    Examples
    --------
    >>> [str(period.start) for period in periods_before(date(2018, 1, 1), months=6, count=2)]
    ['2017-01-01', '2017-07-01']
    """
    if months < 1 or count < 1:
        raise InputError(
            Fault(
                f"{count} periods of {months} months",
                where="months",
                allowed="whole numbers from 1",
                remedy="give whole numbers, 1 or above",
            )
        )
    borders = [months_before(as_of, months * step) for step in range(count, -1, -1)]
    return tuple(Period(start, end) for start, end in pairwise(borders))


def customers_by_period(transactions: ir.Table, periods: tuple[Period, ...]) -> pd.DataFrame:
    """Orders and money of each customer in each period with an order.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, order_id, time, amount; discount and cost where known.
    periods : tuple of Period
        They must not overlap; lines outside are not used, but that purchases in them are less what came back before
        the last period ended.

    Returns
    -------
    DataFrame
        One row per customer and period with an order, sorted: customer_id, period (0 for the first), orders, revenue,
        and discount and cost where the lines have them, in study currency. A missing cost on one line leaves the sum
        missing.

    Raises
    ------
    InputError
        When a column is missing or no line falls into the periods.
    """
    require_columns(transactions.columns, ("customer_id", "order_id", "time", "amount"), where="transactions")
    bought = purchase_lines(transactions, max(period.end for period in periods))
    time = bought["time"]
    branches = [
        ((time >= ibis.timestamp(period.start.isoformat())) & (time < ibis.timestamp(period.end.isoformat())), number)
        for number, period in enumerate(periods)
    ]
    lines = bought.mutate(period=ibis.cases(*branches).cast("int64"))
    lines = lines.filter(lines["period"] >= 0)
    measures = {"orders": lines["order_id"].nunique(), "revenue": exact_sum(lines["amount"])}
    if "discount" in lines.columns:
        measures["discount"] = exact_sum(lines["discount"].fill_null(0))
    if "cost" in lines.columns:
        measures["cost"] = (lines["cost"].count() == lines.count()).ifelse(
            exact_sum(lines["cost"]), ibis.null("float64")
        )
    gathered = lines.group_by("customer_id", "period").agg(**measures)
    frame: pd.DataFrame = gathered.order_by("customer_id", "period").to_pyarrow().to_pandas()
    if frame.empty:
        span = f"from {periods[0].start} to {periods[-1].end}"
        raise InputError(Fault(f"no line falls into the time {span}", where="transactions", remedy="check as_of"))
    return frame


def per_period(activity: pd.DataFrame, measure: str, count: int) -> pd.DataFrame:
    """Lay one measure out with a row per customer and a column per period, zero where the customer had no order.

    Parameters
    ----------
    activity : DataFrame
        From `customers_by_period`, or with the same keys.
    measure : str
        Column to lay out.
    count : int
        Number of periods; columns are 0 to count minus one.

    Returns
    -------
    DataFrame
        Indexed by customer_id in sorted order.

    Examples
    --------
    >>> activity = pd.DataFrame({"customer_id": [1, 1, 2], "period": [0, 1, 1], "orders": [3, 2, 1]})
    >>> per_period(activity, "orders", 2)
    period       0  1
    customer_id
    1            3  2
    2            0  1
    """
    require_columns(activity.columns, ("customer_id", "period", measure), where="activity")
    wide = activity.pivot_table(index="customer_id", columns="period", values=measure, aggfunc="sum", fill_value=0)
    return wide.reindex(columns=pd.RangeIndex(count, name="period"), fill_value=0)


def values_in_period(activity: pd.DataFrame, period: int, measure: str = "revenue") -> pd.Series:
    """Pick one period's measure of the customers with an order in it.

    Parameters
    ----------
    activity : DataFrame
        From `customers_by_period`, or with the same keys.
    period : int
        Number of the period.
    measure : str
        Column to pick.

    Returns
    -------
    Series
        Indexed by customer_id, for `equal_groups`, ABC classes and `follow_migration`.
    """
    require_columns(activity.columns, ("customer_id", "period", measure), where="activity")
    values: pd.Series = activity[activity["period"] == period].set_index("customer_id")[measure]
    return values
