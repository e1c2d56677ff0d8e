"""Charts of the five lenses of a customer-base audit."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import PALE_TO_BLUE, ROW_INCHES, whiskers
from helpers.charts.labels import percent
from helpers.charts.style import (
    BLUE,
    GREEN,
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

_MOST_COHORTS = 8


@chart
def draw_deciles(deciles: pd.DataFrame, *, title: str = "", customers: str = "buyers") -> Axes:
    """Draw the share of revenue that each tenth of the buyers brings (lens 1).

    Parameters
    ----------
    deciles : DataFrame
        From `helpers.differentiation.audit_deciles`: revenue_share.
    title : str
        The finding.
    customers : str
        What the buyers are called.

    Returns
    -------
    Axes
        One bar per tenth, best first.
    """
    _, (axes,) = new_axes(height=3.2)
    bars = axes.bar(deciles.index.astype(str), deciles["revenue_share"], color=BLUE, edgecolor=GREY, linewidth=0.4)
    axes.bar_label(bars, [percent(share, 1) for share in deciles["revenue_share"]], padding=2, fontsize=9)
    axes.set_ylim(0, 1.15 * float(deciles["revenue_share"].max()))
    percent_ticks(axes)
    return finish(axes, title=title, x_label=f"Tenth of {customers}, best first", y_label="Share of revenue")


@chart
def draw_factors(factors: pd.DataFrame, *, title: str = "", unit: str) -> Axes:
    """Draw what more customers, more orders and dearer orders add to the change of revenue (lens 2).

    Parameters
    ----------
    factors : DataFrame
        From `helpers.differentiation.bootstrap_decomposition`: change, low, high.
    title : str
        The finding.
    unit : str
        Currency.

    Returns
    -------
    Axes
        One bar per factor and one of their sum; whiskers are the intervals.
    """
    _, (axes,) = new_axes(height=1.4 + ROW_INCHES * 1.6 * (len(factors) + 1), grid="x")
    values = np.append(factors["change"].to_numpy(dtype=np.float64), float(factors["change"].sum()))
    places = np.arange(len(values))
    colours = [GREEN if value >= 0 else VERMILION for value in values[:-1]]
    axes.barh(places, values, 0.6, color=[*colours, LIGHT], edgecolor=GREY, linewidth=0.4)
    reach = whiskers(factors["change"], factors["low"], factors["high"])
    axes.errorbar(values[:-1], places[:-1], xerr=reach, fmt="none", ecolor=INK, capsize=3, linewidth=1)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(places, [*factors.index, "all together"])
    axes.set_ylim(len(values) - 0.5, -0.5)
    thousands_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label=f"Change of revenue, {unit}", y_label="Because of")


@chart
def draw_cohort(cohort: pd.DataFrame, *, title: str = "", step: str) -> Axes:
    """Draw who of one cohort still buys, how often and for how much, the first period at 100 (lens 3).

    Parameters
    ----------
    cohort : DataFrame
        Complete periods of one cohort, from `helpers.differentiation.follow_cohorts`.
    title : str
        The finding.
    step : str
        Length of a period: month, quarter or year.

    Returns
    -------
    Axes
        Four lines.
    """
    _, (axes,) = new_axes(height=3.8)
    lines = {
        "revenue": (INK, "o-", 2.2),
        "customers": (BLUE, "s--", 1.4),
        "orders_per_customer": (GREEN, "^--", 1.4),
        "spend_per_order": (VERMILION, "v--", 1.4),
    }
    for name, (colour, style, width) in lines.items():
        first = float(cohort[name].iloc[0])
        index = 100 * cohort[name] / first if first > 0 else cohort[name] * np.nan
        label = name.replace("_", " ")
        axes.plot(cohort["age"], index, style, color=colour, linewidth=width, markersize=5, label=label)
    axes.axhline(100, color=GREY, linewidth=0.8, linestyle=":")
    axes.set_ylim(bottom=0)
    axes.set_xticks(cohort["age"])
    axes.legend(fontsize=9, ncols=2)
    return finish(axes, title=title, x_label=f"Age of the cohort, {step}s", y_label=f"First {step} = 100")


@chart
def draw_cohorts_compared(cohorts: pd.DataFrame, *, title: str = "", step: str, unit: str) -> Axes:
    """Draw what each cohort brings per member at the same age (lens 4).

    Parameters
    ----------
    cohorts : DataFrame
        Complete periods, from `helpers.differentiation.follow_cohorts`: cohort, age, revenue_per_member.
    title : str
        The finding.
    step : str
        Length of a period: month, quarter or year.
    unit : str
        Currency.

    Returns
    -------
    Axes
        One line per cohort, the newer the darker; of many, the eight that are spread evenly over time.
    """
    _, (axes,) = new_axes(height=3.8)
    names = sorted(cohorts["cohort"].unique())
    places = np.linspace(0, len(names) - 1, min(len(names), _MOST_COHORTS)).round().astype(int)
    shown = [names[place] for place in np.unique(places)]
    for number, name in enumerate(shown):
        part = cohorts[cohorts["cohort"] == name]
        colour = PALE_TO_BLUE(0.3 + 0.7 * number / max(len(shown) - 1, 1))
        label = f"{pd.Timestamp(name):%b %Y}"
        axes.plot(part["age"], part["revenue_per_member"], "o-", color=colour, markersize=4, label=label)
    axes.set_ylim(bottom=0)
    axes.set_xticks(sorted(cohorts["age"].unique()))
    axes.legend(fontsize=9, title=f"First seen in the {step} from", ncols=2)
    thousands_ticks(axes)
    return finish(axes, title=title, x_label=f"Age of the cohort, {step}s", y_label=f"Revenue per member, {unit}")


@chart
def draw_base_by_cohort(cohorts: pd.DataFrame, *, title: str = "", unit: str) -> Axes:
    """Draw the revenue of each period, stacked by the cohort that brought it (lens 5).

    Parameters
    ----------
    cohorts : DataFrame
        From `helpers.differentiation.follow_cohorts`: cohort, period, revenue.
    title : str
        The finding.
    unit : str
        Currency.

    Returns
    -------
    Axes
        One stack per period, the oldest cohort at the bottom.
    """
    _, (axes,) = new_axes(height=4.0)
    wide = cohorts.pivot_table(index="period", columns="cohort", values="revenue", aggfunc="sum", fill_value=0.0)
    bottom = np.zeros(len(wide))
    places = np.arange(len(wide))
    for number, cohort in enumerate(wide.columns):
        colour = PALE_TO_BLUE(0.95 - 0.8 * number / max(len(wide.columns) - 1, 1))
        label = f"{pd.Timestamp(cohort):%b %Y}" if number in (0, len(wide.columns) - 1) else "_"
        axes.bar(places, wide[cohort], 0.8, bottom=bottom, color=colour, edgecolor="white", linewidth=0.3, label=label)
        bottom += wide[cohort].to_numpy()
    names = [f"{pd.Timestamp(day):%b %Y}" for day in wide.index]
    axes.set_xticks(places, names, rotation=0 if len(names) < 7 else 35, ha="center" if len(names) < 7 else "right")
    axes.set_ylim(0, 1.2 * float(bottom.max()) if bottom.max() > 0 else 1)
    axes.legend(fontsize=9, title="Cohort first seen from (oldest, newest)", loc="upper left", ncols=2)
    thousands_ticks(axes)
    return finish(axes, title=title, x_label="Period that begins in", y_label=f"Revenue, {unit}")
