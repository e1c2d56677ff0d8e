"""A message about what a user wrote says what to do: seen in the source, so that no new one forgets it."""

import ast
from pathlib import Path

import pytest

from helpers.core.errors import unknown_name

SOURCE = Path(__file__).parents[2] / "src" / "helpers"
FILES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))
THE_CLASS = "core/errors.py"  # where a fault is defined, and one is made of a text


def is_blank(value: ast.expr | None) -> bool:
    """Say whether an expression is no remedy, or none in one of its cases."""
    if isinstance(value, ast.IfExp):
        return is_blank(value.body) or is_blank(value.orelse)
    return value is None or (isinstance(value, ast.Constant) and not str(value.value or "").strip())


def remedy_of(call: ast.Call) -> ast.expr | None:
    named = (one.value for one in call.keywords if one.arg == "remedy")
    return next(named, call.args[3] if len(call.args) > 3 else None)


def calls_in(tree: ast.AST, name: str) -> list[ast.Call]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == name]


def without_remedy(source: str) -> list[int]:
    """Return the lines of a source on which a fault, or a default of one, says nothing of what to do."""
    tree = ast.parse(source)
    faults = [call.lineno for call in calls_in(tree, "Fault") if is_blank(remedy_of(call))]
    plain = (ast.Constant, ast.JoinedStr)
    texts = [one.lineno for one in calls_in(tree, "InputError") if one.args and isinstance(one.args[0], plain)]
    defaults = []
    for one in (node.args for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        last = [*one.posonlyargs, *one.args][len(one.posonlyargs) + len(one.args) - len(one.defaults) :]
        given = [*zip(last, one.defaults, strict=True), *zip(one.kwonlyargs, one.kw_defaults, strict=True)]
        defaults += [
            arg.lineno for arg, value in given if arg.arg == "remedy" and value is not None and is_blank(value)
        ]
    return sorted(faults + texts + defaults)


@pytest.mark.parametrize("file", [file for file in FILES if file != THE_CLASS])
def test_every_fault_has_a_remedy(file: str) -> None:
    assert without_remedy((SOURCE / file).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'Fault("wrong", where="x", allowed="y")',
        'Fault("wrong", "x", "y", "")',
        'Fault("wrong", remedy=" ")',
        'Fault("wrong", remedy="do this" if known else "")',
        'InputError("wrong")',
        'InputError(f"{wrong}")',
        'def check(what: str, remedy: str = "") -> Fault: ...',
        'def check(what: str, *, remedy: str = "") -> Fault: ...',
    ],
)
def test_the_search_finds_each_way_to_leave_a_remedy_out(source: str) -> None:
    assert without_remedy(source) == [1]


def test_a_name_that_is_like_none_of_those_allowed_has_a_remedy_too() -> None:
    assert unknown_name("x", ["alpha", "beta"], kind="name").remedy == "take one of these"
    assert unknown_name("x", [], kind="name").remedy == "leave it out"
