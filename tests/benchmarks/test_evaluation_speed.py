"""Chapters 50, 54, 56 and 57 against DuckDB's own scans of the same file.

The floor is one aggregation for each question that the chapters ask of the lines of Complete Journey: the same columns
of the same tables, the same groups and sums, in plain SQL and floating point, with what it gives brought to pandas. The
questions are asked through the package, with returns looked for and money added exactly. Both are timed by turns in one
process; the ratio is that of the sums of the shortest times.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import ibis
import pytest

from helpers import evaluation
from helpers.core.periods import customers_by_period, measure_coverage, periods_before
from helpers.evaluation import Question
from helpers.identification import measure_base
from helpers.study.study import load_study
from helpers.suite.planning.readiness import explored_tables

pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
ROUNDS, AT_MOST = 5, 2.0
BY_PERIOD = """
select customer_id, (month(time) - 1) // {months} as period, count(distinct order_id), sum(amount), sum(discount)
from lines group by all
"""
CELLS = "select {row}, {column}, {value} from lines {joined} group by {grouping}"
FLOORS = {
    "base": """select count(*), count(distinct order_id), count(distinct customer_id), min(time), max(time), sum(amount)
               from lines""",
    "coverage": "select distinct time::date from lines",
    "prior spend": """select customer_id, count(distinct order_id), sum(amount) from lines
                      where time < '2017-07-01' group by all""",
    "first contacts": """select customer_id, time::date as day, sum(amount), count(distinct order_id), min(time)
                         from lines group by all order by 1, 2""",
    "halves": BY_PERIOD.format(months=6),
    "known before": "select distinct customer_id from lines where time < '2017-07-01'",
    "cohorts": """
        with seen as (select distinct customer_id, date_trunc('month', time) as month from lines),
             first as (select *, min(month) over (partition by customer_id) as cohort from seen)
        select cohort, month, count(*) from first group by all""",
    "monthly revenue": "select date_trunc('month', time), sum(amount) from lines group by all",
    "breadth": """select customer_id, time < '2017-10-01', count(distinct category) from lines
                  join products using (product_id) where time >= '2017-07-01' group by all""",
    "revenue by quarter and weekday": CELLS.format(
        row="quarter(time)", column="isodow(time)", value="sum(amount)", joined="", grouping="all"
    ),
    "revenue by month": "select month(time), sum(amount) from lines where quarter(time) = 4 group by all",
    "customers by department": CELLS.format(
        row="department",
        column="quarter(time)",
        value="count(distinct customer_id)",
        joined="left join products using (product_id)",
        grouping="cube (department, quarter(time))",
    ),
    "revenue per order by category": CELLS.format(
        row="category",
        column="1",
        value="sum(amount), count(distinct order_id)",
        joined="left join products using (product_id)",
        grouping="rollup (category)",
    ),
}


def questions(study: Any) -> dict[str, Callable[[], Any]]:
    """Return what the chapters ask of the lines, by name."""
    lines, sent = study.table("transactions"), study.table("contacts")
    as_of, tables = study.as_of, explored_tables(study)
    began = measure_base(lines, as_of).first_time.date()
    halves, quarters = (periods_before(as_of, months=months, count=12 // months) for months in (6, 3))

    def cells(*asked: str, **more: str) -> Callable[[], Any]:
        return lambda: evaluation.cross_table(tables, Question(*asked, **more), as_of)

    return {
        "base": lambda: measure_base(lines, as_of),
        "coverage": lambda: measure_coverage(lines, as_of),
        "prior spend": lambda: evaluation.prior_spend(lines, sent, as_of, split=halves[1].start),
        "first contacts": lambda: evaluation.first_contacts(sent, lines, as_of, days=28, observed_from=began),
        "halves": lambda: customers_by_period(lines, halves),
        "known before": lambda: evaluation.customers_before(lines, halves[1].start),
        "cohorts": lambda: evaluation.cohort_retention(lines, as_of),
        "monthly revenue": lambda: evaluation.monthly_revenue(lines, as_of),
        "breadth": lambda: evaluation.breadth_indicator(lines, study.table("products"), (*quarters, quarters[-1])),
        "revenue by quarter and weekday": cells("revenue", "quarter", "weekday"),
        "revenue by month": cells("revenue", "month", period="2017-Q4"),
        "customers by department": cells("customers", "department", "quarter"),
        "revenue per order by category": cells("revenue_per_order", "category"),
    }


def seconds_of(question: Callable[[], Any]) -> float:
    begin = perf_counter()
    question()
    return perf_counter() - begin


def test_the_stage_takes_at_most_twice_the_scans_it_needs(benchmark: Any) -> None:
    study = load_study("complete_journey")
    connection = study.table("transactions").get_backend()
    for name, table in (("lines", study.table("transactions")), ("products", study.table("products"))):
        connection.con.execute(f"create temp view {name} as {ibis.to_sql(table, dialect='duckdb')}")
    asked = questions(study)
    assert list(asked) == list(FLOORS)
    floor: dict[str, list[float]] = {name: [] for name in asked}
    ours: dict[str, list[float]] = {name: [] for name in asked}

    def by_turns() -> None:
        for name, question in asked.items():
            floor[name].append(seconds_of(lambda: connection.con.execute(FLOORS[name]).df()))  # noqa: B023
            ours[name].append(seconds_of(question))

    benchmark.pedantic(by_turns, rounds=ROUNDS, warmup_rounds=1)
    shortest = {name: (min(ours[name]), min(floor[name])) for name in asked}
    ratio = sum(one for one, _ in shortest.values()) / sum(other for _, other in shortest.values())
    ratios = {name: one / other for name, (one, other) in shortest.items()}
    benchmark.extra_info.update(ratio=ratio, at_most=AT_MOST, **ratios)
    print({name: [round(one, 3) for one in both] for name, both in shortest.items()}, round(ratio, 2))
    assert ratio <= AT_MOST
