"""Studies too small or too poor for some questions: every notebook runs, and says what cannot be known and why."""

import re

import numpy as np
import pandas as pd
import pytest
from tests.cases import make_study, shop
from tests.small_shops import SMALL, lines, quarter

from helpers.study.study import load_study
from helpers.suite.planning.readiness import readiness

OVERVIEW = "00_overview"
IDENTIFICATION, AUDIT = "10_customer_identification", "13_customer_base_audit"
CONCENTRATION, SEGMENTS = "20_concentration", "21_recency_frequency_money"
VALUE, CAMPAIGNS, SCORECARD = "30_customer_value", "50_campaigns", "54_crm_scorecard"
JUDGED, LIFE_CYCLE, CLAIMS, ANOMALIES = "34_ahp_value", "23_life_cycle", "57_claims", "55_anomalies"
OURS = (IDENTIFICATION, AUDIT, CONCENTRATION, SEGMENTS, LIFE_CYCLE, VALUE, SCORECARD, ANOMALIES, CLAIMS)


def texts_said(pieces: list[dict]) -> list[str]:
    """Every text a reader sees."""
    fields = ("text", "title", "alt", "caption", "about")
    return [str(piece[field]) for piece in pieces for field in fields if piece.get(field)]


@pytest.mark.parametrize("notebook", OURS)
@pytest.mark.parametrize("kind", SMALL)
def test_a_notebook_runs_on_a_small_study_and_tells_no_nonsense(notebook, kind, run_small):
    pieces = run_small(notebook, kind)
    assert pieces[0]["kind"] == "opening"
    assert pieces[-1]["kind"] == "results"
    nonsense = re.compile(r"\b(?:nan|inf|None|NaT)\b|not known times|\{\w+\}")
    assert [text for text in texts_said(pieces) if nonsense.search(text.replace("{x}", ""))] == []
    assert any(piece["kind"] == "verdict" for piece in pieces) or notebook in (SCORECARD, CLAIMS)


def caveats(pieces: list[dict]) -> str:
    return " ".join(piece["text"] for piece in pieces if piece["kind"] == "caveat")


@pytest.mark.parametrize(
    ("notebook", "kind", "why"),
    [
        (VALUE, "one quarter", "A first lifetime value cannot be given: no order from 1 April 2023 to 1 October 2023"),
        (VALUE, "one customer", "Tenths of customers cannot be formed"),
        (VALUE, "nothing paid", "Contribution cannot be worked out"),
        (
            CONCENTRATION,
            "nothing paid",
            "Concentration cannot be measured: the revenue of 40 customers adds up to nothing",
        ),
        (CONCENTRATION, "one customer", "The Gini coefficient cannot be given: 1 customer to draw from"),
        (
            CONCENTRATION,
            "some returned more than they bought",
            "The Gini coefficient has no interval: 39 customers with revenue; 50 are needed",
        ),
        (JUDGED, "one customer", "Customers cannot be scored: 1 customer with indicators, too few to compare"),
        (SCORECARD, "one quarter", "Who stayed cannot be known: no revenue from 1 April 2023 to 1 October 2023"),
        (SCORECARD, "a silent half-year", "Who stayed cannot be known: no revenue"),
        (SCORECARD, "five customers for a year", ""),
    ],
)
def test_what_cannot_be_judged_is_said_with_the_reason(notebook, kind, why, run_small):
    assert why in caveats(run_small(notebook, kind)).replace("\\", "")


def test_a_year_of_which_half_is_held_out_cannot_test_a_lifetime_value(small_study, run_notebook):
    pieces = run_notebook(VALUE, small_study(SMALL["a year"]), holdout_months=6, recent_months=12)
    assert "The estimate cannot be tested" in caveats(pieces)


def test_an_untested_lifetime_value_is_not_recommended(run_small):
    pieces = run_small(VALUE, "one quarter")
    (verdict,) = [piece for piece in pieces if piece["kind"] == "verdict"]
    assert verdict["good"] is False
    assert "could not be tested" in verdict["text"]
    assert pieces[-1]["results"]["holdout_verdict"]["value"] == "untested"


def test_hours_are_drawn_only_where_there_are_hours(run_small):
    names = {piece.get("name") for piece in run_small(IDENTIFICATION, "one quarter")}
    assert "order_times" in names
    dated = run_small(IDENTIFICATION, "days without hours")
    assert "order_times" not in {piece.get("name") for piece in dated}


