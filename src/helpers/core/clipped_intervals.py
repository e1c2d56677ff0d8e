"""Intervals of shares, and of means and ratios of skewed values: the one place that works each out."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from statsmodels.stats.proportion import proportion_confint

Floats = npt.NDArray[np.float64]
STRICTER = 0.35
"""Of the share of misses allowed: a sample that lacks the largest customers does not show how far it is off."""


def wilson_ends(successes: npt.ArrayLike, trials: npt.ArrayLike, *, alpha: float) -> tuple[Floats, Floats]:
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


def ratio_ends(
    part: Floats, whole: Floats, size: Floats, resamples: Iterable[Floats], *, confidence: float
) -> tuple[Floats, Floats]:
    """Return the ends of bootstrap-t intervals of ratios of sums, of means where the whole is one.

    What is resampled is the distance from the ratio in standard errors, so that an interval reaches further to the side
    on which skewed values may lie. It is drawn for about a third of the misses that the confidence allows; how often it
    then holds the truth is measured in `data/replication`.

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
    missed = STRICTER * (1 - confidence) / 2
    beyond: Floats = np.quantile(far, [1 - missed, missed], axis=0, method="weibull")
    return value - beyond[0] * error, value - beyond[1] * error


def _ratio(parts: Floats, ratios: int, size: Floats) -> tuple[Floats, Floats]:
    """Return ratios with their linearised standard errors."""
    part, whole, squares, products, whole_squares = (size @ parts).reshape(5, ratios)
    total = size.sum()
    value = np.divide(part, whole, out=np.full(ratios, np.nan), where=whole != 0)
    spread = np.maximum(squares - 2 * value * products + value**2 * whole_squares, 0.0)
    error: Floats = np.sqrt(spread * total / max(total - 1, 1)) / np.abs(whole)
    return value, error
