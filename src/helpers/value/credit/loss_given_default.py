"""Loss given default: how a defaulted debt comes in month by month, and what part of it never does."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.checks import require_within
from helpers.value.credit.defaults import DEFAULT_DAYS, customers_in_default, defaulted_invoices
from helpers.value.credit.receivables import Floats, Receivables

_FEWEST_CUSTOMERS = 5
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
        Customers with a default old enough to tell.
    exposure : float
        What they owed when they defaulted, in study currency.
    assumed : bool
        Whether the share had to be assumed.
    left_open : array of float, shape (recovery months + 1,)
        Share of the exposure still open so many months after the default: 1 first, the estimate last.
    draws : array of float, shape (draws, recovery months + 1)
        The same, resampled; the assumed shares alone where there are too few cases.
    balance_share : float
        Of what customers owe when they default, beside debts in default already, the part that defaults as well; 1, the
        whole balance, where too few customers can tell.
    balance_draws : array of float
        The same, resampled.
    """

    estimate: float
    low: float
    high: float
    customers: int
    exposure: float
    assumed: bool
    left_open: Floats
    draws: Floats
    balance_share: float
    balance_draws: Floats


def share_lost_by_age(left_open: Floats) -> Floats:
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
    share: Floats = np.divide(last, left_open, out=np.ones_like(left_open), where=left_open > 0)
    share[..., -1] = 1.0
    return share


def measure_loss_given_default(
    receivables: Receivables,
    *,
    rng: np.random.Generator,
    default_days: int = DEFAULT_DAYS,
    recovery_months: int = 12,
    assumed_share: float = 0.45,
    draws: int = 999,
    confidence: float = 0.95,
) -> LossGivenDefault:
    """Measure the share of defaulted money that did not come in within a time after the default.

    Only defaults that long ago are counted. Resampling is by customer, since the invoices of one insolvent customer are
    one case and not many.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    rng : numpy.random.Generator
        For resampling customers.
    default_days : int
        Days past due after which a debt counts as a default.
    recovery_months : int
        Time given to what comes in late, months.
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
    Efron & Tibshirani (1993), chapter 13 (percentile interval).
    """
    require_within({"assumed_share": assumed_share}, low=0, high=1)
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    require_within({"recovery_months": recovery_months}, low=1, high=120)
    found = defaulted_invoices(receivables, default_days=default_days)
    end = found["default_date"] + pd.DateOffset(months=recovery_months)
    old_enough = found[(end <= receivables.as_of).to_numpy()]
    left = _left_by_month(receivables, old_enough, recovery_months)
    exposure = old_enough["exposure"].groupby(old_enough["customer_id"]).sum()
    lost = left.groupby(old_enough["customer_id"]).sum()
    beside = _balances_of_defaulters(receivables, found, default_days)
    balance_share, balance_draws = _resampled_share(beside[["defaulted"]], beside["owed"], rng, draws)
    left_open, drawn = _resampled_share(lost, exposure, rng, draws)
    assumed = len(exposure) < _FEWEST_CUSTOMERS
    if assumed:
        left_open = np.append(np.ones(recovery_months), assumed_share)
        drawn = left_open[None, :]
    ends = np.quantile(drawn[:, -1], [(1 - confidence) / 2, (1 + confidence) / 2])
    low, high = (float("nan"), float("nan")) if assumed else map(float, ends)
    whole = round(float(exposure.sum()), 2)
    return LossGivenDefault(
        float(left_open[-1]),
        low,
        high,
        len(exposure),
        whole,
        assumed,
        left_open,
        drawn,
        float(balance_share[0]),
        balance_draws[:, 0],
    )


def _resampled_share(
    part: pd.DataFrame, whole: pd.Series, rng: np.random.Generator, draws: int
) -> tuple[Floats, Floats]:
    """Return column by column the part of the whole, and the same with customers resampled; 1 with too few of them."""
    if len(whole) < _FEWEST_CUSTOMERS:
        return np.ones(part.shape[1]), np.ones((1, part.shape[1]))
    parts, wholes = part.to_numpy(dtype=np.float64), whole.to_numpy(dtype=np.float64)
    weight = rng.multinomial(len(wholes), np.full(len(wholes), 1 / len(wholes)), size=draws)
    return parts.sum(axis=0) / wholes.sum(), (weight @ parts) / (weight @ wholes)[:, None]


def _balances_of_defaulters(receivables: Receivables, found: pd.DataFrame, default_days: int) -> pd.DataFrame:
    """Return by customer what it owed beside defaulted debts a year or two ago, and the part that then defaulted.

    Only customers that were in default then, or came to be so within the year.
    """
    invoices = receivables.invoices
    by_invoice = found.set_index("invoice")[["default_date", "exposure"]].reindex(invoices.index)
    since, exposure = by_invoice["default_date"], by_invoice["exposure"].fillna(0.0)
    years = []
    for year in range(_YEARS):
        end = receivables.as_of - pd.DateOffset(months=12 * year)
        start = receivables.as_of - pd.DateOffset(months=12 * (year + 1))
        owed = receivables.open_at(start)
        within = (since > start) & (since <= end)
        already = customers_in_default(receivables.as_known_at(start), default_days=default_days)
        concerned = invoices["customer_id"].isin([*already, *invoices["customer_id"][within]])
        beside = concerned & (owed > 0) & ~(since <= start)
        counted = {"customer_id": invoices["customer_id"], "owed": owed, "defaulted": exposure.where(within, 0.0)}
        years.append(pd.DataFrame(counted)[beside])
    return pd.concat(years).groupby("customer_id")[["owed", "defaulted"]].sum()


def _left_by_month(receivables: Receivables, found: pd.DataFrame, months: int) -> pd.DataFrame:
    """Return what was open of each defaulted invoice so many months after its default, a column per month."""
    billed = receivables.invoices["amount"].to_numpy(dtype=np.float64)
    left = {}
    for month in range(months + 1):
        last_day = found["default_date"] + pd.DateOffset(months=month) - pd.Timedelta(days=1)
        limit = pd.Series(last_day.to_numpy(), index=found["invoice"]).reindex(receivables.invoices.index)
        left[month] = np.round(billed - receivables.paid_by(limit), 2)[found["invoice"].to_numpy()]
    return pd.DataFrame(left, index=found.index)
