"""Typed values into the cells of an Excel sheet; text from client data always stays text."""

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import CellNumberTuple, Worksheet

from helpers.core.plain_text import printable
from helpers.core.results import SHARE_DIFFERENCE
from helpers.suite.report.blocks import TableColumn
from helpers.suite.report.units import PRECISE, READ_AS

TEXT_LENGTH = 32_767  # a cell holds no more
EXACT_WHOLE_NUMBERS = 2**53  # beyond this Excel would change the digits, so they stay text
FIRST_YEAR = 1900  # Excel knows no earlier date
NARROWEST, WIDEST = 9, 60
ROWS_MEASURED = 200
_CURRENCY = re.compile(r"[A-Z]{3}")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?")
_TIME_SHAPE = "yyyy-mm-dd hh:mm:ss"
_UNITS_SEEN = ("share", "text", "date", "year", "id", PRECISE)  # in the values themselves
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
}


_letters_of = cache(xl_col_to_name)


class QuickWorksheet(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
    """Takes and writes numbers with a format, which most cells are, in one step; all else as the library does."""

    def take_numbers(self, col: int, numbers: Sequence[tuple[int, float]], look: Format) -> None:
        """Take the finite numbers of a column, each with its row; the first and the last say how far the sheet goes."""
        for row, _ in (numbers[0], numbers[-1]):
            if self._check_dimensions(row, col) != 0:
                raise ValueError(f"row {row} or column {col} lies beyond a sheet")
        table = self.table
        for row, number in numbers:
            table[row][col] = CellNumberTuple(number, look)

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        if type(cell).__name__ == "Number" and cell.format:
            place = f"{_letters_of(col)}{row + 1}"
            self.fh.write(f'<c r="{place}" s="{cell.format._get_xf_index()}"><v>{cell.number:.16G}</v></c>')
        else:
            super()._write_cell(row, col, cell)


def number_format(column: TableColumn, *, whole: bool) -> str:
    """Return Excel's number format for a column.

    Parameters
    ----------
    column : TableColumn
        A share is shown per cent, the difference of two in percentage points, money to two places, numbers that only
        name something without separators.
    whole : bool
        Whether every value is a whole number.

    Examples
    --------
    >>> number_format(TableColumn("revenue", "Revenue", "USD"), whole=False)
    '#,##0.00'
    >>> number_format(TableColumn("redeemed", "Redeemed", "share"), whole=False)
    '0.0 %'
    >>> number_format(TableColumn("gain", "Gain", "share difference"), whole=False)
    '0.0'
    """
    if column.unit == SHARE_DIFFERENCE:
        return "0.0"
    if column.unit == "share":
        return "0.0 %"
    if column.unit == PRECISE:
        return "General"
    if _CURRENCY.fullmatch(column.unit):
        return "#,##0.00"
    if column.unit in ("year", "id") or column.name == "year" or column.name.endswith(("_id", "_year")):
        return "0"
    return "#,##0" if whole else "#,##0.00"


def in_read_unit(column: TableColumn, values: Sequence[Any]) -> Sequence[Any]:
    """Return values in the unit that a reader sees: one share less another in percentage points, others as they are.

    Examples
    --------
    >>> in_read_unit(TableColumn("gain", "Gain", "share difference"), [-0.25, None])
    [-25.0, None]
    """
    if column.unit != SHARE_DIFFERENCE:
        return values
    return [100 * value if _is_number(value) else value for value in values]


def is_dates(values: Sequence[Any]) -> bool:
    """Say whether every value is an ISO date or time of a year Excel knows, so that the column may hold dates.

    Examples
    --------
    >>> is_dates(["2017-01-31", None]), is_dates(["2017-01-31", "2017-13-01"]), is_dates(["0001-01-01"])
    (True, False, False)
    >>> is_dates(["2017-01-31 18:05:00", "2017-02-01 00:00:00"])
    True
    """
    known = [value for value in values if not _is_missing(value)]
    return bool(known) and all(isinstance(value, str) and _excel_date(value) is not None for value in known)


class CellWriter:
    """Writes columns and cells with the formats of one workbook.

    Parameters
    ----------
    book : xlsxwriter.Workbook
        Opened with `OPTIONS`.
    """

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def format(self, **properties: Any) -> Format:
        """Return a format, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({"valign": "top", **properties})
        return self._formats[key]

    def head(self, sheet: Worksheet, row: int, labels: Sequence[str]) -> None:
        """Write the column heads."""
        look = self.format(bold=True, font_color="#FFFFFF", bg_color="#1F2933", text_wrap=True, border_color="#1F2933")
        for place, label in enumerate(labels):
            sheet.write_string(row, place, printable(label), look)

    def column(self, sheet: Worksheet, place: int, column: TableColumn, values: Sequence[Any]) -> None:
        """Write the values of one column from the second row on and set its width."""
        values = in_read_unit(column, values)
        whole = all(isinstance(value, int) for value in values if _is_number(value))
        shape = number_format(column, whole=whole)
        if is_dates(values):
            values = [_excel_date(value) if isinstance(value, str) else None for value in values]
        # One column, one look: midnight is shown as a time where other values have a time of day.
        shape = _TIME_SHAPE if any(_has_time(value) for value in values) else shape
        plain = []
        for row, value in enumerate(values, 1):
            # Lists of customers are mostly plain numbers. What is not finite is no smaller than any.
            if type(value) in (float, int) and abs(value) <= EXACT_WHOLE_NUMBERS:
                plain.append((row, float(value)))
            else:
                self.cell(sheet, row, place, value, shape)
        if plain:
            self._numbers(sheet, place, plain, self.format(num_format=shape))
        sheet.set_column(place, place, _width(heading(column), values, shape))

    @staticmethod
    def _numbers(sheet: Worksheet, place: int, numbers: Sequence[tuple[int, float]], look: Format) -> None:
        if isinstance(sheet, QuickWorksheet):
            sheet.take_numbers(place, numbers, look)
            return
        for row, number in numbers:
            sheet.write_number(row, place, number, look)

    def cell(self, sheet: Worksheet, row: int, place: int, value: Any, shape: str = "General") -> None:
        """Write one value in its own type; what is missing stays empty."""
        if _is_missing(value):
            return
        if isinstance(value, bool):
            sheet.write_boolean(row, place, value, self.format())
        elif _is_number(value) and math.isfinite(value) and abs(value) <= EXACT_WHOLE_NUMBERS:
            sheet.write_number(row, place, float(value), self.format(num_format=shape))
        elif isinstance(value, date) and value.year >= FIRST_YEAR:
            shape = _TIME_SHAPE if shape == _TIME_SHAPE or _has_time(value) else "yyyy-mm-dd"
            sheet.write_datetime(row, place, value, self.format(num_format=shape, align="left"))
        else:
            self.text(sheet, row, place, str(value))

    def text(self, sheet: Worksheet, row: int, place: int, text: str) -> None:
        """Write text as text; where it looks like a formula, so that it stays text when somebody edits the cell."""
        text = printable(text)
        properties: dict[str, Any] = {"text_wrap": True} if len(text) > WIDEST or "\n" in text else {}
        if text.startswith(_FORMULA_SIGNS):
            properties["quote_prefix"] = True
        sheet.write_string(row, place, text[:TEXT_LENGTH], self.format(**properties))


def heading(column: TableColumn) -> str:
    """Return a column's label with its unit, where the label does not say it already.

    Examples
    --------
    >>> heading(TableColumn("revenue", "Revenue", "USD"))
    'Revenue (USD)'
    >>> heading(TableColumn("households", "Households", "households"))
    'Households'
    >>> heading(TableColumn("gain", "Gain", "share difference"))
    'Gain (percentage points)'
    """
    unit = READ_AS.get(column.unit, column.unit)
    is_said = column.label.casefold().endswith(unit.casefold())
    return column.label if is_said or unit in _UNITS_SEEN else f"{column.label} ({unit})"


def _width(label: str, values: Sequence[Any], shape: str) -> int:
    """Return a width that shows the head in two lines and the longest value measured in one."""
    measured = [value for value in values[:ROWS_MEASURED] if not _is_missing(value)]
    longest = max((_shown_length(value, shape) for value in measured), default=0)
    return min(max(longest + 2, len(label) // 2 + 4, max(map(len, label.split()), default=0) + 3, NARROWEST), WIDEST)


def _shown_length(value: Any, shape: str) -> int:
    if _is_number(value):
        places = 2 if shape.endswith(".00") else 0
        return len(f"{value:,.{places}f}")
    return len(str(value))


def _has_time(value: Any) -> bool:
    return (
        isinstance(value, datetime) and not _is_missing(value) and (value.hour, value.minute, value.second) != (0, 0, 0)
    )


def _excel_date(text: str) -> date | None:
    found = _ISO_DATE.fullmatch(text)
    if not found:
        return None
    try:
        day = datetime.fromisoformat(text) if found[1] else date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= FIRST_YEAR else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))
