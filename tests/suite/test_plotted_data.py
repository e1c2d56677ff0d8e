"""What a figure shows can be read off it as text and numbers, whatever the kind of mark."""

import numpy as np
import pandas as pd
import pytest

from helpers.charts.style import BLUE, finish, new_axes
from helpers.suite.notebook.plotted_data import MOST_POINTS, plotted_data


@pytest.fixture
def panel():
    """Draw into an empty chart and return what its only panel shows."""

    def read(draw) -> dict:
        figure, (axes,) = new_axes()
        draw(axes)
        finish(axes, title="A title", x_label="Weeks", y_label="Orders")
        (shown,) = plotted_data(figure)
        return shown

    return read


def drawn(shown: dict, kind: str) -> dict:
    return next(mark for mark in shown["marks"] if mark["kind"].startswith(kind))


def test_titles_labels_legend_and_ticks_placed_by_hand(panel):
    def draw(axes):
        axes.bar(["a", "b"], [1, 2], label="paid")
        axes.set_xticks([0, 1], ["first", "second"])
        axes.legend()
        axes.annotate("the best", (1, 2), xytext=(0.5, 0.5))

    shown = panel(draw)
    assert (shown["title"], shown["labels"]) == ("A title", ["Weeks", "Orders"])
    assert (shown["legend"], shown["texts"]) == (["paid"], ["the best"])
    assert shown["ticks"] == [["first", "second"], []]
    assert drawn(shown, "text")["coordinates"] == ["1", "2"]


def test_dates_and_categories_are_read_as_the_axes_place_them(panel):
    days = pd.to_datetime(["2024-01-01", "2024-01-03"])

    def draw(axes):
        axes.plot(days, [1, 2])
        axes.axvspan(days[0], days[1])
        axes.annotate("the best", (days[1], 2))

    def draw_categories(axes):
        axes.plot(["a", "b"], [1, 2])
        axes.annotate("the best", ("b", 2))

    shown = panel(draw)
    assert drawn(shown, "line")["coordinates"] == ["19723 19725", "1 2"]
    assert drawn(shown, "text")["coordinates"] == ["19725", "2"]
    assert set(drawn(shown, "patch")["coordinates"][0].split()) == {"19723", "19725"}
    assert drawn(panel(draw_categories), "text")["coordinates"] == ["1", "2"]


def test_bars_are_where_they_stand(panel):
    shown = panel(lambda axes: axes.bar([3], [7], width=1, color=BLUE))
    assert drawn(shown, "patch")["coordinates"] == ["2.5 3.5 3.5 2.5 2.5", "0 0 7 7 0"]
    assert drawn(shown, "patch")["colours"] == ["#0072b2ff"]


def test_a_line_keeps_its_points_gaps_and_dashes(panel):
    line = drawn(panel(lambda axes: axes.plot([0, 1, 2], [1, np.nan, 1 / 3], "--")), "line")
    assert line["coordinates"] == ["0 1 2", "1 nan 0.333333"]
    assert line["kind"] == "line -- None"


def test_points_bands_and_heat_maps_are_read_too(panel):
    points = drawn(panel(lambda axes: axes.scatter([1, 2], [3, 4], s=[5, 6], c=[7, 8])), "collection")
    assert [column.split()[:2] for column in points["coordinates"]] == [["1", "2"], ["3", "4"]]
    values = drawn(panel(lambda axes: axes.scatter([1, 2], [3, 4], c=[7, 8])), "values")
    assert values["coordinates"] == ["7 8"]
    band = drawn(panel(lambda axes: axes.fill_between([0, 1], [1, 1], [2, 3])), "collection")
    assert "3" in band["coordinates"][1].split()
    heat = drawn(panel(lambda axes: axes.imshow([[1, 2], [3, np.nan]])), "image")
    assert heat["coordinates"] == ["1 2 3 nan"]


def test_of_many_points_each_still_counts(panel):
    x, y = np.arange(2469.0), np.sin(np.arange(2469.0))
    before = drawn(panel(lambda axes: axes.scatter(x, y)), "collection")["coordinates"]
    y[1234] += 0.05  # a fortieth of the range
    after = drawn(panel(lambda axes: axes.scatter(x, y)), "collection")["coordinates"]
    assert len(before[1].split()) == MOST_POINTS
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_what_is_hidden_is_not_read(panel):
    shown = panel(lambda axes: axes.plot([0, 1], [1, 2], visible=False))
    assert not [mark for mark in shown["marks"] if mark["kind"].startswith("line - None") and mark["points"] == 2]
