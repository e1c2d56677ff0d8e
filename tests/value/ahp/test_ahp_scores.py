"""Scores of customers, the map, sensitivity, rank reversal and learned weights."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.narrative.ahp import NOT_TESTED, ranking_advice, ranking_order, second_axis_label
from helpers.value import ahp
from helpers.value.ahp.scoring import rank_scores, rescale

BETTER = ahp.BETTER
BRANCHES = ("current_value", "potential_value")


@pytest.fixture(scope="module")
def weights():
    return ahp.weigh_hierarchy(ahp.find_hierarchy("customer_value"))


@pytest.fixture(scope="module")
def indicators():
    rng = np.random.default_rng(8)
    index = pd.Index([f"c{number:03}" for number in range(300)], name="customer_id")
    return pd.DataFrame({name: rng.gamma(1.2, 10.0, 300) for name in ahp.INDICATORS}, index=index)


@pytest.fixture(scope="module")
def scored(indicators, weights):
    return ahp.score_customers(indicators, weights, BETTER, reasons={})


def test_value_is_the_weighted_sum_of_z_values_and_of_the_branches(indicators, weights, scored):
    first = indicators.iloc[0]
    expected = sum(
        weights.composite[name]
        * (-1 if BETTER[name] == "low" else 1)
        * (first[name] - indicators[name].mean())
        / indicators[name].std(ddof=0)
        for name in indicators
    )
    assert scored.scores["value"].iloc[0] == pytest.approx(expected)
    assert (scored.scores[list(BRANCHES)].sum(axis=1) - scored.scores["value"]).abs().max() < 1e-12
    assert scored.standardised.mean().abs().max() < 1e-12
    assert scored.standardised.std(ddof=0).tolist() == pytest.approx([1.0] * 12)
    assert scored.left_out.empty


def test_what_the_scores_rest_on_is_named(indicators, weights, scored):
    named = {one.name: one.value for one in scored.named_results()}
    assert named["ahp_scored_customers"] == 300
    assert (named["ahp_indicators_used"], named["ahp_left_out_weight"]) == (12, 0.0)
    fewer = ahp.score_customers(indicators.drop(columns="days_late"), weights, BETTER, reasons={})
    named = {one.name: one.value for one in fewer.named_results()}
    assert named["ahp_left_out_weight"] == pytest.approx(weights.composite["days_late"])


def test_weights_and_ratios_are_named(weights):
    named = {one.name: one for one in weights.named_results()}
    assert named["ahp_weight_contribution"].value == pytest.approx(weights.composite["contribution"])
    assert weights.heaviest == "contribution"
    assert named["ahp_highest_weight"].value == pytest.approx(weights.composite.max())
    assert named["ahp_consistency_ratio_highest"].value == max(
        one.value for name, one in named.items() if name.startswith("ahp_consistency_ratio_") and "overall" not in name
    )
    assert (named["ahp_indicators"].value, named["ahp_judgements_acceptable"].value) == (12, True)


def test_units_do_not_matter(indicators, weights, scored):
    other = ahp.score_customers(indicators * 1000 + 7, weights, BETTER, reasons={})
    pd.testing.assert_frame_equal(other.scores, scored.scores)


def test_more_of_a_good_thing_never_lowers_the_rank(indicators, weights, scored):
    better = indicators.copy()
    better.loc["c100", "days_late"] = 0.0
    after = ahp.score_customers(better, weights, BETTER, reasons={}).scores
    assert after.loc["c100", "rank"] < scored.scores.loc["c100", "rank"]


def test_indicators_that_cannot_be_used_are_left_out_with_their_reason(indicators, weights):
    poor = indicators.drop(columns="service_cost").assign(days_late=np.nan, orders=3.0)
    poor.loc[["c001", "c002"], "overdue_share"] = np.nan
    found = ahp.score_customers(poor, weights, BETTER, reasons={"service_cost": "the study has no service cases"})
    said = found.left_out.set_index("indicator")["reason"].to_dict()
    assert said == {
        "service_cost": "the study has no service cases",
        "orders": "the same for all customers",
        "days_late": "known for no customer",
    }
    assert found.left_out["weight"].tolist() == pytest.approx(weights.composite[list(said)].tolist())
    assert found.weights.composite.sum() == pytest.approx(1)
    assert found.unknown[found.unknown > 0].to_dict() == {"overdue_share": 2}
    assert found.partly_known == 2
    assert (found.standardised.loc[["c001", "c002"], "overdue_share"] == 0).all()


def test_all_faults_of_the_indicators_are_reported_at_once(indicators, weights):
    bad = pd.concat([indicators.head(4), indicators.head(1)]).assign(revenue=[1.0, np.inf, 2.0, 3.0, 4.0])
    with pytest.raises(InputError, match=r"(?s)1 customers stand in more than one row: 'c000'.*revenue is infinite"):
        ahp.score_customers(bad, weights, BETTER, reasons={})
    with pytest.raises(InputError, match="two customers or more"):
        ahp.score_customers(indicators.head(1), weights, BETTER, reasons={})


def test_map_is_cut_at_the_means_and_holds_everybody(scored):
    quadrants = ahp.map_customers(scored.scores, BRANCHES)
    table = ahp.profile_quadrants(scored.scores, quadrants)
    assert list(table.index) == list(ahp.QUADRANTS)
    assert table["customers"].sum() == len(scored.scores)
    above = scored.scores["current_value"] > scored.scores["current_value"].mean()
    assert quadrants[above].str.startswith("high_").all()
    assert quadrants[~above].str.startswith("low_").all()
    assert table.loc["high_high", "mean_value"] > table.loc["low_low", "mean_value"]


def test_map_of_seven_customers_by_hand():
    """Seven made-up customers: high is above the mean, at the mean is low."""
    scores = pd.DataFrame({"now": [3, 1, -3, -1, 2, -2, 0], "later": [2, -1, -2, 1, 3, 0, -3], "value": 0.0})
    found = ahp.map_customers(scores.astype(float), ("now", "later"))
    assert found.tolist() == ["high_high", "high_low", "low_low", "low_high", "high_high", "low_low", "low_low"]
    table = ahp.profile_quadrants(scores.astype(float), found)
    assert table["customers"].tolist() == [2, 1, 1, 3]


def test_map_needs_two_measured_branches(indicators, weights):
    now_only = ["contribution", "revenue", "orders"]
    found = ahp.score_customers(indicators[now_only], weights, BETTER, reasons={})
    with pytest.raises(InputError, match="2 branches, 1 of them measured"):
        ahp.map_customers(found.scores, BRANCHES)
    with pytest.raises(InputError, match="3 branches"):
        ahp.map_customers(found.scores, (*BRANCHES, "third"))


def test_equal_values_share_the_better_rank():
    assert rank_scores(pd.Series([0.3, 0.1 + 0.2, 0.9, -1.0])).tolist() == [2, 2, 1, 4]


def test_scales_that_take_shares_refuse_what_is_not_positive():
    table = pd.DataFrame({"a": [1.0, 3.0], "b": [0.0, 2.0]})
    assert rescale(table[["a"]], "sum")["a"].tolist() == [0.25, 0.75]
    assert rescale(table[["a"]], "largest")["a"].tolist() == pytest.approx([1 / 3, 1])
    with pytest.raises(InputError, match="not positive: 'b'"):
        rescale(table, "sum")


# --- sensitivity ----------------------------------------------------------------------------------------------------
def test_the_judged_weight_keeps_the_order_and_extremes_change_it(scored):
    judged = float(scored.weights.branch_weights("current_value").sum())
    table = ahp.vary_branch_weight(scored.standardised, scored.weights, "current_value", [0.0, judged, 1.0])
    assert table.loc[1, ["rank_correlation", "top_kept"]].tolist() == pytest.approx([1, 1])
    assert bool(table.loc[1, "first_kept"])
    assert (table.loc[[0, 2], "rank_correlation"] < 0.95).all()
    alone = scored.scores["potential_value"].rank()
    expected = float(np.corrcoef(alone, scored.scores["value"].rank())[0, 1])
    assert table.loc[0, "rank_correlation"] == pytest.approx(expected)
    with pytest.raises(InputError, match=r"shares\[1\]: 1.5 is out of range"):
        ahp.vary_branch_weight(scored.standardised, scored.weights, "current_value", [0.5, 1.5])


def test_judgements_moved_by_a_step_move_weights_around_the_judged(scored):
    found = ahp.vary_judgements(scored.standardised, scored.weights, np.random.default_rng(1), draws=400)
    table = found.weights
    assert (table["low"] < table["weight"]).all()
    assert (table["weight"] < table["high"]).all()
    assert 0.5 < found.rank_correlation_low < found.rank_correlation < 1
    assert found.top_often.sum() == pytest.approx(30)
    top = scored.scores["value"].nlargest(30).index
    assert found.top_kept == pytest.approx(found.top_often[top].mean())
    further = ahp.vary_judgements(scored.standardised, scored.weights, np.random.default_rng(1), draws=400, steps=3)
    assert further.rank_correlation < found.rank_correlation
    again = ahp.vary_judgements(scored.standardised, scored.weights, np.random.default_rng(1), draws=400)
    pd.testing.assert_frame_equal(table, again.weights)


def test_a_pair_judged_two_moves_between_one_and_three():
    """The interval of the weights 2:1 is that of 1:1 to 3:1, as one step down and up allow."""
    weights = ahp.weigh_hierarchy(ahp.find_hierarchy("customer_value"))
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.normal(size=(60, 2)), columns=["contribution", "active_months"])
    kept = ahp.keep_indicators(weights, table.columns)
    found = ahp.vary_judgements(table, kept, np.random.default_rng(2), draws=300).weights
    assert found.loc[0, ["low", "weight", "high"]].tolist() == pytest.approx([1 / 2, 2 / 3, 3 / 4])


def test_moved_judgements_stay_on_the_scale(weights):
    table = pd.DataFrame(np.random.default_rng(3).normal(size=(60, 2)), columns=["contribution", "active_months"])
    kept = ahp.keep_indicators(weights, table.columns)
    found = ahp.vary_judgements(table, kept, np.random.default_rng(2), draws=2000, steps=8, share=0.99).weights
    assert found.loc[0, "high"] == pytest.approx(9 / 10)
    assert found.loc[0, "low"] == pytest.approx(1 / 9)  # eight steps below 2 is 1/8


# --- rank reversal --------------------------------------------------------------------------------------------------
def test_leaving_out_an_outlier_reverses_pairs_and_a_middling_customer_hardly_any(scored):
    table = scored.standardised.copy()
    table.loc["c007", "contribution"] = 60.0
    found = ahp.check_rank_reversal(table, scored.weights.composite, leave_out=["c007", "c100"])
    assert found.loc[0, "reversed_pairs"] > 20 * max(found.loc[1, "reversed_pairs"], 1)
    assert found.loc[0, "reversed_share"] == pytest.approx(found.loc[0, "reversed_pairs"] / (299 * 298 / 2))
    assert found.loc[0, "moved"] <= 299
    assert "c007" in ahp.indicator_leaders(table)


def test_reversed_pairs_are_counted_like_by_hand(scored):
    table = scored.standardised.head(12)
    found = ahp.check_rank_reversal(table, scored.weights.composite)
    for row in found.itertuples():
        others = table.drop(index=row.customer)
        before = (rescale(table, "z") @ scored.weights.composite).drop(index=row.customer).to_numpy()
        after = (rescale(others, "z") @ scored.weights.composite).to_numpy()
        signs = np.sign(before[:, None] - before) != np.sign(after[:, None] - after)
        assert row.reversed_pairs == signs.sum() / 2
    assert found["reversed_pairs"].sum() > 0


def test_rank_reversal_needs_known_customers(scored):
    with pytest.raises(InputError, match="'nobody'"):
        ahp.check_rank_reversal(scored.standardised, scored.weights.composite, leave_out=["nobody"])


# --- learned weights ------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def outcome(scored):
    """What customers bring hangs on two indicators, three to one."""
    noise = np.random.default_rng(11).normal(0, 0.5, len(scored.standardised))
    return 100 + 30 * scored.standardised["orders"] + 10 * scored.standardised["days_late"] + noise


def test_weights_that_made_the_outcome_are_learned_back(scored, outcome):
    learned = ahp.learn_weights(scored.standardised, outcome).set_index("indicator")
    assert learned.loc[["orders", "days_late"], "weight"].tolist() == pytest.approx([0.75, 0.25], abs=0.01)
    assert learned["weight"].sum() == pytest.approx(1)
    assert list(learned.columns) == ["weight"]  # no interval was found that holds


def test_learned_scores_come_from_other_customers_only(scored, outcome):
    scores = ahp.score_by_learning(scored.standardised, outcome, np.random.default_rng(1))
    assert np.corrcoef(scores, outcome)[0, 1] > 0.99
    changed = outcome.copy()
    changed["c100"] = -1e6
    after = ahp.score_by_learning(scored.standardised, changed, np.random.default_rng(1))
    assert after["c100"] == pytest.approx(scores["c100"])
    assert (after - scores).abs().max() > 100


def test_rankings_are_judged_by_what_then_happened(scored, outcome):
    outcome = outcome + 30 * scored.standardised["contribution"]
    naive = pd.Series(np.random.default_rng(3).normal(size=300), index=outcome.index)
    holdout = ahp.HoldoutScores(scored, outcome, naive, date(2024, 1, 1))
    found = ahp.compare_rankings(holdout, np.random.default_rng(1), resamples=200)
    estimates = found.errors.set_index("forecast")["estimate"]
    assert list(estimates.index) == ["judged_weights", "contribution_so_far", "equal_weights", "learned_weights"]
    assert estimates["learned_weights"] > estimates["judged_weights"] > estimates["contribution_so_far"]
    assert found.verdict == "better"
    advice, good = ranking_advice(found)
    assert "can be used to choose customers" in advice
    assert (ranking_order(found), good) == ("better than", True)
    named = {one.name: one for one in found.named_results()}
    assert named["ahp_holdout_correlation_judged_weights"].value == pytest.approx(estimates["judged_weights"])
    assert named["ahp_holdout_correlation_judged_weights"].low < estimates["judged_weights"]
    assert named["ahp_holdout_verdict"].value == "better"
    even = replace(found, verdict="not distinguishable")
    assert (ranking_order(even), ranking_advice(even)[1]) == ("no better than", None)
    assert ranking_advice(replace(found, verdict="worse"))[1] is False
    assert ranking_advice(None) == (NOT_TESTED, None)
    against = found.differences.set_index("naive")["verdict"]
    assert against["learned_weights"] == "worse"
    value = pd.Series(scored.scores["value"].rank().to_numpy())
    expected = float(np.corrcoef(value, outcome.rank().to_numpy())[0, 1])
    assert estimates["judged_weights"] == pytest.approx(expected)


def test_learning_needs_customers_values_and_a_signal(scored, outcome):
    with pytest.raises(InputError, match=r"50 customers, 0 of them without(?s:.)*120"):
        ahp.learn_weights(scored.standardised.head(50), outcome)
    with pytest.raises(InputError, match="10 of them without a value"):
        ahp.learn_weights(scored.standardised, outcome.iloc[10:])
    one = scored.standardised[["orders"]]
    with pytest.raises(InputError, match="no indicator goes with"):
        ahp.learn_weights(one, -one["orders"])


def test_an_order_of_minus_44_is_reversed_and_not_no_better(scored, outcome):
    """A rank correlation of -.44 (-.62 to -.21), no different from that of contribution so far."""
    naive = pd.Series(np.random.default_rng(3).normal(size=300), index=outcome.index)
    holdout = ahp.HoldoutScores(scored, outcome, naive, date(2024, 1, 1))
    found = ahp.compare_rankings(holdout, np.random.default_rng(1), resamples=200)
    errors = found.errors.set_index("forecast")
    errors.loc["judged_weights", ["estimate", "low", "high"]] = [-0.44, -0.62, -0.21]
    turned = replace(found, errors=errors.reset_index(), verdict="not distinguishable")
    assert (turned.judged.status, ranking_advice(turned)[1]) == ("reversed", False)
    assert turned.judged.value == pytest.approx(-0.44)
    assert "turns the order round" in ranking_advice(turned)[0]
    assert ranking_order(turned) == "the reverse of what customers then brought, and no better than"
    assert {one.name: one.value for one in turned.named_results()}["ahp_holdout_verdict"] == "reversed"


def test_a_branch_that_rests_on_purchases_alone_is_not_called_potential(weights, indicators):
    """Without invoices and payments, potential value is months with an order and days since the last one."""
    settings = {"better": BETTER, "reasons": {}}
    credit = ["paid_in_time_share", "days_late", "overdue_share"]
    past = ahp.judge_second_axis(ahp.score_customers(indicators.drop(columns=credit), weights, **settings), BRANCHES)
    assert past.past_only
    assert second_axis_label(past) == "regularity of past purchases"
    whole = ahp.judge_second_axis(ahp.score_customers(indicators, weights, **settings), BRANCHES)
    assert (whole.past_only, second_axis_label(whole)) == (False, "potential_value")


def test_the_summary_holds_every_part_with_the_consistency_of_its_criterion(weights):
    table = weights.summary()
    assert list(table.columns) == ["criterion", "part", "local_weight", "weight", "consistency_ratio"]
    assert table["weight"].sum() == pytest.approx(weights.local["weight"].sum(), abs=1e-3)
    ratios = weights.consistency.set_index("criterion")["consistency_ratio"].round(4).to_dict()
    assert dict(zip(table["criterion"], table["consistency_ratio"], strict=True)) == ratios
