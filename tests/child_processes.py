"""The processes that a test has started: which there are, and which have ended without anybody waiting for them."""

import time
from pathlib import Path

TASKS = Path("/proc/self/task")
WAIT_SECONDS = 2.0


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
    found = []
    for child in children():
        try:
            stat = Path(f"/proc/{child}/stat").read_text(encoding="utf-8")
        except OSError:  # waited for since
            continue
        if stat.rsplit(")", 1)[1].split()[0] == "Z":
            found.append(stat)
    return found


def new_zombies(before: set[str]) -> list[str]:
    """Return those that stay for a while, and were not there before; a thread may be about to wait for one."""
    until = time.monotonic() + WAIT_SECONDS
    while (left := [one for one in zombies() if one.split()[0] not in before]) and time.monotonic() < until:
        time.sleep(0.05)
    return left
