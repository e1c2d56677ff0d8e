"""Charts of unusual accounts: how far accounts stray by each rule, and how often lists name the planted ones."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.labels import in_words
from helpers.charts.style import BLUE, GREY, INK, LIGHT, ORANGE, VERMILION, chart, finish, new_axes, percent_ticks
from helpers.evaluation.unusual_accounts import UnusualAccounts

_SHOWN_FROM = 2.0  # a score that one account in fifty reaches by chance
_LANES = 5


@chart
def draw_account_scores(
    found: UnusualAccounts, *, names: Mapping[str, str] = MappingProxyType({}), title: str = ""
) -> Axes:
    """Draw the accounts of each rule that lie far above what is usual, and the limit from which they are unusual.

    Parameters
    ----------
    found : UnusualAccounts
        From `judge_accounts`.
    names : mapping of str to str
        By rule, what it looks at, in the words of the text beside the chart.
    title : str
        The finding.

    Returns
    -------
    Axes
        One row per rule; scores below 2 are not drawn.
    """
    _, (axes,) = new_axes(grid="x", height=1.4 + 0.6 * len(found.rules))
    rows = []
    for row, rule in enumerate(found.rules):
        score = found.frame[rule].dropna().to_numpy(dtype=float)
        shown = np.sort(score[score >= _SHOWN_FROM])
        place = row + 0.09 * (np.arange(len(shown)) % _LANES - _LANES // 2)
        beyond = shown >= found.limit
        for which, colour, size in ((~beyond, GREY, 9), (beyond, VERMILION, 18)):
            axes.scatter(shown[which], place[which], s=size, color=colour, alpha=0.7, linewidths=0)
        rows.append(f"{in_words(names.get(rule, rule))}\n{beyond.sum():,} of {len(score):,}")
    axes.axvline(found.limit, color=INK, linewidth=1, linestyle="--")
    axes.set_yticks(range(len(rows)), rows, fontsize=9)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(left=_SHOWN_FROM - 0.1)
    label = "Score of an account, in standard deviations above usual (dashed: limit)"
    return finish(axes, title=title, x_label=label, y_label="Reason (accounts beyond the limit)")


@chart
def draw_list_precision(scores: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw for each simulated company the share of planted accounts on the list by rules and on that by the forest.

    Parameters
    ----------
    scores : DataFrame
        Standard anomaly_scores: seed, rules_precision, forest_precision.
    title : str
        The finding.
    """
    _, (axes,) = new_axes(grid="x", height=1.5 + 0.28 * len(scores))
    place = np.arange(len(scores))
    rules, forest = (scores[f"{way}_precision"].to_numpy(dtype=float) for way in ("rules", "forest"))
    axes.hlines(place, np.minimum(rules, forest), np.maximum(rules, forest), color=LIGHT, linewidth=3)
    axes.plot(rules, place, "o", color=BLUE, label="Rules")
    axes.plot(forest, place, "D", color=ORANGE, label="Isolation forest")
    axes.set_yticks(place, [str(seed) for seed in scores["seed"]], fontsize=9)
    axes.set_ylim(len(scores) + 0.6, -0.7)
    axes.set_xlim(-0.02, 1.02)
    percent_ticks(axes, which=("x",))
    axes.legend(loc="lower center", ncols=2, fontsize=8.5)
    label = "Share of the first fifty accounts of the list that are fraudulent"
    return finish(axes, title=title, x_label=label, y_label="Simulated company, by its seed")
