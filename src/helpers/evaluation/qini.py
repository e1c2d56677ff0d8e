"""Whether a score finds those whom contact moves: the Qini curve, its coefficient by stated definitions, its interval.

Customers of equal score are one step of the curve, so that no order of rows can matter. The definition used here is
Radcliffe's curve per contacted customer; those of two public libraries stand beside it, because they differ.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from helpers.core.arrays import BoolArray, FloatArray, IntArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.evaluation.campaign_outcomes import FEWEST_RESPONSES, MORE_RESPONSES

STEPS = 200
"""Most points at which the curve is read for its interval; a block of equal scores is never cut."""
_FEW_PROFILES = 5000
_AT_ONCE = 4_000_000  # weights drawn at the same time


@dataclass(frozen=True)
class Qini:
    """A Qini coefficient with its interval, and the curve.

    Parameters
    ----------
    coefficient : float
        Area between the curve and the line of random order; in units of the outcome per contacted customer.
    low, high : float
        Ends of the bootstrap interval, with the scores held fixed.
    curve : DataFrame
        `targeted` (share of customers, best score first), `gain` (outcome brought, per contacted customer of all),
        `low`, `high` of the gain, `random` (the line).
    draws : array of shape (n_draws,)
        Coefficients of the resamples.
    """

    coefficient: float
    low: float
    high: float
    curve: pd.DataFrame
    draws: FloatArray


def qini_curve(score: FloatArray, treated: BoolArray, outcome: FloatArray) -> pd.DataFrame:
    """Return the Qini curve at the end of every block of equal scores.

    Parameters
    ----------
    score : array of shape (n,)
        Highest first to be contacted.
    treated : array of shape (n,)
        Whether each customer was contacted; else held back by lot.
    outcome : array of shape (n,)
        What each customer did.

    Returns
    -------
    DataFrame
        `targeted`, the share of customers, and `gain`: with those of at least the score counted, the outcome of those
        contacted less that of those held back times the ratio of the two numbers, over all contacted customers.

    References
    ----------
    Radcliffe (2007), "Using control groups to target on predicted lift", Direct Marketing Analytics Journal, 14-21.

    Examples
    --------
    >>> curve = qini_curve(np.array([3, 3, 1, 1]), np.array([1, 0, 1, 0]) > 0, np.array([1.0, 0, 1, 1]))
    >>> curve.to_numpy().tolist()
    [[0.0, 0.0], [0.5, 0.5], [1.0, 0.5]]
    """
    _require_sound(score, treated, outcome)
    sums = _block_sums(_blocks(score), treated, outcome)
    targeted, gain = _curves(sums[None])
    return pd.DataFrame({"targeted": targeted[0], "gain": gain[0]})


def qini_coefficient(
    score: FloatArray, treated: BoolArray, outcome: FloatArray, *, definition: str = "per contacted customer"
) -> float:
    """Return the area between the Qini curve and the line of random order.

    Parameters
    ----------
    score, treated, outcome
        As for `qini_curve`.
    definition : {"per contacted customer", "scikit-uplift", "causalml"}
        The area itself over the share of customers; that area over the area of a perfect order (`qini_auc_score` of
        scikit-uplift 0.5, flags only); or the mean distance at every customer over the last value of the curve
        (`qini_score` of causalml 0.18, which cuts blocks of equal scores by the order of rows; ours does not).

    Raises
    ------
    InputError
        When the definition is not known, both groups are not there, or a value is missing.
    """
    if definition == "per contacted customer":
        return _area(qini_curve(score, treated, outcome))
    if definition == "scikit-uplift":
        flags = np.asarray(outcome, dtype=float)
        perfect = np.where(treated, flags, -flags)
        best = _area(qini_curve(perfect, treated, flags))
        return _area(qini_curve(score, treated, flags)) / best
    if definition == "causalml":
        return _mean_distance(qini_curve(score, treated, outcome), _blocks(score), treated)
    allowed = "per contacted customer, scikit-uplift, causalml"
    raise InputError(
        Fault(f"unknown definition {definition!r}", where="definition", allowed=allowed, remedy="name one of these")
    )


def bootstrap_qini(
    score: FloatArray,
    treated: BoolArray,
    outcome: FloatArray,
    *,
    customers: IntArray | None = None,
    weights: FloatArray | None = None,
    n_draws: int = 999,
    seed: int = 1,
    confidence: float = 0.95,
    steps: int = STEPS,
) -> Qini:
    """Return the Qini coefficient with an interval from resampled customers; all resamples at once.

    Parameters
    ----------
    score, treated, outcome
        As for `qini_curve`.
    customers : array of shape (n,), optional
        Whose row it is, where customers have several: they are drawn whole.
    weights : array of shape (n,), optional
        What each row counts for; over several campaigns one over the share of its group in its campaign.
    n_draws : int
        Resamples.
    seed : int
        Of the draws.
    confidence : float
        Between 0 and 1.
    steps : int
        Points of the curve.

    Returns
    -------
    Qini
        Its interval speaks of other customers under the same scores, not of scores learnt anew.

    Raises
    ------
    InputError
        When all scores are equal, or either group has fewer than 25 customers with the outcome.
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    require_within({"n_draws": n_draws, "steps": steps}, low=2, high=100_000)
    _require_sound(score, treated, outcome)
    require_enough(score, treated, outcome)
    blocks = _merged(_blocks(score), steps)
    weight = np.ones(len(score)) if weights is None else np.asarray(weights, dtype=float)
    counts, profiles = _profiles(blocks, treated, outcome, weight, customers)
    whole = _block_sums(blocks, treated, outcome, weight)
    targeted, gain = _curves(whole[None])
    drawn_areas, drawn_gains = _draw(counts, profiles, whole.shape[1], n_draws, seed)
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(drawn_areas, ends)
    below, above = np.quantile(drawn_gains, ends, axis=0)
    curve = pd.DataFrame({"targeted": targeted[0], "gain": gain[0], "low": below, "high": above})
    curve["random"] = curve["targeted"] * gain[0, -1]
    return Qini(float(_areas(targeted, gain)[0]), float(low), float(high), curve, drawn_areas)


