"""Satisfaction surveys whose drivers are known, but for the one that the questionnaire leaves out.

Overall satisfaction is a weighted sum of the answered scores, of the driver not asked, and of noise, so that a
regression of the overall score on the dimensions has the true weights as its coefficients.
"""

from dataclasses import dataclass
from typing import get_args

import numpy as np

from helpers.core.arrays import FloatArray, IntArray
from helpers.simulation.orders import Orders
from helpers.simulation.parameters import CompanyParameters, Dimension
from helpers.simulation.population import Population
from helpers.simulation.service import Cases, unsolved_before
from helpers.simulation.streams import Block

DIMENSIONS: tuple[str, ...] = get_args(Dimension)
_LOWEST, _HIGHEST = 1.0, 10.0


@dataclass(frozen=True)
class Answers:
    """Answered questionnaires of a block.

    Parameters
    ----------
    customer : IntArray
        Row of the customer in the block.
    day : IntArray
        Day of the answer since the start of the history.
    scores : FloatArray, shape (answers, dimensions)
        Whole numbers 1..10, in the order of `DIMENSIONS`.
    overall, rebuy, recommend : FloatArray
        Overall satisfaction and intention to buy again (1..10), readiness to recommend (0..10).
    hidden_score : FloatArray
        What the driver not asked would have scored; truth only.
    """

    customer: IntArray
    day: IntArray
    scores: FloatArray
    overall: FloatArray
    rebuy: FloatArray
    recommend: FloatArray
    hidden_score: FloatArray


def ask_customers(
    parameters: CompanyParameters, block: Block, population: Population, orders: Orders, cases: Cases
) -> Answers:
    """Draw the answers of all survey waves."""
    rng = block.rng("survey")
    waves = [parameters.day(wave) for wave in parameters.survey.waves]
    parts = [_one_wave(parameters, rng, population, orders, cases, day) for day in waves]
    if not parts:
        none = np.zeros(0)
        empty = np.zeros(0, dtype=np.int64)
        return Answers(empty, empty, np.zeros((0, len(DIMENSIONS))), none, none, none, none)
    return Answers(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def driver_weights(parameters: CompanyParameters) -> FloatArray:
    """Return the true weights, shape (2, dimensions): persons, firms."""
    weights = parameters.survey.weights
    return np.array([[weights[kind].get(name, 0.0) for name in DIMENSIONS] for kind in ("person", "firm")])  # type: ignore[call-overload]


def _scale(value: FloatArray, low: float = _LOWEST) -> FloatArray:
    return np.clip(np.round(value), low, _HIGHEST)


def _one_wave(
    parameters: CompanyParameters,
    rng: np.random.Generator,
    population: Population,
    orders: Orders,
    cases: Cases,
    day: int,
) -> tuple[IntArray, IntArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    survey = parameters.survey
    size = len(population.segment)
    unsolved = unsolved_before(orders, cases, size, day)
    present = (population.acquired < day) & (population.gone > day)
    answers = np.flatnonzero(present & (rng.random(size) < survey.response_rate))
    load = survey.common_factor
    own = rng.standard_normal((len(answers), len(DIMENSIONS)))
    latent = load * population.experience[answers, None] + np.sqrt(1 - load**2) * own
    latent = survey.mean + survey.spread * latent
    latent[:, :2] -= survey.unsolved_effect * unsolved[answers, None]
    scores = _scale(latent)
    hidden = survey.mean + survey.spread * population.hidden[answers]
    weights = driver_weights(parameters)[population.firm[answers].astype(np.int64)]
    overall = (scores * weights).sum(axis=1) + survey.hidden_weight * hidden
    overall = overall + survey.noise * rng.standard_normal(len(answers))
    rebuy = _scale(1.0 + 0.85 * overall + 0.9 * rng.standard_normal(len(answers)))
    recommend = _scale(overall - 0.3 + 1.2 * rng.standard_normal(len(answers)), low=0.0)
    last = parameters.history_days - 1
    when = np.minimum(day + rng.integers(0, 21, len(answers)), last)
    return answers, when, scores, _scale(overall), rebuy, recommend, hidden
