"""Lists of the chapters, made of a small simulated company: none for contact holds a customer who refused it."""

import pandas as pd
import pytest

CHAPTERS = {
    "20_customer_differentiation": "customers_differentiated",
    "33_value_cube": "customers_in_cube",
    "37_silent_customers": "customers_falling_silent",
}


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
    study = make_company(200)
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
    run_in(tmp_path, monkeypatch, run_notebook, "20_customer_differentiation", study)
    listed = pd.read_parquet(tmp_path / "lists" / "customers_differentiated.parquet")["customer_id"]
    assert len(known) > 0
    assert not listed.isin(known).any()
    assert set(lines["customer_id"]) - set(listed) <= set(refused)
