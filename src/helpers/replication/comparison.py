"""Published figures beside the suite's own: one verdict for each, with the difference that still counts as the same."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, some_of

Ours = Mapping[str, Mapping[str, float]]
"""Figures by entry and item."""

KINDS = ("published", "recomputed", "given")
VERDICTS = ("not reproduced", "not worked out", "taken over", "reproduced")
"""The worst first: an entry's verdict is the first that one of its figures has."""
NEEDED = ("entry", "item", "published", "tolerance", "kind", "measure", "source")


def compare_published(published: pd.DataFrame, ours: Ours) -> pd.DataFrame:
    """Set every published figure beside ours, and give each exactly one verdict.

    Parameters
    ----------
    published : DataFrame
        Table `published_values`. Its kinds: `published` (printed), `recomputed` (none was printed; computed elsewhere),
        `given` (taken over as an input, so that agreement proves nothing). Its column `reason`, if any, says why a
        figure is not worked out.
    ours : mapping of entry to mapping of item to float
        What the suite finds.

    Returns
    -------
    DataFrame
        The rows of `published`, in their order, with `reason` (empty for what is worked out), `ours` (missing for what
        is not), `difference` (ours less published) and `verdict`: `not worked out` with a reason; else `not reproduced`
        beyond the tolerance; else `taken over` for what was given, and `reproduced` for all others.

    Raises
    ------
    InputError
        All faults at once: an unknown kind; an entry or item of ours that is not in the table, so that a misspelt name
        cannot go unchecked; a figure with both ours and a reason, or with neither.

    Examples
    --------
    >>> table = pd.DataFrame({"entry": ["a"], "item": ["x"], "published": [1.0], "tolerance": [0.1],
    ...     "kind": ["published"], "measure": ["m"], "source": ["s"]})
    >>> compare_published(table, {"a": {"x": 1.05}})["verdict"].tolist()
    ['reproduced']
    """
    require_columns(published.columns, NEEDED, where="published_values")
    found = [ours.get(str(entry), {}).get(str(item), np.nan) for entry, item in _keys(published)]
    reasons = published["reason"].fillna("").astype(str).str.strip() if "reason" in published else ""
    table = published.assign(reason=reasons, ours=np.array(found, dtype=np.float64)).reset_index(drop=True)
    faults = [*_strange(table, ours), *_unexplained(table)]
    if faults:
        raise InputError(faults)
    table["difference"] = table["ours"] - table["published"]
    return table.assign(verdict=_judge(table))


def summarise_entries(compared: pd.DataFrame) -> pd.DataFrame:
    """Sum up a comparison: one row per entry.

    Parameters
    ----------
    compared : DataFrame
        From `compare_published`.

    Returns
    -------
    DataFrame
        `entry`, `measure`, `kind`, `figures`, `reproduced` (figures with that verdict; missing where none could have
        it), `largest_share` (largest difference over its tolerance; missing where nothing was compared or no difference
        is allowed), `verdict` (the worst of the figures', as in `VERDICTS`) and `source`.
    """
    rows = []
    for entry, part in compared.groupby("entry", sort=False):
        allowed = part[(part["tolerance"] > 0) & part["ours"].notna()]
        verdicts = part["verdict"]
        rows.append(
            {
                "entry": entry,
                "measure": part["measure"].iloc[0],
                "kind": part["kind"].iloc[0],
                "figures": len(part),
                "reproduced": int((verdicts == "reproduced").sum()) if _tried(verdicts).any() else pd.NA,
                "largest_share": float((allowed["difference"].abs() / allowed["tolerance"]).max()),
                "verdict": min(verdicts, key=VERDICTS.index),
                "source": part["source"].iloc[0],
            }
        )
    return pd.DataFrame(rows).astype({"reproduced": "Int64"})


@dataclass(frozen=True)
class FigureCount:
    """How many figures were worked out anew, and how many of them agree.

    Parameters
    ----------
    checked, reproduced : int
        Printed figures worked out, and of those within their tolerance.
    elsewhere, elsewhere_reproduced : int
        Figures never printed but computed elsewhere, and of those within their tolerance.
    not_worked_out : int
        Figures without ours, each with a reason.
    differing : tuple of str
        What differs, of any kind.
    """

    checked: int
    reproduced: int
    elsewhere: int
    elsewhere_reproduced: int
    not_worked_out: int
    differing: tuple[str, ...]

    @property
    def all_agree(self) -> bool:
        """Whether no figure that was worked out differs."""
        return not self.differing


def count_figures(compared: pd.DataFrame) -> FigureCount:
    """Count the figures of a comparison, printed ones apart from those computed elsewhere.

    Parameters
    ----------
    compared : DataFrame
        From `compare_published`.

    Returns
    -------
    FigureCount
        Inputs taken over are not counted.
    """
    verdict, tried = compared["verdict"], _tried(compared["verdict"])
    printed, elsewhere = compared["kind"] == "published", compared["kind"] == "recomputed"
    differing = compared[verdict == "not reproduced"]
    return FigureCount(
        checked=int((printed & tried).sum()),
        reproduced=int((printed & (verdict == "reproduced")).sum()),
        elsewhere=int((elsewhere & tried).sum()),
        elsewhere_reproduced=int((elsewhere & (verdict == "reproduced")).sum()),
        not_worked_out=int((verdict == "not worked out").sum()),
        differing=tuple(f"{row.measure} ({row.item})" for row in differing.itertuples()),
    )


def _judge(table: pd.DataFrame) -> pd.Series:
    """Return the one verdict of every figure."""
    # a printed tolerance is decimal; the last bit of a difference must not decide
    agrees = table["difference"].abs() <= table["tolerance"] + 1e-12
    cases = [table["reason"] != "", ~agrees, table["kind"] == "given"]
    verdicts = np.select(cases, ["not worked out", "not reproduced", "taken over"], "reproduced")
    return pd.Series(verdicts, table.index, dtype="str")


def _tried(verdicts: pd.Series) -> pd.Series:
    return verdicts.isin(["reproduced", "not reproduced"])


def _keys(published: pd.DataFrame) -> list[tuple[object, object]]:
    return list(zip(published["entry"], published["item"], strict=True))


def _strange(table: pd.DataFrame, ours: Ours) -> list[Fault]:
    known = {(str(entry), str(item)) for entry, item in _keys(table)}
    strange = [f"{entry} / {item}" for entry, items in ours.items() for item in items if (entry, item) not in known]
    kinds = sorted(set(table["kind"]) - set(KINDS))
    faults = [
        Fault(f"unknown kind {kind!r}", where="published_values", allowed=", ".join(KINDS), remedy="take one of these")
        for kind in kinds
    ]
    if strange:
        what = f"no published figure for {some_of(strange)}"
        faults.append(Fault(what, where="published_values", remedy="add a row for each"))
    return faults


def _unexplained(table: pd.DataFrame) -> list[Fault]:
    """Return the faults of figures that are worked out and excused at once, or neither."""
    names = table["entry"].astype(str) + " / " + table["item"].astype(str)
    worked_out, excused = table["ours"].notna(), table["reason"] != ""
    both, neither = names[worked_out & excused].tolist(), names[~worked_out & ~excused].tolist()
    faults = []
    if both:
        what = f"worked out, and yet with a reason why not: {some_of(both)}"
        faults.append(Fault(what, where="published_values, reason", remedy="leave their reason empty"))
    if neither:
        what = f"neither worked out nor with a reason why not: {some_of(neither)}"
        remedy = "say the reason, or give the item a name that helpers.replication works out"
        faults.append(Fault(what, where="published_values, reason", remedy=remedy))
    return faults
