"""The ledger keeps each result once, and prose is made from it alone."""

import json
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from helpers.core.errors import InputError
from helpers.core.results import (
    Ledger,
    NamedResult,
    count_of,
    dump_json,
    ends_in_unit,
    escape_markdown,
    in_unit,
    plain_scalar,
    results_by_group,
    significant,
)


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger(currency="USD")
    ledger.add("share", 0.5457, unit="share", about="a share", interval=(0.5, 0.6))
    ledger.add("revenue", 4596039.58, unit="money", about="revenue received")
    ledger.add("customers", np.int64(2469), unit="customers", about="customers who bought")
    ledger.add("trend", "<b>*rising*</b>", unit="text", about="direction")
    ledger.add("unknown", float("nan"), unit="days", about="not measured")
    return ledger


def test_one_share_less_another_is_read_in_percentage_points():
    ledger = Ledger()
    ledger.add("gain", -0.0162, unit="share difference", about="one less the other", interval=(-0.0357, 0.003))
    assert ledger.sentence("A difference of {gain}.") == "A difference of −1.6 percentage points."
    assert ledger.sentence("Off by {gain:interval}.") == "Off by −1.6 percentage points (−3.6 to 0.3)."
    ledger.add("sure", 0.25, unit="share difference", about="to the digits shown", interval=(0.24999, 0.25001))
    assert ledger.sentence("Off by {sure:interval}.") == "Off by 25.0 percentage points."
    assert ends_in_unit(ledger["gain"]) == "−3.6 to 0.3 percentage points"
    assert json.loads(ledger.to_json())["gain"]["value"] == -0.0162
    ledger.add("silence", 2.5, unit="weeks", about="of another unit", interval=(1.5, 3.5))
    assert ledger.sentence("{silence:interval}") == "2.50 (1.50 to 3.50)"
    assert ends_in_unit(ledger["silence"]) == "1.50 to 3.50"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float64(0.1) + np.float64(0.2), 0.3),
        (123456789.123456789, 123456789.123),
        (np.int32(3), 3),
        (np.bool_(True), True),
        (True, True),
        (float("nan"), None),
        (np.inf, None),
        (None, None),
        ("x", "x"),
    ],
)
def test_values_become_plain(value, plain):
    assert plain_scalar(value) == plain
    assert type(plain_scalar(value)) is type(plain)


@pytest.mark.parametrize("value", [[1], {"a": 1}, object(), 1j])
def test_what_is_no_single_value_is_refused(value):
    with pytest.raises(TypeError, match="a named result is a number, a text or true/false, not"):
        plain_scalar(value)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e200, max_value=1e200))
def test_the_last_bits_of_a_sum_do_not_reach_the_file(number):
    stored = plain_scalar(number)
    assert stored == pytest.approx(number, rel=1e-11, abs=0)
    assert plain_scalar(stored) == stored
    assert json.loads(dump_json({"x": stored})) == {"x": stored}


def test_a_name_holds_one_finding(ledger):
    assert ledger.add("customers", 2469, unit="customers", about="customers who bought") == 2469
    with pytest.raises(ValueError, match="'customers' already holds 2469; it cannot also be 2470"):
        ledger.add("customers", 2470, unit="customers", about="customers who bought")
    assert len(ledger) == 5


@pytest.mark.parametrize("name", ["", "Revenue", "2017", "a b", "a-b", "_a"])
def test_names_are_lower_case_words(ledger, name):
    with pytest.raises(ValueError, match="must be lower-case letters"):
        ledger.add(name, 1, unit="x", about="x")


def test_money_is_in_the_currency_of_the_study(ledger):
    assert ledger["revenue"].unit == "USD"
    assert Ledger().add("revenue", 1, unit="money", about="x") == 1


def test_an_unknown_result_names_the_nearest(ledger):
    with pytest.raises(KeyError, match="did you mean 'revenue'"):
        ledger["revenues"]


def test_the_file_is_sorted_and_read_back_whole(ledger):
    entries = json.loads(ledger.to_json())
    assert list(entries) == sorted(entries)
    assert entries["share"] == {
        "value": 0.5457, "unit": "share", "about": "a share", "tolerance": 1e-6, "low": 0.5, "high": 0.6,
    }  # fmt: skip
    assert "low" not in entries["revenue"]
    assert Ledger.from_entries(entries, currency="USD").to_json() == ledger.to_json()


