"""What the main questions cost on Spark: columns read, exchanges between workers, bytes that move and that come back.

A shop is drawn at two sizes, with as many lines, orders and days for each customer at either, and Spark's own counts of
its queries and stages are divided by the lines. `python -m tests.engines.plans` asks all questions on two threads and
writes the table of docs/engines.md; `test_plans.py` holds the table to the plans of today.
"""

import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tests.engines.differences import DOCUMENT, put_between

from helpers import differentiation, evaluation, identification, interaction, value
from helpers.core.returns import purchase_lines
from helpers.core.spark_session import spark_session

AS_OF = date(2026, 1, 1)
SIZES = (50_000, 200_000)
"""Lines of the shop at its two sizes."""
LARGE = 1_000_000_000
"""Lines of the estimate."""
CORES = 40
LINES_PER_ORDER, ORDERS_PER_CUSTOMER, PRODUCTS, GROUPS = 5, 4, 500, 20
RETURNED = 0.02
"""Share of the lines that come back, in the one shop that has returns."""
SETTINGS = {
    "spark.master": "local[2]",
    # On a cluster nothing that grows with customers fits every worker; here a small shop would.
    "spark.sql.autoBroadcastJoinThreshold": "16k",
    "spark.sql.adaptive.autoBroadcastJoinThreshold": "16k",
    # Spark remembers so much of its own queries and stages.
    "spark.ui.retainedStages": "100000",
    "spark.sql.ui.retainedExecutions": "100000",
}
BEGIN, END = "<!-- plans: begin -->", "<!-- plans: end -->"
HEAD = (
    "question",
    "queries",
    "columns",
    "exchanges",
    "broadcasts",
    "windows",
    *(f"moved, bytes a line at {size:,} lines" for size in SIZES),
    *(f"back, bytes a line at {size:,} lines" for size in SIZES),
    "core seconds per million lines",
    "1,000 m lines: GB moved",
    "GB back",
    f"minutes of {CORES} cores",
)


@dataclass(frozen=True)
class Shop:
    """Tables of a drawn shop on Spark; `returned` are the lines with returns among them."""

    lines: Any
    returned: Any
    products: Any
    contacts: Any


@dataclass(frozen=True)
class Cost:
    """What Spark counted for one question.

    Parameters
    ----------
    queries, exchanges, broadcasts, windows : int
        Queries, and such nodes of their plans as they were carried out.
    columns : int
        Columns read of all tables.
    moved, back : int
        Bytes written for other workers, and returned to this process.
    seconds : float
        Of processors, in all tasks.
    """

    queries: int
    exchanges: int
    broadcasts: int
    windows: int
    columns: int
    moved: int
    back: int
    seconds: float

    @property
    def plan(self) -> tuple[str, ...]:
        """Return what does not change with the size of the shop, as the table shows it."""
        return tuple(map(str, (self.queries, self.columns, self.exchanges, self.broadcasts, self.windows)))


def _groups(shop: Shop) -> Any:
    """Return what is sold of each group of products, customer by customer."""
    return interaction.gather_purchases(shop.lines, AS_OF, products=shop.products)


def _habits(shop: Shop) -> Any:
    return evaluation.account_habits(evaluation.order_table(shop.lines, AS_OF))


