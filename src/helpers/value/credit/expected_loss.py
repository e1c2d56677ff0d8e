"""Expected loss: probability of default, times loss given default, times exposure, and what each leaves open."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.checks import require_within
from helpers.value.credit.default_rates import draw_default_rates
from helpers.value.credit.grades import GRADES, NOT_GRADED
from helpers.value.credit.loss_given_default import LossGivenDefault, share_lost_by_age
from helpers.value.credit.receivables import Floats

IN_DEFAULT = "in default"


@dataclass(frozen=True)
class ExpectedLoss:
    """What the open balances will cost, on average and in a bad year; money in study currency.

    Parameters
    ----------
    by_customer : DataFrame
        By customer_id: grade, risk_class (the grade, or `in default`), exposure, probability_of_default,
        loss_given_default (share of the exposure), expected_loss.
    by_class : DataFrame
        By risk class: customers, exposure, probability_of_default (weighted with exposure), loss_given_default
        (weighted with both), expected_loss, low, high.
    total, low, high : float
        Expected loss of all, and its interval: what the default rates and the loss given default leave open.
    bad_year : float
        Loss that is exceeded with probability 1 - confidence only, chance of each customer included: a balance is lost
        whole or not at all.
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
    in_default: pd.DataFrame,
    *,
    rng: np.random.Generator,
    draws: int = 999,
    confidence: float = 0.95,
) -> ExpectedLoss:
    """Multiply probability of default, loss given default and exposure, customer by customer.

    The exposure is the balance open now. When a customer defaults, a part of it defaults, and of that a part is lost:
    the loss given default of a balance is the product of the two. Customers already in default have the probability 1;
    the longer a debt has been in default, the more of it is lost. Customers without a grade have the rate of all graded
    customers together.

    Parameters
    ----------
    graded : DataFrame
        From `grade_customers`.
    rates : DataFrame
        From `default_rates`.
    loss : LossGivenDefault
        From `measure_loss_given_default`.
    in_default : DataFrame
        From `debts_in_default`.
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
    debts = _debts_by_age(graded["open_amount"], in_default, months=len(loss.left_open) - 1)
    by_customer = _by_customer(graded, rates, loss, debts)
    drawn = _with_others(draw_default_rates(rates, rng=rng, draws=draws), rates)
    left_open = loss.draws[rng.integers(len(loss.draws), size=draws)]
    lost_of_balance = left_open[:, -1] * loss.balance_draws[rng.integers(len(loss.balance_draws), size=draws)]
    lost = _lost_share(left_open, lost_of_balance) @ debts.to_numpy(dtype=np.float64).T
    code = np.asarray(by_customer["risk_class"].cat.codes, dtype=np.int64)
    exposure = by_customer["exposure"].to_numpy(dtype=np.float64)
    defaulted = by_customer.index.isin(debts.index)
    held = np.bincount(code[~defaulted], weights=exposure[~defaulted], minlength=drawn.shape[1])
    expected = drawn * lost_of_balance[:, None] * held
    expected[:, -1] = lost.sum(axis=1)
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(expected, ends, axis=0)
    total_low, total_high = np.quantile(expected.sum(axis=1), ends)
    chances = np.column_stack([drawn * lost_of_balance[:, None], lost / debts.sum(axis=1).to_numpy()])
    code[defaulted] = drawn.shape[1] + np.arange(len(debts))
    return ExpectedLoss(
        by_customer,
        _by_class(by_customer, low, high),
        float(by_customer["expected_loss"].sum()),
        float(total_low),
        float(total_high),
        _bad_year(chances, code, exposure, rng, confidence),
        confidence,
    )


def _debts_by_age(exposure: pd.Series, in_default: pd.DataFrame, *, months: int) -> pd.DataFrame:
    """Return what each customer in default owes, in the order of `exposure`: by months in default, then the rest.

    Columns 0 to `months`, the last of them for all that are older; then `months + 1` for debts not in default.
    """
    debts = in_default.assign(age=in_default["months_in_default"].clip(upper=months))
    table = debts.pivot_table(values="open_amount", index="customer_id", columns="age", aggfunc="sum", fill_value=0.0)
    table = table.reindex(columns=range(months + 1), fill_value=0.0)
    table = table.reindex(exposure.index[exposure.index.isin(table.index)])
    table[months + 1] = (exposure.reindex(table.index) - table.sum(axis=1)).clip(lower=0.0)
    return table


def _lost_share(left_open: Floats, lost_of_balance: Floats) -> Floats:
    """Return the share lost for each column of `_debts_by_age`, along the last axis."""
    return np.concatenate([share_lost_by_age(left_open), np.expand_dims(lost_of_balance, -1)], axis=-1)


def _by_customer(
    graded: pd.DataFrame, rates: pd.DataFrame, loss: LossGivenDefault, debts: pd.DataFrame
) -> pd.DataFrame:
    """Return grade, class, and the three factors of each customer's expected loss."""
    classes = [*GRADES, NOT_GRADED, IN_DEFAULT]
    risk_class = graded["grade"].cat.set_categories(classes).where(~graded.index.isin(debts.index), IN_DEFAULT)
    exposure = graded["open_amount"].to_numpy(dtype=np.float64)
    chance = _with_others(rates["default_rate"].to_numpy()[None, :], rates)[0][risk_class.cat.codes.to_numpy()]
    lost_of_balance = loss.estimate * loss.balance_share
    lost = (debts @ _lost_share(loss.left_open, np.asarray(lost_of_balance))) / debts.sum(axis=1)
    given = lost.reindex(graded.index).fillna(lost_of_balance).to_numpy()
    columns = {
        "grade": graded["grade"],
        "risk_class": risk_class,
        "exposure": exposure,
        "probability_of_default": chance,
        "loss_given_default": given,
        "expected_loss": chance * given * exposure,
    }
    return pd.DataFrame(columns, index=graded.index)


def _with_others(by_grade: Floats, rates: pd.DataFrame) -> Floats:
    """Add to the rates of the grades those of customers without a grade and of customers in default."""
    customers = rates["customers"].to_numpy(dtype=np.float64)
    weight = customers / customers.sum() if customers.sum() else np.full(len(rates), 1 / len(rates))
    whole = by_grade @ weight
    return np.column_stack([by_grade, whole, np.ones(len(by_grade))])


def _by_class(by_customer: pd.DataFrame, low: Floats, high: Floats) -> pd.DataFrame:
    defaulting = by_customer["probability_of_default"] * by_customer["exposure"]
    table = (
        by_customer.assign(defaulting=defaulting)
        .groupby("risk_class", observed=False)
        .agg(
            customers=("exposure", "size"),
            exposure=("exposure", "sum"),
            defaulting=("defaulting", "sum"),
            expected_loss=("expected_loss", "sum"),
        )
    )
    held, at_risk = (table[name].where(table[name] > 0) for name in ("exposure", "defaulting"))
    table.insert(2, "probability_of_default", table.pop("defaulting") / held)
    table.insert(3, "loss_given_default", table["expected_loss"] / at_risk)
    return table.assign(low=low, high=high)


def _bad_year(
    chances: Floats, code: npt.NDArray[np.int64], exposure: Floats, rng: np.random.Generator, confidence: float
) -> float:
    """Return the quantile of the loss when every balance is lost or is not, by the chance in the column of its code."""
    owing = np.flatnonzero(exposure > 0)
    of_customer, owed = code[owing], exposure[owing]
    losses = [owed[rng.random(len(owed)) < chance[of_customer]].sum() for chance in chances]
    return float(np.quantile(losses, confidence))
