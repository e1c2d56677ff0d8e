"""Concentration of revenue on few customers: cumulative curve, top shares, ABC classes."""

from collections.abc import Sequence
from decimal import Decimal
from math import ceil

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray, IntArray
from helpers.core.errors import Fault, InputError, some_of

ABC_CLASSES: tuple[str, ...] = ("A", "B", "C")
ABC_CUTS: tuple[float, float] = (0.80, 0.95)
_SHARE_SLACK = 1e-12  # a share that equals a cut but for rounding stays on the cut's side


def positive_total(revenue: pd.Series) -> FloatArray:
    """Return the values, refusing what no share of a total can be taken of."""
    values = revenue.to_numpy(dtype=np.float64)
    faults = []
    missing = revenue.index[~np.isfinite(values)].tolist()
    if missing:
        faults.append(
            Fault(
                f"no revenue known at rows {some_of(missing)}",
                where="revenue",
                allowed="finite numbers",
                remedy="fill in the revenue, or leave these rows out",
            )
        )
    elif not values.sum() > 0:
        faults.append(
            Fault(
                f"the revenue of {len(values):,} customers adds up to nothing",
                where="revenue",
                remedy="take a longer time, or check the signs of the amounts",
            )
        )
    if faults:
        raise InputError(faults)
    return values


def rank_customers(revenue: pd.Series) -> pd.DataFrame:
    """Rank customers by revenue and add up their shares: the concentration (Lorenz) curve from the best downwards.

    Parameters
    ----------
    revenue : Series
        Revenue per customer, study currency. Net returns (negative revenue) count as they are, so that the curve ends
        at the true total; it then rises above 1 before it falls back.

    Returns
    -------
    DataFrame
        One row per customer, best first, on the index of `revenue` (equal revenue keeps the order given): revenue,
        rank (1..n), customer_share (rank / n), revenue_share (of this and all better customers, ending at 1).

    Raises
    ------
    InputError
        When a value is missing or the total is not positive.

    Source
    ------
    Lorenz (1905), "Methods of measuring the concentration of wealth", Publications of the ASA 9(70).

    Examples
    --------
    >>> rank_customers(pd.Series([1.0, 8.0, 1.0], index=["x", "y", "z"]))["revenue_share"].round(2).to_dict()
    {'y': 0.8, 'x': 0.9, 'z': 1.0}
    """
    values = positive_total(revenue)
    order = np.argsort(-values, kind="stable")
    running = np.cumsum(values[order])
    rank = np.arange(1, len(values) + 1)
    return pd.DataFrame(
        {
            "revenue": values[order],
            "rank": rank,
            "customer_share": rank / len(values),
            "revenue_share": running / running[-1],
        },
        index=revenue.index[order],
    )


def count_top(customers: int, share: float) -> int:
    """Return how many customers the best `share` are: rounded up, so that the best 20 % of 2,469 are 494.

    Parameters
    ----------
    customers : int
        Size of the base.
    share : float
        Above 0 and at most 1.

    Raises
    ------
    InputError
        When the share is outside that range.

    Examples
    --------
    >>> count_top(2469, 0.20), count_top(100, 0.07)
    (494, 7)
    """
    if not 0 < share <= 1:
        raise InputError(
            Fault(
                f"share {share!r} of the customers",
                where="share",
                allowed="above 0 and at most 1",
                remedy="give a share within this range",
            )
        )
    return ceil(customers * Decimal(repr(float(share))))  # 0.07 of 100 is 7, not the 8 of binary fractions


def top_share(revenue: pd.Series, share: float = 0.20) -> float:
    """Return the share of revenue that the best `share` of the customers bring.

    Parameters
    ----------
    revenue : Series
        Revenue per customer, study currency.
    share : float
        Share of the customers, above 0 and at most 1; their number is rounded up (`count_top`).

    Returns
    -------
    float
        Share of revenue. Customers of equal revenue at the border are worth the same, so the border is of no account.

    Examples
    --------
    >>> top_share(pd.Series([70.0, 10.0, 10.0, 10.0, 0.0]))
    0.7
    """
    ranked = rank_customers(revenue)
    return float(ranked["revenue_share"].iloc[count_top(len(ranked), share) - 1])


