"""Whole runs with real kernels, on a project small enough for seconds."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from helpers import cli
from helpers.core.errors import InputError
from helpers.suite.planning.plan import make_plan
from helpers.suite.planning.run_names import RUN_FOLDER_VARIABLE
from helpers.suite.report.failures import RunFailedError
from helpers.suite.running.environment import FIXED_ENVIRONMENT
from helpers.suite.running.runner import Finished, run_plan
from helpers.suite.running.threads import default_jobs

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.usefixtures("forked_kernels"),
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
WHOLE = ["00_overview", "10_orders", "20_revenue"]


class Heard:
    """Progress that remembers what it was reported."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def started(self, notebook: str) -> None:
        self.said.append((notebook, "started"))

    def cell(self, notebook: str, number: int, cells: int) -> None:
        self.said.append((notebook, f"{number}/{cells}"))

    def ended(self, notebook: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.said.append((notebook, outcome))


def run(*only: str, jobs: int = 2, name: str = "latest") -> tuple[Finished, list[tuple[str, str]]]:
    heard = Heard()
    return run_plan(make_plan("corner_shop", (), only, name), jobs=jobs, progress=heard), heard.said


@pytest.fixture(scope="module")
def two_jobs(shared_project) -> tuple[Finished, list[tuple[str, str]]]:
    return run(jobs=2)


@pytest.fixture(scope="module")
def one_job(shared_project) -> tuple[Finished, list[tuple[str, str]]]:
    return run(jobs=1, name="alone")


@pytest.fixture
def folder(two_jobs) -> Path:
    return two_jobs[0].folder


def test_a_report_folder_holds_what_the_design_promises(folder):
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert files == [
        "analyst.html",
        "lists/lines.parquet",
        "lists/lists.xlsx",
        *(f"notebooks/{name}.ipynb" for name in WHOLE),
        "receipt.json",
        "report.html",
        "results.json",
        "tables.xlsx",
    ]
    assert sorted(path.name for path in folder.parent.parent.iterdir()) == [".lock", "corner_shop"]


def test_results_of_all_notebooks_stand_in_one_file(folder, two_jobs):
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert list(results) == ["orders", "revenue", "top_share_used"]
    assert results["orders"]["value"] == 3
    assert results["orders"]["notebook"] == "10_orders"
    assert results["revenue"]["unit"] == "EUR"
    assert results["top_share_used"]["value"] == 0.5
    assert two_jobs[0].results == 3


def test_the_same_bytes_with_one_job_and_with_two(folder, one_job):
    other = one_job[0].folder
    for file in (
        "results.json",
        "tables.xlsx",
        "lists/lines.parquet",
        "lists/lists.xlsx",
        *(f"notebooks/{name}.ipynb" for name in WHOLE),
    ):
        assert (folder / file).read_bytes() == (other / file).read_bytes(), file


def test_the_summary_runs_last_and_knows_the_results_of_the_others(folder, two_jobs):
    said = two_jobs[1]
    assert said.index(("00_overview", "started")) > max(said.index((name, "done")) for name in WHOLE[1:])
    assert "There were 3 orders, EUR 8.50 in all." in (folder / "report.html").read_text(encoding="utf-8")


def test_progress_names_every_cell(two_jobs):
    cells = [what for notebook, what in two_jobs[1] if notebook == "00_overview"]
    assert cells == ["started", "1/6", "2/6", "3/6", "4/6", "5/6", "6/6", "done"]


def test_a_notebook_without_its_tables_is_in_the_report_as_further_data(folder):
    assert "Campaigns" in (folder / "report.html").read_text(encoding="utf-8")
    receipt = json.loads((folder / "receipt.json").read_text(encoding="utf-8"))
    assert [one["notebook"] for one in receipt["skipped"]] == ["50_campaigns"]


def test_names_from_the_study_cannot_act_as_html(folder):
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "Corner &lt;shop&gt; &amp; sons" in report
    assert "<shop>" not in report


def test_no_path_of_this_machine_and_no_warning_reaches_the_client(folder, shared_project):
    files = [path for path in folder.rglob("*") if path.suffix in (".html", ".json", ".ipynb")]
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    for text in texts.values():
        assert str(shared_project) not in text
        assert sys.prefix not in text
    assert "only for the analyst" in texts[folder / "analyst.html"]
    assert "only for the analyst" not in texts[folder / "report.html"]


def test_lists_keep_ids_as_they_are(folder):
    kept = pd.read_parquet(folder / "lists" / "lines.parquet")
    assert sorted(kept["customer_id"]) == ["007", "<b>x</b>", "O'Neil, J."]


def test_the_notebook_knows_its_run_and_a_fixed_environment(project, add_notebook):
    names = [*FIXED_ENVIRONMENT, RUN_FOLDER_VARIABLE]
    add_notebook("60_place", f"import os, sys\n[os.environ[name] for name in {names}], sys.executable, os.getcwd()")
    finished, _ = run("60")
    cell = nbformat.read(finished.folder / "notebooks" / "60_place.ipynb", as_version=4).cells[5]
    text = cell.outputs[0]["data"]["text/plain"]
    assert all(repr(value) in text for value in FIXED_ENVIRONMENT.values())
    assert "'…'" in text


def is_whole(project: Path) -> bool:
    return (project / "reports" / "corner_shop" / "latest" / "report.html").read_text(encoding="utf-8") == "previous"


def test_a_failing_cell_is_named_and_the_others_go_on(project, add_notebook):
    add_notebook("60_fails", first="# divide\n1 / 0")
    heard = Heard()
    finished = run_plan(make_plan("corner_shop", (), ["60", "10", "20", "00"]), jobs=2, progress=heard)
    (error,) = finished.failures
    assert (error.notebook, error.cell, error.source, error.is_users_input) == ("60_fails", 3, "# divide", False)
    assert {("60_fails", "failed"), ("10_orders", "done"), ("00_overview", "done")} <= set(heard.said)
    assert reports(project) == ["partial"]
    folder = finished.folder
    partial = nbformat.read(folder / "notebooks" / "60_fails.ipynb", as_version=4)
    errors = [output.ename for cell in partial.cells for output in cell.get("outputs", []) if "ename" in output]
    assert errors == ["ZeroDivisionError"]
    assert json.loads((folder / "results.json").read_text(encoding="utf-8"))["orders"]["value"] == 3
    receipt = json.loads((folder / "receipt.json").read_text(encoding="utf-8"))
    assert receipt["notebooks"] == WHOLE
    assert receipt["failed"] == [
        {
            "notebook": "60_fails",
            "cell": 3,
            "kind": "ZeroDivisionError",
            "message": "division by zero",
            "title": "60_fails",
            "reason": "could not be worked out; the analyst's view names the cell",
        }
    ]


HALF_A_LIST = """\
import pandas as pd
from pathlib import Path
import os
one = pd.DataFrame({"customer_id": ["a"]})
book.list(one, name="named", title="Listed", about="One row each.", purpose="reading")
book.keep_file(b"sheet", file="sheet.txt", holds="a sheet.")
one.to_parquet(Path(os.environ["CRM_RUN_FOLDER"]) / "lists" / "unnamed.parquet")
"""


@pytest.mark.parametrize("fails", [True, False])
def test_a_chapter_that_fails_leaves_no_half_lists(project, add_notebook, fails):
    add_notebook("60_lists", HALF_A_LIST + ("1 / 0" if fails else ""))
    finished, _ = run("10", "60")
    kept = {path.name for path in (finished.folder / "lists").iterdir()}
    assert bool(finished.failures) == fails
    assert kept - {"lists.xlsx", "lines.parquet"} == (set() if fails else {"named.parquet", "sheet.txt"})
    assert "lines.parquet" in kept


REFUSES = """\
from pathlib import Path
from helpers.core.errors import Fault, InputError
raise InputError([
    Fault("3 amounts are no numbers", where=f"{Path.home() / 'shop' / 'lines.csv'}, line 4", remedy="set decimal:"),
    Fault("there are no days", where="data/corner_shop/study.yml, line 2"),
])"""


def test_a_chapter_that_refuses_the_data_is_named_with_its_reason_first_of_all(project, add_notebook):
    add_notebook("60_refuses", first=REFUSES)
    add_notebook("61_fails", first="1 / 0")
    finished, _ = run("10", "60", "61")
    client = (finished.folder / "report.html").read_text(encoding="utf-8")
    main = client[client.index('<main id="main">') :]
    assert main.index("This report is incomplete") < main.index("chapter-1")
    reason = "<strong>60_refuses</strong>: lines.csv, line 4: 3 amounts are no numbers; study.yml, line 2: there are no"
    assert reason in main
    assert "<strong>61_fails</strong>: could not be worked out; the analyst&#39;s view names the cell" in main
    assert "decimal:" not in client
    analyst = (finished.folder / "analyst.html").read_text(encoding="utf-8")
    for expected in ("60_refuses (failed)", "Failed at code cell 3", "remedy: set decimal:", "division by zero"):
        assert expected in analyst
    for file in ("report.html", "analyst.html", "receipt.json", "notebooks/60_refuses.ipynb"):
        assert str(Path.home() / "shop") not in (finished.folder / file).read_text(encoding="utf-8"), file
    assert [one.is_users_input for one in finished.failures] == [True, False]
    contents = openpyxl.load_workbook(finished.folder / "tables.xlsx")["Contents"]
    first = [row[0] for row in contents.iter_rows(values_only=True) if row[0]]
    start = first.index("This file is incomplete: these chapters failed")
    assert start < first.index("Sheet")
    named = first[start + 1 : start + 3]
    assert named[0].startswith("60_refuses: lines.csv, line 4: 3 amounts are no numbers")
    assert named[1] == "61_fails: could not be worked out; the analyst's view names the cell"
    opened = CliRunner().invoke(cli.main, ["open", "corner_shop", "--print"])
    assert opened.exit_code == 0
    assert opened.stdout.endswith("report.html\n")
    assert "report is incomplete; these chapters failed:" in opened.stderr
    assert [line.strip() for line in opened.stderr.splitlines()[1:]] == named


def test_the_summary_may_fail_and_the_chapters_stay(project, add_notebook):
    add_notebook("00_overview", first="1 / 0", more=", summarises=True")
    finished, _ = run("00", "10")
    assert [one.notebook for one in finished.failures] == ["00_overview"]
    assert "3 orders were received" in (finished.folder / "report.html").read_text(encoding="utf-8")


def test_a_chapter_no_report_can_be_made_from_fails_alone(project, add_notebook):
    path = add_notebook("60_mute")
    silent = nbformat.read(path, as_version=4)
    silent.cells = [cell for cell in silent.cells if "start(" not in cell.source and "close" not in cell.source]
    start = 'needs = ["transactions"]\nif False:\n    book = start(globals(), needs=["transactions"])'
    silent.cells.append(nbformat.v4.new_code_cell(start, id="never"))
    nbformat.write(silent, path)
    finished, _ = run("10", "60")
    (failure,) = finished.failures
    assert (failure.notebook, failure.kind) == ("60_mute", "ReportError")
    assert "holds no opening" in failure.message


def test_a_run_of_which_every_chapter_failed_leaves_the_previous_report(project, add_notebook):
    finished, _ = run("10", name="latest")
    before = (finished.folder / "report.html").read_bytes()
    add_notebook("10_orders", first="1 / 0")
    add_notebook("60_refuses", first=REFUSES)
    with pytest.raises(RunFailedError, match=r"10_orders, cell 3 .*by zero; 60_refuses, cell 3") as caught:
        run("00", "10", "60", name="latest")
    assert (finished.folder / "report.html").read_bytes() == before
    assert reports(project) == ["latest", "latest.failed"]
    assert sorted(path.name for path in caught.value.kept.iterdir()) == ["10_orders.ipynb", "60_refuses.ipynb"]


def as_a_user(arguments: list[str]) -> tuple[int, str, str]:
    """Return status, output and errors of the command in a process of its own."""
    command = [sys.executable, "-m", "helpers.cli", *arguments]
    ended = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return ended.returncode, ended.stdout, ended.stderr


def in_this_process(arguments: list[str]) -> tuple[int, str, str]:
    """Return the same of the command in this process, which has imported before."""
    ended = CliRunner().invoke(cli.main, arguments)
    return ended.exit_code, ended.stdout, ended.stderr


@pytest.mark.parametrize(
    ("command", "first", "status", "word"),
    [(as_a_user, "1 / 0", 1, "failed"), (in_this_process, REFUSES, 2, "wrong input")],
    ids=["failed", "refused"],
)
def test_the_command_writes_the_report_and_ends_with_the_status_of_the_failure(
    project, add_notebook, command, first, status, word
):
    add_notebook("60_fails", first=first)
    ended, out, errors = command(["run", "corner_shop", "--only", "10", "--only", "60", "--json"])
    assert ended == status
    said = json.loads(out)
    assert (said["status"], said["notebook"], said["results"]) == (word, "60_fails", 1)
    assert [(one["notebook"], one["cell"]) for one in said["failed"]] == [("60_fails", 3)]
    assert Path(said["report"]).is_file()
    assert "60_fails, cell 3: " in errors
    assert "as far as they came: reports/corner_shop/partial/notebooks\n" in errors
    assert "the report comes without: 60_fails\n" in errors
    assert "Traceback" not in errors


def test_a_kernel_that_dies_is_a_failure_of_its_cell(project, add_notebook):
    add_notebook("60_dies", first="import os, sys\nos.write(2, b'out of luck')\nos._exit(3)")
    with pytest.raises(RunFailedError, match=r"60_dies, cell 3 .*the process of the notebook died\D*out of luck"):
        run("60")


@pytest.mark.parametrize("changed", ["lines.csv", "study.yml"])
def test_a_run_whose_files_changed_after_they_were_checked_is_refused(project, changed):
    plan = make_plan("corner_shop", (), ("10",), "latest")
    with (project / "data" / "corner_shop" / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    named = "table transactions" if changed == "lines.csv" else changed
    with pytest.raises(InputError, match=f"^study corner_shop: {named} changed while the run read it"):
        run_plan(plan, jobs=1, progress=Heard())
    assert not (project / "reports" / "corner_shop" / "latest").exists()


def test_notebooks_that_contradict_each_other_are_a_failure(project, add_notebook):
    add_notebook("60_other", 'book.result("orders", 4, unit="orders", about="orders received")')
    with pytest.raises(
        RunFailedError, match=r"'orders' is 3 orders .* in 10_orders and 4 orders .* in 60_other"
    ) as caught:
        run("10", "60")
    assert sorted(path.name for path in caught.value.kept.iterdir()) == ["10_orders.ipynb", "60_other.ipynb"]


SLOW = "import pathlib, time\npathlib.Path({marker!r}).write_text('here')\ntime.sleep(60)"
COMMAND = [sys.executable, "-m", "helpers.cli", "run", "corner_shop", "--only", "60", "--name", "latest"]


@pytest.fixture
def running(project, add_notebook, tmp_path):
    """A run in a process of its own, in the middle of a notebook, with a previous report."""
    folder = project / "reports" / "corner_shop" / "latest"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("previous", encoding="utf-8")
    marker = tmp_path / "marker"
    add_notebook("60_slow", first=SLOW.format(marker=str(marker)))
    process = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    for _ in range(300):
        if marker.exists() or process.poll() is not None:
            break
        time.sleep(0.1)
    yield process
    process.kill()
    process.communicate()


def kernels_of(project: Path) -> list[int]:
    """Return the processes whose command line names the project."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if str(project).encode() in command and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def reports(project: Path) -> list[str]:
    folder = project / "reports" / "corner_shop"
    return sorted(path.name for path in folder.iterdir() if path.name != ".study")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes under /proc")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_no_kernel_and_no_file(project, running, number, status):
    assert len(kernels_of(project)) == 1
    running.send_signal(number)
    out, said = running.communicate(timeout=30)
    assert running.returncode == status
    assert out == ""
    assert said.endswith("stopped; the previous report is as it was\n")
    assert "Traceback" not in said
    assert kernels_of(project) == []
    assert reports(project) == ["latest"]
    assert is_whole(project)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes under /proc")
def test_a_killed_run_leaves_the_previous_report_whole_and_the_next_run_cleans_up(project, running):
    running.kill()
    running.communicate()
    assert is_whole(project)
    assert len(reports(project)) == 3
    for _ in range(50):  # a kernel looks for its parent every second
        if not kernels_of(project):
            break
        time.sleep(0.1)
    assert kernels_of(project) == []
    run("10", name="next")
    assert reports(project) == ["latest", "next"]
    assert is_whole(project)


def test_as_many_jobs_as_processors_but_four_at_most():
    assert 1 <= default_jobs() <= 4
