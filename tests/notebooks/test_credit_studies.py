"""Credit from the raw tables to the report: applicants, the simulated company's books, and books too thin to tell."""

import re
from pathlib import Path

import pandas as pd
import pytest

from helpers.core.errors import InputError

DATA = Path(__file__).resolve().parents[2] / "data"
RECEIVABLES, APPLICANTS, COLLECTION = "35_credit", "39_credit_applicants", "45_credit_collection"
# credit_data.cv.ours, the best of the usual learners: AUC and Brier score over ten folds, tolerance 0.005.
BEST_AUC, BEST_BRIER, TOLERANCE = 0.8406, 0.1393, 0.005


def results(pieces):
    return {name: entry["value"] for name, entry in pieces[-1]["results"].items()}


def said(pieces):
    fields = ("text", "title", "alt", "caption", "about")
    return [str(piece[field]) for piece in pieces for field in fields if piece.get(field)]


def nonsense(pieces):
    return [text for text in said(pieces) if re.search(r"\b(?:nan|inf|None|NaT)\b|\{\w+\}", text)]


@pytest.fixture
def books(tmp_path):
    """Write a study of invoices and payments and return its folder."""

    def write(invoices: pd.DataFrame, payments: pd.DataFrame) -> Path:
        folder = tmp_path / "books"
        folder.mkdir()
        (folder / "study.yml").write_text(
            "study: books\ntitle: Books\ncurrency: EUR\nas_of: 2025-01-01\n"
            "tables:\n  invoices: {source: invoices.csv}\n  payments: {source: payments.csv}\n",
            encoding="utf-8",
        )
        invoices.to_csv(folder / "invoices.csv", index=False)
        payments.to_csv(folder / "payments.csv", index=False)
        return folder

    return write


def test_applicants_are_scored_as_well_as_the_reference(run_notebook):
    pieces = run_notebook(APPLICANTS, DATA / "credit")
    found = results(pieces)
    assert found["credit_applicants"] == 4454
    assert round(found["credit_default_share"], 5) == 0.28154
    assert found["credit_auc"] > BEST_AUC - TOLERANCE
    assert found["credit_gini"] == pytest.approx(2 * found["credit_auc"] - 1)
    assert found["credit_brier"] < BEST_BRIER + TOLERANCE
    assert found["credit_calibration_error"] < 0.03
    assert found["credit_return"] > 0 > found["credit_return_all"]
    assert [piece["good"] for piece in pieces if piece["kind"] == "verdict"] == [True]
    assert nonsense(pieces) == []


def test_a_score_can_be_made_without_what_the_law_forbids(run_notebook):
    pieces = run_notebook(
        APPLICANTS, DATA / "credit", score_leaves_out="age, marital_status", score_learner="lines", score_folds=3
    )
    columns = next(piece for piece in pieces if piece.get("name") == "credit_columns")
    assert "age" not in str(columns["rows"])
    with pytest.raises(InputError, match="did you mean 'age'"):
        run_notebook(APPLICANTS, DATA / "credit", score_leaves_out="agee")


def test_the_books_of_the_simulated_company_are_written_in_full(run_notebook, make_company):
    folder = make_company(800)
    pieces = run_notebook(RECEIVABLES, folder)
    found = results(pieces)
    months = next(piece for piece in pieces if piece.get("name") == "credit_balance")
    assert months["kind"] == "figure"
    assert sum(found[f"credit_grade_{grade}_customers"] for grade in ("a", "b", "c", "d", "not_graded")) > 200
    assert found["credit_grade_a_default_rate"] < found["credit_grade_b_default_rate"]
    assert found["credit_grade_b_default_rate"] < found["credit_grade_c_default_rate"]
    assert 0 < found["credit_expected_loss"] < found["credit_loss_bad_year"] < found["credit_open_balance"]
    assert 0 < found["credit_beyond_rule_share"] < found["credit_past_due_share"] < 1
    assert nonsense(pieces) == []
    after = run_notebook(COLLECTION, folder)
    asked = results(after)
    assert asked["credit_exposure"] == found["credit_open_balance"]
    assert 0 < asked["credit_policy_frees"] < asked["credit_exposure"]
    assert 0 < asked["credit_to_lawyer"] < asked["credit_to_collect"] < asked["credit_exposure"]
    lists = {piece["name"] for piece in after if piece["kind"] == "list"}
    assert lists == {"credit_limits", "collection", "balances_to_confirm"}
    assert nonsense(after) == []


PAID_UP = (
    pd.DataFrame({"invoice_id": [1, 2], "customer_id": ["a", "b"], "time": "2024-11-01", "amount": [100.0, 50.0]}),
    pd.DataFrame({"invoice_id": [1, 2], "time": "2024-12-01", "amount": [100.0, 50.0]}),
)


def test_paid_up_books_without_terms_or_sellers_tell_no_nonsense(run_notebook, books):
    folder = books(*PAID_UP)
    pieces = run_notebook(RECEIVABLES, folder)
    found = results(pieces)
    assert found["credit_open_balance"] == found["credit_expected_loss"] == 0
    assert [piece["good"] for piece in pieces if piece["kind"] == "verdict"] == [None]
    assert any("a term of 30 days is assumed" in text for text in said(pieces))
    assert nonsense(pieces) == []
    after = run_notebook(COLLECTION, folder)
    assert "credit_sellers" not in results(after)
    assert nonsense(after) == []


def test_faulty_books_are_refused_with_every_fault(run_notebook, books):
    invoices, payments = PAID_UP
    payments = pd.concat([payments, payments.assign(time="2024-12-02")])
    folder = books(invoices.assign(amount=[100.0, -50.0]), pd.concat([payments, payments.assign(invoice_id=9)]))
    with pytest.raises(InputError) as caught:
        run_notebook(RECEIVABLES, folder)
    assert [fault.what for fault in caught.value.faults] == [
        "a negative amount in 1 invoice: '2'",
        "no such invoice for 4 payments (by invoice): '9', '9', '9', '9'",
        "more paid than owed on 2 invoices: '1', '2'",
    ]
