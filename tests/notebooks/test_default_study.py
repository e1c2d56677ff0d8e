"""The default study from the command line to the report: right numbers, same bytes, nothing a client must not see."""

import json
import re
from pathlib import Path

import pytest
from tests.study_runs import crm_run

from helpers.suite.running.reference import compare, read_results

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference" / "complete_journey.json"

# The publisher's tests and vignette (rows, households, baskets, sales, basket values) and independent computations.
KNOWN = {
    "transaction_lines": 1469307,
    "orders": 155848,
    "customers": 2469,
    "revenue": 4596039.58,
    "median_order_value": 17.50,
    "mean_order_value": 29.49,
    "customers_with_demographics": 801,
    "top20_revenue_share": 0.5457,
    "best_customers": 494,
    "a_class_customers": 1030,
    "a_class_customer_share": 0.4172,
    "redemption_rate_type_a": 0.1656,
    "redemption_rate_type_b": 0.0650,
    "redemption_rate_type_c": 0.0592,
    "redemption_rate_all": 0.1202,
    "lines_unmatched_product": 4836,
}


@pytest.fixture(scope="module")
def report(study_run) -> Path:
    return study_run("complete_journey")


@pytest.fixture(scope="module")
def results(report: Path) -> dict:
    return read_results(report / "results.json")


@pytest.mark.parametrize(("name", "value"), KNOWN.items())
def test_named_results_agree_with_the_publishers_figures(results, name, value):
    decimals = len(str(value).partition(".")[2])
    assert round(results[name]["value"], decimals) == value


def test_every_result_agrees_with_the_reference_within_its_tolerance(results):
    assert compare(results, read_results(REFERENCE)) == []
    assert set(results) == set(read_results(REFERENCE)), "a result was added or lost: make example"


@pytest.mark.slow
def test_one_job_and_several_give_the_same_bytes(report, tmp_path):
    crm_run("complete_journey", tmp_path, "--jobs", "1")
    again = tmp_path / "complete_journey" / "latest"
    assert (again / "results.json").read_bytes() == (report / "results.json").read_bytes()


def test_a_run_leaves_every_part_of_the_report(report):
    names = {path.name for path in report.iterdir()}
    assert names == {
        "report.html",
        "analyst.html",
        "results.json",
        "tables.xlsx",
        "receipt.json",
        "notebooks",
        "lists",
    }


@pytest.mark.parametrize("file", ["report.html", "analyst.html", "receipt.json"])
def test_no_path_of_this_machine_is_shown(report, file):
    text = (report / file).read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert str(Path.home()) not in text
    assert not re.search(r"(?<![\w/])/(?:tmp|home|root|usr)/", text)


def test_the_client_sees_no_code_and_no_customer_list(report):
    text = (report / "report.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "book." not in text
    assert not re.search(r"\w+Warning: ", text)
    assert "Traceback" not in text


def test_the_receipt_says_what_went_in(report, results):
    receipt = json.loads((report / "receipt.json").read_text(encoding="utf-8"))
    shown = json.dumps(receipt)
    assert "transactions.parquet" in shown
    assert re.search(r"[0-9a-f]{64}", shown)
    assert "pandas" in shown
    assert len(results) > 100
