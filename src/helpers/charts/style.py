"""The look all charts share: readable in print, in grey and by colour-blind readers.

Nothing is set on import. A chart function opens its axes with `new_axes`, draws, and ends with `finish`.
"""

from collections.abc import Sequence
from textwrap import fill

import matplotlib as mpl
import seaborn as sns
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

# Okabe and Ito (2008), "Color Universal Design": distinguishable under the common colour-vision deficiencies.
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
SKY = "#56B4E9"
PURPLE = "#CC79A7"
YELLOW = "#F0E442"
GREY = "#7A7A7A"
LIGHT = "#D5D9DE"
INK = "#1F2933"
CYCLE: tuple[str, ...] = (BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, YELLOW, GREY)

WIDTH_INCHES = 7.2
HEIGHT_INCHES = 3.8
_SHORTEST_LINE = 20  # characters of a title, however narrow the axes

_HOUSE = {
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.prop_cycle": cycler(color=CYCLE),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "grid.color": LIGHT,
    "legend.frameon": False,
    "savefig.dpi": 200,
    "text.color": INK,
    "text.parse_math": False,  # a product called "A$B$C" is a name, not a formula
    "xtick.color": INK,
    "ytick.color": INK,
}


def new_axes(
    *, rows: int = 1, columns: int = 1, height: float = HEIGHT_INCHES, grid: str = "y", share_y: bool = False
) -> tuple[Figure, list[Axes]]:
    """Open a figure in the house style without touching matplotlib's global state.

    Parameters
    ----------
    rows, columns : int
        Panels of the figure.
    height : float
        Height of the whole figure in inches; the width is that of the report's column.
    grid : {"x", "y", "both", ""}
        Direction of the guide lines.
    share_y : bool
        Whether panels share one vertical scale.

    Returns
    -------
    (Figure, list of Axes)
        The axes row by row.
    """
    style = {**sns.axes_style("white"), **_HOUSE}
    with mpl.rc_context(style):
        figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, sharey=share_y)
        flat = [axis for line in axes for axis in line]
        for axis in flat:
            axis.set_axisbelow(True)
            if grid:
                axis.grid(visible=True, axis=grid, linewidth=0.6)
    return figure, flat


def finish(axes: Axes, *, title: str, x_label: str, y_label: str) -> Axes:
    """Set the finding as the title and name both axes with their units; long titles are broken into lines.

    Call it last: how many characters fit is measured, since long tick labels push the axes to the right.

    Examples
    --------
    >>> _, (axes,) = new_axes()
    >>> finish(axes, title="Few households bring most revenue", x_label="Households, share", y_label="Revenue, share")
    <Axes: title={'left': 'Few households bring most revenue'}, xlabel='Households, share', ylabel='Revenue, share'>
    """
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    heading = axes.set_title(title, loc="left", fontsize=12, fontweight="bold", color=INK)
    figure = axes.get_figure(root=True)
    if figure is not None and title:
        heading.set_in_layout(False)  # a line that is still too long must not squeeze the axes while they are measured
        figure.draw_without_rendering()
        grid = axes.get_subplotspec()
        right = figure.bbox.x1 if grid is None or grid.is_last_col() else axes.bbox.x1
        width = heading.get_window_extent().width / len(title)
        heading.set_text(fill(title, max(_SHORTEST_LINE, int(0.96 * (right - axes.bbox.x0) / width))))
        heading.set_in_layout(True)
    return axes


def percent_ticks(axes: Axes, *, which: Sequence[str] = ("y",)) -> None:
    """Write the ticks of a share between 0 and 1 as per cent."""
    for name in which:
        axis = axes.yaxis if name == "y" else axes.xaxis
        axis.set_major_formatter(FuncFormatter(lambda value, _position: f"{value:.0%}".replace("%", " %")))


def thousands_ticks(axes: Axes, *, which: Sequence[str] = ("y",)) -> None:
    """Write large ticks with thousands separators."""
    for name in which:
        axis = axes.yaxis if name == "y" else axes.xaxis
        axis.set_major_formatter(FuncFormatter(lambda value, _position: f"{value:,.0f}"))
