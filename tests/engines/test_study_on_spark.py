"""A study answered by Spark: Parquet is read by Spark itself, other files go there, and every value stays as it is."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from tests.cases import make_study, shop
from tests.conftest import STUDY, notebook, write_notebook
from tests.no_rights import run_without_rights
from tests.study.test_typed_columns import TEXTS, TYPED, WHOLE, changed, sound, write

from helpers.cli import main
from helpers.core.any_engine import median_of, quantile_of
from helpers.core.errors import EngineError, InputError
from helpers.study.engines import Engine, EngineAddress
from helpers.study.study import Study, load_study

ROWS = pa.table(
    {
        "whole": pa.array([1, None, 2**60 + 1], pa.int64()),
        "text": pa.array(["a", None, ""]),
        "real": pa.array([0.1, None, 1e300]),
        "clock": pa.array(
            [datetime(2024, 1, 1, 23, 59, 59, 999999), None, datetime(1969, 12, 31, 1)], pa.timestamp("us")
        ),
        "moment": pa.array([datetime(2024, 7, 1, 12, tzinfo=UTC), None, None], pa.timestamp("us", "UTC")),
        "day": pa.array([date(2024, 2, 29), None, date(1900, 1, 1)]),
        "flag": pa.array([True, None, False]),
        "money": pa.array([Decimal("1.2345"), None, Decimal("-0.0001")], pa.decimal128(18, 4)),
    }
)

COUNT = """lines = book.study.table("transactions").count().execute()
book.result("orders", 3, unit="orders", about="orders received")"""


@pytest.fixture(scope="module")
def engine(spark_session: Any) -> Any:
    from helpers.core.spark_engine import engine_of

    return engine_of(spark_session)


def test_values_pass_into_spark_and_back_as_they_are(engine: Any) -> None:
    table = engine.create_table("passed", ROWS, temp=True)
    assert table.to_pyarrow().to_pylist() == ROWS.to_pylist()
    assert table.schema()["moment"].timezone == "UTC"
    assert table.schema()["clock"].timezone is None


def test_a_missing_value_of_a_table_in_memory_is_missing_in_spark(engine: Any) -> None:
    frame = ROWS.select(["whole", "text"]).to_pandas(integer_object_nulls=True)
    joined = engine.create_table("passed", ROWS, temp=True).join(ibis.memtable(frame[["text"]]), "text")
    assert sorted(joined.text.to_pyarrow().to_pylist()) == ["", "a"]


def test_nanoseconds_of_parquet_come_to_microseconds(engine: Any, tmp_path: Path) -> None:
    times = pa.array([datetime(2024, 1, 1, 1, 2, 3, 4), None, datetime(1969, 12, 31, 23, 59, 59, 999999)])
    pq.write_table(pa.table({"t": times.cast(pa.timestamp("ns"))}), tmp_path / "t.parquet")
    table = engine.read_files([tmp_path / "t.parquet"], table_name="nanoseconds")
    assert table.t.to_pyarrow().to_pylist() == times.to_pylist()


def test_times_of_96_bits_are_clock_times(engine: Any, tmp_path: Path) -> None:
    """As Spark itself wrote them for years, and pandas for Spark: the lines of the Complete Journey are such a file."""
    times = pa.array([datetime(2024, 1, 1, 1, 2, 3, 4), None, datetime(1969, 12, 31, 23, 59, 59, 999999)])
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a b": times}), path, use_deprecated_int96_timestamps=True)
    table = engine.read_files([path], table_name="of_96_bits")
    assert table["a b"].to_pyarrow().to_pylist() == times.to_pylist()
    assert table.schema()["a b"].timezone is None


def test_files_that_store_one_column_in_several_ways_are_one_table(engine: Any, tmp_path: Path) -> None:
    day = pa.array([datetime(2024, 1, 1, 12)], pa.timestamp("us"))
    paths = [tmp_path / f"{number}.parquet" for number in range(4)]
    pq.write_table(pa.table({"n": pa.array([1], pa.int32()), "t": day}), paths[0], use_deprecated_int96_timestamps=True)
    pq.write_table(pa.table({"n": pa.array([2], pa.int64()), "t": day.cast(pa.timestamp("ns"))}), paths[1])
    pq.write_table(pa.table({"t": day, "n": pa.array([3.5])}), paths[2])
    pq.write_table(pa.table({"n": pa.array([4], pa.int32()), "t": day}), paths[3], use_deprecated_int96_timestamps=True)
    found = engine.read_files(paths, table_name="in_several_ways").order_by("n").to_pyarrow().to_pydict()
    assert found == {"n": [1.0, 2.0, 3.5, 4.0], "t": [datetime(2024, 1, 1, 12)] * 4}


IN_SEVERAL_WAYS = {
    "whole numbers and texts": [pa.array([7], pa.int32()), pa.array(["7"]), pa.array([8])],
    "numbers and texts": [pa.array([1.5]), pa.array(["x"]), pa.array([Decimal("1.25")])],
    "true and texts": [pa.array([True]), pa.array(["yes"])],
    "days, times, moments and texts": [
        pa.array([date(2024, 1, 1)]),
        pa.array([datetime(2024, 1, 1, 5)], pa.timestamp("us")),
        pa.array([datetime(2024, 1, 1, 6)], pa.timestamp("us", "UTC")),
        pa.array(["1.1.2024"]),
    ],
    "true and numbers": [pa.array([True]), pa.array([2]), pa.array([0.5])],
    "nothing and texts": [pa.array([None], pa.null()), pa.array(["7"])],
    "nothing and true": [pa.array([True]), pa.array([None], pa.null())],
    "nothing and days": [pa.array([None], pa.null()), pa.array([date(2024, 1, 1)])],
    "days, times and nothing": [
        pa.array([date(2024, 1, 1)]),
        pa.array([None], pa.null()),
        pa.array([datetime(2024, 1, 1, 5)], pa.timestamp("us")),
    ],
    "texts, bytes and nothing": [pa.array(["7"]), pa.array([b"x"]), pa.array([None], pa.null())],
    "nothing, whole numbers and texts": [pa.array([None], pa.null()), pa.array([1]), pa.array(["7"])],
}


@pytest.mark.parametrize("way", IN_SEVERAL_WAYS)
def test_columns_of_other_kinds_in_another_file_are_what_duckdb_makes_of_them(
    engine: Any, tmp_path: Path, way: str
) -> None:
    """Spark itself makes numbers of numbers and texts, and whole numbers of what is empty."""
    paths = [tmp_path / f"{number}.parquet" for number in range(len(IN_SEVERAL_WAYS[way]))]
    for number, (path, column) in enumerate(zip(paths, IN_SEVERAL_WAYS[way], strict=True)):
        pq.write_table(pa.table({"a`b": column, "n": [number]}), path)
    here = ibis.duckdb.connect().read_parquet([str(path) for path in paths], union_by_name=True)
    for given in (paths, paths[::-1]):
        there = engine.read_files(given, table_name="of_other_kinds")
        found, expected = (table.order_by("n").to_pyarrow()["a`b"].to_pylist() for table in (there, here))
        assert found == expected
        assert list(map(type, found)) == list(map(type, expected))


def test_a_file_that_was_written_anew_is_read_anew(engine: Any, tmp_path: Path) -> None:
    """Spark knows what it holds of files by their names alone."""
    for number in (1, 2):
        pq.write_table(pa.table({"n": [number]}), tmp_path / "n.parquet")
        assert engine.read_files([tmp_path / "n.parquet"], table_name="anew").n.to_pyarrow().to_pylist() == [number]


@pytest.mark.parametrize("name", ["n[1]", "n{1,2}", "in[1]/n", "n=7/n"])
def test_a_file_called_like_a_pattern_is_read_itself(name: str, engine: Any, tmp_path: Path) -> None:
    for folder in ("in1", "in[1]", "n=7"):
        (tmp_path / folder).mkdir()
    for other in ("n1", "n2", "in1/n"):
        pq.write_table(pa.table({"n": [0]}), tmp_path / f"{other}.parquet")
    for number in (1, 2):
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table({"n": [number]}), path)
        assert engine.read_files([path], table_name="pattern").n.to_pyarrow().to_pylist() == [number]


def test_quantiles_of_some_rows_are_those_of_duckdb(engine: Any) -> None:
    """Ibis puts the condition around the share as well, and Spark takes only a share that is the same for all rows."""
    rows = pa.table({"n": [1, 2, 9, 4, None], "some": [True, True, None, True, True]})
    found = [
        table.agg(
            middle=median_of(table["n"], where=table["some"]), low=quantile_of(table["n"], 0.25, where=table["some"])
        )
        .to_pyarrow()
        .to_pylist()
        for table in (engine.create_table("some_rows", rows, temp=True), ibis.memtable(rows))
    ]
    assert found == [[{"middle": 2.0, "low": 1.5}]] * 2


def test_a_temporary_table_is_worked_out_once(engine: Any) -> None:
    source = engine.create_table("passed", ROWS, temp=True)
    drawn = engine.create_table("drawn", source.mutate(lot=ibis.random()), temp=True)
    assert drawn.lot.to_pyarrow().to_pylist() == drawn.lot.to_pyarrow().to_pylist()


def study_of(folder: Path, **spec: Any) -> Study:
    lines = shop(40)
    folder.mkdir()
    lines.to_parquet(folder / "lines.parquet", index=False)
    customers = lines[["customer_id"]].drop_duplicates().assign(town=lambda frame: frame["customer_id"].str[-1])
    entry = {"source": "lines.parquet"}
    town = {"columns": {"customer_id": "customer_id"}, "attributes": ["town"]}
    tables = {"transactions": lines, "customers": customers}
    return load_study(make_study(folder, tables, sources={"transactions": entry, "customers": town}, **spec))


def test_a_study_of_parquet_and_text_gives_what_duckdb_gives(spark_session: Any, tmp_path: Path) -> None:
    zone = {"stored": "UTC", "local": "America/New_York"}
    here, there = study_of(tmp_path / "a", timezone=zone), study_of(tmp_path / "b", timezone=zone, engine="spark")
    assert there.check() == here.check() == []
    assert there.table("transactions").get_backend().name == "pyspark"
    assert [str(one) for one in there.warnings()] == [str(one).replace("a/study", "b/study") for one in here.warnings()]
    assert there.engine == {"name": "Spark", "version": spark_session.version}
    for name in here.table_names:
        expected, found = (sorted(map(str, one.table(name).to_pyarrow().to_pylist())) for one in (here, there))
        assert found == expected
        assert there.facts(name) == here.facts(name)


@pytest.mark.parametrize("kind", [*WHOLE, *TEXTS])
def test_typed_files_are_read_by_their_values_as_here(spark_session: Any, tmp_path: Path, kind: str) -> None:
    """Whole numbers where Spark holds them, texts by DuckDB on their way there."""
    name, more = "customer_id", ""
    if kind in WHOLE:
        values = WHOLE[kind](TYPED[name].to_pylist())
    else:
        name, written, more = TEXTS[kind]
        values = pa.array([written(one) for one in TYPED[name].to_pylist()])
    here = sound(write(tmp_path / "here", TYPED))
    there = write(tmp_path / "there", changed(name, values), more, head="engine: spark\n")
    assert load_study(there).table("transactions").get_backend().name == "pyspark"
    assert sound(there) == here


def test_a_table_of_sparks_catalogue_is_used_where_it_is(spark_session: Any, tmp_path: Path) -> None:
    lines = shop(20)
    spark_session.createDataFrame(pa.Table.from_pandas(lines, preserve_index=False)).createOrReplaceTempView("sales")
    sources = {"transactions": {"source": "engine", "table": "sales"}}
    # Spark takes times of Arrow for moments.
    spec = {"engine": "spark", "timezone": {"stored": "UTC", "local": "UTC"}}
    study = load_study(make_study(tmp_path / "a", {"transactions": lines}, sources=sources, **spec))
    assert study.check() == []
    assert study.facts("transactions").rows_kept == len(lines)
    sources["transactions"]["table"] = "slaes"
    study = load_study(make_study(tmp_path / "b", {"transactions": lines}, sources=sources, **spec))
    with pytest.raises(InputError, match=r"unknown table 'slaes'(?s:.*)did you mean 'sales'"):
        raise InputError(study.check())


def test_attributes_that_are_no_numbers_do_not_keep_a_run_from_seeing_changes(
    spark_session: Any, tmp_path: Path
) -> None:
    """Spark makes no decimals of NaN, nor of numbers with more than 38 digits, when their sum is asked for."""
    lines = shop(20)
    odd = pa.Table.from_pandas(lines, preserve_index=False).append_column(
        "weight", [[math.nan, math.inf, 1e300, *range(3, len(lines))]]
    )
    pq.write_table(odd, tmp_path / "l.parquet", coerce_timestamps="us")
    view = spark_session.read.parquet(str(tmp_path / "l.parquet"))
    states = []
    for rows in (view, view.orderBy("order_id"), view.replace(3.0, 4.0, "weight")):
        rows.createOrReplaceTempView("weighed")
        entry = {"source": "engine", "table": "weighed", "attributes": ["weight"]}
        folder = tmp_path / str(len(states))
        study = load_study(make_study(folder, {"transactions": lines}, sources={"transactions": entry}, engine="spark"))
        states.append(str(study.state()))  # NaN equals nothing
    assert states[0] == states[1] != states[2]


def test_what_spark_refuses_is_one_message(engine: Any, capfd: pytest.CaptureFixture[str]) -> None:
    guarded = Engine(engine, EngineAddress("spark", "spark")).connection
    table = guarded.create_table("passed", ROWS, temp=True)
    with pytest.raises(EngineError, match="spark: the engine cannot answer a question; it says: "):
        table.text.cast("int64").sum().to_pyarrow()
    assert capfd.readouterr().err == ""  # PySpark writes Java's whole trace there


def test_a_file_that_is_spoilt_amid_its_rows_is_one_message(spark_session: Any, tmp_path: Path) -> None:
    """Its end is whole, so that only reading the rows finds it; py4j itself says 'while calling o161.getResult'."""
    study = study_of(tmp_path / "a", engine="spark")
    path = tmp_path / "a" / "lines.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes(2000) + whole[2100:])
    with pytest.raises(InputError, match=r"the engine cannot answer a question(?s:.*)lines\.parquet") as raised:
        raise InputError(study.check())
    assert "calling o" not in str(raised.value)
    assert str(tmp_path) not in str(raised.value)


ODD = ["parse_json('{}')", "INTERVAL '1' MONTH", "INTERVAL '1' DAY", "make_interval(1, 2)", "map('a', 1)", "array(1)"]


@pytest.mark.parametrize("kind", ODD)
def test_a_column_of_a_type_that_no_table_of_ours_holds(spark_session: Any, tmp_path: Path, kind: str) -> None:
    """It does no harm where nobody asks for it, and is named where somebody does."""
    lines = shop(20)
    pq.write_table(pa.Table.from_pandas(lines, preserve_index=False), tmp_path / "l.parquet", coerce_timestamps="us")
    spark_session.read.parquet(str(tmp_path / "l.parquet")).createOrReplaceTempView("plain_lines")
    spark_session.sql(f"SELECT *, {kind} AS odd FROM plain_lines").createOrReplaceTempView("odd_lines")  # noqa: S608
    columns = {str(name): str(name) for name in lines.columns}
    entry = {"source": "engine", "table": "odd_lines", "columns": columns}
    study = make_study(tmp_path / "a", {"transactions": lines}, sources={"transactions": entry}, engine="spark")
    assert load_study(study).check() == []
    entry["columns"] = columns | {"store_id": "odd"}
    study = make_study(tmp_path / "b", {"transactions": lines}, sources={"transactions": entry}, engine="spark")
    with pytest.raises(InputError, match=r"column 'odd' is .*, but 'store_id' must be a"):
        raise InputError(load_study(study).check())


@pytest.fixture
def on_spark(spark_session: Any, project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the small project of the tests with other cells, its lines a Parquet file or a table of Spark's catalogue."""
    corner = project / "data" / "corner_shop"
    lines = pd.read_csv(corner / "lines.csv", parse_dates=["when"], dtype={"who": str})
    lines.to_parquet(corner / "lines.parquet", index=False)
    spark_session.sql("DROP TABLE IF EXISTS slips")
    spark_session.read.parquet(str(corner / "lines.parquet")).write.saveAsTable("slips")
    study = corner / "study.yml"
    plain = (
        STUDY.replace("lines.csv", "lines.parquet") + "engine: {name: spark, settings: {spark.driver.memory: 512m}}\n"
    )
    study.write_text(plain, encoding="utf-8")

    def run(*cells: str, catalogue: bool = False) -> Result:
        if catalogue:
            study.write_text(
                plain.replace("source: lines.parquet", "source: engine\n    table: slips"), encoding="utf-8"
            )
        if cells:
            write_notebook(project, "10_orders", notebook("Orders", *cells, COUNT))
        return CliRunner().invoke(main, ["run", "corner_shop", "--jobs", "1"])

    return run


