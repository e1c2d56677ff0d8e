"""The named results of a run: taken from each executed notebook, put together in one file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from helpers.results import dump_json
from helpers.suite.pieces import KEY

Entries = Mapping[str, Mapping[str, Any]]


class ResultsDifferError(ValueError):
    """Two notebooks give one name to different findings: a fault of the notebooks, not of the user."""


def results_of(notebook: nbformat.NotebookNode) -> dict[str, dict[str, Any]]:
    """Return the results an executed notebook hands over."""
    found: dict[str, dict[str, Any]] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            piece = output.get("metadata", {}).get(KEY, {})
            if piece.get("kind") == "results":
                found |= {name: dict(entry) for name, entry in piece["results"].items()}
    return found


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
                clashes.append(f"{name!r} is {_told(first)} in {first['notebook']} and {_told(entry)} in {notebook}")
    if clashes:
        raise ResultsDifferError("; ".join(clashes))
    return together


def write_results(path: Path, entries: Entries) -> str:
    """Write results as a file and return its text: the same results are the same bytes."""
    text = dump_json(entries)
    path.write_text(text, encoding="utf-8", newline="\n")
    return text


def _told(entry: Mapping[str, Any]) -> str:
    return f"{entry.get('value')!r} {entry.get('unit', '')} ({entry.get('about', '')})"
