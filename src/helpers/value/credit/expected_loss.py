"""Expected loss: probability of default, times loss given default, times exposure, and what each leaves open."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.checks import require_within
from helpers.value.credit.default_rates import draw_default_rates
from helpers.value.credit.defaults import LossGivenDefault
from helpers.value.credit.grades import GRADES, NOT_GRADED
from helpers.value.credit.receivables import Floats

IN_DEFAULT = "in default"


@dataclass(frozen=True)
class ExpectedLoss:
    """What the open balances will cost, on average and in a bad year; money in study currency.

    Parameters
    ----------
    by_customer : DataFrame
        By customer_id: grade, risk_class (the grade, or `in default`), exposure, probability_of_default,
        loss_given_default, expected_loss.
    by_class : DataFrame
        By risk class: customers, exposure, probability_of_default (weighted with exposure), expected_loss, low, high.
    total, low, high : float
        Expected loss of all, and its interval: what the default rates and the loss given default leave open.
    bad_year : float
        Loss that is exceeded with probability 1 - confidence only, chance of each customer included.
    confidence : float
        Coverage of the interval, and of `bad_year`.
    """

    by_customer: pd.DataFrame
    by_class: pd.DataFrame
    total: float
    low: float
    high: float
    bad_year: float
    confidence: float


def estimate_expected_loss(
    graded: pd.DataFrame,
    rates: pd.DataFrame,
    loss: LossGivenDefault,
    in_default: pd.Index,
    *,
    rng: np.random.Generator,
    draws: int = 999,
    confidence: float = 0.95,
) -> ExpectedLoss:
    """Multiply probability of default, loss given default and exposure, customer by customer.

    The exposure is the balance open now. Customers already in default have the probability 1. Customers without a grade
    have the rate of all graded customers together.

    Parameters
    ----------
    graded : DataFrame
        From `grade_customers`.
    rates : DataFrame
        From `default_rates`.
    loss : LossGivenDefault
        From `measure_loss_given_default`.
    in_default : Index
        From `customers_in_default`.
    rng : numpy.random.Generator
        For draws of rates, losses and defaults.
    draws : int
        Draws behind interval and bad year.
    confidence : float
        Coverage.

    Returns
    -------
    ExpectedLoss
        By customer, by risk class and in total.

    References
    ----------
    Basel Committee on Banking Supervision (2005), "An explanatory note on the Basel II IRB risk weight functions",
    section 2: EL = PD x LGD x EAD. Here without the correlation between customers that those weights assume.
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    require_within({"draws": draws}, low=99, high=100_000)
    classes = [*GRADES, NOT_GRADED, IN_DEFAULT]
    grade = graded["grade"].cat.set_categories(classes)
    risk_class = grade.where(~graded.index.isin(in_default), IN_DEFAULT)
    code, exposure = risk_class.cat.codes.to_numpy(), graded["open_amount"].to_numpy(dtype=np.float64)
    probability = _with_others(rates["default_rate"].to_numpy()[None, :], rates)[0][code]
    by_customer = pd.DataFrame(
        {
            "grade": graded["grade"],
            "risk_class": risk_class,
            "exposure": exposure,
            "probability_of_default": probability,
            "loss_given_default": loss.estimate,
            "expected_loss": probability * loss.estimate * exposure,
        },
        index=graded.index,
    )
    drawn = _with_others(draw_default_rates(rates, rng=rng, draws=draws), rates)
    share_lost = rng.choice(loss.draws, draws)
    held = np.bincount(code, weights=exposure, minlength=len(classes))
    expected = drawn * share_lost[:, None] * held
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(expected, ends, axis=0)
    total_low, total_high = np.quantile(expected.sum(axis=1), ends)
    return ExpectedLoss(
        by_customer,
        _by_class(by_customer, low, high),
        float(by_customer["expected_loss"].sum()),
        float(total_low),
        float(total_high),
        _bad_year(drawn, share_lost, code, exposure, rng, confidence),
        confidence,
    )


def _with_others(by_grade: Floats, rates: pd.DataFrame) -> Floats:
    """Add to the rates of the grades those of customers without a grade and of customers in default."""
    customers = rates["customers"].to_numpy(dtype=np.float64)
    weight = customers / customers.sum() if customers.sum() else np.full(len(rates), 1 / len(rates))
    whole = by_grade @ weight
    return np.column_stack([by_grade, whole, np.ones(len(by_grade))])


def _by_class(by_customer: pd.DataFrame, low: Floats, high: Floats) -> pd.DataFrame:
    table = by_customer.groupby("risk_class", observed=False).agg(
        customers=("exposure", "size"), exposure=("exposure", "sum"), expected_loss=("expected_loss", "sum")
    )
    weighted = by_customer["probability_of_default"] * by_customer["exposure"]
    held = table["exposure"].where(table["exposure"] > 0)
    table.insert(2, "probability_of_default", weighted.groupby(by_customer["risk_class"], observed=False).sum() / held)
    return table.assign(low=low, high=high)


def _bad_year(
    drawn: Floats, share_lost: Floats, code: np.ndarray, exposure: Floats, rng: np.random.Generator, confidence: float
) -> float:
    """Return the quantile of the loss when every customer defaults or does not, by chance."""
    owing = np.flatnonzero(exposure > 0)
    losses = [
        share * exposure[owing][rng.random(len(owing)) < rates[code[owing]]].sum()
        for rates, share in zip(drawn, share_lost, strict=True)
    ]
    return float(np.quantile(losses, confidence))
