"""Names of columns as people see them, and the row of a sheet or a text file that holds them."""

import re
import unicodedata
from collections.abc import Sequence

from helpers.core.errors import Fault

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\x00-\x08\x0e-\x1f]")
_SEPARATOR_LINE = re.compile(r'^"?sep=(.)"?\s*$', re.IGNORECASE)
LOOKED_AT = 30
"""Rows in which a header is looked for."""


def clean_name(name: str) -> str:
    r"""Return the name of a column without what nobody can see: marks of width nil, line breaks, blanks at its ends.

    Examples
    --------
    >>> clean_name("\ufeffNet\u00a0amount \n")
    'Net amount'
    """
    return " ".join(_UNSEEN.sub("", unicodedata.normalize("NFC", name)).split())


def mark_of_separator_line(line: str) -> str | None:
    r"""Return the mark that Excel's first line `sep=;` names; None for any other line.

    Examples
    --------
    >>> mark_of_separator_line("sep=;\r\n"), mark_of_separator_line("customer;amount")
    (';', None)
    """
    found = _SEPARATOR_LINE.match(line.lstrip("\ufeff").rstrip("\r\n"))
    return found[1] if found else None


def header_among(rows: Sequence[Sequence[str | None]]) -> int | None:
    """Return the position of the row that most likely names the columns, the first being 0; None if the first does.

    A header fills the width of the table with names, each once and none of them a number. Titles above fill half of it
    at most.

    Parameters
    ----------
    rows : sequence of rows
        The first rows of a table, cells as text.

    Examples
    --------
    >>> header_among([["Sales 2024", None], [], ["customer", "amount"], ["7", "19.90"]])
    2
    >>> header_among([["customer", "amount"], ["7", "19.90"]]) is None
    True
    """
    filled = [[clean_name(cell) if cell else "" for cell in row] for row in rows]
    widths = [sum(map(bool, row)) for row in filled]
    width = max(widths, default=0)
    if width < 2 or widths[0] * 2 > width:
        return None
    for position, row in enumerate(filled):
        names = [name for name in row if name]
        if (
            len(names) == width
            and row[:width] == names
            and len(set(names)) == width
            and not any(map(_is_number, names))
        ):
            return position
    return None


def title_rows_fault(position: int, label: str) -> Fault:
    """Return the fault of a table whose header is not its first row; `position` is that of the header, from 1."""
    return Fault(
        f"row {position} looks like the header: what stands above it names no columns",
        where=label,
        allowed="one name for every column, in row 1 or in the row that header_row names",
        remedy=f"add header_row: {position}",
    )


def _is_number(name: str) -> bool:
    return re.fullmatch(r"[+-]?[\d.,']+%?", name) is not None
