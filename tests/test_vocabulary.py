"""Words that docs/vocabulary.md bans stand neither in names of the package nor in the prose of notebooks."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
STILL_USED = "†"


def rows() -> list[list[str]]:
    lines = (ROOT / "docs" / "vocabulary.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return cells[1:]


BANNED = [word.strip() for row in rows() for word in row[3].split(",") if STILL_USED not in word]


@cache
def prose() -> dict[str, str]:
    """Return the markdown of each notebook, without code and formulas."""
    found = {}
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        found[path.name] = re.sub(r"`[^`]*`|\$[^$]*\$", "", text)
    return found


def names_in(source: str) -> Iterator[str]:
    """Yield what a module names: functions, classes, arguments, variables and attributes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def as_words(name: str) -> str:
    return f" {' '.join(re.findall(r'[A-Z]?[a-z]+|[A-Z]+(?![a-z])', name)).lower()} "


@cache
def names() -> dict[str, str]:
    """Return the names of the package as words, by where they stand; read when a test first asks."""
    return {
        f"{path.relative_to(ROOT)}: {name}": as_words(name)
        for path in sorted((ROOT / "src" / "helpers").rglob("*.py"))
        for name in set(names_in(path.read_text(encoding="utf-8")))
    }


ENGLISH = sorted((ROOT / "src" / "helpers" / "narrative" / "english").glob("*.toml"))
TEMPLATES = sorted((ROOT / "src" / "helpers" / "suite" / "report" / "templates").glob("*.j2"))
BOOK = ROOT / "src" / "helpers" / "suite" / "notebook" / "book.py"
GATE = ROOT / "src" / "helpers" / "suite" / "notebook" / "contact_gate.py"
NOT_FOR_CLIENTS = re.compile(r"\btold\b|\btelling\b|\bMind\b(?!s)", re.IGNORECASE)


def texts_of_client(path: Path) -> list[str]:
    """Return what a file says to clients: words of a chapter, a template, or texts of a module but its docstrings."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return source.splitlines()
    tree = ast.parse(source)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    said = {id(one.value) for body in bodies for one in body if isinstance(one, ast.Expr)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in said]
    return [node.value for node in constants if isinstance(node.value, str)]


def test_each_term_stands_once_with_its_meaning():
    terms = [row[0] for row in rows()]
    assert len(terms) == len(set(terms)) >= 30
    assert [row[0] for row in rows() if len(row) != 4 or not row[1] or not row[3]] == []


@pytest.mark.parametrize("word", BANNED)
def test_a_banned_word_is_not_used(word):
    in_prose = [name for name, text in prose().items() if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)]
    in_names = [name for name, words in names().items() if f" {word.lower()} " in words]
    assert in_prose + in_names == []


def test_a_banned_word_is_found_in_a_name_however_it_is_written():
    assert [as_words(one) for one in ("customer_ltv", "LTVModel", "_worst_Tier2")] == [
        " customer ltv ",
        " ltv model ",
        " worst tier ",
    ]


@pytest.mark.parametrize(
    "path",
    [*ENGLISH, *TEMPLATES, *sorted((ROOT / "src" / "helpers" / "narrative").glob("*.py")), BOOK, GATE],
    ids=lambda path: path.name,
)
def test_clients_read_plain_modern_words(path):
    assert [text for text in texts_of_client(path) if NOT_FOR_CLIENTS.search(text)] == []


def test_no_method_is_named_after_telling():
    """What is said has a name: a sentence, a note, a reading."""
    named = [name for name, words in names().items() if re.search(r" (?:tell|tells|told) ", words)]
    assert named == []
