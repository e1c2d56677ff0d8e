"""Charts of customer structure: products by groups of customers, and how many products a customer holds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import PALE_TO_BLUE, ROW_INCHES, write_cells
from helpers.charts.labels import in_words, percent
from helpers.charts.style import BLUE, chart, finish, new_axes, thousands_ticks


@chart
def draw_penetration(
    penetration: pd.DataFrame, products: Sequence[str], *, title: str = "", group: str = "group"
) -> Axes:
    """Draw the share of each group that holds each product.

    Parameters
    ----------
    penetration : DataFrame
        From `helpers.identification.measure_penetration`: product, group, penetration.
    products : sequence of str
        Products to draw, in reading order.
    title : str
        The finding.
    group : str
        What the groups are groups of.

    Returns
    -------
    Axes
        One row per product, one column per group; darker cells reach further.
    """
    groups = list(dict.fromkeys(penetration["group"]))
    cells = penetration.set_index(["product", "group"])["penetration"]
    index = pd.MultiIndex.from_product([products, groups])
    shares = cells.reindex(index).to_numpy(dtype=np.float64).reshape(len(products), len(groups))
    _, (axes,) = new_axes(height=1.5 + 0.9 * ROW_INCHES * len(products), grid="")
    axes.imshow(shares, aspect="auto", cmap=PALE_TO_BLUE, vmin=0)
    write_cells(axes, shares, [[percent(share) for share in row] for row in shares])
    axes.set_yticks(range(len(products)), [in_words(str(name).lower()) for name in products])
    axes.set_xticks(range(len(groups)), [str(name) for name in groups])
    return finish(axes, title=title, x_label=in_words(group), y_label="")


@chart
def draw_products_held(spread: pd.Series, *, title: str = "", product: str = "products") -> Axes:
    """Draw how many customers hold no product, one, two and so on.

    Parameters
    ----------
    spread : Series
        From `helpers.identification.spread_products_held`: customers by number of products.
    title : str
        The finding.
    product : str
        What is counted.

    Returns
    -------
    Axes
        One bar per number of products.
    """
    _, (axes,) = new_axes(height=3.2)
    customers = spread.to_numpy(dtype=np.float64)
    bars = axes.bar([str(label) for label in spread.index], customers, 0.7, color=BLUE)
    axes.bar_label(bars, [percent(share, 1) for share in customers / customers.sum()], padding=3, fontsize=9)
    axes.set_ylim(0, 1.12 * max(float(customers.max()), 1.0))
    thousands_ticks(axes)
    return finish(axes, title=title, x_label=f"{in_words(product)} held", y_label="Customers")
