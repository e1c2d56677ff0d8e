"""The first lifetime value against the sum it stands for."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.value.contribution.simple_lifetime_value import (
    annuity_factor,
    estimate_simple_lifetime_value,
    expected_life,
    monthly_rate,
)


def test_twelve_months_compound_to_the_year():
    assert (1 + monthly_rate(0.10)) ** 12 == pytest.approx(1.10)
    assert monthly_rate(0.0) == 0.0


@given(st.integers(0, 120), st.floats(0, 0.5))
def test_annuity_is_the_sum_of_discounted_units(periods, rate):
    expected = sum(1 / (1 + rate) ** t for t in range(1, periods + 1))
    assert float(annuity_factor(periods, rate)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_annuity_of_a_textbook_loan():
    """Present value of an ordinary annuity of 1 at 8 %, 10 periods: 6.7101 in every annuity table."""
    assert float(annuity_factor(10, 0.08)) == pytest.approx(6.7101, abs=5e-5)


def test_annuity_takes_one_life_per_customer():
    assert annuity_factor([1, 2, 0], 0.25) == pytest.approx([0.8, 1.44, 0.0])


def test_small_rates_do_not_lose_digits():
    assert float(annuity_factor(24, 1e-12)) == pytest.approx(24, rel=1e-9)


@pytest.mark.parametrize(("periods", "rate"), [(-1, 0.1), (5, -0.1)])
def test_negative_periods_and_rates_are_refused(periods, rate):
    with pytest.raises(InputError, match="is out of range"):
        annuity_factor(periods, rate)


def test_expected_life_is_the_sum_of_survival():
    survival = 0.8 ** np.arange(1, 2000)
    assert expected_life(0.8, period_months=3, at_most_months=1000).months == pytest.approx(3 * survival.sum())


def test_a_life_nobody_has_seen_is_capped_and_says_so():
    found = expected_life(0.978, period_months=6, at_most_months=36)
    assert found.months == 36
    assert found.implied_months == pytest.approx(6 * 0.978 / 0.022)
    assert found.capped


def test_nobody_lost_means_no_end_and_nobody_kept_means_now():
    assert expected_life(1.0, period_months=6, at_most_months=24).months == 24
    assert expected_life(0.0, period_months=6, at_most_months=24).months == 0
    assert not expected_life(0.0, period_months=6, at_most_months=24).capped


@pytest.mark.parametrize("retention", [-0.1, 1.1, float("nan")])
def test_a_retention_that_is_no_share_is_refused(retention):
    with pytest.raises(InputError, match=r"retention: .* is out of range"):
        expected_life(retention, period_months=6, at_most_months=24)


def test_value_of_a_customer_by_hand():
    latest = pd.DataFrame({"customer_id": ["a", "b"], "contribution": [30.0, -3.0]})
    found = estimate_simple_lifetime_value(latest, period_months=3, life_months=2, annual_rate=0.10)
    rate = 1.10 ** (1 / 12)
    assert found["profit_per_month"].tolist() == [10.0, -1.0]
    assert found["lifetime_value"].tolist() == pytest.approx([10 / rate + 10 / rate**2, -1 / rate - 1 / rate**2])


def test_the_same_profit_stated_over_another_period_is_worth_the_same():
    half = pd.DataFrame({"customer_id": [1], "contribution": [60.0]})
    year = pd.DataFrame({"customer_id": [1], "contribution": [120.0]})
    short = estimate_simple_lifetime_value(half, period_months=6, life_months=30, annual_rate=0.1)
    long = estimate_simple_lifetime_value(year, period_months=12, life_months=30, annual_rate=0.1)
    pd.testing.assert_frame_equal(short, long)


def test_missing_contribution_is_named():
    with pytest.raises(InputError, match="column 'contribution' is missing"):
        estimate_simple_lifetime_value(
            pd.DataFrame({"customer_id": [1]}), period_months=1, life_months=1, annual_rate=0
        )


def worth(period_months: float = 6, life_months: float = 12, annual_rate: float = 0.1) -> float:
    latest = pd.DataFrame({"customer_id": [1], "contribution": [60.0]})
    terms = {"period_months": period_months, "life_months": life_months, "annual_rate": annual_rate}
    return float(estimate_simple_lifetime_value(latest, **terms)["lifetime_value"].iloc[0])


@pytest.mark.parametrize(
    "terms",
    [{"annual_rate": 0}, {"annual_rate": 1}, {"period_months": 0.5}, {"period_months": 1200}, {"life_months": 0}],
    ids=str,
)
def test_the_ends_of_every_range_are_in_it(terms):
    assert np.isfinite(worth(**terms))


@pytest.mark.parametrize(
    ("terms", "named"),
    [
        ({"annual_rate": -0.001}, "annual_rate"),
        ({"annual_rate": 1.001}, "annual_rate"),
        ({"period_months": 0}, "period_months"),
        ({"period_months": 1200.5}, "period_months"),
        ({"life_months": -0.001}, "n_periods"),
        ({"life_months": np.inf}, "n_periods"),
    ],
    ids=str,
)
def test_what_lies_beyond_a_range_is_refused(terms, named):
    with pytest.raises(InputError, match=rf"{named}: .* is out of range"):
        worth(**terms)


@pytest.mark.parametrize("name", ["period_months", "at_most_months"])
def test_a_life_is_reckoned_in_months_of_a_century_at_most(name):
    terms = {"period_months": 6, "at_most_months": 36}
    for months in (0.5, 1200):
        assert expected_life(0.75, **(terms | {name: months})).months > 0
    for months in (0, 1200.5):
        with pytest.raises(InputError, match=rf"{name}: .* is out of range"):
            expected_life(0.75, **(terms | {name: months}))


@pytest.mark.parametrize("rate", [-0.001, np.inf])
def test_a_rate_per_period_is_neither_negative_nor_endless(rate):
    with pytest.raises(InputError, match=r"rate_per_period: .* is out of range"):
        annuity_factor(12, rate)


def test_a_life_just_as_long_as_allowed_is_not_cut():
    assert not expected_life(0.75, period_months=6, at_most_months=18).capped
    assert expected_life(0.75, period_months=6, at_most_months=17.9).capped


def test_rows_are_numbered_anew_and_hold_four_columns():
    latest = pd.DataFrame({"customer_id": [8, 9], "contribution": [60.0, -6.0]}, index=[5, 3])
    valued = estimate_simple_lifetime_value(latest, period_months=6, life_months=12, annual_rate=0.0)
    assert list(valued) == ["customer_id", "profit_per_month", "life_months", "lifetime_value"]
    assert valued.index.tolist() == [0, 1]
