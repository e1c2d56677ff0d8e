"""Where records beyond memory lie while they are linked: tables of an engine, which alone reads them whole.

Records of a table of DuckDB or of a database are held in a file of DuckDB's on the disk; those of Spark stay there, see
`helpers.identification.linkage.spark_store`.
"""

import weakref
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from helpers.core.any_engine import engine_of
from helpers.identification.linkage.backend import DuckDBBackend
from helpers.identification.linkage.batches import BatchForm, standardise_batches

BATCH_RECORDS = 200_000
"""Records brought to standard form at once in this process."""


def has_value(column: Any) -> Any:
    """Return whether a column of an engine has a value."""
    return column.notnull()


def lacks_value(column: Any) -> Any:
    """Return whether a column of an engine has none."""
    return column.isnull()


def read_batches(table: ir.Table) -> Iterator[pa.RecordBatch]:
    """Return the rows of a table a batch at a time; those of another database than DuckDB come as Arrow before.

    Ibis 12 asks DuckDB for them by a name that DuckDB 2 has no more.

    Parameters
    ----------
    table : ibis Table
        Of which a question was already asked, so that DuckDB knows what it is made of.

    Examples
    --------
    >>> table = ibis.duckdb.connect().create_table("two", ibis.memtable({"a": [1, 2]}))
    >>> [batch.num_rows for batch in read_batches(table)]
    [2]
    """
    if engine_of(table) != "duckdb":
        yield from table.to_pyarrow().to_batches(BATCH_RECORDS)
        return
    connection = table.get_backend()
    rows = connection.con.sql(connection.compile(table))
    read = getattr(rows, "to_arrow_reader", None) or rows.fetch_record_batch
    yield from read(BATCH_RECORDS)


class Store(Protocol):
    """What the linkage asks of the engine that holds the records."""

    def faults(self) -> AbstractContextManager[None]:
        """Return a block within which what the engine refuses comes as an error for a user."""
        ...

    def stage(self, records: ir.Table, form: BatchForm) -> ir.Table:
        """Return the records in standard form."""
        ...

    def keep(self, expression: ir.Table) -> ir.Table:
        """Work an expression out once and return it as a table."""
        ...

    def number(self, expression: ir.Table, by: Sequence[str]) -> ir.Table:
        """Work an expression out once, its rows numbered from 0 (`number`) in the order of some columns."""
        ...

    def send(self, rows: pa.Table) -> ir.Table:
        """Return rows of this process as a table of the engine."""
        ...

    def made_by_splink(self, name: str) -> ir.Table:
        """Return a table that Splink made while it scores."""
        ...

    def drop(self, table: ir.Table) -> None:
        """Give up a table made here."""
        ...

    def scoring(self, table: ir.Table) -> AbstractContextManager[tuple[Any, Any]]:
        """Return Splink's interface to the engine, and a table made here as Splink has it."""
        ...


class DuckDBStore:
    """A file of DuckDB's on the disk, which goes with this object.

    Parameters
    ----------
    backend : DuckDBBackend
        Says how much memory DuckDB may take.
    """

    def __init__(self, backend: DuckDBBackend) -> None:
        with ExitStack() as stack:
            folder = stack.enter_context(TemporaryDirectory(prefix="crm-linkage-"))
            self._api = stack.enter_context(backend.connect())
            self._connection = self._api.duckdb_con
            self._connection.execute(f"ATTACH '{(Path(folder) / 'records.duckdb').as_posix()}' AS crm_linkage")
            self._engine = ibis.duckdb.from_connection(self._connection)
            self._numbers = count()
            weakref.finalize(self, stack.pop_all().close)

    def faults(self) -> AbstractContextManager[None]:
        """Add nothing: a connection that guards its user does so itself."""
        return nullcontext()

    def stage(self, records: ir.Table, form: BatchForm) -> ir.Table:
        """Read the records in batches and write them in standard form."""
        name, kinds = self._name(), {pa.string(): "VARCHAR", pa.int8(): "TINYINT"}
        columns = ", ".join(f"{field.name} {kinds[field.type]}" for field in form.made_schema())
        self._connection.execute(f"CREATE TABLE crm_linkage.{name} ({columns})")
        for batch in standardise_batches(read_batches(records), form):
            self._connection.register("crm_batch", batch)
            self._connection.execute(f"INSERT INTO crm_linkage.{name} FROM crm_batch")
            self._connection.unregister("crm_batch")
        return self._table(name)

    def keep(self, expression: ir.Table) -> ir.Table:
        """Write an expression to the file."""
        name = self._name()
        self._connection.execute(f"CREATE TABLE crm_linkage.{name} AS {self._engine.compile(expression)}")
        return self._table(name)

    def number(self, expression: ir.Table, by: Sequence[str]) -> ir.Table:
        """Write an expression to the file in order, and number its rows."""
        in_order = self.keep(expression.order_by(list(by)))
        name = in_order.op().name
        # The rows of a table made in order are numbered so by DuckDB itself.
        self._connection.execute(
            f"CREATE VIEW crm_linkage.{name}_numbered AS SELECT *, rowid AS number FROM crm_linkage.{name}"  # noqa: S608
        )
        return self._table(f"{name}_numbered")

    def send(self, rows: pa.Table) -> ir.Table:
        """Let DuckDB read rows where they lie."""
        name = self._name()
        self._connection.register(name, rows)
        return self._engine.table(name)

    def made_by_splink(self, name: str) -> ir.Table:
        """Return a table of DuckDB's memory."""
        return self._engine.table(name)

    def drop(self, table: ir.Table) -> None:
        """Drop a table of the file, or forget rows that were sent."""
        name = table.op().name
        if table.op().namespace.catalog == "crm_linkage":
            self._connection.execute(f"DROP TABLE crm_linkage.{name}")
        else:
            self._connection.unregister(name)

    @contextmanager
    def scoring(self, table: ir.Table) -> Iterator[tuple[Any, Any]]:
        """Let Splink read a table of the file under a name of its own."""
        name = self._name()
        self._connection.execute(
            f"CREATE VIEW {name} AS SELECT * FROM crm_linkage.{table.op().name}"  # noqa: S608 (own names)
        )
        try:
            yield self._api, self._api.register(name)
        finally:
            self._connection.execute(f"DROP VIEW {name}")

    def _name(self) -> str:
        return f"crm_linkage_{next(self._numbers)}"

    def _table(self, name: str) -> ir.Table:
        return self._engine.table(name, database=("crm_linkage", "main"))
