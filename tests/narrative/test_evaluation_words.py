"""Words of the chapter on what the work on customers achieved: every verdict has a sentence of the chapter."""

import pandas as pd
import pytest

from helpers.evaluation import GROUPS_APART, HELD_BACK, NOBODY_HELD_BACK, campaign_effects, judge_effect
from helpers.narrative.chapter import chapter_words
from helpers.narrative.evaluation import CONTROL_GROUP, EFFECT_ADVICE

WORDS = chapter_words("50_campaigns")


def pairs(responded: int, responded_of_held_back: int) -> pd.DataFrame:
    """Forty customers contacted by one campaign, and forty held back."""
    answers = [n < responded for n in range(40)] + [n < responded_of_held_back for n in range(40)]
    one = {"customer_id": range(80), "campaign_id": 1, "campaign_type": "mail"}
    return pd.DataFrame({**one, "treated": [True] * 40 + [False] * 40, "responded": answers})


@pytest.mark.parametrize(
    ("responded", "responded_of_held_back", "status", "good", "begins"),
    [
        (30, 10, "raised the response", True, "Contacts raised"),
        (20, 18, "not distinguished from chance", None, "Whether contacts changed anything"),
        (10, 30, "lowered the response", False, "Contacts lowered"),
    ],
)
def test_an_effect_is_judged_by_its_interval_and_put_into_words(
    responded, responded_of_held_back, status, good, begins
):
    effect = campaign_effects(pairs(responded, responded_of_held_back)).iloc[-1]
    verdict = judge_effect(effect)
    assert (verdict.status, verdict.threshold) == (status, 0.0)
    assert verdict.value == (effect["high"] if status == "lowered the response" else effect["low"])
    key, is_good = EFFECT_ADVICE[verdict.status]
    assert is_good is good
    assert WORDS.sentence(key).startswith(begins)


def test_without_a_control_group_the_sentence_claims_no_effect():
    for status in (GROUPS_APART, NOBODY_HELD_BACK):
        assert "no effect is claimed" in WORDS.sentence(CONTROL_GROUP[status])
    assert "no effect" not in WORDS.sentence(CONTROL_GROUP[HELD_BACK])
