"""The scores of the mutation run are in the docs as measured, high enough, and every survivor was read."""

import ast
import json
import sqlite3
from pathlib import Path

import pytest
from tests.mutation import __main__ as mutation

SCORES = json.loads(mutation.SCORES.read_text(encoding="utf-8"))
ROOMS = {"core", "study", "identification", "differentiation", "value", "evaluation", "simulation", "suite"}


def test_every_room_has_modules_and_they_and_their_tests_exist():
    assert {module.partition("/")[0] for module in mutation.MODULES if "/" in module} == ROOMS
    for module, tests in mutation.MODULES.items():
        assert (mutation.ROOT / "src" / "helpers" / module).exists(), module
        assert all((mutation.ROOT / test).exists() for test in tests), module


def test_the_table_in_the_docs_is_made_from_the_scores():
    text = mutation.README.read_text(encoding="utf-8")
    assert mutation.with_table(text, SCORES) == text


@pytest.mark.parametrize("module", SCORES)
def test_a_measured_module_is_well_tested_and_its_survivors_were_read(module):
    score = SCORES[module]
    assert score["noticed"] + len(score["survivors"]) == score["changes"]
    assert score["noticed"] >= mutation.LEAST * score["changes"]
    assert [one for one in score["survivors"] if not one["reason"]] == []


@pytest.mark.parametrize("module", SCORES)
def test_a_survivor_stands_in_a_function_that_the_module_still_has(module):
    """One of a function that is gone says nothing of the code that is there: measure the module anew."""
    tree = ast.parse((mutation.ROOT / "src" / "helpers" / module).read_text(encoding="utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert {one["in"] for one in SCORES[module]["survivors"]} <= {"", *names}


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """What cosmic-ray leaves: two changes that were made, and one that was left out."""
    path = tmp_path / "mutants.sqlite"
    with sqlite3.connect(path) as made:
        made.execute(
            "create table mutation_specs "
            "(job_id, definition_name, operator_name, occurrence, start_pos_row, start_pos_col)"
        )
        made.execute("create table work_results (job_id, worker_outcome, test_outcome, diff)")
        diff = "--- mutation diff ---\n--- ax.py\n+++ bx.py\n def f():\n-    return 1 | 2\n+    return 1 & 2"
        for job, outcome, noticed in (("a", "NORMAL", "KILLED"), ("b", "NORMAL", "SURVIVED"), ("c", "SKIPPED", None)):
            made.execute("insert into mutation_specs values (?, 'f', 'core/AddNot', 0, 1, 0)", (job,))
            made.execute("insert into work_results values (?, ?, ?, ?)", (job, outcome, noticed, diff))
    return path


def test_survivors_of_a_session_are_listed_and_keep_their_reasons(session):
    found = mutation.read_session(session)
    survivor = {"in": "f", "was": "return 1 | 2", "became": "return 1 & 2"}
    assert found == {"changes": 2, "noticed": 1, "survivors": [survivor]}
    before = {"survivors": [survivor | {"reason": "the same for these numbers"}]}
    assert mutation.keep_reasons(found, before)["survivors"][0]["reason"] == "the same for these numbers"
    assert mutation.keep_reasons(found, {})["survivors"][0]["reason"] == ""
    assert "| `x.py` | 2 | 1 | 50.0 % |" in mutation.table({"x.py": mutation.keep_reasons(found, before)})
    assert "`return 1 \\| 2`" in mutation.table({"x.py": mutation.keep_reasons(found, before)})


def test_the_star_of_a_signature_is_no_product(session):
    with sqlite3.connect(session) as made:
        made.execute("update work_results set diff = ?", ("-def f(a, *, b=2):\n+def f(a, /, b=2):",))
    assert mutation.read_session(session)["changes"] == 0
    with sqlite3.connect(session) as made:
        made.execute("update work_results set diff = ?", ("-def f(a, *, b=2):\n+def f(a, *, b=3):",))
    assert mutation.read_session(session)["changes"] == 2


def test_an_unknown_module_is_refused(capsys):
    assert mutation.main("no_such.py") == 2
    assert "not measured: no_such.py; there are core/results.py" in capsys.readouterr().err


class _Dead:
    """A server that answered once and is no more."""

    def __init__(self, command: list[str], **_: object) -> None:
        Path(command[3]).touch()

    def poll(self) -> int:
        return 1

    def wait(self) -> int:
        return 1


def test_runs_that_nobody_answered_are_not_counted(tmp_path, monkeypatch):
    """Where the server of test runs has died, each run ends like one that noticed the change."""
    (tmp_path / "src").mkdir()
    monkeypatch.setattr(mutation, "imported_by", lambda *_: [])
    monkeypatch.setattr(mutation.subprocess, "Popen", _Dead)
    with pytest.raises(RuntimeError, match="ended early"), mutation.forking_pytest(tmp_path, "core/results.py"):
        assert (tmp_path / "socket").exists()
