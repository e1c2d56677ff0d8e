"""The indicators a hierarchy may end in, measured from the standard tables.

Everything that touches lines, invoices or cases is an Ibis expression; one row per customer reaches pandas.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.lines import exact_sum, lines_until
from helpers.core.periods import Period, customers_by_period, months_before
from helpers.core.returns import purchase_lines
from helpers.value.ahp.scoring import Better
from helpers.value.contribution.contribution import CostAssumptions, measure_contribution


@dataclass(frozen=True)
class Indicator:
    """One thing that can be measured of a customer.

    Parameters
    ----------
    about : str
        Meaning and unit, over the months measured.
    better : {"high", "low"}
        Which end makes a customer more valuable.
    needs : tuple of (str, tuple of str)
        Standard tables and their columns, beyond those every study has.
    """

    about: str
    better: Better
    needs: tuple[tuple[str, tuple[str, ...]], ...] = ()


_LINES = ("transactions", ("order_id", "time", "amount"))
_OWED = (("invoices", ("due_date",)), ("payments", ("invoice_id", "time", "amount")))

INDICATORS: dict[str, Indicator] = {
    "contribution": Indicator("revenue less goods and orders, study currency", "high", (_LINES,)),
    "contribution_per_order": Indicator("contribution over orders, study currency", "high", (_LINES,)),
    "discount_share": Indicator("discounts over the list price", "low", (("transactions", ("discount",)),)),
    "service_cost": Indicator("cost of service cases, study currency", "low", (("service_cases", ("time", "cost")),)),
    "order_value": Indicator("revenue per order, study currency", "high", (_LINES,)),
    "orders": Indicator("orders", "high", (_LINES,)),
    "revenue": Indicator("what was paid after discounts, study currency", "high", (_LINES,)),
    "active_months": Indicator("calendar months with an order", "high", (_LINES,)),
    "days_since_last": Indicator("days from the last order to the analysis date", "low", (_LINES,)),
    "paid_in_time_share": Indicator("amount paid by its due date over the amount that fell due", "high", _OWED),
    "days_late": Indicator("days from due date to payment, weighted by amount, early as zero", "low", _OWED),
    "overdue_share": Indicator("amount due but unpaid over the amount that fell due", "low", _OWED),
}
"""Known indicators by name."""

BETTER: dict[str, Better] = {name: indicator.better for name, indicator in INDICATORS.items()}
"""Which end of each known indicator makes a customer more valuable."""

INDICATOR_TABLES: tuple[str, ...] = ("transactions", "service_cases", "invoices", "payments")
"""Standard tables that indicators are measured from."""


@dataclass(frozen=True)
class MeasuredIndicators:
    """Indicators of customers at one moment.

    Parameters
    ----------
    table : DataFrame
        Indexed by customer_id, sorted: one row per customer with an order in the months measured, a column per
        indicator the tables can supply; nan where it is not known for a customer.
    reasons : dict of str to str
        Why the other known indicators could not be measured.
    since, as_of : date
        The time measured; `as_of` itself is left out.
    """

    table: pd.DataFrame
    reasons: dict[str, str]
    since: date
    as_of: date


def measure_indicators(
    tables: Mapping[str, ir.Table], as_of: date, costs: CostAssumptions, *, months: int = 12
) -> MeasuredIndicators:
    """Measure all indicators that the tables at hand can supply, from nothing later than the analysis date.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        Standard tables by name; transactions must be among them.
    as_of : date
        Analysis date.
    costs : CostAssumptions
        How contribution is worked out.
    months : int
        Length of the time measured. Invoices count when they fell due in it.

    Returns
    -------
    MeasuredIndicators
        The indicators, and what is missing.

    Raises
    ------
    InputError
        When there are no transactions in the time measured, or columns every method needs are missing.
    """
    require_columns(tables, ("transactions",), where="tables")
    since = months_before(as_of, months)
    values = _of_purchases(tables["transactions"], Period(since, as_of), costs)
    reasons = {name: reason for name, one in INDICATORS.items() if (reason := _lacking(one, tables))}
    gatherers: tuple[tuple[str, Callable[[], pd.DataFrame]], ...] = (
        ("service_cost", lambda: _of_service(tables["service_cases"], since, as_of)),
        ("days_late", lambda: _of_payment(tables["invoices"], tables["payments"], since, as_of)),
    )
    for name, gather in gatherers:
        if name not in reasons:
            values = values.join(gather(), how="left")
    if "service_cost" in values:
        values["service_cost"] = values["service_cost"].fillna(0.0)  # no case, no cost
    return MeasuredIndicators(values[[name for name in INDICATORS if name in values]], reasons, since, as_of)


def _lacking(indicator: Indicator, tables: Mapping[str, ir.Table]) -> str:
    tables_missing = [table for table, _ in indicator.needs if table not in tables]
    columns_missing = [
        f"{column} of {table}"
        for table, columns in indicator.needs
        if table in tables
        for column in columns
        if column not in tables[table].columns
    ]
    if tables_missing:
        return f"the study has no {_in_words(tables_missing)}"
    return f"the study has no {_in_words(columns_missing)}" if columns_missing else ""


def _in_words(names: list[str]) -> str:
    return " and no ".join(names).replace("_", " ")


def _of_purchases(transactions: ir.Table, time: Period, costs: CostAssumptions) -> pd.DataFrame:
    activity = customers_by_period(transactions, (time,))
    money = measure_contribution(activity, costs).set_index("customer_id")
    orders = money["orders"].astype(float)
    values = pd.DataFrame(
        {
            "contribution": money["contribution"],
            "contribution_per_order": money["contribution"] / orders,
            "order_value": money["revenue"] / orders,
            "orders": orders,
            "revenue": money["revenue"],
        }
    )
    if "discount" in transactions.columns:
        values["discount_share"] = (money["discount"] / money["list_revenue"]).where(money["list_revenue"] > 0)
    return values.join(_when(transactions, time), how="left")


def _when(transactions: ir.Table, time: Period) -> pd.DataFrame:
    lines = purchase_lines(transactions, time.end, since=time.start)
    day = lines["time"].date()
    gathered = lines.group_by("customer_id").agg(
        active_months=(day.year() * 12 + day.month()).nunique().cast("float64"),
        days_since_last=ibis.date(time.end.isoformat()).delta(day.max(), unit="day").cast("float64"),
    )
    return _fetched(gathered)


def _of_service(cases: ir.Table, since: date, as_of: date) -> pd.DataFrame:
    recent = lines_until(cases, as_of, since=since)
    return _fetched(recent.group_by("customer_id").agg(service_cost=exact_sum(recent["cost"].fill_null(0))))


def _of_payment(invoices: ir.Table, payments: ir.Table, since: date, as_of: date) -> pd.DataFrame:
    """Punctuality of the invoices that fell due; payments on or after the analysis date are not known yet."""
    end = ibis.date(as_of.isoformat())
    last_day = invoices["due_date"].cast("timestamp").date()
    fell_due = (last_day >= ibis.date(since.isoformat())) & (last_day < end) & (invoices["amount"] > 0)
    due = invoices.filter(fell_due).select("invoice_id", "customer_id", owed=invoices["amount"], due=last_day)
    known = lines_until(payments, as_of)
    known = known.select("invoice_id", paid=known["amount"], day=known["time"].date())
    each = due.inner_join(known, "invoice_id")
    late_days = ibis.greatest(each["day"].delta(each["due"], unit="day"), 0)
    paid = each.group_by("invoice_id").agg(
        paid=exact_sum(each["paid"]),
        in_time=exact_sum((each["day"] <= each["due"]).ifelse(each["paid"], 0)),
        money_days=exact_sum(each["paid"] * late_days),
    )
    bills = due.left_join(paid, "invoice_id")
    open_amount = ibis.greatest(bills["owed"] - bills["paid"].fill_null(0), 0)
    waited = bills["money_days"].fill_null(0) + open_amount * end.delta(bills["due"], unit="day")
    sums = bills.group_by("customer_id").agg(
        owed=exact_sum(bills["owed"]),
        in_time=exact_sum(ibis.least(bills["in_time"].fill_null(0), bills["owed"])),
        open=exact_sum(open_amount),
        waited=exact_sum(waited),
    )
    return _fetched(
        sums.select(
            "customer_id",
            paid_in_time_share=sums["in_time"] / sums["owed"],
            days_late=sums["waited"] / sums["owed"],
            overdue_share=sums["open"] / sums["owed"],
        )
    )


def _fetched(gathered: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = gathered.order_by("customer_id").to_pyarrow().to_pandas()
    return frame.set_index("customer_id")


def contribution_between(
    transactions: ir.Table, start: date, end: date, costs: CostAssumptions, customers: "pd.Index[Any]"
) -> "pd.Series[float]":
    """Contribution of given customers from one day to before another, zero without an order.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions.
    start, end : date
        First day, and first day after.
    costs : CostAssumptions
        How contribution is worked out.
    customers : Index
        Customers wanted.

    Returns
    -------
    Series
        By customer, study currency.
    """
    activity = customers_by_period(transactions, (Period(start, end),))
    money = measure_contribution(activity, costs).set_index("customer_id")["contribution"]
    return money.reindex(customers, fill_value=0.0)
