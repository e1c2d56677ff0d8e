"""Names beside the points of a chart, placed so that none lies on another."""

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes

from helpers.charts.style import GREY, INK
from helpers.core.arrays import FloatArray

NAME_CHARACTERS, NAME_LINES = 20, 3
_FONT_POINTS, _LINE_HEIGHT, _GAP_POINTS = 9.0, 1.25, 3.0
_FROM = 1.03  # where names begin, in widths of the axes


def broken_name(name: str) -> str:
    r"""Break a name into at most three lines of twenty characters; what goes beyond ends in an ellipsis.

    Examples
    --------
    >>> broken_name("Price")
    'Price'
    >>> broken_name("How quickly we answered")
    'How quickly we\nanswered'
    """
    lines = wrap(name, NAME_CHARACTERS, max_lines=NAME_LINES, placeholder=" …")
    return "\n".join(lines)


def names_height(names: Sequence[str]) -> float:
    """Return the inches that the names need below one another."""
    return float(_heights(names).sum()) / 72


def label_points(axes: Axes, heights: Sequence[float], places: Sequence[float], names: Sequence[str]) -> None:
    """Write names into a column right of the axes, in the order of their points, each joined to its point by a line.

    Points may lie as close as they like. Call it when the vertical limits are set; the axes should be as tall as
    `names_height`.

    Parameters
    ----------
    axes : Axes
        Holds the points.
    heights, places : sequence of float, shape (n,)
        Vertical and horizontal place of each point, data units.
    names : sequence of str, shape (n,)
        What the points are called.
    """
    low, high = axes.get_ylim()
    wanted = (np.asarray(heights, dtype=np.float64) - low) / (high - low)
    tall = axes.figure.bbox.height / axes.figure.dpi * 72
    shown = [broken_name(name) for name in names]
    order = np.argsort(wanted, kind="stable")
    found = np.empty(len(shown))
    found[order] = spread(wanted[order], _heights([shown[one] for one in order]) / (0.78 * tall))
    line = {"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "shrinkA": 2.0, "shrinkB": 4.0}
    for text, place, height, at in zip(shown, places, heights, found, strict=True):
        axes.annotate(
            text, (place, height), (_FROM, at), "data", "axes fraction", arrowprops=line, annotation_clip=False,
            ha="left", va="center", fontsize=_FONT_POINTS, color=INK, linespacing=1.0,
        )  # fmt: skip


def spread(wanted: FloatArray, heights: FloatArray) -> FloatArray:
    """Return places as near to those wanted as rows of these heights can stand below one another.

    Parameters
    ----------
    wanted : array, shape (n,)
        Middles in rising order, of the axes' height.
    heights : array, shape (n,)
        Of each row.

    Examples
    --------
    >>> spread(np.array([0.5, 0.5]), np.array([0.2, 0.2])).round(2).tolist()
    [0.4, 0.6]
    >>> spread(np.array([0.95, 1.0]), np.array([0.2, 0.2])).round(2).tolist()
    [0.7, 0.9]
    """
    before = np.concatenate([[0.0], np.cumsum(heights)[:-1]]) + heights / 2
    free = wanted - before  # rows stand apart where this never falls: the nearest rising sequence is pooled means
    groups: list[tuple[float, int]] = []
    for one in free:
        groups.append((float(one), 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (upper, many), (lower, few) = groups.pop(), groups.pop()
            groups.append(((upper * many + lower * few) / (many + few), many + few))
    level = np.concatenate([np.full(many, value) for value, many in groups])
    return np.asarray(level.clip(0.0, max(0.0, 1.0 - float(heights.sum()))) + before)


def _heights(names: Sequence[str]) -> FloatArray:
    """Return the points of height that each name takes, with the gap to the next."""
    lines = np.array([broken_name(name).count("\n") + 1 for name in names], dtype=np.float64)
    return np.asarray(lines * _FONT_POINTS * _LINE_HEIGHT + _GAP_POINTS)
