"""Concentration by other measures than revenue, and from period to period."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError, counted
from helpers.core.periods import Period, per_period
from helpers.differentiation.concentration import count_top, customers_for_share, positive_total, top_share
from helpers.differentiation.inequality import Estimate, gini


def compare_measures(measures: pd.DataFrame, share: float = 0.20) -> pd.DataFrame:
    """Say for each measure how concentrated it is, and whether it names the same best customers as the first.

    Parameters
    ----------
    measures : DataFrame
        One row per customer, one column per measure, such as revenue, orders and contribution; each adds up to more
        than zero.
    share : float
        Share of the customers called the best.

    Returns
    -------
    DataFrame
        One row per measure: total, top_share (of the total, from the best customers by this measure),
        customers_for_half, gini (missing where a value is negative), same_best_share (of the best by the first measure,
        those who are among the best by this one; of customers of equal value at the border as many as there are places,
        in parts).

    Raises
    ------
    InputError
        When a value is missing or a total is not positive.

    Examples
    --------
    >>> frame = pd.DataFrame({"revenue": [8.0, 1.0, 1.0, 0.0, 0.0], "orders": [1, 1, 1, 1, 6]})
    >>> compare_measures(frame)["same_best_share"].round(2).to_dict()
    {'revenue': 1.0, 'orders': 0.0}
    """
    first = _chance_among_best(positive_total(measures.iloc[:, 0]), share)
    rows = []
    for name in measures:
        values = measures[name]
        best = _chance_among_best(positive_total(values), share)
        coefficient = gini(values) if (values >= 0).all() else np.nan
        same = float((first * best).sum() / first.sum())
        rows.append(
            (float(values.sum()), top_share(values, share), customers_for_share(values, 0.5), coefficient, same)
        )
    columns = ["total", "top_share", "customers_for_half", "gini", "same_best_share"]
    return pd.DataFrame(rows, index=measures.columns.rename("measure"), columns=columns)


def _chance_among_best(values: FloatArray, share: float) -> FloatArray:
    """Return for each customer whether the best are they: parts where more are equal than there are places left."""
    places = count_top(len(values), share)
    border = np.sort(values)[-places]
    above, equal = values > border, values == border
    left = (places - above.sum()) / equal.sum()
    chance: FloatArray = np.where(above, 1.0, np.where(equal, left, 0.0))
    return chance


def follow_concentration(activity: pd.DataFrame, periods: Sequence[Period], share: float = 0.20) -> pd.DataFrame:
    """Measure the concentration of revenue among the buyers of each period.

    Parameters
    ----------
    activity : DataFrame
        From `helpers.core.periods.customers_by_period`: customer_id, period, revenue.
    periods : sequence of Period
        The periods it was made for.
    share : float
        Share of the buyers called the best.

    Returns
    -------
    DataFrame
        One row per period with revenue, oldest first, by number of the period: begins, buyers, revenue, top_share,
        customers_for_half, gini. A period in which nothing was paid is left out.

    Examples
    --------
    >>> from datetime import date
    >>> from helpers.core.periods import periods_before
    >>> months = periods_before(date(2024, 3, 1), months=1, count=2)
    >>> activity = pd.DataFrame({"customer_id": [1, 2, 1], "period": [0, 0, 1], "revenue": [3.0, 1.0, 5.0]})
    >>> follow_concentration(activity, months, share=0.5)["top_share"].tolist()
    [0.75, 1.0]
    """
    require_columns(activity.columns, ("customer_id", "period", "revenue"), where="activity")
    rows = {}
    for number, period in enumerate(periods):
        bought = activity.loc[activity["period"] == number, "revenue"]
        if bought.sum() > 0:
            rows[number] = {
                "begins": pd.Timestamp(period.start),
                "buyers": len(bought),
                "revenue": float(bought.sum()),
                "top_share": top_share(bought, share),
                "customers_for_half": customers_for_share(bought, 0.5),
                "gini": gini(bought) if (bought >= 0).all() else np.nan,
            }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("period")


def bootstrap_share_change(
    activity: pd.DataFrame,
    first: int,
    last: int,
    rng: np.random.Generator,
    *,
    share: float = 0.20,
    resamples: int = 999,
    confidence: float = 0.95,
) -> Estimate:
    """Return by how much the share of the best buyers changed between two periods, with a bootstrap interval.

    Customers are drawn with both periods together, since many buy in both: what they have in common then falls out of
    the difference. Those who did not buy in a period are no buyers of it.

    Parameters
    ----------
    activity : DataFrame
        From `helpers.core.periods.customers_by_period`: customer_id, period, revenue (none negative).
    first, last : int
        Numbers of the two periods.
    rng : numpy Generator
        Source of randomness.
    share : float
        Share of the buyers called the best.
    resamples : int
        Bootstrap samples.
    confidence : float
        Coverage, between 0 and 1.

    Returns
    -------
    Estimate
        Share in the last period less share in the first. No interval with fewer than 50 buyers in either.

    Raises
    ------
    InputError
        When nothing was paid in one of the periods.

    Source
    ------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13 (percentile interval).
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    bought = per_period(activity.assign(buyers=1), "buyers", max(first, last) + 1)[[first, last]].to_numpy() > 0
    money = per_period(activity, "revenue", max(first, last) + 1)[[first, last]].to_numpy(dtype=np.float64)
    used = bought.any(axis=1)
    bought, money = bought[used], money[used]
    if not (money.sum(axis=0) > 0).all():
        raise InputError(Fault("nothing was paid in one of the periods", "activity", remedy="take other periods"))
    sides = [_Ranked.of(money[:, side], bought[:, side], share) for side in (0, 1)]
    once = np.ones(len(money))
    found = sides[1].top_share(once) - sides[0].top_share(once)
    fewest = int(bought.sum(axis=0).min())
    if fewest < _FEWEST_BUYERS:
        why = f"{counted(fewest, 'buyer')} in one of the periods; {_FEWEST_BUYERS} are needed"
        return Estimate(found, np.nan, np.nan, confidence, why)
    drawn = np.empty(resamples)
    for number in range(resamples):
        weights = np.bincount(rng.integers(0, len(money), len(money)), minlength=len(money)).astype(np.float64)
        drawn[number] = sides[1].top_share(weights) - sides[0].top_share(weights)
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(found, float(low), float(high), confidence)


_FEWEST_BUYERS = 50


class _Ranked:
    """Buyers of one period, the best first, whose share can be taken under any weights."""

    def __init__(self, order: np.ndarray, money: FloatArray, share: float) -> None:
        self.order, self.money, self.share = order, money, share

    @classmethod
    def of(cls, money: FloatArray, bought: np.ndarray, share: float) -> "_Ranked":
        places = np.flatnonzero(bought)
        order = places[np.argsort(-money[places], kind="stable")]
        return cls(order, money[order], share)

    def top_share(self, weights: FloatArray) -> float:
        """Return the share of the best; the customer on the border counts as often as there is room."""
        weight = weights[self.order]
        running = np.cumsum(weight)
        room = count_top(int(running[-1]), self.share) if running[-1] else 0
        counts = np.clip(room - (running - weight), 0, weight)
        return float(counts @ self.money / (weight @ self.money))
