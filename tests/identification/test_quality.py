"""Quality per field and purpose, and the required fields that fail."""

from datetime import date, datetime

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pytest

from helpers.core.errors import InputError
from helpers.identification import (
    FIELD_RULES,
    PURPOSES,
    FieldRule,
    QualityLimits,
    grade_purposes,
    judge_tables,
    list_failing,
    measure_fields,
    measure_tables,
)
from helpers.study.standard_tables import STANDARD_TABLES

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
AS_OF = date(2024, 7, 1)
PEOPLE = ibis.memtable(
    pa.table(
        {
            "customer_id": [1, 2, 3, 3],
            "last_name": ["Ott", "unknown", "  ", "Rau"],
            "email": ["a@b.de", "a@b.de", "no address", None],
            "birth_date": [date(1980, 1, 1), date(2024, 7, 1), date(1899, 12, 31), date(2024, 6, 30)],
            "updated_at": [datetime(2024, 6, 1), datetime(2023, 7, 2), datetime(2023, 7, 1), datetime(2020, 1, 1)],
            "source": ["web", "shop", "web", "shop"],
            "shoe_size": [42, None, 40, 41],
        }
    )
)


def measured(table: ir.Table = PEOPLE, **options: object) -> pd.DataFrame:
    return measure_fields(table, "customers", AS_OF, **options).set_index("field")


