"""The processes that a test has started: which there are, and which have ended without anybody waiting for them."""

import ctypes
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TASKS = Path("/proc/self/task")
WAIT_SECONDS = 5.0
_PR_SET_CHILD_SUBREAPER = 36


def children() -> list[str]:
    """Return the numbers of this process's children, of any of its threads."""
    found: list[str] = []
    for task in TASKS.iterdir():
        try:
            found += (task / "children").read_text(encoding="utf-8").split()
        except OSError:  # the thread has ended
            continue
    return found


def zombies() -> list[str]:
    """Return the children that have ended and were not waited for: number, command, and how they ended."""
    if not _one_has_ended():  # one call; the children of each of a hundred threads are read for the names alone
        return []
    found = []
    for child in children():
        try:
            stat = Path(f"/proc/{child}/stat").read_text(encoding="utf-8")
        except OSError:  # waited for since
            continue
        if stat.rsplit(")", 1)[1].split()[0] == "Z":
            found.append(stat)
    return found


def _one_has_ended() -> bool:
    """Return whether a child of any thread has ended and waits; it is left as it is."""
    try:
        return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # there is none at all
        return False


def new_zombies(before: set[str]) -> list[str]:
    """Return those that stay for a while, and were not there before; a thread may be about to wait for one."""
    until = time.monotonic() + WAIT_SECONDS
    while (left := [one for one in zombies() if one.split()[0] not in before]) and time.monotonic() < until:
        time.sleep(0.05)
    return left


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Let orphans go to this process, as they do to that of a desktop's session; those who end are waited for."""
    before = set(children())
    assert ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        for orphan in set(children()) - before:
            _wait_for_the_end_of(int(orphan))


def _wait_for_the_end_of(orphan: int) -> None:
    """Wait for a process that is ending: its command line is gone a moment before it can be waited for."""
    until = time.monotonic() + WAIT_SECONDS
    with suppress(ChildProcessError):
        while os.waitpid(orphan, os.WNOHANG) == (0, 0) and time.monotonic() < until:
            time.sleep(0.05)
