"""Chart of the layers from relationship through experience to engagement."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.labels import in_words, percent
from helpers.charts.style import BLUE, GREEN, INK, ORANGE, chart, finish, new_axes, percent_ticks

_COLOURS = (BLUE, GREEN, ORANGE)
_MARKS = ("o", "s", "D")


@chart
def draw_layers(table: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the share of customers who show each sign, layer by layer, with intervals.

    Parameters
    ----------
    table : DataFrame
        From `layer_shares`; signs without a share are left out.
    title : str
        The finding.
    """
    rows = table.dropna(subset=["share"])
    _, (axes,) = new_axes(grid="x", height=1.3 + 0.4 * max(len(rows), 1))
    place = np.arange(len(rows))
    for number, (layer, part) in enumerate(rows.assign(place=place).groupby("layer", sort=False)):
        share, low, high = (part[name].to_numpy(dtype=float) for name in ("share", "low", "high"))
        reach, mark, colour = whiskers(share, low, high), _MARKS[number % 3], _COLOURS[number % 3]
        axes.errorbar(share, part["place"], xerr=reach, capsize=2.5, fmt=mark, color=colour, label=in_words(layer))
        for at, value, end in zip(part["place"], share, high, strict=True):
            axes.annotate(percent(value), (end, at), (6, 0), textcoords="offset points", va="center", color=INK)
    axes.set_yticks(place, [in_words(sign) for sign in rows["sign"]], fontsize=9)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(-0.02, 1.1)
    percent_ticks(axes, which=("x",))
    axes.legend(loc="lower right", fontsize=8.5)
    return finish(axes, title=title, x_label="Customers who bought in the period, share with interval", y_label="Sign")
