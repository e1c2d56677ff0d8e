"""Charts of retention and of migration between groups."""

import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.labels import in_words
from helpers.charts.style import (
    INK,
    chart,
    finish,
    new_axes,
)
from helpers.evaluation.migration import Migration

_HALF_DARK = 0.55  # share of the colour scale from which text is written in white


def _heat(axes: Axes, shares: pd.DataFrame, *, digits: int = 0, size: float = 8.5) -> None:
    values = shares.to_numpy(dtype=float)
    top = float(pd.DataFrame(values).max().max())
    axes.imshow(values, cmap="Blues", vmin=0, vmax=top, aspect="auto")
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            if not pd.isna(value):
                colour = "white" if value > _HALF_DARK * top else INK
                text = f"{100 * value:.{digits}f}"
                axes.text(column, row, text, ha="center", va="center", fontsize=size, color=colour)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)


@chart
def draw_retention_heatmap(cohorts: pd.DataFrame, *, title: str = "", step: str = "month") -> Axes:
    """Draw the share of each cohort still active by age; age zero, always all, is left out.

    Parameters
    ----------
    cohorts : DataFrame
        From `cohort_retention`.
    title : str
        The finding.
    step : {"month", "quarter"}
        As given to `cohort_retention`.

    Returns
    -------
    Axes
        With one row per cohort and a number in per cent in every field; incomplete periods are left out.
    """
    shown = cohorts[(cohorts["age"] > 0) & cohorts["complete"]]
    shares = shown.pivot_table(index="cohort", columns="age", values="retention")
    sizes = shown.groupby("cohort")["customers"].first()
    _, (axes,) = new_axes(grid="", height=1.4 + 0.3 * len(shares))
    _heat(axes, shares)
    axes.set_xticks(range(shares.shape[1]), [str(age) for age in shares.columns])
    labels = [f"{_period_name(cohort, step)} ({sizes[cohort]:,})" for cohort in shares.index]
    axes.set_yticks(range(len(shares)), labels, fontsize=9)
    unit = f"{step.capitalize()}s since first seen"
    return finish(axes, title=title, x_label=f"{unit} (fields: customers active, %)", y_label="First seen (customers)")


def _period_name(day: pd.Timestamp, step: str) -> str:
    return f"{day:%Y} Q{day.quarter}" if step == "quarter" else f"{day:%b %Y}"


@chart
def draw_migration_heatmap(migration: Migration, *, title: str = "", group: str = "group") -> Axes:
    """Draw where the customers of each group went, as shares of the row.

    Parameters
    ----------
    migration : Migration
        From `follow_migration`.
    title : str
        The finding.
    group : str
        What the groups are called in the axis labels, for example "decile".

    Returns
    -------
    Axes
        With a number in per cent in every field.
    """
    shares = migration.shares.copy()
    shares.iloc[-1, -1] = float("nan")  # in neither period: nobody, by definition
    _, (axes,) = new_axes(grid="", height=1.6 + 0.32 * len(shares))
    _heat(axes, shares)
    totals = migration.counts.sum(axis=1)
    axes.set_xticks(range(shares.shape[1]), [in_words(name) for name in shares.columns], fontsize=9)
    labels = [f"{in_words(name)} ({total:,})" for name, total in zip(shares.index, totals, strict=True)]
    axes.set_yticks(range(len(shares)), labels, fontsize=9)
    axes.set_xticks([place + 0.5 for place in range(shares.shape[1] - 1)], minor=True)
    axes.set_yticks([place + 0.5 for place in range(len(shares) - 1)], minor=True)
    axes.grid(visible=True, which="minor", color="white", linewidth=1)
    axes.tick_params(which="minor", length=0)
    return finish(
        axes,
        title=title,
        x_label=f"{in_words(group)} afterwards (fields: share of the row, %)",
        y_label=f"{in_words(group)} before (customers)",
    )
