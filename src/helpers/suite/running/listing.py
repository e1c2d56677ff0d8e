"""What the commands list: studies, notebooks, parameters, tables, reports. Each list is rows a program can read too."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from helpers.core import places
from helpers.core.errors import Fault, InputError, unknown_name
from helpers.core.plain_text import printable
from helpers.study.file import FILE_NAME, read_study_file
from helpers.suite.planning.notebook_file import choose, read_notebooks, specification_of
from helpers.suite.planning.run_names import RECEIPT_FILE
from helpers.suite.running.workspace import recover

WIDTH_IN_A_PIPE = 160
COUNTS = ("rows", "not used")


def studies_listed() -> list[dict[str, Any]]:
    """Return name, title and tables of every study under `data/`; the data are not looked at."""
    folders = sorted(folder for folder in places.data_folder().iterdir() if (folder / FILE_NAME).is_file())
    return [_study_listed(folder) for folder in folders]


def notebooks_listed() -> list[dict[str, Any]]:
    """Return name, title and tables of every notebook."""
    return [
        {
            "notebook": notebook.name,
            "title": notebook.title,
            "needs": list(notebook.needs),
            "uses if there": list(notebook.wants),
        }
        for notebook in read_notebooks(places.notebooks_folder())
    ]


def parameters_listed(notebook: str | None = None) -> list[dict[str, Any]]:
    """Return the parameters of one notebook, or of all, each once with the notebooks it steers."""
    notebooks = read_notebooks(places.notebooks_folder())
    chosen = choose(notebooks, [] if notebook is None else [notebook], where="crm params")
    return [
        {
            "name": name,
            "type": parameter.type_name,
            "default": parameter.default,
            "allowed": parameter.allowed,
            "meaning": parameter.about,
            "notebooks": [one.name for one in notebooks if name in one.parameters],
        }
        for name, parameter in specification_of(chosen).items()
    ]


def facts_listed(study: Any) -> list[dict[str, Any]]:
    """Return what was received of each table of a study, and what is used."""
    facts = {name: study.facts(name) for name in study.spec.tables}
    return [
        {
            "table": name,
            "rows": one.rows_kept,
            "not used": one.rows_after_as_of + one.rows_without_id + one.rows_not_chosen,
            "from": one.first_time.isoformat(" ", "minutes") if one.first_time else None,
            "to": one.last_time.isoformat(" ", "minutes") if one.last_time else None,
            "source": one.source,
        }
        for name, one in facts.items()
    ]


def find_report(study: str | None, run: str | None) -> Path:
    """Return the client report of a run; the newest when no run, or no study, is named.

    Raises
    ------
    InputError
        When there is none, with those there are.
    """
    root = places.reports_folder()
    studies = sorted(folder.name for folder in root.glob("[!.]*") if folder.is_dir())
    for name in studies:
        recover(name)
    if study is not None and study not in studies:
        raise InputError(unknown_name(study, studies, kind="study with a report", where="crm open"))
    reports = sorted(root.glob(f"{study or '[!.]*'}/[!.]*/report.html"), key=_age)
    runs = [report.parent.name for report in reports]
    if run is not None and run not in runs:
        raise InputError(unknown_name(run, runs, kind="run", where=f"reports of {study}"))
    wanted = [report for report in reports if run in (None, report.parent.name)]
    if not wanted:
        raise InputError(Fault("there is no report yet", where=study or "crm open", remedy="make one with crm run"))
    return wanted[-1]


def chapters_missing(report: Path) -> list[str]:
    """Return what is said of each chapter that a report lacks because it failed: its title and why.

    Parameters
    ----------
    report : Path
        The client report; the receipt of its run lies beside it.

    Examples
    --------
    >>> chapters_missing(Path("no run") / "report.html")
    []
    """
    receipt = report.with_name(RECEIPT_FILE)
    if not receipt.is_file():
        return []
    try:
        failed = json.loads(receipt.read_text(encoding="utf-8")).get("failed", ())
    except json.JSONDecodeError:  # changed by hand; the report can be opened all the same
        return []
    return [f"{one.get('title', one['notebook'])}: {one.get('reason', one['message'])}" for one in failed]


def show_table(title: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as a table to the output stream."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_IN_A_PIPE)
    table = Table(title=Text(printable(title)), title_justify="left", box=None, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(_shown(row[column], column))) for column in columns))
    console.print(table)


def _study_listed(folder: Path) -> dict[str, Any]:
    unread = {"study": folder.name, "title": f"cannot be used; see crm check {folder.name}", "tables": []}
    try:
        read = read_study_file(folder / FILE_NAME)
    except InputError:
        return unread
    if read.spec is None or read.faults:
        return unread
    return {"study": folder.name, "title": read.spec.title, "tables": list(read.spec.tables)}


def _age(report: Path) -> tuple[float, str]:
    return report.stat().st_mtime, str(report)


def _shown(value: object, column: str) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if column in COUNTS:
        return f"{value:,}"
    return str(value)
