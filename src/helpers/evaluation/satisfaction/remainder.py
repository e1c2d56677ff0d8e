"""Was something not asked? What the dimensions leave unexplained, and whether it is more than chance.

What the parts do not explain of one answer is chance as long as it has nothing to do with the next answer of the same
customer and does not gather in a group. Where it does either, something steers the whole that no question asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray, IntArray
from helpers.core.checks import require_within
from helpers.core.errors import InputError
from helpers.core.verdicts import Verdict
from helpers.evaluation.satisfaction.answers import HIGH_FROM, LOW_UP_TO, Answers, require_enough
from helpers.evaluation.satisfaction.asymmetry import holm
from helpers.evaluation.satisfaction.drivers import DriverWeights, clustered_variance, driver_weights

FEWEST_REPEATERS = 30
"""Customers with two answers or more, without whom a steady remainder cannot be looked for."""
FEWEST_IN_GROUP = 20
"""Customers of a group, and of the others, without whom the group is not compared."""
FOUND, NOT_FOUND, UNKNOWN = "found", "not_found", "unknown"


@dataclass(frozen=True)
class SteadyRemainder:
    """How far the unexplained part of two answers of one customer agrees.

    Parameters
    ----------
    correlation, low, high : float
        Correlation of the remainders of two answers of one customer, with its interval; missing where too few repeat.
    p_value : float
        Chance of as large a correlation if remainders had nothing to do with who answered.
    repeaters : int
        Customers with two answers or more.
    """

    correlation: float
    low: float
    high: float
    p_value: float
    repeaters: int


def segment_remainder(answers: Answers, *, confidence: float = 0.95) -> "pd.Series[float]":
    """Return what the weights leave unexplained, those of the customer's own segment where it is large enough.

    Weights of all for segments that differ would leave a remainder that is steady and no question's fault.
    """
    used = answers.complete
    remainder = driver_weights(answers, confidence=confidence).residual.copy()
    for segment in segments_large_enough(used):
        own = driver_weights(used.of(used.of_segment(segment)), confidence=confidence).residual
        remainder[own.index] = own
    return remainder


def segments_large_enough(answers: Answers) -> list[str]:
    """Return the segments in which weights can be estimated, by name."""
    enough = []
    for segment in sorted(answers.segment.dropna().unique()):
        try:
            require_enough(answers.of(answers.of_segment(segment)))
        except InputError:
            continue
        enough.append(str(segment))
    return enough


def steady_remainder(
    remainder: "pd.Series[float]",
    customer: "pd.Series[str]",
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    draws: int = 999,
) -> SteadyRemainder:
    """Measure whether a customer's unexplained part comes again in the next questionnaire.

    Parameters
    ----------
    remainder : Series, shape (questionnaires,)
        From `segment_remainder`.
    customer : Series, shape (questionnaires,)
        Who answered.
    rng : Generator
        Deals the remainders out anew, and draws customers.
    confidence : float
        Coverage of the interval, percentiles over resamples of customers.
    draws : int
        Deals and resamples.

    Returns
    -------
    SteadyRemainder
        The chance is that of a permutation test, exact whatever the distribution of the remainders.

    References
    ----------
    Fisher (1925), Statistical Methods for Research Workers, section 38 (intraclass correlation); Phipson and Smyth
    (2010), Statistical Applications in Genetics and Molecular Biology 9, article 39 (chances of permutations).
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    codes, known = pd.factorize(customer[remainder.index])
    answered = np.bincount(codes, minlength=len(known))
    repeaters = int((answered > 1).sum())
    values: FloatArray = np.asarray(remainder, dtype=np.float64)
    if repeaters < FEWEST_REPEATERS or values.std() == 0:
        return SteadyRemainder(np.nan, np.nan, np.nan, np.nan, repeaters)
    found, pairs = _agreement(values, codes, answered)
    observed = found.sum() / pairs.sum()
    dealt = np.array([_agreement(rng.permutation(values), codes, answered)[0].sum() for _ in range(draws)])
    chance = (1 + int((dealt >= found.sum() - 1e-9).sum())) / (draws + 1)
    squares = np.bincount(codes, weights=values**2, minlength=len(known))
    counts = rng.multinomial(len(known), np.full(len(known), 1 / len(known)), size=draws).astype(np.float64)
    drawn = (counts @ found) / (counts @ pairs) / ((counts @ squares) / (counts @ answered))
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return SteadyRemainder(float(observed / np.mean(values**2)), float(low), float(high), chance, repeaters)


