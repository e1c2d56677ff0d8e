"""Words of the chapters on lifetime value: every key that a verdict can ask for has its sentence."""

from typing import get_args

import pytest

from helpers.narrative import lifetime
from helpers.narrative.chapter import chapter_words
from helpers.value.lifetime.assessment.customer_examples import _KINDS
from helpers.value.lifetime.assessment.regularity import Manner
from helpers.value.lifetime.assessment.usability import GUESSES, Cause, Status, Usability

SENTENCES = chapter_words("31_lifetime_value").sentences


@pytest.mark.parametrize("manner", get_args(Manner))
def test_every_manner_of_buying_has_its_words(manner):
    assert f"regularity_{manner}" in SENTENCES
    assert manner in lifetime.MANNERS


def test_every_choice_and_every_reading_of_groups_and_intervals_has_its_sentence():
    choices = [f"chosen_by_{one}" for one in ("request", "earlier_weeks", "months_held_back")]
    keys = [*choices, "groups_as_forecast", "groups_too_low", "groups_differ"]
    assert {*keys, *lifetime.intervals_of_customers(1.0, ("s",))} <= set(SENTENCES)


@pytest.mark.parametrize("cause", get_args(Cause))
@pytest.mark.parametrize("ranks", ["better", "not distinguishable", "worse", "undefined"])
def test_every_verdict_has_its_words(cause, ranks):
    found = Usability(cause, ranks)
    assert lifetime.advice(found).startswith("Lifetime values are {clv_verdict}")
    assert lifetime.STATUS[found.status]
    assert lifetime.standing(found)
    assert (lifetime.order(found) is None) == (cause == "untested")


def test_statuses_guesses_and_examples_are_all_named():
    assert set(lifetime.STATUS) == set(get_args(Status))
    assert set(lifetime.GUESS_NAMES) == set(GUESSES)
    assert set(lifetime.EXAMPLES) == {kind for kind, _ in _KINDS}
