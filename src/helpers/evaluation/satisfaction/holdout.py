"""Whether weights explain the satisfaction of customers they were not learnt from better than the mean of the parts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.evaluation.satisfaction.answers import Answers

FOLDS = 10


@dataclass(frozen=True)
class WeightsHeldOut:
    """Errors of the overall score on customers held out.

    Parameters
    ----------
    weights_error, mean_error : float
        Root mean squared error with the weights, and with the plain mean of the parts; points.
    gain, low, high : float
        Squared error of the plain mean less that of the weights, by questionnaire, with its interval.
    """

    weights_error: float
    mean_error: float
    gain: float
    low: float
    high: float

    @property
    def status(self) -> str:
        """`better`, `worse`, or `similar` where the interval holds nil."""
        return "better" if self.low > 0 else "worse" if self.high < 0 else "similar"


def weights_on_holdout(answers: Answers, rng: np.random.Generator, *, confidence: float = 0.95) -> WeightsHeldOut:
    """Hold out each tenth of the customers in turn, and forecast their overall score.

    Parameters
    ----------
    answers : Answers
        From `prepare_answers`; those complete are used.
    rng : Generator
        Deals the customers out.
    confidence : float
        Coverage of the interval, Student's over customers.

    Returns
    -------
    WeightsHeldOut
        The baseline is a straight line in the plain mean of the parts: equal weights.
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    used = answers.complete
    codes, known = pd.factorize(used.customer)
    fold = rng.permutation(len(known))[codes] % FOLDS
    whole: FloatArray = np.asarray(used.overall, dtype=np.float64)
    parts: FloatArray = np.asarray(used.scores, dtype=np.float64)
    squares = [_squared_errors(design, whole, fold) for design in (parts, parts.mean(axis=1, keepdims=True))]
    gain = np.bincount(codes, weights=squares[1] - squares[0])
    answered = np.bincount(codes)
    mean = gain.sum() / answered.sum()
    error = np.sqrt(np.sum((gain - mean * answered) ** 2) * len(known) / (len(known) - 1)) / answered.sum()
    reach = float(stats.t.ppf(0.5 + confidence / 2, len(known) - 1) * error)
    errors = [float(np.sqrt(one.mean())) for one in squares]
    return WeightsHeldOut(errors[0], errors[1], float(mean), float(mean - reach), float(mean + reach))


def _squared_errors(parts: FloatArray, whole: FloatArray, fold: np.ndarray) -> FloatArray:
    design = np.column_stack([np.ones(len(whole)), parts])
    squares = np.empty(len(whole))
    for one in range(FOLDS):
        held_out = fold == one
        found, _, _, _ = np.linalg.lstsq(design[~held_out], whole[~held_out], rcond=None)
        squares[held_out] = (whole[held_out] - design[held_out] @ found) ** 2
    return squares
