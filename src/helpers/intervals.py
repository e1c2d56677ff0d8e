"""The interval of a share: the one place that works it out, whatever the share is of."""

import numpy as np
import numpy.typing as npt
from statsmodels.stats.proportion import proportion_confint

Floats = npt.NDArray[np.float64]


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
