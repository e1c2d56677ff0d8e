"""Read tables of SQLite files as text, see `text_tables`."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from helpers.core.errors import Fault, InputError, unknown_name
from helpers.study.cell_blocks import cell_blocks
from helpers.study.grammar import Reading
from helpers.study.headers import clean_name
from helpers.study.sql_text import sql_name
from helpers.study.text_tables import require_header


def sqlite_blocks(path: Path, label: str, options: Reading, written: set[str]) -> Iterator[pa.RecordBatch]:
    """Yield one table of an SQLite file as text columns plus its row numbers, so many rows at a time.

    SQLite stores a type per value, not per column, and dates as text; hence the same way as for a CSV file.
    Columns with texts such as 1.234 are added to `written`.

    Raises
    ------
    InputError
        When the file is no SQLite database, or has no such table.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            rows = _answers(connection, label, options)
            header = [clean_name(column[0]) for column in rows.description]
            require_header(header, label)
            yield from cell_blocks(header, enumerate(rows, start=2), label, written, blank_rows=True)
    except sqlite3.Error as error:
        remedy = "copy it again, or close the program that is writing it"
        raise InputError(Fault("is no SQLite database that can be read", where=label, remedy=remedy)) from error


def sqlite_names(path: Path, label: str) -> list[str]:
    """Return the tables and views of an SQLite file, sorted.

    Raises
    ------
    InputError
        When the file is no SQLite database.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            asked = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
            return sorted(name for (name,) in connection.execute(asked))
    except sqlite3.Error as error:
        remedy = "copy it again, or close the program that is writing it"
        raise InputError(Fault("is no SQLite database that can be read", where=label, remedy=remedy)) from error


def _answers(connection: sqlite3.Connection, label: str, options: Reading) -> sqlite3.Cursor:
    """Return the rows of the table that is named, or those that answer the query."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
    names = [name for (name,) in found]
    if options.query is not None:
        try:
            return connection.execute(options.query)
        except sqlite3.OperationalError as error:
            allowed = f"a SELECT over {', '.join(names)}"
            raise InputError(Fault(f"the query is refused: {error}", label, allowed, "correct the query")) from error
    if options.table not in names:
        raise InputError(unknown_name(str(options.table), names, kind="table", where=label))
    return connection.execute(f"SELECT * FROM {sql_name(options.table)}")  # noqa: S608  name is one that exists
