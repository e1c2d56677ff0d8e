"""What a report says in the place of a chapter that stopped at an error."""

import re
from collections.abc import Mapping
from pathlib import Path

from helpers.suite.report.failures import NotebookError
from helpers.suite.report.model import FailedChapter
from helpers.suite.report.scrub import ELSEWHERE, renamed

OURS = "could not be worked out; the analyst's view names the cell"
OURS_BEFORE_ANY_CELL = "could not be worked out; the analyst's view says why"
_FOLDERS_OF_A_FILE = re.compile(r"(?:[^\s'\"<>|:,;()\\/]+[\\/])+(?=[^\s'\"<>|:,;()\\/]+\.\w)")


def failed_chapter(error: NotebookError, title: str, folder: Path, paths: Mapping[Path, str]) -> FailedChapter:
    """Return what the reports and the receipt say about a notebook that failed.

    Parameters
    ----------
    error : NotebookError
        How it failed.
    title : str
        The notebook's.
    folder : Path
        Where the executed notebooks are.
    paths : mapping of Path to str
        Folders of this machine, and what to call them.
    """
    file = folder / f"{error.notebook}.ipynb"
    message = renamed(error.message, paths)
    return FailedChapter(
        notebook=error.notebook,
        title=title,
        reason=reason_for_client(message, cell=error.cell, is_users_input=error.is_users_input),
        cell=error.cell,
        kind=error.kind,
        message=message,
        is_users_input=error.is_users_input,
        file=file if file.is_file() else None,
    )


def reason_for_client(message: str, *, cell: int, is_users_input: bool) -> str:
    r"""Return why a chapter is missing, without paths, and without remedies that only an analyst can apply.

    Examples
    --------
    >>> message = "data/shop/tables/orders.csv, line 3: 'x' is no amount\n    remedy: set decimal: in study.yml"
    >>> reason_for_client(message, cell=4, is_users_input=True)
    "orders.csv, line 3: 'x' is no amount"
    >>> reason_for_client("list index out of range", cell=4, is_users_input=False)
    "could not be worked out; the analyst's view names the cell"
    """
    if not is_users_input:
        return OURS if cell else OURS_BEFORE_ANY_CELL
    faults = [line for line in message.splitlines() if line.strip() and not line.startswith(" ")]
    return _FOLDERS_OF_A_FILE.sub("", "; ".join(faults)).replace(f"{ELSEWHERE}/", "")
