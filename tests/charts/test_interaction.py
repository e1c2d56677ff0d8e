"""Charts of interaction show the numbers of the method with their intervals; no text is cut off or covered."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from tests.charts.drawn import stays_on_page, texts, title
from tests.response_sequence import responses_with_change

from helpers import interaction
from helpers.charts.interaction import (
    draw_drift,
    draw_estimates,
    draw_offer_effects,
    draw_response_by_tenth,
    draw_rules,
)

LONG = "frozen potato products and other side dishes of all makes, sizes and brands"


def bars(axes):
    """Return the ends of the error bars as rows (place, low, high), in the order drawn."""
    (container,) = axes.containers
    vertical = container.has_yerr
    segments = container[2][0].get_segments()
    ends = [(one[0][0], one[0][1], one[1][1]) if vertical else (one[0][1], one[0][0], one[1][0]) for one in segments]
    return np.array(ends)


def covers_a_mark(axes):
    """Say whether the legend lies on a point or an interval."""
    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()
    legends = [*axes.figure.legends, *filter(None, [axes.get_legend()])]
    boxes = [one.get_window_extent(canvas.get_renderer()) for one in legends]
    points = [axes.transData.transform(point) for line in axes.lines for point in line.get_xydata()]
    return any(box.contains(*point) for box in boxes for point in points)


@pytest.fixture(scope="module")
def rules():
    lists = [["tea", "milk", "sugar"]] * 30 + [["tea", "milk"]] * 10 + [[LONG, "jam"], ["milk"], [LONG]] * 40
    return interaction.find_rules(interaction.baskets_of(lists), support=0.05, confidence=0.3, items_at_most=2).table


def test_rules_show_confidence_interval_and_chance(rules):
    axes = draw_rules(rules, title="The rule with the highest lift: sugar → tea")
    assert title(axes) == "The rule with the highest lift: sugar → tea"
    observed, by_chance = axes.lines[0], axes.lines[-1]
    np.testing.assert_allclose(observed.get_xdata().astype(float), rules["confidence"])
    np.testing.assert_allclose(by_chance.get_xdata(), (rules["expected"] / rules["if_baskets"]).astype(float))
    np.testing.assert_allclose(bars(axes)[:, 1:], rules[["low", "high"]], atol=1e-12)
    assert len(axes.get_yticklabels()) == len(rules)
    assert stays_on_page(axes)


def test_the_legend_of_rules_covers_no_rule(rules):
    sure = rules.assign(confidence=0.95, low=0.7, high=1.0)
    assert not covers_a_mark(draw_rules(sure, title="x"))
    assert not covers_a_mark(draw_rules(sure.head(1), title="x"))


def test_estimates_stand_in_the_order_of_the_table_with_their_values_beside():
    table = pd.DataFrame(
        {"label": ["by the model", "most popular", LONG], "value": [0.21, 0.1, -0.05], "low": [0.18, 0.02, -0.2],
         "high": [0.3, 0.12, -0.01]}
    )  # fmt: skip
    axes = draw_estimates(table, x_label="Customers who bought what was chosen", title="x")
    assert [one.get_text() for one in axes.get_yticklabels()][:2] == ["by the model", "most popular"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert [one.replace("\N{MINUS SIGN}", "-") for one in texts(axes)] == ["21.0 %", "10.0 %", "-5.0 %"]
    np.testing.assert_allclose(bars(axes)[:, 1:], table[["low", "high"]])
    assert axes.get_xlabel() == "Customers who bought what was chosen"
    assert stays_on_page(axes)


def test_a_difference_of_shares_is_read_in_percentage_points():
    table = pd.DataFrame({"label": ["by the model", "difference"], "value": [0.283, -0.0162], "low": [0.27, -0.036],
                          "high": [0.3, 0.003]})  # fmt: skip
    mixed = draw_estimates(table, x_label="Customers who bought what was chosen", differences=["difference"], title="x")
    assert texts(mixed) == ["28.3 %", "−1.6 points"]
    assert mixed.xaxis.get_major_formatter()(0.1, 0).endswith("%")
    alone = draw_estimates(
        table.tail(1), x_label="Difference, percentage points", differences=["difference"], title="x"
    )
    assert texts(alone) == ["−1.6"]
    assert [alone.xaxis.get_major_formatter()(share, 0) for share in (-0.05, 0.1)] == ["−5", "10"]


def test_effects_of_offers_reach_from_low_to_high_however_uneven():
    effects = pd.DataFrame(
        {"offer": ["call", "letter"], "tier": ["gold", "silver"], "effect": [0.1, 0.0], "low": [-0.1, -0.01],
         "high": [0.15, 0.05]}
    )  # fmt: skip
    axes = draw_offer_effects(effects, title="x")
    np.testing.assert_allclose(bars(axes)[:, 1:], effects[["low", "high"]])
    assert [one.get_text() for one in axes.get_yticklabels()] == ["call, gold", "letter, silver"]
    assert "interval" in axes.get_xlabel()
    assert stays_on_page(axes)


@pytest.mark.parametrize("factor", [1.0, 0.0], ids=["as expected", "nobody answered"])
def test_tenths_show_expected_beside_actual(factor):
    (expected,), (actual,) = responses_with_change(batches=1, contacts=2000, change_after=0, factor=factor, seed=1)
    tenths = interaction.response_by_tenth(expected, actual)
    axes = draw_response_by_tenth(tenths, title="x")
    np.testing.assert_allclose(axes.lines[0].get_xdata(), 100 * tenths["expected"])
    np.testing.assert_allclose(axes.lines[0].get_ydata(), 100 * tenths["actual"])
    np.testing.assert_allclose(bars(axes)[:, 1:], 100 * tenths[["low", "high"]], atol=1e-9)
    line = axes.lines[-1]
    assert (line.get_xdata() == line.get_ydata()).all()
    assert "per cent" in axes.get_xlabel()
    assert stays_on_page(axes)


def test_an_interval_that_misses_its_point_by_rounding_is_drawn():
    tenths = pd.DataFrame({"expected": [0.1], "actual": [0.0], "low": [1e-18], "high": [0.02]}, index=[1])
    assert stays_on_page(draw_response_by_tenth(tenths, title="x"))


def test_drift_shows_both_sums_and_the_limit():
    sums = pd.DataFrame({"rising": [0.0, 0.4, 0.0], "falling": [1.0, 3.0, 6.0]})
    axes = draw_drift(sums, 5.0, title="x")
    rising, falling, limit = axes.lines
    assert rising.get_ydata().tolist() == sums["rising"].tolist()
    assert falling.get_ydata().tolist() == sums["falling"].tolist()
    assert set(limit.get_ydata()) == {5.0}
    assert [one.get_text() for one in axes.get_legend().get_texts()] == ["more responses than expected", "fewer"]
    assert stays_on_page(axes)


def test_the_value_of_a_negative_estimate_lies_away_from_the_line_at_zero():
    table = pd.DataFrame({"label": ["more", "power tool parts"], "value": [0.5, -0.24]})
    axes = draw_estimates(table.assign(low=table["value"] - 0.04, high=table["value"] + 0.04), x_label="Share")
    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()
    more, less = (one.get_window_extent(canvas.get_renderer()) for one in axes.texts)
    zero, left = axes.transData.transform((0, 0))[0], axes.bbox.x0
    assert left < less.x0 < less.x1 < zero < more.x0
