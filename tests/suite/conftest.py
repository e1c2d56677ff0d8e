"""Executed notebooks as the report receives them, made piece by piece so that no kernel has to run."""

import base64
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from tests.notebook_shell import make_home

from helpers.charts.style import BLUE, GREY, finish, new_axes, percent_ticks
from helpers.suite.notebook import book as book_module
from helpers.suite.notebook import display
from helpers.suite.notebook.drawing import png_of
from helpers.suite.report.blocks import KEY, make_table
from helpers.suite.report.model import Report, Skipped, build_report
from helpers.suite.report.table_html import table_html

OPENING: dict[str, Any] = {
    "kind": "opening",
    "study": "corner_shop",
    "title": "Grocery households, 2017",
    "currency": "USD",
    "as_of": "2018-01-01",
    "parameters": {
        "study": {"value": "corner_shop", "about": "folder under data/", "source": "default"},
        "horizon_months": {"value": 12, "about": "forecast horizon, months", "source": "study.yml"},
        "with_coupons": {"value": True, "about": "count coupon lines", "source": "default"},
    },
    "notes": [
        "Times are stored in universal time and read in local time.",
        "Demographics are known for a third of the households.",
    ],
    "disclaimer": "The publisher calls these data simulated for teaching.",
    "missing": [],
}
RECEIPT: dict[str, Any] = {
    "suite": {"name": "crm-notebooks", "version": "0.1.0", "commit": "a9c020f" + "0" * 33, "modified": False},
    "python": "3.11.9",
    "study": {"name": "corner_shop", "title": "Grocery households, 2017", "as_of": "2018-01-01"},
    "run": "latest",
    "inputs": [{"label": "transactions", "sha256": "0123456789abcdef" * 4, "bytes": 1}],
    "results_sha256": "fedcba9876543210" * 4,
    "started": "2026-01-01T00:00:00+00:00",
}


def piece_output(kind: str, data: Mapping[str, Any] | None = None, **parts: Any) -> Any:
    """Return an output that carries a piece."""
    text = str(parts.get("text", kind))
    return new_output("display_data", data=data or {"text/plain": text}, metadata={KEY: {"kind": kind, **parts}})


def table_output(frame: pd.DataFrame, **settings: Any) -> Any:
    """Return an output that carries a table as a notebook shows it."""
    rows_shown = settings.pop("rows_shown", 25)
    table = make_table(frame, **{"about": "", "units": {}, "labels": {}, **settings})
    parts = {**table.as_json(), "rows_shown": rows_shown}
    data = {"text/plain": table.to_text(), "text/html": table_html(table, rows_shown=rows_shown)}
    return piece_output(parts.pop("kind"), data, **parts)


def figure_output(title: str, **parts: Any) -> Any:
    """Return an output that carries a chart in the house style."""
    figure, (axes,) = new_axes()
    shares = np.linspace(0, 1, 50)
    axes.plot(shares, 1 - (1 - shares) ** 3, color=BLUE, linewidth=2)
    axes.plot(shares, shares, color=GREY, linestyle="--", linewidth=1)
    percent_ticks(axes, which=("x", "y"))
    finish(axes, title=title, x_label="Households, best first, share", y_label="Revenue, share")
    data = {"image/png": base64.b64encode(png_of(figure)).decode("ascii"), "text/plain": f"[figure] {title}"}
    described = {"name": "curve", "alt": "A curve far above the diagonal", "caption": "", **parts}
    return piece_output("figure", data, title=title, **described)


def results_output(**results: Any) -> Any:
    """Return the output of a notebook's last cell."""
    entries = {
        name: {"value": value, "unit": unit, "about": f"what {name} is", "tolerance": 1e-6}
        for name, (value, unit) in results.items()
    }
    return piece_output("results", results=entries)


def save_notebook(path: Path, *cells: Any, opening: Mapping[str, Any] = OPENING) -> Path:
    """Write an executed notebook: its Markdown cells as texts, its code cells as lists of outputs."""
    made: list[Any] = []
    for place, cell in enumerate(cells):
        if isinstance(cell, str):
            made.append(new_markdown_cell(cell, id=f"m{place}"))
        else:
            source = f"# Step {place} of the story\nshares = customers['revenue'] / revenue"
            made.append(new_code_cell(source, outputs=list(cell), execution_count=place, id=f"c{place}"))
        if place == 0:
            start = [new_output("display_data", data={"text/plain": "opening"}, metadata={KEY: dict(opening)})]
            made.append(new_code_cell("book = start(globals())", outputs=start, execution_count=0, id="opening"))
    nbformat.write(new_notebook(cells=made), path)
    return path


