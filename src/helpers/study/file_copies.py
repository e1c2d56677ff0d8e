"""Files that hold the same bytes under two names: an export that was saved twice, whose rows would be counted twice."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from helpers.core.errors import Fault

_TEXTS = (".csv", ".tsv")
_LOOKED_AT_BYTES = 1 << 16


def copies_among(paths: Sequence[Path]) -> dict[Path, Path]:
    """Return each file that is a copy of another, with that other; files of a header alone are none.

    Parameters
    ----------
    paths : sequence of Path
        Files that can be read. Of equal ones, that with the shortest name is the original.
    """
    by_size: dict[int, list[Path]] = {}
    for path in sorted(paths, key=lambda one: (len(one.name), str(one))):
        by_size.setdefault(path.stat().st_size, []).append(path)
    found: dict[Path, Path] = {}
    for alike in by_size.values():
        originals: dict[bytes, Path] = {}
        for path in alike if len(alike) > 1 else ():
            if _has_rows(path):
                original = originals.setdefault(_digest(path), path)
                found |= {path: original} if original != path else {}
    return found


def copied_fault(copy: Path, original: Path, where: str) -> Fault:
    """Return the fault of a file whose rows would be counted twice."""
    what = f"{copy.name} holds the same bytes as {original.name}: its rows would be counted twice"
    return Fault(what, where, "each export once", f"take {copy.name} out of the folder, or name the other file alone")


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _has_rows(path: Path) -> bool:
    """Say whether a file may hold rows: of a text, more than one line."""
    if path.suffix.lower() not in _TEXTS:
        return True
    with path.open("rb") as file:
        return len([line for line in file.read(_LOOKED_AT_BYTES).splitlines() if line.strip()]) > 1
