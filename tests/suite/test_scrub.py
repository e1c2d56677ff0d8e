"""An executed notebook carries no path of this machine and nothing that differs between two runs."""

import base64
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from helpers.suite.planning.plan import make_plan
from helpers.suite.report.scrub import machine_paths, scrub

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]

PATHS = {Path("/home/ann"): "~", Path("/home/ann/crm"): "…", Path("/scratch"): "…"}


def scrubbed(text: str) -> str:
    notebook = new_notebook(cells=[new_code_cell("x", outputs=[new_output("stream", text=text)])])
    scrub(notebook, PATHS)
    return notebook.cells[0].outputs[0].text


def test_folders_are_renamed_the_deepest_first_and_only_where_a_path_begins_and_a_part_ends():
    assert scrubbed("/home/ann/crm/src/x.py:3") == "…/src/x.py:3"
    assert scrubbed("'/home/ann/notes'") == "'~/notes'"
    assert scrubbed("/home/anna /data/home/ann /home/ann-2") == "/home/anna /data/home/ann /home/ann-2"
    assert scrubbed("/scratch/ipykernel_123/4567.py:3: UserWarning: /scratch") == "cell:3: UserWarning: …"


def test_all_parts_of_an_output_are_scrubbed_but_pictures():
    picture = base64.b64encode(b"\x89PNG").decode() + "/home/ann"
    data = {"text/html": "<b>/home/ann</b>", "image/png": picture}
    outputs = [
        new_output("display_data", data=data, metadata={"crm": {"kind": "table", "rows": [["/home/ann", 1, None]]}}),
        new_output("error", ename="E", evalue="/home/ann", traceback=["in /home/ann/crm/x.py"]),
    ]
    notebook = new_notebook(cells=[new_code_cell("x", outputs=outputs)])
    scrub(notebook, PATHS)
    shown, error = notebook.cells[0].outputs
    assert shown.data == {"text/html": "<b>~</b>", "image/png": picture}
    assert shown.metadata["crm"]["rows"] == [["~", 1, None]]
    assert (error.evalue, error.traceback) == ("~", ["in …/x.py"])


def test_volatile_metadata_goes_and_the_injected_cell_has_a_fixed_name():
    injected = new_code_cell('study = "/home/ann/shop"', metadata={"tags": ["injected-parameters"]})
    cell = new_code_cell("'/home/ann'", metadata={"papermill": {"duration": 1}, "execution": {}, "tags": ["keep"]})
    notebook = new_notebook(
        cells=[injected, cell],
        metadata={"papermill": {}, "kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    scrub(notebook, {**PATHS, Path("/home/ann/shop"): "shop"})
    assert notebook.metadata == {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    assert (injected.id, injected.source) == ("injected-parameters", 'study = "shop"')
    assert cell.metadata == {"tags": ["keep"]}
    assert cell.source == "'/home/ann'"


def test_the_folders_of_this_run_are_known(project):
    study = make_plan("corner_shop").study
    paths = machine_paths(study, project / "reports" / ".work")
    assert paths[study.folder] == "corner_shop"
    assert {project, project / "reports" / ".work", Path.home(), Path(sys.prefix)} <= set(paths)
