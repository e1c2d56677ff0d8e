"""Words of the chapter on claims of the literature: what is claimed, and what these data say of it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from helpers.core.results import NamedResult, ends_in_unit, in_unit
from helpers.evaluation.claims import FAILS, SILENT
from helpers.narrative.chapter import chapter_words

_CHAPTER = "57_claims"


def claims_in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of claims as a reader sees it: the claim in words, values in their units, one line each.

    Parameters
    ----------
    table : DataFrame
        From `helpers.evaluation.as_table`.

    Returns
    -------
    DataFrame
        `claim`, `claimed`, `found`, `from_to`, `cases`, `these_data` (holds, does not, cannot say), `because`.
    """
    words = chapter_words(_CHAPTER).sentences
    rows = []
    for row in table.to_dict("records"):
        one = {str(name): value for name, value in row.items()}
        unit, key = str(one["unit"]), str(one["claim"])
        found = "" if pd.isna(one["found"]) else in_unit(float(one["found"]), unit)
        low, high = (None if pd.isna(one[name]) else float(one[name]) for name in ("low", "high"))
        rows.append(
            {
                "claim": words[f"claim_{key}"],
                "claimed": "above nil" if pd.isna(one["claimed"]) else in_unit(float(one["claimed"]), unit),
                "found": found,
                "from_to": ends_in_unit(NamedResult(key, one["found"], unit, "", low=low, high=high)),
                "cases": f"{int(one['cases']):,}" if one["cases"] else "",
                "these_data": _answer(one),
                "because": _because(one, words[f"needs_{key}"]),
            }
        )
    return pd.DataFrame(rows)


def _answer(one: Mapping[str, Any]) -> str:
    """Return the status, with the side on which the claimed figure was missed."""
    claimed, found = (pd.to_numeric(one[name]) for name in ("claimed", "found"))
    if one["status"] != FAILS or pd.isna(claimed):
        return str(one["status"])
    return f"{FAILS}: more" if found > claimed else f"{FAILS}: less"


def _because(one: Mapping[str, Any], needs: str) -> str:
    if one["status"] != SILENT:
        return ""
    if one["missing"]:
        return str(one["missing"])
    needed = pd.to_numeric(one["needed"])
    return needs if pd.isna(needed) else f"the interval is too wide; about {int(needed):,} cases would decide"
