"""Rules every notebook keeps: computed prose, one specification, stored outputs, the same opening and the same end."""

import ast
import inspect
import re
from collections import Counter
from pathlib import Path

import nbformat
import numpy as np
import pytest
from tests.stored_outputs import KERNEL, LANGUAGE, as_lab_saves

import helpers
from helpers.narrative.chapter import chapter_words
from helpers.suite.notebook.book import Book
from helpers.suite.planning.delivered import DEFAULTS_FILE, written_defaults
from helpers.suite.planning.notebook_file import read_notebook, read_notebooks

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.ipynb"))
SOURCE = Path(helpers.__file__).parent
CHAPTERS = [path for path in NOTEBOOKS if not path.stem.startswith(("00_", "90_"))]
TAUGHT = re.compile(r"\*\*(?:The method|By hand)|^## Exercises", flags=re.MULTILINE)
WELCOME = re.compile(
    r"\$\$.*?\$\$|\$[^$\n]*\$"  # formulas
    r"|\]\([^)]*\)|\bdoi:\S+|\*[^*]+\*,? \d+\b(?:\(\d+\))?"  # links, journals with their volume
    r"|\b(?:1[6-9]|20)\d\d\b|\b(?:[Ss]ections?|chapter|equation|table) \d[\d.]*",
    flags=re.DOTALL,
)
CODE = re.compile(r"```.*?```|`[^`]*`", flags=re.DOTALL)


def cells(path: Path, kind: str) -> list:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@notebook
def test_prose_holds_no_typed_results(path):
    """Formulas, examples by hand, exercises, years and section numbers are welcome; figures of a study are not."""
    texts = [cell.source for cell in cells(path, "markdown") if not TAUGHT.search(cell.source)]
    prose = [WELCOME.sub("", CODE.sub("", text)) for text in texts]
    assert [line for text in prose for line in text.splitlines() if re.search(r"\d", line)] == []


@notebook
def test_outputs_are_stored_and_run_in_order_without_errors_or_warnings(path):
    code = cells(path, "code")
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]


@notebook
def test_it_opens_with_one_import_cell_and_ends_with_its_results(path):
    code = cells(path, "code")
    importing = [cell for cell in code if re.search(r"^(?:import|from) ", cell.source, flags=re.MULTILINE)]
    assert importing == [code[1]]
    assert code[-1].source.strip() == "book.close()"


@notebook
def test_cells_define_nothing_to_share(path):
    code = cells(path, "code")
    defined = [node for cell in code for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef)]
    assert defined == []


@notebook
def test_it_names_no_path_and_mutes_nothing(path):
    source = "\n".join(cell.source for cell in cells(path, "code"))
    assert not re.search(r"[\"'](?:/|[A-Z]:\\|\.\./)|filterwarnings|simplefilter|https?://", source)


def statements(cell) -> list[ast.stmt]:
    """Every statement of a cell, also those inside others."""
    return [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.stmt)]


@notebook
def test_a_line_holds_one_statement(path):
    """A cell is not made short by writing several statements on a line."""
    for cell in cells(path, "code"):
        starts = [node.lineno for node in statements(cell)]
        assert len(starts) == len(set(starts)), cell.source


REPORTING = {
    name
    for name, method in inspect.getmembers(Book, inspect.isfunction)
    if not name.startswith("_") and inspect.signature(method).return_annotation is None and name != "show"
} | {"title", "text"}
"""Methods of the book that name, say or show what goes into the report; examples by hand are method."""


def lines_of_method_and_reporting(path: Path) -> tuple[int, int]:
    """Count lines of code below the opening cell; a statement that calls a reporting method is reporting."""
    counts = Counter()
    for cell in cells(path, "code")[2:]:
        for statement in ast.parse(cell.source).body:
            called = {
                node.func.attr
                for node in ast.walk(statement)
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and ast.unparse(node.func.value) == "book"
            }
            counts[bool(called & REPORTING)] += statement.end_lineno - statement.lineno + 1
    return counts[False], counts[True]


def test_less_than_a_third_of_the_code_is_reporting():
    method, reporting = np.sum([lines_of_method_and_reporting(path) for path in CHAPTERS], axis=0)
    assert reporting < (method + reporting) / 3


