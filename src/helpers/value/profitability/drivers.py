"""Activities that serve customers, and what drives each: how often it was done, read from the standard tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir

from helpers.core.lines import exact_sum

FROM_POOLS = "cost_pools"
"""Said instead of a unit cost: it follows from the cost pools."""


@dataclass(frozen=True)
class Driver:
    """Something that can be counted per customer.

    Parameters
    ----------
    table : str
        Standard table it is read from.
    columns : tuple of str
        Columns needed.
    about : str
        What one unit is.
    measure : callable
        Makes the count, an Ibis aggregate, from the table and the condition on its rows.
    is_money : bool
        The table already holds the cost: no unit cost is needed.
    """

    table: str
    columns: tuple[str, ...]
    about: str
    measure: Callable[[ir.Table, ir.BooleanValue], Any]
    is_money: bool = False


def _returned(lines: ir.Table) -> ir.BooleanValue:
    """Tell lines of goods that came back from lines sold."""
    sign = lines["quantity"] if "quantity" in lines.columns else lines["amount"]
    return ibis.coalesce(sign < 0, False)


def _contacted(contacts: ir.Table) -> ir.BooleanValue:
    """Tell customers who were contacted from those who were held back."""
    return ibis.coalesce(contacts["treated"], True) if "treated" in contacts.columns else ibis.literal(True)


DRIVERS: dict[str, Driver] = {
    "orders": Driver(
        "transactions",
        ("order_id", "time", "amount"),
        "one order with goods sold",
        lambda lines, kept: lines["order_id"].nunique(where=kept & ~_returned(lines)),
    ),
    "order_lines": Driver(
        "transactions",
        ("time", "amount"),
        "one line of goods sold",
        lambda lines, kept: lines.count(where=kept & ~_returned(lines)),
    ),
    "returned_lines": Driver(
        "transactions",
        ("time", "amount"),
        "one line of goods that came back",
        lambda lines, kept: lines.count(where=kept & _returned(lines)),
    ),
    "revenue": Driver(
        "transactions",
        ("time", "amount"),
        "one unit of money received; the unit cost is a share of revenue",
        lambda lines, kept: exact_sum(kept.ifelse(lines["amount"], 0.0)),
    ),
    "contacts": Driver(
        "contacts",
        ("time",),
        "one contact by a campaign",
        lambda contacts, kept: contacts.count(where=kept & _contacted(contacts)),
    ),
    "contact_cost": Driver(
        "contacts",
        ("time", "cost"),
        "recorded cost of contacts",
        lambda contacts, kept: exact_sum((kept & _contacted(contacts)).ifelse(contacts["cost"], 0.0)),
        is_money=True,
    ),
    "responses": Driver(
        "responses", ("time",), "one response to a campaign", lambda responses, kept: responses.count(where=kept)
    ),
    "service_cases": Driver(
        "service_cases", ("time",), "one case at the service desk", lambda cases, kept: cases.count(where=kept)
    ),
    "service_cost": Driver(
        "service_cases",
        ("time", "cost"),
        "recorded cost of handling cases",
        lambda cases, kept: exact_sum(kept.ifelse(cases["cost"], 0.0)),
        is_money=True,
    ),
    "invoices": Driver("invoices", ("time",), "one invoice", lambda invoices, kept: invoices.count(where=kept)),
    "counted": Driver(
        "activities",
        ("activity", "quantity"),
        "one activity of this name, as counted by the company",
        lambda activities, kept: exact_sum(kept.ifelse(activities["quantity"].cast("float64"), 0.0)),
    ),
}
"""Everything an activity may be driven by."""


@dataclass(frozen=True)
class Activity:
    """One activity: what drives it and what one costs.

    Parameters
    ----------
    name : str
        Name of the activity.
    driver : str
        One of `DRIVERS`.
    unit_cost : float or None
        Cost of one, study currency; None where it follows from the cost pools.
    low, high : float or None
        Range the true unit cost is believed to lie in.
    where : mapping of str to object
        Values columns must have for a row to be counted.
    unless : str
        Other activity in whose presence this one is left out.
    about : str
        What it is, for readers.
    """

    name: str
    driver: str
    unit_cost: float | None
    low: float | None = None
    high: float | None = None
    where: Mapping[str, object] = field(default_factory=dict)
    unless: str = ""
    about: str = ""

    @property
    def conditions(self) -> dict[str, object]:
        """Conditions on the rows counted; an activity the company counts is found by its name."""
        return ({"activity": self.name} if self.driver == "counted" else {}) | dict(self.where)


@dataclass(frozen=True)
class CostDrivers:
    """All activities of a study.

    Parameters
    ----------
    name, title, about : str
        What the file calls itself, and where its figures come from.
    activities : tuple of Activity
        In the order of the file.
    stock_days : float
        Days goods are paid for before they are sold.
    """

    name: str
    title: str
    about: str
    activities: tuple[Activity, ...]
    stock_days: float = 0.0

    @property
    def tables(self) -> tuple[str, ...]:
        """Standard tables the activities are counted in, each once."""
        return tuple(dict.fromkeys(DRIVERS[activity.driver].table for activity in self.activities))
