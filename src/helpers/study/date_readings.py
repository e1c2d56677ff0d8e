"""Dates that fit two readings: whether day or month stands first, asked of a whole column.

`03/01/2023` is a day in January or in March. A column settles it by any day after the 12th. Where it has none, or where
some rows were turned and others not, the spread over days and months and the order of the rows tell.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from helpers.study.grammar import TableSpec
from helpers.study.text_tables import ROW
from helpers.study.time_text import by_pattern, clock_of, parse_time, swapped, without_offset

_ROWS_IN_ORDER = 20_000
_ENOUGH = 30
_LITTLE, _MUCH = 0.01, 0.1
_FEW_CONVERTED = 5
LAST_MONTH = 12


@dataclass(frozen=True)
class DateCounts:
    """What a column of dates says about its format, and about the one with day and month swapped.

    Parameters
    ----------
    only_this, only_other, both : int
        Dates that fit the stated format only, the swapped one only, and either.
    differ : int
        Dates that fit either and mean another day by the other.
    converted : int
        Dates in ISO form beside the stated one.
    last_converted_day : int
        Latest day of the month among these.
    days, months, years, dates : int
        Different days of the month, months of the year, years and dates of those that fit the stated format.
    late, late_other : int
        Dates on or after the analysis date, by the stated and by the swapped format.
    """

    only_this: int
    only_other: int
    both: int
    differ: int
    converted: int
    last_converted_day: int
    days: int
    months: int
    years: int
    dates: int
    late: int
    late_other: int

    @property
    def mixed(self) -> bool:
        """Whether some dates fit only the one format, and some only the other."""
        return self.only_this > 0 and self.only_other > 0

    @property
    def half_converted(self) -> bool:
        """Whether a spreadsheet has turned the dates that it could, and left the others as text."""
        left_over = self.only_this > 0 and self.both == 0
        return left_over and self.converted >= _FEW_CONVERTED and self.last_converted_day <= LAST_MONTH

    @property
    def two_readings(self) -> bool:
        """Whether every date fits either format, and not all mean the same by both."""
        return self.both > 0 and self.only_this == self.only_other == 0 and self.differ > 0

    @property
    def looks_wrong(self) -> bool:
        """Whether the stated format puts all dates into one month of several years, or beyond the analysis date."""
        one_month = self.months == 1 and self.days > 1 and self.years > 1
        return one_month or (self.late > 0 and self.late_other == 0)

    @property
    def other_looks_wrong(self) -> bool:
        """Whether the swapped format does so."""
        one_month = self.days == 1 and self.months > 1 and self.years > 1
        return one_month or (self.late_other > 0 and self.late == 0)


def count_dates(table: Any, text: Any, spec: TableSpec, as_of: date) -> DateCounts | None:
    """Return how the dates of a column fit the stated format and the swapped one; None where nothing can be swapped.

    Parameters
    ----------
    table : ibis table
        The source.
    text : ibis string column
        Its dates as written.
    spec : TableSpec
        Their format.
    as_of : date
        Analysis date.
    """
    pattern, other = without_offset(spec.date_format or ""), swapped(spec.date_format)
    if other is None:
        return None
    clock = clock_of(text)
    value = by_pattern(clock, pattern)
    day, month, year = value.day(), value.month(), value.year()
    by_other = by_pattern(ibis.cases((value.isnull(), clock), else_=ibis.null(dt.string)), other)
    iso = ibis.cases((value.isnull(), clock), else_=ibis.null(dt.string)).try_cast(dt.Timestamp())
    limit = as_of.year * 10_000 + as_of.month * 100 + as_of.day
    measures = {
        "only_this": (day > LAST_MONTH).sum(),
        "only_other": by_other.count(),
        "both": (day <= LAST_MONTH).sum(),
        "differ": ((day <= LAST_MONTH) & (day != month)).sum(),
        "converted": iso.count(),
        "last_converted_day": iso.day().max(),
        "days": day.nunique(),
        "months": month.nunique(),
        "years": year.nunique(),
        "dates": value.date().nunique(),
        "late": (year * 10_000 + month * 100 + day >= limit).sum(),
        "late_other": (year * 10_000 + day * 100 + month >= limit).sum(),
    }
    row = table.aggregate(**measures).to_pyarrow().to_pylist()[0]
    return DateCounts(**{name: int(row[name] or 0) for name in measures})


def in_order_when_swapped(table: Any, text: Any, spec: TableSpec, customer: str | None) -> bool:
    """Say whether rows that are in disorder come into order once day and month of all dates up to the 12th are swapped.

    Exports are written in the order of time, as a whole or for each customer. The first rows are looked at.

    Parameters
    ----------
    table : ibis table
        The source.
    text : ibis string column
        Its times as written.
    spec : TableSpec
        Their format.
    customer : str or None
        Column of the customers, where there is one.
    """
    value = parse_time(text, spec, as_utc=False)
    owner = table[customer].cast(dt.string) if customer else ibis.literal("")
    # Numbers alone are put in order: the first rows are parsed, not all.
    numbers = table.select(ROW).order_by(ROW).limit(_ROWS_IN_ORDER)
    last = numbers.aggregate(last=numbers[ROW].max()).to_pyarrow().to_pylist()[0]["last"]
    first = table.filter(table[ROW] <= ibis.literal(last, "int64")).select(row=table[ROW], owner=owner, value=value)
    first = first.filter(first["value"].notnull())
    day, month = first["value"].day(), first["value"].month()
    first = first.mutate(movable=(day <= LAST_MONTH) & (day != month))
    movable, disorder = _movable_and_disorder(first)
    if movable < _ENOUGH or disorder < _MUCH:
        return False  # so it is with most sources, and none of their times is turned for nothing
    rest = first["value"] - first["value"].truncate("D")
    turned = ibis.timestamp(first["value"].year(), day, month, 0, 0, 0) + rest
    other = ibis.cases((first["movable"], turned), else_=first["value"])
    _, disorder = _movable_and_disorder(first.mutate(value=other))
    return disorder <= _LITTLE


def _movable_and_disorder(rows: Any) -> tuple[int, float]:
    """Return how many times could be turned, and the share of steps from row to row that go the rarer way."""
    steps = rows.mutate(before=rows["value"].lag().over(ibis.window(group_by="owner", order_by="row")))
    asked = {
        "movable": steps["movable"].sum(),
        "up": (steps["value"] > steps["before"]).sum(),
        "down": (steps["value"] < steps["before"]).sum(),
    }
    (found,) = steps.aggregate(**asked).to_pyarrow().to_pylist()
    movable, up, down = (int(found[name] or 0) for name in asked)
    return movable, min(up, down) / max(up + down, 1)
