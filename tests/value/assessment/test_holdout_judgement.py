"""Months held back on CDNOW, from lines to a judgement, and the values that follow."""

from datetime import date

import numpy as np
import pytest

from helpers.errors import InputError
from helpers.value import ValueDefinition, assessment, estimate_lifetime_value

AS_OF = date(1998, 7, 1)


@pytest.fixture(scope="module")
def holdout_of_cdnow(cdnow_lines):
    return assessment.hold_back(cdnow_lines, as_of=AS_OF, months=9, currency="USD")


@pytest.fixture(scope="module")
def judged(holdout_of_cdnow):
    return assessment.judge_holdout(holdout_of_cdnow, np.random.default_rng(1), resamples=200)


def test_nine_months_are_the_39_weeks_of_the_literature(holdout_of_cdnow, cdnow):
    assert (holdout_of_cdnow.held_from, holdout_of_cdnow.weeks) == (date(1997, 10, 1), 39)
    assert holdout_of_cdnow.chosen == holdout_of_cdnow.rating["mae"].idxmin() == "pareto_nbd"
    assert holdout_of_cdnow.model is holdout_of_cdnow.models["pareto_nbd"]
    assert holdout_of_cdnow.history["frequency"].sum() == cdnow["frequency"].sum() == 2457


def test_the_model_asked_for_is_taken(cdnow_lines):
    found = assessment.hold_back(cdnow_lines, as_of=AS_OF, months=9, wanted="bg_nbd", repeat_spend_limit=4000)
    assert found.chosen == "bg_nbd"
    assert "bg_nbd" in found.amounts
    assert len(found.history) == 2356


def test_nobody_before_the_months_held_back_is_told(cdnow_lines):
    with pytest.raises(InputError, match=r"nobody bought before 1995-07-01(?s:.*)hold back less"):
        assessment.hold_back(cdnow_lines, as_of=AS_OF, months=36)


def test_errors_of_model_and_guesses_stand_side_by_side(holdout_of_cdnow, judged):
    errors = judged.purchase_errors
    assert errors.index.tolist() == ["model", "naive", "nobody_returns"]
    assert errors.loc["model", "estimate"] == pytest.approx(holdout_of_cdnow.rating.loc["pareto_nbd", "mae"])
    assert errors.loc["nobody_returns", "estimate"] == pytest.approx(1882 / 2357)
    same = (holdout_of_cdnow.purchases["same_as_before"] - holdout_of_cdnow.purchases["actual"]).abs().mean()
    assert errors.loc["naive", "estimate"] == pytest.approx(same)
    assert errors.loc["model", "high"] < errors.loc["naive", "low"]
    assert judged.spend_errors.loc["model", "estimate"] < judged.spend_errors.loc["naive", "estimate"]
    assert judged.rank["low"] < judged.rank["estimate"] < judged.rank["high"]


def test_total_errors_name_the_closest_guess(holdout_of_cdnow):
    off = holdout_of_cdnow.total_errors
    assert off["purchases"] == pytest.approx(holdout_of_cdnow.rating.loc["pareto_nbd", "total_error"])
    assert abs(off["spend_naive"]) == min(
        abs(assessment.total_error(holdout_of_cdnow.amounts, name)) for name in assessment.NAIVE_PURCHASES
    )
    assert abs(off["spend"]) < abs(off["spend_naive"])


def test_values_of_cdnow_are_usable_though_they_rank_no_better(judged):
    usable = judged.usability
    assert (usable.word, usable.good, usable.ranks_better) == ("usable", True, "worse")
    assert usable.advice.endswith("serves as well or better.")
    assert assessment.Usability().word == "not usable"
    assert "could not be tested" in assessment.Usability().advice


def test_valuation_is_the_estimate_of_models_fitted_to_all_data(cdnow_78_weeks):
    definition = ValueDefinition(horizon=52, discount_rate=0.15, margin_share=0.3, currency="USD")
    found = assessment.value_customers(cdnow_78_weeks, "pareto_nbd", definition)
    again = estimate_lifetime_value(cdnow_78_weeks, found.model, found.spend, definition)
    assert found.worth.tolist() == again["lifetime_value"].tolist()
    assert found.worth.index.tolist() == cdnow_78_weeks["customer_id"].tolist()
    assert found.model.n_customers_ == 2357


def test_spend_nobody_paid_for_cannot_be_learnt_from(cdnow):
    free = cdnow.assign(mean_repeat_spend=0.0)
    with pytest.raises(InputError, match="nobody paid anything for a repeat purchase"):
        assessment.fit_spend_model(free)
