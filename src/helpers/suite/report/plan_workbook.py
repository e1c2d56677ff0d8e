"""A workbook of plans: one sheet per account, with headed sections of rows; for own use, among the lists."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from helpers.core.plain_text import printable
from helpers.narrative.key_accounts import AccountSheet
from helpers.suite.report.excel_cells import OPTIONS, CellWriter
from helpers.suite.report.workbook import CONTENTS, sheet_names

_WIDTHS = (30, 44, 30, 14, 18, 18)


def plan_workbook(sheets: Sequence[AccountSheet], *, title: str, as_of: date) -> bytes:
    """Return an Excel file with a sheet of contents and one sheet per account.

    Whatever stands in client data is written as text; names of sheets are such as Excel accepts, each once.

    Parameters
    ----------
    sheets : sequence of AccountSheet
        In their order.
    title : str
        What the workbook is.
    as_of : date
        Analysis date; it stands for the time of making, so that equal plans are equal files.
    """
    content = BytesIO()
    names = sheet_names(sheet.name for sheet in sheets)
    with xlsxwriter.Workbook(content, {**OPTIONS, "in_memory": True}) as book:
        made = datetime(as_of.year, as_of.month, as_of.day)
        book.set_properties({"title": printable(title), "created": made})
        writer = CellWriter(book)
        _write_contents(book, writer, title, list(zip(names, sheets, strict=True)))
        for name, sheet in zip(names, sheets, strict=True):
            _write_plan(book.add_worksheet(name), writer, sheet)
    return content.getvalue()


def _write_contents(
    book: xlsxwriter.Workbook, writer: CellWriter, title: str, sheets: Sequence[tuple[str, AccountSheet]]
) -> None:
    page = book.add_worksheet(CONTENTS)
    page.write_string(0, 0, printable(title), writer.format(bold=True, font_size=16))
    page.write_string(1, 0, "For own use: it holds what is known of single customers.")
    writer.head(page, 3, ["Sheet", "Account", "Standing"])
    for row, (name, sheet) in enumerate(sheets, 4):
        address = "internal:'" + name.replace("'", "''") + "'!A1"
        page.write_url(row, 0, address, writer.format(font_color="#005A8C", underline=1), name)
        writer.text(page, row, 1, sheet.name)
        writer.text(page, row, 2, sheet.note)
    for place, width in enumerate((32, 44, 60)):
        page.set_column(place, place, width)
    page.freeze_panes(4, 0)


def _write_plan(page: Any, writer: CellWriter, sheet: AccountSheet) -> None:
    page.hide_gridlines(2)
    writer.text(page, 0, 0, sheet.name)
    page.set_row(0, 22, writer.format(bold=True, font_size=14))
    row = 2
    for heading, frame in sheet.sections:
        page.write_string(row, 0, heading, writer.format(bold=True, font_size=12))
        writer.head(page, row + 1, [str(column).capitalize() for column in frame.columns])
        for line in frame.itertuples(index=False):
            row += 1
            for place, value in enumerate(line):
                writer.cell(page, row + 1, place, value)
        row += 4
    for place, width in enumerate(_WIDTHS):
        page.set_column(place, place, width)
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