def customers_for_share(revenue: pd.Series, share: float) -> int:
    """Return the smallest number of best customers who together bring at least `share` of revenue.

    Examples
    --------
    >>> customers_for_share(pd.Series([70.0, 10.0, 10.0, 10.0]), 0.75)
    2
    """
    if not 0 < share <= 1:
        raise InputError(
            Fault(
                f"share {share!r} of revenue",
                where="share",
                allowed="above 0 and at most 1",
                remedy="give a share within this range",
            )
        )
    reached = rank_customers(revenue)["revenue_share"].to_numpy() >= share - _SHARE_SLACK
    return int(np.argmax(reached)) + 1


def classify_abc(revenue: pd.Series, *, cuts: Sequence[float] = ABC_CUTS) -> pd.Series:
    """Put customers into classes A, B and C by their part in the running total of revenue.

    Customers are ranked by revenue. A customer is in A while the running share *including the customer's own revenue*
    is at most the first cut, in B while it is at most the second, and else in C: the customer who crosses a cut is in
    the lower class. Two rules complete this. Customers of equal revenue share the mean of the ranks they take up, and
    all have the running share at that mid-rank: where a cut falls among them, they are in the class where most of them
    would be in any order, and the class may bring more or less than its cut promises. And the best customers are always
    in A, even where the very first crosses the cut.

    Parameters
    ----------
    revenue : Series
        Revenue per customer, study currency.
    cuts : two floats
        Running shares of revenue where A and B end, rising, between 0 and 1.

    Returns
    -------
    Series of ordered categorical
        "A", "B" or "C" on the index of `revenue`.

    Raises
    ------
    InputError
        When the cuts are not two rising shares, a value is missing, or the total is not positive.

    Source
    ------
    Kendall (1945), "The treatment of ties in ranking problems", Biometrika 33(3), for mid-ranks; the classes are
    Dickie's (1951), "ABC inventory analysis shoots for dollars, not pennies", Factory Management and Maintenance 109.

    Examples
    --------
    >>> "".join(classify_abc(pd.Series([60.0, 20.0, 10.0, 5.0, 5.0])))
    'AABCC'
    >>> "".join(classify_abc(pd.Series([60.0] + 8 * [10.0])))
    'AAAAAAAAA'
    """
    ranked, of_first, of_last = _ends_of_equals(revenue, cuts)
    # Within equals the running share rises by equal steps: at the mean rank it is the mean of its ends.
    code = _class_codes((of_first + of_last) / 2, cuts)
    worth = ranked["revenue"].to_numpy()
    code[worth == worth[0]] = 0
    classes = pd.Categorical.from_codes(code, categories=pd.Index(ABC_CLASSES), ordered=True)
    return pd.Series(classes, index=ranked.index, name="abc_class").reindex(revenue.index)


def count_equals_at_cuts(revenue: pd.Series, *, cuts: Sequence[float] = ABC_CUTS) -> int:
    """Count the customers of equal revenue among whom a cut falls: their class rests on the rule for ties.

    Parameters
    ----------
    revenue, cuts
        As for `classify_abc`.

    Examples
    --------
    >>> count_equals_at_cuts(pd.Series([60.0] + 8 * [10.0])), count_equals_at_cuts(pd.Series([60.0, 20.0, 15.0, 5.0]))
    (8, 0)
    """
    _, of_first, of_last = _ends_of_equals(revenue, cuts)
    return int((_class_codes(of_first, cuts) != _class_codes(of_last, cuts)).sum())


def _ends_of_equals(revenue: pd.Series, cuts: Sequence[float]) -> tuple[pd.DataFrame, FloatArray, FloatArray]:
    """Rank customers, and return for each the running shares of the first and the last of those who bring the same."""
    if len(cuts) != 2 or not 0 < cuts[0] < cuts[1] < 1:
        raise InputError(
            Fault(
                f"cuts {tuple(cuts)!r}",
                where="cuts",
                allowed="two rising shares between 0 and 1",
                remedy="give the cuts as two rising shares, such as (0.8, 0.95)",
            )
        )
    ranked = rank_customers(revenue)
    share, worth = ranked["revenue_share"].to_numpy(), ranked["revenue"].to_numpy()
    first, after = (np.searchsorted(-worth, -worth, side=side) for side in ("left", "right"))
    return ranked, share[first], share[after - 1]


def _class_codes(share: FloatArray, cuts: Sequence[float]) -> IntArray:
    return np.searchsorted(np.asarray(cuts) + _SHARE_SLACK, share, side="left").astype(np.int64)
