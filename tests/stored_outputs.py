"""Run the notebooks against their stored outputs, or store them anew.

`python -m tests.stored_outputs check` runs nbval, with the comparison of pieces and pictures that `nbval_pieces` adds
to it; `write` executes every notebook in place, or those named after it by
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
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
KEPT_METADATA = ("kernelspec", "language_info")


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
        yield kept | {"CRM_REPORTS": folder, "MPLBACKEND": "agg"}


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
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "tests.nbval_pieces", "-p", "no:cacheprovider"]
    command += ["-n", "2", "--dist", "loadfile"]
    command += ["-o", "addopts=", "-o", "filterwarnings=default", "-q", *map(str, notebook_files(*starts))]
    with stable_environment() as environment:
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def write(*starts: str) -> int:
    """Execute notebooks in place and return the exit status."""
    make_simulated_company()
    resources = {"metadata": {"path": str(NOTEBOOKS)}}
    with stable_environment() as environment:
        for file in notebook_files(*starts):
            notebook = nbformat.read(file, as_version=4)
            NotebookClient(notebook, kernel_name="python3", resources=resources).execute(env=environment)
            forget_the_run(notebook)
            nbformat.write(notebook, file)
            print(file.name)
    return 0


def forget_the_run(notebook: nbformat.NotebookNode) -> None:
    """Drop what differs from run to run: times, widths of this machine's Python version."""
    notebook.metadata = {name: notebook.metadata[name] for name in KEPT_METADATA if name in notebook.metadata}
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)


if __name__ == "__main__":
    sys.exit({"check": check, "write": write}[sys.argv[1]](*sys.argv[2:]))
