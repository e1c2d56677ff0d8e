"""Charts of lifetime value: do purchase models fit, do they forecast, how sure is each value, who holds it."""

from collections.abc import Mapping

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import PALE_TO_BLUE, whiskers, write_cells
from helpers.charts.labels import percent
from helpers.charts.style import BLUE, GREEN, GREY, INK, LIGHT, VERMILION, chart, finish, new_axes, thousands_ticks

_LINES = ((BLUE, "-", "o"), (VERMILION, "--", "s"), (GREEN, ":", "^"))
_DODGE = 0.22
_MOST_MARKED = 20  # classes with a mark per model; beyond, lines


@chart
def draw_count_fit(
    counts: pd.DataFrame,
    *,
    title: str = "",
    names: Mapping[str, str],
    what: str = "repeat purchases",
    open_end: bool = True,
) -> Axes:
    """Draw how many customers bought how often, and how many each model expects.

    Parameters
    ----------
    counts : DataFrame
        From `helpers.value.lifetime.assessment.compare_counts`.
    title : str
        The finding.
    names : dict of str to str
        What each model's column is called; at most three.
    what : str
        What is counted.
    open_end : bool
        Whether the last class holds all higher counts.

    Returns
    -------
    Axes
        Bars of actual customers, a mark per model and class; a line per model where classes are many.
    """
    _, (axes,) = new_axes()
    place = np.arange(len(counts))
    axes.bar(place, counts["actual"], width=0.8, color=LIGHT, edgecolor=GREY, linewidth=0.4, label="actual")
    for number, (column, label) in enumerate(names.items()):
        colour, line, marker = _LINES[number]
        shift = _DODGE * (number - (len(names) - 1) / 2)
        # Many classes: marks would hide each other and the bars, lines do not.
        style, mark = (line, "") if len(counts) > _MOST_MARKED else ("", marker)
        label = f"expected by {label}"
        axes.plot(place + shift, counts[column], color=colour, linestyle=style, marker=mark, markersize=5, label=label)
    step = max(1, len(counts) // 12)
    labels = [*map(str, counts.index[:-1]), f"{counts.index[-1]}{'+' if open_end else ''}"]
    shown = sorted({*place[::step], place[-1]})
    axes.set_xticks(shown, [labels[row] for row in shown])
    axes.legend()
    thousands_ticks(axes)
    return finish(axes, title=title, x_label=f"Number of {what}", y_label="Customers")


@chart
def draw_tracking(tracked: pd.DataFrame, *, title: str = "", names: Mapping[str, str]) -> Axes:
    """Draw repeat purchases added up week by week: what happened, and what models fitted to the first part expected.

    Parameters
    ----------
    tracked : DataFrame
        From `helpers.value.lifetime.assessment.track_repeat_purchases`.
    title : str
        The finding.
    names : dict of str to str
        What each model's column is called; at most three.

    Returns
    -------
    Axes
        A line for the actual purchases and one per model; the time held out is marked.
    """
    _, (axes,) = new_axes(height=4.2)
    axes.plot(tracked.index, tracked["actual"], color=INK, linewidth=2.4, label="actual")
    for number, (column, label) in enumerate(names.items()):
        colour, line, _ = _LINES[number]
        axes.plot(tracked.index, tracked[column], linestyle=line, color=colour, linewidth=1.8, label=label)
    held_out = tracked.index[tracked["held_out"]]
    if len(held_out):
        axes.axvspan(held_out[0], tracked.index[-1], color=LIGHT, alpha=0.45, linewidth=0)
        axes.annotate(
            "held out", (held_out[0], 0), (6, 6), textcoords="offset points", color=GREY, fontsize=9, va="bottom"
        )
    axes.set_ylim(bottom=0)
    locator = mdates.AutoDateLocator(minticks=4, maxticks=8)  # type: ignore[no-untyped-call]  # matplotlib has no types
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))  # type: ignore[no-untyped-call]
    axes.legend(loc="upper left")
    thousands_ticks(axes)
    return finish(axes, title=title, x_label="", y_label="Repeat purchases, running total")


