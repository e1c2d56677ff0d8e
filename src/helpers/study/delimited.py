"""Hold the delimited files of a source in the engine: read by itself where it can, else by the reader of text."""

from pathlib import Path
from typing import Any

import ibis

from helpers.core.errors import Fault, InputError
from helpers.study.engine_csv import EngineCsv, csv_into
from helpers.study.grammar import Reading
from helpers.study.raw_table import RawTable
from helpers.study.sources import Source, require_one_form
from helpers.study.text_tables import ROW, ROWS_OF_A_FILE, read_csv


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
    faults: list[Fault] = []
    for number, (path, label) in enumerate(zip(source.files, source.file_labels, strict=True)):
        try:
            held.append(_held(engine, f"{held_as}_file_{number}", path, label, source.options))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    tables = [one.table for one in held]
    require_one_form(source, [table.columns for table in tables])
    names = tables[0].columns
    numbered = [
        table.mutate(**{ROW: table[ROW] + number * ROWS_OF_A_FILE}).select(names) for number, table in enumerate(tables)
    ]
    table = tables[0] if len(tables) == 1 else engine.create_view(held_as, ibis.union(*numbered), overwrite=True)
    text = frozenset(names)
    absent = frozenset.intersection(*(one.absent for one in held))
    files = source.file_labels if source.more else ()
    return RawTable(table, text, source.label, written_numbers=text, files=files, absent=absent)


def _held(engine: Any, name: str, path: Path, label: str, options: Reading) -> EngineCsv:
    """Return one file as a table of the engine."""
    found = csv_into(engine, name, path, label, options)
    if found is None:
        found = EngineCsv(engine.create_table(name, ibis.memtable(read_csv(path, label, options))), frozenset())
    return found
