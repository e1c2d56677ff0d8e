"""Charts of campaigns: when they ran, who answered, and who was chosen for them."""

from collections.abc import Sequence
from datetime import date
from textwrap import shorten

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from helpers.charts.common import whiskers
from helpers.charts.labels import HALO, in_words, percent
from helpers.charts.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    VERMILION,
    chart,
    finish,
    new_axes,
    percent_ticks,
)

_TYPE_COLOURS = (BLUE, VERMILION, GREEN, ORANGE, GREY)
_TYPE_MARKERS = ("o", "s", "^", "D", "v")
_NAME_CHARACTERS = 32


def _short(name: object) -> str:
    """Return a name of at most so many characters that the marks keep most of the width."""
    return shorten(str(name), _NAME_CHARACTERS, placeholder=" …") if " " in str(name) else _cut(str(name))


def _cut(word: str) -> str:
    return word if len(word) <= _NAME_CHARACTERS else f"{word[: _NAME_CHARACTERS - 1]}…"


def _interval_row(
    axes: Axes, row: float, table_row: Sequence[float], *, colour: str, marker: str, hollow: bool
) -> None:
    value, low, high = table_row
    axes.errorbar(
        value,
        row,
        xerr=whiskers(value, low, high),
        fmt=marker,
        color=colour,
        markerfacecolor="white" if hollow else colour,
        capsize=2.5,
        elinewidth=1.4,
    )


@chart
def draw_response_rates(rates: pd.DataFrame, *, by: str = "campaign_type", title: str = "") -> Axes:
    """Draw the response rate of each group and of all with clustered intervals.

    Parameters
    ----------
    rates : DataFrame
        From `response_rates`.
    by : str
        Its group column.
    title : str
        The finding.

    Returns
    -------
    Axes
        With one row per group; "all" stands last.
    """
    _, (axes,) = new_axes(grid="x", height=1.3 + 0.42 * len(rates))
    columns = [rates[name].tolist() for name in (by, "rate", "low", "high", "pairs")]
    names = []
    for row, (group, rate, low, high, pairs) in enumerate(zip(*columns, strict=True)):
        last = group == "all"
        _interval_row(
            axes, row, (rate, low, high), colour=INK if last else BLUE, marker="D" if last else "o", hollow=False
        )
        axes.annotate(percent(rate, 1), (high, row), (6, 0), textcoords="offset points", va="center", color=INK)
        names.append(f"{in_words(group)}\n{pairs:,} contacts")
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, 1.18 * float(rates["high"].max()))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
    percent_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label="Contacts with a response, share, with interval", y_label="")


def _type_styles(types: pd.Series) -> dict[object, tuple[str, str]]:
    known = sorted(types.fillna("").unique().tolist())
    size = len(_TYPE_COLOURS)
    return {kind: (_TYPE_COLOURS[n % size], _TYPE_MARKERS[n % size]) for n, kind in enumerate(known)}


