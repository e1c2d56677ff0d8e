"""A message about what a user wrote says what to do: seen in the source, so that no new one forgets it."""

import ast
from pathlib import Path

import pytest

from helpers.errors import unknown_name

SOURCE = Path(__file__).parents[1] / "src" / "helpers"
READERS = (
    "yaml_lines.py",
    "study_file.py",
    "sources.py",
    "database_address.py",
    "damaged_workbooks.py",
    "places.py",
    "value/ahp/hierarchy_file.py",
    "value/ahp/judgement_lines.py",
    "value/profitability/drivers_file.py",
    "simulation/parameter_file.py",
    "simulation/company.py",
    "identification/linkage/review_sheet.py",
    "identification/linkage/review_rules.py",
    "suite/workspace.py",
    "suite/report_folder.py",
    "suite/study_values.py",
    "suite/plan.py",
    "cli.py",
)


@pytest.mark.parametrize("file", READERS)
def test_every_fault_that_a_reader_finds_has_a_remedy(file: str) -> None:
    tree = ast.parse((SOURCE / file).read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    faults = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Fault"]
    without = [
        call.lineno for call in faults if len(call.args) < 4 and not any(one.arg == "remedy" for one in call.keywords)
    ]
    assert without == []


def test_a_name_that_is_like_none_of_those_allowed_has_a_remedy_too() -> None:
    assert unknown_name("x", ["alpha", "beta"], kind="name").remedy == "take one of these"
    assert unknown_name("x", [], kind="name").remedy == "leave it out"
