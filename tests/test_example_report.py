"""`make example` keeps the small files of a run of the default study, and its results as the reference."""

import subprocess
from pathlib import Path

from tests import example_report

ROOT = Path(__file__).resolve().parents[1]


def test_the_reference_is_what_the_committed_example_found():
    example = ROOT / "reports" / "complete_journey" / example_report.RUN / "results.json"
    assert (ROOT / example_report.REFERENCE).read_bytes() == example.read_bytes()


def test_a_new_example_brings_the_reference_up_to_date(tmp_path, monkeypatch):
    (tmp_path / "tests" / "reference").mkdir(parents=True)

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        made = tmp_path / "reports" / "complete_journey" / command[command.index("--name") + 1]
        (made / "lists").mkdir(parents=True)
        (made / "results.json").write_text('{"new": {"value": 1}}', encoding="utf-8")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(example_report, "ROOT", tmp_path)
    monkeypatch.setattr(example_report.subprocess, "run", run)
    assert example_report.main() == 0
    kept = tmp_path / "reports" / "complete_journey" / example_report.RUN
    assert [path.name for path in kept.iterdir()] == ["results.json"]
    assert (tmp_path / example_report.REFERENCE).read_bytes() == (kept / "results.json").read_bytes()
