"""Scores of probabilities: against scikit-learn, against hand-worked cases, and against what chance alone does."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.dummy import DummyClassifier
from sklearn.metrics import brier_score_loss, roc_auc_score

from helpers.core.errors import InputError
from helpers.value import (
    ChurnModel,
    UnseenForecasts,
    assess_probabilities,
    calibration_curve,
    calibration_error,
    choose_learner,
    compare_learners,
    forecast_by_learner,
    forecast_unseen,
    prepare_contracts,
)


@pytest.fixture(scope="module")
def right() -> tuple[np.ndarray, np.ndarray]:
    """Outcomes drawn from the very probabilities that are judged."""
    rng = np.random.default_rng(5)
    probability = rng.beta(1, 3, 4_000)
    return rng.random(4_000) < probability, probability


def judged(ended, probability, **options):
    return assess_probabilities(ended, probability, rng=np.random.default_rng(0), draws=199, **options)


def test_auc_and_brier_agree_with_scikit_learn(right):
    found = judged(*right)
    assert found.auc == pytest.approx(roc_auc_score(*right), abs=1e-12)
    assert found.brier == pytest.approx(brier_score_loss(*right), abs=1e-12)
    tied = np.round(right[1], 1)
    assert judged(right[0], tied).auc == pytest.approx(roc_auc_score(right[0], tied), abs=1e-12)


def test_auc_interval_of_delong_covers_as_a_bootstrap_does(right):
    """DeLong, DeLong and Clarke-Pearson (1988): the standard error agrees with resampling customers."""
    ended, probability = right[0][:500], right[1][:500]
    rng = np.random.default_rng(1)
    drawn = [roc_auc_score(ended[take], probability[take]) for take in (rng.integers(0, 500, 500) for _ in range(400))]
    low, high = judged(ended, probability).auc_interval
    assert (high - low) / (2 * 1.96) == pytest.approx(np.std(drawn), rel=0.1)


def test_delong_worked_by_hand():
    ended, probability = np.array([True, True, False, False]), np.array([0.9, 0.4, 0.5, 0.1])
    found = judged(ended, probability, groups=2)
    # placements of leavers 1 and 1/2, of stayers 1/2 and 1: variance 1/8 each, over two customers each
    assert found.auc == 0.75
    assert found.auc_interval[0] == pytest.approx(0.75 - 1.959964 * np.sqrt(1 / 16 + 1 / 16), abs=1e-6)
    assert found.auc_interval[1] == 1.0


def test_right_probabilities_are_called_calibrated_as_often_as_stated():
    """At a confidence of 90 %, about nine of ten sets of right probabilities pass; 60 sets allow 82 to 98 %."""
    rng = np.random.default_rng(5)
    called = []
    for _ in range(60):
        probability = rng.beta(1, 3, 600)
        ended = rng.random(600) < probability
        called.append(assess_probabilities(ended, probability, rng=rng, draws=99, confidence=0.9).well_calibrated)
    assert 0.82 <= np.mean(called) <= 0.98


def test_right_probabilities_are_better_than_nothing(right):
    found = judged(*right)
    assert found.beats_naive
    assert found.verdict != "not usable"
    assert found.error_if_right < found.error_if_right_at_most < 0.03


def test_exaggerated_probabilities_are_not(right):
    ended, probability = right
    exaggerated = expit(3 * np.log(probability / (1 - probability)))
    found = judged(ended, exaggerated)
    assert not found.well_calibrated
    assert found.verdict == "usable for ranking only"
    assert found.calibration_error > 3 * found.error_if_right_at_most


def test_probabilities_without_information_do_not_beat_the_share_of_all(right):
    ended, probability = right
    shuffled = np.random.default_rng(3).permutation(probability)
    found = judged(ended, shuffled)
    assert not found.beats_naive
    assert found.verdict == "not usable"
    assert found.brier_gain == pytest.approx(found.naive_brier - found.brier, abs=1e-12)


def test_calibration_error_worked_by_hand():
    ended = np.array([True, True, False, False])
    probability = np.array([0.9, 0.7, 0.5, 0.1])
    # first half: 0.8 said, 1 happened; second half: 0.3 said, 0 happened
    assert calibration_error(ended, probability, groups=2) == pytest.approx(0.25)


def test_calibration_curve_counts_every_customer_once(right):
    ended, probability = right
    curve = calibration_curve(ended, probability)
    assert curve["customers"].tolist() == [400] * 10
    assert curve["leavers"].sum() == ended.sum()
    assert curve["captured"].iloc[-1] == 1
    assert curve["forecast"].is_monotonic_decreasing
    assert (curve["lift"] * ended.mean()).to_numpy() == pytest.approx(curve["actual"].to_numpy())
    assert curve["as_forecast"].sum() >= 8
    weighted = (curve["customers"] / 4_000 * (curve["forecast"] - curve["actual"]).abs()).sum()
    assert weighted == pytest.approx(calibration_error(ended, probability), abs=1e-12)


def test_unseen_forecasts_really_are_of_unseen_customers():
    """A learner that gives everyone the share of its own training set gives a fold the share of the other folds."""
    ended = np.repeat([True, False], [30, 70])
    columns = pd.DataFrame({"x": np.arange(100.0)})
    rng = np.random.default_rng(9)
    unseen = forecast_unseen(DummyClassifier(strategy="prior"), columns, ended, folds=5, rng=rng)
    for fold in range(1, 6):
        assert unseen.probability[unseen.fold == fold] == pytest.approx(ended[unseen.fold != fold].mean())
    assert unseen.by_fold["customers"].tolist() == [20] * 5
    assert unseen.auc == 0.5


def test_models_are_ranked_and_the_naive_forecast_stands_last(right):
    ended, probability = right
    columns = pd.DataFrame({"x": probability})
    prior = forecast_unseen(DummyClassifier(), columns, ended, folds=2, rng=np.random.default_rng(1))
    table = compare_learners({"prior": prior}, ended)
    assert table["model"].tolist() == ["prior", "everyone_equal"]
    assert table["brier"].tolist() == pytest.approx([ended.mean() * (1 - ended.mean())] * 2, abs=1e-6)


@pytest.mark.parametrize(
    ("ended", "probability", "message"),
    [
        ([True, False, True], [0.5, 0.5], "2 probabilities for 3 customers"),
        (
            [True, True, False, False],
            [0.5, np.nan, 1.5, -0.1],
            "probability is missing or outside its range in 3 rows: 1, 2",
        ),
        ([True, False, False], [0.5, 0.5, 0.5], "fewer than two customers left"),
    ],
)
def test_impossible_probabilities_are_refused(ended, probability, message):
    with pytest.raises(InputError, match=message):
        assess_probabilities(np.array(ended), np.array(probability), rng=np.random.default_rng(0))


def test_more_folds_than_leavers_are_refused():
    ended = np.repeat([True, False], [4, 90])
    with pytest.raises(InputError, match=r"(?s)folds: 10 is out of range.*\[2..4\]"):
        forecast_unseen(DummyClassifier(), pd.DataFrame({"x": range(94)}), ended, rng=np.random.default_rng(0))


def test_learners_are_tried_on_the_same_parts_and_straight_lines_keep_their_own_probabilities():
    rng = np.random.default_rng(2)
    plan, bill = rng.choice(["monthly", "yearly"], 600), rng.normal(50, 10, 600)
    ended = rng.random(600) < np.where(plan == "monthly", 0.4, 0.1)
    contracts = pd.DataFrame({"customer_id": np.arange(600).astype(str), "plan": plan, "bill": bill, "ended": ended})
    data = prepare_contracts(contracts)
    found = forecast_by_learner(data, folds=3, seed=4)
    assert list(found) == ["straight lines", "curves"]
    lines = ChurnModel("lines", calibration_folds=0)
    again = forecast_unseen(lines, data.columns, data.ended, folds=3, rng=np.random.default_rng(4))
    assert found["straight lines"].probability == pytest.approx(again.probability)
    assert found["curves"].auc > 0.6


def test_the_calibration_of_200_customers_with_four_forecasts_does_not_hang_on_the_order_of_rows():
    """Ties broken by row number gave errors between .0375 and .1175."""
    rng = np.random.default_rng(3)
    probability = np.repeat([0.1, 0.3, 0.5, 0.7], 50)
    ended = rng.random(200) < probability
    orders = [rng.permutation(200) for _ in range(30)]
    errors = {calibration_error(ended[order], probability[order]) for order in orders}
    assert len(errors) == 1
    curves = [calibration_curve(ended[order], probability[order]) for order in orders]
    for curve in curves[1:]:
        pd.testing.assert_frame_equal(curve, curves[0])
    assert curves[0]["captured"].iloc[-1] == pytest.approx(1)


def test_the_plain_learner_is_used_unless_another_is_better_beyond_chance():
    """Calibration goes before the Brier score, and the simpler model wins ties."""
    rng = np.random.default_rng(8)
    chance = rng.uniform(0.05, 0.6, 3_000)
    ended = rng.random(3_000) < chance

    def judged(**forecasts):
        parts = pd.DataFrame({"fold": [1], "customers": [3_000], "auc": [0.7], "brier": [0.2]})
        made = {name: UnseenForecasts(one, np.ones(3_000, dtype=int), parts) for name, one in forecasts.items()}
        return choose_learner(made, ended, rng=np.random.default_rng(1), draws=199, confidence=0.99)

    as_good = np.clip(chance + rng.normal(0, 0.002, 3_000), 0, 1)
    flat = 0.5 * chance + 0.5 * chance.mean()
    half_known = np.where(rng.random(3_000) < 0.5, chance, chance.mean())
    sharper_but_off = np.clip(chance + 0.06, 0, 1)
    assert judged(plain=chance, rich=as_good) == "plain"
    assert judged(plain=half_known, rich=chance) == "rich"
    assert judged(plain=half_known, rich=sharper_but_off) == "plain"
    assert judged(plain=flat, rich=chance) == "rich"
