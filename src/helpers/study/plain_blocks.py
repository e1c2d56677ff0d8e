"""Read delimited files block by block into typed columns, where every value is written in the plainest way.

The reader of Arrow parses such values in half the time that DuckDB takes, and DuckDB asks its columns as it does its
own. Each block is proved as it comes: what the full way might read otherwise ends the reading, and nothing is kept.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BufferedIOBase
from math import isnan
from pathlib import Path
from typing import IO, Any, Literal, cast

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from helpers.study.number_text import TOO_LARGE
from helpers.study.packed_text import open_bytes
from helpers.study.text_tables import ROW, ROWS_OF_A_FILE
from helpers.study.time_text import PLAIN_LENGTHS, YEARS

Form = Literal["text", "id", "number", "bare number", "time"]
"""What values are: a bare number has no decimal point, a time is written in ISO's way without offset."""
_SLICE_BYTES, _BLOCK_BYTES = 1 << 24, 1 << 20
HELD_BYTES_AT_MOST = 1 << 30
"""What is larger goes to DuckDB, which puts on the disk what memory does not hold."""
_FIRST_SEEN = "!"
"""All that is blank comes before this mark."""
_MOMENT = pa.timestamp("us")
_EARLIEST, _TOO_LATE = (pa.scalar(datetime(year, 1, 1), _MOMENT).value for year in (YEARS[0], YEARS[1] + 1))


@dataclass(frozen=True)
class PlainFile:
    """A delimited file in UTF-8 without quotation marks, whose lines are its rows; it may be packed.

    Parameters
    ----------
    path : Path
        The file.
    names : tuple of str
        Its columns.
    delimiter : str
        What separates values.
    lines_before : int
        Lines above the rows, the header's included.
    first_row : int
        Number of the first row below it.
    """

    path: Path
    names: tuple[str, ...]
    delimiter: str
    lines_before: int
    first_row: int


@dataclass(frozen=True)
class PlainColumn:
    """A column that is wanted.

    Parameters
    ----------
    source : str
        Its name in the files.
    form : Form
        What its values are.
    is_needed : bool
        Whether no row may lack it.
    """

    source: str
    form: Form
    is_needed: bool


class InDoubtError(ValueError):
    """A value may have another reading than the plain one."""


def first_rows(files: Sequence[PlainFile], at_most: int, names: Iterable[str]) -> pa.Table:
    """Return the first rows of several files as text, with their numbers.

    Parameters
    ----------
    files : sequence of PlainFile
        Of one form, but for the order of their columns.
    at_most : int
        How many rows.
    names : iterable of str
        Which of their columns.

    Raises
    ------
    pyarrow.ArrowInvalid
        When they are uneven.
    """
    kinds, left = dict.fromkeys(names, pa.string()), at_most
    tables: list[pa.Table] = []
    for number, file in enumerate(files):
        row = number * ROWS_OF_A_FILE + file.first_row
        with open_bytes(file.path) as opened:
            _pass_over(opened, file.lines_before)
            while left and (lines := opened.readlines(_BLOCK_BYTES)):  # a line may be long
                table = _parsed(pa.py_buffer(b"".join(lines[:left])), file, kinds)
                rows = pa.array(range(row, row + table.num_rows), pa.int64())
                tables.append(table.append_column(ROW, rows))
                left, row = max(left - len(lines), 0), row + table.num_rows
    return pa.concat_tables(tables)


def _pass_over(opened: IO[bytes], lines: int) -> None:
    for _ in range(lines):
        opened.readline()


@dataclass(frozen=True)
class HeldColumns:
    """Typed columns as an engine has them.

    Parameters
    ----------
    table : ibis table
        The columns.
    rows : int
        How many rows there are.
    given : mapping of str to int
        How many values each column holds.
    longest_bytes : mapping of str to int
        How many bytes the longest value of an identifier takes.
    """

    table: Any
    rows: int
    given: Mapping[str, int]
    longest_bytes: Mapping[str, int]


def held_plainly(engine: Any, name: str, files: Sequence[PlainFile], columns: Mapping[str, PlainColumn]) -> HeldColumns:
    """Return typed columns of files under a name of the engine, where nothing proves to be in doubt.

    Parameters
    ----------
    engine : ibis DuckDB backend
        It reads them where they are; where they are many, it stores them.
    name : str
        What they are called there.
    files : sequence of PlainFile
        Their rows follow one another.
    columns : mapping of str to PlainColumn
        What is wanted, by its new name.

    Raises
    ------
    InDoubtError, pyarrow.ArrowInvalid
        When a value may have another reading than the plain one, a needed one lacks, or rows are uneven.
    """
    held: list[pa.Table] = []
    longest = {name: 0 for name, one in columns.items() if one.form == "id"}
    rows, given, size, is_stored = 0, Counter[str](), 0, False
    for block in (block for file in files for block in _blocks(file, columns)):
        rows += block.num_rows
        given.update({name: block.num_rows - block[name].null_count for name in columns})
        longest |= {name: max(most, _longest_bytes(block[name])) for name, most in longest.items()}
        held.append(block)
        size += block.nbytes
        if size > HELD_BYTES_AT_MOST:
            _store(engine, name, held, begun=is_stored)
            is_stored, size = True, HELD_BYTES_AT_MOST  # from here on block by block
    if not is_stored:
        engine.con.register(name, pa.concat_tables(held))
    return HeldColumns(engine.table(name), rows, dict(given), longest)


