"""Sentences of the chapters on customer value: how a forecast did, how long customers stay, what to do about profit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.narrative.rules import is_material
from helpers.value.backtest.comparison import ForecastComparison

UNTESTED = {
    "nothing happened": "Nothing happened in the months held back, so there is nothing to judge the estimate by.",
    "same for everybody": "It is the same for every customer, so there is no estimate of any of them to judge.",
    "nothing expected": "It expects nothing from all customers together, so its amounts are no estimate to judge.",
}
"""By ground: why a forecast cannot be judged by its errors."""


def explain_comparison(comparison: ForecastComparison) -> str:
    """Say in one sentence why a forecast got its verdict against the naive ones.

    Parameters
    ----------
    comparison : ForecastComparison
        From `helpers.value.compare_forecasts`.
    """
    if comparison.ground != "errors":
        return UNTESTED[comparison.ground]
    worse, better = comparison.naive_by_verdict("worse"), comparison.naive_by_verdict("better")
    rest = [name for name in comparison.naive if name not in worse and name not in better]
    if worse:
        return f"Its mean absolute error is above that of {_listed(worse)} by more than chance explains."
    if not rest:
        return f"Its mean absolute error is below that of {_listed(better)} by more than chance explains."
    also = f"; it is below that of {_listed(better)}" if better else ""
    return f"The interval of the difference in mean absolute error to {_listed(rest)} holds zero{also}."


def implied_life(months: float) -> str:
    """Say how long a life the retention alone implies.

    Parameters
    ----------
    months : float
        Months; infinite where nobody was lost.

    Examples
    --------
    >>> implied_life(1234.4), implied_life(float("inf"))
    ('1,234 months', 'no end')
    """
    return f"{months:,.0f} months" if np.isfinite(months) else "no end"


def next_steps_on_profit(gains: pd.DataFrame, *, below_cost: float, list_revenue: float) -> tuple[str, ...]:
    """Return the keys of what to do about customers' profit, as far as the ranges bear it out.

    Parameters
    ----------
    gains : DataFrame
        From `helpers.value.profitability.profit_ranges` with `pull_levers`: by lever, low and high.
    below_cost : float
        What customers cost who pay less than their goods cost, study currency.
    list_revenue : float
        Revenue of all customers at list price, study currency.

    Examples
    --------
    >>> ends = pd.DataFrame({"low": [5.0, -1.0, -9.0]}, index=["reprice", "serve_cheaper", "let_go"])
    >>> next_steps_on_profit(ends, below_cost=0.0, list_revenue=100.0)
    ('next_reprice', 'next_keep')
    """
    sure = gains["low"] > 0
    steps = {
        "next_terms": is_material(below_cost, list_revenue),
        "next_reprice": sure["reprice"],
        "next_serve_cheaper": sure["serve_cheaper"],
        "next_keep": not sure["let_go"],
    }
    return tuple(step for step, called_for in steps.items() if called_for)


def _listed(names: Sequence[str]) -> str:
    plain = [f'"{name.replace("_", " ")}"' for name in names]
    return plain[0] if len(plain) == 1 else f"{', '.join(plain[:-1])} and {plain[-1]}"
