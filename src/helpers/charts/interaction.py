"""Charts of the chapters on interaction: what offers bring, expected against actual response, and drift."""

import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.style import BLUE, INK, chart, finish, new_axes


@chart
def draw_offer_effects(effects: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw orders per contact with intervals, one row per offer and tier.

    Parameters
    ----------
    effects : DataFrame
        From `measure_offers`.
    title : str
        The finding.

    Returns
    -------
    Axes
        With a line where a contact brings nothing.
    """
    _, (axes,) = new_axes(grid="x", height=1.2 + 0.3 * len(effects))
    rows = range(len(effects))
    half = ((effects["high"] - effects["low"]) / 2).to_numpy()
    axes.errorbar(effects["effect"].to_numpy(), rows, xerr=half, fmt="o", color=BLUE, capsize=2.5, elinewidth=1.4)
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(rows, (effects["offer"] + ", " + effects["tier"]).tolist(), fontsize=9)
    axes.set_ylim(len(effects) - 0.5, -0.5)
    return finish(axes, title=title, x_label="More orders per contact, with interval", y_label="Offer and tier")


@chart
def draw_response_by_tenth(tenths: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw expected and actual response of each tenth.

    Parameters
    ----------
    tenths : DataFrame
        From `response_by_tenth`.
    title : str
        The finding.

    Returns
    -------
    Axes
        Points on the line are as expected.
    """
    _, (axes,) = new_axes(grid="y")
    expected, actual = 100 * tenths["expected"].to_numpy(), 100 * tenths["actual"].to_numpy()
    ends = [actual - 100 * tenths["low"].to_numpy(), 100 * tenths["high"].to_numpy() - actual]
    axes.errorbar(expected, actual, yerr=ends, fmt="o", color=BLUE, capsize=2.5)
    most = float(max(expected.max(), actual.max()))
    axes.plot([0, most], [0, most], color=INK, linewidth=1)
    return finish(axes, title=title, x_label="Expected response, per cent", y_label="Actual response, per cent")


@chart
def draw_drift(chart_values: pd.DataFrame, limit: float, *, title: str = "") -> Axes:
    """Draw the two cumulative sums of a drift watch against their limit.

    Parameters
    ----------
    chart_values : DataFrame
        `rising` and `falling`, in the order of the contacts.
    limit : float
        Where drift is flagged.
    title : str
        The finding.

    Returns
    -------
    Axes
    """
    _, (axes,) = new_axes(grid="y")
    places = range(len(chart_values))
    axes.plot(places, chart_values["rising"].to_numpy(), color=BLUE, label="more responses than expected")
    axes.plot(places, chart_values["falling"].to_numpy(), color=INK, label="fewer")
    axes.axhline(limit, color=INK, linewidth=1, linestyle="--")
    axes.legend(frameon=False)
    return finish(axes, title=title, x_label="Contacts in order of time", y_label="Cumulative sum")
