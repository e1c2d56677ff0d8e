"""Tables kept for a session: worked out once, never older than their source, dropped when nothing uses them."""

import gc
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from helpers.core import session_tables
from helpers.core.kept_results import keep_results_with
from helpers.core.returns import purchase_lines
from helpers.core.session_tables import TABLES_AT_MOST, once_per_session, stored_by_customer
from helpers.identification import summarise_customers

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
AS_OF = date(2025, 1, 1)
CALLS: list[ir.Table] = []


def doubled(lines: ir.Table) -> ir.Table:
    """Derive something, and note that it was asked for."""
    CALLS.append(lines)
    return lines.mutate(amount=lines["amount"] * 2)


@pytest.fixture
def connection() -> Iterator[ibis.BaseBackend]:
    CALLS.clear()
    connection = ibis.duckdb.connect()
    put(connection, 70.0)
    yield connection
    connection.disconnect()


def put(connection: ibis.BaseBackend, returned: float, *, orders: tuple[str, ...] = ("1", "2", "C2")) -> None:
    lines = {
        "customer_id": ["x", "y", "y"],
        "order_id": list(orders),
        "time": [datetime(2024, 5, day) for day in (1, 2, 3)],
        "amount": [5.0, 70.0, -returned],
    }
    connection.con.register("arrived", pa.table(lines))
    connection.con.execute("create or replace table lines as select * from arrived")


def kept(connection: ibis.BaseBackend) -> list[str]:
    found = connection.con.execute(
        "select table_name from duckdb_tables() where starts_with(table_name, 'ibis_session')"
    )
    return [name for (name,) in found.fetchall()]


def test_a_question_asked_twice_is_worked_out_once(connection: ibis.BaseBackend) -> None:
    first, second = (once_per_session(doubled, connection.table("lines")) for _ in range(2))
    assert len(kept(connection)) == 1
    assert first.equals(second)
    assert sorted(first.to_pandas()["amount"]) == [-140.0, 10.0, 140.0]


def test_a_source_that_changed_is_worked_out_anew(connection: ibis.BaseBackend) -> None:
    before = summarise_customers(connection.table("lines"), AS_OF)
    assert before.to_pandas()["customer_id"].tolist() == ["x"]
    put(connection, 20.0)
    after = summarise_customers(connection.table("lines"), AS_OF).to_pandas()
    assert after["revenue"].tolist() == [5.0, 50.0]


def test_values_that_changed_places_are_another_source(connection: ibis.BaseBackend) -> None:
    once_per_session(doubled, connection.table("lines"))
    put(connection, 70.0, orders=("2", "1", "C2"))
    found = once_per_session(doubled, connection.table("lines")).to_pandas()
    assert found.set_index("order_id")["amount"].to_dict() == {"2": 10.0, "1": 140.0, "C2": -140.0}


def test_two_connections_to_memory_share_nothing(connection: ibis.BaseBackend) -> None:
    """Ibis takes them for equal, and their tables of one name too."""
    once_per_session(doubled, connection.table("lines"))
    other = ibis.duckdb.connect()
    put(other, 70.0)
    assert len(once_per_session(doubled, other.table("lines")).to_pandas()) == 3
    assert len(kept(connection)) == len(kept(other)) == 1
    other.disconnect()


def test_what_is_asked_of_lines_is_written_once_for_all_lines_of_their_columns(connection: ibis.BaseBackend) -> None:
    session_tables._question.cache_clear()
    lines = connection.table("lines")
    sources = [lines, lines.filter(lines["amount"] > 0), ibis.memtable(lines.limit(0).to_pyarrow())]
    rows = [once_per_session(doubled, source).count().to_pyarrow().as_py() for source in sources]
    assert rows == [3, 2, 0]
    assert len(CALLS) == 1
    once_per_session(doubled, lines.mutate(note=ibis.literal("x")))
    assert len(CALLS) == 2


def failing(lines: ir.Table) -> ir.Table:
    return lines.mutate(amount=lines["customer_id"].cast("int64"))


def test_of_work_that_fails_nothing_stays_behind(connection: ibis.BaseBackend) -> None:
    lines = connection.table("lines")
    with suppress(duckdb.ConversionException):
        once_per_session(failing, lines)
    gc.collect()
    once_per_session(doubled, lines)
    assert len(kept(connection)) == 1


def without_change(lines: ir.Table) -> ir.Table:
    return lines


