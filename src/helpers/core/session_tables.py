"""Tables worked out once per session: what many questions start from stays in DuckDB while its source is the same.

Only DuckDB keeps them, inside the process and as temporary tables: nothing is written to a client's database or file,
and every other database works the expression out anew. Whether the source is still the same is asked each time, by the
number of its lines and a sum over hashes of all their values; this costs about as much as one sum per customer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from weakref import finalize

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.common.annotations import SignatureValidationError
from ibis.util import gen_name

from helpers.core.kept_results import kept

TABLES_AT_MOST = 2
"""As many tables stay in a session beyond the expressions that use them."""
LINES_AT_MOST = 5_000_000
"""Of a larger source nothing is kept: memory is worth more than time then."""
LINES_AT_ONCE = 2_500_000
"""Of more lines, what needs much memory for each is worked out for some of the customers at a time."""
QUESTIONS_AT_MOST = 64
"""So many queries of derived tables are kept written."""
_LINES = "lines to derive from"
_ATTRIBUTE, _CATALOG = "_helpers_session_tables", "_helpers_catalog_of_the_run"
_HASH_RANGE = 2**31 - 1


@ibis.udf.scalar.builtin(name="hash", signature=((None,), dt.uint64))  # type: ignore[untyped-decorator]
def duckdb_hash(row: Any) -> Any:
    """Return DuckDB's hash of a row: that of Ibis goes through text, which costs more than reading the lines."""


Derive = Callable[[ir.Table], ir.Table]


@dataclass(frozen=True)
class _Kept:
    derive: Derive
    source: ops.Node
    state: tuple[int, int]
    table: ir.Table

    def is_of(self, derive: Derive, source: ops.Node, state: tuple[int, int]) -> bool:
        return (self.derive, self.state) == (derive, state) and self.source == source


@dataclass
class _Session:
    """What one connection keeps, the latest last, and the names of tables that no expression uses any more."""

    kept: list[_Kept] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    of_run: dict[tuple[Derive, ops.Node], ir.Table] = field(default_factory=dict)


def once_per_session(derive: Derive, source: ir.Table) -> ir.Table:
    """Return what is derived from a source, worked out once while the source stays the same.

    Parameters
    ----------
    derive : callable
        A function of a module that makes an expression of the source, and of nothing else.
    source : ibis Table
        Lines to derive it from.

    Returns
    -------
    ibis Table
        A temporary table of the connection with the derived rows; it is dropped when later ones took its place and no
        expression uses it. The expression itself where the source lies in no DuckDB or cannot be kept.
    """
    if source.op().find(ops.UnboundTable) or (backend := source.get_backend()).name != "duckdb":
        return derive(source)
    state = _state(source)
    if state[0] > LINES_AT_MOST or source.schema().null_fields:  # a column of nothing has no type to be stored with
        return derive(source)
    # Ibis takes two connections to memory for equal: what is kept is therefore an attribute of the connection.
    session: _Session = vars(backend).setdefault(_ATTRIBUTE, _Session())
    found = next((one for one in session.kept if one.is_of(derive, source.op(), state)), None)
    if found is None:
        found = _Kept(derive, source.op(), state, _derived(backend, derive, source, session))
    session.kept = [*(one for one in session.kept if one is not found), found][-TABLES_AT_MOST:]
    while session.unused:
        backend.raw_sql(f'drop table if exists temp."{session.unused.pop()}"')
    return found.table


def set_catalog_of_run(backend: Any, catalog: str) -> None:
    """Note under which name a connection holds the tables written down for one run: they stay as they are."""
    vars(backend)[_CATALOG] = catalog


def stays_for_the_run(table: ir.Table) -> bool:
    """Say whether a table is one of those written down for one run, every row and column of it."""
    found = table.op()
    if type(found) is not ops.DatabaseTable:
        return False
    catalog = vars(found.source).get(_CATALOG)
    return catalog is not None and found.namespace.catalog == catalog


