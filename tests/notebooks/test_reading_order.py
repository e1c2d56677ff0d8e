"""The reading order of the course, in the summary: every chapter once, in no more than twelve sessions."""

import re
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def test_every_chapter_has_its_session():
    overview = nbformat.read(NOTEBOOKS / "00_overview.ipynb", as_version=4)
    course = next(cell.source for cell in overview.cells if cell.source.startswith("## A course in twelve sessions"))
    sessions = [line for line in course.splitlines() if line.startswith("- ")]
    assert len(sessions) == 12
    named = re.findall(r"`(\d\d_\w+)`", course)
    assert sorted(named) == sorted(path.stem for path in NOTEBOOKS.glob("[1-9]*.ipynb"))