class TestMeasures:
    def test_completeness_knows_blanks_and_placeholders(self) -> None:
        fields = measured()
        assert fields.loc[["customer_id", "last_name", "email", "shoe_size"], "known"].tolist() == [4, 2, 3, 3]
        assert fields.loc["last_name", "completeness"] == 0.5

    def test_no_number_is_neither_known_nor_valid(self) -> None:
        lines = ibis.memtable(pa.table({"amount": [1.0, float("nan"), float("inf")]}))
        amount = measure_fields(lines, "transactions", AS_OF).set_index("field").loc["amount"]
        assert (amount["known"], amount["validity"]) == (2, 0.5)

    def test_a_field_that_was_never_collected_is_listed_as_absent(self) -> None:
        phone = measured().loc["phone"]
        assert not phone["present"]
        assert phone["completeness"] == 0.0
        assert phone[["validity", "duplication"]].isna().all()

    def test_validity(self) -> None:
        fields = measured()
        assert fields.loc["email", "validity"] == pytest.approx(2 / 3)
        assert fields.loc["birth_date", "validity"] == 0.5
        assert pd.isna(fields.loc["last_name", "validity"])

    @pytest.mark.parametrize(
        ("phone", "valid"),
        [
            ("tel:+49-30-1234;ext=5", True),
            ("(020) 7946 0958 ext. 12", True),
            ("TEL:030/123456 x7", True),
            ("call", False),
        ],
    )
    def test_a_telephone_with_an_extension_is_valid(self, phone: str, valid: bool) -> None:
        people = ibis.memtable(pa.table({"customer_id": ["1"], "phone": [phone]}))
        assert measured(people).loc["phone", "validity"] == float(valid)

    def test_timeliness_is_of_the_known_values(self) -> None:
        # 2 July 2023 is 365 days before the analysis date, 1 July 366.
        assert measured().loc[["shoe_size", "email"], "timeliness"].tolist() == pytest.approx([1 / 3, 2 / 3])
        assert measured(fresh_days=30).loc["shoe_size", "timeliness"] == pytest.approx(1 / 3)
        assert measured(fresh_days=29).loc["shoe_size", "timeliness"] == 0

    def test_numbers_of_customers_do_not_age(self) -> None:
        assert pd.isna(measured().loc["customer_id", "timeliness"])

    def test_timeliness_needs_a_date_of_change(self) -> None:
        assert measured(PEOPLE.drop("updated_at"))["timeliness"].isna().all()

    def test_duplication(self) -> None:
        fields = measured()
        assert fields.loc["customer_id", "duplication"] == 0.25
        assert fields.loc["email", "duplication"] == pytest.approx(1 / 3)
        assert pd.isna(fields.loc["last_name", "duplication"])

    def test_missing_records_lower_completeness_but_not_validity(self) -> None:
        email = measured(expected_rows=8).loc["email"]
        assert (email["completeness"], round(email["validity"], 3)) == (3 / 8, 0.667)

    def test_firms_are_not_asked_for_what_only_persons_have(self) -> None:
        kinds = {"customer_id": [1, 2, 3, 4], "kind": ["person", "firm", "firm", None], "sex": ["f", None, "m", None]}
        fields = measured(ibis.memtable(pa.table(kinds | {"last_name": ["Ott", None, "Rau AG", "Lee"]})))
        # One firm has a sex all the same; one record of unknown kind lacks it.
        assert fields.loc["sex", "completeness"] == pytest.approx(2 / 3)
        assert fields.loc["last_name", "completeness"] == 0.75

    def test_persons_and_records_of_no_kind_are_asked_for_it(self) -> None:
        kinds = {"kind": ["person", "", "firm", "person"], "sex": [None, None, None, "m"]}
        assert measured(ibis.memtable(pa.table(kinds))).loc["sex", "completeness"] == pytest.approx(1 / 3)

    def test_a_record_without_a_date_of_change_is_not_up_to_date(self) -> None:
        people = {"customer_id": [1, 2], "city": ["Ulm", "Bonn"], "updated_at": [datetime(2024, 6, 1), None]}
        assert measured(ibis.memtable(pa.table(people))).loc["city", "timeliness"] == 0.5

    def test_a_value_of_which_a_rule_cannot_say_is_not_valid(self) -> None:
        rule = FieldRule("customers", "shoe_size", {"talk": "required"}, lambda column, _: column.nullif(40) > 30)
        assert measured(rules=[rule]).loc["shoe_size", "validity"] == pytest.approx(2 / 3)

    def test_by_source(self) -> None:
        fields = measure_fields(PEOPLE, "customer_records", AS_OF, by="source")
        email = fields[fields["field"] == "email"].set_index("source")
        assert email["known"].to_dict() == {"shop": 1, "web": 2}
        assert email.loc["web", "validity"] == 0.5
        assert fields.index.equals(pd.RangeIndex(len(fields)))

    def test_an_empty_table_by_source_has_its_fields_with_no_rows(self) -> None:
        fields = measure_fields(PEOPLE.filter(PEOPLE["customer_id"] > 9), "customers", AS_OF, by="source")
        assert set(fields["rows"]) == {0}
        assert not fields["field"].duplicated().any()
        assert fields["source"].isna().all()

    def test_attributes_serve_to_classify_and_others_nothing(self) -> None:
        assert measured(attributes=["shoe_size"]).loc["shoe_size", "analyse"] == "desirable"
        fields = measure_fields(PEOPLE, "customer_records", AS_OF)
        idle = fields["present"] & (fields[list(PURPOSES)] == "").all(axis=1)
        assert fields.loc[idle, "field"].tolist() == ["customer_id", "shoe_size"]

    def test_unknown_columns(self) -> None:
        with pytest.raises(InputError, match="customers: no column 'hat'"):
            measured(attributes=["hat"])

    def test_own_rules_and_an_empty_table(self) -> None:
        rule = FieldRule("customers", "shoe_size", {"talk": "required"}, lambda column, _: column > 40)
        assert measured(rules=[rule]).loc["shoe_size", "validity"] == pytest.approx(2 / 3)
        empty = measured(PEOPLE.filter(PEOPLE["customer_id"] > 9), rules=[rule]).loc["shoe_size"]
        assert (empty["known"], empty["rows"]) == (0, 0)
        assert pd.isna(empty["completeness"])

    def test_several_tables_below_one_another(self) -> None:
        tables = {"customers": PEOPLE, "customer_records": PEOPLE}
        fields = measure_tables(tables, AS_OF, attributes={"customers": ["shoe_size"]}, expected_rows={"customers": 8})
        assert fields.index.equals(pd.RangeIndex(len(fields)))
        fields = fields.set_index(["table", "field"])
        assert fields.loc[("customers", "email"), "completeness"] == 3 / 8
        assert fields.loc[("customer_records", "email"), "completeness"] == 3 / 4
        assert fields["analyse"].xs("shoe_size", level="field").to_dict() == {
            "customers": "desirable",
            "customer_records": "",
        }

    def test_complete_journey_transactions(self, journey: ir.Table) -> None:
        fields = measure_fields(journey, "transactions", date(2018, 1, 1)).set_index("field")
        assert (fields.loc[fields["present"], "known"] == 1469307).all()
        assert fields.loc["quantity", "validity"] == pytest.approx(1 - 8869 / 1469307)
        assert fields.loc["time", "validity"] == 1.0

    def test_every_rule_is_about_a_standard_column(self) -> None:
        for rule in FIELD_RULES:
            assert rule.field in STANDARD_TABLES[rule.table].column_names, rule
            assert set(rule.needs) <= set(PURPOSES)
            assert rule.needs, rule


