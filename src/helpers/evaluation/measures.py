"""One definition of each measure: the facts, their grain and keys, the measures on them, and what they may be split by.

A fact is a standard table whose rows are counted or added up. A dimension is a column of the fact itself, of a table
that holds at most one row for each row of the fact, or a part of the calendar. Facts are never joined with each other:
an order would count once for each of its lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["sum", "count", "distinct", "ratio"]


@dataclass(frozen=True)
class Join:
    """A table that describes rows of a fact, and the key of both; the key names one row of it at most."""

    table: str
    key: str


@dataclass(frozen=True)
class Fact:
    """A table that measures are taken of.

    Parameters
    ----------
    table : str
        Standard table, with a column `time`.
    grain : str
        What one row is.
    joins : tuple of Join
        Tables that describe its rows.
    has_returns : bool
        Whether what came back is set off against purchases before anything is counted.
    """

    table: str
    grain: str
    joins: tuple[Join, ...] = ()
    has_returns: bool = False


@dataclass(frozen=True)
class Measure:
    """What is measured.

    Parameters
    ----------
    name : str
        Name, the same everywhere.
    fact : str
        Table it is taken of.
    kind : {"sum", "count", "distinct", "ratio"}
        Sums and counts of rows add up over the members of a dimension. Distinct counts do not: a customer may buy in
        two categories. Ratios are worked out anew of the totals of their parts.
    about : str
        Its definition.
    column : str
        Column added up or counted; a flag counts where it is true. Empty for a count of all rows.
    equals : str
        Where given, only rows count in which the column holds this value.
    parts : (str, str)
        Of a ratio, the measures above and below the line.
    unit : str
        "money", "share" or the unit of a count.
    """

    name: str
    fact: str
    kind: Kind
    about: str
    column: str = ""
    equals: str = ""
    parts: tuple[str, str] | None = None
    unit: str = ""

    @property
    def is_additive(self) -> bool:
        """Whether the values of the members of a dimension add up to the value of all."""
        return self.kind in ("sum", "count")


FACTS: Mapping[str, Fact] = {
    fact.table: fact
    for fact in (
        Fact(
            "transactions",
            "one line of one order",
            (Join("customers", "customer_id"), Join("products", "product_id")),
            has_returns=True,
        ),
        Fact("service_cases", "one case at the service desk", (Join("customers", "customer_id"),)),
        Fact("leads", "one prospective customer", (Join("customers", "customer_id"),)),
    )
}
"""By table: the facts."""

_LINES, _CASES, _LEADS = FACTS
MEASURES: Mapping[str, Measure] = {
    one.name: one
    for one in (
        Measure("revenue", _LINES, "sum", "what customers paid, less what came back", "amount", unit="money"),
        Measure("discount", _LINES, "sum", "price reductions granted", "discount", unit="money"),
        Measure("goods_cost", _LINES, "sum", "cost of the goods sold", "cost", unit="money"),
        Measure("lines", _LINES, "count", "lines of orders of which something was kept", unit="lines"),
        Measure("orders", _LINES, "distinct", "orders of which something was kept", "order_id", unit="orders"),
        Measure("customers", _LINES, "distinct", "customers who bought", "customer_id", unit="customers"),
        Measure("products", _LINES, "distinct", "products sold", "product_id", unit="products"),
        Measure("revenue_per_order", _LINES, "ratio", "revenue over orders", parts=("revenue", "orders"), unit="money"),
        Measure(
            "revenue_per_customer",
            _LINES,
            "ratio",
            "revenue over customers who bought",
            parts=("revenue", "customers"),
            unit="money",
        ),
        Measure(
            "orders_per_customer",
            _LINES,
            "ratio",
            "orders over customers who bought",
            parts=("orders", "customers"),
            unit="orders per customer",
        ),
        Measure("cases", _CASES, "count", "cases opened", unit="cases"),
        Measure("complaints", _CASES, "count", "cases that are complaints", "complaint", unit="cases"),
        Measure(
            "complaint_share", _CASES, "ratio", "complaints over cases", parts=("complaints", "cases"), unit="share"
        ),
        Measure("case_customers", _CASES, "distinct", "customers with a case", "customer_id", unit="customers"),
        Measure("case_minutes", _CASES, "sum", "time spent on cases", "minutes", unit="minutes"),
        Measure("leads", _LEADS, "count", "leads gained", unit="leads"),
        Measure("won_leads", _LEADS, "count", "leads whose stage is won", "stage", equals="won", unit="leads"),
        Measure("won_share", _LEADS, "ratio", "won leads over leads", parts=("won_leads", "leads"), unit="share"),
    )
}
"""By name: the measures."""

PERIODS = ("year", "quarter", "month", "weekday")
"""Dimensions of the calendar that every fact has, by the time of its rows."""
NOT_SPLIT_BY = (
    "customer_id", "order_id", "record_id", "lead_id", "case_id", "product_id", "first_name", "last_name", "birth_date",
    "street", "email", "phone", "identifier", "do_not_contact", "product_name", "line_number", "quantity",
)  # fmt: skip
"""Columns that are no dimensions: they name single rows or single customers."""


def base_measures(measure: Measure) -> tuple[Measure, ...]:
    """Return the measures that must be taken of the rows: the parts of a ratio, else the measure itself.

    Examples
    --------
    >>> [one.name for one in base_measures(MEASURES["revenue_per_order"])]
    ['revenue', 'orders']
    """
    return tuple(MEASURES[name] for name in measure.parts) if measure.parts else (measure,)
