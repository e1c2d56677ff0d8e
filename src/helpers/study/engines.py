"""The engine of a study: what answers the questions to its tables, and where they lie meanwhile.

DuckDB inside this process is the default. A study may name Spark, or a database of the client; one whose tables lie in
one database is answered by it in any case. What lies on the engine stays there; what does not is read and checked here
and goes there as temporary tables, up to a size that the study states.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa
import pyarrow.csv as pa_csv
from ibis.common.exceptions import IbisError, TableNotFound

from helpers.core.errors import EngineError, EngineLostError, Fault, InputError, unknown_name
from helpers.core.shared_spark import is_shared
from helpers.core.spark_session import spark_errors, spark_says, spark_session
from helpers.study.database_address import (
    FILES,
    is_like_an_address,
    read_address,
    with_environment,
    without_secrets,
)
from helpers.study.grammar import COPY_AT_MOST_GIB, EngineChoice
from helpers.study.sources import (
    ON_ENGINE,
    Source,
    connect,
    database_table,
    driver_errors,
    hint,
    require_one_table,
    unreadable_parquet,
)
from helpers.study.sql_text import sql_name

LOCAL, SPARK = "duckdb", "spark"
_NAMES = (LOCAL, SPARK, "postgres://user:${PASSWORD}@host/name")
_SHOWN_NAMES = {"duckdb": "DuckDB", "pyspark": "Spark", "postgres": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite"}
_BYTES_PER_GIB = 2**30
_BATCH_ROWS = 200_000
_ROWS_JUDGED_BY = 100_000
_WORDS_AT_MOST = 300
_ASKED = ("execute", "to_pyarrow", "to_pyarrow_batches", "create_table", "create_view", "raw_sql")
_LOST = (
    "adminshutdown",
    "connection is closed",
    "connection is lost",
    "connection refused",
    "connection reset",
    "connection timed out",
    "connection to server",
    "consuming input failed",
    "lost connection",
    "server closed the connection",
    "terminating connection",
    "py4jnetwork",
    "an error occurred while trying to connect to the java server",
    "answer from java side is empty",
    "stopped sparkcontext",
    "sparkcontext was shut down",
    "does not exist in the jvm",  # so py4j says when there is no JVM to ask any more
)
"""Words of drivers, and names of their errors, by which an engine is gone; any others are a refusal."""
_UNREAD = ("failed_read_file", "path_not_found")
"""Spark's names for files of a table that are gone, closed or damaged: of a closed one it says that it is not there."""
_REFUSED = ("permission denied", "insufficient", "not authorized", "access denied", "must be owner")


@dataclass(frozen=True)
class EngineAddress:
    """An engine that a study names, read as far as it can be without opening it.

    Parameters
    ----------
    kind : str
        duckdb, spark, or a kind of database.
    label : str
        How messages call it; without anything secret.
    where : str
        Place in the study file, for messages.
    url : str
        Address of a database.
    secrets : tuple of str
        What no message may hold.
    settings : dict of str to str
        Of Spark.
    copy_at_most_gib : float
        How much of one table may be copied to it.
    """

    kind: str
    label: str
    where: str = ""
    url: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    settings: dict[str, str] = field(default_factory=dict, repr=False)
    copy_at_most_gib: float = COPY_AT_MOST_GIB
    path: Path | None = None


def read_engine(choice: EngineChoice, where: str = "") -> EngineAddress:
    """Read what a study or a command says of its engine.

    Parameters
    ----------
    choice : EngineChoice
        As the grammar has it.
    where : str
        Place, for messages.

    Raises
    ------
    InputError
        When there is no such engine, a setting has no effect on it, or a variable of the environment is not set.
    """
    name, limit = choice.name.strip(), choice.copy_at_most_gib
    lower = "postgres" if name.lower() == "postgresql" else name.lower()
    if choice.settings and lower != SPARK:
        what = f"settings have no effect on {'this database' if is_like_an_address(name) else name!r}"
        raise InputError(Fault(what, where, f"on {SPARK}", "take them out; those of a database stand in its address"))
    if lower == LOCAL:
        return EngineAddress(LOCAL, LOCAL, where, copy_at_most_gib=limit)
    if lower == SPARK:
        settings = _spark_settings(choice.settings, where)
        secrets = tuple(settings[key] for key, one in choice.settings.items() if "${" in one or _is_secret(key))
        return EngineAddress(SPARK, SPARK, where, "", secrets, settings, limit)
    if "://" not in name:
        raise InputError(_no_engine(name, where))
    address = read_address(name, where)
    known = _kinds()
    if address.kind not in known:
        raise InputError(unknown_name(address.kind, known, kind="kind of database", where=where))
    if address.kind in FILES:
        what = f"a file of {address.kind} is a source of tables, no engine"
        raise InputError(Fault(what, where, ", ".join(_NAMES), f"name it under source:, and write engine: {LOCAL}"))
    return EngineAddress(address.kind, address.label, where, address.url, address.secrets, {}, limit)


