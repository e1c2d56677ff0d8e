"""The named results of a run: taken from each executed notebook, put together in one file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat

from helpers.core.results import dump_json
from helpers.suite.report.blocks import KEY, NOT_DRAWN

Entries = Mapping[str, Mapping[str, Any]]


class ResultsDifferError(ValueError):
    """Two notebooks give one name to different findings: a fault of the notebooks, not of the user."""


def results_of(notebook: nbformat.NotebookNode) -> dict[str, dict[str, Any]]:
    """Return the results an executed notebook hands over."""
    found: dict[str, dict[str, Any]] = {}
    for piece in _pieces(notebook):
        if piece.get("kind") == "results":
            found |= {name: dict(entry) for name, entry in piece["results"].items()}
    return found


def not_drawn_in(notebook: nbformat.NotebookNode) -> frozenset[str]:
    """Return the characters that the charts of an executed notebook show as boxes, for want of a font."""
    return frozenset(character for piece in _pieces(notebook) for character in piece.get(NOT_DRAWN, ""))


def _pieces(notebook: nbformat.NotebookNode) -> Iterator[Mapping[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield output.get("metadata", {}).get(KEY, {})


def put_together(results: Mapping[str, Entries]) -> dict[str, dict[str, Any]]:
    """Return the results of all notebooks, each with the notebook that found it.

    Parameters
    ----------
    results : mapping of str to entries
        Results by notebook.

    Returns
    -------
    dict of str to dict
        A name that several notebooks agree on belongs to the first of them.

    Raises
    ------
    ResultsDifferError
        When two notebooks disagree, all such names at once.

    Examples
    --------
    >>> put_together({"10_a": {"orders": {"value": 3, "unit": "orders"}}})
    {'orders': {'value': 3, 'unit': 'orders', 'notebook': '10_a'}}
    """
    together: dict[str, dict[str, Any]] = {}
    clashes: list[str] = []
    for notebook in sorted(results):
        for name, entry in results[notebook].items():
            first = together.setdefault(name, {**entry, "notebook": notebook})
            if {**first, "notebook": notebook} != {**entry, "notebook": notebook}:
                clashes.append(
                    f"{name!r} is {_in_words(first)} in {first['notebook']} and {_in_words(entry)} in {notebook}"
                )
    if clashes:
        raise ResultsDifferError("; ".join(clashes))
    return together


def write_results(path: Path, entries: Entries) -> str:
    """Write results as a file and return its text: the same results are the same bytes."""
    text = dump_json(entries)
    path.write_text(text, encoding="utf-8", newline="\n")
    return text


def _in_words(entry: Mapping[str, Any]) -> str:
    return f"{entry.get('value')!r} {entry.get('unit', '')} ({entry.get('about', '')})"
