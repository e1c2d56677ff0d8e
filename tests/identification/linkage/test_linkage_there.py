"""Records beyond memory, linked where a table of DuckDB holds them: the same to the last bit as in this process."""

import gc
from dataclasses import replace
from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.identification.linkage.conftest import FEBRL_FIELDS, make_households, read_febrl

from helpers.core.errors import InputError
from helpers.identification.linkage import (
    Linkage,
    LinkageSettings,
    count_sampled_pairs,
    explain_weakest,
    link_exactly,
    link_records,
)
from helpers.identification.linkage import linking as linking_module
from helpers.identification.linkage.backend import DuckDBBackend
from helpers.identification.linkage.engine_input import RecordsOnEngine, prepare_on_engine
from helpers.identification.linkage.input import prepare_records
from helpers.identification.linkage.store import DuckDBStore

BEYOND = LinkageSettings(records_in_memory_at_most=1)


def as_table(frame: pd.DataFrame) -> Any:
    """Return a frame as a table of DuckDB's, its rows in another order."""
    mixed = pa.Table.from_pandas(frame.sample(frac=1, random_state=1), preserve_index=False)
    connection = ibis.duckdb.connect()
    connection.con.register("mixed", mixed)
    connection.con.execute("CREATE TABLE records AS FROM mixed")
    return connection.table("records")


def crowded_households() -> pd.DataFrame:
    """Families, and what stands for nobody: tills, a desk's address, a placeholder birthday, copies, empty records."""
    records, _ = make_households(150, seed=11)
    of_people = pd.concat([one.assign(source=source) for source, one in records.items()])
    cash = {"first_name": "Cash", "last_name": "Customer"}
    some = [f"n{chr(97 + place)}{place}" for place in range(20)]
    parts = [
        of_people,
        of_people.head(3),  # rows repeated whole
        pd.DataFrame({"source": "web", "record_id": [f"x{n}" for n in range(30)], **cash}),
        pd.DataFrame({"source": "web", "record_id": [f"y{n}" for n in range(9)], **cash, "phone": "030 123456"}),
        pd.DataFrame({"source": "web", "record_id": [f"z{n}" for n in range(12)], **cash, "email": "a@b.example"}),
        pd.DataFrame({"source": "web", "record_id": some, "first_name": some, "last_name": some[::-1]}).assign(
            email="desk@shop.example", birth_date="1900-01-01"
        ),
        pd.DataFrame({"source": "web", "record_id": ["q1", "q2"], "email": ["none", None]}),
        pd.DataFrame({"source": "web", "record_id": ["q3"], "first_name": ["MÃ¼ller"], "last_name": ["B\ufffdr"]}),
    ]
    return pd.concat(parts, ignore_index=True).assign(sex="f", region=pd.Series(dtype="str"))


def with_febrl() -> tuple[pd.DataFrame, LinkageSettings]:
    """Return FEBRL 1 as one frame, and its fields."""
    records, _ = read_febrl("febrl1", "records")
    return records["records"], LinkageSettings(FEBRL_FIELDS)


def assert_all_same(here: Linkage, there: Linkage, bits: float = 0.0) -> None:
    """Compare what is told of a linkage, and what is asked of it afterwards."""
    pd.testing.assert_frame_equal(there.clusters, here.clusters)
    pd.testing.assert_frame_equal(there.pairs, here.pairs, check_exact=not bits, rtol=0, atol=bits)
    assert there.notes == here.notes
    pd.testing.assert_frame_equal(there.blocking.rules, here.blocking.rules)
    losses = [(one.blocking.missed_if_independent, one.blocking.missed_capture_recapture) for one in (here, there)]
    assert losses[0] == losses[1]
    assert there.candidate_pairs == here.candidate_pairs
    pd.testing.assert_frame_equal(there.model.parameters, here.model.parameters, check_exact=True)
    pd.testing.assert_frame_equal(link_exactly(there), link_exactly(here))
    pd.testing.assert_frame_equal(count_sampled_pairs(there), count_sampled_pairs(here))
    parts = [explain_weakest(one) for one in (here, there)]
    pd.testing.assert_frame_equal(parts[1], parts[0], check_exact=not bits, rtol=0, atol=bits)


