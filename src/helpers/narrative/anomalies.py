"""Words on unusual accounts: the reasons of each, what was not asked, and which list names more planted accounts."""

from collections.abc import Mapping

import pandas as pd

from helpers.core.results import significant
from helpers.evaluation.account_list import HABITS
from helpers.evaluation.anomaly_scores import FOREST_AHEAD, NEITHER, RULES_AHEAD, ListPrecision

LIST_ADVICE: dict[str, tuple[str, bool | None]] = {
    RULES_AHEAD: ("rules_ahead", True),
    FOREST_AHEAD: ("forest_ahead", None),
    NEITHER: ("lists_alike", None),
    "untested": ("list_untested", None),
}
"""By status of the comparison: key of the verdict, and whether it is good news."""

RULE_WORDS = {
    "refunds": "refunds",
    "odd_hours": "hours of orders",
    "price_cuts": "prices below list",
    "larger_orders": "larger orders than before",
}
"""By rule: what it looks at."""

_REASONS = {
    "refunds": "{own} of the orders came back, of peers' orders {usual}",
    "odd_hours": "{own} of the orders at hours when peers hardly order, of peers' orders {usual}",
    "price_cuts": "{own} below list price, peers {usual}",
    "larger_orders": "latest orders {own} times the earlier ones, peers {usual} times",
}
_RATIO = "recent_order_ratio"


def reasons_in_words(listed: pd.DataFrame) -> list[str]:
    """Return for each account of a list why it stands there, the own habit beside the usual one.

    Parameters
    ----------
    listed : DataFrame
        From `helpers.evaluation.account_list`.

    Examples
    --------
    >>> row = {"reasons": "refunds", "returned_order_share": 0.5, "usual_returned_order_share": 0.02}
    >>> reasons_in_words(pd.DataFrame([row]))
    ["50 % of the orders came back, of peers' orders 2.0 %"]
    """
    texts = []
    for row in listed.to_dict("records"):
        parts = []
        for rule in str(row["reasons"]).split(", "):
            habit = HABITS[rule]
            own, usual = (_written(row[name], habit) for name in (habit, f"usual_{habit}"))
            parts.append(_REASONS[rule].format(own=own, usual=usual))
        texts.append("; ".join(parts))
    return texts


def _written(value: float, habit: str) -> str:
    if habit == _RATIO:
        return significant(value, 2)
    return f"{100 * value:.0f} %" if value >= 0.1 else f"{100 * value:.1f} %"


def not_asked_in_words(not_asked: Mapping[str, str]) -> str:
    """Return which rules could not be asked, and why.

    Examples
    --------
    >>> not_asked_in_words({"refunds": "no line takes anything back"})
    'refunds (no line takes anything back)'
    """
    return ", ".join(f"{RULE_WORDS[rule]} ({why})" for rule, why in not_asked.items())


def scored_on(found: ListPrecision) -> str:
    """Return on whom a precision was measured.

    Examples
    --------
    >>> scored_on(ListPrecision(0.7, 0.6, 0.8, 57, 10, 20_000))
    'on average over 10 simulated companies of 20,000 customers'
    """
    if found.companies == 1:
        return "with the accounts of this study"
    return f"on average over {found.companies} simulated companies of {found.customers:,} customers"
