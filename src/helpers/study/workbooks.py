"""Read one sheet of an Excel workbook as text."""

import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from helpers.core.damaged_workbooks import reads_workbook
from helpers.core.errors import Fault, InputError, counted, some_of, unknown_name
from helpers.study.grammar import Reading, TableSpec
from helpers.study.headers import LOOKED_AT, clean_name
from helpers.study.text_tables import (
    cell_texts,
    require_header,
    require_header_first,
    text_table,
    value_text,
    with_written_numbers,
)

_Cells = tuple[Any, ...]


@reads_workbook
def read_xlsx(path: Path, label: str, options: Reading) -> pa.Table:
    """Return one sheet of an Excel workbook as text columns plus its row numbers.

    Dates become ISO text; whole numbers lose the `.0` Excel may add; numbers shown with leading zeros keep them.

    Raises
    ------
    InputError
        When the file is no workbook, damaged or too large, the sheet is unknown or not named though several are
        filled, its header is doubled or blank or not the first row, or cells that are used hold formulas which
        nobody has calculated.
    """
    with _opened(path, calculated=True) as book:
        names = [sheet.title for sheet in book.worksheets]  # a sheet that is a chart has no cells
        if not names:
            raise InputError(Fault("has no sheet with cells", label, "", "name a workbook that holds a table"))
        if options.sheet is not None and options.sheet not in names:
            raise InputError(unknown_name(options.sheet, names, kind="sheet", where=label))
        sheet = book[options.sheet] if options.sheet is not None else _only_sheet(book, label)
        header, rows, title = *_header_and_rows(sheet, label, options), sheet.title
        width = len(header)
        written: set[str] = set()
        texts = ((number, _row_texts(row[:width], header, written)) for number, row in rows)
        filled = ((number, row + [None] * (width - len(row))) for number, row in texts if any(row))
        table = with_written_numbers(text_table(header, filled, label), written)
    if _holds_formulas(path):
        used = _used(options, header)
        blank = [name for name in header if name in used and table[name].null_count]
        _require_calculated(path, label, title, header, blank, options)
    return table


@contextmanager
def _opened(path: Path, *, calculated: bool) -> Iterator[Any]:
    import openpyxl

    # Opened here: of a file that it cannot read, openpyxl leaves the handle open.
    with path.open("rb") as file, closing(openpyxl.load_workbook(file, read_only=True, data_only=calculated)) as book:
        yield book


def _header_and_rows(sheet: Any, label: str, options: Reading) -> tuple[list[str], Iterator[tuple[int, _Cells]]]:
    """Return the names of the columns, and the rows below with their numbers."""
    cells = enumerate(sheet.iter_rows(), start=1)
    position = options.header_row or 1
    first = list(islice(cells, position + LOOKED_AT))
    if len(first) < position and options.header_row is not None:
        raise InputError(Fault(f"has no row {position}: header_row is too large", label, "", "set header_row lower"))
    if options.header_row is None:
        require_header_first([[_cell_text(cell) for cell in row] for _, row in first], label)
    names = first[position - 1][1] if first else ()
    header = [clean_name(_cell_text(cell) or "") for cell in names]
    while header and not header[-1]:
        header.pop()
    require_header(header, label)
    return header, chain(first[position:], cells)


def _only_sheet(book: Any, label: str) -> Any:
    """Return the one sheet of a workbook that holds anything; which of several is meant is not for us to guess."""
    filled = [
        sheet for sheet in book.worksheets if any(any(row) for row in sheet.iter_rows(values_only=True, max_row=9))
    ]
    if len(filled) > 1:
        names = [sheet.title for sheet in filled]
        what = f"has {len(names)} sheets, and the study does not say which"
        raise InputError(Fault(what, where=label, allowed=", ".join(names), remedy=f'add sheet: "{names[0]}"'))
    return filled[0] if filled else book.worksheets[0]


def _row_texts(cells: _Cells, header: list[str], written: set[str]) -> list[str | None]:
    """Return the cells of a row as text; a number format of zeros only is how Excel shows leading zeros."""
    values = [cell.value for cell in cells]
    texts = cell_texts(values, header, written)
    return [_as_shown(cell, text) if text is not None else None for cell, text in zip(cells, texts, strict=True)]


def _as_shown(cell: Any, text: str) -> str:
    shown_as = getattr(cell, "number_format", "")
    is_number = isinstance(cell.value, int | float)
    return text.zfill(len(shown_as)) if is_number and shown_as and set(shown_as) == {"0"} else text


def _cell_text(cell: Any) -> str | None:
    return value_text(cell.value)


def _used(options: Reading, header: list[str]) -> set[str]:
    """Return the columns of a sheet that the study reads."""
    if not isinstance(options, TableSpec) or options.columns is None:
        return set(header)
    return set(options.named_columns)


def _holds_formulas(path: Path) -> bool:
    """Say whether any sheet of a workbook has formulas, without reading its cells."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with archive.open(name) as stream:
                    before = b""
                    while chunk := stream.read(1 << 20):
                        if b"<f>" in before + chunk or b"<f " in before + chunk:
                            return True
                        before = chunk[-2:]
    return False


def _require_calculated(
    path: Path, label: str, title: str, header: list[str], blank: list[str], options: Reading
) -> None:
    """Refuse cells that hold a formula and no value: the program that wrote them did not calculate."""
    if not blank:
        return
    lacking: Counter[str] = Counter()
    with (
        _opened(path, calculated=True) as values,
        _opened(path, calculated=False) as formulas,
    ):
        both = zip(values[title].iter_rows(), formulas[title].iter_rows(), strict=True)
        for valued, written in islice(both, options.header_row or 1, None):
            for name, value, formula in zip(header, valued, written, strict=False):
                if value.value is None and formula.data_type == "f" and name in blank:
                    lacking[name] += 1
    if lacking:
        raise InputError(
            Fault(
                f"column {some_of(list(lacking))} holds formulas without values in "
                f"{counted(max(lacking.values()), 'row')}: the program that wrote the workbook did not calculate them",
                where=label,
                allowed="cells with values, or formulas that have been calculated",
                remedy="open the workbook in Excel or LibreOffice, save it, and check again",
            )
        )
