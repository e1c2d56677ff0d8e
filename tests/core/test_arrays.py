"""The types of arrays have one name each, in one place."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "helpers"
STILL_ITS_OWN = {"differentiation/life_cycle.py", "suite/notebook/plotted_data.py"}
"""Modules that go on with a name of their own until they are next changed."""


def names_an_array_type(statement: ast.stmt) -> bool:
    """Say whether a statement is such as `Floats = npt.NDArray[np.float64]`."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Subscript):
        return False
    return ast.unparse(statement.value.value).rpartition(".")[2] == "NDArray"


def test_array_types_are_named_in_one_module():
    modules = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if any(map(names_an_array_type, ast.parse(path.read_text(encoding="utf-8")).body))
    }
    assert modules - STILL_ITS_OWN == {"core/arrays.py"}
