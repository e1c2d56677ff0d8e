"""Turn the columns of a source into the standard columns and their types, and say which values do not fit.

Identifiers are never parsed: from a text source they stay text, so that zeros, spaces and signs survive, but for what
the study asks for under `clean_ids`. Numbers become `float64`, times become timestamps without a zone, texts become
strings.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from helpers.core.any_engine import is_no_number
from helpers.core.errors import Fault, unknown_name
from helpers.study.file import lacks_all
from helpers.study.flag_text import parse_flag
from helpers.study.grammar import TableSpec
from helpers.study.identifiers import DIGITS_LOST, ERROR_MARK_SIGNS, cleaned, means_none
from helpers.study.money_text import bare_number
from helpers.study.number_text import TOO_LARGE, parse_money, parse_number, parse_whole, plain_patterns
from helpers.study.raw_table import LOST_DIGITS
from helpers.study.standard_columns import KIND_IN_WORDS, ColumnKind, StandardTable, accepts
from helpers.study.steps.computed import Computation
from helpers.study.steps.expressions import names_in, parse_expression
from helpers.study.time_text import YEARS, clock_time, counted_since_1970, parse_time

TEXT_IN_WORDS: dict[ColumnKind, str] = {
    "time": "a time as 2018-01-31 or 2018-01-31 18:05:00, from 1700 to 2200",
    "date": "a date as 2018-01-31, from 1700 to 2200",
    "number": "a number as 1234.5, without currency or unit",
    "integer": "a whole number as 1234",
    "flag": "true, false, yes, no, 1 or 0; or words listed under yes and no",
}


@dataclass(frozen=True)
class Converted:
    """A standard column made from source columns.

    Parameters
    ----------
    name : str
        Standard name, or the name of an attribute.
    sources : tuple of str
        Source columns it is made of.
    value : ibis column
        The column with its standard type.
    misfit : ibis boolean column or None
        True where a given value does not fit the type; None where none can.
    kind : ColumnKind
        What values it may hold.
    none : ibis boolean column or None
        Of an identifier, true where the source says in words or marks that there is none; the value is missing there.
    unlisted : ibis boolean column or None
        Where a value is given that the study's recoding of the column does not list, and nothing is said of such.
    computation : Computation or None
        How the column is computed, where it is.
    given : ibis boolean column or None
        Of a column parsed from one of text: where a value is given; it is a misfit where none comes out of it.
    quick : ibis column or None
        The value parsed by a cast alone, which only `helpers.study.parsing` may take for the value.
    """

    name: str
    sources: tuple[str, ...]
    value: Any
    misfit: Any
    kind: ColumnKind
    none: Any = None
    unlisted: Any = None
    computation: Computation | None = None
    given: Any = None
    quick: Any = None


def columns_of(standard: StandardTable, spec: TableSpec, available: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return which source columns make each standard column; without a mapping, equal names are taken."""
    if spec.columns is None:
        return {name: (name,) for name in standard.column_names if name in available and name not in spec.computed}
    return {name: tuple(sources) for name, sources in spec.columns.items() if name in standard.column_names}


def name_faults(
    standard: StandardTable, spec: TableSpec, available: Sequence[str], label: str, where: str
) -> list[Fault]:
    """Return the columns that the study names and the source does not have, and the required ones nobody names."""
    mapping = columns_of(standard, spec, available)
    named = [name for sources in mapping.values() for name in sources]
    named += [*spec.attributes.values(), *spec.not_countable, *(column for _, column, _ in spec.row_rules)]
    named += [*spec.returned]
    named += [*spec.fill_down.columns, spec.fill_down.within] if spec.fill_down else []
    made = {*mapping, *spec.computed}
    missing = [name for name in dict.fromkeys(named) if name not in available]
    missing += [
        name
        for column, text in spec.computed.items()
        for name in names_in(parse_expression(text))
        if name not in available and (name not in made or name == column)
    ]
    kind = f"column of {label}"
    faults = [unknown_name(name, available, kind=kind, where=where) for name in missing]
    if spec.columns is None:
        faults += [
            Fault(
                f"{label} has no column {name!r}, which table {standard.name} needs",
                where=where,
                allowed=f"{standard.column(name).about}; the source has {', '.join(available)}",
                remedy=f"add columns: {{{name}: <name of the column in the source>, ...}}",
            )
            for name in standard.required
            if name not in made
        ]
        if standard.one_of and not {*made, *spec.constants} & set(standard.one_of):
            faults.append(lacks_all(standard, where))
    return faults


