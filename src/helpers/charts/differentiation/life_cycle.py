"""Charts of the life cycle: the phases and their reasons, trends, and what is spent and comes back by phase."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import ROW_INCHES
from helpers.charts.labels import percent
from helpers.charts.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    SKY,
    VERMILION,
    chart,
    finish,
    new_axes,
    thousands_ticks,
)


@chart
def draw_return_by_phase(returns: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw what is spent on the customers of each phase and what comes back, per customer.

    Parameters
    ----------
    returns : DataFrame
        From `helpers.differentiation.return_by_phase`.
    title : str
        The finding.
    currency : str
        Currency of the study.

    Returns
    -------
    Axes
        Two bars for each phase.
    """
    _, (axes,) = new_axes(height=1.6 + 2 * ROW_INCHES * len(returns), grid="x")
    rows = np.arange(len(returns))
    pairs = ((-0.19, "effort_after", SKY, "spent"), (0.19, "contribution_after", BLUE, "comes back"))
    each = {column: returns[column] / returns["customers"] for _, column, _, _ in pairs}
    for shift, column, colour, label in pairs:
        bars = axes.barh(rows + shift, each[column], 0.36, color=colour, edgecolor=GREY, linewidth=0.4, label=label)
        axes.bar_label(bars, [f"{amount:,.0f}" for amount in each[column]], padding=3, fontsize=9)
    axes.set_yticks(rows, [f"{phase} ({count:,})" for phase, count in returns["customers"].items()])
    axes.set_ylim(len(returns) - 0.5, -0.5)
    largest = max(float(values.max()) for values in each.values())
    axes.set_xlim(min(1.18 * min(float(values.min()) for values in each.values()), 0.0), 1.18 * max(largest, 1.0))
    thousands_ticks(axes, which=("x",))
    axes.legend(loc="best", fontsize=9)
    return finish(axes, title=title, x_label=f"{currency} per customer in the later span", y_label="")


_PHASE_COLOURS = {"exploration": SKY, "growth": GREEN, "stability": BLUE, "decline": ORANGE, "gone": LIGHT}


@chart
def draw_phases(reasons: pd.DataFrame, *, title: str = "", customers: str = "customers") -> Axes:
    """Draw the customers in each life-cycle phase, one bar for each reason they are in it.

    Parameters
    ----------
    reasons : DataFrame
        From `helpers.differentiation.count_reasons`: phase, reason, customers, customer_share.
    title : str
        The finding.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        One bar per reason, phases in the order of a customer's life.
    """
    _, (axes,) = new_axes(height=1.3 + ROW_INCHES * 1.2 * len(reasons), grid="x")
    colours = [_PHASE_COLOURS[str(phase)] for phase in reasons["phase"]]
    bars = axes.barh(np.arange(len(reasons)), reasons["customers"], 0.7, color=colours, edgecolor=GREY, linewidth=0.4)
    rows = zip(reasons["customers"], reasons["customer_share"], strict=True)
    axes.bar_label(bars, [f"{count:,} ({percent(share, 1)})" for count, share in rows], padding=3, fontsize=9)
    labels = [f"{phase}: {reason}" for phase, reason in zip(reasons["phase"], reasons["reason"], strict=True)]
    axes.set_yticks(range(len(reasons)), labels)
    axes.set_ylim(len(reasons) - 0.5, -0.5)
    axes.set_xlim(0, 1.3 * float(reasons["customers"].max()))
    thousands_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label=f"Number of {customers}", y_label="")


@chart
def draw_trends(life: pd.DataFrame, *, title: str = "", customers: str = "Customers", period_days: int = 28) -> Axes:
    """Draw purchases per period in the newer half of the window against the older, with the clear trends marked.

    Parameters
    ----------
    life : DataFrame
        Customers of a `helpers.differentiation.LifeCycle`: rate_before, rate_after, phase, reason.
    title : str
        The finding.
    customers : str
        What the customers are called.
    period_days : int
        Days of a period.

    Returns
    -------
    Axes
        One point per customer; on the diagonal nothing changed. Up-pointing marks rise, down-pointing ones fall.
    """
    _, (axes,) = new_axes(height=4.6, grid="both")
    shown = life.dropna(subset=["rate_before", "rate_after"])
    marks = {"no clear trend": (LIGHT, "o", 12), "rising": (GREEN, "^", 22), "falling": (VERMILION, "v", 22)}
    for reason, (colour, marker, size) in marks.items():
        part = shown[shown["reason"] == reason]
        edge = GREY if reason == "no clear trend" else INK
        label = f"{reason} ({len(part):,})"
        x, y = part["rate_before"], part["rate_after"]
        axes.scatter(x, y, s=size, c=colour, marker=marker, edgecolors=edge, linewidths=0.3, label=label)
    largest = float(shown[["rate_before", "rate_after"]].max().max()) if len(shown) else 1.0
    axes.plot([0, largest], [0, largest], color=INK, linewidth=0.8, linestyle=":")
    axes.legend(loc="upper left", fontsize=9, title=customers)
    unit = f"Purchase days per {period_days} days"
    return finish(axes, title=title, x_label=f"{unit}, older half", y_label=f"{unit}, newer half")
