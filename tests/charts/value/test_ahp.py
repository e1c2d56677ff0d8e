"""Charts of the analytic hierarchy process show the numbers of the method; no text is cut off."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from helpers.charts import value as charts
from helpers.value import ahp

BRANCHES = ("current_value", "potential_value")


@pytest.fixture(scope="module")
def weights():
    return ahp.weigh_hierarchy(ahp.find_hierarchy("customer_value"))


@pytest.fixture(scope="module")
def scored(weights):
    rng = np.random.default_rng(3)
    table = pd.DataFrame({name: rng.gamma(1.0, 5.0, 200) for name in weights.hierarchy.indicators})
    return ahp.score_customers(table, weights, ahp.BETTER, reasons={})


def texts(axes):
    return [text.get_text() for text in axes.texts]


def stays_on_page(axes):
    """Whether all ink, texts included, lies within the figure."""
    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()
    ink, (width, height) = axes.figure.get_tightbbox(canvas.get_renderer()), axes.figure.get_size_inches()
    return ink.x0 > -0.01 and ink.y0 > -0.01 and ink.x1 < width + 0.01 and ink.y1 < height + 0.01


@pytest.mark.parametrize("with_intervals", [True, False])
def test_weights_stand_in_the_order_of_the_tree(weights, scored, with_intervals):
    varied = ahp.vary_judgements(scored.standardised, weights, np.random.default_rng(1), draws=20).weights
    axes = charts.draw_composite_weights(
        weights, title="Contribution weighs most", ranges=varied if with_intervals else None
    )
    assert [bar.get_width() for bar in axes.patches] == weights.composite.tolist()
    assert texts(axes) == [f"{100 * weight:.1f} %" for weight in weights.composite]
    assert axes.get_yticklabels()[0].get_text() == "Contribution"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Current value", "Potential value"]
    assert stays_on_page(axes)


def test_consistency_marks_what_exceeds_the_limit(weights):
    axes = charts.draw_consistency(weights.consistency, acceptable=0.1, title="All fit together")
    assert [bar.get_width() for bar in axes.patches] == weights.consistency["consistency_ratio"].tolist()
    assert texts(axes)[-1] == "acceptable up to here"
    assert len({bar.get_facecolor() for bar in axes.patches}) == 1
    bad = weights.consistency.assign(acceptable=[False] + [True] * 6)
    marked = charts.draw_consistency(bad, acceptable=0.1, title="One does not")
    assert marked.patches[0].get_facecolor() != marked.patches[1].get_facecolor()
    assert stays_on_page(axes)


def test_map_draws_every_customer_and_counts_the_fields(scored):
    quadrants = ahp.map_customers(scored.scores, BRANCHES)
    axes = charts.draw_value_map(scored.scores, quadrants, BRANCHES, title="Few are high on both")
    for name, points in zip(ahp.QUADRANTS, axes.collections, strict=True):
        own = scored.scores.loc[quadrants == name, list(BRANCHES)]
        assert np.asarray(points.get_offsets()).tolist() == own.to_numpy().tolist()
    counts = ahp.profile_quadrants(scored.scores, quadrants)["customers"]
    words = {"high_high": "High on both", "low_low": "Low on both"}
    words |= {"high_low": "Current only", "low_high": "Potential only"}
    legend = axes.get_legend()
    assert {one.get_text() for one in legend.get_texts()} == {f"{words[name]}: {n}" for name, n in counts.items()}
    assert axes.lines[0].get_xdata()[0] == pytest.approx(scored.scores["current_value"].mean())
    assert stays_on_page(axes)
    assert texts(axes) == []  # no words in the map, where the lines would cross them
    assert legend.get_window_extent().y1 < axes.get_window_extent().y0


def test_map_leaves_an_extreme_outside_the_view_and_says_so(scored):
    scores = scored.scores.copy()
    scores.loc[3, "current_value"] = 90.0
    axes = charts.draw_value_map(scores, ahp.map_customers(scores, BRANCHES), BRANCHES, title="One towers above all")
    assert axes.get_xlim()[1] < 10
    assert "1 customer lies outside" in texts(axes)
    assert stays_on_page(axes)


def test_branch_sensitivity_draws_both_lines_and_the_judged_weight(weights, scored):
    table = ahp.vary_branch_weight(scored.standardised, scored.weights, "current_value", np.linspace(0, 1, 6))
    axes = charts.draw_branch_sensitivity(table, branch="current_value", weight=2 / 3, title="The order holds")
    assert axes.lines[0].get_ydata().tolist() == table["top_kept"].tolist()
    assert axes.lines[1].get_ydata().tolist() == table["rank_correlation"].tolist()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["best tenth kept", "rank correlation"]
    assert texts(axes) == ["as judged"]
    assert axes.get_xlabel() == "Weight of current value"
    assert axes.get_ylim()[0] < table[["top_kept", "rank_correlation"]].to_numpy().min()
    assert stays_on_page(axes)


def test_learned_weights_stand_beside_the_judged(scored):
    actual = pd.Series(np.random.default_rng(4).normal(size=200) + scored.standardised["revenue"])
    learned = ahp.learn_weights(scored.standardised, actual)
    axes = charts.draw_learned_weights(learned, scored.weights.composite, title="Revenue tells more")
    assert axes.lines[0].get_xdata().tolist() == learned["weight"].tolist()
    assert axes.lines[1].get_xdata().tolist() == scored.weights.composite.tolist()
    assert stays_on_page(axes)