class TestFailing:
    def test_ranked_by_shortfall(self) -> None:
        failing = list_failing(measure_fields(PEOPLE, "customers", AS_OF))
        assert failing["rank"].tolist() == list(range(1, len(failing) + 1))
        assert failing["shortfall"].is_monotonic_decreasing
        # Never collected and needed for two purposes comes before never collected and needed for one.
        assert failing["field"].tolist()[:2] == ["do_not_contact", "customer_since"]
        named = failing.set_index(["field", "measure"])["value"]
        assert named["last_name", "completeness"] == 0.5
        assert named["customer_id", "duplication"] == 0.25
        assert named["email", "validity"] == pytest.approx(2 / 3)
        assert "birth_date" not in failing["field"].tolist()  # desirable only

    def test_equal_shortfalls_are_ranked_by_table_field_and_measure(self) -> None:
        short = {"present": True, "completeness": 0.5, "validity": 0.5, "timeliness": 1.0, "duplication": 0.0}
        short |= dict.fromkeys(PURPOSES, "") | {"talk": "required"}
        places = [("y", "b"), ("y", "a"), ("x", "c")]
        fields = pd.DataFrame([{"table": table, "field": field} | short for table, field in places])
        limits = QualityLimits(completeness=0.75, validity=0.75)
        failing = list_failing(fields, limits)
        assert list(zip(failing["table"], failing["field"], failing["measure"], strict=True)) == [
            (table, field, measure) for table, field in sorted(places) for measure in ("completeness", "validity")
        ]
        assert failing.index.tolist() == [0, 1, 2, 3, 4, 5]
        columns = ["rank", "table", "field", "present", "purposes", "measure", "value", "limit", "shortfall"]
        assert failing.columns.tolist() == columns

    def test_limits_decide(self) -> None:
        fields = measure_fields(PEOPLE, "customers", AS_OF)
        loose = QualityLimits(completeness=0.0, validity=0.0, timeliness=0.0, duplication=1.0)
        assert list_failing(fields, loose).empty
        assert grade_purposes(fields, loose)["served"].all()

    def test_limits_that_are_no_shares_are_reported_together(self) -> None:
        with pytest.raises(InputError, match=r"completeness: 95 is no share(.|\n)*duplication: -1 is no share"):
            QualityLimits(completeness=95, duplication=-1)

    def test_a_limit_just_above_one_is_no_share(self) -> None:
        with pytest.raises(InputError, match=r"completeness: 1\.5 is no share"):
            QualityLimits(completeness=1.5)

    def test_the_days_of_the_limits_are_those_measured_without_asking(self) -> None:
        # One record was changed 365 days before the analysis date, another 366.
        pd.testing.assert_frame_equal(measured(fresh_days=QualityLimits().fresh_days), measured())

    def test_purposes(self) -> None:
        grades = grade_purposes(measure_fields(PEOPLE, "customers", AS_OF))
        talk = grades.loc["talk to the customer"]
        assert (talk["required"], talk["failing"], bool(talk["served"])) == (4, 4, False)
        assert talk["desirable_completeness"] == 0.0
        assert list(grades.index) == list(PURPOSES.values())


@pytest.mark.parametrize(
    ("poor", "warned", "sound", "doubted", "good"),
    [
        ([], [], ("transactions", "customers"), (), True),
        (["customers"], ["customers"], ("transactions",), (), None),
        ([], ["customers"], ("transactions",), ("customers",), None),
        (["transactions"], [], ("customers",), (), False),
        ([], ["transactions"], ("customers",), ("transactions",), False),
    ],
)
def test_the_table_that_counts_most_decides_whether_the_data_are_good(
    poor: list[str], warned: list[str], sound: tuple[str, ...], doubted: tuple[str, ...], good: bool | None
) -> None:
    found = judge_tables(pd.DataFrame({"table": poor}), ["transactions", "customers"], warned)
    assert (found.sound, found.poor, found.doubted) == (sound, tuple(poor), doubted)
    assert found.good is good


def test_returns_are_trade_and_no_fault_of_the_data() -> None:
    """A shop with every tenth line a return: amounts, quantities and costs below zero belong together."""
    amount, quantity = [*[9.0] * 9, -9.0], [*[1] * 9, -1]
    lines = {"amount": amount, "quantity": quantity, "cost": [*[4.0] * 9, -4.0], "discount": [*[1.0] * 9, -1.0]}
    fields = measure_fields(ibis.memtable(pa.table(lines)), "transactions", AS_OF).set_index("field")
    assert fields.loc[list(lines), "validity"].tolist() == [1.0] * 4
    assert not list_failing(fields.reset_index()).query("measure == 'validity'")["field"].tolist()
    cents = ibis.memtable(pa.table({"amount": [-0.5], "quantity": [-1]}))
    assert measure_fields(cents, "transactions", AS_OF).set_index("field").loc["quantity", "validity"] == 1.0
    mixed = ibis.memtable(pa.table({"amount": [9.0, -9.0], "quantity": [-1, 1]}))
    assert measure_fields(mixed, "transactions", AS_OF).set_index("field").loc["quantity", "validity"] == 0.0
