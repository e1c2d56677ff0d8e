"""Whether purchases tell that customers drop out at all: a likelihood-ratio test against nobody doing so."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from helpers.core.arrays import FloatArray
from helpers.value.likelihood.maximum_likelihood import Evaluation, Objective, maximise

LOG_NEVER = -23.0
"""Logarithm of the first parameter of drop-out at which nobody drops out; the second is then one."""
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class _Held:
    """A log-likelihood with some coordinates held where they are."""

    objective: Objective
    point: FloatArray
    free: np.ndarray

    def __call__(self, point: FloatArray) -> Evaluation:
        whole = self.point.copy()
        whole[self.free] = point
        found = self.objective(whole)
        return Evaluation(found.value, found.gradient[self.free], found.outer[np.ix_(self.free, self.free)])


def gain_of_drop_out(objective: Objective, point: FloatArray, places: Sequence[int]) -> float:
    """Return what drop-out adds to the log-likelihood of a fit, in nats.

    Parameters
    ----------
    objective : callable
        Log-likelihood with exact gradient, on the fitting scale.
    point : ndarray of shape (p,)
        Where the fit ended.
    places : sequence of int
        The two parameters of drop-out among the coordinates.

    Returns
    -------
    float
        Log-likelihood at the point less the best one without drop-out; about zero where the data show none.
    """
    held = np.array(point, dtype=np.float64)
    held[list(places)] = LOG_NEVER, 0.0
    free = np.setdiff1d(np.arange(len(held)), list(places))
    without, _ = maximise(_Held(objective, held, free), [held[free]])
    return float(objective(point).value - without.evaluation.value)


def drop_out_shown(gain: float, *, parameters: int = 2) -> bool:
    """Say whether a gain is more than chance gives where nobody drops out.

    The likelihood-ratio statistic is held to the chi-squared distribution with as many degrees of freedom as drop-out
    has parameters; at the edge of what they may be, this is the careful side (Self & Liang, 1987).

    Examples
    --------
    >>> drop_out_shown(0.4), drop_out_shown(12.0)
    (False, True)
    """
    return bool(2 * gain > chi2.isf(SIGNIFICANCE, parameters))
