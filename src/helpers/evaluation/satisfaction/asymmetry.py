"""Must-be, performance, delight: whether a dimension costs more below its usual score than it brings above."""

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.checks import require_within
from helpers.evaluation.satisfaction.answers import Answers
from helpers.evaluation.satisfaction.drivers import clustered_variance

MUST_BE, PERFORMANCE, DELIGHT, UNCLEAR = "must-be", "performance", "delight", "unclear"
KINDS = (MUST_BE, PERFORMANCE, DELIGHT, UNCLEAR)
FEWEST_ON_A_SIDE = 10
"""Customers below, and above, the usual score without whom a dimension has no kind."""


def penalty_reward(answers: Answers, *, confidence: float = 0.95) -> pd.DataFrame:
    """Say for each dimension what a point below the usual score costs, and what a point above it brings.

    The usual score is the median. The overall score is explained by the points below and the points above it of every
    dimension at once, so that a straight effect gives twice the same number, wherever the answers lie; low and high
    marks coded as yes or no would call a straight effect bent where one side reaches further than the other.

    Parameters
    ----------
    answers : Answers
        From `prepare_answers`; those complete are used.
    confidence : float
        Coverage of the intervals. The kinds are decided for all dimensions together: of satisfaction that rises in a
        straight line, no more than one less this share of surveys call any dimension bent.

    Returns
    -------
    DataFrame
        By dimension: usual (points), penalty and reward (points of the whole per point), difference (reward less
        penalty) with low and high, p_value (as Holm adjusts it for the number of dimensions), and kind: `MUST_BE` where
        the penalty is larger beyond chance, `DELIGHT` where the reward is, `PERFORMANCE` where neither is and both
        sides count, else `UNCLEAR`.

    References
    ----------
    Kano and others (1984), "Attractive quality and must-be quality"; Brandt (1987), "A procedure for identifying
    value-enhancing service components"; Mittal, Ross and Baldasare (1998), Journal of Marketing 62, 33-47 (slopes
    below and above); Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    used = answers.complete
    scores = used.scores
    usual = scores.median()
    below, above = (scores - usual).clip(upper=0), (scores - usual).clip(lower=0)
    sides = pd.DataFrame({"below": _customers(below < 0, used), "above": _customers(above > 0, used)})
    two_sided = (sides >= FEWEST_ON_A_SIDE).all(axis=1).to_numpy()
    bent = scores.columns[two_sided]
    design = np.column_stack([np.ones(len(scores)), scores, above[bent]])
    whole = used.overall.to_numpy()
    found, _, rank, _ = np.linalg.lstsq(design, whole, rcond=None)
    table = pd.DataFrame(np.nan, index=scores.columns, columns=["penalty", "reward", "difference", "low", "high"])
    table.insert(0, "usual", usual)
    table["p_value"] = np.nan
    table.index.name = "dimension"
    if rank == design.shape[1]:
        variance, groups = clustered_variance(design, whole - design @ found, used.customer)
        _fill_in(table, found, variance, bent, groups, confidence)
    table["kind"] = _kinds(table, 1 - confidence)
    return table.drop(columns=["penalty_low", "reward_low"], errors="ignore")


def _customers(on_side: pd.DataFrame, used: Answers) -> "pd.Series[int]":
    return on_side.groupby(used.customer).any().sum()


def _fill_in(
    table: pd.DataFrame, found: np.ndarray, variance: np.ndarray, bent: pd.Index, groups: int, confidence: float
) -> None:
    """Write slopes and their difference; the difference is the coefficient of the points above by themselves."""
    count = len(table)
    quantile = float(stats.t.ppf(0.5 + confidence / 2, groups - 1))
    places = table.index.get_indexer(bent)
    error = np.sqrt(np.diag(variance))
    difference, spread = found[1 + count :], error[1 + count :]
    slope, slope_error = found[1 + places], error[1 + places]
    both = variance[1 + places, 1 + places] + spread**2 + 2 * variance[1 + places, 1 + count + np.arange(len(bent))]
    rows = {
        "penalty": slope,
        "reward": slope + difference,
        "difference": difference,
        "low": difference - quantile * spread,
        "high": difference + quantile * spread,
        "p_value": 2 * stats.t.sf(np.abs(difference) / spread, groups - 1),
        "penalty_low": slope - quantile * slope_error,
        "reward_low": slope + difference - quantile * np.sqrt(both),
    }
    for name, values in rows.items():
        table.loc[bent, name] = values
    known = table["p_value"].notna()
    table.loc[known, "p_value"] = holm(table.loc[known, "p_value"].to_numpy())


def _kinds(table: pd.DataFrame, level: float) -> list[str]:
    counts = table.get("penalty_low", pd.Series(np.nan, table.index)) > 0
    counts &= table.get("reward_low", pd.Series(np.nan, table.index)) > 0
    kinds = np.select(
        [
            (table["p_value"] < level) & (table["difference"] < 0),
            (table["p_value"] < level) & (table["difference"] > 0),
            counts,
        ],
        [MUST_BE, DELIGHT, PERFORMANCE],
        UNCLEAR,
    )
    return [str(one) for one in kinds]


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return p-values adjusted so that any false alarm among them is as rare as the level says.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    steps = np.minimum(np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1)), 1.0)
    adjusted = np.empty_like(steps)
    adjusted[order] = steps
    return adjusted
