"""Parse and check a delimited file in the one pass that reads it, where nothing in it is in doubt.

Each row gets a flag: whether any value of it may have another reading than the quick one, does not fit, or lacks. Where
no row has it, all counts of the full checks are known without a second look at the text. Where one has, what was parsed
is given up, and the text is stored and asked as any other. Files all of whose columns are plain need no flags: see
`helpers.study.plain_blocks`.
"""

import zlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from helpers.core.own_names import own_name
from helpers.study.grammar import TableSpec
from helpers.study.number_text import TOO_LARGE
from helpers.study.parsing import NOT_IN_NUMBERS, ParsedCounts, is_absent
from helpers.study.plain_blocks import InDoubtError, first_rows, held_plainly
from helpers.study.plain_columns import plain_columns
from helpers.study.raw_table import RawTable
from helpers.study.sql_text import sql_name
from helpers.study.standardise import Converted
from helpers.study.time_text import YEARS, length_of, plain_pattern, time_by_pattern, with_offset
from helpers.study.value_questions import may_be_blank, required_columns

FIRST_ROWS = 20_000
_DOUBT, _POINT = own_name("doubt"), own_name("point in ")


@dataclass(frozen=True)
class OnePass:
    """A text source that was parsed while it was read, without any doubt.

    Parameters
    ----------
    table : ibis table
        The standard columns.
    counts : dict of str to ParsedCounts
        As `parsed_once` returns them.
    rows : int
        Number of rows.
    first : ibis table
        The first rows of the source as text.
    longest_bytes : mapping of str to int
        How many bytes the longest value of an identifier takes, where that is known.
    """

    table: Any
    counts: dict[str, ParsedCounts]
    rows: int
    first: Any
    longest_bytes: Mapping[str, int] = field(default_factory=dict)


def parsed_in_one_pass(
    engine: Any, name: str, raw: RawTable, columns: Sequence[Converted], standard: str, spec: TableSpec
) -> OnePass | None:
    """Return the standard columns of a source whose text the engine has not stored.

    Parameters
    ----------
    engine : ibis DuckDB backend
        Where they are held.
    name : str
        Under which name.
    raw : RawTable
        The source, all of whose rows are used.
    columns : sequence of Converted
        The standard columns as expressions on it.
    standard : str
        Name of the standard table.
    spec : TableSpec
        What the study says of the source.

    Returns
    -------
    OnePass or None
        None where any value or line is in doubt, or the text is stored already.

    Raises
    ------
    InputError
        When the source changed while it was read.
    """
    if raw.unread is None or not raw.unread.waiting or spec.unix_unit is not None:
        return None
    with raw.unread.passing():
        try:
            found = _plainly_read(engine, name, raw, columns, standard, spec) or _parsed(
                engine, name, raw, columns, standard, spec
            )
        except (duckdb.Error, pa.ArrowInvalid, InDoubtError, OSError, EOFError, zlib.error):
            # Why it cannot be read is said where it is stored.
            found = None
    if found is None or found.rows != raw.unread.rows:
        for table in (name, f"{name}_first"):
            engine.con.unregister(table)
            engine.raw_sql(f'DROP TABLE IF EXISTS "{table}"')
        return None
    return found


def _plainly_read(
    engine: Any, name: str, raw: RawTable, columns: Sequence[Converted], standard: str, spec: TableSpec
) -> OnePass | None:
    """Return the standard columns where all are written in the plainest way; None where their first rows say no."""
    files = raw.unread.files if raw.unread is not None and raw.unread.is_all_of(raw.table) else ()
    used = dict.fromkeys(source for one in columns for source in one.sources)
    first = first_rows(files, FIRST_ROWS, used) if files and used else None
    plain = None if first is None else plain_columns(raw, columns, standard, spec, first)
    if plain is None:
        return None
    held = held_plainly(engine, name, files, plain)
    engine.con.register(f"{name}_first", first)
    counts = {}
    for one in columns:
        if one.given is not None:
            is_bare, is_number = plain[one.name].form == "bare number", one.kind == "number"
            given = held.given[one.name]
            counts[one.name] = ParsedCounts(given, given, plain=is_number, bare=is_bare)
    some = engine.table(f"{name}_first")
    return OnePass(held.table.select(*plain), counts, held.rows, some, held.longest_bytes)


