"""Charts of movement and of what segments rest on: own spend of two periods, stability, typical products."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import ROW_INCHES, whiskers
from helpers.charts.labels import percent
from helpers.charts.style import BLUE, GREEN, GREY, INK, LIGHT, VERMILION, chart, finish, new_axes, percent_ticks

_MARKS = {
    "cannot say": (LIGHT, ".", 14),
    "no clear change": (GREY, "o", 8),
    "rose": (GREEN, "^", 26),
    "fell": (VERMILION, "v", 26),
}


@chart
def draw_spend_changes(customers: pd.DataFrame, *, title: str = "", unit: str) -> Axes:
    """Draw the spend of each customer in two periods, with the changes beyond chance marked.

    Parameters
    ----------
    customers : DataFrame
        Of a `helpers.differentiation.SpendChanges`: before, after, change.
    title : str
        The finding.
    unit : str
        Currency.

    Returns
    -------
    Axes
        One point per customer on scales that are linear near zero and logarithmic beyond; on the diagonal nothing
        changed.
    """
    _, (axes,) = new_axes(height=4.6, grid="both")
    for change, (colour, marker, size) in _MARKS.items():
        part = customers[customers["change"] == change]
        label = f"{change} ({len(part):,})"
        axes.scatter(part["before"], part["after"], s=size, c=colour, marker=marker, linewidths=0.2, label=label)
    amounts = customers[["before", "after"]].to_numpy(dtype=np.float64)
    largest = max(float(amounts.max(initial=0.0)), 1.0)
    typical = float(np.median(amounts[amounts > 0])) if (amounts > 0).any() else 1.0
    axes.plot([0, largest], [0, largest], color=INK, linewidth=0.8, linestyle=":")
    axes.set_xscale("symlog", linthresh=typical / 10)
    axes.set_yscale("symlog", linthresh=typical / 10)
    axes.set_xlim(-typical / 50, 1.3 * largest)
    axes.set_ylim(-typical / 50, 1.3 * largest)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.legend(loc="upper left", fontsize=9, title="Own spend")
    return finish(axes, title=title, x_label=f"Earlier period, {unit}", y_label=f"Later period, {unit}")


@chart
def draw_segment_stability(by_segment: pd.DataFrame, *, title: str = "", customers: str = "customers") -> Axes:
    """Draw how many of each segment keep it when chance draws again, and where most of the others go.

    Parameters
    ----------
    by_segment : DataFrame
        Of a `helpers.differentiation.SegmentStability`, segments with customers: customers, kept_share, next_segment,
        next_share.
    title : str
        The finding.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        One bar per segment.
    """
    _, (axes,) = new_axes(height=1.3 + ROW_INCHES * 1.2 * len(by_segment), grid="x")
    places = np.arange(len(by_segment))
    bars = axes.barh(places, by_segment["kept_share"], 0.7, color=BLUE, edgecolor=GREY, linewidth=0.4)
    columns = (by_segment[name] for name in ("kept_share", "next_share", "next_segment"))
    texts = [
        f"{percent(kept)}; {percent(moved)} to {to}" if to else percent(kept)
        for kept, moved, to in zip(*columns, strict=True)
    ]
    axes.bar_label(bars, texts, padding=3, fontsize=9)
    axes.set_yticks(places, [f"{name} ({size:,})" for name, size in by_segment["customers"].items()])
    axes.set_ylim(len(by_segment) - 0.5, -0.5)
    axes.set_xlim(0, 1.5)
    axes.set_xticks(np.linspace(0, 1, 6))
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label=f"Share of draws in which {customers} keep the segment", y_label="Segment")


@chart
def draw_typical_products(typical: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the products that set each segment apart: their share of its revenue, and of all revenue.

    Parameters
    ----------
    typical : DataFrame
        From `helpers.differentiation.most_typical`: segment, product_group, revenue_share, low, high, all_share.
    title : str
        The finding.

    Returns
    -------
    Axes
        A point with its interval per segment, and a mark for all customers.
    """
    _, (axes,) = new_axes(height=1.5 + ROW_INCHES * 1.2 * len(typical), grid="x")
    places = np.arange(len(typical))
    reach = whiskers(typical["revenue_share"], typical["low"], typical["high"])
    axes.errorbar(typical["revenue_share"], places, xerr=reach, fmt="o", color=BLUE, capsize=3, label="of the segment")
    axes.plot(
        typical["all_share"], places, "|", color=VERMILION, markersize=14, markeredgewidth=2, label="of all customers"
    )
    names = [f"{row.segment}: {row.product_group}" for row in typical.itertuples()]
    axes.set_yticks(places, names)
    axes.set_ylim(len(typical) + 0.5, -0.5)  # a row of its own for the legend
    axes.set_xlim(left=0)
    axes.legend(loc="lower right", ncols=2, fontsize=9)
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Share of revenue", y_label="")
