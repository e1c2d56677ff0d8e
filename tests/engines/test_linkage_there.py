"""Records beyond memory on real Spark: prepared, blocked, compared and told of there as in this process."""

import gc
from dataclasses import replace
from typing import Any

import pytest
from tests.engines.test_linkage_on_spark import assert_same
from tests.identification.linkage.test_linkage_grouped_there import (
    ALTERNATING,
    LONG,
    assert_connected,
    assert_grouped,
    scattered,
    whole,
)
from tests.identification.linkage.test_linkage_there import assert_all_same, crowded_households, with_febrl

from helpers.core.errors import InputError
from helpers.identification.linkage import LinkageSettings, link_records
from helpers.identification.linkage import spark_store as store
from helpers.identification.linkage.engine_input import RecordsOnEngine
from helpers.identification.linkage.spark import SparkBackend

pytestmark = [
    # Said by PySpark of pandas itself, whatever is done with it.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]


def lying_on(spark: Any, name: str, frame: Any) -> Any:
    """Return a frame as a table of Spark's, its rows in another order."""
    import pyarrow as pa

    mixed = pa.Table.from_pandas(frame.sample(frac=1, random_state=2), preserve_index=False)
    return spark.create_table(name, mixed, temp=True)


def test_crowds_copies_and_gaps_are_found_on_spark_as_here(spark):
    frame, settings = crowded_households(), LinkageSettings(records_in_memory_at_most=1)
    there = link_records(lying_on(spark, "crowded_there", frame), settings)
    assert isinstance(there.records, RecordsOnEngine)
    here = link_records(frame, settings)
    assert_same(here, there)
    assert_all_same(here, there, bits=1e-6)


def test_febrl1_held_by_spark_is_linked_as_here(spark):
    frame, settings = with_febrl()
    there = link_records(lying_on(spark, "febrl_there", frame), replace(settings, records_in_memory_at_most=1))
    assert_same(link_records(frame, settings), there)


def test_nothing_is_left_in_the_session(spark):
    frame = crowded_households()
    there = link_records(lying_on(spark, "left_there", frame), LinkageSettings(records_in_memory_at_most=1))
    assert spark._session.sql("SHOW VIEWS LIKE 'crm_linkage*'").collect()
    del there
    gc.collect()
    assert not spark._session.sql("SHOW VIEWS LIKE 'crm_linkage*'").collect()


def test_components_are_found_on_spark_as_here(spark):
    assert_connected(store.SparkStore(SparkBackend(spark._session)), scattered(1))


def test_a_bridge_a_chain_and_nobody_are_grouped_on_spark_as_here(spark):
    """Two families with a weak link between them, records of one source that may not meet, and no link at all."""
    held = store.SparkStore(SparkBackend(spark._session))
    assert assert_grouped(held, [*whole(0, 2, 4), *whole(1, 3, 5), (4, 5, 1.0), *whole(7, 8)], ["a"] * 10) == (5, 1)
    assert assert_grouped(held, LONG, ALTERNATING, duplicates_within_sources=False)[1]
    assert assert_grouped(held, [(0, 1, -2.0)], ["a"] * 4) == (4, 0)


def test_what_spark_lacks_to_bring_records_to_form_is_said_at_once(spark, monkeypatch):
    def lacking(_: object) -> Any:
        def standardised(given):
            import a_package_nobody_has  # noqa: F401

        return standardised

    monkeypatch.setattr(store, "_standardising", lacking)
    table = lying_on(spark, "lacking_there", crowded_households())
    with pytest.raises(InputError, match=r"'a_package_nobody_has' is missing(.|\n)*install pandas"):
        link_records(table, LinkageSettings(records_in_memory_at_most=1))
