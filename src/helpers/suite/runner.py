"""Runs a plan: notebooks in parallel kernels, their results put together, and one report folder in the end."""

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import nbformat

from helpers.results import dump_json
from helpers.suite.kernels import Job, Kernels, NotebookError, Stopped
from helpers.suite.notebook_file import NotebookFile
from helpers.suite.plan import Plan
from helpers.suite.progress import Progress
from helpers.suite.receipt import make_receipt
from helpers.suite.report_folder import identity_of
from helpers.suite.run_results import Entries, ResultsDifferError, put_together, results_of, write_results
from helpers.suite.scrub import machine_paths, scrub, scrub_failed
from helpers.suite.workspace import LISTS, NOTEBOOKS, RESULTS, Workspace, told_of_a_full_disk, workspace

JOBS_AT_MOST = 4  # each kernel holds a study's data in memory
REPORT, RESULTS_FILE, RECEIPT_FILE = "report.html", "results.json", "receipt.json"
_LOOK_EVERY_SECONDS = 0.5  # so that an interruption is seen on every system


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
    """

    folder: Path
    results: int
    seconds: float

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
    kernels: Kernels = field(default_factory=Kernels)
    executed: dict[str, Path] = field(default_factory=dict)
    results: dict[str, Entries] = field(default_factory=dict)


def default_jobs() -> int:
    """Return how many notebooks run at once when nobody says: one per processor, four at most."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(available, JOBS_AT_MOST)


def run_plan(plan: Plan, *, jobs: int, progress: Progress) -> Finished:
    """Run every notebook of a plan and put the report in place.

    Parameters
    ----------
    plan : Plan
        Checked.
    jobs : int
        Notebooks that run at the same time.
    progress : Progress
        Is told how far each notebook is.

    Raises
    ------
    NotebookError
        When a notebook fails; its `kept` says where the notebooks are. The previous report stays as it was.
    InputError
        When the previous report cannot be replaced, or the disk cannot be written to.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    with told_of_a_full_disk(), workspace(plan.study.name, plan.run, identity_of(plan.study)) as space:
        state = _Progressing(plan, space, progress)
        try:
            for wave in _waves(plan.notebooks):
                _run_wave(state, wave, jobs)
            results = _together(state)
        except NotebookError as error:
            scrub_failed(error, plan.study.secrets())
            _keep_partial(space, error)
            raise
        text = write_results(space.folder / RESULTS_FILE, results)
        receipt = make_receipt(plan, results=text, started=started, ended=datetime.now(UTC))
        (space.folder / RECEIPT_FILE).write_text(dump_json(receipt), encoding="utf-8", newline="\n")
        _write_reports(state, receipt)
        folder = space.publish()
    return Finished(folder, len(results), time.monotonic() - clock)


def _waves(notebooks: Sequence[NotebookFile]) -> Iterator[list[NotebookFile]]:
    """Yield the notebooks that tell their own findings, then those that summarise them."""
    for summarises in (False, True):
        wave = [notebook for notebook in notebooks if notebook.summarises is summarises]
        if wave:
            yield wave


def _run_wave(state: _Progressing, wave: Sequence[NotebookFile], jobs: int) -> None:
    """Run notebooks that do not depend on each other; the first failure ends them all."""
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        pending: set[Future[None]] = {pool.submit(_run_one, state, notebook) for notebook in wave}
        finished = False
        try:
            while pending:
                done, pending = wait(pending, timeout=_LOOK_EVERY_SECONDS, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
            finished = True
        finally:
            # Whatever ends the run, an interruption too, must not leave kernels behind.
            if not finished:
                state.kernels.stop()
                pool.shutdown(wait=True, cancel_futures=True)


def _run_one(state: _Progressing, notebook: NotebookFile) -> None:
    with _told(state.progress, notebook.name):
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
        results = results_of(executed)
        write_results(state.space.folder / RESULTS / f"{notebook.name}.json", results)
        state.executed[notebook.name], state.results[notebook.name] = target, results


@contextmanager
def _told(progress: Progress, notebook: str) -> Iterator[None]:
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
        raise NotebookError.between_notebooks(str(error)) from None


def _keep_partial(space: Workspace, error: NotebookError) -> None:
    if error.partial is not None:
        _write_notebook(error.partial, space.folder / NOTEBOOKS / f"{error.notebook}.ipynb")
    error.kept = space.keep_failed()


def _write_notebook(notebook: nbformat.NotebookNode, path: Path) -> None:
    path.write_text(nbformat.writes(notebook), encoding="utf-8", newline="\n")  # type: ignore[no-untyped-call]


def _write_reports(state: _Progressing, receipt: dict[str, object]) -> None:
    from helpers.suite.analyst_report import write_analyst_report
    from helpers.suite.client_report import write_client_report
    from helpers.suite.report import Skipped, build_report
    from helpers.suite.workbook import write_lists, write_workbook

    folder = state.space.folder
    skipped = [
        Skipped(one.notebook.name, one.notebook.title, one.missing)
        for one in state.plan.left_out
        if one.concerns_business
    ]
    report = build_report(state.executed, skipped=skipped, receipt=receipt, lists_folder=folder / LISTS)
    write_client_report(report, folder / REPORT)
    write_analyst_report(report, state.executed, folder / "analyst.html")
    write_workbook(report, folder / "tables.xlsx")
    write_lists(report, folder / LISTS)
