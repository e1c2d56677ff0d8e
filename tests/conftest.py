"""A project small enough to run in seconds: one study, four notebooks, nothing but standard calls."""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import hypothesis
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from tests.child_processes import TASKS, new_zombies, zombies
from tests.forked_kernels import kernels_forked_from, process_of_all_runs
from tests.study_runs import run_of

from helpers.suite.running.prepared import PreparedProcess

# A busy machine is no fault of the code under test: time is judged by benchmarks.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare the garbage collector what was imported and collected: it stays, and to look it through takes a fifth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # Ibis makes hundreds of thousands of short-lived objects per query


STUDY = """\
study: corner_shop
title: Corner <shop> & sons
currency: EUR
as_of: 2024-02-01
tables:
  transactions:
    source: lines.csv
    columns: {customer_id: who, order_id: slip, time: when, amount: paid}
parameters:
  top_share: 0.5
"""
LINES = 'who,slip,when,paid\n007,a,2024-01-01,5.00\n"O\'Neil, J.",b,2024-01-02,2.50\n<b>x</b>,c,2024-01-03,1.00\n'
COMMON = """\
study: str = "corner_shop"  # folder under data/
seed: int = 1  # random seed [0..]"""
OPEN = """from helpers.suite.notebook.session import start
book = start(globals(), needs=["{needs}"], wants=["products"]{more})"""


def notebook(
    title: str, *cells: str, parameters: str = COMMON, needs: str = "transactions", more: str = "", first: str = "pass"
) -> str:
    """Return a notebook as text: heading, parameters, a first cell, opening, the cells given, closing.

    What happens in the first cell happens before the kernel imports the suite, which saves a test a second.
    """
    tagged = new_code_cell(parameters, metadata={"tags": ["parameters"]})
    sources = [first, OPEN.format(needs=needs, more=more), *cells, "book.close()"]
    made = [new_markdown_cell(f"# {title}\n\nWhat is there?"), tagged, *map(new_code_cell, sources)]
    for place, cell in enumerate(made):
        cell.id = f"cell-{place}"
    return str(nbformat.writes(new_notebook(cells=made)))


NOTEBOOKS = {
    "00_overview": notebook(
        "Overview", 'book.say("There were {orders} orders, {revenue} in all.")', more=", summarises=True"
    ),
    "10_orders": notebook(
        "Orders",
        dedent("""\
            import sys, warnings
            lines = book.study.table("transactions").to_pandas()
            warnings.warn("only for the analyst")
            print(sys.prefix, file=sys.stderr)"""),
        'book.result("orders", lines["order_id"].nunique(), unit="orders", about="orders received")',
        'book.finding("{orders} orders were received.")',
        'book.list(lines, name="lines", title="Lines", about="one line per row", purpose="reading")',
    ),
    "20_revenue": notebook(
        "Revenue",
        'revenue = book.study.table("transactions").to_pandas()["amount"].sum()',
        'book.result("revenue", revenue, unit="money", about="revenue received")',
        'book.result("top_share_used", book.p.top_share, unit="share", about="share of customers called the best")',
        'book.finding("Customers brought {revenue}.")',
        parameters=COMMON + "\ntop_share: float = 0.2  # share of customers called the best [0.01..0.99]",
    ),
    "50_campaigns": notebook("Campaigns", "1 / 0", needs="responses"),
}


def make_project(home: Path) -> Path:
    """Write the project into a folder and return it."""
    study = home / "data" / "corner_shop"
    study.mkdir(parents=True)
    (study / "study.yml").write_text(STUDY, encoding="utf-8")
    (study / "lines.csv").write_text(LINES, encoding="utf-8")
    (home / "notebooks").mkdir()
    for name, text in NOTEBOOKS.items():
        write_notebook(home, name, text)
    return home


def write_notebook(home: Path, name: str, text: str) -> Path:
    """Put a notebook into a project."""
    path = home / "notebooks" / f"{name}.ipynb"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def every_child_is_waited_for() -> Iterator[None]:
    """Name the test that leaves a zombie, where another one would find it."""
    before = {one.split()[0] for one in zombies()} if TASKS.is_dir() else set()
    yield
    assert not (TASKS.is_dir() and new_zombies(before))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of a test's own; its folder's name has a space."""
    home = make_project(tmp_path / "a project")
    enter_project(home, monkeypatch)
    return home


@pytest.fixture
def add_notebook(project: Path) -> Callable[..., Path]:
    """Add a notebook to the project: its name, its cells and what `notebook` takes."""

    def add(name: str, *cells: str, **parts: Any) -> Path:
        return write_notebook(project, name, notebook(name, *cells, **parts))

    return add


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One project for the tests of a module that only look at what a run made."""
    home = make_project(tmp_path_factory.mktemp("shared") / "project")
    with pytest.MonkeyPatch.context() as monkeypatch:
        enter_project(home, monkeypatch)
        yield home


def enter_project(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a project the one that commands work on."""
    monkeypatch.setenv("CRM_HOME", str(home))
    for variable in ("CRM_REPORTS", "CRM_RUN_FOLDER"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(home)


@pytest.fixture(scope="session")
def _process_of_all_runs() -> Iterator[PreparedProcess | None]:
    with process_of_all_runs() as process:
        yield process


@pytest.fixture(scope="module")
def forked_kernels(_process_of_all_runs: PreparedProcess | None) -> Iterator[None]:
    """Fork the kernels of a module's runs in this process from one that all its modules share."""
    with kernels_forked_from(_process_of_all_runs):
        yield


@pytest.fixture(scope="session")
def study_run(
    tmp_path_factory: pytest.TempPathFactory, _process_of_all_runs: PreparedProcess | None
) -> Callable[[str], Path]:
    """Return the report folder of a study that several tests look at; all workers together run it once."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # each worker has a folder of its own in that of the session

    def run(study: str) -> Path:
        with kernels_forked_from(_process_of_all_runs):
            return run_of(study, folder)

    return run
