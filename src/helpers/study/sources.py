"""Where a study's rows come from: files, data inside installed packages, databases.

Parquet is scanned in place by DuckDB. Text formats are read as text (see `text_tables`). A database is used where it
is: its tables stay Ibis expressions on the client's own engine, and files go there (see `helpers.study.engines`).
"""

import hashlib
import importlib
import importlib.util
import os
import re
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from glob import escape
from importlib.metadata import entry_points
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import unquote, urlsplit

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.common.exceptions import IbisError, TableNotFound
from ibis.util import gen_name
from sqlglot.errors import SqlglotError

from helpers.core.errors import Fault, InputError, nearest, some_of, unknown_name
from helpers.study.basket_lines import read_baskets
from helpers.study.database_address import FILES, FORM, is_like_an_address, read_address, shown_source, without_secrets
from helpers.study.file_copies import copied_fault, copies_among
from helpers.study.grammar import Reading
from helpers.study.other_workbooks import other_workbook_blocks
from helpers.study.parquet_kinds import kinds_apart
from helpers.study.postgres_types import with_plain_types
from helpers.study.sav import read_sav
from helpers.study.select_only import query_faults, shown_query
from helpers.study.sql_text import one_file, sql_string
from helpers.study.sqlite_files import sqlite_blocks, sqlite_names
from helpers.study.stata import read_dta
from helpers.study.text_tables import put_together, read_csv
from helpers.study.typed_columns import with_known_moments
from helpers.study.workbooks import xlsx_blocks

SourceKind = Literal["parquet", "csv", "xlsx", "calamine", "sav", "dta", "sqlite", "database"]

_KIND_OF_SUFFIX: dict[str, SourceKind] = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".csv.gz": "csv",
    ".tsv.gz": "csv",
    ".xlsx": "xlsx",
    ".xls": "calamine",
    ".xlsb": "calamine",
    ".ods": "calamine",
    ".sav": "sav",
    ".zsav": "sav",
    ".dta": "dta",
}
_TEXT_READERS = {"csv": read_csv, "sav": read_sav, "dta": read_dta}
READ_IN_BLOCKS = {"xlsx": xlsx_blocks, "calamine": other_workbook_blocks, "sqlite": sqlite_blocks}
"""Kinds of sources with typed cells, and what reads a file of them."""
_SAVE_AS = {".xlsm": "save it from Excel as .xlsx"} | dict.fromkeys(
    (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".tar"), "unpack it first: of archives a study reads .csv.gz alone"
)
_ADDRESSES = ("http", "https", "ftp", "s3", "gs", "file")
_SOURCES = "a file beside study.yml, several as orders-*.csv, package:<package>/<path>, a database URL, or engine"
_PARQUET_MARK = b"PAR1"
_PARQUET = {
    "can_have_nan": True,  # else DuckDB finds no NaN in a file whose statistics, as is usual, leave them out
    "hive_partitioning": False,
}
ON_ENGINE = "engine"
"""What a study writes for the source of a table that its engine has already."""
_EXTRAS = {"postgres": "psycopg[binary]>=3.2"}
_DRIVERS = {"postgres": "psycopg", "mysql": "MySQLdb", "mssql": "pyodbc", "snowflake": "snowflake.connector"}


@dataclass(frozen=True)
class InputFile:
    """One input of a study, for the receipt.

    Parameters
    ----------
    label : str
        The source as the study file names it, without machine paths or passwords.
    sha256 : str or None
        Hash of the content; None for a database server, which has no file to hash.
    bytes : int or None
        Size of the content.
    """

    label: str
    sha256: str | None
    bytes: int | None