def test_an_entry_without_value_is_refused():
    with pytest.raises(InputError, match="results file: result 'x' lacks value or unit"):
        Ledger.from_entries({"x": {"unit": "days"}})


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{share} of {revenue}", "54.6 % of USD 4.60 million"),
        ("{share:interval}", "54.6 % (50.0 % to 60.0 %)"),
        ("{customers:interval}", "2,469"),
        ("{share:.0%} and {customers:.2e}", "55 % and 2.47e+03"),
        ("{unknown}", "not known"),
        ("{{braces}}", "{braces}"),
        ("{trend}", "<b>*rising*</b>"),
    ],
)
def test_sentences_are_made_from_results(ledger, template, said):
    assert ledger.sentence(template) == said


def test_further_values_and_words_may_be_given(ledger):
    assert ledger.sentence("{word} than {n}", word="more", n=1500) == "more than 1,500"


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1 customer buys"), (0, "0 customers buy"), (2469, "2,469 customers buy")]
)
def test_words_agree_with_their_number(number, said):
    ledger = Ledger()
    ledger.add("buyers", number, unit="customers", about="who buy")
    assert ledger.sentence("{buyers} {buyers:customer buys|customers buy}") == said
    assert ledger.sentence("{n} {n:customer buys|customers buy}", n=number) == said


@pytest.mark.parametrize(("number", "said"), [(0, "nobody buys"), (1, "1 customer buys"), (2, "2 customers buy")])
def test_nought_may_have_words_of_its_own(number, said):
    ledger = Ledger()
    ledger.add("buyers", number, unit="customers", about="who buy")
    assert ledger.sentence("{buyers:nobody buys|{buyers} customer buys|{buyers} customers buy}") == said


@pytest.mark.parametrize("template", ["In 2017 it was {share}.", "The best 20 percent", "{share} of 4"])
def test_a_typed_digit_is_refused(ledger, template):
    with pytest.raises(ValueError, match="prose must not hold typed digits"):
        ledger.sentence(template)


def test_a_sentence_about_a_result_that_is_not_there_is_refused(ledger):
    with pytest.raises(KeyError, match="unknown result 'shares'"):
        ledger.sentence("{shares}")


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1))
def test_text_from_data_is_shown_as_it_is(text):
    inline = MarkdownIt("commonmark", {"html": True}).parseInline("x" + escape_markdown(text) + "x")[0]
    assert {token.type for token in inline.children or []} <= {"text", "text_special"}
    assert "".join(token.content for token in inline.children or []) == f"x{text}x"