def _parsed(
    engine: Any, name: str, raw: RawTable, columns: Sequence[Converted], standard: str, spec: TableSpec
) -> OnePass | None:
    for table in (name, f"{name}_first"):
        engine.raw_sql(f'DROP TABLE IF EXISTS "{table}"')
    first = engine.create_table(f"{name}_first", raw.table.limit(FIRST_ROWS))
    patterns = {one.name: pattern for one in columns if (pattern := _pattern(one, first, spec))}
    values = {one.name: _value(one, raw.table, patterns) for one in columns}
    doubt = reduce(or_, _doubts(raw, columns, spec, values, patterns), ibis.literal(False))
    points = {f"{_POINT}{one.name}": raw.table[one.sources[0]].contains(".") for one in _without_point(first, columns)}
    question = raw.table.select(**values, **{_DOUBT: doubt.fill_null(True)}, **points)
    if _in_doubt(question.limit(FIRST_ROWS)):  # the first rows say at once what is hopeless
        return None
    engine.raw_sql(f'CREATE TABLE "{name}" AS {_typed(engine, question)}')  # Ibis makes it first, then moves rows in
    whole = engine.table(name)
    counts = _counts(whole, columns, standard, points)
    if counts is None:
        return None
    return OnePass(whole.select(*values), counts[1], counts[0], first)


def _typed(engine: Any, question: Any) -> str:
    """Return a question as SQL, every column cast to its type: DuckDB reads the number 5.0 as a decimal."""
    kinds = {name: engine.compiler.type_mapper.to_string(kind) for name, kind in question.schema().items()}
    columns = ", ".join(f"CAST({sql_name(name)} AS {kind}) AS {sql_name(name)}" for name, kind in kinds.items())
    return f"SELECT {columns} FROM ({engine.compile(question)})"  # noqa: S608  names in quotation marks


def _counts(
    whole: Any, columns: Sequence[Converted], standard: str, points: Container[str]
) -> tuple[int, dict[str, ParsedCounts]] | None:
    """Return the rows and what was parsed of each column; None where some row is in doubt, or lacks what it must have.

    What can be asked of the values is asked here, of typed columns: that costs a fraction of asking the text.
    """
    counted = [one for one in columns if one.given is not None]
    row = whole.aggregate(rows=whole.count(), **dict(_measures(whole, columns, points))).to_pyarrow().to_pylist()[0]
    needed = required_columns(standard)
    lacking = any(row[f"fitting {one.name}"] < row["rows"] for one in columns if one.name in needed)
    ids = [one for one in columns if one.name in needed and one.kind == "id" and whole[one.name].type().is_string()]
    if row[_DOUBT] or not row["rows"] or lacking or not all(_is_read_as_written(one, row) for one in counted):
        return None
    if any(whole.filter(may_be_blank(whole[one.name])).count().to_pyarrow().as_py() for one in ids):
        return None
    found = {}
    for one in counted:
        fitting, point = row[f"fitting {one.name}"], row.get(f"{_POINT}{one.name}", 1)
        found[one.name] = ParsedCounts(fitting, fitting, _is_quick_number(one), bare=point == 0)
    return row["rows"], found


def _measures(whole: Any, columns: Sequence[Converted], points: Container[str]) -> Iterator[tuple[str, Any]]:
    for name in whole.columns:
        if name == _DOUBT or name in points:
            yield name, whole[name].sum()
    for one in columns:
        yield f"fitting {one.name}", whole[one.name].count()
        if one.quick is not None and one.kind == "number":
            yield f"last {one.name}", whole[one.name].abs().max()
        elif one.quick is not None:
            year = whole[one.name].year()
            yield from ((f"first {one.name}", year.min()), (f"last {one.name}", year.max()))
            yield f"years {one.name}", year.count()


