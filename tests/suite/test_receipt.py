"""A receipt says what a report was made from, exactly enough to make it again."""

import hashlib
import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from importlib import metadata

import pytest
from tests.conftest import notebook, write_notebook

from helpers.suite.planning.plan import make_plan
from helpers.suite.running.receipt import git_state, make_receipt, package_versions

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
STARTED = datetime(2024, 5, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))


def receipt_of(study: str, *typed: tuple[str, str]) -> dict:
    plan = make_plan(study, typed, run="may")
    return make_receipt(plan, results="{}\n", started=STARTED, ended=STARTED + timedelta(seconds=61.04))


def test_inputs_and_results_are_named_by_their_content(project):
    receipt = receipt_of("corner_shop")
    study = project / "data" / "corner_shop"
    assert receipt["inputs"] == [
        {
            "label": name,
            "sha256": hashlib.sha256((study / name).read_bytes()).hexdigest(),
            "bytes": (study / name).stat().st_size,
        }
        for name in ("study.yml", "lines.csv")
    ]
    assert receipt["results_sha256"] == hashlib.sha256(b"{}\n").hexdigest()


def test_parameters_carry_their_source(project):
    receipt = receipt_of("corner_shop", ("seed", "7"))
    assert receipt["parameters"] == {
        "study": {"value": "corner_shop", "source": "command line"},
        "seed": {"value": 7, "source": "command line"},
        "top_share": {"value": 0.5, "source": "study.yml"},
    }
    assert receipt["seed"] == 7


def test_what_ran_and_what_did_not(project):
    receipt = receipt_of("corner_shop")
    assert receipt["run"] == "may"
    assert receipt["study"] == {"name": "corner_shop", "title": "Corner <shop> & sons", "as_of": "2024-02-01"}
    assert receipt["notebooks"] == ["00_overview", "10_orders", "20_revenue"]
    assert receipt["skipped"][0]["missing"] == ["responses"]
    assert receipt["started"] == STARTED.astimezone(UTC).isoformat() == "2024-05-01T12:00:00+00:00"
    assert receipt["duration_seconds"] == 61.0


def test_what_compared_the_records_is_named_where_a_chapter_linked_them(project):
    assert "linkage" not in receipt_of("corner_shop")
    write_notebook(project, "11_records", notebook("Records", needs="customer_records"))
    study = project / "data" / "corner_shop"
    (study / "people.csv").write_text("record_id,first_name\n1,Ann\n2,Anne\n", encoding="utf-8")
    text = (study / "study.yml").read_text(encoding="utf-8")
    people = "tables:\n  customer_records: {source: people.csv}\n"
    (study / "study.yml").write_text(text.replace("tables:\n", people), encoding="utf-8")
    assert receipt_of("corner_shop")["linkage"] == {"name": "DuckDB", "version": metadata.version("duckdb")}


def test_no_path_of_this_machine_is_reported(project, tmp_path):
    folder = shutil.copytree(project / "data" / "corner_shop", tmp_path / "my shop")
    described = (folder / "study.yml").read_text(encoding="utf-8").replace("corner_shop", "my_shop")
    (folder / "study.yml").write_text(described, encoding="utf-8")
    receipt = receipt_of(str(tmp_path / "my shop"))
    assert receipt["parameters"]["study"]["value"] == "my_shop"
    assert str(tmp_path) not in json.dumps(receipt)


def test_versions_of_the_packages_asked_for_but_not_of_the_tools_of_developers():
    versions = package_versions()
    assert versions["pandas"] == metadata.version("pandas")
    assert list(versions) == sorted(versions)
    assert "pytest" not in versions


def test_a_checkout_tells_its_commit_and_whether_it_was_changed(tmp_path):
    assert git_state(tmp_path) == {"commit": None, "modified": None}
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout

    git("init", "-q")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("a = 1\n", encoding="utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "report.html").touch()
    assert git_state(tmp_path) == {"commit": git("rev-parse", "HEAD").strip(), "modified": False}
    (tmp_path / "src" / "a.py").write_text("a = 2\n", encoding="utf-8")
    assert git_state(tmp_path)["modified"] is True


def test_without_git_the_commit_is_not_known(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state(tmp_path) == {"commit": None, "modified": None}
