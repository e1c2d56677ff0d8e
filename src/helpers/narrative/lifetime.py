"""What is said of purchase models and lifetime values: how customers buy, which model, whether amounts may be used.

Verdicts come as data from `helpers.value.lifetime.assessment`. Sentences with results in braces are templates of the
results that notebook 31_lifetime_value names.
"""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from helpers.core.results import enumerated
from helpers.value.lifetime.assessment.earlier_weeks import PAST_TIMES_TREND
from helpers.value.lifetime.assessment.holdout_test import HoldoutJudgement, HoldoutTest
from helpers.value.lifetime.assessment.model_choice import ALL_NAMES, NOBODY_RETURNS
from helpers.value.lifetime.assessment.regularity import Manner
from helpers.value.lifetime.assessment.usability import BETTER, NO_BETTER_ORDER, WORSE, Cause, Status, Usability

SMALLEST_WIDTH = 0.005
"""Width of an interval, over the value itself, that rounds to nothing."""

GUESS_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "same_as_before": "past spend going on",
        PAST_TIMES_TREND: "past spend times its trend",
        "everyone_equal": "the mean of all customers",
        NOBODY_RETURNS: "nobody returning",
    }
)
"""What each guess of spend is called in a sentence."""

MANNERS: Mapping[Manner, str] = MappingProxyType(
    {"random": "at random moments", "habit": "by habit", "bursts": "in bursts", "unknown": "unknown"}
)
"""How customers buy, as the end of a sentence."""

EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "buys_most_often": "buys most often",
        "bought_once": "bought once",
        "fell_silent": "bought often, then fell silent",
        "spends_most": "spends most per purchase",
        "newest_who_returned": "is the newest who bought again",
    }
)
"""Why a customer was picked as an example, as the end of a sentence."""

STATUS: Mapping[Status, str] = MappingProxyType(
    {
        "usable": "usable",
        "ranking_only": "usable for ranking only",
        "adds_nothing": "no better than a guess",
        "not_usable": "not usable",
    }
)
"""What lifetime values are, by their verdict."""

_STANDING: Mapping[Status, str] = MappingProxyType(
    {
        "usable": "to plan with",
        "ranking_only": "good for ranking only",
        "adds_nothing": "no better than a guess",
        "not_usable": "not to be used",
    }
)
_RANKS: Mapping[str, str] = MappingProxyType(
    {
        "better": "better than",
        "not distinguishable": "no better than",
        "worse": "worse than",
        "undefined": "not to be compared with",
    }
)
_TESTED = (
    "Lifetime values are {clv_verdict}: over the months held back the {clv_purchase_model} model missed spend by "
    "{holdout_spend_mae_model} per customer"
)
_NO_COMPARISON: Mapping[Cause, str] = MappingProxyType(
    {
        "no_order": "Lifetime values are {clv_verdict}: they do not even put customers in the order of what they then "
        "spent.",
        "untested": "Lifetime values are {clv_verdict}: they could not be tested on months held back.",
    }
)
_REVERSED = "Lifetime values are {clv_verdict}: they turn the order round, and put first those who then spent least."
_TOTAL = " Its total was off by {holdout_spend_total_error}, that of "
_TOTAL_OF_GUESS = " by {holdout_spend_naive_total_error}."
_NOBODY = {
    True: ", but misses the whole total",
    False: ", and the total of the model is no closer beyond chance",
}
_ORDER = dict(
    zip(
        NO_BETTER_ORDER,
        (
            " What customers spent before puts them in as good an order.",
            " What customers spent before puts them in a better order: rank by that.",
        ),
        strict=True,
    )
)


