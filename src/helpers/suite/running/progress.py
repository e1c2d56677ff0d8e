"""What a person sees while a run goes on: bars in a terminal, plain lines elsewhere. Always on the error stream."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

LINE_EVERY_SECONDS = 5.0


class Progress(Protocol):
    """Reported by the runner, from any thread, how far each notebook is."""

    def started(self, notebook: str) -> None:
        """Note that a notebook has begun: its kernel is starting."""

    def cell(self, notebook: str, number: int, cells: int) -> None:
        """Note that a notebook begins with its code cell `number` of `cells`."""

    def ended(self, notebook: str, outcome: str, seconds: float) -> None:
        """Note that a notebook is through ("done") or not ("failed", "stopped")."""


class PlainLines:
    """Progress as lines, for log files: start and end of each notebook, and a sign of life every few seconds.

    Parameters
    ----------
    stream : text stream
        Where to write.
    clock : callable
        Seconds that only grow.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock, self._lock = stream, clock, Lock()
        self._began = clock()
        self._last_line: dict[str, float] = {}

    def started(self, notebook: str) -> None:
        """Write that a notebook has begun."""
        self._say(notebook, "started")

    def cell(self, notebook: str, number: int, cells: int) -> None:
        """Write the cell, when nothing was written for a while."""
        if self._clock() - self._last_line.get(notebook, self._began) >= LINE_EVERY_SECONDS:
            self._say(notebook, f"cell {number} of {cells}")

    def ended(self, notebook: str, outcome: str, seconds: float) -> None:
        """Write how a notebook ended."""
        self._say(notebook, f"{outcome} after {seconds:.1f} s")

    def _say(self, notebook: str, what: str) -> None:
        with self._lock:
            now = self._clock()
            self._last_line[notebook] = now
            self._stream.write(f"{now - self._began:7.1f} s  {notebook}: {what}\n")
            self._stream.flush()


class TerminalBars:
    """Progress as one bar per notebook."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def started(self, notebook: str) -> None:
        """Add a notebook's bar."""
        self._tasks[notebook] = self._bars.add_task(notebook, total=None, doing="starting")

    def cell(self, notebook: str, number: int, cells: int) -> None:
        """Move a notebook's bar."""
        self._bars.update(self._tasks[notebook], total=cells, completed=number - 1, doing=f"cell {number}")

    def ended(self, notebook: str, outcome: str, seconds: float) -> None:  # noqa: ARG002
        """Stop a notebook's bar; it shows the time itself."""
        task = self._tasks[notebook]
        if outcome == "done":
            total = next(one.total for one in self._bars.tasks if one.id == task)
            self._bars.update(task, completed=total or 0)
        self._bars.update(task, doing=outcome)
        self._bars.stop_task(task)


@contextmanager
def shown_on(stream: TextIO) -> Iterator[Progress]:
    """Show progress on a stream in the form that suits it."""
    console = Console(file=stream)
    if not console.is_terminal:
        yield PlainLines(stream)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[doing]}", markup=False),
    )
    with Bars(*columns, console=console) as bars:
        yield TerminalBars(bars)
