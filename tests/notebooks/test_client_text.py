"""What a client reads holds no trace of the machinery: small studies scanned, of four customers, of odd words."""

import re

import numpy as np
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.narrative.phrases import for_client
from helpers.suite.report.blocks import ANALYST, AUDIENCE

CHAPTERS = (
    "10_customer_identification",
    "13_customer_base_audit",
    "20_concentration",
    "21_recency_frequency_money",
    "23_life_cycle",
    "24_behavioural_clusters",
    "36_customer_profitability",
    "30_customer_value",
    "34_ahp_value",
    "37_silent_customers",
    "50_campaigns",
    "54_crm_scorecard",
    "57_claims",
)
OURS = {
    "scientific notation": r"\d(?:\.\d+)?e[+-]?\d+",
    "empty quotes": r"''|\"\"|“”",
    "a name with underscores": r"\b[a-z]+(?:_[a-z0-9]+)+\b(?!\.yml)",
    "a missing value": r"\b(?:None|nan|NaN|NaT|inf)\b",
    "customers called rows": r"\d rows?\b",
    "an interval of nothing": r"\b0\.00 \(0\.00 to 0\.00\)",
    "a trace": r"Traceback|\w+Error\b",
    "a claim of others": r"British bank",
    "a template": r"\{\w*\}",
}
FIELDS = ("text", "title", "alt", "caption", "about")
ODD = ("Côte d’Or", "100 % wool", "a $ b", "<b>", "und/oder")


def client_texts(pieces: list[dict]) -> list[str]:
    """Return every sentence that reaches the client, and the texts of his tables."""
    shown = [
        piece for piece in pieces if piece.get(AUDIENCE) != ANALYST and piece["kind"] not in ("opening", "results")
    ]
    texts = [str(piece[field]) for piece in shown for field in FIELDS if piece.get(field)]
    rows = [cell for piece in shown if piece["kind"] == "table" for row in piece["rows"] for cell in row]
    return [text.replace("\\", "") for text in [*texts, *(cell for cell in rows if isinstance(cell, str))]]


def faults_of(texts: list[str]) -> list[tuple[str, str]]:
    return [(kind, text) for kind, pattern in OURS.items() for text in texts if re.search(pattern, text)]


def four_customers() -> dict[str, pd.DataFrame]:
    lines = shop(12)
    return {"transactions": lines[lines["customer_id"].isin(sorted(lines["customer_id"].unique())[:4])]}


def odd_words() -> dict[str, pd.DataFrame]:
    lines = shop(60)
    names = sorted(lines["customer_id"].unique())
    known = pd.DataFrame({"customer_id": names, "region": np.resize(ODD, len(names))})
    return {"transactions": lines, "customers": known}


STUDIES = {"shop": lambda: {"transactions": shop(60)}, "four customers": four_customers, "odd words": odd_words}


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CHAPTERS)
@pytest.mark.parametrize("study", STUDIES)
def test_a_client_reads_no_trace_of_the_machinery(study, chapter, run_notebook, tmp_path):
    folder = make_study(tmp_path / "client", STUDIES[study](), title="A shop")
    assert faults_of(client_texts(run_notebook(chapter, folder))) == []


def test_shares_of_four_customers_are_counts(run_notebook, tmp_path):
    folder = make_study(tmp_path / "client", four_customers(), title="A shop")
    pieces = run_notebook("20_concentration", folder)
    (classes,) = [piece["title"] for piece in pieces if piece.get("name") == "abc_classes"]
    assert re.search(r"Class A is \d of 4 customers", classes)


def test_phases_of_four_customers_are_counts(run_notebook, tmp_path):
    folder = make_study(tmp_path / "client", four_customers(), title="A shop")
    pieces = run_notebook("23_life_cycle", folder)
    findings = [piece["text"] for piece in pieces if piece["kind"] == "finding"]
    (phases,) = [text for text in findings if "stable" in text]
    assert re.search(r"\d of 4 customers are stable", phases)
    assert "%" not in phases


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("the study has no table service_cases", "the study has no service cases"),
        ("spend is negative in 2 rows: 'C1', 'C2'", "spend is negative for 2 customers"),
        ("column 'plan' is constant: 'x' in all 80 rows", "column 'plan' is constant: 'x' for all 80 customers"),
        (
            "perfect separation in 1 row whose outcome is known",
            "perfect separation in 1 customer whose outcome is known",
        ),
        ("no campaign_type is known", "no campaign type is known"),
    ],
)
def test_messages_of_methods_are_put_into_a_clients_words(message, expected):
    assert for_client(message) == expected
    assert faults_of([for_client(message)]) == []
