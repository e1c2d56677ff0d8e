"""A project of one study and real notebooks with stored outputs, under git, open in JupyterLab."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from tests.cases import make_study, shop
from tests.lab.lab_driver import QUIET, LabPage, browser_on_this_machine, lab_server
from tests.stored_outputs import ROOT, as_lab_saves, forget_the_run

from helpers.suite.planning.delivered import DEFAULTS_FILE

NAMES = ("21_recency_frequency_money", "35_credit")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A browser of this machine, driven by playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra `browser`)")
    program = browser_on_this_machine()
    if program is None:
        pytest.skip("no Chromium on this machine; CRM_BROWSER may name one")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Path:
    """A shop of 300 customers, and notebooks of ours that open on it, stored as ours are and committed."""
    home = tmp_path_factory.mktemp("lab") / "project"
    parameters = {"score_groups": 4}
    make_study(home / "data" / "shop", {"transactions": shop()}, study="shop", parameters=parameters)
    (home / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / DEFAULTS_FILE, home / "notebooks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_HOME", str(home))
        patch.setenv("MPLBACKEND", "agg")
        patch.delenv("CRM_RUN_FOLDER", raising=False)
        for name in NAMES:
            store(ROOT / "notebooks" / f"{name}.ipynb", home / "notebooks" / f"{name}.ipynb")
    git(home, "init", "--quiet")
    git(home, "add", "--all")
    git(home, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "as delivered")
    return home


def store(source: Path, target: Path) -> None:
    """Run one of our notebooks on the shop, as far as it comes, and store it."""
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = cell.source.replace('"complete_journey"', '"shop"').replace('"simulated"', '"shop"')
    NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
    forget_the_run(notebook)
    nbformat.write(as_lab_saves(notebook), target)


def git(folder: Path, *arguments: str) -> str:
    """Return what git says in a folder."""
    said = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True, encoding="utf-8")
    return said.stdout


@pytest.fixture(scope="session")
def address(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where JupyterLab serves the project."""
    with lab_server(project, tmp_path_factory.mktemp("jupyter")) as served:
        yield served


@pytest.fixture
def open_notebook(browser: Any, project: Path, address: str) -> Iterator[Callable[[str], LabPage]]:
    """Open a notebook as it was delivered; what the test changes is undone."""
    git(project, "checkout", "--quiet", "--", ".")
    page = browser.new_page(viewport={"width": 1500, "height": 1100})
    yield lambda name: LabPage(page, address, f"notebooks/{name}.ipynb")
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
    page.close()
    git(project, "checkout", "--quiet", "--", ".")