@dataclass(frozen=True)
class Source:
    """A source that exists, ready to be opened.

    Parameters
    ----------
    label : str
        How messages and receipts call it.
    kind : SourceKind
        How it is read.
    options : Reading
        What the study file says about reading it.
    path : Path or None
        The file, where there is one; the first of several.
    more : tuple of Path
        The other files of one form, in the order of their names.
    url : str
        The database, where there is one.
    secrets : tuple of str
        What no message may hold.
    as_numbers : frozenset of str
        Columns of which the table wants numbers: of a Stata file they are never read by labels, of PostgreSQL's numeric
        as float64.
    labels : tuple of str
        Of several files: how messages and receipts call each, with the folders that the pattern leaves open.
    """

    label: str
    kind: SourceKind
    options: Reading = field(repr=False)
    path: Path | None = None
    url: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    more: tuple[Path, ...] = ()
    as_numbers: frozenset[str] = frozenset()
    labels: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file of the source."""
        return () if self.path is None else (self.path, *self.more)

    @property
    def is_text(self) -> bool:
        """Whether values come as text whose types are still to be found."""
        return self.kind in _TEXT_READERS or self.kind in READ_IN_BLOCKS

    def as_inputs(self) -> list[InputFile]:
        """Return label, hash and size of each of its files, for the receipt."""
        if self.path is None:
            return [InputFile(self.label, None, None)]
        return [hashed(path, shown) for path, shown in zip(self.files, self.file_labels, strict=True)]

    @property
    def file_labels(self) -> tuple[str, ...]:
        """How messages call each file of the source."""
        return self.labels if self.more else (self.label,)


def hashed(path: Path, label: str) -> InputFile:
    """Return label, hash and size of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return InputFile(label, digest, path.stat().st_size)


def size_and_time(path: Path) -> tuple[int, int]:
    """Return size in bytes and time of writing in nanoseconds of a file; -1 for both where it is gone."""
    try:
        found = path.stat()
    except OSError:
        return -1, -1
    return found.st_size, found.st_mtime_ns


def written(source: Source) -> list[tuple[str, int, int]]:
    """Return place, size and time of writing of every file of a source; none of a database."""
    return [] if source.path is None else [(str(path), *size_and_time(path)) for path in source.files]


def written_now(source: Source, folder: Path) -> list[tuple[str, int, int]]:
    """Return the same of the files that a study names by a source now: more may be there, or none.

    Parameters
    ----------
    source : Source
        As it was found before.
    folder : Path
        Folder of the study.
    """
    if source.path is None:
        return []
    try:
        return written(resolve(source.options, folder))
    except (InputError, OSError):  # nothing is there that could be read
        return []


def resolve(options: Reading, folder: Path, where: str = "", made_by: str = "") -> Source:
    """Find what a study file names as a source.

    Parameters
    ----------
    options : Reading
        The part of the study file with `source`.
    folder : Path
        Folder of the study; relative paths start there.
    where : str
        Place in the study file, for messages.
    made_by : str
        Command that writes the study's files, when there is one.

    Raises
    ------
    InputError
        When the file, package or format is not there, or may not be read.
    """
    try:
        return _resolved(options, folder, where, made_by)
    except PermissionError:
        what = f"{shown_source(options.source)!r} may not be reached: a folder on its way is closed"
        raise InputError(Fault(what, where, "", "change the permissions of that folder, or name another")) from None


def _resolved(options: Reading, folder: Path, where: str, made_by: str) -> Source:
    named = options.source
    if named.startswith("package:"):
        return _file(_package_file(named, where), named, options, where)
    if "://" in named:
        return _database(options, folder, where)
    if named == ON_ENGINE:
        return _on_engine(options, where)
    path = folder / named
    there = _is_file(path)
    if not there and is_pattern(named):
        return _several(folder, named, options, where, made_by)
    if not there:
        if is_like_an_address(named):
            raise InputError(_no_address(where))
        close = nearest(named, [entry.name for entry in sorted(folder.iterdir()) if entry.is_file()])
        place = f"make it with: {made_by}" if made_by else f"put the file into the folder {folder.name!r}"
        if path.is_dir():
            close, place = None, _files_in(path, named.rstrip("/"))
        raise InputError(
            Fault(
                f"there is no file {named!r}" + (", it is a folder" if path.is_dir() else ""),
                where=where,
                allowed=_SOURCES,
                remedy=f"did you mean {close!r}?" if close else place,
            )
        )
    return _file(path, named, options, where)