def is_refused(result: Result, words: str) -> bool:
    """Say whether a run ended with one message that holds these words."""
    assert result.exit_code == 2, result.output
    return result.output.count(words) == 1 and "Traceback" not in result.output and "py4j" not in result.output


@pytest.mark.parametrize("catalogue", [False, True])
@pytest.mark.parametrize("change", ["more rows", "other rows"])
def test_a_table_that_changes_while_spark_reads_it(on_spark: Any, project: Path, catalogue: bool, change: str) -> None:
    assert on_spark(catalogue=catalogue).exit_code == 0
    report = project / "reports" / "corner_shop" / "latest" / "report.html"
    before = report.read_bytes()
    how = "INTO" if change == "more rows" else "OVERWRITE"
    row = "('b', 'b', TIMESTAMP_NTZ'2024-01-02 00:00:00', 2.5)"
    session = "book.study._tables.engine.connection._session"
    statement = "_ = " + session + f'.sql("INSERT {how} slips VALUES {row}")'  # noqa: S608
    if not catalogue:
        path = project / "data" / "corner_shop" / "lines.parquet"
        rows = "pd.concat([rows, rows])" if change == "more rows" else "rows.iloc[::-1]"
        statement = f"import pandas as pd\nrows = pd.read_parquet({str(path)!r})\n{rows}.to_parquet({str(path)!r})"
    result = on_spark(statement, catalogue=catalogue)
    assert is_refused(result, "table transactions changed while the run read it"), result.output
    assert report.read_bytes() == before


