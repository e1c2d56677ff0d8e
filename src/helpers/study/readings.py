"""What a source as a whole says about the reading of its columns: marks of numbers, day and month, yes and no.

Single values that do not fit are for `study_checks`. Here a column is asked whether its values fit the reading that the
study states, or another, or both.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from helpers.core.errors import Fault, counted, some_of
from helpers.study.calendars import column_in_gregorian
from helpers.study.data_warnings import DataWarning, Finding
from helpers.study.date_readings import DateCounts, count_dates, in_order_when_swapped
from helpers.study.grammar import TableSpec
from helpers.study.money_text import bare_number, currency_mark
from helpers.study.number_text import Mark, Shapes, shape_tests, shapes_of
from helpers.study.standard_columns import NUMBERS
from helpers.study.standardise import Converted
from helpers.study.tables import Prepared, StudyTables
from helpers.study.text_tables import ROW
from helpers.study.time_text import by_pattern, clock_of, swapped, without_offset

_MARK_NAMES: dict[Mark, str] = {".": "point", ",": "comma"}
_SHOWN = 3


@dataclass(frozen=True)
class Part:
    """One source of a table, as the checks of its readings see it.

    Parameters
    ----------
    name : str
        The standard table.
    prepared : Prepared
        Its rows that come from the source.
    spec : TableSpec
        What the study says about the source.
    where : str
        Place in the study file.
    study : StudyTables
        The study.
    """

    name: str
    prepared: Prepared
    spec: TableSpec
    where: str
    study: StudyTables

    @property
    def table(self) -> Any:
        """The source's rows that are used."""
        return self.prepared.raw.table

    def texts(self, *kinds: str) -> list[tuple[Converted, str, Any]]:
        """Return the text columns of some kinds: standard column, source column, and text without what stands for none.

        Only readers of text files number their rows, and only of those are values in doubt.
        """
        if ROW not in self.table.columns:
            return []
        return [
            (column, source, self.text_of(source, column.kind))
            for column in self.prepared.columns
            if column.kind in kinds
            for source in column.sources
            if source in self.prepared.raw.text
        ]

    def text_of(self, source: str, kind: str) -> Any:
        """Return a text column without what stands for none, in our calendar."""
        text = without_missing(self.table[source], self.spec)
        dated = kind in ("time", "date") and self.spec.calendar == "buddhist"
        return column_in_gregorian(text) if dated else text

    def of_first_rows(self) -> "Part":
        """Return the part with its first rows alone, where they are at hand; else as it is."""
        if self.prepared.first is None:
            return self
        raw = replace(self.prepared.raw, table=self.prepared.first)
        return replace(self, prepared=replace(self.prepared, raw=raw))

    def place(self, source: str) -> str:
        """Return where a message says that a column stands."""
        return f"{self.where}, table {self.name}, column {source}"

    def first_rows(self, text: Any, test: Any) -> tuple[list[str], str]:
        """Return the first values that pass a test, and their rows in words."""
        found = self.table.filter(test).order_by(ROW).limit(_SHOWN).select(row=ROW, value=text).to_pyarrow().to_pydict()
        return found["value"], self.prepared.raw.rows(found["row"])


def part_findings(study: StudyTables, name: str, part: int) -> tuple[Finding, ...]:
    """Return what is wrong or odd with the reading of one source, looked for once.

    Parameters
    ----------
    study : StudyTables
        The tables of a study.
    name : str
        A standard table whose source can be read.
    part : int
        Which of its sources.

    Returns
    -------
    tuple of Fault or DataWarning
        At most one of each column.
    """
    key = (name, part)
    if key not in study.found:
        where = study.lines.where(*study.place(name, part))
        one = Part(name, study.prepare_part(name, part), study.spec_of(name, part), where, study)
        study.found[key] = (*_numbers(one), *_dates(one), *_flags(one), *_zones(one))
    return study.found[key]


def without_missing(text: Any, spec: TableSpec) -> Any:
    """Return a text column with NULL where a text stands for a missing value."""
    return ibis.cases((text.isin(spec.missing), ibis.null(dt.string)), else_=text) if spec.missing else text


