"""The interval of a share is worked out in one place, and always holds the share."""

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from scipy import stats

import helpers
from helpers.charts import value as charts
from helpers.core.errors import InputError
from helpers.core.intervals import drawn_misses, ratio_ends, total_differs_from_zero, wilson_ends
from helpers.value import calibration_curve

SOURCES = Path(helpers.__file__).parent


def test_only_one_module_imports_the_interval_of_statsmodels():
    users = [
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.py")
        if "proportion_confint" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
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
    assert isinstance(charts.draw_churn_calibration(curve, title="Right"), Axes)


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
    assert isinstance(charts.draw_forecast_errors(errors, model="model", title="Off", currency="EUR"), Axes)


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


def ratios_by_hand(part, whole, size, drawn, confidence):
    """One ratio at a time: bootstrap-t with the linearised error, and fewer misses the more one case weighs."""

    def ratio(times):
        total, value = times.sum(), (times @ part) / (times @ whole)
        spread = times @ (part - value * whole) ** 2
        return value, np.sqrt(spread * total / (total - 1)) / abs(times @ whole)

    value, error = ratio(size)
    far = [(found - value) / off for found, off in map(ratio, drawn)]
    squares = (part - value * whole) ** 2
    missed = (1 - confidence) / 2 * np.exp(-5 * squares.max() / (size @ squares))
    ends = np.quantile(far, [1 - missed, missed], method="weibull")
    return tuple(value - ends * error)


@pytest.mark.parametrize("sign", [1, -1], ids=["revenue", "losses"])
@pytest.mark.parametrize("confidence", [0.95, 0.8])
def test_ratios_of_sums_are_those_worked_out_one_at_a_time(sign: int, confidence: float) -> None:
    rng = np.random.default_rng(3)
    whole = sign * rng.lognormal(0, 0.7, (60, 2))
    part, size = whole * rng.uniform(0.2, 1.3, (60, 2)), rng.integers(1, 4, 60).astype(float)
    drawn = rng.multinomial(int(size.sum()), size / size.sum(), size=399).astype(float)
    low, high = ratio_ends(part, whole, size, drawn, confidence=confidence)
    for at in range(2):
        expected = ratios_by_hand(part[:, at], whole[:, at], size, drawn, confidence)
        assert (low[at], high[at]) == pytest.approx(expected, rel=1e-9)
        assert low[at] < (size @ part[:, at]) / (size @ whole[:, at]) < high[at]


def test_a_ratio_without_spread_is_its_own_interval() -> None:
    rng = np.random.default_rng(4)
    whole = rng.uniform(1, 3, (30, 1))
    drawn = rng.multinomial(30, np.full(30, 1 / 30), size=99).astype(float)
    low, high = ratio_ends(0.3 * whole, whole, np.ones(30), drawn, confidence=0.95)
    assert (low[0], high[0]) == pytest.approx((0.3, 0.3), rel=1e-9)


def test_a_ratio_has_no_interval_where_a_resample_has_no_whole() -> None:
    whole = np.array([[1.0], [0.0], [0.0]])
    low, high = ratio_ends(whole / 2, whole, np.ones(3), np.array([[2.0, 1, 0], [0, 2, 1]]), confidence=0.95)
    assert np.isnan([low[0], high[0]]).all()


def test_one_customer_alone_has_a_ratio() -> None:
    low, high = ratio_ends(np.array([[2.0]]), np.array([[4.0]]), np.ones(1), np.ones((9, 1)), confidence=0.95)
    assert (low[0], high[0]) == (0.5, 0.5)


def test_all_misses_are_drawn_for_where_nothing_spreads() -> None:
    squares = np.column_stack([np.zeros(4), [0.0, 0.0, 0.25, 0.25], [0.0, 0.0, 0.0, 9.0]])
    expected = [1.0, np.exp(-5 * 0.5), np.exp(-5)]
    assert drawn_misses(squares, np.ones(4)).tolist() == pytest.approx(expected)
    assert drawn_misses(squares[:, 1:2], np.array([1.0, 1.0, 1.0, 3.0]))[0] == pytest.approx(np.exp(-5 * 0.25))


@pytest.mark.parametrize("cases", [2, 3, 5, 40])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_total_differs_from_zero_as_the_test_of_student_says(cases: int, sign: int) -> None:
    values = sign * np.linspace(-1, 1.6, cases)
    sure = 1 - stats.ttest_1samp(values, 0).pvalue
    assert total_differs_from_zero(values, confidence=sure - 1e-6)
    assert not total_differs_from_zero(values, confidence=sure + 1e-6)
    assert total_differs_from_zero(values) == (sure > 0.95)


def test_one_sided_values_with_zeros_differ_from_zero_together() -> None:
    assert total_differs_from_zero(np.array([0.0, 0.5]))
    assert total_differs_from_zero(np.array([0.0, -0.5]))


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 1.5])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(InputError, match=r"confidence: .* is out of range"):
        total_differs_from_zero(np.ones(3), confidence=confidence)
