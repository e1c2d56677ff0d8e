"""A pytest that has imported the packages already: each run is a fork, which saves seconds where thousands are run.

`serve` is started once with the modules to import, the project's own not among them; run as a script with a socket
and pytest's arguments, this module asks the server for a run and ends with its exit status. A run that uses ten times
the processor time of the first one, which is of the unchanged code, ends with another status than 0; time on the clock
does not count, for a busy machine is no fault of the tests.
"""

import contextlib
import gc
import importlib
import json
import math
import os
import resource
import socket
import sys
from pathlib import Path

PLUGINS = ("pytest", "hypothesis.extra.pandas", "nbformat", "pytest_benchmark.plugin", "xdist.plugin", "nbval.plugin")
IMPORTED_BEFORE = "ignore:Module already imported so cannot be rewritten"  # plugins hold no assertions of ours
PROCESSOR_SECONDS, TIMES_THE_FIRST = 120, 10
_END = b"\n"


def serve(address: Path, modules: list[str]) -> None:
    """Answer one request after another until the socket's file is gone."""
    for module in (*PLUGINS, *modules):
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    gc.freeze()  # what is shared by all runs need not be searched for waste in each
    sys.dont_write_bytecode = True  # two versions of a file within a second would share their compiled form
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen()
        listening.settimeout(1)
        seconds: float = PROCESSOR_SECONDS
        while address.exists():
            try:
                asked, _ = listening.accept()
            except TimeoutError:
                continue
            with asked, asked.makefile("rb") as lines:
                asked.settimeout(None)
                status, used = _run(json.loads(lines.readline()), math.ceil(seconds))
                asked.sendall(str(status).encode() + _END)
            if seconds == PROCESSOR_SECONDS:
                seconds = min(seconds, TIMES_THE_FIRST * (used + 1))


def _run(arguments: list[str], seconds: int) -> tuple[int, float]:
    """Return the exit status of a run and the processor time it took."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        import pytest

        os._exit(int(pytest.main(["-W", IMPORTED_BEFORE, *arguments])))
    _, status, usage = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime


def ask(address: str, arguments: list[str]) -> int:
    """Return the exit status of a run; negative where a signal ended it."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(address)
        asking.sendall(json.dumps(arguments).encode() + _END)
        with asking.makefile("rb") as lines:
            return int(lines.readline())


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(Path(sys.argv[2]), sys.argv[3:])
    else:
        sys.exit(0 if ask(sys.argv[1], sys.argv[2:]) == 0 else 1)
