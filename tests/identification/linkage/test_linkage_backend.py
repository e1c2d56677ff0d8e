"""The database behind the linkage is an argument: another one gives the same customers, and Spark is one of them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
import pytest
import splink
import sqlglot
from splink.internals.dialects import SparkDialect
from splink.internals.duckdb.database_api import DuckDBAPI
from splink.internals.duckdb.dataframe import DuckDBDataFrame
from splink.internals.input_column import InputColumn

from helpers.core.errors import InputError
from helpers.identification.linkage import SparkBackend, explain_pair, link_records, weakest_link


class _SparkTable(DuckDBDataFrame):
    """A table whose columns are quoted as Spark quotes them."""

    @property
    def columns(self) -> list[InputColumn]:
        return [InputColumn(column.unquote().name, sqlglot_dialect_str="spark") for column in super().columns]


class _SpeaksSpark(DuckDBAPI):
    """DuckDB that is addressed in the SQL of Spark, as a Spark session would be: for want of one in the tests.

    Functions that go by other names there are given those.
    """

    sql_dialect = SparkDialect()

    def __init__(self, *, spark_session: object) -> None:
        super().__init__()
        self.session = spark_session
        for macro in ("jaro_winkler(a, b) as jaro_winkler_similarity(a, b)", "pmod(a, b) as mod(a, b)"):
            self.duckdb_con.execute(f"create macro {macro}")

    def table_to_splink_dataframe(self, templated_name: str, physical_name: str) -> _SparkTable:
        return _SparkTable(templated_name, physical_name, self)

    def _execute_sql_against_backend(self, final_sql: str) -> Any:
        return super()._execute_sql_against_backend(sqlglot.transpile(final_sql, read="spark", write="duckdb")[0])


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


def test_all_that_is_asked_of_the_database_can_be_said_in_the_sql_of_spark(febrl1, monkeypatch):
    monkeypatch.setitem(splink.__dict__, "SparkAPI", _SpeaksSpark)
    linkage = link_records(febrl1.records, febrl1.linkage.settings, backend=SparkBackend("a session"))
    assert linkage.model.settings["sql_dialect"] == "spark"
    pd.testing.assert_frame_equal(linkage.clusters, febrl1.linkage.clusters)
    weights = linkage.pairs["match_weight"].to_numpy()
    assert weights == pytest.approx(febrl1.linkage.pairs["match_weight"].to_numpy(), abs=1e-3)


def test_a_spark_session_is_handed_on_and_left_running(monkeypatch):
    monkeypatch.setitem(splink.__dict__, "SparkAPI", _SpeaksSpark)
    with SparkBackend("a session").connect() as api:
        assert api.session == "a session"
    assert api.duckdb_con.execute("select 1").fetchone() == (1,)
    api.duckdb_con.close()


def test_without_spark_the_user_is_shown_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(InputError, match=r"pyspark(.|\n)*install it"), SparkBackend("a session").connect():
        pass
