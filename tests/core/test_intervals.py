"""The interval of a share is worked out in one place, and always holds the share."""

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

import helpers
from helpers.charts import churn as churn_charts
from helpers.charts import value as value_charts
from helpers.core.intervals import drawn_misses, ratio_ends, total_differs_from_zero, wilson_ends
from helpers.value import calibration_curve

SOURCES = Path(helpers.__file__).parent


def test_only_one_module_imports_the_interval_of_statsmodels():
    users = [
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom | ast.Import)
        and any(alias.name.rpartition(".")[2] == "proportion_confint" for alias in node.names)
    ]
    assert users == ["core/intervals.py"]


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_the_interval_holds_the_share_for_every_number_of_cases(confidence):
    cases = np.arange(1, 3_000)
    for hits in (np.zeros(len(cases)), cases, cases // 2, np.minimum(cases, 1)):
        low, high = wilson_ends(hits, cases, alpha=1 - confidence)
        assert ((low <= hits / cases) & (hits / cases <= high)).all()
        assert (low[hits == 0] == 0).all()
        assert (high[hits == cases] == 1).all()


def test_wilson_1927_as_newcombe_1998_prints_it():
    low, high = wilson_ends([81, 15, 0, 1], [263, 148, 20, 29], alpha=0.05)  # table I, method 3
    assert low.round(4).tolist() == [0.2553, 0.0624, 0.0, 0.0061]
    assert high.round(4).tolist() == [0.3662, 0.1605, 0.1611, 0.1718]


def test_no_cases_have_no_interval():
    low, high = wilson_ends([0], [0], alpha=0.05)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_group_without_leavers_is_drawn():
    ended = np.zeros(2_000, dtype=bool)
    ended[:116] = True
    probability = np.linspace(0.9, 0.01, 2_000)
    curve = calibration_curve(ended, probability, confidence=0.95)
    assert (curve.query("leavers == 0")["low"] == 0).all()
    assert isinstance(churn_charts.draw_churn_calibration(curve, title="Right"), Axes)


def test_an_interval_that_misses_its_estimate_is_drawn_all_the_same():
    errors = pd.DataFrame(
        {
            "forecast": ["model", "naive"],
            "measure": "mae",
            "estimate": [1.0, 2.0],
            "low": [1.1, 1.0],
            "high": [1.5, 1.9],
        }
    )
    assert isinstance(value_charts.draw_forecast_errors(errors, model="model", title="Off", currency="EUR"), Axes)


@pytest.mark.parametrize(
    ("values", "differs"),
    [
        ([100.0, 5.0, 5.0], True),
        ([-3.0], True),
        ([0.0, 0.0], False),
        ([], False),
        ([20.0, -20.0] * 10 + [0.5], False),
        ([3.0, 4.0, 5.0, -0.5] * 10, True),
    ],
    ids=["all positive", "one loss", "all zero", "nothing", "gains and losses cancel", "gains outweigh losses"],
)
def test_a_total_about_zero_is_no_whole(values: list[float], differs: bool) -> None:
    assert total_differs_from_zero(np.array(values)) is differs


def test_fewer_misses_are_drawn_for_the_more_one_case_weighs() -> None:
    spend = np.random.default_rng(1).uniform(1, 2, 200)
    one = np.r_[spend[:-1], 60.0]
    squares = np.column_stack([(each - each.mean()) ** 2 for each in (spend, one)])
    even, whale = drawn_misses(squares, np.ones(200))
    assert even > 0.9
    assert whale < 0.01
    drawn = np.random.default_rng(2).multinomial(200, np.full(200, 1 / 200), size=999).astype(float)
    values = np.column_stack([spend, one])
    low, high = ratio_ends(values, np.ones_like(values), np.ones(200), drawn, confidence=0.95)
    error = values.std(axis=0, ddof=1) / np.sqrt(200)
    reach = (high - values.mean(axis=0)) / error
    assert reach[0] == pytest.approx(2.0, rel=0.15)
    assert reach[1] > 2 * reach[0]
    assert (low < values.mean(axis=0)).all()
