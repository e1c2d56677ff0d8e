"""Charts of identification: what was received, the customer base over time, and who the customers are."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import PALE_TO_BLUE, ROW_INCHES, whiskers
from helpers.charts.labels import percent
from helpers.charts.style import (
    BLUE,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    SKY,
    VERMILION,
    chart,
    finish,
    new_axes,
    percent_ticks,
    thousands_ticks,
)

_STATE_COLOURS: Mapping[str, str] = {"active": BLUE, "new": SKY, "lapsing": ORANGE, "lost": VERMILION}
_HATCHES: Mapping[str, str] = {"lapsing": "///", "lost": "xxx"}
MEASURE_NAMES: Mapping[str, str] = {
    "tenure_days": "days as a customer",
    "days_since_last": "days since the last order",
}
"""Reading names of measures of a customer whose own names do not read well."""


@chart
def draw_base(base: pd.DataFrame, *, title: str = "", customers: str = "Customers") -> Axes:
    """Draw the customers in each state at the end of each month, stacked.

    Parameters
    ----------
    base : DataFrame
        From `helpers.identification.follow_base`: month, new, active, lapsing, lost.
    title : str
        The finding.
    customers : str
        What the customers are called: households, accounts.

    Returns
    -------
    Axes
        One bar per month, states named at the last bar; a state that never occurs is left out.
    """
    _, (axes,) = new_axes()
    place = np.arange(len(base))
    bottom = np.zeros(len(base))
    colours = {state: colour for state, colour in _STATE_COLOURS.items() if base[state].any()}
    for state, colour in colours.items():
        height = base[state].to_numpy(dtype=np.float64)
        axes.bar(place, height, 0.8, bottom=bottom, color=colour, hatch=_HATCHES.get(state), edgecolor="white", lw=0.5)
        bottom += height
    _name_states(axes, base.iloc[-1], place[-1] + 0.5, colours)
    shown = range(0, len(base), max(1, len(base) // 12))
    axes.set_xticks(place[list(shown)], _month_labels([base["month"].iloc[row] for row in shown]))
    axes.set_xlim(-0.6, len(base) + 1.1 + len(base) / 12)
    thousands_ticks(axes)
    return finish(axes, title=title, x_label="Month", y_label=f"{customers} at the month's end")


def _month_labels(months: Sequence[pd.Timestamp]) -> list[str]:
    """Name months, the year below the first one shown of each year only, so that years do not run together."""
    years = [None, *(month.year for month in months)]
    return [
        f"{month:%b}" + (f"\n{month:%Y}" if month.year != year else "")
        for month, year in zip(months, years, strict=False)
    ]


def _name_states(axes: Axes, last: pd.Series, x: float, colours: Mapping[str, str]) -> None:
    """Write the states beside the last bar, pushed apart where a layer is thinner than a line of text."""
    total = float(sum(last[state] for state in colours))
    step, below, bottom = 0.07 * total, -np.inf, 0.0
    for state, colour in colours.items():
        middle = bottom + last[state] / 2
        bottom += last[state]
        below = max(middle, below + step)
        dark = INK if colour in (SKY, ORANGE) else colour
        label = f"{state} {last[state]:,.0f}"
        axes.annotate(label, (x, below), (3, 0), textcoords="offset points", va="center", fontsize=9, color=dark)


@chart
def draw_order_times(orders: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the orders by weekday and hour as a heat map.

    Parameters
    ----------
    orders : DataFrame
        From `helpers.identification.count_orders_by_hour`: weekdays x hours.
    title : str
        The finding.

    Returns
    -------
    Axes
        Darker cells hold more orders; the scale stands beside.
    """
    figure, (axes,) = new_axes(height=3.2, grid="")
    image = axes.imshow(orders.to_numpy(), aspect="auto", cmap=PALE_TO_BLUE, vmin=0)
    axes.set_yticks(range(len(orders)), [str(day) for day in orders.index])
    axes.set_xticks(range(0, 24, 3), [f"{hour}:00" for hour in range(0, 24, 3)])
    bar = figure.colorbar(image, ax=axes, pad=0.02, format="{x:,.0f}")
    bar.set_label("Orders")
    bar.outline.set_visible(False)
    return finish(axes, title=title, x_label="Hour of the day, local time", y_label="")


@chart
def draw_coverage(
    coverage: pd.DataFrame, *, title: str = "", names: Mapping[str, str] = MEASURE_NAMES, limit: float = 0.1
) -> Axes:
    """Draw how far customers with a record differ from those without, measure by measure.

    Parameters
    ----------
    coverage : DataFrame
        From `helpers.identification.compare_coverage`: difference (standard deviations) per measure.
    title : str
        The finding.
    names : mapping
        Reading name of a measure, where the name itself does not read well.
    limit : float
        Difference from which the two groups are said to differ, shown as a band.

    Returns
    -------
    Axes
        One point per measure; to the right, customers with a record have more of it.
    """
    _, (axes,) = new_axes(height=1.7 + ROW_INCHES * len(coverage), grid="x")
    place = np.arange(len(coverage))
    values = coverage["difference"].to_numpy(dtype=np.float64)
    axes.axvspan(-limit, limit, color=LIGHT, alpha=0.6, linewidth=0)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.hlines(place, 0, values, color=GREY, linewidth=1)
    axes.plot(values, place, "o", color=BLUE, markersize=7)
    for row, value in enumerate(values):
        axes.annotate(
            f"{value:+.2f}".replace("-", "−"),
            (value, row),
            xytext=(8 if value >= 0 else -8, 0),
            textcoords="offset points",
            ha="left" if value >= 0 else "right",
            va="center",
            fontsize=9,
        )
    axes.set_yticks(place, [names.get(str(name), str(name).replace("_", " ")) for name in coverage.index])
    axes.set_ylim(len(coverage) - 0.5, -0.5)
    axes.margins(x=0.2)
    label = "Difference, standard deviations\n(positive: more among those with a record; grey: no notable difference)"
    return finish(axes, title=title, x_label=label, y_label="")


@chart
def draw_known_shares(composition: pd.DataFrame, *, title: str = "", customers: str = "customers") -> Axes:
    """Draw each group's share of the customers whose attribute is known, with its interval.

    Parameters
    ----------
    composition : DataFrame
        From `helpers.identification.compose`: known_share, share_low, share_high; those not known are left out.
    title : str
        The finding.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        One point with its interval per group.
    """
    known = composition.dropna(subset=["known_share"])
    _, (axes,) = new_axes(height=1.3 + ROW_INCHES * len(known), grid="x")
    place = np.arange(len(known))
    share, low, high = (known[name].to_numpy(dtype=np.float64) for name in ("known_share", "share_low", "share_high"))
    axes.errorbar(share, place, xerr=whiskers(share, low, high), fmt="o", color=BLUE, ecolor=GREY, capsize=3)
    for row, value in enumerate(share):
        axes.annotate(
            percent(value, 1), (high[row], row), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9
        )
    axes.set_yticks(place, [str(label) for label in known.index])
    axes.set_ylim(len(known) - 0.5, -0.5)
    axes.set_xlim(0, 1.15 * float(high.max()))
    percent_ticks(axes, which=("x",))
    attribute = str(composition.index.name or "").replace("_", " ")
    return finish(
        axes, title=title, x_label=f"Share of the {customers} of whom it is known", y_label=attribute.capitalize()
    )
