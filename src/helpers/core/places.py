"""The one place that knows paths: the project, its notebooks, its data and its reports.

`CRM_HOME` names the project folder and `CRM_REPORTS` the folder of reports; without them the project is the nearest
folder above the current one that looks like it, else the checkout this package was installed from.
"""

import os
import tomllib
from pathlib import Path

from helpers.core.errors import Fault, InputError

DISTRIBUTION = "crm-notebooks"


def project_root() -> Path:
    """Return the folder that holds `notebooks/` and `data/`.

    Raises
    ------
    InputError
        When `CRM_HOME` names no such folder, or none is found.
    """
    named = os.environ.get("CRM_HOME")
    if named:
        return _home(Path(named).expanduser())
    here = Path.cwd()
    own_checkout = Path(__file__).resolve().parents[3]
    for folder in (here, *here.parents, own_checkout):
        if _is_project(folder):
            return folder
    raise InputError(
        Fault(
            f"no project found above {str(here)!r}",
            allowed=f"a folder with notebooks/, data/ and the pyproject.toml of {DISTRIBUTION}",
            remedy="change into the project folder, or set CRM_HOME to it",
        )
    )


def require_working_folder() -> None:
    """Make sure that the folder a command was started in still exists: relative paths start there.

    Raises
    ------
    InputError
        When it has been removed.
    """
    try:
        Path.cwd()
    except OSError as error:
        what = "the folder this command was started in is gone, or may not be entered"
        remedy = "change into another folder, such as that of the project, and start again"
        raise InputError(Fault(what, where="working folder", remedy=remedy)) from error


def data_folder() -> Path:
    """Return the folder that holds one folder per study."""
    return project_root() / "data"


def notebooks_folder() -> Path:
    """Return the folder of the notebooks."""
    return project_root() / "notebooks"


def reports_folder() -> Path:
    """Return the folder that reports are written to; it need not exist yet."""
    named = os.environ.get("CRM_REPORTS")
    return Path(named).expanduser().resolve() if named else project_root() / "reports"


def _home(folder: Path) -> Path:
    missing = [name for name in ("notebooks", "data") if not (folder / name).is_dir()]
    if missing:
        raise InputError(
            Fault(
                f"CRM_HOME names {str(folder)!r}, which has no folder {' and no folder '.join(missing)}",
                allowed="a folder with notebooks/ and data/",
                remedy="set CRM_HOME to the project folder, or unset it",
            )
        )
    return folder.resolve()


def _is_project(folder: Path) -> bool:
    project_file = folder / "pyproject.toml"
    if not ((folder / "notebooks").is_dir() and (folder / "data").is_dir() and project_file.is_file()):
        return False
    try:
        described = tomllib.loads(project_file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False
    project = described.get("project")
    return isinstance(project, dict) and project.get("name") == DISTRIBUTION
