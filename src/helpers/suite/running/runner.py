"""Runs a plan: notebooks in parallel kernels, their results put together, and one report folder in the end."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import nbformat

from helpers.core import places
from helpers.core.errors import Fault, InputError
from helpers.core.results import dump_json
from helpers.study.kept_tables import keep_tables
from helpers.suite.planning.needs import LINKED_TABLE, concerns_business
from helpers.suite.planning.notebook_file import NotebookFile
from helpers.suite.planning.plan import Plan
from helpers.suite.planning.report_folder import identity_of
from helpers.suite.planning.run_names import KERNELS, LISTS, NOTEBOOKS, RECEIPT_FILE, RESULTS
from helpers.suite.planning.run_warnings import keep_warnings
from helpers.suite.report.code_colours import CodeColours
from helpers.suite.report.failures import NotebookError, RunFailedError, Stopped
from helpers.suite.report.model import FailedChapter, Report, Skipped, build_report, unreadable
from helpers.suite.report.scrub import machine_paths, scrub, scrub_failed
from helpers.suite.running.connections import Connections
from helpers.suite.running.failed_chapters import failed_chapter
from helpers.suite.running.kept_files import files_named_in, remove_all_but
from helpers.suite.running.kernels import Job, Kernels
from helpers.suite.running.lists_ahead import ListsAhead
from helpers.suite.running.prepared import PreparedProcess, prepared_ahead
from helpers.suite.running.progress import Progress
from helpers.suite.running.receipt import make_receipt
from helpers.suite.running.run_results import (
    Entries,
    ResultsDifferError,
    not_drawn_in,
    put_together,
    results_of,
    write_results,
)
from helpers.suite.running.threads import Task, started_together
from helpers.suite.running.workspace import Workspace, full_disk_as_fault, workspace

REPORT, RESULTS_FILE = "report.html", "results.json"
_LOOK_EVERY_SECONDS = 0.5  # so that an interruption is seen on every system
_STOP_SECONDS = 2.0  # for threads to end when their kernels have; one that is blocked is left behind


@dataclass(frozen=True)
class Finished:
    """A run that is through.

    Parameters
    ----------
    folder : Path
        Its report folder.
    results : int
        How many named results it has.
    seconds : float
        How long it took.
    failures : tuple of NotebookError
        Of the notebooks that failed, in reading order; the report names them.
    not_drawn : str
        Characters that charts show as boxes, as no font of this machine has them.
    """

    folder: Path
    results: int
    seconds: float
    failures: tuple[NotebookError, ...] = ()
    not_drawn: str = ""

    @property
    def report(self) -> Path:
        """The client report."""
        return self.folder / REPORT


@dataclass
class _Progressing:
    """What the threads of a run have brought so far."""

    plan: Plan
    space: Workspace
    progress: Progress
    kernels: Kernels
    lists: ListsAhead
    executed: dict[str, Path] = field(default_factory=dict)
    results: dict[str, Entries] = field(default_factory=dict)
    failed: dict[str, NotebookError] = field(default_factory=dict)
    not_drawn: set[str] = field(default_factory=set)
    colours: CodeColours = field(default_factory=CodeColours)
    files: set[str] = field(default_factory=set)  # in the folder of lists, of the notebooks that ran through

    @property
    def failures(self) -> tuple[NotebookError, ...]:
        """Those of notebooks, in reading order."""
        return tuple(self.failed[name] for name in sorted(self.failed))


def run_plan(plan: Plan, *, jobs: int, progress: Progress, ahead: PreparedProcess | None = None) -> Finished:
    """Run every notebook of a plan and put the report in place.

    Parameters
    ----------
    plan : Plan
        Checked.
    jobs : int
        Notebooks that run at the same time.
    progress : Progress
        Hears how far each notebook is.
    ahead : PreparedProcess, optional
        Started before the plan was made; else one is started where it pays.

    Raises
    ------
    RunFailedError
        When no chapter came about, or chapters contradict each other; its `kept` says where the notebooks are. The
        previous report stays as it was.
    InputError
        When the previous report cannot be replaced, the disk cannot be written to, or files or tables changed.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    with (
        full_disk_as_fault(),
        workspace(plan.study.name, plan.run, identity_of(plan.study)) as space,
        closing(Connections(space.token)) as connections,
        _prepared(plan, jobs, ahead) as prepared,
    ):
        lists = ListsAhead(space.folder / KERNELS)
        state = _Progressing(plan, space, progress, Kernels(connections, prepared), lists)
        keep_warnings(plan.study, space.folder)
        if len(plan.notebooks) > 1:  # one alone would wait longer than it gains
            keep_tables(plan.study, space.folder / KERNELS)
        before = plan.study.state()
        try:
            for wave in _waves(plan.notebooks):
                if wave[0].summarises:
                    _see_that_something_succeeded(state)
                beside = [partial(_write_lists_ahead, state)] if wave[0].summarises and state.executed else []
                _run_wave(state, wave, jobs, beside)
            _see_that_something_succeeded(state)
            results = _together(state)
            _see_that_nothing_changed(plan, before)
        except RunFailedError as error:
            error.kept = space.keep_failed()
            raise
        text = write_results(space.folder / RESULTS_FILE, results)
        failed = _failed_chapters(state)
        receipt = make_receipt(plan, results=text, started=started, ended=datetime.now(UTC), failed=failed)
        (space.folder / RECEIPT_FILE).write_text(dump_json(receipt), encoding="utf-8", newline="\n")
        _write_reports(state, receipt, failed)
        folder = space.publish()
    not_drawn = "".join(sorted(state.not_drawn))
    return Finished(folder, len(results), time.monotonic() - clock, state.failures, not_drawn)