@chart
def draw_spend_by_frequency(table: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw mean spend per purchase by number of repeat purchases; the spend model takes it to be the same for all.

    Parameters
    ----------
    table : DataFrame
        From `helpers.value.lifetime.assessment.spend_by_frequency`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        A point with its interval per class, and the model's mean.
    """
    _, (axes,) = new_axes()
    place = np.arange(len(table))
    reach = whiskers(table["spend"], table["low"], table["high"])
    axes.errorbar(place, table["spend"], yerr=np.nan_to_num(reach), fmt="o", color=BLUE, capsize=3)
    expected = float(table["expected"].iloc[0])
    axes.axhline(expected, color=VERMILION, linestyle="--", linewidth=1.4, label="mean of all, by the model")
    axes.legend(loc="lower right")
    last = len(table) - 1
    texts = [f"{count}{'+' if row == last and last else ''}" for row, count in enumerate(table.index)]
    axes.set_xticks(place, [f"{text}\n({n:,})" for text, n in zip(texts, table["customers"], strict=True)])
    axes.set_ylim(bottom=0)
    axes.margins(x=0.08)
    return finish(
        axes, title=title, x_label="Repeat purchases (customers)", y_label=f"Mean spend per purchase, {currency}"
    )


@chart
def draw_value_by_group(groups: pd.DataFrame, *, title: str = "", attribute: str = "") -> Axes:
    """Draw each group's share of the customers beside its share of all lifetime value.

    Parameters
    ----------
    groups : DataFrame
        From `helpers.value.lifetime.assessment.value_by_group`.
    title : str
        The finding.
    attribute : str
        What the groups are groups of.

    Returns
    -------
    Axes
        Two bars per group.
    """
    _, (axes,) = new_axes(grid="x", height=1.5 + 0.52 * len(groups))
    place = np.arange(len(groups))
    pairs = ((-0.2, "customer_share", LIGHT, "of customers"), (0.2, "value_share", BLUE, "of future value"))
    for offset, column, colour, whose in pairs:
        shares = groups[column].to_numpy(dtype=np.float64)
        bars = axes.barh(place + offset, shares, 0.38, color=colour, edgecolor=GREY, linewidth=0.4)
        axes.bar_label(bars, [percent(share, 1) for share in shares], padding=3, fontsize=9)
        bars.set_label(whose)
    axes.set_yticks(place, [str(label) for label in groups.index])
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_xlim(0, 1.15 * float(groups[["customer_share", "value_share"]].max().max()))
    axes.xaxis.set_major_formatter(lambda share, _place: percent(share))
    axes.legend(loc="best")
    return finish(
        axes,
        title=title,
        x_label="Share of all customers and of all future value",
        y_label=attribute.replace("_", " ").capitalize(),
    )


@chart
def draw_occasion_outlook(outlook: pd.DataFrame, *, title: str = "", occasion: str = "occasion") -> Axes:
    """Draw the purchases expected of each history: how often a customer bought, and when last.

    Parameters
    ----------
    outlook : DataFrame
        From `helpers.value.lifetime.assessment.occasion_outlook`, of customers observed for one number of occasions.
    title : str
        The finding.
    occasion : str
        What an occasion is.

    Returns
    -------
    Axes
        A heat map; cells say the expected purchases per customer and, in brackets, the customers.
    """
    grid = outlook.pivot_table(index="frequency", columns="last_occasion", values="expected_purchases", aggfunc="mean")
    people = outlook.pivot_table(index="frequency", columns="last_occasion", values="customers", aggfunc="sum")
    values, counts = grid.to_numpy(dtype=np.float64), people.to_numpy(dtype=np.float64)
    _, (axes,) = new_axes(grid="", height=1.2 + 0.5 * len(grid))
    axes.imshow(values, cmap=PALE_TO_BLUE, vmin=0, vmax=float(np.nanmax(values)), aspect="auto")
    texts = [
        ["" if np.isnan(value) else f"{value:.2f}\n({count:,.0f})" for value, count in zip(*cells, strict=True)]
        for cells in zip(values, counts, strict=True)
    ]
    write_cells(axes, values, texts)
    axes.set_xticks(range(len(grid.columns)), [str(number) if number else "never" for number in grid.columns])
    axes.set_yticks(range(len(grid)), [str(number) for number in grid.index])
    return finish(
        axes, title=title, x_label=f"Last {occasion} with a purchase", y_label=f"Number of {occasion}s with a purchase"
    )
