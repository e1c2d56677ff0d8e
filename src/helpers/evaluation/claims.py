"""Claims of the literature beside what data say of them: holds, does not, or these data cannot say.

A claim that names a figure holds where the interval holds the figure and is narrow enough to have missed it; a claim of
a direction holds where the whole interval lies on that side. Neither says why: what goes together need not cause.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import ceil, nan
from types import MappingProxyType

import numpy as np
import pandas as pd

from helpers.core.errors import InputError
from helpers.core.results import SHARE_DIFFERENCE

HOLDS, FAILS, SILENT = "holds", "does not", "these data cannot say"
FEWEST = 30
"""Customers or answers in each group, below which a claim is not tested."""
NARROW = 0.25
"""Half the width of an interval over the claimed figure, above which an interval that holds it says nothing."""


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
        Of the figure: "share", "share difference" or "ratio".
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
            Claim("referral_is_best", 0.0, SHARE_DIFFERENCE, names_a_figure=False),
            Claim("tenure_raises_value", 0.0, "share", names_a_figure=False),
            Claim("contact_recovers_debt", 0.0, "share", names_a_figure=False),
        )
    }
)
"""Claims by key, in the order of the chapter."""


@dataclass(frozen=True)
class ClaimAnswer:
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


def untested(key: str, missing: str) -> ClaimAnswer:
    """Return a claim that was not tested, with what the data lack."""
    return ClaimAnswer(CLAIMS[key], nan, nan, nan, 0, missing)


def try_claim(key: str, method: Callable[..., ClaimAnswer], *arguments: object, **settings: object) -> ClaimAnswer:
    """Test a claim; where the data do not allow it, return it untested with the reason.

    Raises
    ------
    EngineError
        When the engine of the study refuses, or is gone.

    Examples
    --------
    >>> from helpers.evaluation.claim_methods import loss_claim
    >>> try_claim("fifth_destroys", loss_claim, np.ones(3)).missing
    '3 customers; 30 are needed'
    """
    try:
        return method(key, *arguments, **settings)
    except InputError as error:
        return untested(key, "; ".join(fault.what for fault in error.faults))


def every_claim(answers: Iterable[ClaimAnswer]) -> list[ClaimAnswer]:
    """Return an answer to every claim in the order of `CLAIMS`, untested where none was found.

    Examples
    --------
    >>> len(every_claim([])) == len(CLAIMS), every_claim([])[0].status
    (True, 'these data cannot say')
    """
    found = {one.claim.key: one for one in answers}
    return [found.get(key) or untested(key, "") for key in CLAIMS]


def as_table(answers: list[ClaimAnswer]) -> pd.DataFrame:
    """Lay claims out with what was found.

    Returns
    -------
    DataFrame
        One row per claim: `claim` (key), `claimed`, `found`, `low`, `high`, `cases`, `needed`, `status`, `missing`,
        `unit`.
    """
    rows = [
        {
            "claim": one.claim.key,
            "claimed": one.claim.claimed if one.claim.names_a_figure else nan,
            "found": one.found,
            "low": one.low,
            "high": one.high,
            "cases": one.cases,
            "needed": one.needed,
            "status": one.status,
            "missing": one.missing,
            "unit": one.claim.unit,
        }
        for one in answers
    ]
    return pd.DataFrame(rows)
