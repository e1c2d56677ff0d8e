"""The tables of a run as one Excel file: typed numbers, and a first sheet that says what each sheet is.

Lists of single customers stand in a file of their own, among the lists: the tables may be handed on, the lists are for
the client's own use.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from helpers.core.plain_text import printable
from helpers.suite.report.blocks import TableColumn
from helpers.suite.report.excel_cells import OPTIONS, CellWriter, QuickWorksheet, heading, in_read_unit, number_format
from helpers.suite.report.html_page import date_in_words
from helpers.suite.report.model import CustomerList, Report, ShownTable
from helpers.suite.report.units import READ_AS, label_of

LIST_ROWS_AT_MOST = 50_000
LISTS_FILE = "lists/lists.xlsx"
SHEET_NAME_LENGTH = 31
CONTENTS, NAMED_RESULTS = "Contents", "Named results"
_CONTENTS_COLUMNS = (("Sheet", 26), ("Table", 46), ("What one row is", 60), ("Rows", 9), ("Chapter", 36))
_RESULT_COLUMNS = ("result", "value", "unit", "low", "high", "about", "chapter")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


@dataclass(frozen=True)
class _Sheet:
    """One entry of the contents; `columns` is empty where the rows are too many for the file or were not kept."""

    name: str
    title: str
    about: str
    chapter: str
    row_count: int
    columns: tuple[TableColumn, ...] = ()
    cells: tuple[Sequence[Any], ...] = field(default=(), repr=False)  # one sequence per column


def write_workbook(report: Report, path: Path) -> None:
    """Write tables.xlsx: contents, named results and every table; customer lists are only named.

    Parameters
    ----------
    report : Report
        What the run found.
    path : Path
        File to write; the same report gives the same bytes.

    Raises
    ------
    OSError
        When the disk cannot be written to.
    """
    lists = (
        replace(sheet, about=f"{sheet.about} ({LISTS_FILE})", columns=()) if sheet.columns else sheet
        for sheet in _list_sheets(report, with_rows=False)
    )
    _write(report, path, [_results_sheet(report), *_table_sheets(report), *lists])


def write_lists(report: Report, folder: Path) -> None:
    """Write lists.xlsx with the customer lists of up to 50,000 rows; nothing where the run kept none.

    Parameters
    ----------
    report : Report
        What the run found.
    folder : Path
        Where the lists are kept.

    Raises
    ------
    OSError
        When the disk cannot be written to.
    """
    sheets = list(_list_sheets(report))
    if any(sheet.columns for sheet in sheets):
        _write(report, folder / Path(LISTS_FILE).name, sheets)


def same_lists(one: Report, other: Report) -> bool:
    """Say whether two reports of one run have the same workbook of lists: lists, and what its first sheet says.

    Parameters
    ----------
    one, other : Report
        Before and after a chapter was added, for example.
    """
    heads = [(report.title, report.currency, report.as_of, report.disclaimer, report.failed) for report in (one, other)]
    lists = [[(chapter.title, piece) for chapter, piece in report.of_kind(CustomerList)] for report in (one, other)]
    return heads[0] == heads[1] and lists[0] == lists[1]


def _write(report: Report, path: Path, sheets: Sequence[_Sheet]) -> None:
    try:
        _write_sheets(report, path, sheets)
    except FileCreateError as error:  # the library's own name for what the system said
        raise error.args[0] from error


def _write_sheets(report: Report, path: Path, sheets: Sequence[_Sheet]) -> None:
    names = sheet_names(sheet.name for sheet in sheets)
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        made = datetime.fromisoformat(report.as_of)  # a clock would make two equal runs differ
        book.set_properties(
            {"title": printable(report.title), "subject": f"Tables as of {report.as_of}", "created": made}
        )
        writer = CellWriter(book)
        _write_contents(book, writer, report, list(zip(names, sheets, strict=True)))
        for name, sheet in zip(names, sheets, strict=True):
            if sheet.columns:
                _write_sheet(book, writer, name, sheet)


def sheet_names(wanted: Iterable[str]) -> list[str]:
    r"""Return names Excel accepts: at most 31 characters, none of `[]:*?/\`, no two alike in any case.

    Examples
    --------
    >>> sheet_names(["rfm/segments", "RFM segments", "history"])
    ['rfm segments', 'RFM segments (2)', 'history (2)']
    """
    taken = {CONTENTS.casefold(), "history"}  # Excel keeps "History" for itself
    names = []
    for name in wanted:
        plain = _FORBIDDEN.sub(" ", printable(name)).strip(" '") or "table"
        candidate, number = plain[:SHEET_NAME_LENGTH].rstrip(" '"), 1
        while candidate.casefold() in taken:
            number += 1
            suffix = f" ({number})"
            candidate = plain[: SHEET_NAME_LENGTH - len(suffix)].rstrip(" '") + suffix
        taken.add(candidate.casefold())
        names.append(candidate)
    return names


def _results_sheet(report: Report) -> _Sheet:
    rows = [
        (name, entry["value"], entry["unit"], entry.get("low"), entry.get("high"), entry["about"], chapter.title)
        for chapter in report.everything
        for name, entry in sorted(chapter.results.items())
    ]
    about = "one named result; low and high are the ends of its interval"
    labelled = tuple(TableColumn(name, label_of(name), "") for name in _RESULT_COLUMNS)
    return _Sheet(
        NAMED_RESULTS,
        "Every figure the report relies on",
        about,
        "all",
        len(rows),
        labelled,
        _turn(rows, len(labelled)),
    )


def _table_sheets(report: Report) -> Iterator[_Sheet]:
    for chapter, piece in report.of_kind(ShownTable):
        table, rows = piece.table, piece.table.rows
        title = f"Table {piece.number}. {table.title}"
        yield _Sheet(
            table.name, title, table.about, chapter.title, len(rows), table.columns, _turn(rows, len(table.columns))
        )


def _list_sheets(report: Report, *, with_rows: bool = True) -> Iterator[_Sheet]:
    for chapter, piece in report.of_kind(CustomerList):
        if piece.file is None or piece.rows > LIST_ROWS_AT_MOST:
            where = (
                "the rows were not kept" if piece.file is None else f"lists/{piece.name}.parquet, too long for a sheet"
            )
            about = f"{piece.about} ({where})"
            yield _Sheet(piece.name, piece.title, about, chapter.title, piece.rows)
            continue
        frame = pd.read_parquet(piece.file)
        columns = tuple(TableColumn(str(name), label_of(str(name)), "") for name in frame.columns)
        values = tuple(frame.iloc[:, place].tolist() for place in range(frame.shape[1])) if with_rows else ()
        yield _Sheet(piece.name, piece.title, piece.about, chapter.title, len(frame), columns, values)


def _turn(rows: Sequence[Sequence[Any]], columns: int) -> tuple[Sequence[Any], ...]:
    """Return rows as so many columns."""
    return tuple(tuple(row[place] for row in rows) for place in range(columns))


def _write_contents(
    book: xlsxwriter.Workbook, writer: CellWriter, report: Report, sheets: Sequence[tuple[str, _Sheet]]
) -> None:
    page = book.add_worksheet(CONTENTS)
    page.hide_gridlines(2)
    page.write_string(0, 0, printable(report.title), writer.format(bold=True, font_size=16))
    money = f", money in {report.currency}" if report.currency else ""
    page.write_string(1, 0, f"Tables as of {date_in_words(report.as_of)}{money}")
    if report.disclaimer:
        page.merge_range(2, 0, 2, len(_CONTENTS_COLUMNS) - 1, "", writer.format(text_wrap=True, font_color="#52606D"))
        page.write_string(2, 0, printable(report.disclaimer), writer.format(text_wrap=True, font_color="#52606D"))
        page.set_row(2, 15 * (1 + len(report.disclaimer) // 170))
    head = _write_failed(page, writer, report, 3) + 1
    writer.head(page, head, [label for label, _ in _CONTENTS_COLUMNS])
    for row, (name, sheet) in enumerate(sheets, head + 1):
        if sheet.columns:
            address = "internal:'" + name.replace("'", "''") + "'!A1"
            page.write_url(row, 0, address, writer.format(font_color="#005A8C", underline=1), name)
        else:
            writer.text(page, row, 0, "not in this file")
        for place, text in ((1, sheet.title), (2, sheet.about), (4, sheet.chapter)):
            writer.text(page, row, place, text)
        writer.cell(page, row, 3, sheet.row_count, "#,##0")
    for place, (_, width) in enumerate(_CONTENTS_COLUMNS):
        page.set_column(place, place, width)
    page.freeze_panes(head + 1, 0)
    _print_on_paper(page)


def _write_failed(page: Any, writer: CellWriter, report: Report, row: int) -> int:
    """Write which chapters are missing from here on, as the report says it, and return the first row after them."""
    if not report.failed:
        return row
    warned = writer.format(bold=True, font_color="#A3231F")
    page.write_string(row, 0, "This file is incomplete: these chapters failed", warned)
    for place, one in enumerate(report.failed, row + 1):
        writer.text(page, place, 0, f"{one.title}: {one.reason}")
    return row + 1 + len(report.failed)


def _write_sheet(book: xlsxwriter.Workbook, writer: CellWriter, name: str, sheet: _Sheet) -> None:
    page = book.add_worksheet(name, QuickWorksheet)
    writer.head(page, 0, [heading(column) for column in sheet.columns])
    for place, (column, values) in enumerate(zip(sheet.columns, sheet.cells, strict=True)):
        writer.column(page, place, column, values)
    if name == NAMED_RESULTS:
        _write_in_their_units(page, writer, sheet)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, max(sheet.row_count, 1), len(sheet.columns) - 1)
    page.repeat_rows(0)
    _print_on_paper(page)


def _write_in_their_units(page: Any, writer: CellWriter, sheet: _Sheet) -> None:
    """Write each named result in the format of its own unit: a column of results has many."""
    beside = _RESULT_COLUMNS.index("unit")
    units = sheet.cells[beside]
    for row, unit in enumerate(units, 1):
        writer.text(page, row, beside, READ_AS.get(unit, unit))
    for place in map(_RESULT_COLUMNS.index, ("value", "low", "high")):
        for row, (value, unit) in enumerate(zip(sheet.cells[place], units, strict=True), 1):
            column = replace(sheet.columns[place], unit=unit)
            (shown,) = in_read_unit(column, [value])
            writer.cell(page, row, place, shown, number_format(column, whole=isinstance(value, int)))


def _print_on_paper(page: Any) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