def once_per_run(derive: Derive, source: ir.Table) -> ir.Table:
    """Return what is derived from a table that stays for the run, stored for the questions to come.

    Parameters
    ----------
    derive : callable
        A function of a module that makes an expression of the source, and of nothing else.
    source : ibis Table
        One of which `stays_for_the_run` is true.

    Returns
    -------
    ibis Table
        A temporary table of the connection. Its rows are asked for as any answer is, so that those which other
        programs of the run have kept are taken.
    """
    backend = source.get_backend()
    session: _Session = vars(backend).setdefault(_ATTRIBUTE, _Session())
    key = derive, source.op()
    if key not in session.of_run:
        derived = derive(source)
        name, rows = gen_name("run"), gen_name("rows")
        backend.con.register(rows, derived.to_pyarrow())
        backend.raw_sql(f'create temp table "{name}" as select * from "{rows}"')  # noqa: S608  names made here
        backend.con.unregister(rows)
        session.of_run[key] = backend.table(name)
    return session.of_run[key]


def stored_in_session(table: ir.Table) -> ir.Table:
    """Return a table worked out now, for the questions to come, where it lies in DuckDB; else the expression itself.

    Parameters
    ----------
    table : ibis Table
        An expression; one with a column of nothing, which has no type, is not stored.

    Returns
    -------
    ibis Table
        A temporary table, dropped at a later call when no expression uses it any more. (Ibis' own `cache` drops its
        tables when the program ends, which fails then.)
    """
    if table.op().find(ops.UnboundTable) or (backend := table.get_backend()).name != "duckdb":
        return table
    if table.schema().null_fields:  # a column of nothing has no type to be stored with
        return table
    session: _Session = vars(backend).setdefault(_ATTRIBUTE, _Session())
    stored = _stored(backend, table, session)
    while session.unused:
        backend.raw_sql(f'drop table if exists temp."{session.unused.pop()}"')
    return stored


