"""A pytest plugin: nbval's run of a notebook compares pieces and pictures as well, without a second run.

Loaded with `-p tests.nbval_pieces` beside nbval's own plugin, whose cells it replaces by cells that compare more. Where
the system can fork, the kernels of all notebooks are forked from one process that has imported before.
"""

import atexit
import os
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import nbval.kernel
import pytest
from jupyter_client.manager import KernelManager
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell, IPyNbFile, coalesce_streams
from tests.output_comparison import output_differences

from helpers.suite.notebook.opening import DEFAULT, THIS_RUN
from helpers.suite.report.blocks import KEY
from helpers.suite.running.kernel_process import ForkingProvisioner
from helpers.suite.running.prepared import ForkedProcess, NotPreparedError, PreparedProcess


class ComparedCell(IPyNbCell):
    """A cell whose outputs are compared in all that a report is made from."""

    def runtest(self) -> None:
        """Refuse a cell that nbval would pass over; run and compare every other."""
        self.refuse_what_is_passed_over()
        super().runtest()

    def compare_with_run(self, outputs: list[Any]) -> None:
        """Compare what a run has left of this cell, instead of running it; raises NbCellError where they differ."""
        self.refuse_what_is_passed_over()
        if not self.compare_outputs(coalesce_streams(outputs), coalesce_streams(opened_by_a_run(self.cell.outputs))):
            self.raise_cell_error("Cell outputs differ", "\n".join(self.comparison_traceback))

    def refuse_what_is_passed_over(self) -> None:
        """Raise NbCellError where there is nothing to compare, or a mark forbids it."""
        if self.options["skip"] or not self.options["check"] or self.options["check_exception"]:
            self.raise_cell_error("A mark keeps this cell from being compared")
        if self.cell.execution_count is None:
            self.raise_cell_error("This cell was never run, so that there is nothing to compare")

    def compare_outputs(self, test: list[Any], ref: list[Any], skip_compare: tuple[str, ...] | None = None) -> bool:
        """Compare texts as nbval does, then pieces and pictures, and name all that differs."""
        same_texts = super().compare_outputs(test, ref, skip_compare)
        differences = output_differences(coalesce_streams(ref), test)
        self.comparison_traceback += differences
        return same_texts and not differences


def opened_by_a_run(stored: list[NotebookNode]) -> list[NotebookNode]:
    """Return stored outputs as a run leaves them: its opening names the study among what was given to the run."""
    outputs = deepcopy(stored)
    for output in outputs:
        piece = output.get("metadata", {}).get(KEY, {})
        if piece.get("kind") == "opening":
            study = piece["parameters"]["study"]
            assert study["source"] == DEFAULT
            study["source"] = THIS_RUN
            named = f"`study = {study['value']!r}`"
            for kind, text in output["data"].items():
                default = rf"((?:- from study\.yml: .*\n)?)- default: {re.escape(named)}(?:, (?=`))?"
                output["data"][kind] = re.sub(default, rf"- given to this run: {named}\n\1- default: ", text, count=1)
                output["data"][kind] = output["data"][kind].removesuffix("\n- default: ")
    return outputs


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
