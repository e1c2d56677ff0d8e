"""The database that compares and scores the records for Splink: DuckDB inside the process, or another one.

All that the linkage asks of a database stands in `Backend`. The model is learnt in this process whatever the backend,
and pairs of records that were read are grouped into customers here; only those with some chance of being one customer
come back. Where the records of a large table lie, and are grouped: `helpers.identification.linkage.store`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import pandas as pd

from helpers.core.errors import Fault, InputError

LEAST_MEMORY_GIB = 0.25


class Backend(Protocol):
    """What the linkage needs of a database.

    Anything with these two methods will do; `link_records` takes it as an argument.
    """

    def connect(self) -> AbstractContextManager[Any]:
        """Return Splink's interface to the database, given back at the end of the block."""
        ...

    def adding_in_one_order(self, api: Any) -> AbstractContextManager[None]:
        """Return a block within which sums of floating-point numbers come out the same to the last bit.

        Asked of a database that speaks the SQL of DuckDB: elsewhere nothing is learnt.
        """
        ...


def register_frame(api: Any, frame: pd.DataFrame) -> Any:
    """Give a frame to the database, missing values as missing.

    Splink hands a frame to other databases by way of Python's own values, where what is missing in a column of texts
    arrives as the text 'NaN' or as a number, depending on the settings of the session: Arrow knows missing values. And
    DuckDB reads Arrow where it lies, without a Python object for every text.

    Parameters
    ----------
    api : splink DatabaseAPI
        Connection to the database.
    frame : pandas.DataFrame
        Records.

    Returns
    -------
    SplinkDataFrame
        The table there.
    """
    import pyarrow as pa

    return api.register(pa.Table.from_pandas(frame, preserve_index=False))


def speaks_duckdb(api: Any) -> bool:
    """Say whether a connection of Splink's leads to DuckDB."""
    return str(api.sql_dialect.sql_dialect_str) == "duckdb"


@dataclass(frozen=True)
class DuckDBBackend:
    """DuckDB inside the process, on all cores: the default.

    Parameters
    ----------
    memory_gib : float, optional
        Memory DuckDB may take; beyond it intermediate tables go to the disk. By default its own four fifths of the
        machine's. What Python holds comes on top: about 1.5 KiB a record.

    Examples
    --------
    >>> from helpers.identification.linkage import link_records
    >>> linkage = link_records(records, backend=DuckDBBackend(memory_gib=4))  # doctest: +SKIP
    """

    memory_gib: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is no amount of memory."""
        if self.memory_gib is not None and not LEAST_MEMORY_GIB <= self.memory_gib < float("inf"):
            fault = Fault(
                f"{self.memory_gib!r} is out of range",
                where="memory_gib",
                allowed=f"{LEAST_MEMORY_GIB:g} or more",
                remedy="give GiB within this range",
            )
            raise InputError(fault)

    @contextmanager
    def connect(self) -> Iterator[Any]:
        """Open a database in memory, and close it at the end of the block."""
        from splink import DuckDBAPI

        api = DuckDBAPI()
        with TemporaryDirectory(prefix="crm-linkage-") as folder:
            try:
                api.duckdb_con.execute(f"SET temp_directory = '{folder}'")
                if self.memory_gib is not None:
                    api.duckdb_con.execute(f"SET memory_limit = '{round(self.memory_gib * 1024)}MiB'")
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
