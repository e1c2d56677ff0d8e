"""Charts of granting credit: how concentrated it is, who sells it, and how well a score of applicants ranks."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.labels import percent
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
from helpers.value.credit.granting import GrantingRule
from helpers.value.credit.limits import ExposureConcentration


@chart
def draw_exposure(concentration: ExposureConcentration, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw the largest debtors.

    Parameters
    ----------
    concentration : ExposureConcentration
        From `exposure_concentration`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        One bar per debtor, by rank: the chart names nobody.
    """
    largest = concentration.largest
    _, (axes,) = new_axes(height=1.4 + 0.3 * max(len(largest), 1), grid="x")
    place = np.arange(len(largest))
    bars = axes.barh(place, largest["exposure"], 0.7, color=BLUE)
    texts = [
        f"{percent(share, 1)}, together {percent(together)}"
        for share, together in zip(largest["share"], largest["cumulative_share"], strict=True)
    ]
    axes.bar_label(bars, texts, padding=3, fontsize=9)
    axes.set_yticks(place, [str(rank) for rank in place + 1])
    axes.set_ylim(max(len(largest), 1) - 0.5, -0.5)
    axes.set_xlim(0, 1.4 * max(float(largest["exposure"].max()) if len(largest) else 0.0, 1.0))
    thousands_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label=f"Open, {currency}", y_label="Debtor, by rank")


@chart
def draw_sellers(sellers: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the share of what fell due that each seller has collected, with its interval.

    Parameters
    ----------
    sellers : DataFrame
        From `measure_sellers`; drawn in its order.
    title : str
        The finding.

    Returns
    -------
    Axes
        One point per seller; full marks for those that differ from all sellers together.
    """
    shown = sellers[sellers["collected_share"].notna()]
    _, (axes,) = new_axes(height=1.5 + 0.26 * max(len(shown), 1), grid="x")
    for row, found in enumerate(shown.itertuples()):
        values: Any = found
        colour = {1: BLUE, -1: VERMILION}.get(int(values.differs), GREY)
        reach = np.nan_to_num(whiskers(values.collected_share, values.low, values.high))
        marker = {1: "^", -1: "v"}.get(int(values.differs), "o")
        axes.errorbar(values.collected_share, row, xerr=reach, fmt=marker, color=colour, capsize=2)
    whole = float((shown["collected_share"] * shown["fell_due"]).sum() / max(float(shown["fell_due"].sum()), 1e-9))
    axes.axvline(whole, color=INK, linewidth=1, linestyle=":")
    axes.annotate(
        "all sellers", (whole, 1), (-4, -2), xycoords=("data", "axes fraction"), textcoords="offset points",
        ha="right", va="top", fontsize=9, color=INK,
    )  # fmt: skip
    axes.set_yticks(range(len(shown)), [str(seller) for seller in shown.index], fontsize=9)
    axes.set_ylim(max(len(shown), 1) - 0.5, -1.5)  # room for the label above the first seller
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Collected of what fell due, share", y_label="Seller, most cash first")


@chart
def draw_risk_bands(bands: pd.DataFrame, *, title: str = "") -> list[Axes]:
    """Draw how applicants spread over bands of risk, and what was forecast beside what happened.

    Parameters
    ----------
    bands : DataFrame
        From `risk_bands`.
    title : str
        The finding.

    Returns
    -------
    list of two Axes
        Shares of applicants above; below, forecast (line) and actual share of defaults with interval (points).
    """
    _, (upper, lower) = new_axes(rows=2, height=5.6)
    place, some = np.arange(len(bands)), (bands["applicants"] > 0).to_numpy()
    bars = upper.bar(place, bands["share"], color=LIGHT, edgecolor=GREY, width=0.7)
    upper.bar_label(bars, [percent(share, 1) for share in bands["share"]], padding=2, fontsize=9)
    actual = bands["actual"]
    reach = whiskers(actual[some], bands["low"][some], bands["high"][some])
    lower.errorbar(place[some], actual[some], yerr=reach, fmt="o", color=BLUE, capsize=3, label="defaulted")
    lower.plot(place[some], bands["forecast"][some], "_", color=VERMILION, markersize=22, label="forecast", mew=2)
    lower.legend(loc="upper left")
    lower.set_ylim(0, 1)
    for axes in (upper, lower):
        axes.set_xticks(place, [str(name) for name in bands.index])
        axes.set_xlim(-0.6, len(bands) - 0.4)
        percent_ticks(axes)
    upper.margins(y=0.15)
    finish(upper, title=title, x_label="", y_label="Applicants, share")
    finish(lower, title="", x_label="Probability of default", y_label="Defaults, share")
    return [upper, lower]


@chart
def draw_granting(rule: GrantingRule, *, title: str = "") -> Axes:
    """Draw what granting to the safest applicants would have brought, by how many are granted.

    Parameters
    ----------
    rule : GrantingRule
        From `choose_granting`.
    title : str
        The finding.

    Returns
    -------
    Axes
        The curve, with the rule and the granting of all marked.
    """
    _, (axes,) = new_axes()
    axes.plot([0, *rule.curve["granted_share"]], [0, *rule.curve["return_share"]], color=BLUE)
    axes.axhline(0, color=GREY, linewidth=0.8)
    marks = (
        (rule.granted_share, rule.return_share, "D", INK, f"break-even at {percent(rule.threshold)}", "center"),
        (1.0, rule.return_of_all, "o", VERMILION, "everybody  ", "right"),
    )
    for share, value, marker, colour, text, side in marks:
        axes.plot(share, value, marker, color=colour)
        axes.annotate(
            text, (share, value), (0, 8 if side == "center" else -4), textcoords="offset points", ha=side, color=colour
        )
    axes.margins(y=0.15)
    axes.set_xlim(0, 1.03)
    percent_ticks(axes, which=("x",))
    axes.yaxis.set_major_formatter(lambda value, _position: percent(value, 1))
    return finish(
        axes,
        title=title,
        x_label="Applicants granted, share, the safest first",
        y_label="Return, share of all money asked for",
    )
