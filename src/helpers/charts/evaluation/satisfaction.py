"""Charts of satisfaction: the way through the touch points, what counts, and who buys again."""

import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.labels import in_words
from helpers.charts.point_labels import label_points, names_height
from helpers.charts.style import BLUE, CYCLE, GREY, HEIGHT_INCHES, INK, chart, finish, new_axes, percent_ticks

_ROW_INCHES = 0.42
_MARKS = "osD^vPX*"


@chart
def draw_touch_points(scores: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the mean score of each dimension in the order asked, one line for each segment.

    Parameters
    ----------
    scores : DataFrame
        From `dimension_scores`.
    title : str
        The finding.

    Returns
    -------
    Axes
        Points with intervals; the overall score stands last.
    """
    _, (axes,) = new_axes()
    segments = list(scores["segment"].unique())
    for place, segment in enumerate(segments):
        part = scores[scores["segment"] == segment]
        across = [row + 0.08 * (place - (len(segments) - 1) / 2) for row in range(len(part))]
        reach = whiskers(part["score"], part["low"], part["high"])
        axes.errorbar(
            across, part["score"], yerr=reach, capsize=2.5, elinewidth=1.2,
            fmt=f"{_MARKS[place % len(_MARKS)]}-", label=in_words(segment),
            color=CYCLE[place % len(CYCLE)], linewidth=1,
        )  # fmt: skip
    names = [in_words(name) for name in scores.loc[scores["segment"] == segments[0], "dimension"]]
    slant = 30 if len(names) > 6 else 0
    axes.set_xticks(range(len(names)), names, rotation=slant, ha="right" if slant else "center", fontsize=9)
    if len(segments) > 1:
        axes.legend()
    return finish(axes, title=title, x_label="Question, in the order asked", y_label="Score, points, with interval")


@chart
def draw_importance(importance: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the share of the satisfaction explained that is due to each dimension, with its interval.

    Parameters
    ----------
    importance : DataFrame
        From `relative_importance`.
    title : str
        The finding.

    Returns
    -------
    Axes
        One row per dimension, the most important first, and a line where all would count alike.
    """
    table = importance.sort_values("importance", ascending=False, kind="stable")
    _, (axes,) = new_axes(grid="x", height=1.3 + _ROW_INCHES * len(table))
    rows = range(len(table))
    axes.barh(rows, table["importance"], color=BLUE, height=0.6)
    reach = whiskers(table["importance"], table["low"], table["high"])
    axes.errorbar(table["importance"], rows, xerr=reach, fmt="none", ecolor=INK, capsize=2.5)
    axes.axvline(1 / len(table), color=GREY, linestyle="--", linewidth=1)
    axes.set_yticks(rows, [in_words(name) for name in table.index])
    axes.set_ylim(len(table) - 0.5, -0.5)
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Share of the satisfaction explained", y_label="Dimension")


@chart
def draw_importance_performance(table: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the map of importance and performance, with the intervals of both.

    Parameters
    ----------
    table : DataFrame
        From `importance_performance`.
    title : str
        The finding.

    Returns
    -------
    Axes
        One point per dimension; lines at equal importance and at the mean score.
    """
    names = [in_words(name) for name in table.index]
    _, (axes,) = new_axes(grid="both", height=max(HEIGHT_INCHES, names_height(names) / 0.78))
    across = whiskers(table["score"], table["score_low"], table["score_high"])
    upwards = whiskers(table["importance"], table["importance_low"], table["importance_high"])
    axes.errorbar(table["score"], table["importance"], xerr=across, yerr=upwards, fmt="o", color=BLUE, elinewidth=1)
    axes.axhline(1 / len(table), color=GREY, linestyle="--", linewidth=1)
    axes.axvline(table["score"].mean(), color=GREY, linestyle="--", linewidth=1)
    percent_ticks(axes)
    axes.margins(x=0.05, y=0.05)
    axes.set_ylim(axes.get_ylim())
    label_points(axes, table["importance"].tolist(), table["score"].tolist(), names)
    return finish(axes, title=title, x_label="Score, points", y_label="Share of the satisfaction explained")


@chart
def draw_slopes(table: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw what a point below the usual score costs beside what a point above it brings.

    Parameters
    ----------
    table : DataFrame
        From `penalty_reward`.
    title : str
        The finding.

    Returns
    -------
    Axes
        Two bars for each dimension that has both sides: losses to the left, gains to the right.
    """
    known = table.dropna(subset=["penalty", "reward"])
    _, (axes,) = new_axes(grid="x", height=1.4 + _ROW_INCHES * len(known))
    rows = range(len(known))
    axes.barh(rows, -known["penalty"], color=GREY, height=0.6, label="a point less")
    axes.barh(rows, known["reward"], color=BLUE, height=0.6, label="a point more")
    axes.axvline(0, color=INK, linewidth=1)
    names = [f"{in_words(name)}\n{kind}" for name, kind in zip(known.index, known["kind"], strict=True)]
    axes.set_yticks(rows, names, fontsize=9)
    axes.set_ylim(len(known) - 0.5, -0.5)
    axes.legend(loc="best")
    return finish(axes, title=title, x_label="Change of the overall score, points", y_label="Dimension, and its kind")


@chart
def draw_paths(paths: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the coefficient of each path with its interval, and a line where there is none.

    Parameters
    ----------
    paths : DataFrame
        `FittedPaths.paths`.
    title : str
        The finding.

    Returns
    -------
    Axes
        One row per path, in the order of the model.
    """
    _, (axes,) = new_axes(grid="x", height=1.3 + _ROW_INCHES * len(paths))
    rows = range(len(paths))
    reach = whiskers(paths["path"], paths["low"], paths["high"])
    axes.errorbar(paths["path"], rows, xerr=reach, fmt="o", color=BLUE, capsize=2.5, elinewidth=1.4)
    names = [f"{in_words(one)} to {to}" for one, to in zip(paths["source"], paths["target"], strict=True)]
    axes.set_yticks(rows, names, fontsize=9)
    axes.set_ylim(len(paths) - 0.5, -0.5)
    axes.axvline(0, color=INK, linewidth=1)
    return finish(axes, title=title, x_label="Standardised coefficient, with interval", y_label="Path")


@chart
def draw_buying(table: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the share who bought again by attitude, with intervals.

    Parameters
    ----------
    table : DataFrame
        From `buying_by_attitude`.
    title : str
        The finding.

    Returns
    -------
    Axes
        One row per attitude.
    """
    _, (axes,) = new_axes(grid="x", height=1.3 + _ROW_INCHES * len(table))
    rows = range(len(table))
    reach = whiskers(table["share"], table["low"], table["high"])
    axes.errorbar(table["share"], rows, xerr=reach, fmt="o", color=BLUE, capsize=2.5, elinewidth=1.4)
    names = [f"{name}\n{answers:,} answers" for name, answers in zip(table.index, table["answers"], strict=True)]
    axes.set_yticks(rows, names, fontsize=9)
    axes.set_ylim(len(table) - 0.5, -0.5)
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Share who bought again, with interval", y_label="Overall satisfaction")
