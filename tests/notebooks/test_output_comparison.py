"""Each part of a stored notebook that a report is made from, changed by itself, is seen; noise of a machine is not."""

import base64
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image
from tests.output_comparison import MOST_DIFFERENT, PNG, output_differences, picture_difference

from helpers.charts import style
from helpers.charts.style import BLUE, VERMILION, finish, new_axes
from helpers.core.results import Ledger
from helpers.study.study import Study
from helpers.suite.notebook import display
from helpers.suite.notebook.book import Book
from helpers.suite.report.blocks import KEY

ROOT = Path(__file__).resolve().parents[2]


class SmallStudy(Study):
    """A study of which only the currency is asked."""

    def __init__(self) -> None:
        pass

    currency, contact_policy = "EUR", None


def draw(heights: tuple[float, ...] = (3.0, 2.0, 1.0), colour: str = BLUE) -> Any:
    """Bars of a shop's weeks, with a line that says what was hoped for."""
    figure, (axes,) = new_axes()
    axes.bar(["first", "second", "third"], heights, color=colour)
    axes.plot([0, 1, 2], [1.5, 1.5, 1.5], color=VERMILION)
    finish(axes, title="Orders fall by the week", x_label="Week", y_label="Orders")
    return figure


def tell(figure: Any) -> list[Any]:
    """Say what a small notebook says, and return its outputs as a notebook holds them."""
    outputs: list[Any] = []

    def keep(data: dict[str, Any], metadata: dict[str, Any]) -> None:
        packed = {kind: base64.b64encode(one).decode() if isinstance(one, bytes) else one for kind, one in data.items()}
        outputs.append(new_output("display_data", data=packed, metadata=deepcopy(metadata)))

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(display, "publish_display_data", keep)
        book = Book(SmallStudy(), {}, Ledger("EUR"))
        book.result("revenue", 1234.5, unit="money", about="all lines", interval=(1200.0, 1300.0))
        book.result("gini", 0.52, unit="index", about="how unequal", tolerance=1e-3)
        book.finding("Customers brought {revenue}")
        book.figure(figure, name="weeks", alt="Three bars, each shorter", caption="Orders of three weeks.")
        weeks = pd.DataFrame({"week": ["first", "second"], "revenue": [1000.0, 234.5]})
        book.table(weeks, name="weeks", title="Two weeks", about="One row per week.", units={"revenue": "money"})
        book.close()
    return outputs


@pytest.fixture(scope="module")
def outputs() -> list[Any]:
    return tell(draw())


@pytest.fixture
def stored(outputs: list[Any]) -> list[Any]:
    """A copy to be changed."""
    return deepcopy(outputs)


def piece(outputs: list[Any], kind: str) -> Any:
    return shown(outputs, kind).metadata[KEY]


def shown(outputs: list[Any], kind: str) -> Any:
    """The output that carries a piece of this kind."""
    return next(one for one in outputs if one.metadata[KEY]["kind"] == kind)


def png(figure: Any) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=200, facecolor="white")
    return content.getvalue()


def put(outputs: list[Any], content: bytes) -> None:
    shown(outputs, "figure").data[PNG] = base64.b64encode(content).decode()


def only(differences: list[str]) -> str:
    (difference,) = differences
    return difference


def test_the_same_outputs_do_not_differ(stored, outputs):
    assert output_differences(stored, outputs) == []


def test_another_value_of_a_named_result_is_seen(stored, outputs):
    piece(stored, "results")["results"]["revenue"]["value"] = 1234.6
    assert only(output_differences(stored, outputs)).endswith("revenue, value: stored 1234.6, now 1234.5")


def test_a_value_within_its_own_tolerance_is_the_same_and_beyond_it_another(stored, outputs):
    entry = piece(stored, "results")["results"]["gini"]
    entry["value"] = 0.5202
    assert output_differences(stored, outputs) == []
    entry["value"] = 0.5212
    assert "gini, value" in only(output_differences(stored, outputs))


def test_a_loosened_tolerance_is_seen_and_does_not_help(stored, outputs):
    piece(stored, "results")["results"]["revenue"] |= {"value": 1235.0, "tolerance": 0.5}
    assert [one.split(": ")[0].rpartition(", ")[2] for one in output_differences(stored, outputs)] == [
        "tolerance", "value",
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["low", "high"])
def test_another_end_of_an_interval_is_seen(stored, outputs, end):
    piece(stored, "results")["results"]["revenue"][end] += 1
    assert f"revenue, {end}" in only(output_differences(stored, outputs))


def test_an_interval_taken_away_is_seen(stored, outputs):
    del piece(stored, "results")["results"]["revenue"]["low"]
    assert only(output_differences(stored, outputs)).endswith("revenue: low is not stored there")


def test_another_unit_of_a_result_is_seen(stored, outputs):
    piece(stored, "results")["results"]["revenue"]["unit"] = "USD"
    assert "unit: stored 'USD', now 'EUR'" in only(output_differences(stored, outputs))


def test_another_meaning_of_a_result_is_seen(stored, outputs):
    piece(stored, "results")["results"]["revenue"]["about"] = "paid lines"
    assert "revenue, about" in only(output_differences(stored, outputs))


def test_a_result_that_is_gone_is_seen(stored, outputs):
    piece(stored, "results")["results"]["profit"] = {"value": 1, "unit": "EUR", "about": "", "tolerance": 1e-6}
    assert only(output_differences(stored, outputs)).endswith("results: profit is no longer there")


@pytest.mark.parametrize("value", [None, True, "1234.5"])
def test_another_kind_of_value_is_seen(stored, outputs, value):
    piece(stored, "results")["results"]["revenue"]["value"] = value
    assert "revenue, value" in only(output_differences(stored, outputs))


