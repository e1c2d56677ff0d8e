"""Read one sheet of a workbook that is no .xlsx as text: Excel's older .xls, its binary .xlsb, and .ods.

The number format of a cell is not known here: an identifier that only its format shows with leading zeros comes without
them, which a .xlsx would keep.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import pyarrow as pa

from helpers.core.damaged_workbooks import require_modest
from helpers.core.errors import Fault, InputError, unknown_name
from helpers.study.cell_blocks import cell_blocks
from helpers.study.grammar import Reading
from helpers.study.headers import LOOKED_AT, clean_name
from helpers.study.text_tables import require_header, require_header_first, value_text

_PACKED = b"PK"
_ENCRYPTED_PARTS = (b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0",)
_UNLOCK = "open it in the program that wrote it, save it without a password, or as .xlsx"
_LOOKED_AT_BYTES = 1 << 20
_GIVES_UP = "pyo3_runtime"
"""Where the error belongs that Rust's libraries raise when they give up."""


def other_workbook_blocks(path: Path, label: str, options: Reading, written: set[str]) -> Iterator[pa.RecordBatch]:
    """Yield one sheet of a .xls, .xlsb or .ods workbook as text columns plus its row numbers, so many rows at a time.

    Dates become ISO text; whole numbers lose the `.0` of a cell.
    Columns with texts such as 1.234 are added to `written`.

    Raises
    ------
    InputError
        When the file is no workbook, damaged or locked by a password, the sheet is unknown, cannot be read or is not
        named though several are filled, or its header is doubled or blank or not the first row.
    """
    book = open_other_workbook(path, label)
    try:
        names = list(book.sheet_names)
        if not names:
            raise InputError(Fault("has no sheet with cells", label, "", "name a workbook that holds a table"))
        if options.sheet is not None and options.sheet not in names:
            raise InputError(unknown_name(options.sheet, names, kind="sheet", where=label))
        sheet = _sheet(book, options.sheet, label) if options.sheet is not None else _only_sheet(book, names, label)
    finally:
        book.close()
    header, below = _header_and_rows(sheet, label, options)
    yield from cell_blocks(header, below, label, written, blank_rows=False)


def open_other_workbook(path: Path, label: str) -> Any:
    """Open a workbook that is no .xlsx; who asks closes it.

    Raises
    ------
    InputError
        When it is none, damaged, locked by a password, or unpacks to too much.
    """
    try:
        import python_calamine
    except ImportError as error:
        remedy = "install it: pip install python-calamine; or save the workbook as .xlsx"
        raise InputError(Fault(f"the reader of {path.suffix} files is missing", label, "", remedy)) from error
    if is_zipfile(path):
        require_modest(path, label)
    locked = Fault("is locked by a password", label, "", _UNLOCK)
    remedy = "open it in Excel or LibreOffice, save it again, best as .xlsx, or copy or download it anew"
    damaged = Fault(f"is no {path.suffix} workbook, or a damaged one", label, "", remedy)
    try:
        with _as_one_message(damaged):
            return python_calamine.CalamineWorkbook.from_path(str(path))
    except InputError as error:
        if isinstance(error.__cause__, python_calamine.PasswordError) or _is_locked(path):
            raise InputError(locked) from error.__cause__
        raise


def _is_locked(path: Path) -> bool:
    """Say whether a workbook is one that a password encrypts: it is then no archive, but holds one."""
    with path.open("rb") as file:
        begins = file.read(_LOOKED_AT_BYTES)
    return not begins.startswith(_PACKED) and any(part in begins for part in _ENCRYPTED_PARTS)


def _sheet(book: Any, name: str, label: str) -> Any:
    """Return a sheet; its cells are Python's own values only when a row is asked for."""
    with _as_one_message(_unreadable(name, label)):
        return book.get_sheet_by_name(name)


def _unreadable(name: str, label: str) -> Fault:
    remedy = "name another sheet, or save the workbook as .xlsx"
    return Fault(f"the sheet {name!r} cannot be read", label, "", remedy)


def _rows(sheet: Any, label: str) -> Iterator[list[Any]]:
    """Yield the cells of a sheet row by row, from its first row and first column.

    The reader begins at the first row, but at the first column that holds a cell.
    """
    left = [""] * (sheet.start[1] if sheet.start else 0)
    with _as_one_message(_unreadable(sheet.name, label)):
        for row in sheet.iter_rows():
            yield left + row


@contextmanager
def _as_one_message(fault: Fault) -> Iterator[None]:
    """Turn what the reader says of cells it cannot read into a fault: also where it gives up, which is no Exception."""
    import python_calamine

    try:
        yield
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise InputError(fault) from error
    except BaseException as error:
        if type(error).__module__ != _GIVES_UP:
            raise
        raise InputError(fault) from error


def _only_sheet(book: Any, names: Sequence[str], label: str) -> Any:
    """Return the one sheet of a workbook that holds anything; which of several is meant is not for us to guess."""
    first: Any = None
    filled = []
    for name in names:  # each is given up again but the one that is meant
        sheet = _sheet(book, name, label)
        if any(cell != "" for row in _rows(sheet, label) for cell in row):
            filled.append(name)
            first = sheet if len(filled) == 1 else None
    if len(filled) > 1:
        what = f"has {len(filled)} sheets, and the study does not say which"
        raise InputError(Fault(what, where=label, allowed=", ".join(filled), remedy=f'add sheet: "{filled[0]}"'))
    return first if filled else _sheet(book, names[0], label)


def _header_and_rows(sheet: Any, label: str, options: Reading) -> tuple[list[str], Iterator[tuple[int, list[Any]]]]:
    """Return the names of the columns, and the rows below with their numbers."""
    rows = enumerate(_rows(sheet, label), start=1)
    cells = ((number, [_plain(cell) for cell in row]) for number, row in rows)
    position = options.header_row or 1
    first = list(islice(cells, position + LOOKED_AT))
    if len(first) < position and options.header_row is not None:
        raise InputError(Fault(f"has no row {position}: header_row is too large", label, "", "set header_row lower"))
    if options.header_row is None:
        require_header_first([[value_text(cell) for cell in row] for _, row in first], label)
    names = first[position - 1][1] if first else []
    header = [clean_name(value_text(cell) or "") for cell in names]
    while header and not header[-1]:
        header.pop()
    require_header(header, label)
    return header, chain(first[position:], cells)


def _plain(cell: Any) -> Any:
    """Return a cell as the other workbooks give it: a day is a moment at midnight, as in .xlsx."""
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime.combine(cell, time())
    return str(cell) if isinstance(cell, timedelta | time) else cell
