"""Words of the chapters on interaction: why an action stands on the list, and what care each tier gets."""

import pandas as pd

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
