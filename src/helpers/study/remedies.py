"""What to do about values that do not fit their column: one remedy, found by looking at the values themselves."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from helpers.core.any_engine import each_once
from helpers.core.errors import some_of
from helpers.study.calendars import BUDDHIST_AHEAD, column_in_gregorian, looks_buddhist
from helpers.study.grammar import TableSpec
from helpers.study.money_text import common_currencies
from helpers.study.month_names import LANGUAGES
from helpers.study.number_text import shapes_of
from helpers.study.oddities.unused_rows import in_yaml
from helpers.study.standard_columns import ColumnKind
from helpers.study.time_text import fitting_formats, parse_time, swapped

_LOOKED_AT = 500
_IN_A_SPREADSHEET = "format the column as Number without a unit and save it again"

_WEEK = re.compile(r"\s*(\d{4})[- ]?[Ww](0[1-9]|[1-4]\d|5[0-3])\s*")
_ZONE_IN_LETTERS = re.compile(r".*\d:\d{2}.*\s(?!AM|PM|UTC|GMT)([A-Z]{3,5})\s*")
_MONTH_IN_LETTERS = re.compile(r"\s*(\d{1,2}\W.*)?[^\W\d_]{3,}\W.*\d{2}.*")
_OF_PROGRAMS = re.compile(r"\s*[+-]?(0[xob][0-9a-f_]+|inf(inity)?|nan|∞|\d+(_\d+)+([.,]\d+)?)\s*", re.IGNORECASE)
"""Numbers as programs write them: hexadecimal, infinite, not a number, grouped by underscores."""


def remedy_for(
    kind: ColumnKind, table: Any, text: Any, shown: Sequence[str], spec: TableSpec, *, from_cells: bool, name: str
) -> str:
    """Return what helps a text column some of whose values cannot be read.

    Parameters
    ----------
    kind : ColumnKind
        What the column should hold.
    table : ibis table
        The source.
    text : ibis string column
        The column of it, those that stand for a missing value as NULL.
    shown : sequence of str
        Some values that cannot be read.
    spec : TableSpec
        What the study says of the source.
    from_cells : bool
        Whether the values come from the cells of a workbook, for which no marks can be stated.
    name : str
        The standard column.
    """
    if all(value.strip() == text.get_name().strip() for value in shown):
        column = in_yaml(text.get_name())
        return (
            "the names of the columns stand among the rows, as where files were put together: take these rows out of "
            f"the file, or add where: {{{column}: {{not: [{in_yaml(shown[0])}]}}}} to the table"
        )
    if kind in ("number", "integer"):
        return _for_numbers(table, text, shown, spec, from_cells=from_cells, name=name)
    if kind in ("time", "date"):
        return _for_times(table, text, shown, spec)
    return _for_flags(table, text, spec, name) if kind == "flag" else "repair the values"


def _for_numbers(table: Any, text: Any, shown: Sequence[str], spec: TableSpec, *, from_cells: bool, name: str) -> str:
    coded = [value for value in shown if _OF_PROGRAMS.fullmatch(value)]
    if coded:
        return f"write {some_of(coded)} as plain numbers with digits, or list under missing what stands for none"
    found = {unit for value in shown if re.search(r"\d", value) for unit in re.findall(r"[^\W\d_]+|[$£€¥%₹]", value)}
    if units := sorted(unit for unit in found if unit.lower() not in ("e", "x")):
        signs = all(common_currencies([unit]) for unit in units)
        money = f"add money: [{name}] to the table; or " if signs and not spec.holds_money(name) else ""
        return (
            f"{money}write plain numbers, without {', '.join(map(repr, units))}: in a spreadsheet, {_IN_A_SPREADSHEET}"
        )
    if any(re.fullmatch(r"\s*(\(.*\)|.*\d\s*-)\s*", value) for value in shown):
        return f"add money: [{name}] to the table; or write negative numbers with a minus in front, as -12.50"
    decimal = shapes_of(table, {"": text})[""].only_decimal
    if decimal is not None and decimal != spec.decimal:
        if from_cells:
            return "turn the text cells of this column into numbers in the spreadsheet, and save it"
        also = " and take out thousands" if spec.thousands in (decimal, "none") else ""
        key = "set" if "decimal" in spec.model_fields_set else "add"
        return f'{key} decimal: "{decimal}"{also}'
    return "repair the values, or list under missing what stands for none"


def _for_times(table: Any, text: Any, shown: Sequence[str], spec: TableSpec) -> str:
    if all(re.fullmatch(r"\s*[2-6]\d{4}([.,]\d+)?\s*", value) for value in shown):
        return "these are the day numbers of a spreadsheet: format the column as dates there, and save it again"
    if letters := for_zones_in_letters(shown):
        return letters
    if all(_WEEK.fullmatch(value) for value in shown):
        return _for_weeks(shown[0].strip())
    ahead = spec.calendar == "gregorian" and all(looks_buddhist(value) for value in shown)
    if ahead:
        text = column_in_gregorian(text)
    iso = parse_time(text, spec.model_copy(update={"date_format": None}), as_utc=False)
    others = table.filter(text.notnull(), iso.isnull()).select(value=text).distinct().limit(_LOOKED_AT)
    values = others.to_pyarrow().to_pydict()["value"]
    fits = fitting_formats(values, table.get_backend()) if values else []
    if ahead:
        return _for_the_buddhist_calendar(shown[0], fits)
    if not fits and any(_MONTH_IN_LETTERS.fullmatch(value) for value in values):
        return (
            "write each as 2024-01-31, or list under missing what stands for none: names of months are read in "
            f"{LANGUAGES}, by a date_format with %b"
        )
    if not fits:
        return "repair the values, set date_format, or list under missing what stands for none"
    if swapped(fits[0]) in fits[1:]:
        example = sorted(values)[0]
        return (
            f'add date_format: "{fits[0]}" if {example!r} has the day first, '
            f'date_format: "{fits[1]}" if it has the month first'
        )
    key = "add" if spec.date_format is None else "set"
    return f'{key} date_format: "{fits[0]}"' if fits[0].startswith("%") else f"{key} date_format: {fits[0]}"


def for_zones_in_letters(values: Sequence[str]) -> str:
    """Return what helps times that all end in the letters of a time zone; empty where they do not.

    Examples
    --------
    >>> for_zones_in_letters(["05.01.2023 04:40:25 CET"]).partition(":")[0]
    "'CET' may be the clock of several places"
    >>> for_zones_in_letters(["05.01.2023 04:40"])
    ''
    """
    found = [_ZONE_IN_LETTERS.fullmatch(value) for value in values]
    names = sorted({one[1] for one in found if one is not None})
    if not names or None in found:
        return ""
    return (
        f"{some_of(names)} may be the clock of several places: export the times with offsets such as +01:00, or take "
        f"the letters out of the file where it is the clock of the customers"
    )


def _for_weeks(example: str) -> str:
    year, week = int(example[:4]), int(example[-2:])
    monday = date.fromisocalendar(year, 1, 1) + timedelta(weeks=week - 1)
    return f"weeks are no days: write the Monday of each in the file, as {monday} for {example!r}"


def _for_the_buddhist_calendar(example: str, fits: Sequence[str]) -> str:
    """Return how years such as 2567 are read, with the format where they need one."""
    year = re.search(r"2[4-6]\d\d", example)
    years = f"{year[0]} is {int(year[0]) - BUDDHIST_AHEAD}" if year else "2567 is 2024"
    formats = f' and date_format: "{fits[0]}"' if fits else ""
    if fits and swapped(fits[0]) in fits[1:]:
        formats += f' (or "{swapped(fits[0])}", if the month stands first)'
    return f"if years are those of the Buddhist calendar ({years}), add calendar: buddhist{formats} to the table"


def _for_flags(table: Any, text: Any, spec: TableSpec, name: str) -> str:
    words = each_once(table.filter(text.notnull()).select(word=text.strip())).order_by("word").limit(10)
    held = words.to_pyarrow().to_pydict()["word"]
    yes, no = spec.words(name)
    if yes and no:
        return "list every word under yes, no or missing"
    if len(held) == 2:
        return f"say which word means yes: add yes: [{in_yaml(held[0])}] or yes: [{in_yaml(held[1])}]"
    return "say which words mean yes and which no: add yes: [...] and no: [...], and list the others under missing"
