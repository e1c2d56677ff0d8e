"""Charts of silent customers: who is called gone by whose rhythm, and what early warnings find."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import ROW_INCHES, whiskers
from helpers.charts.labels import in_words, percent
from helpers.charts.style import (
    BLUE,
    GREY,
    ORANGE,
    chart,
    finish,
    new_axes,
    percent_ticks,
)

_HEAD = 1.2  # inches for title and horizontal axis


@chart
def draw_gone_by_rhythm(bands: pd.DataFrame, *, fixed_days: int, title: str = "", customers: str = "customers") -> Axes:
    """Draw, by how often customers buy, the share called gone by their own rhythm and by days for everybody.

    Parameters
    ----------
    bands : DataFrame
        From `helpers.value.gone_by_rhythm`, indexed by band: customers, gone_share, silent_share.
    title : str
        The finding.
    fixed_days : int
        Days without a purchase of the fixed rule.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        Two bars for each band, the quickest buyers first.
    """
    _, (axes,) = new_axes(height=1.6 + 2 * ROW_INCHES * len(bands), grid="x")
    rows = np.arange(len(bands))
    pairs = (
        (-0.19, "gone_share", BLUE, "called gone by the own rhythm"),
        (0.19, "silent_share", ORANGE, f"no purchase for more than {fixed_days} days"),
    )
    for shift, column, colour, label in pairs:
        bars = axes.barh(rows + shift, bands[column], 0.36, color=colour, edgecolor=GREY, linewidth=0.4, label=label)
        axes.bar_label(bars, [percent(share) for share in bands[column]], padding=3, fontsize=9)
    axes.set_yticks(rows, [f"{band} ({count:,})" for band, count in bands["customers"].items()])
    axes.set_ylim(len(bands) - 0.5, -0.5)
    axes.set_xlim(0, 1.18 * max(float(bands[["gone_share", "silent_share"]].max().max()), 0.05))
    percent_ticks(axes, which=("x",))
    axes.legend(loc="best", fontsize=9)
    return finish(axes, title=title, x_label=f"Share of the {customers}", y_label="Own expected gap")


@chart
def draw_alarms(table: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw how many of the customers warned of were then lost, one row per way of warning.

    Parameters
    ----------
    table : DataFrame
        From `compare_alarms`.
    title : str
        The finding.

    Returns
    -------
    Axes
        One point with its interval per warning; chance, which is known, stands last without one.
    """
    _, (axes,) = new_axes(height=_HEAD + 1.1 * ROW_INCHES * len(table), grid="x")
    last = len(table) - 1
    figures = table[["precision", "low", "high"]].to_numpy(dtype="float64")
    for row, (share, low, high) in enumerate(figures):
        colour, marker = (GREY, "D") if row == last else (BLUE, "o")
        known = np.isnan(high)
        reach, end = (None, share) if known else (whiskers(share, low, high), high)
        axes.errorbar(share, row, xerr=reach, fmt=marker, color=colour, capsize=3)
        axes.annotate(
            percent(share), (end, row), (6, 0), textcoords="offset points", va="center", fontsize=9, color=colour
        )
    axes.set_yticks(range(len(table)), [in_words(name) for name in table["warning"]])
    axes.set_ylim(last + 0.5, -0.5)
    axes.set_xlim(0, 1.15 * float(np.nanmax(figures)))
    axes.set_xticks([tick for tick in axes.get_xticks() if tick <= min(1.0, axes.get_xlim()[1])])
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Of the customers warned of, share then lost", y_label="")
