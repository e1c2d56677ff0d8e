"""Ends of intervals from resamples, wide enough for small samples."""

import numpy as np
from scipy import stats
from scipy.special import expit, logit

from helpers.core.arrays import FloatArray


def resampled_ends(drawn: FloatArray, count: int, *, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return the expanded percentiles of estimates from resamples.

    Plain percentiles are too narrow for small samples: the spread of resamples falls short of the true one by a share
    of one over the count, and takes the normal quantile for Student's. The expanded ones make up for both, and are the
    plain ones where the sample is large.

    Parameters
    ----------
    drawn : array, shape (draws, ...)
        Estimates of the resamples.
    count : int
        What was drawn anew, customers or answers; at least 2.
    confidence : float
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    (array, array)
        Lower and upper ends, of the shape of one draw.

    References
    ----------
    Hesterberg (2015), "What teachers should know about the bootstrap", The American Statistician 69, 371-386.

    Examples
    --------
    >>> drawn = np.linspace(-3.0, 3.0, 601)
    >>> [round(float(end), 2) for end in resampled_ends(drawn, 1_000_000, confidence=0.9)]
    [-2.7, 2.7]
    >>> [round(float(end), 2) for end in resampled_ends(drawn, 5, confidence=0.9)]
    [-2.95, 2.95]
    """
    reach = np.sqrt(count / (count - 1)) * stats.t.ppf(0.5 + confidence / 2, count - 1)
    missed = float(stats.norm.sf(reach))
    low, high = np.quantile(drawn, [missed, 1 - missed], axis=0)
    return low, high


def resampled_share_ends(
    share: FloatArray, drawn: FloatArray, count: int, *, confidence: float
) -> tuple[FloatArray, FloatArray]:
    """Return the ends of intervals of shares between 0 and 1, from the spread of their resamples.

    Resamples of a small share are skewed, and so are their percentiles, to the wrong side. On the logit scale the
    spread is nearly that of a normal distribution: the standard error of the resamples is brought there, with Student's
    quantile, and the ends are brought back.

    Parameters
    ----------
    share : array, shape (shares,)
        Estimates.
    drawn : array, shape (draws, shares)
        Estimates of the resamples.
    count : int
        What was drawn anew, customers or answers; at least 2.
    confidence : float
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    (array, array)
        Lower and upper ends, shape (shares,).

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 12.6: intervals on a transformed scale.

    Examples
    --------
    >>> drawn = np.array([[0.05], [0.10], [0.15]])
    >>> [end.round(3).tolist() for end in resampled_share_ends(np.array([0.1]), drawn, 50, confidence=0.95)]
    [[0.035], [0.256]]
    """
    inside = np.clip(share, 1e-9, 1 - 1e-9)
    error = drawn.std(axis=0, ddof=1) * np.sqrt(count / (count - 1)) / (inside * (1 - inside))
    reach = float(stats.t.ppf(0.5 + confidence / 2, count - 1)) * error
    return expit(logit(inside) - reach), expit(logit(inside) + reach)
