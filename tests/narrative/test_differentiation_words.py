"""Words of the chapter on how customers differ: when a customer counts as silent, by every rule there is."""

import pytest

from helpers.narrative.differentiation import silence_in_words
from helpers.value.lifetime.state_rules import FIXED_DAYS, LEARNED, OWN_RHYTHM


@pytest.mark.parametrize("rule", [LEARNED, OWN_RHYTHM])
def test_a_rhythm_names_no_days(rule):
    assert silence_in_words(rule, 90) == "for longer than their own rhythm makes likely"


def test_without_a_rhythm_the_days_are_the_same_for_everybody():
    assert silence_in_words(FIXED_DAYS, 90) == "for more than 90 days, the same for everybody"
