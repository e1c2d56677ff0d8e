"""What is said of a churn model and of the alarm: a sentence for every verdict, with the right bounds."""

from helpers.narrative.churn import PROBABILITY_ADVICE
from helpers.value.backtest.probabilities import NOT_USABLE, RANKING_ONLY, USABLE


def test_every_verdict_on_probabilities_has_its_advice():
    assert [PROBABILITY_ADVICE[verdict][1] for verdict in (USABLE, RANKING_ONLY, NOT_USABLE)] == [True, None, False]
    assert (
        "for customers drawn as in this table" in PROBABILITY_ADVICE[USABLE][0]
    )  # a level holds where it was measured