def test_derived_columns_keep_their_types_and_names_between_chapters(connection: ibis.BaseBackend) -> None:
    texts: dict[str, str] = {}

    class Texts:
        read, write = staticmethod(texts.get), staticmethod(texts.__setitem__)

    connection.con.execute("""
        create table odd as select 1::utinyint as "with ""quotes", 2.5::decimal(18, 4) as money, true as flag,
        timestamptz '2024-05-01 12:00+02' as "WITH a zone", time '12:00' as clock, 'x'::blob as bytes,
        [1, 2] as list, {'a': 1} as record, map {'a': 1} as named, uuid() as id, '{}'::json as note""")
    odd = connection.table("odd")
    keep_results_with(Texts)
    try:
        for _ in range(2):
            session_tables._question.cache_clear()
            found = once_per_session(without_change, odd.mutate(beside=ibis.literal(_)))
            assert found.schema() == odd.mutate(beside=ibis.literal(_)).schema()
            assert found.drop("beside").to_pyarrow().equals(odd.to_pyarrow())
    finally:
        keep_results_with(None)
    assert len(texts) == 1


@pytest.mark.parametrize("name", ["point of sale", "a, b: int64>", 'a"b', "a:b"])
def test_a_record_whose_fields_have_any_name_is_derived_as_it_is(connection: ibis.BaseBackend, name: str) -> None:
    connection.con.register("odd", pa.table({"amount": [1.5], "record": [{name: 1}]}))
    found = once_per_session(doubled, connection.table("odd"))
    assert found.to_pyarrow().to_pylist() == [{"amount": 3.0, "record": {name: 1}}]
    assert len(kept(connection)) == 1


def test_what_nothing_uses_is_dropped_and_what_is_used_stays(connection: ibis.BaseBackend) -> None:
    lines = connection.table("lines")
    used = once_per_session(doubled, lines).filter(ibis._["amount"] > 0)
    for amount in range(6):
        once_per_session(doubled, lines.filter(lines["amount"] < amount))
    gc.collect()
    CALLS.clear()
    once_per_session(doubled, lines.filter(lines["amount"] < 99))
    assert len(kept(connection)) == TABLES_AT_MOST + 1
    assert sorted(used.to_pandas()["amount"]) == [10.0, 140.0]


def test_a_table_too_large_is_not_kept(connection: ibis.BaseBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_tables, "LINES_AT_MOST", 2)
    assert purchase_lines(connection.table("lines"), AS_OF).to_pandas()["order_id"].tolist() == ["1"]
    assert kept(connection) == []


def test_a_column_without_a_type_is_no_obstacle(connection: ibis.BaseBackend) -> None:
    lines = connection.table("lines").mutate(note=ibis.null())
    assert purchase_lines(lines, AS_OF).to_pandas()["order_id"].tolist() == ["1"]


def test_a_file_opened_for_reading_only_stays_as_it_is(tmp_path: Path) -> None:
    path = str(tmp_path / "shop.duckdb")
    written = ibis.duckdb.connect(path)
    put(written, 70.0)
    written.disconnect()
    shop = ibis.duckdb.connect(path, read_only=True)
    assert purchase_lines(shop.table("lines"), AS_OF).to_pandas()["order_id"].tolist() == ["1"]
    shop.disconnect()


def test_another_database_works_the_expression_out_itself() -> None:
    columns = {"customer_id": "string", "time": "timestamp", "amount": "float64"}
    lines = ibis.table(columns, name="lines")
    assert once_per_session(doubled, lines).equals(doubled(lines))


def test_a_table_is_stored_once_and_one_of_an_untyped_column_is_not():
    table = ibis.memtable({"customer_id": [1, 1, 2], "amount": [1.0, 2.0, 3.0]})
    stored = session_tables.stored_in_session(table.group_by("customer_id").agg(amount=table.amount.sum()))
    assert "DatabaseTable" in type(stored.op()).__name__
    assert sorted(stored.to_pyarrow()["amount"].to_pylist()) == [3.0, 3.0]
    untyped = table.mutate(nothing=ibis.null())
    assert session_tables.stored_in_session(untyped) is untyped


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_some_customers_at_a_time_give_what_all_at_once_give(connection, monkeypatch, at_once: int) -> None:
    monkeypatch.setattr(session_tables, "LINES_AT_ONCE", at_once)
    lines = connection.table("lines")
    found = stored_by_customer(lines, doubled)
    assert len(CALLS) == -(-3 // at_once)
    of_part = [set(part["customer_id"].to_pyarrow().to_pylist()) for part in CALLS]
    assert sorted(one for part in of_part for one in part) == ["x", "y"]
    rows = sorted(found.to_pyarrow().to_pylist(), key=lambda row: row["order_id"])
    assert rows == doubled(lines).order_by("order_id").to_pyarrow().to_pylist()