def _numbers(part: Part) -> Iterator[Finding]:
    written = _written_numbers(part)
    columns, names = {source: text for _, source, text in written}, {source: one.name for one, source, _ in written}
    counts = part.prepared.counts
    counted = {source: counts[one.name] for one, source, _ in written if one.name in counts}
    plain = {source for source, known in counted.items() if known.plain}
    bare = {source for source, known in counted.items() if known.bare}
    some = part.of_first_rows()
    first = some.table, {source: text for _, source, text in _written_numbers(some)}
    for source, shapes in shapes_of(part.table, columns, plain, bare=bare, first=first).items():
        mark = shapes.unsettled(part.spec)
        if shapes.disagree:
            yield _disagreeing(part, source, columns[source])
        elif mark is not None:
            yield _unsettled(part, names[source], source, columns[source], mark, shapes)


def _written_numbers(part: Part) -> list[tuple[Converted, str, Any]]:
    numbers = [(one, source, _as_number(part, one, source, text)) for one, source, text in part.texts(*NUMBERS)]
    return [(one, source, text) for one, source, text in numbers if text is not None]


def _as_number(part: Part, column: Converted, source: str, text: Any) -> Any:
    """Return the numbers that somebody has written, without signs of a currency; None where a program typed them."""
    raw, money = part.prepared.raw, part.spec.holds_money(column.name)
    if source in raw.written_numbers:
        return bare_number(text) if money else text
    # Among typed cells, one with a sign of a currency was typed by hand.
    return ibis.cases((currency_mark(text) != "", bare_number(text))) if money else None


def _disagreeing(part: Part, source: str, text: Any) -> Fault:
    """Return the fault of numbers that are written in two ways."""
    tests = dict(shape_tests(text))
    ways_named = []
    for mark, word in _MARK_NAMES.items():
        values, rows = part.first_rows(text, tests[f"decimal {mark}"])
        ways_named.append(f"a decimal {word} in {', '.join(map(repr, values))} ({rows})")
    return Fault(
        f"its numbers are written in two ways: {' and '.join(ways_named)}",
        where=part.place(source),
        allowed="one decimal mark in all rows",
        remedy="write all in one way: repair the rows that differ, or export the column anew",
    )


def _unsettled(part: Part, name: str, source: str, text: Any, mark: Mark, shapes: Shapes) -> Fault:
    """Return the fault of numbers such as 2.084 in a column that does not say whether the mark groups thousands."""
    values, rows = part.first_rows(text, dict(shape_tests(text))[f"grouped {mark}"])
    example, word = values[0].strip(), _MARK_NAMES[mark]
    whole = example.replace(mark, "")
    what = (
        f"{some_of(values)} fit two readings as {name} in {counted(shapes.grouped[mark], 'row')} ({rows} the first): "
        f"{example!r} is {whole}, or {example.replace(',', '.')}; no other number of digits follows a {word}"
    )
    if source in part.prepared.raw.cells:
        remedy = "turn the text cells of this column into numbers in the spreadsheet, and save it"
        return Fault(what, part.place(source), "cells that hold numbers", remedy)
    other: Mark = "," if mark == "." else "."
    key = "set" if "decimal" in part.spec.model_fields_set else "add"
    remedy = f'{key} decimal: "{other}" if {example!r} means {whole}; add thousands: none if the {word} is decimal'
    return Fault(what, part.place(source), "numbers whose marks have one meaning", remedy)


def _dates(part: Part) -> Iterator[Finding]:
    for column, source, text in part.texts("time", "date"):
        counts = count_dates(part.table, text, part.spec, part.study.spec.as_of)
        found = _dates_of_format(part, source, text, counts) if counts else None
        if found is None or isinstance(found, DataWarning):
            # Where values do not fit the format at all, they are reported one by one.
            asked = column.kind == "time" and not (counts and counts.only_other)
            found = (_out_of_order(part, column, source, counts) if asked else None) or found
        if found is not None:
            yield found


def _dates_of_format(part: Part, source: str, text: Any, counts: DateCounts) -> Finding | None:
    """Return what is wrong or odd with dates of a format in which day and month could be swapped."""
    pattern, other = without_offset(part.spec.date_format or ""), swapped(part.spec.date_format) or ""
    if counts.mixed:
        return _mixed(part, source, text, pattern, other)
    if counts.half_converted:
        what = (
            f"the {counts.converted:,} dates as 2018-01-31 all fall on days 1 to 12, the {counts.only_this:,} beside "
            f"them as {pattern} on later days: a spreadsheet took the day for the month where it could"
        )
        return Fault(what, part.place(source), "dates from one hand", _NEW_EXPORT)
    if not counts.two_readings:
        return None
    fit = f"all {counts.both:,} dates fit two readings: by {pattern} they fall on {_spread(counts.days, counts.months)}"
    fit += f", by {other} on {_spread(counts.months, counts.days)}"
    if counts.looks_wrong:
        why = "all in one month of several years" if counts.months == 1 else "some after the analysis date"
        allowed = "dates with one reading, as 2018-01-31, where the format stated is right"
        return Fault(f"{fit}; {pattern} looks wrong: {why}", part.place(source), allowed, _set_format(part, other))
    looks = f"; {other} looks wrong" if counts.other_looks_wrong else ""
    what = f"day and month in table {part.name}: {fit}{looks}; {pattern} is used"
    return DataWarning(what, part.place(source), _set_format(part, other, "if it is meant, "), part.name, counts.both)