def _is_read_as_written(column: Converted, row: Mapping[str, Any]) -> bool:
    """Say whether the ends of a column that was read quickly are such as the full way reads too."""
    if column.quick is None or row[f"last {column.name}"] is None:
        return column.quick is None or row[f"fitting {column.name}"] == 0
    if column.kind == "number":
        return bool(row[f"last {column.name}"] < TOO_LARGE)
    in_calendar = YEARS[0] <= row[f"first {column.name}"] <= row[f"last {column.name}"] <= YEARS[1]
    return bool(in_calendar and row[f"years {column.name}"] == row[f"fitting {column.name}"])


def _in_doubt(rows: Any) -> bool:
    return bool(rows.aggregate(found=rows[_DOUBT].sum()).to_pyarrow()["found"][0].as_py())


def _is_quick_number(column: Converted) -> bool:
    return column.kind == "number" and column.quick is not None


def _without_point(first: Any, columns: Sequence[Converted]) -> list[Converted]:
    """Return the number columns whose first values hold no point: for these it is asked of all."""
    numbers = [one for one in columns if _is_quick_number(one)]
    held = {one.name: first[one.sources[0]].contains(".").sum() for one in numbers}
    row = first.aggregate(**held).to_pyarrow().to_pylist()[0] if held else {}
    return [one for one in numbers if not row[one.name]]


def _pattern(column: Converted, first: Any, spec: TableSpec) -> str | None:
    """Return the pattern that a column of times may have throughout, by its first value; None where it has none."""
    if column.kind != "time" or column.quick is None or spec.date_format is not None or spec.calendar == "buddhist":
        return None
    some = first.filter(first[column.sources[0]].notnull()).limit(1).to_pyarrow()[column.sources[0]]
    return plain_pattern(some[0].as_py()) if len(some) else None


def _value(column: Converted, table: Any, patterns: Mapping[str, str]) -> Any:
    """Return how a column is read: by its pattern, by a cast, or the full way."""
    if column.name in patterns:
        return time_by_pattern(table[column.sources[0]], patterns[column.name])
    return column.value if column.quick is None else column.quick


def _doubts(
    raw: RawTable, columns: Sequence[Converted], spec: TableSpec, values: Mapping[str, Any], patterns: Mapping[str, str]
) -> Iterator[Any]:
    """Yield where the text of a row may have another reading than the quick one, or a value does not fit."""
    for column in columns:
        if column.none is not None:
            yield column.none
        if column.given is not None:
            yield from _parsing_doubts(raw, column, values[column.name], patterns.get(column.name))
        elif column.misfit is not None:
            yield ibis.coalesce(column.misfit, False)
        if column.kind == "time" and column.sources and column.name not in {*patterns, *spec.values}:
            source = raw.table[column.sources[0]]
            if spec.times != "local" and source.type().is_string():
                yield with_offset(source).fill_null(False)


def _parsing_doubts(raw: RawTable, column: Converted, value: Any, pattern: str | None) -> Iterator[Any]:
    """Yield where a value does not come out, or the full way might have read another."""
    text = raw.table[column.sources[0]]
    yield column.given & value.isnull()
    if pattern is not None:
        yield ~column.given & value.notnull()
        yield column.given & (text.length() != length_of(pattern))
        # It passes over a blank at the end, which a field with fewer digits makes room for.
        yield column.given & (text.substr(length_of(pattern) - 1, 1) < "0")
    if _is_quick_number(column):
        for mark in NOT_IN_NUMBERS:
            if not is_absent(mark, raw):
                yield text.contains(mark).fill_null(False)