def require_enough(score: FloatArray, treated: BoolArray, outcome: FloatArray) -> None:
    """Refuse scores that are all equal, and groups with too few customers who have the outcome.

    Raises
    ------
    InputError
        With the number there is and the number needed.
    """
    faults = []
    if len(np.unique(score)) < 2:
        remedy = "give at least two different scores"
        faults.append(Fault("all scores are equal: there is no order to judge", where="score", remedy=remedy))
    for group, name in ((treated, "those contacted"), (~np.asarray(treated), "those held back")):
        found = int(np.count_nonzero(np.asarray(outcome)[group]))
        if found < FEWEST_RESPONSES:
            what = f"{found} of {name} responded; {FEWEST_RESPONSES} are needed"
            faults.append(Fault(what, where="responses", remedy=MORE_RESPONSES))
    if faults:
        raise InputError(faults)


def _require_sound(score: FloatArray, treated: BoolArray, outcome: FloatArray) -> None:
    faults = []
    if not len(score) == len(treated) == len(outcome):
        sizes = f"{len(score)}, {len(treated)} and {len(outcome)}"
        faults.append(Fault(f"score, treated and outcome have {sizes} rows", remedy="give one row per customer"))
    elif not (np.isfinite(score).all() and np.isfinite(np.asarray(outcome, dtype=float)).all()):
        faults.append(Fault("a score or an outcome is missing", remedy="leave out customers without either"))
    if not (np.any(treated) and not np.all(treated)):
        what = "both groups are needed, customers contacted and customers held back"
        faults.append(Fault(what, where="treated", remedy="hold customers back by lot"))
    if faults:
        raise InputError(faults)


def _blocks(score: FloatArray) -> IntArray:
    """Return to which block of equal scores each customer belongs, numbered from the highest down."""
    distinct, place = np.unique(score, return_inverse=True)
    return np.asarray(len(distinct) - 1 - place, dtype=np.int64)


