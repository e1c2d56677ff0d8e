"""Expressions of `helpers.core.any_engine` mean the same on DuckDB and SQLite, or are written so that engines agree."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.operations as ops
import pandas as pd
import pyarrow as pa
import pytest
from ibis.backends.sql.compilers import postgres

from helpers.core.any_engine import (
    each_once,
    engine_of,
    first_of_each,
    interval_of,
    is_infinite,
    is_no_number,
    mean_of,
    median_of,
    moved_by_days,
    number_of,
    quantile_of,
    ratio_of,
    rows_beside,
    weekday_of,
)
from helpers.core.lines import exact_sum

SOURCE = Path(__file__).parents[2] / "src" / "helpers"
ROWS = {
    "customer": ["a", "a", "a", "b", "b", "c"],
    "whole": [1, 2, 4, 3, 4, None],
    "amount": [0.00004, 0.00004, 2.50006, 1.5, None, 4.0],
    "flag": [True, False, None, True, True, None],
}
TIMES = [datetime(2024, 2, 28, 9), datetime(2024, 3, 31), None, datetime(2024, 5, 6, 18), datetime(2024, 1, 1), None]


@pytest.fixture(params=["duckdb", "sqlite"])
def table(request: pytest.FixtureRequest) -> Any:
    """The rows on an engine, times as its own functions write them."""
    connection = {"duckdb": ibis.duckdb.connect, "sqlite": ibis.sqlite.connect}[request.param]()
    kinds = {"customer": "string", "whole": "int64", "amount": "float64", "flag": "boolean", "time": "timestamp"}
    made = connection.create_table("rows_here", schema=ibis.schema(kinds))
    rows = list(zip(*ROWS.values(), [time and time.isoformat(sep=" ") for time in TIMES], strict=True))
    raw = connection.con
    raw.executemany("INSERT INTO rows_here VALUES (?, ?, ?, ?, ?)", rows)
    return made


def by_customer(table: Any, **measures: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        table.group_by("customer").agg(**measures).order_by("customer").to_pyarrow().to_pylist()
    )
    return found


def test_medians_and_quantiles_lie_between_the_middle_values(table: Any) -> None:
    measures = {"middle": median_of(table["whole"]), "upper": quantile_of(table["whole"], 0.75)}
    some = {"flagged": median_of(table["whole"], where=table["flag"])}
    assert by_customer(table, **measures, **some) == [
        {"customer": "a", "middle": 2.0, "upper": 3.0, "flagged": 1.0},
        {"customer": "b", "middle": 3.5, "upper": 3.75, "flagged": 3.5},
        {"customer": "c", "middle": None, "upper": None, "flagged": None},
    ]


def test_quantiles_of_some_rows_have_a_plain_share_on_spark() -> None:
    # Ibis makes of a condition one of every argument, and Spark takes no share that depends on the row.
    rows = ibis.table({"whole": "int64", "flag": "boolean"}, name="rows_here")
    (asked,) = quantile_of(rows["whole"], 0.75, where=rows["flag"]).op().find(ops.Quantile)
    assert asked.where is None


def test_means_of_whole_numbers_are_floats(table: Any) -> None:
    assert [row["mean"] for row in by_customer(table, mean=mean_of(table["whole"]))] == [7 / 3, 3.5, None]


def test_quotients_of_whole_numbers_keep_what_is_after_the_point(table: Any) -> None:
    beside = table.mutate(half=ratio_of(table["whole"], 2)).order_by("time", "whole", "half").to_pyarrow()
    halves = dict(zip(beside["whole"].to_pylist(), beside["half"].to_pylist(), strict=True))
    assert halves == {1: 0.5, 2: 1.0, 3: 1.5, 4: 2.0, None: None}


def test_quotients_are_cast_for_postgres_also_beside_their_own_column() -> None:
    rows = ibis.table({"whole": "int64"}, name="rows_here")

    def written(expression: Any) -> str:
        """Return the query as a connection sends it: `ibis.to_sql` would read and write it once more."""
        return str(postgres.compiler.to_sqlglot(expression).sql(dialect="postgres", copy=False))

    assert "CAST" in written(rows.mutate(half=ratio_of(rows["whole"], 2)))
    assert "CAST" not in written(rows.mutate(half=rows["whole"] / 2)), "Ibis casts by itself: ratio_of may go"


def test_flags_become_numbers_and_missing_ones_stay_missing(table: Any) -> None:
    found = by_customer(table, flags=number_of(table["flag"]).sum(), known=number_of(table["flag"]).count())
    assert [(row["flags"], row["known"]) for row in found] == [(1, 2), (2, 2), (None, 0)]


def test_sums_of_money_are_of_amounts_with_four_decimals(table: Any) -> None:
    """Two amounts of four hundred-thousandths are nothing, on an engine with decimals and on one without."""
    assert [row["sum"] for row in by_customer(table, sum=exact_sum(table["amount"]))] == [2.5001, 1.5, 4.0]


def test_no_number_is_false_where_the_engine_has_none(table: Any) -> None:
    assert table.filter(is_no_number(table["amount"])).count().to_pyarrow().as_py() == 0


def test_a_number_without_bound_is_found(table: Any) -> None:
    rows = table.mutate(large=table["amount"] * 1e308 * 1e308)
    assert rows.filter(is_infinite(rows["large"])).count().to_pyarrow().as_py() == 5


def test_times_are_moved_by_whole_days(table: Any) -> None:
    moved = table.drop_null("time").order_by("time").mutate(moved=moved_by_days(table["time"], -60))
    found = moved.filter(moved["moved"] >= ibis.timestamp("2024-01-31")).order_by("moved").to_pyarrow()["moved"]
    assert found.to_pylist() == [datetime(2024, 1, 31), datetime(2024, 3, 7, 18)]


def test_rows_of_this_process_hold_times_that_compare_with_the_engines(table: Any) -> None:
    """A purchase at 18:00 is not before a contact at 9:00 of the same day, and a contact without a time is none."""
    contacts = pd.DataFrame({"customer": ["b", "a"], "start": pd.to_datetime(["2024-05-06 09:00", None])})
    both = table.inner_join(rows_beside(contacts, table), "customer")
    assert both.filter(both["time"] < both["start"]).to_pyarrow()["time"].to_pylist() == [datetime(2024, 1, 1)]
    assert both["start"].count().to_pyarrow().as_py() == 2
    assert both.filter(both["time"] == ibis.timestamp("2024-05-06 18:00:00")).count().to_pyarrow().as_py() == 1


def test_the_first_of_each_is_the_first_in_the_order(table: Any) -> None:
    found = first_of_each(table.select("customer", "whole"), ["customer"], [table["whole"].desc()])
    assert found.order_by("customer").to_pyarrow()["whole"].to_pylist() == [4, 4, None]


@pytest.mark.parametrize("dialect", ["postgres", "duckdb", "sqlite"])
def test_ordered_rows_are_told_apart_by_the_columns_kept_alone(dialect: str) -> None:
    """Ibis makes two rows of customer a for PostgreSQL of `distinct()`, see findings/ibis_distinct_rows….sh."""
    lines = ibis.table({"customer": "string", "day": "int64"}, name="lines")
    asked = each_once(lines.filter(lines["day"] < 9).select("customer")).order_by("customer")
    connection = ibis.duckdb.connect()
    connection.raw_sql("CREATE TABLE lines AS SELECT * FROM (VALUES ('a', 1), ('a', 2), ('b', 3)) t(customer, day)")
    assert connection.raw_sql(ibis.to_sql(asked, dialect=dialect)).fetchall() == [("a",), ("b",)]


def test_nothing_puts_distinct_rows_of_an_engine_in_order() -> None:
    chained = re.compile(
        r"\.distinct\(\)\s*\.order_by\(|distinct\(on=|\.isnan\(\)|\.median\(\)\.over|nunique\(\)\.over"
    )
    allowed = {"core/any_engine.py"}
    found = [
        str(file.relative_to(SOURCE))
        for room in ("core", "identification", "differentiation", "value", "interaction", "evaluation", "study")
        for file in (SOURCE / room).rglob("*.py")
        if chained.search(file.read_text(encoding="utf-8")) and file.relative_to(SOURCE).as_posix() not in allowed
    ]
    assert found == []


def test_a_span_of_time_is_added_without_a_literal_that_the_compiled_sqlglot_refuses(table: Any) -> None:
    """DuckDB writes `ibis.interval` by a unit that is a plain text, which the compiled SQLGlot refuses."""
    literal = re.compile(r"ibis\.interval\(")
    assert [file.name for file in SOURCE.rglob("*.py") if literal.search(file.read_text(encoding="utf-8"))] == []
    if engine_of(table) == "duckdb":
        moved = table.select(later=table["time"] + interval_of(-90, "m"), same=moved_by_days(table["time"], 0))
        spans = moved.op().find(lambda node: isinstance(node, ops.Literal) and node.dtype.is_interval())
        assert not spans
        first = moved.filter(moved["same"] == datetime(2024, 2, 28, 9)).to_pyarrow().to_pylist()
        assert first == [{"later": datetime(2024, 2, 28, 7, 30), "same": datetime(2024, 2, 28, 9)}]


def test_weekdays_are_numbered_from_monday_and_asked_of_nothing_that_the_compiled_sqlglot_refuses(table: Any) -> None:
    days = table.drop_null(["time"]).select(day=weekday_of(table["time"]), time=table["time"])
    found = days.order_by("time").to_pyarrow()["day"].to_pylist()
    assert found == [time.weekday() for time in sorted(time for time in TIMES if time)]
    written = [file.name for file in SOURCE.rglob("*.py") if ".day_of_week.index()" in file.read_text(encoding="utf-8")]
    assert written == ["any_engine.py"]


def test_an_expression_without_an_engine_has_none() -> None:
    assert engine_of(ibis.table({"a": "int64"}, name="t")["a"]) == ""
    assert engine_of(ibis.memtable(pa.table({"a": [1]}))["a"]) == ""
