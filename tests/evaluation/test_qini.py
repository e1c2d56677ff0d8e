"""The Qini coefficient: equal to two public libraries under their own definitions, blind to the order of rows."""

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.evaluation import bootstrap_qini, qini_coefficient, qini_curve

# qini_auc_score of scikit-uplift 0.5.1 and qini_score of causalml 0.18.0 on the customers of `made`.
SCIKIT_UPLIFT_TIED, SCIKIT_UPLIFT_DISTINCT = 0.03048882820229285, 0.038030298611151994
CAUSALML_DISTINCT, CAUSALML_TIED = 0.10445710705689658, (0.07561000150543985, 0.08597841181999673)


def made(n=400):
    """Customers of eleven scores, whose effect rises with the score."""
    rng = np.random.default_rng(12)
    treated = rng.integers(0, 2, n) > 0
    score = np.round(rng.random(n), 1)
    outcome = (rng.random(n) < 0.2 + 0.2 * treated * score).astype(float)
    return score, treated, outcome


def test_scikit_uplift_has_the_same_coefficient_with_and_without_ties():
    score, treated, outcome = made()
    distinct = score + np.arange(400) * 1e-6
    tied = qini_coefficient(score, treated, outcome, definition="scikit-uplift")
    assert tied == pytest.approx(SCIKIT_UPLIFT_TIED, abs=1e-12)
    untied = qini_coefficient(distinct, treated, outcome, definition="scikit-uplift")
    assert untied == pytest.approx(SCIKIT_UPLIFT_DISTINCT, abs=1e-12)


def test_causalml_has_the_same_coefficient_where_no_scores_are_equal():
    score, treated, outcome = made()
    distinct = score + np.arange(400) * 1e-6
    found = qini_coefficient(distinct, treated, outcome, definition="causalml")
    assert found == pytest.approx(CAUSALML_DISTINCT, abs=1e-12)


@pytest.mark.parametrize("definition", ["per contacted customer", "scikit-uplift", "causalml"])
def test_the_order_of_rows_changes_nothing_where_scores_are_equal(definition):
    score, treated, outcome = made()
    order = np.random.default_rng(3).permutation(400)
    one = qini_coefficient(score, treated, outcome, definition=definition)
    other = qini_coefficient(score[order], treated[order], outcome[order], definition=definition)
    assert one == pytest.approx(other, abs=1e-12)


def test_the_definitions_are_one_area_over_different_things():
    score, treated, outcome = made()
    ours = qini_coefficient(score, treated, outcome)
    perfect = qini_coefficient(np.where(treated, outcome, -outcome), treated, outcome)
    assert qini_coefficient(score, treated, outcome, definition="scikit-uplift") == pytest.approx(ours / perfect)
    curve = qini_curve(score, treated, outcome)
    steps = np.diff(curve["targeted"]) * (curve["gain"].to_numpy()[1:] + curve["gain"].to_numpy()[:-1]) / 2
    assert ours == pytest.approx(steps.sum() - curve["gain"].iloc[-1] / 2)
    effect = outcome[treated].mean() - outcome[~treated].mean()
    assert curve["gain"].iloc[-1] == pytest.approx(effect)


def test_an_interval_is_that_of_resamples_taken_one_by_one():
    score, treated, outcome = made()
    found = bootstrap_qini(score, treated, outcome, n_draws=2000, seed=5)
    assert found.coefficient == pytest.approx(qini_coefficient(score, treated, outcome), abs=1e-12)
    rng = np.random.default_rng(9)
    one_by_one = []
    for _ in range(600):
        drawn = rng.integers(0, 400, 400)
        one_by_one.append(qini_coefficient(score[drawn], treated[drawn], outcome[drawn]))
    assert np.std(found.draws) == pytest.approx(np.std(one_by_one), rel=0.1)
    assert found.low == pytest.approx(np.quantile(one_by_one, 0.025), abs=0.006)
    assert found.high == pytest.approx(np.quantile(one_by_one, 0.975), abs=0.006)


def test_customers_with_several_rows_are_drawn_whole():
    score, treated, outcome = made()
    twice = (np.tile(score, 2), np.tile(treated, 2), np.tile(outcome, 2))
    alone = bootstrap_qini(score, treated, outcome, n_draws=1500, seed=1)
    whole = bootstrap_qini(*twice, customers=np.tile(np.arange(400), 2), n_draws=1500, seed=1)
    apart = bootstrap_qini(*twice, n_draws=1500, seed=1)
    assert whole.coefficient == pytest.approx(alone.coefficient)
    assert np.std(whole.draws) == pytest.approx(np.std(alone.draws), rel=0.08)
    assert np.std(apart.draws) < 0.8 * np.std(whole.draws)


def test_a_permuted_outcome_gives_an_interval_that_holds_zero():
    rng = np.random.default_rng(8)
    held = []
    for seed in range(200):
        score, treated, outcome = made(600)
        found = bootstrap_qini(score, treated, rng.permutation(outcome), n_draws=199, seed=seed)
        held.append(found.low <= 0 <= found.high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_money_is_an_outcome_too():
    score, treated, outcome = made()
    spend = outcome * np.random.default_rng(1).gamma(2.0, 20.0, 400)
    found = bootstrap_qini(score, treated, spend, n_draws=200)
    assert found.low < found.coefficient < found.high
    assert found.curve["gain"].iloc[-1] == pytest.approx(spend[treated].mean() - spend[~treated].mean())


def test_what_is_too_little_is_refused_with_the_number_needed():
    score, treated, outcome = made()
    with pytest.raises(InputError, match="all scores are equal"):
        bootstrap_qini(np.ones(400), treated, outcome)
    three = np.zeros(400)
    three[np.flatnonzero(treated)[:3]] = 1
    with pytest.raises(InputError, match=r"(?s)3 of those contacted responded; 25 are needed.*0 of those held back"):
        bootstrap_qini(score, treated, three)
    with pytest.raises(InputError, match="both groups are needed"):
        qini_curve(score, np.ones(400, dtype=bool), outcome)
    with pytest.raises(InputError, match="an outcome is missing"):
        qini_curve(score, treated, np.where(outcome > 0, np.nan, 0.0))
    with pytest.raises(InputError, match="unknown definition"):
        qini_coefficient(score, treated, outcome, definition="gain")
    with pytest.raises(InputError, match="400, 400 and 3 rows"):
        qini_curve(score, treated, outcome[:3])


def test_without_any_effect_a_definition_that_divides_by_it_gives_no_figure():
    curve = np.array([2.0, 1.0, 2.0, 1.0]), np.array([True, True, False, False]), np.array([1.0, 0.0, 1.0, 0.0])
    assert np.isnan(qini_coefficient(*curve, definition="causalml"))
    assert pd.notna(qini_coefficient(*curve))
