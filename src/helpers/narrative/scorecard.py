"""Words of the scorecard that follow from its verdicts: keys of its sentences."""

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from helpers.core.results import in_unit
from helpers.evaluation.crm_return import EARNED, LOST, UNCLEAR
from helpers.evaluation.scorecard import BETTER, CHANCE, PROSPECTING, SELLING, SERVICE, UNKNOWN, UPKEEP, WORSE

RETURN_WORDS: Mapping[str, tuple[str, bool | None]] = MappingProxyType(
    {EARNED: ("crm_earned", True), LOST: ("crm_lost", False), UNCLEAR: ("crm_unclear", None)}
)
"""What the return of contacts says, by its status, and whether that is good news (None: neither)."""

ADJUST: Mapping[str, str] = MappingProxyType(
    {
        PROSPECTING: "adjust_prospecting",
        SELLING: "adjust_selling",
        UPKEEP: "adjust_upkeep",
        SERVICE: "adjust_service",
    }
)
"""What to adjust, by the ability that fell."""

STATUSES: Mapping[str, str] = MappingProxyType(
    {BETTER: "better", WORSE: "worse", CHANCE: "unclear", UNKNOWN: "not_compared"}
)
"""Short names of what came of a comparison, for results."""

SURE = 0.9
"""Chance of being the best of its kind, from which a group is named so."""


def what_to_adjust(weighed: pd.DataFrame) -> str:
    """Return the key of what to adjust next: the ability whose indicators that got worse weigh most.

    Parameters
    ----------
    weighed : DataFrame
        From `helpers.evaluation.weigh`.

    Examples
    --------
    >>> what_to_adjust(pd.DataFrame({"ability": ["service"], "status": ["worse"], "weight": [1.0]}))
    'adjust_service'
    >>> what_to_adjust(pd.DataFrame({"ability": ["service"], "status": ["better"], "weight": [1.0]}))
    'adjust_nothing'
    """
    if (weighed["status"] == UNKNOWN).all():
        return "adjust_unknown"
    worse = weighed[weighed["status"] == WORSE].groupby("ability", sort=True)["weight"].sum()
    return ADJUST[str(worse.idxmax())] if len(worse) else "adjust_nothing"


def in_words(weighed: pd.DataFrame) -> pd.DataFrame:
    """Return the table of indicators as a reader sees it: every value in its own unit.

    Parameters
    ----------
    weighed : DataFrame
        From `helpers.evaluation.weigh`.

    Returns
    -------
    DataFrame
        `indicator`, `ability`, `now`, `now_from_to`, `earlier`, `change`, `change_from_to`, `status` (text), `weight`.
    """
    rows = []
    for one in weighed.to_dict("records"):
        unit = str(one["unit"])
        changed = str(one["change_unit"])
        texts = {name: _text(one[name], unit) for name in ("now", "low", "high", "earlier")}
        texts |= {name: _text(one[name], changed) for name in ("change", "change_low", "change_high")}
        rows.append(
            {
                "indicator": one["indicator"],
                "ability": one["ability"],
                "now": texts["now"],
                "now_from_to": _ends(texts["low"], texts["high"]),
                "earlier": texts["earlier"],
                "change": texts["change"],
                "change_from_to": _ends(texts["change_low"], texts["change_high"]),
                "status": one["status"],
                "weight": one["weight"],
            }
        )
    return pd.DataFrame(rows)


def _text(value: float, unit: str) -> str:
    whole = unit == "leads" and not pd.isna(value)
    return "" if pd.isna(value) else in_unit(round(value) if whole else float(value), unit)


def _ends(low: str, high: str) -> str:
    return f"{low} to {high}" if low else ""
