"""A pytest plugin: nbval's run of a notebook compares pieces and pictures as well, without a second run.

Loaded with `-p tests.nbval_pieces` beside nbval's own plugin, whose cells it replaces by cells that compare more. Where
the system can fork, the kernels of all notebooks are forked from one process that has imported before.
"""

import atexit
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import nbval.kernel
import pytest
from jupyter_client.manager import KernelManager
from nbval.plugin import IPyNbCell, IPyNbFile, coalesce_streams
from tests.output_comparison import output_differences

from helpers.suite.running.kernel_process import ForkingProvisioner
from helpers.suite.running.prepared import ForkedProcess, NotPreparedError, PreparedProcess


class ComparedCell(IPyNbCell):
    """A cell whose outputs are compared in all that a report is made from."""

    def runtest(self) -> None:
        """Refuse a cell that nbval would pass over; run and compare every other."""
        if self.options["skip"] or not self.options["check"] or self.options["check_exception"]:
            self.raise_cell_error("A mark keeps this cell from being compared")
        if self.cell.execution_count is None:
            self.raise_cell_error("This cell was never run, so that there is nothing to compare")
        super().runtest()

    def compare_outputs(self, test: list[Any], ref: list[Any], skip_compare: tuple[str, ...] | None = None) -> bool:
        """Compare texts as nbval does, then pieces and pictures, and name all that differs."""
        same_texts = super().compare_outputs(test, ref, skip_compare)
        differences = output_differences(coalesce_streams(ref), test)
        self.comparison_traceback += differences
        return same_texts and not differences


class ComparedNotebook(IPyNbFile):
    """A notebook of such cells."""

    def collect(self) -> Iterator[ComparedCell]:
        """Take over the cells that nbval finds."""
        for cell in super().collect():
            parts = {"cell_num": cell.cell_num, "cell": cell.cell, "options": cell.options}
            yield ComparedCell.from_parent(self, name=cell.name, **parts)


class _ForkingManager(KernelManager):
    """Forks the kernels that nbval asks for from one process, which ends with pytest's."""

    _prepared: ClassVar[PreparedProcess | None] = None

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.kernel_id = str(uuid4())
        self.provisioner = ForkingProvisioner(
            kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self, fork=self._forked
        )

    @classmethod
    def _forked(cls, command: Sequence[str], parts: Mapping[str, Any]) -> ForkedProcess | None:
        if "ipykernel_launcher" not in command:
            return None
        if cls._prepared is None:
            cls._prepared = PreparedProcess(Path(parts["cwd"]), Path(parts["cwd"]), os.environ)
            atexit.register(cls._prepared.close)
        arguments = command[command.index("ipykernel_launcher") + 1 :]
        where = {"cwd": parts["cwd"], "env": parts["env"], "pipe": _held_open()[0], "log": parts["stderr"]}
        try:
            return cls._prepared.start(arguments, **where)
        except NotPreparedError:
            return None


@cache
def _held_open() -> tuple[int, int]:
    """Return the ends of a pipe that the system closes when this process ends."""
    return os.pipe()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let nbval fork its kernels where that can be done, and pays: to import before takes as long as two kernels."""
    if PreparedProcess.is_possible() and len({item.path for item in session.items}) > 2:
        nbval.kernel.KernelManager = _ForkingManager


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Generator[None, list[Any], list[Any]]:
    """Put a notebook that compares more in the place of nbval's."""
    found = yield
    return [
        ComparedNotebook.from_parent(parent, path=file_path) if isinstance(one, IPyNbFile) else one for one in found
    ]
