"""Whom to grant credit: up to which probability of default a loan pays, and what a rule would have brought."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import wilson_ends

BAND_EDGES = (0.05, 0.10, 0.20, 0.40, 0.60)
"""Probabilities of default at which a risk band ends."""


@dataclass(frozen=True)
class LoanTerms:
    """What a loan brings and what a default costs, as shares of the amount. Assumptions of the lender.

    Parameters
    ----------
    margin_share : float
        Earned on a loan that is repaid, share of the amount.
    loss_share : float
        Lost on a loan that is not, share of the amount.
    """

    margin_share: float
    loss_share: float

    def __post_init__(self) -> None:
        """Refuse terms that mean nothing."""
        require_within({"margin_share": self.margin_share}, low=0, high=10)
        require_within({"loss_share": self.loss_share}, low=0, high=1, low_open=True)

    @property
    def break_even(self) -> float:
        """Probability of default up to which a loan pays.

        Elkan (2001), The foundations of cost-sensitive learning, IJCAI, equation 2, with these costs.

        Examples
        --------
        >>> LoanTerms(margin_share=0.2, loss_share=0.6).break_even
        0.25
        """
        return self.margin_share / (self.margin_share + self.loss_share)


@dataclass(frozen=True)
class GrantingRule:
    """Up to which probability of default to grant, and what that would have brought.

    Parameters
    ----------
    threshold : float
        The break-even probability.
    granted : int
        Applicants at or below it.
    granted_share : float
        Share of all applicants.
    defaults_granted : int
        Those granted who defaulted.
    default_share_granted : float
        Their share of those granted; nan when nobody is.
    return_share : float
        What the loans granted would have brought, as a share of all money asked for.
    low, high : float
        Interval of the return, over applicants.
    return_of_all : float
        The same, had everybody been granted.
    gain_low, gain_high : float
        Interval of the return less that of granting everybody, paired by applicant.
    curve : DataFrame
        By share of applicants granted, the safest first: granted_share, threshold, default_share, return_share.
    """

    threshold: float
    granted: int
    granted_share: float
    defaults_granted: int
    default_share_granted: float
    return_share: float
    low: float
    high: float
    return_of_all: float
    gain_low: float
    gain_high: float
    curve: pd.DataFrame

    @property
    def beats_all(self) -> bool:
        """Whether the rule brings more than granting everybody, beyond chance."""
        return self.gain_low > 0


def choose_granting(
    defaulted: BoolArray,
    probability: FloatArray,
    terms: LoanTerms,
    *,
    amount: FloatArray | None = None,
    z: float = 1.96,
    steps: int = 100,
) -> GrantingRule:
    """Grant up to the break-even probability, and reckon what that would have brought.

    Parameters
    ----------
    defaulted : array of bool
        Whether the applicant defaulted.
    probability : array
        Forecast by a model that has not seen the applicant.
    terms : LoanTerms
        What a loan brings and a default costs.
    amount : array, optional
        Money asked for by each; the same for all when not given.
    z : float
        Half-width of the interval in standard errors.
    steps : int
        Points of the curve.

    Returns
    -------
    GrantingRule
        The rule and the curve around it.

    Raises
    ------
    InputError
        When numbers of applicants differ, or no money is asked for.
    """
    asked = np.ones(len(defaulted)) if amount is None else np.asarray(amount, dtype=np.float64)
    if not len(defaulted) == len(probability) == len(asked):
        what = f"{len(probability):,} probabilities and {len(asked):,} amounts for {len(defaulted):,} applicants"
        raise InputError(Fault(what, "probability", remedy="give one probability and one amount per applicant"))
    if not asked.sum() > 0:
        raise InputError(
            Fault(
                "no money is asked for",
                "amount",
                "amounts above 0",
                remedy="leave the amounts out, or give some above 0",
            )
        )
    each = np.where(defaulted, -terms.loss_share, terms.margin_share) * asked / asked.sum()
    granted = probability <= terms.break_even
    chosen = np.where(granted, each, 0.0)
    root = np.sqrt(len(chosen))
    reach, reach_of_gain = (z * float(one.std(ddof=1)) * root for one in (chosen, chosen - each))
    total, gain = float(chosen.sum()), float((chosen - each).sum())
    count, bad = int(granted.sum()), int(defaulted[granted].sum())
    return GrantingRule(
        threshold=terms.break_even,
        granted=count,
        granted_share=count / len(defaulted),
        defaults_granted=bad,
        default_share_granted=bad / count if count else float("nan"),
        return_share=total,
        low=total - reach,
        high=total + reach,
        return_of_all=float(each.sum()),
        gain_low=gain - reach_of_gain,
        gain_high=gain + reach_of_gain,
        curve=_curve(defaulted, probability, each, steps),
    )


def _curve(defaulted: BoolArray, probability: FloatArray, each: FloatArray, steps: int) -> pd.DataFrame:
    order = np.argsort(probability, kind="stable")
    last = np.unique(np.ceil(np.linspace(1 / steps, 1, steps) * len(order)).astype(np.int64)) - 1
    return pd.DataFrame(
        {
            "granted_share": (last + 1) / len(order),
            "threshold": probability[order][last],
            "default_share": np.cumsum(defaulted[order])[last] / (last + 1),
            "return_share": np.cumsum(each[order])[last],
        }
    )


def risk_bands(
    defaulted: BoolArray, probability: FloatArray, *, edges: Sequence[float] = BAND_EDGES, confidence: float = 0.95
) -> pd.DataFrame:
    """Spread the applicants over bands of risk, and compare what was forecast with what happened.

    Parameters
    ----------
    defaulted : array of bool
        Whether the applicant defaulted.
    probability : array
        Forecast, in 0..1.
    edges : sequence of float
        Rising probabilities within 0..1 at which a band ends.
    confidence : float
        Coverage of Wilson's interval of the actual share.

    Returns
    -------
    DataFrame
        By band, the safest first, empty ones included: applicants, share, defaults, forecast (mean probability), actual
        (share), low, high.

    Raises
    ------
    InputError
        When edges do not rise within 0..1.

    Examples
    --------
    >>> table = risk_bands(np.array([False, True, True]), np.array([0.02, 0.5, 0.9]), edges=[0.1])
    >>> table["applicants"].to_dict()
    {'up to 10 %': 1, 'over 10 %': 2}
    """
    limits = [float(edge) for edge in edges]
    if not limits or limits != sorted(set(limits)) or not 0 < limits[0] <= limits[-1] < 1:
        raise InputError(
            Fault(
                f"{limits!r} do not rise",
                "edges",
                "rising probabilities above 0 and below 1",
                remedy="give rising probabilities",
            )
        )
    names = [f"up to {limits[0]:.0%}", *(f"up to {limit:.0%}" for limit in limits[1:]), f"over {limits[-1]:.0%}"]
    names = [name.replace("%", " %") for name in names]
    band = np.searchsorted(limits, probability, side="left")
    frame = pd.DataFrame({"defaulted": defaulted, "probability": probability})
    frame["band"] = pd.Categorical.from_codes(band, categories=pd.Index(names), ordered=True)
    table = frame.groupby("band", observed=False).agg(
        applicants=("defaulted", "size"), defaults=("defaulted", "sum"), forecast=("probability", "mean")
    )
    table.insert(1, "share", table["applicants"] / max(len(frame), 1))
    some = table["applicants"].where(table["applicants"] > 0)
    table["actual"] = table["defaults"] / some
    table["low"], table["high"] = wilson_ends(table["defaults"], some, alpha=1 - confidence)
    return table
