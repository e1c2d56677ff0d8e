"""Values asked to a reader: examples, tracking, groups, discrete occasions, and whether they are usable."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.narrative import lifetime
from helpers.value import BGBB, compare_forecasts, cumulative_repeat_purchases
from helpers.value.lifetime import assessment


def test_five_customers_that_differ(cdnow_78_weeks):
    picked = assessment.pick_examples(cdnow_78_weeks)
    rows = cdnow_78_weeks.set_index("customer_id").loc[picked["customer_id"]]
    assert picked["customer_id"].is_unique
    assert rows["frequency"].iloc[0] == cdnow_78_weeks["frequency"].max()
    assert rows["frequency"].iloc[1] == 0
    silent = rows.iloc[2]
    assert silent["frequency"] > 5
    assert silent["age_at_last_purchase"] < silent["age"] / 2
    others = cdnow_78_weeks[~cdnow_78_weeks["customer_id"].isin(picked["customer_id"][:3])]
    assert rows["mean_repeat_spend"].iloc[3] == others["mean_repeat_spend"].max()
    assert rows["age"].iloc[4] == cdnow_78_weeks.loc[cdnow_78_weeks["frequency"] > 0, "age"].min()


def test_shortened_rows_say_how_many_there_were():
    frame = pd.DataFrame({"customer_id": ["a"] * 4 + ["b"], "amount": [1, 2, 3, 4, 9], "other": 0})
    short = assessment.shorten(frame, ["amount", "absent"])
    assert list(short.columns) == ["customer_id", "row", "of", "amount"]
    assert short.to_numpy().tolist() == [["a", 1, 4, 1], ["a", 2, 4, 2], ["a", 4, 4, 4], ["b", 1, 1, 9]]


def test_tracking_adds_up_to_what_was_bought(cdnow_lines, cdnow, models):
    tracked = assessment.track_repeat_purchases(
        cdnow_lines, cdnow, {"bg_nbd": models["bg_nbd"]}, as_of=date(1998, 7, 1), holdout_from=date(1997, 10, 1)
    )
    assert tracked.index[-1] == pd.Timestamp("1998-06-30")
    assert tracked["actual"].iloc[-1] == 4339
    assert tracked.loc["1997-09-30", "actual"] == 2457
    assert tracked["held_out"].sum() == 39
    (expected,) = cumulative_repeat_purchases(models["bg_nbd"], cdnow["first_day"], [date(1998, 6, 30)])
    assert tracked["bg_nbd"].iloc[-1] == pytest.approx(expected)


def test_tracking_follows_only_the_customers_given(cdnow_lines, cdnow):
    some = cdnow.head(100)
    tracked = assessment.track_repeat_purchases(
        cdnow_lines, some, {}, as_of=date(1998, 7, 1), holdout_from=date(1997, 10, 1)
    )
    assert tracked["actual"].iloc[-1] == (some["frequency"] + some["holdout_purchases"]).sum()


def test_value_by_group_adds_up():
    valued = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "lifetime_value": [10.0, 30.0, 60.0, 5.0],
            "probability_alive": [0.5, 1.0, 0.0, 1.0],
            "expected_purchases": [1.0, 2.0, 3.0, 4.0],
        }
    )
    kinds = pd.CategoricalDtype(["best", "rest", "nobody"], ordered=True)
    groups = pd.Series(["rest", "rest", "best"], index=["a", "b", "c"], dtype=kinds, name="segment")
    found = assessment.value_by_group(valued, groups)
    assert found.index.tolist() == ["best", "rest"]
    assert found.index.name == "segment"
    assert found["customers"].tolist() == [1, 2]
    assert found["value_share"].tolist() == [0.6, 0.4]
    assert found["mean"].tolist() == [60.0, 20.0]
    assert found.loc["rest", "probability_alive"] == 0.75


def test_margin_is_taken_from_costs_where_they_are_known():
    customers = pd.DataFrame({"revenue": [100.0, 50.0], "cost": [60.0, np.nan]})
    assert assessment.realised_margin(customers, 0.3) == pytest.approx(0.4)
    assert assessment.realised_margin(customers.drop(columns="cost"), 0.3) == 0.3


def judged(actual, model, same, equal, total_error=0.0, **more):
    guesses = {"same_as_before": same, "everyone_equal": equal, "nobody_returns": 0.0, **more}
    frame = pd.DataFrame({"actual": actual, "m": model, **guesses})
    found = compare_forecasts(frame, model="m", naive=list(guesses), rng=np.random.default_rng(1), resamples=200)
    return assessment.judge_usability(found, total_error=total_error)


@pytest.fixture(scope="module")
def spent():
    rng = np.random.default_rng(3)
    mean = rng.gamma(1.0, 20.0, 400)
    return mean, mean * rng.uniform(0.7, 1.3, 400)


def test_values_that_beat_the_guesses_are_usable(spent):
    mean, actual = spent
    found = judged(actual, mean, mean * 2, np.full(400, actual.mean()))
    assert (found.cause, found.status, found.good) == ("beats_naive", "usable", True)


def test_a_total_that_is_off_leaves_the_ranking(spent):
    mean, actual = spent
    naive = mean.mean() * (actual.sum() / mean.sum())
    found = judged(actual, mean * 1.2, np.full(400, naive) * 0.99, np.full(400, naive), total_error=0.2)
    assert (found.cause, found.good) == ("total_off", None)
    one_naive_is_off_too = judged(
        actual, mean * 1.2, np.full(400, naive) * 0.99, np.full(400, naive) * 3, total_error=0.2
    )
    assert one_naive_is_off_too.cause == "total_off"


def test_no_gain_over_a_guess_leaves_the_ranking(spent):
    mean, actual = spent
    found = judged(actual, mean, mean, np.full(400, actual.mean()))
    assert (found.cause, found.status, found.ranks_better) == (
        "as_good_as_naive",
        "adds_nothing",
        "not distinguishable",
    )
    assert found.closest == "same_as_before"


def test_a_better_order_is_left_where_amounts_gain_nothing(spent):
    """A guess with another order, and by luck of its errors as close: half a tie of model and outcome."""
    mean, actual = spent
    blurred = np.random.default_rng(4).permutation(actual)
    twin = judged(actual, mean, blurred, np.full(400, actual.mean()), past_times_trend=mean)
    assert (twin.cause, twin.status, twin.closest) == ("as_good_as_naive", "ranking_only", "past_times_trend")
    assert (
        lifetime.advice(twin)
        .split(".")[0]
        .endswith("past spend times its trend by {holdout_spend_mae_past_times_trend}")
    )
    assert "against past spend times its trend the difference may be chance." in lifetime.advice(twin)


def test_a_total_off_and_no_better_order_leave_nothing(spent):
    mean, actual = spent
    same = mean * 1.5
    found = judged(actual, mean * 1.2, same, np.full(400, actual.mean()), total_error=0.2)
    assert (found.cause, found.ranks_better) == ("total_off", "not distinguishable")
    assert (found.status, lifetime.standing(found)) == ("adds_nothing", "no better than a guess")
    assert lifetime.advice(found).startswith("Lifetime values are {clv_verdict} in total and in order: over the months")
    assert (found.closest, found.closest_total) == ("same_as_before", "everyone_equal")
    assert "that of the mean of all customers by {holdout_spend_naive_total_error}" in lifetime.advice(found)
    assert lifetime.GUESS_NAMES[found.rival] == "the mean of all customers"


def test_months_in_which_nobody_spent_test_nothing(spent):
    mean, _ = spent
    found = judged(np.zeros(400), mean, mean * 2, np.full(400, mean.mean()))
    assert (found.cause, found.status, lifetime.order(found)) == ("untested", "not_usable", None)


def test_worse_than_a_guess_or_without_order_is_not_usable(spent):
    mean, actual = spent
    assert judged(actual, mean * 5, mean, np.full(400, actual.mean())).cause == "worse_than_naive"
    shuffled = np.random.default_rng(5).permutation(mean)
    found = judged(actual, shuffled, shuffled * 3, shuffled * 4)
    assert (found.cause, found.status, found.good) == ("no_order", "not_usable", False)


def test_nobody_returning_counts_by_the_total_where_most_buy_nothing():
    """A forecast of every customer's true mean loses to nothing at all by absolute error, and is right in total."""
    rng = np.random.default_rng(8)
    mean = rng.uniform(1.0, 9.0, 3000)
    actual = np.where(rng.random(3000) < 0.02 * mean, 50.0, 0.0)
    found = judged(actual, mean, mean * 3, mean * 4)
    words = {one.guess: (one.error, one.total) for one in found.contests}
    assert words["nobody_returns"] == ("worse", "better")
    assert found.cause == "beats_naive"
    assert "; nobody returning was closer per customer, but misses the whole total." in lifetime.advice(found)
    off = judged(actual, mean * 2.1, mean * 6, mean * 8, total_error=1.1)
    assert {one.guess: one.total for one in off.contests}["nobody_returns"] != "better"
    assert off.cause == "worse_than_naive"
    assert "per customer, and the total of the model is no closer beyond chance." in lifetime.advice(off)


