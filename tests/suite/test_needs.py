"""The grammar of what a notebook needs: a table, a column of one, or any of several."""

import pytest

from helpers.core.errors import InputError
from helpers.study.study import load_study
from helpers.suite.notebook.session import _require_tables
from helpers.suite.planning.needs import alternatives, concerns_business, missing_from, needed_data, unknown_needs
from helpers.suite.planning.plan import make_plan
from helpers.suite.report.client_report import further_data
from helpers.suite.report.model import Skipped, build_report

EITHER = "contracts or transactions"
NEITHER = "contracts or products.brand"


@pytest.fixture
def shop(project):
    """A study with transactions and products, and nothing else."""
    return load_study("corner_shop")


def test_a_need_is_one_table_or_column_or_several_joined_by_or():
    assert alternatives("contracts") == ("contracts",)
    assert alternatives("contracts or products.category or leads") == ("contracts", "products.category", "leads")


def test_any_alternative_meets_a_need(shop):
    assert missing_from(shop, [EITHER]) == ()
    assert missing_from(shop, ["contracts", "transactions"]) == ("contracts",)


def test_a_need_no_alternative_meets_is_missing_as_a_whole(shop):
    assert missing_from(shop, [EITHER, NEITHER, "leads"]) == (NEITHER, "leads")


def test_all_needs_must_be_met_each_by_its_own_alternative(shop):
    assert missing_from(shop, [EITHER, "contracts or leads"]) == ("contracts or leads",)


def test_what_is_needed_is_reported_with_every_alternative():
    assert needed_data(NEITHER) == (
        "contracts (one contract of one customer; customer_id) or products with brand (one product; product_id, brand)"
    )


def test_a_misspelt_alternative_is_found_with_the_nearest():
    faults = unknown_needs(["contract or products.categry", "transactions"], "33_value_cube.ipynb, needs")
    assert [fault.remedy for fault in faults] == ["did you mean 'contracts'?", "did you mean 'category'?"]


def test_one_alternative_of_business_is_enough_to_ask_a_client():
    assert concerns_business("published_values or contracts")
    assert not concerns_business("published_values")


def test_a_notebook_left_out_says_both_ways_to_bring_it_in(project, add_notebook):
    add_notebook("33_cube", needs=NEITHER)
    add_notebook("34_other", needs=EITHER)
    plan = make_plan("corner_shop")
    assert "34_other" in [notebook.name for notebook in plan.notebooks]
    (left,) = [one for one in plan.left_out if one.notebook.name == "33_cube"]
    assert left.missing == (NEITHER,)
    assert left.reason.startswith("needs contracts (")
    assert " or products with brand (" in left.reason


def test_a_notebook_run_by_hand_says_both_ways_too(shop):
    with pytest.raises(InputError, match=r"needs the table 'contracts' or the column 'products.brand'"):
        _require_tables(shop, [EITHER, NEITHER])


def test_the_report_names_every_table_that_would_do(make, tmp_path):
    paths = {"10_a": make.notebook(tmp_path / "10_a.ipynb", "# A")}
    report = build_report(paths, skipped=[Skipped("33_cube", "The cube", (NEITHER, "leads"))])
    asked = {need["table"]: need for need in further_data(report)}
    assert asked["Contracts"]["adds"] == ["The cube (or products)"]
    assert "The cube (or contracts)" in asked["Products"]["adds"]
    assert "brand" in asked["Products"]["columns"]
    assert asked["Leads"]["adds"] == ["The cube"]
