"""How far weights and ranks hang on the judgements."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import spearmanr

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.value.ahp.hierarchy import Hierarchy, HierarchyWeights
from helpers.value.ahp.judgements import aggregate_judgements
from helpers.value.ahp.priorities import row_geometric_mean

TOP_SHARE = 0.10


@dataclass(frozen=True)
class JudgementSensitivity:
    """What becomes of weights and ranks when every judgement may be off by a step.

    Parameters
    ----------
    weights : DataFrame
        One row per indicator used: indicator, weight, low, high (range over the draws; no
        confidence interval, as nobody was asked again).
    rank_correlation : float
        Median Spearman correlation between the scores as judged and as drawn.
    rank_correlation_low : float
        Value that the same share of the draws exceeds.
    top_kept : float
        Mean share of the best tenth as judged who stay in the best tenth.
    top_often : Series
        By customer, the share of draws with the customer in the best tenth.
    """

    weights: pd.DataFrame
    rank_correlation: float
    rank_correlation_low: float
    top_kept: float
    top_often: "pd.Series[float]"


def vary_branch_weight(
    standardised: pd.DataFrame, weights: HierarchyWeights, branch: str, shares: Sequence[float]
) -> pd.DataFrame:
    """Give one branch more or less of the weight, the others keep their proportions, and see who stays on top.

    Parameters
    ----------
    standardised : DataFrame
        Indexed by customer, z-values of the indicators used.
    weights : HierarchyWeights
        Weights as judged.
    branch : str
        A criterion or indicator below the goal.
    shares : sequence of float
        Weights to try for it, each in 0..1.

    Returns
    -------
    DataFrame
        One row per share: share, rank_correlation (with the order as judged), top_kept (share of the best tenth as
        judged who stay there) and first_kept (whether the first customer stays first).
    """
    require_within({f"shares[{place}]": share for place, share in enumerate(shares)}, low=0, high=1)
    judged = weights.composite[standardised.columns]
    inside = judged.index.isin(weights.branch_weights(branch).index)
    own, rest = judged.where(inside, 0.0), judged.where(~inside, 0.0)
    values: FloatArray = standardised.to_numpy(dtype=float)
    base: FloatArray = np.asarray(values @ judged.to_numpy(dtype=float), dtype=np.float64)
    rows = []
    for share in shares:
        varied: FloatArray = _scaled(own, share) + _scaled(rest, 1 - share)
        scores: FloatArray = np.asarray(values @ varied, dtype=np.float64)
        rows.append(
            {
                "share": float(share),
                "rank_correlation": float(spearmanr(base, scores).statistic),
                "top_kept": _top(base, scores),
                "first_kept": bool(scores[np.argmax(base)] >= scores.max() - 1e-9),
            }
        )
    return pd.DataFrame(rows)


def _scaled(weights: "pd.Series[float]", total: float) -> FloatArray:
    whole = float(weights.sum())
    return np.asarray(weights * (total / whole if whole else 0.0), dtype=np.float64)


def _top_members(scores: FloatArray) -> npt.NDArray[np.bool_]:
    """Mark the best tenth; customers tied at its border belong to it by their position."""
    size = max(1, round(TOP_SHARE * len(scores)))
    members = np.zeros(len(scores), dtype=bool)
    members[np.argsort(-scores.round(9), kind="stable")[:size]] = True
    return members


def _top(base: FloatArray, scores: FloatArray) -> float:
    before = _top_members(base)
    return float((before & _top_members(scores)).sum() / before.sum())


def vary_judgements(
    standardised: pd.DataFrame,
    weights: HierarchyWeights,
    rng: np.random.Generator,
    *,
    draws: int = 500,
    steps: int = 1,
    share: float = 0.95,
) -> JudgementSensitivity:
    """Move every judgement at random by up to some steps of the scale, and see how far weights and ranks follow.

    Parameters
    ----------
    standardised : DataFrame
        Indexed by customer, z-values of the indicators used.
    weights : HierarchyWeights
        Weights as judged.
    rng : Generator
        Source of the moves: each of `steps` down to `steps` up, equally likely, for each judgement on its own.
    draws : int
        Number of sets of judgements.
    steps : int
        How far a judgement may move, steps of the scale; at the ends of the scale it stops.
    share : float
        Share of the draws, from the middle, that the range of a weight holds; above 0 and below 1.

    Returns
    -------
    JudgementSensitivity
        Ranges of weights, and what they do to ranks. Drawn weights are row geometric means, whatever the method of
        the weights as judged: the two differ by less than a step of one judgement.
    """
    require_within({"draws": draws}, low=10, high=1_000_000)
    require_within({"steps": steps}, low=1, high=8)
    require_within({"share": share}, low=0, high=1, low_open=True, high_open=True)
    columns = list(standardised.columns)
    drawn = _draw_composites(weights.hierarchy, columns, rng, draws, steps)
    judged = weights.composite[columns].to_numpy(dtype=float)
    values: FloatArray = standardised.to_numpy(dtype=float)
    base: FloatArray = values @ judged
    scores = drawn @ values.T
    correlations = np.array([float(spearmanr(base, one).statistic) for one in scores])
    members = np.array([_top_members(one) for one in scores])
    top = _top_members(base)
    low, high = np.quantile(drawn, [0.5 - share / 2, 0.5 + share / 2], axis=0)
    table = pd.DataFrame({"indicator": columns, "weight": judged, "low": low, "high": high})
    return JudgementSensitivity(
        weights=table,
        rank_correlation=float(np.median(correlations)),
        rank_correlation_low=float(np.quantile(correlations, 1 - share)),
        top_kept=float(members[:, top].mean()),
        top_often=pd.Series(members.mean(axis=0), index=standardised.index, name="top_often"),
    )


def _draw_composites(
    hierarchy: Hierarchy, columns: Sequence[str], rng: np.random.Generator, draws: int, steps: int
) -> FloatArray:
    """Composite weights of the given indicators, one row per draw."""
    of_goal: dict[str, FloatArray] = {hierarchy.goal: np.ones(draws)}
    for criterion, parts in hierarchy.parts.items():
        local = _draw_local(aggregate_judgements(hierarchy.judgements[criterion]), rng, draws, steps)
        alive = [any(leaf in columns for leaf in hierarchy.indicators_of(part)) for part in parts]
        local = local * alive
        whole = local.sum(axis=1, keepdims=True)
        local = np.divide(local, whole, out=np.zeros_like(local), where=whole > 0)
        for place, part in enumerate(parts):
            of_goal[part] = of_goal[criterion] * local[:, place]
    return np.column_stack([of_goal[name] for name in columns])


def _draw_local(matrix: pd.DataFrame, rng: np.random.Generator, draws: int, steps: int) -> FloatArray:
    above = np.triu_indices(len(matrix), 1)
    # Steps are even on the scale 1/9 ... 1/2, 1, 2 ... 9: a judgement is 1 less, or 1 more than 1, on a straight line.
    line = np.array([_to_line(value) for value in matrix.to_numpy()[above]])
    moved = np.clip(line + rng.integers(-steps, steps, size=(draws, len(line)), endpoint=True), -8, 8)
    values = np.ones((draws, *matrix.shape))
    judged = np.where(moved >= 0, 1 + np.abs(moved), 1 / (1 + np.abs(moved)))
    values[:, above[0], above[1]] = judged
    values[:, above[1], above[0]] = 1 / judged
    return row_geometric_mean(values)


def _to_line(judgement: float) -> float:
    """Place of a judgement in steps from 1: 3 is at 2, 1/3 at -2."""
    return judgement - 1 if judgement >= 1 else 1 - 1 / judgement