def test_crowds_copies_and_gaps_are_found_in_a_table_as_here():
    frame = crowded_households()
    here, there = link_records(frame, BEYOND), link_records(as_table(frame), BEYOND)
    assert isinstance(there.records, RecordsOnEngine)
    assert {note.what for note in here.notes} >= {
        "repeated_rows", "repaired", "unreadable", "placeholders", "two_scripts", "always_the_same", "never_filled",
        "shared_date", "shared_contact", "nothing_held", "crowded_names", "copies_set_aside",
    }  # fmt: skip
    pd.testing.assert_frame_equal(there.records.table, here.records.table)
    pd.testing.assert_series_equal(there.records.linkable, here.records.linkable)
    assert_all_same(here, there)


def test_febrl1_in_a_table_is_linked_as_here(febrl1):
    frame, settings = with_febrl()
    assert_all_same(febrl1.linkage, link_records(as_table(frame), replace(settings, records_in_memory_at_most=1)))


def test_numbers_dates_and_gaps_are_written_as_in_a_frame():
    """A whole number with gaps has decimals in a frame, in all of its rows; also where a batch has none."""
    frame = pd.DataFrame(
        {
            "record_id": range(60),
            "last_name": [f"name{n % 30}" for n in range(60)],
            "birth_date": [date(1980, 1, 1 + n % 28) for n in range(60)],
            "region": pd.array([None, *range(1, 60)], dtype="Int64"),
            "postcode": np.arange(60) + 0.5,
            "identifier": [f"{n % 30:05d}".encode() for n in range(60)],
        }
    )
    table = as_table(frame)
    here = prepare_records(table, BEYOND)
    there = prepare_on_engine(table, BEYOND, DuckDBStore(DuckDBBackend()))
    assert "1 0" in there.table["field_3"].tolist()
    pd.testing.assert_frame_equal(there.table, here.table)
    pd.testing.assert_frame_equal(there.keys, here.keys)
    assert there.notes == here.notes


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        ({"record_id": [None, "b", "c"]}, "1 of 3 records have no source or no id"),
        ({"source": ["s", None, None]}, "2 of 3 records have no source or no id"),
        ({"record_id": ["a", "a", "c"]}, "1 ids stand for records with different content: 's a'"),
        ({"last_name": ["x", "x", "x"], "email": [None, "-", "none"]}, "the 3 records apart; the same value"),
    ],
)
def test_a_table_that_cannot_be_linked_is_refused_as_a_frame_is(spoilt, says):
    sound = {
        "source": ["s"] * 3,
        "record_id": ["a", "b", "c"],
        "last_name": ["x", "y", "z"],
        "email": ["a@b.c", "d@e.f", "g@h.i"],
    }
    with pytest.raises(InputError) as raised:
        link_records(as_table(pd.DataFrame(sound | spoilt)), BEYOND)
    assert says in str(raised.value)


def test_records_to_learn_from_are_drawn_by_their_ids(monkeypatch):
    """Of more records than are learnt from, the same ones in any order of the table; customers are found among all."""
    monkeypatch.setattr(linking_module, "TRAINED_ON_AT_MOST", 500)
    learnt = []

    def watched(own: Any, frame: pd.DataFrame, *others: Any) -> Any:
        learnt.append(frame)
        return train(own, frame, *others)

    train = linking_module.train_apart
    monkeypatch.setattr(linking_module, "train_apart", watched)
    records, _ = make_households(500, seed=3)
    frame = pd.concat([one.assign(source=source) for source, one in records.items()])
    one, other = (link_records(as_table(frame.iloc[::step]), BEYOND) for step in (1, -1))
    assert len(frame) > 800
    assert 430 < len(learnt[0]) < 570
    pd.testing.assert_frame_equal(learnt[0], learnt[1])
    pd.testing.assert_frame_equal(one.pairs, other.pairs, check_exact=True)
    assert one.customers == pytest.approx(link_records(frame).customers, rel=0.05)


def test_the_file_of_the_records_goes_with_the_linkage(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    linkage = link_records(as_table(crowded_households()), BEYOND)
    assert list(tmp_path.glob("crm-linkage-*/records.duckdb"))
    del linkage
    gc.collect()
    assert not list(tmp_path.iterdir())
