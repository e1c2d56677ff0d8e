"""Tables and pictures on their way from a notebook to the report."""

import io
import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from helpers.charts.style import finish, new_axes
from helpers.core.errors import InputError
from helpers.suite.notebook.drawing import figure_of, png_of, title_of
from helpers.suite.report.blocks import KEY, ROWS_AT_MOST, Table, make_table, names_of_single_customers
from helpers.suite.report.table_html import table_html

HOSTILE = '<script>alert("x")</script>'


def table_of(frame: pd.DataFrame, **more: object) -> Table:
    settings = {"name": "t", "title": "A table", "about": "one row is one row", "units": {}, "labels": {}} | more
    return make_table(frame, **settings)


def test_a_table_keeps_types_and_survives_its_own_json():
    frame = pd.DataFrame(
        {
            "name": ["a", None],
            "share": [0.12345678901234, np.nan],
            "customers": np.array([1, 2], dtype="int64"),
            "day": pd.to_datetime(["2017-01-31", None]),
            "kept": [True, False],
            "month": pd.PeriodIndex(["2017-01", "2017-02"], freq="M"),
        }
    )
    table = table_of(frame, units={"share": "share"})
    assert table.rows == (
        ("a", 0.123456789012, 1, "2017-01-31", True, "2017-01"),
        (None, None, 2, None, False, "2017-02"),
    )
    assert Table.from_json(table.as_json()) == table


def test_a_table_shows_values_in_their_units():
    frame = pd.DataFrame(
        {"rate": [0.1202], "spend": [1234.5], "each": [17.5], "days": [-3], "who": ["A"], "gap": [None]}
    )
    table = table_of(frame, units={"rate": "share", "spend": "USD", "each": "USD"})
    assert table.shown() == [["12.0 %", "1,234", "17.50", "−3", "A", "–"]]


def test_a_date_stays_a_date_in_a_table():
    assert table_of(pd.DataFrame({"day": [date(2017, 7, 1)]})).rows == (("2017-07-01",),)


def test_a_table_names_every_wrong_column_and_its_length_at_once():
    frame = pd.DataFrame({"a": np.arange(ROWS_AT_MOST + 1)})
    with pytest.raises(InputError, match=r"(?s)no column 'b'.*no column 'c'.*2,001 rows"):
        table_of(frame, units={"b": "share"}, labels={"c": "C"})


def test_html_of_a_table_escapes_data_and_marks_heads_for_screen_readers():
    frame = pd.DataFrame({"name": [HOSTILE, "b"], "spend": [1.0, 2.0]})
    html = table_html(table_of(frame, title=HOSTILE, units={"spend": "USD"}))
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 2
    assert '<th scope="col" class="number">Spend <span class="unit">(USD)</span></th>' in html
    assert html.count('<th scope="row">') == 2


def test_dates_are_not_broken_over_lines():
    html = table_html(table_of(pd.DataFrame({"period": ["2025-04-01"], "name": ["a long name"]})))
    assert '<th scope="row" class="date">2025-04-01</th>' in html
    assert "<td>a long name</td>" in html


def test_html_of_a_long_table_says_what_it_leaves_out():
    html = table_html(table_of(pd.DataFrame({"n": range(30)})), rows_shown=10)
    assert html.count('scope="row"') == 10
    assert "and 20 more rows in the tables file" in html


def draw(title: str):
    _, (axes,) = new_axes()
    axes.bar(["x$1$", "y"], [1, 2])
    return finish(axes, title=title, x_label="Product", y_label="Spend, USD")


def test_a_picture_is_the_same_bytes_when_drawn_again_and_has_print_resolution():
    first, second = (png_of(figure_of(draw("Prices from $5 to $9"))) for _ in range(2))
    assert first == second
    assert Image.open(io.BytesIO(first)).size[0] >= 1400


def test_names_with_dollar_signs_are_names_not_formulas():
    assert png_of(figure_of(draw(r"A$\frac$B"))).startswith(b"\x89PNG")


def test_the_title_of_a_figure_is_one_line():
    long = "A finding that is so long that the chart has to break it into several lines to fit the width of the page"
    figure = figure_of(draw(long))
    assert "\n" in figure.axes[0].get_title(loc="left")
    assert title_of(figure) == long


def test_no_notebook_shows_single_customers_to_a_client():
    """Tables may be handed on; rows of single customers belong to the lists, or to analysts."""
    root = Path(__file__).parents[2]
    shown = []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        pieces = [output.get("metadata", {}).get(KEY, {}) for cell in cells for output in cell.get("outputs", ())]
        tables = [piece for piece in pieces if piece.get("kind") == "table" and piece.get("audience") != "analyst"]
        shown += [
            (path.name, piece["name"], names)
            for piece in tables
            if (names := names_of_single_customers(column[0] for column in piece["columns"]))
        ]
    assert shown == []


def test_the_unit_of_an_interval_stands_once_in_the_head_of_a_report():
    frame = pd.DataFrame({"factor": ["price"], "change": [12.0], "low": [10.0], "high": [14.0], "cost": [3.0]})
    html = table_html(table_of(frame, units=dict.fromkeys(("change", "low", "high", "cost"), "USD")))
    heads = [re.sub("<[^>]*>", "", one) for one in re.findall(r"<th scope=\"col\".*?</th>", html)]
    assert heads == ["Factor", "Change (USD)", "From", "To", "Cost (USD)"]