GUESSES = ("same_as_before", "everyone_equal", "nobody_returns")


def test_who_is_beaten_is_listed_in_words():
    def said(*words):
        contests = tuple(assessment.Contest(*one, "better") for one in zip(GUESSES, words, strict=True))
        return lifetime.advice(assessment.Usability("as_good_as_naive", "better", contests))

    level = "not distinguishable"
    assert "it beats past spend going on, the mean of all customers and nobody returning." in said(*["better"] * 3)
    assert "it beats no guess; against past spend going on and the mean" in said(level, level, level)
    assert "it beats nobody returning; past spend going on and the mean of all customers were closer." in said(
        "worse", "worse", "better"
    )


def test_histories_gather_customers_alike(donors):
    rows = donors.rename(columns={"donors": "customers"})
    gathered = assessment.gather_histories(rows)
    assert gathered["customers"].sum() == 11_104
    assert len(gathered) == 22
    each = rows.loc[rows.index.repeat(rows["customers"])].drop(columns="customers")
    pd.testing.assert_frame_equal(assessment.gather_histories(each), gathered)
    with pytest.raises(InputError, match="holds no customers"):
        assessment.gather_histories(rows.assign(customers=0))


@pytest.fixture(scope="module")
def bg_bb():
    return BGBB.from_parameters(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)