def stored_by_customer(lines: ir.Table, derive: Derive) -> ir.Table:
    """Return what is derived from each customer's lines, stored as `stored_in_session` does, some customers at a time.

    Parameters
    ----------
    lines : ibis Table
        Lines with `customer_id`.
    derive : callable
        Makes an expression of lines in which no customer depends on another. It is asked for all of them at once where
        they lie in no DuckDB or are few, else for parts of the customers, so that memory holds the work on one part.

    Returns
    -------
    ibis Table
        The derived rows, in no order.
    """
    if lines.op().find(ops.UnboundTable) or lines.get_backend().name != "duckdb":
        return derive(lines)
    parts = -(-int(lines.count().to_pyarrow().as_py()) // LINES_AT_ONCE)
    if parts <= 1:
        return stored_in_session(derive(lines))
    part = duckdb_hash(lines["customer_id"]) % parts
    return ibis.union(*(stored_in_session(derive(lines.filter(part == number))) for number in range(parts)))


def settled(table: ir.Table) -> ir.Table:
    """Return a table worked out now where its engine takes no deeply nested question; else the expression.

    SQLite reads none, and Spark's planner works the same parts out anew at every mention until it gives up.

    Parameters
    ----------
    table : ibis Table
        An expression that others will be built on.

    Returns
    -------
    ibis Table
        A temporary table of the connection, which its file or warehouse never holds, or the expression itself.
    """
    name = "" if table.op().find(ops.UnboundTable) else table.get_backend().name
    if name == "pyspark":
        return _settled_on_spark(table)
    if name != "sqlite":
        return table
    backend = table.get_backend()
    stored: ir.Table = backend.create_table(gen_name("settled"), table, schema=table.schema(), temp=True)
    return stored


def _settled_on_spark(table: ir.Table) -> ir.Table:
    """Let Spark work a table out and keep its rows, on the disks of its workers where memory is short."""
    backend, name = table.get_backend(), gen_name("settled")
    backend._run_pre_execute_hooks(table)  # tables in memory
    backend.raw_sql(backend.compile(table)).localCheckpoint().createOrReplaceTempView(name)
    stored: ir.Table = backend.table(name)
    return stored


def to_the_digit(amount: Any, table: ir.Table) -> Any:
    """Return a sum of money without what adding left behind the fourth decimal, where a database has no exact decimals.

    Parameters
    ----------
    amount : ibis numeric column or scalar
        A sum or difference of amounts with four decimals.
    table : ibis Table
        What it is worked out of: in SQLite amounts are floating-point numbers, elsewhere they are exact already.
    """
    in_sqlite = not table.op().find(ops.UnboundTable) and table.get_backend().name == "sqlite"
    return amount.round(4) if in_sqlite else amount


def _stored(backend: Any, derived: ir.Table, session: _Session) -> ir.Table:
    name = gen_name("session")
    return _noted(backend.create_table(name, derived, schema=derived.schema(), temp=True), name, session)


def _noted(table: ir.Table, name: str, session: _Session) -> ir.Table:
    # Dropped at a later call: when an expression goes, the connection may be amid another question.
    finalize(table.op(), session.unused.append, name).atexit = False
    return table


@lru_cache(maxsize=QUESTIONS_AT_MOST)
def _question(derive: Derive, columns: ibis.Schema) -> tuple[str, ibis.Schema] | None:
    """Return what is derived of any lines with these columns as a query of `_LINES`, and its columns.

    None where columns are of types that no text names: a record with a blank in the name of a field, for one.
    """
    texts = _as_texts(columns)
    if not _is_named_by(texts, columns):
        return None
    query, *derived = kept(_written, derive, texts)
    return query, _schema(derived)


def _is_named_by(texts: Sequence[str], columns: ibis.Schema) -> bool:
    try:
        return bool(_schema(texts) == columns)
    except SignatureValidationError:
        return False


def _written(derive: Derive, columns: Sequence[str]) -> list[str]:
    derived = derive(ibis.table(_schema(columns), name=_LINES))
    return [ibis.to_sql(derived, dialect="duckdb", pretty=False), *_as_texts(derived.schema())]


def _schema(texts: Sequence[str]) -> ibis.Schema:
    return ibis.schema(dict(zip(texts[::2], texts[1::2], strict=True)))


def _as_texts(columns: ibis.Schema) -> list[str]:
    return [text for name, kind in columns.items() for text in (name, str(kind))]


def _derived(backend: Any, derive: Derive, source: ir.Table, session: _Session) -> ir.Table:
    """Store what is derived: the source becomes the first part of a query that is written once for lines of its kind.

    To write the rule on returns as SQL takes Ibis longer than DuckDB takes to answer it for a small shop.
    """
    question = _question(derive, source.schema())
    if question is None:
        return _stored(backend, derive(source), session)
    query, columns = question
    parts = query.removeprefix("WITH ")
    name, begin = gen_name("session"), f'WITH "{_LINES}" AS ({backend.compile(source)})'
    backend._run_pre_execute_hooks(source)  # tables in memory
    table = _noted(backend.create_table(name, schema=columns, temp=True), name, session)
    asked = f"{begin}{' ' if parts == query else ', '}{parts}"
    backend.raw_sql(f'insert into temp."{name}" {asked}')  # the table goes, noted, where this fails
    return table


def _state(source: ir.Table) -> tuple[int, int]:
    """Return the number of lines and a sum over their hashes, which no order of lines changes."""
    row = ibis.struct({name: source[name] for name in source.columns})
    hashes = (duckdb_hash(row) % _HASH_RANGE).cast("int64")
    (found,) = source.agg(lines=source.count(), hashes=hashes.sum().fill_null(0)).to_pyarrow().to_pylist()
    return int(found["lines"]), int(found["hashes"])
