"""Charts of contribution: what customers bring, its concentration, and how it moves with the assumptions."""

import pandas as pd
from matplotlib.axes import Axes

from helpers.charts.labels import in_words, percent
from helpers.charts.style import BLUE, GREY, INK, VERMILION, chart, finish, new_axes, percent_ticks, thousands_ticks
from helpers.value.contribution.contribution import ContributionCurve


@chart
def draw_contribution_deciles(deciles: pd.DataFrame, *, title: str = "", currency: str = "study currency") -> Axes:
    """Draw the contribution of each decile as a bar with its share of the total.

    Parameters
    ----------
    deciles : DataFrame
        From `contribution_deciles`.
    title : str
        The finding.
    currency : str
        Name of the study's currency.

    Returns
    -------
    Axes
        With one bar per decile.
    """
    _, (axes,) = new_axes()
    colours = [BLUE if value >= 0 else VERMILION for value in deciles["contribution"]]
    bars = axes.bar(deciles["decile"], deciles["contribution"], color=colours, width=0.8)
    shares = deciles["contribution_share"]
    axes.bar_label(
        bars, ["" if pd.isna(share) else percent(share, 1) for share in shares], padding=2, fontsize=9, color=INK
    )
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set_xticks(deciles["decile"])
    axes.margins(y=0.1)
    thousands_ticks(axes)
    return finish(
        axes,
        title=title,
        x_label="Tenth of customers by contribution (1: highest)",
        y_label=f"Contribution, {currency}",
    )


@chart
def draw_cumulative_contribution(curve: ContributionCurve, *, title: str = "") -> Axes:
    """Draw the whale curve: contribution added up from the best customer to the worst.

    Parameters
    ----------
    curve : ContributionCurve
        From `cumulative_contribution`.
    title : str
        The finding.

    Returns
    -------
    Axes
        With the curve, its peak marked where customers with a negative contribution follow.
    """
    _, (axes,) = new_axes(grid="both")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate("if all brought the same", (0.3, 0.3), (6, -12), textcoords="offset points", color=GREY, fontsize=9)
    axes.plot(curve.points["customers_share"], curve.points["contribution_share"], color=BLUE, linewidth=2.2)
    if curve.negative_customers:
        axes.plot(curve.peak_customers_share, curve.peak_share, "o", color=VERMILION)
        axes.annotate(
            f"Peak at {percent(curve.peak_share, 1)} of the total;\n"
            f"customers beyond it, with a\nnegative contribution: {curve.negative_customers:,}",
            (curve.peak_customers_share, curve.peak_share),
            (0.98, 0.06),
            textcoords="axes fraction",
            ha="right",
            fontsize=9,
            color=INK,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.8, "shrinkB": 5},
        )
    axes.set_xlim(0, 1.01)
    axes.set_ylim(0, max(1.12, curve.peak_share * 1.12))
    percent_ticks(axes, which=("x", "y"))
    return finish(
        axes,
        title=title,
        x_label="Customers, share, highest contribution first",
        y_label="Contribution, share of the total",
    )


@chart
def draw_margin_sensitivity(
    sensitivity: pd.DataFrame, *, measure: str = "top_decile_share", stated_margin: float, title: str = ""
) -> Axes:
    """Draw how a share hangs on the assumed gross margin, a line per way of spreading cost.

    Parameters
    ----------
    sensitivity : DataFrame
        From `margin_sensitivity`.
    measure : {"top_decile_share", "negative_share"}
        Column to draw.
    stated_margin : float
        The margin the study works with, marked by a line.
    title : str
        The finding.

    Returns
    -------
    Axes
        With one labelled line per spread.
    """
    y_labels = {
        "top_decile_share": "Best tenth, share of contribution",
        "negative_share": "Customers at a loss, share",
    }
    _, (axes,) = new_axes()
    styles = (("-", "o", BLUE), ("--", "s", VERMILION))
    lines = [(str(spread), part) for spread, part in sensitivity.groupby("spread", sort=True)]
    lines.sort(key=lambda line: -float(line[1][measure].iloc[0]))
    for (spread, part), (line, marker, colour) in zip(lines, styles, strict=False):
        axes.plot(part["gross_margin"], part[measure], linestyle=line, marker=marker, color=colour)
        above = marker == "o"
        axes.annotate(
            f"cost spread by {in_words(spread).lower()}",
            (part["gross_margin"].iloc[0 if above else -1], part[measure].iloc[0 if above else -1]),
            (8, 4) if above else (0, -6),
            textcoords="offset points",
            ha="left" if above else "right",
            va="bottom" if above else "top",
            color=colour,
        )
    axes.axvline(stated_margin, color=GREY, linewidth=1, linestyle=":")
    axes.set_xticks(sorted(sensitivity["gross_margin"].unique()))
    axes.set_ylim(-0.1 * sensitivity[measure].max(), 1.15 * sensitivity[measure].max())
    axes.annotate(
        "margin used",
        (stated_margin, 1),
        (4, -4),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="top",
        color=GREY,
        fontsize=9,
    )
    percent_ticks(axes, which=("x", "y"))
    return finish(axes, title=title, x_label="Assumed gross margin, share of net revenue", y_label=y_labels[measure])