def advice(usable: Usability) -> str:
    """Say what lifetime values are good for and why, a template of named results."""
    if usable.cause in _NO_COMPARISON:
        return _REVERSED if usable.reversed_order else _NO_COMPARISON[usable.cause]
    missed = f", {GUESS_NAMES[usable.closest]} by {{holdout_spend_mae_{usable.closest}}}."
    total = _TOTAL + GUESS_NAMES[usable.closest_total] + _TOTAL_OF_GUESS
    order = _ORDER.get(usable.ranks_better, "") if usable.status != "not_usable" else ""
    opening = _TESTED
    if usable.status == "adds_nothing" and usable.cause == "total_off":
        opening = opening.replace("{clv_verdict}", "{clv_verdict} in total and in order", 1)
    return opening + missed + _against_guesses(usable) + total + order


def _against_guesses(usable: Usability) -> str:
    """Say which guesses the model beats and which not, and what to think of the guess that nobody returns."""
    by_word: dict[str, list[str]] = {}
    nobody = [one for one in usable.contests if one.guess == NOBODY_RETURNS and one.error != BETTER]
    for one in usable.contests:
        if one not in nobody:
            by_word.setdefault(one.error, []).append(GUESS_NAMES[one.guess])
    beaten, stronger = by_word.pop(BETTER, []), by_word.pop(WORSE, [])
    level = [name for names in by_word.values() for name in names]
    text = f" Beyond chance it beats {enumerated(beaten)}" if beaten else " Beyond chance it beats no guess"
    text += f"; against {enumerated(level)} the difference may be chance" if level else ""
    text += f"; {enumerated(stronger)} {'was' if len(stronger) == 1 else 'were'} closer" if stronger else ""
    for one in nobody:
        text += f"; nobody returning {'was closer' if one.error == WORSE else 'came as close'} per customer"
        text += _NOBODY[one.total == BETTER]
    return text + "."


def standing(usable: Usability) -> str:
    """Say what to think of an amount, to stand right after it."""
    return "not tested and not to be used" if usable.cause == "untested" else _STANDING[usable.status]


def order(usable: Usability) -> str | None:
    """Say how customers are ordered, "better than" past spend does for one; None where nothing was tested."""
    if usable.cause == "untested":
        return None
    against = _RANKS[usable.ranks_better]
    return f"the reverse of what customers then spent, and {against}" if usable.reversed_order else against


def reason(test: HoldoutTest) -> str:
    """Say why the model was taken, as the end of a sentence."""
    if test.chosen_by == "request":
        return "as asked for"
    best = "the best forecast of earlier weeks" if test.chosen_by == "earlier_weeks" else "the best forecast"
    return best if test.chosen_is_closest else f"{best} among those whose parameters the data settle"


def limits(test: HoldoutTest) -> str:
    """Say what limits the fits, a sentence per model; empty where nothing does."""
    by_model = {name: "; ".join(note.what for note in model.notes_) for name, model in test.fitted.items()}
    return " ".join(f"{ALL_NAMES[name]}: {text}." for name, text in by_model.items() if text)


def groups_by_forecast(judged: HoldoutJudgement) -> str:
    """Return the key of what the tenths by forecast mean for planning."""
    if judged.groups["as_forecast"].all():
        return "groups_as_forecast"
    return "groups_too_low" if judged.too_low_groups else "groups_differ"


def intervals_of_customers(width: float, not_identified: tuple[str, ...]) -> list[str]:
    """Return the keys of what is said of the intervals of single customers: how wide they are, where they come from.

    Parameters
    ----------
    width : float
        From `typical_interval_width`; said where it does not round to nothing.
    not_identified : tuple of str
        Parameters the data do not settle, so that the intervals come from resampling.
    """
    return [
        *(["intervals_wide"] if width >= SMALLEST_WIDTH else []),
        *(["intervals_resampled"] if not_identified else []),
    ]


_RATING_LABELS = {"mae": "Mean absolute error, purchases", "earlier_mae": "The same, when chosen", "p_value": "P-value"}


def rating_labels(rating: pd.DataFrame) -> dict[str, str]:
    """Return what the columns of a rating are called; a model asked for by name has no error "when chosen"."""
    return {column: label for column, label in _RATING_LABELS.items() if column in rating}
