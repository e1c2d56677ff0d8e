"""Charts of forecasts against what happened."""

import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.common import whiskers
from helpers.charts.labels import in_words
from helpers.charts.style import BLUE, GREY, INK, chart, finish, new_axes, thousands_ticks

MEASURE_LABELS = {
    "mae": "Mean absolute error per customer",
    "rmse": "Root mean squared error per customer",
    "bias": "Mean forecast less actual per customer",
    "spearman": "Rank correlation of forecast and actual",
    "top_decile_capture": "Value of the tenth forecast best, of the true best tenth",
}
_MONEY = ("mae", "rmse", "bias")


@chart
def draw_forecast_errors(
    errors: pd.DataFrame, *, model: str, measure: str = "mae", title: str = "", currency: str = "study currency"
) -> Axes:
    """Draw one error measure of every forecast with its interval; the model under test stands first.

    Parameters
    ----------
    errors : DataFrame
        `errors` of a `ForecastComparison`.
    model : str
        Forecast under test.
    measure : str
        One of its measures.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        With a row per forecast; a forecast for which the measure is undefined says so.
    """
    part = errors[errors["measure"] == measure].reset_index(drop=True)
    _, (axes,) = new_axes(grid="x", height=1.2 + 0.45 * len(part))
    digits = 1 if measure in _MONEY and part["estimate"].abs().max() >= 10 else 2
    for row, (name, value, low, high) in enumerate(
        zip(part["forecast"], part["estimate"], part["low"], part["high"], strict=True)
    ):
        colour, marker = (BLUE, "D") if name == model else (INK, "o")
        if pd.isna(value):
            axes.annotate(
                "undefined: the same for everyone", (0.02, row), xycoords=("axes fraction", "data"), va="center"
            )
            continue
        axes.errorbar(value, row, xerr=whiskers(value, low, high), fmt=marker, color=colour, capsize=3)
        axes.annotate(
            f"{value:,.{digits}f}", (high, row), (6, 0), textcoords="offset points", va="center", color=colour
        )
    axes.set_yticks(range(len(part)), [in_words(name) for name in part["forecast"]])
    axes.set_ylim(len(part) - 0.5, -0.5)
    axes.margins(x=0.12)
    unit = f", {currency}" if measure in _MONEY else ""
    return finish(axes, title=title, x_label=MEASURE_LABELS[measure] + unit, y_label="")


@chart
def draw_forecast_calibration(table: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw mean forecast against mean actual value by group; on the diagonal the forecast is right on average.

    Parameters
    ----------
    table : DataFrame
        From `calibration_by_group`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        With one point and interval per group.
    """
    _, (axes,) = new_axes(grid="both", height=4.4)
    ends = [min(table["forecast"].min(), table["low"].min()), max(table["forecast"].max(), table["high"].max())]
    axes.plot(ends, ends, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    middle = 0.4 * ends[0] + 0.6 * ends[1]
    axes.annotate(
        "forecast right on average",
        (middle, middle),
        (12, -14),
        textcoords="offset points",
        ha="left",
        color=GREY,
        fontsize=9,
    )
    reach = whiskers(table["actual"], table["low"], table["high"])
    axes.errorbar(table["forecast"], table["actual"], yerr=reach, fmt="o", color=BLUE, capsize=3)
    first, last = table.iloc[0], table.iloc[-1]
    # On the side of the point where the diagonal does not run.
    above = first["high"] >= first["forecast"]
    top = (first["forecast"], first["high"] if above else first["low"])
    for text, point, shift, side, edge in (
        ("highest forecast", top, (-8, 0) if above else (8, -4), "right", "center" if above else "top"),
        ("lowest forecast", (last["forecast"], last["low"]), (14, -12), "left", "top"),
    ):
        axes.annotate(text, point, shift, textcoords="offset points", ha=side, va=edge, fontsize=9, color=INK)
    axes.margins(y=0.1)
    thousands_ticks(axes, which=("x", "y"))
    return finish(
        axes, title=title, x_label=f"Mean forecast of the group, {currency}", y_label=f"Mean actual value, {currency}"
    )