QUESTIONS: dict[str, Callable[[Shop], Any]] = {
    "customer summary: RFM, concentration": lambda s: identification.summarise_customers(s.lines, AS_OF).to_pyarrow(),
    "base figures": lambda s: identification.measure_base(s.lines, AS_OF),
    "purchase history: lifetime value": lambda s: value.purchase_history(s.lines, as_of=AS_OF).to_pyarrow(),
    "rhythm: alarms": lambda s: value.purchase_rhythm(s.lines, as_of=AS_OF).to_pyarrow(),
    "cohorts": lambda s: differentiation.follow_cohorts(s.lines, AS_OF),
    "life cycle: purchase days by period": lambda s: differentiation.count_purchases(s.lines, AS_OF),
    "contribution of the latest year": lambda s: value.latest_contribution(
        s.lines, AS_OF, value.CostAssumptions(None, 1.0), months=12
    ),
    "baskets of groups": lambda s: interaction.gather_baskets(s.lines, AS_OF, products=s.products),
    "purchases by customer and group": _groups,
    "cross-selling windows": lambda s: interaction.first_purchase_windows(
        s.lines, interaction.third_windows(s.lines, AS_OF), products=s.products, level="category"
    ),
    "evaluation: habits of accounts": _habits,
    "evaluation: retention of cohorts": lambda s: evaluation.cohort_retention(s.lines, AS_OF),
    "evaluation: orders after campaigns": lambda s: interaction.campaign_orders(s.lines, s.contacts, AS_OF),
    "returns set off, 2 % of lines": lambda s: purchase_lines(s.returned, AS_OF).count().to_pyarrow(),
}


