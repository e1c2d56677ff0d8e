"""Charts of churn and the value cube show the numbers of the method, say the finding and name units."""

import numpy as np
import pandas as pd
import pytest
from tests.charts.drawn import stays_on_page, texts

from helpers.charts import value as charts
from helpers.value import (
    CubeSetting,
    Measures,
    RetentionOffer,
    assign_cube,
    budget_curve,
    calibration_curve,
    choose_threshold,
    compare_alarms,
    cut_axes,
    expected_gains,
    find_rules,
    membership_sensitivity,
    profile_cube,
    value_axes,
)


@pytest.fixture(scope="module")
def outcomes() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    probability = rng.beta(1, 3, 2_000)
    return rng.random(2_000) < probability, probability


@pytest.fixture(scope="module")
def monthly() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "profit_per_month": rng.gamma(3, 20, 500),
            "potential_profit_per_month": rng.gamma(2, 5, 500),
            "loyalty": rng.beta(4, 2, 500),
        }
    )


@pytest.fixture(scope="module")
def cube(monthly):
    values = value_axes(monthly, months=12, annual_rate=0.1)
    cuts = cut_axes(values)
    return values, cuts, assign_cube(values, cuts)


def test_calibration_draws_every_group_and_marks_those_that_are_off(outcomes):
    curve = calibration_curve(*outcomes)
    curve.loc[3, "as_forecast"] = False
    axes = charts.draw_churn_calibration(curve, title="Right within chance")
    drawn = [container.lines[0].get_xydata() for container in axes.containers]
    assert [len(points) for points in drawn] == [9, 1]
    assert drawn[1].tolist() == [curve.loc[3, ["forecast", "actual"]].tolist()]
    assert axes.get_title(loc="left") == "Right within chance"
    assert stays_on_page(axes)


def test_lift_labels_bars_with_what_is_caught_so_far(outcomes):
    curve = calibration_curve(*outcomes)
    axes = charts.draw_lift(curve, share=float(outcomes[0].mean()), title="The first tenth leaves most")
    assert [bar.get_height() for bar in axes.patches] == curve["actual"].tolist()
    below = [tick.get_text() for tick in axes.get_xticklabels()]
    assert below == [
        f"{group}\n{100 * share:.0f} %" for group, share in zip(range(1, 11), curve["captured"], strict=True)
    ]
    assert len(texts(axes)) == 1  # nothing but the name of the line stands where the line runs
    assert stays_on_page(axes)


def test_importance_shows_the_first_columns_with_their_range():
    ranked = pd.DataFrame({"label": [f"column {n}" for n in range(15)], "auc_lost": np.linspace(0.1, 0, 15)})
    axes = charts.draw_column_importance(
        ranked.assign(low=ranked["auc_lost"] - 0.01, high=ranked["auc_lost"] + 0.01), title="One tells most"
    )
    assert len(axes.patches) == 12
    assert axes.get_yticklabels()[0].get_text() == "Column 0"
    assert stays_on_page(axes)


def test_effects_stand_on_either_side_of_one():
    effects = pd.DataFrame({"column": ["plan", "plan", "age"], "label": ["plan", "plan", "age in months"]})
    effects = effects.assign(level=["monthly", "yearly", "1 to 9"], odds_factor=[2.5, 0.4, 1.0])
    axes = charts.draw_effects(effects, title="Monthly plans leave")
    assert axes.get_xscale() == "log"
    assert {"Plan", "Age in months", "×2.50", "×0.40"} <= set(texts(axes))
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["×0.25", "×0.5", "×1", "×2", "×4"]
    assert stays_on_page(axes)


def test_rules_show_precision_interval_and_support(outcomes):
    rng = np.random.default_rng(5)
    columns = pd.DataFrame({"a_rather_long_name_of_a_column": outcomes[1], "plan": rng.choice(["x", "y"], 2_000)})
    rules = find_rules(columns.astype({"plan": "str"}), outcomes[0], rng=rng)
    axes = charts.draw_rules(rules, share=float(outcomes[0].mean()), title="One rule names most leavers")
    assert axes.containers[0].lines[0].get_xdata().tolist() == rules["precision"].tolist()
    assert texts(axes)[0] == f"{100 * rules['support'].iloc[0]:.0f} % of customers"
    assert stays_on_page(axes)
    crossed = max(rules["high"].max(), outcomes[0].mean())  # the furthest that an interval or the dashed line reaches
    assert all(text.get_position()[0] > crossed for text in axes.texts)
    certain = charts.draw_rules(rules.assign(high=1.0), share=0.3, title="One rule names all")
    assert stays_on_page(certain)
    assert certain.get_xticks().max() == 1


