"""Hold text in the engine without holding it whole in this process: delimited files, workbooks and SQLite files.

A delimited file is read by DuckDB itself where it can, else by the reader of text. The others are read block by block.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from helpers.core.errors import Fault, InputError
from helpers.study.engine_csv import EngineCsv, csv_into
from helpers.study.grammar import Reading
from helpers.study.raw_table import RawTable
from helpers.study.sources import READ_IN_BLOCKS, Source, require_one_form, size_and_time
from helpers.study.text_tables import ROW, ROWS_OF_A_FILE, read_csv
from helpers.study.unread_text import UnreadText

_BLOCK = "block_of_rows"


def delimited(source: Source, engine: Any, held_as: str) -> RawTable:
    """Return a source of delimited files as it is; several files are one table, rows counted on from file to file.

    Parameters
    ----------
    source : Source
        A source of the kind csv that has a header.
    engine : ibis DuckDB backend
        Where its text is held.
    held_as : str
        What it is called there.

    Raises
    ------
    InputError
        With all that cannot be read.
    """
    held: list[EngineCsv] = []
    waiting: list[_Waiting] = []
    faults: list[Fault] = []
    for name, path, label in zip(_names(source, held_as), source.files, source.file_labels, strict=True):
        seen = size_and_time(path)
        try:
            held.append(_held(engine, name, path, label, source.options, store=False))
        except InputError as error:
            faults += error.faults
        else:
            waiting += [] if held[-1].lines is None else [_Waiting(name, path, label, seen)]
    if faults:
        raise InputError(faults)
    tables = [one.table for one in held]
    require_one_form(source, [table.columns for table in tables])
    table = _together(engine, held_as, tables)
    text = frozenset(table.columns)
    absent = frozenset.intersection(*(one.absent for one in held))
    files = source.file_labels if source.more else ()
    unread = None
    if waiting:
        asked = frozenset({held_as, *_names(source, held_as)})
        rows = sum(one.table.count().to_pyarrow().as_py() if one.lines is None else one.lines for one in held)
        check, store = partial(_require_unchanged, waiting), partial(_store, engine, waiting, source.options)
        plain = [one.plain for one in held if one.plain is not None]
        unread = UnreadText(engine, asked, rows, check, store, plain if len(plain) == len(held) else ())
    return RawTable(table, text, source.label, written_numbers=text, files=files, absent=absent, unread=unread)


def _names(source: Source, held_as: str) -> list[str]:
    return [f"{held_as}_file_{number}" for number in range(len(source.files))]


@dataclass(frozen=True)
class _Waiting:
    """A file that the engine has looked at and not stored."""

    name: str
    path: Path
    label: str
    seen: tuple[int, int]
    """Its size and time of writing before that."""


def _require_unchanged(waiting: Sequence[_Waiting]) -> None:
    """Refuse files that are not as they were when they were looked at."""
    what, remedy = "was changed while it was read", "run again once nothing writes it any more"
    faults = [Fault(what, where=one.label, remedy=remedy) for one in waiting if size_and_time(one.path) != one.seen]
    if faults:
        raise InputError(faults)


def _store(engine: Any, waiting: Sequence[_Waiting], options: Reading) -> None:
    """Store the files that wait; those beside them are stored already."""
    for one in waiting:
        _held(engine, one.name, one.path, one.label, options, store=True)
    _require_unchanged(waiting)


def cells_as_text(source: Source, engine: Any, held_as: str) -> RawTable:
    """Return the typed cells of workbooks or of an SQLite file as text; several files are one table.

    Parameters
    ----------
    source : Source
        A source of a kind that is read block by block, see `READ_IN_BLOCKS`.
    engine, held_as
        As for `delimited`.

    Raises
    ------
    InputError
        With all that cannot be read.
    """
    written: set[str] = set()
    tables: list[Any] = []
    faults: list[Fault] = []
    for name, path, label in zip(_names(source, held_as), source.files, source.file_labels, strict=True):
        try:
            tables.append(_in_blocks(engine, name, READ_IN_BLOCKS[source.kind](path, label, source.options, written)))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    require_one_form(source, [table.columns for table in tables])
    table = _together(engine, held_as, tables)
    text, files = frozenset(table.columns), source.file_labels if source.more else ()
    return RawTable(table, text, source.label, written_numbers=frozenset(written), cells=text, files=files)


def _together(engine: Any, held_as: str, tables: Sequence[Any]) -> Any:
    """Return the tables of several files as one, rows counted on from file to file."""
    if len(tables) == 1:
        return tables[0]
    names = tables[0].columns
    numbered = [
        table.mutate(**{ROW: table[ROW] + number * ROWS_OF_A_FILE}).select(names) for number, table in enumerate(tables)
    ]
    return engine.create_view(held_as, ibis.union(*numbered), overwrite=True)


def _in_blocks(engine: Any, name: str, blocks: Iterator[pa.RecordBatch]) -> Any:
    """Return blocks of one form as a table of the engine, each given up once it is there."""
    begun = False
    for block in blocks:
        engine.con.register(_BLOCK, pa.Table.from_batches([block]))
        into = f'INSERT INTO "{name}"' if begun else f'CREATE OR REPLACE TABLE "{name}" AS'
        engine.raw_sql(f"{into} SELECT * FROM {_BLOCK}")  # noqa: S608  our own names
        engine.con.unregister(_BLOCK)
        begun = True
    return engine.table(name)


def _held(engine: Any, name: str, path: Path, label: str, options: Reading, *, store: bool) -> EngineCsv:
    """Return one file as a table of the engine."""
    found = csv_into(engine, name, path, label, options, store=store)
    if found is None:
        engine.raw_sql(f'DROP VIEW IF EXISTS "{name}"')
        found = EngineCsv(engine.create_table(name, ibis.memtable(read_csv(path, label, options))), frozenset())
    return found
