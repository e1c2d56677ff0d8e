"""The check of a study's data: every fault of every table in one list.

Each table is asked once for all its counts; offending values are fetched only where a count is not nil.
"""

from collections.abc import Iterator
from typing import Any

import duckdb
import ibis.expr.datatypes as dt

from helpers.core.any_engine import each_once
from helpers.core.errors import Fault, FaultsError, counted, nearest, some_of
from helpers.study.file_copies import copied_fault, copies_among
from helpers.study.grammar import Join, TableSpec
from helpers.study.oddities.unread_totals import unread_totals
from helpers.study.oddities.unused_rows import in_yaml
from helpers.study.readings import part_findings, without_missing
from helpers.study.remedies import remedy_for
from helpers.study.sources import is_damaged
from helpers.study.standard_columns import KIND_IN_WORDS
from helpers.study.standard_tables import STANDARD_TABLES
from helpers.study.standardise import TEXT_IN_WORDS, Converted
from helpers.study.step_checks import choice_faults, value_step_faults
from helpers.study.steps.keys import as_text
from helpers.study.tables import Prepared, StudyTables
from helpers.study.text_tables import ROW
from helpers.study.value_questions import value_questions

_SHOWN, _FEW = 5, 20
_WHOLE_IDS = "identifiers with all their digits; a spreadsheet shows long numbers as 1.23457E+12 and saves them so"
_EXPORT_AS_TEXT = (
    "export the table anew with this column as text; or list the values under missing_in, to leave these rows out"
)


def data_faults(study: StudyTables) -> tuple[list[Fault], list[str]]:
    """Return everything wrong with the data of a study, and the tables that are sound.

    Parameters
    ----------
    study : StudyTables
        The tables of a study whose file is sound. One that cannot be made adds its faults and does not stop the others.

    Returns
    -------
    faults : list of Fault
        In the order of the tables in the study file; empty when the data are sound.
    sound : list of str
        Tables without faults of their own.
    """
    faults: list[Fault] = []
    sound: list[str] = []
    for name in study.spec.tables:
        found: list[Fault] = []
        try:
            # Extended fault by fault: those found before a table proves impossible to make are kept.
            found.extend(_table_faults(study, name))
        except FaultsError as error:
            found += error.faults
        except duckdb.Error:
            damaged = damaged_files(study, name)
            if not damaged:
                raise
            found += damaged
        faults += found
        if not found:
            sound.append(name)
    return faults, sound


def damaged_files(study: StudyTables, name: str) -> list[Fault]:
    """Return the files of a table that cannot be read to their end, though they opened well.

    Parameters
    ----------
    study : StudyTables
        The tables of a study.
    name : str
        A standard table.
    """
    parts = range(len(study.spec.tables[name].parts))
    places = [
        (part, joined, study.place_of_join(name, part, joined) if joined else study.place(name, part))
        for part in parts
        for joined in range(len(study.spec_of(name, part).joins) + 1)
    ]
    return [
        Fault(
            "is a damaged Parquet file",
            where=f"{study.lines.where(*place, 'source')}, {source.label}",
            remedy="copy or download it again",
        )
        for part, joined, place in places
        if is_damaged(source := study.source(name, part, joined=joined))
    ]


def _table_faults(study: StudyTables, name: str) -> Iterator[Fault]:
    for part in range(len(study.spec.tables[name].parts)):
        yield from _part_faults(study, name, part)
    yield from _doubled_keys(name, study.prepare(name).stored, study.lines.where("tables", name))
    yield from _copied_sources(study, name)


def _copied_sources(study: StudyTables, name: str) -> Iterator[Fault]:
    """Yield the files of a table that are copies of another by another name: their rows would be counted twice."""
    sources = [study.source(name, part) for part in range(len(study.spec.tables[name].parts))]
    named = {path.resolve(): (part, path) for part, one in enumerate(sources) for path in one.files}
    for copy, original in copies_among([path for _, path in named.values()]).items():
        place = study.lines.where(*study.place(name, named[copy.resolve()][0]), "source")
        yield copied_fault(copy, original, place)


