"""Charts of value show the numbers of the method, say the finding and name units; no text is cut off."""

import numpy as np
import pandas as pd
import pytest
from tests.charts.drawn import stays_on_page, texts

from helpers.charts.value import (
    draw_contribution_deciles,
    draw_cumulative_contribution,
    draw_forecast_calibration,
    draw_forecast_errors,
    draw_margin_sensitivity,
)
from helpers.value.backtest.comparison import calibration_by_group, compare_forecasts
from helpers.value.contribution.contribution import (
    CostAssumptions,
    contribution_deciles,
    cumulative_contribution,
    margin_sensitivity,
    measure_contribution,
)

ASSUMED = CostAssumptions(gross_margin=0.3, cost_per_order=2.0)


@pytest.fixture(scope="module")
def base():
    rng = np.random.default_rng(12)
    revenue = rng.gamma(0.8, 120, 300)
    return pd.DataFrame(
        {
            "customer_id": np.arange(300),
            "orders": rng.poisson(8, 300) + 1,
            "revenue": revenue,
            "discount": revenue * rng.uniform(0, 0.4, 300),
        }
    )


@pytest.fixture(scope="module")
def forecasts(base):
    actual = base["revenue"] * 1.1
    return base.assign(actual=actual, model=base["revenue"] * 1.3, flat=float(actual.mean()))


def test_deciles_draw_every_total_and_its_share(base):
    table = contribution_deciles(measure_contribution(base, ASSUMED))
    axes = draw_contribution_deciles(table, title="The best tenth brings most", currency="USD")
    assert [bar.get_height() for bar in axes.patches] == table["contribution"].tolist()
    assert texts(axes)[0] == f"{100 * table.loc[0, 'contribution_share']:.1f} %"
    assert axes.get_title(loc="left") == "The best tenth brings most"
    assert axes.get_ylabel() == "Contribution, USD"
    assert stays_on_page(axes)


def test_deciles_of_a_loss_carry_no_shares(base):
    table = contribution_deciles(measure_contribution(base, CostAssumptions(0.0, 1.0)))
    assert set(texts(draw_contribution_deciles(table, title="All lose"))) == {""}


@pytest.mark.parametrize("assumed", [ASSUMED, CostAssumptions(0.3)])
def test_whale_curve_marks_its_peak_only_when_customers_lose_money(base, assumed):
    curve = cumulative_contribution(measure_contribution(base, assumed))
    axes = draw_cumulative_contribution(curve, title="A few cost more than they bring")
    assert axes.lines[1].get_ydata().max() == curve.peak_share
    marked = any("negative contribution" in text for text in texts(axes))
    assert marked == (curve.negative_customers > 0)
    assert stays_on_page(axes)


@pytest.mark.parametrize("measure", ["top_decile_share", "negative_share"])
def test_sensitivity_draws_a_labelled_line_per_spread(base, measure):
    table = margin_sensitivity(base, ASSUMED, [0.2, 0.3, 0.4])
    axes = draw_margin_sensitivity(table, measure=measure, stated_margin=0.3, title="It hangs on the margin")
    drawn = sorted(line.get_ydata().tolist() for line in axes.lines[:2])
    assert drawn == sorted(part[measure].tolist() for _, part in table.groupby("spread"))
    assert {"cost spread by list price", "cost spread by revenue", "margin used"} <= set(texts(axes))
    assert stays_on_page(axes)


def test_errors_are_written_beside_their_marks_and_the_undefined_is_named(forecasts):
    found = compare_forecasts(forecasts, model="model", naive=["flat"], rng=np.random.default_rng(1), resamples=100)
    axes = draw_forecast_errors(found.errors, model="model", title="The model errs less", currency="USD")
    mae = found.errors[found.errors["measure"] == "mae"]["estimate"]
    assert texts(axes) == [f"{value:,.1f}" for value in mae]
    assert axes.get_xlabel() == "Mean absolute error per customer, USD"
    ranks = draw_forecast_errors(found.errors, model="model", measure="spearman", title="Ranks")
    assert texts(ranks)[1] == "undefined: the same for everyone"
    assert [label.get_text() for label in ranks.get_yticklabels()] == ["Model", "Flat"]
    assert stays_on_page(axes)
    assert stays_on_page(ranks)


def test_calibration_draws_groups_against_the_diagonal(forecasts):
    table = calibration_by_group(forecasts, model="model")
    axes = draw_forecast_calibration(table, title="Too high everywhere", currency="USD")
    diagonal, points = axes.lines[0], axes.lines[1]
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata())
    assert points.get_xdata().tolist() == table["forecast"].tolist()
    assert points.get_ydata().tolist() == table["actual"].tolist()
    assert stays_on_page(axes)


@pytest.mark.parametrize("factor", [0.8, 1.03, 1.25])
def test_no_label_of_the_calibration_lies_on_the_diagonal(factor):
    """Ten groups forecast too low, nearly right and too high, with narrow intervals."""
    forecast = np.geomspace(20.5, 0.1, 10)
    actual = forecast * factor
    table = pd.DataFrame({"forecast": forecast, "actual": actual, "low": 0.93 * actual, "high": 1.07 * actual})
    axes = draw_forecast_calibration(table, title="Right or wrong")
    assert stays_on_page(axes)
    diagonal = axes.transData.transform(np.linspace(*axes.lines[0].get_xydata(), 500))
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) == 3
    assert not any(box.contains(*point) for box in boxes for point in diagonal)
