"""One record per customer: which value survives, where it came from, and that a refusal is never outvoted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.core.errors import InputError
from helpers.identification import STANDARD_RULES, count_refusals, golden_records, list_ids, list_values

RECORDS = pd.DataFrame(
    {
        "customer_id": [1, 1, 1, 2, 2, 3],
        "source": ["sales", "web", "service", "sales", "web", "web"],
        "record_id": ["1", "2", "3", "4", "5", "6"],
        "first_name": ["Ann", "ann", "Anna", "Bo", None, None],
        "city": ["Ulm", "Bonn", "Kiel", "Essen", "Köln", None],
        "customer_since": pd.to_datetime(["2010-01-01", "2009-01-01", None, None, None, None]),
        "preferred_channel": ["mail", None, "phone", "post", "mail", None],
        "do_not_contact": pd.array([False, True, None, False, None, None], dtype="boolean"),
        "updated_at": pd.to_datetime(["2020-01-01", "2021-01-01", None, "2019-01-01", "2019-01-01", "2020-01-01"]),
    }
)


def _origin(made, customer: int, field: str) -> pd.Series:
    rows = made.origins.query("customer_id == @customer and field == @field")
    assert len(rows) == 1
    return rows.iloc[0]


def test_each_field_survives_by_its_own_rule():
    made = golden_records(RECORDS, source_order=["web", "sales"])
    one = made.records.set_index("customer_id").loc[1]
    assert one["first_name"] == "ann"  # two of three, and the newest way of writing it
    assert one["city"] == "Bonn"  # newest record
    assert one["customer_since"] == pd.Timestamp("2009-01-01")  # earliest
    assert one["preferred_channel"] == "mail"  # newest record that has one
    assert one["do_not_contact"]  # strictest


def test_every_value_tells_the_record_it_came_from():
    made = golden_records(RECORDS)
    origin = _origin(made, 1, "city")
    assert (origin["source"], origin["record_id"], origin["rule"]) == ("web", "2", "most_recent")
    assert (origin["filled"], origin["different"]) == (3, 3)
    source = RECORDS.set_index(["source", "record_id"])
    for row in made.origins.to_dict("records"):
        assert source.loc[(row["source"], row["record_id"]), row["field"]] == row["value"]


def test_ties_go_to_the_more_trusted_source():
    assert _origin(golden_records(RECORDS, source_order=["web", "sales"]), 2, "city")["value"] == "Köln"
    assert _origin(golden_records(RECORDS, source_order=["sales", "web"]), 2, "city")["value"] == "Essen"


def test_conflicts_list_every_value_but_not_ways_of_writing_it():
    made = golden_records(RECORDS)
    conflicts = made.conflicts.set_index(["customer_id", "field"])["values"]
    assert conflicts[(1, "city")] == "Bonn (web 2); Ulm (sales 1); Kiel (service 3)"
    assert (2, "first_name") not in conflicts.index
    assert "updated_at" not in made.conflicts["field"].to_numpy()
    same = RECORDS.assign(first_name=["Ann", " ANN ", "ann", "Bo", None, None])
    assert (1, "first_name") not in golden_records(same).conflicts.set_index(["customer_id", "field"]).index


def test_a_customer_without_a_value_keeps_it_missing():
    made = golden_records(RECORDS).records.set_index("customer_id")
    assert made.index.tolist() == [1, 2, 3]
    assert pd.isna(made.loc[3, "do_not_contact"])
    assert pd.isna(made.loc[3, "city"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from([True, False, None])), min_size=1, max_size=15))
def test_one_refusal_is_enough_whoever_recorded_it(rows):
    records = pd.DataFrame(rows, columns=["customer_id", "do_not_contact"]).astype({"do_not_contact": "boolean"})
    records = records.assign(source="a", record_id=range(len(records)))
    made = golden_records(records, {"do_not_contact": "strictest"}).records.set_index("customer_id")["do_not_contact"]
    for customer, values in records.groupby("customer_id")["do_not_contact"]:
        known = values.dropna()
        assert made[customer] == known.any() if len(known) else pd.isna(made[customer])


def test_a_preference_with_an_order_of_its_own_keeps_the_strictest():
    records = RECORDS.assign(consent=["any", "post only", "any", "any", "none", None])
    order = {"consent": ["none", "post only", "any"]}
    made = golden_records(records, {"consent": "strictest"}, strictness=order).records["consent"].tolist()
    assert made[:2] == ["post only", "none"]


def test_source_order_and_longest():
    rules = {"city": "source_order", "first_name": "longest"}
    made = golden_records(RECORDS, rules, source_order=["service", "sales"]).records.set_index("customer_id")
    assert made.loc[1].to_dict() == {"city": "Kiel", "first_name": "Anna"}
    assert made.loc[2, "city"] == "Essen"


def test_the_order_of_the_records_does_not_matter():
    made = golden_records(RECORDS, source_order=["sales"])
    again = golden_records(RECORDS.sample(frac=1, random_state=1), source_order=["sales"])
    pd.testing.assert_frame_equal(made.records, again.records)
    pd.testing.assert_frame_equal(made.origins, again.origins)
    pd.testing.assert_frame_equal(made.conflicts, again.conflicts)


def test_fields_of_the_standard_table_that_are_absent_are_passed_over():
    made = golden_records(RECORDS, STANDARD_RULES)
    assert "phone" not in made.records.columns


@pytest.mark.parametrize(
    ("records", "rules", "options", "message"),
    [
        (RECORDS, {"city": "newest"}, {}, "unknown rule 'newest'"),
        (RECORDS, {"town": "longest"}, {}, "unknown column 'town'"),
        (RECORDS.drop(columns="updated_at"), {"city": "most_recent"}, {}, "needs the column 'updated_at'"),
        (RECORDS, {"city": "source_order"}, {}, "needs an order"),
        (RECORDS, {}, {}, "no field to carry"),
        (RECORDS.drop(columns="source"), {"city": "longest"}, {}, "unknown column 'source'"),
        (RECORDS, {"city": "strictest"}, {}, r"no known strictness: 'Ulm', 'Bonn'"),
        (RECORDS.assign(customer_id=[1, None, 1, 2, 2, 3]), {"city": "longest"}, {}, "1 records without customer"),
    ],
)
def test_what_cannot_be_carried_is_refused(records, rules, options, message):
    with pytest.raises(InputError, match=message):
        golden_records(records, rules, **options)


def test_the_list_of_values_tells_all_values_where_records_disagree():
    made = golden_records(RECORDS)
    said = list_values(made)
    assert len(said) == len(made.origins)
    assert said["values"].notna().sum() == len(made.conflicts)
    conflict = made.conflicts.iloc[0]
    row = said[(said["customer_id"] == conflict["customer_id"]) & (said["field"] == conflict["field"])]
    assert row["values"].tolist() == [conflict["values"]]
    assert all(isinstance(value, str) for value in said["value"])


def test_a_refusal_that_stands_in_another_table_is_counted_and_half_known():
    records = pd.DataFrame({"customer_id": [1, 1, 2, 3], "do_not_contact": [False, None, True, False]})
    found = count_refusals(records, np.array([True, False, False, False]))
    assert (found.customers_do_not_contact, found.half_known_refusal_customers) == (2, 1)


def test_every_id_of_a_golden_record_joins_its_orders():
    """Orders name a customer by two ids of two systems; a third id is used by two customers and says so."""
    linked = pd.DataFrame(
        {"source": ["web", "shop", "web"], "record_id": ["1", "2", "3"], "customer_id": [7, 7, 8]},
    )
    booked = pd.DataFrame(
        {
            "customer_id": ["A", "B", "GUEST", "GUEST"],
            "source": ["web", "shop", "shop", "web"],
            "record_id": ["1", "2", "2", "3"],
        }
    )
    ids = list_ids(linked, booked)
    assert ids.query("id_kind == 'record_id'")[["customer_id", "id"]].to_numpy().tolist() == [
        [7, "2"],
        [7, "1"],
        [8, "3"],
    ]
    orders = pd.DataFrame({"id": ["A", "A", "B", "GUEST"], "amount": [1.0, 2.0, 4.0, 8.0]})
    said = ids.query("id_kind == 'customer_id' and leads_to == 1")
    assert orders.merge(said, on="id").groupby("customer_id")["amount"].sum().to_dict() == {7: 7.0}
    assert ids.query("id == 'GUEST'")[["customer_id", "leads_to"]].to_numpy().tolist() == [[7, 2], [8, 2]]


def test_ids_of_records_without_a_system_are_joined_by_number():
    linked = pd.DataFrame({"source": "records", "record_id": ["1", "2"], "customer_id": [1, 1]})
    booked = pd.DataFrame({"customer_id": ["A"], "source": [""], "record_id": ["2"]})
    ids = list_ids(linked, booked)
    assert ids[["customer_id", "id_kind", "id"]].to_numpy().tolist() == [
        [1, "customer_id", "A"],
        [1, "record_id", "1"],
        [1, "record_id", "2"],
    ]
    nothing = list_ids(linked, booked.iloc[:0])
    assert nothing["id_kind"].tolist() == ["record_id", "record_id"]
