"""Choice of a purchase model on CDNOW's holdout, against guesses that need none."""

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value import compare_forecasts
from helpers.value.lifetime import assessment


def history(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_guesses_carry_on_what_was(cdnow, forecasts):
    row = cdnow.index[cdnow["frequency"] == 2][0]
    assert forecasts["same_as_before"][row] == pytest.approx(2 / cdnow["age"][row] * 39)
    equal = cdnow["frequency"].sum() / cdnow["age"].sum() * 39
    assert forecasts["everyone_equal"].tolist() == pytest.approx([equal] * len(cdnow))
    assert (forecasts["nobody_returns"] == 0).all()
    assert forecasts["actual"].sum() == 1882


def test_a_customer_known_for_days_only_has_no_rate_of_its_own(models):
    young = history(
        customer_id=["new", "old"],
        frequency=[1, 1],
        age_at_last_purchase=[0.5, 20.0],
        age=[1.0, 39.0],
        holdout_purchases=[0, 0],
    )
    found = assessment.forecast_purchases({}, young, 40)
    assert found["same_as_before"].tolist() == pytest.approx([2 / 40 * 40, 1 / 39 * 40])


def test_every_model_beats_the_naive_forecasts_on_cdnow(forecasts):
    naive = list(assessment.NAIVE_PURCHASES)
    for model in assessment.PURCHASE_MODELS:
        found = compare_forecasts(forecasts, model=model, naive=naive, rng=np.random.default_rng(1), resamples=200)
        assert found.verdict == "better"


def test_rating_tells_fit_and_forecast(models, cdnow, forecasts):
    rating = assessment.rate_models(models, cdnow, forecasts)
    assert rating.loc["bg_nbd", "chi_square"] == pytest.approx(4.82, abs=0.02)
    assert rating.loc["pareto_nbd", "correlation"] == pytest.approx(0.630, abs=1e-3)
    assert rating.loc["bg_nbd", "mae"] == pytest.approx((forecasts["bg_nbd"] - forecasts["actual"]).abs().mean())
    assert rating.loc["pareto_nbd", "total_error"] == pytest.approx(forecasts["pareto_nbd"].sum() / 1882 - 1)
    assert rating["sound"].all()
    counts = assessment.compare_counts(models, cdnow)
    assert counts["actual"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert counts[list(models)].sum().tolist() == pytest.approx([2357] * 3)


def test_the_best_forecast_is_taken_unless_the_data_do_not_tell_its_parameters():
    rating = pd.DataFrame({"mae": [3.0, 2.0, 1.0], "sound": [True, True, False]}, index=["x", "y", "z"])
    assert assessment.choose_model(rating) == "y"
    assert assessment.choose_model(rating.assign(sound=False)) == "z"
    assert assessment.choose_model(rating, "x") == "x"
    with pytest.raises(InputError, match=r"unknown purchase model 'w'(?s:.*)auto"):
        assessment.choose_model(rating, "w")


def test_an_unknown_model_is_refused_with_the_nearest(cdnow):
    with pytest.raises(InputError, match=r"unknown purchase model 'bg_nbt'(?s:.*)did you mean 'bg_nbd'"):
        assessment.fit_purchase_models(cdnow, ["bg_nbt"])


def test_a_fit_with_caveats_is_reported_by_its_notes_and_not_by_warnings():
    regular = history(
        customer_id=range(40),
        frequency=[3] * 20 + [4] * 20,
        age_at_last_purchase=[30.0] * 20 + [31.0] * 20,
        age=[39.0] * 40,
    )
    (model,) = assessment.fit_purchase_models(regular, ["bg_nbd"]).values()
    assert model.notes_
    rating = pd.DataFrame({"mae": [1.0], "sound": [not model.notes_]}, index=["bg_nbd"])
    assert assessment.choose_model(rating) == "bg_nbd"


def test_spend_is_fitted_without_those_who_paid_nothing(cdnow, spend):
    free = cdnow.head(1).assign(frequency=3, mean_repeat_spend=0.0)
    with_free = pd.concat([cdnow, free], ignore_index=True)
    assert assessment.buys_for_nothing(with_free).sum() == 1
    assert assessment.fit_spend_model(with_free).parameters_ == pytest.approx(spend.parameters_)


def test_spend_forecasts_are_purchases_times_spend(models, spend, cdnow):
    found = assessment.forecast_spend(models["bg_nbd"], spend, cdnow, 39, name="bg_nbd")
    expected = models["bg_nbd"].expected_purchases(cdnow, 39) * spend.expected_spend(cdnow)
    assert found["bg_nbd"].tolist() == pytest.approx(expected.tolist())
    assert found["actual"].sum() == pytest.approx(cdnow["holdout_spend"].sum())
    assert assessment.total_error(found, "nobody_returns") == -1


def test_nothing_bought_leaves_the_total_error_unknown():
    assert np.isnan(assessment.total_error(pd.DataFrame({"actual": [0.0], "x": [1.0]}), "x"))


def test_big_spenders_are_left_out_by_what_they_spent_again():
    base = history(
        customer_id=["a", "b", "c"], frequency=[2, 1, 0], mean_repeat_spend=[50.0, 10.0, 0.0], spend_to_date=[1e9] * 3
    )
    assert assessment.leave_out_extremes(base, 0.0) is base
    assert assessment.leave_out_extremes(base, 99.0)["customer_id"].tolist() == ["b", "c"]
    later = base.assign(holdout_spend=[0.0, 95.0, 0.0])
    assert assessment.leave_out_extremes(later, 100.0)["customer_id"].tolist() == ["a", "c"]
    with pytest.raises(InputError, match=r"all 1 customers spent more than 5"):
        assessment.leave_out_extremes(base.head(1), 5.0)


def test_the_ten_customers_the_literature_leaves_out(cdnow_cohort):
    assert len(cdnow_cohort) == 23_560


def test_coverage_counts_both_ends():
    ends = pd.DataFrame({"low": [0.0, 1.0, 2.0, 3.0], "high": [0.0, 2.0, 3.0, 4.0]})
    assert assessment.interval_coverage(ends, pd.Series([0.0, 2.0, 1.9, 4.1])) == 0.5
