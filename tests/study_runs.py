"""Runs of studies that tests look at, each made once in a test session, however many workers test at a time.

What these runs leave is also compared with the outputs stored in the notebooks, so that `make test` runs a notebook
once: `RUNS` names the studies, and nbval executes only the notebooks that open on another one.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.cli import main
from helpers.suite.planning.notebook_file import NotebookFile, read_notebooks

ROOT = Path(__file__).resolve().parents[1]
RUNS: dict[str, tuple[str, ...]] = {
    "cdnow": ("31_lifetime_value",),
    "complete_journey": (),
    "donations": ("38_discrete_occasions",),
    "febrl1": ("11_record_linkage",),
    "febrl2": ("11_record_linkage",),
    "febrl4": ("11_record_linkage",),
    "replication": ("90_replication",),
}
"""By study: the notebooks run on it; all when none is named."""
_LOOK_EVERY_SECONDS, _AT_MOST_SECONDS = 0.2, 1800.0
_NOT_OF_A_TEST = ("CRM_HOME", "CRM_RUN_FOLDER")


def notebooks_run_by_tests() -> list[NotebookFile]:
    """Return the notebooks that open on one of the studies run, in reading order."""
    found = []
    for notebook in read_notebooks(ROOT / "notebooks"):
        study = notebook.parameters["study"].default
        if study in RUNS and (not RUNS[study] or notebook.name in RUNS[study]):
            found.append(notebook)
    return found


def crm_run(study: str | Path, reports: Path, *options: str) -> None:
    """Run a study as a user does, reports into a folder; raises what the command said when it fails."""
    command = [str(Path(sys.executable).with_name("crm")), "run", str(study), "--name", "latest", *options]
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_OF_A_TEST}
    environment["CRM_REPORTS"] = str(reports)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{study}: status {done.returncode}\n{done.stderr}")


def run_here(study: str | Path, reports: Path, *options: str, name: str = "latest") -> None:
    """Run a study by the same command within this process, whose imports it shares; raises what it said on failure."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(ROOT)
        for variable in _NOT_OF_A_TEST:
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setenv("CRM_REPORTS", str(reports))
        done = CliRunner().invoke(main, ["run", str(study), "--name", name, *options])
    if done.exit_code:
        raise AssertionError(f"{study}: status {done.exit_code}\n{done.stderr}")


def run_of(study: str, session_folder: Path) -> Path:
    """Return the report folder of a study of `RUNS`, run by whoever asks first in this session.

    Parameters
    ----------
    study : str
        A key of `RUNS`.
    session_folder : Path
        What all workers of the session have in common.
    """
    folder = session_folder / "runs" / study
    options = [word for chapter in RUNS[study] for word in ("--only", chapter)]
    run = run_here if options else crm_run  # a whole run starts as a user's does; a chapter waits for no imports
    made_once(folder, lambda: run(study, folder, *options))
    return folder / study / "latest"


def made_once(folder: Path, make: Callable[[], None]) -> None:
    """Make a folder, or wait until another worker has made it; raises AssertionError with its fault where it failed."""
    outcome = folder.with_name(f"{folder.name}.outcome")
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        fault = _wait_for(outcome)
    else:
        fault = "the worker that made it was stopped"
        try:
            make()
            fault = ""
        except AssertionError as error:
            fault = str(error)
        finally:
            unfinished = outcome.with_suffix(".unfinished")
            unfinished.write_text(fault, encoding="utf-8")
            unfinished.replace(outcome)
    assert not fault, fault


def _wait_for(outcome: Path) -> str:
    until = time.monotonic() + _AT_MOST_SECONDS
    while not outcome.exists():
        assert time.monotonic() < until, f"another worker did not finish {outcome.stem}"
        time.sleep(_LOOK_EVERY_SECONDS)
    return outcome.read_text(encoding="utf-8")
