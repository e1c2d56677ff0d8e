"""Charts of segments: customers beside revenue, the grid of scores, and moves between groups."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from helpers.charts.common import PALE_TO_BLUE, draw_shares, write_cells
from helpers.charts.labels import percent
from helpers.charts.style import (
    VERMILION,
    chart,
    finish,
    new_axes,
)

_LEVEL_LABELS = 5  # more columns than this need slanted labels


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
