"""The expected loss put to the test: what was expected of the balances of a year ago, and what became of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from helpers.core.checks import require_within
from helpers.core.results import NamedResult
from helpers.value.credit.default_rates import gather_experience
from helpers.value.credit.defaults import DEFAULT_DAYS, debts_in_default, defaulted_invoices, months_in_default
from helpers.value.credit.expected_loss import estimate_expected_loss
from helpers.value.credit.grades import grade_customers
from helpers.value.credit.loss_given_default import LossGivenDefault, measure_loss_given_default, share_lost_by_age
from helpers.value.credit.receivables import Receivables

WIDE = 3.0
"""An interval that reaches up to more than so many times the loss expected is hardly ever missed."""


@dataclass(frozen=True)
class LossCheck:
    """A loss expected some time ago beside what is known of it today; money in study currency.

    Parameters
    ----------
    day : Timestamp
        The day the loss was worked out for, from what was known then.
    exposure : float
        Open on that day.
    estimate, low, high : float
        The loss expected, and its interval; nan where the history had been too short to tell default rates, or nothing
        was open.
    still_open : float
        Of the balances of that day, what has not been paid to this day: more than this cannot be lost.
    lost : float
        Of that, the part that is lost as far as is known today, by the time each debt has been in default.
    """

    day: pd.Timestamp
    exposure: float
    estimate: float
    low: float
    high: float
    still_open: float
    lost: float

    @property
    def held(self) -> bool | None:
        """Whether the interval holds what is lost as far as is known today; None where there is no interval."""
        return None if np.isnan(self.estimate) else self.low <= self.lost <= self.high

    @property
    def place(self) -> str | None:
        """Where the loss lies, in a word: `within` or `outside` the interval; None where there is none."""
        return None if self.held is None else "within" if self.held else "outside"

    def named_results(self) -> Iterator[NamedResult]:
        """Yield what was expected, what was lost, whether the interval held it and how far it reaches."""
        known, name = not np.isnan(self.estimate), "credit_loss_year_ago"
        low, high = (self.low, self.high) if known else (None, None)
        about = "expected then of what was open"
        yield NamedResult(name, self.estimate if known else None, "money", about, low=low, high=high)
        yield NamedResult(f"{name}_lost", self.lost, "money", "of that, as far as is known today")
        yield NamedResult(f"{name}_held", self.place, "text", "the interval, where that lies")
        yield NamedResult(f"{name}_reach", self.reach, "ratio", "upper end over the loss expected then")

    @property
    def reach(self) -> float | None:
        """How many times the loss expected the interval reaches up to; None where nothing was expected."""
        return self.high / self.estimate if self.estimate > 0 else None

    @property
    def weak(self) -> bool:
        """Whether the loss lies within an interval that reaches so far that hardly any loss would have missed it."""
        return bool(self.held) and self.reach is not None and self.reach > WIDE


def look_back(
    receivables: Receivables,
    given: LossGivenDefault,
    *,
    rng: np.random.Generator,
    months_ago: int = 12,
    default_days: int = DEFAULT_DAYS,
    assumed_share: float = 0.45,
    paid_share: float = 0.9,
    draws: int = 999,
    confidence: float = 0.95,
) -> LossCheck:
    """Work the expected loss out as of an earlier day, from what was known then, and see what became of it.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    given : LossGivenDefault
        From `measure_loss_given_default`, as of today: what is still open is judged by it.
    rng : numpy.random.Generator
        For the draws behind the interval.
    months_ago : int
        How long ago, months.
    default_days, assumed_share, paid_share, draws, confidence
        As for `measure_loss_given_default` and `gather_experience`.

    Returns
    -------
    LossCheck
        The loss expected then, and what is known of it now.
    """
    require_within({"months_ago": months_ago}, low=1, high=120)
    day = receivables.as_of - pd.DateOffset(months=months_ago)
    owed = receivables.open_at(day)
    still_open = np.where(owed > 0, receivables.invoices["open_amount"].to_numpy(dtype=np.float64), 0.0)
    lost = still_open * _share_lost_now(receivables, given, default_days)
    exposure, unpaid, gone = (float(np.round(values.sum(), 2)) for values in (owed, still_open, lost))
    nothing = LossCheck(day, exposure, np.nan, np.nan, np.nan, unpaid, gone)
    if not exposure:
        return nothing
    then = receivables.as_known_at(day)
    experience = gather_experience(then, default_days=default_days, paid_share=paid_share, confidence=confidence)
    if not len(experience.cohort):
        return nothing
    before = measure_loss_given_default(
        then,
        rng=rng,
        default_days=default_days,
        recovery_months=len(given.left_open) - 1,
        assumed_share=assumed_share,
        draws=draws,
    )
    found = estimate_expected_loss(
        grade_customers(then, paid_share=paid_share),
        experience.rates,
        before,
        debts_in_default(then, default_days=default_days),
        rng=rng,
        draws=draws,
        confidence=confidence,
    )
    return replace(nothing, estimate=round(found.total, 2), low=found.low, high=found.high)


def _share_lost_now(receivables: Receivables, given: LossGivenDefault, default_days: int) -> np.ndarray:
    """Return the part of each open invoice that is lost as far as is known: nothing of those not in default."""
    found = defaulted_invoices(receivables, default_days=default_days)
    age = months_in_default(found["default_date"], receivables.as_of).clip(max=len(given.left_open) - 1)
    share = np.zeros(len(receivables.invoices))
    share[found["invoice"].to_numpy()] = share_lost_by_age(given.left_open)[age]
    return share
