"""Every exercise of a notebook is known to `crm exercise`, and solutions are scored right."""

import ast
import os
import re
import runpy
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from helpers.core.places import data_folder
from helpers.narrative.exercises import OPEN, TRUTH, Exercise, exercises
from helpers.study.file import FILE_NAME
from helpers.suite.exercises.scoring import score
from helpers.value import ahp

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("E*.py"))
BY_ID = {one.id: one for one in exercises()}
ON_COMMITTED = [one for one in SOLUTIONS if one.stem in ("E10-1", "E12-2", "E30-1", "E34-3")]
FOUND_AT_LEAST, RIGHT_AT_LEAST = 0.6, 0.6  # of those asked for, and of those named


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_and_its_file_of_words_hold_the_same_exercises(path):
    prose = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    in_notebook = re.findall(r"\*\*(E\d\d-\d+)\b", "\n".join(prose))
    assert sorted(in_notebook) == sorted(one.id for one in BY_ID.values() if one.notebook == path.stem)


def test_every_exercise_has_a_solution():
    assert [path.stem for path in SOLUTIONS] == sorted(BY_ID)


@pytest.mark.parametrize("exercise", BY_ID.values(), ids=list(BY_ID))
def test_the_study_of_an_exercise_exists(exercise):
    assert not exercise.study or (data_folder() / exercise.study / FILE_NAME).is_file()


def answer_of(path: Path) -> object:
    return runpy.run_path(str(path)).get("answer")


@pytest.mark.parametrize("path", ON_COMMITTED, ids=lambda path: path.stem)
def test_a_solution_on_the_default_study_is_right_by_the_committed_example(path, monkeypatch, tmp_path):
    monkeypatch.setenv("CRM_REPORTS", str(tmp_path))
    scored = score(path.stem, f"{answer_of(path):.6g}")
    assert scored.right, scored.text


def test_the_heaviest_indicator_is_worked_out_by_the_method_that_the_task_names():
    method = BY_ID["E34-1"].parameters["ahp_method"]
    weighed = ahp.weigh_hierarchy(ahp.find_hierarchy("customer_value"), method=method)
    found = {one.name: one.value for one in weighed.named_results()}["ahp_highest_weight"]
    assert "row geometric means" in BY_ID["E34-1"].task
    assert answer_of(ROOT / "notebooks/solutions/E34-1.py") == pytest.approx(found, rel=1e-9)


def test_cem_of_the_solution_is_cem_of_the_example():
    code = [cell.source for cell in nbformat.read(ROOT / "notebooks/31_lifetime_value.ipynb", as_version=4).cells]
    [stated] = [line for cell in code for line in cell.splitlines() if line.startswith("bought_when = ")]
    example = pd.DataFrame(ast.literal_eval(stated.removeprefix("bought_when = "))).loc[2]
    solved = runpy.run_path(str(ROOT / "notebooks/solutions/E31-3.py"))["cem"]
    assert solved.loc["seven"].to_dict() == example.to_dict()
    assert solved.loc["two"].to_dict() == example.to_dict() | {"frequency": 2}


def runs_needed() -> dict[str, tuple[Exercise, set[str]]]:
    """Return by study and parameters the chapters that solutions are scored with."""
    needed: dict[str, tuple[Exercise, set[str]]] = {}
    chapters: dict[str, set[str]] = defaultdict(set)
    for path in SOLUTIONS:
        one = BY_ID[path.stem]
        if one.kind != OPEN:
            key = f"{one.study} {dict(one.parameters)}"
            chapters[key].add(one.notebook)
            needed[key] = (one, chapters[key])
    return needed


@pytest.mark.slow
def test_every_solution_is_scored_right(monkeypatch, tmp_path):
    if not (data_folder() / "simulated" / "truth").is_dir():
        subprocess.run([sys.executable, "-m", "helpers.cli", "simulate"], check=True)
    monkeypatch.setenv("CRM_REPORTS", str(tmp_path / "reports"))
    for number, (one, chapters) in enumerate(runs_needed().values()):
        typed = [word for name, value in one.parameters.items() for word in ("-p", name, str(value))]
        only = [word for chapter in sorted(chapters) for word in ("--only", chapter)]
        command = [sys.executable, "-m", "helpers.cli", "run", one.study, *only, *typed, "--name", f"run{number}"]
        subprocess.run(command, check=True, env=os.environ)
    wrong = []
    for path in SOLUTIONS:
        answer, one = answer_of(path), BY_ID[path.stem]
        if one.kind == TRUTH:
            file = tmp_path / "answer.csv"
            if one.each:
                answer.to_csv(file)
            else:
                pd.Series(answer, name="customer_id").to_csv(file, index=False)
            scored = score(one.id, str(file))
            right = scored.found >= FOUND_AT_LEAST * scored.asked
            right &= scored.found >= RIGHT_AT_LEAST * (scored.found + scored.wrong)
        elif one.kind != OPEN:
            scored = score(one.id, answer if isinstance(answer, str) else f"{answer:.6g}")
            right = scored.right
        wrong += [] if one.kind == OPEN or right else [scored.text]
    assert wrong == []
