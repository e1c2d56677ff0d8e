"""What to repair first: by system, by what rests on a field, and what was collected for nothing."""

from datetime import date, datetime

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from helpers.identification import (
    compare_sources,
    groupable_attributes,
    list_failing,
    list_never_used,
    measure_fields,
    rank_repairs,
    show_repairs,
)

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
AS_OF = date(2024, 7, 1)
OLD, NEW = datetime(2020, 1, 1), datetime(2024, 6, 1)
RECORDS = pa.table(
    {
        "record_id": [1, 2, 3, 4],
        "source": ["web", "web", "sales", "sales"],
        "last_name": ["Ott", "Ott", "Ott", "Rau"],
        "email": ["a@b.de", "a@b.de", "a@b.de", None],
        "do_not_contact": [False, False, True, False],
        "customer_since": [date(2020, 1, 1)] * 4,
        "fax": pa.array([None] * 4, pa.string()),
        "shoe_size": [42, 41, None, None],
        "updated_at": [OLD, OLD, NEW, NEW],
    }
)


def measured(by: str | None = "source", records: pa.Table = RECORDS) -> pd.DataFrame:
    return measure_fields(ibis.memtable(records), "customer_records", AS_OF, by=by)


class TestSources:
    def test_a_value_may_stand_in_two_systems_but_not_twice_in_one(self) -> None:
        emails = measured().query("field == 'email'").set_index("source")["duplication"]
        assert emails.to_dict() == {"sales": 0.0, "web": 0.5}
        overall = measured(by=None).query("field == 'email'")["duplication"].item()
        assert overall == pytest.approx(1 / 3)

    def test_the_system_with_most_to_repair_comes_first(self) -> None:
        graded = compare_sources(measured())
        assert list(graded.index) == ["web", "sales"]
        # Web: every required field is out of date, and the e-mail stands twice; sales: an e-mail is missing.
        assert graded["failing"].to_dict() == {"web": 4, "sales": 1}
        assert graded["timeliness"].to_dict() == {"web": 0.0, "sales": 1.0}
        assert graded.loc["sales", "required_completeness"] == pytest.approx((4 + 0.5) / 5)
        assert graded["records"].to_dict() == {"web": 2, "sales": 2}

    def test_records_without_a_source_are_one_system(self) -> None:
        graded = compare_sources(measured(by=None, records=RECORDS.drop_columns("source")))
        assert graded["records"].to_dict() == {"records": 4}

    def test_no_records_are_no_system(self) -> None:
        empty = measured(records=RECORDS.slice(0, 0))
        assert empty["known"].sum() == 0
        assert compare_sources(empty).empty

    def test_failing_fields_keep_their_system(self) -> None:
        failing = list_failing(measured(), by="source")
        named = failing.set_index(["source", "field", "measure"])["value"]
        assert named["sales", "email", "completeness"] == 0.5
        assert named["web", "email", "duplication"] == 0.5
        assert failing["rank"].tolist() == list(range(1, len(failing) + 1))


class TestRepairs:
    def test_what_more_chapters_read_comes_first(self) -> None:
        failing = list_failing(measured(by=None))
        uses = {"customer_records.last_name": ["one", "two", "three", "four"], "customer_records.email": ["one"]}
        ranked = rank_repairs(failing, uses)
        assert ranked["rank"].tolist() == list(range(1, len(failing) + 1))
        assert ranked["chapters"].is_monotonic_decreasing
        assert ranked.loc[0, ["field", "matters_for"]].tolist() == ["last_name", "one; two; and 2 more"]
        rest = ranked[ranked["chapters"] == 0]
        assert rest["shortfall"].is_monotonic_decreasing
        assert (rest["matters_for"] == rest["purposes"]).all()

    def test_a_reader_sees_words_and_no_table_where_there_is_one_only(self) -> None:
        ranked = rank_repairs(list_failing(measured(), by="source"), {})
        shown = show_repairs(ranked)
        assert list(shown) == ["rank", "source", "field", "measure", "value", "limit", "matters_for"]
        assert "do not contact" in set(shown["field"])
        both = show_repairs(pd.concat([ranked, ranked.assign(table="customers")]))
        assert set(both["table"]) == {"customer records", "customers"}
        assert shown["value"].notna().all()

    def test_nothing_to_repair(self) -> None:
        assert rank_repairs(list_failing(measured().iloc[:0], by=None), {}).empty


class TestNeverUsed:
    def test_no_purpose_and_never_filled(self) -> None:
        never = list_never_used(measured(by=None), {}).set_index("field")
        assert never["why"].to_dict() == {"fax": "never filled", "shoe_size": "serves no purpose"}
        assert never["known"].to_dict() == {"fax": 0, "shoe_size": 2}

    def test_a_field_that_a_chapter_reads_is_used(self) -> None:
        assert list_never_used(measured(by=None), {"customer_records.shoe_size": ["sizes"]})["field"].tolist() == [
            "fax"
        ]

    def test_a_field_empty_in_one_system_only_is_not_empty(self) -> None:
        assert "shoe_size" not in set(list_never_used(measured(), {}).query("why == 'never filled'")["field"])


def test_numbers_of_everybodys_own_are_no_groups() -> None:
    people = pd.DataFrame({"sector": ["a", "b"] * 10, "one": "x", "id": range(20), "band": [1, 2, 3, 4] * 5})
    assert groupable_attributes(people, ["sector", "one", "id", "band", "absent"]) == ["sector", "band"]
