"""Records linked on a real Spark session: the customers and the match weights of DuckDB, pair by pair."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.identification.linkage.conftest import FEBRL_FIELDS, make_households, read_febrl

from helpers.core.errors import EngineError, InputError
from helpers.identification.linkage import (
    Linkage,
    LinkageSettings,
    SparkBackend,
    explain_pair,
    link_records,
    weakest_link,
)
from helpers.identification.linkage import spark as linkage_on_spark
from helpers.identification.linkage.likeness import LIKENESS_FUNCTIONS
from helpers.study.engines import Engine, EngineAddress

pytestmark = [
    # Said by PySpark of pandas itself, whatever is done with it.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]
BITS = 1e-6
"""Match weights are rounded to as much. Models are the same to the last bit; only sums and logarithms of another
library could differ, by some 1e-14."""


def engine_of(session: Any) -> Any:
    """Return a session as an engine, where PySpark is installed."""
    from helpers.core.spark_engine import engine_of as found

    return found(session)


@pytest.fixture(scope="session")
def on_spark(spark: Any) -> SparkBackend:
    """The backend on the real session of the tests."""
    return SparkBackend(spark._session)


def assert_same(here: Linkage, there: Linkage) -> None:
    """Compare customers, models, and pairs one by one."""
    pd.testing.assert_frame_equal(there.clusters, here.clusters)
    assert there.candidate_pairs == here.candidate_pairs
    assert there.model.shares == here.model.shares
    pd.testing.assert_frame_equal(there.model.parameters, here.model.parameters, check_exact=True)
    columns = ["source_l", "record_id_l", "source_r", "record_id_r"]
    pd.testing.assert_frame_equal(there.pairs[columns], here.pairs[columns])
    apart = np.abs(there.pairs["match_weight"] - here.pairs["match_weight"])
    assert apart.max() <= BITS
    assert there.model.settings["sql_dialect"] == "spark"


def test_febrl1_on_spark_has_the_match_weights_of_duckdb(on_spark):
    records, _ = read_febrl("febrl1", "records")
    settings = LinkageSettings(FEBRL_FIELDS)
    here, there = link_records(records, settings), link_records(records, settings, backend=on_spark)
    assert_same(here, there)
    views = on_spark.session.sql("SHOW VIEWS LIKE '__splink__*'").collect()
    assert not views  # nothing is left behind in the user's session
    pair = weakest_link(here)
    assert weakest_link(there) == pair
    pd.testing.assert_frame_equal(explain_pair(there, *pair), explain_pair(here, *pair), atol=BITS)


def households_on(engine: Any, name: str) -> tuple[pd.DataFrame, Any]:
    """Return made-up records as a frame, and as a table of Spark's."""
    records, _ = make_households(60, seed=3)
    frame = pd.concat([one.assign(source=source) for source, one in records.items()], ignore_index=True)
    return frame, engine.create_table(name, pa.Table.from_pandas(frame, preserve_index=False), temp=True)


def test_records_that_lie_on_spark_are_compared_there(spark, spark_session):
    frame, table = households_on(spark, "records_there")
    there = link_records(table)
    assert isinstance(there.backend, SparkBackend)
    assert there.backend.session is spark_session
    assert_same(link_records(frame), there)


def test_what_spark_refuses_amid_a_linkage_is_one_message_for_a_user(spark_session, monkeypatch):
    """Splink wraps what Spark says into an error of its own, together with the whole question."""
    another = engine_of(spark_session.newSession())  # in which the functions for likeness are not known
    guarded = Engine(another, EngineAddress("spark", "spark")).connection
    _, table = households_on(guarded, "refused")
    monkeypatch.setattr(linkage_on_spark, "_register_likeness", lambda _: None)
    with pytest.raises(EngineError, match=r"the engine cannot answer a question; it says: .*CRM_") as raised:
        link_records(table)
    assert "__splink__" not in str(raised.value)


def test_more_strangers_than_training_pairs_are_drawn_alike_on_spark(on_spark):
    """Part of FEBRL 4 in two sources: agreement by chance rests on a sample of the records."""
    records, _ = read_febrl("febrl4", "original", "duplicate")
    some = {name: frame.head(600) for name, frame in records.items()}
    settings = LinkageSettings(FEBRL_FIELDS, training_pairs=50_000, duplicates_within_sources=False)
    assert_same(link_records(some, settings), link_records(some, settings, backend=on_spark))


def test_chinese_names_families_and_gaps_are_weighed_alike_on_spark(on_spark):
    """Names in Chinese characters, where bytes and letters are not the same number; values missing in every field."""
    records, _ = make_households(300, seed=5)
    assert_same(link_records(records), link_records(records, backend=on_spark))


TEXTS = [
    "",
    "micthell",
    "hollie",
    "beal",
    "cambetll",
    "dwayne",
    "duane",
    "ca",
    "abc",
    "王伟",
    "李伟",
    "伟",
    "müller",
    "a😀",
]


def test_likeness_on_spark_is_that_of_duckdb(on_spark, spark):
    """Half a transposition, bytes or letters, nothing against nothing: where Splink's functions for Spark differ."""
    import duckdb

    pairs = pd.DataFrame([(one, other) for one in [*TEXTS, None] for other in [*TEXTS, None]], columns=["a", "b"])
    pairs = pa.Table.from_pandas(pairs.assign(number=range(len(pairs))))
    with on_spark.connect():
        session = spark._session
        session.createDataFrame(pairs).createOrReplaceTempView("likeness_pairs")
        own = [f"{name}(a, b) AS {function}" for function, name in LIKENESS_FUNCTIONS.items()]
        there = session.table("likeness_pairs").selectExpr("number", *own).toArrow().to_pandas()
    functions = ", ".join(f"{function}(a, b)::DOUBLE AS {function}" for function in LIKENESS_FUNCTIONS)
    here = duckdb.from_arrow(pairs).project(f"number, {functions}").order("number").df()
    there = there.sort_values("number", ignore_index=True)
    pd.testing.assert_frame_equal(there, here, check_exact=True)


def test_what_spark_lacks_to_compare_texts_is_said_at_once(on_spark, monkeypatch):
    def lacking(function: str) -> Any:
        def compare(left, right):
            import a_package_nobody_has  # noqa: F401

        return compare

    monkeypatch.setattr(linkage_on_spark, "_likeness", lacking)
    with pytest.raises(InputError, match=r"'a_package_nobody_has' is missing(.|\n)*PYSPARK_PYTHON"), on_spark.connect():
        pass