def _part_faults(study: StudyTables, name: str, part: int) -> Iterator[Fault]:
    """Return what is wrong with the rows of one source."""
    yield from _doubled_join_keys(study, name, part)
    prepared = study.prepare_part(name, part)
    source = prepared.raw.table
    where = study.lines.where(*study.place(name, part))
    questions = value_questions(name, prepared.columns)
    asked = {key: test.sum() for key, (_, column, test) in questions.items() if column.name not in prepared.counts}
    if prepared.sound_rows is not None:
        row = {"rows": prepared.sound_rows, **dict.fromkeys(questions, 0)}
    else:
        row = source.aggregate(rows=source.count(), **asked).to_pyarrow().to_pylist()[0]
        row |= _counted_before(questions, prepared, row["rows"])
    unmatched = list(_unmatched_values(study, name, part, prepared))
    unmatched = unmatched or list(choice_faults(study, name, part, prepared))
    if row["rows"] == 0 and unmatched:
        yield from unmatched
        return
    if row["rows"] == 0:
        yield Fault(
            f"table {name} is empty: {prepared.raw.label} has no rows", where=where, remedy="fill it or leave it out"
        )
        return
    doubted = [one for one in part_findings(study, name, part) if isinstance(one, Fault)]
    yield from doubted
    failing = {key: questions[key] for key in questions if row[key]}
    totals = unread_totals(name, prepared, failing, where) if failing else None
    if totals is not None:
        yield totals.fault
        row |= {key: row[key] - totals.by_question[key] for key in failing}
        questions |= {key: (kind, column, test & ~totals.test) for key, (kind, column, test) in failing.items()}
    for key, (kind, column, test) in questions.items():
        # A column whose reading is in doubt has been reported as a whole.
        whole = any(fault.where.endswith(f"column {source}") for fault in doubted for source in column.sources)
        if row[key] and not (kind == "misfit" and whole):
            yield _value_fault(
                study.spec_of(name, part), name, prepared, f"{where}, table {name}", kind, column, test, row[key]
            )
    yield from unmatched
    yield from value_step_faults(study, name, part, prepared)
    yield from _days_taken_for_moments(study, name, part, prepared)


def _counted_before(questions: dict[str, tuple[str, Converted, Any]], prepared: Prepared, rows: int) -> dict[str, int]:
    """Return the answers that parsing has given: how many values do not fit, and how many rows have none."""
    known = {key: (kind, prepared.counts.get(column.name)) for key, (kind, column, _) in questions.items()}
    return {
        key: counts.given - counts.fitting if kind == "misfit" else rows - counts.given
        for key, (kind, counts) in known.items()
        if counts is not None
    }


def _value_fault(
    spec: TableSpec, name: str, prepared: Prepared, where: str, kind: str, column: Converted, test: Any, count: int
) -> Fault:
    """Return the fault of some values of one column, naming the first few."""
    source = prepared.raw.table
    bad = source.filter(test)
    given = " + ".join(column.sources)
    place = f"{where}, column {given}"
    rows = ""
    if ROW in source.columns:
        numbers = bad.order_by(ROW).limit(_SHOWN).select(ROW).to_pyarrow().to_pydict()[ROW]
        rows = f" ({prepared.raw.rows(numbers, more=count > _SHOWN)})"
    if kind == "lacking":
        what = f"{column.name} is missing in {counted(count, 'row')}{rows}"
        remedy = "fill it, or take these rows out"
        if len(column.sources) == 1 and column.computation is None:
            choice = f"where: {{{in_yaml(column.sources[0])}: {{present: true}}}}"
            remedy = f"fill it; or leave these rows out: add {choice} to table {name}"
        if column.kind == "id":
            remedy = f'fill it; or leave these rows out: add missing_in: {{{column.name}: [""]}} to table {name}'
        return Fault(what, where=place, allowed=KIND_IN_WORDS[column.kind], remedy=remedy)
    is_text = column.sources[0] in prepared.raw.text
    allowed = TEXT_IN_WORDS.get(column.kind, "") if is_text else KIND_IN_WORDS[column.kind]
    if is_text and spec.decimal == ",":
        allowed = allowed.replace("1234.5", "1234,5")
    if is_text and spec.date_format is not None and column.kind in ("time", "date"):
        allowed = f"{spec.date_format}, or {allowed}"
    values = each_once(bad.select(value=source[column.sources[0]])).order_by("value").limit(_SHOWN + 1)
    found = values.to_pyarrow().to_pydict()["value"]
    if column.kind == "id":
        what = f"digits are lost in {column.name}: {some_of(found)} in {counted(count, 'row')}{rows}"
        return Fault(what, where=place, allowed=_WHOLE_IDS, remedy=_EXPORT_AS_TEXT)
    what = f"{some_of(found)} cannot be read as {column.name} in {counted(count, 'row')}{rows}"
    remedy = "repair the values"
    if is_text:
        text = without_missing(source[column.sources[0]], spec).name(column.sources[0])
        from_cells = column.sources[0] in prepared.raw.cells
        remedy = remedy_for(column.kind, source, text, found, spec, from_cells=from_cells, name=column.name)
    return Fault(what, where=place, allowed=allowed, remedy=remedy)