def test_fhs_figure_4_fit_of_the_donors(bg_bb, donors):
    fit = assessment.occasion_counts(bg_bb, donors.rename(columns={"donors": "customers"}))
    assert fit.counts["actual"].iloc[[0, 6]].tolist() == [3464, 1203]
    assert fit.counts["expected"].iloc[[0, 6]].tolist() == pytest.approx([3454.9, 1253.1], abs=1)
    assert fit.counts["expected"].sum() == pytest.approx(11_104)
    assert fit.degrees_of_freedom == 2


def test_customers_observed_for_fewer_occasions_expect_fewer(bg_bb):
    rows = pd.DataFrame({"frequency": [2, 5], "last_occasion": [2, 6], "occasions": [2, 6], "customers": [10, 10]})
    expected = assessment.occasion_counts(bg_bb, rows).counts["expected"]
    assert expected.iloc[3:].sum() == pytest.approx(10 * bg_bb.repeat_purchase_probabilities(6, 6)[3:].sum())
    few = assessment.occasion_counts(bg_bb, rows.head(1))
    assert np.isnan(few.p_value)


def test_fhs_outlook_of_donors(bg_bb, donors):
    outlook = assessment.occasion_outlook(bg_bb, assessment.gather_histories(donors), 5).set_index(
        ["frequency", "last_occasion"]
    )
    assert outlook.loc[(6, 6), "expected_purchases"] == pytest.approx(3.75, abs=0.005)
    assert outlook.loc[(0, 0), "expected_purchases"] == pytest.approx(0.07, abs=0.005)
    assert outlook.loc[(6, 6), "same_as_before"] == 5
    assert outlook.loc[(6, 6), "probability_alive"] == pytest.approx(0.93, abs=0.005)


def test_the_outlook_summed_up_over_donors(bg_bb, donors):
    histories = assessment.gather_histories(donors.rename(columns={"donors": "customers"}))
    outlook = assessment.occasion_outlook(bg_bb, histories, 5)
    found = assessment.sum_up_outlook(outlook)
    assert found.purchases == pytest.approx((outlook["expected_purchases"] * outlook["customers"]).sum())
    assert found.naive > found.purchases
    assert found.alive == pytest.approx(found.alive_share * 11_104)
    assert found.best == pytest.approx(3.75, abs=0.005)
    assert found.once == ("0.09", "1.15")
    assert (found.longest["occasions"] == 6).all()
    record = assessment.describe_histories(histories)
    assert (record.occasion_customers, record.occasion_returned_customers) == (11_104, 7_640)
    assert record.occasion_purchases == 24_615


def test_without_two_histories_of_one_purchase_nothing_is_said_of_them(bg_bb):
    never = pd.DataFrame({"frequency": [0], "last_occasion": [0], "occasions": [6], "customers": [9]})
    found = assessment.sum_up_outlook(assessment.occasion_outlook(bg_bb, never, 5))
    assert found.once is None
    assert found.naive == 0


def test_mean_chances_are_those_of_the_beta_distributions(bg_bb):
    buys, leaves = assessment.mean_chances(bg_bb)
    assert buys == pytest.approx(1.204 / (1.204 + 0.750), abs=0.002)
    assert leaves == pytest.approx(0.657 / (0.657 + 2.783), abs=0.002)


def test_one_chance_for_all_is_the_binomial():
    rows = pd.DataFrame({"frequency": [1, 3], "occasions": [4, 4], "customers": [1, 1]})
    found = assessment.fit_one_chance(rows)
    assert found.chance == 0.5
    assert found.log_likelihood == pytest.approx(8 * np.log(0.5))
    sure = assessment.fit_one_chance(rows.assign(frequency=4))
    assert (sure.chance, sure.log_likelihood) == (1.0, 0.0)
