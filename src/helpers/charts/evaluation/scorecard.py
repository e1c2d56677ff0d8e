"""Charts of the scorecard: places of sellers and sources with what chance allows."""

import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.labels import in_words
from helpers.charts.style import BLUE, GREY, INK, chart, finish, new_axes, percent_ticks

_MOST_ROWS = 25


@chart
def draw_ranked_groups(
    ranked: pd.DataFrame,
    *,
    group: str,
    title: str = "",
    counted: str = "closed",
    cases: str = "leads closed",
    share: str = "Share of closed leads won",
) -> Axes:
    """Draw the shrunken share of each group with its interval, the share as observed, and the places it may have.

    Parameters
    ----------
    ranked : DataFrame
        From `rank_groups` or `rank_ratios`; of more than 25 groups the first ones are drawn.
    group : str
        What a group is, for the axis.
    title : str
        The finding.
    counted : str
        Column with the size of the groups.
    cases, share : str
        What the size counts, and what the share is, for the axes.

    Returns
    -------
    Axes
        One row per group, the best on top.
    """
    shown = ranked.head(_MOST_ROWS)
    _, (axes,) = new_axes(grid="x", height=1.6 + 0.3 * len(shown))
    columns = [shown[name].tolist() for name in ("share", "shrunken", "low", "high", "best_place", "worst_place")]
    for row, (seen, value, low, high, best, worst) in enumerate(zip(*columns, strict=True)):
        axes.errorbar(value, row, xerr=whiskers(value, low, high), fmt="o", color=BLUE, capsize=2.5, elinewidth=1.4)
        axes.plot(seen, row, "o", color=GREY, markerfacecolor="white", zorder=1)
        place = f"{best}" if best == worst else f"{best} to {worst}"
        axes.annotate(place, (1, row), (6, 0), ("axes fraction", "data"), "offset points", va="center", color=INK)
    names = [f"{in_words(str(name))} ({size:,})" for name, size in zip(shown["group"], shown[counted], strict=True)]
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(len(names) - 0.5, -0.5)
    percent_ticks(axes, which="x")
    return finish(axes, title=title, x_label=f"{share}; right: place", y_label=f"{group} ({cases})")
