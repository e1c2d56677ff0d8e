"""The notebooks leave in a run, as a user starts it, the outputs stored in them."""

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbval.plugin import NbCellError
from tests.nbval_pieces import ComparedCell, ComparedNotebook, opened_by_a_run
from tests.stored_outputs import notebook_files, run_by_nbval_alone
from tests.study_runs import notebooks_run_by_tests

from helpers.suite.report.blocks import KEY

RUN = notebooks_run_by_tests()


@pytest.mark.parametrize("notebook", RUN, ids=lambda notebook: notebook.name)
def test_a_run_leaves_the_outputs_stored_in_the_notebook(notebook, study_run, request):
    report = study_run(notebook.parameters["study"].default)
    executed = nbformat.read(report / "notebooks" / notebook.path.name, as_version=4)
    outputs = {cell.id: cell.outputs for cell in executed.cells if cell.cell_type == "code"}
    cells = list(ComparedNotebook.from_parent(request.session, path=notebook.path).collect())
    assert list(outputs) == _with_injected_parameters(cells)
    differences = []
    for cell in cells:
        try:
            cell.compare_with_run(outputs[cell.cell.id])
        except NbCellError as error:
            differences.append(f"{cell.name}: {error}\n{error.inner_traceback or ''}")
    assert not differences, "\n".join(differences)


def _with_injected_parameters(cells: list[ComparedCell]) -> list[str]:
    names = []
    for cell in cells:
        parameters = "parameters" in cell.cell.metadata.get("tags", [])
        names += [cell.cell.id, "injected-parameters"] if parameters else [cell.cell.id]
    return names


@pytest.fixture
def cells(request) -> list[ComparedCell]:
    return list(ComparedNotebook.from_parent(request.session, path=RUN[1].path).collect())


def _as_run(cell: ComparedCell) -> list[NotebookNode]:
    return opened_by_a_run(cell.cell.outputs)


def test_only_the_opening_may_differ_and_only_by_the_study_given(cells):
    changed = [cell for cell in cells if _as_run(cell) != cell.cell.outputs]
    assert len(changed) == 1
    with pytest.raises(NbCellError) as said:
        changed[0].compare_with_run(changed[0].cell.outputs)
    assert "parameters, study, source: stored 'this run', now 'default'" in said.value.inner_traceback
    for cell in cells:
        cell.compare_with_run(_as_run(cell))


def test_what_differs_from_the_stored_outputs_is_red(cells):
    cell = next(cell for cell in cells if any(one.get("data") for one in cell.cell.outputs) and _as_run(cell))
    outputs = _as_run(cell)
    with pytest.raises(NbCellError):
        cell.compare_with_run(outputs[:-1])
    outputs[0]["data"] = {**outputs[0]["data"], "text/markdown": "another"}
    with pytest.raises(NbCellError):
        cell.compare_with_run(outputs)


def test_a_mark_keeps_no_cell_from_being_compared(cells):
    cells[0].options["skip"] = True
    with pytest.raises(NbCellError, match="A mark keeps"):
        cells[0].compare_with_run(_as_run(cells[0]))


@pytest.mark.parametrize(
    ("stored", "left"),
    [
        ("x\n\n- default: `study = 'a'`", "x\n\n- given to this run: `study = 'a'`"),
        ("- default: `study = 'a'`, `seed = 1`", "- given to this run: `study = 'a'`\n- default: `seed = 1`"),
        (
            "- from study.yml: `top = 1`\n- default: `study = 'a'`, `seed = 1`",
            "- given to this run: `study = 'a'`\n- from study.yml: `top = 1`\n- default: `seed = 1`",
        ),
    ],
)
def test_the_opening_of_a_run_names_the_study_first(stored, left):
    piece = {"kind": "opening", "parameters": {"study": {"value": "a", "source": "default"}}}
    (opened,) = opened_by_a_run([new_output("display_data", {"text/markdown": stored}, metadata={KEY: piece})])
    assert opened["data"]["text/markdown"] == left
    assert opened["metadata"][KEY]["parameters"]["study"]["source"] == "this run"


def test_nbval_runs_every_other_notebook_and_none_of_these():
    alone = [Path(file).name for file in run_by_nbval_alone()]
    assert sorted([*alone, *(notebook.path.name for notebook in RUN)]) == [file.name for file in notebook_files()]
