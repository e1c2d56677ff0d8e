"""Times written as text or as seconds since 1970: how they are read, and whether they carry an offset from UTC."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from helpers.study.calendars import column_in_gregorian
from helpers.study.grammar import TableSpec
from helpers.study.month_names import column_in_english, english_pattern, has_month_name

YEARS = (1700, 2200)
"""First and last year of a time; beyond stand marks such as 9999-12-31 and slips of the pen, not moments."""
_TAIL = r"\s*([zZ]|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)\s*$"
_WITH_OFFSET = r"([0-9]\s*[zZ]|[0-9]:[0-9]{2}.*(UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?))\s*$"
_COUNTED = r"^\s*[0-9]{1,18}(\.0+)?\s*$"
_MOST_SECONDS = 10**10
_DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y")
_MORE_DAYS = ("%d-%b-%y", "%Y%m%d", "%Y.%m.%d")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S", "T%H:%M:%S")


@ibis.udf.scalar.builtin(name="try_strptime")  # type: ignore[untyped-decorator]
def _try_strptime(text: str, pattern: str) -> dt.Timestamp():  # type: ignore[valid-type]
    """Name DuckDB's parser of dates that returns NULL instead of failing; the body is DuckDB's."""


_PLAIN = {19: ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"), 16: ("%Y-%m-%d %H:%M",), 10: ("%Y-%m-%d",)}
"""ISO times without offset, by their length, at which every field has all its digits and nothing stands behind."""
PLAIN_LENGTHS = frozenset(_PLAIN)


def parse_time(text: Any, spec: TableSpec, *, as_utc: bool) -> Any:
    """Return text as timestamps without a zone; NULL where it is no time, or its year is none of a calendar.

    Parameters
    ----------
    text : ibis string column
        Times as the source writes them.
    spec : TableSpec
        Its date format; ISO times are read whatever it says.
    as_utc : bool
        Whether a time with an offset becomes its UTC clock time; otherwise the clock is kept as written.
    """
    marked, value = with_offset(text), clock_time(clock_of(text), spec)
    if spec.unix_unit is not None:
        value = ibis.coalesce(_since_1970(text, spec), value)
    if as_utc:
        value = ibis.cases((marked, value - _offset_minutes(text).as_interval("m")), else_=value)
    return ibis.cases((value.year().between(*YEARS), value), else_=ibis.null(dt.timestamp))


def clock_time(text: Any, spec: TableSpec) -> Any:
    """Return text without offsets as timestamps of whatever year; NULL where it is no time."""
    if spec.calendar == "buddhist":
        text = column_in_gregorian(text)
    value = text.try_cast(dt.Timestamp())
    if spec.unix_unit is None and spec.date_format is not None:
        return ibis.coalesce(_read_by(text, without_offset(spec.date_format)), value)
    return value


def plain_pattern(text: str) -> str | None:
    """Return the ISO pattern without offset that a text has; None where it has none.

    Examples
    --------
    >>> plain_pattern("2018-01-31 18:05:00"), plain_pattern("31/01/2018")
    ('%Y-%m-%d %H:%M:%S', None)
    """
    for pattern in _PLAIN.get(len(text), ()):
        try:
            datetime.strptime(text, pattern)
        except ValueError:
            continue
        return pattern
    return None


def length_of(pattern: str) -> int:
    """Return how long texts of an ISO pattern are."""
    return next(length for length, patterns in _PLAIN.items() if pattern in patterns)


def time_by_pattern(text: Any, pattern: str) -> Any:
    """Return text as timestamps by one pattern of digits; NULL where it does not fit.

    Of a text as long as an ISO pattern it makes what `clock_time` does, and nothing where an offset stands in it.
    """
    return _try_strptime(text, pattern)


def counted_since_1970(column: Any, spec: TableSpec) -> Any:
    """Return whole numbers of a typed source as timestamps of the UTC clock."""
    moments = column.cast(dt.int64).as_timestamp(spec.unix_unit or "s")
    return moments.cast(dt.Timestamp())


def clock_of(text: Any) -> Any:
    """Return times as written without their offsets."""
    return ibis.cases((with_offset(text), text.re_replace(_TAIL, "")), else_=text)


def by_pattern(text: Any, pattern: str, english: Any = None) -> Any:
    """Return text as a time by one pattern only; NULL where it does not fit.

    Parameters
    ----------
    text : ibis string column
        Times as written.
    pattern : str
        Date format.
    english : ibis string column, optional
        What `column_in_english` says of the text, where that has been worked out.
    """
    value = _read_by(text, pattern, english)
    return ibis.cases((value.year().between(*YEARS), value), else_=ibis.null(dt.timestamp))


def _read_by(text: Any, pattern: str, english: Any = None) -> Any:
    """Return text as a time by a pattern; months in letters may stand in any language whose names are known."""
    value = _try_strptime(text, pattern)
    if not has_month_name(pattern):
        return value
    english = column_in_english(text) if english is None else english
    return ibis.coalesce(value, _try_strptime(english, english_pattern(pattern)))


def without_offset(pattern: str) -> str:
    """Return a date format without the mark of the offset at its end.

    Examples
    --------
    >>> without_offset("%Y-%m-%d %H:%M:%S %z")
    '%Y-%m-%d %H:%M:%S'
    """
    return re.sub(r"\s*%z\s*$", "", pattern)


def swapped(pattern: str | None) -> str | None:
    """Return a date format with day and month in each other's place; None where it does not have both as numbers.

    Examples
    --------
    >>> swapped("%d/%m/%Y %H:%M"), swapped("%d %b %Y")
    ('%m/%d/%Y %H:%M', None)
    """
    if pattern is None or not all(re.search(f"%-?{mark}", pattern) for mark in "dm"):
        return None
    other = {"d": "m", "m": "d"}
    return re.sub(r"%(-?)([dm])", lambda mark: f"%{mark[1]}{other[mark[2]]}", without_offset(pattern))


@dataclass(frozen=True)
class Moments:
    """How many times of a text column need no zone to name a moment.

    Parameters
    ----------
    with_offset : int
        Times that carry their offset from UTC.
    counted : int
        Times that count from 1970.
    without : int
        Times of the calendar, whose zone is known from the study alone.
    """

    with_offset: int
    counted: int
    without: int

    @property
    def any(self) -> bool:
        """Whether there is any such time."""
        return self.with_offset + self.counted > 0


def moments_in(table: Any, columns: Mapping[str, Any], spec: TableSpec) -> dict[str, Moments]:
    """Return how many moments the text columns of a source hold.

    Parameters
    ----------
    table : ibis table
        The source.
    columns : mapping of str to ibis string column
        Its columns with times.
    spec : TableSpec
        Their date format.
    """
    tests: dict[str, Any] = {}
    for number, text in enumerate(columns.values()):
        tests |= {f"offset{number}": with_offset(text).sum(), f"given{number}": text.count()}
        if spec.unix_unit is not None:
            tests[f"counted{number}"] = text.re_search(_COUNTED).sum()
    row = table.aggregate(**tests).to_pyarrow().to_pylist()[0] if tests else {}
    found = {}
    for number, (name, text) in enumerate(columns.items()):
        offsets, counts = row[f"offset{number}"] or 0, row.get(f"counted{number}") or 0
        mixed = 0 < offsets + counts < row[f"given{number}"]
        found[name] = Moments(offsets, counts, _of_the_calendar(table, text, spec) if mixed else 0)
    return found


def with_offset(text: Any) -> Any:
    """Return where a time carries its offset from UTC."""
    return text.re_search(_WITH_OFFSET)


def of_the_calendar(text: Any, spec: TableSpec) -> Any:
    """Return where text is a time whose zone it does not say."""
    named = with_offset(text) | (text.re_search(_COUNTED) if spec.unix_unit else ibis.literal(False))
    return ~named & parse_time(text, spec, as_utc=False).notnull()


def _of_the_calendar(table: Any, text: Any, spec: TableSpec) -> int:
    count: int = table.aggregate(count=of_the_calendar(text, spec).sum()).to_pyarrow().to_pylist()[0]["count"] or 0
    return count


def offsets_by_month(table: Any, text: Any, spec: TableSpec) -> list[tuple[datetime, int]]:
    """Return one UTC time of each month and offset, with that offset in minutes."""
    value, ahead = parse_time(text, spec, as_utc=True), _offset_minutes(text)
    rows = table.filter(with_offset(text), value.notnull()).select(moment=value, ahead=ahead)
    groups = rows.group_by(month=rows["moment"].truncate("M"), ahead=rows["ahead"])
    found = groups.aggregate(first=rows["moment"].min()).order_by("first").to_pyarrow().to_pylist()
    return [(row["first"], row["ahead"]) for row in found]


def fitting_formats(values: Sequence[str], connection: Any) -> list[str]:
    """Return the date formats that read every one of some values, most usual first; empty where none does.

    Parameters
    ----------
    values : sequence of str
        Some values of a column, as written.
    connection : ibis backend
        The engine that would read them.
    """
    for name, digits in (("unix_seconds", (9, 10)), ("unix_milliseconds", (12, 13))):
        if all(re.fullmatch(rf"\s*\d{{{digits[0]},{digits[1]}}}(\.0+)?\s*", value) for value in values):
            return [name]
    marked = all(re.search(_WITH_OFFSET, value) for value in values)
    table = ibis.memtable({"text": [re.sub(_TAIL, "", value) if marked else value for value in values]})
    # A column of its own: within each of the tests below it would be worked out a dozen times for each value.
    table = ibis.memtable(connection.to_pyarrow(table.mutate(english=column_in_english(table["text"]))))
    marks = [mark for mark in "/.-" if any(mark in value for value in values)] or ["/"]
    patterns = [day.replace("/", mark) + clock for clock in _CLOCKS for mark in marks for day in _DAYS + _MORE_DAYS]
    patterns = list(dict.fromkeys(patterns))
    tests = {
        f"p{number}": by_pattern(table["text"], one, table["english"]).count() for number, one in enumerate(patterns)
    }
    row = connection.to_pyarrow(table.aggregate(**tests)).to_pylist()[0]
    fits = [one for number, one in enumerate(patterns) if row[f"p{number}"] == len(values)]
    return [f"{one} %z" if marked else one for one in fits]


def _since_1970(text: Any, spec: TableSpec) -> Any:
    digits = ibis.cases((text.re_search(_COUNTED), text.re_replace(r"\.0+\s*$", "")), else_=ibis.null(dt.string))
    number = digits.try_cast(dt.int64)
    # Milliseconds taken for seconds lie far ahead; seconds taken for milliseconds, in the first months of 1970.
    fits = number < _MOST_SECONDS if spec.unix_unit == "s" else number.between(_MOST_SECONDS, _MOST_SECONDS * 1000)
    return counted_since_1970(ibis.cases((fits, number), else_=ibis.null(dt.int64)), spec)


def _offset_minutes(text: Any) -> Any:
    """Return what a time is ahead of UTC, in minutes, from the end of its text."""
    pattern = r"([+-])([0-9]{2}):?([0-9]{2})?\s*$"
    hours, minutes = (text.re_extract(pattern, group).try_cast(dt.int64).fill_null(0) for group in (2, 3))
    ahead = hours * 60 + minutes
    return ibis.cases((text.re_extract(pattern, 1) == "-", -ahead), (text.re_search(r"[zZ]|UTC|GMT"), 0), else_=ahead)
