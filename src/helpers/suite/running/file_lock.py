"""A lock between processes that the operating system releases when its holder ends, however it ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes], *, wait: bool) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: IO[bytes], *, wait: bool) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file for the length of a block, waiting for whoever holds it now."""
    with _opened(path) as file:
        _take(file, wait=True)
        yield


def hold(path: Path) -> IO[bytes]:
    """Take a lock file that nobody holds and return it open; closing it, or the end of the process, lets it go.

    Raises
    ------
    BlockingIOError
        When another process holds it.
    """
    file = _opened(path)
    try:
        _take(file, wait=False)
    except OSError as error:
        file.close()
        raise BlockingIOError(f"{path.name} is held by another process") from error
    return file


def is_held(path: Path) -> bool:
    """Say whether a living process holds a lock file."""
    try:
        hold(path).close()
    except (BlockingIOError, PermissionError):  # what another user keeps to themselves may be held
        return True
    return False


def _opened(path: Path) -> IO[bytes]:
    """Open a lock file that all users of its folder may open; reading is enough to hold it."""
    try:
        return path.open("rb+")
    except FileNotFoundError:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "rb+")
        path.chmod(0o666)  # whatever the umask says
        return file
    except PermissionError:
        return path.open("rb")