def _files_in(folder: Path, named: str) -> str:
    """Say how to name what is in a folder: its files by a pattern where they are of one form, as Spark writes them."""
    endings: set[str] = set()
    if os.access(folder, os.R_OK):
        endings = {one.suffix for one in folder.iterdir() if one.is_file() and not one.name.startswith((".", "_"))}
    if len(endings) == 1:
        return f"name its files by a pattern: {escape(named)}/*{endings.pop()}"
    return f"name a file in it: {named}/<file>"


def is_pattern(source: str) -> bool:
    """Say whether a source names files by a pattern.

    Examples
    --------
    >>> is_pattern("orders-*.csv"), is_pattern("orders.csv")
    (True, False)
    """
    return any(mark in source for mark in "*?[")


def open_parquet(source: Source, connection: Any, name: str) -> Any:
    """Return a Parquet file as an Ibis table of the given DuckDB connection; nothing is copied.

    Its columns are those of the file. From a folder called `store=7` DuckDB would take another, in the place of one of
    the file that has its name.
    """
    files = [one_file(path) for path in source.files]
    try:
        if not source.more:
            return connection.read_parquet(files[0], table_name=name, **_PARQUET)
        require_one_table(source)
        return connection.read_parquet(files, table_name=name, union_by_name=True, **_PARQUET)
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise InputError(unreadable_parquet(source)) from error


def is_damaged(source: Source) -> bool:
    """Say whether a Parquet file cannot be read to its end; this reads all of it."""
    if source.kind != "parquet" or source.path is None:
        return False
    try:
        for path in source.files:
            with pq.ParquetFile(path) as file:
                for _ in file.iter_batches():
                    pass
    except (pa.ArrowException, OSError):
        return True
    return False


def read_text(source: Source) -> pa.Table:
    """Return a text source as a table of text columns with row numbers."""
    if source.path is None:
        raise ValueError(f"{source.label} has no file")
    read = _text_reader(source)
    tables: list[pa.Table] = []
    faults: list[Fault] = []
    for path, label in zip(source.files, source.file_labels, strict=True):
        try:
            tables.append(read(path, label, source.options))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    if len(tables) == 1:
        return tables[0]
    require_one_form(source, [table.column_names for table in tables])
    return put_together(tables)


def _text_reader(source: Source) -> Callable[[Path, str, Reading], pa.Table]:
    """Return what reads one file of a source as texts."""
    if source.kind == "dta":
        return partial(read_dta, numbers=source.as_numbers)
    if source.kind in READ_IN_BLOCKS:
        blocks = READ_IN_BLOCKS[source.kind]
        return lambda path, label, options: pa.Table.from_batches(blocks(path, label, options, set()))
    return read_baskets if source.options.layout == "baskets" else _TEXT_READERS[source.kind]


def require_one_form(source: Source, headers: Sequence[Sequence[str]]) -> None:
    """Refuse files that are to be put together and have other columns than the first.

    Raises
    ------
    InputError
        With every file that differs.
    """
    first, faults = set(headers[0]), []
    for label, header in zip(source.file_labels, headers, strict=True):
        lacking = [name for name in headers[0] if name not in header]
        beyond = [name for name in header if name not in first]
        if lacking or beyond:
            differences = [
                f"lacks {some_of(lacking)}" if lacking else "",
                f"also has {some_of(beyond)}" if beyond else "",
            ]
            what = f"has other columns than {source.file_labels[0]}: {' and '.join(filter(None, differences))}"
            remedy = "list the files under sources, each with its columns; or export them anew in one form"
            faults.append(Fault(what, label, "files with the same columns, in any order", remedy))
    if faults:
        raise InputError(faults)


def require_one_table(source: Source) -> None:
    """Refuse Parquet files that are to be put together and differ in columns, or in the kind of a column's values.

    Raises
    ------
    InputError
        With every file that differs.
    pyarrow.ArrowException, OSError
        When a file cannot be read.
    """
    schemas = [pq.read_schema(path) for path in source.files]
    require_one_form(source, [schema.names for schema in schemas])
    faults = kinds_apart(schemas, source.file_labels)
    if faults:
        raise InputError(faults)


