"""The service desk and engagement from raw tables to the report: the simulated company, and tables too poor to say."""

import re
from pathlib import Path

import pandas as pd
import pytest
from tests.cases import make_study, shop
from tests.drawn_cases import drawn_cases

DATA = Path(__file__).resolve().parents[2] / "data"
DESK, ENGAGEMENT = "52_service_desk", "53_engagement"


def results(pieces):
    return {name: entry["value"] for name, entry in pieces[-1]["results"].items()}


def texts(pieces, kind=""):
    fields = ("text", "title", "alt", "caption", "about")
    chosen = [piece for piece in pieces if kind in ("", piece["kind"])]
    return " ".join(str(piece[field]) for piece in chosen for field in fields if piece.get(field))


def has_nonsense(pieces):
    return bool(re.search(r"\b(?:nan|inf|None|NaT)\b|\{\w+\}", texts(pieces)))


def test_the_desk_of_the_simulated_company_claims_no_effect_on_staying(make_company, run_notebook):
    pieces = run_notebook(DESK, make_company(800))
    found = results(pieces)
    assert 0.5 < found["first_contact_solved_share"] < 0.7
    assert found["first_contact_solved_advice_share"] > 0.75
    assert found["complaints_in_time_share"] <= found["complaints_decided_in_time_share"]
    assert found["staying_status"] == "not shown"
    staying = pieces[-1]["results"]["staying_difference"]
    assert staying["low"] < 0 < staying["high"]
    assert "show no effect" in texts(pieces, "verdict")
    assert found["leading_step"] in {"dispatch", "packing", "picking", "billing", "purchasing"}
    assert not has_nonsense(pieces)


def test_three_cases_say_nothing_and_the_number_needed_is_named(tmp_path, run_notebook):
    pieces = run_notebook(DESK, make_study(tmp_path / "few", {"service_cases": drawn_cases(3)}))
    assert results(pieces) == {}
    assert "not enough to say" in texts(pieces, "caveat")
    assert "30" in texts(pieces, "caveat")
    assert not has_nonsense(pieces)


def test_spoilt_cases_of_one_channel_are_counted_in_cautions(tmp_path, run_notebook):
    cases = drawn_cases(600).drop(columns="cost")
    cases.loc[:9, "closed_time"] = pd.NaT
    cases.loc[:4, "due_time"] = pd.Timestamp("2025-03-01")
    cases.loc[10:12, "closed_time"] = cases.loc[10:12, "time"] - pd.Timedelta(hours=5)
    monday = pd.Timestamp("2024-03-04")
    week = (cases["time"] >= monday) & (cases["time"] < monday + pd.Timedelta(days=7))
    pieces = run_notebook(DESK, make_study(tmp_path / "spoilt", {"service_cases": cases[~week]}))
    found, cautions = results(pieces), texts(pieces, "caveat")
    assert (found["service_open_cases"], found["service_not_due_cases"]) == (10, 5)
    assert "3 cases are dated as closed before they were opened" in cautions
    assert "all cases have one channel" in cautions
    assert found["first_contact_missing_weeks"] == 1
    assert "leading_cost_share" not in found
    assert "service_cost" not in found
    assert "4 March 2024" in cautions or re.sub(r"\\", "", cautions).count("2024-03-04")
    assert not has_nonsense(pieces)


def test_cases_with_nothing_but_times_are_counted_only(tmp_path, run_notebook):
    bare = drawn_cases(100)[["case_id", "customer_id", "time"]]
    pieces = run_notebook(DESK, make_study(tmp_path / "bare", {"service_cases": bare}))
    found = results(pieces)
    assert found["service_cases"] == 100
    assert "complaints_in_time_share" not in found
    assert found.get("first_contact_solved_share") is None
    assert not has_nonsense(pieces)


def test_the_calls_of_the_bank_are_staffed_with_a_range_and_the_assumption_named(run_notebook):
    pieces = run_notebook(DESK, DATA / "bank_calls")
    found = results(pieces)
    assert found["volume_missing_days"] == 6
    assert found["staffing_forecast_error"] < found["staffing_forecast_naive_error"]
    assert found["staffing_forecast_coverage"] == pytest.approx(0.95, abs=0.04)
    peak = pieces[-1]["results"]["staffing_peak"]
    assert peak["low"] < peak["value"] < peak["high"]
    assert "Assumed: handling seconds" in texts(pieces)
    assert "staffing_abandoned_share" not in found  # nobody knows how patient callers are
    assert not has_nonsense(pieces)


def surveyed(answer: float, customers: int) -> dict[str, pd.DataFrame]:
    lines = shop()
    asked = lines["customer_id"].drop_duplicates().head(customers)
    survey = pd.DataFrame({"customer_id": asked, "time": pd.Timestamp("2024-06-01"), "recommendation": answer})
    return {"transactions": lines, "surveys": survey}


@pytest.fixture
def survey_study(tmp_path):
    def write(tables):
        columns = {"customer_id": "customer_id", "time": "time"}
        entry = {"source": "surveys.csv", "columns": columns, "attributes": ["recommendation"]}
        return make_study(tmp_path / "surveyed", tables, sources={"surveys": entry})

    return write


def test_answers_on_another_scale_make_no_fans_and_a_caution(survey_study, run_notebook):
    pieces = run_notebook(ENGAGEMENT, survey_study(surveyed(5.0, 200)), regular_orders=2)
    found = results(pieces)
    assert found["state_fan_customers"] == 0
    assert "another scale" in texts(pieces, "caveat")
    assert "by which channels customers buy" in texts(pieces, "caveat")
    assert not has_nonsense(pieces)


def test_few_answers_bear_no_share_of_fans(survey_study, run_notebook):
    pieces = run_notebook(ENGAGEMENT, survey_study(surveyed(10.0, 12)), regular_orders=2)
    found = results(pieces)
    assert "fans_of_regulars_share" not in found
    assert "not enough to say" in texts(pieces, "caveat")
    assert not has_nonsense(pieces)


def test_three_customers_are_no_ground_for_engagement(survey_study, run_notebook):
    tables = surveyed(10.0, 3)
    kept = tables["surveys"]["customer_id"]
    tables["transactions"] = tables["transactions"][tables["transactions"]["customer_id"].isin(kept)]
    pieces = run_notebook(ENGAGEMENT, survey_study(tables))
    assert results(pieces) == {}
    assert "30 are needed" in texts(pieces, "caveat")
    assert not has_nonsense(pieces)


def test_a_desk_that_does_not_say_what_was_solved_at_first_contact_is_reported(tmp_path, run_notebook):
    cases = drawn_cases(600).drop(columns="solved_at_first_contact")
    pieces = run_notebook(DESK, make_study(tmp_path / "unsaid", {"service_cases": cases}))
    assert results(pieces)["service_cases"] > 500
    assert results(pieces)["first_contact_solved_share"] is None
    assert any(piece["kind"] == "table" and "cause" in str(piece) for piece in pieces)
    assert not has_nonsense(pieces)