def test_guards_are_few():
    """What the data do not allow is left out whole, by `LeftOut`, not by a condition in every cell."""
    guards = [
        (path.stem, ast.unparse(node.test))
        for path in NOTEBOOKS
        for cell in cells(path, "code")
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.If)
    ]
    assert len(guards) < 10, guards


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_teaches_its_method(path):
    """A formula, where it comes from, an example by hand, and exercises."""
    prose = "\n".join(cell.source for cell in cells(path, "markdown"))
    assert re.search(r"\$\$.+?\$\$", prose, flags=re.DOTALL)
    assert "**By hand" in prose
    assert re.search(r"^## Exercises$", prose, flags=re.MULTILINE)


def texts_named(path: Path) -> set[str]:
    """Return every text and every keyword of a notebook's code."""
    nodes = [node for cell in cells(path, "code") for node in ast.walk(ast.parse(cell.source))]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return texts | {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}


@notebook
def test_every_text_of_a_chapter_is_used(path):
    """Named in the notebook, or by a method that hands over several tables at once."""
    words, named = chapter_words(path.stem), texts_named(path)
    methods = "".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py"))
    for part in (words.figures, words.tables, words.methods):
        assert [key for key in part if key not in named and f'"{key}"' not in methods] == []


def test_a_parameter_means_the_same_in_every_notebook():
    meanings: dict[str, set] = {}
    for path in NOTEBOOKS:
        for name, parameter in read_notebook(path).parameters.items():
            meanings.setdefault(name, set()).add(parameter)
    del meanings["study"]  # a notebook may open on another study where the default one lacks its data
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}


@notebook
def test_every_parameter_says_what_it_means(path):
    assert [name for name, parameter in read_notebook(path).parameters.items() if not parameter.about] == []


def test_papermill_reads_the_same_parameters():
    from papermill import inspect_notebook

    for path in NOTEBOOKS:
        inspected = inspect_notebook(path)
        assert {name: entry["inferred_type_name"] for name, entry in inspected.items()} == {
            name: parameter.type_name for name, parameter in read_notebook(path).parameters.items()
        }


@notebook
def test_no_cell_ends_in_a_value_that_would_be_shown_raw(path):
    """What is meant to be seen goes through the book, whose methods return nothing."""
    ends = [ast.parse(cell.source).body[-1] for cell in cells(path, "code")]
    shown = [end.value for end in ends if isinstance(end, ast.Expr)]
    assert [ast.unparse(one) for one in shown if not shows_nothing(one)] == []


@notebook
def test_no_raw_value_is_stored(path):
    outputs = [output for cell in cells(path, "code") for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "execute_result"] == []


def shows_nothing(expression: ast.expr) -> bool:
    """Whether it is a call of the book that is said to return None."""
    called = expression.func if isinstance(expression, ast.Call) else None
    if not (isinstance(called, ast.Attribute) and ast.unparse(called.value) == "book"):
        return False
    return inspect.signature(getattr(Book, called.attr)).return_annotation is None


@notebook
def test_an_opened_notebook_is_called_book_study_and_p(path):
    """After a refusal these names refuse every use: no cell below goes on with what an earlier opening left."""
    opening = cells(path, "code")[1].source
    assert re.search(r"^book = start\(", opening, flags=re.MULTILINE)
    others = opening.replace("study, p = book.study, book.p", "")
    assert not re.search(r"=.*\bbook\.(?:p|study)\b", others)


@notebook
def test_it_is_stored_as_jupyterlab_saves_it(path):
    """Opening and saving a notebook is no change for git."""
    stored = nbformat.read(path, as_version=4)
    assert stored.metadata == {"kernelspec": KERNEL, "language_info": LANGUAGE}
    assert path.read_text(encoding="utf-8") == nbformat.writes(as_lab_saves(stored)) + "\n"


def test_the_defaults_stand_beside_the_notebooks_as_delivered():
    """By them an opening tells what somebody has typed; `make notebooks` writes them."""
    folder = NOTEBOOKS[0].parent
    assert (folder / DEFAULTS_FILE).read_text(encoding="utf-8") == written_defaults(read_notebooks(folder))