def _is_secret(key: str) -> bool:
    return any(word in key.lower() for word in ("secret", "password", "token", "key"))


def _spark_settings(given: dict[str, str], where: str) -> dict[str, str]:
    odd = [key for key in given if not key.startswith("spark.")]
    if odd:
        what = f"{odd[0]!r} is no setting of Spark"
        raise InputError(Fault(what, where, "names that begin with spark., as spark.driver.memory", "correct the name"))
    return {key: with_environment(value, where) for key, value in given.items()}


def _no_engine(name: str, where: str) -> Fault:
    if is_like_an_address(name):
        what = "what is written there is no engine, and no address of a database either"
        return Fault(what, where, ", ".join(_NAMES), "write a database as kind://user:${PASSWORD}@host/name")
    if name.lower() in _kinds():
        what = f"of the engine {name!r} the address is missing"
        return Fault(what, where, ", ".join(_NAMES), f"write {name.lower()}://user:${{PASSWORD}}@host/name")
    found = unknown_name(name, [LOCAL, SPARK], kind="engine", where=where)
    return Fault(found.what, where, ", ".join(_NAMES), found.remedy)


def _one_spelling(url: str) -> str:
    return url.replace("postgresql://", "postgres://", 1)


def _kinds() -> list[str]:
    return sorted({"postgresql", *(entry.name for entry in entry_points(group="ibis.backends"))})


class Engine:
    """An opened engine.

    Parameters
    ----------
    connection : ibis backend
        Where it answers. Whatever it refuses, it says from now on as an `EngineError`.
    address : EngineAddress
        What is known of it.
    """

    def __init__(self, connection: Any, address: EngineAddress) -> None:
        self.connection = connection
        self.address = address
        _guard(connection, address)

    @cached_property
    def facts(self) -> dict[str, str]:
        """Name and version, for the receipt, and for a database its address without anything secret."""
        name = str(self.connection.name)
        shown = {"name": _SHOWN_NAMES.get(name, name), "version": str(self.connection.version)}
        return shown if self.address.kind in (LOCAL, SPARK) else {**shown, "address": self.address.label}

    def holds(self, source: Source) -> bool:
        """Say whether the table of a source lies on this engine."""
        if source.url == ON_ENGINE:
            return True
        if source.kind != "database" or not self.address.url:
            return False
        return _one_spelling(source.url) == _one_spelling(self.address.url)

    def table(self, source: Source) -> Any:
        """Return the table of a source that lies on this engine.

        Raises
        ------
        InputError
            When there is no such table, or it may not be read.
        """
        with _faults_of(self.address, source.label):
            return database_table(source, self.connection)

    @property
    def reads_parquet(self) -> bool:
        """Whether it reads Parquet files itself."""
        return self.address.kind == SPARK

    def parquet(self, source: Source, name: str) -> Any:
        """Return Parquet files as a table that the engine reads itself.

        Raises
        ------
        InputError
            When it cannot read them.
        """
        try:
            require_one_table(source)
        except (pa.ArrowException, OSError) as error:
            raise InputError(unreadable_parquet(source)) from error
        with _faults_of(self.address, source.label):
            return self.connection.read_files(source.files, table_name=name)

    def take(self, table: Any, name: str, label: str) -> Any:
        """Return a table of the local DuckDB as a temporary table of the engine: missing values stay missing.

        Parameters
        ----------
        table : ibis table
            In the local DuckDB.
        name : str
            Of the temporary table.
        label : str
            How messages call it.

        Raises
        ------
        InputError
            When it is larger than may be copied.
        EngineError
            When the engine does not take it.
        """
        plain = _plain(table)
        arrow = copied(plain, self.address.copy_at_most_gib, label, self.address.where)
        try:
            if self.connection.name == "postgres":
                return _into_postgres(self.connection, name, plain.schema(), arrow)
            return self.connection.create_table(name, arrow, temp=True)
        except EngineLostError:
            raise
        except EngineError as error:
            raise EngineError(_not_taken(self.address, label, error.faults[0].what)) from None
        except _errors(self.address) as error:  # of a cursor that no connection guards
            raise _engine_error(error, self.address, label) from None

    def look_anew(self, sources: Iterable[Source]) -> None:
        """Let it forget which files make up these tables of its own: Spark lists them once in a session.

        Raises
        ------
        EngineError
            When such a table is not there any more.
        """
        if self.address.kind == SPARK:
            with _faults_of(self.address):
                for source in sources:
                    self.connection.look_anew(str(source.options.table))

    def leave(self) -> None:
        """Free what it holds for this program, where it serves others too; nothing can be asked of it afterwards."""
        if self.address.kind == SPARK and is_shared():
            with _faults_of(self.address):
                self.connection.leave()