def type_faults(
    standard: StandardTable,
    mapping: Mapping[str, Sequence[str]],
    raw: Any,
    text: frozenset[str],
    where: str,
    *,
    since_1970: bool = False,
    by_query: bool = False,
) -> list[Fault]:
    """Return the columns whose type cannot hold what the standard column means; text sources are parsed instead.

    With `since_1970`, whole numbers may be times; with `by_query`, a query can give a column another type.
    """
    return [
        Fault(
            f"column {source!r} is {_type_in_words(raw[source].type())}, but {name!r} must be a "
            f"{KIND_IN_WORDS[standard.column(name).kind]}",
            where=where,
            allowed=KIND_IN_WORDS[standard.column(name).kind],
            remedy=_remedy_of_type(standard.column(name).kind, raw[source].type(), by_query=by_query),
        )
        for name, sources in mapping.items()
        for source in sources
        if source not in text and not _fits(standard.column(name).kind, raw[source].type(), since_1970=since_1970)
    ]


def year_faults(raw: Any, columns: Sequence[Converted], text: frozenset[str], where: str) -> list[Fault]:
    """Return the time columns with years that no calendar here knows; in a text source they are misfits, row by row."""
    times = [column for column in columns if column.kind in ("time", "date") and column.sources[0] not in text]
    if not times:
        return []
    years = {place: column.value.year() for place, column in enumerate(times)}
    ends = {f"{end}{place}": getattr(year, end)() for place, year in years.items() for end in ("min", "max")}
    row = raw.aggregate(**ends).to_pyarrow().to_pylist()[0]
    spans = [(column, row[f"min{place}"], row[f"max{place}"]) for place, column in enumerate(times)]
    return [
        Fault(
            f"column {column.sources[0]!r} holds years from {first} to {last}",
            where=where,
            allowed=f"years from {YEARS[0]} to {YEARS[1]}",
            remedy="repair the times; leave empty what has no time",
        )
        for column, first, last in spans
        if first is not None and not YEARS[0] <= first <= last <= YEARS[1]
    ]


def convert(kind: ColumnKind, column: Any, options: TableSpec, *, id_as_text: bool, name: str = "") -> tuple[Any, Any]:
    """Return a source column with the type of a kind, and where a given value does not fit (or None).

    Parameters
    ----------
    kind : ColumnKind
        What the standard column holds.
    column : ibis column
        The source column.
    options : TableSpec
        Marks of numbers, date format, words for yes and no, and texts that stand for a missing value.
    id_as_text : bool
        Whether this identifier is text in any table of the study; then it is text in all.
    name : str
        The standard column, for words that are stated for one column.
    """
    if kind == "id":
        whole = isinstance(column.type(), dt.Integer) and not id_as_text
        return column.cast(dt.int64 if whole else dt.string), None
    if column.type().is_string():
        column = _without_missing(column, options)
    if kind in ("text", "as_recorded"):
        return column.cast(dt.string), None
    if column.type().is_string():
        value = _parsed(kind, column, options, name)
        return value, column.notnull() & value.isnull()
    if kind == "flag" and isinstance(column.type(), dt.Numeric):
        return column.cast(dt.boolean), column.notnull() & ~column.isin([0, 1])
    if kind in ("time", "date") and isinstance(column.type(), dt.Integer):
        return counted_since_1970(column, options), None
    if kind == "number":
        number = column.cast(dt.float64)
        return number, (is_no_number(number) | (number.abs() >= TOO_LARGE)) if column.type().is_floating() else None
    # A zone-aware timestamp becomes its UTC clock time; every session here runs in UTC.
    target = {"integer": dt.int64, "flag": dt.boolean}.get(kind, dt.Timestamp())
    return column.cast(target), None


def parsed_alone(kind: ColumnKind, column: Any, options: TableSpec, name: str) -> tuple[Any, Any]:
    """Return where one text column holds a value that must be parsed, and that value by a cast alone; None for none.

    Parameters
    ----------
    kind : ColumnKind
        What the standard column holds.
    column : ibis column
        The source column.
    options : TableSpec
        Decimal mark, date format, and texts that stand for a missing value.
    name : str
        The standard column.
    """
    if kind not in ("number", "integer", "time", "date", "flag") or not column.type().is_string():
        return None, None
    text = _without_missing(column, options)
    if kind == "number" and options.decimal == "." and not options.holds_money(name):
        return text.notnull(), text.try_cast(dt.float64)
    if kind == "time" and options.unix_unit is None and options.times == "stored":
        return text.notnull(), clock_time(text, options)
    return text.notnull(), None


def _without_missing(text: Any, options: TableSpec) -> Any:
    if not options.missing:
        return text
    return ibis.cases((text.isin(options.missing), ibis.null(dt.string)), else_=text)


