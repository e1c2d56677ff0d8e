"""Words of the chapter on what the work on customers achieved that follow from a verdict: keys of its sentences."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from helpers.evaluation import (
    ALREADY_APART,
    GROUPS_APART,
    HELD_BACK,
    LESS,
    LOWERED,
    MAY_BE_CHANCE,
    MORE,
    NOBODY_HELD_BACK,
    NOT_ALIKE,
    RAISED,
    UNCLEAR,
)

EFFECT_ADVICE: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {RAISED: ("effect_raised", True), UNCLEAR: ("effect_unclear", None), LOWERED: ("effect_lowered", False)}
)
"""What campaigns changed, by the status of their effect, and whether that is good news (None: neither)."""

CONTROL_GROUP: Mapping[str, str] = MappingProxyType(
    {HELD_BACK: "held_back_and_contacted", GROUPS_APART: "never_both", NOBODY_HELD_BACK: "nobody_held_back"}
)
"""What may be concluded, by what the contacts allow."""

QINI: Mapping[int, str] = MappingProxyType({1: "qini_better", 0: "qini_chance", -1: "qini_worse"})
"""What a score is worth, by the side of zero on which the interval of its Qini coefficient lies."""

COMPARISON: Mapping[str, str] = MappingProxyType(
    {
        NOT_ALIKE: "comparison_not_alike",
        ALREADY_APART: "comparison_apart",
        MAY_BE_CHANCE: "comparison_chance",
        MORE: "comparison_more",
        LESS: "comparison_less",
    }
)
"""What a comparison without a control group allows, by its status."""

_RETURN = {
    True: {1: "paid", 0: "paid_unclear", -1: "lost"},
    False: {1: "brought_margin", 0: "brought_unclear", -1: "brought_less"},
}


def return_key(total: "pd.Series[Any]") -> str:
    """Return the sentence on what campaigns brought, from the last row of `campaign_returns`.

    Examples
    --------
    >>> return_key(pd.Series({"low": 10.0, "high": 30.0, "cost": 40.0, "net_low": -30.0, "net_high": -10.0}))
    'lost'
    """
    knows_cost = not pd.isna(total["cost"])
    low, high = ("net_low", "net_high") if knows_cost else ("low", "high")
    return _RETURN[knows_cost][int(total[low] > 0) - int(total[high] < 0)]


def fifths_key(shares: "pd.Series[float]") -> str:
    """Return the sentence on who should have been left alone.

    Parameters
    ----------
    shares : Series
        Share of contacts by the sign of the effect in their fifth: 1, -1, or 0 where it may be chance.

    Examples
    --------
    >>> fifths_key(pd.Series({0: 1.0})), fifths_key(pd.Series({-1: 0.2, 0: 0.8}))
    ('nobody_known', 'some_left_alone')
    """
    if -1 in shares.index:
        return "some_left_alone"
    return "none_left_alone" if 1 in shares.index else "nobody_known"


def segments_key(probability: float, confidence: float) -> str:
    """Return the sentence on whether groups of customers answer to contact alike."""
    return "segments_differ" if probability < 1 - confidence else "segments_alike"
