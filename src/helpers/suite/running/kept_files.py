"""Which files of single customers a run keeps: those of chapters that ran through, whole, and no others."""

from collections.abc import Collection, Iterator
from pathlib import Path

import nbformat

from helpers.suite.report.blocks import FILE
from helpers.suite.report.model import pieces_of


def files_named_in(notebook: nbformat.NotebookNode) -> frozenset[str]:
    """Return the names of the files in the folder of lists that the pieces of an executed notebook speak of."""
    return frozenset(_files(notebook))


def _files(notebook: nbformat.NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        for piece, _ in pieces_of(cell):
            if piece["kind"] == "list":
                yield f"{piece['name']}.parquet"
            elif FILE in piece:
                yield piece[FILE]


def remove_all_but(named: Collection[str], folder: Path) -> None:
    """Remove the files that no chapter speaks of: the halves that a chapter leaves which stops in the middle."""
    for file in folder.iterdir():
        if file.is_file() and file.name not in named:
            file.unlink()
