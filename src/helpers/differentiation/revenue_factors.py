"""Two periods of a customer base compared: revenue as customers x orders per customer x spend per order (lens 2).

Source: Fader, Hardie and Ross (2022), The Customer-Base Audit: The First Step on the Journey to Customer Centricity.
"""

from typing import Any

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.core.periods import per_period

FACTORS: tuple[str, ...] = ("customers", "orders per customer", "spend per order")
CUSTOMER_CHANGES: tuple[str, ...] = (
    "spent more",
    "spent the same",
    "spent less",
    "did not return",
    "came back",
    "not seen before",
)
_LARGEST_DRAWN = 5000


def decompose_revenue(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Share a change of revenue out over customers, orders per customer and spend per order (Shapley value).

    The part of a factor is its mean over all orders in which the three can be changed one after the other; the parts
    add up to the whole change. Where nobody bought in a period, orders per customer and spend per order are those of
    the other period, so that the change is one of customers alone.

    Parameters
    ----------
    before, after : Series
        Totals of either period: customers, orders, revenue.

    Returns
    -------
    DataFrame
        By factor of `FACTORS`: before, after, ratio (missing where the factor was zero), change (study currency; the
        sum is the change of revenue).

    Raises
    ------
    InputError
        When nobody bought in either period.

    Source
    ------
    Shapley (1953), "A value for n-person games"; Shorrocks (2013), "Decomposition procedures for distributional
    analysis: a unified framework based on the Shapley value", Journal of Economic Inequality 11.

    Examples
    --------
    >>> before = pd.Series({"customers": 10, "orders": 20, "revenue": 200.0})
    >>> after = pd.Series({"customers": 12, "orders": 24, "revenue": 360.0})
    >>> decompose_revenue(before, after)["change"].to_dict()
    {'customers': 50.0, 'orders per customer': 0.0, 'spend per order': 110.0}
    """
    totals = np.array([[one["customers"], one["orders"], one["revenue"]] for one in (before, after)], dtype=np.float64)
    if not (totals[:, :2] > 0).all(axis=1).any():
        raise InputError(Fault("nobody bought in either period", "before, after", remedy="take a longer time"))
    first, second = (factors[0] for factors in _factors(totals[None, 0], totals[None, 1]))
    parts = _shapley(first[None], second[None])[0]
    ratio = np.divide(second, first, out=np.full(3, np.nan), where=first != 0)
    columns = {"before": first, "after": second, "ratio": ratio, "change": parts}
    return pd.DataFrame(columns, index=pd.Index(FACTORS, name="factor"))


def _factors(before: FloatArray, after: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Turn rows of totals into customers, orders per customer and spend per order."""
    sides = []
    for own, other in ((before, after), (after, before)):
        used = np.where((own[:, :1] > 0) & (own[:, 1:2] > 0), own, other)
        sides.append(np.stack([own[:, 0], used[:, 1] / used[:, 0], used[:, 2] / used[:, 1]], axis=1))
    return sides[0], sides[1]


def _shapley(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the part of each of three factors in the change of their product, row by row."""
    parts = np.empty_like(before)
    for place in range(3):
        (b0, c0), (b1, c1) = (np.delete(side, place, axis=1).T for side in (before, after))
        others = (b0 * c0 + b1 * c1) / 3 + (b0 * c1 + b1 * c0) / 6
        parts[:, place] = (after[:, place] - before[:, place]) * others
    return parts


def bootstrap_decomposition(
    activity: pd.DataFrame, rng: np.random.Generator, *, resamples: int = 999, confidence: float = 0.95
) -> pd.DataFrame:
    """Decompose the change of revenue between two periods, with bootstrap intervals over customers (lens 2).

    Customers are drawn with both periods together. Of more than 5,000 customers, 5,000 groups of them, dealt out in the
    order of their ids, are drawn.

    Parameters
    ----------
    activity : DataFrame
        From `helpers.core.periods.customers_by_period`, periods 0 and 1: customer_id, period, orders, revenue.
    rng : numpy Generator
        Source of randomness.
    resamples : int
        Bootstrap samples.
    confidence : float
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    DataFrame
        As `decompose_revenue`, with low and high of the change.
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    orders, revenue = (per_period(activity, name, 2).to_numpy(dtype=np.float64) for name in ("orders", "revenue"))
    totals = np.stack([orders > 0, orders, revenue], axis=2)  # customers x periods x (customers, orders, revenue)
    sums = pd.DataFrame(totals.sum(axis=0), columns=["customers", "orders", "revenue"])
    table = decompose_revenue(sums.iloc[0], sums.iloc[1])
    size = min(len(totals), _LARGEST_DRAWN)
    dealt = np.zeros((size, 6))
    np.add.at(dealt, np.arange(len(totals)) % size, totals.reshape(-1, 6))
    drawn = rng.multinomial(size, np.full(size, 1 / size), resamples) @ dealt
    before, after = drawn[:, :3], drawn[:, 3:]
    known = (before[:, 0] > 0) | (after[:, 0] > 0)
    parts = _shapley(*_factors(before[known], after[known]))
    low, high = np.quantile(parts, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return table.assign(low=low, high=high)


def compare_customers(activity: pd.DataFrame, bought_before: "pd.Index[Any]") -> pd.DataFrame:
    """Sort the customers of two periods by what became of them, and add up what each kind brings (lens 2).

    Parameters
    ----------
    activity : DataFrame
        From `helpers.core.periods.customers_by_period`, periods 0 and 1: customer_id, period, orders, revenue.
    bought_before : Index
        Customers with a purchase before the earlier period (`helpers.evaluation.customers_before`).

    Returns
    -------
    DataFrame
        By change of `CUSTOMER_CHANGES`: customers, before, after, difference (study currency); the differences add up
        to the change of revenue.
    """
    orders, money = (per_period(activity, name, 2) for name in ("orders", "revenue"))
    was, is_now = orders[0] > 0, orders[1] > 0
    known = orders.index.isin(bought_before)
    conditions = [
        was & is_now & (money[1] > money[0]),
        was & is_now & (money[1] < money[0]),
        was & is_now,
        was,
        pd.Series(known, index=orders.index),
    ]
    names = ["spent more", "spent less", "spent the same", "did not return", "came back"]
    kind = np.select([one.to_numpy() for one in conditions], names, default="not seen before")
    groups = pd.Series(pd.Categorical(kind, categories=list(CUSTOMER_CHANGES)), index=money.index, name="change")
    by_change = money.groupby(groups, observed=False)
    table = by_change.sum().set_axis(["before", "after"], axis=1)
    table.insert(0, "customers", by_change.size())
    return table.assign(difference=table["after"] - table["before"])