def _agreement(values: FloatArray, codes: IntArray, answered: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return for each customer the sum of products over pairs of answers, and the number of pairs."""
    sums = np.bincount(codes, weights=values, minlength=len(answered))
    squares = np.bincount(codes, weights=values**2, minlength=len(answered))
    return (sums**2 - squares) / 2, (answered * (answered - 1) / 2).astype(np.float64)


def group_gaps(
    answers: Answers, weights: DriverWeights, groups: Mapping[str, "pd.Series[str]"], *, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare what the parts let expect of groups with what they say of the whole.

    Parameters
    ----------
    answers : Answers
        From `prepare_answers`.
    weights : DriverWeights
        Of all customers.
    groups : mapping of str to Series
        By name of the grouping: the group of each questionnaire.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        By grouping and group: answers, score and expected (points), gap (the first less the second, of this group less
        that of all others) with low and high, and p_value as Holm adjusts it for the number of groups compared. Without
        groups that are large enough it has no rows.
    """
    used = answers.complete
    rows = []
    for name, group in groups.items():
        known = group[used.scores.index].dropna()
        for one in sorted(known.unique()):
            inside = (group[used.scores.index] == one).fillna(value=False).to_numpy(dtype=bool)
            in_group, others = (used.customer[side].nunique() for side in (inside, ~inside))
            if min(in_group, others) >= FEWEST_IN_GROUP:
                rows.append({"grouping": name, "group": str(one)} | _gap(used, weights, inside, confidence))
    columns = ["grouping", "group", "answers", "score", "expected", "gap", "low", "high", "p_value"]
    table = pd.DataFrame(rows, columns=columns)
    if len(table):
        table["p_value"] = holm(table["p_value"].to_numpy(dtype=float))
    return table


def _gap(used: Answers, weights: DriverWeights, inside: np.ndarray, confidence: float) -> dict[str, float]:
    """Return the gap of one group: the coefficient of belonging to it beside the dimensions."""
    design = np.column_stack([np.ones(len(inside)), used.scores.to_numpy(), inside.astype(float)])
    whole = used.overall.to_numpy()
    found, _, rank, _ = np.linalg.lstsq(design, whole, rcond=None)
    score, expected = float(whole[inside].mean()), float(weights.expect(used.scores)[inside].mean())
    shown = {"answers": int(inside.sum()), "score": score, "expected": expected}
    if rank < design.shape[1]:
        return shown | {"gap": np.nan, "low": np.nan, "high": np.nan, "p_value": 1.0}
    variance, groups = clustered_variance(design, whole - design @ found, used.customer)
    gap, error = float(found[-1]), float(np.sqrt(variance[-1, -1]))
    reach = float(stats.t.ppf(0.5 + confidence / 2, groups - 1)) * error
    chance = 2 * float(stats.t.sf(abs(gap) / error, groups - 1)) if error else 1.0
    return shown | {"gap": gap, "low": gap - reach, "high": gap + reach, "p_value": chance}


def judge_hidden_driver(steady: SteadyRemainder, gaps: pd.DataFrame, *, confidence: float = 0.95) -> Verdict:
    """Decide whether something was not asked that steers the whole, from both signs together.

    Returns
    -------
    Verdict
        The value is the smaller of the two chances, twice it where both could be looked at (Bonferroni), against one
        less the confidence; `UNKNOWN` where neither could.
    """
    chances = [steady.p_value, *([float(gaps["p_value"].min())] if len(gaps) else [])]
    known = [one for one in chances if not np.isnan(one)]
    if not known:
        return Verdict("something not asked", float("nan"), 1 - confidence, UNKNOWN, UNKNOWN)
    chance = min(1.0, len(known) * min(known))
    status = FOUND if chance < 1 - confidence else NOT_FOUND
    return Verdict("something not asked", chance, 1 - confidence, status, status)


@dataclass(frozen=True)
class HighParts:
    """Questionnaires in which every part is high, and the whole of them.

    Parameters
    ----------
    answers : int
        Questionnaires with every part high.
    low_whole, not_high_whole : int
        Of these, those whose overall score is low, and those whose overall score is not high.
    score, expected : float
        Their mean overall score, and what the parts let expect; points.
    """

    answers: int
    low_whole: int
    not_high_whole: int
    score: float
    expected: float


def high_parts(answers: Answers, weights: DriverWeights) -> HighParts:
    """Count the questionnaires that praise every part and not the whole: the sign of something not asked."""
    used = answers.complete
    high = (used.scores.apply(used.scale.place) >= HIGH_FROM).all(axis=1)
    whole = used.scale.place(used.overall[high])
    score = float(used.overall[high].mean()) if high.any() else float("nan")
    expected = float(weights.expect(used.scores[high]).mean()) if high.any() else float("nan")
    low, not_high = int((whole <= LOW_UP_TO).sum()), int((whole < HIGH_FROM).sum())
    return HighParts(int(high.sum()), low, not_high, score, expected)
