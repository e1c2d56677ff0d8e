"""The plan around a list of actions: when, by whom, care by tier, anniversaries, and the size of the next test."""

from dataclasses import dataclass
from datetime import date
from math import ceil

import numpy as np
import pandas as pd
from statsmodels.stats.power import NormalIndPower

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.interaction.offers import TIERS


def plan_dates(count: int, as_of: date, *, per_day: int) -> pd.DatetimeIndex:
    """Return when each of the actions is to be made: on working days from the analysis date on, at ten o'clock.

    Parameters
    ----------
    count : int
        Actions.
    as_of : date
        First day that may be used.
    per_day : int
        Contacts that can be made on a day, 1 or more.
    """
    require_within({"per_day": per_day}, low=1, high=1_000_000)
    days = pd.bdate_range(as_of, periods=max(ceil(count / per_day), 1))
    return days[np.arange(count) // per_day] + pd.Timedelta(hours=10)


@dataclass(frozen=True)
class SampleSize:
    """How many customers the next test needs.

    Parameters
    ----------
    contacted, held_back : int
        Customers of each group.
    effect : float
        Orders per contact that the test is to find.
    power : float
        Chance to find it.
    """

    contacted: int
    held_back: int
    effect: float
    power: float


def next_test(
    effect: float, spread: float, *, held_back_share: float = 0.5, power: float = 0.8, confidence: float = 0.95
) -> SampleSize:
    """Return the size of a test that finds an effect with the stated power.

    Parameters
    ----------
    effect : float
        Orders per contact worth finding, above 0: what a contact must bring to pay for itself.
    spread : float
        Standard deviation of the orders in the window, above 0.
    held_back_share : float
        Share of the customers held back, above 0 and below 1.
    power, confidence : float
        Chance to find the effect, and one less the chance of a false find.

    Raises
    ------
    InputError
        When effect or spread are not above nil, or a share is out of range.

    References
    ----------
    Cohen (1988), *Statistical Power Analysis for the Behavioral Sciences*, chapter 2.

    Examples
    --------
    >>> next_test(0.5, 1.0)
    SampleSize(contacted=63, held_back=63, effect=0.5, power=0.8)
    """
    open_ends = {"held_back_share": held_back_share, "power": power, "confidence": confidence}
    require_within(open_ends, low=0, high=1, low_open=True, high_open=True)
    _require_findable(effect, spread)
    ratio = held_back_share / (1 - held_back_share)
    solved = NormalIndPower().solve_power(effect / spread, power=power, alpha=1 - confidence, ratio=ratio)
    contacted = float(np.ravel(solved)[0])
    return SampleSize(ceil(contacted), ceil(contacted * ratio), effect, power)


def effect_to_pay(cost: float, order_contribution: float) -> float:
    """Return how many orders a contact must bring to pay for itself; infinite where an order contributes nothing.

    Parameters
    ----------
    cost : float
        Of a contact, study currency.
    order_contribution : float
        What an order contributes, study currency.

    Examples
    --------
    >>> effect_to_pay(1.5, 12.0), effect_to_pay(1.5, 0.0)
    (0.125, inf)
    """
    return float(cost) / float(order_contribution) if order_contribution > 0 else float("inf")


def _require_findable(effect: float, spread: float) -> None:
    """Refuse an effect or a spread with which no number of customers is a test."""
    faults = []
    if not 0 < effect < np.inf:
        remedy = "state what a contact costs and what goods cost"
        faults.append(Fault("no number of orders would pay for a contact", "effect", "above 0", remedy))
    if not 0 < spread < np.inf:
        what, remedy = "orders in the window do not differ from customer to customer", "take a longer window"
        faults.append(Fault(what, "spread", "above 0", remedy))
    if faults:
        raise InputError(faults)


def assign_owners(channel: pd.Series, seller: "pd.Series | None" = None) -> pd.Series:
    """Return who makes each contact: calls and visits the seller of the customer, letters and mails the marketing.

    Parameters
    ----------
    channel : Series of str
        Channel of each action.
    seller : Series, optional
        Seller of the customer of each action, same index; "sales" where there is none.

    Examples
    --------
    >>> assign_owners(pd.Series(["telephone", "mail"]), pd.Series([7, 8])).tolist()
    ['seller 7', 'marketing']
    """
    named = pd.Series("sales", index=channel.index, dtype="object")
    if seller is not None:
        named = named.where(seller.isna(), "seller " + seller.astype("string").astype("object"))
    return named.where(channel.isin(("telephone", "visit")), "marketing")


def next_anniversaries(since: pd.Series, as_of: date, *, within_days: int) -> pd.Series:
    """Return the next anniversary of each relation within some days of the analysis date; missing where there is none.

    Parameters
    ----------
    since : Series of datetime
        First day of the relation, by customer_id.
    as_of : date
        First day that counts.
    within_days : int
        Days that count, 1..366.

    Examples
    --------
    >>> since = pd.Series(pd.to_datetime(["2020-01-10", "2024-02-29", "2025-06-01", "2026-01-04"]))
    >>> next_anniversaries(since, date(2026, 1, 1), within_days=60).dt.strftime("%m-%d").fillna("").tolist()
    ['01-10', '02-28', '', '']
    """
    require_within({"within_days": within_days}, low=1, high=366)
    day = pd.Timestamp(as_of)
    start = pd.to_datetime(since).dt.normalize()
    month, number = start.dt.month, start.dt.day.where(~((start.dt.month == 2) & (start.dt.day == 29)), 28)
    this = pd.to_datetime(pd.DataFrame({"year": day.year, "month": month, "day": number}), errors="coerce")
    later = pd.to_datetime(pd.DataFrame({"year": day.year + 1, "month": month, "day": number}), errors="coerce")
    coming = this.where(this >= day, later)
    return coming.where((coming < day + pd.Timedelta(days=within_days)) & (start < day))


def care_plan(customers: pd.DataFrame, gains: pd.DataFrame, *, contact_share: float) -> pd.DataFrame:
    """Return what each tier may be cared for with: its allowance a year, its best means and how often that can be paid.

    Parameters
    ----------
    customers : DataFrame
        By customer_id: `tier`, `value` (contribution a year, study currency).
    gains : DataFrame
        From `expected_gains`.
    contact_share : float
        Share of the contribution that may go into contacts, 0..1.

    Returns
    -------
    DataFrame
        By `tier`: `customers`, `value` and `allowance` (mean per customer and year), `means` (offer by channel; missing
        where none is expected to pay), `cost` of one contact, `contacts_a_year` the allowance pays for.
    """
    require_within({"contact_share": contact_share}, low=0, high=1)
    values = customers.groupby("tier")["value"]
    plan = pd.DataFrame({"customers": values.size(), "value": values.mean()})
    plan["allowance"] = (contact_share * plan["value"]).clip(lower=0)
    means = gains.groupby(["tier", "offer", "channel"], as_index=False)[["net", "cost"]].mean()
    best = means[means["net"] > 0].sort_values(["tier", "net"]).groupby("tier").tail(1).set_index("tier")
    plan["means"] = (best["offer"] + " by " + best["channel"]).reindex(plan.index)
    plan["cost"] = best["cost"].reindex(plan.index)
    plan["contacts_a_year"] = (plan["allowance"] / plan["cost"]).clip(upper=52) // 1
    plan = plan.loc[[name for name in TIERS if name in plan.index]]
    return plan.rename_axis("tier")
