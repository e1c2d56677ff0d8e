"""Words of the chapter on how customers differ: when a customer counts as silent, by every rule there is."""

import pytest

from helpers.narrative.chapter import chapter_words
from helpers.narrative.differentiation import phase_basis, phase_finding, shift_reading, silence_in_words
from helpers.narrative.rules import fitting
from helpers.narrative.summary import FACTS
from helpers.value.lifetime.state_rules import FIXED_DAYS, LEARNED, OWN_RHYTHM


@pytest.mark.parametrize("rule", [LEARNED, OWN_RHYTHM])
def test_a_rhythm_names_no_days(rule):
    assert silence_in_words(rule, 90) == "for longer than their own rhythm makes likely"


def test_without_a_rhythm_the_days_are_the_same_for_everybody():
    assert silence_in_words(FIXED_DAYS, 90) == "for more than 90 days, the same for everybody"


@pytest.mark.parametrize("rule", [LEARNED, OWN_RHYTHM, FIXED_DAYS])
@pytest.mark.parametrize("judged", [0, 5])
def test_every_rule_has_its_sentence_on_phases(rule, judged):
    assert "{" in chapter_words("23_life_cycle").sentence(phase_finding(rule, judged)) or not judged


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_every_shift_has_its_sentence(factor):
    assert "{alive_odds_factor}" in chapter_words("23_life_cycle").sentence(shift_reading(factor))


def test_the_summary_names_the_gone_where_they_are_known_and_no_days():
    known = {
        "phase_stability_customer_share": 0.5,
        "phase_growth_customer_share": 0.1,
        "phase_decline_customer_share": 0.1,
        "phase_gone_customer_share": 0.3,
        "phase_basis": phase_basis(costs_known=True),
        "phase_silence_rule": silence_in_words(LEARNED, 90),
    }
    (said,) = fitting(FACTS, "differentiate", known)
    assert "{phase_gone_customer_share} are gone by their own" in said
    unknown = {name: value for name, value in known.items() if name != "phase_gone_customer_share"}
    (said,) = fitting(FACTS, "differentiate", unknown | {"phase_silence_rule": silence_in_words(FIXED_DAYS, 90)})
    assert "or are silent {phase_silence_rule}" in said
