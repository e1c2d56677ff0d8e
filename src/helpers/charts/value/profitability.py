"""Charts of customer profitability: steps to profit, whale curve, tenths, what-ifs and what hangs on assumptions."""

import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.labels import in_words, percent
from helpers.charts.style import (
    BLUE,
    GREY,
    INK,
    LIGHT,
    SKY,
    VERMILION,
    chart,
    finish,
    new_axes,
    percent_ticks,
    thousands_ticks,
)

_ROW_INCHES = 0.36
_LEVELS = ("revenue", "economic_profit", "list_revenue")


def _money(value: float) -> str:
    return f"{value:,.0f}".replace("-", "−")


@chart
def draw_profit_steps(steps: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw the way from list price to economic profit, each cost hanging where the one before ended.

    Parameters
    ----------
    steps : DataFrame
        From `EconomicProfit.steps`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        With one bar per step that is not nil, from top to bottom; without discounts it begins with revenue.
    """
    shown = steps[steps["amount"] != 0]
    if "discount" not in shown["step"].to_numpy():
        shown = shown[shown["step"] != "list_revenue"]
    _, (axes,) = new_axes(grid="x", height=1.3 + _ROW_INCHES * len(shown))
    level, largest = 0.0, float(shown["amount"].abs().max())
    for row, (step, amount) in enumerate(zip(shown["step"], shown["amount"], strict=True)):
        is_level = step in _LEVELS
        start = 0.0 if is_level else level
        colour = (BLUE if amount >= 0 else VERMILION) if is_level else (SKY if amount > 0 else GREY)
        axes.barh(row, amount, left=start, height=0.7, color=colour)
        level = start + amount
        axes.annotate(
            _money(amount),
            (max(start, level), row),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=INK,
        )
    axes.set_yticks(range(len(shown)), [in_words(step) for step in shown["step"]])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlim(min(0.0, float(shown["amount"].iloc[-1])) * 1.1, 1.16 * largest)
    axes.axvline(0, color=GREY, linewidth=0.8)
    thousands_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label=f"All customers, {currency}", y_label="")


@chart
def draw_whale_curve(curve: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw profit added up from the most to the least profitable customer, with the loss behind its peak.

    Parameters
    ----------
    curve : DataFrame
        From `whale_curve`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        With the curve; where customers at a loss follow, its peak is marked and what they cost is tinted.
    """
    share, profit = curve["customer_share"], curve["cumulative_profit"]
    peak, total = float(profit.max()), float(profit.iloc[-1])
    at = float(share.iloc[int(profit.to_numpy().argmax())])
    _, (axes,) = new_axes(grid="both", height=4.2)
    axes.plot([0, 1], [0, total], color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        "if all made the same", (0.35, 0.35 * total), (8, -14), textcoords="offset points", color=GREY, fontsize=9
    )
    axes.plot(share, profit, color=BLUE, linewidth=2.2)
    if peak > total:
        after = share >= at
        axes.fill_between(share[after], profit[after], peak, color=VERMILION, alpha=0.25, linewidth=0)
        axes.plot(at, peak, "o", color=VERMILION)
        axes.annotate(
            f"Peak {_money(peak)},\nlast {percent(1 - at, 1)} of customers:\n{_money(total - peak)}",
            (at, peak),
            (0.98, 0.42),
            textcoords="axes fraction",
            ha="right",
            va="top",
            fontsize=9,
            color=INK,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.8, "shrinkB": 5},
        )
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set_xlim(0, 1.01)
    axes.margins(y=0.08)
    percent_ticks(axes, which=("x",))
    thousands_ticks(axes)
    return finish(
        axes,
        title=title,
        x_label="Customers, share, most profitable first",
        y_label=f"Economic profit added up, {currency}",
    )