def open_engine(address: EngineAddress) -> Engine | None:
    """Open an engine; None stands for the DuckDB inside this process.

    Raises
    ------
    InputError
        When its package, or what that needs, is missing, or it does not answer.
    """
    if address.kind == LOCAL:
        return None
    if address.kind == SPARK:
        session = spark_session(address.settings)
        from helpers.core.spark_engine import engine_of as engine_of_session

        return Engine(engine_of_session(session), address)
    return Engine(connect(address), address)


def engine_of(source: Source) -> Engine:
    """Return the database of a source as the engine of its study.

    Raises
    ------
    InputError
        When it does not open.
    """
    kind, label = source.url.partition("://")[0], source.label.partition(" ")[0]
    return Engine(connect(source), EngineAddress(kind, label, "", source.url, source.secrets))


def copied(table: Any, most_gib: float, label: str, where: str = "") -> pa.Table:
    """Return a table as Arrow, where it is small enough to be copied.

    Parameters
    ----------
    table : ibis table
        On any engine.
    most_gib : float
        Gibibytes in memory; what a table would take is judged by its first rows.
    label : str
        How messages call it.
    where : str
        Place in the study file, for messages.

    Raises
    ------
    InputError
        When it is larger.
    """
    first, rows = table.limit(_ROWS_JUDGED_BY).to_pyarrow(), int(table.count().to_pyarrow().as_py())
    if first.num_rows == rows:
        return first
    gib = first.nbytes / max(first.num_rows, 1) * rows / _BYTES_PER_GIB
    if gib > most_gib:
        what = f"{gib:.1f} GiB of {label} would have to be copied to where the study is answered"
        remedy = (
            "put the tables into one database, or large text files into Parquet and read them with engine: spark; or "
            "allow more by engine: {name: ..., copy_at_most_gib: ...}"
        )
        raise InputError(Fault(what, where, f"at most {most_gib:g} GiB of one table", remedy))
    return table.to_pyarrow()


def _guard(connection: Any, address: EngineAddress) -> None:
    """Let a connection say what goes wrong as one message, wherever it is asked: no driver's words, no password."""

    def guarded(name: str) -> Any:
        def ask(self: Any, *given: Any, **options: Any) -> Any:
            with _faults_of(address):
                return getattr(super(kind, self), name)(*given, **options)

        return ask

    own = type(connection)
    methods: dict[str, Any] = {name: guarded(name) for name in _ASKED if hasattr(own, name)}
    methods["faults"] = lambda _connection: _faults_of(address)  # for who asks its session past it
    if connection.name == "postgres":
        methods |= {"_register_in_memory_table": _by_copy, "_make_memtable_finalizer": _left_to_the_session}
    kind: Any = type(own.__name__, (own,), methods)
    connection.__class__ = kind


def _by_copy(connection: Any, op: Any) -> None:
    """Take a table in memory by COPY: Ibis inserts row by row."""
    plain = _plain(ibis.memtable(op.data.to_pyarrow(op.schema)))
    arrow = op.data.to_pyarrow(op.schema).cast(plain.schema().to_pyarrow())
    _into_postgres(connection, op.name, plain.schema(), arrow)