@chart
def draw_campaign_rates(windows: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the response rate of every campaign, grouped by type; hollow marks were observed only in part.

    Parameters
    ----------
    windows : DataFrame
        From `campaign_windows`.
    title : str
        The finding.

    Returns
    -------
    Axes
        With one row per campaign.
    """
    ordered = windows.sort_values(["campaign_type", "start", "campaign_id"], kind="stable", ignore_index=True)
    styles = _type_styles(ordered["campaign_type"])
    kinds = ordered["campaign_type"].fillna("").astype(str)
    rows = np.arange(len(ordered)) + kinds.ne(kinds.shift()).cumsum().to_numpy()  # each type begins with its heading
    _, (axes,) = new_axes(grid="x", height=1.3 + 0.24 * (rows[-1] + 1))
    columns = [ordered[name].tolist() for name in ("rate", "low", "high", "wholly_observed")]
    for row, kind, rate, low, high, whole in zip(rows, kinds, *columns, strict=True):
        colour, marker = styles[kind]
        _interval_row(axes, row, (rate, low, high), colour=colour, marker=marker, hollow=not whole)
    names = dict(zip(rows.tolist(), ordered["campaign_id"].map(_short), strict=True))
    headings = {int(rows[(kinds == kind).to_numpy().argmax()]) - 1: kind for kind in styles}
    for row in headings:
        axes.axhline(row - 0.5, color=GREY, linewidth=0.6)
    shown = names | {row: _short(kind) for row, kind in headings.items()}
    axes.set_yticks(list(shown), list(shown.values()), fontsize=8.5)
    for row, tick in zip(shown, axes.get_yticklabels(), strict=True):
        if row in headings:
            tick.set(color=styles[headings[row]][0], fontweight="bold")
    axes.set_ylim(rows[-1] + 0.5, -0.5)
    axes.set_xlim(left=-0.012)  # room for a mark at zero
    percent_ticks(axes, which=("x",))
    label = "Customers who responded, share, with interval (hollow: window seen only in part)"
    return finish(axes, title=title, x_label=label, y_label="Campaign")


@chart
def draw_campaign_windows(
    windows: pd.DataFrame, *, as_of: date, title: str = "", observed_from: date | None = None
) -> Axes:
    """Draw when each campaign could be answered, and which part of that lies outside the data.

    Parameters
    ----------
    windows : DataFrame
        From `campaign_windows`.
    as_of : date
        End of the data.
    title : str
        The finding.
    observed_from : date, optional
        Begin of the data.

    Returns
    -------
    Axes
        With one bar per campaign in order of start; the parts not observed are pale.
    """
    styles = _type_styles(windows["campaign_type"])
    _, (axes,) = new_axes(grid="x", height=1.3 + 0.22 * len(windows))
    columns = [windows[name].tolist() for name in ("start", "end", "contacted")]
    kinds = windows["campaign_type"].fillna("").tolist()
    for row, (kind, start, end, contacted) in enumerate(zip(kinds, *columns, strict=True)):
        opens, closes = _day_number(start), _day_number(end) + 1
        seen_from = opens if observed_from is None else max(opens, _day_number(observed_from))
        seen = max(min(closes, _day_number(as_of)) - seen_from, 0)
        axes.barh(row, closes - opens, left=opens, height=0.72, color=LIGHT, edgecolor=GREY, linewidth=0.5)
        axes.barh(row, seen, left=seen_from, height=0.72, color=styles[kind][0])
        figure = axes.annotate(
            f"{contacted:,}", (closes, row), (4, 0), textcoords="offset points", va="center", fontsize=8
        )
        figure.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.6})
    for day, text in ((observed_from, "data begin"), (as_of, "data end")):
        if day is not None:
            axes.axvline(_day_number(day), color=INK, linewidth=1, linestyle=":")
            axes.annotate(text, (_day_number(day), -0.7), (3, 0), textcoords="offset points", fontsize=8.5, va="bottom")
    unseen = Patch(facecolor=LIGHT, edgecolor=GREY, label="not observed")
    legend = axes.legend(handles=[unseen], loc="lower left", fontsize=9, frameon=True, framealpha=1)
    legend.get_frame().set(edgecolor="none", facecolor="white")  # the lines of the chart must not cross it
    _month_ticks(axes, windows["start"].min(), windows["end"].max())
    names = [f"{campaign} {kind}".strip() for campaign, kind in zip(windows["campaign_id"], kinds, strict=True)]
    axes.set_yticks(range(len(windows)), names, fontsize=8.5)
    axes.set_ylim(len(windows) - 0.5, -1.7)
    return finish(
        axes, title=title, x_label="Days a customer could respond (figure: customers contacted)", y_label="Campaign"
    )


def _day_number(day: date | pd.Timestamp) -> float:
    return float((pd.Timestamp(day) - pd.Timestamp(0)) / pd.Timedelta(days=1))


def _month_ticks(axes: Axes, first: pd.Timestamp, last: pd.Timestamp) -> None:
    """Mark the first of months; January carries the year."""
    months = pd.date_range(first, last, freq="MS")
    shown = [month for month in months if month.month % (2 if len(months) > 8 else 1) == 1 or len(months) <= 8]
    labels = [f"{month:%b}\n{month:%Y}" if month.month == 1 else f"{month:%b}" for month in shown]
    axes.set_xticks([_day_number(month) for month in shown], labels)
    axes.set_xlim(_day_number(first) - 10, _day_number(last) + 20)


@chart
def draw_response_by_contacts(table: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw the share of customers who ever responded against the number of campaigns they received.

    Parameters
    ----------
    table : DataFrame
        From `response_by_contacts`.
    title : str
        The finding.

    Returns
    -------
    Axes
        With two labelled lines: customers who ever responded, and responses per contact.
    """
    _, (axes,) = new_axes()
    places = list(range(len(table)))
    reach = whiskers(table["responder_share"], table["low"], table["high"])
    axes.errorbar(places, table["responder_share"], yerr=reach, fmt="o-", color=BLUE, capsize=3)
    axes.plot(places, table["rate"], "s--", color=VERMILION)
    last, middle = places[-1], len(places) // 2
    axes.annotate(
        "customers who ever responded", (last, float(table["responder_share"].iloc[-1])), (-14, 8),
        textcoords="offset points", ha="right", va="center", color=BLUE, path_effects=HALO,
    )  # fmt: skip
    axes.annotate(
        "responses per contact", (middle, float(table["rate"].iloc[middle])), (0, -14),
        textcoords="offset points", ha="center", va="center", color=VERMILION, path_effects=HALO,
    )  # fmt: skip
    labels = [f"{label}\n({customers:,})" for label, customers in zip(table["label"], table["customers"], strict=True)]
    axes.set_xticks(places, labels, fontsize=9)
    axes.set_ylim(bottom=0)
    percent_ticks(axes)
    return finish(axes, title=title, x_label="Campaigns received (customers)", y_label="Share, with interval")


@chart
def draw_contact_selection(frame: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw how prior spend was spread among customers contacted later and among the others.

    Parameters
    ----------
    frame : DataFrame
        From `prior_spend`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        With one labelled cumulative curve per group, on a logarithmic scale from one unit of currency.
    """
    _, (axes,) = new_axes(grid="both")
    spent_more = bool(frame.loc[frame["contacted"], "prior_revenue"].median() >= frame["prior_revenue"].median())
    for contacted, colour, line, text in ((False, VERMILION, "--", "not contacted"), (True, BLUE, "-", "contacted")):
        is_right = contacted == spent_more  # each label lies on the side away from the other curve
        spend = frame.loc[frame["contacted"] == contacted, "prior_revenue"].clip(lower=1)
        if spend.empty:
            continue
        axes.ecdf(spend, color=colour, linestyle=line, linewidth=2)
        axes.annotate(
            f"{text}\n({len(spend):,})", (float(spend.median()), 0.5), (8, -4) if is_right else (-8, 4),
            textcoords="offset points", ha="left" if is_right else "right",
            va="top" if is_right else "bottom", color=colour,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _position: f"{value:,.0f}")
    percent_ticks(axes)
    return finish(
        axes,
        title=title,
        x_label=f"Spend before the campaigns, {currency} (log scale)",
        y_label="Customers with at most this spend",
    )