def convert_identifier(
    name: str,
    column: Any,
    options: TableSpec,
    *,
    id_as_text: bool,
    clean: Sequence[str],
    source: str = "",
    absent: Collection[str] = (),
) -> Converted:
    """Return a source column as an identifier.

    Parameters
    ----------
    name : str
        Standard name.
    column : ibis column
        The source column.
    options : TableSpec
        Texts that stand for a missing value.
    id_as_text : bool
        Whether this identifier is text in any table of the study; then it is text in all.
    clean : sequence of str
        What the study asks for under `clean_ids`.
    source : str
        Name of the source column, where `column` is made from it.
    absent : collection of str
        What is known to stand in no value; see `RawTable`.

    Returns
    -------
    Converted
        Its misfits are identifiers whose digits are lost.
    """
    value, misfit = convert("id", column, options, id_as_text=id_as_text, name=name)
    error_marks = not {*ERROR_MARK_SIGNS} <= {*absent}
    none = means_none(column, (*options.missing, *options.missing_in.get(name, ())), error_marks=error_marks)
    if column.type().is_string() and LOST_DIGITS not in absent:
        misfit = column.re_search(DIGITS_LOST) if none is None else column.re_search(DIGITS_LOST) & ~none
    if value.type().is_string():
        value = cleaned(value, clean)
    if none is not None:
        value = ibis.cases((none, ibis.null(value.type())), else_=value)
    return Converted(name, (source or column.get_name(),), value, misfit, "id", none)


def attribute_kinds(raw: Any, names: Sequence[str], spec: TableSpec) -> dict[str, ColumnKind]:
    """Return the kinds of free attributes of a text source: whole number or number where every value is one, else text.

    Values with leading zeros are text, as postcodes and grades are.
    """
    if not names:
        return {}
    given = {name: raw[name].notnull() & ~raw[name].isin(spec.missing or [""]) for name in names}
    tests = {
        f"{kind}{position}": (given[name] & ~raw[name].re_search(pattern)).sum()
        for position, name in enumerate(names)
        for kind, pattern in plain_patterns(spec.decimal).items()
    }
    filled = {f"given{position}": given[name].sum() for position, name in enumerate(names)}
    counts = raw.aggregate(**tests, **filled).to_pyarrow().to_pylist()[0]
    kinds: dict[str, ColumnKind] = {}
    for position, name in enumerate(names):
        kinds[name] = "text"
        if counts[f"given{position}"]:
            if counts[f"integer{position}"] == 0:
                kinds[name] = "integer"
            elif counts[f"number{position}"] == 0:
                kinds[name] = "number"
    return kinds


def countable(raw: Any, values: Mapping[str, Sequence[Any]]) -> Any:
    """Return the flag that is false for products whose quantity is no number of pieces."""
    excluded = ibis.literal(False)
    for column, listed in values.items():
        excluded = excluded | raw[column].cast(dt.string).isin([str(value) for value in listed])
    return ~ibis.coalesce(excluded, False)


def _parsed(kind: ColumnKind, text: Any, options: TableSpec, name: str) -> Any:
    """Parse text; NULL where it does not fit."""
    if kind == "flag":
        return parse_flag(text, options, name)
    money = options.holds_money(name)
    if kind == "integer":
        return parse_whole(bare_number(text) if money else text, options)
    if kind == "number":
        return parse_money(text, options) if money else parse_number(text, options)
    # A date is a day of the calendar wherever it was written; so are times that the study calls local.
    return parse_time(text, options, as_utc=kind == "time" and options.times == "stored")


def _fits(kind: ColumnKind, type_: dt.DataType, *, since_1970: bool) -> bool:
    if kind == "flag" and (type_.is_string() or isinstance(type_, dt.Numeric)):
        return True
    return accepts(kind, type_) or (since_1970 and kind in ("time", "date") and isinstance(type_, dt.Integer))


def _remedy_of_type(kind: ColumnKind, type_: dt.DataType, *, by_query: bool) -> str:
    sql_type = {"number": "numeric", "integer": "bigint", "time": "timestamp", "date": "date"}.get(kind)
    if by_query and type_.is_string() and sql_type is not None:
        return f"in the place of the table, name a query that gives it the type {sql_type}; or map another column"
    if kind in ("time", "date") and isinstance(type_, dt.Integer):
        return (
            "where it counts from 1970, add date_format: unix_seconds or unix_milliseconds; where it is written as "
            '20240131, add date_format: "%Y%m%d"; else map another column'
        )
    return "map another column, or store it with that type"


def _type_in_words(type_: dt.DataType) -> str:
    if type_.is_string():
        return "text"
    if type_.is_boolean():
        return "true or false"
    if type_.is_integer():
        return "a whole number"
    if type_.is_numeric():
        return "a number"
    name = str(type_.raw_type).strip('"') if isinstance(type_, dt.Unknown) else str(type_).partition("(")[0]
    return "empty" if name.lower() in ("null", "unknown", "none") else f"of the type {name}"
