"""The command: what it writes where, its exit status, and that nothing starts on a user's mistake."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helpers import cli
from helpers.cli import main
from helpers.core.errors import EngineError, EngineLostError, Fault, SourceError
from helpers.suite.planning import plan
from helpers.suite.report.failures import NotebookError
from helpers.suite.running import kernels, runner

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.usefixtures("forked_kernels"),
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]


def crm(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def no_kernel(monkeypatch):
    """Fail a test in which a kernel is asked for."""

    def refuse(self, job):
        pytest.fail(f"a kernel was started for {job.notebook.name}")

    monkeypatch.setattr(kernels.Kernels, "execute", refuse)


@pytest.fixture(scope="module")
def done(shared_project) -> Result:
    return crm("run", "corner_shop", "--only", "10", "--only", "50", "--name", "first", "--json")


def test_a_run_tells_a_program_what_it_did_on_the_output_stream_alone(done, shared_project):
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    report = shared_project / "reports" / "corner_shop" / "first" / "report.html"
    assert answer.pop("seconds") > 0
    assert answer == {
        "status": "done",
        "study": "corner_shop",
        "run": "first",
        "report": str(report),
        "results": 1,
        "notebooks": ["10_orders"],
        "skipped": {
            "50_campaigns": "needs responses (one response of one customer to one campaign; customer_id, campaign_id)"
        },
    }
    assert report.is_file()
    assert "10_orders: done after" in done.stderr
    assert "left out: 50_campaigns needs responses" in done.stderr


def test_open_prints_where_the_report_is(done, shared_project):
    answer = crm("open", "corner_shop", "first", "--print")
    assert (answer.exit_code, answer.stdout) == (0, "reports/corner_shop/first/report.html\n")


def test_open_takes_the_newest_report(done, shared_project, monkeypatch):
    newer = shared_project / "reports" / "corner_shop" / "2024" / "report.html"
    newer.parent.mkdir()
    newer.touch()
    os.utime(newer, (4e9, 4e9))
    opened = []
    monkeypatch.setattr(cli.click, "launch", opened.append)
    assert crm("open").stdout == "reports/corner_shop/2024/report.html\n"
    assert opened == [newer.as_uri()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["corner_shp"], "unknown study with a report 'corner_shp'"),
        (["corner_shop", "fist"], "did you mean 'first'?"),
    ],
)
def test_open_names_the_reports_there_are(done, shared_project, arguments, message):
    answer = crm("open", *arguments, "--print")
    assert answer.exit_code == 2
    assert message in answer.stderr


def test_open_without_any_report_says_how_to_make_one(project):
    answer = crm("open")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "there is no report yet" in answer.stderr
    assert "crm run" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["corner_shop", "-p", "sed", "3"], "did you mean 'seed'?"),
        (["corner_shop", "-p", "sed=3", "-p", "seed", "1"], "did you mean 'seed'?"),
        (["corner_shop", "-p", "seed", "=3"], "'=3' is not a whole number"),
        (["corner_shop", "-p", "seed", "three"], "'three' is not a whole number"),
        (["corner_shop", "-p", "top_share", "4"], "allowed: number in 0.01..0.99"),
        (["corner_shp"], "did you mean 'corner_shop'?"),
        (["corner_shop", "--only", "20_revenu"], "did you mean '20_revenue'?"),
        (["corner_shop", "--name", "../up"], "a run cannot be called '../up'"),
        (["corner_shop", "--only", "50"], "would need"),
    ],
)
def test_a_mistake_is_reported_without_a_stack_trace_and_nothing_starts(project, no_kernel, arguments, message):
    answer = crm("run", *arguments)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (project / "reports").exists()


def test_faults_of_study_and_parameters_are_reported_together_to_a_program(project, no_kernel):
    lines = project / "data" / "corner_shop" / "lines.csv"
    lines.write_text("who,slip,when,payed\n1,a,2024-01-01,5\n", encoding="utf-8")
    answer = crm("run", "corner_shop", "-p", "seed", "-1", "--json")
    assert answer.exit_code == 2
    content = json.loads(answer.stdout)
    assert content["status"] == "wrong input"
    assert len(content["faults"]) == 2
    assert "'paid'" in content["faults"][0]["what"]
    assert content["faults"][1] == {
        "what": "-1 is out of range",
        "where": "command line, parameter seed",
        "allowed": "whole number in 0..",
        "remedy": "give seed a value within",
    }


@pytest.mark.parametrize(
    ("kind", "status", "word"),
    [
        ("KeyError", 1, "failed"),
        ("InputError", 2, "wrong input"),
        ("EngineError", 2, "refused by the engine"),
        ("EngineLostError", 2, "engine lost"),
        ("SourceError", 2, "source not readable"),
    ],
)
def test_a_failing_notebook_tells_cell_message_and_where_it_is_kept(project, monkeypatch, kind, status, word):
    def fail(self, job):
        raise NotebookError(job.notebook.name, cell=3, source="x = 1", kind=kind, message="no 'x'", partial=None)

    monkeypatch.setattr(kernels.Kernels, "execute", fail)
    answer = crm("run", "corner_shop", "--only", "10", "--json")
    assert answer.exit_code == status
    assert "10_orders, cell 3: x = 1\n" in answer.stderr
    assert f"{'' if status == 2 else 'KeyError: '}no 'x'\n" in answer.stderr
    assert "as far as they came: reports/corner_shop/partial.failed/notebooks\n" in answer.stderr
    kept = project / "reports" / "corner_shop" / "partial.failed" / "notebooks"
    assert json.loads(answer.stdout) == {
        "status": word,
        "notebook": "10_orders",
        "cell": 3,
        "kind": kind,
        "message": "no 'x'",
        "failed": [{"notebook": "10_orders", "cell": 3, "kind": kind, "message": "no 'x'"}],
        "kept": str(kept),
    }
    assert kept.is_dir()


@pytest.mark.parametrize(
    ("kind", "word"),
    [(EngineError, "refused by the engine"), (EngineLostError, "engine lost"), (SourceError, "source not readable")],
)
def test_a_refusal_before_any_notebook_is_not_called_wrong_input(project, no_kernel, monkeypatch, kind, word):
    def refuse(*_arguments):
        raise kind(Fault("the engine cannot answer a question", where="spark"))

    monkeypatch.setattr(plan, "make_plan", refuse)
    answer = crm("run", "corner_shop", "--json")
    assert answer.exit_code == 2
    said = json.loads(answer.stdout)
    assert (said["status"], said["faults"][0]["where"]) == (word, "spark")


def test_a_command_stopped_while_it_looks_at_the_data_says_so(project, monkeypatch):
    def stop(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(plan, "make_plan", stop)
    answer = crm("run", "corner_shop")
    assert (answer.exit_code, answer.stdout, answer.stderr) == (130, "", "stopped; nothing was written\n")
    assert not (project / "reports").exists()


def test_the_options_reach_the_runner(project, monkeypatch):
    def look(plan, *, jobs, progress, ahead):
        assert (plan.run, jobs) == ("mine", 3)
        assert plan.settings["seed"].value == 9
        assert [notebook.name for notebook in plan.notebooks] == ["10_orders", "20_revenue"]
        return runner.Finished(project / "reports" / "corner_shop" / "mine", 2, 1.25)

    monkeypatch.setattr(runner, "run_plan", look)
    answer = crm("run", "corner_shop", "--only", "20, orders", "--jobs", "3", "--name", "mine", "-p", "seed=9")
    assert answer.exit_code == 0, answer.output
    assert answer.stdout == "reports/corner_shop/mine/report.html\n"
    assert "2 named results in 1.2 s" in answer.stderr


def test_jobs_must_be_one_or_more(project):
    answer = crm("run", "corner_shop", "--jobs", "0")
    assert answer.exit_code == 2
    assert "x>=1" in answer.stderr


def test_check_says_what_was_received_and_what_would_run(project, no_kernel):
    answer = crm("check", "corner_shop", "--json")
    content = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert content["status"] == "sound"
    assert content["tables"][0] == {
        "table": "transactions",
        "rows": 3,
        "not used": 0,
        "from": "2024-01-01 00:00",
        "to": "2024-01-03 00:00",
        "source": "lines.csv",
    }
    assert content["notebooks"] == ["00_overview", "10_orders", "20_revenue"]
    plain = crm("check", "corner_shop")
    assert "Corner <shop> & sons: sound" in plain.stdout
    assert "would run: 00_overview, 10_orders, 20_revenue" in plain.stdout


def test_check_tells_faults(project):
    (project / "data" / "corner_shop" / "lines.csv").unlink()
    answer = crm("check", "corner_shop")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "there is no file 'lines.csv'" in answer.stderr


def test_list_shows_studies_and_notebooks(project):
    (project / "data" / "broken").mkdir()
    (project / "data" / "broken" / "study.yml").write_text("study: [", encoding="utf-8")
    content = json.loads(crm("list", "--json").stdout)
    assert content["studies"] == [
        {"study": "broken", "title": "cannot be used; see crm check broken", "tables": []},
        {"study": "corner_shop", "title": "Corner <shop> & sons", "tables": ["transactions"]},
    ]
    assert content["notebooks"][3] == {
        "notebook": "50_campaigns",
        "title": "Campaigns",
        "needs": ["responses"],
        "uses if there": ["products"],
    }
    plain = crm("list").stdout
    assert "Corner <shop> & sons" in plain
    assert "50_campaigns" in plain


def test_params_shows_each_parameter_once(project):
    content = json.loads(crm("params", "--json").stdout)["parameters"]
    assert [one["name"] for one in content] == ["study", "seed", "top_share"]
    assert content[2] == {
        "name": "top_share",
        "type": "float",
        "default": 0.2,
        "allowed": "number in 0.01..0.99",
        "meaning": "share of customers called the best",
        "notebooks": ["20_revenue"],
    }


def test_params_of_one_notebook(project):
    content = json.loads(crm("params", "10", "--json").stdout)["parameters"]
    assert [one["name"] for one in content] == ["study", "seed"]
    assert "whole number in 0.." in crm("params", "10").stdout
    answer = crm("params", "10_ordres")
    assert answer.exit_code == 2
    assert "did you mean '10_orders'?" in answer.stderr


HEAVY = ("pandas", "papermill", "matplotlib", "ibis", "duckdb", "nbformat", "rich")


def test_params_speaks_of_what_was_typed(project):
    answer = crm("params", "99")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr.startswith("crm params: unknown notebook '99'\n")


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments):
    code = f"""