def test_spark_that_is_gone_amid_a_run_ends_it_and_keeps_the_previous_report(on_spark: Any, project: Path) -> None:
    """In a process of its own, as a user has it: Java is that of the run, which ends with it."""
    assert on_spark().exit_code == 0
    report = project / "reports" / "corner_shop" / "latest" / "report.html"
    before = report.read_bytes()
    assert b"Spark 4" in before
    cells = [
        'lines = book.study.table("transactions")',
        "import os, signal\nfrom pyspark import SparkContext",
        "os.kill(SparkContext._jvm.java.lang.ProcessHandle.current().pid(), signal.SIGKILL)",
        "lines = lines.count().execute()",
        'book.result("orders", 3, unit="orders", about="orders received")',
    ]
    write_notebook(project, "10_orders", notebook("Orders", *cells))
    command = [sys.executable, "-m", "helpers.cli", "run", "corner_shop", "--jobs", "1"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert said.count("the connection to the engine is lost") == 1
    assert "Traceback" not in said
    assert "py4j" not in said
    assert report.read_bytes() == before


CLOSE = """import os
for path in filter(None, os.environ["CLOSE"].split(os.pathsep)):
    os.chmod(path, 0)"""
ON_CLOSED_FILES = """
import hashlib, json, os, sys
from pathlib import Path
from click.testing import CliRunner
from helpers.cli import main
from helpers.core.spark_session import spark_session

session = spark_session({"spark.driver.memory": "512m"})
study, lines, report = map(Path, sys.argv[1:4])
session.read.parquet(str(lines)).write.saveAsTable("slips")
table = Path(session.conf.get("spark.sql.warehouse.dir").removeprefix("file:"), "slips")

def run(text, *closed):
    study.write_text(text, encoding="utf-8")
    os.environ["CLOSE"] = os.pathsep.join(map(str, closed))
    result = CliRunner().invoke(main, ["run", "corner_shop", "--jobs", "1"])
    for path in closed:
        path.chmod(0o600)
    return result.exit_code, result.output, hashlib.sha256(report.read_bytes()).hexdigest()

of_files, of_table = sys.argv[4:]
print(json.dumps([run(of_files), run(of_files, lines), run(of_table, *table.glob("*.parquet"))]))
"""


@pytest.mark.usefixtures("spark_session")
def test_files_that_are_closed_amid_a_run_on_spark(project: Path) -> None:
    """In a process of its own, with a Java that passes over no permissions."""
    corner = project / "data" / "corner_shop"
    lines = pd.read_csv(corner / "lines.csv", parse_dates=["when"], dtype={"who": str})
    lines.to_parquet(corner / "lines.parquet", index=False)
    write_notebook(project, "10_orders", notebook("Orders", CLOSE, COUNT))
    of_files = STUDY.replace("lines.csv", "lines.parquet")
    of_files += "engine: {name: spark, settings: {spark.driver.memory: 512m}}\n"
    of_table = of_files.replace("source: lines.parquet", "source: engine\n    table: slips")
    report = project / "reports" / "corner_shop" / "latest" / "report.html"
    paths = map(str, (corner / "study.yml", corner / "lines.parquet", report))
    printed = run_without_rights(ON_CLOSED_FILES, *paths, of_files, of_table, folder=project)
    done, *refused = json.loads(printed.splitlines()[-1])
    assert done[0] == 0, done[1]
    messages = [
        "corner_shop/study.yml, line 7: 'lines.parquet' may not be read\n    remedy: change its permissions\n",
        "remedy: see that the files of the table are there, are whole and may be read by whoever runs Spark\n",
    ]
    for (status, output, report_now), message in zip(refused, messages, strict=True):
        assert status == 2, output
        assert output.count(message) == 1, output
        assert output.count("remedy: ") == 1, output
        assert "Traceback" not in output
        assert "warehouse" not in output
        assert "file:" not in output
        assert report_now == done[2]
