"""Charts of sales control: what was given below the list, what was paid of it, and how long orders take to cash."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.labels import in_words
from helpers.charts.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    VERMILION,
    chart,
    finish,
    new_axes,
    percent_ticks,
    thousands_ticks,
)
from helpers.evaluation.price_realisation import DEEPER
from helpers.evaluation.time_to_end import TimeToEnd

_STEPS = ((BLUE, "-"), (GREEN, "--"), (VERMILION, "-."), (ORANGE, ":"))
_MARGIN = 1.25  # of the days within which nine of ten ended, as far as is drawn


def given_parts(by_kind: pd.DataFrame) -> pd.DataFrame:
    """Return what was given below the list by kind, split at what is usual for the customer.

    Parameters
    ----------
    by_kind : DataFrame
        Rows of `PricedOrders.by_kind()` below the list.

    Returns
    -------
    DataFrame
        By kind: `orders`, `usual`, `beyond`.
    """
    beyond = by_kind["deeper"].where(by_kind.index == DEEPER, 0.0)
    return pd.DataFrame({"orders": by_kind["orders"], "usual": by_kind["given"] - beyond, "beyond": beyond})


@chart
def draw_given(by_kind: pd.DataFrame, *, currency: str, title: str = "") -> Axes:
    """Draw what was given below the list, by whether it was agreed.

    Parameters
    ----------
    by_kind : DataFrame
        Rows of `PricedOrders.by_kind()` below the list.
    currency : str
        Code of the currency.
    title : str
        The finding.

    Returns
    -------
    Axes
        One bar per kind of order; what goes beyond the customer's usual discount in a colour of its own.
    """
    parts = given_parts(by_kind)
    _, (axes,) = new_axes(grid="x", height=1.3 + 0.5 * len(parts))
    place = np.arange(len(parts))
    axes.barh(place, parts["usual"], color=BLUE, height=0.65, label="Within the usual")
    axes.barh(place, parts["beyond"], left=parts["usual"], color=VERMILION, height=0.65, label="Beyond the usual")
    ends = (parts["usual"] + parts["beyond"]).tolist()
    for row, (end, orders) in enumerate(zip(ends, parts["orders"], strict=True)):
        axes.annotate(f"{orders:,} orders", (end, row), (6, 0), textcoords="offset points", va="center", color=INK)
    axes.margins(x=0.25)
    axes.set_yticks(place, [in_words(str(kind)) for kind in parts.index], fontsize=9)
    axes.set_ylim(len(parts) - 0.5, -0.5)
    thousands_ticks(axes, which=("x",))
    axes.legend(loc="lower right", fontsize=8.5)
    return finish(axes, title=title, x_label=f"Given below the list, {currency}", y_label="Kind of order")


@chart
def draw_price_kept(groups: pd.DataFrame, *, group: str, title: str = "") -> Axes:
    """Draw the share of the list that was paid, by group, with intervals.

    Parameters
    ----------
    groups : DataFrame
        From `price_realised`.
    group : str
        What a group is, for the axis.
    title : str
        The finding.

    Returns
    -------
    Axes
        One row per group.
    """
    _, (axes,) = new_axes(grid="x", height=1.3 + 0.32 * len(groups))
    place = np.arange(len(groups))
    share, low, high = (groups[f"kept_share{end}"].to_numpy(dtype=float) for end in ("", "_low", "_high"))
    axes.errorbar(share, place, xerr=whiskers(share, low, high), fmt="o", color=BLUE, capsize=2.5)
    names = [
        f"{in_words(str(name))} ({orders:,})" for name, orders in zip(groups["group"], groups["orders"], strict=True)
    ]
    axes.set_yticks(place, names, fontsize=9)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Paid of the list", y_label=f"{group} (orders)")


@chart
def draw_still_open(steps: Mapping[str, TimeToEnd], *, title: str = "") -> Axes:
    """Draw the share of each step that is still open after so many days.

    Parameters
    ----------
    steps : mapping of str to TimeToEnd
        By name of the step.
    title : str
        The finding.

    Returns
    -------
    Axes
        One curve of steps with its band per step, as far as nine of ten have ended and a quarter further.
    """
    _, (axes,) = new_axes()
    ends = [
        one.nine_tenths_days[0] if np.isfinite(one.nine_tenths_days[0]) else one.curve["days"].max()
        for one in steps.values()
    ]
    for (colour, line), (name, one) in zip(_STEPS, steps.items(), strict=False):
        curve = one.curve
        days = np.concatenate([[0.0], curve["days"]])
        share, low, high = (np.concatenate([[1.0], curve[column]]) for column in ("open_share", "low", "high"))
        axes.step(days, share, where="post", color=colour, linestyle=line, label=in_words(name))
        axes.fill_between(days, low, high, step="post", color=colour, alpha=0.15, linewidth=0)
    axes.axhline(0.5, color=GREY, linewidth=0.8)
    axes.set_xlim(0, max(_MARGIN * max(ends), 1.0))
    axes.set_ylim(0, 1.02)
    percent_ticks(axes)
    axes.legend(loc="upper right", fontsize=8.5)
    return finish(axes, title=title, x_label="Days", y_label="Still open")
