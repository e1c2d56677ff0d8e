"""Charts of any measure by any dimension."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from helpers.charts.common import ROW_INCHES
from helpers.charts.labels import in_words
from helpers.charts.style import BLUE, GREY, chart, finish, new_axes

_MARGIN = 1.4


@chart
def draw_members(by_row: pd.DataFrame, *, title: str = "", measure: str, unit: str = "") -> Axes:
    """Draw one bar per member of a dimension.

    Parameters
    ----------
    by_row : DataFrame
        By member: value; where values add up, share.
    title : str
        The finding.
    measure : str
        What is measured.
    unit : str
        Its unit.

    Returns
    -------
    Axes
        One bar per member, in the order given; a member without a value has none.
    """
    _, (axes,) = new_axes(height=_MARGIN + ROW_INCHES * len(by_row), grid="x")
    values = by_row["value"].to_numpy(dtype=np.float64)
    place = np.arange(len(values))
    axes.barh(place, np.nan_to_num(values), 0.7, color=BLUE, edgecolor=GREY, linewidth=0.4)
    axes.set_yticks(place, [str(label) for label in by_row.index])
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.xaxis.set_major_formatter("{x:,.10g}")
    label = in_words(measure).capitalize()
    x_label = f"{label}, {in_words(unit)}" if unit and unit not in measure else label
    return finish(axes, title=title, x_label=x_label, y_label=in_words(by_row.index.name).capitalize())