def _longest_bytes(texts: pa.ChunkedArray) -> int:
    longest: int | None = pc.max(pc.binary_length(texts)).as_py()
    return longest or 0


def _store(engine: Any, name: str, blocks: list[pa.Table], *, begun: bool) -> None:
    """Move blocks into a table of the engine, each given up once it is there."""
    block = f"{name}_block"
    while blocks:
        into = f'INSERT INTO "{name}"' if begun else f'CREATE TABLE "{name}" AS'
        engine.con.register(block, blocks.pop(0))
        engine.raw_sql(f'{into} SELECT * FROM "{block}"')  # noqa: S608  our own names
        engine.con.unregister(block)
        begun = True


def _blocks(file: PlainFile, columns: Mapping[str, PlainColumn]) -> Iterator[pa.Table]:
    """Yield the columns that are wanted, proved, some rows at a time."""
    forms: dict[str, set[Form]] = {}
    for one in columns.values():
        forms.setdefault(one.source, set()).add(one.form)
    kinds = {source: pa.float64() if found == {"number"} else pa.string() for source, found in forms.items()}
    for lines in _slices(file):
        read = _parsed(lines, file, kinds)
        made = {name: _made(read[one.source], one) for name, one in columns.items()}
        yield pa.table(made)


def _slices(file: PlainFile) -> Iterator[pa.Buffer]:
    """Yield whole lines, so many bytes at a time; the next ones take their place in memory."""
    whole = bytearray(_SLICE_BYTES)
    room, held = memoryview(whole), 0
    with open_bytes(file.path) as opened:
        _pass_over(opened, file.lines_before)
        while count := cast(BufferedIOBase, opened).readinto(room[held:]):
            held += count
            end = whole.rfind(b"\n", 0, held) + 1
            if end:
                yield pa.py_buffer(room[:end])
                room[: held - end] = bytes(room[end:held])
                held -= end
    if held:
        yield pa.py_buffer(room[:held])


def _parsed(lines: pa.Buffer, file: PlainFile, kinds: Mapping[str, pa.DataType]) -> pa.Table:
    """Return columns of some lines; a line that fills all the room is longer than Arrow takes."""
    return arrow_csv.read_csv(
        pa.BufferReader(lines),
        read_options=arrow_csv.ReadOptions(column_names=file.names, block_size=_BLOCK_BYTES),
        parse_options=arrow_csv.ParseOptions(delimiter=file.delimiter, quote_char=False),
        convert_options=arrow_csv.ConvertOptions(
            column_types=kinds,
            include_columns=list(kinds),
            strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,  # what is unread has been looked at byte by byte
        ),
        memory_pool=_pool(),
    )


@cache
def _pool() -> pa.MemoryPool:
    """Return where Arrow takes memory: its usual pool gives that of each block back and has it cleared for the next."""
    return pa.jemalloc_memory_pool() if "jemalloc" in pa.supported_memory_backends() else pa.default_memory_pool()


def _made(read: pa.ChunkedArray, column: PlainColumn) -> pa.ChunkedArray:
    """Return the values of a column, each proved to be what the full way makes of it."""
    if column.is_needed and read.null_count:
        raise InDoubtError(f"{column.source} lacks")
    if column.form == "id" and column.is_needed and pc.any(pc.less(read, _FIRST_SEEN)).as_py():
        raise InDoubtError(f"{column.source} may be blank")
    if column.form in ("text", "id"):
        return read
    if column.form == "time":
        return _times(read)
    if column.form == "bare number" and pc.any(pc.match_substring(read, ".")).as_py():
        raise InDoubtError(f"{column.source} holds a point")
    return _numbers(read)


def _numbers(read: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers; Arrow reads what the full way reads, and beside it only what is none or too large."""
    values = read
    if pa.types.is_string(read.type):
        try:
            values = pc.cast(read, pa.float64(), memory_pool=_pool())
        except pa.ArrowInvalid:
            values = pc.cast(pc.ascii_trim(read, " \t"), pa.float64())
    ends: dict[str, float | None] = pc.min_max(values).as_py()
    total: float = pc.sum(values).as_py() or 0.0  # the ends say nothing of what is no number
    if isnan(total) or (ends["min"] is not None and max(-ends["min"], ends["max"] or 0.0) >= TOO_LARGE):
        raise InDoubtError("a number is none, or too large")
    return values


def _times(read: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return times; those with all their digits, and none behind them, have one reading."""
    lengths: dict[str, int | None] = pc.min_max(pc.binary_length(read)).as_py()
    if lengths["min"] != lengths["max"] or lengths["max"] not in {None, *PLAIN_LENGTHS}:
        raise InDoubtError("times are not all of one form")
    values = pc.cast(read, _MOMENT, memory_pool=_pool())
    ends: dict[str, int | None] = pc.min_max(values.cast(pa.int64())).as_py()
    if ends["min"] is not None and not _EARLIEST <= ends["min"] <= (ends["max"] or 0) < _TOO_LATE:
        raise InDoubtError("a year is none of the calendar")
    return values
