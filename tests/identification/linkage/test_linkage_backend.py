"""The database behind the linkage is an argument: another one gives the same customers, and Spark is one of them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import ibis
import pandas as pd
import pytest
import splink
import sqlglot
from splink.internals.dialects import SparkDialect
from splink.internals.duckdb.database_api import DuckDBAPI
from splink.internals.duckdb.dataframe import DuckDBDataFrame
from splink.internals.input_column import InputColumn

from helpers.core.errors import InputError
from helpers.identification.linkage import DuckDBBackend, SparkBackend, explain_pair, link_records, weakest_link
from helpers.identification.linkage import spark as linkage_on_spark
from helpers.identification.linkage.likeness import LIKENESS_FUNCTIONS
from helpers.identification.linkage.spark import backend_of


class _Quoted(DuckDBDataFrame):
    """A table whose columns are quoted as Spark quotes them."""

    @property
    def columns(self) -> list[InputColumn]:
        return [InputColumn(column.unquote().name, sqlglot_dialect_str="spark") for column in super().columns]


class _Watched:
    """A backend of a user's own that notes what it is asked for."""

    def __init__(self, path: str) -> None:
        self.path, self.asked = path, []

    @contextmanager
    def connect(self) -> Iterator[Any]:
        self.asked.append("connect")
        api = DuckDBAPI(connection=self.path)
        yield api
        api.duckdb_con.close()

    @contextmanager
    def adding_in_one_order(self, api: Any) -> Iterator[None]:
        self.asked.append("one order")
        api.duckdb_con.execute("SET threads TO 1")
        yield


def test_another_backend_gives_the_same_customers(febrl1, tmp_path):
    backend = _Watched(str(tmp_path / "records.duckdb"))
    linkage = link_records(febrl1.records, febrl1.linkage.settings, backend=backend)
    pd.testing.assert_frame_equal(linkage.clusters, febrl1.linkage.clusters)
    assert backend.asked == ["connect", "one order"]
    pair = weakest_link(linkage)
    pd.testing.assert_frame_equal(explain_pair(linkage, *pair), explain_pair(febrl1.linkage, *pair))
    assert backend.asked.count("connect") == 2


class _Elsewhere(DuckDBAPI):
    """A database that hashes another way than DuckDB and would draw other pairs, and that notes what it is asked."""

    sql_dialect = SparkDialect()
    asked: ClassVar[list[str]] = []
    held: ClassVar[list[object]] = []

    def __init__(self, *, spark_session: object, register_udfs_automatically: bool) -> None:
        assert not register_udfs_automatically
        super().__init__()
        self.session = spark_session
        for function, name in LIKENESS_FUNCTIONS.items():
            self.duckdb_con.execute(f"create macro {name}(a, b) as {function}(a, b)")

    def _table_registration(self, table: object, table_name: str) -> None:
        self.held.append(table)
        super()._table_registration(table, table_name)

    def table_to_splink_dataframe(self, templated_name: str, physical_name: str) -> _Quoted:
        return _Quoted(templated_name, physical_name, self)

    def _execute_sql_against_backend(self, final_sql: str) -> Any:
        self.asked.append(final_sql)
        return super()._execute_sql_against_backend(sqlglot.transpile(final_sql, read="spark", write="duckdb")[0])


@pytest.fixture
def elsewhere(monkeypatch):
    """A session that is none, for want of a real one: tests/engines has that."""
    monkeypatch.setitem(splink.__dict__, "SparkAPI", _Elsewhere)
    monkeypatch.setattr(linkage_on_spark, "_register_likeness", lambda _: None)
    monkeypatch.setattr(linkage_on_spark, "has_folder", lambda _: True)
    monkeypatch.setattr(linkage_on_spark, "_views", lambda _: set())
    _Elsewhere.asked, _Elsewhere.held = [], []
    return SparkBackend("a session")


def test_models_are_learnt_on_duckdb_and_applied_elsewhere(febrl1, elsewhere):
    linkage = link_records(febrl1.records, febrl1.linkage.settings, backend=elsewhere)
    assert linkage.model.settings["sql_dialect"] == "spark"
    pd.testing.assert_frame_equal(linkage.model.parameters, febrl1.linkage.model.parameters, check_exact=True)
    pd.testing.assert_frame_equal(linkage.clusters, febrl1.linkage.clusters)
    assert linkage.pairs["match_weight"].to_numpy() == pytest.approx(febrl1.linkage.pairs["match_weight"], abs=1e-6)
    # Nothing is drawn by the hash function of the other database, and no likeness is by its own definition.
    assert not [sql for sql in _Elsewhere.asked if "HASH(" in sql.upper()]
    assert any("crm_jaro_winkler(" in sql for sql in _Elsewhere.asked)
    for own in (" jaro_winkler(", " damerau_levenshtein(", " levenshtein("):
        assert not [sql for sql in _Elsewhere.asked if own in sql]


def test_missing_values_pass_to_another_database_as_missing(febrl1, elsewhere):
    """By way of Python's values they arrive as the text 'NaN' in a session without Arrow."""
    link_records(febrl1.records, febrl1.linkage.settings, backend=elsewhere)
    (table,) = _Elsewhere.held
    prepared = febrl1.linkage.records
    missing = prepared.table[prepared.linkable].isna().sum()
    assert missing.sum() > 0
    assert {name: table.column(name).null_count for name in missing.index} == missing.to_dict()


def test_a_spark_session_is_handed_on_and_left_running(elsewhere):
    with elsewhere.connect() as api:
        assert api.session == "a session"
    assert api.duckdb_con.execute("select 1").fetchone() == (1,)
    api.duckdb_con.close()


def test_without_spark_the_user_is_shown_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(InputError, match=r"pyspark(.|\n)*install it"), SparkBackend("a session").connect():
        pass


def test_records_of_this_process_are_compared_in_it(febrl1):
    frame = febrl1.records["records"]
    table = ibis.memtable(pd.DataFrame({"record_id": [1]}))
    assert backend_of(frame) == backend_of(table) == backend_of(febrl1.records) == DuckDBBackend()


def test_what_another_database_says_comes_out_of_the_error_that_splink_wraps_it_into(febrl1, elsewhere, monkeypatch):
    """Splink's own message holds the whole question; the guard of a connection makes one for a user of it."""
    seen = []

    @contextmanager
    def faults() -> Iterator[None]:
        try:
            yield
        except Exception as error:
            seen.append(type(error))
            raise

    def gone(*_: object) -> None:
        raise ConnectionError("it is gone")

    monkeypatch.setattr(_Elsewhere, "_execute_sql_against_backend", gone)
    with pytest.raises(ConnectionError, match=r"^it is gone$"):
        link_records(febrl1.records, febrl1.linkage.settings, backend=SparkBackend("a session", faults))
    assert seen == [ConnectionError]
