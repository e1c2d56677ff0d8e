"""Words of the chapters on interaction: verdicts on offers and lists, why an action stands on a list, care by group."""

import pandas as pd

from helpers.core.intervals import Interval


def offer_verdict(gain: Interval | None) -> tuple[str, bool | None]:
    """Return the key of the verdict on offers chosen by a model, and whether it is good news.

    Parameters
    ----------
    gain : Interval or None
        Of the model over the most popular product; None where it could not be tested.

    Examples
    --------
    >>> offer_verdict(None)
    ('offers_untested', False)
    """
    if gain is None:
        return "offers_untested", False
    if gain.sign > 0:
        return "offers_better", True
    return ("offers_worse", False) if gain.sign < 0 else ("offers_alike", None)


def recommendation_verdict(gain: Interval | None) -> tuple[str, bool | None]:
    """Return the key of the verdict on recommendations, and whether it is good news.

    Parameters
    ----------
    gain : Interval or None
        Recall of the best method, more than by popularity; None where it could not be tested.

    Examples
    --------
    >>> recommendation_verdict(Interval(0.1, 0.05, 0.15, 0.95, ""))
    ('recommendations_better', True)
    """
    if gain is None:
        return "recommendations_untested", False
    return ("recommendations_better", True) if gain.sign > 0 else ("popularity_wins", None)


METHOD_NAMES = {
    "popularity": "popularity",
    "content": "likeness of products",
    "neighbours": "purchases of others",
    "factors": "common tastes",
    "buy_again": "buying again",
}
"""By method of a recommender: what it goes by, in the client's words."""

CARE = {
    "gold": "own contact person, advice and offers made for the customer",
    "silver": "offers that fit what the customer buys",
    "ordinary": "general offers, by the cheapest means",
    "silent": "no care until a win-back pays",
}
"""What each tier is spoken to about."""


def action_reasons(actions: pd.DataFrame, currency: str) -> pd.Series:
    """Return why each action stands on the list, as one phrase.

    Parameters
    ----------
    actions : DataFrame
        `tier`, `gain` (before the cost), `cost`.
    currency : str
        Currency of the study.
    """
    reasons = [
        f"{currency} {gain:,.2f} expected for {cost:,.2f} spent; {tier} customer"
        for gain, cost, tier in zip(actions["gain"], actions["cost"], actions["tier"], strict=True)
    ]
    return pd.Series(reasons, index=actions.index, dtype="object")


WAY_WORDS = {"random": "by lot", "past_spend": "by past spend", "value": "by value alone"}
"""By way to spend a budget: the client's words."""


def comparison_keys(wins: "pd.Series[bool]") -> str:
    """Return the key of the sentence that says what the list beats, of `gains_over`.

    Examples
    --------
    >>> comparison_keys(pd.Series({"random": True, "past_spend": False, "value": False}))
    'list_beats_chance_only'
    """
    if wins.all():
        return "list_wins"
    return "list_beats_chance_only" if wins["random"] else "list_does_not_win"
