"""Key drivers: what a point more of each dimension brings, and which part of the satisfaction explained is whose."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.resampled_ends import resampled_share_ends
from helpers.evaluation.satisfaction.answers import Answers

_CHUNK = 250_000_000
"""Products of resamples and customers held at once."""


@dataclass(frozen=True)
class DriverWeights:
    """What the overall score rises by when a dimension rises by one point and the others stay.

    Parameters
    ----------
    table : DataFrame
        By dimension: weight, standard_error, low, high; points of the whole per point of the dimension.
    intercept : float
        Overall score where all dimensions were 0.
    r_squared : float
        Part of the variance of the overall score that the dimensions explain.
    total : tuple of float
        Sum of the weights with the ends of its interval: 1 where the whole rises with its parts point by point.
    residual : Series, shape (complete questionnaires,)
        Overall score less what the dimensions let expect.
    """

    table: pd.DataFrame
    intercept: float
    r_squared: float
    total: tuple[float, float, float]
    residual: "pd.Series[float]"

    def summary(self) -> pd.DataFrame:
        """Return the weights with standard errors and intervals, rounded."""
        return self.table.round(4)

    def expect(self, scores: pd.DataFrame) -> "pd.Series[float]":
        """Return the overall score that the dimensions let expect."""
        return self.intercept + scores @ self.table["weight"]


def driver_weights(answers: Answers, *, confidence: float = 0.95) -> DriverWeights:
    """Estimate the weight of each dimension by least squares, with intervals that allow for customers who repeat.

    Parameters
    ----------
    answers : Answers
        From `prepare_answers`; those complete are used.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DriverWeights
        The variance is the sandwich over customers with its small-sample factor, the quantile Student's with customers
        minus one degrees of freedom.

    References
    ----------
    Cameron and Miller (2015), "A practitioner's guide to cluster-robust inference", Journal of Human Resources 50,
    317-372, equations 11 and 12.
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    used = answers.complete
    whole = used.overall.to_numpy()
    design = np.column_stack([np.ones(len(whole)), used.scores.to_numpy()])
    found, _, _, _ = np.linalg.lstsq(design, whole, rcond=None)
    residual = whole - design @ found
    variance, groups = clustered_variance(design, residual, used.customer)
    reach = float(stats.t.ppf(0.5 + confidence / 2, groups - 1))
    error = np.sqrt(np.diag(variance))[1:]
    ends = {"low": found[1:] - reach * error, "high": found[1:] + reach * error}
    columns = {"weight": found[1:], "standard_error": error, **ends}
    table = pd.DataFrame(columns, index=pd.Index(used.dimensions, name="dimension"))
    total, of_total = float(found[1:].sum()), reach * float(np.sqrt(variance[1:, 1:].sum()))
    explained = 1 - float(residual @ residual) / float(((whole - whole.mean()) ** 2).sum())
    remainder = pd.Series(residual, used.scores.index)
    return DriverWeights(table, float(found[0]), explained, (total, total - of_total, total + of_total), remainder)


def clustered_variance(design: FloatArray, residual: FloatArray, customer: "pd.Series[str]") -> tuple[FloatArray, int]:
    """Return the sandwich variance of least-squares coefficients over customers, and the number of customers."""
    codes, known = pd.factorize(customer)
    rows, columns = design.shape
    bread = np.linalg.inv(design.T @ design)
    scores = np.zeros((len(known), columns))
    np.add.at(scores, codes, design * residual[:, None])
    groups = len(known)
    small_sample = groups / max(groups - 1, 1) * (rows - 1) / max(rows - columns, 1)
    variance: FloatArray = small_sample * bread @ (scores.T @ scores) @ bread
    return variance, groups


