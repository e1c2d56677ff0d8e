"""Chart of what campaigns changed: the difference between customers contacted and customers held back."""

import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.labels import in_words
from helpers.charts.style import BLUE, INK, chart, finish, new_axes
from helpers.evaluation.campaigns import ALL


@chart
def draw_campaign_effects(effects: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the effect of each campaign and of all with its interval, and a line where there is none.

    Parameters
    ----------
    effects : DataFrame
        From `campaign_effects`.
    title : str
        The finding.

    Returns
    -------
    Axes
        With one row per campaign, in points of per cent; "all" stands last.
    """
    _, (axes,) = new_axes(grid="x", height=1.3 + 0.42 * len(effects))
    columns = [effects[name].tolist() for name in ("campaign_id", "effect", "low", "high", "treated", "held_back")]
    names = []
    for row, (campaign, effect, low, high, treated, held_back) in enumerate(zip(*columns, strict=True)):
        last = campaign == ALL and row == len(effects) - 1
        value, begin, end = 100 * effect, 100 * low, 100 * high
        axes.errorbar(
            value, row, xerr=whiskers(value, begin, end), fmt="D" if last else "o", color=INK if last else BLUE,
            capsize=2.5, elinewidth=1.4,
        )  # fmt: skip
        axes.annotate(
            f"{value:+.1f}".replace("-", "−"), (end, row), (6, 0), textcoords="offset points", va="center", color=INK
        )
        names.append(f"{in_words(campaign)}\n{treated:,} and {held_back:,}")
    axes.axvline(0, color=INK, linewidth=1)
    axes.margins(x=0.12)
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(len(names) - 0.5, -0.5)
    label = "Share who responded, contacted less held back, in points, with interval"
    return finish(axes, title=title, x_label=label, y_label="Campaign (contacted and held back)")
