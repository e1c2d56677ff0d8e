"""Turn rows of typed cells, as workbooks and SQLite files give them, into blocks of text columns.

Python's own values are given up after so many rows: a sheet of a million rows takes no more of them than one of a
thousand. So many cells of one column are mostly of one type, and are then turned into text together.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, islice, zip_longest

import pyarrow as pa

from helpers.study.text_tables import ROW, require_modest_letters, value_text

BLOCK_ROWS = 20_000
"""Rows of a block that is handed on."""
_ROWS_AT_ONCE, _LETTERS_AT_ONCE = 1000, 100_000_000
_GROUPED = re.compile(r"\s*[+-]?[1-9]\d{0,2}[.,]\d{3}\s*")


class AsShown(str):
    """A number as its cell shows it, with leading zeros: nobody wrote it as text."""

    __slots__ = ()


def cell_blocks(
    header: Sequence[str],
    rows: Iterable[tuple[int, Sequence[object]]],
    label: str,
    written: set[str],
    *,
    blank_rows: bool,
) -> Iterator[pa.RecordBatch]:
    """Yield rows of cells as text with their numbers, so many at a time; of no rows, one block without any.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : iterable of (int, sequence of object)
        Each row with its number. Cells beyond the header are left out, those that are lacking are empty.
    label : str
        How messages call the source.
    written : set of str
        Where the names of columns are added in which a text such as 1.234 stands.
    blank_rows : bool
        Whether rows without any value are kept.

    Raises
    ------
    InputError
        When the text is too large.
    """
    schema = pa.schema([*((name, pa.string()) for name in header), (ROW, pa.int64())])
    source, waiting = iter(rows), list[pa.RecordBatch]()
    letters = before = 0
    yielded = False
    while some := list(islice(source, _ROWS_AT_ONCE)):
        numbers, columns = _text_columns(header, some, written, blank_rows=blank_rows)
        letters += _letters(columns)
        require_modest_letters(letters, label)
        waiting += _batches(schema, numbers, columns)
        if sum(map(len, waiting)) >= BLOCK_ROWS or letters - before > _LETTERS_AT_ONCE:
            yield from _joined(waiting, schema)
            waiting, before, yielded = [], letters, True
    if waiting or not yielded:
        yield from _joined(waiting, schema)


def _joined(batches: Sequence[pa.RecordBatch], schema: pa.Schema) -> list[pa.RecordBatch]:
    whole: list[pa.RecordBatch] = pa.Table.from_batches(batches, schema).combine_chunks().to_batches()
    return whole or [pa.RecordBatch.from_pylist([], schema)]


def _text_columns(
    header: Sequence[str], rows: Sequence[tuple[int, Sequence[object]]], written: set[str], *, blank_rows: bool
) -> tuple[list[int], list[list[str | None]]]:
    """Return the numbers of rows, and their cells as texts, column by column."""
    numbers = [number for number, _ in rows]
    columns = []
    by_column = zip_longest(*(cells for _, cells in rows))
    for name in header:
        cells = next(by_column, (None,) * len(rows))
        if name not in written and any(map(_GROUPED.fullmatch, {cell for cell in cells if type(cell) is str})):
            written.add(name)
        columns.append(_texts(cells))
    if not blank_rows and not any(map(all, columns)):
        filled = list(map(any, zip(*columns, strict=True)))
        return list(compress(numbers, filled)), [list(compress(texts, filled)) for texts in columns]
    return numbers, columns


def _texts(cells: Sequence[object]) -> list[str | None]:
    """Return what `value_text` makes of every cell."""
    types = {type(cell) for cell in cells} - {type(None)}
    if types <= {str}:
        return [cell or None for cell in cells]  # type: ignore[misc]  # texts and nothing else, by their types
    if len(types) == 1 and types <= {int, float}:
        texts = {cell: value_text(cell) for cell in set(cells)}
        return [texts[cell] for cell in cells]
    return [value_text(cell) for cell in cells]


def _letters(columns: Iterable[Sequence[str | None]]) -> int:
    return sum(sum(map(len, filter(None, texts))) for texts in columns)


def _batches(schema: pa.Schema, numbers: list[int], columns: list[list[str | None]]) -> Iterator[pa.RecordBatch]:
    """Yield rows as one batch, or as several where their text is long: one text may stand in a million cells."""
    if len(numbers) > 1 and _letters(columns) > _LETTERS_AT_ONCE:
        middle = len(numbers) // 2
        yield from _batches(schema, numbers[:middle], [texts[:middle] for texts in columns])
        yield from _batches(schema, numbers[middle:], [texts[middle:] for texts in columns])
    elif numbers:
        arrays = [pa.array(texts, pa.string()) for texts in columns]
        yield pa.record_batch([*arrays, pa.array(numbers, pa.int64())], schema)
