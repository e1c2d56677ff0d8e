"""Lists of the chapters, made of a small simulated company: none for contact holds a customer who refused it."""

import numpy as np
import pandas as pd
import pytest

CHAPTERS = {
    "20_concentration": "customers_classified",
    "21_recency_frequency_money": "customers_differentiated",
    "23_life_cycle": "customers_by_phase",
    "25_key_accounts": "key_accounts",
    "33_value_cube": "customers_in_cube",
    "37_silent_customers": "customers_falling_silent",
    "40_cross_selling": "next_products",
    "41_second_sale": "recommendations",
}

ENOUGH_CUSTOMERS = {"40_cross_selling": 800}
"""Of fewer, no first purchases can be learned: there is no list. Elsewhere 200 will do."""


def of_company(folder, name):
    return pd.read_parquet(folder / "tables" / f"{name}.parquet")


def run_in(folder, monkeypatch, run_notebook, name, study):
    """Run a notebook as part of a run and return its named results."""
    monkeypatch.setenv("CRM_RUN_FOLDER", str(folder))
    pieces = run_notebook(name, study)
    return next(piece["results"] for piece in pieces if piece["kind"] == "results")


@pytest.mark.parametrize("chapter", CHAPTERS)
@pytest.mark.slow
def test_no_refuser_is_on_a_list_for_contact(chapter, make_company, run_notebook, monkeypatch, tmp_path):
    study = make_company(ENOUGH_CUSTOMERS.get(chapter, 200))
    results = run_in(tmp_path, monkeypatch, run_notebook, chapter, study)
    customers = of_company(study, "customers")
    refused = customers.loc[customers["do_not_contact"], "customer_id"]
    listed = pd.read_parquet(tmp_path / "lists" / f"{CHAPTERS[chapter]}.parquet")["customer_id"]
    assert len(refused) > 0 < len(listed)
    assert not listed.isin(refused).any()
    assert results[f"{CHAPTERS[chapter]}_refusers"]["value"] > 0


@pytest.mark.slow
def test_a_refusal_that_only_another_system_knows_counts(make_company, run_notebook, monkeypatch, tmp_path):
    """The table of customers says nothing; records do, and orders name their accounts."""
    study = make_company(200)
    customers = of_company(study, "customers")
    refused = customers.loc[customers["do_not_contact"], "customer_id"]
    customers.drop(columns="do_not_contact").to_parquet(study / "tables" / "customers.parquet")
    records, lines = of_company(study, "customer_records"), of_company(study, "transactions")
    marked = records.loc[records["do_not_contact"], "record_id"]
    known = lines.loc[lines["account_id"].isin(marked), "customer_id"].unique()
    run_in(tmp_path, monkeypatch, run_notebook, "21_recency_frequency_money", study)
    listed = pd.read_parquet(tmp_path / "lists" / "customers_differentiated.parquet")["customer_id"]
    assert len(known) > 0
    assert not listed.isin(known).any()
    assert set(lines["customer_id"]) - set(listed) <= set(refused)


@pytest.mark.slow
def test_the_budget_of_the_cube_plans_nothing_for_refusers(make_company, run_notebook, monkeypatch, tmp_path):
    study = make_company(200)
    results = run_in(tmp_path, monkeypatch, run_notebook, "33_value_cube", study)
    listed = pd.read_parquet(tmp_path / "lists" / "customers_in_cube.parquet")
    found = {name: results[name]["value"] for name in results}
    assert found["budget_refusers"] == found["customers_in_cube_refusers"] > 0
    assert found["budget_that_pays"] == pytest.approx(
        np.where(listed["measure"] == "keep", 30.0, 2.0)[listed["measure"] != "nothing"].sum()
    )
    assert found["budget_net_gain_at_most"] == pytest.approx(listed["net_gain"].sum(), abs=0.01)


@pytest.mark.slow
def test_golden_records_and_orders_can_be_joined(make_company, run_notebook, monkeypatch, tmp_path):
    study = make_company(200)
    run_in(tmp_path, monkeypatch, run_notebook, "11_record_linkage", study)
    ids = pd.read_parquet(tmp_path / "lists" / "golden_ids.parquet")
    golden = pd.read_parquet(tmp_path / "lists" / "golden_records.parquet")
    lines = of_company(study, "transactions")
    by_record = ids[(ids["id_kind"] == "record_id") & (ids["leads_to"] == 1)].set_index("id")["customer_id"]
    by_customer = ids[ids["id_kind"] == "customer_id"].set_index("id")
    assert lines["account_id"].astype(str).isin(by_record.index).all()
    assert lines["customer_id"].astype(str).isin(by_customer.index).all()
    assert set(ids["customer_id"]) == set(golden["customer_id"])
    refused = golden.loc[golden["do_not_contact"], "customer_id"]
    assert ids["do_not_contact"].eq(ids["customer_id"].isin(refused)).all()
