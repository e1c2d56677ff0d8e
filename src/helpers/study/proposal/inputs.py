"""The files a study can be made of, found in a folder or named one by one; stacked ones are brought together."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from glob import escape
from itertools import takewhile
from pathlib import Path

from helpers.core.errors import Fault, InputError, some_of
from helpers.study.database_address import is_like_an_address, read_address
from helpers.study.file import FILE_NAME
from helpers.study.file_copies import copies_among

TEXT = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_TEXT_BY_OTHER_NAMES = (".txt", ".tab", ".dat", ".psv", ".asc", ".txt.gz")
_RENAME = "rename it so that it ends in .csv, whatever its delimiter is"
WORKBOOKS = (".xlsx", ".xls", ".xlsb", ".ods")
TYPED = (".parquet",)
LABELLED = (".sav", ".zsav", ".dta")
DATABASES = {
    ".db": "sqlite",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db3": "sqlite",
    ".duckdb": "duckdb",
}
READABLE = (*TEXT, *WORKBOOKS, *TYPED, *LABELLED, *DATABASES)
_LOCK_FILES = ("~$", ".~lock", ".")
_OF_ENGINES, _WRITTEN = "_", "_SUCCESS"
"""Beginning of what engines write beside the parts of a table; what says that all parts are there."""
_DUCKDB_MARK, _DUCKDB_MARK_AT = b"DUCK", 8
_NO_DATA = (".yml", ".yaml", ".md", ".pdf", ".png", ".jpg", ".docx", ".html", ".py", ".ipynb", ".json", ".log", ".sql")
"""Endings of files that lie beside data: passed over without a word."""


@dataclass(frozen=True)
class Input:
    """One file, or one database, that a study may be made of.

    Parameters
    ----------
    source : str
        As the study file will name it: a path from its folder, or an address.
    ending : str
        What its name ends with, one of `READABLE`; empty for the address of a server.
    path : Path or None
        The file, where there is one.
    stacked : tuple of Path
        All files that a source with a star stands for, in order of name; of a single file, none.
    """

    source: str
    ending: str
    path: Path | None = None
    stacked: tuple[Path, ...] = ()

    @property
    def is_database(self) -> bool:
        """Whether the input holds tables with names."""
        return self.path is None or self.ending in DATABASES


@dataclass(frozen=True)
class Place:
    """Where a study is to be written, and what it is made of.

    Parameters
    ----------
    folder : Path
        Folder of the study file to be.
    inputs : tuple of Input
        Its sources, in order of name.
    passed_over : tuple of str
        Names of files that no study can read.
    copies : dict of str to str
        Names of files that are copies of another, and are left out, with that other.
    """

    folder: Path
    inputs: tuple[Input, ...]
    passed_over: tuple[str, ...] = ()
    copies: dict[str, str] = field(default_factory=dict)


def find_inputs(named: Sequence[str], into: str | None = None) -> Place:
    """Find the files that were named, or those of a folder.

    Parameters
    ----------
    named : sequence of str
        One folder, or files and addresses of databases.
    into : str, optional
        Folder of the study file; that of the files where it is left out.

    Raises
    ------
    InputError
        With all that is wrong: nothing there, nothing a study can read, a study that is there already.
    """
    addresses = [one for one in named if "://" in one]
    paths = [Path(one).expanduser() for one in named if "://" not in one]
    faults = [_no_file(path) for path in paths if not path.exists()]
    if is_like_an_address(" ".join(str(path) for path in paths if not path.exists())):
        faults = [Fault("what is named is no file, and no address of a database", remedy="write it as kind:///file")]
    faults += [fault for one in addresses for fault in _address_faults(one)]
    if faults:
        raise InputError(faults)
    files = [file for path in paths for file in (_of_folder(path) if path.is_dir() else [path])]
    folder = _study_folder(paths, files, into)
    _require_no_study(folder)
    read = [(file, ending) for file in files if (ending := ending_of(file)) is not None]
    others = [file.name for file in files if ending_of(file) is None and _may_be_data(file)]
    named_others = [path for path in paths if path.is_file() and ending_of(path) is None]
    faults = [_unknown_form(path) for path in named_others]
    tables = [one for path in paths if path.is_dir() for one in _tables_in_parts(path, folder)]
    if not read and not addresses and not tables and not faults:
        faults = [_nothing_to_read(paths, others)]
    if faults:
        raise InputError(faults)
    copies = copies_among([file for file, _ in read if os.access(file, os.R_OK)])
    inputs = [_input(file, ending, folder) for file, ending in read if file not in copies]
    left_out = {copy.name: original.name for copy, original in copies.items()}
    return Place(folder, (*inputs, *tables, *(Input(one, "") for one in addresses)), tuple(others), left_out)


def ending_of(path: Path) -> str | None:
    """Return by which of its endings a file is read; None where no study reads it.

    Examples
    --------
    >>> ending_of(Path("orders-2024.CSV.gz")), ending_of(Path("notes.txt"))
    ('.csv.gz', None)
    """
    name = path.name.lower()
    return next((ending for ending in sorted(READABLE, key=len, reverse=True) if name.endswith(ending)), None)


def pattern_of(names: Sequence[str]) -> str | None:
    """Return a name with a star that stands for these names; None where they differ in more than their digits.

    Examples
    --------
    >>> pattern_of(["orders-2024-01.csv", "orders-2024-02.csv"])
    'orders-*.csv'
    >>> pattern_of(["orders.csv", "customers.csv"]) is None
    True
    >>> pattern_of(["orders [EU]-1.csv", "orders [EU]-2.csv"])
    'orders [[]EU]-*.csv'
    """
    forms = {re.sub(r"\d+", "0", name) for name in names}
    common = _shared_beginning(names)
    ending = _shared_beginning([name[::-1] for name in names])[::-1]
    start = re.sub(r"\d+([-_.]?\d*)*$", "", common)
    end = re.sub(r"^\d+([-_]?\d+)*", "", ending)
    if len(names) < 2 or (len(forms) > 1 and not re.search(r"[-_ .]$", start)) or len(start) < 3:
        return None
    return f"{escape(start)}*{escape(end)}"


def _shared_beginning(names: Sequence[str]) -> str:
    letters = takewhile(lambda several: len(set(several)) == 1, zip(*names, strict=False))
    return "".join(one for one, *_ in letters)


def _of_folder(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_file() and not one.name.startswith(_LOCK_FILES))


def _tables_in_parts(folder: Path, of_study: Path) -> Iterable[Input]:
    """Yield the folders in a folder that are one table each, as Spark writes it in parts."""
    for one in sorted(folder.iterdir()):
        if not one.is_dir() or not os.access(one, os.R_OK | os.X_OK):
            continue
        files = tuple(part for part in _of_folder(one) if not part.name.startswith(_OF_ENGINES))
        is_table = one.name.lower().endswith(TYPED) or (one / _WRITTEN).exists()
        if files and is_table and all(ending_of(part) in TYPED for part in files):
            source = Path(os.path.relpath(one.resolve(), of_study.resolve())).as_posix()
            yield Input(f"{escape(source)}/*{TYPED[0]}", TYPED[0], files[0], files)


def _may_be_data(path: Path) -> bool:
    return path.suffix.lower() not in _NO_DATA


def _study_folder(paths: Sequence[Path], files: Iterable[Path], into: str | None) -> Path:
    if into is not None:
        return Path(into).expanduser()
    folders = {path if path.is_dir() else path.parent for path in paths} or {file.parent for file in files}
    if len(folders) != 1:
        what = "the files lie in several folders" if folders else "a database has no folder for the study"
        raise InputError(Fault(what, "--into", "a folder, new or existing", "say where study.yml goes: --into FOLDER"))
    return folders.pop()


def _require_no_study(folder: Path) -> None:
    if folder.is_file():
        raise InputError(Fault(f"{str(folder)!r} is a file", "--into", "a folder, new or existing", "name a folder"))
    if (folder / FILE_NAME).exists():
        remedy = f"check it with: crm check {folder}; or move it away, or name another folder with --into"
        raise InputError(
            Fault(f"the folder holds a {FILE_NAME} already, and none is written over", str(folder), "", remedy)
        )


def _input(path: Path, ending: str, folder: Path) -> Input:
    source = Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    if ending in DATABASES:
        kind = "duckdb" if _begins_as_duckdb(path) else "sqlite" if _begins_as_sqlite(path) else DATABASES[ending]
        source = f"{kind}:///{source}"
    return Input(source, ending, path)


def _begins_as_duckdb(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(_DUCKDB_MARK_AT + len(_DUCKDB_MARK))[_DUCKDB_MARK_AT:] == _DUCKDB_MARK


def _begins_as_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(6) == b"SQLite"


def _address_faults(written: str) -> Iterable[Fault]:
    try:
        address = read_address(written, "address of the database")
    except InputError as error:
        yield from error.faults
        return
    if any(secret in written for secret in address.secrets):
        remedy = "put it into the environment, and write ${NAME} in its place, within single quotes"
        yield Fault("the address holds a password, which a study file must not", address.label, "", remedy)


def _no_file(path: Path) -> Fault:
    return Fault(f"there is no file or folder {str(path)!r}", remedy="correct the name, or change the folder")


def _unknown_form(path: Path) -> Fault:
    remedy = "save it as one of these"
    if path.name.lower().endswith(_TEXT_BY_OTHER_NAMES):
        remedy = f"if it holds rows of values, {_RENAME}"
    return Fault("is of a form that no study reads", path.name, ", ".join(READABLE), remedy)


def _nothing_to_read(paths: Sequence[Path], others: Sequence[str]) -> Fault:
    what = f"nothing that a study can read; there is {some_of(others)}" if others else "nothing that a study can read"
    where = ", ".join(str(path) for path in paths)
    texts = [one for one in others if one.lower().endswith(_TEXT_BY_OTHER_NAMES)]
    remedy = "put the exports of the client into the folder"
    if texts:
        remedy = f"if {some_of(texts)} holds rows of values, {_RENAME}"
    return Fault(what, where, ", ".join(READABLE), remedy)