def test_a_whole_number_as_a_browser_writes_it_is_the_same(stored, outputs):
    rows = piece(stored, "table")["rows"]
    assert rows[0][1] == 1000.0
    rows[0][1] = 1000
    assert output_differences(stored, outputs) == []


def test_another_cell_of_a_table_is_seen(stored, outputs):
    piece(stored, "table")["rows"][1][1] = 234.6
    assert only(output_differences(stored, outputs)).endswith("rows 1 1: stored 234.6, now 234.5")


def test_another_unit_of_a_column_is_seen(stored, outputs):
    piece(stored, "table")["columns"][1][2] = "USD"
    assert "columns 1 2: stored 'USD', now 'EUR'" in only(output_differences(stored, outputs))


def test_a_row_more_is_seen(stored, outputs):
    piece(stored, "table")["rows"].append(["third", 1.0])
    assert "rows: stored 3 entries, now 2" in only(output_differences(stored, outputs))


@pytest.mark.parametrize("part", ["caption", "alt", "title", "name"])
def test_another_text_of_a_figure_is_seen(stored, outputs, part):
    piece(stored, "figure")[part] = "Something else"
    assert f"crm, {part}: stored 'Something else'" in only(output_differences(stored, outputs))


def test_another_alternative_text_in_the_notebook_is_seen(stored, outputs):
    shown(stored, "figure").metadata[PNG]["alt"] = "Something else"
    assert "image/png, alt" in only(output_differences(stored, outputs))


def test_a_replaced_picture_is_seen_both_ways(stored, outputs):
    put(stored, png(draw((1.0, 3.0, 2.0))))
    by_fingerprint, by_look = output_differences(stored, outputs)
    assert "not the one that was drawn" in by_fingerprint
    assert "the picture looks different" in by_look


def test_a_picture_replaced_by_nearly_the_same_is_seen(stored, outputs):
    put(stored, png(draw((3.0, 2.0, 1.001))))
    assert any("not the one that was drawn" in one for one in output_differences(stored, outputs))


@pytest.mark.parametrize("figure", [draw((3.0, 2.0, 1.01)), draw(colour=VERMILION)], ids=["height", "colour"])
def test_a_chart_that_draws_something_else_now_is_seen(stored, figure):
    found = output_differences(stored, tell(figure))
    assert found
    assert all("plotted" in one or "looks different" in one for one in found)


def test_the_last_bits_of_a_zero_are_no_difference(stored):
    """The end of a bar at nought came to 4.60e-17 on one processor and 4.68e-17 on another."""
    assert output_differences(tell(draw((3.0, 2.0, 4.60e-17))), tell(draw((3.0, 2.0, 4.68e-17)))) == []


def test_a_picture_that_is_gone_is_seen(stored, outputs):
    del shown(stored, "figure").data[PNG]
    assert "only once" in only(output_differences(stored, outputs))


def test_other_hinting_of_the_same_text_is_no_difference(stored, monkeypatch):
    """As another build of the font library paints it: the bytes differ, what is shown does not."""
    # Charts are drawn in the house style, whatever is set around them.
    looks = style._looks() | {"text.hinting": "none", "path.snap": False}
    monkeypatch.setattr(style, "_looks", lambda: looks)
    fresh = tell(draw())
    assert shown(fresh, "figure").data[PNG] != shown(stored, "figure").data[PNG]
    assert output_differences(stored, fresh) == []


def test_pictures_of_other_sizes_differ_wholly():
    small, large = (Image.new("RGB", (size, size), "white") for size in (100, 101))
    contents = []
    for picture in (small, large):
        content = io.BytesIO()
        picture.save(content, format="PNG")
        contents.append(content.getvalue())
    assert picture_difference(*contents) == 255
    assert picture_difference(contents[0], contents[0]) == 0
    assert MOST_DIFFERENT < 255


def test_another_order_of_outputs_is_seen(stored, outputs):
    """nbval compares the outputs of each medium; a finding after its table would be green."""
    stored[0], stored[2] = stored[2], stored[0]
    assert output_differences(stored, outputs)


def test_an_output_more_is_seen(stored, outputs):
    assert "outputs: stored" in only(output_differences([*stored, new_output("stream", text="x")], outputs))


SHOW = """\
from IPython.display import publish_display_data
publish_display_data({"text/plain": "reported"}, metadata={"crm": {"kind": "results", "results": {"orders": 3}}})"""


@pytest.fixture(scope="module")
def run_by_nbval(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Any]:
    """What nbval says of three small notebooks, each of one cell: sound, changed, marked to be passed over."""
    folder = tmp_path_factory.mktemp("notebooks")
    answer = {"text/plain": "reported"}
    for name, orders, tags in (("sound", 3, []), ("changed", 4, []), ("marked", 3, ["nbval-ignore-output"])):
        metadata = {KEY: {"kind": "results", "results": {"orders": orders}}}
        shown = new_output("display_data", data=answer, metadata=metadata)
        cell = new_code_cell(SHOW, outputs=[shown], execution_count=1, metadata={"tags": tags})
        nbformat.write(new_notebook(cells=[cell]), folder / f"{name}.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "tests.nbval_pieces", "-p", "no:cacheprovider", "-q"]
    command += ["-o", "addopts=", "-o", "filterwarnings=default", "--nbval-current-env", "-rA", str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.stdout


def test_nbval_runs_each_notebook_once_and_is_red_where_a_piece_differs(run_by_nbval):
    said = run_by_nbval
    assert re.findall(r"(PASSED|FAILED) \S*?(\w+)\.ipynb::Cell 0", said) == [
        ("PASSED", "sound"), ("FAILED", "changed"), ("FAILED", "marked"),
    ], said  # fmt: skip
    assert "results, orders: stored 4, now 3" in said
    assert "A mark keeps this cell from being compared" in said
