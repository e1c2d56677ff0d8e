"""Charts of lifetime value show the numbers of the method, say the finding and name units; no text is cut off."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from helpers.charts.differentiation import draw_concentration
from helpers.charts.value import (
    draw_count_fit,
    draw_occasion_outlook,
    draw_spend_by_frequency,
    draw_tracking,
    draw_value_by_group,
)
from helpers.differentiation import rank_customers

NAMES = {"one": "Model one", "two": "Model two"}


def texts(axes):
    return [text.get_text() for text in axes.texts]


def ticks(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def stays_on_page(axes):
    """Whether all ink, texts included, lies within the figure."""
    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()
    ink, (width, height) = axes.figure.get_tightbbox(canvas.get_renderer()), axes.figure.get_size_inches()
    return ink.x0 > -0.01 and ink.y0 > -0.01 and ink.x1 < width + 0.01 and ink.y1 < height + 0.01


@pytest.fixture
def counts():
    index = pd.RangeIndex(8, name="frequency")
    actual = [1411, 439, 214, 100, 62, 38, 29, 64]
    return pd.DataFrame({"actual": actual, "one": np.array(actual) * 1.1, "two": np.array(actual) * 0.9}, index=index)


def test_counts_stand_beside_what_every_model_expects(counts):
    axes = draw_count_fit(counts, title="Both fit", names=NAMES)
    assert [bar.get_height() for bar in axes.patches] == counts["actual"].tolist()
    assert [line.get_ydata().tolist() for line in axes.lines] == [counts["one"].tolist(), counts["two"].tolist()]
    assert legend(axes) == ["expected by Model one", "expected by Model two", "actual"]
    assert ticks(axes.xaxis) == ["0", "1", "2", "3", "4", "5", "6", "7+"]
    assert axes.get_xlabel() == "Number of repeat purchases"
    assert stays_on_page(axes)


def test_the_last_class_is_open_only_where_it_holds_higher_counts(counts):
    axes = draw_count_fit(counts, title="Fits", names=NAMES, what="years with a gift", open_end=False)
    assert ticks(axes.xaxis)[-1] == "7"
    assert axes.get_xlabel() == "Number of years with a gift"


def test_many_classes_are_not_all_labelled():
    many = pd.DataFrame({"actual": range(61), "one": range(61)}, index=pd.RangeIndex(61))
    axes = draw_count_fit(many, title="Fits", names={"one": "Model one"})
    assert len(ticks(axes.xaxis)) < 20
    assert ticks(axes.xaxis)[-1] == "60+"
    assert (axes.lines[0].get_marker(), axes.lines[0].get_linestyle()) == ("", "-")
    few = draw_count_fit(many.head(8), title="Fits", names={"one": "Model one"})
    assert (few.lines[0].get_marker(), few.lines[0].get_linestyle()) == ("o", "None")


def test_tracking_marks_the_time_held_out():
    days = pd.date_range("2020-01-05", periods=20, freq="7D", name="day")
    tracked = pd.DataFrame(
        {"actual": range(20), "one": np.arange(20) * 1.1, "held_out": np.arange(20) >= 12}, index=days
    )
    axes = draw_tracking(tracked, title="The model keeps up", names={"one": "Model one"})
    assert axes.lines[0].get_ydata().tolist() == list(range(20))
    assert axes.lines[1].get_ydata().tolist() == tracked["one"].tolist()
    assert legend(axes) == ["actual", "Model one"]
    assert texts(axes) == ["held out"]
    assert stays_on_page(axes)
    nothing_held = draw_tracking(tracked.assign(held_out=False), title="All", names={"one": "Model one"})
    assert texts(nothing_held) == []


def test_spend_by_frequency_shows_the_mean_the_model_takes():
    table = pd.DataFrame(
        {
            "customers": [1200, 30, 1],
            "spend": [30.0, 40.0, 90.0],
            "low": [28.0, 30.0, np.nan],
            "high": [32.0, 50.0, np.nan],
            "expected": [35.0] * 3,
        },
        index=pd.Index([1, 2, 3], name="frequency"),
    )
    axes = draw_spend_by_frequency(table, title="Spend rises", currency="USD")
    assert axes.lines[0].get_ydata().tolist() == [30.0, 40.0, 90.0]
    assert list(axes.lines[-1].get_ydata()) == [35.0, 35.0]
    assert ticks(axes.xaxis) == ["1\n(1,200)", "2\n(30)", "3+\n(1)"]
    assert axes.get_ylabel() == "Mean spend per purchase, USD"
    assert stays_on_page(axes)


def test_groups_show_shares_of_customers_and_of_value():
    groups = pd.DataFrame(
        {"customer_share": [0.25, 0.75], "value_share": [0.9, 0.1]}, index=pd.Index(["champions", "drifting away"])
    )
    axes = draw_value_by_group(groups, title="Champions hold it", attribute="segment")
    assert [bar.get_width() for bar in axes.patches] == [0.25, 0.75, 0.9, 0.1]
    assert texts(axes) == ["25.0 %", "75.0 %", "90.0 %", "10.0 %"]
    assert legend(axes) == ["of customers", "of future value"]
    assert axes.get_ylabel() == "Segment"
    assert stays_on_page(axes)


def test_outlook_writes_expected_purchases_and_customers_into_cells():
    rows = [(0, 0, 0.07, 3464), (1, 1, 0.09, 1091), (1, 2, 1.15, 129), (2, 2, 3.75, 1203)]
    outlook = pd.DataFrame(rows, columns=["frequency", "last_occasion", "expected_purchases", "customers"])
    axes = draw_occasion_outlook(outlook, title="Lately and often", occasion="year")
    assert "3.75\n(1,203)" in texts(axes)
    assert texts(axes).count("") == 5
    assert ticks(axes.xaxis) == ["never", "1", "2"]
    assert axes.get_xlabel() == "Last year with a purchase"
    assert stays_on_page(axes)


def test_concentration_may_be_of_future_value():
    axes = draw_concentration(
        rank_customers(pd.Series([9.0, 1.0])), title="One holds it", top=0.5, measure="future value"
    )
    assert axes.get_ylabel() == "Share of future value, running total"
    assert any("90.0 % of future value" in text for text in texts(axes))
