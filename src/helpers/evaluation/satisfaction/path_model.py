"""Partial least squares path model: how image, quality, value, satisfaction and loyalty lead to one another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError, counted
from helpers.core.resampled_ends import resampled_ends

TOLERANCE, MOST_ROUNDS = 1e-10, 2000
SOLVERS_AGREE = 1e-6
"""Largest difference of a path between two ways of solving that count as one solution."""
ANSWERS_PER_PATH = 10
"""Complete questionnaires for each question of the largest block, or each path into the block with most of them
(Barclay, Higgins and Thompson 1995, Technology Studies 2, 285-309)."""
Update = Literal["at once", "in turn"]


@dataclass(frozen=True)
class PathModel:
    """Which questions measure one thing, and which things lead to which.

    Parameters
    ----------
    blocks : mapping of str to tuple of str
        Questions by block.
    paths : tuple of (str, str)
        From one block to another.
    """

    blocks: Mapping[str, tuple[str, ...]]
    paths: tuple[tuple[str, str], ...]

    @property
    def questions(self) -> list[str]:
        """All questions, block by block."""
        return [one for questions in self.blocks.values() for one in questions]

    def sources(self, to: str) -> list[str]:
        """Return the blocks that lead to one."""
        return [one for one, other in self.paths if other == to]


@dataclass(frozen=True)
class FittedPaths:
    """A path model with its estimates.

    Parameters
    ----------
    paths : DataFrame
        source, target, path, low, high; standardised coefficients, indexed by "source_target".
    loadings : DataFrame
        By question: block, loading (its correlation with the block's score) and weight.
    explained : Series
        Part of the variance of each block explained by those that lead to it.
    answers : int
        Complete questionnaires used.
    rounds : int
        Rounds until the weights stood still.
    """

    paths: pd.DataFrame
    loadings: pd.DataFrame
    explained: "pd.Series[float]"
    answers: int
    rounds: int

    def summary(self) -> pd.DataFrame:
        """Return the paths with their intervals, rounded."""
        return self.paths.reset_index(drop=True).round(4)


def in_order(model: PathModel) -> list[str] | None:
    """Return the blocks so that every path leads forward; None where paths lead in a circle."""
    left, found = list(model.blocks), []
    while left:
        ready = [one for one in left if not set(model.sources(one)) & set(left)]
        if not ready:
            return None
        found += ready
        left = [one for one in left if one not in ready]
    return found


def fit_path_model(
    questionnaires: pd.DataFrame,
    model: PathModel,
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    draws: int = 999,
) -> FittedPaths:
    """Fit a path model by partial least squares: outer weights by correlation (mode A), inner ones by sign (centroid).

    Parameters
    ----------
    questionnaires : DataFrame
        One column per question; rows with all of them answered are used.
    model : PathModel
        Blocks and paths.
    rng : Generator
        Draws the resamples.
    confidence : float
        Coverage of the intervals, expanded percentiles over resamples of the questionnaires.
    draws : int
        Resamples, all fitted at once from their correlations.

    Raises
    ------
    InputError
        When there are too few complete answers, a question never varies, two ways of solving (all blocks at once from
        equal weights; one after the other from its first question) disagree, or a path is above one in size: a
        standardised path above one says that blocks cannot be distinguished, whatever a solver reports.

    References
    ----------
    Wold (1982), "Soft modeling: the basic design and some extensions"; Lohmoeller (1989), Latent Variable Path Modeling
    with Partial Least Squares, chapter 2; Tenenhaus and others (2005), Computational Statistics and Data Analysis 48,
    159-205.
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    values = questionnaires[model.questions].apply(pd.to_numeric, errors="coerce").astype(float).dropna()
    _require_usable(values, model)
    numbers = values.to_numpy(dtype=np.float64)
    correlation = np.corrcoef(numbers, rowvar=False)[None]
    weights, rounds = _solve(correlation, model, "at once")
    found = _paths(correlation, weights, model)[0]
    other, _ = _solve(correlation, model, "in turn")
    _require_sound(found, _paths(correlation, other, model)[0], model)
    drawn = _resampled_correlations(numbers, rng, draws)
    drawn = drawn[np.isfinite(drawn).all(axis=(1, 2))]
    resampled = _paths(drawn, _solve(drawn, model, "at once")[0], model)
    low, high = resampled_ends(resampled, len(values), confidence=confidence)
    names = pd.Index([f"{one}_{to}" for one, to in model.paths])
    table = pd.DataFrame(list(model.paths), index=names, columns=["source", "target"])
    table = table.assign(path=found, low=low, high=high)
    return FittedPaths(table, *_measurement(correlation[0], weights[0], found, model), len(values), rounds)


def _measurement(
    correlation: FloatArray, weights: FloatArray, found: FloatArray, model: PathModel
) -> tuple[pd.DataFrame, "pd.Series[float]"]:
    """Return loadings and weights by question, and the part of each block that is explained."""
    block = np.repeat(np.arange(len(model.blocks)), [len(one) for one in model.blocks.values()])
    with_scores = correlation @ weights
    rows = np.arange(len(block))
    names = list(model.blocks)
    columns = {
        "block": [names[one] for one in block],
        "loading": with_scores[rows, block],
        "weight": weights[rows, block],
    }
    between = weights.T @ with_scores
    explained = {to: 0.0 for to in names if model.sources(to)}
    for (one, to), path in zip(model.paths, found, strict=True):
        explained[to] += float(path * between[names.index(one), names.index(to)])
    return pd.DataFrame(columns, index=pd.Index(model.questions, name="question")), pd.Series(explained, dtype=float)


def _solve(correlation: FloatArray, model: PathModel, update: Update) -> tuple[FloatArray, int]:
    """Return the outer weights of many samples at once, shape (samples, questions, blocks), and the rounds taken."""
    names = list(model.blocks)
    sizes = [len(one) for one in model.blocks.values()]
    member = np.repeat(np.eye(len(names)), sizes, axis=0)
    neighbours = np.zeros((len(names), len(names)))
    for one, to in model.paths:
        neighbours[names.index(one), names.index(to)] = neighbours[names.index(to), names.index(one)] = 1
    first = np.zeros_like(member)
    first[np.cumsum([0, *sizes[:-1]]), range(len(names))] = 1
    weights = _scaled(
        correlation, np.repeat((member if update == "at once" else first)[None], len(correlation), axis=0)
    )
    rounds, moved = 0, np.inf
    while moved >= TOLERANCE and rounds < MOST_ROUNDS:
        rounds, before = rounds + 1, weights.copy()
        for places in [slice(None)] if update == "at once" else [slice(i, i + 1) for i in range(len(names))]:
            with_scores = correlation @ weights
            between = weights.transpose(0, 2, 1) @ with_scores
            inner = np.sign(between) * neighbours
            weights[:, :, places] = ((with_scores @ inner) * member)[:, :, places]
            weights = _scaled(correlation, weights)
        moved = float(np.abs(weights - before).max(initial=0.0))
    turned = np.sign((member * (correlation @ weights)).sum(axis=1, keepdims=True))
    return weights * np.where(turned == 0, 1.0, turned), rounds


def _scaled(correlation: FloatArray, weights: FloatArray) -> FloatArray:
    """Return weights that give every block a score of variance one."""
    variance = np.einsum("spl,spq,sql->sl", weights, correlation, weights, optimize=True)
    scaled: FloatArray = weights / np.sqrt(np.maximum(variance, 1e-300))[:, None, :]
    return scaled


def _paths(correlation: FloatArray, weights: FloatArray, model: PathModel) -> FloatArray:
    """Return the standardised coefficients of all paths, shape (samples, paths)."""
    names = list(model.blocks)
    between = weights.transpose(0, 2, 1) @ correlation @ weights
    found = np.empty((len(correlation), len(model.paths)))
    for to in dict.fromkeys(target for _, target in model.paths):
        sources = [names.index(one) for one in model.sources(to)]
        places = [place for place, (_, target) in enumerate(model.paths) if target == to]
        among = between[:, sources][:, :, sources]
        found[:, places] = (np.linalg.pinv(among) @ between[:, sources, names.index(to)][:, :, None])[:, :, 0]
    return found


def _resampled_correlations(values: FloatArray, rng: np.random.Generator, draws: int) -> FloatArray:
    """Return the correlations of many resamples, from sums of products of the rows drawn."""
    count, width = values.shape
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    products = (values[:, :, None] * values[:, None, :]).reshape(count, -1)
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=draws) / count
    mean = drawn @ values
    covariance = (drawn @ products).reshape(draws, width, width) - mean[:, :, None] * mean[:, None, :]
    spread = np.sqrt(np.maximum(np.einsum("sii->si", covariance), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        found: FloatArray = covariance / (spread[:, :, None] * spread[:, None, :])
    return found


def _require_usable(values: pd.DataFrame, model: PathModel) -> None:
    most = max(*(len(one) for one in model.blocks.values()), *(len(model.sources(to)) for to in model.blocks))
    needed = ANSWERS_PER_PATH * most
    faults = []
    if len(values) < needed:
        what = (
            f"{counted(len(values), 'questionnaire')} with all questions of the path model answered: not enough to say"
        )
        faults.append(Fault(what, "surveys", f"{needed} or more", "ask more customers, or leave questions out"))
    elif flat := [str(name) for name in values if values[name].min() == values[name].max()]:
        what = f"all answers to {', '.join(map(repr, flat))} are equal"
        faults.append(Fault(what, "surveys", "answers that differ", "leave it out of the path model"))
    if faults:
        raise InputError(faults)


def _require_sound(found: FloatArray, other: FloatArray, model: PathModel) -> None:
    """Refuse estimates that no reader should be shown."""
    faults = []
    for (one, to), path, again in zip(model.paths, found, other, strict=True):
        name = f"path from {one} to {to}"
        if not np.abs(path) <= 1:
            remedy = "join blocks that measure the same, or leave a path out"
            faults.append(Fault(f"standardised coefficient {path:.2f} above one in size", name, "-1 to 1", remedy))
        elif not np.abs(path - again) <= SOLVERS_AGREE:
            what = f"two ways of solving give {path:.4f} and {again:.4f}"
            faults.append(Fault(what, name, "one solution", "leave out questions that go against their block"))
    if faults:
        raise InputError(faults)
