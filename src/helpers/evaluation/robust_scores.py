"""How far a value lies from what is usual: robust z-scores of measures, and surprise of counts among peers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from helpers.core.arrays import FloatArray

ALL = "all"
"""Peers of accounts whose own group is too small, or where no groups are known: everybody."""

TO_SIGMA = 1.4826
"""Median absolute deviation to standard deviation, of a normal distribution."""

_MEAN_TO_SIGMA = 1.253314
_TRIMMED = 0.99
_LARGEST_SHAPE = 1e6
_SMALLEST_TAIL = 1e-300


def usual_and_spread(values: npt.ArrayLike) -> tuple[float, float]:
    """Return the median and the robust standard deviation of values.

    Parameters
    ----------
    values : array-like of float
        Missing ones are passed over.

    Returns
    -------
    usual, spread : float
        Median; and the median absolute deviation times 1.4826. Where more than half of the values are equal, the mean
        absolute deviation times 1.2533 stands in; it is zero only where all are equal. Missing without values.

    References
    ----------
    Iglewicz and Hoaglin (1993), *How to Detect and Handle Outliers*, ASQC Quality Press, section 3.

    Examples
    --------
    >>> usual_and_spread([1.0, 2.0, 3.0, 4.0, 100.0])
    (3.0, 1.4826)
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    if not len(known):
        return np.nan, np.nan
    usual = float(np.median(known))
    away = np.abs(known - usual)
    spread = TO_SIGMA * float(np.median(away))
    return usual, spread if spread > 0 else _MEAN_TO_SIGMA * float(away.mean())


def reference_of(values: FloatArray, peers: npt.NDArray[np.object_], group: str) -> FloatArray:
    """Return the values that a group is compared with: its own, or those of everybody for the group `ALL`."""
    return values if group == ALL else values[peers == group]


def robust_z(values: "pd.Series[float]", peers: "pd.Series[str]", *, least_spread: float = 0.0) -> "pd.Series[float]":
    """Return how many robust standard deviations each value lies above the median of its peers.

    Parameters
    ----------
    values : Series of float
        One per account; missing ones stay missing.
    peers : Series of str
        Group of each account, with the same index.
    least_spread : float
        The spread counts as at least this.

    Returns
    -------
    Series of float
        Zero for all where all peers are equal.

    References
    ----------
    Iglewicz and Hoaglin (1993), as above: scores beyond 3.5 are worth a look.

    Examples
    --------
    >>> five = pd.Series([1.0, 2.0, 3.0, 4.0, 100.0])
    >>> robust_z(five, pd.Series(["all"] * 5)).round(2).tolist()
    [-1.35, -0.67, 0.0, 0.67, 65.43]
    """
    numbers: FloatArray = np.asarray(values, dtype=np.float64)
    groups = peers.to_numpy(dtype=object)
    scores = np.full(len(numbers), np.nan)
    for group in np.unique(groups.astype(str)):
        own = groups == group
        usual, spread = usual_and_spread(reference_of(numbers, groups, group))
        spread = max(spread, least_spread)
        scores[own] = (numbers[own] - usual) / spread if spread > 0 else numbers[own] * 0.0
    return pd.Series(scores, index=values.index)


@dataclass(frozen=True)
class CountHabit:
    """How often something happens to the orders of a group of accounts.

    Parameters
    ----------
    rate : float
        Per order.
    shape : float
        Of the gamma distribution of the accounts' own rates: small where accounts differ; a million where they differ
        no more than chance makes them.
    accounts : int
        From how many it was learnt.
    """

    rate: float
    shape: float
    accounts: int

    def surprise(self, counts: npt.ArrayLike, orders: npt.ArrayLike) -> FloatArray:
        """Return how surprising counts are, as normal scores: 3.1 is a chance of one in a thousand, 0 is one in two.

        Parameters
        ----------
        counts, orders : array-like of float
            Of each account: how often it happened, and among how many orders.

        Returns
        -------
        array of float
            Zero where the count is no higher than usual; at most 37.
        """
        happened = np.asarray(counts, dtype=np.float64)
        expected = np.asarray(orders, dtype=np.float64) * self.rate
        tail = special.betainc(np.maximum(happened, 1.0), self.shape, expected / (expected + self.shape))
        score = -special.ndtri(np.clip(np.where(happened > 0, tail, 1.0), _SMALLEST_TAIL, 0.5))
        return np.asarray(np.maximum(score, 0.0), dtype=np.float64)

    def summary(self) -> pd.DataFrame:
        """Return what was learnt as a table of one column."""
        values = {"rate per order": self.rate, "shape": self.shape, "accounts": self.accounts}
        return pd.DataFrame({"value": values})


def learn_count_habit(counts: npt.ArrayLike, orders: npt.ArrayLike) -> CountHabit:
    """Learn from a group of accounts how often something happens to an order, whatever its strangest accounts do.

    The count of an account is Poisson with its own rate, and rates are gamma-distributed: counts are negative binomial
    (Greenwood and Yule 1920). Both parameters come from moments, without the hundredth of the accounts that lies
    highest above its expectation.

    Parameters
    ----------
    counts, orders : array-like of float, shape (accounts,)
        How often it happened, and among how many orders.

    Returns
    -------
    CountHabit
        Half a case is added to the sum, so that what never happened has a rate above zero. Leaving out the highest
        hundredth makes the rate up to a tenth too low and the shape up to a half too high: scores err upwards a little.

    References
    ----------
    Greenwood and Yule (1920), "An inquiry into the nature of frequency distributions", Journal of the Royal
    Statistical Society 83, 255-279.

    Examples
    --------
    >>> habit = learn_count_habit([0, 1, 0, 0, 9], [10, 20, 10, 10, 10])
    >>> habit.surprise([0, 1, 9], [10, 10, 10]).round(1).tolist()
    [0.0, 0.7, 6.5]
    """
    happened, tried = np.asarray(counts, dtype=np.float64), np.asarray(orders, dtype=np.float64)
    kept = np.ones(len(happened), dtype=bool)
    rate, expected = 0.0, tried
    for _ in range(2):
        rate = (happened[kept].sum() + 0.5) / (tried[kept].sum() + 1.0)
        expected = tried * rate
        above = (happened - expected) / np.sqrt(np.maximum(expected, 1e-12))
        kept = above <= np.quantile(above, _TRIMMED)
    between = float(((happened[kept] - expected[kept]) ** 2 - expected[kept]).sum())
    shape = float((expected[kept] ** 2).sum()) / between if between > 0 else _LARGEST_SHAPE
    return CountHabit(float(rate), min(max(shape, 1e-6), _LARGEST_SHAPE), len(happened))


def surprise_of_counts(
    counts: "pd.Series[float]", orders: "pd.Series[float]", peers: "pd.Series[str]"
) -> "pd.Series[float]":
    """Return how surprising each account's count is among its peers; see `CountHabit.surprise`.

    Parameters
    ----------
    counts, orders : Series
        One per account.
    peers : Series of str
        Group of each account, with the same index.
    """
    happened: FloatArray = np.asarray(counts, dtype=np.float64)
    tried: FloatArray = np.asarray(orders, dtype=np.float64)
    groups = peers.to_numpy(dtype=object)
    scores = np.zeros(len(happened))
    for group in np.unique(groups.astype(str)):
        own = groups == group
        habit = learn_count_habit(reference_of(happened, groups, group), reference_of(tried, groups, group))
        scores[own] = habit.surprise(happened[own], tried[own])
    return pd.Series(scores, index=counts.index)
