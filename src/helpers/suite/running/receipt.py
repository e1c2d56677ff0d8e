"""What a report was made from, so that somebody else can make it again and see that it is the same."""

import hashlib
import platform
import re
import subprocess
from collections.abc import Container, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import helpers
from helpers.core import places
from helpers.core.places import DISTRIBUTION
from helpers.suite.planning.needs import LINKED_TABLE
from helpers.suite.planning.plan import STUDY, Plan, Setting
from helpers.suite.report.model import FailedChapter

_GIT_SECONDS = 20
_LINKS_ITSELF = "Spark"  # records on any other engine are read, and compared in this process
_OWN_FOLDERS = ("src", "notebooks", "data", "pyproject.toml", "requirements.lock")
_REQUIREMENT_NAME = re.compile(r"[A-Za-z0-9._-]+")


def make_receipt(
    plan: Plan, *, results: str, started: datetime, ended: datetime, failed: Sequence[FailedChapter] = ()
) -> dict[str, Any]:
    """Return the receipt of a run, without any path of this machine.

    Parameters
    ----------
    plan : Plan
        What was run.
    results : str
        Text of the results file.
    started, ended : datetime
        With their time zone.
    failed : sequence of FailedChapter
        Notebooks that stopped at an error.
    """
    without_report = {one.notebook for one in failed}
    study = plan.study
    return {
        "suite": {"name": DISTRIBUTION, "version": helpers.__version__, **git_state(places.project_root())},
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": package_versions(),
        "study": {"name": study.name, "title": study.title, "as_of": study.as_of.isoformat()},
        "engine": study.engine,
        **_linkage_entry(plan, without_report),
        "run": plan.run,
        "parameters": {name: _setting_entry(name, setting, plan) for name, setting in plan.settings.items()},
        "seed": plan.settings["seed"].value if "seed" in plan.settings else None,
        "inputs": [{"label": one.label, "sha256": one.sha256, "bytes": one.bytes} for one in plan.inputs()],
        "notebooks": [one.name for one in plan.notebooks if one.name not in without_report],
        "failed": [
            {
                "notebook": one.notebook,
                "cell": one.cell,
                "kind": one.kind,
                "message": one.message,
                "title": one.title,
                "reason": one.reason,
            }
            for one in failed
        ],
        "skipped": [
            {"notebook": one.notebook.name, "missing": list(one.missing), "reason": one.reason} for one in plan.left_out
        ],
        "warnings": [] if plan.is_for_one_reader else [asdict(one) for one in plan.warnings],
        "results_sha256": hashlib.sha256(results.encode("utf-8")).hexdigest(),
        "started": started.astimezone(UTC).isoformat(timespec="seconds"),
        "duration_seconds": round((ended - started).total_seconds(), 1),
    }


def _linkage_entry(plan: Plan, without_report: Container[str]) -> dict[str, object]:
    """Return what compared the records of customers, where a chapter linked them: Spark, or DuckDB in this process."""
    done = (one for one in plan.notebooks if one.name not in without_report)
    if not any(LINKED_TABLE in one.needs for one in done):
        return {}
    engine = plan.study.engine
    return {
        "linkage": engine
        if engine["name"] == _LINKS_ITSELF
        else {"name": "DuckDB", "version": metadata.version("duckdb")}
    }


def package_versions() -> dict[str, str]:
    """Return the version of every package the suite itself asks for, sorted by name."""
    return {name: metadata.version(name) for name in sorted(_direct_dependencies(metadata.requires(DISTRIBUTION)))}


def git_state(folder: Path) -> dict[str, Any]:
    """Return the commit of a checkout and whether files of the suite differ from it; None outside of a checkout."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return {"commit": None, "modified": None}
    changes = _git(folder, "status", "--porcelain", "--", *_OWN_FOLDERS)
    return {"commit": commit.strip(), "modified": bool(changes and changes.strip())}


def _direct_dependencies(requirements: Iterable[str] | None) -> Iterable[str]:
    for requirement in requirements or ():
        name = _REQUIREMENT_NAME.match(requirement)
        if name and "extra ==" not in requirement:
            yield name.group()


def _setting_entry(name: str, setting: Setting, plan: Plan) -> dict[str, object]:
    """Return a parameter for the receipt; the study by its name, for its folder is a path of this machine."""
    return {"value": plan.study.name if name == STUDY else setting.value, "source": setting.source}


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git says, None where there is no git or no checkout."""
    try:
        said = subprocess.run(  # noqa: S603  a fixed program with fixed arguments
            ["git", "-C", str(folder), *arguments],  # noqa: S607  found on the user's path, as everywhere
            capture_output=True,
            check=True,
            timeout=_GIT_SECONDS,
            encoding="utf-8",
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout
