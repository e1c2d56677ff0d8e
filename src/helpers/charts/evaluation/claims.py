"""Chart of claims of the literature beside what data say of them."""

from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.style import GREEN, GREY, INK, VERMILION, chart, finish, new_axes
from helpers.evaluation.claims import FAILS, HOLDS, SILENT

_LEAST, _MOST = -1.0, 3.0  # multiples of the claimed figure that are drawn
_LABEL_CHARACTERS = 36
_STYLES = {HOLDS: (GREEN, "o", GREEN), FAILS: (VERMILION, "s", VERMILION), SILENT: (GREY, "D", "white")}
"""Colour, mark and its filling by status: to be read from the mark alone where colours are not seen."""


@chart
def draw_claims(table: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw what was found of each claim as a multiple of the figure it names; values off the axis at its end.

    Parameters
    ----------
    table : DataFrame
        From `as_table`, with rows that have an estimate; `claim` is shown as it is, in lines.
    title : str
        The finding.

    Returns
    -------
    Axes
        One row per claim; the line stands at the claimed figure.
    """
    shown = table[table["claimed"].notna() & table["found"].notna()]
    labels = [fill(str(claim).replace("_", " "), _LABEL_CHARACTERS) for claim in shown["claim"]]
    inside = max(0.2 * len(shown) + 0.17 * sum(label.count("\n") + 1 for label in labels), 0.9)
    _, (axes,) = new_axes(grid="x", height=1.9 + inside)
    columns = [shown[name].tolist() for name in ("claimed", "found", "low", "high", "status")]
    for row, (claimed, found, low, high, status) in enumerate(zip(*columns, strict=True)):
        ends = sorted(min(max(end / claimed, _LEAST), _MOST) for end in (low, high))
        value = min(max(found / claimed, _LEAST), _MOST)
        colour, mark, filling = _STYLES[status]
        reach = whiskers(value, ends[0], ends[1])
        axes.errorbar(value, row, xerr=reach, fmt=mark, color=colour, markerfacecolor=filling, capsize=2.5)
    for status in (status for status in _STYLES if (shown["status"] == status).any()):
        colour, mark, filling = _STYLES[status]
        axes.plot([], [], mark, color=colour, markerfacecolor=filling, label=status)
    axes.axvline(1, color=INK, linewidth=1)
    axes.set_xlim(_LEAST - 0.1, _MOST + 0.1)
    axes.set_yticks(range(len(shown)), labels, fontsize=9)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    below_label = -0.5 / inside  # inches, as a share of the height of the axes
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, below_label), ncols=len(_STYLES), frameon=False)
    return finish(axes, title=title, x_label="What was found over what is claimed, with interval", y_label="Claim")
