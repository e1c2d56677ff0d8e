"""Small studies, and notebooks run on them cell by cell in this process: fast, and with every piece in hand."""

import ast
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from helpers.simulation import read_parameters, simulate
from helpers.suite.notebook import book, display
from helpers.suite.notebook.left_out import PassOver
from helpers.suite.report.blocks import KEY

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
COLUMNS = "{customer_id: who, order_id: slip, time: when, amount: paid}"


@pytest.fixture
def small_study(tmp_path: Path) -> Callable[..., Path]:
    """Write a study of one table, or of more, and return its folder."""

    def write(lines: pd.DataFrame, as_of: str = "2024-04-01", currency: str = "EUR", **tables: pd.DataFrame) -> Path:
        text = f"study: small\ntitle: A small shop\ncurrency: {currency}\nas_of: {as_of}\ntables:\n"
        text += f"  transactions:\n    source: lines.csv\n    columns: {COLUMNS}\n"
        for name, table in tables.items():
            mapped = ", ".join(f"{column}: {column}" for column in table.columns if not column.startswith("own_"))
            own = ", ".join(column for column in table.columns if column.startswith("own_"))
            text += f"  {name}:\n    source: {name}.csv\n    columns: {{{mapped}}}\n"
            text += f"    attributes: [{own}]\n" if own else ""
            table.to_csv(tmp_path / f"{name}.csv", index=False)
        lines.to_csv(tmp_path / "lines.csv", index=False)
        (tmp_path / "study.yml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


@cache
def code_of(notebook: Path) -> list[tuple[str, bool]]:
    """Return the code cells of a notebook, each with whether it holds the parameters; read once, for its outputs."""
    cells = nbformat.read(notebook, as_version=4).cells
    return [(one.source, "parameters" in one.metadata.get("tags", [])) for one in cells if one.cell_type == "code"]


@pytest.fixture
def run_notebook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Run a notebook on a study and return the pieces it hands to the report."""
    monkeypatch.setenv("CRM_REPORTS", str(tmp_path / "reports"))
    monkeypatch.delenv("CRM_RUN_FOLDER", raising=False)

    def run(name: str, study: Path, **parameters: object) -> list[dict[str, Any]]:
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
