"""Text files that may be packed by gzip: opened either way, and refused where they unpack to more than is read."""

import gzip
import zlib
from pathlib import Path
from typing import IO, cast

from helpers.core.damaged_workbooks import UNPACKED_AT_MOST
from helpers.core.errors import Fault, InputError

_CHUNK = 1 << 20
_MOST_PACKED = 1032
"""Bytes that one byte of a gzip archive can stand for."""


def is_packed(path: Path) -> bool:
    """Say whether a text file is packed by gzip, by its ending."""
    return path.suffix.lower() == ".gz"


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file for its bytes, unpacked where it is packed."""
    return cast(IO[bytes], gzip.open(path, "rb")) if is_packed(path) else path.open("rb")


def open_text(path: Path, encoding: str, *, errors: str | None = None) -> IO[str]:
    """Open a file for its text with line ends as they are, unpacked where it is packed."""
    if is_packed(path):
        return gzip.open(path, "rt", encoding=encoding, errors=errors, newline="")
    return path.open(encoding=encoding, errors=errors, newline="")


def first_bytes(path: Path) -> bytes | None:
    """Return the first bytes of a file; None where it cannot be unpacked to its end."""
    try:
        with open_bytes(path) as file:
            begins = file.read(4)
            while is_packed(path) and file.read(1 << 20):
                pass
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return None
    return begins


def require_modest_text(path: Path, label: str) -> None:
    """Refuse a packed text that unpacks to more bytes than a workbook may; what lies unpacked may have any size.

    Its end says how large it is, but a few letters may be changed there: it is unpacked, and nothing of it kept.

    Raises
    ------
    InputError
        When it is too large. What is damaged is reported where it is read.
    """
    if not is_packed(path):
        return
    size, at_most = 0, UNPACKED_AT_MOST
    try:
        if path.stat().st_size * _MOST_PACKED <= at_most:
            return
        with open_bytes(path) as file:
            while size <= at_most and (chunk := file.read(_CHUNK)):
                size += len(chunk)
    except (OSError, EOFError, zlib.error):
        return
    if size > at_most:
        allowed = f"{at_most / 1e9:g} GB at most"
        remedy = "unpack it with gunzip and name the unpacked file, or save it as Parquet"
        raise InputError(Fault(f"unpacks to more than {at_most / 1e9:g} GB", label, allowed, remedy))
