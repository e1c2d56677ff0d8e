"""Identifiers as they arrive from spreadsheets and systems: marks of errors, lost digits, and other ways to write one.

Nothing is repaired in silence: identifiers stay as they stand but for what a study asks for under `clean_ids`.
"""

from collections.abc import Collection, Sequence
from typing import Any, Literal

import ibis
import ibis.expr.datatypes as dt

Cleaning = Literal["blanks", "case", "zeros", "marks"]
CLEANINGS: tuple[Cleaning, ...] = ("blanks", "case", "zeros", "marks")
"""What `clean_ids` may ask for, in the order it is done."""

# As spreadsheets write them in English, German, French, Spanish, Italian, Portuguese, Dutch and Russian, and where
# these are other words in Danish, Turkish, Hungarian and Czech; "Err:502" is LibreOffice's, a row of # a column too
# narrow for its number.
ERROR_MARK = (
    r"^\s*(#(([nN]/[aAbBdD]|[nN][vV]|Н/Д|I/T|YOK|HIÁNYZIK|NENÍ_K_DISPOZICI)!?|"
    r"[¡¿]?[^\s#0-9/!?]{2,12}(/0)?[!?]|GETTING_DATA|#{2,})|[eE]rr:5[0-9]{2})\s*$"
)
ERROR_MARK_SIGNS = ("#", "rr:5")
"""An error mark holds one of these."""
DIGITS_LOST = r"^\s*[+-]?[0-9]([.,][0-9]+[eE][+-]?|[eE][+-])[0-9]{1,3}\s*$"
"""A number in scientific notation, such as 1.23457E+12; `1E5` may well be an identifier."""
_SIGNS_OF_LOST_DIGITS = ("e", "E")
_INVISIBLE = "[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+"
_BLANKS = "[\\s\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
_MARKS = "[\\s\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000!-/:-@\\[-`{-~–—]+"
_POINT_ZERO = r"^([^.,]*[0-9])\.0+$"
_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
_NARROW = "".join(map(chr, range(0x21, 0x7F)))


def signs_absent(table: Any, columns: Sequence[str]) -> tuple[frozenset[str], bool]:
    """Return which signs of error marks stand in no identifier of a table, and whether none has lost digits.

    Parameters
    ----------
    table : ibis table
        A source.
    columns : sequence of str
        Its identifiers that are text.
    """
    tests: dict[str, list[Any]] = {sign: [table[one].contains(sign) for one in columns] for sign in ERROR_MARK_SIGNS}
    tests["lost"] = [
        ibis.cases((ibis.or_(*map(table[one].contains, _SIGNS_OF_LOST_DIGITS)), table[one].re_search(DIGITS_LOST)))
        for one in columns
    ]
    held = {f"{sign}{place}": test.any() for sign, found in tests.items() for place, test in enumerate(found)}
    row = table.aggregate(**held).to_pyarrow().to_pylist()[0]
    absent = {sign for sign in tests if not any(row[f"{sign}{place}"] for place in range(len(columns)))}
    return frozenset(absent & {*ERROR_MARK_SIGNS}), "lost" in absent


def cleaned(identifier: Any, cleanings: Collection[str]) -> Any:
    """Return a text identifier written in one way.

    Parameters
    ----------
    identifier : ibis string column
        As it stands.
    cleanings : collection of str
        "blanks": none before and after, one within, full-width signs as plain ones, nothing invisible, accents one with
        their letters; "case": capital letters; "zeros": none before a number, no ".0" behind it; "marks": letters and
        digits alone.
    """
    if "blanks" in cleanings:
        identifier = _composed(identifier)
        identifier = identifier.translate(_WIDE, _NARROW).re_replace(_INVISIBLE, "").re_replace(_BLANKS, " ").strip()
    if "case" in cleanings:
        identifier = identifier.upper()
    if "marks" in cleanings:
        identifier = identifier.re_replace(_POINT_ZERO, r"\1").re_replace(_MARKS, "")
    if "zeros" in cleanings:
        identifier = identifier.re_replace(_POINT_ZERO, r"\1").re_replace(r"^0+([0-9]+)$", r"\1")
    return identifier


def without_border_marks(identifier: Any) -> Any:
    """Return a text identifier without the marks that hardly tell two apart: `C-17`, `C 17` and `C17` become one.

    Marks between letters and digits go, and blanks between digits. Others stay, as one sign: `1-12` and `11-2` are two,
    and so are most addresses with a point more or less.

    Parameters
    ----------
    identifier : ibis string column
        As it stands, or cleaned in other ways.
    """
    short = identifier.strip()
    for _ in range(2):  # a digit that ends one match cannot begin the next
        short = short.re_replace(f"([0-9]){_BLANKS}([0-9])", r"\1\2")
    short = short.re_replace(_MARKS, "-").re_replace("([^0-9-])-([0-9])", r"\1\2")
    short = short.re_replace("([0-9])-([^0-9-])", r"\1\2").re_replace("([^-])-$", r"\1")
    return ibis.cases((identifier.contains("@"), identifier), else_=short)


@ibis.udf.scalar.builtin(name="nfc_normalize")  # type: ignore[untyped-decorator]
def _nfc(text: str) -> str:  # type: ignore[empty-body]
    """Return a text with accents and letters in one sign, as DuckDB does it."""


def _composed(identifier: Any) -> Any:
    """Return a text with accents and letters in one sign; as it is where the client's database has no such function."""
    return _nfc(identifier) if _in_duckdb(identifier) else identifier


def _in_duckdb(column: Any) -> bool:
    return bool(column.get_backend().name == "duckdb")


def is_blank(text: Any) -> Any:
    """Return where a text holds nothing but blanks, tabs and line ends; DuckDB asks so of those alone that begin so."""
    blank = ~text.re_search(r"\S")
    return ibis.cases((text < "!", blank), else_=False) if _in_duckdb(text) else blank


def means_none(identifier: Any, missing: Collection[str], *, error_marks: bool = True) -> Any:
    """Return where an identifier says that there is none: a spreadsheet's error mark, or a text the study lists.

    Parameters
    ----------
    identifier : ibis column
        Whole numbers or texts, as the source has them.
    missing : collection of str
        Texts that stand for none; an empty one stands for empty cells and blanks.
    error_marks : bool
        Whether there may be error marks.

    Returns
    -------
    ibis boolean column or None
        None where no value can say so.
    """
    tests = []
    if identifier.type().is_string() and error_marks:
        tests.append(identifier.re_search(ERROR_MARK))
    if missing:
        tests.append(identifier.cast(dt.string).isin([text for text in missing if text] or [""]))
    if "" in missing:
        tests.append(identifier.isnull())
        if identifier.type().is_string():
            tests.append(is_blank(identifier))
    if not tests:
        return None
    together = tests[0]
    for test in tests[1:]:
        together = together | test
    return together.fill_null(False)
