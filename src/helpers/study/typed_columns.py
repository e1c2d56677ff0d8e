"""Columns whose types are wider than what they hold: whole numbers with decimals, and moments to the nanosecond.

Warehouses that know one type of number give decimals of 38 digits, and a frame whose column has gaps gives
floating-point numbers. Where every value is whole they are read as what they count, so that they meet the same
identifiers in other tables. Moments with a zone to the nanosecond, as frames write them, have a type in DuckDB 2 that
Ibis 12 does not know.
"""

from collections.abc import Iterable
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from helpers.core.any_engine import is_no_number
from helpers.study.time_text import YEARS

_EXACT = 2**53
"""From here on a floating-point number stands for several whole ones."""
_DIGITS = 18
"""As many a whole number of 64 bits always has."""
_FIRST_DAY, _LAST_DAY = YEARS[0] * 10_000 + 101, YEARS[1] * 10_000 + 1231
_TO_THE_NANOSECOND = "TIMESTAMPTZ_NS"
_MOMENT = dt.Timestamp(timezone="UTC", scale=6)


def with_known_moments(table: ir.Table) -> ir.Table:
    """Return a table of DuckDB with moments to the microsecond where Ibis knows no type for them.

    Parameters
    ----------
    table : ibis Table
        As Ibis has it.
    """
    unknown = [name for name, kind in table.schema().items() if isinstance(kind, dt.Unknown)]
    moments = [name for name in unknown if str(table.schema()[name].raw_type) == _TO_THE_NANOSECOND]
    return table.mutate(**{name: table[name].cast(_MOMENT) for name in moments}) if moments else table


def with_whole_numbers(table: ir.Table, columns: Iterable[str]) -> ir.Table:
    """Return a table with numbers as whole ones where all of a column are whole.

    Parameters
    ----------
    table : ibis Table
        Of any engine. It is asked one question where a column is of floating-point numbers, has digits after the point
        or more than 18 in all; else none.
    columns : iterable of str
        Columns that should hold whole numbers; those that the table lacks, and other types, are passed over.

    Returns
    -------
    ibis Table
        With int64; with text where numbers have 19 digits or more; NaN is missing. Columns with a number that is not
        whole, or not exact, are as they were.

    Examples
    --------
    >>> table = ibis.memtable({"a": [7.0, float("nan")], "b": [7.5, 8.0]})
    >>> with_whole_numbers(table, ["a", "b"]).to_pyarrow().to_pylist()
    [{'a': 7, 'b': 7.5}, {'a': None, 'b': 8.0}]
    """
    schema = table.schema()
    numbers = [name for name in dict.fromkeys(columns) if name in schema and _has_decimals(schema[name])]
    asked = {f"odd{place}": _is_odd(table[name]).sum() for place, name in enumerate(numbers) if _is_asked(schema[name])}
    odd = table.aggregate(**asked).to_pyarrow().to_pylist()[0] if asked else {}
    whole = {
        name: table[name].cast(dt.string) if odd.get(f"odd{place}") else _whole(table[name])
        for place, name in enumerate(numbers)
        if not odd.get(f"odd{place}") or _is_whole_by_type(schema[name])
    }
    return table.mutate(**whole) if whole else table


def _has_decimals(kind: dt.DataType) -> bool:
    return isinstance(kind, dt.Floating | dt.Decimal)


def _is_whole_by_type(kind: dt.DataType) -> bool:
    return isinstance(kind, dt.Decimal) and kind.scale == 0


def _is_asked(kind: dt.DataType) -> bool:
    return not (_is_whole_by_type(kind) and isinstance(kind, dt.Decimal) and (kind.precision or 99) <= _DIGITS)


def _whole(column: Any) -> Any:
    """Return the values within bounds as whole numbers; others, NaN among them, are missing."""
    limit = _EXACT if column.type().is_floating() else 10**_DIGITS
    return ibis.ifelse(column.abs() < limit, column, ibis.null(column.type())).cast(dt.int64)


def _is_odd(column: Any) -> Any:
    """Return where a number is not that whole number."""
    same = (_whole(column).cast(column.type()) == column).fill_null(False)
    given = column.notnull() & ~is_no_number(column) if column.type().is_floating() else column.notnull()
    return given & ~same


def days_as_texts(rows: pa.Table) -> pa.Table:
    """Return rows with numbers as texts where all of a column are days, written as 20240131.

    Parameters
    ----------
    rows : pyarrow Table
        Of a typed source.

    Examples
    --------
    >>> days_as_texts(pa.table({"a": [20240131, None], "b": [20240131, 7]})).to_pylist()
    [{'a': '20240131', 'b': 20240131}, {'a': None, 'b': 7}]
    """
    for place, field in enumerate(rows.schema):
        if pa.types.is_integer(field.type) or pa.types.is_floating(field.type):
            column = rows.column(place)
            if _are_days(column):
                rows = rows.set_column(place, field.name, column.cast(pa.int64()).cast(pa.string()))
    return rows


def _are_days(column: pa.ChunkedArray) -> bool:
    bounds = pc.min_max(column).as_py()
    if bounds["min"] is None or not _FIRST_DAY <= bounds["min"] <= bounds["max"] <= _LAST_DAY:
        return False
    given = column.drop_null().to_numpy()
    month, day = given // 100 % 100, given % 100
    return bool(((given % 1 == 0) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all())
