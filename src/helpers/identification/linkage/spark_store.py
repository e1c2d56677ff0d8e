"""Records beyond memory on Spark while they are linked: they stay there, and Spark's Python brings them to form.

The functions of `helpers.identification.linkage.batches` and `fields` are sent there as they stand. Where Spark runs
Python they need pandas and pyarrow, not this package.
"""

import re
import weakref
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from typing import Any
from uuid import uuid4

import ibis.expr.types as ir
import pyarrow as pa

from helpers.core.any_engine import engine_of
from helpers.core.errors import Fault, InputError
from helpers.identification.linkage import batches, fields
from helpers.identification.linkage.backend import Backend, DuckDBBackend
from helpers.identification.linkage.batches import BatchForm, standardise_batches
from helpers.identification.linkage.records import Records, needed_columns
from helpers.identification.linkage.settings import LinkageSettings
from helpers.identification.linkage.spark import SparkBackend, has_folder
from helpers.identification.linkage.store import DuckDBStore, Store

_PARTITION_BITS = 33
"""Spark numbers the rows of each of its partitions from the partition's own number shifted by as much."""


class SparkStore:
    """Temporary views of a session, which go with this object.

    Parameters
    ----------
    backend : SparkBackend
        Leads to the session.
    """

    def __init__(self, backend: SparkBackend) -> None:
        from helpers.core.spark_engine import engine_of as as_engine

        self._backend, self._session = backend, backend.session
        self._engine = as_engine(backend.session)
        self._prefix, self._numbers = f"crm_linkage_{uuid4().hex[:8]}", count()
        self._views: list[str] = []
        weakref.finalize(self, _give_up, self._session, self._views)

    def faults(self) -> AbstractContextManager[None]:
        """Return a block within which what Spark refuses comes as an error for a user."""
        return self._backend.faults()

    def stage(self, records: ir.Table, form: BatchForm) -> ir.Table:
        """Let Spark's Python bring the records to standard form."""
        from pyspark.cloudpickle import register_pickle_by_value, unregister_pickle_by_value
        from pyspark.errors import PythonException

        connection = records.get_backend()
        raw = self._session.sql(connection.compile(records))
        modules = (fields, batches)
        for module in modules:
            register_pickle_by_value(module)
        try:
            made = raw.mapInArrow(_standardising(form), _spark_schema(form.made_schema()))
            table = self._held(made)
        except PythonException as error:
            lacking = re.search("No module named '([^']*)'", str(error))
            if lacking is None:
                raise
            what = f"the package {lacking[1]!r} is missing where Spark runs Python"
            remedy = (
                "install pandas and pyarrow there, or name another Python in PYSPARK_PYTHON before the session starts"
            )
            raise InputError(Fault(what, where="records", remedy=remedy)) from error
        finally:
            for module in modules:
                unregister_pickle_by_value(module)
        return table

    def keep(self, expression: ir.Table) -> ir.Table:
        """Let Spark hold what an expression gives, and forget what it was made of."""
        return self._held(self._session.sql(self._engine.compile(expression)))

    def number(self, expression: ir.Table, by: Sequence[str]) -> ir.Table:
        """Hold an expression in order, and number its rows from where each partition begins."""
        from pyspark.sql import functions

        frame = self._session.sql(self._engine.compile(expression)).orderBy(*by)
        placed = self._worked_out(frame.withColumn("crm_place", functions.monotonically_increasing_id()))
        part = functions.shiftright("crm_place", _PARTITION_BITS)
        sizes = {row["part"]: row["count"] for row in placed.groupBy(part.alias("part")).count().collect()}
        # A place is its partition's number shifted, and a count from 0 there.
        begins, before = [], 0
        for one in sorted(sizes):
            begins.append(before - (one << _PARTITION_BITS))
            before += sizes[one]
        shift = functions.lit(0).cast("long")
        for one, begin in zip(sorted(sizes), begins, strict=True):
            shift = functions.when(part == one, functions.lit(begin).cast("long")).otherwise(shift)
        return self._held(placed.withColumn("number", functions.col("crm_place") + shift).drop("crm_place"))

    def send(self, rows: pa.Table) -> ir.Table:
        """Hand rows of this process to Spark."""
        return self._named(self._session.createDataFrame(rows))

    def made_by_splink(self, name: str) -> ir.Table:
        """Return a view."""
        return self._engine.table(name)

    def drop(self, table: ir.Table) -> None:
        """Give up a view and what is held of it."""
        self._views.remove(table.op().name)
        self._session.catalog.dropTempView(table.op().name)

    @contextmanager
    def scoring(self, table: ir.Table) -> Iterator[tuple[Any, Any]]:
        """Let Splink read a view."""
        with self._backend.connect() as api:
            yield api, api.register(table.op().name)

    def _worked_out(self, frame: Any) -> Any:
        """Return a frame as Spark has worked it out: of frames upon frames the plans outgrow its memory."""
        return frame.checkpoint() if has_folder(self._session) else frame.localCheckpoint()

    def _held(self, frame: Any) -> ir.Table:
        return self._named(self._worked_out(frame))

    def _named(self, frame: Any) -> ir.Table:
        name = f"{self._prefix}_{next(self._numbers)}"
        frame.createOrReplaceTempView(name)
        self._views.append(name)
        return self._engine.table(name)


def _give_up(session: Any, views: list[str]) -> None:
    for name in views:
        session.catalog.dropTempView(name)


def _standardising(form: BatchForm) -> Any:
    """Return the function that Spark asks for every batch; see `standardise_batches`."""

    def standardised(given):  # type: ignore[no-untyped-def]
        return standardise_batches(given, form)

    return standardised


def _spark_schema(schema: pa.Schema) -> str:
    names = {pa.string(): "string", pa.int8(): "tinyint"}
    return ", ".join(f"{field.name} {names[field.type]}" for field in schema)


def store_of(records: Records, settings: LinkageSettings, backend: Backend) -> Store | None:
    """Return where records beyond memory are to lie while they are linked; None for those that are read here.

    Parameters
    ----------
    records : pandas.DataFrame, ibis Table, or mapping of str to pandas.DataFrame
        As in `helpers.identification.linkage.link_records`.
    settings : LinkageSettings
        From how many records on, and which columns: a table without one of them is refused where it is read.
    backend : Backend
        The database that compares them.
    """
    if not isinstance(records, ir.Table) or not set(needed_columns(records, settings)) <= set(records.columns):
        return None
    if isinstance(backend, DuckDBBackend):
        return DuckDBStore(backend) if _beyond(records, settings) else None
    if isinstance(backend, SparkBackend) and _holds(backend, records):
        return SparkStore(backend) if _beyond(records, settings) else None
    return None


def _beyond(records: ir.Table, settings: LinkageSettings) -> bool:
    return int(records.count().to_pyarrow().as_py()) > settings.records_in_memory_at_most


def _holds(backend: SparkBackend, records: ir.Table) -> bool:
    """Say whether records lie in the session of a backend."""
    return engine_of(records) == "pyspark" and records.get_backend()._session is backend.session
