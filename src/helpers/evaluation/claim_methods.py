"""Small methods, each with an interval, by which claims of the literature are tested."""

from collections.abc import Mapping
from math import exp, hypot, log, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import newcombe_difference, total_differs_from_zero, wilson
from helpers.evaluation.claims import CLAIMS, FEWEST, ClaimAnswer
from helpers.evaluation.leads import FEWEST_CLOSED


def concentration_claim(
    key: str, values: FloatArray, top: float, rng: np.random.Generator, *, draws: int = 400, confidence: float = 0.95
) -> ClaimAnswer:
    """Share of a total that the best customers bring, with a bootstrap interval of percentiles.

    Parameters
    ----------
    key : str
        Of the claim.
    values : array of float, shape (customers,)
        Revenue or contribution of each customer.
    top : float
        Share of customers that are the best, such as 0.2.
    rng : Generator
        Of numpy.
    draws : int
        Resamples of customers.
    confidence : float
        Between 0 and 1.

    Raises
    ------
    InputError
        When there are too few customers, or their total does not differ from nil.
    """
    ordered = _ordered(values, confidence)
    found = _top_share(ordered, np.ones(len(ordered)), top)
    drawn = [_top_share(ordered, _resampled(len(ordered), rng), top) for _ in range(draws)]
    return ClaimAnswer(CLAIMS[key], found, *_percentiles(drawn, confidence), len(ordered))


def shift_claim(
    key: str, values: FloatArray, rng: np.random.Generator, *, draws: int = 400, confidence: float = 0.95
) -> ClaimAnswer:
    """Measure by what part a total grows if two of a hundred customers rise into the best two tenths.

    Parameters and errors as for `concentration_claim`.
    """
    ordered = _ordered(values, confidence)
    found = _shifted(ordered, np.ones(len(ordered)))
    drawn = [_shifted(ordered, _resampled(len(ordered), rng)) for _ in range(draws)]
    return ClaimAnswer(CLAIMS[key], found, *_percentiles(drawn, confidence), len(ordered))


def loss_claim(key: str, values: FloatArray, *, confidence: float = 0.95) -> ClaimAnswer:
    """Share of customers who bring less than nil, with Wilson's interval.

    Raises
    ------
    InputError
        When there are too few customers.
    """
    _enough({"customers": len(values)})
    share = wilson(int((values < 0).sum()), len(values), confidence=confidence)
    return ClaimAnswer(CLAIMS[key], share.estimate, share.low, share.high, len(values))


def slope_claim(
    key: str, score: FloatArray, outcome: FloatArray, raised: float, *, confidence: float = 0.95
) -> ClaimAnswer:
    """Measure by what part of its mean an outcome differs where a score is higher by a part of itself.

    The outcome is a straight line of the logarithm of the score; errors allow for unequal spread (HC3). Customers who
    differ in their scores differ in other ways as well: it is no effect of the score.

    Parameters
    ----------
    key : str
        Of the claim.
    score, outcome : arrays of float, shape (answers,)
        Scores above nil, and what the same customers brought or cost afterwards.
    raised : float
        Part by which the score is higher, such as 0.05.
    confidence : float
        Between 0 and 1.

    Raises
    ------
    InputError
        When there are too few answers, all of them are equal, or the mean outcome does not differ from nil.

    References
    ----------
    MacKinnon and White (1985), Journal of Econometrics 29, 305-325.
    """
    known = np.isfinite(score) & np.isfinite(outcome) & (score > 0)
    score, outcome = score[known], outcome[known]
    _enough({"answers": len(score)})
    if np.ptp(score) == 0:
        raise InputError(Fault("all scores are equal", where="surveys", remedy="ask more customers"))
    if not total_differs_from_zero(outcome, confidence=confidence):
        raise InputError(
            Fault(
                f"the outcome of {len(score)} customers does not differ from nil",
                where="surveys",
                remedy="follow more customers, or for longer",
            )
        )
    design = np.column_stack([np.ones(len(score)), np.log(score)])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ outcome
    leverage = np.sum((design @ inverse) * design, axis=1)
    weighted = design * ((outcome - design @ coefficients) / (1 - leverage))[:, None]
    error = sqrt(float((inverse @ weighted.T @ weighted @ inverse)[1, 1]))
    scale = log(1 + raised) / float(outcome.mean())
    reach = float(stats.t.ppf(0.5 + confidence / 2, len(score) - 2)) * error * abs(scale)
    found = float(coefficients[1]) * scale
    return ClaimAnswer(CLAIMS[key], found, found - reach, found + reach, len(score))


