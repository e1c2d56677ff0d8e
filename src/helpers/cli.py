"""The command `crm`: lists, checks and runs studies. Results on the output stream, everything else on the error stream.

Exit status: 0 done, 1 a notebook failed, 2 the user's input is wrong, 130 or 143 interrupted. A run of which some
chapters failed has a report all the same, and the status of the failure. What a command needs is imported when it is
called, so that help and lists come at once.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import helpers
from helpers.core.errors import Fault, FaultsError, InputError, status_of
from helpers.core.plain_text import printable

if TYPE_CHECKING:
    from helpers.study.proposal.options import Question
    from helpers.suite.planning.plan import Plan
    from helpers.suite.report.failures import NotebookError
    from helpers.suite.running.prepared import PreparedProcess
    from helpers.suite.running.runner import Finished

NOTEBOOK_FAILED, WRONG_INPUT, INTERRUPTED, TERMINATED = 1, 2, 130, 143
_json = click.option("--json", "as_json", is_flag=True, help="Write one JSON object for a program to read.")
_engine = click.option(
    "--engine",
    default="",
    metavar="ENGINE",
    help="What answers instead of what study.yml says: duckdb, spark, or the address of a database.",
)


class _RunCommand(click.Command):
    """Takes `-p NAME=VALUE` for `-p NAME VALUE`: names hold no sign of equality, so nothing else can be meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Split what follows each -p, then parse as ever."""
        split: list[str] = []
        for before, word in pairwise(["", *args]):
            name, equals, value = word.partition("=")
            split += [name, value] if before == "-p" and equals and name.isidentifier() else [word]
        return super().parse_args(ctx, split)


class _AnswerCommand(click.Command):
    """Takes a number below zero for an answer, which would else look like an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put negative numbers behind the sign that ends the options, then parse as ever."""
        numbers = [] if "--" in args else [word for word in args if re.match(r"-[.,\d]", word)]
        return super().parse_args(
            ctx, [word for word in args if word not in numbers] + (["--", *numbers] if numbers else [])
        )


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(helpers.__version__, prog_name="crm")
def main() -> None:
    """Turn a study's tables into a client report.

    A study is a folder with a study.yml: the name of a folder under data/, or a path.
    """


@main.command("list")
@_json
def list_command(as_json: bool) -> None:
    """Show the studies, and the notebooks with the tables they need."""
    from helpers.suite.running.listing import notebooks_listed, show_table, studies_listed

    with _faults_printed(as_json):
        studies, notebooks = studies_listed(), notebooks_listed()
        if as_json:
            _write_json({"studies": studies, "notebooks": notebooks})
            return
        show_table("Studies", ["study", "title", "tables"], studies)
        show_table("Notebooks", ["notebook", "title", "needs", "uses if there"], notebooks)


@main.command("new")
@click.argument("files", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Ask nothing: what only you can say is left open in the file.")
@click.option("--name", help="Name of the study. [default: that of the folder]")
@click.option("--into", metavar="FOLDER", help="Folder of study.yml, new or existing. [default: that of the files]")
@_json
def new_command(files: Sequence[str], yes: bool, name: str | None, into: str | None, as_json: bool) -> None:
    """Propose a study.yml for FILES: a folder, files, or the address of a database.

    Every guess stands in it with its evidence. On a terminal you are asked what changes results and no file
    says; then the study is checked. A study.yml that is there is never written over.
    """
    from helpers.study.proposal.propose import propose, unasked
    from helpers.suite.running.workspace import shown

    ask = unasked if yes or as_json or not _on_terminal() else _asked
    with _faults_printed(as_json):
        proposal = propose(files, name=name, into=into, ask=ask)
        written = proposal.write()
        for remark in proposal.remarks:
            _say(f"note: {remark}")
        if not as_json:
            click.echo(shown(written))
        _check_new(written.parent, as_json, proposal.tables)


@main.command("check")
@click.argument("study")
@_engine
@_json
def check_command(study: str, engine: str, as_json: bool) -> None:
    """Check a study as a whole: its file, its data, its parameters; say what would run."""
    from helpers.study.warnings import in_words
    from helpers.suite.planning.plan import make_plan
    from helpers.suite.running.listing import facts_listed, show_table

    with _faults_printed(as_json), _answered_by(engine):
        plan = make_plan(study)
        tables = facts_listed(plan.study)
        warnings = plan.warnings
        if as_json:
            found = {"tables": tables, "warnings": [asdict(one) for one in warnings]}
            _write_json({"status": "sound", "study": plan.study.name, **found, **_planned(plan)})
            return
        show_table(
            f"{plan.study.title}: {in_words(warnings)}", ["table", "rows", "not used", "from", "to", "source"], tables
        )
        click.echo(f"would run: {', '.join(notebook.name for notebook in plan.notebooks)}")
        _print_left_out(plan)
        _print_warnings(plan)


@main.command("params")
@click.argument("notebook", required=False)
@_json
def params_command(notebook: str | None, as_json: bool) -> None:
    """Show the parameters of all notebooks, or of one."""
    from helpers.suite.running.listing import parameters_listed, show_table

    with _faults_printed(as_json):
        parameters = parameters_listed(notebook)
        if as_json:
            _write_json({"parameters": parameters})
            return
        show_table("Parameters", ["name", "type", "default", "allowed", "meaning", "notebooks"], parameters)


@main.command("run", cls=_RunCommand)
@click.argument("study")
@click.option("-p", "typed", nargs=2, multiple=True, metavar="NAME VALUE", help="Set a parameter; may be repeated.")
@click.option(
    "--only", multiple=True, metavar="NOTEBOOK", help="Run these alone: 20, or 20,31, or by name; may be repeated."
)
@click.option("--jobs", type=click.IntRange(1), help="Notebooks at the same time. [default: processors, at most 4]")
@click.option("--name", metavar="RUN", help="Name of the report folder. [default: latest, or partial with --only]")
@_engine
@_json
def run_command(
    study: str,
    typed: Sequence[tuple[str, str]],
    only: Sequence[str],
    jobs: int | None,
    name: str | None,
    engine: str,
    as_json: bool,
) -> None:
    """Run a study's notebooks and write its report to reports/STUDY/RUN/.

    The report appears as a whole when everything is done; until then the previous one stays. A chapter
    that fails is named in the report with its reason, and the exit status says so; when all fail, the
    previous report stays.
    """
    from helpers.core.places import notebooks_folder, reports_folder
    from helpers.suite.running.prepared import prepared_ahead
    from helpers.suite.running.threads import default_jobs

    only = [one.strip() for several in only for one in several.split(",") if one.strip()] or only
    pays = not only or len(set(only)) > (jobs or default_jobs())
    with (
        _faults_printed(as_json),
        _answered_by(engine),
        prepared_ahead(notebooks_folder(), reports_folder(), pays=pays) as ahead,
    ):
        from helpers.suite.planning.plan import make_plan

        plan = make_plan(study, typed, only, name)
        _print_renamed(plan, only)
        _print_left_out(plan)
        _print_warnings(plan)
        _run(plan, jobs, as_json, ahead)


@main.command("open")
@click.argument("study", required=False)
@click.argument("run", required=False)
@click.option("--print", "only_print", is_flag=True, help="Only print where the report is.")
def open_command(study: str | None, run: str | None, only_print: bool) -> None:
    """Open a report in the browser: the newest, or that of STUDY and RUN."""
    from helpers.suite.running.listing import chapters_missing, find_report
    from helpers.suite.running.workspace import shown

    with _faults_printed(as_json=False):
        report = find_report(study, run)
        click.echo(shown(report))
        if missing := chapters_missing(report):
            click.echo(
                printable("\n    ".join(["this report is incomplete; these chapters failed:", *missing])), err=True
            )
        if not only_print:
            click.launch(report.as_uri())


@main.command("simulate")
@click.option("--customers", type=click.IntRange(1), help="Size of the company. [default: as the parameter file says]")
@click.option("--seed", type=click.IntRange(0), help="Random seed: the same seed gives the same bytes.")
@click.option("--set", "settings", nargs=2, multiple=True, metavar="NAME VALUE", help="Set systems.error_level, …")
@click.option("--parameters", type=click.Path(), help="Parameter file. [default: data/simulated/company.yml]")
@click.option("--to", "target", type=click.Path(), help="Folder for tables/ and truth/. [default: data/simulated]")
@_json
def simulate_command(
    customers: int | None,
    seed: int | None,
    settings: Sequence[tuple[str, str]],
    parameters: str | None,
    target: str | None,
    as_json: bool,
) -> None:
    """Make the simulated company: standard tables, and the hidden truth apart from them."""
    from helpers.core.places import data_folder
    from helpers.simulation import read_parameters, simulate

    with _faults_printed(as_json):
        home = data_folder() / "simulated"
        folder = home if target is None else _target_folder(target)
        wanted: dict[str, object] = dict(settings)
        wanted |= {name: value for name, value in (("customers", customers), ("seed", seed)) if value is not None}
        company = read_parameters(Path(parameters) if parameters is not None else home / "company.yml", wanted)
        with _counted("customers", company.customers) as progress:
            made = simulate(company, folder, progress=progress)
        if as_json:
            _write_json({"status": "done", "rows": made.rows})
            return
        lines = made.rows["tables/transactions"]
        click.echo(f"{company.customers:,} customers and {lines:,} lines", err=True)
        click.echo(_how_to_run(folder, home), err=True)


@main.command("fetch")
@click.argument("study")
@click.option("--from", "file", type=click.Path(path_type=Path), help="A copy at hand, instead of the network.")
@_json
def fetch_command(study: str, file: Path | None, as_json: bool) -> None:
    """Fetch the public data of a study that are not part of the project, and check them.

    This is the one command that uses the network.
    """
    from helpers.study.downloads import fetch
    from helpers.suite.running.workspace import shown

    with _faults_printed(as_json):
        written = fetch(study, file=file)
        if as_json:
            _write_json({"status": "done", "files": [path.name for path in written]})
            return
        for path in written:
            click.echo(shown(path))
        click.echo(f"run it with: crm run {study}", err=True)


@main.command("exercise", cls=_AnswerCommand)
@click.argument("exercise", required=False)
@click.argument("answer", required=False)
@_json
def exercise_command(exercise: str | None, answer: str | None, as_json: bool) -> None:
    """List the exercises of all chapters, or score an ANSWER to one of them.

    An answer is a number (0.546, 54.6% or 1,234), or a file of customer ids: a CSV file with the column
    customer_id, or one id per line. Customers are held against the hidden truth of the simulated company,
    numbers against a run of the chapter or a published figure.
    """
    from helpers.suite.exercises.scoring import exercises_listed, score
    from helpers.suite.running.listing import show_table

    with _faults_printed(as_json):
        if answer is not None and exercise is not None:
            scored = score(exercise, answer)
            if as_json:
                _write_json(scored.as_json())
                return
            click.echo(printable(scored.text))
            if scored.remedy:
                _say(scored.remedy)
            return
        listed = exercises_listed(exercise)
        if as_json:
            _write_json({"exercises": listed})
            return
        show_table("Exercises", ["exercise", "chapter", "study", "answer", "task"], listed)


def _on_terminal() -> bool:
    """Say whether somebody is there to be asked."""
    return sys.stdin.isatty()


def _asked(question: "Question") -> str:
    """Ask on the terminal; an empty answer leaves the question open."""
    _say(f"\n{question.text}")
    for number, words in enumerate(question.explained, start=1):
        _say(f"  {number}  {words}")
    if not question.choices:
        return str(click.prompt("", default="", show_default=False, prompt_suffix="> ", err=True))
    numbers = [str(number) for number in range(1, len(question.choices) + 1)]
    chosen = click.prompt(
        "number, or nothing to decide later",
        type=click.Choice(["", *numbers]),
        default="",
        show_default=False,
        show_choices=False,
        prompt_suffix="> ",
        err=True,
    )
    return question.choices[int(chosen) - 1] if chosen else ""


def _check_new(folder: Path, as_json: bool, tables: dict[str, str]) -> None:
    """Say what is left to do for a study just proposed: what its check finds."""
    from helpers.study.warnings import in_words
    from helpers.suite.planning.plan import make_plan
    from helpers.suite.running.workspace import shown

    place = shown(folder)
    try:
        plan = make_plan(str(folder.resolve()))
    except FaultsError as error:
        written = Fault(
            f"study.yml is written; what stands above is left to do in {place}", remedy=f"crm check {place}"
        )
        raise InputError([*error.faults, written]) from error
    if as_json:
        _write_json({"status": "sound", "study": plan.study.name, "file": str(folder / "study.yml"), "tables": tables})
        return
    _say(f"{plan.study.title}: {in_words(plan.warnings)}")
    _print_warnings(plan)
    lacking = ", ".join(one.notebook.name for one in plan.left_out)
    _say(f"chapters without the data they need (crm check says which): {lacking or 'none'}")
    _say(f"read study.yml, then run it with: crm run {place}")


def _target_folder(target: str) -> Path:
    """Return the folder to write to; one without a name would be the working folder."""
    if not target.strip() or Path(target).is_file():
        what = f"{target!r} is a file" if target.strip() else "no folder is named"
        raise InputError(Fault(what, "--to", "a folder, new or existing", "name a folder, or leave --to out"))
    return Path(target)


def _how_to_run(folder: Path, home: Path) -> str:
    """Say how a company just made is run: only a folder with a study file is a study."""
    if folder.resolve() == home.resolve():
        return "run them with: crm run simulated"
    if (folder / "study.yml").is_file():
        return f"run them with: crm run {folder}"
    return f"to run them, write {folder / 'study.yml'} first; the one in data/simulated shows how"


@contextmanager
def _counted(label: str, length: int) -> Iterator[Callable[[int, int], None]]:
    """Show how far a long piece of work has come, where somebody is watching."""
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda done, _all: bar.update(done - bar.pos)


def _run(plan: "Plan", jobs: int | None, as_json: bool, ahead: "PreparedProcess | None") -> None:
    from helpers.suite.running.quick_imports import without_optional

    with without_optional():
        from helpers.suite.report.failures import RunFailedError
        from helpers.suite.running.environment import seldom_collected
        from helpers.suite.running.interruption import Terminated, ended_by_signals, leave_at_once
        from helpers.suite.running.kernels import Kernels
        from helpers.suite.running.progress import shown_on
        from helpers.suite.running.runner import run_plan
        from helpers.suite.running.threads import default_jobs

    try:
        with seldom_collected(), ended_by_signals(Kernels.stop_everything), shown_on(sys.stderr) as progress:
            finished = run_plan(plan, jobs=jobs or default_jobs(), progress=progress, ahead=ahead)
    except RunFailedError as error:
        _print_failures(error.failures, error.kept)
        if as_json:
            _write_json({**_failures_listed(error.failures), "kept": str(error.kept) if error.kept else None})
        sys.exit(_status(error.failures))
    except (KeyboardInterrupt, Terminated) as interruption:
        click.echo("stopped; the previous report is as it was", err=True)
        leave_at_once(INTERRUPTED if isinstance(interruption, KeyboardInterrupt) else TERMINATED)
    _print_finished(finished, plan, as_json)
    if finished.failures:
        sys.exit(_status(finished.failures))


def _print_finished(finished: "Finished", plan: "Plan", as_json: bool) -> None:
    from helpers.narrative.phrases import BOXES_REMEDY, boxes_in_words
    from helpers.suite.planning.run_names import NOTEBOOKS
    from helpers.suite.running.workspace import shown

    if finished.failures:
        _print_failures(finished.failures, finished.folder / NOTEBOOKS)
        click.echo(f"the report comes without: {', '.join(one.notebook for one in finished.failures)}", err=True)
    click.echo(f"{finished.results} named results in {finished.seconds:.1f} s", err=True)
    if finished.not_drawn:
        click.echo(f"{boxes_in_words(finished.not_drawn)}: {BOXES_REMEDY}", err=True)
    if as_json:
        outcome = _failures_listed(finished.failures) if finished.failures else {"status": "done"}
        report = {"report": str(finished.report), "results": finished.results, "seconds": round(finished.seconds, 1)}
        _write_json({**outcome, "study": plan.study.name, "run": plan.run, **report, **_planned(plan)})
        return
    click.echo(shown(finished.report))


def _print_failures(failures: "Sequence[NotebookError]", kept: Path | None) -> None:
    from helpers.suite.running.workspace import shown

    places: dict[str, list[str]] = {}
    for error in failures:  # what stopped several notebooks alike is said once
        places.setdefault(error.text, []).append(error.place)
    for text, stopped in places.items():
        _say("\n".join([*stopped, text]))
    if kept:
        click.echo(f"the notebooks as far as they came: {shown(kept)}", err=True)


def _failures_listed(failures: "Sequence[NotebookError]") -> dict[str, Any]:
    """Return the failures for a program: the status in a word, the first failure, and all of them."""
    listed = [
        {"notebook": one.notebook, "cell": one.cell, "kind": one.kind, "message": one.message} for one in failures
    ]
    status = status_of(one.kind for one in failures) or "failed"
    return {"status": status, **listed[0], "failed": listed}


def _status(failures: "Sequence[NotebookError]") -> int:
    """Return the exit status: a failure of ours outweighs wrong input."""
    if not failures:
        return 0
    return WRONG_INPUT if all(one.is_users_input for one in failures) else NOTEBOOK_FAILED


def _planned(plan: "Plan") -> dict[str, Any]:
    return {
        "notebooks": [notebook.name for notebook in plan.notebooks],
        "skipped": {one.notebook.name: one.reason for one in plan.left_out},
    }


def _print_renamed(plan: "Plan", only: Sequence[str]) -> None:
    from helpers.suite.planning.notebook_file import renamed

    for note in renamed([*plan.notebooks, *(one.notebook for one in plan.left_out)], only):
        _say(note)


def _print_left_out(plan: "Plan") -> None:
    for one in plan.left_out:
        _say(f"left out: {one.notebook.name} {one.reason}")


def _print_warnings(plan: "Plan") -> None:
    for one in plan.warnings:
        click.echo(f"warning: {one}", err=True)


@contextmanager
def _faults_printed(as_json: bool) -> Iterator[None]:
    """Tell a user's mistake, or that a user stopped the command, as a sentence, and end with its status."""
    from helpers.core.places import require_working_folder

    try:
        require_working_folder()
        yield
    except FaultsError as error:
        _say(str(error))
        if as_json:
            _write_json({"status": error.status, "faults": [asdict(fault) for fault in error.faults]})
        sys.exit(WRONG_INPUT)
    except KeyboardInterrupt:
        click.echo("stopped; nothing was written", err=True)
        sys.exit(INTERRUPTED)


@contextmanager
def _answered_by(engine: str) -> Iterator[None]:
    """Let another engine answer the study, here and in the notebooks that are started from here."""
    from helpers.study.study import ENGINE_VARIABLE

    before = os.environ.get(ENGINE_VARIABLE)
    if engine:
        os.environ[ENGINE_VARIABLE] = engine
    try:
        yield
    finally:
        if engine and before is None:
            del os.environ[ENGINE_VARIABLE]
        elif engine and before is not None:
            os.environ[ENGINE_VARIABLE] = before


def _write_json(content: object) -> None:
    click.echo(printable(json.dumps(content, indent=2, ensure_ascii=False)))


def _say(text: str) -> None:
    """Write a line on the error stream, without characters that steer a terminal."""
    click.echo(printable(text), err=True)


if __name__ == "__main__":
    main()
