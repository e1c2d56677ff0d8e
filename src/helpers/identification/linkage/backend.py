"""The database that compares and scores the records for Splink: DuckDB inside the process, or another one.

All that the linkage asks of a database stands in `Backend`. Records are prepared, and pairs grouped into customers, in
this process whatever the backend; only pairs with some chance of being one customer come back from it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from helpers.core.errors import Fault, InputError


class Backend(Protocol):
    """What the linkage needs of a database.

    Anything with these two methods will do; `link_records` takes it as an argument.
    """

    def connect(self) -> AbstractContextManager[Any]:
        """Return Splink's interface to the database, given back at the end of the block."""
        ...

    def adding_in_one_order(self, api: Any) -> AbstractContextManager[None]:
        """Return a block within which sums of floating-point numbers come out the same to the last bit.

        Where a database cannot promise that, an empty block will do: match weights are rounded before anybody is linked
        by them, so that results then agree but for pairs at the very threshold.
        """
        ...


@dataclass(frozen=True)
class DuckDBBackend:
    """DuckDB inside the process, on all cores: the default."""

    @contextmanager
    def connect(self) -> Iterator[Any]:
        """Open a database in memory, and close it at the end of the block."""
        from splink import DuckDBAPI

        api = DuckDBAPI()
        try:
            yield api
        finally:
            api.duckdb_con.close()

    @contextmanager
    def adding_in_one_order(self, api: Any) -> Iterator[None]:
        """Add up on one thread within the block: on several, the order of adding depends on chance."""
        api.duckdb_con.execute("SET threads TO 1")
        try:
            yield
        finally:
            api.duckdb_con.execute("RESET threads")


@dataclass(frozen=True)
class SparkBackend:
    """A Spark session of the user's, for more records than one machine holds.

    Needs the package `pyspark`, which this suite does not install.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        Made by the user, with Splink's functions for likeness of names on its path; it is not stopped here.

    Examples
    --------
    >>> from helpers.identification.linkage import link_records
    >>> linkage = link_records(records, backend=SparkBackend(session))  # doctest: +SKIP
    """

    session: Any

    @contextmanager
    def connect(self) -> Iterator[Any]:
        """Lead Splink to the session.

        Raises
        ------
        InputError
            When the package `pyspark` is not installed.
        """
        import splink

        try:
            interface: Any = splink.SparkAPI
        except ImportError as error:
            fault = Fault("the package 'pyspark' is missing", where="backend", remedy="install it, or link on DuckDB")
            raise InputError(fault) from error
        yield interface(spark_session=self.session)

    @contextmanager
    def adding_in_one_order(self, api: Any) -> Iterator[None]:  # noqa: ARG002 (Spark promises no order)
        """Promise nothing: the order of adding is Spark's own."""
        yield
