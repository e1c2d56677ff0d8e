"""What a name tells: units, labels and digits, the same in every notebook; estimates and refusals taken apart."""

from types import SimpleNamespace

import pandas as pd
import pytest

from helpers.core.errors import Fault, InputError
from helpers.narrative.phrases import ADVICE, in_a_sentence, value_and_interval
from helpers.suite.report.units import (
    PRECISE,
    is_identifier,
    label_of,
    share_of,
    table_texts,
    unit_of_result,
    usual_units,
    whole_count,
)


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
        ("customers_share", "share"),
        ("customers_after_days", "days"),
        ("customers", "customers"),
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
        ("design_effect", "ratio", [1.809, 2.2], ["1.81", "2.20"]),
        ("spend", "EUR", [1234.5, 12.52, -3.0], ["1,234", "13", "−3"]),
        ("spend", "EUR", [17.5, -0.001], ["17.50", "0.00"]),
        ("customers", "", [1234, 5], ["1,234", "5"]),
        ("order_id", "", [41426896872, 7], ["41426896872", "7"]),
        ("share", "share", [0.5, None], ["50.0 %", "–"]),
        ("served", "", [True, False], ["yes", "no"]),
        ("who", "", ["-0", "{x}"], ["-0", "{x}"]),
        ("spend", "EUR", [1000.0, 2.4], ["1,000", "2"]),
        ("spend", "EUR", [-999.99, 20.0], ["−999.99", "20.00"]),
        ("spend", "EUR", [5.0, 7.0], ["5.00", "7.00"]),
        ("mean_size", "", [1000.0, 1.6], ["1,000", "2"]),
        ("mean_size", "", [-1000.4, 1.6], ["−1,000", "2"]),
        ("mean_size", "", [999.5, 1.6], ["999.5", "1.6"]),
        ("mean_size", "", [10.0, 1.26], ["10.0", "1.3"]),
        ("mean_size", "", [9.99, 1.26], ["9.99", "1.26"]),
        ("mean_size", "", [-0.004, 0.004, 1.5], ["0.00", "0.00", "1.50"]),
        ("mean_size", "", [None, None], ["–", "–"]),
        ("mean_size", "", [True, 0.5], ["yes", "0.50"]),
        ("known_index", "", [99.6], ["100"]),
        ("indexed", "", [99.6], ["99.6"]),
        ("low", "", [2.5], ["2.50"]),
        ("unpaid", "", [41426896872.0, 7.0], ["41,426,896,872", "7"]),
    ],
)
def test_a_column_has_one_number_of_decimals(name, unit, values, texts):
    assert shown(name, values, unit) == texts


def test_an_interval_has_the_decimals_of_its_value():
    columns = [("lifetime_value", "EUR"), ("low", "EUR"), ("high", "EUR"), ("spend", "EUR")]
    assert table_texts(columns, [(629.4, 43.66, 2012.0, 39.18)]) == [["629", "44", "2,012", "39.18"]]


def test_the_ends_that_follow_a_value_and_no_others_decide_its_decimals():
    columns = [("first", ""), ("size", ""), ("low", ""), ("high", ""), ("other", ""), ("other_high", "")]
    rows = [(1.25, 2.5, 1.25, 12.5, 3.75, 1234.5), (1.5, 2.25, 1.0, 3.5, None, None)]
    assert table_texts(columns, rows) == [
        ["1.25", "2.5", "1.2", "12.5", "4", "1,234"],
        ["1.50", "2.2", "1.0", "3.5", "–", "–"],
    ]


def test_ends_at_the_head_of_a_table_have_decimals_of_their_own():
    columns = [("low", ""), ("high", ""), ("size", "")]
    assert table_texts(columns, [(1.25, 12.5, 1234.5)]) == [["1.2", "12.5", "1,234"]]


def test_an_end_has_the_decimals_of_its_value_even_where_it_alone_would_have_more():
    assert table_texts([("size", ""), ("low", "")], [(12.5, 1.26)]) == [["12.5", "1.3"]]
    change = [("change", ""), ("low", ""), ("high", "")]
    assert table_texts(change, [(-5.25, -20.5, 2.26)]) == [["−5.2", "−20.5", "2.3"]]


def test_rows_of_another_length_are_refused():
    with pytest.raises(ValueError, match="zip"):
        table_texts([("a", ""), ("b", "")], [(1, 2), (1,)])


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("active_customer_share", "known_customers"),
        ("retention_rate", "retention_customers_before"),
        ("net_retention_rate", ""),
        ("ahp_high_low_share", "ahp_scored_customers"),
        ("churn_rate", "churn_customers"),
        ("faded_by_drop_share", "alarm_warned_customers"),
        ("silent_by_by_chance_share", "alarm_judged_customers"),
        ("champions_customer_share", "customers"),
        ("spend_nothing_share", "customers"),
        ("spend_nothing_share_low", ""),
    ],
)
def test_a_share_says_of_how_many_it_is(name, whole):
    assert share_of(name) == whole


def test_identifiers_end_in_the_word():
    assert [is_identifier(name) for name in ("id", "order_id", "id_count", "valid", "paid_id")] == [
        True, True, False, False, True,
    ]  # fmt: skip


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
