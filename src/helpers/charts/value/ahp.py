"""Charts of the analytic hierarchy process: weights, consistency, sensitivity, and the map of customers."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import ROW_INCHES
from helpers.charts.labels import in_words, percent
from helpers.charts.style import (
    BLUE,
    CYCLE,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    VERMILION,
    chart,
    finish,
    new_axes,
    percent_ticks,
)
from helpers.value.ahp import QUADRANTS, HierarchyWeights

_MARGIN = 1.2  # inches for title and horizontal axis
_EXTREME = 0.005  # share of customers at either end that may be left outside the view of the map
_CROWDED = 2.0  # they are left outside where the range is this many times that of all others
_MOST_POINTS = 400  # beyond this, points are drawn smaller and paler


@chart
def draw_composite_weights(weights: HierarchyWeights, *, title: str = "", ranges: pd.DataFrame | None = None) -> Axes:
    """Draw the weight of every indicator as a bar, in the order of the tree and coloured by branch.

    Parameters
    ----------
    weights : HierarchyWeights
        From `weigh_hierarchy` or `keep_indicators`.
    title : str
        The finding.
    ranges : DataFrame, optional
        `weights` of a `JudgementSensitivity`: drawn as lines over the bars.

    Returns
    -------
    Axes
        One bar per indicator; the first bar of each branch is labelled with its name.
    """
    composite = weights.composite
    _, (axes,) = new_axes(height=_MARGIN + ROW_INCHES * len(composite), grid="x")
    row, reach = 0, float(composite.max())
    for branch, colour in zip(weights.hierarchy.branches, CYCLE, strict=False):
        own = weights.branch_weights(branch)
        bars = axes.barh(range(row, row + len(own)), own, 0.7, color=colour, label=in_words(branch))
        if ranges is None:
            axes.bar_label(bars, [percent(weight, 1) for weight in own], padding=3, fontsize=9, color=INK)
        row += len(own)
    if ranges is not None:
        found = ranges.set_index("indicator").loc[composite.index]
        axes.hlines(range(row), found["low"], found["high"], color=INK, linewidth=1.6)
        for place, (weight, high) in enumerate(zip(composite, found["high"], strict=True)):
            axes.annotate(
                percent(weight, 1),
                (high, place),
                (5, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                color=INK,
            )
        reach = max(reach, float(found["high"].max()))
    axes.set_yticks(range(row), [in_words(name) for name in composite.index])
    axes.set_ylim(row - 0.5, -0.5)
    axes.set_xlim(0, 1.15 * reach)
    percent_ticks(axes, which=("x",))
    below_label = -0.5 / (ROW_INCHES * row)  # inches, as a share of the height of the axes
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, below_label), ncols=len(weights.hierarchy.branches), frameon=False
    )
    return finish(axes, title=title, x_label="Weight in the value of a customer", y_label="")


@chart
def draw_consistency(consistency: pd.DataFrame, *, acceptable: float, title: str = "") -> Axes:
    """Draw the consistency ratio of every criterion against what is acceptable.

    Parameters
    ----------
    consistency : DataFrame
        `consistency` of a `HierarchyWeights`.
    acceptable : float
        Limit, marked by a line.
    title : str
        The finding.

    Returns
    -------
    Axes
        One bar per criterion, those above the limit in another colour.
    """
    _, (axes,) = new_axes(height=_MARGIN + ROW_INCHES * len(consistency), grid="x")
    colours = [BLUE if fine else VERMILION for fine in consistency["acceptable"]]
    bars = axes.barh(range(len(consistency)), consistency["consistency_ratio"], 0.6, color=colours)
    axes.bar_label(
        bars, [f"{ratio:.3f}" for ratio in consistency["consistency_ratio"]], padding=3, fontsize=9, color=INK
    )
    axes.axvline(acceptable, color=GREY, linewidth=1.2, linestyle="--")
    reach = 1.15 * max(acceptable, float(consistency["consistency_ratio"].max()))
    left = acceptable > 0.5 * reach
    axes.annotate(
        "acceptable up to here", (acceptable, 1), (-4 if left else 4, -4), xycoords=("data", "axes fraction"),
        ha="right" if left else "left", va="top", textcoords="offset points", fontsize=9, color=GREY,
    )  # fmt: skip
    axes.set_yticks(range(len(consistency)), [in_words(name) for name in consistency["criterion"]])
    axes.set_ylim(len(consistency) - 0.5, -0.8)
    axes.set_xlim(0, reach)
    return finish(axes, title=title, x_label="Consistency ratio", y_label="")


def _corner(quadrant: str, first: str, second: str) -> str:
    """Say in words where a corner of the map lies."""
    across, up = (in_words(branch).removesuffix(" value") for branch in (first, second))
    only = {"high_low": f"{across} only", "low_high": f"{up} only"}
    return only.get(quadrant, "High on both" if quadrant == "high_high" else "Low on both")


@chart
def draw_value_map(scores: pd.DataFrame, quadrants: pd.Series, branches: tuple[str, str], *, title: str = "") -> Axes:
    """Draw customers on the two-by-two map, cut at the means of both branches.

    Parameters
    ----------
    scores : DataFrame
        `scores` of a `CustomerScores`.
    quadrants : Series
        From `map_customers`.
    branches : tuple of two str
        Columns on the horizontal and the vertical axis.
    title : str
        The finding.

    Returns
    -------
    Axes
        One point per customer; the legend counts the customers of each corner.
    """
    _, (axes,) = new_axes(grid="", height=4.6)
    first, second = branches
    counts = quadrants.value_counts()
    small = len(scores) > _MOST_POINTS
    for quadrant, colour, marker in zip(QUADRANTS, (BLUE, ORANGE, CYCLE[2], GREY), "osD^", strict=True):
        own = scores[quadrants == quadrant]
        label = f"{_corner(quadrant, first, second)}: {counts.get(quadrant, 0):,}"
        axes.scatter(
            own[first], own[second], s=9 if small else 26, alpha=0.5 if small else 0.9, linewidths=0, color=colour,
            marker=marker, label=label,
        )  # fmt: skip
    axes.axvline(float(scores[first].mean()), color=INK, linewidth=0.9)
    axes.axhline(float(scores[second].mean()), color=INK, linewidth=0.9)
    # Below the map: in the corners the words would lie on the lines wherever the mean is near an edge.
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, frameon=False, markerscale=2.0 if small else 1
    )
    outside = _view_without_extremes(axes, scores[[first, second]])
    if outside:
        axes.annotate(
            "1 customer lies outside" if outside == 1 else f"{outside:,} customers lie outside",
            (0.99, 0.02),
            xycoords="axes fraction",
            ha="right",
            fontsize=9,
            color=GREY,
        )
    labels = [f"{in_words(branch)}, weighted standard deviations from the mean" for branch in branches]
    return finish(axes, title=title, x_label=labels[0], y_label=labels[1].replace(", ", ",\n"))


def _view_without_extremes(axes: Axes, points: pd.DataFrame) -> int:
    """Limit the view where a few extremes would crowd all others; return how many points it leaves outside."""
    inside = np.ones(len(points), dtype=bool)
    for name, axis in zip(points.columns, ("x", "y"), strict=True):
        values = points[name].to_numpy(dtype=float)
        low, high = np.quantile(values, [_EXTREME, 1 - _EXTREME])
        whole, middle = float(np.ptp(values)), float(high - low)
        ends = (low, high) if whole > _CROWDED * middle > 0 else (float(values.min()), float(values.max()))
        room = 0.12 * (ends[1] - ends[0])
        axes.set(**{f"{axis}lim": (ends[0] - room, ends[1] + room)})
        inside &= (values >= ends[0] - room) & (values <= ends[1] + room)
    return int((~inside).sum())


@chart
def draw_branch_sensitivity(table: pd.DataFrame, *, branch: str, weight: float, title: str = "") -> Axes:
    """Draw how many of the best tenth stay there as the weight of one branch changes.

    Parameters
    ----------
    table : DataFrame
        From `vary_branch_weight`.
    branch : str
        The branch varied.
    weight : float
        Its weight as judged, marked by a line.
    title : str
        The finding.

    Returns
    -------
    Axes
        Two lines with a legend: share of the best tenth kept, and rank correlation.
    """
    _, (axes,) = new_axes(grid="both")
    lines = (("top_kept", "best tenth kept", BLUE, "o"), ("rank_correlation", "rank correlation", VERMILION, "s"))
    for name, words, colour, marker in lines:
        axes.plot(table["share"], table[name], color=colour, marker=marker, markersize=4, label=words)
    lowest = float(table[[name for name, *_ in lines]].min().min())
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=len(lines), frameon=False)
    axes.axvline(weight, color=GREY, linewidth=1.2, linestyle=":")
    axes.annotate(
        "as judged", (weight, 0), (-4, 4), xycoords=("data", "axes fraction"), textcoords="offset points", ha="right",
        color=GREY, fontsize=9,
    )  # fmt: skip
    axes.set_ylim(min(0.0, lowest) if lowest < 0.3 else lowest - 0.15 * (1.1 - lowest), 1.05)
    percent_ticks(axes, which=("x",))
    return finish(
        axes, title=title, x_label=f"Weight of {branch.replace('_', ' ')}", y_label="Agreement with the order as judged"
    )


@chart
def draw_learned_weights(learned: pd.DataFrame, judged: pd.Series, *, title: str = "") -> Axes:
    """Draw judged weights beside those learned from what customers then brought.

    Parameters
    ----------
    learned : DataFrame
        From `learn_weights`.
    judged : Series
        Judged weights by indicator.
    title : str
        The finding.

    Returns
    -------
    Axes
        Per indicator a square for the judged weight, and a point for the learned one.
    """
    rows = np.arange(len(learned))
    _, (axes,) = new_axes(height=_MARGIN + 1.3 * ROW_INCHES * len(learned), grid="x")
    own = judged[learned["indicator"]].to_numpy(dtype=float)
    axes.hlines(rows, own, learned["weight"], color=LIGHT, linewidth=2)
    axes.plot(learned["weight"], rows + 0.18, "o", color=BLUE, label="learned")
    axes.plot(own, rows - 0.18, "s", color=VERMILION, label="judged")
    axes.set_yticks(rows, [in_words(name) for name in learned["indicator"]])
    axes.set_ylim(len(learned) - 0.5, -0.5)
    axes.set_xlim(-0.02, 1.08 * max(float(own.max()), float(learned["weight"].max())))
    percent_ticks(axes, which=("x",))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2, frameon=False)
    return finish(axes, title=title, x_label="Weight of the indicator", y_label="")
