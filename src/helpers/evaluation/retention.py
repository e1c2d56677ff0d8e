"""Who stays: retention of cohorts, of customers and revenue between two periods, and customers won back.

A customer is active in a period who has bought in it; what came back as a whole was not bought. Where the data begin in
the middle of the business, the first cohorts hold old customers first *seen* then, not new ones; retention then
describes regulars.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import special, stats

from helpers.core.any_engine import each_once
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import Interval, total_differs_from_zero, wilson
from helpers.core.periods import measure_coverage, per_period
from helpers.core.returns import purchase_lines

Step = Literal["month", "quarter"]
_MONTHS: dict[str, int] = {"month": 1, "quarter": 3}


def cohort_retention(
    transactions: ir.Table, as_of: date, *, step: Step = "month", confidence: float = 0.95
) -> pd.DataFrame:
    """Follow the customers first seen in each calendar month or quarter through the later ones.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions; without amounts, every line is a purchase.
    as_of : date
        Lines on or after it are not used.
    step : {"month", "quarter"}
        Length of a cohort and of an age.
    confidence : float
        Of Wilson's intervals, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per cohort and age, sorted: cohort (first day), age (steps since the cohort, 0 is 1 by definition),
        period (first day), customers (of the cohort), active, retention, low, high, complete (the period ended by
        `as_of`, and the data reach its end as `helpers.core.periods.measure_coverage` judges it; otherwise retention
        is a lower bound).

    Raises
    ------
    InputError
        When a column is missing, the step is unknown, or no line lies before `as_of`.
    """
    require_columns(transactions.columns, ("customer_id", "time"), where="transactions")
    if step not in get_args(Step):
        raise InputError(
            Fault(f"unknown step {step!r}", where="step", allowed=", ".join(get_args(Step)), remedy="take one of these")
        )
    counted = _count_active(transactions, as_of, "M" if step == "month" else "Q")
    if counted.empty:
        raise InputError(Fault(f"no line lies before {as_of}", where="transactions", remedy="check as_of"))
    months = (counted["period"].dt.year - counted["cohort"].dt.year) * 12
    months += counted["period"].dt.month - counted["cohort"].dt.month
    counted["age"] = months // _MONTHS[step]
    table = _every_age(counted, _MONTHS[step])
    covered = pd.Timestamp(measure_coverage(transactions, as_of).until)
    table["complete"] = table["period"] + pd.DateOffset(months=_MONTHS[step]) <= covered
    pairs = zip(table["active"].tolist(), table["customers"].tolist(), strict=True)
    shares = [wilson(active, customers, confidence=confidence) for active, customers in pairs]
    table["retention"] = [share.estimate for share in shares]
    by_definition = table["age"] == 0
    table["low"] = np.where(by_definition, 1.0, [share.low for share in shares])
    table["high"] = np.where(by_definition, 1.0, [share.high for share in shares])
    return table[["cohort", "age", "period", "customers", "active", "retention", "low", "high", "complete"]]


def _count_active(transactions: ir.Table, as_of: date, unit: str) -> pd.DataFrame:
    lines = purchase_lines(transactions, as_of)
    seen = lines.select("customer_id", period=lines["time"].truncate(unit)).distinct()
    first = seen.group_by("customer_id").agg(cohort=seen["period"].min())
    counts = seen.join(first, "customer_id").group_by("cohort", "period").agg(active=ibis._.count())
    frame: pd.DataFrame = counts.order_by("cohort", "period").to_pyarrow().to_pandas()
    return frame


def _every_age(counted: pd.DataFrame, months: int) -> pd.DataFrame:
    """Add the ages at which nobody of a cohort was active, up to the last period of the data."""
    last = counted["period"].max()
    rows = []
    for cohort, part in counted.groupby("cohort", sort=True):
        active = part.set_index("age")["active"]
        periods = pd.date_range(pd.Timestamp(str(cohort)), last, freq=pd.DateOffset(months=months))
        for age, period in enumerate(periods):
            rows.append((cohort, age, period, int(active.loc[0]), int(active.get(age, 0))))
    return pd.DataFrame(rows, columns=["cohort", "age", "period", "customers", "active"])


@dataclass(frozen=True)
class Retention:
    """Customers of one period and of a later one.

    Parameters
    ----------
    before, after : int
        Customers active in either period.
    kept, lost, gained : int
        Active in both, only in the earlier, only in the later.
    returned, newcomers : int or None
        Of those gained: who had bought before the earlier period, and who had not; None where that was not asked.
    share : Interval
        Kept over before, with Wilson's interval.
    """

    before: int
    after: int
    kept: int
    lost: int
    gained: int
    share: Interval
    returned: int | None = None
    newcomers: int | None = None


def customers_before(transactions: ir.Table, day: date) -> "pd.Index[Any]":
    """Return who had bought before a day, sorted; what came back by then was not bought.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions; without amounts, every line is a purchase.
    day : date
        Purchases on it or after it are not used.
    """
    require_columns(transactions.columns, ("customer_id", "time"), where="transactions")
    known = each_once(purchase_lines(transactions, day).select("customer_id")).order_by("customer_id")
    frame: pd.DataFrame = known.to_pyarrow().to_pandas()
    customers: pd.Index[Any] = frame.set_index("customer_id").index
    return customers


def measure_retention(
    activity: pd.DataFrame,
    *,
    first: int = 0,
    second: int = 1,
    confidence: float = 0.95,
    bought_before: "pd.Index[Any] | None" = None,
) -> Retention:
    """Count who of one period is active in another.

    Parameters
    ----------
    activity : DataFrame
        From `helpers.core.periods.customers_by_period`: customer_id, period, orders.
    first, second : int
        Numbers of the earlier and the later period.
    confidence : float
        Between 0 and 1.
    bought_before : Index, optional
        Customers with a purchase before the earlier period, from `customers_before`: they came back, and are not new.

    Returns
    -------
    Retention
        Counts and the share kept.

    Examples
    --------
    >>> activity = pd.DataFrame({"customer_id": [1, 1, 2, 3], "period": [0, 1, 0, 1], "orders": [2, 2, 1, 4]})
    >>> measure_retention(activity).share.estimate
    0.5
    """
    orders = per_period(activity, "orders", max(first, second) + 1)
    before, after = orders[first] > 0, orders[second] > 0
    kept = int((before & after).sum())
    gained = orders.index[~before & after]
    returned = None if bought_before is None else int(gained.isin(bought_before).sum())
    return Retention(
        before=int(before.sum()),
        after=int(after.sum()),
        kept=kept,
        lost=int((before & ~after).sum()),
        gained=len(gained),
        share=wilson(kept, int(before.sum()), confidence=confidence),
        returned=returned,
        newcomers=None if returned is None else len(gained) - returned,
    )


@dataclass(frozen=True)
class RevenueRetention:
    """Revenue that the customers of one period brought in a later one.

    Parameters
    ----------
    before, after : float
        Revenue of the customers active in the earlier period, then and later, study currency.
    net : Interval
        After over before: losses and growth together; may exceed 1.
    gross : Interval
        The same with each customer's growth left out: losses alone.
    gained : float
        Later revenue of customers not active before, study currency; in neither share.
    """

    before: float
    after: float
    net: Interval
    gross: Interval
    gained: float


def measure_revenue_retention(
    activity: pd.DataFrame, *, first: int = 0, second: int = 1, measure: str = "revenue", confidence: float = 0.95
) -> RevenueRetention:
    """Compare the revenue of one period's customers with what the same customers bring later.

    Parameters
    ----------
    activity : DataFrame
        As for `measure_retention`, with the column `measure`.
    first, second : int
        Numbers of the earlier and the later period.
    measure : str
        Column to compare: revenue or contribution.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    RevenueRetention
        Net and gross retention with the linearised interval of a ratio of totals, net on the log scale and gross on the
        logit scale, customers being the sample; no interval where all customers changed alike. A ratio of zero or less
        has it on its own scale; neither ratio is given where the earlier total, refunds taken off, does not differ from
        zero by more than chance.

    Raises
    ------
    InputError
        When the earlier period brought nothing.

    References
    ----------
    Cochran (1977), Sampling Techniques, third edition, section 2.11 (variance of a ratio); O'Neill (2014), "Some useful
    moment results in sampling problems", The American Statistician 68 (degrees of freedom by the kurtosis).
    """
    require_columns(activity.columns, ("customer_id", "period", "orders", measure), where="activity")
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    periods = max(first, second) + 1
    money, active = per_period(activity, measure, periods), per_period(activity, "orders", periods)[first] > 0
    before, after = money.loc[active, first].to_numpy(dtype=float), money.loc[active, second].to_numpy(dtype=float)
    if not before.sum() > 0:
        raise InputError(
            Fault(
                f"{measure} of period {first} is {before.sum():g}",
                allowed="more than zero",
                remedy="begin with a period in which customers bought",
            )
        )
    return RevenueRetention(
        before=float(before.sum()),
        after=float(after.sum()),
        net=ratio_of_totals(after, before, confidence),
        gross=ratio_of_totals(np.minimum(before, after), before, confidence, of_a_share=True),
        gained=float(money.loc[~active, second].sum()),
    )


def ratio_of_totals(part: np.ndarray, whole: np.ndarray, confidence: float, *, of_a_share: bool = False) -> Interval:
    """Return a ratio of totals with Student's interval of its logarithm, of a share its logit, where it has one.

    A few customers who spend far more than the rest decide how far the ratio misses, and how far its estimated error
    does. The degrees of freedom are those of that estimate, not the number of customers.
    """
    if not total_differs_from_zero(whole):
        return Interval(np.nan, np.nan, np.nan, confidence, "linearised ratio")
    ratio = float(part.sum() / whole.sum())
    residuals = (part - ratio * whole) ** 2
    customers, spread = len(whole), float(residuals.sum())
    if customers < 2 or not spread > 0:
        return Interval(ratio, np.nan, np.nan, confidence, "linearised ratio")
    error = float(np.sqrt(customers / (customers - 1) * spread) / whole.sum())
    effective = spread**2 / float((residuals**2).sum())  # all of them where all miss alike, one where one decides
    freedom = customers - 1.0
    if effective < customers:
        freedom = min(freedom, 2 * effective / (1 - effective / customers))
    reach = float(stats.t.ppf(0.5 + confidence / 2, freedom)) * error
    if of_a_share and 0 < ratio < 1:
        at, reach = special.logit(ratio), reach / (ratio * (1 - ratio))
        low, high = (float(special.expit(at + side * reach)) for side in (-1, 1))
        return Interval(ratio, low, high, confidence, "logit of a linearised ratio")
    if ratio > 0:
        factor = float(np.exp(reach / ratio))
        return Interval(ratio, ratio / factor, ratio * factor, confidence, "log of a linearised ratio")
    return Interval(ratio, ratio - reach, ratio + reach, confidence, "linearised ratio")