def drawn_shop(engine: Any, folder: Path, lines: int) -> Shop:
    """Draw a shop of so many lines, and let Spark read it from Parquet files.

    Parameters
    ----------
    engine : SparkEngine
    folder : Path
        An empty one, which stays while the shop is used.
    lines : int
        Without those that take something back.
    """
    rng = np.random.default_rng(lines)
    bought = _lines(rng, lines)
    back = _returns(bought.filter(pa.array(rng.random(lines) < RETURNED)))
    product = np.arange(PRODUCTS)
    tables = {
        "lines": bought,
        "returned": pa.concat_tables([bought, back]),
        "products": pa.table({"product_id": product, "category": [f"group {n % GROUPS:02d}" for n in product]}),
        "contacts": _contacts(lines // (LINES_PER_ORDER * ORDERS_PER_CUSTOMER)),
    }
    found = {}
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
        # Read anew by every question, as tables too large to be held are.
        found[name] = engine.read_parquet(folder / f"{name}.parquet", table_name=f"{name}_{lines}")
    return Shop(**found)


def _lines(rng: np.random.Generator, lines: int) -> pa.Table:
    """Draw order lines: each order on a day and an hour of three years, by one customer."""
    orders = lines // LINES_PER_ORDER
    order = np.repeat(np.arange(orders), LINES_PER_ORDER)
    minute = rng.integers(0, 1095 * 24 * 60, orders)
    amount = rng.integers(100, 10_000, lines) / 100
    times = np.datetime64("2023-01-01", "us") + minute.astype("timedelta64[m]")
    return pa.table(
        {
            "customer_id": rng.integers(0, orders // ORDERS_PER_CUSTOMER, orders)[order],
            "order_id": order,
            "time": times[order],
            "product_id": rng.integers(0, PRODUCTS, lines),
            "quantity": rng.integers(1, 5, lines),
            "amount": amount,
            "cost": np.round(amount * 0.6, 2),
        }
    )


def _returns(bought: pa.Table) -> pa.Table:
    """Return the lines that take these back, a day later."""
    frame = bought.to_pandas()
    later = frame["time"] + np.timedelta64(1, "D")
    back = frame.assign(time=later, quantity=-frame["quantity"], amount=-frame["amount"], cost=-frame["cost"])
    return pa.Table.from_pandas(back, schema=bought.schema, preserve_index=False)


def _contacts(customers: int) -> pa.Table:
    """Return two campaigns to everybody, each of which left every other customer out."""
    who = np.tile(np.arange(customers), 2)
    times = np.repeat(np.array(["2025-03-01", "2025-09-01"], "datetime64[us]"), customers)
    texts = {name: np.full(len(who), name) for name in ("channel", "campaign_type")}
    names = np.repeat(["spring", "autumn"], customers)
    treated = (who + (names == "autumn")) % 2 == 0
    return pa.table({"customer_id": who, "campaign_id": names, "time": times, "treated": treated, **texts})


def cost_of(session: Any, ask: Callable[[], Any]) -> Cost:
    """Ask a question, and return what Spark itself counted meanwhile."""
    before = set(_executions(session)), set(_stages(session))
    ask()
    executions, stages = _executions(session), _stages(session)
    asked = [one for key, one in executions.items() if key not in before[0]]
    ran = [one for key, one in stages.items() if key not in before[1]]
    graph = session._jsparkSession.sharedState().statusStore()
    nodes = [node for one in asked for node in _each(graph.planGraph(one.executionId()).allNodes())]
    names = [str(node.name()) for node in nodes]
    read = {column for node in nodes if str(node.name()).startswith("Scan") for column in _columns(str(node.desc()))}
    return Cost(
        len(asked),
        names.count("Exchange"),
        names.count("BroadcastExchange"),
        names.count("Window"),
        len(read),
        sum(int(one.shuffleWriteBytes()) for one in ran),
        sum(int(one.resultSize()) for one in ran),
        sum(int(one.executorCpuTime()) for one in ran) / 1e9,
    )


def _executions(session: Any) -> dict[int, Any]:
    session._jsc.sc().listenerBus().waitUntilEmpty()
    found = session._jsparkSession.sharedState().statusStore().executionsList()
    return {int(one.executionId()): one for one in _each(found)}


def _stages(session: Any) -> dict[tuple[int, int], Any]:
    gateway = session.sparkContext._gateway
    no_shares = gateway.new_array(gateway.jvm.double, 0)
    nothing = gateway.jvm.java.util.ArrayList()
    found = session._jsc.sc().statusStore().stageList(nothing, False, False, no_shares, nothing)
    return {(int(one.stageId()), int(one.attemptId())): one for one in _each(found)}


def _each(sequence: Any) -> Iterator[Any]:
    return (sequence.apply(place) for place in range(sequence.size()))


def _columns(scan: str) -> set[str]:
    found = re.search(r"ReadSchema: struct<(.*)>", scan)
    return set(re.findall(r"(\w+):", found[1])) if found else set()


def as_markdown(costs: tuple[dict[str, Cost], dict[str, Cost]]) -> str:
    """Return the table of the document: what was counted at both sizes, and for how much it stands at a large one."""
    rows = [[*HEAD], ["---"] * len(HEAD)]
    for name, small in costs[0].items():
        both = small, costs[1][name]
        moved, back = _growth(both, "moved"), _growth(both, "back")
        seconds = both[1].seconds / SIZES[1]  # with what a query costs at any size: an upper bound
        rows.append(
            [
                name,
                *both[0].plan,
                *(f"{one.moved / size:.1f}" for one, size in zip(both, SIZES, strict=True)),
                *(f"{one.back / size:.1f}" for one, size in zip(both, SIZES, strict=True)),
                f"{seconds * 1e6:.1f}",
                f"{moved * LARGE / 1e9:.0f}",
                f"{back * LARGE / 1e9:.1f}",
                f"{seconds * LARGE / CORES / 60:.1f}",
            ]
        )
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _growth(both: tuple[Cost, Cost], part: str) -> float:
    """Return how much one more line adds, without what a query costs at any size."""
    small, large = (float(getattr(one, part)) for one in both)
    return max(large - small, 0.0) / (SIZES[1] - SIZES[0])


def documented() -> dict[str, list[str]]:
    """Return what the document says of each question."""
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip().splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in rows]
    return {first: others for first, *others in cells}


def main() -> None:
    """Measure at both sizes, one question after the other, and write the table."""
    session = spark_session(SETTINGS)
    from helpers.core.spark_engine import engine_of

    costs = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            shop = drawn_shop(engine_of(session), Path(folder), size)
            costs.append({name: cost_of(session, partial(ask, shop)) for name, ask in QUESTIONS.items()})
    put_between(DOCUMENT, BEGIN, END, as_markdown((costs[0], costs[1])))


if __name__ == "__main__":
    main()