def _overview(folder: Path) -> Path:
    figures = [
        ("customers", "households bought at least once", "2,469", ""),
        ("revenue", "revenue in the year", "USD 4.60 million", ""),
        ("median_order_value", "is what the median order is worth", "USD 17.50", ""),
        ("top20_revenue_share", "of revenue comes from the best fifth of households", "54.6 %", "53.1 % to 56.0 %"),
        ("retention", "of households of the first half bought again in the second", "97.2 %", "96.4 % to 97.8 %"),
        ("redemption_rate_all", "of contacted households redeemed a coupon", "12.0 %", "11.3 % to 12.8 %"),
    ]
    shown = [dict(zip(("name", "label", "text", "note"), figure, strict=True)) for figure in figures]
    return save_notebook(
        folder / "00_overview.ipynb",
        "# Overview\n\nThe map of the method.",
        [
            piece_output(
                "verdict", text="The base is loyal and *concentrated*; the campaigns cannot be judged.", good=True
            ),
            piece_output("key_figures", figures=shown),
        ],
        [
            piece_output("finding", text="A fifth of the households carries more than half of the revenue"),
            piece_output(
                "reading",
                text="- The best fifth of households bring 54.6 % of revenue.\n"
                "- Households that leave are few; those that *shrink* are many.",
            ),
            piece_output("finding", text="Personal campaigns are redeemed three times as often as the others"),
            piece_output("reading", text="Type A campaigns, chosen for each household, were redeemed by 16.6 %."),
            piece_output("caveat", text="Nobody was held back from the campaigns, so their effect is not known."),
        ],
        "## Glossary\n\n- **Recency**: days since the last order.\n- **Household**: a group sharing one loyalty card.\n"
        "\n## How to rerun\n\nType `crm run`.",
        [results_output()],
    )


def _differentiation(folder: Path) -> Path:
    segments = pd.DataFrame(
        {
            "segment": ["Champions", "Loyal", "Promising", "At risk", "Hibernating"],
            "households": [431, 512, 498, 527, 501],
            "household_share": [0.1746, 0.2074, 0.2017, 0.2134, 0.2029],
            "revenue": [1903822.11, 1201004.5, 702511.02, 512008.77, 276693.18],
            "days_since_last": [1.2, 2.9, 6.5, 17.25, 81.0],
            "last_order": pd.to_datetime(["2017-12-31", "2017-12-30", "2017-12-28", "2017-12-15", "2017-10-12"]),
        }
    )
    long = pd.DataFrame({"decile": range(1, 61), "revenue": np.linspace(9000.0, 100.0, 60).round(2)})
    return save_notebook(
        folder / "20_customer_differentiation.ipynb",
        "# Customer differentiation\n\nWhich customers matter most, and how do they differ?\n\n## Concentration",
        [
            piece_output(
                "verdict", text="The ranking of households can be relied on; the segment names are conventions."
            ),
            piece_output("finding", text="The best fifth of households brings 54.6 % of revenue"),
            figure_output(
                "The best fifth of households brings 54.6 % of revenue",
                caption="Households sorted by revenue, best first; the dashed line is an even spread.",
            ),
            piece_output(
                "reading",
                text="Half of the revenue comes from 432 households. Losing one of them costs as much as nine others.",
            ),
            piece_output(
                "method",
                text="Lorenz curve and Gini coefficient of revenue by household.",
                source="Gini (1912), *Variabilità e mutabilità*",
            ),
        ],
        [
            piece_output("finding", text="Five segments differ forty-fold in recency"),
            table_output(
                segments,
                name="rfm_segments",
                title="Segments by recency, frequency and money",
                about="One row is one segment; ties are cut by rank.",
                units={
                    "households": "households",
                    "household_share": "share",
                    "revenue": "USD",
                    "days_since_last": "days",
                },
                labels={"household_share": "Share of households"},
            ),
            piece_output("caveat", text="Households with fuel purchases look more frequent than they are."),
            piece_output(
                "method",
                text="Quintiles of recency, frequency and money.",
                source="Hughes (1994), Strategic Database Marketing",
            ),
            table_output(long, name="revenue_steps", title="Revenue by step", units={"revenue": "USD"}, rows_shown=8),
            piece_output(
                "list",
                name="champions",
                title="Households in the best segment",
                about="One row is one household.",
                rows=3,
            ),
        ],
        [
            results_output(
                top20_revenue_share=(0.5457, "share"),
                a_class_customers=(1030, "customers"),
                last=("2017-12-31", "text"),
            )
        ],
        opening={**OPENING, "missing": ["service_cases"]},
    )


