"""Spark as the database of a linkage: the same pairs, levels of agreement and match weights as on DuckDB.

Splink brings functions for likeness of names to Spark in a file of Java's. They are other definitions than DuckDB's:
half a transposition counts there, so that two names may be nearly the same for one and merely alike for the other, and
letters are counted where DuckDB counts bytes, so that of two Chinese names each character weighs once and not thrice.
Here DuckDB itself compares the texts, in the Python processes of Spark, a batch at a time.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir

from helpers.core.any_engine import engine_of
from helpers.core.errors import Fault, InputError
from helpers.identification.linkage.backend import Backend, DuckDBBackend
from helpers.identification.linkage.likeness import LIKENESS_FUNCTIONS
from helpers.identification.linkage.records import Records


@dataclass(frozen=True)
class SparkBackend:
    """A Spark session of the user's, for more records than one machine holds.

    Needs the package `pyspark` here, and `duckdb` and `pyarrow` where the session's Python runs: with the version of
    DuckDB that runs here, likeness is the same to the last bit. Splink's file of Java functions is not needed.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        Made by the user; it is not stopped here. Functions that begin with `crm_` are registered in it.
    faults : callable, optional
        Gives a block within which what Spark refuses, and a Spark that is gone, come as errors for a user.

    Examples
    --------
    >>> from helpers.identification.linkage import link_records
    >>> linkage = link_records(records, backend=SparkBackend(session))  # doctest: +SKIP
    """

    session: Any
    faults: Callable[[], AbstractContextManager[None]] = field(default=nullcontext, repr=False)

    @contextmanager
    def connect(self) -> Iterator[Any]:
        """Lead Splink to the session.

        Raises
        ------
        InputError
            When the package `pyspark` is not installed, or too old, or what compares texts is missing on Spark's side.
        """
        with self.faults(), _as_spark_says_it():
            yield from self._connected()

    def _connected(self) -> Iterator[Any]:
        import splink

        try:
            interface: Any = splink.SparkAPI
        except ImportError as error:
            fault = Fault("the package 'pyspark' is missing", where="backend", remedy="install it, or link on DuckDB")
            raise InputError(fault) from error
        _register_likeness(self.session)
        # Without a folder for intermediate tables they are kept in the memory of Spark, and on its disks beyond.
        held = {} if has_folder(self.session) else {"break_lineage_method": "persist"}
        before = _views(self.session)
        try:
            yield interface(spark_session=self.session, register_udfs_automatically=False, **held)
        finally:
            for view in _views(self.session) - before:
                self.session.catalog.dropTempView(view)  # what is held of it in memory goes with it

    @contextmanager
    def adding_in_one_order(self, api: Any) -> Iterator[None]:  # noqa: ARG002 (nothing is added up on Spark)
        """Promise nothing: models are learnt on DuckDB in this process, whatever the backend."""
        yield


def backend_of(records: Records) -> Backend:
    """Return the database that compares records where nobody names one: Spark where it holds them, else DuckDB here.

    Parameters
    ----------
    records : pandas.DataFrame, ibis Table, or mapping of str to pandas.DataFrame
        As in `helpers.identification.linkage.link_records`.
    """
    if not isinstance(records, ir.Table) or engine_of(records) != "pyspark":
        return DuckDBBackend()
    connection = records.get_backend()
    return SparkBackend(connection._session, getattr(connection, "faults", nullcontext))


@contextmanager
def _as_spark_says_it() -> Iterator[None]:
    """Take what Spark says out of the error that Splink wraps it into, together with the whole question."""
    from splink.internals.exceptions import SplinkException

    try:
        yield
    except SplinkException as error:
        if error.__cause__ is None:
            raise
        raise error.__cause__ from None


def has_folder(session: Any) -> bool:
    """Say whether a session has a folder for intermediate tables."""
    java = getattr(session, "_jsc", None)
    return java is not None and not java.sc().getCheckpointDir().isEmpty()


def _views(session: Any) -> set[str]:
    return {row["viewName"] for row in session.sql("SHOW VIEWS LIKE '__splink__*'").collect()}


def _register_likeness(session: Any) -> None:
    """Give the session DuckDB's own functions for likeness, under names of their own."""
    try:
        from pyspark.sql.functions import arrow_udf
    except ImportError as error:
        fault = Fault("the package 'pyspark' is too old", "backend", "4.1 or newer", "install a newer one")
        raise InputError(fault) from error
    from pyspark.errors import PythonException
    from pyspark.sql.types import DoubleType

    for function, name in LIKENESS_FUNCTIONS.items():
        session.udf.register(name, arrow_udf(_likeness(function), returnType=DoubleType()))
    try:
        session.range(1).selectExpr(f"{name}('a', 'b')").collect()
    except PythonException as error:
        lacking = re.search("No module named '([^']*)'", str(error))
        if lacking is None:
            raise
        what = f"the package {lacking[1]!r} is missing where Spark runs Python"
        remedy = "install duckdb and pyarrow there, or name another Python in PYSPARK_PYTHON before the session starts"
        raise InputError(Fault(what, where="backend", remedy=remedy)) from error


def _likeness(function: str) -> Any:
    """Return a function that compares two columns of texts by DuckDB.

    It goes to Spark's Python processes as it stands, without types, for it is to need nothing of this package there.
    """

    def likeness_of(left, right):  # type: ignore[no-untyped-def]
        import duckdb
        import pyarrow

        texts = pyarrow.table({"a": left.cast(pyarrow.string()), "b": right.cast(pyarrow.string())})
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.register("texts", texts)
            found: Any = connection.sql(f"SELECT {function}(a, b)::DOUBLE AS likeness FROM texts")  # noqa: S608
            return found.to_arrow_table().column("likeness").combine_chunks()

    return likeness_of
