"""Judged weights against weights learned from what customers then brought."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.core.results import NamedResult, results_by_group
from helpers.core.verdicts import REVERSED, Verdict, is_reversed
from helpers.value.ahp.holdout import HoldoutScores
from helpers.value.backtest.comparison import compare_forecasts

JUDGED, LEARNED, EQUAL, NAIVE = "judged_weights", "learned_weights", "equal_weights", "contribution_so_far"
"""Names of the four ways of ranking customers that are compared."""


@dataclass(frozen=True)
class RankingComparison:
    """Ways of ranking customers, measured by what the customers then brought.

    Parameters
    ----------
    errors : DataFrame
        One row per ranking: forecast (its name), measure ("spearman"), estimate, low, high.
    differences : DataFrame
        Judged weights less each other ranking: naive (its name), estimate, low, high, verdict ("better", "not
        distinguishable", "worse" or "undefined").
    verdict : str
        Judged weights against ranking by the contribution so far, whatever the order is worth in itself.
    """

    errors: pd.DataFrame
    differences: pd.DataFrame
    verdict: str

    @property
    def judged(self) -> Verdict:
        """Whether the order by judgement is one at all, and better than that by the contribution so far."""
        found = self.errors.set_index("forecast")[["estimate", "high"]].astype("float64").loc[JUDGED].to_dict()
        status = REVERSED if is_reversed(found["high"]) else self.verdict
        return Verdict("rank correlation of judgement and outcome", found["estimate"], 0.0, status, status)

    def named_results(self) -> Iterator[NamedResult]:
        """Yield the rank correlations and the verdict, named for the results file."""
        found = self.errors.set_index("forecast")[["estimate", "low", "high"]]
        about = "rank correlation with what was then contributed: {group}"
        yield from results_by_group(found, "ahp_holdout_correlation_{group}", unit="index", about=about)
        yield NamedResult("ahp_holdout_verdict", self.judged.status, "text", "judgement against contribution so far")


def learn_weights(standardised: pd.DataFrame, actual: "pd.Series[float]") -> pd.DataFrame:
    """Learn the weights, zero or above, whose weighted sum of indicators comes closest to what customers then brought.

    Without intervals: percentiles of the bootstrap held weights in 87 to 99 of 100 samples of lognormal spend, too
    seldom where an indicator beside had no weight, which cannot fall below zero.

    Parameters
    ----------
    standardised : DataFrame
        Indexed by customer, z-values of the indicators, high good, measured before the time of `actual`.
    actual : Series
        By customer, what was then brought, study currency.

    Returns
    -------
    DataFrame
        One row per indicator: indicator, weight (adding up to one). Indicators that say the same share their weight
        arbitrarily.

    Raises
    ------
    InputError
        When customers are missing, there are too few, or nothing speaks for any indicator.

    References
    ----------
    Lawson and Hanson (1974), "Solving Least Squares Problems", chapter 23 (non-negative least squares).
    """
    values, target = _aligned(standardised, actual)
    found = _fit(values, target, np.ones(len(target)))
    if not found.sum() > 0:
        what = "no indicator goes with what customers then brought"
        raise InputError(Fault(what, where="actual", remedy="learn from a longer time, or keep to the judged weights"))
    return pd.DataFrame({"indicator": list(standardised.columns), "weight": found / found.sum()})


def score_by_learning(
    standardised: pd.DataFrame, actual: "pd.Series[float]", rng: np.random.Generator, *, folds: int = 5
) -> "pd.Series[float]":
    """Score every customer with weights learned from the other customers only.

    Parameters
    ----------
    standardised, actual
        As for `learn_weights`.
    rng : Generator
        Source of the folds.
    folds : int
        Parts the customers are dealt into; each is scored by the weights of the others.

    Returns
    -------
    Series
        By customer, in the unit of `actual`, without its mean.
    """
    require_within({"folds": folds}, low=2, high=max(2, len(standardised) // 2))
    values, target = _aligned(standardised, actual)
    fold = rng.permutation(np.arange(len(target)) % folds)
    scores = np.empty(len(target))
    for part in range(folds):
        held = fold == part
        scores[held] = values[held] @ _fit(values, target, (~held).astype(float))
    return pd.Series(scores, index=standardised.index, name=LEARNED)


def compare_rankings(
    holdout: HoldoutScores,
    rng: np.random.Generator,
    *,
    resamples: int = 999,
    confidence: float = 0.95,
) -> RankingComparison:
    """Rank customers by judged, learned and equal weights and by contribution so far, and see which order held.

    Parameters
    ----------
    holdout : HoldoutScores
        Customers as they stood before the split, and what they then brought.
    rng : Generator
        Source of folds and resamples.
    resamples : int
        Paired bootstrap resamples of customers.
    confidence : float
        Of the intervals, between 0 and 1.

    Returns
    -------
    RankingComparison
        Spearman correlations with what was brought, and the verdict. Learned weights score customers they were not
        learned from.

    References
    ----------
    Dawes (1979), "The robust beauty of improper linear models in decision making", American Psychologist 34, 571-582,
    for equal weights as the ranking any weights must beat.
    """
    standardised = holdout.scored.standardised
    table = pd.DataFrame(
        {
            "actual": holdout.actual,
            JUDGED: holdout.scored.scores["value"],
            LEARNED: score_by_learning(standardised, holdout.actual, rng),
            EQUAL: standardised.mean(axis=1),
            NAIVE: holdout.naive,
        }
    )
    found = compare_forecasts(
        table, model=JUDGED, naive=(NAIVE, EQUAL, LEARNED), rng=rng, resamples=resamples, confidence=confidence
    )
    errors = found.errors[found.errors["measure"] == "spearman"].reset_index(drop=True)
    differences = found.differences[found.differences["measure"] == "spearman"].reset_index(drop=True)
    verdict = str(differences.set_index("naive").loc[NAIVE, "verdict"])
    return RankingComparison(errors, differences.drop(columns="measure"), verdict)


def _aligned(standardised: pd.DataFrame, actual: "pd.Series[float]") -> tuple[FloatArray, FloatArray]:
    missing = int((~standardised.index.isin(actual.index)).sum())
    least = 10 * standardised.shape[1]
    if missing or len(standardised) < least:
        what = f"{len(standardised):,} customers, {missing:,} of them without a value to learn from"
        allowed = f"at least ten customers per indicator ({least}), each with a value"
        raise InputError(
            Fault(
                what,
                where="actual",
                allowed=allowed,
                remedy="take more customers, or a hierarchy with fewer indicators",
            )
        )
    target: FloatArray = np.asarray(actual.loc[standardised.index], dtype=np.float64)
    return np.asarray(standardised, dtype=np.float64), target


def _fit(values: FloatArray, target: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted non-negative least squares with a free intercept.

    The sums of products hold all that matters, so the rows are shrunk to a square root of them: a table as wide as it
    is high, whatever the number of customers.
    """
    table = np.column_stack([values, target])
    total = weights.sum()
    means = weights @ table / total
    products = (table * weights[:, None]).T @ table - total * np.outer(means, means)
    lengths, directions = np.linalg.eigh(products)
    root = np.sqrt(np.clip(lengths, 0, None))[:, None] * directions.T
    solution: FloatArray = nnls(root[:, :-1], root[:, -1])[0]
    return solution
