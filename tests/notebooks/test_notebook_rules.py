"""Rules every notebook keeps: computed prose, one specification, stored outputs, the same opening and the same end."""

import ast
import inspect
import re
import statistics
from pathlib import Path

import nbformat
import pytest
from tests.stored_outputs import KERNEL, LANGUAGE, as_lab_saves

from helpers.suite.notebook.book import Book
from helpers.suite.planning.delivered import DEFAULTS_FILE, written_defaults
from helpers.suite.planning.notebook_file import read_notebook, read_notebooks

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.ipynb"))
LONGEST_CELL = 30
LONG_CELL = 13  # at most, for nine cells in ten
MARKDOWN_PER_CODE = (0.8, 1.4)
CELLS = (20, 45)
CODE = re.compile(r"```.*?```|`[^`]*`", flags=re.DOTALL)


def cells(path: Path, kind: str) -> list:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def code_lines(cell) -> int:
    return sum(bool(line.strip()) for line in cell.source.splitlines())


notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@notebook
def test_prose_holds_no_typed_digits(path):
    prose = [CODE.sub("", cell.source) for cell in cells(path, "markdown")]
    typed = [line for text in prose for line in text.splitlines() if re.search(r"\d", line)]
    assert typed == []


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
def test_cells_are_short_and_define_nothing_to_share(path):
    code = cells(path, "code")
    assert max(map(code_lines, code)) <= LONGEST_CELL
    defined = [node for cell in code for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef)]
    assert defined == []


@notebook
def test_it_names_no_path_and_mutes_nothing(path):
    source = "\n".join(cell.source for cell in cells(path, "code"))
    assert not re.search(r"[\"'](?:/|[A-Z]:\\|\.\./)|filterwarnings|simplefilter|https?://", source)


def test_long_cells_are_few_over_all_notebooks():
    """What counts is that a cell does one thing; no story is cut to keep a median."""
    lines = [code_lines(cell) for path in NOTEBOOKS for cell in cells(path, "code")]
    assert statistics.quantiles(lines, n=10, method="inclusive")[-1] <= LONG_CELL


def statements(cell) -> list[ast.stmt]:
    """Every statement of a cell, also those inside others."""
    return [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.stmt)]


@notebook
def test_a_line_holds_one_statement(path):
    """A cell is not made short by writing several statements on a line."""
    for cell in cells(path, "code"):
        starts = [node.lineno for node in statements(cell)]
        assert len(starts) == len(set(starts)), cell.source


@notebook
def test_it_can_be_read_at_one_sitting(path):
    code, markdown = cells(path, "code"), cells(path, "markdown")
    assert len(code) + len(markdown) <= CELLS[1]
    assert len(code) + len(markdown) >= CELLS[0]
    assert all(cell.source.strip() for cell in (*code, *markdown))


def test_there_is_prose_between_the_cells():
    code, markdown = (sum(len(cells(path, kind)) for path in NOTEBOOKS) for kind in ("code", "markdown"))
    assert MARKDOWN_PER_CODE[0] <= markdown / code <= MARKDOWN_PER_CODE[1]


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
