"""Maximum likelihood on the log scale: several starts, exact gradients, and a verdict on what was found.

Every model of this room has positive parameters, so each is fitted as its logarithm. The search is quasi-Newton: it
opens with the outer product of the customers' scores (Berndt, Hall, Hall & Hausman, 1974), which is close to the
curvature already, and then learns the rest (BFGS). That takes about a dozen evaluations where a cold start takes
thirty.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt
from typing import Protocol

import numpy as np

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault

MAX_STEP = 2.0
MAX_ITERATIONS = 250
NEAR_HOME = 0.25
GAIN_TOLERANCE = 1e-10
CHALLENGER_TOLERANCE = 1e-4
ROUNDING = 1e-14
FLAT_CURVATURE = 1e-7
WORTH_HAVING = 1e-6
"""In nats: with less to gain a search has arrived."""
NO_STEP = 1e-9
"""Share of a step that moves nothing: the gradient promises more than rounding lets the values show."""
SMALL_STEP = 1e-3
"""Share of a step from which on a search is on its way, whatever it gains."""
IDLE_STEPS = 5
"""After so many steps in a row that lead nowhere a search ends: it stands at an edge, in the noise of its values."""


class FitWarning(UserWarning):
    """A fit is usable only with the caveat given in the message; the model keeps it in `notes_`."""


@dataclass(frozen=True)
class Evaluation:
    """The log-likelihood at one point.

    Parameters
    ----------
    value : float
        Log-likelihood, in nats.
    gradient : ndarray of shape (p,)
        Exact derivative with respect to the point.
    outer : ndarray of shape (p, p)
        Weighted sum of the outer products of the customers' scores.
    """

    value: float
    gradient: FloatArray
    outer: FloatArray


class Objective(Protocol):
    """A log-likelihood that can be evaluated at a point."""

    def __call__(self, point: FloatArray) -> Evaluation:
        """Return the log-likelihood with its exact gradient."""
        ...


@dataclass(frozen=True)
class Optimum:
    """Where a search ended.

    Parameters
    ----------
    point : ndarray of shape (p,)
        Parameters on the fitting scale (logarithms; covariate effects as they are).
    evaluation : Evaluation
        Log-likelihood, gradient and score products there.
    expected_gain : float
        What a further quadratic step would still add to the log-likelihood, in nats.
    inverse : ndarray of shape (p, p)
        Last approximation of the inverse curvature; opens a later search nearby.
    iterations : int
        Steps taken.
    gained : float
        What the search added to the log-likelihood of where it began, in nats.
    """

    point: FloatArray
    evaluation: Evaluation
    expected_gain: float
    inverse: FloatArray
    iterations: int
    gained: float

    @property
    def converged(self) -> bool:
        """Whether nothing worth having (a millionth of a nat) is left to gain."""
        return bool(np.isfinite(self.evaluation.value) and self.expected_gain < WORTH_HAVING)

    @property
    def stuck(self) -> bool:
        """Whether the search found no way up from its start: its numbers are beyond what doubles tell apart."""
        value = abs(self.evaluation.value)
        return not self.converged and not self.gained > ROUNDING * value


def maximise(
    objective: Objective,
    starts: Sequence[FloatArray],
    *,
    inverse: FloatArray | None = None,
    tolerance: float = GAIN_TOLERANCE,
    steps: int = MAX_ITERATIONS,
) -> tuple[Optimum, float]:
    """Search from every start and keep the best; return it with the spread between the searches.

    The most likely start is followed to the end. The others are followed until they have come within a quarter (on
    the log scale) of the place already found, or within a ten-thousandth of a nat of a top of their own; if that is
    higher, the search is finished there and takes the place of the first.

    Parameters
    ----------
    objective : Objective
        Log-likelihood with exact gradient.
    starts : sequence of ndarray of shape (p,)
        Where to begin.
    inverse : ndarray of shape (p, p), optional
        Inverse curvature known from a search nearby.
    tolerance : float
        Where to stop: what a further step would still add, in nats.
    steps : int
        Most steps of a search.

    Returns
    -------
    Optimum
        The best end point.
    float
        Best minus worst log-likelihood among the ends, in nats: far above zero means several hills.
    """
    opened = sorted(((objective(start), start) for start in starts), key=lambda pair: -_finite(pair[0].value))
    best = _climb(objective, opened[0][1], opened[0][0], tolerance, steps, inverse=inverse)
    ends = [best.evaluation.value]
    for evaluation, start in opened[1:]:
        home = best.point if best.converged else None
        rival = _climb(objective, start, evaluation, max(tolerance, CHALLENGER_TOLERANCE), steps, home=home)
        if home is not None and np.abs(rival.point - home).max() < NEAR_HOME:
            continue
        ends.append(rival.evaluation.value)
        if home is None or rival.evaluation.value > best.evaluation.value + 10 * CHALLENGER_TOLERANCE:
            further = _climb(objective, rival.point, rival.evaluation, tolerance, steps, inverse=rival.inverse)
            rival = replace(further, gained=rival.gained + further.gained)
            best = max(best, rival, key=lambda end: _finite(end.evaluation.value))
    return best, float(max(ends) - min(ends))


def _finite(value: float) -> float:
    return value if isfinite(value) else -np.inf


def _climb(
    objective: Objective,
    point: FloatArray,
    here: Evaluation,
    tolerance: float,
    steps: int,
    *,
    inverse: FloatArray | None = None,
    home: FloatArray | None = None,
) -> Optimum:
    """Quasi-Newton ascent with a capped step and a backtracking line search; ends early when it comes home."""
    if inverse is None:
        inverse = _inverse_of(here.outer)
    gain, taken, idle, began = np.inf, 0, 0, here.value
    while taken < steps and idle < IDLE_STEPS:
        taken += 1
        step = inverse @ here.gradient
        gain = 0.5 * float(here.gradient @ step)
        if not isfinite(gain) or gain < max(tolerance, ROUNDING * abs(here.value)):
            break
        if home is not None and float(np.abs(point - home).max()) < NEAR_HOME:
            break
        step *= min(1.0, MAX_STEP / float(np.abs(step).max()))
        there, share = _line_search(objective, point, here, step)
        rise = 0.0 if there is None else there.value - here.value
        is_idle = share < SMALL_STEP and rise <= ROUNDING * abs(here.value)
        idle = idle + 1 if is_idle else 0
        if there is None:
            refreshed = _inverse_of(here.outer)
            if np.array_equal(refreshed, inverse):
                break
            inverse = refreshed
            continue
        if is_idle and share < NO_STEP and gain < WORTH_HAVING:
            break
        inverse = _bfgs_update(inverse, share * step, here.gradient - there.gradient)
        point, here = point + share * step, there
    return Optimum(point, here, gain, inverse, taken, here.value - began)


def _inverse_of(outer: FloatArray) -> FloatArray:
    """Inverse of the score products, ridged so that a flat direction does not send the search to infinity."""
    scale = np.sqrt(np.maximum(np.diag(outer), 1e-300))
    correlation = outer / np.outer(scale, scale) + 1e-6 * np.eye(len(scale))
    inverse: FloatArray = np.linalg.inv(correlation) / np.outer(scale, scale)
    return inverse


def _line_search(
    objective: Objective, point: FloatArray, here: Evaluation, step: FloatArray
) -> tuple[Evaluation | None, float]:
    slope = float(here.gradient @ step)
    noise = 1e-14 * abs(here.value)
    share = 1.0
    for _ in range(30):
        there = objective(point + share * step)
        rise = there.value - here.value
        if isfinite(there.value) and rise >= 1e-4 * share * slope - noise:
            return there, share
        # the parabola through both values and the slope says where to look next
        peak = -slope * share / (2 * (rise / share - slope)) if isfinite(rise) else 0.0
        share = float(np.clip(peak, 0.1 * share, 0.5 * share))
    return None, 0.0


def _bfgs_update(inverse: FloatArray, moved: FloatArray, bent: FloatArray) -> FloatArray:
    curvature = float(moved @ bent)
    if curvature <= 1e-12 * sqrt(float(moved @ moved) * float(bent @ bent)):
        return inverse
    through = inverse @ bent
    grown = (curvature + float(bent @ through)) / curvature**2
    crossed = through[:, None] * moved
    return inverse + grown * moved[:, None] * moved - (crossed + crossed.T) / curvature


def observed_information(gradient: Callable[[FloatArray], FloatArray], point: FloatArray) -> FloatArray:
    """Return minus the second derivative of the log-likelihood, by central differences of its exact gradient.

    Parameters
    ----------
    gradient : callable
        Exact gradient of the log-likelihood.
    point : ndarray of shape (p,)
        Where to take it.

    Returns
    -------
    ndarray of shape (p, p)
        Observed information, symmetric.

    Examples
    --------
    >>> observed_information(lambda point: -2 * point, np.array([1.0, 3.0])).round(6)
    array([[2., 0.],
           [0., 2.]])
    """
    width = 1e-4
    rows = []
    for k in range(len(point)):
        shift = np.zeros_like(point)
        shift[k] = width
        rows.append((gradient(point - shift) - gradient(point + shift)) / (2 * width))
    information = np.array(rows)
    return (information + information.T) / 2


def flat_directions(information: FloatArray, names: Sequence[str]) -> tuple[str, ...]:
    """Name the parameters the data say nothing about: those that carry a direction without curvature.

    Parameters
    ----------
    information : ndarray of shape (p, p)
        Observed information, or the products of the scores, per customer.
    names : sequence of str
        Names of the parameters.

    Returns
    -------
    tuple of str
        Names that make up at least a third of a flat direction; empty when all is well.

    Examples
    --------
    >>> flat_directions(np.diag([1.0, 0.0]), ["r", "a"])
    ('a',)
    """
    values, vectors = np.linalg.eigh(information)
    flat = values < FLAT_CURVATURE
    heavy = (np.abs(vectors[:, flat]) > 1 / 3).any(axis=1)
    return tuple(name for name, is_heavy in zip(names, heavy, strict=True) if is_heavy)


def warn_of(notes: Sequence[Fault]) -> None:
    """Warn once with every caveat of a fit, each with its cause and its remedy."""
    if notes:
        warnings.warn("\n".join(str(note) for note in notes), FitWarning, stacklevel=3)
