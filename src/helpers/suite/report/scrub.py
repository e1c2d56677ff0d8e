"""What an executed notebook must not carry into a report: passwords, machine paths, and times that always differ."""

import re
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import nbformat

from helpers.core import places
from helpers.study.database_address import SHORTEST_TRACE, forms_of
from helpers.study.study import Study
from helpers.suite.report.failures import NotebookError

_Patterns = list[tuple[re.Pattern[str], str]]
ELSEWHERE = "…"
INJECTED_TAG = "injected-parameters"
_NOTEBOOK_METADATA = ("kernelspec", "language_info")
_ABSOLUTE_PATH = re.compile(r"(?<![\w:/.<])(?:[A-Za-z]:\\|\\\\|/)(?:[^\s'\"<>|:,;()\\/]+[\\/])+(?=[^\s'\"<>|:,;()\\/])")
_CELL_FILE = re.compile(r"[^\s'\"]*ipykernel_\d+[/\\]\d+\.py")


def scrub(notebook: nbformat.NotebookNode, paths: Mapping[Path, str], secrets: Collection[str] = ()) -> None:
    """Take machine paths, secrets and volatile metadata out of an executed notebook, in place.

    Parameters
    ----------
    notebook : NotebookNode
        Just executed by papermill.
    paths : mapping of Path to str
        Folders and what to call them.
    secrets : collection of str
        Passwords of databases; a driver's warning may repeat them.
    """
    notebook.metadata = {name: notebook.metadata[name] for name in _NOTEBOOK_METADATA if name in notebook.metadata}
    names, hidden = _by_length(paths), secret_patterns(secrets)
    for cell in notebook.cells:
        for volatile in ("papermill", "execution"):
            cell.metadata.pop(volatile, None)
        if INJECTED_TAG in cell.metadata.get("tags", []):
            cell.id = INJECTED_TAG  # papermill draws a new one every time
            cell.source = _renamed(cell.source, names)
        _rename_outputs(cell, names, hidden)


def machine_paths(study: Study, run_folder: Path) -> dict[Path, str]:
    """Return the folders of this machine that a notebook may name, and what a reader sees in their place."""
    paths = {
        Path.home(): "~",
        Path(tempfile.gettempdir()): ELSEWHERE,
        Path(sys.base_prefix): ELSEWHERE,
        Path(sys.prefix): ELSEWHERE,
        places.project_root(): ELSEWHERE,
        run_folder: ELSEWHERE,
        study.folder: study.name,
    }
    return {path: name for path, name in paths.items() if len(path.parts) > 1}


def without_paths(text: str) -> str:
    r"""Return a text in which absolute paths are cut to their last part: a reader needs the file, not the machine.

    Examples
    --------
    >>> without_paths("/srv/jobs/a.py:3: UserWarning, see https://example.org/a/b")
    '…/a.py:3: UserWarning, see https://example.org/a/b'
    >>> without_paths(r"C:\Users\me\a.csv")
    '…/a.csv'
    """
    return _ABSOLUTE_PATH.sub("…/", text)


def renamed(text: str, paths: Mapping[Path, str]) -> str:
    """Return a text with folders of this machine as `scrub` would have them, and other absolute paths cut short."""
    return without_paths(str(_renamed(text, _by_length(paths))))


def secret_patterns(secrets: Collection[str]) -> _Patterns:
    """Return patterns that find secrets as written, decoded or encoded, the longest first, and what takes their place.

    A secret of one or two letters would be found in every word, and tells nothing.
    """
    forms = {form for secret in secrets for form in forms_of(secret) if len(form) >= SHORTEST_TRACE}
    return [(re.compile(re.escape(form), re.IGNORECASE), ELSEWHERE) for form in sorted(forms, key=len, reverse=True)]


def scrub_failed(error: NotebookError, secrets: Collection[str]) -> None:
    """Take secrets out of the message and the notebook of a run that failed, in place."""
    patterns = secret_patterns(secrets)
    error.message = _renamed(error.message, patterns)
    for cell in error.partial.cells if error.partial is not None else ():
        _rename_outputs(cell, [], patterns)


def _rename_outputs(cell: nbformat.NotebookNode, names: _Patterns, hidden: _Patterns) -> None:
    if cell.cell_type == "code":
        cell.outputs = [
            nbformat.from_dict(_renamed(output, [*hidden, *names] if _is_said(output) else names))  # type: ignore[no-untyped-call]
            for output in cell.outputs
        ]


def _is_said(output: Mapping[str, Any]) -> bool:
    """Say whether an output is what a library wrote; the suite's own words may well hold what is a word too."""
    return output["output_type"] in ("stream", "error")


def _by_length(paths: Mapping[Path, str]) -> _Patterns:
    """Return a pattern for each folder, the deepest first, that finds it only where a path begins and a part ends."""
    texts = {str(path): name for path, name in paths.items()}
    return [
        (re.compile(rf"(?<![\w+/\\.]){re.escape(text)}(?![\w.-])"), texts[text])
        for text in sorted(texts, key=len, reverse=True)
    ]


def _renamed(content: Any, names: _Patterns) -> Any:
    if isinstance(content, str):
        text = _CELL_FILE.sub("cell", content)
        for pattern, name in names:
            text = pattern.sub(name.replace("\\", r"\\"), text)
        return text
    if isinstance(content, Mapping):
        # Pictures are base64, where a short path could occur by chance.
        return {
            key: value if str(key).startswith("image/") else _renamed(value, names) for key, value in content.items()
        }
    if isinstance(content, list):
        return [_renamed(value, names) for value in content]
    return content
