"""What a notebook that failed says: which cell, which message, and whose fault it is."""

from collections.abc import Sequence
from pathlib import Path

import nbformat

INPUT_ERROR, NOT_STARTED = "InputError", "KernelNotStarted"
ENGINE_ERROR, ENGINE_LOST, SOURCE_ERROR = "EngineError", "EngineLostError", "SourceError"
_OF_THE_USER = (INPUT_ERROR, ENGINE_ERROR, ENGINE_LOST, SOURCE_ERROR)
_IN_PLAIN_WORDS = (*_OF_THE_USER, NOT_STARTED)  # whose name says nothing that the message does not


class NotebookError(RuntimeError):
    """A notebook stopped at an error.

    Parameters
    ----------
    notebook : str
        Its name.
    cell : int
        Number of the code cell, from 1, parameters and injected cells counted; zero when none had begun.
    source : str
        First line of the cell.
    kind, message : str
        Name and text of the error raised in the notebook.
    partial : NotebookNode or None
        The notebook as far as it came.
    """

    def __init__(
        self, notebook: str, *, cell: int, source: str, kind: str, message: str, partial: nbformat.NotebookNode | None
    ) -> None:
        self.notebook, self.cell, self.source, self.kind, self.message = notebook, cell, source, kind, message
        self.partial = partial
        super().__init__(f"{notebook}, cell {cell} ({source}): {kind}: {message}")

    @property
    def is_users_input(self) -> bool:
        """Whether the notebook refused the user's input, rather than being wrong itself."""
        return self.kind in _OF_THE_USER

    @property
    def ends_the_run(self) -> bool:
        """Whether every other notebook would fail as well: what holds the tables is gone."""
        return self.kind == ENGINE_LOST

    @property
    def place(self) -> str:
        """The notebook, and the cell where one had begun."""
        return f"{self.notebook}, cell {self.cell}: {self.source}" if self.cell else self.notebook

    @property
    def text(self) -> str:
        """The message, with the name of the error where that says more."""
        return self.message if self.kind in _IN_PLAIN_WORDS else f"{self.kind}: {self.message}"

    @classmethod
    def between_notebooks(cls, message: str) -> "NotebookError":
        """Return the failure of notebooks that ran through but contradict each other."""
        return cls("results", cell=0, source="", kind="ResultsDifferError", message=message, partial=None)

    @classmethod
    def in_the_report(cls, notebook: str, message: str, executed: nbformat.NotebookNode) -> "NotebookError":
        """Return the failure of a notebook that ran through but whose pieces no report can be made from."""
        return cls(notebook, cell=0, source="", kind="ReportError", message=message, partial=executed)


class RunFailedError(RuntimeError):
    """So much of a run failed that there is nothing to report; the previous report stays as it was.

    Parameters
    ----------
    failures : sequence of NotebookError
        At least one.

    Attributes
    ----------
    kept : Path or None
        Folder in which the notebooks of the run were kept.
    """

    def __init__(self, failures: Sequence[NotebookError]) -> None:
        self.failures = tuple(failures)
        self.kept: Path | None = None
        super().__init__("; ".join(map(str, failures)))


class Stopped(Exception):  # noqa: N818  not an error: the run was asked to end
    """The run was asked to end before this notebook was through."""
