"""Applicants: bad input, the reference scores of `credit_data`, reasons that add up, and whom to grant credit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.value import assess_probabilities, forecast_unseen
from helpers.value.credit import (
    DefaultModel,
    LoanTerms,
    choose_granting,
    prepare_applicants,
    risk_bands,
    score_applicants,
    score_verdict,
    usual_learners,
)

DATA = Path(__file__).parents[3] / "data" / "credit" / "applicants.parquet"
# credit_data.cv.ours: area under the curve and Brier score over ten folds; no published figure is known.
REFERENCE = {
    "logistic_regression": (0.8318, 0.1423),
    "gradient_boosting": (0.8406, 0.1393),
    "histogram_boosting": (0.8400, 0.1405),
}
BEST_AUC, BEST_BRIER = 0.8406, 0.1393
TOLERANCE = 0.005


@pytest.fixture(scope="module")
def credit_data():
    return prepare_applicants(pd.read_parquet(DATA).rename(columns={"applicant": "customer_id"}))


def table(rows=80, **more):
    made = {"customer_id": range(rows), "defaulted": [True, False, False, True] * (rows // 4)}
    return pd.DataFrame({**made, "income": np.arange(rows) % 7 * 1.5, **more})


def said(applicants, **how):
    with pytest.raises(InputError) as caught:
        prepare_applicants(applicants, **how)
    return [fault.what for fault in caught.value.faults]


# --- input ----------------------------------------------------------------------------------------------------------
def test_the_study_holds_what_the_source_holds(credit_data):
    assert len(credit_data.columns) == 4454
    assert round(credit_data.defaulted.mean(), 5) == 0.28154
    assert credit_data.decided.all()
    assert credit_data.filled.to_dict() == {"income": 381, "assets": 47, "debt": 18}
    assert not credit_data.columns.isna().any(axis=None)


def test_a_missing_number_takes_the_median_and_says_so():
    made = prepare_applicants(table(income=[None, 10.0, 20.0, 60.0] * 20))
    assert made.columns["income"].iloc[:2].tolist() == [20.0, 10.0]
    assert made.columns["income  known"].iloc[:2].tolist() == ["no", "yes"]


def test_an_attribute_called_like_the_flag_of_a_filled_number_is_learnt_from_too():
    given = ["stated", "proven"] * 40
    made = prepare_applicants(table(income=[None, 10.0, 20.0, 60.0] * 20, income_known=given))
    assert made.columns.columns.is_unique
    assert made.columns["income_known"].tolist() == given
    model = usual_learners(made.columns)["logistic_regression"].fit(made.columns, made.defaulted)
    assert {"texts__income_known_stated"} <= set(model[0].get_feature_names_out())


def test_ids_that_are_missing_and_amounts_in_words_are_reported():
    made = table(amount=["much"] * 79 + ["little"])
    made["customer_id"] = [None, None, 3, 3, *range(4, 80)]
    assert said(made)[:3] == [
        "an applicant listed before: 1 row: 3.0",
        "no customer_id in 2 rows",
        "amount is no number: 'much', 'little'",
    ]


def test_a_missing_text_is_a_level_and_flags_are_texts():
    made = prepare_applicants(table(job=["a", None] * 40, owner=[True, False, False, False] * 20))
    assert made.columns["job"].unique().tolist() == ["a", "not known"]
    assert made.columns["owner"].iloc[0] == "True"


def test_applicants_without_an_outcome_are_kept_for_scoring():
    made = prepare_applicants(table(rows=120).assign(defaulted=[True, False, None] * 40))
    assert made.decided.sum() == 80
    assert not made.defaulted[~made.decided].any()


def test_every_fault_is_reported_at_once():
    bad = table(
        amount=[-5.0, 10.0, 20.0, 30.0] * 20,
        constant="x",
        when=pd.Timestamp("2024-01-01"),
        name=[f"n{number}" for number in range(80)],
        score=[np.inf, *range(79)],
        outcome=["lost", "paid", "paid", "lost"] * 20,
        empty=np.full(80, np.nan),
    )
    bad.loc[3, "customer_id"] = 0
    assert said(bad) == [
        "an applicant listed before: 1 row: 0",
        "a negative amount: 20 rows: 0, 4, 8, 12, 16 and 15 more",
        "column 'constant' is constant: 'x' in all 80 rows",
        "column 'when' holds dates",
        "column 'name' holds 80 different texts: 'n0', 'n1', 'n10' and 77 more",
        "score is infinite: 1 row: 0",
        "column 'outcome' alone tells exactly who defaulted (perfect separation in all 80 rows)",
        "column 'empty' is empty",
    ]


@pytest.mark.parametrize(
    ("applicants", "how", "what"),
    [
        (table().drop(columns="defaulted"), {}, "column 'defaulted' is missing"),
        (table(), {"leave_out": ["incme"]}, "unknown column 'incme'"),
        (table(), {"leave_out": ["income"]}, "no column is left to learn from"),
        (table().assign(defaulted="no"), {}, "defaulted is no flag: 80 rows: 0, 1, 2, 3, 4 and 75 more"),
        (table(rows=40).iloc[:39], {}, "19 applicants defaulted"),
        (table().assign(defaulted=False), {}, "0 applicants defaulted"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(applicants, how, what):
    assert what in said(applicants, **how)


def test_columns_that_tell_all_together_are_refused_by_the_model():
    rng = np.random.default_rng(2)
    columns = pd.DataFrame({"price": rng.normal(size=300), "loan": rng.normal(size=300)})
    with pytest.raises(InputError, match=r"table applicants: the columns .* together tell exactly who defaulted"):
        DefaultModel(learner="lines").fit(columns, columns["price"] > columns["loan"])


# --- reference scores -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "learner",
    ["logistic_regression", "histogram_boosting", pytest.param("gradient_boosting", marks=pytest.mark.slow)],
)
def test_ten_folds_of_credit_data_reach_the_reference(credit_data, learner):
    """`credit_data.cv.ours`: our own earlier computation with the usual learners; none is published."""
    model = usual_learners(credit_data.columns)[learner]
    found = forecast_unseen(model, credit_data.columns, credit_data.defaulted, rng=np.random.default_rng(1))
    auc, brier = REFERENCE[learner]
    assert found.auc == pytest.approx(auc, abs=TOLERANCE)
    assert 2 * found.auc - 1 == pytest.approx(2 * auc - 1, abs=2 * TOLERANCE)
    assert found.brier == pytest.approx(brier, abs=TOLERANCE)


def test_the_additive_score_is_as_good_as_the_best_of_them(credit_data):
    found = forecast_unseen(
        DefaultModel(calibration_folds=2), credit_data.columns, credit_data.defaulted, rng=np.random.default_rng(1)
    )
    assert found.auc > BEST_AUC - TOLERANCE
    assert found.brier < BEST_BRIER + TOLERANCE


def test_usual_learners_take_any_seed(credit_data):
    few = slice(0, 300)
    learner = usual_learners(credit_data.columns, random_state=5_000_000_000)["histogram_boosting"]
    learner.fit(credit_data.columns[few], credit_data.defaulted[few].astype(bool))
    assert learner[-1].random_state == 5_000_000_000 - 2**32


def test_usual_learners_are_not_shown_what_was_missing(credit_data):
    logistic = usual_learners(credit_data.columns)["logistic_regression"]
    logistic.fit(credit_data.columns, credit_data.defaulted)
    names = logistic[0].get_feature_names_out()
    assert not [name for name in names if "  known" in name]
    assert len([name for name in names if name.startswith("numbers")]) == 9


def test_reasons_add_up_to_the_probability(credit_data):
    model = DefaultModel(learner="lines", calibration_folds=2).fit(credit_data.columns, credit_data.defaulted)
    some = credit_data.columns.head(20)
    log_odds = model.contributions(some).sum(axis=1) + model.base_log_odds_
    assert (1 / (1 + np.exp(-log_odds))).to_numpy() == pytest.approx(model.predict_proba(some)[:, 1])


def test_applicants_without_an_outcome_are_scored_by_the_model_of_all(credit_data):
    raw = pd.read_parquet(DATA).rename(columns={"applicant": "customer_id"}).head(600)
    raw["defaulted"] = raw["defaulted"].astype("object").where(raw.index % 3 > 0, None)
    made = prepare_applicants(raw)
    model = DefaultModel(learner="lines", calibration_folds=2).fit(*made.learnt)
    scored = score_applicants(model, made, np.full(400, 0.25))
    assert scored["customer_id"].tolist() == raw["customer_id"].tolist()
    assert (scored["probability"][made.decided] == 0.25).all()
    fresh = scored["probability"][~made.decided]
    assert fresh.to_numpy() == pytest.approx(model.predict_proba(made.columns[~made.decided])[:, 1])
    with pytest.raises(InputError, match="3 probabilities for 400 applicants with a known outcome"):
        score_applicants(model, made, np.zeros(3))


# --- granting -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("margin", "loss", "limit"), [(0.2, 0.6, 0.25), (0.0, 0.5, 0.0), (0.5, 0.5, 0.5)])
def test_break_even(margin, loss, limit):
    assert LoanTerms(margin, loss).break_even == pytest.approx(limit)


def test_terms_must_mean_something():
    with pytest.raises(InputError, match="loss_share: 0 is out of range"):
        LoanTerms(0.1, 0)
    with pytest.raises(InputError, match="margin_share"):
        LoanTerms(-0.1, 0.5)


def test_granting_by_hand():
    defaulted = np.array([False, False, True, True])
    probability = np.array([0.1, 0.25, 0.2, 0.8])
    found = choose_granting(defaulted, probability, LoanTerms(0.2, 0.6), amount=np.array([10.0, 20, 30, 40]), steps=4)
    assert (found.granted, found.defaults_granted, found.granted_share) == (3, 1, 0.75)
    assert found.return_share == pytest.approx((0.2 * 30 - 0.6 * 30) / 100)
    assert found.return_of_all == pytest.approx((0.2 * 30 - 0.6 * 70) / 100)
    assert found.curve["return_share"].tolist() == pytest.approx([0.02, -0.16, -0.12, -0.36])
    assert found.curve["default_share"].tolist() == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert found.low < found.return_share < found.high


def test_break_even_of_calibrated_probabilities_is_the_best_cut():
    rng = np.random.default_rng(4)
    probability = rng.uniform(size=40_000)
    found = choose_granting(rng.random(40_000) < probability, probability, LoanTerms(0.3, 0.6))
    best = found.curve.loc[found.curve["return_share"].idxmax()]
    assert best["threshold"] == pytest.approx(1 / 3, abs=0.03)
    assert found.beats_all


def test_nobody_granted_brings_nothing():
    found = choose_granting(np.array([True, False]), np.array([0.5, 0.4]), LoanTerms(0.0, 0.5))
    assert (found.granted, found.return_share) == (0, 0.0)
    assert np.isnan(found.default_share_granted)


def test_granting_needs_one_probability_and_some_money_each():
    with pytest.raises(InputError, match="1 probabilities and 2 amounts for 2 applicants"):
        choose_granting(np.array([True, False]), np.array([0.5]), LoanTerms(0.1, 0.5))
    with pytest.raises(InputError, match="no money is asked for"):
        choose_granting(np.array([True, False]), np.array([0.5, 0.5]), LoanTerms(0.1, 0.5), amount=np.zeros(2))


def test_bands_spread_all_applicants():
    probability = np.array([0.05, 0.051, 0.3, 0.9])
    found = risk_bands(np.array([False, True, False, True]), probability, edges=[0.05, 0.5])
    assert found["applicants"].tolist() == [1, 2, 1]
    assert found["actual"].tolist() == [0.0, 0.5, 1.0]
    assert found["forecast"].tolist() == pytest.approx([0.05, 0.1755, 0.9])
    assert found["share"].sum() == 1
    # Wilson (1927) for 1 of 2
    assert found.loc["up to 50 %", ["low", "high"]].tolist() == pytest.approx([0.0945, 0.9055], abs=1e-4)


def test_an_empty_band_is_shown_as_empty():
    found = risk_bands(np.array([False]), np.array([0.9]), edges=[0.5])
    assert found["applicants"].tolist() == [0, 1]
    assert np.isnan(found["actual"].iloc[0])


@pytest.mark.parametrize("edges", [[], [0.2, 0.1], [0.0, 0.5], [0.5, 1.0]])
def test_edges_must_rise_between_zero_and_one(edges):
    with pytest.raises(InputError, match="do not rise"):
        risk_bands(np.array([False]), np.array([0.9]), edges=edges)


@pytest.mark.parametrize(
    ("shift", "noise", "terms", "status"),
    [
        (0.0, 0.0, LoanTerms(0.2, 0.6), "usable"),
        (0.0, 0.0, LoanTerms(1.5, 0.6), "changes no decision for the better"),  # all are granted, with and without
        (0.08, 0.0, LoanTerms(0.2, 0.6), "usable for ranking only"),
        (0.0, 1.0, LoanTerms(0.2, 0.6), "not usable"),
    ],
)
def test_the_verdict_says_for_whom_the_probabilities_hold_and_whether_they_change_a_decision(
    shift, noise, terms, status
):
    """Right probabilities hold where defaults are as common as here; raised ones rank; unrelated ones are useless."""
    rng = np.random.default_rng(5)
    chance = rng.uniform(0.05, 0.55, 4_000)
    defaulted = rng.random(4_000) < chance
    score = np.where(noise > 0, rng.uniform(0.05, 0.55, 4_000), chance + shift)
    quality = assess_probabilities(defaulted, score, rng=np.random.default_rng(6), draws=199, confidence=0.99)
    rule = choose_granting(defaulted, score, terms)
    verdict = score_verdict(quality, rule)
    assert verdict.status == status
    assert rule.gain_low <= rule.return_share - rule.return_of_all <= rule.gain_high
