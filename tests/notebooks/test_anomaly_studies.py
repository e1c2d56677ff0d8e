"""Unusual accounts as a chapter: odd shops get a message or a stated rule, lists are never for contact."""

import re

import numpy as np
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.suite.planning.plan import make_plan

CHAPTER = "55_anomalies"
NONSENSE = re.compile(r"\b(?:nan|inf|None|NaT)\b|\{\w+\}")


def texts(pieces: list[dict], *kinds: str) -> str:
    return " ".join(piece.get("text", "") for piece in pieces if piece["kind"] in kinds)


def refunds_beyond_sales(lines: pd.DataFrame) -> pd.DataFrame:
    back = lines[lines["customer_id"] == "C0003"]
    return pd.concat([lines, back.assign(amount=-3 * back["amount"])], ignore_index=True)


ODD = {
    "all equal": (lambda lines: lines.assign(amount=10.0), "prices below list (neither"),
    "one customer": (lambda lines: lines[lines["customer_id"] == "C0001"], "1 customer with purchases"),
    "one order": (lambda lines: lines[lines["order_id"] == lines["order_id"].iloc[0]], "1 customer with purchases"),
    "no list price": (lambda lines: lines, "prices below list (neither price cuts nor list prices are recorded)"),
    "nothing is ever cut": (lambda lines: lines.assign(discount=0.0), "all accounts pay the same part"),
    "refunds only": (lambda lines: lines.assign(amount=-lines["amount"]), "0 customers with purchases"),
    "zero prices": (lambda lines: lines.assign(amount=0.0), "0 customers with purchases"),
    "refunds larger than sales": (refunds_beyond_sales, "may take back what they do not hold"),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_shop_gets_a_message_and_no_nonsense(case, tmp_path, run_notebook):
    spoil, said = ODD[case]
    pieces = run_notebook(CHAPTER, make_study(tmp_path / "odd", {"transactions": spoil(shop(60))}))
    assert said in texts(pieces, "caveat").replace("\\", "")
    shown = [str(one[field]) for one in pieces for field in ("text", "title", "alt", "about") if one.get(field)]
    assert [text for text in shown if NONSENSE.search(text)] == []
    assert ("unusual_customers" in pieces[-1]["results"]) == ("with purchases" not in said)


def test_one_account_of_sixty_is_counted_in_words_that_agree(tmp_path, run_notebook):
    pieces = run_notebook(CHAPTER, make_study(tmp_path / "one", {"transactions": refunds_beyond_sales(shop(60))}))
    assert pieces[-1]["results"]["unusual_customers"]["value"] == 1
    assert "1 of 60 customers is unlike" in texts(pieces, "finding")
    assert "hardly any would lie beyond" in texts(pieces, "reading")


def test_lists_are_for_reading_and_accuse_nobody(tmp_path, run_notebook):
    lines = refunds_beyond_sales(shop(120))
    ids = pd.unique(lines["customer_id"])
    people = pd.DataFrame({"customer_id": ids, "street": "Hill 1", "postcode": "1", "do_not_contact": "no"})
    pieces = run_notebook(CHAPTER, make_study(tmp_path / "lists", {"transactions": lines, "customers": people}))
    lists = {piece["name"]: piece["about"] for piece in pieces if piece["kind"] == "list"}
    assert {"unusual_accounts", "refunds_beyond", "accounts_sharing"} <= set(lists)
    assert all("not for contact" in about for about in lists.values())
    assert "no proof of anything" in texts(pieces, "caveat")
    assert pieces[-1]["results"]["sharing_customers"]["value"] == len(ids)


@pytest.mark.parametrize(("cases", "status"), [(55, "rules"), (4, "untested")])
def test_the_list_is_scored_with_the_study_s_own_truth_only_where_cases_suffice(cases, status, tmp_path, run_notebook):
    lines = shop(300)
    ids = pd.unique(lines["customer_id"])
    cheats = ids[:cases]
    random = np.random.default_rng(1)
    back = lines[lines["customer_id"].isin(cheats) | (random.random(len(lines)) < 0.02)]
    lines = pd.concat([lines, back.assign(amount=-back["amount"])], ignore_index=True)
    truth = pd.DataFrame({"customer_id": ids, "fraud_pattern": np.where(np.isin(ids, cheats), "refunds", "")})
    study = make_study(tmp_path / "truth", {"transactions": lines, "known_fraud": truth})
    results = run_notebook(CHAPTER, study)[-1]["results"]
    assert results["known_fraud_customers"]["value"] == cases
    assert ("anomaly_precision_top50" in results) == (cases >= 50)
    assert results["list_status"]["value"] in (status, "neither" if cases >= 50 else status)


def test_a_misspelt_column_of_peers_is_refused_before_the_run(tmp_path):
    lines = shop(40)
    people = pd.DataFrame({"customer_id": pd.unique(lines["customer_id"]), "kind": "person"})
    study = make_study(tmp_path / "peers", {"transactions": lines, "customers": people})
    typed = [("peer_columns", "kinde"), ("shared_columns", "devise")]
    with pytest.raises(InputError) as raised:
        make_plan(study, typed, only=["55"])
    assert len(raised.value.faults) == 2
    assert "'kind'" in raised.value.faults[0].remedy