@chart
def draw_profit_tenths(tenths: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw the economic profit of each tenth of customers with its range under what is assumed.

    Parameters
    ----------
    tenths : DataFrame
        From `profit_ranges` with `profit_of_tenths`: estimate, low, high, the most profitable tenth first.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        With one bar per tenth.
    """
    _, (axes,) = new_axes()
    place = range(1, len(tenths) + 1)
    colours = [BLUE if value >= 0 else VERMILION for value in tenths["estimate"]]
    reach = whiskers(tenths["estimate"], tenths["low"], tenths["high"])
    axes.bar(place, tenths["estimate"], color=colours, width=0.75, yerr=reach, ecolor=INK, capsize=3)
    for at, (value, low, high) in enumerate(tenths[["estimate", "low", "high"]].to_numpy(dtype=float), start=1):
        below = value < 0
        axes.annotate(
            _money(value),
            (at, low if below else max(high, 0.0)),
            (0, -3 if below else 3),
            textcoords="offset points",
            ha="center",
            va="top" if below else "bottom",
            fontsize=8,
            color=INK,
        )
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set_xticks(list(place))
    axes.margins(y=0.12)
    thousands_ticks(axes)
    return finish(
        axes,
        title=title,
        x_label="Tenth of customers by economic profit (1: highest)",
        y_label=f"Economic profit, {currency}",
    )


@chart
def draw_what_ifs(levers: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw what each lever would add to the profit, with its range under what is assumed.

    Parameters
    ----------
    levers : DataFrame
        From `lever_table`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        With one mark per lever.
    """
    _, (axes,) = new_axes(grid="x", height=1.3 + 0.5 * len(levers))
    columns = (levers[name] for name in ("gain", "low", "high"))
    for row, (gain, low, high) in enumerate(zip(*columns, strict=True)):
        colour = BLUE if low > 0 else VERMILION if high < 0 else INK
        axes.errorbar(gain, row, xerr=whiskers(gain, low, high), fmt="D", color=colour, capsize=3)
        axes.annotate(
            _money(gain), (gain, row), (0, 7), textcoords="offset points", ha="center", fontsize=9, color=colour
        )
    axes.axvline(0, color=GREY, linewidth=1)
    axes.set_yticks(range(len(levers)), [text[:1].upper() + text[1:] for text in levers["lever"]])
    axes.set_ylim(len(levers) - 0.5, -0.7)
    axes.margins(x=0.1)
    thousands_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label=f"Change of economic profit, {currency}", y_label="")


@chart
def draw_assumption_sensitivity(
    sensitivity: pd.DataFrame, total: float, *, title: str = "", currency: str = "study currency", rows_shown: int = 8
) -> Axes:
    """Draw how far the profit moves when one assumption goes to either end of its range.

    Parameters
    ----------
    sensitivity : DataFrame
        From `assumption_sensitivity`.
    total : float
        Economic profit as assumed.
    title : str
        The finding.
    currency : str
        Name of the study's currency.
    rows_shown : int
        Assumptions drawn, the weightiest first.

    Returns
    -------
    Axes
        With one bar per assumption about the profit as assumed.
    """
    shown = sensitivity.head(rows_shown).reset_index(drop=True)
    _, (axes,) = new_axes(grid="x", height=1.4 + 0.42 * len(shown))
    for row, line in enumerate(shown.to_dict("records")):
        ends = [(line["profit_at_low"], line["low"]), (line["profit_at_high"], line["high"])]
        (left, left_value), (right, right_value) = sorted(ends)
        axes.barh(row, right - left, left=left, height=0.6, color=LIGHT, edgecolor=GREY, linewidth=0.6)
        for place, value, side in ((left, left_value, "right"), (right, right_value, "left")):
            axes.annotate(
                _assumed(line["assumption"], value),
                (place, row),
                (-4 if side == "right" else 4, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=9,
            )
    axes.axvline(total, color=BLUE, linewidth=1.5)
    axes.set_yticks(range(len(shown)), [in_words(name) for name in shown["assumption"]])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    drawn = shown[["profit_at_low", "profit_at_high"]].to_numpy(dtype=float)
    room = 0.12 * max(float(drawn.max() - drawn.min()), 1e-9)
    axes.set_xlim(float(drawn.min()) - room, float(drawn.max()) + room)
    thousands_ticks(axes, which=("x",))
    axes.locator_params(axis="x", nbins=5)
    return finish(axes, title=title, x_label=f"Economic profit of all customers, {currency}", y_label="")


def _assumed(assumption: str, value: float) -> str:
    return percent(value, 0) if assumption == "gross_margin" else f"{value:,.2f}"
