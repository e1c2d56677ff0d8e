"""Charts of the value cube: its segments, where customers lie in it, how firm it is, and what a budget brings."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import ROW_INCHES
from helpers.charts.labels import in_words, percent
from helpers.charts.style import (
    BLUE,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    VERMILION,
    chart,
    finish,
    head_panels,
    new_axes,
    percent_ticks,
    thousands_ticks,
)
from helpers.value.cube.axes import CUBE, CubeCuts

_HEAD = 1.2  # inches for title and horizontal axis
_DASHED = (0, (4, 3))
_EXTREME = 0.99  # share of customers whose values the map must show; the rest stand on its edge
_LINES = ("-", "--", ":")
_CORNERS = {(True, True): (BLUE, "o"), (True, False): (ORANGE, "s"), (False, True): (VERMILION, "D")}
_CORNERS |= {(False, False): (GREY, "^")}  # colour and mark by current and potential value: high, low


@chart
def draw_cube_segments(profile: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw each segment's share of customers beside its share of value.

    Parameters
    ----------
    profile : DataFrame
        From `profile_cube`.
    title : str
        The finding.

    Returns
    -------
    Axes
        Two bars per segment, in the order of the cube.
    """
    _, (axes,) = new_axes(height=1.4 + 1.35 * ROW_INCHES * len(profile), grid="x")
    place = np.arange(len(profile))
    for offset, column, colour, label in (
        (-0.2, "customer_share", LIGHT, "of customers"),
        (0.2, "value_share", BLUE, "of value"),
    ):
        bars = axes.barh(place + offset, profile[column], 0.38, color=colour, edgecolor=GREY, linewidth=0.4)
        texts = [percent(share, 1) + (f" {label}" if row == 0 else "") for row, share in enumerate(profile[column])]
        axes.bar_label(bars, texts, padding=3, fontsize=9)
    shares = profile[["customer_share", "value_share"]].to_numpy()
    axes.set_yticks(place, [in_words(name) for name in profile.index])
    axes.set_ylim(len(profile) - 0.5, -0.5)
    axes.set_xlim(min(1.15 * shares.min(), 0), max(1.15 * shares.max(), shares[0].max() + 0.35 * shares.max()))
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Share of customers, and of current and potential value", y_label="")


@chart
def draw_cube_map(
    values: pd.DataFrame, segments: pd.Series, cuts: CubeCuts, *, title: str = "", currency: str = "study currency"
) -> list[Axes]:
    """Draw where customers lie: current against potential value, one panel for low and one for high loyalty.

    Parameters
    ----------
    values : DataFrame
        current_value, potential_value, loyalty.
    segments : Series
        From `assign_cube`.
    cuts : CubeCuts
        Where the axes were cut.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    list of Axes
        Two panels; the far extremes are drawn on the edge. The names stand below, laid out as the corners are: in the
        map they would lie on the cuts.
    """
    figure, panels = new_axes(columns=2, height=4.6, grid="", share_y=True)
    ends = {name: float(values[name].quantile(_EXTREME)) for name in ("current_value", "potential_value")}
    low_end = min(0.0, float(values["current_value"].quantile(1 - _EXTREME)))
    edge_x, edge_y = 1.08 * ends["current_value"], 1.08 * ends["potential_value"]
    for axes, loyal in zip(panels, (False, True), strict=True):
        own_segments = [segment for segment in CUBE if segment.high[2] == loyal]
        # A legend fills its columns downwards: low current value left, high right, as in the map.
        for segment in sorted(own_segments, key=lambda one: (one.high[0], not one.high[1])):
            colour, marker = _CORNERS[segment.high[:2]]
            own = values[segments == segment.name]
            axes.scatter(
                own["current_value"].clip(low_end, edge_x),
                own["potential_value"].clip(0, edge_y),
                s=6,
                alpha=0.45,
                color=colour,
                marker=marker,
                linewidths=0,
                rasterized=True,
                label=f"{segment.name}: {len(own):,}",
            )
        axes.axvline(cuts.current_value, color=INK, linewidth=1, linestyle=_DASHED)
        axes.axhline(cuts.potential_value, color=INK, linewidth=1, linestyle=_DASHED)
        axes.set_xlim(low_end - 0.02 * edge_x, 1.01 * edge_x)
        axes.set_ylim(-0.03 * edge_y, 1.03 * edge_y)
        legend = axes.legend(
            loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False, markerscale=2.5, columnspacing=1.0
        )
        for handle in filter(None, legend.legend_handles):
            handle.set_alpha(1)
        thousands_ticks(axes, which=("x", "y"))
        side = "above" if loyal else "below"
        panel = f"Loyalty {side} {percent(cuts.loyalty)}"
        finish(axes, title=panel, x_label=f"Current value, {currency}", y_label="")
    panels[0].set_ylabel(f"Potential value, {currency}")
    head_panels(figure, title)
    return panels