def _evaluation(folder: Path) -> Path:
    warning = new_output("stream", name="stderr", text="/srv/secret/lib.py:3: UserWarning: do not show this\n")
    return save_notebook(
        folder / "50_crm_evaluation.ipynb",
        "# Campaigns and retention\n\nDid the campaigns reach the right households, and did the households stay?",
        [
            warning,
            new_output("stream", name="stdout", text="rows read: 12\n"),
            piece_output("verdict", text="What was redeemed is certain; what was *caused* is not.", good=False),
            piece_output("finding", text="Type A campaigns are redeemed by one household in six"),
            figure_output("Personal campaigns are redeemed three times as often", name="redemption", caption=""),
            piece_output(
                "method",
                text="Wilson score intervals of shares.",
                source="Wilson (1927), [JASA](https://doi.org/10.2307/2276774)",
            ),
        ],
        [
            results_output(
                hit_gain=(-0.0162, "share difference"),
                redemption_rate_all=(0.1202, "share"),
                revenue=(4596039.58, "USD"),
            )
        ],
    )


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three executed notebooks of one run, with the rows of one customer list beside them."""
    folder = tmp_path_factory.mktemp("run")
    lists = folder / "lists"
    lists.mkdir()
    champions = pd.DataFrame(
        {
            "customer_id": [1023, 7, 88],
            "name": ["=cmd|' /C calc'!A0", "@home", "Ann <b>O'Neil</b>"],
            "revenue": [1200.5, np.nan, 3.0],
            "last_order": pd.to_datetime(["2017-12-31 00:00", None, "2017-01-02 10:30"]),
            "active": [True, False, True],
        }
    )
    champions.to_parquet(lists / "champions.parquet", index=False)
    notebooks = (_evaluation(folder), _differentiation(folder), _overview(folder))
    return {path.stem: path for path in notebooks}


@pytest.fixture(scope="session")
def lists_folder(sample_run: dict[str, Path]) -> Path:
    """Where the sample run keeps its customer lists."""
    return sample_run["00_overview"].parent / "lists"


@pytest.fixture(scope="session")
def sample_report(sample_run: dict[str, Path], lists_folder: Path) -> Report:
    """The report of the sample run."""
    skipped = [Skipped("40_interaction", "Customer interaction", ("contacts", "service_cases"))]
    return build_report(sample_run, skipped=skipped, receipt=RECEIPT, lists_folder=lists_folder)


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """The makers of this module, for tests that need a run of their own."""
    return SimpleNamespace(
        piece=piece_output,
        table=table_output,
        figure=figure_output,
        results=results_output,
        notebook=save_notebook,
        opening=OPENING,
    )


@pytest.fixture
def one_notebook(tmp_path: Path) -> Callable[..., Report]:
    """Return a function that makes the report of a single notebook from the outputs of one cell."""

    def build(*outputs: Any, title: str = "# Chapter\n\nWhy?", opening: Mapping[str, Any] = OPENING) -> Report:
        path = save_notebook(tmp_path / "10_only.ipynb", title, outputs, opening=opening)
        return build_report({"10_only": path}, lists_folder=tmp_path)

    return build


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one study, in which notebooks open."""
    monkeypatch.setenv("CRM_HOME", str(make_home(tmp_path)))
    monkeypatch.delenv("CRM_REPORTS", raising=False)
    monkeypatch.delenv("CRM_RUN_FOLDER", raising=False)
    return tmp_path


@pytest.fixture
def shell(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """What runs the cells of a notebook in that project."""
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)  # IPython warns where that of another project is active
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """Keep the pieces a book shows."""
    pieces: list[dict] = []
    monkeypatch.setattr(display, "publish_display_data", lambda _data, metadata: pieces.append(metadata[KEY]))
    monkeypatch.setattr(book_module, "png_of", lambda _figure: b"")
    return pieces


@pytest.fixture
def none_left_by_earlier_tests() -> None:
    """Wait for children of this process that ended in earlier tests, so that a test counts its own zombies only."""
    for task in Path("/proc/self/task").glob("*/children"):
        for child in task.read_text(encoding="utf-8").split():
            with suppress(ChildProcessError):
                os.waitpid(int(child), os.WNOHANG)
