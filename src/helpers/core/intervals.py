"""Shares with honest intervals: independent cases, clustered cases, and differences between them.

Several contacts of one customer are not several independent cases: who redeems once tends to redeem again. The
clustered functions count how much the cases really tell.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from math import nan
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError

STRICTER = 5.0
"""How much fewer misses are drawn for, the more one case weighs: a sample does not show what lies beyond its largest
case. Chosen for lognormal spend, from the measurements in `data/replication`."""


def wilson_ends(successes: npt.ArrayLike, trials: npt.ArrayLike, *, alpha: float) -> tuple[FloatArray, FloatArray]:
    """Return the ends of Wilson's score interval of shares, which always hold the share itself.

    Parameters
    ----------
    successes, trials : array-like of float
        Cases with the property, and all cases; of one shape, or one of them a number.
    alpha : float
        One less the confidence; above 0 and below 1.

    Returns
    -------
    low, high : arrays of float
        Shares from 0 to 1, exactly 0 where there is no success and exactly 1 where there are only successes; missing
        where there are no cases.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22, 209-212.

    Examples
    --------
    >>> low, high = wilson_ends([0, 15, 0], [200, 148, 0], alpha=0.05)
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.0624, nan], [0.0188, 0.1605, nan])
    """
    hits, cases = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64))
    some = np.where(cases > 0, cases, np.nan)
    low, high = proportion_confint(hits, some, alpha=alpha, method="wilson")
    # Rounding leaves ends such as 1e-18 for a share of 0, on the wrong side of it.
    share = hits / some
    low = np.where(hits == 0, share, np.minimum(low, share))
    high = np.where(hits == some, share, np.maximum(high, share))
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


@dataclass(frozen=True)
class Interval:
    """An estimate with the interval that goes with it.

    Parameters
    ----------
    estimate : float
        The share, or the difference of two shares.
    low, high : float
        Ends of the interval; nan where the data do not allow one.
    confidence : float
        Share of such intervals that hold the true value in the long run.
    method : str
        How the interval was made.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    method: str

    @property
    def sign(self) -> int:
        """1 or -1 when the whole interval lies on that side of zero, else 0."""
        return int(self.low > 0) - int(self.high < 0)


@dataclass(frozen=True)
class ClusteredShare(Interval):
    """A share of cases that come in clusters.

    Parameters
    ----------
    clusters : int
        Number of clusters, for example customers.
    design_effect : float
        Variance of the share over the variance it would have if all cases were independent.
    """

    clusters: int
    design_effect: float


def wilson(successes: float, trials: float, *, confidence: float = 0.95) -> Interval:
    """Share of independent cases with Wilson's score interval.

    Parameters
    ----------
    successes, trials : float
        Cases with the property, and all cases.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Interval
        Without cases the share is nan and the interval is 0 to 1.

    Raises
    ------
    InputError
        When there are more successes than trials, or a count is negative.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22, 209-212.

    Examples
    --------
    >>> wilson(15, 148).estimate.__round__(4), wilson(15, 148).low.__round__(4), wilson(15, 148).high.__round__(4)
    (0.1014, 0.0624, 0.1605)
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    if not 0 <= successes <= trials:
        raise InputError(
            Fault(
                f"{successes} successes in {trials} trials",
                allowed="0 <= successes <= trials",
                remedy="count successes among the trials only",
            )
        )
    if trials == 0:
        return Interval(nan, 0.0, 1.0, confidence, "Wilson")
    low, high = wilson_ends(successes, trials, alpha=1 - confidence)
    return Interval(successes / trials, float(low), float(high), confidence, "Wilson")


def newcombe_difference(
    successes: float, trials: float, other_successes: float, other_trials: float, *, confidence: float = 0.95
) -> Interval:
    """Difference of two independent shares with Newcombe's interval made of the two Wilson intervals.

    Parameters
    ----------
    successes, trials, other_successes, other_trials : float
        Counts of the two groups; the difference is the first share minus the other.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Interval
        With nan throughout when a group has no cases.

    References
    ----------
    Newcombe (1998), "Interval estimation for the difference between independent proportions", Statistics in Medicine
    17, 873-890, method 10 and table II.

    Examples
    --------
    >>> difference = newcombe_difference(56, 70, 48, 80)
    >>> round(difference.low, 4), round(difference.high, 4)
    (0.0524, 0.3339)
    """
    one = wilson(successes, trials, confidence=confidence)
    other = wilson(other_successes, other_trials, confidence=confidence)
    if trials == 0 or other_trials == 0:
        return Interval(nan, nan, nan, confidence, "Newcombe")
    low, high = confint_proportions_2indep(
        successes, trials, other_successes, other_trials, method="newcomb", compare="diff", alpha=1 - confidence
    )
    return Interval(one.estimate - other.estimate, float(low), float(high), confidence, "Newcombe")


def clustered_share(flags: BoolArray | pd.Series, clusters: pd.Series, *, confidence: float = 0.95) -> ClusteredShare:
    """Share of clustered cases: Wilson's interval at the number of independent cases they are worth.

    The variance is the cluster-robust one; cases over design effect is the effective number, never more than the cases;
    the quantile is Student's with clusters minus one degrees of freedom.

    Parameters
    ----------
    flags : array or Series of bool, shape (cases,)
        Which cases have the property.
    clusters : Series, shape (cases,)
        Cluster of each case, in the same order.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    ClusteredShare
        When all cases agree, the clusters are counted as the cases. With a single cluster the interval is 0 to 1.

    References
    ----------
    Franco, Little, Louis and Slud (2019), "Comparative study of confidence intervals for proportions in complex sample
    surveys", Journal of Survey Statistics and Methodology 7, 334-364.

    Examples
    --------
    >>> share = clustered_share(np.array([1, 1, 0, 0, 1, 1, 0, 0], dtype=bool), pd.Series(list("aabbccdd")))
    >>> share.estimate, round(share.design_effect, 2)
    (0.5, 2.67)
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    method = "Wilson, clustered"
    codes, known = pd.factorize(clusters)
    hits, cases, groups = float(np.sum(flags)), len(codes), len(known)
    if groups < 2:
        return ClusteredShare(hits / cases if cases else nan, 0.0, 1.0, confidence, method, groups, nan)
    share = hits / cases
    if share in (0.0, 1.0):
        effect = cases / groups
    else:
        residuals = np.bincount(codes, weights=np.asarray(flags, dtype=float) - share)
        variance = float(np.sum(residuals**2)) / cases**2 * groups / (groups - 1)
        effect = variance / (share * (1 - share) / cases)
    # Student's quantile goes in through the confidence at which the normal quantile has that size.
    alpha = 2 * float(stats.norm.sf(stats.t.ppf(0.5 + confidence / 2, groups - 1)))
    used = max(effect, 1.0)
    low, high = wilson_ends(hits / used, cases / used, alpha=alpha)
    return ClusteredShare(share, float(low), float(high), confidence, method, groups, effect)


