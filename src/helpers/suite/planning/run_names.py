"""Names of runs, and of what a run keeps in its folder."""

import re

from helpers.core.errors import Fault, InputError

RUN_FOLDER_VARIABLE = "CRM_RUN_FOLDER"  # tells a notebook which run it belongs to
WHOLE_RUN, PART_RUN, EXAMPLE = "latest", "partial", "example"
FAILED = ".failed"
NOTEBOOKS, RESULTS, LISTS, KERNELS = "notebooks", "results", "lists", "kernels"
RECEIPT_FILE = "receipt.json"
WARNINGS = "warnings.json"  # found once for all notebooks of a run
_RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}[A-Za-z0-9_-]|[A-Za-z0-9]")
# Names that Windows gives to devices, with any ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def check_run_name(run: str) -> str:
    """Return a run's name, or raise when it cannot be the name of a folder everywhere.

    Raises
    ------
    InputError
        When the name could leave the study's folder, is hidden, reserved or too long.

    Examples
    --------
    >>> check_run_name("2024-q1")
    '2024-q1'
    """
    if run == EXAMPLE:
        remedy = "choose another name"
        raise InputError(Fault(f"{run!r} is the report that comes with the project", where="--name", remedy=remedy))
    if not _RUN_NAME.fullmatch(run) or _DEVICES.fullmatch(run) or run.endswith(FAILED):
        allowed = f"1 to 64 letters, digits, '-', '_' and '.', not ending in '.' or '{FAILED}'"
        remedy = "choose another name, or leave --name out"
        raise InputError(Fault(f"a run cannot be called {run!r}", where="--name", allowed=allowed, remedy=remedy))
    return run
