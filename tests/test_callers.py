"""Every public function and class is used by a notebook, a solution or the package itself: a test alone is no use."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "helpers"
WITHOUT_CALLER = {
    "balance_moves": "for the chapter on recency, frequency and money: who moved between two periods",
    "compare": "the tests compare named results with the committed reference",
    "gain_of_contacts": "tests/next_action_scores.py makes the table beside the simulated study with it",
    "profile_intervals": "for the chapter on the life cycle of a customer",
    "purchase_intervals": "for the chapter on the life cycle of a customer",
    "read_results": "the tests compare named results with the committed reference",
    "spend_budget": "tests/next_action_scores.py compares the list with other ways to spend the budget",
    "written_defaults": "tests/stored_outputs.py writes the list of defaults with it",
}
"""Why each of them stays."""


def used_in(tree: ast.AST, within: str = "") -> Iterator[tuple[str, str]]:
    """Yield every name that code uses, and the function or class around it."""
    for node in ast.iter_child_nodes(tree):
        inside = within
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            inside = within or node.name
        elif isinstance(node, ast.Name):
            yield node.id, within
        elif isinstance(node, ast.Attribute):
            yield node.attr, within
        yield from used_in(node, inside)


def public(tree: ast.Module) -> Iterator[str]:
    """Yield the functions and classes of a module that others may call."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def code() -> Iterator[tuple[Path, ast.Module]]:
    for path in [*SOURCE.rglob("*.py"), *(ROOT / "notebooks" / "solutions").glob("*.py")]:
        yield path, ast.parse(path.read_text(encoding="utf-8"))
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        yield path, ast.parse("\n".join(cell.source for cell in cells if cell.cell_type == "code"))


@pytest.fixture(scope="module")
def without_caller() -> set[str]:
    """Return the public names that nothing but their own definition uses; commands are called by their decorator."""
    defined: set[str] = set()
    used: dict[str, set[str]] = defaultdict(set)
    for path, tree in code():
        if path.is_relative_to(SOURCE) and path != SOURCE / "cli.py":
            defined |= set(public(tree))
        for name, around in used_in(tree):
            used[name].add(around)
    return {name for name in defined if not used[name] - {name}}


def test_a_public_function_has_a_caller_outside_the_tests(without_caller):
    assert sorted(without_caller - set(WITHOUT_CALLER)) == []


def test_an_exemption_goes_when_a_caller_comes(without_caller):
    assert sorted(set(WITHOUT_CALLER) - without_caller) == []


def test_a_function_that_calls_only_itself_has_no_caller():
    tree = ast.parse("def f():\n    return f()\n\ndef g():\n    return h.f\n")
    assert list(used_in(tree)) == [("f", "f"), ("f", "g"), ("h", "g")]
    assert list(public(ast.parse("def f(): ...\ndef _g(): ...\nclass H: ...\nX = 1"))) == ["f", "H"]