class _Database(Protocol):
    """What is needed to open a database."""

    @property
    def url(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def secrets(self) -> tuple[str, ...]: ...
    @property
    def path(self) -> Path | None: ...


def connect(source: _Database) -> Any:
    """Return the Ibis backend of a database source, or of a database that is the engine of a study.

    Raises
    ------
    InputError
        When the driver is not installed, or the database does not answer.
    """
    backend = source.url.partition("://")[0]
    if backend == "postgresql":
        backend = "postgres"
    try:
        if backend == "duckdb":
            return ibis.duckdb.connect(str(source.path), read_only=True)
        return ibis.connect(source.url, **_user_with_signs(source.url))
    except ImportError as error:
        remedy = f"install it: pip install '{_EXTRAS.get(backend, f'ibis-framework[{backend}]')}'"
        raise InputError(Fault(f"the driver for {backend} is missing", where=source.label, remedy=remedy)) from error
    except (duckdb.Error, IbisError, OSError, ValueError, *driver_errors(backend)) as error:
        raise InputError(_unopened_database(source, error)) from None  # its words may hold the password


def _user_with_signs(url: str) -> dict[str, str]:
    """Return the user whose name is written with %40 and the like: Ibis decodes the password alone."""
    user = urlsplit(url).username or ""
    return {"user": unquote(user)} if "%" in user else {}


def database_table(source: Source, connection: Any) -> Any:
    """Return the table a database source names.

    Raises
    ------
    InputError
        When there is no such table.
    """
    if source.options.query is not None:
        return _plain(_answer(source, connection, source.options.query), source, connection)
    named = str(source.options.table)
    schema, _, table = named.rpartition(".")
    try:
        found = connection.table(table, database=schema) if schema else connection.table(named)
        return _plain(found, source, connection)
    except TableNotFound as error:
        names = _table_names(connection)
        if named in names:  # a view, whose tables were renamed or taken away
            what, remedy = "is a view that the database cannot work out", "make the view anew, or name another table"
            raise InputError(Fault(what, source.label, "", remedy)) from error
        raise InputError(unknown_name(named, names, kind="table", where=source.label)) from error
    except (duckdb.Error, IbisError, OSError, *driver_errors(source.url.partition("://")[0])) as error:
        raise InputError(_unopened_database(source, error)) from None


def _plain(table: Any, source: Source, connection: Any) -> Any:
    if connection.name != "postgres":
        return with_known_moments(table)
    return with_plain_types(table, driver_errors("postgres"), numbers=source.as_numbers)


def attached_table(source: Source, connection: Any) -> Any:
    """Return a table of a DuckDB file for another DuckDB, which reads it in place and cannot write to it.

    None is a view that can be worked out within its file alone: of tables that it names without their schema.

    Raises
    ------
    InputError
        When the file cannot be opened, or has no such table.
    """
    catalog = f"file_{hashlib.sha256(str(source.path).encode()).hexdigest()[:12]}"
    schema, _, table = str(source.options.table).rpartition(".")
    try:
        connection.raw_sql(f"ATTACH IF NOT EXISTS {sql_string(source.path)} AS {catalog} (READ_ONLY)")
        tables = f"SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = '{catalog}'"  # noqa: S608
        found = connection.raw_sql(tables).fetchall()
        if (schema or "main", table) not in found:
            names = sorted(name if where == "main" else f"{where}.{name}" for where, name in found)
            raise InputError(unknown_name(str(source.options.table), names, kind="table", where=source.label))
        return connection.table(table, database=(catalog, schema or "main"))
    except TableNotFound:
        return None
    except (duckdb.Error, IbisError, OSError) as error:
        raise InputError(_unopened_database(source, error)) from None


def _several(folder: Path, named: str, options: Reading, where: str, made_by: str) -> Source:
    """Return the files that a pattern names, in the order of their names."""
    pattern = Path(named)
    base = Path(pattern.anchor) if pattern.is_absolute() else folder
    # Two stars within a name are one: so they are from Python 3.13 on, and an error before.
    parts = [one if one == "**" else re.sub(r"\*{2,}", "*", one) for one in pattern.relative_to(pattern.anchor).parts]
    # At the end they stand for files too from 3.13 on, and for folders alone before.
    parts = _called_so(base, parts + (["*"] if parts[-1] == "**" else []))
    closed = _closed_folder(base, parts)
    if closed is not None:  # what lies in it would be left out in silence
        what = f"the folder {closed!r}, where {named!r} looks for files, may not be looked into"
        raise InputError(Fault(what, where, "", "change its permissions, or name the files by another pattern"))
    found = sorted(one for one in base.glob("/".join(parts)) if one.is_file())
    if not found and is_like_an_address(named):  # with its password: nothing of it is shown
        raise InputError(_no_address(where))
    if not found:
        there = some_of(sorted(entry.name for entry in folder.iterdir() if entry.is_file())) or "no file"
        remedy = f"make them with: {made_by}" if made_by else "correct the pattern, or put the files there"
        raise InputError(Fault(f"no file is called {named!r}; the folder holds {there}", where, _SOURCES, remedy))
    single = [_file(one, one.name, options, where) for one in found]
    kinds = {one.kind for one in single}
    if len(kinds) > 1:
        endings = some_of(sorted({_ending(one.path) for one in single if one.path is not None}))
        what = f"{named!r} names files of several kinds: {endings}"
        raise InputError(Fault(what, where, "files of one kind", "name one ending, as orders-*.csv"))
    copies = copies_among(found)
    if copies:
        raise InputError(copied_fault(copy, original, where) for copy, original in copies.items())
    fixed = list(takewhile(lambda part: not is_pattern(part), parts))
    below = [os.path.relpath(one, base.joinpath(*fixed)) for one in found]
    labels = tuple(Path(pattern.anchor, *fixed, one).as_posix() for one in below)
    return replace(single[0], label=named, more=tuple(found[1:]), labels=labels)


def _called_so(base: Path, parts: Sequence[str]) -> list[str]:
    """Return the parts of a pattern with those as names that a folder has as they stand, as `in[1]` may have."""
    found: list[str] = []
    for part in parts[:-1]:
        base = base / part
        if is_pattern(part) and ("*" in part or "?" in part or not os.access(base, os.F_OK)):
            break
        found.append(escape(part))
    return [*found, *parts[len(found) :]]


def _closed_folder(base: Path, parts: Sequence[str]) -> str | None:
    """Return a folder that a pattern goes through and that may not be looked into, called as the pattern calls it.

    A folder whose entries are not listed, as those of all users' homes often are, need only let pass.
    """
    reached = [[base], *(base.glob("/".join(parts[:count])) for count in range(1, len(parts)))]
    for folders, below in zip(reached, parts, strict=True):
        needed = os.R_OK | os.X_OK if is_pattern(below) else os.X_OK
        closed = next((one for one in folders if one.is_dir() and not os.access(one, needed)), None)
        if closed is not None:
            return (closed if base == Path(base.anchor) else closed.relative_to(base)).as_posix()
    return None


def _ending(path: Path) -> str:
    """Return the ending that says how a file is read: the last, or the last two of a packed text."""
    last = path.suffix.lower()
    return "".join(path.suffixes[-2:]).lower() if last == ".gz" else last


def _answer(source: Source, connection: Any, query: str) -> Any:
    """Return what a database answers to a query that has been looked at."""
    query = query.strip().rstrip(";")
    try:
        if connection.name == "postgres":
            return connection.sql(query, schema=_postgres_columns(connection, query))
        if connection.name != "duckdb":
            return connection.sql(query)
        # Ibis 12 asks for the columns by a method that DuckDB 2 no longer has.
        empty = connection.con.sql(f"SELECT * FROM ({query}) AS answer LIMIT 0").to_arrow_table()  # noqa: S608
        return connection.sql(query, schema=ibis.Schema.from_pyarrow(empty.schema))
    except (duckdb.Error, IbisError, SqlglotError, OSError, *driver_errors(connection.name)) as error:
        said = without_secrets(hint(error), source.secrets)
        remedy = "try the query in a program of the database first"
        raise InputError(Fault(f"the query is refused: {said}", source.label, "", remedy)) from None


def _postgres_columns(connection: Any, query: str) -> ibis.Schema:
    """Return the columns of a query: Ibis 12 asks by a view that it cannot drop with today's sqlglot."""
    name = gen_name("crm_columns")
    connection.raw_sql(f"CREATE TEMPORARY VIEW {name} AS {query}").close()
    try:
        return connection.get_schema(name)
    finally:
        connection.raw_sql(f"DROP VIEW {name}").close()


def _file(path: Path, label: str, options: Reading, where: str) -> Source:
    kind = _KIND_OF_SUFFIX.get(_ending(path))
    if kind is None:
        raise InputError(
            Fault(
                f"{label!r} has an unknown format",
                where=where,
                allowed=", ".join(_KIND_OF_SUFFIX),
                remedy=_SAVE_AS.get(path.suffix.lower(), "save it as one of these"),
            )
        )
    _require_readable(path, label, where)
    return Source(label, kind, options, path=path)


def _is_file(path: Path) -> bool:
    """Say whether a file is there; from Python 3.14 on pathlib says so of none that may not be reached.

    Raises
    ------
    PermissionError
        When a folder on its way may not be entered.
    """
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except PermissionError:
        raise
    except (OSError, ValueError):  # a name that no system takes
        return False


def _require_readable(path: Path, label: str, where: str) -> None:
    if not os.access(path, os.R_OK):
        raise InputError(Fault(f"{label!r} may not be read", where=where, remedy="change its permissions"))


def _package_file(named: str, where: str) -> Path:
    package, _, inside = named.removeprefix("package:").partition("/")
    if not re.fullmatch(r"[\w.-]+", package) or is_like_an_address(inside):
        # What is no such name may be the address of a database with its password: nothing of it is shown.
        remedy = f"name an installed package and a file in it; write a database as {FORM}"
        raise InputError(Fault("behind 'package:' stands no name of a package", where, _SOURCES, remedy))
    # Finding the package does not run it.
    found = importlib.util.find_spec(package) if package.isidentifier() else None
    folders = list(found.submodule_search_locations or []) if found else []
    if not folders:
        install = package.replace("_", "-")
        remedy = f"install it: pip install {install}"
        raise InputError(Fault(f"the data package {package!r} is not installed", where=where, remedy=remedy))
    path = Path(folders[0]) / inside
    if not path.is_file():
        beside = sorted(entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else []
        close = nearest(path.name, beside)
        raise InputError(
            Fault(
                f"the package {package!r} has no file {inside!r}",
                where=where,
                allowed=", ".join(name for name in beside if not name.startswith("_")),
                remedy=f"did you mean {close!r}?" if close else f"reinstall {package.replace('_', '-')}",
            )
        )
    return path


def _database(options: Reading, folder: Path, where: str) -> Source:
    if options.source.partition("://")[0].lower() in _ADDRESSES:
        remedy = "download the file, put it beside study.yml and name it there"
        raise InputError(Fault("nothing is fetched from the network while a study is read", where, "", remedy))
    if options.table is None and options.query is None:
        remedy = "add table: <name of the table>, or query: SELECT ..."
        raise InputError(Fault("a database source needs 'table'", where=where, remedy=remedy))
    address = read_address(options.source, where)
    label = f"{address.label} table {options.table}"
    if options.query is not None:
        label = f"{address.label} query {shown_query(options.query)}"
        faults = query_faults(options.query, address.kind, where)
        if faults:
            raise InputError(faults)
    known = sorted({"postgresql", *(entry.name for entry in entry_points(group="ibis.backends"))})
    if address.kind not in known:
        raise InputError(unknown_name(address.kind, known, kind="kind of database", where=where))
    if address.kind not in FILES:
        return Source(label, "database", options, url=address.url, secrets=address.secrets)
    path = folder / address.file
    if not _is_file(path):
        # What holds an "@", behind a "?" too, may be meant as user and password.
        named = "" if "@" in options.source else f" {address.file!r}"
        allowed = f"{address.kind}:///file beside study.yml, or {address.kind}:////full/path"
        remedy = f"put the file into the folder {folder.name!r}"
        raise InputError(Fault(f"there is no database file{named}", where, allowed, remedy))
    _require_readable(path, label, where)
    return Source(label, "sqlite" if address.kind == "sqlite" else "database", options, path=path, url=address.url)


def _on_engine(options: Reading, where: str) -> Source:
    """Return a table that the engine of the study has already, such as one of Spark's catalogue."""
    if options.table is None:
        remedy = "add table: <name of the table, schema.table too>; a query needs the address of its database"
        raise InputError(Fault("a source on the engine needs 'table'", where=where, remedy=remedy))
    return Source(f"engine table {options.table}", "database", options, url=ON_ENGINE)


def _no_address(where: str) -> Fault:
    what = "this is no file, and no address of a database either"
    remedy = f"write a database as {FORM}, the password best as ${{NAME}} from the environment"
    return Fault(what, where, _SOURCES, remedy)


def names_of_tables(source: Source) -> list[str]:
    """Return the tables of a database, `schema.table` where a schema is not the usual one.

    Raises
    ------
    InputError
        When the database cannot be opened.
    """
    if source.kind == "sqlite" and source.path is not None:
        return sqlite_names(source.path, source.label)
    connection = connect(source)
    try:
        return _table_names(connection)
    finally:
        connection.disconnect()


def _table_names(connection: Any) -> list[str]:
    if connection.name == "duckdb":
        # Ibis 12 lists tables by a method that DuckDB 2 no longer has.
        found = connection.raw_sql(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database()"
        )
        return sorted(name if schema == "main" else f"{schema}.{name}" for schema, name in found.fetchall())
    return sorted(connection.list_tables())


def driver_errors(backend: str) -> tuple[type[Exception], ...]:
    """Return the base error of a driver, called `Error` by convention (PEP 249); none where it is not installed."""
    driver = _DRIVERS.get(backend.replace("postgresql", "postgres"))
    if driver is None or importlib.util.find_spec(driver.partition(".")[0]) is None:
        return ()
    return (importlib.import_module(driver).Error,)


def unreadable_parquet(source: Source) -> Fault:
    """Say whether a file is no Parquet file at all, or one that is damaged."""
    mark = b""
    if source.path is not None and os.access(source.path, os.R_OK):
        with source.path.open("rb") as file:
            mark = file.read(len(_PARQUET_MARK))
    if mark == _PARQUET_MARK:
        return Fault("is a damaged Parquet file", where=source.label, remedy="copy or download it again")
    remedy = "save it as Parquet, or give it the ending of what it is: .csv, .xlsx"
    return Fault("is no Parquet file, whatever its name says", where=source.label, remedy=remedy)


def _unopened_database(source: _Database, error: Exception) -> Fault:
    """Say what keeps a database shut; only a server's own answer can tell, so it is passed on."""
    if source.path is None:
        remedy = "check address, name, user and password, and that the server can be reached from here"
        said = without_secrets(hint(error), source.secrets)
        its_words = f"it says: {said}" if said else "what it says holds parts of the password and is not shown"
        return Fault(f"the database cannot be opened; {its_words}", where=source.label, remedy=remedy)
    if "lock" in str(error).casefold():
        what = "another program has the database open and keeps others out"
        return Fault(what, where=source.label, remedy="close that program, or copy the file")
    remedy = "copy it again, or write it with the version of DuckDB that is installed here"
    return Fault("is no DuckDB database that can be read", where=source.label, remedy=remedy)


def hint(error: Exception) -> str:
    """Return the first line of a library's message, without file paths of this machine."""
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    return re.sub(r"[\"']?(?:file:(?://)?)?(?:/[^\s\"'/:]+)+/([^\s\"'/:]+)[\"']?", r"\1", first)