def test_texts_from_data_are_escaped_in_markdown_but_the_template_is_not(ledger):
    assert ledger.sentence("**{trend}** {name}", markdown=True, name="A_B") == r"**\<b\>\*rising\*\</b\>** A\_B"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "days", "not known"),
        (True, "verdict", "yes"),
        ("x", "share", "x"),
        (-0.05, "share", "−5.0 %"),
        (-3, "customers", "−3"),
        (1234.5, "days", "1,234"),
        (12.34, "days", "12.3"),
        (0.123, "days", "0.12"),
        (999.5, "EUR", "EUR 999.50"),
        (12345.6, "EUR", "EUR 12,346"),
        (-2.5e9, "EUR", "−EUR 2.50 billion"),
        # two decimals below ten, one below a thousand, none from there on: by size, whatever the sign
        (0.0, "days", "0.00"),
        (9.99, "days", "9.99"),
        (-9.99, "days", "−9.99"),
        (10.0, "days", "10.0"),
        (-10.0, "days", "−10.0"),
        (999.94, "days", "999.9"),
        (-999.94, "days", "−999.9"),
        (1000.0, "days", "1,000"),
        (-1000.0, "days", "−1,000"),
        (10, "customers", "10"),
        (1000, "customers", "1,000"),
        # money: cents below a thousand, then none, then millions and billions with two decimals
        (0.0, "EUR", "EUR 0.00"),
        (-0.5, "EUR", "−EUR 0.50"),
        (999.994, "EUR", "EUR 999.99"),
        (1000.0, "EUR", "EUR 1,000"),
        (999_999.4, "EUR", "EUR 999,999"),
        (1e6, "EUR", "EUR 1.00 million"),
        (999_994_000.0, "EUR", "EUR 999.99 million"),
        (1e9, "EUR", "EUR 1.00 billion"),
        (1234.5e9, "EUR", "EUR 1,234.50 billion"),
        # shares: one decimal, two where one would make all of almost all, or none of hardly any
        (0.0, "share", "0.0 %"),
        (0.00051, "share", "0.1 %"),
        (0.00049, "share", "0.05 %"),
        (-0.0004, "share", "−0.04 %"),
        (0.00001, "share", "0.0 %"),
        (0.99949, "share", "99.9 %"),
        (0.99951, "share", "99.95 %"),
        (-0.9997, "share", "−99.97 %"),
        (1.0004, "share", "100.04 %"),
        (1.5, "share", "150.0 %"),
    ],
)
def test_values_are_shown_in_their_unit(value, unit, shown):
    assert in_unit(value, unit) == shown


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{active_share} of {customers} customers are active", "4 of 4 customers are active"),
        ("{some_share} of customers grow", "1 of 4 customers grow"),
        ("{some_share} of all", "1 of 4"),
        ("({some_share}) and {money_share} of revenue", "(1 of 4) and 30.0 % of revenue"),
    ],
)
def test_a_share_of_four_is_reported_as_a_count(template, expected):
    ledger = Ledger("EUR")
    ledger.whole_of = lambda name: None if name == "money_share" else 4
    ledger.add("customers", 4, unit="customers", about="all")
    for name, value in {"active_share": 1.0, "some_share": 0.25, "money_share": 0.3}.items():
        ledger.add(name, value, unit="share", about="for the test")
    assert ledger.sentence(template) == expected
    ledger.whole_of = lambda _name: 40
    assert "%" in ledger.sentence(template)


@pytest.mark.parametrize(
    ("value", "ends", "expected"),
    [
        (0.0, (0.0, 0.0), "0.00"),
        (0.0012, (0.0004, 0.0021), "0.0012 (0.0004 to 0.0021)"),
        (0.84, (0.83, 0.86), "0.84 (0.83 to 0.86)"),
    ],
)
def test_an_interval_shows_more_than_zeros(value, ends, expected):
    ledger = Ledger()
    ledger.add("gain", value, unit="index", about="for the test", interval=ends)
    assert ledger.sentence("{gain:interval}") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(11_690.0, "11,690"), (2.107e4, "21,070"), (1.5e12, "1,500,000,000,000"), (4e-9, "below 0.000001")],
)
def test_numbers_for_a_client_are_never_in_scientific_notation(value, expected):
    """A band of 1.169e+04 to 2.107e+04."""
    assert significant(value) == expected


@pytest.mark.parametrize(
    ("share", "whole", "text"),
    [
        (1.0, 1, "1"),
        (0.0, 1, "0"),
        (1 / 9, 9, "1"),
        (0.1, 10, ""),  # ten are no longer few
        (0.5, 0, ""),
        (0.5, -2, ""),
        (0.5, None, ""),
        ("half", 4, ""),
        (0.25 + 1e-8, 4, "1"),
        (0.26, 4, ""),
    ],
)
def test_a_share_of_fewer_than_ten_is_a_count(share, whole, text):
    assert count_of(share, whole) == text