def clustered_difference(
    flags: BoolArray | pd.Series, in_first: BoolArray | pd.Series, clusters: pd.Series, *, confidence: float = 0.95
) -> Interval:
    """Difference of two shares whose cases share clusters, with cluster-robust (sandwich) variance.

    Parameters
    ----------
    flags : array or Series of bool, shape (cases,)
        Which cases have the property.
    in_first : array or Series of bool, shape (cases,)
        True for the first group, false for the other.
    clusters : Series, shape (cases,)
        Cluster of each case; one cluster may have cases in both groups.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Interval
        First share minus the other; the ends are nan when a group is empty or there are fewer than three clusters.

    References
    ----------
    Liang and Zeger (1986), "Longitudinal data analysis using generalized linear models", Biometrika 73, 13-22.
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    method = "cluster-robust"
    outcome, first = np.asarray(flags, dtype=float), np.asarray(in_first, dtype=bool)
    if first.all() or not first.any():
        return Interval(nan, nan, nan, confidence, method)
    estimate = float(outcome[first].mean() - outcome[~first].mean())
    codes, known = pd.factorize(clusters)
    if len(known) < 3:
        return Interval(estimate, nan, nan, confidence, method)
    # What each case moves the difference by; squares of cluster sums cannot turn negative as a matrix product can.
    moves = np.where(first, (outcome - outcome[first].mean()) / first.sum(), 0.0)
    moves -= np.where(first, 0.0, (outcome - outcome[~first].mean()) / (~first).sum())
    cases, groups = len(outcome), len(known)
    small_sample = groups / (groups - 1) * (cases - 1) / (cases - 2)
    error = float(np.sqrt(np.sum(np.bincount(codes, weights=moves) ** 2) * small_sample))
    reach = float(stats.t.ppf(0.5 + confidence / 2, groups - 1)) * error
    return Interval(estimate, estimate - reach, estimate + reach, confidence, method)


def within_difference(
    flags: BoolArray | pd.Series, in_first: BoolArray | pd.Series, clusters: pd.Series, *, confidence: float = 0.95
) -> tuple[Interval, int]:
    """Mean difference of two shares inside the clusters that have cases in both groups.

    Who belongs to a group no longer matters, because each cluster is compared with itself.

    Parameters
    ----------
    flags, in_first, clusters
        As for `clustered_difference`.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    (Interval, int)
        Mean over clusters of first share minus the other, with Student's interval, and the number of such clusters.
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    cases = pd.DataFrame(
        {
            "flag": np.asarray(flags, dtype=float),
            "first": np.asarray(in_first, dtype=bool),
            "cluster": cast("list[Hashable]", list(clusters)),
        }
    )
    shares = cases.pivot_table(index="cluster", columns="first", values="flag", aggfunc="mean").dropna()
    if len(shares) < 2 or shares.shape[1] < 2:
        return Interval(nan, nan, nan, confidence, "paired"), len(shares) if shares.shape[1] == 2 else 0
    paired = DescrStatsW((shares[True] - shares[False]).to_numpy())
    low, high = paired.tconfint_mean(alpha=1 - confidence)
    return Interval(float(paired.mean), float(low), float(high), confidence, "paired"), len(shares)