def _doubled_keys(name: str, stored: Any, where: str) -> Iterator[Fault]:
    """Tell keys that stand in more than one row, where one row per key is what the table means."""
    standard = STANDARD_TABLES[name]
    # A table of one system need not name it.
    key = [column for column in standard.key if column in stored.columns]
    if not set(key) & set(standard.required):
        return
    groups = stored.group_by([stored[column] for column in key]).aggregate(rows=stored.count())
    doubled = groups.filter(groups.rows > 1, groups[key[-1]].notnull())
    count = doubled.count().to_pyarrow().as_py()
    if count:
        first = doubled.order_by(key).limit(_SHOWN).to_pyarrow().to_pylist()
        values = [row[key[0]] if len(key) == 1 else tuple(row[column] for column in key) for row in first]
        shown = ", ".join(repr(value) for value in values) + (f" and {count - _SHOWN:,} more" if count > _SHOWN else "")
        what = f"{' and '.join(key)} stands in more than one row: {shown}"
        allowed = f"one row is {STANDARD_TABLES[name].grain}"
        remedy = f"keep one row of each: add distinct: [{', '.join(key)}] to table {name}"
        yield Fault(what, where=f"{where}, table {name}", allowed=allowed, remedy=remedy)


def _doubled_join_keys(study: StudyTables, name: str, part: int) -> Iterator[Fault]:
    """Tell join keys that are not unique in the joined source: each would multiply rows."""
    joins = study.spec_of(name, part).joins
    if joins:
        study.raw(name, part)
    for number, join in enumerate(joins, start=1):
        yield from _doubled_keys_of(study, name, part, number, join)


def _doubled_keys_of(study: StudyTables, name: str, part: int, number: int, join: Join) -> Iterator[Fault]:
    right = study.single(name, part, joined=number)
    keys = list(join.on.values())
    groups = right.table.group_by(keys).aggregate(rows=right.table.count())
    doubled = groups.filter(groups.rows > 1).order_by(keys).limit(_SHOWN + 1).to_pyarrow().to_pylist()
    if doubled:
        shown = some_of([row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys) for row in doubled])
        yield Fault(
            f"{' and '.join(keys)} stands in more than one row of {right.label}: {shown}",
            where=study.lines.where(*study.place_of_join(name, part, number), "on"),
            remedy="keep one row of each, or join on more columns",
        )


def _unmatched_values(study: StudyTables, name: str, part: int, prepared: Prepared) -> Iterator[Fault]:
    """Tell listed values that no row has: most likely they are misspelt, and would choose nothing."""
    spec = study.spec_of(name, part)
    listed_under = [("not_countable", column, values) for column, values in spec.not_countable.items()]
    listed_under += [("returned", column, values) for column, values in spec.returned.items()]
    listed_under += [(key, column, rule.listed) for key, column, rule in spec.row_rules if rule.listed]
    for key, column, listed in listed_under:
        held = prepared.whole.table[column].cast(dt.string).strip()
        found = set(prepared.whole.table.select(value=held).distinct().to_pyarrow().to_pydict()["value"]) - {None}
        for value in (str(value).strip() for value in listed if as_text(value) not in found):
            close = nearest(value, found)
            yield Fault(
                f"no row has {value!r} in column {column!r}",
                where=study.lines.where(*study.place(name, part), key, column),
                allowed=some_of(sorted(found)) if len(found) <= _FEW else "",
                remedy=f"did you mean {close!r}?" if close else "take it out of the list",
            )


def _days_taken_for_moments(study: StudyTables, name: str, part: int, prepared: Prepared) -> Iterator[Fault]:
    """Tell calendar days stored as midnights, which a time zone would move to the day before."""
    stored = prepared.stored
    for column in study.moved_columns(name, part):
        off_midnight = (stored[column] != stored[column].truncate("D")).sum()
        row = stored.aggregate(given=stored[column].count(), off=off_midnight).to_pyarrow().to_pylist()[0]
        if row["given"] and not row["off"]:
            yield Fault(
                f"every {column} of table {name} is at midnight: these are days, and the time zone would move them",
                where=study.lines.where(*study.place(name, part), "columns", column),
                allowed="moments of the day, or days marked as such",
                remedy=f"add times: local to table {name}",
            )
