"""Notebooks are stored as JupyterLab would save them."""

import json
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tests.quiet_git import STORED_PYTHON
from tests.stored_outputs import KERNEL, LANGUAGE, ROOT, as_lab_saves, forget_the_run, stable_environment

from helpers.suite.running.prepared import PreparedProcess


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (3.0, "3"),
        (-3.0, "-3"),
        (-0.0, "0"),
        (0.25, "0.25"),
        (1e-6, "1e-06"),
        (1e20, "100000000000000000000"),
        (1.2345678901234567e20, "123456789012345670000"),
        (1e21, "1e+21"),
        (7, "7"),
        (True, "true"),
        ("3.0", '"3.0"'),
        (None, "null"),
    ],
)
def test_numbers_are_stored_as_a_browser_sends_them(number, written):
    assert json.dumps(as_lab_saves({"deep": [{"in": number}]})) == f'{{"deep": [{{"in": {written}}}]}}'


@pytest.mark.skipif(shutil.which("node") is None, reason="no JavaScript outside a browser here")
def test_a_browser_agrees():
    numbers = [3.0, -0.0, 0.25, 1e-6, 1e20, 1.2345678901234567e20, 1e21, 123456789.0]
    said = subprocess.run(
        ["node", "-e", f"console.log(JSON.stringify({json.dumps(numbers)}))"], capture_output=True, check=True
    )
    assert json.dumps(json.loads(said.stdout)) == json.dumps(as_lab_saves(numbers))


def test_a_stored_notebook_names_the_kernel_as_jupyterlab_does():
    output = new_output("display_data", data={"text/plain": "x"}, metadata={"crm": {"value": 3.0}})
    cell = new_code_cell("1", outputs=[output], metadata={"execution": {"iopub.execute_input": "now"}, "tags": ["a"]})
    notebook = new_notebook(
        cells=[cell], metadata={"papermill": {}, "language_info": {"name": "python", "version": "3.14.0"}}
    )
    forget_the_run(notebook)
    stored = json.loads(nbformat.writes(as_lab_saves(notebook)))
    assert stored["metadata"] == {"kernelspec": KERNEL, "language_info": LANGUAGE}
    assert stored["cells"][0]["metadata"] == {"tags": ["a"]}
    assert type(stored["cells"][0]["outputs"][0]["metadata"]["crm"]["value"]) is int


def test_git_passes_over_the_version_of_python_and_nothing_else(tmp_path):
    def git(*arguments):
        command = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
        return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout

    cell = new_code_cell("1", metadata={"deep": {"version": "3.12"}}, id="a")
    notebook = new_notebook(cells=[cell])
    forget_the_run(notebook)
    file = tmp_path / "notebooks" / "10_a.ipynb"
    file.parent.mkdir()
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    nbformat.write(notebook, file)
    git("init", "--quiet")
    git("config", "filter.python-version.clean", f'"{sys.executable}" "{ROOT / "tests" / "quiet_git.py"}"')
    git("add", "--all")
    git("commit", "--quiet", "--message", "stored")
    stored = file.read_text(encoding="utf-8")
    file.write_text(stored.replace(f'"version": "{STORED_PYTHON}"', '"version": "3.14.0rc1"'), encoding="utf-8")
    assert file.read_text(encoding="utf-8") != stored
    assert git("diff") == ""
    file.write_text(stored.replace('"version": "3.12"', '"version": "3.13"'), encoding="utf-8")
    assert '"version": "3.13"' in git("diff")


@pytest.mark.slow
@pytest.mark.skipif(not PreparedProcess.is_possible(), reason="this system starts every kernel by itself")
def test_the_kernels_that_compare_are_forked_from_a_process_that_has_imported_before(tmp_path):
    says = "import pathlib\nprint('prepared_main' in pathlib.Path('/proc/self/cmdline').read_text())"
    cells = [new_code_cell(says, execution_count=1, outputs=[new_output("stream", text="True\n")])]
    for name in ("a", "b", "c"):
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), tmp_path / f"{name}.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "tests.nbval_pieces", "-p", "no:cacheprovider"]
    with stable_environment() as environment:
        done = subprocess.run(
            [*command, "-o", "addopts=", "-o", "filterwarnings=default", "-q", str(tmp_path)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    assert "3 passed" in done.stdout, done.stdout
