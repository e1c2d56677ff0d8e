"""Charts of record linkage: why two records belong together, and what hangs on the threshold."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from helpers.charts.common import PALE_TO_BLUE, ROW_INCHES, write_cells
from helpers.charts.labels import in_words, percent
from helpers.charts.style import (
    BLUE,
    GREY,
    INK,
    SKY,
    VERMILION,
    chart,
    finish,
    head_panels,
    new_axes,
    percent_ticks,
    thousands_ticks,
)

_NARROW = 1e-3  # of the span: a bar less wide than this says nothing and is not labelled


@chart
def draw_match_weights(parts: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw how the match weight of two records comes about, part by part, without the values compared.

    Parameters
    ----------
    parts : DataFrame
        From `helpers.identification.linkage.explain_pair`: part, agreement, match_weight (bits); the last row is the
        total.
    title : str
        The finding.

    Returns
    -------
    Axes
        A bar per part that begins where the one above ends: to the right speaks for one customer, to the left against.
    """
    weights = parts["match_weight"].to_numpy(dtype=np.float64)
    start = np.concatenate([[0.0], np.cumsum(weights[:-1])])
    start[-1] = 0.0
    _, (axes,) = new_axes(height=1.4 + ROW_INCHES * len(parts), grid="x")
    place = np.arange(len(parts))
    colours = np.where(weights >= 0, BLUE, VERMILION).astype(object)
    colours[-1] = INK
    axes.barh(place, weights, 0.62, left=start, color=list(colours))
    axes.vlines(start[1:-1], place[:-2] + 0.31, place[1:-1] - 0.31, color=GREY, linewidth=0.8)
    axes.axvline(0, color=GREY, linewidth=0.8)
    span = float(np.ptp(np.concatenate([start, start + weights]))) or 1.0
    for row, (begin, weight) in enumerate(zip(start, weights, strict=True)):
        if abs(weight) > _NARROW * span or row == len(parts) - 1:
            axes.annotate(
                f"{weight:+.1f}".replace("-", "−"),
                (max(begin, begin + weight), row),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
            )
    axes.set_yticks(place, [_part(row) for row in parts.to_dict("records")])
    axes.set_ylim(len(parts) - 0.5, -0.5)
    axes.margins(x=0.1)
    label = "Match weight, bits (each bit doubles the odds of one customer)"
    return finish(axes, title=title, x_label=label, y_label="")


@chart
def draw_thresholds(band: pd.DataFrame, *, title: str = "", threshold: float) -> list[Axes]:
    """Draw the number of customers, and the cost expected of errors, over thresholds.

    Parameters
    ----------
    band : DataFrame
        From `helpers.identification.linkage.follow_threshold`: threshold, customers, false_merges, false_splits.
    title : str
        The finding.
    threshold : float
        The one in use.

    Returns
    -------
    list of Axes
        Customers found on the left, pairs expected to be wrong on the right.
    """
    figure, (left, right) = new_axes(columns=2, height=3.8)
    at = band["threshold"].to_numpy(dtype=np.float64)
    left.plot(at, band["customers"].to_numpy(dtype=np.float64), "o-", color=BLUE, markersize=4)
    _leave_room(left, band["customers"].to_numpy(dtype=np.float64))
    thousands_ticks(left)
    for name, colour, style in (("false_merges", VERMILION, "o-"), ("false_splits", SKY, "s--")):
        values = band[name].to_numpy(dtype=np.float64)
        right.plot(at, values, style, color=colour, markersize=4, label=in_words(name))
    right.set_ylim(bottom=0)
    right.legend(loc="best", fontsize=9)
    for axes in (left, right):
        axes.axvline(threshold, color=GREY, linestyle=":", linewidth=1.2)
        axes.set_xlim(0, 1.03)
        percent_ticks(axes, which=("x",))
    label = "Match probability from which\nrecords are linked (dotted: in use)"
    head_panels(figure, title)
    return [
        finish(left, title="", x_label=label, y_label="Customers found"),
        finish(right, title="", x_label=label, y_label="Pairs expected to be wrong"),
    ]