def ratio_ends(
    part: FloatArray, whole: FloatArray, size: FloatArray, resamples: Iterable[FloatArray], *, confidence: float
) -> tuple[FloatArray, FloatArray]:
    """Return the ends of bootstrap-t intervals of ratios of sums, of means where the whole is one.

    What is resampled is the distance from the ratio in standard errors, so that an interval reaches further to the side
    on which skewed values may lie. The misses that the confidence allows are multiplied by `drawn_misses`, the fewer
    the more the largest case weighs; how often intervals then hold the truth is measured in `data/replication`.

    Parameters
    ----------
    part, whole : arrays of float, shape (rows, ratios)
        Values of each row.
    size : array of float, shape (rows,)
        Customers each row stands for.
    resamples : iterable of arrays of float, shape (rows,)
        How often each row stands in each resample of the customers.
    confidence : float
        Above 0 and below 1.

    Returns
    -------
    low, high : arrays of float, shape (ratios,)
        Both the ratio itself where it has no spread; missing where a resample has no whole.

    References
    ----------
    Hall (1988), "Theoretical comparison of bootstrap confidence intervals", Annals of Statistics 16, 927-953.

    Examples
    --------
    >>> spend, rng = np.random.default_rng(1).lognormal(0, 1, (200, 1)), np.random.default_rng(2)
    >>> drawn = (rng.multinomial(200, np.full(200, 1 / 200)).astype(float) for _ in range(499))
    >>> low, high = ratio_ends(spend, np.ones_like(spend), np.ones(200), drawn, confidence=0.95)
    >>> bool(high[0] - spend.mean() > spend.mean() - low[0] > 0)
    True
    """
    parts, ratios = np.hstack([part, whole, part**2, part * whole, whole**2]), part.shape[1]
    value, error = _ratio(parts, ratios, size)
    drawn = [_ratio(parts, ratios, each) for each in resamples]
    found, errors = (np.array(each) for each in zip(*drawn, strict=True))
    sure = np.where(np.isnan(found), np.nan, 0.0)
    far = np.divide(found - value, errors, out=sure, where=errors > 1e-12 * np.abs(found))
    missed = (1 - confidence) / 2 * drawn_misses((part - value * whole) ** 2, size)
    below, above = (
        np.array([np.quantile(one, at, method="weibull") for one, at in zip(far.T, ends, strict=True)])
        for ends in (1 - missed, missed)
    )
    return value - below * error, value - above * error


def drawn_misses(squares: FloatArray, size: FloatArray) -> FloatArray:
    """Return by which factor fewer misses are drawn for than allowed: less where one case makes most of the spread.

    Parameters
    ----------
    squares : array of float, shape (rows, ratios)
        Squared deviations.
    size : array of float, shape (rows,)
        Cases each row stands for.

    Returns
    -------
    array of float, shape (ratios,)
        exp(-`STRICTER` x part of the largest square in their sum); 1 without spread.

    Examples
    --------
    >>> even, one = np.ones(100), np.r_[np.full(99, 1.0), 99.0]
    >>> drawn_misses(np.column_stack([even, one]), np.ones(100)).round(3).tolist()
    [0.951, 0.082]
    """
    all_squares = size @ squares
    largest = np.divide(squares.max(axis=0), all_squares, out=np.zeros_like(all_squares), where=all_squares > 0)
    factor: FloatArray = np.exp(-STRICTER * largest)
    return factor


def total_differs_from_zero(values: FloatArray, *, confidence: float = 0.95) -> bool:
    """Say whether a total differs from zero, so that shares of it have a meaning.

    Parameters
    ----------
    values : array of float, shape (cases,)
        What is added up.
    confidence : float
        Above 0 and below 1.

    Returns
    -------
    bool
        True for values of one sign that are not all zero. Where gains and losses stand against each other, whether
        Student's interval of their mean leaves out zero.

    References
    ----------
    Fieller (1954), "Some problems in interval estimation", Journal of the Royal Statistical Society B 16, 175-185: a
    ratio has no bounded interval where its denominator does not differ from zero.

    Examples
    --------
    >>> total_differs_from_zero(np.r_[np.full(50, 1.0), np.full(50, -1.01)])
    False
    >>> total_differs_from_zero(np.full(50, -1.0))
    True
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    if (values >= 0).all() or (values <= 0).all():
        return bool(np.any(values != 0))
    mean, error = abs(float(np.mean(values))), float(np.std(values, ddof=1)) / np.sqrt(len(values))
    return bool(mean > float(stats.t.ppf(0.5 + confidence / 2, len(values) - 1)) * error)


def _ratio(parts: FloatArray, ratios: int, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return ratios with their linearised standard errors."""
    part, whole, squares, products, whole_squares = (size @ parts).reshape(5, ratios)
    total = size.sum()
    value = np.divide(part, whole, out=np.full(ratios, np.nan), where=whole != 0)
    spread = np.maximum(squares - 2 * value * products + value**2 * whole_squares, 0.0)
    error: FloatArray = np.sqrt(spread * total / max(total - 1, 1)) / np.abs(whole)
    return value, error
