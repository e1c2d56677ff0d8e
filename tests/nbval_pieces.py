"""A pytest plugin: nbval's run of a notebook compares pieces and pictures as well, without a second run.

Loaded with `-p tests.nbval_pieces` beside nbval's own plugin, whose cells it replaces by cells that compare more.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, coalesce_streams
from tests.output_comparison import output_differences


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


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Generator[None, list[Any], list[Any]]:
    """Put a notebook that compares more in the place of nbval's."""
    found = yield
    return [
        ComparedNotebook.from_parent(parent, path=file_path) if isinstance(one, IPyNbFile) else one for one in found
    ]
