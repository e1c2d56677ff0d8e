"""How well living and gone customers are known apart, where somebody knows the truth."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.arrays import BoolArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.core.intervals import wilson
from helpers.core.results import NamedResult
from helpers.value.backtest.probabilities import calibration_curve, calibration_error

_GROUPS = 10


@dataclass(frozen=True)
class CallScore:
    """How well a call of who is gone agrees with the truth.

    Parameters
    ----------
    living_called_gone_share : float
        Of the living customers, called gone.
    gone_missed_share : float
        Of those gone, not called so.
    called_living_share : float
        Of those called gone, living; missing where nobody is called gone.
    """

    living_called_gone_share: float
    gone_missed_share: float
    called_living_share: float

    @property
    def balanced_accuracy(self) -> float:
        """Mean of the shares of the living and of the gone that are called what they are."""
        return 1 - (self.living_called_gone_share + self.gone_missed_share) / 2


@dataclass(frozen=True)
class StateScore:
    """States by the own rhythm against the truth, and a number of days for everybody beside them.

    Parameters
    ----------
    living, gone : int
        Customers of the states, by the truth.
    alive_gone : CallScore
        Of who is called gone.
    declining_too : CallScore
        Of who is called gone or declining.
    fixed_days : int
        Days without a purchase, the same for everybody.
    by_days : CallScore
        Of who has not bought for longer than that.
    calibration_error : float
        Mean distance between the probability of being gone and the share gone, over ten groups of equal size.
    curve : DataFrame
        From `calibration_curve`: group, customers, forecast and actual share gone, low, high.
    """

    living: int
    gone: int
    alive_gone: CallScore
    declining_too: CallScore
    fixed_days: int
    by_days: CallScore
    calibration_error: float
    curve: pd.DataFrame

    def compared(self) -> pd.DataFrame:
        """Return the scores of the three calls, one row each, indexed by call."""
        calls = {
            "gone by the own rhythm": self.alive_gone,
            "gone or declining": self.declining_too,
            f"no purchase for more than {self.fixed_days} days": self.by_days,
        }
        names = ("living_called_gone_share", "gone_missed_share", "called_living_share", "balanced_accuracy")
        return pd.DataFrame(
            {call: [getattr(s, n) for n in names] for call, s in calls.items()}, index=names
        ).T.rename_axis("rule")

    def named_results(self) -> Iterator[NamedResult]:
        """Yield the scores for the results file."""
        own, called, days = self.alive_gone, self.declining_too, self.by_days
        sizes = {"living_called_gone_share": self.living, "gone_missed_share": self.gone}
        rule = f"the same by {self.fixed_days} days without a purchase"
        for name, value, about in (
            ("living_called_gone_share", called.living_called_gone_share, "of the living, called gone or declining"),
            ("called_gone_living_share", called.called_living_share, "of those called gone or declining, living"),
            ("gone_missed_share", own.gone_missed_share, "of those gone, not called gone"),
            ("balanced_accuracy", own.balanced_accuracy, "mean share of the living and of the gone called right"),
            ("calibration_error", self.calibration_error, "between the probability of being gone and the share gone"),
            ("fixed_days_living_called_gone_share", days.living_called_gone_share, rule),
            ("fixed_days_called_gone_living_share", days.called_living_share, rule),
            ("fixed_days_balanced_accuracy", days.balanced_accuracy, rule),
        ):
            ends = wilson(value * sizes[name], sizes[name]) if name in sizes else None
            low, high = (None, None) if ends is None else (round(ends.low, 6), round(ends.high, 6))
            yield NamedResult(f"states_{name}", round(value, 6), "share", about, tolerance=1e-2, low=low, high=high)


def score_call(called: BoolArray, gone: BoolArray) -> CallScore:
    """Hold a call of who is gone against the truth.

    Parameters
    ----------
    called, gone : array of bool, shape (n,)
        Whether the customer is called gone, and is.

    Raises
    ------
    InputError
        When nobody is living, or nobody gone.

    Examples
    --------
    >>> score = score_call(np.array([True, True, False, False]), np.array([True, False, False, False]))
    >>> round(score.living_called_gone_share, 2), score.gone_missed_share, round(score.balanced_accuracy, 2)
    (0.33, 0.0, 0.83)
    """
    if gone.all() or not gone.any():
        what = "every customer is living" if not gone.any() else "every customer is gone"
        raise InputError(Fault(what, where="known_states", remedy="score on customers of both kinds"))
    called_living = float((~gone)[called].mean()) if called.any() else float("nan")
    return CallScore(float(called[~gone].mean()), float((~called)[gone].mean()), called_living)


def score_states(states: pd.DataFrame, phase: pd.Series, known: pd.DataFrame, *, fixed_days: int = 90) -> StateScore:
    """Score states and phases with the truth.

    Parameters
    ----------
    states : DataFrame
        From `StateLearning.customers`, indexed by customer_id: state, probability_alive; and days_since_last.
    phase : Series
        Phase of the relationship by customer_id.
    known : DataFrame
        The truth: customer_id, alive (flag).
    fixed_days : int
        Days without a purchase that the simplest rule calls gone.

    Returns
    -------
    StateScore

    Raises
    ------
    InputError
        When P(alive) was not learned, a customer has no truth or two, or all customers are of one kind.
    """
    require_columns(states.columns, ("state", "probability_alive", "days_since_last"), where="states")
    require_columns(known.columns, ("customer_id", "alive"), where="known_states")
    require_within({"fixed_days": fixed_days}, low=1, high=100_000)
    if states["probability_alive"].isna().any():
        what = "no probability of being a customer still was learned"
        raise InputError(Fault(what, where="states", remedy="score only states that were learned"))
    gone = ~_truth(known, states.index)
    silent = (states["days_since_last"] > fixed_days).to_numpy(dtype=bool)
    probability = 1 - states["probability_alive"].to_numpy(dtype=np.float64)
    called = phase.reindex(states.index).isin(["gone", "decline"]).to_numpy(dtype=bool)
    return StateScore(
        living=int((~gone).sum()),
        gone=int(gone.sum()),
        alive_gone=score_call((states["state"] == "lost").to_numpy(dtype=bool), gone),
        declining_too=score_call(called, gone),
        fixed_days=fixed_days,
        by_days=score_call(silent, gone),
        calibration_error=calibration_error(gone, probability, groups=_GROUPS),
        curve=calibration_curve(gone, probability, groups=_GROUPS),
    )


def _truth(known: pd.DataFrame, customers: pd.Index) -> BoolArray:
    twice = known.loc[known["customer_id"].duplicated() | known["alive"].isna(), "customer_id"].tolist()
    missing = customers.difference(pd.Index(known["customer_id"])).tolist()
    checked = (
        (twice, "no truth, or a second one, of", "give one row for each of these customers"),
        (missing, "no truth of", "take the truth of the same company"),
    )
    faults = [
        Fault(f"{what} {counted(len(ids), 'customer')}: {some_of(ids)}", where="known_states", remedy=remedy)
        for ids, what, remedy in checked
        if ids
    ]
    if faults:
        raise InputError(faults)
    return known.set_index("customer_id")["alive"].astype(bool).reindex(customers).to_numpy(dtype=bool)
