"""Charts of the life cycle: what is spent and what comes back by phase, and who is called gone by whose rhythm."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import ROW_INCHES
from helpers.charts.labels import percent
from helpers.charts.style import BLUE, GREY, ORANGE, SKY, chart, finish, new_axes, percent_ticks, thousands_ticks


@chart
def draw_gone_by_rhythm(bands: pd.DataFrame, *, fixed_days: int, title: str = "", customers: str = "customers") -> Axes:
    """Draw, by how often customers buy, the share called gone by their own rhythm and by days for everybody.

    Parameters
    ----------
    bands : DataFrame
        From `helpers.value.gone_by_rhythm`, indexed by band: customers, gone_share, silent_share.
    title : str
        The finding.
    fixed_days : int
        Days without a purchase of the fixed rule.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        Two bars for each band, the quickest buyers first.
    """
    _, (axes,) = new_axes(height=1.6 + 2 * ROW_INCHES * len(bands), grid="x")
    rows = np.arange(len(bands))
    pairs = (
        (-0.19, "gone_share", BLUE, "called gone by the own rhythm"),
        (0.19, "silent_share", ORANGE, f"no purchase for more than {fixed_days} days"),
    )
    for shift, column, colour, label in pairs:
        bars = axes.barh(rows + shift, bands[column], 0.36, color=colour, edgecolor=GREY, linewidth=0.4, label=label)
        axes.bar_label(bars, [percent(share) for share in bands[column]], padding=3, fontsize=9)
    axes.set_yticks(rows, [f"{band} ({count:,})" for band, count in bands["customers"].items()])
    axes.set_ylim(len(bands) - 0.5, -0.5)
    axes.set_xlim(0, 1.18 * max(float(bands[["gone_share", "silent_share"]].max().max()), 0.05))
    percent_ticks(axes, which=("x",))
    axes.legend(loc="best", fontsize=9)
    return finish(axes, title=title, x_label=f"Share of the {customers}", y_label="Own expected gap")


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
