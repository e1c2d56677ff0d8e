"""Charts of what campaigns changed: effects by campaign and by group of customers, and the Qini curve."""

import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.labels import HALO, in_words
from helpers.charts.style import BLUE, INK, LIGHT, VERMILION, chart, finish, new_axes, percent_ticks
from helpers.evaluation.campaigns import ALL


@chart
def draw_campaign_effects(effects: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the effect of each campaign and of all with its interval, and a line where there is none.

    Parameters
    ----------
    effects : DataFrame
        From `campaign_effects`.
    title : str
        The finding.

    Returns
    -------
    Axes
        With one row per campaign, in percentage points; "all" stands last.
    """
    _, (axes,) = new_axes(grid="x", height=1.3 + 0.42 * len(effects))
    columns = [effects[name].tolist() for name in ("campaign_id", "effect", "low", "high", "treated", "held_back")]
    names = []
    for row, (campaign, effect, low, high, treated, held_back) in enumerate(zip(*columns, strict=True)):
        last = campaign == ALL and row == len(effects) - 1
        value, begin, end = 100 * effect, 100 * low, 100 * high
        axes.errorbar(
            value, row, xerr=whiskers(value, begin, end), fmt="D" if last else "o", color=INK if last else BLUE,
            capsize=2.5, elinewidth=1.4,
        )  # fmt: skip
        axes.annotate(
            f"{value:+.1f}".replace("-", "−"), (end, row), (6, 0), textcoords="offset points", va="center", color=INK
        )
        names.append(f"{in_words(campaign)}\n{treated:,} and {held_back:,}")
    axes.axvline(0, color=INK, linewidth=1)
    axes.margins(x=0.12)
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(len(names) - 0.5, -0.5)
    label = "Share who responded, contacted less held back, percentage points, with interval"
    return finish(axes, title=title, x_label=label, y_label="Campaign (contacted and held back)")


@chart
def draw_group_effects(effects: pd.DataFrame, *, unit: str, percent: bool = False, title: str = "") -> Axes:
    """Draw the effect of contact in each group of customers with its interval, and a line where there is none.

    Parameters
    ----------
    effects : DataFrame
        From `effects_by_group`.
    unit : str
        What the effect is measured in, for the axis.
    percent : bool
        Whether effects are shares, drawn in percentage points.
    title : str
        The finding.

    Returns
    -------
    Axes
        With one row per group, in the order of the table.
    """
    _, (axes,) = new_axes(grid="x", height=1.3 + 0.42 * len(effects))
    scale, digits = (100, 1) if percent else (1, 2)
    columns = [effects[name].tolist() for name in ("group", "effect", "low", "high", "treated", "held_back")]
    names = []
    for row, (group, effect, low, high, treated, held_back) in enumerate(zip(*columns, strict=True)):
        value, begin, end = scale * effect, scale * low, scale * high
        reach = whiskers(value, begin, end)
        axes.errorbar(value, row, xerr=reach, fmt="o", color=BLUE, capsize=2.5, elinewidth=1.4)
        text = f"{value:+,.{digits}f}".replace("-", "−")
        axes.annotate(text, (end, row), (6, 0), textcoords="offset points", va="center", color=INK)
        names.append(f"{in_words(group)}\n{treated:,} and {held_back:,}")
    axes.axvline(0, color=INK, linewidth=1)
    axes.margins(x=0.12)
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(len(names) - 0.5, -0.5)
    return finish(axes, title=title, x_label=unit, y_label="Group (contacted and held back)")


@chart
def draw_qini(curve: pd.DataFrame, *, unit: str, title: str = "") -> Axes:
    """Draw the Qini curve with its interval and the line of random order.

    Parameters
    ----------
    curve : DataFrame
        Of a `Qini`.
    unit : str
        What the gain is measured in, for the axis.
    title : str
        The finding.

    Returns
    -------
    Axes
        With two labelled lines and a band.
    """
    _, (axes,) = new_axes(grid="both")
    place = curve["targeted"]
    axes.fill_between(place, curve["low"], curve["high"], color=LIGHT, linewidth=0)
    axes.plot(place, curve["gain"], color=BLUE, linewidth=2)
    axes.plot(place, curve["random"], color=VERMILION, linestyle="--", linewidth=1.6)
    axes.axhline(0, color=INK, linewidth=0.8)
    at = len(curve) // 2
    above = float(curve["gain"].iloc[at]) >= float(curve["random"].iloc[at])
    for name, text, colour, up in (
        ("gain", "best score first", BLUE, above),
        ("random", "random order", VERMILION, not above),
    ):
        axes.annotate(
            text, (float(place.iloc[at]), float(curve[name].iloc[at])), (0, 14 if up else -14),
            textcoords="offset points", ha="center", va="center", color=colour, path_effects=HALO,
        )  # fmt: skip
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Customers contacted, share of the list", y_label=unit)