def test_threshold_marks_break_even_and_the_offer_to_all(outcomes):
    choice = choose_threshold(*outcomes, RetentionOffer(cost=30, success_share=0.3, value_kept=400))
    axes = charts.draw_threshold(choice, title="An offer pays from a quarter on", currency="EUR")
    assert axes.lines[0].get_ydata().tolist() == choice.curve["gain"].tolist()
    assert "break-even: 25.0 %" in texts(axes)
    assert axes.get_ylabel() == "Gain over doing nothing, EUR"
    assert stays_on_page(axes)
    nothing = choose_threshold(*outcomes, RetentionOffer(cost=30, success_share=0.0, value_kept=400))
    assert texts(charts.draw_threshold(nothing, title="It never pays")) == ["offer to everyone"]


def test_alarms_stand_above_chance_in_one_chart(outcomes):
    table = compare_alarms(pd.Series(outcomes[0]), {"model": outcomes[1]}, warned=200)
    axes = charts.draw_alarms(table, title="The model finds most")
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["Model", "By chance"]
    assert texts(axes) == [f"{100 * share:.0f} %" for share in table["precision"]]
    assert [len(drawn.lines[1]) for drawn in axes.containers] == [2, 0]  # ends of intervals: chance has none
    assert stays_on_page(axes)


def test_segments_draw_customers_beside_value(cube):
    values, _, segments = cube
    profile = profile_cube(values, segments)
    axes = charts.draw_cube_segments(profile, title="Platinum brings most")
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == [*profile["customer_share"], *profile["value_share"]]
    assert texts(axes)[0].endswith("% of customers")
    assert stays_on_page(axes)


def test_map_puts_every_customer_into_the_panel_of_the_own_loyalty(cube):
    values, cuts, segments = cube
    low, high = charts.draw_cube_map(values, segments, cuts, title="Where customers lie", currency="EUR")
    counts = [sum(len(points.get_offsets()) for points in axes.collections) for axes in (low, high)]
    assert counts == [(values["loyalty"] < cuts.loyalty).sum(), (values["loyalty"] >= cuts.loyalty).sum()]
    names = [text.get_text() for text in high.get_legend().get_texts()]
    assert [name.split(":")[0] for name in names] == ["potential", "loyal", "platinum", "gold"]
    assert f"platinum: {(segments == 'platinum').sum():,}" in names
    assert texts(high) == []  # no words in the map, where the cuts would cross them
    assert low.get_ylabel() == "Potential value, EUR"
    assert low.figure.get_suptitle() == "Where customers lie"
    assert stays_on_page(low)


def test_losses_show_forecast_and_outcome_by_segment(cube):
    values, _, segments = cube
    profile = profile_cube(values, segments, lost=values["loyalty"] < 0.5)
    axes = charts.draw_segment_losses(profile, title="As forecast")
    forecast, lost = (line.get_xdata().tolist() for line in axes.lines[:2])
    assert forecast == pytest.approx((1 - profile["mean_loyalty"]).dropna().tolist())
    assert lost == profile["lost_share"].dropna().tolist()
    assert stays_on_page(axes)
    assert axes.get_legend().get_window_extent().y1 < axes.get_window_extent().y0  # below the points, over none


def test_budget_draws_a_line_per_plan_and_the_budget_within_reach(cube):
    values, _, segments = cube
    curve = budget_curve(expected_gains(values, Measures(20, 0.2, 2, 0.1)), segments)
    axes = charts.draw_budget(curve, budget=500.0, title="It flattens", currency="EUR")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(curve["plan"].unique())
    assert texts(axes) == ["budget"]
    assert axes.get_xlabel() == "Budget, EUR"
    assert stays_on_page(axes)
    assert texts(charts.draw_budget(curve, budget=1e9, title="Beyond reach")) == []


def test_membership_says_where_nobody_moves(monthly):
    base = CubeSetting("base", 12, 0.1, "mean")
    settings = [CubeSetting("dear money", 12, 0.3, "mean"), CubeSetting("short", 6, 0.1, "business rule")]
    table = membership_sensitivity(monthly, base, settings).table
    axes = charts.draw_membership(table, title="Only cuts in money move customers")
    assert texts(axes)[0] == "nobody moves"
    assert texts(axes)[1].startswith(f"{100 * table['moved_share'].iloc[1]:.1f} %, mostly ")
    assert max(axes.get_xticks()) <= 1
    assert stays_on_page(axes)
