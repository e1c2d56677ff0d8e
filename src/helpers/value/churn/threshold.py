"""Whom to contact: the probability of leaving from which an offer pays."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.value.contribution.profit_definition import define_margin_of_bills, define_monthly_value
from helpers.value.contribution.simple_lifetime_value import monthly_rate, staying_factor


@dataclass(frozen=True)
class RetentionOffer:
    """What an offer to stay costs and what it can bring. All three are assumptions until an offer has been tested.

    Parameters
    ----------
    cost : float
        Cost of the offer to one customer, whether it works or not, study currency.
    success_share : float
        Share of those about to leave who stay because of it, in 0..1.
    value_kept : float
        What a customer who stays because of it brings, study currency.
    definition : str
        What `value_kept` counts, in words.
    """

    cost: float
    success_share: float
    value_kept: float
    definition: str = ""

    def __post_init__(self) -> None:
        """Refuse an offer that means nothing."""
        require_within({"cost": self.cost, "value_kept": self.value_kept}, low=0, high=np.inf, high_open=True)
        require_within({"success_share": self.success_share}, low=0, high=1)

    @property
    def break_even(self) -> float:
        """Probability of leaving from which the offer pays; above 1 when it pays for nobody.

        Elkan (2001), The foundations of cost-sensitive learning, IJCAI, equation 2, with these costs.

        Examples
        --------
        >>> RetentionOffer(cost=20.0, success_share=0.25, value_kept=400.0).break_even
        0.2
        """
        gain = self.success_share * self.value_kept
        return self.cost / gain if gain > 0 else np.inf


def retention_by_month(lost_share: float, *, period_months: float) -> float:
    """Return the share of customers kept over a month where a share is lost over a period.

    Parameters
    ----------
    lost_share : float
        Share of customers lost over the period, in 0..1.
    period_months : float
        Length of the period, months.

    Examples
    --------
    >>> round(retention_by_month(0.19, period_months=2), 9)
    0.9
    """
    require_within({"lost_share": lost_share}, low=0, high=1)
    require_within({"period_months": period_months}, low=0, high=1200, low_open=True)
    return float((1 - lost_share) ** (1 / period_months))


def offer_from_bills(
    monthly_amount: pd.Series,
    *,
    cost: float,
    success_share: float,
    margin: float,
    months: float,
    annual_rate: float,
    retention: float,
) -> RetentionOffer:
    """Value a kept customer by the bills of those who left, and by the chance to stay on from month to month.

    Parameters
    ----------
    monthly_amount : Series
        Bills of the customers who left, study currency.
    cost, success_share : float
        As in `RetentionOffer`.
    margin : float
        Profit as a share of the bill, in 0..1.
    months : float
        How long a kept customer is counted at most.
    annual_rate : float
        Discount rate per year.
    retention : float
        Share of customers who stay from one month to the next, in 0..1; from `retention_by_month`.

    Returns
    -------
    RetentionOffer
        `value_kept` is the discounted profit of the mean bill, the first due at once, each later one only if the
        customer is still there; its `definition` says what is counted.

    Examples
    --------
    >>> bills, terms = pd.Series([40.0, 60.0]), {"cost": 10, "success_share": 0.2, "margin": 0.5, "annual_rate": 0.0}
    >>> offer_from_bills(bills, months=12, retention=1.0, **terms).value_kept
    300.0
    >>> offer_from_bills(bills, months=12, retention=0.5, **terms).value_kept
    49.99
    """
    require_within({"margin": margin}, low=0, high=1)
    kept = margin * float(monthly_amount.mean()) * staying_factor(months, retention, monthly_rate(annual_rate))
    counted = define_monthly_value(
        define_margin_of_bills(margin), months=months, annual_rate=annual_rate, retention=retention
    )
    return RetentionOffer(cost, success_share, round(kept, 2), counted)


@dataclass(frozen=True)
class ThresholdChoice:
    """From which probability of leaving on to make an offer.

    Parameters
    ----------
    threshold : float
        The break-even probability.
    contacted, leavers_reached : int
        Customers at or above it, and those of them who left.
    gain : float
        Gain over doing nothing, reckoned with who really left, study currency.
    interval : (float, float)
        Of the gain, over customers.
    gain_of_all : float
        Gain of making the offer to everyone.
    best_threshold, best_gain : float
        The threshold that would have paid best on these very customers: chosen with hindsight, for comparison only.
    curve : DataFrame
        threshold, contacted, leavers_reached, gain for a grid of thresholds, and for the threshold chosen.
    """

    threshold: float
    contacted: int
    leavers_reached: int
    gain: float
    interval: tuple[float, float]
    gain_of_all: float
    best_threshold: float
    best_gain: float
    curve: pd.DataFrame

    @property
    def pays(self) -> bool:
        """Whether the offer can pay at all: a customer certain to leave is worth it."""
        return self.threshold <= 1


def choose_threshold(
    ended: BoolArray, probability: FloatArray, offer: RetentionOffer, *, confidence: float = 0.95, steps: int = 100
) -> ThresholdChoice:
    """Choose whom to make an offer, and reckon what it would have brought.

    Calibrated probabilities need no search: an offer pays from the break-even probability on. The reckoning uses what
    really happened to customers the model had not seen.

    Parameters
    ----------
    ended : array of bool
        Whether the customer left.
    probability : array
        Forecast of leaving by a model that has not seen the customer.
    offer : RetentionOffer
        Costs and benefit.
    confidence : float
        Coverage of the interval of the gain.
    steps : int
        Thresholds of the curve.

    Returns
    -------
    ThresholdChoice
        The choice and the curve around it.

    Raises
    ------
    InputError
        When numbers of customers differ.
    """
    if len(ended) != len(probability):
        raise InputError(
            Fault(
                f"{len(probability):,} probabilities for {len(ended):,} customers",
                "probability",
                remedy="give one probability per customer, in the same order",
            )
        )
    each = (offer.success_share * offer.value_kept * ended - offer.cost).astype(np.float64)
    threshold = offer.break_even
    grid = np.unique(np.append(np.linspace(0, 1, steps + 1), min(threshold, 1.0)))
    curve = pd.DataFrame([_at(limit, ended, probability, each) for limit in grid])
    chosen = np.where(probability >= threshold, each, 0.0)
    z = float(norm.ppf((1 + confidence) / 2))
    reach = z * float(chosen.std(ddof=1)) * np.sqrt(len(chosen))
    best = curve.iloc[int(curve["gain"].to_numpy().argmax())]
    return ThresholdChoice(
        threshold=float(threshold),
        contacted=int((probability >= threshold).sum()),
        leavers_reached=int(ended[probability >= threshold].sum()),
        gain=float(chosen.sum()),
        interval=(float(chosen.sum() - reach), float(chosen.sum() + reach)),
        gain_of_all=float(each.sum()),
        best_threshold=float(best["threshold"]),
        best_gain=float(best["gain"]),
        curve=curve,
    )


def _at(limit: float, ended: BoolArray, probability: FloatArray, each: FloatArray) -> dict[str, float]:
    contacted = probability >= limit
    return {
        "threshold": float(limit),
        "contacted": int(contacted.sum()),
        "leavers_reached": int(ended[contacted].sum()),
        "gain": float(each[contacted].sum()),
    }