_NEW_EXPORT = "export the dates anew as 2018-01-31, and do not open the file in a spreadsheet before it is read here"


def _mixed(part: Part, source: str, text: Any, pattern: str, other: str) -> Fault:
    clock = clock_of(text)
    value, turned = by_pattern(clock, pattern), by_pattern(clock, other)
    ways_named = []
    for format_, test in ((pattern, value.notnull() & turned.isnull()), (other, value.isnull() & turned.notnull())):
        values, rows = part.first_rows(text, test)
        ways_named.append(f"{', '.join(map(repr, values))} ({rows}) only {format_}")
    what = f"its dates are written in two ways: {' and '.join(ways_named)} reads"
    return Fault(what, part.place(source), "one format in all rows", _NEW_EXPORT)


def _out_of_order(part: Part, column: Converted, source: str, counts: DateCounts | None) -> Fault | None:
    """Return the fault of dates whose rows come into order when day and month are swapped up to the 12th."""
    customers = [column.sources[0] for column in part.prepared.columns if column.name == "customer_id"]
    some = part.of_first_rows()
    text = some.text_of(source, column.kind)
    if not in_order_when_swapped(some.table, text, part.spec, customers[0] if customers else None):
        return None
    what = "its rows are in the order of time only with day and month swapped"
    if counts is not None and counts.two_readings:
        remedy = _set_format(part, swapped(part.spec.date_format) or "")
        return Fault(
            what, part.place(source), "dates with one reading, as 2018-01-31, if the order means nothing", remedy
        )
    what += " in all dates up to the 12th of a month, and are right in the others: half of the dates were turned"
    return Fault(what, part.place(source), "dates from one hand", _NEW_EXPORT)


def _spread(days: int, months: int) -> str:
    return f"{counted(days, 'day')} of the month in {counted(months, 'month')} of the year"


def _set_format(part: Part, pattern: str, condition: str = "") -> str:
    offset = " %z" if (part.spec.date_format or "").rstrip().endswith("%z") else ""
    return f'{condition}set date_format: "{pattern}{offset}"'


def _flags(part: Part) -> Iterator[Fault]:
    """Tell stated words that no row has, and several words beside those of one side."""
    for column in part.prepared.columns:
        yes, no = part.spec.words(column.name)
        text = part.table[column.sources[0]] if column.kind == "flag" and column.sources else None
        if text is None or not text.type().is_string() or not (yes or no) or column.name in part.spec.values:
            continue
        folded = without_missing(text, part.spec).strip().lower()
        held = set(part.table.select(word=folded).distinct().limit(1000).to_pyarrow().to_pydict()["word"]) - {None, ""}
        key = "yes" if yes else "no"
        where = part.study.lines.where(*part.study.place(part.name), key)
        unheld = sorted((yes | no) - held)
        if not held & (yes | no):
            allowed = ", ".join(sorted(held)[:10])
            yield Fault(
                f"no row has {some_of(unheld)} in column {column.sources[0]!r}", where, allowed, "use its words"
            )
        elif not (yes and no) and len(held - yes - no) > 1:
            others = sorted(held - yes - no)
            what = f"column {column.sources[0]!r} holds {some_of(others)} beside what is listed under {key}"
            other = "no" if yes else "yes"
            yield Fault(
                what,
                where,
                "yes and no, where there are more than two words",
                f"list those that mean {other} under {other}, and the others under missing",
            )


def _zones(part: Part) -> Iterator[DataWarning]:
    """Tell times that are read by the UTC clock because the study names no zone for them."""
    counting = [source for source, one in part.prepared.moments.items() if one.counted]
    if part.study.spec.timezone is None and counting:
        what = f"{', '.join(counting)} of table {part.name} counts from 1970 and is shown by the UTC clock"
        remedy = "add timezone: {stored: UTC, local: <zone of the customers>}, lest evenings fall on the wrong day"
        yield DataWarning(what, part.where, remedy, part.name)