def _left_to_the_session(_connection: Any, _name: str) -> None:
    """Drop no temporary table before its time: whenever that came, it would break a transaction under way."""


@contextmanager
def _faults_of(address: EngineAddress, label: str = "") -> Iterator[None]:
    try:
        yield
    except TableNotFound:  # its callers list what there is
        raise
    except _errors(address) as error:
        raise _engine_error(error, address, label) from None


def _engine_error(error: Exception, address: EngineAddress, label: str = "") -> EngineError:
    """Return what a driver says as one message for a user."""
    said = without_secrets(_said(error), address.secrets)
    folded = f"{type(error).__name__} {said}".casefold()
    about = f" about {label}" if label else ""
    words = f"; it says: {said}" if said else ""
    if any(word in folded for word in _REFUSED):
        remedy = "let the user of the address read it: GRANT SELECT; or name another user"
        what = f"the user of the address has no right to what the study asks{about}{words}"
        return EngineError(Fault(what, address.label, "", remedy))
    if any(word in folded for word in _LOST):
        remedy = "see that it runs and can be reached, then run again: the previous report is as it was"
        return EngineLostError(Fault(f"the connection to the engine is lost{words}", address.label, "", remedy))
    remedy = "take the columns by a query: that casts them to plain types; or answer it here: --engine duckdb"
    if any(word in folded for word in _UNREAD):
        remedy = "see that the files of the table are there, are whole and may be read by whoever runs Spark"
    return EngineError(Fault(f"the engine cannot answer a question{about}{words}", address.label, "", remedy))


def _said(error: Exception) -> str:
    """Return the first line of what an engine says, short."""
    return hint(Exception(spark_says(error)) if isinstance(error, spark_errors()) else error)[:_WORDS_AT_MOST]


def _errors(address: EngineAddress) -> tuple[type[Exception], ...]:
    drivers = spark_errors() if address.kind == SPARK else driver_errors(address.kind)
    return (duckdb.Error, IbisError, NotImplementedError, ConnectionError, *drivers)


def _not_taken(address: EngineAddress, label: str, said: str) -> Fault:
    what = f"{label} cannot go to the engine as a temporary table: {said}"
    remedy = (
        "let the user of the address create temporary tables: GRANT TEMPORARY ON DATABASE; or write engine: duckdb, "
        "which copies the tables of the database instead"
    )
    return Fault(what, address.where or address.label, "", remedy)


def _plain(table: Any) -> Any:
    """Return a table with types that every engine has."""
    casts: dict[str, Any] = {}
    for name, kind in table.schema().items():
        if kind.is_null():
            casts[name] = dt.string
        elif kind.is_unsigned_integer():
            casts[name] = dt.Decimal(20, 0) if kind.is_uint64() else dt.int64
        elif kind.is_nested() or kind.is_binary() or kind.is_unknown():
            casts[name] = dt.string
        elif kind.is_timestamp() and kind.scale not in (None, 6):
            casts[name] = dt.Timestamp(timezone=kind.timezone, scale=6)
    return table.mutate(**{name: table[name].cast(kind) for name, kind in casts.items()}) if casts else table


def _into_postgres(connection: Any, name: str, schema: ibis.Schema, arrow: pa.Table) -> Any:
    """Write rows into a temporary table of PostgreSQL by COPY: in CSV a missing value has no quotes, a text has."""
    table = connection.create_table(name, schema=schema, temp=True)
    options = pa_csv.WriteOptions(include_header=False, batch_size=_BATCH_ROWS)
    with connection.con.cursor() as cursor, connection.con.transaction():
        with cursor.copy(f"COPY pg_temp.{sql_name(name)} FROM STDIN (FORMAT csv)") as copy:
            for batch in arrow.to_batches(max_chunksize=_BATCH_ROWS):
                sink = pa.BufferOutputStream()
                pa_csv.write_csv(batch, sink, options)
                copy.write(sink.getvalue().to_pybytes())
        cursor.execute(f"ANALYZE pg_temp.{sql_name(name)}")  # else it plans as for an empty table
    return table
