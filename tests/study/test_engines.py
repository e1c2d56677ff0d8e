"""What a study may say of its engine, and how tables get where it answers; without any engine but DuckDB."""

import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner
from tests.cases import make_study, shop

from helpers.cli import main
from helpers.core.errors import EngineError, EngineLostError, Fault, InputError
from helpers.study.engines import read_engine
from helpers.study.grammar import EngineChoice
from helpers.study.study import ENGINE_VARIABLE, load_study
from helpers.study.tables import StudyTables


def fault_of(**choice: object) -> str:
    with pytest.raises(InputError) as caught:
        read_engine(EngineChoice.model_validate(choice), "study.yml, line 5")
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sparc", "unknown engine 'sparc'(?s:.*)did you mean 'spark'"),
        ("postgres", "of the engine 'postgres' the address is missing"),
        ("oracel://db/shop", "unknown kind of database 'oracel'"),
        ("sqlite:///shop.db", "a file of sqlite is a source of tables, no engine"),
        ("duckdb:///shop.duckdb", "a file of duckdb is a source of tables, no engine"),
        ("postgres://me:${NO_SUCH_PASSWORD}@db/shop", "the environment variable NO_SUCH_PASSWORD is not set"),
    ],
)
def test_engines_that_there_are_none(name, words):
    with pytest.raises(InputError, match=words):
        read_engine(EngineChoice(name=name))


@pytest.mark.parametrize(
    "name", ["postgres://me:s3cr@t@db/shop", "host=db password=s3cret", "postgres://me:s3cret@db/shop?sslmode=a b"]
)
def test_nothing_is_shown_of_an_address_that_may_hold_a_password(name):
    assert "s3cr" not in fault_of(name=name)


def test_settings_are_those_of_spark_and_filled_in_from_the_environment(monkeypatch):
    monkeypatch.setenv("STORE_KEY", "s3cret")
    given = {"spark.driver.memory": "8g", "spark.hadoop.fs.s3a.secret.key": "${STORE_KEY}", "spark.ui.enabled": True}
    found = read_engine(EngineChoice.model_validate({"name": "spark", "settings": given}))
    assert found.settings == {**given, "spark.hadoop.fs.s3a.secret.key": "s3cret", "spark.ui.enabled": "true"}
    assert found.secrets == ("s3cret",)
    assert "s3cret" not in repr(found)
    assert "'driver.memory' is no setting of Spark" in fault_of(name="spark", settings={"driver.memory": "8g"})
    assert "settings have no effect on 'duckdb'" in fault_of(name="duckdb", settings=given)


def test_faults_of_the_key_name_its_line_and_what_is_allowed(tmp_path):
    make_study(tmp_path / "s", {"transactions": shop(20)}, engine={"name": "spark", "setings": {"a": "b"}})
    with pytest.raises(InputError, match=r"line 7(?s:.*)unknown key 'setings'(?s:.*)did you mean 'settings'"):
        load_study(tmp_path / "s")


def test_a_misspelt_engine_is_one_message_with_its_line(tmp_path):
    tables = {"transactions": shop(20), "customers": pd.DataFrame({"customer_id": ["C0001"]})}
    make_study(tmp_path / "s", tables, engine="sparc")
    result = CliRunner().invoke(main, ["check", str(tmp_path / "s")])
    assert result.exit_code == 2
    assert result.output.count("unknown engine 'sparc'") == 1
    assert "study.yml, line 5" in result.output


def test_the_command_line_comes_before_the_study(tmp_path, monkeypatch):
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)
    folder = make_study(tmp_path / "s", {"transactions": shop(20)}, engine="sparc")
    result = CliRunner().invoke(main, ["check", str(folder), "--engine", "duckdb"])
    assert result.exit_code == 0, result.output
    refused = CliRunner().invoke(main, ["check", str(folder), "--engine", "duckbd"])
    assert "--engine: unknown engine 'duckbd'" in refused.output
    assert ENGINE_VARIABLE not in __import__("os").environ


def test_a_duckdb_file_beside_text_is_read_where_it_lies(tmp_path):
    lines = shop(20)
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.register("given", lines)
        connection.sql("CREATE TABLE lines AS SELECT * FROM given")
    before = file.read_bytes()
    customers = lines[["customer_id"]].drop_duplicates()
    entry = {"transactions": {"source": f"duckdb:///{file}", "table": "lines"}}
    tables = {"transactions": lines, "customers": customers}
    study = load_study(make_study(tmp_path / "s", tables, sources=entry))
    assert study.check() == []
    assert study.engine == {"name": "DuckDB", "version": duckdb.__version__}
    held = study.local_engine.raw_sql("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'source_transac%'")
    assert held.fetchall() == [(0,)]
    both = study.table("transactions").join(study.table("customers"), "customer_id")
    assert both.count().to_pyarrow().as_py() == len(lines)
    assert file.read_bytes() == before


def test_a_table_that_a_duckdb_file_lacks_is_named_with_those_it_has(tmp_path):
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.sql("CREATE TABLE lines AS SELECT 1 AS a")
    entry = {"transactions": {"source": f"duckdb:///{file}", "table": "linse"}}
    tables = {"transactions": shop(20), "customers": pd.DataFrame({"customer_id": ["C0001"]})}
    with pytest.raises(InputError, match=r"unknown table 'linse'(?s:.*)did you mean 'lines'"):
        raise InputError(load_study(make_study(tmp_path / "s", tables, sources=entry)).check())


def test_a_table_on_the_engine_needs_an_engine_and_a_name(tmp_path):
    sources = {"transactions": {"source": "engine", "table": "sales"}}
    study = load_study(make_study(tmp_path / "a", {"transactions": shop(20)}, sources=sources))
    with pytest.raises(InputError, match="the study names no engine that could have this table"):
        raise InputError(study.check())
    sources = {"transactions": {"source": "engine"}}
    with pytest.raises(InputError, match="a source on the engine needs 'table'"):
        raise InputError(load_study(make_study(tmp_path / "b", {"transactions": shop(20)}, sources=sources)).check())


def test_a_table_that_an_engine_refuses_does_not_lose_its_warnings_in_silence(tmp_path, monkeypatch):
    study = load_study(make_study(tmp_path / "shop", {"transactions": shop()}))

    def refuse(*_: object) -> None:
        raise EngineError(Fault("the engine cannot answer a question", where="spark"))

    monkeypatch.setattr(StudyTables, "prepare", refuse)
    with pytest.raises(EngineError, match="cannot answer"):
        study.warnings()
    assert [fault.what for fault in study.check()] == ["the engine cannot answer a question"]


def test_a_source_that_is_refused_once_is_refused_at_every_call_as_what_it_is(tmp_path, monkeypatch):
    tables = load_study(make_study(tmp_path / "shop", {"transactions": shop()}))._tables
    opened = StudyTables._opened

    def refuse(*_: object) -> None:
        monkeypatch.setattr(StudyTables, "_opened", opened)
        raise EngineLostError(Fault("the connection to the engine is lost", where="spark"))

    monkeypatch.setattr(StudyTables, "_opened", refuse)
    for _ in range(2):
        with pytest.raises(EngineLostError, match=r"study\.yml, line \d+, spark: the connection"):
            tables.raw("transactions")
