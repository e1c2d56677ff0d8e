"""Charts of churn: whether probabilities can be believed, why customers leave, and whom to contact."""

from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from helpers.charts.common import ROW_INCHES, whiskers
from helpers.charts.labels import in_words, percent
from helpers.charts.style import (
    BLUE,
    GREY,
    INK,
    LIGHT,
    VERMILION,
    chart,
    finish,
    new_axes,
    percent_ticks,
    thousands_ticks,
)
from helpers.value.churn.threshold import ThresholdChoice

_HEAD = 1.2  # inches for title and horizontal axis
_RULE_WIDTH = 52  # characters of a rule in one line
_DASHED = (0, (4, 3))
_OVER_LINES = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
_FACTORS = (0.01, 0.03, 0.1, 0.25, 0.5, 1, 2, 4, 10, 30, 100)


@chart
def draw_churn_calibration(curve: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw forecast against actual share of leavers by group; on the diagonal the forecast is right.

    Parameters
    ----------
    curve : DataFrame
        From `calibration_curve`.
    title : str
        The finding.

    Returns
    -------
    Axes
        One point with its interval per group; groups whose forecast lies outside theirs are marked.
    """
    _, (axes,) = new_axes(grid="both", height=4.4)
    end = 1.05 * max(float(curve["forecast"].max()), float(curve["high"].max()))
    axes.plot([0, end], [0, end], color=GREY, linewidth=1, linestyle=_DASHED)
    for within, colour, marker in ((True, BLUE, "o"), (False, VERMILION, "D")):
        part = curve[curve["as_forecast"] == within]
        reach = whiskers(part["actual"], part["low"], part["high"])
        axes.errorbar(part["forecast"], part["actual"], yerr=reach, fmt=marker, color=colour, capsize=3)
    riskiest = (float(curve["forecast"].iloc[0]), float(curve["actual"].iloc[0]))
    for text, place, shift, colour, side in (
        ("forecast right", (0.6 * end, 0.6 * end), (12, -14), GREY, "left"),
        ("most likely to leave", riskiest, (-10, 8), INK, "right"),
    ):
        axes.annotate(text, place, shift, textcoords="offset points", ha=side, fontsize=9, color=colour)
    axes.set_xlim(0, end)
    axes.set_ylim(0, end)
    percent_ticks(axes, which=("x", "y"))
    return finish(
        axes, title=title, x_label="Forecast share of leavers, mean of the group", y_label="Share that really left"
    )


@chart
def draw_lift(curve: pd.DataFrame, *, share: float, title: str = "") -> Axes:
    """Draw the share of leavers in each group, the most likely to leave first, against the share of all.

    Parameters
    ----------
    curve : DataFrame
        From `calibration_curve`.
    share : float
        Share of leavers among all customers.
    title : str
        The finding.

    Returns
    -------
    Axes
        One bar per group; below its number the share of all leavers caught up to it, where no line can cross it.
    """
    _, (axes,) = new_axes()
    colours = [BLUE if value >= share else LIGHT for value in curve["actual"]]
    axes.bar(curve["group"], curve["actual"], color=colours, width=0.8, edgecolor=GREY, linewidth=0.4)
    axes.axhline(share, color=GREY, linewidth=1, linestyle=_DASHED)
    axes.annotate(
        f"all customers: {percent(share, 1)}",
        (1, share),
        (-4, 4),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        fontsize=9,
        color=GREY,
    )
    caught = [f"{group}\n{percent(caught)}" for group, caught in zip(curve["group"], curve["captured"], strict=True)]
    axes.set_xticks(curve["group"], caught)
    percent_ticks(axes)
    return finish(
        axes,
        title=title,
        x_label="Group of customers by forecast (1: most likely to leave); below it, leavers caught so far",
        y_label="Share of the group that left",
    )


@chart
def draw_column_importance(ranked: pd.DataFrame, *, title: str = "", at_most: int = 12) -> Axes:
    """Draw what the ranking of customers loses when one column is shuffled.

    Parameters
    ----------
    ranked : DataFrame
        From `rank_columns`.
    title : str
        The finding.
    at_most : int
        Columns shown.

    Returns
    -------
    Axes
        One bar per column, the most important on top, with the range over the shuffles.
    """
    part = ranked.head(at_most).reset_index(drop=True)
    _, (axes,) = new_axes(height=_HEAD + 0.8 * ROW_INCHES * len(part), grid="x")
    axes.barh(part.index, part["auc_lost"], 0.7, color=BLUE)
    axes.hlines(part.index, part["low"], part["high"], color=INK, linewidth=1.4)
    axes.set_yticks(part.index, [in_words(label) for label in part["label"]])
    axes.set_ylim(len(part) - 0.5, -0.5)
    return finish(axes, title=title, x_label="Share of pairs no longer ranked right, column shuffled", y_label="")


@chart
def draw_effects(effects: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw by which factor each level multiplies the odds of leaving, all else equal.

    Parameters
    ----------
    effects : DataFrame
        From `describe_effects`.
    title : str
        The finding.

    Returns
    -------
    Axes
        One point per level, grouped by column, on a logarithmic scale around one.
    """
    _, (axes,) = new_axes(height=_HEAD + 0.75 * ROW_INCHES * (len(effects) + effects["column"].nunique()), grid="x")
    rows, labels, row = [], [], 0
    for _, part in effects.groupby("column", sort=False):
        axes.annotate(
            in_words(part["label"].iloc[0]),
            (0.01, row),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=9.5,
            weight="bold",
        )
        row += 1
        for level, factor in zip(part["level"], part["odds_factor"], strict=True):
            rows.append(row)
            labels.append(level)
            axes.plot([1, factor], [row, row], color=LIGHT, linewidth=3, solid_capstyle="butt")
            axes.plot(factor, row, marker="o", color=VERMILION if factor > 1 else BLUE)
            side = 1 if factor >= 1 else -1
            axes.annotate(
                f"×{factor:.2f}",
                (factor, row),
                (7 * side, 0),
                textcoords="offset points",
                va="center",
                ha="left" if side > 0 else "right",
                fontsize=9,
            )
            row += 1
    axes.axvline(1, color=GREY, linewidth=1)
    axes.set_xscale("log")
    low, high = float(effects["odds_factor"].min()), float(effects["odds_factor"].max())
    axes.set_xlim(min(0.6 * low, 0.5), max(1.6 * high, 2.0))
    left, right = axes.get_xlim()
    ticks = [factor for factor in _FACTORS if left <= factor <= right]
    axes.set_xticks(ticks, [f"×{factor:g}" for factor in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_yticks(rows, labels)
    axes.set_ylim(row - 0.5, -0.7)
    return finish(axes, title=title, x_label="Odds of leaving against the average customer", y_label="")


@chart
def draw_rules(rules: pd.DataFrame, *, share: float, title: str = "") -> Axes:
    """Draw the share of leavers under each rule with its interval, and how many customers it holds for.

    Parameters
    ----------
    rules : DataFrame
        From `find_rules`.
    share : float
        Share of leavers among all customers.
    title : str
        The finding.

    Returns
    -------
    Axes
        One row per rule, the riskiest on top.
    """
    texts = [fill(in_words(rule), _RULE_WIDTH) for rule in rules["rule"]]
    lines = sum(text.count("\n") + 1 for text in texts)
    _, (axes,) = new_axes(height=_HEAD + 0.17 * lines + 0.2 * len(rules), grid="x")
    place = list(range(len(rules)))
    reach = whiskers(rules["precision"], rules["low"], rules["high"])
    axes.errorbar(rules["precision"], place, xerr=reach, fmt="o", color=BLUE, capsize=3)
    axes.axvline(share, color=GREY, linewidth=1, linestyle=_DASHED)
    axes.set_yticks(place, texts, fontsize=8.5)
    axes.set_ylim(len(rules) - 0.5, -0.5)
    # Beyond the last interval and the dashed line, where nothing can cross the words.
    words_from = 1.04 * max(float(rules["high"].max()), share)
    for row, support in enumerate(rules["support"]):
        words = f"{percent(support)} of customers"
        axes.annotate(words, (words_from, row), va="center", fontsize=8.5, color=INK)
    axes.set_xlim(0, 1.45 * words_from)
    axes.set_xticks([tick for tick in axes.get_xticks() if tick <= min(1.0, words_from)])
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Share that left, on customers not used to find the rule", y_label="")


@chart
def draw_threshold(choice: ThresholdChoice, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw what an offer would have brought, by the probability from which it is made.

    Parameters
    ----------
    choice : ThresholdChoice
        From `choose_threshold`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        The gain over thresholds, with the one that costs and benefit demand.
    """
    _, (axes,) = new_axes(grid="both")
    axes.plot(choice.curve["threshold"], choice.curve["gain"], color=BLUE)
    axes.axhline(0, color=GREY, linewidth=0.8)
    if choice.threshold <= 1:
        axes.axvline(choice.threshold, color=VERMILION, linewidth=1.2, linestyle=_DASHED)
        axes.annotate(
            f"break-even: {percent(choice.threshold, 1)}",
            (choice.threshold, 0.2),
            (6, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color=VERMILION,
            fontsize=9,
            bbox=_OVER_LINES,
        )
    axes.annotate(
        "offer to everyone",
        (0, choice.gain_of_all),
        (8, -4),
        textcoords="offset points",
        va="top",
        fontsize=9,
        color=INK,
    )
    axes.plot(0, choice.gain_of_all, marker="o", color=INK, clip_on=False)
    axes.set_xlim(0, 1)
    percent_ticks(axes, which=("x",))
    thousands_ticks(axes)
    return finish(
        axes,
        title=title,
        x_label="Probability of leaving from which the offer is made",
        y_label=f"Gain over doing nothing, {currency}",
    )
