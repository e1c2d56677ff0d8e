"""Run the notebooks against their stored outputs, or store them anew.

`python -m tests.stored_outputs check` runs nbval, with the comparison of pieces and pictures that `nbval_pieces` adds
to it, on every notebook, and `check-others` on those that no test runs: of the others, `test_stored_by_runs` compares
what a run of the whole study has left. `write` executes every notebook in place, or those named after it by
the start of their file names. Both show the notebooks the committed example report and nothing else, so that the
overview reads the same results on every machine.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from tests.quiet_git import STORED_PYTHON
from tests.study_runs import notebooks_run_by_tests

from helpers.suite.planning.delivered import DEFAULTS_FILE, written_defaults
from helpers.suite.planning.notebook_file import read_notebooks
from helpers.suite.running.environment import FIXED_ENVIRONMENT

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
# What JupyterLab writes about the kernel when it saves; anything else here would be a difference for git.
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": STORED_PYTHON,
}
WHOLE_IN_JAVASCRIPT = 1e21  # from here on JavaScript writes an exponent


def notebook_files(*starts: str) -> list[Path]:
    """Return the notebooks in reading order: all, or those whose file names start with one of `starts`."""
    return [file for file in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")) if not starts or file.name.startswith(starts)]


@contextmanager
def stable_environment() -> Iterator[dict[str, str]]:
    """Give the environment in which stored outputs are made and compared: the example is the only report there is."""
    unwanted = ("CRM_RUN_FOLDER", "CRM_HOME")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    with tempfile.TemporaryDirectory() as folder:
        for results in (ROOT / "reports").glob("*/example/results.json"):
            target = Path(folder) / results.relative_to(ROOT / "reports")
            target.parent.mkdir(parents=True)
            shutil.copy(results, target)
        yield kept | FIXED_ENVIRONMENT | {"CRM_REPORTS": folder, "MPLBACKEND": "agg"}


def make_simulated_company() -> None:
    """Make the simulated company unless it is there: some notebooks open on it, and its data are not committed."""
    if not (ROOT / "data" / "simulated" / "tables").is_dir():
        crm = Path(sys.executable).with_name("crm")
        subprocess.run([str(crm), "simulate"], cwd=ROOT, check=True)


def without_outputs(file: Path) -> bool:
    """Say whether a notebook has code that was never run: nbval would call it green."""
    cells = nbformat.read(file, as_version=4).cells
    return not any(cell.cell_type == "code" and cell.outputs for cell in cells)


def check(*starts: str) -> int:
    """Compare notebooks with their stored outputs and return the exit status."""
    empty = [file.name for file in notebook_files(*starts) if without_outputs(file)]
    if empty:
        print(f"without stored outputs, nothing to compare: {', '.join(empty)}; run `make notebooks`", file=sys.stderr)
        return 1
    make_simulated_company()
    command = [sys.executable, "-m", "pytest", "-p", "tests.before_imports", "--nbval", "-p", "tests.nbval_pieces"]
    command += ["-p", "no:cacheprovider"]
    command += ["-n", "2", "--dist", "loadfile"]
    command += ["-o", "addopts=", "-o", "filterwarnings=default", "-q", *map(str, notebook_files(*starts))]
    with stable_environment() as environment:
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def run_by_nbval_alone() -> list[str]:
    """Return the names of the notebooks that open on a study of which the tests make no run."""
    by_tests = {notebook.path.name for notebook in notebooks_run_by_tests()}
    return [file.name for file in notebook_files() if file.name not in by_tests]


def check_others() -> int:
    """Compare the notebooks that the tests do not run, and return the exit status."""
    return check(*run_by_nbval_alone())


def write(*starts: str) -> int:
    """Execute notebooks in place and return the exit status."""
    make_simulated_company()
    resources = {"metadata": {"path": str(NOTEBOOKS)}}
    with stable_environment() as environment:
        for file in notebook_files(*starts):
            notebook = nbformat.read(file, as_version=4)
            NotebookClient(notebook, kernel_name="python3", resources=resources).execute(env=environment)
            forget_the_run(notebook)
            nbformat.write(as_lab_saves(notebook), file)
            print(file.name)
    store_defaults()
    return 0


def store_defaults() -> None:
    """Store the defaults of all notebooks, by which an opening tells what somebody has typed since."""
    (NOTEBOOKS / DEFAULTS_FILE).write_text(written_defaults(read_notebooks(NOTEBOOKS)), encoding="utf-8")


def forget_the_run(notebook: nbformat.NotebookNode) -> None:
    """Drop what differs from run to run, and from machine to machine: times, the version of Python."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)


def as_lab_saves(content: Any) -> Any:
    """Return a notebook, or a part of it, with its numbers as they come back from a browser.

    JavaScript knows one kind of number: `3.0` is saved as `3`, and -0.0 as 0.
    """
    if isinstance(content, dict):
        return type(content)({key: as_lab_saves(value) for key, value in content.items()})
    if isinstance(content, list):
        return [as_lab_saves(value) for value in content]
    if isinstance(content, float) and content.is_integer() and abs(content) < WHOLE_IN_JAVASCRIPT:
        return int(Decimal(repr(content)))  # the shortest digits that mean this number, as JavaScript writes them
    return content


if __name__ == "__main__":
    sys.exit({"check": check, "check-others": check_others, "write": write}[sys.argv[1]](*sys.argv[2:]))