@chart
def draw_downstream(figures: pd.DataFrame, *, title: str = "", threshold: float) -> list[Axes]:
    """Draw what later figures become at each threshold, one panel per figure.

    Parameters
    ----------
    figures : DataFrame
        From `helpers.identification.linkage.follow_downstream`: threshold, buyers, top20_revenue_share, repeat_rate.
    title : str
        The finding.
    threshold : float
        The one in use.

    Returns
    -------
    list of Axes
        Buying customers, share of revenue of the best, share that bought again.
    """
    panels = {
        "buyers": "Buying customers",
        "top20_revenue_share": "Revenue of the best fifth",
        "repeat_rate": "Bought again",
    }
    figure, drawn = new_axes(columns=len(panels), height=3.4)
    at = figures["threshold"].to_numpy(dtype=np.float64)
    for axes, (name, label) in zip(drawn, panels.items(), strict=True):
        values = figures[name].to_numpy(dtype=np.float64)
        axes.plot(at, values, "o-", color=BLUE, markersize=4)
        axes.axvline(threshold, color=GREY, linestyle=":", linewidth=1.2)
        axes.set_xlim(0, 1.03)
        _leave_room(axes, values)
        percent_ticks(axes, which=("x",))
        if name != "buyers":
            axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _position: percent(share, 1)))
        finish(axes, title="", x_label="Threshold", y_label=label)
    thousands_ticks(drawn[0])
    head_panels(figure, title)
    return drawn


@chart
def draw_source_completeness(fields: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw how complete each field is in each system.

    Parameters
    ----------
    fields : DataFrame
        From `helpers.identification.measure_fields` with `by="source"` (without it all records are drawn as one):
        source, field, present, completeness, and what each field is required for.
    title : str
        The finding.

    Returns
    -------
    Axes
        One row per field that some system holds or should hold, one column per system; darker cells are more complete.
        Fields that are required for a purpose stand first.
    """
    purposes = ["talk", "analyse", "relate", "manage"]
    held = fields[fields["present"] | (fields[purposes] == "required").any(axis=1)]
    held = held if "source" in held else held.assign(source="all records")
    held = held.assign(completeness=held["completeness"].where(held["present"], 0.0))
    shares = held.pivot_table(index="field", columns="source", values="completeness", sort=False)
    needed = held.drop_duplicates("field").set_index("field")[purposes] == "required"
    required = needed.any(axis=1).sort_values(ascending=False, kind="stable")
    shares = shares.reindex(required.index)[sorted(shares.columns)]
    _, (axes,) = new_axes(height=1.5 + 0.9 * ROW_INCHES * len(shares), grid="")
    values = shares.to_numpy(dtype=np.float64)
    axes.imshow(values, aspect="auto", cmap=PALE_TO_BLUE, vmin=0, vmax=1)
    write_cells(axes, values, [[percent(share) for share in row] for row in values])
    names = [in_words(str(name)) + (" *" if must else "") for name, must in required.items()]
    axes.set_yticks(range(len(shares)), names)
    axes.set_xticks(range(len(shares.columns)), [in_words(str(name)) for name in shares.columns])
    return finish(axes, title=title, x_label="System (* field required for a purpose)", y_label="")


@chart
def draw_error_levels(curve: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw how precision and recall of a linkage fall as the records hold more errors.

    Parameters
    ----------
    curve : DataFrame
        error_level, precision, recall, each with its ends `_low` and `_high`.
    title : str
        The finding.

    Returns
    -------
    Axes
        One line with a band per measure.
    """
    _, (axes,) = new_axes(height=3.4)
    level = curve["error_level"].to_numpy(dtype=np.float64)
    for name, colour, style in (("precision", BLUE, "o-"), ("recall", VERMILION, "s--")):
        low, value, high = (curve[f"{name}{end}"].to_numpy(dtype=np.float64) for end in ("_low", "", "_high"))
        axes.fill_between(level, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(level, value, style, color=colour, markersize=5, label=in_words(name))
    axes.legend(loc="lower left", fontsize=9)
    percent_ticks(axes, which=("x",))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _position: percent(share, 1)))
    return finish(axes, title=title, x_label="Fields with a typing error", y_label="Share of pairs")


def _leave_room(axes: Axes, values: npt.NDArray[np.float64]) -> None:
    """Show a band of at least two per cent of the values, so that a move of nothing does not look like much."""
    middle, half = float(np.mean([values.min(), values.max()])), float(np.ptp(values)) / 2
    least = 0.02 * abs(middle)
    axes.set_ylim(middle - 1.2 * max(half, least), middle + 1.2 * max(half, least))


def _part(row: dict[Hashable, Any]) -> str:
    name, agreement = str(row["part"]), row["agreement"]
    words = in_words("sum of the parts" if name == "total" else name)
    return words if pd.isna(agreement) else f"{words}: {agreement}"
