"""What is said of an order of customers by judgement, and of the map of two branches."""

from collections.abc import Mapping
from types import MappingProxyType

from helpers.core.verdicts import REVERSED
from helpers.value.ahp import RankingComparison, SecondAxis

PAST_PURCHASES = "regularity of past purchases"
RANKING_ADVICE: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {
        "better": (
            "Ranking by judgement beats ranking by contribution so far and can be used to choose customers.",
            True,
        ),
        "not distinguishable": (
            "Ranking by judgement is no better than by contribution so far: use it to discuss, not to forecast.",
            None,
        ),
        "worse": (
            "Ranking by judgement forecasts worse than contribution so far. Use the scores to say what is wanted of a "
            "customer, not what a customer will bring.",
            False,
        ),
        REVERSED: (
            "Ranking by judgement turns the order round: those it puts first then brought least. Do not choose "
            "customers by it; ask which judgement points the wrong way.",
            False,
        ),
        "undefined": (
            "Ranking by judgement cannot be compared with contribution so far, which is the same for all.",
            None,
        ),
    }
)
"""By verdict: what to use the judged ranking for, and whether that is good news (None: neither)."""
NOT_TESTED = "The scores say what was judged to matter; whether they forecast anything could not be tested."

_ORDER = {
    "better": "better than",
    "not distinguishable": "no better than",
    "worse": "worse than",
    "undefined": "not to be compared with",
}
_REVERSED_ORDER = "the reverse of what customers then brought, and {}"


def ranking_advice(found: RankingComparison | None) -> tuple[str, bool | None]:
    """Return what to use the judged ranking for, and whether that is good news; None where it could not be tested."""
    return (NOT_TESTED, None) if found is None else RANKING_ADVICE[found.judged.recommendation]


def ranking_order(found: RankingComparison) -> str:
    """Return how judgement orders customers, against contribution so far: "better than", for one."""
    order = _ORDER[found.verdict]
    return _REVERSED_ORDER.format(order) if found.judged.status == REVERSED else order


def second_axis_label(axis: SecondAxis) -> str:
    """Return what the second axis of the map is called: its branch, or what it is where it rests on purchases alone."""
    return PAST_PURCHASES if axis.past_only else axis.branch
