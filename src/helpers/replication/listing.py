"""A comparison with published figures as tables for a reader: by verdict, by theme, figure by figure."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.replication.classifiers import StandIn
from helpers.replication.comparison import VERDICTS

THEMES = {
    "purchases": ("cdnow.",),
    "value": ("cdnow.gg.", "cdnow.clv."),
    "occasions": ("bgbb.", "sbg."),
    "judgements": ("ahp.",),
    "outcomes": ("telco.", "credit_data.", "whale."),
}
"""How the names of the entries of a theme begin; the longest that fits decides."""
OTHER_THEME = "others"


def tabulate_verdicts(compared: pd.DataFrame) -> pd.DataFrame:
    """Count figures by verdict; each has one, so that the last row is their sum.

    Parameters
    ----------
    compared : DataFrame
        From `compare_published`.

    Returns
    -------
    DataFrame
        `verdict` (the best first, then `all`), `printed`, `computed_elsewhere` and `figures`: both together.
    """
    elsewhere = compared["kind"] == "recomputed"
    verdicts = compared["verdict"].astype(pd.CategoricalDtype(list(VERDICTS[::-1])))
    counts = pd.DataFrame(
        {
            "printed": verdicts[~elsewhere].value_counts(sort=False),
            "computed_elsewhere": verdicts[elsewhere].value_counts(sort=False),
            "figures": verdicts.value_counts(sort=False),
        }
    )
    counts.index = pd.Index(counts.index.astype(str), name="verdict")
    counts.loc["all"] = counts.sum()
    return counts.reset_index()


def split_by_theme(entries: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Split a summary of entries by what they are about.

    Parameters
    ----------
    entries : DataFrame
        From `summarise_entries`.

    Returns
    -------
    dict of str to DataFrame
        Rows by theme, in the order of `THEMES`; entries of no theme stand last, under `others`.

    Examples
    --------
    >>> parts = split_by_theme(pd.DataFrame({"entry": ["ahp.job", "cdnow.gg.ll", "mine", "cdnow.bg.E"]}))
    >>> {theme: part["entry"].tolist() for theme, part in parts.items()}
    {'purchases': ['cdnow.bg.E'], 'value': ['cdnow.gg.ll'], 'judgements': ['ahp.job'], 'others': ['mine']}
    """
    themes = entries["entry"].map(_theme)
    parts = {theme: entries[themes == theme].reset_index(drop=True) for theme in (*THEMES, OTHER_THEME)}
    return {theme: part for theme, part in parts.items() if not part.empty}


def list_not_worked_out(compared: pd.DataFrame, stand_ins: Mapping[str, Mapping[str, StandIn]]) -> pd.DataFrame:
    """List what is not worked out, why, and what the suite has in its place.

    Parameters
    ----------
    compared : DataFrame
        From `compare_published`.
    stand_ins : mapping of entry to mapping of item to StandIn
        As from `stand_in_figures`.

    Returns
    -------
    DataFrame
        `measure`, `item`, `published` (as text, no printed digit lost), `reason`, `stand_in`, `figure_of_stand_in`
        (with four digits; both missing where there is none) and `source`.
    """
    rows = compared[compared["verdict"] == "not worked out"]
    keys = zip(rows["entry"], rows["item"], strict=True)
    found = [stand_ins.get(str(entry), {}).get(str(item)) for entry, item in keys]
    table = rows[["measure", "item", "published", "reason"]].assign(
        published=_digits(rows["published"], 7),
        stand_in=pd.Series([one.what if one else None for one in found], rows.index, dtype="str"),
        figure_of_stand_in=_digits(pd.Series([one.figure if one else np.nan for one in found], rows.index), 4),
        source=rows["source"],
    )
    return table.reset_index(drop=True)


def write_figures(compared: pd.DataFrame) -> pd.DataFrame:
    """Return one row per figure for a reader: numbers as text, so that no digit that was printed is rounded away.

    Parameters
    ----------
    compared : DataFrame
        From `compare_published`.

    Returns
    -------
    DataFrame
        `measure`, `item`, `published`, `ours`, `tolerance` (missing where nothing was compared), `verdict`, `kind`, and
        `unit` where there is one.
    """
    compared = compared.assign(tolerance=compared["tolerance"].where(compared["ours"].notna()))
    written = {name: _digits(compared[name], 7) for name in ("published", "ours", "tolerance")}
    columns = ["measure", "item", "published", "ours", "tolerance", "verdict", "kind", "unit"]
    return compared.assign(**written)[[name for name in columns if name in compared]]


def _digits(values: pd.Series, digits: int) -> pd.Series:
    """Return numbers as text, never as a power of ten; missing ones stay missing."""

    def write(value: float) -> str:
        return np.format_float_positional(value, precision=digits, fractional=False, trim="-")

    return pd.Series([write(value) if np.isfinite(value) else None for value in values], values.index, dtype="str")


def _theme(entry: object) -> str:
    fitting = {start: theme for theme, starts in THEMES.items() for start in starts if str(entry).startswith(start)}
    return fitting[max(fitting, key=len)] if fitting else OTHER_THEME
