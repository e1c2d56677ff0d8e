"""Fisher's exact test of many tables at once: one table after the other spends its time on asking, not on counting."""

import numpy as np
from scipy.stats import hypergeom

from helpers.core.arrays import BoolArray, FloatArray, IntArray

_AS_LIKELY = 1 + 1e-14
"""Two tables whose chances differ by less are equally likely; so does SciPy take them."""


def fisher_p_values(cells: IntArray) -> FloatArray:
    """Return the two-sided p-values of Fisher's exact test of tables of two by two, as `scipy.stats.fisher_exact`.

    Parameters
    ----------
    cells : ndarray of shape (n, 4)
        Counts of each table, none below 0, row by row.

    Returns
    -------
    ndarray of shape (n,)
        1 for a table with an empty row or column.

    References
    ----------
    Fisher (1935), "The Design of Experiments".

    Examples
    --------
    >>> fisher_p_values(np.array([[8, 2, 1, 5], [3, 4, 0, 0]])).round(6).tolist()
    [0.034965, 1.0]
    """
    table = np.asarray(cells, dtype=np.int64)
    found = np.ones(len(table))
    one, two, other, none = table.T
    here, there, held, rest = one + two, other + none, one + other, two + none
    asked = np.flatnonzero((here > 0) & (there > 0) & (held > 0) & (rest > 0))
    found[asked] = _p_values(one[asked], here[asked], there[asked], held[asked])
    return found


def _p_values(seen: IntArray, here: IntArray, there: IntArray, held: IntArray) -> FloatArray:
    """Return the p-values of tables without an empty margin: the chance of all that are no more likely than each."""
    given = (here + there, here, held)
    mode = ((held + 1) * (here + 1) / (here + there + 2)).astype(np.int64)
    chance, at_mode = hypergeom.pmf(seen, *given), hypergeom.pmf(mode, *given)
    limit: FloatArray = np.asarray(chance * _AS_LIKELY)
    below = seen < mode
    near = np.where(below, hypergeom.cdf(seen, *given), hypergeom.sf(seen - 1, *given))
    end = np.where(below, held, 0)
    both = hypergeom.pmf(end, *given) <= limit
    far = _far_end(limit, np.where(below, mode, 0), np.where(below, held, mode), below, given)
    tail = np.where(below, hypergeom.sf(far, *given), hypergeom.cdf(far, *given))
    most_likely = np.abs(chance - at_mode) / np.maximum(chance, at_mode) <= _AS_LIKELY - 1
    return np.where(most_likely, 1.0, np.minimum(np.where(both, near + tail, near), 1.0))


def _far_end(
    limit: FloatArray, low: IntArray, high: IntArray, falls: BoolArray, given: tuple[IntArray, ...]
) -> IntArray:
    """Return the last place, on the way up to the mode or down from it, whose chance is still below (above) a limit."""
    low, high = low.copy(), high.copy()
    found = np.full(len(low), -1)
    sign = np.where(falls, -1.0, 1.0)
    open_ = np.flatnonzero(low < high)
    while len(open_):
        middle = low[open_] + (high[open_] - low[open_]) // 2
        away = sign[open_] * (hypergeom.pmf(middle, *(one[open_] for one in given)) - limit[open_])
        low[open_] = np.where(away < 0, middle + 1, low[open_])
        high[open_] = np.where(away > 0, middle - 1, high[open_])
        met = away == 0
        found[open_[met]] = middle[met]
        open_ = open_[~met]
        open_ = open_[low[open_] < high[open_]]
    within = sign * (hypergeom.pmf(low, *given) - limit) <= 0
    return np.where(found >= 0, found, np.where(within, low, low - 1))
