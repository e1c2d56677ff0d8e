"""Months held back on CDNOW, from lines to a judgement, and the values that follow."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import Fault, InputError
from helpers.narrative import lifetime
from helpers.value import ValueDefinition, estimate_lifetime_value
from helpers.value.lifetime import assessment
from helpers.value.lifetime.gamma_gamma import GammaGamma

AS_OF = date(1998, 7, 1)
NO_BETTER = "no better than a guess"


@pytest.fixture(scope="module")
def holdout_of_cdnow(cdnow_lines):
    return assessment.hold_back(cdnow_lines, as_of=AS_OF, months=9, currency="USD")


@pytest.fixture(scope="module")
def judged(holdout_of_cdnow):
    return assessment.judge_holdout(holdout_of_cdnow, np.random.default_rng(1), resamples=200)


def test_nine_months_are_the_39_weeks_of_the_literature(holdout_of_cdnow, cdnow):
    assert (holdout_of_cdnow.held_from, holdout_of_cdnow.weeks) == (date(1997, 10, 1), 39)
    assert holdout_of_cdnow.chosen == "pareto_nbd"
    assert holdout_of_cdnow.model is holdout_of_cdnow.models["pareto_nbd"]
    assert holdout_of_cdnow.history["frequency"].sum() == cdnow["frequency"].sum() == 2457


def test_the_model_is_chosen_by_weeks_before_those_that_judge_it(cdnow_lines, holdout_of_cdnow):
    """Half of all 78 weeks are held back, so half of the first 39 choose: 19 whole weeks."""
    assert holdout_of_cdnow.chosen_from == date(1997, 5, 21)
    assert (holdout_of_cdnow.held_from - holdout_of_cdnow.chosen_from).days == 19 * 7
    earlier = holdout_of_cdnow.rating["earlier_mae"]
    assert earlier.idxmin() == holdout_of_cdnow.chosen
    before = cdnow_lines.filter(cdnow_lines.time < date(1997, 10, 1))
    alone = assessment.observe_earlier(before, held_from=date(1997, 10, 1), weeks_held=39, weeks_before=38.9)
    # What came later has no part in the choice.
    assert assessment.forecast_earlier(alone).to_dict() == earlier.to_dict()
    assert holdout_of_cdnow.chosen_by == "earlier_weeks"


def test_a_time_too_short_to_choose_in_is_reported(cdnow_lines):
    at_once = assessment.observe_earlier(cdnow_lines, held_from=date(1997, 1, 10), weeks_held=39, weeks_before=1.0)
    assert at_once is None  # not a whole week
    nobody_back = cdnow_lines.filter(cdnow_lines.time < date(1997, 2, 1)).distinct(on="customer_id", keep="first")
    spans = {"weeks_held": 4.0, "weeks_before": 4.3}
    alone = assessment.observe_earlier(nobody_back, held_from=date(1997, 2, 1), **spans)
    assert assessment.forecast_earlier(alone) is None


def test_a_model_chosen_by_the_months_that_judge_it_is_reported(holdout_of_cdnow):
    rating = holdout_of_cdnow.rating.drop(columns="earlier_mae")
    same = replace(holdout_of_cdnow, rating=rating, chosen_from=None)
    assert same.chosen_by == "months_held_back"
    assert lifetime.reason(same) == "the best forecast"
    assert replace(same, asked_for=True).chosen_by == "request"


def test_the_model_asked_for_is_taken(cdnow_lines):
    found = assessment.hold_back(cdnow_lines, as_of=AS_OF, months=9, wanted="bg_nbd", repeat_spend_limit=4000)
    assert (found.chosen_from, "earlier_mae" in found.rating) == (None, False)
    assert found.chosen == "bg_nbd"
    assert "bg_nbd" in found.amounts
    assert len(found.history) == 2356


def test_nobody_before_the_months_held_back_is_reported(cdnow_lines):
    with pytest.raises(InputError, match=r"nobody bought before 1995-07-01(?s:.*)hold back less"):
        assessment.hold_back(cdnow_lines, as_of=AS_OF, months=36)


def test_errors_of_model_and_guesses_stand_side_by_side(holdout_of_cdnow, judged):
    errors = judged.purchase_errors
    guesses = ["same_as_before", "past_times_trend", "everyone_equal", "nobody_returns"]
    assert errors.index.tolist() == ["model", "naive", *guesses]
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
        abs(assessment.total_error(holdout_of_cdnow.amounts, name)) for name in assessment.GUESSES
    )
    assert abs(off["spend"]) < abs(off["spend_naive"])


def test_values_of_cdnow_are_no_better_than_past_spend_times_its_trend(judged):
    usable = judged.usability
    assert (usable.status, usable.good, usable.ranks_better) == ("adds_nothing", None, "worse")
    first = lifetime.advice(usable).split(".")[0]
    assert first.endswith("past spend times its trend by {holdout_spend_mae_past_times_trend}")
    assert lifetime.advice(usable).endswith("in a better order: rank by that.")
    assert (lifetime.order(usable), lifetime.standing(usable)) == ("worse than", NO_BETTER)


def test_without_the_trend_values_of_cdnow_would_be_usable(holdout_of_cdnow):
    """The trend halves past spend going on: the one guess as good as the model."""
    columns = {"columns": "past_times_trend"}
    bare = {
        "purchases": holdout_of_cdnow.purchases.drop(**columns),
        "amounts": holdout_of_cdnow.amounts.drop(**columns),
    }
    test = replace(holdout_of_cdnow, **bare)
    assert test.guesses == ("same_as_before", "everyone_equal", "nobody_returns")
    found = assessment.judge_holdout(test, np.random.default_rng(1), resamples=200).usability
    assert (found.status, found.good, lifetime.standing(found)) == ("usable", True, "to plan with")


def test_the_verdict_says_of_every_guess_whether_it_is_beaten(judged):
    """Nobody returning misses by 30.11, the model by 29.45: the closest rival per customer, and no forecast."""
    assert lifetime.GUESS_NAMES[judged.rival] == "nobody returning"
    assert judged.spend_errors.loc["nobody_returns", "estimate"] == pytest.approx(30.11, abs=0.005)
    contests = {one.guess: (one.error, one.total) for one in judged.usability.contests}
    assert contests == {
        "same_as_before": ("better", "better"),
        "past_times_trend": ("not distinguishable", "not distinguishable"),
        "everyone_equal": ("better", "better"),
        "nobody_returns": ("not distinguishable", "better"),
    }
    advice = lifetime.advice(judged.usability)
    assert (
        "Beyond chance it beats past spend going on and the mean of all customers; against past spend times" in advice
    )
    assert "; nobody returning came as close per customer, but misses the whole total." in advice
    assert ", that of past spend times its trend by {holdout_spend_naive_total_error}." in advice
    assert advice.count(". ") == 3  # four sentences


def test_what_is_said_of_groups_by_forecast(judged):
    assert judged.calibrated_groups == judged.groups["as_forecast"].sum() < 10
    assert judged.too_low_groups > 0
    assert lifetime.groups_by_forecast(judged) == "groups_too_low"
    differing = replace(judged, groups=judged.groups.assign(low=0.0))
    assert lifetime.groups_by_forecast(differing) == "groups_differ"
    right = replace(judged, groups=judged.groups.assign(as_forecast=True, low=0.0))
    assert lifetime.groups_by_forecast(right) == "groups_as_forecast"


def test_what_was_not_tested_is_not_usable_and_orders_nobody():
    untested = assessment.Usability()
    assert (untested.status, lifetime.order(untested)) == ("not_usable", None)
    assert lifetime.standing(untested) == "not tested and not to be used"
    assert "could not be tested" in lifetime.advice(untested)


def test_past_spend_is_named_as_the_rival_only_where_values_may_be_used():
    as_good = assessment.Usability("as_good_as_naive", "not distinguishable")
    assert (lifetime.STATUS[as_good.status], lifetime.standing(as_good), as_good.good) == (NO_BETTER, NO_BETTER, None)
    assert assessment.Usability("as_good_as_naive", "better").status == "ranking_only"
    assert lifetime.advice(as_good).endswith(" What customers spent before puts them in as good an order.")
    assert "What customers spent before" not in lifetime.advice(assessment.Usability("as_good_as_naive", "better"))
    assert lifetime.advice(assessment.Usability("no_order", "worse")).endswith("what they then spent.")
    assert "better order" not in lifetime.advice(assessment.Usability("worse_than_naive", "worse"))


@pytest.mark.parametrize(
    "cause", ["beats_naive", "total_off", "as_good_as_naive", "no_order", "worse_than_naive", "untested"]
)
def test_verdict_advice_and_standing_agree(cause):
    found = assessment.Usability(cause, "worse")
    standing = lifetime.standing(found)
    assert (lifetime.STATUS[found.status] == standing == NO_BETTER) == (cause in ("total_off", "as_good_as_naive"))
    assert ("not to be used" in standing) == (found.status == "not_usable") == (found.good is False)
    assert ("plan with" in standing) == (found.status == "usable") == (found.good is True)
    assert "{clv_verdict}" in lifetime.advice(found)


def test_what_the_chapter_names_of_a_judgement(holdout_of_cdnow, judged):
    parameters = assessment.parameters_by_name(assessment.tabulate_parameters(holdout_of_cdnow.fitted))
    assert parameters.loc["bg_nbd_r", "estimate"] == pytest.approx(0.243, abs=1e-3)
    assert parameters.loc["bg_nbd_r", "low"] < parameters.loc["bg_nbd_r", "estimate"]
    errors = judged.purchase_errors_to_name
    assert errors.index.tolist() == ["model", "naive", "past_times_trend", "nobody_returns"]
    assert errors.loc["naive", "low"] < errors.loc["naive", "high"]
    assert judged.spend_errors.loc["past_times_trend", "estimate"] == pytest.approx(30.68, abs=0.005)
    assert judged.weeks == 39
    usable = judged.usability
    assert (lifetime.STATUS[usable.status], lifetime.order(usable)) == (NO_BETTER, "worse than")
    assert lifetime.GUESS_NAMES[usable.rival] == "past spend times its trend"


def test_a_misfit_is_judged_by_the_chosen_model(holdout_of_cdnow):
    assert holdout_of_cdnow.misfits(0.95)  # one in a hundred and thirty would be as far off by chance
    assert not holdout_of_cdnow.misfits(0.999)
    close = holdout_of_cdnow.rating.assign(p_value=[0.01, 0.01, 0.2])
    assert not replace(holdout_of_cdnow, rating=close).misfits(0.95)


def test_a_rating_is_read_by_the_usual_names(holdout_of_cdnow):
    rating = assessment.rating_to_read(holdout_of_cdnow)
    assert rating.index.tolist() == ["BG/NBD", "MBG/NBD", "Pareto/NBD"]
    assert rating.columns[-1] == "earlier_mae"
    assert set(lifetime.rating_labels(rating)) <= set(rating.columns)
    assert len(assessment.tabulate_parameters(holdout_of_cdnow.fitted)) == 4 + 4 + 4 + 3


@pytest.mark.parametrize("wanted", list(assessment.PURCHASE_MODELS))
def test_the_rating_of_a_model_asked_for_labels_only_its_own_columns(cdnow_lines, wanted):
    asked = assessment.hold_back(cdnow_lines, as_of=AS_OF, months=9, wanted=wanted, currency="USD")
    assert asked.chosen == wanted
    rating = assessment.rating_to_read(asked)
    assert set(lifetime.rating_labels(rating)) == {"mae", "p_value"} <= set(rating.columns)


def test_what_the_models_track_and_take_for_granted(holdout_of_cdnow, cdnow_lines):
    tracked = assessment.track_holdout_test(cdnow_lines, holdout_of_cdnow, as_of=AS_OF)
    assert tracked["actual"].iloc[-1] == 4339
    assert holdout_of_cdnow.spend.frequency_spend_correlation_ == pytest.approx(0.11, abs=0.005)
    assert holdout_of_cdnow.spend.population_mean_ == pytest.approx(35.2, abs=0.1)


def test_a_model_is_taken_for_a_reason(holdout_of_cdnow):
    assert lifetime.reason(holdout_of_cdnow) == "the best forecast of earlier weeks"
    asked = replace(holdout_of_cdnow, asked_for=True)
    assert lifetime.reason(asked) == "as asked for"
    second = replace(holdout_of_cdnow, chosen="bg_nbd")
    assert lifetime.reason(second) == "the best forecast of earlier weeks among those whose parameters the data settle"


def test_what_limits_a_fit_is_reported_by_its_usual_name(holdout_of_cdnow):
    assert lifetime.limits(holdout_of_cdnow) == ""
    limited = GammaGamma.from_parameters(p=6.0, q=0.9, gamma=15.0)
    limited.notes_ = (Fault("q below one"), Fault("few customers"))
    assert lifetime.limits(replace(holdout_of_cdnow, spend=limited)) == "Gamma-Gamma: q below one; few customers."
    assert holdout_of_cdnow.log_likelihoods.index.tolist() == ["bg_nbd", "mbg_nbd", "pareto_nbd", "gamma_gamma"]
    assert holdout_of_cdnow.log_likelihoods["bg_nbd"] == holdout_of_cdnow.models["bg_nbd"].log_likelihood_


def test_valuation_is_the_estimate_of_models_fitted_to_all_data(cdnow_78_weeks):
    definition = ValueDefinition(horizon=52, discount_rate=0.15, margin_share=0.3, currency="USD")
    found = assessment.value_customers(cdnow_78_weeks, "pareto_nbd", definition)
    again = estimate_lifetime_value(cdnow_78_weeks, found.model, found.spend, definition)
    assert found.worth.tolist() == again["lifetime_value"].tolist()
    assert found.worth.index.tolist() == cdnow_78_weeks["customer_id"].tolist()
    assert found.model.n_customers_ == 2357
    assert 0 < found.alive_customers < 2357


def test_spend_nobody_paid_for_cannot_be_learnt_from(cdnow):
    free = cdnow.assign(mean_repeat_spend=0.0)
    with pytest.raises(InputError, match="nobody paid anything for a repeat purchase"):
        assessment.fit_spend_model(free)


@pytest.mark.filterwarnings("ignore::helpers.value.FitWarning")
def test_nobody_is_counted_as_a_customer_still_where_drop_out_cannot_be_known():
    rng = np.random.default_rng(5)
    count = rng.poisson(6.0, 300).astype(float)
    last = np.where(count > 0, 40 * rng.random(300) ** (1 / np.maximum(count, 1)), 0.0)
    history = pd.DataFrame({"customer_id": range(300), "frequency": count, "age_at_last_purchase": last, "age": 40.0})
    history["mean_repeat_spend"] = np.where(count > 0, rng.lognormal(3, 0.4, 300), 0.0)
    definition = ValueDefinition(horizon=52, discount_rate=0.1, currency="EUR")
    found = assessment.value_customers(history, "bg_nbd", definition)
    assert found.alive_customers is None


def test_lifetime_values_that_turn_the_order_round_are_said_to():
    found = assessment.Usability("no_order", "not distinguishable", reversed_order=True)
    assert "turn the order round" in lifetime.advice(found)
    assert lifetime.order(found) == "the reverse of what customers then spent, and no better than"
    assert (found.status, found.good) == ("not_usable", False)