def relative_importance(
    answers: Answers, rng: np.random.Generator, *, confidence: float = 0.95, draws: int = 999
) -> pd.DataFrame:
    """Share the variance explained among the dimensions, by what each adds on average over all orders.

    Parameters
    ----------
    answers : Answers
        From `prepare_answers`; those complete are used.
    rng : Generator
        Draws the resamples of customers.
    confidence : float
        Coverage of the intervals, which have the spread of the resamples on the logit scale.
    draws : int
        Resamples; a customer is drawn with all of the questionnaires.

    Returns
    -------
    DataFrame
        By dimension: importance, low, high; shares of the variance explained that add up to 1.

    References
    ----------
    Lindeman, Merenda and Gold (1980), Introduction to Bivariate and Multivariate Analysis, 119 ff.; Groemping (2007),
    "Estimators of relative importance in linear regression based on variance decomposition", The American Statistician
    61, 139-147. It is the Shapley value of the dimensions in the game of explaining variance.
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    used = answers.complete
    values = np.column_stack([used.scores.to_numpy(), used.overall.to_numpy()])
    found = shapley_shares(np.cov(values, rowvar=False, ddof=0)[None])[0]
    drawn = np.concatenate([shapley_shares(one) for one in _resampled(values, used.customer, rng, draws)])
    low, high = resampled_share_ends(found, drawn, used.customers, confidence=confidence)
    columns = {"importance": found, "low": low, "high": high}
    return pd.DataFrame(columns, index=pd.Index(used.dimensions, name="dimension"))


def shapley_shares(covariance: FloatArray) -> FloatArray:
    """Return the share of the variance explained that is due to each variable, for many covariance matrices at once.

    Parameters
    ----------
    covariance : array, shape (samples, variables + 1, variables + 1)
        Of the variables and, last, of what they explain.

    Returns
    -------
    array, shape (samples, variables)
        Shares that add up to 1; missing where nothing is explained.

    Examples
    --------
    >>> alone = np.array([[[1.0, 0.0, 0.6], [0.0, 1.0, 0.3], [0.6, 0.3, 1.0]]])
    >>> shapley_shares(alone).round(2).tolist()
    [[0.8, 0.2]]
    """
    variables = covariance.shape[1] - 1
    left = np.empty((2**variables, len(covariance)))
    for chosen, remaining in _left_over(covariance, 0, 0):
        left[chosen] = remaining
    explained = 1 - left / left[0]
    shares = (_signs_and_weights(variables) @ explained).T
    total = explained[-1][:, None]
    parts: FloatArray = np.divide(shares, total, out=np.full_like(shares, np.nan), where=total > 1e-12)
    return parts


def _left_over(covariance: FloatArray, first: int, chosen: int) -> Iterator[tuple[int, FloatArray]]:
    """Yield, for a set of variables and all that extend it by later ones, the variance that they leave unexplained.

    One variable after the other is swept out, so that each set costs one update of what is left of the matrix; sets are
    named by the sum of the powers of two of their variables.
    """
    yield chosen, covariance[:, -1, -1]
    for place in range(covariance.shape[1] - 1):
        pivot = covariance[:, place, place]
        row = covariance[:, place, place + 1 :]
        # What earlier variables determine adds nothing: its own variance is then left at next to nothing.
        scaled = np.divide(row, pivot[:, None], out=np.zeros_like(row), where=pivot[:, None] > 1e-10)
        rest = covariance[:, place + 1 :, place + 1 :] - scaled[:, :, None] * row[:, None, :]
        yield from _left_over(rest, first + place + 1, chosen | 1 << (first + place))


def _signs_and_weights(variables: int) -> FloatArray:
    """Return the matrix that turns what every set explains into Shapley values, shape (variables, sets)."""
    sets = np.arange(2**variables)
    size = np.array([bin(one).count("1") for one in sets])
    orders = np.array([1 / (variables * comb(variables - 1, k)) for k in range(variables)])
    matrix = np.zeros((variables, len(sets)))
    for one in range(variables):
        holds = (sets >> one) & 1 == 1
        matrix[one, holds] = orders[size[holds] - 1]
        matrix[one, ~holds] = -orders[size[~holds]]
    return matrix


def _resampled(
    values: FloatArray, customer: "pd.Series[str]", rng: np.random.Generator, draws: int
) -> Iterator[FloatArray]:
    """Yield covariance matrices of resamples of customers, many at a time."""
    codes, known = pd.factorize(customer)
    values = values - values.mean(axis=0)
    width = values.shape[1]
    products = (values[:, :, None] * values[:, None, :]).reshape(len(values), -1)
    sums = np.zeros((len(known), width * width + width + 1))
    np.add.at(sums, codes, np.column_stack([products, values, np.ones(len(values))]))
    even = np.full(len(known), 1 / len(known))
    chunk = max(1, _CHUNK // (8 * len(known)))
    for begin in range(0, draws, chunk):
        counts = rng.multinomial(len(known), even, size=min(chunk, draws - begin)).astype(np.float64)
        total = counts @ sums
        rows, mean = total[:, -1:], total[:, -width - 1 : -1] / total[:, -1:]
        squares = (total[:, : width * width] / rows).reshape(-1, width, width)
        yield squares - mean[:, :, None] * mean[:, None, :]


def weights_by_segment(answers: Answers, segments: list[str], *, confidence: float = 0.95) -> pd.DataFrame:
    """Return the weights of each segment by itself.

    Parameters
    ----------
    answers : Answers
        From `prepare_answers`.
    segments : list of str
        From `segments_large_enough`.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        segment, dimension, weight, standard_error, low, high; the index joins both names by "_". Without segments it
        has no rows.
    """
    tables = []
    for segment in segments:
        own = driver_weights(answers.of(answers.of_segment(segment)), confidence=confidence).table
        named = own.reset_index()
        named.insert(0, "segment", segment)
        tables.append(named.set_axis(pd.Index([f"{segment}_{name}" for name in own.index])))
    columns = ["segment", "dimension", "weight", "standard_error", "low", "high"]
    return pd.concat(tables) if tables else pd.DataFrame(columns=columns)
