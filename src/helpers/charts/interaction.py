"""Charts of interaction: rules beside what chance would bring, owners beside the others, and tests of offers."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import ROW_INCHES, whiskers
from helpers.charts.labels import percent
from helpers.charts.style import BLUE, GREY, INK, chart, finish, new_axes, percent_ticks


@chart
def draw_rules(rules: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the confidence of rules with its interval, beside the confidence that chance would bring.

    Parameters
    ----------
    rules : DataFrame
        From `helpers.interaction.find_rules`: if_bought, then_bought, confidence, low, high, expected, if_baskets.
    title : str
        The finding.

    Returns
    -------
    Axes
        One row per rule.
    """
    _, (axes,) = new_axes(height=1.4 + 1.3 * ROW_INCHES * len(rules), grid="x")
    place = np.arange(len(rules))
    reach = whiskers(rules["confidence"], rules["low"], rules["high"])
    axes.errorbar(rules["confidence"], place, xerr=reach, fmt="o", color=BLUE, capsize=3, label="observed")
    axes.plot(rules["expected"] / rules["if_baskets"], place, "s", color=GREY, label="by chance")
    axes.set_yticks(
        place, [f"{one}  →  {two}" for one, two in zip(rules["if_bought"], rules["then_bought"], strict=True)]
    )
    axes.set_ylim(len(rules) - 0.5, -0.5)
    axes.set_xlim(0, 1.02)
    percent_ticks(axes, which=("x",))
    axes.legend(loc="lower right", fontsize=9)
    return finish(axes, title=title, x_label="Baskets with the left side that hold the right side", y_label="")


@chart
def draw_estimates(table: pd.DataFrame, *, x_label: str, title: str = "") -> Axes:
    """Draw estimates with their intervals, one row each.

    Parameters
    ----------
    table : DataFrame
        label, value, low, high; shares or differences of shares.
    x_label : str
        What is drawn.
    title : str
        The finding.

    Returns
    -------
    Axes
        A point and its interval per row, in the order of the table; a line at zero.
    """
    _, (axes,) = new_axes(height=1.4 + 1.3 * ROW_INCHES * len(table), grid="x")
    place = np.arange(len(table))
    axes.errorbar(
        table["value"],
        place,
        xerr=whiskers(table["value"], table["low"], table["high"]),
        fmt="o",
        color=BLUE,
        capsize=3,
    )
    for row, (value, high) in enumerate(zip(table["value"], table["high"], strict=True)):
        axes.annotate(
            percent(value, 1), (np.nanmax([high, value]), row), xytext=(6, 0), textcoords="offset points", va="center"
        )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(place, table["label"])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.margins(x=0.12)
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label=x_label, y_label="")
