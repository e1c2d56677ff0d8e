"""Sentences of the chapters on customer value: how a forecast did against naive ones, and how long customers stay."""

from collections.abc import Sequence

import numpy as np

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


def _listed(names: Sequence[str]) -> str:
    plain = [f'"{name.replace("_", " ")}"' for name in names]
    return plain[0] if len(plain) == 1 else f"{', '.join(plain[:-1])} and {plain[-1]}"
