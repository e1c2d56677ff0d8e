"""What is spent on each customer in two periods: the cost to serve and to win, from the books."""

from collections.abc import Mapping
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from helpers.core.errors import Fault, InputError
from helpers.core.periods import Period, months_before
from helpers.value.profitability.drivers import CostDrivers
from helpers.value.profitability.facts import CustomerFacts, gather_facts, span_months

_YEAR_MONTHS = 12
_NAMES = ("before", "after")


def latest_spans(
    tables: Mapping[str, ir.Table], drivers: CostDrivers, as_of: date, *, months: int = _YEAR_MONTHS
) -> tuple[Period, Period]:
    """Return the last span before the analysis date and the one before it, in whole years where activities are yearly.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        Standard tables by name: transactions, and those of `drivers.tables` a study has.
    drivers : CostDrivers
        What is counted.
    as_of : date
        Day of analysis.
    months : int
        Length wanted.

    Returns
    -------
    (Period, Period)
        Before and after.

    Raises
    ------
    InputError
        When the purchases do not reach into the first of the two.
    """
    length = span_months(tables, drivers, months)
    middle, start = months_before(as_of, length), months_before(as_of, 2 * length)
    first = tables["transactions"]["time"].min().to_pyarrow().as_py()
    if first is None or pd.Timestamp(first).date() >= middle:
        what = f"no purchase before {middle}: two spans of {length} months cannot be compared"
        raise InputError(Fault(what, where="transactions", remedy="take shorter spans, or a longer history"))
    return Period(start, middle), Period(middle, as_of)


def measure_effort(
    tables: Mapping[str, ir.Table], drivers: CostDrivers, unit_costs: pd.DataFrame, before: Period, after: Period
) -> tuple[pd.DataFrame, CustomerFacts]:
    """Measure what was spent on each customer in two periods.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        Standard tables by name.
    drivers : CostDrivers
        What is counted.
    unit_costs : DataFrame
        From `set_unit_costs`.
    before, after : Period
        From `latest_spans`.

    Returns
    -------
    effort : DataFrame
        Indexed by customer_id: effort_before, effort_after, in study currency; nil where nothing was done.
    facts : CustomerFacts
        The counts behind it.

    Raises
    ------
    InputError
        When an activity counted has no unit cost, or a span cuts a year that activities are counted by.
    """
    facts = gather_facts(tables, drivers, (before, after))
    costs = unit_costs.set_index("activity")["unit_cost"].reindex(facts.quantities.columns)
    if costs.isna().any():
        what = f"no unit cost for {', '.join(costs.index[costs.isna()])}"
        raise InputError(Fault(what, where="unit_costs", remedy="add these activities to the unit costs"))
    spent = facts.customers[["customer_id", "period"]].assign(effort=facts.quantities @ costs)
    wide = spent.pivot_table(index="customer_id", columns="period", values="effort", aggfunc="sum")
    wide = wide.reindex(columns=range(len(_NAMES))).fillna(0.0)
    return wide.set_axis([f"effort_{name}" for name in _NAMES], axis="columns"), facts


def kept_accounts(visited: "pd.Series[bool] | None", contracts: ir.Table | None) -> "pd.Series[bool]":
    """Say which accounts are kept: visited of late, or under a contract that has not ended.

    Parameters
    ----------
    visited : Series of bool or None
        From `visited_in`; None where visits are not counted.
    contracts : ibis Table or None
        Standard contracts: customer_id, ended; without `ended`, every contract runs. None where there are none.

    Returns
    -------
    Series of bool
        By customer_id, in order; customers who are not listed are not kept.
    """
    visits = pd.Index(visited.index[visited]) if visited is not None else pd.Index([])
    running = pd.Index([])
    if contracts is not None:
        open_ones = contracts.filter(~contracts["ended"]) if "ended" in contracts.columns else contracts
        running = pd.Index(open_ones.select("customer_id").distinct().to_pyarrow().to_pandas()["customer_id"])
    return pd.Series(data=True, index=visits.union(running).unique().sort_values(), dtype=bool)


def visited_in(facts: CustomerFacts, period: int = 1, *, activity: str = "visit") -> "pd.Series[bool]":
    """Say which customers were visited in a period.

    Parameters
    ----------
    facts : CustomerFacts
        From `measure_effort` or `gather_facts`.
    period : int
        Number of the period, 0 for the first.
    activity : str
        Name of the activity.

    Raises
    ------
    InputError
        When visits were not counted.
    """
    if activity not in facts.quantities:
        what = f"the activity {activity!r} was not counted"
        allowed = ", ".join(facts.quantities.columns) or "none was counted"
        raise InputError(Fault(what, where="activities", allowed=allowed, remedy="count visits by customer"))
    inside = facts.customers["period"] == period
    customers = pd.Index(facts.customers.loc[inside, "customer_id"])
    return pd.Series(facts.quantities.loc[inside, activity].to_numpy() > 0, index=customers)
