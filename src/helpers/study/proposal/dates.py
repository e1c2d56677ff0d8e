"""How the dates of a column are written, counted over all its rows; what has two readings is said, not chosen."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis

from helpers.study.calendars import column_in_gregorian, in_gregorian, looks_buddhist
from helpers.study.grammar import TableSpec
from helpers.study.month_names import english_pattern, in_english
from helpers.study.time_text import by_pattern, clock_of, offsets_by_month, parse_time, swapped, with_offset

ISO = "iso"
LAST_MONTH = 12
_PARTS = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?!\d)(.*)")
_CLOCK = re.compile(
    r"(?P<join>,? |T)(?P<hour>\d{1,2}):\d{2}(?P<seconds>:\d{2})?(?P<part>\.\d{1,6})?(?P<half>\s?[AaPp]\.?[Mm]\.?)?"
)
_TAIL = re.compile(r"\s*([zZ]|UTC|GMT|[+-]\d{2}:?\d{2})$")
_NAMED = (
    (re.compile(r"\d{1,2} [A-Za-z]{3} \d{4}(?!\d)"), "%d %b %Y"),
    (re.compile(r"\d{1,2} [A-Za-z]{4,9} \d{4}(?!\d)"), "%d %B %Y"),
    (re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{4}(?!\d)"), "%d-%b-%Y"),
    (re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{2}(?!\d)"), "%d-%b-%y"),
    (re.compile(r"[A-Za-z]{3} \d{1,2}, \d{4}(?!\d)"), "%b %d, %Y"),
    (re.compile(r"[A-Za-z]{4,9} \d{1,2}, \d{4}(?!\d)"), "%B %d, %Y"),
    (re.compile(r"\d{4}年\d{1,2}月\d{1,2}日"), "%Y年%m月%d日"),
)
_COUNTED_NAME = re.compile(r"time|date|stamp|created|时间|日期|zeit|datum|\bat\b|_at$|\bts\b", re.IGNORECASE)
_UNIX = {10: "unix_seconds", 13: "unix_milliseconds"}
_SHOWN = 3


@dataclass(frozen=True)
class DateFacts:
    """How the dates of a column are written.

    Parameters
    ----------
    given, fits : int
        Values, and those that are dates by the format.
    format : str
        As a study file writes it; empty where values are in ISO form.
    only_this, only_other, both : int
        Values that fit the format alone, that with day and month swapped alone, and either with another day.
    choices : tuple of str
        Formats between which the values do not decide.
    ends : tuple of datetime or None
        Last date by each of them.
    first, last : datetime or None
        First and last date by the format; of two readings, the first of one and the last of either.
    offsets : int
        Values with an offset from UTC.
    zones : tuple of (datetime, int)
        A time of each month and offset, with the offset in minutes.
    others : dict of str to int
        Ways of writing found beside the main one, with values in the sample.
    days : bool
        Whether no value has a time of the day.
    examples : tuple of str
        Some values as written.
    buddhist : bool
        Whether years are those of the Buddhist calendar.
    """

    given: int
    fits: int
    format: str = ""
    only_this: int = 0
    only_other: int = 0
    both: int = 0
    choices: tuple[str, ...] = ()
    ends: tuple[datetime | None, ...] = ()
    first: datetime | None = None
    last: datetime | None = None
    offsets: int = 0
    zones: tuple[tuple[datetime, int], ...] = ()
    others: tuple[tuple[str, int], ...] = ()
    days: bool = False
    examples: tuple[str, ...] = ()
    buddhist: bool = False

    def last_by(self, chosen: str) -> datetime | None:
        """Return the last date by the format that was chosen, or by either where none was."""
        return dict(zip(self.choices, self.ends, strict=True)).get(chosen, self.last)

    @property
    def ambiguous(self) -> bool:
        """Whether the values fit two readings and do not say which is meant."""
        return bool(self.choices)

    @property
    def mixed(self) -> bool:
        """Whether a good part of the values is written in another way, or needs day and month swapped."""
        turned = self.only_other > 0 and self.only_this > 0 and self.only_other * 100 > self.given
        return turned or any(count for _, count in self.others)


def structure_of(text: str, name: str = "") -> str | None:
    """Return the way a date is written, as a format with the day first where that is open; None for what is no date.

    Examples
    --------
    >>> structure_of("03/04/2024 09:30"), structure_of("2024-04-03T09:30:00Z"), structure_of("5 May 2024")
    ('%d/%m/%Y %H:%M', 'iso %z', '%d %b %Y')
    >>> structure_of("4711") is None
    True
    """
    digits = re.fullmatch(r"(\d{10}|\d{13})(\.0+)?", text)
    if digits and _COUNTED_NAME.search(name):
        return _UNIX[len(digits[1])] if 0.8e9 < float(text[:10]) < 2.1e9 else None
    compact = re.fullmatch(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", text)
    if compact:
        return "%Y%m%d" if _COUNTED_NAME.search(name) else None
    tail = _TAIL.search(text) if ":" in text or text.endswith(("Z", "z")) else None
    bare = text[: tail.start()] if tail else text
    bare = in_gregorian(bare)
    day, rest = _day_format(bare)
    if day is None:
        day, rest = _day_format(in_english(bare))
    clock = _clock_format(rest) if day else None
    if day is None or clock is None:
        return None
    return f"{day if day == ISO else day + clock}{' %z' if tail else ''}"


def _day_format(text: str) -> tuple[str | None, str]:
    parts = _PARTS.match(text)
    if parts:
        one, mark, two, three, rest = parts.groups()
        if len(one) == 4 and len(three) <= 2:
            day = f"%Y{mark}%m{mark}%d" if mark == "." else ISO
            return (day if 1 <= int(two) <= LAST_MONTH else None), rest
        if len(one) <= 2 and len(three) in (2, 4) and min(int(one), int(two)) >= 1 and max(int(one), int(two)) <= 31:
            return f"%d{mark}%m{mark}%{'Y' if len(three) == 4 else 'y'}", rest
        return None, rest
    for pattern, format_ in _NAMED:
        found = pattern.match(text)
        if found:
            return format_, text[found.end() :]
    return None, ""


def _clock_format(rest: str) -> str | None:
    if not rest.strip():
        return ""
    clock = _CLOCK.fullmatch(rest)
    if clock is None:
        return None
    hour = "%I" if clock["half"] else "%H"
    half = (" %p" if clock["half"].startswith(" ") else "%p") if clock["half"] else ""
    return f"{clock['join']}{hour}:%M{':%S' if clock['seconds'] else ''}{'.%f' if clock['part'] else ''}{half}"


def date_facts(table: Any, text: Any, sample: Sequence[str], name: str = "") -> DateFacts:
    """Count over all rows how the dates of a text column are written.

    Parameters
    ----------
    table : ibis table
        The rows.
    text : ibis string column
        The column, what stands for none as NULL.
    sample : sequence of str
        Some of its values, each once.
    name : str
        The column: digits alone are taken for a time only where it speaks of one.
    """
    buddhist = bool(sample) and all(map(looks_buddhist, sample))
    if buddhist:
        text = column_in_gregorian(text)
    ways = Counter(way for one in sample if (way := structure_of(one, name)) is not None)
    main = _main(ways, len(sample))
    facts = _of_short_years(table, text, main) or _counted(table, text, main)
    if not main.startswith(ISO) and any(way.startswith(ISO) for way in ways):
        facts = _with_iso(table, text, facts)
    others = tuple((way, n) for way, n in ways.items() if not _read_alike(main, way) and n * 100 > len(sample))
    # By the reading that holds: with day and month the wrong way round, winter has the offsets of summer.
    offsets = tuple(offsets_by_month(table, text, _spec(facts.format or main))) if facts.offsets else ()
    days = _all_midnight(table, text, main) if main.startswith("unix") else not any(":" in one for one in sample)
    found: dict[str, Any] = {"others": others, "zones": offsets, "examples": tuple(sample[:_SHOWN]), "days": days}
    return replace(facts, **found, buddhist=buddhist)


def _main(ways: "Counter[str]", values: int) -> str:
    """Return the way most dates are written: where some are in ISO form, that of the others, as ISO needs no format."""
    usual = ways.most_common()
    others = [way for way, count in usual if not way.startswith(ISO) and count * 100 > values]
    return others[0] if others and usual[0][0] == ISO else usual[0][0]


def _with_iso(table: Any, text: Any, facts: DateFacts) -> DateFacts:
    """Return the facts with the ends of the dates in ISO form among others, which are read beside them.

    A workbook's own dates come so, where others in their column are text.
    """
    value = text.try_cast("timestamp")
    row = table.aggregate(first=value.min(), last=_usual(value).max()).to_pyarrow().to_pylist()[0]
    first = [one for one in (facts.first, row["first"]) if one is not None]
    last = [one for one in (facts.last, row["last"]) if one is not None]
    ends = tuple(max((one for one in (end, row["last"]) if one is not None), default=None) for end in facts.ends)
    return replace(facts, first=min(first, default=None), last=max(last, default=None), ends=ends)


def _all_midnight(table: Any, text: Any, way: str) -> bool:
    """Say whether all seconds since 1970 are whole days, which a time zone would move to the day before."""
    value = parse_time(text, _spec(way), as_utc=False)
    later = table.aggregate(n=(value != value.truncate("D")).sum()).to_pyarrow().to_pylist()[0]["n"]
    return not later


def _of_short_years(table: Any, text: Any, way: str) -> DateFacts | None:
    """Return the facts of dates such as 24/03/15, whose year may stand first; None where it cannot.

    Readings that lead beyond the next year are none: a year read from days up to 31 does so.
    """
    parts = re.fullmatch(r"%d([./-])%m\1%y(.*)", way)
    if parts is None or way.endswith("%z"):
        return None
    mark, clock = parts.groups()
    ways = [f"{one}{clock}" for one in (f"%d{mark}%m{mark}%y", f"%m{mark}%d{mark}%y", f"%y{mark}%m{mark}%d")]
    values = [by_pattern(text, one) for one in ways]
    # A year in two digits is written with its zero: 1/5/23 has none in front.
    values[2] = ibis.cases((text.re_search(r"^[0-9]{2}[./-]"), values[2]), else_=ibis.null("timestamp"))
    measures = {"given": (text != "").sum(), "differ": (values[0] != values[2]).sum()}
    for place, value in enumerate(values):
        measures |= {f"fits{place}": value.count(), f"first{place}": value.min(), f"last{place}": value.max()}
    row = table.aggregate(**measures).to_pyarrow().to_pylist()[0]
    given, limit = int(row["given"] or 0), _now() + timedelta(days=366)
    may_be = [place for place in range(len(ways)) if row[f"fits{place}"] == given and row[f"last{place}"] <= limit]
    if len(ways) - 1 not in may_be:
        return None
    if len(may_be) == 1:
        return DateFacts(given, given, ways[-1], given, first=row["first2"], last=row["last2"])
    ends = tuple(row[f"last{place}"] for place in may_be)
    both, choices = int(row["differ"] or 0) or given, tuple(ways[place] for place in may_be)
    return DateFacts(given, given, "", 0, 0, both, choices, ends, row[f"first{may_be[0]}"], max(ends))


def _read_alike(main: str, other: str) -> bool:
    """Say whether two ways are read by one format: clocks of different length are not, ISO beside another is."""
    # By either mark of a month in letters, names of any length are read.
    both_iso = main.startswith(ISO) and other.startswith(ISO)
    return english_pattern(main) == english_pattern(other) or other.startswith(ISO) or both_iso


def _spec(way: str) -> TableSpec:
    return TableSpec(source="looked at", date_format=None if way.startswith(ISO) else way)


def _counted(table: Any, text: Any, way: str) -> DateFacts:
    """Return how the values fit a way of writing, and where it has day and month, the other."""
    marked = way.endswith("%z") or way.startswith("unix")
    # Without offsets, which take a search in every value, the engine's own parser will do.
    value = parse_time(text, _spec(way), as_utc=False) if marked else _parsed(text, way)
    iso = way.startswith(ISO)
    measures = {
        "given": (text != "").sum(),
        "fits": value.count(),
        "first": value.min(),
        "last": _usual(value).max(),
        "offsets": with_offset(text).sum() if way.endswith("%z") else ibis.literal(0),
    }
    other = None if iso else swapped(way)
    if other is not None:
        measures |= _both_ways(value, clock_of(text) if marked else text, other)
    row = table.aggregate(**measures).to_pyarrow().to_pylist()[0]
    count = {key: int(row.get(key) or 0) for key in ("given", "fits", "offsets", "only_this", "only_other", "both")}
    first, last = row["first"], row["last"] or row["first"]
    given, fits, this, offsets = (count[key] for key in ("given", "fits", "only_this", "offsets"))
    if other is None or not (count["only_other"] or count["both"]):
        return DateFacts(given, fits, "" if iso else way, this, first=first, last=last, offsets=offsets)
    by_other = by_pattern(clock_of(text) if marked else text, other)
    last_other = (
        last
        if this > count["only_other"]
        else table.aggregate(last=_usual(by_other).max()).to_pyarrow().to_pylist()[0]["last"]
    )
    return _of_two(count, way, other + (" %z" if way.endswith("%z") else ""), first, last, last_other)


def _parsed(text: Any, way: str) -> Any:
    return text.try_cast("timestamp") if way == ISO else by_pattern(text, way)


def _of_two(
    count: dict[str, int],
    way: str,
    other: str,
    first: datetime | None,
    last: datetime | None,
    last_other: datetime | None,
) -> DateFacts:
    """Return which of two readings the values decide for."""
    given, offsets = count["given"], count["offsets"]
    this, that, both = count["only_this"], count["only_other"], count["both"]
    if not this and not that:
        latest = max((one for one in (last, last_other) if one is not None), default=None)
        return DateFacts(given, given, "", 0, 0, both, (way, other), (last, last_other), first, latest, offsets)
    if that > this:
        return DateFacts(
            given, count["fits"] - this + that, other, that, this, both, (), (), first, last_other, offsets
        )
    return DateFacts(given, count["fits"], way, this, that, both, (), (), first, last, offsets)


def _both_ways(value: Any, clock: Any, other: str) -> dict[str, Any]:
    """Return how many dates fit the way they were read by alone, the other alone, and either with another day."""
    day, month = value.day(), value.month()
    rest = ibis.cases((value.isnull(), clock), else_=ibis.null("string"))
    return {
        "only_this": (day > LAST_MONTH).sum(),
        "only_other": by_pattern(rest, other).count(),
        "both": ((day <= LAST_MONTH) & (day != month)).sum(),
    }


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _usual(value: Any) -> Any:
    """Return times without those after tomorrow, which stand for "never"."""
    limit = _now() + timedelta(days=1)
    return ibis.cases((value < limit, value), else_=ibis.null("timestamp"))
