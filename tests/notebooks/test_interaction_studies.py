"""Chapters 42 and 43 on small simulated companies, sound and spoilt."""

import pandas as pd
import pytest

ACTION, LOOP, LIST = "42_next_best_action", "43_closed_loop", "next_actions"


def of_company(folder, name):
    return pd.read_parquet(folder / "tables" / f"{name}.parquet")


def results_of(pieces):
    found = next(piece["results"] for piece in pieces if piece["kind"] == "results")
    return {name: one["value"] for name, one in found.items()}


@pytest.fixture
def plan(run_notebook, monkeypatch, tmp_path):
    """Run chapter 42 on a study, and return its results and its list."""

    def run(study, **parameters):
        monkeypatch.setenv("CRM_RUN_FOLDER", str(tmp_path))
        found = results_of(run_notebook(ACTION, study, **parameters))
        return found, pd.read_parquet(tmp_path / "lists" / f"{LIST}.parquet")

    return run


@pytest.mark.slow
def test_no_refuser_and_every_action_has_owner_day_cost_and_gain(make_company, plan):
    study = make_company(800)
    found, listed = plan(study, action_budget=40.0)
    customers = of_company(study, "customers")
    refused = set(customers.loc[customers["do_not_contact"], "customer_id"])
    assert refused.isdisjoint(listed["customer_id"])
    assert found["list_refusers_left_out"] > 0
    assert listed[["owner", "contact_on", "cost", "net", "low", "high", "why", "channel"]].notna().all().all()
    assert listed["cost"].sum() <= found["list_budget"]
    assert found["list_customers"] == len(listed) > 0


@pytest.mark.slow
@pytest.mark.parametrize("spoilt", [{"action_budget": 0.0}, {"action_budget": 0.01}, {"most_contacts": 0}])
def test_a_budget_or_cap_that_allows_nothing_leaves_an_empty_list(spoilt, make_company, plan):
    found, listed = plan(make_company(400), **spoilt)
    assert listed.empty
    assert found["list_customers"] == found["list_expected_gain"] == 0


@pytest.mark.slow
def test_where_all_refuse_the_list_is_empty(make_company, plan):
    study = make_company(400)
    of_company(study, "customers").assign(do_not_contact=True).to_parquet(study / "tables" / "customers.parquet")
    found, listed = plan(study)
    assert listed.empty
    assert found["list_refusers_left_out"] > 0


@pytest.mark.slow
def test_nobody_held_back_leaves_the_plan_out_with_its_reason(make_company, run_notebook):
    study = make_company(400)
    of_company(study, "contacts").assign(treated=True).to_parquet(study / "tables" / "contacts.parquet")
    assert LIST not in str([piece.get("name") for piece in run_notebook(ACTION, study)])


@pytest.mark.slow
def test_the_log_of_one_run_is_what_a_later_one_is_held_against(make_company, run_notebook, plan, tmp_path):
    study = make_company(800)
    plan(study, action_budget=40.0)
    log = (tmp_path / "lists" / "sent_and_expected.jsonl").read_text()
    (study / "log.jsonl").write_text(log.replace('"2026-01', '"2025-10'))
    with (study / "study.yml").open("a") as stream:
        stream.write("\nfiles:\n  action_log: log.jsonl\n")
    found = results_of(run_notebook(LOOP, study))
    assert found["log_contacts"] == len(log.splitlines())
    assert 0 < found["log_actual_response"] < 1
    assert 0 < found["drift_flagged_after"] <= 5
    assert found["drift_false_alarm_rate"] <= 0.05
