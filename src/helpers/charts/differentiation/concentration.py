"""Charts of concentration: who brings the revenue, by several measures, over time, and beside the selling time."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.labels import in_words, percent
from helpers.charts.style import (
    BLUE,
    GREEN,
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

_MOST_NAMED = 8  # periods whose shares have room beside each other
_CURVES = (("-", BLUE), ("--", VERMILION), ("-.", GREEN), (":", ORANGE))


@chart
def draw_curves(ranked: Mapping[str, pd.DataFrame], *, title: str = "", customers: str = "customers") -> Axes:
    """Draw the running share of several measures, each with its own best customers first.

    Parameters
    ----------
    ranked : mapping of str to DataFrame
        By measure, from `helpers.differentiation.rank_customers`: customer_share, revenue_share (of the measure). At
        most four.
    title : str
        The finding.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        One curve per measure from the origin, and the diagonal on which all would be equal.
    """
    _, (axes,) = new_axes(height=4.4, grid="both")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    for (measure, curve), (line, colour) in zip(ranked.items(), _CURVES, strict=False):
        x = np.concatenate([[0.0], curve["customer_share"].to_numpy()])
        y = np.concatenate([[0.0], curve["revenue_share"].to_numpy()])
        axes.plot(x, y, color=colour, linestyle=line, linewidth=2, label=in_words(measure))
    axes.legend(loc="lower right", fontsize=9)
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    percent_ticks(axes, which=("x", "y"))
    x_label = f"Share of {customers}, best by the measure first"
    return finish(axes, title=title, x_label=x_label, y_label="Share of the measure, running total")


@chart
def draw_share_over_time(followed: pd.DataFrame, *, title: str = "", top: float, customers: str = "buyers") -> Axes:
    """Draw which share of revenue the best buyers of each period bring.

    Parameters
    ----------
    followed : DataFrame
        From `helpers.differentiation.follow_concentration`: begins, top_share, gini.
    title : str
        The finding.
    top : float
        Share of the buyers called the best.
    customers : str
        What the buyers are called.

    Returns
    -------
    Axes
        A line of the share and a thinner one of the Gini coefficient, from zero to one; of many periods only the first
        and the last share are written.
    """
    _, (axes,) = new_axes(height=3.4)
    places = np.arange(len(followed))
    axes.plot(places, followed["top_share"], "o-", color=BLUE, linewidth=2, label=f"best {percent(top)} of {customers}")
    axes.plot(places, followed["gini"], "s--", color=GREY, linewidth=1.2, markersize=4, label="Gini coefficient")
    named = places if len(places) <= _MOST_NAMED else places[[0, -1]]
    for place, share in zip(named, followed["top_share"].iloc[named], strict=True):
        axes.annotate(percent(share, 1), (place, share), xytext=(0, 7), textcoords="offset points", ha="center")
    names = [f"{day:%b %Y}" for day in followed["begins"]]
    axes.set_xticks(places, names, rotation=0 if len(names) < 7 else 35, ha="center" if len(names) < 7 else "right")
    axes.set_ylim(0, 1.05)
    axes.legend(loc="lower left", fontsize=9)
    percent_ticks(axes)
    return finish(axes, title=title, x_label="Period that begins in", y_label="Share of revenue")


@chart
def draw_selling_time(
    sales_groups: pd.DataFrame, *, title: str = "", rule: float, customers: str = "customers"
) -> Axes:
    """Draw the share of customers, revenue and selling time of each sales group, beside the rule for key customers.

    Parameters
    ----------
    sales_groups : DataFrame
        From `helpers.differentiation.share_selling_time`.
    title : str
        The finding.
    rule : float
        Share of selling time that key customers should get.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        Three bars per sales group; the whisker holds the share of time whatever a visit and a call take.
    """
    _, (axes,) = new_axes(height=3.6)
    places = np.arange(len(sales_groups))
    kinds = (
        ("customer_share", LIGHT, customers),
        ("revenue_share", BLUE, "revenue"),
        ("time_share", ORANGE, "selling time"),
    )
    for offset, (column, colour, label) in zip((-0.27, 0.0, 0.27), kinds, strict=True):
        axes.bar(places + offset, sales_groups[column], 0.25, color=colour, edgecolor=GREY, linewidth=0.4, label=label)
        for place, share in zip(places, sales_groups[column], strict=True):
            if share == share:
                axes.annotate(
                    percent(share), (place + offset, share), xytext=(0, 9), textcoords="offset points", ha="center"
                )
    reach = whiskers(sales_groups["time_share"], sales_groups["time_share_low"], sales_groups["time_share_high"])
    axes.errorbar(places + 0.27, sales_groups["time_share"], yerr=reach, fmt="none", ecolor=INK, capsize=3, linewidth=1)
    axes.plot([0.1, 0.45], [rule, rule], color=VERMILION, linewidth=2)
    axes.annotate(f"rule: {percent(rule)}", (0.47, rule), color=VERMILION, va="center")
    axes.set_xticks(places, [str(name) for name in sales_groups.index])
    axes.set_ylim(
        0, 1.1 * float(np.nanmax([rule, *sales_groups[["customer_share", "revenue_share", "time_share"]].max()]))
    )
    axes.legend(loc="upper right", fontsize=9)
    percent_ticks(axes)
    return finish(axes, title=title, x_label="", y_label="Share of all")


_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}


@chart
def draw_concentration(
    ranked: pd.DataFrame,
    *,
    title: str = "",
    classes: pd.Series | None = None,
    top: float | None = 0.20,
    customers: str = "customers",
    measure: str = "revenue",
) -> Axes:
    """Draw the share of revenue that the best customers bring, with the ABC classes where given.

    Parameters
    ----------
    ranked : DataFrame
        From `helpers.differentiation.rank_customers`: customer_share, revenue_share.
    title : str
        The finding.
    classes : Series, optional
        From `helpers.differentiation.classify_abc`, same customers; their borders are drawn.
    top : float or None
        Share of the customers whose share of revenue is marked.
    customers : str
        What the customers are called.
    measure : str
        What the amounts ranked are called.

    Returns
    -------
    Axes
        The curve from the origin, and the diagonal on which all customers would bring the same.
    """
    _, (axes,) = new_axes(height=4.4, grid="both")
    x = np.concatenate([[0.0], ranked["customer_share"].to_numpy()])
    y = np.concatenate([[0.0], ranked["revenue_share"].to_numpy()])
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    axes.annotate("if all brought the same", (0.72, 0.62), color=GREY, fontsize=9, va="top", bbox=_ON_WHITE)
    axes.plot(x, y, color=BLUE, linewidth=2.2)
    if classes is not None:
        _mark_classes(axes, ranked, classes)
    if top is not None:
        _mark_top(axes, x, y, top, customers, measure)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, max(1.08, float(y.max()) + 0.02))
    axes.set_yticks(np.linspace(0, 1, 6))
    percent_ticks(axes, which=("x", "y"))
    return finish(
        axes, title=title, x_label=f"Share of {customers}, best first", y_label=f"Share of {measure}, running total"
    )


def _mark_top(
    axes: Axes, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], top: float, customers: str, measure: str
) -> None:
    place = int(np.searchsorted(x, top - 1e-9))
    axes.plot(x[place], y[place], "o", color=VERMILION, markersize=7)
    text = f"best {percent(top)} of {customers}:\n{percent(y[place], 1)} of {measure}"
    axes.annotate(
        text, (x[place], y[place]), xytext=(12, -8), textcoords="offset points", va="top", color=INK, bbox=_ON_WHITE
    )


def _mark_classes(axes: Axes, ranked: pd.DataFrame, classes: pd.Series) -> None:
    """Draw a line at the end of each class and write its name above the curve."""
    named = classes.reindex(ranked.index)
    start = 0.0
    for label in named.cat.categories:
        members = int((named == label).sum())
        end = start + members / len(ranked)
        if end < 1 and members:
            axes.axvline(end, color=GREY, linewidth=0.9, linestyle="--")
        if members:
            text = f"{label}: {percent(members / len(ranked))}"
            axes.annotate(text, ((start + end) / 2, 1.04), ha="center", va="center", fontweight="bold", fontsize=9)
        start = end
