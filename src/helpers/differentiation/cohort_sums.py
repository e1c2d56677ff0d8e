"""Cohorts of customers through the periods of the calendar, and the whole base as their sum (lenses 3 to 5).

Source: Fader, Hardie and Ross (2022), The Customer-Base Audit: The First Step on the Journey to Customer Centricity.
"""

from datetime import date
from typing import Literal, get_args

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_sum, exact_total
from helpers.core.periods import measure_coverage
from helpers.core.returns import purchase_lines

Step = Literal["month", "quarter", "year"]
_UNITS = {"month": ("M", 1), "quarter": ("Q", 3), "year": ("Y", 12)}


def follow_cohorts(
    transactions: ir.Table, as_of: date, *, step: Step = "quarter", confidence: float = 0.95
) -> pd.DataFrame:
    """Add up what each cohort of customers bought in each period of the calendar (lenses 3 to 5).

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, order_id, time, amount.
    as_of : date
        Lines on or after it are not used.
    step : {"month", "quarter", "year"}
        Length of a cohort and of a period.
    confidence : float
        Of Student's intervals of revenue per member, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per cohort and period from its own on, sorted, also where nobody bought: cohort, period (first days),
        age (steps, 0 for the first), size (customers of the cohort), customers (of them, who bought), orders, revenue,
        active_share, orders_per_customer, spend_per_order, revenue_per_member (over the size), low, high, complete (the
        period ended by `as_of`, and the data reach its end).

    Raises
    ------
    InputError
        When a column is missing, the step is unknown, or no purchase lies before `as_of`.
    """
    require_columns(transactions.columns, ("customer_id", "order_id", "time", "amount"), where="transactions")
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    if step not in get_args(Step):
        raise InputError(Fault(f"unknown step {step!r}", "step", ", ".join(get_args(Step)), "take one of these"))
    unit, months = _UNITS[step]
    counted = _cohort_sums(transactions, as_of, unit)
    if counted.empty:
        raise InputError(Fault(f"no purchase lies before {as_of}", where="transactions", remedy="check as_of"))
    place = counted[["cohort", "period"]].apply(lambda day: (day.dt.year * 12 + day.dt.month - 1) // months)
    counted["age"], last = place["period"] - place["cohort"], int(place["period"].max())
    size = counted[counted["age"] == 0].set_index("cohort")["customers"]
    first_place = place.groupby(counted["cohort"])["cohort"].first()
    rows = [(cohort, age) for cohort, start in first_place.items() for age in range(last - int(start) + 1)]
    every = pd.DataFrame(rows, columns=["cohort", "age"])
    table = every.merge(counted.drop(columns="period"), on=["cohort", "age"], how="left", sort=False)
    measures = {"customers": np.int64, "orders": np.int64, "revenue": np.float64, "squares": np.float64}
    table = table.fillna(dict.fromkeys(measures, 0)).astype(measures)
    months_on = table["age"] * months
    table["period"] = [day + pd.DateOffset(months=int(n)) for day, n in zip(table["cohort"], months_on, strict=True)]
    table["size"] = table["cohort"].map(size)
    until = pd.Timestamp(measure_coverage(transactions, as_of).until)
    table["complete"] = table["period"] + pd.DateOffset(months=months) <= until
    return _with_factors(table, confidence)


def _cohort_sums(transactions: ir.Table, as_of: date, unit: str) -> pd.DataFrame:
    lines = purchase_lines(transactions, as_of)
    cells = lines.group_by("customer_id", period=lines["time"].truncate(unit)).agg(
        orders=lines["order_id"].nunique(), revenue=exact_total(lines["amount"])
    )
    money = cells["revenue"].cast("float64")
    squares = (money * money).cast("decimal(38, 4)")  # exact, so that their sum is the same in any order
    cells = cells.mutate(cohort=cells["period"].min().over(group_by="customer_id"), squares=squares)
    sums = cells.group_by("cohort", "period").agg(
        customers=cells.count(),
        orders=cells["orders"].sum(),
        revenue=exact_sum(cells["revenue"]),
        squares=cells["squares"].sum().cast("float64"),
    )
    frame: pd.DataFrame = sums.order_by("cohort", "period").to_pyarrow().to_pandas()
    return frame


def _with_factors(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    customers, orders = table["customers"], table["orders"]
    table = table.assign(
        active_share=customers / table["size"],
        orders_per_customer=orders / customers.where(customers > 0),
        spend_per_order=table["revenue"] / orders.where(orders > 0),
        revenue_per_member=table["revenue"] / table["size"],
    )
    size, mean = table["size"], table["revenue_per_member"]
    spread = (table["squares"] - size * mean**2).clip(lower=0) / (size * (size - 1)).where(size > 1)
    reach = stats.t.ppf(0.5 + confidence / 2, (size - 1).clip(lower=1)) * np.sqrt(spread)
    table = table.drop(columns="squares").assign(low=(mean - reach).clip(lower=0.0), high=mean + reach)
    first = ["cohort", "period", "age", "size", "customers", "orders", "revenue"]
    return table[[*first, *[name for name in table.columns if name not in first]]]


def choose_cohort(cohorts: pd.DataFrame) -> pd.Timestamp:
    """Return the cohort to follow (lens 3): the one that brought most, of those won while the data were kept.

    The first cohort holds customers won before the data begin as well; it is chosen only where there is no other with a
    complete period after its own.

    Parameters
    ----------
    cohorts : DataFrame
        From `follow_cohorts`.
    """
    later = cohorts[cohorts["complete"] & (cohorts["age"] > 0)]["cohort"].unique()
    first = cohorts["cohort"].min()
    fit = cohorts[cohorts["cohort"].isin(later) & (cohorts["cohort"] != first)]
    if fit.empty:
        return pd.Timestamp(first)
    return pd.Timestamp(fit.groupby("cohort")["revenue"].sum().idxmax())


def sum_periods(cohorts: pd.DataFrame) -> pd.DataFrame:
    """Add the cohorts up to the whole base, period by period (lens 5).

    Parameters
    ----------
    cohorts : DataFrame
        From `follow_cohorts`.

    Returns
    -------
    DataFrame
        By period: customers, orders, revenue, orders_per_customer, spend_per_order, new_customers, new_revenue (of the
        cohort of the period), new_revenue_share, complete.
    """
    by_period = cohorts.groupby("period")
    table = by_period[["customers", "orders", "revenue"]].sum()
    new = cohorts[cohorts["age"] == 0].set_index("period")
    return table.assign(
        orders_per_customer=table["orders"] / table["customers"].where(table["customers"] > 0),
        spend_per_order=table["revenue"] / table["orders"].where(table["orders"] > 0),
        new_customers=new["customers"].reindex(table.index, fill_value=0),
        new_revenue=new["revenue"].reindex(table.index, fill_value=0.0),
        complete=by_period["complete"].all(),
    ).assign(new_revenue_share=lambda all_: all_["new_revenue"] / all_["revenue"].where(all_["revenue"] > 0))
