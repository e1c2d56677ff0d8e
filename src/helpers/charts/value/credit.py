"""Charts of credit: who pays when, how old debts are, and what will be lost."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import PALE_TO_BLUE, ROW_INCHES, whiskers, write_cells
from helpers.charts.labels import in_words, percent
from helpers.charts.style import (
    BLUE,
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
from helpers.value.credit.roll_rates import RollRates

_ROOM_FOR_LABELS = 1.15


@chart
def draw_grades(grades: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the share of customers and of the open balance by grade.

    Parameters
    ----------
    grades : DataFrame
        From `summarise_grades`.
    title : str
        The finding.

    Returns
    -------
    Axes
        Two bars per grade.
    """
    _, (axes,) = new_axes(height=1.5 + 1.55 * ROW_INCHES * len(grades), grid="x")
    columns = (("customer_share", LIGHT, " of customers"), ("open_share", BLUE, " of open balance"))
    _pairs(axes, grades, columns, lambda share: percent(share, 1))
    axes.set_xlim(0, 1.35 * float(grades[["customer_share", "open_share"]].max().max()))
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Share of all customers and of what is open", y_label="Grade")


@chart
def draw_ageing(ageing: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw what is open by days past due, and how much of it is older than the rule allows.

    Parameters
    ----------
    ageing : DataFrame
        From `age_receivables`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        One bar per bucket, the part beyond the rule in the colour of warning, hatched.
    """
    _, (axes,) = new_axes()
    place = np.arange(len(ageing))
    within = ageing["open_amount"] - ageing["beyond_rule"]
    axes.bar(place, within, color=BLUE, width=0.75, label="within the rule")
    label = "older than the term plus a third"
    bars = axes.bar(
        place,
        ageing["beyond_rule"],
        bottom=within,
        color=VERMILION,
        width=0.75,
        hatch="//",
        edgecolor="white",
        label=label,
    )
    shares = ["" if pd.isna(share) else percent(share, 1) for share in ageing["open_share"]]
    # The label of a stacked bar stands at its own end, which is the end of the whole column.
    axes.bar_label(bars, shares, padding=2, fontsize=9, color=INK)
    axes.set_xticks(place, [in_words(name) for name in ageing.index])
    axes.set_ylim(0, _ROOM_FOR_LABELS * max(float(ageing["open_amount"].max()), 1.0))
    axes.legend(loc="upper right")
    thousands_ticks(axes)
    return finish(axes, title=title, x_label="Days past due", y_label=f"Open, {currency}")


@chart
def draw_balance(months: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> list[Axes]:
    """Draw the open balance at the end of each month, and the days of sales it stands for.

    Parameters
    ----------
    months : DataFrame
        From `balance_by_month`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    list of two Axes
        Balance above, days of sales below, both from zero.
    """
    _, (upper, lower) = new_axes(rows=2, height=5.2)
    # A month is named by its last day: the balance is that of the evening.
    names = (months["end"] - pd.Timedelta(days=1)).dt.strftime("%Y-%m")
    place = np.arange(len(months))
    for axes, column, colour, marker in ((upper, "closing", BLUE, "o"), (lower, "days_of_sales", INK, "s")):
        axes.plot(place, months[column], color=colour, marker=marker, markersize=4)
        axes.set_ylim(0, _ROOM_FOR_LABELS * float(months[column].max()))
        axes.set_xticks(place, names, rotation=45, ha="right", fontsize=9)
        last = float(months[column].iloc[-1])
        axes.annotate(f"{last:,.0f}", (place[-1], last), (0, 6), textcoords="offset points", ha="center", color=colour)
    thousands_ticks(upper)
    finish(upper, title=title, x_label="", y_label=f"Open, {currency}")
    finish(lower, title="", x_label="End of month", y_label="Days of sales")
    return [upper, lower]


@chart
def draw_roll_rates(rates: RollRates, *, title: str = "") -> Axes:
    """Draw where the money of each bucket is a month later.

    Parameters
    ----------
    rates : RollRates
        From `roll_rates`.
    title : str
        The finding.

    Returns
    -------
    Axes
        A heat map: rows are buckets at the start of a month, columns those at its end, `paid` first.
    """
    values = rates.shares.to_numpy(dtype=np.float64)
    _, (axes,) = new_axes(height=1.6 + 0.45 * len(values), grid="")
    axes.imshow(values, cmap=PALE_TO_BLUE, vmin=0, vmax=float(np.nanmax(values, initial=0.01)), aspect="auto")
    write_cells(axes, values, [["" if np.isnan(cell) else percent(cell) for cell in row] for row in values])
    axes.set_xticks(
        range(values.shape[1]), [in_words(name).replace(" days", "\ndays") for name in rates.shares.columns]
    )
    axes.set_yticks(range(len(values)), [in_words(name) for name in rates.shares.index])
    return finish(axes, title=title, x_label="A month later, share of the row", y_label="Days past due")


@chart
def draw_default_rates(rates: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the share of customers that defaulted within the horizon, by grade, with intervals.

    Parameters
    ----------
    rates : DataFrame
        From `default_rates`.
    title : str
        The finding.

    Returns
    -------
    Axes
        One point per grade that had customers; the others say so.
    """
    _, (axes,) = new_axes(grid="x", height=1.3 + 0.5 * len(rates))
    columns = (rates[name].tolist() for name in ("customers", "defaults", "default_rate", "low", "high"))
    for row, (customers, defaults, rate, low, high) in enumerate(zip(*columns, strict=True)):
        if not customers:
            axes.annotate("no customers", (0.02, row), xycoords=("axes fraction", "data"), va="center", color=GREY)
            continue
        axes.errorbar(rate, row, xerr=whiskers(rate, low, high), fmt="o", color=BLUE, capsize=3)
        text = f"{percent(rate, 1)} ({defaults:,} of {customers:,})"
        axes.annotate(text, (rate, row), (0, 7), textcoords="offset points", ha="center", fontsize=9, color=INK)
    axes.set_yticks(range(len(rates)), [str(grade) for grade in rates.index])
    axes.set_ylim(len(rates) - 0.5, -0.7)
    axes.set_xlim(-0.08, 1.05)
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Customers who defaulted within the horizon, share", y_label="Grade")


@chart
def draw_expected_loss(by_class: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw the expected loss by risk class, with the interval for the loss itself.

    Parameters
    ----------
    by_class : DataFrame
        `by_class` of an `ExpectedLoss`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        One bar per class.
    """
    _, (axes,) = new_axes(grid="x", height=1.4 + 0.45 * len(by_class))
    place, loss = np.arange(len(by_class)), by_class["expected_loss"]
    reach = whiskers(loss, by_class["low"], by_class["high"])
    axes.barh(place, loss, 0.6, color=BLUE, xerr=reach, error_kw={"ecolor": INK, "capsize": 3})
    for row, (value, high) in enumerate(zip(loss, by_class["high"], strict=True)):
        axes.annotate(f"{value:,.0f}", (max(value, high), row), (6, 0), textcoords="offset points", va="center")
    axes.set_yticks(place, [in_words(name) for name in by_class.index])
    axes.set_ylim(len(by_class) - 0.5, -0.5)
    axes.set_xlim(0, _ROOM_FOR_LABELS * max(float(by_class["high"].max()), float(loss.max()), 1.0))
    thousands_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label=f"Expected loss, {currency}", y_label="Risk class")


@chart
def draw_policy_effect(effect: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw the exposure by grade as it is and as it would be under the terms.

    Parameters
    ----------
    effect : DataFrame
        From `policy_effect`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        Two bars per grade.
    """
    _, (axes,) = new_axes(height=1.5 + 1.55 * ROW_INCHES * len(effect), grid="x")
    columns = (("exposure", LIGHT, " as it is"), ("exposure_after", BLUE, " under the terms"))
    _pairs(axes, effect, columns, lambda amount: f"{amount:,.0f}")
    axes.set_xlim(0, 1.35 * max(float(effect["exposure"].max()), 1.0))
    thousands_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label=f"Exposure, {currency}", y_label="Grade")


def _pairs(axes: Axes, table: pd.DataFrame, columns: tuple[tuple[str, str, str], ...], words: Any) -> None:
    """Draw two horizontal bars per row; the words beside the first row say which is which."""
    place = np.arange(len(table))
    for offset, (column, colour, meaning) in zip((-0.2, 0.2), columns, strict=True):
        values = table[column].fillna(0.0).to_numpy(dtype=np.float64)
        bars = axes.barh(place + offset, values, 0.38, color=colour, edgecolor=GREY, linewidth=0.4)
        texts = [words(value) + (meaning if row == 0 else "") for row, value in enumerate(values)]
        axes.bar_label(bars, texts, padding=3, fontsize=9)
    axes.set_yticks(place, [in_words(name) for name in table.index])
    axes.set_ylim(len(table) - 0.5, -0.5)
