"""Charts of loyalty: brands against what chance would give, switches between brands, and serialisation over time."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import PALE_TO_BLUE, ROW_INCHES, whiskers, write_cells
from helpers.charts.labels import percent
from helpers.charts.style import BLUE, GREY, LIGHT, ORANGE, VERMILION, chart, finish, new_axes, percent_ticks

BRANDS_SHOWN = 8
CATEGORIES_SHOWN = 15


@chart
def draw_sole_buyers(comparison: pd.DataFrame, *, title: str = "", customers: str = "customers") -> Axes:
    """Draw the customers who bought one brand only, beside what the model and random purchase would give.

    Parameters
    ----------
    comparison : DataFrame
        From `helpers.differentiation.loyalty.BrandDirichlet.compare_brands`; the first brands are drawn.
    title : str
        The finding.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        Three bars per brand.
    """
    shown = comparison.head(BRANDS_SHOWN)
    _, (axes,) = new_axes(height=1.6 + 2.1 * ROW_INCHES * len(shown), grid="x")
    place = np.arange(len(shown))
    bars = (
        ("sole_buyers", "bought", BLUE, -0.27),
        ("sole_buyers_expected", "expected from tastes that differ", LIGHT, 0.0),
        ("sole_buyers_random", "expected if all chose like the market", ORANGE, 0.27),
    )
    for column, label, colour, offset in bars:
        values = shown[column].to_numpy(dtype=np.float64)
        drawn = axes.barh(place + offset, values, 0.25, color=colour, edgecolor=GREY, linewidth=0.4, label=label)
        axes.bar_label(drawn, [f"{value:,.0f}" for value in values], padding=3, fontsize=8)
    axes.set_yticks(place, [f"{brand} ({percent(share)})" for brand, share in shown["share"].items()])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.legend(loc="lower right", fontsize=9)
    x_label = f"Number of {customers} who bought no other brand"
    return finish(axes, title=title, x_label=x_label, y_label="Brand (share of purchases)")


@chart
def draw_switches(matrix: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw which brand followed which as a heat map, in per cent of the row.

    Parameters
    ----------
    matrix : DataFrame
        From `helpers.differentiation.loyalty.switching_matrix`.
    title : str
        The finding.

    Returns
    -------
    Axes
        Repeats on the diagonal; a row without a following purchase is empty.
    """
    values = matrix.to_numpy(dtype=np.float64)
    names = [str(name) for name in matrix.index]
    _, (axes,) = new_axes(height=1.6 + 0.5 * len(names), grid="")
    axes.imshow(np.nan_to_num(values), aspect="auto", cmap=PALE_TO_BLUE, vmin=0)
    write_cells(axes, values, [[percent(cell) if np.isfinite(cell) else "" for cell in row] for row in values])
    axes.set_xticks(range(len(names)), names, rotation=30 if len(names) > 5 else 0)
    axes.set_yticks(range(len(names)), names)
    return finish(axes, title=title, x_label="Brand of the next purchase (per cent of the row)", y_label="Brand before")


@chart
def draw_polarisations(categories: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the polarisation of the categories bought most, with intervals.

    Parameters
    ----------
    categories : DataFrame
        From `helpers.differentiation.loyalty.fit_categories`; the first ones are drawn.
    title : str
        The finding.

    Returns
    -------
    Axes
        One point per category.
    """
    shown = categories.head(CATEGORIES_SHOWN)
    _, (axes,) = new_axes(height=1.3 + ROW_INCHES * len(shown), grid="x")
    place = np.arange(len(shown))
    ends = whiskers(shown["polarisation"], shown["polarisation_low"], shown["polarisation_high"])
    axes.errorbar(shown["polarisation"], place, xerr=ends, fmt="o", color=BLUE, ecolor=GREY, markersize=5, capsize=2)
    axes.set_yticks(place, [str(name) for name in shown.index])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    x_label = "Polarisation: 0, all choose like the market; 1, each buys one brand"
    return finish(axes, title=title, x_label=x_label, y_label="")


@chart
def draw_serialisation(parts: pd.DataFrame, *, title: str = "", customers: str = "customers") -> Axes:
    """Draw the shares of customers and of revenue that are loyal or in class A, part by part of the history.

    Parameters
    ----------
    parts : DataFrame
        From `helpers.differentiation.loyalty.measure_serialisation`.
    title : str
        The finding.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        Two lines, that of customers with intervals.
    """
    _, (axes,) = new_axes(height=3.6, grid="y")
    place = parts["part"].to_numpy() + 1
    ends = whiskers(parts["customer_share"], parts["customer_share_low"], parts["customer_share_high"])
    axes.errorbar(place, parts["customer_share"], yerr=ends, fmt="o-", color=BLUE, capsize=3, label=f"of {customers}")
    axes.plot(place, parts["revenue_share"], "s--", color=VERMILION, label="of revenue")
    axes.set_xticks(place, [str(at) for at in place])
    axes.set_ylim(0, 1.05)
    percent_ticks(axes)
    axes.legend(loc="lower right", fontsize=9)
    return finish(axes, title=title, x_label="Part of the history, the latest last", y_label="Loyal or class A")
