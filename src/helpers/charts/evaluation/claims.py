"""Chart of claims of the literature beside what data say of them."""

import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.style import BLUE, GREEN, GREY, INK, VERMILION, chart, finish, new_axes
from helpers.evaluation.claims import FAILS, HOLDS, SILENT

_LEAST, _MOST = -1.0, 3.0  # multiples of the claimed figure that are drawn
_COLOURS = {HOLDS: GREEN, FAILS: VERMILION, SILENT: GREY}


@chart
def draw_claims(table: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw what was found of each claim as a multiple of the figure it names; values off the axis at its end.

    Parameters
    ----------
    table : DataFrame
        From `as_table`, with rows that have an estimate.
    title : str
        The finding.

    Returns
    -------
    Axes
        One row per claim; the line stands at the claimed figure.
    """
    shown = table[table["claimed"].notna() & table["found"].notna()]
    _, (axes,) = new_axes(grid="x", height=1.6 + 0.36 * len(shown))
    columns = [shown[name].tolist() for name in ("claimed", "found", "low", "high", "status")]
    for row, (claimed, found, low, high, status) in enumerate(zip(*columns, strict=True)):
        ends = sorted(min(max(end / claimed, _LEAST), _MOST) for end in (low, high))
        value = min(max(found / claimed, _LEAST), _MOST)
        axes.errorbar(
            value, row, xerr=whiskers(value, ends[0], ends[1]), fmt="o", color=_COLOURS.get(status, BLUE), capsize=2.5
        )
    axes.axvline(1, color=INK, linewidth=1)
    axes.set_xlim(_LEAST - 0.1, _MOST + 0.1)
    axes.set_yticks(range(len(shown)), [str(key).replace("_", " ") for key in shown["claim"]], fontsize=9)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    return finish(axes, title=title, x_label="What was found over what is claimed, with interval", y_label="Claim")
