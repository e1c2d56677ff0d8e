"""Charts of differentiation: concentration, recency-frequency-money segments, life-cycle phases and moves."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from helpers.charts.common import PALE_TO_BLUE, ROW_INCHES, draw_shares, write_cells
from helpers.charts.labels import percent
from helpers.charts.style import (
    BLUE,
    GREEN,
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

_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
_LEVEL_LABELS = 5  # more columns than this need slanted labels
_PHASE_COLOURS = {"exploration": SKY, "growth": GREEN, "stability": BLUE, "decline": ORANGE, "gone": LIGHT}


@chart
def draw_concentration(
    ranked: pd.DataFrame,
    *,
    title: str = "",
    classes: pd.Series | None = None,
    top: float | None = 0.20,
    customers: str = "customers",
    measure: str = "revenue",
) -> Axes:
    """Draw the share of revenue that the best customers bring, with the ABC classes where given.

    Parameters
    ----------
    ranked : DataFrame
        From `helpers.differentiation.rank_customers`: customer_share, revenue_share.
    title : str
        The finding.
    classes : Series, optional
        From `helpers.differentiation.classify_abc`, same customers; their borders are drawn.
    top : float or None
        Share of the customers whose share of revenue is marked.
    customers : str
        What the customers are called.
    measure : str
        What the amounts ranked are called.

    Returns
    -------
    Axes
        The curve from the origin, and the diagonal on which all customers would bring the same.
    """
    _, (axes,) = new_axes(height=4.4, grid="both")
    x = np.concatenate([[0.0], ranked["customer_share"].to_numpy()])
    y = np.concatenate([[0.0], ranked["revenue_share"].to_numpy()])
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    axes.annotate("if all brought the same", (0.72, 0.62), color=GREY, fontsize=9, va="top", bbox=_ON_WHITE)
    axes.plot(x, y, color=BLUE, linewidth=2.2)
    if classes is not None:
        _mark_classes(axes, ranked, classes)
    if top is not None:
        _mark_top(axes, x, y, top, customers, measure)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, max(1.08, float(y.max()) + 0.02))
    axes.set_yticks(np.linspace(0, 1, 6))
    percent_ticks(axes, which=("x", "y"))
    return finish(
        axes, title=title, x_label=f"Share of {customers}, best first", y_label=f"Share of {measure}, running total"
    )


def _mark_top(
    axes: Axes, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], top: float, customers: str, measure: str
) -> None:
    place = int(np.searchsorted(x, top - 1e-9))
    axes.plot(x[place], y[place], "o", color=VERMILION, markersize=7)
    text = f"best {percent(top)} of {customers}:\n{percent(y[place], 1)} of {measure}"
    axes.annotate(
        text, (x[place], y[place]), xytext=(12, -8), textcoords="offset points", va="top", color=INK, bbox=_ON_WHITE
    )


def _mark_classes(axes: Axes, ranked: pd.DataFrame, classes: pd.Series) -> None:
    """Draw a line at the end of each class and write its name above the curve."""
    named = classes.reindex(ranked.index)
    start = 0.0
    for label in named.cat.categories:
        members = int((named == label).sum())
        end = start + members / len(ranked)
        if end < 1 and members:
            axes.axvline(end, color=GREY, linewidth=0.9, linestyle="--")
        if members:
            text = f"{label}: {percent(members / len(ranked))}"
            axes.annotate(text, ((start + end) / 2, 1.04), ha="center", va="center", fontweight="bold", fontsize=9)
        start = end


@chart
def draw_segments(profile: pd.DataFrame, *, title: str = "", customers: str = "customers", attribute: str = "") -> Axes:
    """Draw each segment's (class's, phase's) share of the customers beside its share of revenue.

    Parameters
    ----------
    profile : DataFrame
        From `helpers.differentiation.profile_groups`; empty groups are drawn with bars of no length.
    title : str
        The finding.
    customers : str
        What the customers are called.
    attribute : str
        What the groups are groups of.

    Returns
    -------
    Axes
        Two bars per group.
    """
    return draw_shares(profile, title=title, customers=customers, attribute=attribute)


@chart
def draw_score_grid(grid: pd.DataFrame, *, title: str = "", unit: str, customers: str = "customers") -> Axes:
    """Draw mean revenue by recency and frequency score as a heat map, with the customers of each cell.

    Parameters
    ----------
    grid : DataFrame
        From `helpers.differentiation.spread_scores`.
    title : str
        The finding.
    unit : str
        Currency of the revenue.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        Best customers at the top right; each cell says mean revenue and, below, the number of customers.
    """
    scores = [str(score) for score in grid.index.unique("recency_score")]
    shape = (len(scores), len(scores))  # every cell is there, row by row
    mean = grid["revenue_per_customer"].to_numpy(dtype=np.float64).reshape(shape)
    count = grid["customers"].to_numpy().reshape(shape)
    figure, (axes,) = new_axes(height=1.6 + 0.58 * len(scores), grid="")
    image = axes.imshow(mean, aspect="auto", cmap=PALE_TO_BLUE, vmin=0, origin="lower")
    texts = [
        [f"{money:,.0f}\n({size:,})" if size else "–" for money, size in zip(*line, strict=True)]
        for line in zip(mean, count, strict=True)
    ]
    write_cells(axes, mean, texts)
    axes.set_xticks(range(len(scores)), scores)
    axes.set_yticks(range(len(scores)), scores)
    bar = figure.colorbar(image, ax=axes, pad=0.02, format="{x:,.0f}")
    bar.set_label(f"Revenue per customer, {unit}")
    bar.outline.set_visible(False)
    x_label = f"Frequency score (more orders to the right; in brackets: {customers})"
    return finish(axes, title=title, x_label=x_label, y_label="Recency score (later above)")


@chart
def draw_moves(moves: pd.DataFrame, *, title: str = "", before: str, after: str, customers: str = "customers") -> Axes:
    """Draw the moves between groups as a heat map: of each group before, the share in each group after.

    Parameters
    ----------
    moves : DataFrame
        From `helpers.differentiation.count_moves`.
    title : str
        The finding.
    before, after : str
        The two periods in words.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        Rows add up to 100 %; row labels give the number of customers.
    """
    size = moves.sum(axis=1)
    shares = moves.div(size.where(size > 0), axis=0)
    _, (axes,) = new_axes(height=1.9 + 0.36 * len(moves), grid="")
    axes.imshow(shares.to_numpy(dtype=np.float64), aspect="auto", cmap=PALE_TO_BLUE, vmin=0)
    texts = [[_row_share(share) for share in row] for row in shares.to_numpy()]
    write_cells(axes, np.nan_to_num(shares.to_numpy(dtype=np.float64)), texts)
    names = [str(name) for name in moves.columns]
    if len(names) > _LEVEL_LABELS:
        axes.set_xticks(range(len(names)), names, rotation=35, ha="right", rotation_mode="anchor")
    else:
        axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(moves)), [f"{name} ({count:,})" for name, count in size.items()])
    for row, name in enumerate(moves.index):
        if str(name) in names and moves.loc[name, name]:
            corner = (names.index(str(name)) - 0.5, row - 0.5)
            axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=VERMILION, linewidth=1.5))
    axes.set_xlim(-0.55, len(names) - 0.45)
    axes.set_ylim(len(moves) - 0.45, -0.55)
    x_label = f"{after} (per cent of the row; framed: stayed)"
    return finish(axes, title=title, x_label=x_label, y_label=f"{before} ({customers})")


def _row_share(share: float) -> str:
    if not share > 0:  # nobody, or an empty row
        return ""
    return "<1 %" if share < 0.005 else percent(share)


@chart
def draw_phases(reasons: pd.DataFrame, *, title: str = "", customers: str = "customers") -> Axes:
    """Draw the customers in each life-cycle phase, one bar for each reason they are in it.

    Parameters
    ----------
    reasons : DataFrame
        From `helpers.differentiation.count_reasons`: phase, reason, customers, customer_share.
    title : str
        The finding.
    customers : str
        What the customers are called.

    Returns
    -------
    Axes
        One bar per reason, phases in the order of a customer's life.
    """
    _, (axes,) = new_axes(height=1.3 + ROW_INCHES * 1.2 * len(reasons), grid="x")
    colours = [_PHASE_COLOURS[str(phase)] for phase in reasons["phase"]]
    bars = axes.barh(np.arange(len(reasons)), reasons["customers"], 0.7, color=colours, edgecolor=GREY, linewidth=0.4)
    rows = zip(reasons["customers"], reasons["customer_share"], strict=True)
    axes.bar_label(bars, [f"{count:,} ({percent(share, 1)})" for count, share in rows], padding=3, fontsize=9)
    labels = [f"{phase}: {reason}" for phase, reason in zip(reasons["phase"], reasons["reason"], strict=True)]
    axes.set_yticks(range(len(reasons)), labels)
    axes.set_ylim(len(reasons) - 0.5, -0.5)
    axes.set_xlim(0, 1.3 * float(reasons["customers"].max()))
    thousands_ticks(axes, which=("x",))
    return finish(axes, title=title, x_label=f"Number of {customers}", y_label="")


@chart
def draw_trends(life: pd.DataFrame, *, title: str = "", customers: str = "Customers", period_days: int = 28) -> Axes:
    """Draw purchases per period in the newer half of the window against the older, with the clear trends marked.

    Parameters
    ----------
    life : DataFrame
        Customers of a `helpers.differentiation.LifeCycle`: rate_before, rate_after, phase, reason.
    title : str
        The finding.
    customers : str
        What the customers are called.
    period_days : int
        Days of a period.

    Returns
    -------
    Axes
        One point per customer; on the diagonal nothing changed. Up-pointing marks rise, down-pointing ones fall.
    """
    _, (axes,) = new_axes(height=4.6, grid="both")
    shown = life.dropna(subset=["rate_before", "rate_after"])
    marks = {"no clear trend": (LIGHT, "o", 12), "rising": (GREEN, "^", 22), "falling": (VERMILION, "v", 22)}
    for reason, (colour, marker, size) in marks.items():
        part = shown[shown["reason"] == reason]
        edge = GREY if reason == "no clear trend" else INK
        label = f"{reason} ({len(part):,})"
        x, y = part["rate_before"], part["rate_after"]
        axes.scatter(x, y, s=size, c=colour, marker=marker, edgecolors=edge, linewidths=0.3, label=label)
    largest = float(shown[["rate_before", "rate_after"]].max().max()) if len(shown) else 1.0
    axes.plot([0, largest], [0, largest], color=INK, linewidth=0.8, linestyle=":")
    axes.legend(loc="upper left", fontsize=9, title=customers)
    unit = f"Purchase days per {period_days} days"
    return finish(axes, title=title, x_label=f"{unit}, older half", y_label=f"{unit}, newer half")
