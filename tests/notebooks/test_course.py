"""The course of twelve sessions names every chapter by the name it has, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_course_names_the_chapters_there_are():
    rows = [line for line in (ROOT / "docs" / "course.md").read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    named = set(re.findall(r"`(\d\d_\w+)`", "\n".join(rows)))
    assert named == {path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert len([row for row in rows if re.match(r"\| \d+ \|", row)]) == 12