def _merged(blocks: IntArray, steps: int) -> IntArray:
    """Join blocks that follow each other until at most so many are left, of about equal numbers of customers."""
    ends = np.cumsum(np.bincount(blocks))
    step = np.minimum((ends - 1) * steps // len(blocks), steps - 1)
    return np.asarray(np.unique(step, return_inverse=True)[1][blocks], dtype=np.int64)


def _block_sums(
    blocks: IntArray, treated: BoolArray, outcome: FloatArray, weight: FloatArray | None = None
) -> FloatArray:
    """Return by block the weight of those contacted and held back, and the outcome of either: shape (4, blocks)."""
    w = np.ones(len(blocks)) if weight is None else weight
    groups = (np.asarray(treated, dtype=float), 1.0 - np.asarray(treated, dtype=float))
    parts = [w * group for group in groups] + [w * group * outcome for group in groups]
    return np.stack([np.bincount(blocks, part) for part in parts])


def _curves(sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return share targeted and gain, from zero on, of sums by block of shape (draws, 4, blocks)."""
    totals = np.cumsum(sums, axis=-1)
    size, other, brought, without = (totals[:, part] for part in range(4))
    ratio = np.divide(size, other, out=np.zeros_like(size), where=other > 0)
    everybody = size[:, -1:] + other[:, -1:]
    gain = np.divide(brought - without * ratio, size[:, -1:], out=np.zeros_like(size), where=size[:, -1:] > 0)
    start = np.zeros((len(sums), 1))
    return np.hstack([start, (size + other) / everybody]), np.hstack([start, gain])


def _areas(targeted: FloatArray, gain: FloatArray) -> FloatArray:
    between = np.diff(targeted, axis=1) * (gain[:, 1:] + gain[:, :-1]) / 2
    return np.asarray(between.sum(axis=1) - gain[:, -1] / 2)


def _area(curve: pd.DataFrame) -> float:
    targeted, gain = (curve[name].to_numpy()[None] for name in ("targeted", "gain"))
    return float(_areas(targeted, gain)[0])


def _mean_distance(curve: pd.DataFrame, blocks: IntArray, treated: BoolArray) -> float:
    """Return the mean distance to the line at every customer, over the last gain; undefined points joined by a line."""
    others = np.cumsum(np.bincount(blocks, ~np.asarray(treated)))
    places = np.concatenate([[0], np.cumsum(np.bincount(blocks))])
    known = np.concatenate([[True], others > 0])
    gain = np.interp(np.arange(len(blocks) + 1), places[known], curve["gain"].to_numpy()[known])
    last = gain[-1]
    return float((gain - np.linspace(0, last, len(gain))).mean() / abs(last)) if last else float("nan")


def _profiles(
    blocks: IntArray, treated: BoolArray, outcome: FloatArray, weight: FloatArray, customers: IntArray | None
) -> tuple[IntArray, csr_array]:
    """Return how many customers share each profile, and what one of them adds to the sums by block."""
    n_blocks = int(blocks.max()) + 1
    if customers is None or len(np.unique(customers)) == len(customers):
        rows = np.stack([blocks.astype(float), np.asarray(treated, dtype=float), outcome, weight])
        distinct, counts = np.unique(rows, axis=1, return_counts=True)
        block, flag, value, w = distinct
        who = np.arange(len(block))
    else:
        block, flag, value, w = blocks, np.asarray(treated, dtype=float), outcome, weight
        who = np.unique(customers, return_inverse=True)[1]
        counts = np.ones(int(who.max()) + 1, dtype=np.int64)
    of_control = (1 - flag).astype(np.int64)
    at = block.astype(np.int64) + n_blocks * of_control
    entries = np.concatenate([w, w * value])
    columns = np.concatenate([at, at + 2 * n_blocks])
    shape = (len(counts), 4 * n_blocks)
    return counts, csr_array((entries, (np.concatenate([who, who]), columns)), shape=shape)


def _resampled(counts: IntArray, n_draws: int, rng: np.random.Generator) -> FloatArray:
    """Return how often each profile is drawn when as many customers are drawn with replacement as there are."""
    size = int(counts.sum())
    if len(counts) <= _FEW_PROFILES:
        return rng.multinomial(size, counts / size, size=n_draws).astype(np.float64)
    # A draw of customers costs less than a binomial number for each of many profiles.
    profile = np.repeat(np.arange(len(counts)), counts)
    drawn = (np.bincount(profile[rng.integers(0, size, size)], minlength=len(counts)) for _ in range(n_draws))
    return np.stack(list(drawn)).astype(np.float64)


def _draw(
    counts: IntArray, profiles: csr_array, n_blocks: int, n_draws: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return the areas of all resamples, and their gains at the ends of the blocks."""
    rng = np.random.default_rng(seed)
    chunk = max(1, min(n_draws, _AT_ONCE // len(counts)))
    areas, gains = np.empty(n_draws), np.empty((n_draws, n_blocks + 1))
    for begin in range(0, n_draws, chunk):
        here = slice(begin, min(begin + chunk, n_draws))
        drawn = _resampled(counts, here.stop - here.start, rng)
        sums = (profiles.T @ drawn.T).T.reshape(-1, 4, n_blocks)
        targeted, gain = _curves(sums)
        areas[here] = _areas(targeted, gain)
        gains[here] = gain
    return areas, gains
