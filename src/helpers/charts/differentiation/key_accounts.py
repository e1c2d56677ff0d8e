"""Charts of key accounts: where business accounts stand, and how firmly the list holds when weights move."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    SKY,
    VERMILION,
    chart,
    finish,
    new_axes,
    percent_ticks,
)

_COLOURS = {
    "regressing": VERMILION,
    "limited": ORANGE,
    "developing": LIGHT,
    "fair": LIGHT,
    "good": SKY,
    "strong": BLUE,
    "very strong": GREEN,
}
_SHOWN = 3  # times the length of the list


@chart
def draw_accounts(table: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw business accounts by attractiveness and potential, coloured by the relationship; the list is ringed.

    Parameters
    ----------
    table : DataFrame
        Of `helpers.differentiation.KeyAccounts`: attractiveness, potential, state, on_list.
    title : str
        The finding.

    Returns
    -------
    Axes
        One point per account of which both are known.
    """
    _, (axes,) = new_axes(height=4.6, grid="both")
    shown = table.dropna(subset=["attractiveness", "potential"])
    for state, colour in _COLOURS.items():
        part = shown[shown["state"] == state]
        label = f"{state} ({len(part):,})"
        axes.scatter(
            part["attractiveness"], part["potential"], s=20, c=colour, edgecolors=GREY, linewidths=0.3, label=label
        )
    listed = shown[shown["on_list"]]
    axes.scatter(
        listed["attractiveness"], listed["potential"], s=70, facecolors="none", edgecolors=INK, linewidths=1.2,
        label=f"on the list ({len(listed):,})",
    )  # fmt: skip
    axes.set_xlim(-2, 102)
    axes.set_ylim(-2, 105)
    axes.legend(loc="upper right", fontsize=8, title="Relationship", ncols=2)
    return finish(axes, title=title, x_label="Attractiveness, points", y_label="Potential, points")


@chart
def draw_stay_shares(shares: pd.Series, *, title: str = "", count: int) -> Axes:
    """Draw how often each account is on the list when the weights move, by its place.

    Parameters
    ----------
    shares : Series
        From `helpers.differentiation.stay_shares`, the best account first.
    title : str
        The finding.
    count : int
        Accounts on the list.

    Returns
    -------
    Axes
        One bar per place; those beyond the list are pale.
    """
    _, (axes,) = new_axes(height=3.4, grid="y")
    shown = shares.to_numpy(dtype=np.float64)[: _SHOWN * count]
    place = np.arange(1, len(shown) + 1)
    colours = [BLUE if one <= count else LIGHT for one in place]
    axes.bar(place, shown, 0.8, color=colours, edgecolor=GREY, linewidth=0.3)
    axes.axvline(count + 0.5, color=INK, linewidth=0.9, linestyle="--")
    axes.annotate("end of the list", (count + 0.7, 1.0), fontsize=9, va="top")
    axes.set_ylim(0, 1.05)
    percent_ticks(axes)
    return finish(axes, title=title, x_label="Place on the list", y_label="Stays, share of draws")
