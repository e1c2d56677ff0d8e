"""Read a text file of which every line is one basket, its values the items: `tea,milk,sugar`.

Such a file has no header and no columns, as lines are of different lengths. What comes out is a table of rows as any
other: one per item of a basket, with the number of its line.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TextIO

import pyarrow as pa

from helpers.core.errors import Fault, InputError
from helpers.study.grammar import Reading
from helpers.study.headers import LOOKED_AT, mark_of_separator_line
from helpers.study.text_tables import records, require_closed, require_text, text_table, unreadable_csv

COLUMNS = ("order_id", "product_id")
"""Columns that baskets are read as: the number of the line, and an item on it."""
_MARKS = (",", ";", "\t", "|")
_NUMBERS = re.compile(r"\d+(?: \d+)+ *")  # items as numbers, with a blank between, as test data of mining have them
_LEAST_LINES = 3  # of which it means something that all begin with a count


def read_baskets(path: Path, label: str, options: Reading) -> pa.Table:
    """Return a file of one basket per line as text columns `order_id` and `product_id` plus its row numbers.

    Parameters
    ----------
    path : Path
        The file.
    label : str
        How messages call it.
    options : Reading
        Delimiter, encoding, and `header_row`: the row below which the baskets begin, where there is one.

    Returns
    -------
    Table
        One row per item, in the order of the file; what stands twice on a line has two rows. Empty values and empty
        lines are none. The order is called by the number of its line in the file.

    Raises
    ------
    InputError
        When the file holds no item, its values are separated by another mark, a quotation is never closed, the
        encoding is wrong, or every line begins with the number of its items.
    """
    require_text(path, label, options.encoding)
    usual = options.delimiter or ("\t" if path.suffix.lower() == ".tsv" else ",")
    try:
        with _open(path, options.encoding) as file:
            delimiter, first = _opening(file, label, options, usual)
            file.seek(0)
            table = text_table(COLUMNS, _items(file, delimiter, first), label)
    except LookupError as error:
        remedy = "name one that Python knows: utf-8, cp1252, latin-1, gb18030"
        raise InputError(Fault(f"unknown encoding {options.encoding!r}", where=label, remedy=remedy)) from error
    except (UnicodeError, OSError, csv.Error) as error:
        raise InputError(unreadable_csv(path, label, usual, options.encoding, error)) from error
    require_closed(path, label, delimiter, options.encoding)
    if not table.num_rows:
        allowed = "one basket per line, its items separated"
        raise InputError(Fault("holds no item of a basket", label, allowed, "export it again"))
    return table


def _opening(file: TextIO, label: str, options: Reading, usual: str) -> tuple[str, int]:
    """Return what separates items, and the number of the first row that is a basket.

    Raises
    ------
    InputError
        When the first rows show that another mark separates items, or that all begin with a count.
    """
    said = mark_of_separator_line(file.readline())
    if said and options.delimiter not in (None, said):
        what = f"its first line says that values are separated by {said!r}, the study says {options.delimiter!r}"
        raise InputError(Fault(what, where=label, remedy=f'set delimiter: "{_shown(said)}"'))
    file.seek(0)
    first = (options.header_row or (1 if said else 0)) + 1
    rows = [row for _, row in islice(records(file, said or usual), first - 1, first - 1 + LOOKED_AT) if any(row)]
    if options.delimiter is None and not said:
        _require_mark([usual.join(row) for row in rows], usual, label)
    if len(rows) >= _LEAST_LINES and all(row[0].strip() == str(sum(map(bool, row[1:]))) for row in rows):
        what = "every line begins with the number of its items, which would be an item itself"
        raise InputError(Fault(what, label, "items alone", "take the first value out of every line"))
    return said or usual, first


def _require_mark(texts: Sequence[str], usual: str, label: str) -> None:
    """Refuse lines of which most hold another mark than the usual one, and more of them than hold that."""
    held = {mark: sum(mark in text for text in texts) for mark in _MARKS}
    held[" "] = sum(_NUMBERS.fullmatch(text) is not None for text in texts)
    found = max(held, key=lambda mark: held[mark])  # the first of those held alike
    if found != usual and held[found] * 2 > len(texts) and held[found] > 2 * held[usual]:
        remedy = f'add delimiter: "{_shown(found)}"'
        raise InputError(Fault(f"its items are separated by {found!r}, not by {usual!r}", label, "", remedy))


def _items(file: TextIO, delimiter: str, first: int) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield the number of the line and, as text, the basket's number and one item, item by item."""
    for before, row in islice(records(file, delimiter), first - 1, None):
        number = str(before + 1)
        yield from ((before + 1, (number, item)) for item in row if item.strip())


def _open(path: Path, encoding: str) -> TextIO:
    return path.open(encoding="utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding, newline="")


def _shown(mark: str) -> str:
    return json.dumps(mark)[1:-1]
