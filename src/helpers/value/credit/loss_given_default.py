"""Loss given default: how a defaulted debt comes in month by month, and what part of it never does."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import t as student

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.value.credit.defaults import DEFAULT_DAYS, customers_in_default, defaulted_invoices, months_in_default
from helpers.value.credit.receivables import Receivables

_FEWEST_CUSTOMERS = 5
_NEXT_TO_NOTHING = 1e-6
_YEARS = 2  # looked back for what else of a balance defaults


@dataclass(frozen=True)
class LossGivenDefault:
    """What part of a defaulted debt is lost.

    Parameters
    ----------
    estimate, low, high : float
        Share of the exposure not paid within the time given, with its interval; the assumed share without an interval
        where there are too few cases.
    customers : int
        Customers with a default old enough to tell: at least half the time given.
    exposure : float
        What they owed when they defaulted, in study currency.
    assumed : bool
        Whether the share had to be assumed.
    left_open : array of float, shape (recovery months + 1,)
        Share of the exposure still open so many months after the default: 1 first, the estimate last.
    draws : array of float, shape (draws, recovery months + 1)
        The same, resampled; the assumed shares alone where there are too few cases.
    balance_share : float
        Of what customers owe that come to default within a year, the part that defaults; 1, the whole balance, where
        too few customers can tell.
    balance_draws : array of float
        The same, resampled.
    beside_share : float
        Of what customers in default owe beside their defaulted debts, the part that defaults within a year.
    beside_draws : array of float
        The same, resampled.
    """

    estimate: float
    low: float
    high: float
    customers: int
    exposure: float
    assumed: bool
    left_open: FloatArray
    draws: FloatArray
    balance_share: float
    balance_draws: FloatArray
    beside_share: float
    beside_draws: FloatArray


def share_lost_by_age(left_open: FloatArray) -> FloatArray:
    """Return the part that is lost of what is still open so many months after a default.

    The longer a debt has been in default, the less of what is left will come in. After the time given for recovery all
    of it is lost, as the loss given default says.

    Parameters
    ----------
    left_open : array of float, shape (…, months + 1)
        As in `LossGivenDefault`.

    Returns
    -------
    array of float, same shape
        Shares; 1 in the last month, and where nothing was ever open that long.

    Examples
    --------
    >>> share_lost_by_age(np.array([1.0, 0.5, 0.25, 0.1])).tolist()
    [0.1, 0.2, 0.4, 1.0]
    """
    last = np.broadcast_to(left_open[..., -1:], left_open.shape)
    share: FloatArray = np.divide(last, left_open, out=np.ones_like(left_open), where=left_open > 0)
    share[..., -1] = 1.0
    return share


def measure_loss_given_default(
    receivables: Receivables,
    *,
    rng: np.random.Generator,
    default_days: int = DEFAULT_DAYS,
    recovery_months: int = 24,
    assumed_share: float = 0.45,
    draws: int = 999,
    confidence: float = 0.95,
) -> LossGivenDefault:
    """Measure the share of defaulted money that did not come in within a time after the default.

    Every default counts for the months it has been watched: the part of the debt that is still open a month later is
    measured month by month, and the parts are multiplied. Where no debt has been watched that long, nothing more is
    taken to come in. Resampling is by customer, since the invoices of one insolvent customer are one case and not many.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    rng : numpy.random.Generator
        For resampling customers.
    default_days : int
        Days past due after which a debt counts as a default.
    recovery_months : int
        Time given to what comes in late, months. What comes in after it is a loss all the same: a short time overstates
        what is never paid.
    assumed_share : float
        Loss assumed when fewer than five customers can tell. The supervisors' figure for unsecured debts is 0.45.
    draws : int
        Resamples.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    LossGivenDefault
        The share and its interval, and how it got there month by month.

    References
    ----------
    Basel Committee on Banking Supervision (2006), International convergence of capital measurement, paragraph 287 (the
    0.45 for unsecured claims), 460 (economic loss) and 471 (a best estimate of its own for what is in default already);
    Mack (1993), Distribution-free calculation of the standard error of chain ladder reserve estimates, ASTIN Bulletin
    23(2), 213-225, equation 2 (the factors); Kish (1965), Survey Sampling, section 11.7 (cases that tell as much).
    """
    require_within({"assumed_share": assumed_share}, low=0, high=1)
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    require_within({"recovery_months": recovery_months}, low=1, high=120)
    found = defaulted_invoices(receivables, default_days=default_days)
    watched = months_in_default(found["default_date"], receivables.as_of)
    old_enough = found[watched >= (recovery_months + 1) // 2]
    customers = found["customer_id"]
    left = _left_by_month(receivables, found, recovery_months)
    # A month counts for a debt only when the debt has been watched to its end.
    to_the_end = watched[:, None] > np.arange(recovery_months)
    later = (left.iloc[:, 1:] * to_the_end).groupby(customers).sum()
    before = (left.iloc[:, :-1] * to_the_end).groupby(customers).sum()
    fresh, beside = _balances_of_defaulters(receivables, found, default_days)
    balance_share, balance_draws = _resampled_share(fresh[["defaulted"]], fresh[["owed"]], rng, draws)
    beside_share, beside_draws = _resampled_share(beside[["defaulted"]], beside[["owed"]], rng, draws)
    kept, kept_draws = _resampled_share(later, before, rng, draws)
    assumed = old_enough["customer_id"].nunique() < _FEWEST_CUSTOMERS
    if assumed:
        left_open = np.append(np.ones(recovery_months), assumed_share)
        drawn = left_open[None, :]
    else:
        left_open, drawn = _run_off(kept), _run_off(kept_draws)
    owed = old_enough.groupby("customer_id")["exposure"].sum().to_numpy(dtype=np.float64)
    low, high = (np.nan, np.nan) if assumed else _ends(float(left_open[-1]), drawn[:, -1], owed, confidence)
    return LossGivenDefault(
        float(left_open[-1]),
        low,
        high,
        int(old_enough["customer_id"].nunique()),
        round(float(old_enough["exposure"].sum()), 2),
        assumed,
        left_open,
        drawn,
        float(balance_share[0]),
        balance_draws[:, 0],
        float(beside_share[0]),
        beside_draws[:, 0],
    )


def _ends(share: float, drawn: FloatArray, owed: FloatArray, confidence: float) -> tuple[float, float]:
    """Return an interval that is Student's on the logit scale: a few large debtors tell as much as few would.

    Degrees of freedom are twice the debtors of equal size that would tell as much (Kish 1965, Survey Sampling, 11.7).
    How often it holds the truth is measured in `data/replication`.
    """
    places = logit(np.clip(drawn, _NEXT_TO_NOTHING, 1 - _NEXT_TO_NOTHING))
    reach = student.ppf((1 + confidence) / 2, 2 * owed.sum() ** 2 / (owed**2).sum()) * places.std()
    low, high = expit(np.median(places) + np.array([-reach, reach]))
    return min(float(low), share), max(float(high), share)


def _run_off(kept: FloatArray) -> FloatArray:
    """Return the share still open after 0, 1, 2, … months from the parts kept open month by month, the last axis."""
    open_share = np.cumprod(kept, axis=-1)
    return np.concatenate([np.ones_like(open_share[..., :1]), open_share], axis=-1)


def _resampled_share(
    part: pd.DataFrame, whole: pd.DataFrame, rng: np.random.Generator, draws: int
) -> tuple[FloatArray, FloatArray]:
    """Return column by column the part of the whole, and the same with customers resampled; 1 where none can tell.

    Columns are months, or the whole time in one. Every resample holds one case more, of the mean size, that is lost
    whole with a chance of one half, as in the prior of Jeffreys: what a few cases never saw may happen all the same.
    """
    months = part.shape[1]
    if len(whole) < _FEWEST_CUSTOMERS:
        return np.ones(months), np.ones((1, months))
    parts, wholes = part.to_numpy(dtype=np.float64), whole.to_numpy(dtype=np.float64)
    weight = rng.multinomial(len(wholes), np.full(len(wholes), 1 / len(wholes)), size=draws)
    size = float(wholes.max(axis=1).mean())
    comes_in = np.where(rng.random(draws) < 0.5, months, rng.integers(months, size=draws))[:, None]
    more_parts, more_wholes = size * (np.arange(months) < comes_in), size * (np.arange(months) <= comes_in)
    drawn = _share(weight @ parts + more_parts, weight @ wholes + more_wholes)
    return _share(parts.sum(axis=0), wholes.sum(axis=0)), drawn


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    share: FloatArray = np.divide(part, whole, out=np.ones_like(whole), where=whole > 0)
    return share


def _balances_of_defaulters(
    receivables: Receivables, found: pd.DataFrame, default_days: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return by customer what it owed beside defaulted debts a year or two ago, and the part that then defaulted.

    First of customers that came to default within the year, then of those that were in default at its start.
    """
    invoices = receivables.invoices
    by_invoice = found.set_index("invoice")[["default_date", "exposure"]].reindex(invoices.index)
    since, exposure = by_invoice["default_date"], by_invoice["exposure"].fillna(0.0)
    years: tuple[list[pd.DataFrame], list[pd.DataFrame]] = ([], [])
    for year in range(_YEARS):
        end = receivables.as_of - pd.DateOffset(months=12 * year)
        start = receivables.as_of - pd.DateOffset(months=12 * (year + 1))
        owed = receivables.open_at(start)
        within = (since > start) & (since <= end)
        already = customers_in_default(receivables.as_known_at(start), default_days=default_days)
        in_default = invoices["customer_id"].isin(already)
        fresh = invoices["customer_id"].isin(invoices["customer_id"][within]) & ~in_default
        counted = {"customer_id": invoices["customer_id"], "owed": owed, "defaulted": exposure.where(within, 0.0)}
        for group, concerned in zip(years, (fresh, in_default), strict=True):
            group.append(pd.DataFrame(counted)[concerned & (owed > 0) & ~(since <= start)])
    fresh_sums, beside_sums = (pd.concat(group).groupby("customer_id")[["owed", "defaulted"]].sum() for group in years)
    return fresh_sums, beside_sums


def _left_by_month(receivables: Receivables, found: pd.DataFrame, months: int) -> pd.DataFrame:
    """Return what was open of each defaulted invoice so many months after its default, a column per month."""
    billed = receivables.invoices["amount"].to_numpy(dtype=np.float64)
    left = {}
    for month in range(months + 1):
        last_day = found["default_date"] + pd.DateOffset(months=month) - pd.Timedelta(days=1)
        limit = pd.Series(last_day.to_numpy(), index=found["invoice"]).reindex(receivables.invoices.index)
        left[month] = np.round(billed - receivables.paid_by(limit), 2)[found["invoice"].to_numpy()]
    return pd.DataFrame(left, index=found.index)