@chart
def draw_segment_losses(profile: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the share forecast to be lost beside the share that was lost, by segment.

    Parameters
    ----------
    profile : DataFrame
        From `profile_cube` with `lost`.
    title : str
        The finding.

    Returns
    -------
    Axes
        A ring (forecast) and a diamond (actual) per segment; the legend stands below, off all points.
    """
    part = profile[profile["customers"] > 0]
    _, (axes,) = new_axes(height=_HEAD + 0.95 * ROW_INCHES * len(part), grid="x")
    place = np.arange(len(part))
    forecast = part["forecast_lost_share"]
    axes.hlines(place, forecast, part["lost_share"], color=LIGHT, linewidth=3)
    axes.plot(forecast, place, "o", markerfacecolor="white", color=GREY, markersize=8, label="forecast")
    axes.plot(part["lost_share"], place, "D", color=VERMILION, markersize=5, label="really lost")
    axes.set_yticks(place, [in_words(name) for name in part.index])
    axes.set_ylim(len(part) - 0.5, -0.5)
    axes.set_xlim(0, 1.06 * max(float(forecast.max()), float(part["lost_share"].max()), 0.01))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False)
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Share of the segment's customers", y_label="")


@chart
def draw_budget(curve: pd.DataFrame, *, budget: float, title: str = "", currency: str = "study currency") -> Axes:
    """Draw what growing budgets bring under several plans.

    Parameters
    ----------
    curve : DataFrame
        From `budget_curve`.
    budget : float
        The budget looked at, study currency.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        One labelled line per plan.
    """
    _, (axes,) = new_axes(grid="both")
    for (plan, part), style, colour in zip(
        curve.groupby("plan", sort=False), _LINES, (BLUE, VERMILION, GREY), strict=True
    ):
        axes.plot(part["budget"], part["net"], linestyle=style, color=colour, label=str(plan))
    if 0 < budget <= float(curve["budget"].max()):
        axes.axvline(budget, color=INK, linewidth=0.9)
        axes.annotate(
            "budget",
            (budget, 0.96),
            (4, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="top",
            fontsize=9,
        )
    axes.legend(loc="lower right")
    axes.set_xlim(left=0)
    thousands_ticks(axes, which=("x", "y"))
    return finish(axes, title=title, x_label=f"Budget, {currency}", y_label=f"Expected net gain, {currency}")


@chart
def draw_membership(table: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw how many customers change segment under each other setting.

    Parameters
    ----------
    table : DataFrame
        `table` of a `MembershipSensitivity`.
    title : str
        The finding.

    Returns
    -------
    Axes
        One bar per setting.
    """
    _, (axes,) = new_axes(height=_HEAD + 0.95 * ROW_INCHES * len(table), grid="x")
    place = np.arange(len(table))
    bars = axes.barh(place, table["moved_share"], 0.7, color=[BLUE if share else LIGHT for share in table["moved"]])
    texts = [
        "nobody moves" if moved == 0 else f"{percent(share, 1)}, mostly {pair}"
        for moved, share, pair in zip(table["moved"], table["moved_share"], table["largest_move"], strict=True)
    ]
    axes.bar_label(bars, texts, padding=4, fontsize=9, color=INK)
    axes.set_yticks(place, list(table["label"]))
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlim(0, max(2.1 * float(table["moved_share"].max()), 0.1))
    axes.set_xticks([tick for tick in axes.get_xticks() if 0 <= tick <= min(1.0, axes.get_xlim()[1])])
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Customers in another segment, share", y_label="")
