"""Charts of clusters: how stable each number of them is, what sets them apart, and which way to segment foretells."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from helpers.charts.common import ROW_INCHES, whiskers
from helpers.charts.labels import percent
from helpers.charts.style import BLUE, GREY, INK, LIGHT, VERMILION, chart, finish, new_axes, percent_ticks

_BELOW_TO_ABOVE = LinearSegmentedColormap.from_list("below_to_above", [VERMILION, "#FFFFFF", BLUE])
_CLEAR = 2.0  # standard deviations drawn in the full colour
_FEATURES_AT_MOST = 14
_DASHED = (0, (4, 3))


@chart
def draw_cluster_stability(table: pd.DataFrame, *, title: str = "", chosen: int, limit: float) -> Axes:
    """Draw how alike the clusters of two resamples are, by their number, beside customers of one cloud.

    Parameters
    ----------
    table : DataFrame
        Of `helpers.differentiation.ClusterChoice`: clusters, stability, low, high, stability_one_cloud.
    title : str
        The finding.
    chosen : int
        Number chosen, 0 for none; it is marked.
    limit : float
        Stability from which clusters count as stable.

    Returns
    -------
    Axes
        A point with its interval per number; the reference as a line.
    """
    _, (axes,) = new_axes(height=3.8, grid="y")
    number = table["clusters"].to_numpy()
    axes.axhline(limit, color=GREY, linewidth=1, linestyle=_DASHED, label="counts as stable from here")
    axes.plot(number, table["stability_one_cloud"], "s--", color=GREY, markersize=5, label="customers of one cloud")
    reach = whiskers(table["stability"], table["low"], table["high"])
    axes.errorbar(number, table["stability"], yerr=reach, fmt="o-", color=BLUE, capsize=3, label="these customers")
    if chosen:
        place = table["clusters"] == chosen
        axes.plot(number[place], table.loc[place, "stability"], "o", color=VERMILION, markersize=10, label="chosen")
    axes.set_xticks(number, [str(one) for one in number])
    axes.set_ylim(min(0.0, float(table["low"].min())) - 0.02, 1.05)
    axes.legend(loc="lower left", fontsize=9)
    return finish(axes, title=title, x_label="Number of clusters", y_label="Agreement of two resamples")


@chart
def draw_differences(differences: pd.DataFrame, *, title: str = "", customers: str = "customers") -> Axes:
    """Draw what sets clusters apart as a heat map, features by clusters.

    Parameters
    ----------
    differences : DataFrame
        From `helpers.differentiation.set_apart`: cluster, feature, difference.
    title : str
        The finding.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        The features that differ most; each cell says by how many standard deviations a cluster lies off the others.
    """
    wide = differences.pivot_table(index="feature", columns="cluster", values="difference")
    clearest = wide.abs().max(axis=1).sort_values(ascending=False, kind="stable").index[:_FEATURES_AT_MOST]
    order = ["what", "when", "where", "how"]
    rows = sorted(
        clearest, key=lambda name: (order.index(aspect) if (aspect := name.split(":")[0]) in order else 4, name)
    )
    values = wide.loc[rows].to_numpy(dtype=np.float64)
    _, (axes,) = new_axes(height=1.6 + ROW_INCHES * len(rows), grid="")
    axes.imshow(values, aspect="auto", cmap=_BELOW_TO_ABOVE, vmin=-_CLEAR, vmax=_CLEAR)
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            colour = "white" if abs(value) > 0.8 * _CLEAR else INK
            text = f"{value:+.1f}".replace("-", "−") if abs(value) >= 0.05 else "0.0"
            axes.annotate(text, (column, row), ha="center", va="center", fontsize=9, color=colour)
    axes.set_xticks(range(wide.shape[1]), [str(name) for name in wide.columns])
    axes.set_yticks(range(len(rows)), rows)
    x_label = f"Cluster (standard deviations from all other {customers})"
    return finish(axes, title=title, x_label=x_label, y_label="")


@chart
def draw_ways(table: pd.DataFrame, *, title: str = "", value: str) -> Axes:
    """Draw how much of the later value each way to segment explains, with its interval.

    Parameters
    ----------
    table : DataFrame
        Of `helpers.differentiation.WayComparison`: way, groups, explained_share, low, high.
    title : str
        The finding.
    value : str
        What was foretold.

    Returns
    -------
    Axes
        A bar per way, the best first; at zero a way does no better than the mean of all.
    """
    _, (axes,) = new_axes(height=1.3 + 1.4 * ROW_INCHES * len(table), grid="x")
    place = np.arange(len(table))
    shares = table["explained_share"].to_numpy(dtype=np.float64)
    reach = whiskers(shares, table["low"], table["high"])
    axes.barh(place, shares, 0.55, color=LIGHT, edgecolor=GREY, linewidth=0.4)
    axes.errorbar(shares, place, xerr=reach, fmt="o", color=BLUE, capsize=3)
    axes.axvline(0, color=INK, linewidth=0.8)
    labels = [f"{way} ({groups})" for way, groups in zip(table["way"], table["groups"], strict=True)]
    axes.set_yticks(place, labels)
    for row, (share, high) in enumerate(zip(shares, table["high"], strict=True)):
        axes.annotate(
            percent(share, 1), (max(high, share), row), xytext=(6, 0), textcoords="offset points", va="center"
        )
    axes.set_ylim(len(table) - 0.5, -0.5)
    widest = float(max(table["high"].max(), 0.05))
    axes.set_xlim(min(0.0, float(table["low"].min())) * 1.1, 1.2 * widest)
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label=f"Share of the differences in {value} explained", y_label="")
