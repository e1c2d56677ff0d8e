"""Charts of identification draw the figures they were given, name them, and stay inside their frame."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from helpers.charts.identification import (
    draw_base,
    draw_coverage,
    draw_known_shares,
    draw_order_times,
)
from helpers.charts.style import finish, new_axes

LONG = "Of 2,469 households 2,062 bought in December; the base has grown by no more than a handful since the summer"
BASE = pd.DataFrame(
    {
        "month": pd.period_range("2023-11", periods=3, freq="M").start_time,
        "new": [9, 3, 1],
        "active": [0, 6, 7],
        "lapsing": [0, 3, 3],
        "lost": [0, 0, 2],
    }
)
MIX = pd.DataFrame(
    {
        "customer_share": [0.2, 0.1, 0.7],
        "revenue_share": [0.25, 0.35, 0.4],
        "known_share": [2 / 3, 1 / 3, np.nan],
        "share_low": [0.3, 0.1, np.nan],
        "share_high": [0.9, 0.7, np.nan],
    },
    index=pd.Index(["under 30", "30+", "not known"], name="age_band"),
)


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def cut_off(axes: Axes) -> list[str]:
    """Return the texts that would be cut at the border of the figure."""
    figure = axes.get_figure(root=True)
    figure.draw_without_rendering()
    frame = figure.bbox
    shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in shown if text.get_in_layout()]
    ticks = {text.get_text() for axis in (axes.xaxis, axes.yaxis) for text in axis.get_ticklabels()}
    outside = [(text, box) for text, box in boxes if box.x0 < -1 or box.x1 > frame.x1 + 1 or box.y1 > frame.y1 + 1]
    return [text for text, _ in outside if text not in ticks]


ALL = [
    lambda: draw_base(BASE, title=LONG, customers="Households"),
    lambda: draw_order_times(pd.DataFrame(np.ones((7, 24)), index=[f"Wednesday {i}" for i in range(7)]), title=LONG),
    lambda: draw_known_shares(MIX, title=LONG, customers="households"),
    lambda: draw_coverage(pd.DataFrame({"difference": [1.1, -0.6]}, index=["mean_order_value", "orders"]), title=LONG),
]


@pytest.mark.parametrize("draw", ALL, ids=lambda draw: draw.__code__.co_names[0])
def test_nothing_is_cut_and_both_axes_are_named(draw: object) -> None:
    axes = draw()
    assert cut_off(axes) == []
    assert axes.get_title(loc="left").replace("\n", " ") == LONG
    assert axes.get_xlabel()


def test_drawing_leaves_the_global_settings_alone() -> None:
    before = dict(mpl.rcParams)
    draw_base(BASE, title=LONG)
    assert dict(mpl.rcParams) == before


def test_base_stacks_the_states_of_each_month() -> None:
    axes = draw_base(BASE, title="t", customers="Households")
    tops = {}
    for bar in axes.patches:
        tops[round(bar.get_x() + 0.4)] = max(tops.get(round(bar.get_x() + 0.4), 0), bar.get_y() + bar.get_height())
    assert tops == {0: 9.0, 1: 12.0, 2: 13.0}
    assert texts(axes) == ["active 7", "new 1", "lapsing 3", "lost 2"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["Nov\n2023", "Dec", "Jan\n2024"]
    assert axes.get_ylabel() == "Households at the month's end"


def test_names_of_thin_layers_do_not_overlap() -> None:
    thin = BASE.assign(active=1000, new=1, lapsing=0, lost=2)
    heights = [text.xy[1] for text in draw_base(thin, title="t").texts]
    assert (np.diff(heights) >= 0.07 * 1003 - 1e-9).all()


def test_order_times_show_every_hour() -> None:
    grid = pd.DataFrame(np.arange(168).reshape(7, 24), index=[f"day {i}" for i in range(7)])
    axes = draw_order_times(grid, title="t")
    assert (axes.images[0].get_array() == grid.to_numpy()).all()
    assert axes.get_yticklabels()[0].get_text() == "day 0"


def test_known_shares_leave_the_unknown_out() -> None:
    axes = draw_known_shares(MIX, title="t")
    assert texts(axes) == ["66.7 %", "33.3 %"]
    assert axes.lines[0].get_xdata().tolist() == [2 / 3, 1 / 3]


def test_coverage_puts_the_sign_into_words_and_numbers() -> None:
    coverage = pd.DataFrame({"difference": [1.1, -0.6]}, index=["mean_order_value", "days_since_last"])
    axes = draw_coverage(coverage, title="t", names={"days_since_last": "days since the last purchase"})
    assert texts(axes) == ["+1.10", "−0.60"]
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    assert labels == ["mean order value", "days since the last purchase"]


class TestFinish:
    def test_titles_are_broken_where_they_really_end(self) -> None:
        _, (axes,) = new_axes()
        axes.set_yticks([0, 1], ["short", "a very long label that pushes the axes to the right"])
        finish(axes, title=LONG, x_label="x", y_label="y")
        _, (wide,) = new_axes()
        finish(wide, title=LONG, x_label="x", y_label="y")
        assert cut_off(axes) == []
        assert axes.get_title(loc="left").count("\n") > wide.get_title(loc="left").count("\n") >= 1

    def test_an_inner_panel_keeps_to_its_own_width(self) -> None:
        figure, panels = new_axes(columns=2)
        for axes in panels:
            finish(axes, title=LONG, x_label="x", y_label="y")
        figure.draw_without_rendering()
        left, right = (axes.title if axes.get_title() else axes._left_title for axes in panels)
        assert left.get_window_extent().x1 <= right.get_window_extent().x0


def test_a_state_that_cannot_be_known_is_not_drawn():
    axes = draw_base(BASE.assign(lost=0), title="t")
    assert not any("lost" in text for text in texts(axes))
