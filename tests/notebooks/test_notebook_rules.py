"""Rules every notebook keeps: computed prose, one specification, stored outputs, the same opening and the same end."""

import ast
import re
import statistics
from pathlib import Path

import nbformat
import pytest

from helpers.suite.notebook_file import read_notebook

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.ipynb"))
LONGEST_CELL = 30
LONG_CELL, USUAL_CELL = 13, 5  # at most: for nine cells in ten, and for half of them
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


def test_cells_are_short_over_all_notebooks():
    lines = [code_lines(cell) for path in NOTEBOOKS for cell in cells(path, "code")]
    assert statistics.median(lines) <= USUAL_CELL
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
