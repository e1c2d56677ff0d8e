"""Claims of the literature beside what data say of them: holds, does not, or these data cannot say.

A claim that names a figure holds where the interval holds the figure and is narrow enough to have missed it; a claim of
a direction holds where the whole interval lies on that side. Neither says why: what goes together need not cause.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, exp, log, nan, sqrt
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import newcombe_difference, total_differs_from_zero, wilson
from helpers.evaluation.leads import FEWEST_CLOSED

HOLDS, FAILS, SILENT = "holds", "does not", "these data cannot say"
FEWEST = 30
"""Customers or answers in each group, below which a claim is not tested."""
NARROW = 0.25
"""Half the width of an interval over the claimed figure, above which an interval that holds it says nothing."""
_DIRECTION = "direction"


@dataclass(frozen=True)
class Claim:
    """A claim as the literature states it, without proof.

    Parameters
    ----------
    key : str
        Short name; its words stand with the chapter.
    claimed : float
        The figure it names; nil for a claim of a direction, which says "above nil".
    unit : str
        Of the figure: "share" or "ratio".
    names_a_figure : bool
        False for a direction.
    """

    key: str
    claimed: float
    unit: str
    names_a_figure: bool = True


CLAIMS: Mapping[str, Claim] = MappingProxyType(
    {
        claim.key: claim
        for claim in (
            Claim("fifth_brings_most", 0.80, "share"),
            Claim("few_bring_most", 0.80, "share"),
            Claim("fifth_makes_profit", 3.00, "share"),
            Claim("fifth_destroys", 0.20, "share"),
            Claim("more_in_the_top", 0.12, "share"),
            Claim("keeping_is_cheaper", 0.25, "share"),
            Claim("satisfaction_doubles_profit", 1.00, "share"),
            Claim("satisfaction_raises_profit", 0.02, "share"),
            Claim("satisfaction_saves_service", -0.21, "share"),
            Claim("satisfaction_shortens_cycle", -0.33, "share"),
            Claim("very_satisfied_rebuy", 6.00, "ratio"),
            Claim("loyal_bring_more", 9.00, "ratio"),
            Claim("leave_for_want_of_care", 0.67, "share"),
            Claim("referral_is_best", 0.0, "share", names_a_figure=False),
            Claim("tenure_raises_value", 0.0, "share", names_a_figure=False),
            Claim("contact_recovers_debt", 0.0, "share", names_a_figure=False),
        )
    }
)
"""Claims by key, in the order of the chapter."""


@dataclass(frozen=True)
class Tested:
    """What data say of a claim.

    Parameters
    ----------
    claim : Claim
        What was claimed.
    found, low, high : float
        Estimate and interval; nan where there is none.
    cases : int
        Customers, leads or answers it rests on.
    missing : str
        What the data lack for a test, or nothing.
    """

    claim: Claim
    found: float
    low: float
    high: float
    cases: int
    missing: str = ""

    @property
    def status(self) -> str:
        """Whether the claim holds here, does not, or cannot be tested."""
        if np.isnan([self.found, self.low, self.high]).any():
            return SILENT
        if not self.claim.names_a_figure:
            return HOLDS if self.low > 0 else FAILS if self.high < 0 else SILENT
        if not self.low <= self.claim.claimed <= self.high:
            return FAILS
        return HOLDS if self._half <= NARROW * abs(self.claim.claimed) else SILENT

    @property
    def needed(self) -> float:
        """About how many cases would decide; nan where it is decided, or where it is not for want of cases."""
        if self.status != SILENT or np.isnan(self._half):
            return nan
        aim = NARROW * abs(self.claim.claimed) if self.claim.names_a_figure else abs(self.found)
        return float(ceil(self.cases * (self._half / aim) ** 2)) if aim > 0 else nan

    @property
    def _half(self) -> float:
        return (self.high - self.low) / 2


def untested(key: str, missing: str) -> Tested:
    """Return a claim that was not tested, with what the data lack."""
    return Tested(CLAIMS[key], nan, nan, nan, 0, missing)


def try_claim(key: str, method: Callable[..., Tested], *arguments: object, **settings: object) -> Tested:
    """Test a claim; where the data do not allow it, return it untested with the reason.

    Examples
    --------
    >>> try_claim("fifth_brings_most", concentration_claim, "fifth_brings_most", np.ones(3), 0.2,
    ...           np.random.default_rng(1)).missing
    '3 customers; 30 are needed'
    """
    try:
        return method(*arguments, **settings)
    except InputError as error:
        return untested(key, "; ".join(fault.what for fault in error.faults))


def concentration_claim(
    key: str, values: FloatArray, top: float, rng: np.random.Generator, *, draws: int = 400, confidence: float = 0.95
) -> Tested:
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
    return Tested(CLAIMS[key], found, *_percentiles(drawn, confidence), len(ordered))


def shift_claim(
    key: str, values: FloatArray, rng: np.random.Generator, *, draws: int = 400, confidence: float = 0.95
) -> Tested:
    """Measure by what part a total grows if two of a hundred customers rise into the best two tenths, and bring as much.

    Parameters and errors as for `concentration_claim`.
    """
    ordered = _ordered(values, confidence)
    found = _shifted(ordered, np.ones(len(ordered)))
    drawn = [_shifted(ordered, _resampled(len(ordered), rng)) for _ in range(draws)]
    return Tested(CLAIMS[key], found, *_percentiles(drawn, confidence), len(ordered))


def loss_claim(key: str, values: FloatArray, *, confidence: float = 0.95) -> Tested:
    """Share of customers who bring less than nil, with Wilson's interval.

    Raises
    ------
    InputError
        When there are too few customers.
    """
    _enough({"customers": len(values)})
    share = wilson(int((values < 0).sum()), len(values), confidence=confidence)
    return Tested(CLAIMS[key], share.estimate, share.low, share.high, len(values))


def slope_claim(key: str, score: FloatArray, outcome: FloatArray, raised: float, *, confidence: float = 0.95) -> Tested:
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
        raise InputError(Fault("all scores are equal", where="surveys"))
    if not total_differs_from_zero(outcome, confidence=confidence):
        raise InputError(Fault(f"the outcome of {len(score)} customers does not differ from nil", where="surveys"))
    design = np.column_stack([np.ones(len(score)), np.log(score)])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ outcome
    leverage = np.sum((design @ inverse) * design, axis=1)
    weighted = design * ((outcome - design @ coefficients) / (1 - leverage))[:, None]
    error = sqrt(float((inverse @ weighted.T @ weighted @ inverse)[1, 1]))
    scale = log(1 + raised) / float(outcome.mean())
    reach = float(stats.t.ppf(0.5 + confidence / 2, len(score) - 2)) * error * abs(scale)
    found = float(coefficients[1]) * scale
    return Tested(CLAIMS[key], found, found - reach, found + reach, len(score))


def mean_ratio_claim(
    key: str, these: FloatArray, others: FloatArray, *, less: float = 0.0, confidence: float = 0.95
) -> Tested:
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
        raise InputError(Fault("a group brought nothing on average", where="transactions"))
    errors = [float(stats.sem(values) / values.mean()) for values in (these, others)]
    ratio, reach = log(these.mean() / others.mean()), stats.norm.ppf(0.5 + confidence / 2) * float(np.hypot(*errors))
    ends = (exp(ratio - reach) - less, exp(ratio + reach) - less)
    return Tested(CLAIMS[key], exp(ratio) - less, *ends, len(these) + len(others))


def share_ratio_claim(
    key: str, hits: int, size: int, other_hits: int, other_size: int, *, confidence: float = 0.95
) -> Tested:
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
        raise InputError(Fault("nobody of a group intends it", where="surveys"))
    ratio = log(hits / size * other_size / other_hits)
    error = sqrt(1 / hits - 1 / size + 1 / other_hits - 1 / other_size)
    reach = float(stats.norm.ppf(0.5 + confidence / 2)) * error
    return Tested(CLAIMS[key], exp(ratio), exp(ratio - reach), exp(ratio + reach), size + other_size)


def referral_claim(key: str, shares: pd.DataFrame, *, confidence: float = 0.95) -> Tested:
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
        what = f"{int(named.sum())} sources called referral with {FEWEST_CLOSED} closed leads, beside {int((~named).sum())} others"
        raise InputError(Fault(what, where="leads, column source"))
    referred, others = known[named].iloc[0], known[~named]
    best = others.sort_values(["share", "group"], ascending=[False, True]).iloc[0]
    level = 1 - (1 - confidence) / len(others)
    counts = (int(referred["won"]), int(referred["closed"]), int(best["won"]), int(best["closed"]))
    found = newcombe_difference(*counts, confidence=level)
    return Tested(CLAIMS[key], found.estimate, found.low, found.high, counts[1] + counts[3])


def as_table(tested: list[Tested]) -> pd.DataFrame:
    """Lay tested claims out.

    Returns
    -------
    DataFrame
        One row per claim: `claim` (key), `claimed`, `found`, `low`, `high`, `cases`, `needed`, `status`, `missing`,
        `unit`.
    """
    rows = [
        (one.claim.key, one.claim.claimed if one.claim.names_a_figure else nan, one.found, one.low, one.high, one.cases)
        + (one.needed, one.status, one.missing, one.claim.unit)
        for one in tested
    ]
    columns = ["claim", "claimed", "found", "low", "high", "cases", "needed", "status", "missing", "unit"]
    return pd.DataFrame(rows, columns=columns)


def _enough(sizes: Mapping[str, int]) -> None:
    if min(sizes.values()) < FEWEST:
        counted = ", ".join(f"{size} {name}" for name, size in sizes.items())
        raise InputError(Fault(f"{counted}; {FEWEST} are needed", where="claims"))


def _ordered(values: FloatArray, confidence: float) -> FloatArray:
    _enough({"customers": len(values)})
    if not values.sum() > 0 or not total_differs_from_zero(values, confidence=confidence):
        raise InputError(Fault(f"the total of {len(values)} customers is not clear of nil", where="transactions"))
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
