"""Workbooks that are damaged, or that unpack to more than a computer holds: reported, before or while they are read.

A workbook is an archive of XML files. Its directory says how large each becomes; Python's own reader hands out no more
than that, so a directory that lies shows as damage.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO
from zipfile import BadZipFile, LargeZipFile, ZipFile

from helpers.core.errors import Fault, FaultsError, InputError

UNPACKED_AT_MOST = 1_000_000_000  # bytes; a full sheet of twenty columns takes about as much
_READERS = ("openpyxl", "pandas", "zipfile", "xml", "defusedxml", "lxml")
# What the readers of workbooks raise when a part is missing, cut off or no XML; none has an error of its own for it.
_OF_DAMAGE = (
    BadZipFile,
    LargeZipFile,
    zlib.error,
    EOFError,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    OSError,
)


def require_modest(workbook: Path | IO[bytes], label: str, at_most: int = UNPACKED_AT_MOST) -> None:
    """Refuse a workbook that would unpack to more bytes than a limit, by the directory of its archive alone.

    Raises
    ------
    InputError
        When the file is no archive, is locked by a password, or is too large.
    """
    try:
        with ZipFile(workbook) as archive:
            parts = archive.infolist()
    except (BadZipFile, LargeZipFile, NotImplementedError, ValueError, OSError) as error:
        remedy = "save it from Excel as .xlsx, without a password"
        raise InputError(Fault("cannot be read as an Excel workbook", where=label, remedy=remedy)) from error
    size = sum(part.file_size for part in parts)
    if size > at_most:
        what = f"unpacks to {size / 1e9:,.1f} GB"
        allowed = f"{at_most / 1e9:,.1f} GB at most"
        raise InputError(Fault(what, label, allowed, "save the sheet as CSV or Parquet, and name that file"))


@contextmanager
def damage_as_fault(label: str) -> Iterator[None]:
    """Tell what a reader of workbooks stumbles over as a damaged file; errors of our own code pass.

    Raises
    ------
    InputError
        When a reader raised an error of any kind.
    """
    try:
        yield
    except FaultsError:
        raise
    except _OF_DAMAGE as error:
        if not _came_from_a_reader(error.__traceback__):
            raise
        remedy = "open it in Excel or LibreOffice, save it again as .xlsx, or copy or download it anew"
        raise InputError(Fault("is a damaged Excel workbook", where=label, remedy=remedy)) from error


def _came_from_a_reader(trace: TracebackType | None) -> bool:
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0] in _READERS:
            return True
        trace = trace.tb_next
    return False
