"""Many whole runs of a real study: on a busy machine none fails, and one that is killed harms no report.

`CRM_RUNS`, `CRM_KILLS` and `CRM_BUSY` (busy processes for each processor) ask for other numbers than the usual ones.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.child_processes import adopting_orphans

from helpers.suite.planning.report_folder import OWNER_FILE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes under /proc"),
]
RUNS, KILLS, BUSY = (
    int(os.environ.get(name, usual)) for name, usual in (("CRM_RUNS", "100"), ("CRM_KILLS", "30"), ("CRM_BUSY", "2"))
)
COMMAND = [sys.executable, "-m", "helpers.cli", "run", "cdnow", "--jobs", "4"]
AT_MOST_SECONDS = 1200
ORPHANS_SECONDS = 10


@pytest.fixture
def busy() -> Iterator[None]:
    """Keep every processor busy with so many other processes."""
    count = BUSY * len(os.sched_getaffinity(0))
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    yield
    for one in others:
        one.kill()
        one.wait()


@pytest.fixture
def reports(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("CRM_REPORTS", str(tmp_path / "reports"))
    return tmp_path / "reports"


def started() -> "subprocess.Popen[str]":
    return subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def assert_whole(folder: Path) -> None:
    results = (folder / "results.json").read_bytes()
    receipt = json.loads((folder / "receipt.json").read_text(encoding="utf-8"))
    assert receipt["results_sha256"] == hashlib.sha256(results).hexdigest()
    assert receipt["failed"] == []
    assert all((folder / file).is_file() for file in ("report.html", "analyst.html", "tables.xlsx"))
    assert len(list((folder / "notebooks").iterdir())) == len(receipt["notebooks"])


def processes_of(reports: Path) -> list[str]:
    """Return the command lines of living processes that work in a folder of reports."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if str(reports).encode() in command:
            found.append(command.decode())
    return found


def socket_folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("crm-*"))


def test_a_hundred_runs_under_load_give_a_hundred_reports(reports, busy):
    folder = reports / "cdnow" / "latest"
    for number in range(1, RUNS + 1):
        began = time.monotonic()
        out, said = started().communicate(timeout=AT_MOST_SECONDS)
        assert out.endswith("report.html\n"), said
        assert_whole(folder)
        print(f"run {number}: {time.monotonic() - began:.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)
        shutil.rmtree(folder)
    assert processes_of(reports) == []


@pytest.fixture
def orphans_come_here() -> Iterator[None]:
    with adopting_orphans():
        yield


def test_thirty_kills_at_random_moments_leave_thirty_whole_reports(reports, orphans_come_here):
    before, began = socket_folders(), time.monotonic()
    started().communicate(timeout=AT_MOST_SECONDS)
    assert_whole(reports / "cdnow" / "latest")
    whole = time.monotonic() - began
    folder, moments = reports / "cdnow" / "latest", random.Random(20180101)  # noqa: S311
    for number in range(1, KILLS + 1):
        process, moment = started(), moments.uniform(0, whole)
        try:
            process.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        assert_whole(folder)
        deadline = time.monotonic() + ORPHANS_SECONDS
        while left := processes_of(reports):
            assert time.monotonic() < deadline, left
            time.sleep(0.1)
        print(f"kill {number} after {moment:.1f} s: whole", flush=True)
    _, said = started().communicate(timeout=AT_MOST_SECONDS)
    assert "named results" in said, said
    assert_whole(folder)
    assert sorted(path.name for path in folder.parent.iterdir()) == [OWNER_FILE, "latest"]
    assert socket_folders() <= before
