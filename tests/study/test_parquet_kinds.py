"""Parquet files of one table whose columns hold other kinds of values: one message, or what DuckDB makes of them."""

from datetime import date, datetime, time
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.study.parquet_kinds import kinds_apart
from helpers.study.study import load_study

COLUMNS = {
    "whole": pa.array([1], pa.int32()),
    "unsigned": pa.array([2**63], pa.uint64()),
    "real": pa.array([1.5]),
    "money": pa.array([Decimal("1.25")]),
    "text": pa.array(["7"]),
    "encoded": pa.array(["7"]).dictionary_encode(),
    "flag": pa.array([True]),
    "day": pa.array([date(2024, 1, 1)]),
    "clock": pa.array([datetime(2024, 1, 1, 5)], pa.timestamp("us")),
    "moment": pa.array([datetime(2024, 1, 1, 5)], pa.timestamp("us", "UTC")),
    "time of day": pa.array([time(5)]),
    "empty": pa.array([None], pa.null()),
    "bytes": pa.array([b"x"]),
    "list": pa.array([[1]]),
    "list of texts": pa.array([["x"]]),
    "list of days": pa.array([[date(2024, 1, 1)]]),
    "list of nothing": pa.array([[]]),
    "record": pa.array([{"a": 1}]),
    "record of text": pa.array([{"a": "x"}]),
    "record of a day": pa.array([{"a": date(2024, 1, 1)}]),
    "other record": pa.array([{"b": [1]}]),
}


@pytest.mark.parametrize(("one", "other"), [*combinations(COLUMNS, 2)])
def test_files_are_refused_where_duckdb_would_fail_amid_its_rows(one: str, other: str, tmp_path: Path) -> None:
    paths = [tmp_path / "one.parquet", tmp_path / "other.parquet"]
    for path, name in zip(paths, (one, other), strict=True):
        pq.write_table(pa.table({"a": COLUMNS[name]}), path)
    faults = kinds_apart([pq.read_schema(path) for path in paths], [path.name for path in paths])
    try:
        with duckdb.connect() as connection:
            connection.read_parquet([str(path) for path in paths], union_by_name=True).to_arrow_table()
    except duckdb.Error:
        assert [fault.where for fault in faults] == ["other.parquet"]
    else:
        assert faults == []


@pytest.mark.parametrize(
    ("files", "odd"),
    [(("whole", "flag", "day"), ["2"]), (("text", "whole", "bytes"), ["1", "2"]), (("whole", "text", "bytes"), ["2"])],
)
def test_files_that_agree_with_the_first_are_not_called_wrong_for_another(
    files: tuple[str, ...], odd: list[str]
) -> None:
    schemas = [pa.schema({"a": COLUMNS[name].type}) for name in files]
    assert [fault.where for fault in kinds_apart(schemas, ["0", "1", "2"])] == odd


def test_maps_are_put_together_by_their_keys_and_values() -> None:
    def said(*types: pa.DataType) -> list[str]:
        return [fault.what for fault in kinds_apart([pa.schema({"a": one}) for one in types], ["one", "other"])]

    amounts = pa.map_(pa.string(), pa.float64())
    assert said(amounts, pa.map_(pa.string(), pa.int32())) == []
    assert said(amounts, pa.map_(pa.string(), pa.date32())) == [
        "column 'a[value]' holds dates or times, but numbers in one"
    ]
    assert said(amounts, pa.list_(pa.int8())) == ["column 'a' holds lists, but maps in one"]


def test_every_file_and_column_of_another_kind_is_named_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    lines = shop(20)
    for month, note in (("01", 1.5), ("02", date(2024, 1, 1)), ("03", None), ("04", [1])):
        table = pa.Table.from_pandas(lines, preserve_index=False).append_column("note", [[note] * len(lines)])
        if month == "02":
            table = table.set_column(2, "time", pa.array(range(len(lines))))
        pq.write_table(table, folder / f"orders-{month}.parquet")
    study = make_study(folder, {"transactions": lines}, sources={"transactions": {"source": "orders-*.parquet"}})
    with pytest.raises(InputError) as raised:
        raise InputError(load_study(study).check())
    assert [(fault.where.rpartition(", ")[2], fault.what) for fault in raised.value.faults] == [
        (
            "orders-02.parquet",
            "column 'time' holds numbers, but dates or times in orders-01.parquet; "
            "column 'note' holds dates or times, but numbers in orders-01.parquet",
        ),
        ("orders-04.parquet", "column 'note' holds lists, but numbers in orders-01.parquet"),
    ]