def campaigns(types: list[str | None], ends: bool = True) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Half of forty customers contacted by two campaigns, one in four of them responding."""
    who = quarter()["who"].unique()[:20]
    sent = pd.DataFrame({"customer_id": [*who, *who], "campaign_id": ["c1"] * 20 + ["c2"] * 20, "time": "2024-02-10"})
    sent["campaign_type"] = np.repeat(types, 20)
    if ends:
        sent["end_time"] = "2024-03-10"
    sent = sent.dropna(axis="columns", how="all")
    answered = sent.iloc[::4][["customer_id", "campaign_id"]].assign(time="2024-02-20")
    return sent, answered


@pytest.mark.parametrize("types", [["mail", "post"], ["mail", "mail"], [None, None]], ids=["two", "one", "none"])
@pytest.mark.parametrize("ends", [True, False], ids=["closed", "open"])
def test_campaigns_of_few_kinds_are_reported_too(types, ends, small_study, run_notebook):
    sent, answered = campaigns(types, ends)
    pieces = run_notebook(CAMPAIGNS, small_study(quarter(), contacts=sent, responses=answered), period_months=1)
    results = pieces[-1]["results"]
    assert results["redemption_rate_all"]["value"] == 0.25
    assert results["campaigns"]["value"] == 2
    assert ("type_differences" in results) == (types == ["mail", "post"])
    assert ("campaign_windows" in {piece.get("name") for piece in pieces}) == ends


def test_campaigns_to_everybody_leave_nothing_to_compare(small_study, run_notebook):
    who = quarter()["who"].unique()
    sent = pd.DataFrame({"customer_id": who, "campaign_id": "c1", "time": "2024-03-05"})
    pieces = run_notebook(CAMPAIGNS, small_study(quarter(), contacts=sent, responses=sent.head(0)), period_months=1)
    assert "contact_selection" not in {piece.get("name") for piece in pieces}
    assert pieces[-1]["results"]["redemption_rate_all"]["value"] == 0


@pytest.mark.parametrize(
    "records",
    [
        pd.DataFrame({"customer_id": ["007"]}),
        pd.DataFrame({"customer_id": ["007", "0011", "nobody"], "own_town": ["<i>Ulm</i>", None, "Bonn"]}),
        pd.DataFrame({"customer_id": quarter()["who"].unique(), "own_town": "Ulm"}),
    ],
    ids=["no attribute", "two known", "all known"],
)
def test_records_of_few_customers_are_reported_too(records, small_study, run_notebook):
    pieces = run_notebook(IDENTIFICATION, small_study(quarter(), customers=records))
    results = pieces[-1]["results"]
    assert results["customers_with_demographics"]["value"] == records["customer_id"].isin(quarter()["who"]).sum()
    assert ("largest_group" in results) == (len(set(records.get("own_town", ())) - {None}) > 1)
    assert "<i>" not in "".join(piece["text"] for piece in pieces if piece["kind"] in ("finding", "reading", "caveat"))


def test_the_overview_speaks_of_what_it_knows_only(small_study, run_notebook):
    pieces = run_notebook(OVERVIEW, small_study(quarter()))
    assert [piece["figures"] for piece in pieces if piece["kind"] == "key_figures"] == [[]]
    assert not [piece for piece in pieces if piece["kind"] in ("reading", "caveat")]


def test_an_example_by_hand_does_not_hang_on_the_time_of_the_study(small_study, run_notebook):
    """Its customer is known before its blocks, also where all purchases lie in the last century."""
    old = quarter().assign(when=lambda table: table["when"] - pd.DateOffset(years=40))
    pieces = run_notebook(SEGMENTS, small_study(old, as_of="1984-04-01"))
    assert pieces[-1]["kind"] == "results"


def test_one_segment_is_not_called_both_firmest_and_loosest(run_small):
    said = " ".join(texts_said(run_small(SEGMENTS, "one customer")))
    assert "keep their segment" in said
    assert "irmest" not in said


@pytest.mark.parametrize(("customers", "held_against"), [(1, False), (4, False), (5, True)])
def test_a_fifth_of_fewer_than_five_customers_is_not_held_against_the_rule(
    customers, held_against, small_study, run_notebook
):
    said = " ".join(texts_said(run_notebook(CONCENTRATION, small_study(lines(customers, range(1, 91), each=6)))))
    assert ("That a fifth of customers bring four fifths" in said) == held_against
    assert ("a fifth of them is less than one" in said) != held_against


@pytest.mark.parametrize("notebook", [SEGMENTS, LIFE_CYCLE])
@pytest.mark.parametrize(("as_of", "stops"), [("2024-04-01", False), ("2024-06-01", True)])
def test_data_of_one_quarter_that_stop_long_before_the_analysis_date_are_said_to(
    as_of, stops, notebook, small_study, run_notebook
):
    said = caveats(run_notebook(notebook, small_study(SMALL["one quarter"], as_of=as_of)))
    assert ("days before the analysis date" in said) == stops


def test_a_misspelt_activity_of_selling_stops_the_run_before_it_starts(tmp_path):
    done = pd.DataFrame({"customer_id": ["C0001", "C0002"], "activity": ["visit", "call"], "quantity": 1, "year": 2024})
    study = load_study(make_study(tmp_path / "selling", {"transactions": shop(40), "activities": done}))
    values = {"visit_activities": "visit", "call_activities": "order_telephone"}
    assert readiness(CONCENTRATION, study, values) == ((), ())
    _, faults = readiness(CONCENTRATION, study, values | {"visit_activities": "visit, vist", "call_activities": "call"})
    assert [(fault.where, fault.what) for fault in faults] == [
        ("parameter visit_activities", "unknown activity 'vist'")
    ]
