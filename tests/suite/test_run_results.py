"""Results of a run: one file, each name with its notebook, the same bytes for the same findings."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.core.errors import InputError
from helpers.suite.running.reference import compare, read_results
from helpers.suite.running.run_results import ResultsDifferError, not_drawn_in, put_together, results_of, write_results

ORDERS = {"value": 3, "unit": "orders", "about": "orders received", "tolerance": 1e-6}


def shown(kind, **parts):
    return new_output("display_data", data={"text/plain": ""}, metadata={"crm": {"kind": kind, **parts}})


def test_results_are_taken_from_the_pieces_of_that_kind():
    closing = new_code_cell("book.close()", outputs=[shown("results", results={"orders": ORDERS})])
    other = new_code_cell("x", outputs=[shown("reading", text="x"), new_output("stream", name="stdout", text="3")])
    assert results_of(new_notebook(cells=[new_markdown_cell("#"), other, closing])) == {"orders": ORDERS}


def test_chinese_categories_that_no_font_can_draw_are_gathered_from_the_figures():
    figures = [shown("figure", not_drawn=characters) for characters in ("奶酒", "奶", "")]
    cells = [new_code_cell("draw()", outputs=[*figures, shown("figure")])]
    assert not_drawn_in(new_notebook(cells=cells)) == set("奶酒")


def test_each_result_names_its_notebook_and_the_first_of_those_that_agree():
    together = put_together({"20_b": {"orders": ORDERS, "x": ORDERS}, "10_a": {"orders": ORDERS}})
    assert together["orders"] == {**ORDERS, "notebook": "10_a"}
    assert together["x"]["notebook"] == "20_b"


def test_notebooks_that_contradict_each_other_are_named_with_all_they_contradict_in():
    other = {"orders": {**ORDERS, "value": 4}, "x": {**ORDERS, "unit": "lines"}}
    with pytest.raises(
        ResultsDifferError, match=r"'orders' is 3 orders.*in 10_a and 4 orders.*in 20_b; 'x' is 3 orders"
    ):
        put_together({"10_a": {"orders": ORDERS, "x": ORDERS}, "20_b": other})


def test_the_file_is_the_same_bytes_in_any_order(tmp_path):
    entries = {"b": ORDERS, "a": {**ORDERS, "about": "Käufe ≥ 1"}}
    text = write_results(tmp_path / "1.json", entries)
    write_results(tmp_path / "2.json", dict(reversed(entries.items())))
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes() == text.encode()
    assert json.loads(text) == entries
    assert read_results(tmp_path / "1.json") == entries


REFERENCE = {"orders": {"value": 100, "unit": "orders", "tolerance": 0.01}}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"value": 101.0, "unit": "orders"}, REFERENCE["orders"]),
        ({"value": 99, "unit": "orders"}, REFERENCE["orders"]),
        ({"value": 1e-13}, {"value": 0.0}),
        ({"value": None}, {"value": None}),
        ({"value": True}, {"value": True}),
        ({"value": "rising", "about": "x"}, {"value": "rising", "tolerance": 1}),
        ({"value": 1, "low": 0.5, "high": 2}, {"value": 1, "low": 0.5}),
    ],
)
def test_results_within_tolerance_agree(found, expected):
    assert compare({"orders": found, "new": ORDERS}, {"orders": expected}) == []


@pytest.mark.parametrize(
    ("found", "expected", "what"),
    [
        ({"value": 101.1, "unit": "orders"}, REFERENCE["orders"], "value is 101.1"),
        ({"value": 100, "unit": "lines"}, REFERENCE["orders"], "unit is 'lines'"),
        ({"value": None}, {"value": 0.0}, "value is None"),
        ({"value": 1}, {"value": True}, "value is 1"),
        ({"value": "1"}, {"value": 1}, "value is '1'"),
        ({"value": "rising"}, {"value": "falling", "tolerance": 1}, "value is 'rising'"),
        ({"value": 1, "high": 3}, {"value": 1, "high": 2}, "high is 3"),
    ],
)
def test_results_beyond_tolerance_are_reported(found, expected, what):
    faults = compare({"orders": found}, {"orders": expected})
    assert [fault.what for fault in faults] == [what]


def test_a_result_that_was_not_found_is_reported_with_its_likely_new_name():
    faults = compare({"order_count": ORDERS}, {"orders_count": ORDERS})
    assert str(faults[0]).startswith("orders_count: was not found by the run")
    assert faults[0].remedy == "is it called 'order_count' now?"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read as JSON"),
        ("{}", "holds no results"),
        ('{"a": {"unit": "x"}}', "results without a value: a"),
    ],
)
def test_a_file_without_results_is_refused(tmp_path, text, message):
    path = tmp_path / "reference.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_results(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such results file"):
        read_results(tmp_path / "reference.json")
