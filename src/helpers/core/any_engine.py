"""Expressions that mean the same on every engine, where those of Ibis do not or are not there at all.

DuckDB is the measure: there each of these is what Ibis has. `docs/engines.md` says how engines differ, and
`tests/engines` holds every function of the stages to the same results on them.
"""

import math
import sys
from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd

from helpers.core.own_names import own_name

LARGEST_NUMBER = sys.float_info.max
"""Of floating-point numbers."""
_REGISTERED = "_helpers_aggregates"


def engine_of(value: Any) -> str:
    """Return the name of the engine that an expression will be asked of, "" while that is not known."""
    if not isinstance(value, ir.Expr) or value.op().find(ops.UnboundTable):
        return ""
    backends, _ = value._find_backends()
    return str(backends[0].name) if len(backends) == 1 else ""


def number_of(flag: Any) -> Any:
    """Return a condition as 1 or 0, a missing one as missing: PostgreSQL casts no flag to a long number.

    Parameters
    ----------
    flag : ibis boolean column

    Examples
    --------
    >>> import pyarrow as pa
    >>> rows = ibis.memtable(pa.table({"flag": [True, False, None]}))
    >>> rows.select(one=number_of(rows["flag"])).to_pyarrow()["one"].to_pylist()
    [1, 0, None]
    """
    return ibis.cases((flag, ibis.literal(1, "int64")), (~flag, ibis.literal(0, "int64")))


def mean_of(column: Any, *, where: Any = None) -> Any:
    """Return a mean as float64: of whole numbers PostgreSQL returns decimals of its own length.

    Parameters
    ----------
    column : ibis numeric column
    where : ibis boolean column, optional
        Which rows count.
    """
    return column.cast("float64").mean(where=where)


def ratio_of(part: Any, whole: Any) -> Any:
    """Return a quotient as float64, also of whole numbers.

    Ibis 12 writes `whole / 2` for PostgreSQL without a cast where `whole` itself is kept beside it, and the database
    then drops what is after the point.

    Parameters
    ----------
    part, whole : ibis numeric column or number
        At least `part` is a column; who asks makes nil in `whole` missing before.

    Examples
    --------
    >>> import pyarrow as pa
    >>> rows = ibis.memtable(pa.table({"n": [1, 2, None]}))
    >>> rows.mutate(half=ratio_of(rows["n"], 2)).to_pyarrow()["half"].to_pylist()
    [0.5, 1.0, None]
    """
    return part.cast("float64") / whole


def is_no_number(column: Any) -> Any:
    """Return whether a floating-point value is NaN; SQLite has none, and no word for it.

    Parameters
    ----------
    column : ibis floating-point column
    """
    return ibis.literal(False) if engine_of(column) == "sqlite" else column.isnan()


def is_infinite(column: Any) -> Any:
    """Return whether a floating-point value is without bound; SQLite has such values, but no word for it.

    Parameters
    ----------
    column : ibis floating-point column
    """
    return column.abs() > LARGEST_NUMBER if engine_of(column) == "sqlite" else column.isinf()


def median_of(column: Any, *, where: Any = None) -> Any:
    """Return the median, halfway between the middle two of an even number.

    Parameters
    ----------
    column : ibis numeric column
    where : ibis boolean column, optional
        Which rows count.

    Returns
    -------
    ibis float64 scalar
        To be used inside `aggregate`; missing without a value.

    Examples
    --------
    >>> import pyarrow as pa
    >>> rows = ibis.memtable(pa.table({"n": [1, 2, None]}))
    >>> rows.agg(middle=median_of(rows["n"])).to_pyarrow()["middle"].to_pylist()
    [1.5]
    """
    return quantile_of(column, 0.5, where=where)


def quantile_of(column: Any, share: float, *, where: Any = None) -> Any:
    """Return a quantile, on the line between the two values that it falls between.

    Parameters
    ----------
    column : ibis numeric column
    share : float
        Which, 0..1.
    where : ibis boolean column, optional
        Which rows count.

    Returns
    -------
    ibis float64 scalar
        To be used inside `aggregate`; missing without a value.
    """
    number, engine = column.cast("float64"), engine_of(column)
    # of a condition Ibis makes one of the share as well, which Spark refuses
    if where is not None and engine != "duckdb":
        number, where = ibis.ifelse(where, number, ibis.null("float64")), None
    if engine != "sqlite":
        return number.median(where=where) if share == 0.5 else number.quantile(share, where=where)
    (backend,), _ = column._find_backends()
    if _REGISTERED not in vars(backend):
        backend.con.create_aggregate("crm_quantile", 2, _Quantile)
        vars(backend)[_REGISTERED] = True
    return _sqlite_quantile(number, share)


@ibis.udf.agg.builtin(name="crm_quantile", signature=((dt.float64, dt.float64), dt.float64))  # type: ignore[untyped-decorator]
def _sqlite_quantile(values: Any, share: Any) -> Any:
    """Return what `_Quantile` works out within SQLite, which has no quantile of its own."""


