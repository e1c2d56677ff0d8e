"""`make notebook-diff`: a change of a notebook reads as text in a clone, its outputs left out."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from tests.stored_outputs import KERNEL

ROOT = Path(__file__).resolve().parents[1]


def test_a_changed_notebook_reads_as_text_in_a_clone(tmp_path):
    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
        return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout

    git("init", "-q")
    for name in (".gitattributes", "Makefile"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    for name in (
        "requirements.lock",
        "pyproject.toml",
        ".venv/installed",
    ):  # built already, so that make builds nothing
        (tmp_path / name).touch()
    path = tmp_path / "notebooks" / "10_orders.ipynb"
    path.parent.mkdir()
    cell = new_code_cell("orders = 1", outputs=[new_output("stream", text="many bytes")])
    book = new_notebook(cells=[new_markdown_cell("# Orders"), cell], metadata={"kernelspec": KERNEL})
    nbformat.write(book, path)
    git("add", "-A")
    git("commit", "-qm", "one")
    subprocess.run(["make", "notebook-diff", f"BIN={Path(sys.executable).parent}"], cwd=tmp_path, check=True)
    book.cells[1].source = "orders = 2"
    book.cells[1].outputs[0].text = "other bytes"
    nbformat.write(book, path)
    changed = [line for line in git("diff").splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ["-orders = 1", "+orders = 2"]
    book.cells[1].source = "orders = 1"
    nbformat.write(book, path)
    assert not [line for line in git("diff").splitlines() if line.startswith("@@")]