@contextmanager
def _prepared(plan: Plan, jobs: int, ahead: PreparedProcess | None) -> Iterator[PreparedProcess | None]:
    """Give the process that kernels are forked from: that of the caller, or a new one where it pays."""
    pays = len(plan.notebooks) > jobs
    if ahead is not None:
        with closing(ahead):
            yield ahead if pays else None
        return
    with prepared_ahead(plan.notebooks[0].path.parent, places.reports_folder(), pays=pays) as prepared:
        yield prepared


def _waves(notebooks: Sequence[NotebookFile]) -> Iterator[list[NotebookFile]]:
    """Yield the notebooks that tell their own findings, then those that summarise them.

    Where records are linked, those that say whom to contact wait for it: a refusal under one record counts for all.
    What plans contacts waits for all other lists, which count as contacts too.
    """
    links = any(LINKED_TABLE in notebook.needs for notebook in notebooks)
    places = [(notebook.summarises, notebook.after_lists, notebook.after_linkage and links) for notebook in notebooks]
    for place in sorted(set(places)):
        yield [notebook for notebook, own in zip(notebooks, places, strict=True) if own == place]


def _run_wave(state: _Progressing, wave: Sequence[NotebookFile], jobs: int, beside: Sequence[Task] = ()) -> None:
    """Run notebooks that do not depend on each other, and what is to be done beside them.

    A notebook that fails is noted, and the others go on.
    """
    tasks: list[Task] = [*(partial(_run_one, state, notebook) for notebook in wave), *beside]
    pending = set(started_together(tasks, at_once=jobs))
    try:
        while pending:
            done, pending = wait(pending, timeout=_LOOK_EVERY_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                _note_failure(state, future)
    finally:
        # Whatever ends the run, an interruption too, must not leave kernels behind.
        if pending:
            for future in pending:
                future.cancel()
            state.kernels.stop()
            wait(pending, timeout=_STOP_SECONDS)
    # Nothing runs now: what no chapter that ran through speaks of was left half-made by one that failed.
    remove_all_but(state.files, state.space.folder / LISTS)


def _note_failure(state: _Progressing, ended: "Future[None]") -> None:
    try:
        ended.result()
    except NotebookError as error:
        state.failed[error.notebook] = error
        scrub_failed(error, state.plan.study.secrets())
        if error.partial is not None:
            scrub(error.partial, machine_paths(state.plan.study, state.space.folder))
            _write_notebook(error.partial, state.space.folder / NOTEBOOKS / f"{error.notebook}.ipynb")
        if error.ends_the_run:
            raise RunFailedError([error]) from None


def _see_that_something_succeeded(state: _Progressing) -> None:
    """Raise when of the notebooks that a client would read all have failed so far: of nothing there is no report."""
    done = [one for one in state.plan.notebooks if one.name in state.executed]
    if state.failed and not any(all(map(concerns_business, one.needs)) for one in done):
        raise RunFailedError(state.failures)


def _see_that_nothing_changed(plan: Plan, before: dict[str, list[dict[str, object]]]) -> None:
    """Refuse a run of which some chapters may have seen other rows than the rest, or than the receipt names."""
    changed = plan.study.changed_files()
    changed += [f"table {name}" for name, now in plan.study.state().items() if now != before[name]]
    if changed:
        what = f"{' and '.join(dict.fromkeys(changed))} changed while the run read it"
        remedy = "run when nothing writes there, or from a copy; the previous report is as it was"
        raise InputError(Fault(what, f"study {plan.study.name}", "files and tables that stay as they are", remedy))


def _run_one(state: _Progressing, notebook: NotebookFile) -> None:
    with _progress_shown(state.progress, notebook.name):
        executed = state.kernels.execute(
            Job(
                notebook,
                state.plan.injected(notebook),
                state.space.folder,
                lambda number, cells: state.progress.cell(notebook.name, number, cells),
            )
        )
        study = state.plan.study
        scrub(executed, machine_paths(study, state.space.folder), study.secrets())
        target = state.space.folder / NOTEBOOKS / f"{notebook.name}.ipynb"
        _write_notebook(executed, target)
        faults = unreadable(notebook.name, target, state.space.folder / LISTS)
        if faults:
            raise NotebookError.in_the_report(notebook.name, "; ".join(map(str, faults)), executed)
        results = results_of(executed)
        write_results(state.space.folder / RESULTS / f"{notebook.name}.json", results)
        state.colours.prepare(executed)
        state.executed[notebook.name], state.results[notebook.name] = target, results
        state.not_drawn |= not_drawn_in(executed)
        state.files |= files_named_in(executed)


@contextmanager
def _progress_shown(progress: Progress, notebook: str) -> Iterator[None]:
    """Tell the progress how a notebook ended."""
    began = time.monotonic()
    progress.started(notebook)
    outcome = "failed"
    try:
        yield
        outcome = "done"
    except Stopped:
        outcome = "stopped"
        raise
    finally:
        progress.ended(notebook, outcome, time.monotonic() - began)


def _together(state: _Progressing) -> dict[str, dict[str, object]]:
    try:
        return put_together(state.results)
    except ResultsDifferError as error:
        raise RunFailedError([*state.failures, NotebookError.between_notebooks(str(error))]) from None


def _write_notebook(notebook: nbformat.NotebookNode, path: Path) -> None:
    path.write_text(nbformat.writes(notebook), encoding="utf-8", newline="\n")  # type: ignore[no-untyped-call]


def _failed_chapters(state: _Progressing) -> list[FailedChapter]:
    """Return what the report says about each notebook that failed."""
    paths = machine_paths(state.plan.study, state.space.folder)
    titles = {notebook.name: notebook.title for notebook in state.plan.notebooks}
    folder = state.space.folder / NOTEBOOKS
    return [failed_chapter(one, titles[one.notebook], folder, paths) for one in state.failures]


def _report(state: _Progressing, receipt: dict[str, object] | None, failed: Sequence[FailedChapter]) -> Report:
    skipped = [
        Skipped(one.notebook.name, one.notebook.title, one.missing, one.reason_for_clients)
        for one in state.plan.left_out
        if one.concerns_business
    ]
    lists = state.space.folder / LISTS
    return build_report(state.executed, skipped=skipped, failed=failed, receipt=receipt, lists_folder=lists)


def _write_lists_ahead(state: _Progressing) -> None:
    state.lists.write(_report(state, None, _failed_chapters(state)))


def _write_reports(state: _Progressing, receipt: dict[str, object], failed: Sequence[FailedChapter]) -> None:
    from helpers.suite.report.analyst_report import write_analyst_report
    from helpers.suite.report.client_report import write_client_report
    from helpers.suite.report.workbook import write_workbook

    folder, report = state.space.folder, _report(state, receipt, failed)
    write_client_report(report, folder / REPORT)
    write_analyst_report(report, state.executed, folder / "analyst.html", state.colours)
    write_workbook(report, folder / "tables.xlsx")
    state.lists.put_into(folder / LISTS, report)
