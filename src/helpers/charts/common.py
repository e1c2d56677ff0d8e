"""Drawings several stages share: pairs of bars for shares, and the cells of a heat map."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from helpers.charts.labels import percent
from helpers.charts.style import BLUE, GREY, INK, LIGHT, SKY, chart, finish, new_axes, percent_ticks

PALE_TO_BLUE = LinearSegmentedColormap.from_list("pale_to_blue", ["#F4F8FB", SKY, BLUE, "#00324F"])
"""Scale of heat maps: lightness falls steadily, so it reads in grey as well."""

ROW_INCHES = 0.34
"""Height of one row of horizontal bars."""

_LONG_BAR = 0.7  # of the longest one: the words beside the first bars then need more room
_WHITE_TEXT_ABOVE = 0.5  # of the largest value: there the cell is too dark for dark text


def whiskers(value: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return how far an interval reaches below and above its estimate, as error bars are drawn.

    Parameters
    ----------
    value, low, high : array-like of float, shape (n,), or single numbers
        Estimates and the ends of their intervals; an interval need not hold its estimate.

    Returns
    -------
    array, shape (2, n)
        Lengths of 0 or more; missing where an end is.

    Examples
    --------
    >>> whiskers([0.5, 0.0], [0.4, 1e-18], [0.7, 0.02]).round(2).tolist()
    [[0.1, 0.0], [0.2, 0.02]]
    """
    middle, lower, upper = (np.atleast_1d(np.asarray(ends, dtype=np.float64)) for ends in (value, low, high))
    return np.stack([middle - lower, upper - middle]).clip(min=0.0)


def write_cells(axes: Axes, values: npt.NDArray[np.float64], texts: list[list[str]]) -> None:
    """Write a text into each cell of a heat map, white where the cell is dark.

    Parameters
    ----------
    axes : Axes
        Axes holding the image of `values`, scaled from zero to their largest.
    values : array, rows x columns
        Values that colour the cells.
    texts : list of lists of str
        What to write, same shape.
    """
    largest = float(np.nanmax(values)) if np.isfinite(values).any() else 1.0
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            dark = values[row, column] > _WHITE_TEXT_ABOVE * largest
            axes.annotate(text, (column, row), ha="center", va="center", fontsize=9, color="white" if dark else INK)


@chart
def draw_shares(groups: pd.DataFrame, *, title: str = "", customers: str = "customers", attribute: str = "") -> Axes:
    """Draw pairs of bars, customers against revenue, for any grouping.

    Parameters
    ----------
    groups : DataFrame
        One row per group: customer_share, revenue_share (shares of all).
    title : str
        The finding.
    customers : str
        What the customers are called.
    attribute : str
        What the groups are groups of.

    Returns
    -------
    Axes
        Two bars per group.
    """
    _, (axes,) = new_axes(height=1.5 + 1.55 * ROW_INCHES * len(groups), grid="x")
    place = np.arange(len(groups))
    widest = 0.0
    for offset, column, colour in ((-0.2, "customer_share", LIGHT), (0.2, "revenue_share", BLUE)):
        shares = groups[column].to_numpy(dtype=np.float64)
        bars = axes.barh(place + offset, shares, 0.38, color=colour, edgecolor=GREY, linewidth=0.4)
        whose = f" of {customers}" if column == "customer_share" else " of revenue"
        texts = [percent(share, 1) + (whose if row == 0 else "") for row, share in enumerate(shares)]
        axes.bar_label(bars, texts, padding=3, fontsize=9)
        widest = max(widest, float(shares.max()))
    axes.set_yticks(place, [str(label) for label in groups.index])
    axes.set_ylim(len(groups) - 0.5, -0.5)
    crowded = float(groups[["customer_share", "revenue_share"]].iloc[0].max()) > _LONG_BAR * widest
    axes.set_xlim(0, widest * (1.35 if crowded else 1.15))
    percent_ticks(axes, which=("x",))
    return finish(
        axes,
        title=title,
        x_label=f"Share of all {customers} and of revenue",
        y_label=attribute.replace("_", " ").capitalize(),
    )
