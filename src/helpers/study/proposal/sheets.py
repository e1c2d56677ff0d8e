"""The sheets of a workbook and the first rows of each, before anything is decided about them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from helpers.core.damaged_workbooks import damage_as_fault, require_modest
from helpers.core.errors import Fault, InputError
from helpers.study.headers import LOOKED_AT
from helpers.study.other_workbooks import open_other_workbook
from helpers.study.text_tables import value_text

_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PARTS = ("EncryptedPackage".encode("utf-16-le"), b"EncryptedPackage")


def sheet_names(path: Path) -> list[str]:
    """Return the names of the sheets with cells.

    Raises
    ------
    InputError
        When the workbook is locked by a password, damaged or no workbook.
    """
    _require_open(path)
    with _book(path) as book:
        if path.suffix.lower() == ".xlsx":
            return [sheet.title for sheet in book.worksheets]
        return list(book.sheet_names)


def first_rows(path: Path, sheet: str) -> list[list[str | None]]:
    """Return the first rows of a sheet as text."""
    with _book(path) as book:
        if path.suffix.lower() == ".xlsx":
            rows = list(islice(book[sheet].iter_rows(values_only=True), LOOKED_AT + 1))
        else:
            rows = book.get_sheet_by_name(sheet).to_python(nrows=LOOKED_AT + 1, skip_empty_area=False)
    return [[value_text(value) for value in row] for row in rows]


@contextmanager
def _book(path: Path) -> Iterator[Any]:
    with damage_as_fault(path.name):
        if path.suffix.lower() == ".xlsx":
            import openpyxl

            require_modest(path, path.name)
            with path.open("rb") as file, closing(openpyxl.load_workbook(file, read_only=True, data_only=True)) as book:
                yield book
            return
        with closing(open_other_workbook(path, path.name)) as book:
            yield book


def _require_open(path: Path) -> None:
    """Refuse a workbook locked by a password: Excel wraps it into a file of another kind.

    Raises
    ------
    InputError
        When it is locked.
    """
    with path.open("rb") as file:
        begins = file.read(len(_ENCRYPTED))
        if begins != _ENCRYPTED:
            return
        content = begins + file.read()
    if any(part in content for part in _ENCRYPTED_PARTS):
        remedy = "open it in Excel, take the password off (File, Info, Protect Workbook), and save it"
        raise InputError(Fault("is locked by a password", where=path.name, remedy=remedy))
