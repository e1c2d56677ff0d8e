"""Contribution and the first lifetime value on 2,469 households: identities, and verdicts that must stay honest."""

from datetime import date

import numpy as np
import pytest

from helpers.core.periods import customers_by_period, periods_before
from helpers.study.study import load_study
from helpers.value import (
    NAIVE_FORECASTS,
    SIMPLE_MODEL,
    CostAssumptions,
    calibration_by_group,
    compare_forecasts,
    contribution_deciles,
    cumulative_contribution,
    forecast_holdout,
    margin_sensitivity,
    measure_contribution,
    split_holdout,
)

AS_OF = date(2018, 1, 1)
# Spread by revenue, so that the figures do not hang on which price cuts the study counts as discounts.
ASSUMED = CostAssumptions(gross_margin=0.25, cost_per_order=1.0, spread="revenue")


@pytest.fixture(scope="module")
def transactions():
    return load_study("complete_journey").table("transactions")


@pytest.fixture(scope="module")
def year(transactions):
    return customers_by_period(transactions, periods_before(AS_OF, months=12, count=1))


@pytest.fixture(scope="module")
def forecasts(transactions):
    return forecast_holdout(split_holdout(transactions, AS_OF, ASSUMED))


@pytest.fixture(scope="module")
def comparison(forecasts):
    return compare_forecasts(forecasts, model=SIMPLE_MODEL, naive=NAIVE_FORECASTS, rng=np.random.default_rng(20180101))


def test_total_contribution_is_margin_less_a_dollar_per_order(year):
    each = measure_contribution(year, ASSUMED)
    assert len(each) == 2469
    assert each["contribution"].sum() == pytest.approx(0.25 * 4596039.58 - 155848)
    assert contribution_deciles(each)["customers"].tolist() == [247] * 9 + [246]


def test_few_households_cost_more_than_they_bring(year):
    curve = cumulative_contribution(measure_contribution(year, ASSUMED))
    assert curve.negative_customers == 11
    assert curve.peak_share == pytest.approx(1.00038, abs=1e-5)


def test_the_share_of_the_best_tenth_hardly_hangs_on_the_margin(year):
    shares = margin_sensitivity(year, ASSUMED, [0.2, 0.25, 0.3], spreads=["revenue"])["top_decile_share"]
    assert shares.tolist() == pytest.approx([0.3687, 0.3639, 0.3613], abs=1e-4)


def test_the_first_estimate_loses_to_carrying_the_half_year_on(comparison):
    """A quarter is a noisier base than a half-year: the recent quarter alone forecasts worse, beyond chance."""
    assert comparison.verdict == "worse"
    assert not comparison.beats_naive
    verdicts = comparison.differences.set_index(["naive", "measure"])["verdict"]
    assert verdicts["everyone_equal", "mae"] == "better"
    assert verdicts["same_as_before", "mae"] == "worse"
    assert "same_as_before" in comparison.naive_by_verdict("worse")


def test_errors_are_those_of_the_plain_definition(forecasts, comparison):
    errors = comparison.errors.set_index(["forecast", "measure"])["estimate"]
    off = forecasts["same_as_before"] - forecasts["actual"]
    assert errors["same_as_before", "mae"] == pytest.approx(off.abs().mean())
    assert errors["same_as_before", "mae"] == pytest.approx(78.14, abs=0.01)


def test_a_longer_base_is_not_distinguishable_from_the_naive_forecast_it_equals(transactions):
    """With the whole half-year as the latest period the estimate is the naive forecast but for the few lost."""
    holdout = split_holdout(transactions, AS_OF, ASSUMED, earlier_months=1, recent_months=5)
    found = compare_forecasts(
        forecast_holdout(holdout),
        model=SIMPLE_MODEL,
        naive=["same_as_before"],
        rng=np.random.default_rng(1),
        resamples=300,
    )
    assert found.verdict == "not distinguishable"


def test_extremes_fall_back_towards_the_mean(forecasts):
    table = calibration_by_group(forecasts, model=SIMPLE_MODEL)
    assert table.loc[0, "high"] < table.loc[0, "forecast"]
    assert table.loc[9, "low"] > table.loc[9, "forecast"]