class _Quantile:
    def __init__(self) -> None:
        self._values: list[float] = []
        self._share = 0.5

    def step(self, value: float | None, share: float) -> None:
        self._share = share
        if value is not None:
            self._values.append(value)

    def finalize(self) -> float | None:
        if not self._values:
            return None
        ordered = sorted(self._values)
        place = self._share * (len(ordered) - 1)
        below = math.floor(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def moved_by_days(time: Any, days: int) -> Any:
    """Return times so many days later, or earlier where the number is below zero.

    Parameters
    ----------
    time : ibis timestamp column
    days : int
        Of 24 hours each.
    """
    if engine_of(time) == "sqlite":  # of Ibis' intervals it knows those of its version 3.46 and later
        return _sqlite_datetime(time, f"{days:+d} days")
    return time + interval_of(days, "D")


def weekday_of(time: Any) -> Any:
    """Return the number of the weekday of a timestamp, 0 for Monday.

    For SQLite Ibis 12 writes it in a form that the compiled SQLGlot refuses.

    Examples
    --------
    >>> weekday_of(ibis.timestamp("2024-05-05 10:00:00")).to_pyarrow().as_py()
    6
    """
    if engine_of(time) == "sqlite":
        return (time.strftime("%w").cast("int64") + 6) % 7
    return time.day_of_week.index()


def interval_of(number: int, unit: str) -> Any:
    """Return a span of time to add to a timestamp.

    `ibis.interval` becomes a literal that Ibis 12 cannot write for DuckDB where the compiled SQLGlot is installed.

    Parameters
    ----------
    number : int
        Of units; below zero for earlier times.
    unit : str
        "D" for days, "m" for minutes, "s" for seconds.

    Examples
    --------
    >>> (ibis.timestamp("2018-03-25 12:00:00") + interval_of(-2, "D")).to_pyarrow().as_py()
    datetime.datetime(2018, 3, 23, 12, 0)
    """
    return ibis.literal(number).as_interval(unit)


@ibis.udf.scalar.builtin(name="datetime", signature=((None, dt.string), dt.timestamp))  # type: ignore[untyped-decorator]
def _sqlite_datetime(time: Any, shift: Any) -> Any:
    """Return a time of SQLite, shifted."""


def rows_beside(frame: pd.DataFrame, table: ir.Table, schema: Any = None) -> ir.Table:
    """Return rows of this process as a table that can be joined to one of an engine.

    Parameters
    ----------
    frame : DataFrame
        Rows; their number is that of customers or products, not of lines.
    table : ibis Table
        What they are joined to.
    schema : ibis Schema, optional
        Types of the columns, where the frame does not say.

    Returns
    -------
    ibis Table
        A table in memory; what Ibis writes into SQLite of it are times as that engine compares them, missing ones too.
    """
    if engine_of(table) != "sqlite":
        return ibis.memtable(frame, schema=schema)
    rows = ibis.memtable(frame, schema=schema)
    times = [name for name, kind in rows.schema().items() if kind.is_timestamp()]
    if not times:
        return rows
    # Ibis writes a T between day and hour, which is more than the space that SQLite's own functions write, and takes no
    # missing time at all.
    texts = {name: frame[name].dt.strftime("%Y-%m-%d %H:%M:%S").astype("str") for name in times}
    kinds = ibis.schema({name: "string" if name in times else kind for name, kind in rows.schema().items()})
    written = ibis.memtable(frame.assign(**texts), schema=kinds)
    return written.mutate(**{name: _sqlite_datetime(written[name], "+0 days") for name in times})


def identifiers_beside(frame: pd.DataFrame, table: ir.Table) -> ir.Table:
    """Return rows of this process, with identifiers of the type that the engine's table gives them.

    Parameters
    ----------
    frame : DataFrame
        Its columns of names that the table has too are identifiers, none missing: pandas may hold whole numbers with
        gaps among them as decimals.
    table : ibis Table
        What they are joined to.
    """
    kinds = {name: table.schema()[name] for name in frame.columns if name in table.columns}
    held = frame.astype({name: "int64" if kind.is_integer() else "str" for name, kind in kinds.items()})
    return rows_beside(held, table)


def each_once(rows: ir.Table) -> ir.Table:
    """Keep one of equal rows, also where they are put in order afterwards.

    Of `distinct()` with `order_by()` after it and a condition before it on a column that is not kept, Ibis 12 makes for
    PostgreSQL and Spark a question that tells rows apart by that column as well: `tests/core/test_any_engine.py`.

    Parameters
    ----------
    rows : ibis Table

    Examples
    --------
    >>> import pyarrow as pa
    >>> rows = ibis.memtable(pa.table({"customer": ["b", "a", "b"], "day": [1, 2, 3]}))
    >>> each_once(rows.filter(rows["day"] > 0).select("customer")).order_by("customer").to_pyarrow().to_pydict()
    {'customer': ['a', 'b']}
    """
    return rows.group_by(rows.columns).agg()


def first_of_each(rows: ir.Table, by: Sequence[str], order: Sequence[Any]) -> ir.Table:
    """Keep the first row of each group.

    Parameters
    ----------
    rows : ibis Table
    by : sequence of str
        Columns whose values make a group.
    order : sequence of ibis columns
        What comes first; it must leave no ties, or any of the tied rows is kept.

    Returns
    -------
    ibis Table
        The columns of `by`, then the others.
    """
    kept = [name for name in rows.columns if name not in by]
    if engine_of(rows) in ("", "duckdb"):  # which takes the first while it adds up, and sorts nothing
        packed = ibis.struct({name: rows[name] for name in kept}).first(order_by=list(order))
        found = rows.group_by(list(by)).agg(packed=packed)
        return found.select(*by, **{name: found["packed"][name] for name in kept})
    place = own_name("place")
    placed = rows.mutate(**{place: ibis.row_number().over(group_by=list(by), order_by=list(order))})
    return placed.filter(placed[place] == 0).select(*by, *kept)
