"""Months held back on CDNOW, from lines to a judgement, and the values that follow."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import Fault, InputError
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
    assert "had no part in the choice" in holdout_of_cdnow.choice_told


def test_a_time_too_short_to_choose_in_is_told(cdnow_lines):
    at_once = assessment.observe_earlier(cdnow_lines, held_from=date(1997, 1, 10), weeks_held=39, weeks_before=1.0)
    assert at_once is None  # not a whole week
    nobody_back = cdnow_lines.filter(cdnow_lines.time < date(1997, 2, 1)).distinct(on="customer_id", keep="first")
    spans = {"weeks_held": 4.0, "weeks_before": 4.3}
    alone = assessment.observe_earlier(nobody_back, held_from=date(1997, 2, 1), **spans)
    assert assessment.forecast_earlier(alone) is None


def test_a_model_chosen_by_the_months_that_judge_it_is_told(holdout_of_cdnow):
    rating = holdout_of_cdnow.rating.drop(columns="earlier_mae")
    same = replace(holdout_of_cdnow, rating=rating, chosen_from=None)
    assert "flatters it a little" in same.choice_told
    assert same.reason == "the best forecast"
    assert "asked for" in replace(same, asked_for=True).choice_told


def test_the_model_asked_for_is_taken(cdnow_lines):
    found = assessment.hold_back(cdnow_lines, as_of=AS_OF, months=9, wanted="bg_nbd", repeat_spend_limit=4000)
    assert (found.chosen_from, "earlier_mae" in found.rating) == (None, False)
    assert found.chosen == "bg_nbd"
    assert "bg_nbd" in found.amounts
    assert len(found.history) == 2356


def test_nobody_before_the_months_held_back_is_told(cdnow_lines):
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
    assert (usable.word, usable.good, usable.ranks_better) == ("no better than a guess", None, "worse")
    first = usable.advice.split(".")[0]
    assert first.endswith("past spend times its trend by {holdout_spend_mae_past_times_trend}")
    assert usable.advice.endswith("in a better order: rank by that.")
    assert (usable.order, usable.standing) == ("worse than", "no better than a guess")


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
    assert (found.word, found.good, found.standing) == ("usable", True, "to plan with")


def test_the_verdict_says_of_every_guess_whether_it_is_beaten(judged):
    """Nobody returning misses by 30.11, the model by 29.45: the closest rival per customer, and no forecast."""
    assert judged.rival == "nobody returning"
    assert judged.spend_errors.loc["nobody_returns", "estimate"] == pytest.approx(30.11, abs=0.005)
    contests = {one.guess: (one.error, one.total) for one in judged.usability.contests}
    assert contests == {
        "same_as_before": ("better", "better"),
        "past_times_trend": ("not distinguishable", "not distinguishable"),
        "everyone_equal": ("better", "better"),
        "nobody_returns": ("not distinguishable", "better"),
    }
    advice = judged.usability.advice
    assert (
        "Beyond chance it beats past spend going on and the mean of all customers; against past spend times" in advice
    )
    assert "; nobody returning came as close per customer, but misses the whole total." in advice
    assert ", that of past spend times its trend by {holdout_spend_naive_total_error}." in advice
    assert advice.count(". ") == 3  # four sentences


def test_groups_and_misfit_are_told_plainly(holdout_of_cdnow, judged):
    named = {one.name: one.value for one in judged.named_results()}
    assert named["purchase_calibrated_groups"] == judged.groups["as_forecast"].sum() < 10
    assert named["purchase_too_low_groups"] > 0
    assert "{purchase_too_low_groups} more than forecast: plan with the total" in judged.groups_told
    right = replace(judged, groups=judged.groups.assign(as_forecast=True, low=0.0))
    assert right.groups_told.endswith("bought as forecast within chance.")
    assert "more than chance explains" in holdout_of_cdnow.fit_told(0.95)
    assert holdout_of_cdnow.fit_told(0.999).endswith("meets within chance.")


def test_what_was_not_tested_is_not_usable_and_orders_nobody():
    untested = assessment.Usability()
    assert (untested.word, untested.standing, untested.order) == ("not usable", "not tested and not to be used", None)
    assert "could not be tested" in untested.advice


def test_past_spend_is_named_as_the_rival_only_where_values_may_be_used():
    as_good = assessment.Usability("as_good_as_naive", "not distinguishable")
    assert (as_good.word, as_good.standing, as_good.good) == (NO_BETTER, NO_BETTER, None)
    assert assessment.Usability("as_good_as_naive", "better").word == "usable for ranking only"
    assert as_good.advice.endswith(" What customers spent before puts them in as good an order.")
    assert "What customers spent before" not in assessment.Usability("as_good_as_naive", "better").advice
    assert assessment.Usability("no_order", "worse").advice.endswith("what they then spent.")
    assert "better order" not in assessment.Usability("worse_than_naive", "worse").advice


@pytest.mark.parametrize(
    "cause", ["beats_naive", "total_off", "as_good_as_naive", "no_order", "worse_than_naive", "untested"]
)
def test_verdict_advice_and_standing_agree(cause):
    found = assessment.Usability(cause, "worse")
    assert (found.word == found.standing == NO_BETTER) == (cause in ("total_off", "as_good_as_naive"))
    assert ("not to be used" in found.standing) == (found.word == "not usable") == (found.good is False)
    assert ("plan with" in found.standing) == (found.word == "usable") == (found.good is True)
    assert "{clv_verdict}" in found.advice


def test_results_are_named_once_with_units_and_intervals(holdout_of_cdnow, judged):
    named = {one.name: one for one in holdout_of_cdnow.named_results(0.95)}
    assert named["bg_nbd_r"].value == pytest.approx(0.243, abs=1e-3)
    assert named["bg_nbd_r"].low < named["bg_nbd_r"].value < named["bg_nbd_r"].high
    assert named["gamma_gamma_log_likelihood"].unit == "nats"
    assert named["purchase_fit_p_value"].value == pytest.approx(holdout_of_cdnow.rating.loc["pareto_nbd", "p_value"])
    errors = {one.name: one for one in judged.named_results()}
    assert errors["holdout_spend_mae_model"].unit == "money"
    assert "holdout_mae_same_as_before" not in errors  # a result of the chapter on contribution
    assert errors["holdout_mae_naive"].low < errors["holdout_mae_naive"].high
    assert errors["holdout_spend_rank"].value == pytest.approx(judged.rank["estimate"])
    assert errors["clv_rival"].value == judged.rival
    usable = {one.name: one.value for one in judged.usability.named_results()}
    assert usable == {
        "clv_verdict": "no better than a guess",
        "clv_order": "worse than",
        "clv_closest_guess": "past spend times its trend",
    }
    assert errors["holdout_spend_mae_past_times_trend"].value == pytest.approx(30.68, abs=0.005)
    assert errors["holdout_mae_past_times_trend"].unit == "purchases"


def test_a_misfit_is_judged_by_the_chosen_model(holdout_of_cdnow):
    assert holdout_of_cdnow.misfits(0.95)  # one in a hundred and thirty would be as far off by chance
    assert not holdout_of_cdnow.misfits(0.999)
    close = holdout_of_cdnow.rating.assign(p_value=[0.01, 0.01, 0.2])
    assert not replace(holdout_of_cdnow, rating=close).misfits(0.95)


def test_fits_stand_in_two_tables_for_those_who_check(holdout_of_cdnow):
    rated, parameters = assessment.tables_of_fits(holdout_of_cdnow, confidence=0.95)
    assert rated["frame"].index.tolist() == ["BG/NBD", "MBG/NBD", "Pareto/NBD"]
    assert rated["frame"].columns[-1] == "earlier_mae"
    assert set(rated["labels"]) <= set(rated["frame"].reset_index().columns)
    assert len(parameters["frame"]) == 4 + 4 + 4 + 3
    assert parameters["limits"] == ""


@pytest.mark.parametrize("wanted", list(assessment.PURCHASE_MODELS))
def test_tables_of_a_model_asked_for_label_only_their_own_columns(cdnow_lines, wanted):
    asked = assessment.hold_back(cdnow_lines, as_of=AS_OF, months=9, wanted=wanted, currency="USD")
    assert asked.chosen == wanted
    for table in assessment.tables_of_fits(asked, confidence=0.95):
        shown = set(table["frame"].reset_index().columns)
        assert set(table["units"]) | set(table.get("labels", {})) <= shown


def test_what_the_models_track_and_take_for_granted_is_named(holdout_of_cdnow, cdnow_lines):
    tracked = assessment.track_holdout_test(cdnow_lines, holdout_of_cdnow, as_of=AS_OF)
    named = {one.name: one.value for one in assessment.tracking_results(tracked, "pareto_nbd")}
    assert named == {"tracking_actual": 4339, "tracking_error": tracked["pareto_nbd"].iloc[-1] / 4339 - 1}
    nothing = assessment.tracking_results(tracked.assign(actual=0), "pareto_nbd")
    assert [one.name for one in nothing] == ["tracking_actual"]
    spend = {one.name: one.value for one in assessment.spend_results(holdout_of_cdnow.spend)}
    assert spend["spend_frequency_correlation"] == pytest.approx(0.11, abs=0.005)
    assert spend["spend_population_mean"] == pytest.approx(35.2, abs=0.1)


def test_a_model_is_taken_for_a_reason(holdout_of_cdnow):
    assert holdout_of_cdnow.reason == "the best forecast of earlier weeks"
    asked = replace(holdout_of_cdnow, asked_for=True)
    assert asked.reason == "as asked for"
    second = replace(holdout_of_cdnow, chosen="bg_nbd")
    assert second.reason == "the best forecast of earlier weeks among those whose parameters the data settle"


def test_what_limits_a_fit_is_told_by_its_usual_name(holdout_of_cdnow):
    assert holdout_of_cdnow.limits == ""
    limited = GammaGamma.from_parameters(p=6.0, q=0.9, gamma=15.0)
    limited.notes_ = (Fault("q below one"), Fault("few customers"))
    assert replace(holdout_of_cdnow, spend=limited).limits == "Gamma-Gamma: q below one; few customers."
    assert holdout_of_cdnow.log_likelihoods.index.tolist() == ["bg_nbd", "mbg_nbd", "pareto_nbd", "gamma_gamma"]
    assert holdout_of_cdnow.log_likelihoods["bg_nbd"] == holdout_of_cdnow.models["bg_nbd"].log_likelihood_


def test_valuation_is_the_estimate_of_models_fitted_to_all_data(cdnow_78_weeks):
    definition = ValueDefinition(horizon=52, discount_rate=0.15, margin_share=0.3, currency="USD")
    found = assessment.value_customers(cdnow_78_weeks, "pareto_nbd", definition)
    again = estimate_lifetime_value(cdnow_78_weeks, found.model, found.spend, definition)
    assert found.worth.tolist() == again["lifetime_value"].tolist()
    assert found.worth.index.tolist() == cdnow_78_weeks["customer_id"].tolist()
    assert found.model.n_customers_ == 2357
    named = {one.name: one for one in found.named_results()}
    assert named["clv_mean"].value == found.worth.mean()
    assert str(definition) in named["clv_mean"].about
    assert 0 < named["clv_alive_customers"].value < 2357
    assert named["clv_definition"].value == str(definition)


def test_spend_nobody_paid_for_cannot_be_learnt_from(cdnow):
    free = cdnow.assign(mean_repeat_spend=0.0)
    with pytest.raises(InputError, match="nobody paid anything for a repeat purchase"):
        assessment.fit_spend_model(free)


@pytest.mark.filterwarnings("ignore::helpers.value.FitWarning")
def test_nobody_is_counted_as_a_customer_still_where_drop_out_cannot_be_told():
    rng = np.random.default_rng(5)
    count = rng.poisson(6.0, 300).astype(float)
    last = np.where(count > 0, 40 * rng.random(300) ** (1 / np.maximum(count, 1)), 0.0)
    history = pd.DataFrame({"customer_id": range(300), "frequency": count, "age_at_last_purchase": last, "age": 40.0})
    history["mean_repeat_spend"] = np.where(count > 0, rng.lognormal(3, 0.4, 300), 0.0)
    definition = ValueDefinition(horizon=52, discount_rate=0.1, currency="EUR")
    found = assessment.value_customers(history, "bg_nbd", definition)
    assert "clv_alive_customers" not in {one.name for one in found.named_results()}
    assert "cannot be told" in found.alive_reading


def test_lifetime_values_that_turn_the_order_round_are_said_to():
    found = assessment.Usability("no_order", "not distinguishable", reversed_order=True)
    assert "turn the order round" in found.advice
    assert found.order == "the reverse of what customers then spent, and no better than"
    assert (found.word, found.good) == ("not usable", False)
