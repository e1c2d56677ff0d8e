"""Published figures beside the suite's own, with the difference that still counts as the same."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.checks import require_columns
from helpers.errors import Fault, InputError, some_of

Ours = Mapping[str, Mapping[str, float]]
"""Figures by entry and item."""

KINDS = ("published", "recomputed", "given", "context")
NEEDED = ("entry", "item", "published", "tolerance", "kind", "measure", "source")


def compare_published(published: pd.DataFrame, ours: Ours) -> pd.DataFrame:
    """Set every published figure beside ours.

    Parameters
    ----------
    published : DataFrame
        Table `published_values`. Its kinds: `published` (printed), `recomputed` (none was printed; computed elsewhere),
        `given` (taken over as an input, so that agreement proves nothing), `context` (not reproduced here).
    ours : mapping of entry to mapping of item to float
        What the suite finds.

    Returns
    -------
    DataFrame
        The rows of `published`, in their order, with `ours` (missing where there is none), `difference` (ours less
        published) and `agrees`: whether its size is at most the tolerance; missing without ours.

    Raises
    ------
    InputError
        When a kind is unknown, or we find an entry or item that is not in the table, so that a misspelt name cannot go
        unchecked.

    Examples
    --------
    >>> table = pd.DataFrame({"entry": ["a"], "item": ["x"], "published": [1.0], "tolerance": [0.1],
    ...     "kind": ["published"], "measure": ["m"], "source": ["s"]})
    >>> compare_published(table, {"a": {"x": 1.05}})["agrees"].tolist()
    [True]
    """
    require_columns(published.columns, NEEDED, where="published_values")
    _refuse_strange(published, ours)
    found = [ours.get(str(entry), {}).get(str(item), np.nan) for entry, item in _keys(published)]
    table = published.reset_index(drop=True).assign(ours=np.array(found, dtype=np.float64))
    table["difference"] = table["ours"] - table["published"]
    # a printed tolerance is decimal; the last bit of a difference must not decide
    within = table["difference"].abs() <= table["tolerance"] + 1e-12
    return table.assign(agrees=within.astype("boolean").mask(table["ours"].isna()))


def summarise_entries(compared: pd.DataFrame) -> pd.DataFrame:
    """Sum up a comparison: one row per entry.

    Parameters
    ----------
    compared : DataFrame
        From `compare_published`.

    Returns
    -------
    DataFrame
        `entry`, `measure`, `kind`, `figures`, `reproduced` (figures that agree), `largest_share` (largest difference
        over its tolerance; missing where nothing was compared or no difference is allowed), `verdict` and `source`.
    """
    rows = []
    for entry, part in compared.groupby("entry", sort=False):
        allowed = part[(part["tolerance"] > 0) & part["ours"].notna()]
        rows.append(
            {
                "entry": entry,
                "measure": part["measure"].iloc[0],
                "kind": part["kind"].iloc[0],
                "figures": len(part),
                "reproduced": int(part["agrees"].fillna(False).sum()),
                "largest_share": float((allowed["difference"].abs() / allowed["tolerance"]).max()),
                "verdict": _verdict(part),
                "source": part["source"].iloc[0],
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class FigureCount:
    """How many figures were worked out anew, and how many of them agree.

    Parameters
    ----------
    checked, reproduced, missing : int
        Printed figures worked out, of those within their tolerance, and printed figures without ours.
    elsewhere, elsewhere_reproduced : int
        Figures never printed but computed elsewhere, and of those within their tolerance.
    differing : tuple of str
        What differs, of any kind.
    """

    checked: int
    reproduced: int
    missing: int
    elsewhere: int
    elsewhere_reproduced: int
    differing: tuple[str, ...]

    @property
    def all_reproduced(self) -> bool:
        """Whether no figure is missing or differs."""
        return not self.differing and not self.missing


def count_figures(compared: pd.DataFrame) -> FigureCount:
    """Count the figures of a comparison, printed ones apart from those computed elsewhere.

    Parameters
    ----------
    compared : DataFrame
        From `compare_published`.

    Returns
    -------
    FigureCount
        Inputs taken over and context are not counted.
    """
    agrees, worked_out = compared["agrees"].fillna(False).astype(bool), compared["ours"].notna()
    printed, elsewhere = compared["kind"] == "published", compared["kind"] == "recomputed"
    differing = compared[worked_out & ~agrees]
    return FigureCount(
        checked=int((printed & worked_out).sum()),
        reproduced=int((printed & agrees).sum()),
        missing=int((printed & ~worked_out).sum()),
        elsewhere=int(elsewhere.sum()),
        elsewhere_reproduced=int((elsewhere & agrees).sum()),
        differing=tuple(f"{row.measure} ({row.item})" for row in differing.itertuples()),
    )


def write_figures(compared: pd.DataFrame) -> pd.DataFrame:
    """Return one row per figure for a reader: both numbers as text, with the digits that were printed.

    Parameters
    ----------
    compared : DataFrame
        From `compare_published`.

    Returns
    -------
    DataFrame
        `measure`, `item`, `published`, `ours`, `tolerance`, `agrees`, `kind`, and `unit` where there is one.
    """
    written = {
        name: pd.Series([f"{value:.7g}" if np.isfinite(value) else None for value in compared[name]], compared.index)
        for name in ("published", "ours")
    }
    columns = ["measure", "item", "published", "ours", "tolerance", "agrees", "kind", "unit"]
    return compared.assign(**written)[[name for name in columns if name in compared]]


def _verdict(part: pd.DataFrame) -> str:
    kind = str(part["kind"].iloc[0])
    if kind == "context":
        return "context only"
    if part["ours"].isna().any():
        return "not worked out here"
    if not part["agrees"].all():
        return "differs"
    return "taken over" if kind == "given" else "reproduced"


def _keys(published: pd.DataFrame) -> list[tuple[object, object]]:
    return list(zip(published["entry"], published["item"], strict=True))


def _refuse_strange(published: pd.DataFrame, ours: Ours) -> None:
    known = {(str(entry), str(item)) for entry, item in _keys(published)}
    strange = [f"{entry} / {item}" for entry, items in ours.items() for item in items if (entry, item) not in known]
    kinds = sorted(set(published["kind"]) - set(KINDS))
    faults = [Fault(f"unknown kind {kind!r}", where="published_values", allowed=", ".join(KINDS)) for kind in kinds]
    if strange:
        faults.append(
            Fault(f"no published figure for {some_of(strange)}", where="published_values", remedy="add a row for each")
        )
    if faults:
        raise InputError(faults)