import sys
from helpers.cli import main
main({arguments!r}, standalone_mode=False)
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, encoding="utf-8")
    assert said.stderr == "[]\n"
    assert "crm" in said.stdout or "Usage" in said.stdout


def test_the_command_is_installed():
    command = Path(sys.executable).with_name("crm")
    said = subprocess.run([str(command), "--version"], check=True, capture_output=True, encoding="utf-8")
    assert said.stdout == "crm, version 0.1.0\n"


@pytest.fixture
def own_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work on this project, whatever project other tests of the process have entered."""
    monkeypatch.setenv("CRM_HOME", str(Path(__file__).parents[1]))


def test_simulate_elsewhere_tells_that_a_study_file_is_needed(tmp_path: Path, own_home: None) -> None:
    answer = CliRunner().invoke(main, ["simulate", "--customers", "50", "--to", str(tmp_path / "mine")])
    assert answer.exit_code == 0
    assert "crm run simulated" not in answer.stderr
    assert f"write {tmp_path / 'mine' / 'study.yml'} first" in answer.stderr


def test_simulate_beside_a_study_file_tells_how_to_run_that_study(tmp_path: Path, own_home: None) -> None:
    (tmp_path / "study.yml").write_text("study: mine\n", encoding="utf-8")
    answer = CliRunner().invoke(main, ["simulate", "--customers", "50", "--to", str(tmp_path)])
    assert f"run them with: crm run {tmp_path}" in answer.stderr


def test_what_stops_several_notebooks_alike_is_said_once(capsys):
    closed = {"kind": "InputError", "message": "'lines.csv' may not be read\n    remedy: change its permissions"}
    other = {"kind": "ValueError", "message": "no 'x'"}
    failures = [
        NotebookError(name, cell=cell, source="x = 1", partial=None, **said)
        for name, cell, said in (("10_orders", 6, closed), ("20_revenue", 2, other), ("30_value", 0, closed))
    ]
    cli._print_failures(failures, None)
    assert capsys.readouterr().err == (
        "10_orders, cell 6: x = 1\n30_value\n'lines.csv' may not be read\n    remedy: change its permissions\n"
        "20_revenue, cell 2: x = 1\nValueError: no 'x'\n"
    )