def mean_ratio_claim(
    key: str, these: FloatArray, others: FloatArray, *, less: float = 0.0, confidence: float = 0.95
) -> ClaimAnswer:
    """Ratio of two means with an interval on the log scale (delta method).

    Parameters
    ----------
    key : str
        Of the claim.
    these, others : arrays of float
        What each customer of either group brought.
    less : float
        Taken off the ratio: one, where the claim is about the part by which it is higher.
    confidence : float
        Between 0 and 1.

    Raises
    ------
    InputError
        When a group is too small, or its mean is not above nil.
    """
    _enough({"customers of the one group": len(these), "of the other": len(others)})
    if min(these.mean(), others.mean()) <= 0:
        raise InputError(
            Fault(
                "a group brought nothing on average",
                where="transactions",
                remedy="follow more customers, or for longer",
            )
        )
    error = hypot(*(float(stats.sem(values) / values.mean()) for values in (these, others)))
    ratio, reach = log(these.mean() / others.mean()), float(stats.norm.ppf(0.5 + confidence / 2)) * error
    ends = (exp(ratio - reach) - less, exp(ratio + reach) - less)
    return ClaimAnswer(CLAIMS[key], exp(ratio) - less, *ends, len(these) + len(others))


def share_ratio_claim(
    key: str, hits: int, size: int, other_hits: int, other_size: int, *, confidence: float = 0.95
) -> ClaimAnswer:
    """Ratio of two shares with the interval of Katz on the log scale.

    Raises
    ------
    InputError
        When a group is too small or nobody in it has the property.

    References
    ----------
    Katz, Baptista, Azen and Pike (1978), Biometrics 34, 469-474.
    """
    _enough({"answers of the one group": size, "of the other": other_size})
    if not hits or not other_hits:
        raise InputError(Fault("nobody of a group intends it", where="surveys", remedy="ask more customers"))
    ratio = log(hits / size * other_size / other_hits)
    error = sqrt(1 / hits - 1 / size + 1 / other_hits - 1 / other_size)
    reach = float(stats.norm.ppf(0.5 + confidence / 2)) * error
    return ClaimAnswer(CLAIMS[key], exp(ratio), exp(ratio - reach), exp(ratio + reach), size + other_size)


def referral_claim(key: str, shares: pd.DataFrame, *, confidence: float = 0.95) -> ClaimAnswer:
    """Share won of leads that came by referral, less that of the best other source (Newcombe's interval).

    Parameters
    ----------
    key : str
        Of the claim.
    shares : DataFrame
        From `shares_won` by source.
    confidence : float
        Between 0 and 1; spread over the other sources, of which the best is picked.

    Raises
    ------
    InputError
        When no source is called a referral, or no other has leads enough.
    """
    known = shares[shares["closed"] >= FEWEST_CLOSED]
    named = known["group"].astype(str).str.contains("refer|recommend", case=False)
    if named.sum() != 1 or named.all():
        called, rest = int(named.sum()), int((~named).sum())
        what = f"{called} sources called referral beside {rest} others, of {FEWEST_CLOSED} closed leads or more"
        raise InputError(Fault(what, where="leads, column source", remedy="record the source of leads"))
    referred, others = known[named].iloc[0], known[~named]
    best = others.sort_values(["share", "group"], ascending=[False, True]).iloc[0]
    level = 1 - (1 - confidence) / len(others)
    counts = (int(referred["won"]), int(referred["closed"]), int(best["won"]), int(best["closed"]))
    found = newcombe_difference(*counts, confidence=level)
    return ClaimAnswer(CLAIMS[key], found.estimate, found.low, found.high, counts[1] + counts[3])


def _enough(sizes: Mapping[str, int]) -> None:
    if min(sizes.values()) < FEWEST:
        counted = ", ".join(f"{size} {name}" for name, size in sizes.items())
        raise InputError(Fault(f"{counted}; {FEWEST} are needed", where="claims", remedy="wait for more cases"))


def _ordered(values: FloatArray, confidence: float) -> FloatArray:
    _enough({"customers": len(values)})
    if not values.sum() > 0 or not total_differs_from_zero(values, confidence=confidence):
        raise InputError(
            Fault(
                f"the total of {len(values)} customers is not clear of nil",
                where="transactions",
                remedy="follow more customers, or for longer",
            )
        )
    return np.sort(values)[::-1]


def _resampled(size: int, rng: np.random.Generator) -> FloatArray:
    return np.bincount(rng.integers(0, size, size), minlength=size).astype(np.float64)


def _top_share(ordered: FloatArray, weight: FloatArray, top: float) -> float:
    """Return what the best bring of the total; the customer at the cut counts in part."""
    passed = np.minimum(np.cumsum(weight), top * weight.sum())
    counted = np.diff(passed, prepend=0.0)
    return float(counted @ ordered / (weight @ ordered))


def _shifted(ordered: FloatArray, weight: FloatArray) -> float:
    share = _top_share(ordered, weight, 0.2)
    return 0.02 * (share / 0.2 - (1 - share) / 0.8)


def _percentiles(drawn: list[float], confidence: float) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
