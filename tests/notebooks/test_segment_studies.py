"""Clusters and key accounts on studies that are too small or too poor: a message or a stated rule, never nonsense."""

import re
from io import BytesIO

import numpy as np
import openpyxl
import pandas as pd
import pytest
from tests.notebooks.test_small_studies import caveats, texts_said
from tests.small_shops import lines

CLUSTERS, ACCOUNTS = "24_behavioural_clusters", "25_key_accounts"
NONSENSE = re.compile(r"\b(?:nan|inf|None|NaT)\b|\{\w+\}")


def results_of(pieces: list[dict]) -> dict[str, object]:
    return {name: one["value"] for name, one in pieces[-1]["results"].items()}


def verdicts(pieces: list[dict]) -> list[str]:
    return [piece["text"] for piece in pieces if piece["kind"] == "verdict"]


def firms(
    customers: int, *, firm: int, days: range = range(1, 700), **columns: object
) -> tuple[pd.DataFrame, pd.DataFrame]:
    table = lines(customers, days, each=20)
    names = sorted(table["who"].unique())
    kind = ["firm"] * firm + ["person"] * (len(names) - firm)
    return table, pd.DataFrame({"customer_id": names, "kind": kind, **columns})


@pytest.mark.parametrize("kind", ["one customer", "one-time buyers", "nothing paid", "one week", "days without hours"])
def test_where_there_is_too_little_no_clusters_are_named(kind, run_small):
    pieces = run_small(CLUSTERS, kind)
    assert [text for text in texts_said(pieces) if NONSENSE.search(text.replace("{x}", ""))] == []
    assert verdicts(pieces) == ["These data cannot say whether there are clusters of like behaviour."]
    assert results_of(pieces)["segments_verdict"] == "unknown"
    assert not [name for name in results_of(pieces) if name.startswith("cluster_")]


def test_customers_who_buy_at_random_have_no_clusters_and_no_contact_rule(small_study, run_notebook):
    table, customers = firms(80, firm=20, region=np.resize(["north", "south"], 80))
    pieces = run_notebook(CLUSTERS, small_study(table, customers=customers), bootstrap_draws=99)
    found = results_of(pieces)
    assert (found["segments_groups"], found["segments_verdict"] in ("cuts", "none")) == (0, True)
    assert "No clusters" in verdicts(pieces)[0]
    assert {"value_by_behaviour_share", "value_by_outer_facts_share"} <= set(found)
    assert not [name for name in found if name.startswith("contact_")]
    assert not [piece for piece in pieces if piece["kind"] == "list"]


def test_customers_who_buy_in_two_ways_are_two_clusters_without_a_rule_until_costs_are_known(small_study, run_notebook):
    many, few = lines(60, range(1, 700), each=30), lines(60, range(1, 700), each=8, seed=2)
    few = few.assign(who="x" + few["who"], slip="x" + few["slip"], paid=few["paid"] * 40)
    pieces = run_notebook(CLUSTERS, small_study(pd.concat([many, few])), bootstrap_draws=99)
    found = results_of(pieces)
    assert found["segments_groups"] == 2
    assert {found["cluster_1_customers"], found["cluster_2_customers"]} == {60}
    words = f"{found['cluster_1_description']}; {found['cluster_2_description']}"
    assert "many orders a year" in words
    assert "few orders a year" in words
    assert "No contact rule is given: the cost of goods is not known of every line" in caveats(pieces)


def test_without_firms_there_are_no_key_accounts(small_study, run_notebook):
    table, customers = firms(20, firm=0)
    pieces = run_notebook(ACCOUNTS, small_study(table, customers=customers))
    assert verdicts(pieces) == ["No firm has bought anything: there are no key accounts."]
    assert "There are no key accounts: no customer is a firm" in caveats(pieces)
    assert set(results_of(pieces)) == {"key_account_check_verdict"}
    assert [piece["kind"] for piece in pieces if piece["kind"] in ("figure", "table", "list")] == []


@pytest.mark.parametrize("firm", [1, 3, 30])
def test_few_firms_are_all_on_the_list_and_it_is_said_that_nothing_was_tested(firm, small_study, run_notebook):
    table, customers = firms(40, firm=firm, last_name="=1+1", do_not_contact=np.arange(40) == 0)
    pieces = run_notebook(ACCOUNTS, small_study(table, customers=customers), bootstrap_draws=99)
    assert [text for text in texts_said(pieces) if NONSENSE.search(text)] == []
    found = results_of(pieces)
    assert found["business_customers"] == firm
    assert found["key_account_customers"] == min(firm, 20)
    assert (found["key_account_check_verdict"] == "untested") == (firm < 20)
    assert found["key_accounts_refusers"] + found["key_account_plans_customers"] == min(firm, 20)


def test_lists_and_plans_hold_nobody_who_refused_contact(small_study, run_notebook, monkeypatch, tmp_path):
    table, customers = firms(40, firm=40, last_name="<b>=1+1", do_not_contact=np.arange(40) % 2 == 0)
    study = small_study(table, customers=customers)
    run_folder = tmp_path / "run"
    monkeypatch.setenv("CRM_RUN_FOLDER", str(run_folder))
    run_notebook(ACCOUNTS, study, bootstrap_draws=99)
    refused = set(customers.loc[customers["do_not_contact"], "customer_id"])
    listed = pd.read_parquet(run_folder / "lists" / "key_accounts.parquet")
    book = openpyxl.load_workbook(BytesIO((run_folder / "lists" / "key_accounts.xlsx").read_bytes()))
    assert not set(listed["customer_id"].astype(str)) & refused
    assert len(book.sheetnames) == 1 + len(listed)
    assert not [cell for page in book for row in page.iter_rows() for cell in row if cell.data_type == "f"]


def test_guessed_weights_are_marked_and_stated_ones_are_not(small_study, run_notebook):
    table, customers = firms(40, firm=30)
    study = small_study(table, customers=customers)
    pieces = run_notebook(ACCOUNTS, study, bootstrap_draws=99)
    assert pieces[-1]["results"]["key_account_revenue_share"]["assumed"]
    assert not [piece for piece in pieces if piece["kind"] == "finding" and "key accounts bring" in piece["text"]]
