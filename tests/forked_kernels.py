"""One process that has imported what chapters import, of which the kernels of many runs are forked.

A run that starts its kernels by itself, or a prepared process of its own, imports for seconds; tests of what a run
leaves need not wait for that. How kernels start, end and are cleared away is tested in `suite/test_kernels.py` and
`suite/test_prepared.py`, with kernels and processes of the runs' own.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from helpers.suite.running.prepared import PreparedProcess


class _OfAllRuns(PreparedProcess):
    """Outlives the runs that fork kernels from it."""

    def close(self) -> None:
        """Leave it to the session, which ends it."""

    def end(self) -> None:
        super().close()


@contextmanager
def process_of_all_runs() -> Iterator[PreparedProcess | None]:
    """Give a prepared process until the end of the session; None where the system allows none."""
    if not PreparedProcess.is_possible():
        yield None
        return
    root = Path(__file__).resolve().parents[1]
    process = _OfAllRuns(root, root)
    try:
        yield process
    finally:
        process.end()


@contextmanager
def kernels_forked_from(process: PreparedProcess | None) -> Iterator[None]:
    """Let the runs of this process fork their kernels from one given, where there is one."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        if process is not None:
            monkeypatch.setattr("helpers.suite.running.runner._prepared", lambda *_: nullcontext(process))
        yield
