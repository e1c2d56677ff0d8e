"""What a name tells: units, labels and digits, the same in every notebook; estimates and refusals taken apart."""

from types import SimpleNamespace

import pandas as pd
import pytest

from helpers.core.errors import Fault, InputError
from helpers.narrative.phrases import ADVICE, in_a_sentence, value_and_interval
from helpers.suite.report.units import PRECISE, label_of, table_texts, unit_of_result, usual_units, whole_count


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("revenue", "money"),
        ("top20_revenue_share", "share"),
        ("redemption_rate", "share"),
        ("net_revenue_retention", "share"),
        ("contribution_per_customer", "money"),
        ("revenue_without_record", "money"),
        ("transaction_lines", "lines"),
        ("customers_lost", "customers"),
        ("customers_for_half_revenue", "customers"),
        ("expected_life_months", "months"),
    ],
)
def test_a_name_tells_its_unit(name, unit):
    assert unit_of_result(name) == unit


@pytest.mark.parametrize("name", ["gini", "busiest_weekday", "orders_per_customer"])
def test_a_name_without_a_unit_must_state_one(name):
    with pytest.raises(ValueError, match=f"'{name}' does not tell a unit"):
        unit_of_result(name)


def test_ends_of_an_interval_have_the_unit_of_the_value_before_them():
    columns = ["first", "difference", "low", "high", "customers", "spend", "spend_low"]
    units = usual_units(columns, {"difference": "share"})
    assert units == {
        "first": "", "difference": "share", "low": "share", "high": "share", "customers": "", "spend": "money",
        "spend_low": "money",
    }  # fmt: skip


def test_a_stated_unit_wins_and_a_wrong_column_is_left_for_the_table_to_find():
    assert usual_units(["rate"], {"rate": "ratio", "rat": "share"}) == {"rate": "ratio", "rat": "share"}


def test_counts_are_whole_and_other_values_stay():
    assert [whole_count(value, "customers") for value in (142.0, 142.5, None)] == [142, 142.5, None]
    assert isinstance(whole_count(3.0, "customers"), int)
    assert isinstance(whole_count(3.0, "ratio"), float)


def shown(name: str, values: list, unit: str = "") -> list[str]:
    return [row[0] for row in table_texts([(name, unit)], [(value,) for value in values])]


@pytest.mark.parametrize(
    ("name", "unit", "values", "texts"),
    [
        ("orders_per_customer", "", [3.24, 71.0, None], ["3.2", "71.0", "–"]),
        ("median_days", "", [2.0, 94.0], ["2", "94"]),
        ("median_days", "", [2.0, 17.5], ["2.0", "17.5"]),
        ("index", "", [176.7, 4.45], ["177", "4"]),
        ("design_effect", "", [1.809, 2.2], ["1.81", "2.20"]),
        ("spend", "EUR", [1234.5, 12.52, -3.0], ["1,234", "13", "−3"]),
        ("spend", "EUR", [17.5, -0.001], ["17.50", "0.00"]),
        ("customers", "", [1234, 5], ["1,234", "5"]),
        ("order_id", "", [41426896872, 7], ["41426896872", "7"]),
        ("share", "share", [0.5, None], ["50.0 %", "–"]),
        ("served", "", [True, False], ["yes", "no"]),
        ("who", "", ["-0", "{x}"], ["-0", "{x}"]),
    ],
)
def test_a_column_has_one_number_of_decimals(name, unit, values, texts):
    assert shown(name, values, unit) == texts


def test_an_interval_has_the_decimals_of_its_value():
    columns = [("lifetime_value", "EUR"), ("low", "EUR"), ("high", "EUR"), ("spend", "EUR")]
    assert table_texts(columns, [(629.4, 43.66, 2012.0, 39.18)]) == [["629", "44", "2,012", "39.18"]]


def test_a_table_without_rows_has_no_texts():
    assert table_texts([("a", ""), ("b", "share")], []) == []


def test_labels_of_interval_ends_read_as_words():
    assert [label_of(name) for name in ("share_low", "high", "revenue_share")] == ["From", "To", "Revenue share"]


def test_an_estimate_brings_its_interval():
    assert value_and_interval(SimpleNamespace(value=0.5, low=0.4, high=0.6)) == (0.5, (0.4, 0.6))
    assert value_and_interval(pd.Series({"share": 0.5, "low": 0.4, "high": 0.6})) == (0.5, (0.4, 0.6))
    assert value_and_interval("at risk") == ("at risk", None)


def test_a_refusal_becomes_half_a_sentence_each_reason_once():
    faults = [Fault("no line before 2024-01-31", "transactions", "more", "wait"), Fault("Too few."), Fault("too few")]
    assert in_a_sentence(InputError(faults)) == "no line before 31 January 2024; too few"


def test_only_a_model_that_beats_the_guess_is_good_news():
    assert {word: good for word, (_, good) in ADVICE.items()} == {
        "better": True, "better at assumed costs": None, "not distinguishable": None, "worse": False,
        "untested": False, "no order": False,
    }  # fmt: skip


def test_precise_numbers_keep_four_significant_digits():
    columns = [("estimate", PRECISE)]
    assert table_texts(columns, [[0.02178654], [4.41360], [203_000_000.0]]) == [["0.02179"], ["4.414"], ["203,000,000"]]
