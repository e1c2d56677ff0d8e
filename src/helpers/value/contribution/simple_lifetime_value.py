"""First estimate of lifetime value: the latest profit goes on for the expected life, discounted.

No probabilities and no growth: the estimate is worth what `holdout` says it is.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.checks import require_columns, require_within

MONTHS_PER_YEAR = 12


def monthly_rate(annual_rate: float) -> float:
    """Turn a discount rate per year into the rate per month that compounds to it.

    Parameters
    ----------
    annual_rate : float
        Per year, in 0..1.

    Returns
    -------
    float
        Per month.

    Examples
    --------
    >>> round(monthly_rate(0.10), 6)
    0.007974
    """
    require_within({"annual_rate": annual_rate}, low=0, high=1)
    return float((1 + annual_rate) ** (1 / MONTHS_PER_YEAR) - 1)


def annuity_factor(n_periods: npt.ArrayLike, rate_per_period: float) -> npt.NDArray[np.float64]:
    """Return the present value of one unit at the end of each of `n_periods` periods.

    Parameters
    ----------
    n_periods : array-like
        Number of periods, zero or more; a part of a period counts by the same formula.
    rate_per_period : float
        Discount rate per period, zero or more.

    Returns
    -------
    array of float
        `sum_{t=1..n} 1 / (1 + d)^t`, in closed form.

    Examples
    --------
    >>> round(float(annuity_factor(2, 0.10)), 6) == round(1 / 1.1 + 1 / 1.1**2, 6)
    True
    """
    periods = np.asarray(n_periods, dtype=float)
    require_within({"rate_per_period": rate_per_period}, low=0, high=np.inf, high_open=True)
    if periods.size:
        require_within({"n_periods": float(periods.min())}, low=0, high=np.inf, high_open=True)
    if rate_per_period == 0:
        return periods
    return np.asarray(-np.expm1(-periods * np.log1p(rate_per_period)) / rate_per_period)


def staying_factor(months: float, retention: float, rate_per_month: float) -> float:
    """Return the present value of one unit a month, paid in advance for as long as a customer stays.

    Parameters
    ----------
    months : float
        Longest time counted, months; a part of a month counts by the same formula.
    retention : float
        Share of customers kept over a month, in 0..1; one takes staying for granted.
    rate_per_month : float
        Discount rate per month, zero or more.

    Returns
    -------
    float
        `sum_{t=0..n-1} (r / (1 + d))^t`: the first month is certain.

    References
    ----------
    Gupta & Lehmann (2003), Customers as assets, Journal of Interactive Marketing 17, 9-24, first payment at once.

    Examples
    --------
    >>> staying_factor(2, 0.5, 0.0)
    1.5
    >>> staying_factor(12, 1.0, 0.0)
    12.0
    """
    require_within({"months": months}, low=0, high=1200)
    require_within({"retention": retention}, low=0, high=1)
    require_within({"rate_per_month": rate_per_month}, low=0, high=np.inf, high_open=True)
    factor = retention / (1 + rate_per_month)
    return float(months if factor == 1 else (1 - factor**months) / (1 - factor))


@dataclass(frozen=True)
class ExpectedLife:
    """How long customers are expected to stay from now on.

    Parameters
    ----------
    months : float
        The life used, months.
    implied_months : float
        What the retention alone implies, months; infinite when nobody was lost.
    retention : float
        Share of customers kept over one period.
    period_months : float
        Length of that period, months.
    """

    months: float
    implied_months: float
    retention: float
    period_months: float

    @property
    def capped(self) -> bool:
        """Whether the retention implies a longer life than allowed."""
        return self.implied_months > self.months


def expected_life(retention: float, *, period_months: float, at_most_months: float) -> ExpectedLife:
    """Work out the remaining life of a customer who is lost with the same chance in every period.

    Of the customers here now, a share `r` is here after one period, `r^2` after two: `r / (1 - r)` periods to come.
    Data that hold regular customers only imply lives nobody has seen, hence the cap.

    Parameters
    ----------
    retention : float
        Share kept over one period, in 0..1.
    period_months : float
        Length of the period, months.
    at_most_months : float
        Longest life to use, months.

    Returns
    -------
    ExpectedLife
        The life used and the one implied.

    Examples
    --------
    >>> expected_life(0.75, period_months=6, at_most_months=36).months
    18.0
    >>> expected_life(0.97, period_months=6, at_most_months=36).capped
    True
    """
    require_within({"retention": retention}, low=0, high=1)
    require_within({"period_months": period_months, "at_most_months": at_most_months}, low=0, high=1200, low_open=True)
    implied = np.inf if retention == 1 else period_months * retention / (1 - retention)
    return ExpectedLife(float(min(implied, at_most_months)), float(implied), retention, period_months)


def estimate_simple_lifetime_value(
    customers: pd.DataFrame, *, period_months: float, life_months: float, annual_rate: float
) -> pd.DataFrame:
    """Value every customer as the latest profit per month going on over the expected life.

    Parameters
    ----------
    customers : DataFrame
        customer_id and contribution over the latest `period_months` (study currency), one row per customer.
    period_months : float
        Months the contribution was earned in.
    life_months : float
        Months it is expected to go on.
    annual_rate : float
        Discount rate per year; months are discounted at `monthly_rate` of it, at their end.

    Returns
    -------
    DataFrame
        customer_id, profit_per_month, life_months, lifetime_value (study currency), same rows. A loss goes on as well.

    References
    ----------
    `sum_{t=1..n} profit / (1 + d)^t`: the constant-margin case of Berger and Nasr (1998), "Customer lifetime value:
    marketing models and applications", Journal of Interactive Marketing 12, 17-30.

    Examples
    --------
    >>> latest = pd.DataFrame({"customer_id": [1, 2], "contribution": [60.0, -6.0]})
    >>> valued = estimate_simple_lifetime_value(latest, period_months=6, life_months=12, annual_rate=0.0)
    >>> valued["lifetime_value"].tolist()
    [120.0, -12.0]
    """
    require_columns(customers.columns, ("customer_id", "contribution"), where="customers")
    require_within({"period_months": period_months}, low=0, high=1200, low_open=True)
    table = customers[["customer_id"]].reset_index(drop=True)
    table["profit_per_month"] = customers["contribution"].to_numpy(dtype=float) / period_months
    table["life_months"] = float(life_months)
    factor = float(annuity_factor(life_months, monthly_rate(annual_rate)))
    table["lifetime_value"] = table["profit_per_month"] * factor
    return table
