"""Where a run works, and how its report takes the place of the previous one.

A run fills a hidden folder beside the report and renames it into place at its very end. Each working folder has a lock
file that its process holds: a folder whose lock is free was left by a process that was killed, and the next run removes
it, with the sockets of its kernels. `reports/.lock` is held only while folders are made, renamed or removed.
"""

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from helpers.core import places
from helpers.core.errors import Fault, InputError
from helpers.suite.planning.report_folder import mark_owner, share_like
from helpers.suite.planning.run_names import FAILED, KERNELS, LISTS, NOTEBOOKS, RESULTS, WARNINGS
from helpers.suite.running.connections import remove_socket_folders
from helpers.suite.running.file_lock import hold, is_held, locked

_LEFTOVER = re.compile(r"\.(?P<run>.+)\.(?P<token>[0-9a-f]{8})\.(?P<kind>work|old|lock)")
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG)


@dataclass(frozen=True)
class Workspace:
    """The folders of one run.

    Parameters
    ----------
    target : Path
        The report folder the run will become.
    token : str
        Tells this run from others of the same name.
    identity : str
        Tells the study's folder from others with a study of that name; nothing is written down where it is empty.
    """

    target: Path
    token: str
    identity: str = ""

    @property
    def folder(self) -> Path:
        """Where the run works."""
        return self.beside("work")

    @property
    def failed_folder(self) -> Path:
        """Where the notebooks of a run that failed are kept."""
        return self.target.with_name(f"{self.target.name}{FAILED}")

    def publish(self) -> Path:
        """Put the run's folder in the place of the previous report, and return that place.

        Raises
        ------
        InputError
            When the previous report cannot be moved, because a program has one of its files open.
        """
        for name in (RESULTS, KERNELS):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / WARNINGS).unlink(missing_ok=True)
        share_like(self.folder, self.target.parent)
        old = self.beside("old")
        with locked(_guard()):
            try:
                if self.target.exists():
                    self.target.rename(old)
                self.folder.rename(self.target)
                if self.identity:
                    mark_owner(self.target.parent, self.identity)
            except PermissionError as error:
                if old.exists() and not self.target.exists():
                    old.rename(self.target)
                what = f"the previous report {shown(self.target)} cannot be replaced: {error.strerror}"
                remedy = "close the programs that show it, or give the new run another --name"
                raise InputError(Fault(what, remedy=remedy)) from None
        shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(self.failed_folder, ignore_errors=True)
        return self.target

    def keep_failed(self) -> Path:
        """Keep the notebooks of a failed run beside the report, and return where they are."""
        kept = self.failed_folder
        with locked(_guard()):
            shutil.rmtree(kept, ignore_errors=True)
            if kept.exists():  # of another user, who does not let others remove it
                kept = self.target.with_name(f"{self.target.name}.{self.token}{FAILED}")
            kept.mkdir()
            (self.folder / NOTEBOOKS).rename(kept / NOTEBOOKS)
            share_like(kept, kept.parent)
        return kept / NOTEBOOKS

    def beside(self, kind: str) -> Path:
        """Return a hidden neighbour of the report that belongs to this run: its work, its lock or the old report."""
        return self.target.with_name(f".{self.target.name}.{self.token}.{kind}")


@contextmanager
def workspace(study: str, run: str, identity: str = "") -> Iterator[Workspace]:
    """Make the folders of a run and remove what is left of them, whatever happens.

    Parameters
    ----------
    study : str
        Name of the study.
    run : str
        Name of the run, checked by `check_run_name`.
    identity : str
        Of the study, by `report_folder.identity_of`.

    Raises
    ------
    InputError
        When the folder of reports cannot be written to.
    """
    target = places.reports_folder() / study / run
    space = Workspace(target, secrets.token_hex(4), identity)
    lock_file = space.beside("lock")
    try:
        _guard()
        if not target.parent.exists():
            target.parent.mkdir(exist_ok=True)
            share_like(target.parent, target.parent.parent)
        with locked(_guard()):
            for folder in sorted(target.parent.parent.glob("[!.]*")):
                remove_leftovers(folder)
            held = hold(lock_file)
            for name in (NOTEBOOKS, RESULTS, LISTS, KERNELS):
                (space.folder / name).mkdir(parents=True)
    except OSError as error:
        raise InputError(_unwritable(error)) from error
    try:
        yield space
    finally:
        with locked(_guard()):
            _settle(space)
            held.close()
            lock_file.unlink(missing_ok=True)
            if not any(target.parent.iterdir()):
                target.parent.rmdir()


@contextmanager
def full_disk_as_fault() -> Iterator[None]:
    """Tell what keeps a disk from being written to as the user's to mend; other errors are passed on.

    Raises
    ------
    InputError
        When the disk is full, write-protected or broken.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        raise InputError(_unwritable(error)) from error


def _unwritable(error: OSError) -> Fault:
    what = f"the report cannot be written: {error.strerror}"
    remedy = "make room or allow writing there, or set CRM_REPORTS to another folder"
    return Fault(what, where=shown(places.reports_folder()), remedy=remedy)


def recover(study: str) -> None:
    """Put back a report whose replacement was killed between its two renames."""
    folder = places.reports_folder() / study
    if any(folder.glob(".*.old")) or any(folder.glob(".*.work")):
        with locked(_guard()):
            remove_leftovers(folder)


def remove_leftovers(folder: Path) -> None:
    """Remove what killed runs of a study left behind; the caller holds the guard.

    Parameters
    ----------
    folder : Path
        Reports of the study.
    """
    found = [parts for entry in sorted(folder.glob(".*")) if (parts := _LEFTOVER.fullmatch(entry.name))]
    for run, token in dict.fromkeys((parts["run"], parts["token"]) for parts in found):
        space = Workspace(folder / run, token)
        # A run takes its lock before it makes anything: what has none belongs to nobody.
        if space.beside("lock").exists() and is_held(space.beside("lock")):
            continue
        remove_socket_folders(space.token)
        # What another user keeps to themselves stays for their own next run.
        with suppress(PermissionError):
            _settle(space)
            space.beside("lock").unlink(missing_ok=True)


def _settle(space: Workspace) -> None:
    """Put the previous report back if the run ended between its two renames, and remove the run's hidden folders."""
    old = space.beside("old")
    if old.exists() and not space.target.exists():
        old.rename(space.target)
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(space.folder, ignore_errors=True)


def shown(path: Path) -> str:
    """Return a path as a person in this folder would write it."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the folder the command was started in has been removed
        return os.fspath(path)
    return os.fspath(path.relative_to(here)) if path.is_relative_to(here) else os.fspath(path)


def _guard() -> Path:
    folder = places.reports_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return folder / ".lock"
