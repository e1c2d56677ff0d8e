"""The default study, and linked records, answered by another engine: named results within their tolerances."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.suite.running.reference import compare, read_results

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference" / "complete_journey.json"


def run(study: str, reports: Path, *options: str) -> Path:
    """Run a study as a user does, and return its report folder."""
    command = [sys.executable, "-m", "helpers.cli", "run", study, "--name", "latest", "--jobs", "1", *options]
    environment = {**os.environ, "CRM_REPORTS": str(reports)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return reports / study / "latest"


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgres", "spark"])
def test_the_default_study_gives_the_same_results(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Every chapter asks in a session of its own; those on Spark share one Java."""
    # The fixtures see that the engine is there; its absence skips the test.
    address = request.getfixturevalue("cluster").url if engine == "postgres" else engine
    request.getfixturevalue("cluster" if engine == "postgres" else "spark_session")
    found = read_results(run("complete_journey", tmp_path, "--engine", address) / "results.json")
    assert compare(found, read_results(REFERENCE)) == []
    assert set(found) == set(read_results(REFERENCE))


@pytest.mark.slow
@pytest.mark.usefixtures("spark_session")
def test_the_chapter_on_records_links_on_spark_where_the_study_is_answered(tmp_path: Path) -> None:
    here = run("febrl1", tmp_path / "here", "--only", "11")
    there = run("febrl1", tmp_path / "there", "--only", "11", "--engine", "spark")
    results = [read_results(folder / "results.json") for folder in (there, here)]
    assert results[0].keys() == results[1].keys()
    assert compare(*results) == []
    receipts = [json.loads((folder / "receipt.json").read_text(encoding="utf-8")) for folder in (there, here)]
    assert [one["linkage"]["name"] for one in receipts] == ["Spark", "DuckDB"]
    said = [(folder / "report.html").read_text(encoding="utf-8") for folder in (there, here)]
    assert ["The pairs were found and compared on Spark 4" in one for one in said] == [True, False]
