"""Read one sheet of an Excel workbook as text."""

import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from helpers.core.damaged_workbooks import damage_as_fault, require_modest
from helpers.core.errors import Fault, InputError, counted, some_of, unknown_name
from helpers.study.cell_blocks import AsShown, cell_blocks
from helpers.study.grammar import Reading, TableSpec
from helpers.study.headers import LOOKED_AT, clean_name
from helpers.study.text_tables import require_header, require_header_first, value_text

_Cells = tuple[Any, ...]


def xlsx_blocks(path: Path, label: str, options: Reading, written: set[str]) -> Iterator[pa.RecordBatch]:
    """Yield one sheet of an Excel workbook as text columns plus its row numbers, so many rows at a time.

    Dates become ISO text; whole numbers lose the `.0` Excel may add; numbers shown with leading zeros keep them.
    Columns with texts such as 1.234 are added to `written`.

    Raises
    ------
    InputError
        When the file is no workbook, damaged or too large, the sheet is unknown or not named though several are
        filled, its header is doubled or blank or not the first row; after the last block, when cells that are used
        hold formulas which nobody has calculated.
    """
    require_modest(path, label)
    with damage_as_fault(label):
        with _opened(path, calculated=True) as book:
            names = [sheet.title for sheet in book.worksheets]  # a sheet that is a chart has no cells
            if not names:
                raise InputError(Fault("has no sheet with cells", label, "", "name a workbook that holds a table"))
            if options.sheet is not None and options.sheet not in names:
                raise InputError(unknown_name(options.sheet, names, kind="sheet", where=label))
            sheet = book[options.sheet] if options.sheet is not None else _only_sheet(book, label)
            header, rows, title = *_header_and_rows(sheet, label, options), sheet.title
            lacking: set[str] = set()
            values = ((number, [_shown(cell) for cell in row]) for number, row in rows)
            for block in cell_blocks(header, values, label, written, blank_rows=False):
                lacking.update(name for name in header if block[name].null_count)
                yield block
        if _holds_formulas(path):
            used = _used(options, header)
            blank = [name for name in header if name in used and name in lacking]
            _require_calculated(path, label, title, header, blank, options)


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


def _shown(cell: Any) -> object:
    """Return the value of a cell; a number format of zeros only is how Excel shows leading zeros."""
    value = cell.value
    if not isinstance(value, int | float):
        return value
    shown_as = cell.number_format
    return AsShown((value_text(value) or "").zfill(len(shown_as))) if set(shown_as) == {"0"} else value


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
