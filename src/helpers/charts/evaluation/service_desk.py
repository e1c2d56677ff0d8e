"""Charts of the service desk: how well cases are handled, week by week, and where complaints arise."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.labels import in_words
from helpers.charts.style import BLUE, GREY, INK, ORANGE, chart, finish, head_panels, new_axes, percent_ticks
from helpers.evaluation.call_volumes import ForecastTest
from helpers.evaluation.control_charts import ControlChart

_PANELS = {"first_contact": "Solved at first contact", "in_time": "Answered in time", "repeat": "Came again soon"}


@chart
def draw_quality(table: pd.DataFrame, *, by: str, title: str = "") -> list[Axes]:
    """Draw the shares of each group with their intervals, one panel for each kind of share.

    Parameters
    ----------
    table : DataFrame
        From `compare_quality`.
    by : str
        Column with the group.
    title : str
        The finding.

    Returns
    -------
    list of Axes
        Three panels beside one another; the last row of each is all cases together.
    """
    figure, panels = new_axes(columns=3, height=1.5 + 0.42 * len(table), grid="x", share_y=True)
    place = np.arange(len(table))
    for axes, (name, label) in zip(panels, _PANELS.items(), strict=True):
        share, low, high = (table[f"{name}_{end}"].to_numpy(dtype=float) for end in ("share", "low", "high"))
        axes.errorbar(share, place, xerr=whiskers(share, low, high), fmt="o", color=BLUE, capsize=2.5)
        axes.axvline(share[-1], color=GREY, linewidth=1)
        percent_ticks(axes, which=("x",))
        finish(axes, x_label=label, y_label="")
    names = [f"{in_words(name)}\n{cases:,} cases" for name, cases in zip(table[by], table["cases"], strict=True)]
    panels[0].set_yticks(place, names, fontsize=9)
    panels[0].set_ylim(len(table) - 0.5, -0.5)
    panels[0].set_ylabel(in_words(by))
    head_panels(figure, title)
    return panels


@chart
def draw_control_chart(found: ControlChart, *, title: str = "", label: str = "Share of cases") -> Axes:
    """Draw weekly shares with their limits; weeks without a case stay empty.

    Parameters
    ----------
    found : ControlChart
        From `control_chart`.
    title : str
        The finding.
    label : str
        What the share is of.
    """
    weeks = found.weeks
    _, (axes,) = new_axes(height=3.4)
    axes.fill_between(weeks["week"], weeks["lower"], weeks["upper"], color=GREY, alpha=0.25, step="mid", linewidth=0)
    axes.axhline(found.centre, color=INK, linewidth=1)
    axes.plot(weeks["week"], weeks["share"], marker="o", markersize=3, linewidth=0.8, color=BLUE)
    beyond = found.signals
    axes.plot(beyond["week"], beyond["share"], linestyle="none", marker="D", markersize=7, color=ORANGE)
    axes.set_ylim(-0.02, 1.02)
    percent_ticks(axes)
    return finish(axes, title=title, x_label="Week, by its Monday (grey: limits of chance)", y_label=label)


@chart
def draw_steps(table: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw what complaints cost by the step of the work in which they arise, the dearest first.

    Parameters
    ----------
    table : DataFrame
        From `complaints_by_step`.
    title : str
        The finding.
    currency : str
        Of the cost; complaints are drawn where no cost is known.
    """
    _, (axes,) = new_axes(grid="x", height=1.3 + 0.42 * len(table))
    by_cost = bool(table["cost"].notna().all())
    values = table["cost"] if by_cost else table["complaints"]
    place = np.arange(len(table))
    axes.barh(place, values.to_numpy(dtype=float), color=BLUE, height=0.7)
    for row, (value, count) in enumerate(zip(values, table["complaints"], strict=True)):
        axes.annotate(f"{count:,} complaints", (value, row), (6, 0), textcoords="offset points", va="center", color=INK)
    axes.margins(x=0.25)
    axes.set_yticks(place, [in_words(name) for name in table["step"]], fontsize=9)
    axes.set_ylim(len(table) - 0.5, -0.5)
    x_label = f"Cost of handling complaints, {currency}" if by_cost else "Complaints"
    return finish(axes, title=title, x_label=x_label, y_label="Step of the work")


@chart
def draw_forecast(tested: ForecastTest, *, weeks: int = 1, title: str = "") -> Axes:
    """Draw the calls of the last weeks of a test beside their forecast, interval after interval.

    Parameters
    ----------
    tested : ForecastTest
        From `backtest_volumes`.
    weeks : int
        Weeks shown, counted back from the last interval of the test.
    title : str
        The finding.
    """
    table = tested.table[tested.table["time"] > tested.table["time"].max() - pd.Timedelta(days=7 * weeks)]
    _, (axes,) = new_axes(height=3.4)
    place = np.arange(len(table))
    axes.plot(place, table["calls"], color=INK, linewidth=1.2, label="Calls")
    axes.plot(place, table["forecast"], color=BLUE, linewidth=1.6, linestyle="--", label="Forecast")
    axes.plot(place, table["naive"], color=ORANGE, linewidth=1, linestyle=":", label="A week before")
    _name_days(axes, table["time"])
    axes.set_ylim(0, 1.25 * axes.get_ylim()[1])
    axes.legend(loc="upper center", ncols=3, fontsize=8.5)
    return finish(axes, title=title, x_label="Day", y_label="Calls per interval")


@chart
def draw_staff(plan: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the agents of each interval of a week with their range; hours without calls are left out.

    Parameters
    ----------
    plan : DataFrame
        From `plan_staff`.
    title : str
        The finding.
    """
    _, (axes,) = new_axes(height=3.4)
    place = np.arange(len(plan))
    low, high = (plan[name].to_numpy(dtype=float) for name in ("agents_low", "agents_high"))
    axes.fill_between(place, low, high, color=GREY, alpha=0.3, step="mid", linewidth=0, label="Range of the forecast")
    axes.step(place, plan["agents"], where="mid", color=BLUE, linewidth=1.6, label="Agents for the forecast")
    _name_days(axes, plan["time"])
    axes.set_ylim(0, 1.25 * axes.get_ylim()[1])
    axes.legend(loc="upper center", ncols=3, fontsize=8.5)
    return finish(axes, title=title, x_label="Day", y_label="Agents")


def _name_days(axes: Axes, time: pd.Series) -> None:
    """Write each day where its intervals begin."""
    day = time.dt.normalize()
    first = np.flatnonzero((day != day.shift()).to_numpy())
    axes.set_xticks(first, [f"{one:%a} {one.day} {one:%b}" for one in day.iloc[first]], fontsize=8.5)
