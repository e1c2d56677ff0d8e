"""The folder of a study's reports: which study it belongs to, and that all who share it may write there."""

import hashlib
import os
import stat
from pathlib import Path

from helpers.core import places
from helpers.core.errors import Fault
from helpers.study.study import Study

OWNER_FILE = ".study"
_OTHERS = 0o077  # what a mode allows to others than the owner


def identity_of(study: Study) -> str:
    """Return what tells a study's folder from all others, without naming it: a hash of its place beside the reports.

    Reports that move together with their studies keep their identity.
    """
    folder, reports = study.folder.resolve(), places.reports_folder().resolve()
    try:
        place = os.path.relpath(folder, reports)
    except ValueError:  # on Windows there is no way from one drive to another
        place = os.fspath(folder)
    return hashlib.sha256(Path(place).as_posix().encode("utf-8")).hexdigest()


def owner_faults(study: Study) -> list[Fault]:
    """Return the fault of a study whose reports would take the place of those of another folder of that name."""
    owner = places.reports_folder() / study.name / OWNER_FILE
    if not owner.is_file() or owner.read_text(encoding="utf-8").strip() == identity_of(study):
        return []
    what = f"another folder has a study called {study.name!r}, and its reports would be replaced"
    remedy = (
        "give the study a name of its own, or set CRM_REPORTS to another folder; where the folder has only moved, "
        f"delete the file {study.name}/{OWNER_FILE} in the folder of reports"
    )
    return [Fault(what, study.where("study"), "one folder for one name", remedy)]


def mark_owner(folder: Path, identity: str) -> None:
    """Write down which study the reports in a folder belong to."""
    owner = folder / OWNER_FILE
    if not owner.exists():
        owner.write_text(f"{identity}\n", encoding="utf-8")


def share_like(folder: Path, other: Path) -> None:
    """Give a folder, and those inside, what another allows to group and others; nothing is taken away.

    A folder in which users may only touch what is their own (its sticky bit is set) shares nothing.
    """
    mode = other.stat().st_mode
    allowed = 0 if mode & stat.S_ISVTX else mode & _OTHERS
    for one in (folder, *(path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())):
        own = stat.S_IMODE(one.stat().st_mode)
        if own | allowed != own:
            one.chmod(own | allowed)
