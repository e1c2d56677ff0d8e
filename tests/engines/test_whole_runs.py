"""The default study answered by another engine: the same named results, each within its own tolerance."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.suite.running.reference import compare, read_results

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference" / "complete_journey.json"


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgres", "spark"])
def test_the_default_study_gives_the_same_results(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Each notebook asks an engine of its own session: on Spark one at a time, for memory."""
    # The fixtures see that the engine is there; its absence skips the test.
    address = request.getfixturevalue("cluster").url if engine == "postgres" else engine
    request.getfixturevalue("cluster" if engine == "postgres" else "spark_session")
    command = [sys.executable, "-m", "helpers.cli", "run", "complete_journey", "--jobs", "1", "--engine", address]
    environment = {**os.environ, "CRM_REPORTS": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = read_results(tmp_path / "complete_journey" / "latest" / "results.json")
    assert compare(found, read_results(REFERENCE)) == []
    assert set(found) == set(read_results(REFERENCE))
