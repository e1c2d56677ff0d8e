"""Small studies, and notebooks run on them cell by cell in this process: fast, and with every piece in hand."""

import ast
import shutil
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from tests.small_shops import SMALL

from helpers.core.kept_results import keep_results_with
from helpers.simulation import read_parameters, simulate
from helpers.study.kept_tables import keep_tables
from helpers.study.study import load_study
from helpers.suite.notebook import book, display
from helpers.suite.notebook.left_out import PassOver
from helpers.suite.planning.run_names import KERNELS, RUN_FOLDER_VARIABLE
from helpers.suite.planning.run_warnings import keep_warnings
from helpers.suite.report.blocks import KEY

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
COLUMNS = "{customer_id: who, order_id: slip, time: when, amount: paid}"


def write_small_study(
    folder: Path, lines: pd.DataFrame, as_of: str = "2024-04-01", currency: str = "EUR", **tables: pd.DataFrame
) -> Path:
    """Write a study of one table, or of more, into a folder and return it."""
    text = f"study: small\ntitle: A small shop\ncurrency: {currency}\nas_of: {as_of}\ntables:\n"
    text += f"  transactions:\n    source: lines.csv\n    columns: {COLUMNS}\n"
    for name, table in tables.items():
        mapped = ", ".join(f"{column}: {column}" for column in table.columns if not column.startswith("own_"))
        own = ", ".join(column for column in table.columns if column.startswith("own_"))
        text += f"  {name}:\n    source: {name}.csv\n    columns: {{{mapped}}}\n"
        text += f"    attributes: [{own}]\n" if own else ""
        table.to_csv(folder / f"{name}.csv", index=False)
    lines.to_csv(folder / "lines.csv", index=False)
    (folder / "study.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def small_study(tmp_path: Path) -> Callable[..., Path]:
    """Write a study of a test's own, see `write_small_study`."""
    return partial(write_small_study, tmp_path)


@cache
def code_of(notebook: Path) -> list[tuple[str, bool]]:
    """Return the code cells of a notebook, each with whether it holds the parameters; read once, for its outputs."""
    cells = nbformat.read(notebook, as_version=4).cells
    return [(one.source, "parameters" in one.metadata.get("tags", [])) for one in cells if one.cell_type == "code"]


def run_cells(
    monkeypatch: pytest.MonkeyPatch, name: str, study: Path, parameters: dict[str, object]
) -> list[dict[str, Any]]:
    """Run the code cells of a notebook on a study in this process and return the pieces it hands to the report."""
    pieces: list[dict[str, Any]] = []

    def keep(_data: dict[str, object], metadata: dict[str, Any]) -> None:
        pieces.append(metadata[KEY])

    monkeypatch.setattr(display, "publish_display_data", keep)
    monkeypatch.setattr(book, "png_of", lambda _figure: b"")  # charts are laid out, but not painted
    path = NOTEBOOKS / f"{name}.ipynb"
    injected = "".join(f"{key} = {value!r}\n" for key, value in {"study": str(study), **parameters}.items())
    namespace: dict[str, Any] = {"In": [], "display": lambda _shown: None}  # as Jupyter gives them
    pass_over = PassOver(namespace, lambda _why: None)
    for cell, has_parameters in code_of(path):
        for source in [cell, f"# Parameters\n{injected}"] if has_parameters else [cell]:
            namespace["In"].append(source)
            cell_run = pass_over.visit(ast.parse(source))
            exec(compile(cell_run, path.stem, "exec"), namespace)  # noqa: S102 (the notebook's own cells)
    return pieces


@pytest.fixture
def run_notebook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Run a notebook by itself on a study and return the pieces it hands to the report."""
    monkeypatch.setenv("CRM_REPORTS", str(tmp_path / "reports"))
    monkeypatch.delenv(RUN_FOLDER_VARIABLE, raising=False)
    return lambda name, study, **parameters: run_cells(monkeypatch, name, study, parameters)


@pytest.fixture(scope="session")
def run_small(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[dict[str, Any]]]:
    """Run a notebook on one of the small studies as a chapter of a run, once for all tests, which only look at it.

    What a run finds out about a study for all its chapters is found out once for each study.
    """

    @cache
    def prepared(kind: str) -> tuple[Path, Path]:
        study = write_small_study(tmp_path_factory.mktemp("small"), SMALL[kind])
        run_folder = study / "run"
        (run_folder / KERNELS).mkdir(parents=True)
        opened = load_study(study)
        keep_warnings(opened, run_folder)
        keep_tables(opened, run_folder / KERNELS)
        return study, run_folder

    @cache
    def run(name: str, kind: str, **parameters: object) -> list[dict[str, Any]]:
        study, run_folder = prepared(kind)
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setenv("CRM_REPORTS", str(study / "reports"))
            monkeypatch.setenv(RUN_FOLDER_VARIABLE, str(run_folder))
            try:
                return run_cells(monkeypatch, name, study, parameters)
            finally:
                keep_results_with(None)

    return run


@pytest.fixture(scope="session")
def made_companies(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Return the folder of a simulated company of so many customers, made once; nobody writes into it."""
    given, home = NOTEBOOKS.parent / "data" / "simulated", tmp_path_factory.mktemp("companies")

    @cache
    def made(customers: int) -> Path:
        folder = home / str(customers)
        folder.mkdir()
        scores = ("linkage_by_error_level.csv", "actions_by_seed.csv", "anomalies_by_seed.csv")
        for name in ("company.yml", "study.yml", *scores):
            text = (given / name).read_text(encoding="utf-8")
            (folder / name).write_text(text.replace("study: simulated", "study: smaller"), encoding="utf-8")
        simulate(read_parameters(folder / "company.yml").model_copy(update={"customers": customers}), folder)
        return folder

    return made


@pytest.fixture
def make_company(made_companies: Callable[[int], Path], tmp_path: Path) -> Callable[[int], Path]:
    """Make a simulated company of so many customers, a test's own, and return the folder of its study."""
    return lambda customers: Path(shutil.copytree(made_companies(customers), tmp_path / "simulated"))
