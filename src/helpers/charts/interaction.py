"""Charts of interaction: rules beside chance, tests of offers, what contacts bring, expected beside actual, drift."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import ROW_INCHES, whiskers
from helpers.charts.labels import percent
from helpers.charts.style import BLUE, GREY, INK, chart, finish, new_axes, percent_ticks
from helpers.core.results import percentage_points


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
    figure, (axes,) = new_axes(height=1.6 + 1.3 * ROW_INCHES * len(rules), grid="x")
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
    figure.legend(loc="outside lower center", ncols=2, fontsize=9)
    return finish(axes, title=title, x_label="Baskets with the left side that hold the right side", y_label="")


@chart
def draw_estimates(table: pd.DataFrame, *, x_label: str, differences: Collection[str] = (), title: str = "") -> Axes:
    """Draw estimates with their intervals, one row each.

    Parameters
    ----------
    table : DataFrame
        label, value, low, high; shares or differences of shares.
    x_label : str
        What is drawn.
    differences : collection of str
        Labels of rows that hold one share less another: they are read in percentage points.
    title : str
        The finding.

    Returns
    -------
    Axes
        A point and its interval per row, in the order of the table; a line at zero. The axis is in per cent, and in
        percentage points where every row holds a difference.
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
    apart = table["label"].isin(list(differences))
    unit = "" if apart.all() else " points"
    columns = zip(table["value"], table["low"], table["high"], apart, strict=True)
    for row, (value, low, high, is_difference) in enumerate(columns):
        is_below = np.nanmax([high, value]) < 0  # its label goes to the left, away from the line at zero
        end, shift, side = (np.nanmin([low, value]), -6, "right") if is_below else (np.nanmax([high, value]), 6, "left")
        axes.annotate(
            f"{percentage_points(value)}{unit}" if is_difference else percent(value, 1),
            (end, row),
            xytext=(shift, 0),
            textcoords="offset points",
            va="center",
            ha=side,
        )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(place, table["label"])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.margins(x=0.12)
    if (table[["value", "high"]].max(axis=1) < 0).any():
        axes.set_xlim(left=axes.get_xlim()[0] - 0.08 * float(np.ptp(axes.get_xlim())))
    if apart.all():
        axes.xaxis.set_major_formatter(lambda share, _place: f"{100 * share:,.10g}".replace("-", "−"))
    else:
        percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label=x_label, y_label="")


@chart
def draw_offer_effects(effects: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw orders per contact with intervals, one row per offer and tier.

    Parameters
    ----------
    effects : DataFrame
        From `measure_offers`.
    title : str
        The finding.

    Returns
    -------
    Axes
        With a line where a contact brings nothing.
    """
    _, (axes,) = new_axes(grid="x", height=1.2 + 0.3 * len(effects))
    rows = range(len(effects))
    reach = whiskers(effects["effect"], effects["low"], effects["high"])
    axes.errorbar(effects["effect"].to_numpy(), rows, xerr=reach, fmt="o", color=BLUE, capsize=2.5, elinewidth=1.4)
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(rows, (effects["offer"] + ", " + effects["tier"]).tolist(), fontsize=9)
    axes.set_ylim(len(effects) - 0.5, -0.5)
    return finish(axes, title=title, x_label="More orders per contact, with interval", y_label="Offer and tier")


@chart
def draw_response_by_tenth(tenths: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw expected and actual response of each tenth.

    Parameters
    ----------
    tenths : DataFrame
        From `response_by_tenth`.
    title : str
        The finding.

    Returns
    -------
    Axes
        Points on the line are as expected.
    """
    _, (axes,) = new_axes(grid="y")
    expected, actual = 100 * tenths["expected"].to_numpy(), 100 * tenths["actual"].to_numpy()
    ends = 100 * whiskers(tenths["actual"], tenths["low"], tenths["high"])
    axes.errorbar(expected, actual, yerr=ends, fmt="o", color=BLUE, capsize=2.5)
    most = float(max(expected.max(), actual.max()))
    axes.plot([0, most], [0, most], color=INK, linewidth=1)
    return finish(axes, title=title, x_label="Expected response, per cent", y_label="Actual response, per cent")


@chart
def draw_drift(chart_values: pd.DataFrame, limit: float, *, title: str = "") -> Axes:
    """Draw the two cumulative sums of a drift watch against their limit.

    Parameters
    ----------
    chart_values : DataFrame
        `rising` and `falling`, one row per batch of contacts in the order of time.
    limit : float
        Where drift is flagged.
    title : str
        The finding.

    Returns
    -------
    Axes
    """
    _, (axes,) = new_axes(grid="y")
    places = range(len(chart_values))
    axes.plot(places, chart_values["rising"].to_numpy(), color=BLUE, label="more responses than expected")
    axes.plot(places, chart_values["falling"].to_numpy(), color=INK, label="fewer")
    axes.axhline(limit, color=INK, linewidth=1, linestyle="--")
    axes.legend(frameon=False)
    return finish(axes, title=title, x_label="Batches of contacts in order of time", y_label="Cumulative sum")