@pytest.mark.parametrize(
    ("value", "unit", "low", "high", "text"),
    [
        (0.5, "index", 0.4, 0.6, "0.50 (0.40 to 0.60)"),
        (0.5, "index", 0.5, 0.5, "0.50"),
        (0.5, "index", 0.5, 0.6, "0.5 (0.5 to 0.6)"),
        (0.5, "index", 0.4, 0.5, "0.5 (0.4 to 0.5)"),
        (0.0123, "index", 0.0119, 0.0127, "0.0123 (0.0119 to 0.0127)"),  # would all read 0.01
        (0.0123, "index", 0.0119, 0.31, "0.0123 (0.0119 to 0.31)"),  # two would
        (0.5, "share", 0.49996, 0.50004, "50.0 %"),  # a share is read to its one decimal
        (0.01234, "index", 0.01231, 0.01238, "0.0123 (0.0123 to 0.0124)"),  # three digits and no more
        (7, "customers", 7.0, 7.0, "7"),
        (9, "customers", 9.0, 10.0, "9 (9 to 10)"),
        (188, "customers", 157.0, 202.0, "188 (157 to 202)"),
        (188, "customers", 157.5, 202.0, "188 (157.5 to 202.0)"),
        (188, "customers", 157.0, 202.5, "188 (157.0 to 202.5)"),
        (188, "customers", 188.0, 188.4, "188 (188.0 to 188.4)"),
        (0.5, "index", 0.0, 0.6, "0.50 (0.00 to 0.60)"),
        (-0.5, "index", -0.6, 0.0, "−0.50 (−0.60 to 0.00)"),
        (2.0, "index", 1.0, 3.0, "2.00 (1.00 to 3.00)"),
    ],
)
def test_an_interval_is_reported_with_as_many_digits_as_tell_its_ends_apart(value, unit, low, high, text):
    ledger = Ledger("USD")
    ledger.add("found", value, unit=unit, about="found", interval=(low, high))
    assert ledger.sentence("{found:interval}") == text


@pytest.mark.parametrize("ends", [(None, 2.0), (1.0, None), (None, None)])
def test_half_an_interval_is_none(ends):
    one = NamedResult("found", 1.5, "index", "found", low=ends[0], high=ends[1])
    assert ends_in_unit(one) == ""
    assert ("low" in one.as_json()) is (ends != (None, None))
    ledger = Ledger.from_entries({"found": one.as_json()})
    assert ledger.sentence("{found:interval}") == "1.50"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-1.0, "−1"),
        (1e-6, "0.000001"),
        (9e-7, "below 0.000001"),
        (-9e-7, "above −0.000001"),
        (-0.5, "−0.5"),
    ],
)
def test_small_numbers_are_written_out_down_to_a_millionth(value, text):
    assert significant(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1e9, "USD", "USD 1.00 billion"),
        (999_999_999.0, "USD", "USD 1,000.00 million"),
        (1e6, "USD", "USD 1.00 million"),
        (2.5e12, "USD", "USD 2,500.00 billion"),
        (9e15, "USD", "USD 9,000,000.00 billion"),
        (8.25e11, "USD", "USD 825.00 billion"),
        (999_994_600.0, "USD", "USD 999.99 million"),
        (999_995_400.0, "USD", "USD 1,000.00 million"),
        (-0.00001, "share", "0.0 %"),
        (0.5, "shares", "0.50"),
        (0.5, "zeal", "0.50"),
    ],
)
def test_units_are_written_as_their_name_says(value, unit, text):
    assert in_unit(value, unit) == text


def test_groups_bring_the_value_that_stands_first_and_its_ends():
    rows = pd.DataFrame({"share": [0.5], "low": [0.4], "high": [0.6], "cases": [9.0]}, index=["At risk"])
    (one,) = results_by_group(rows, "{group}_share", unit="share", about="of {group}")
    assert (one.name, one.value, one.low, one.high, one.about) == ("at_risk_share", 0.5, 0.4, 0.6, "of At risk")


def test_the_results_file_has_one_layout():
    assert dump_json({"b": "é", "a": [1]}) == '{\n  "a": [\n    1\n  ],\n  "b": "é"\n}\n'
    with pytest.raises(ValueError, match="JSON"):
        dump_json({"a": float("nan")})


def test_an_entry_may_hold_value_and_unit_alone():
    assert Ledger.from_entries({"a": {"value": 1, "unit": "orders"}})["a"].value == 1


@pytest.mark.parametrize("value", [date(2024, 3, 9), datetime(2024, 3, 9, 12, 30)])
def test_a_day_in_a_sentence_is_written_in_words(ledger, value):
    assert ledger.sentence("until {day}", day=value) == "until 9 March 2024"


def test_the_first_typed_digit_is_named(ledger):
    with pytest.raises(ValueError, match="instead: 'of 5 '"):
        ledger.sentence("of 5 {share} in 7")
