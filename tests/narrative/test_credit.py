"""Sentences of the chapters on credit: each status has its advice, and a wide interval its explanation."""

import numpy as np
import pandas as pd
import pytest

from helpers.core.verdicts import Verdict
from helpers.narrative.chapter import chapter_words
from helpers.narrative.credit import (
    NO_INTERVAL,
    SCORE_ADVICE,
    TERMS_ASSUMED,
    advise_on_grades,
    advise_on_score,
    bad_year,
    explain_loss_classes,
    explain_loss_lines,
    find_limit,
)
from helpers.value.churn.assessment import NOT_USABLE, RANKING_ONLY, USABLE
from helpers.value.credit import CHANGES_NOTHING, ExpectedLoss, GradeCheck

NEARLY_ALWAYS = "Nearly always less is lost than is expected, and now and then much more."


def expected_loss(high: list[float]) -> ExpectedLoss:
    classes = pd.Index(["A", "B", "in default"], name="risk_class")
    by_class = pd.DataFrame({"expected_loss": [10.0, 10.0, 10.0], "high": high}, index=classes)
    return ExpectedLoss(pd.DataFrame(), by_class, 30.0, 0.0, 60.0, 50.0, 0.95)


def test_an_expectation_above_its_interval_is_explained():
    found = expected_loss([0.0, 20.0, 5.0])
    for text in (explain_loss_lines(found), explain_loss_classes(found)):
        assert NEARLY_ALWAYS in text
        assert text.endswith(NO_INTERVAL)


def test_a_usual_loss_needs_no_explanation_but_of_the_grades():
    usual = expected_loss([20.0, 20.0, 20.0])
    for text in (explain_loss_lines(usual), explain_loss_classes(usual)):
        assert NEARLY_ALWAYS not in text
        assert text.endswith(NO_INTERVAL)


def test_a_bad_year_is_named_by_its_chance():
    assert bad_year(0.95) == "exceeded with a chance of 5.0 %"


@pytest.mark.parametrize(
    ("gain_low", "key", "good"), [(0.01, "grades_foretell", True), (-0.01, "grades_foretell_nothing", False)]
)
def test_grades_are_relied_on_only_where_they_beat_one_rate_for_all(gain_low, key, good):
    check = GradeCheck(100, 5, 0.04, 0.05, 0.01, gain_low, 0.02, np.nan)
    assert advise_on_grades(check) == (key, good)
    assert key in chapter_words("35_credit").sentences


def test_grades_without_a_second_year_are_untested():
    assert advise_on_grades(None) == ("grades_untested", None)


def test_only_a_usable_score_is_good_news():
    assert set(SCORE_ADVICE) == {USABLE, CHANGES_NOTHING, TERMS_ASSUMED, RANKING_ONLY, NOT_USABLE}
    assert {status for status, (_, good) in SCORE_ADVICE.items() if good} == {USABLE}
    assert {status for status, (text, _) in SCORE_ADVICE.items() if "probabilities hold" in text} == {USABLE}


def of_status(status: str) -> Verdict:
    return Verdict("the score", 0.0, 0.0, status, status)


def test_a_score_is_not_said_to_bring_nothing_before_the_terms_of_a_loan_are_stated():
    changes_nothing = of_status(CHANGES_NOTHING)
    assert advise_on_score(changes_nothing, terms_assumed=False) == SCORE_ADVICE[CHANGES_NOTHING]
    assert advise_on_score(changes_nothing, terms_assumed=True) == SCORE_ADVICE[TERMS_ASSUMED]
    assert advise_on_score(of_status(USABLE), terms_assumed=True) == SCORE_ADVICE[USABLE]


@pytest.mark.parametrize(
    ("status", "key"),
    [
        (USABLE, "loan_pays_up_to"),
        (CHANGES_NOTHING, "no_more_than_all"),
        (RANKING_ONLY, "no_limit"),
        (NOT_USABLE, "no_limit"),
    ],
)
def test_only_a_usable_score_sets_a_limit_for_a_loan(status, key):
    assert find_limit(of_status(status)) == key
    assert key in chapter_words("39_credit_applicants").sentences
