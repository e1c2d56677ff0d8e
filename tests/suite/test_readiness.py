"""What a chapter would refuse of its tables, a check says first; the other chapters run all the same."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core import places
from helpers.core.errors import EngineError, Fault, InputError
from helpers.suite.planning import readiness
from helpers.suite.planning.notebook_file import read_notebooks
from helpers.suite.planning.plan import make_plan
from helpers.suite.planning.readiness import PREPARATIONS

pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
CHURN, CUBE, CREDIT, COLLECTION = "32_churn", "33_value_cube", "35_credit", "45_credit_collection"


def contracts(rows: int = 400) -> pd.DataFrame:
    random = np.random.default_rng(2)
    months = random.integers(1, 60, rows)
    bill = random.normal(60, 10, rows).round(2)
    return pd.DataFrame(
        {
            "customer_id": [f"K{number}" for number in range(rows)],
            "tenure_months": months,
            "monthly_amount": bill,
            "total_amount": (months * bill).round(2),
            "ended": random.random(rows) < 0.3,
            "plan": random.choice(["monthly", "yearly"], rows),
            "holds_phone": random.choice(["Yes", "No"], rows),
        }
    )


def study(folder: Path, table: pd.DataFrame, name: str = "contracts") -> Path:
    standard = {"customer_id", "tenure_months", "monthly_amount", "total_amount", "ended", "defaulted", "amount"}
    source = {
        "columns": {column: column for column in table if column in standard},
        "attributes": {column: column for column in table if column not in standard},
    }
    return make_study(folder, {name: table}, sources={name: source})


def books() -> tuple[pd.DataFrame, pd.DataFrame]:
    number = np.arange(60)
    bills = pd.DataFrame(
        {"invoice_id": number, "customer_id": [f"C{one % 20:04d}" for one in number], "time": "2024-03-01"}
    ).assign(amount=100.0, due_date="2024-04-01")
    return bills, bills[["invoice_id", "amount"]].assign(time="2024-03-20")


def names(plan) -> set[str]:
    return {notebook.name for notebook in plan.notebooks}


def test_every_preparation_belongs_to_a_notebook():
    assert set(PREPARATIONS) <= {notebook.name for notebook in read_notebooks(places.notebooks_folder())}


@pytest.mark.parametrize(
    ("column", "what"),
    [
        (lambda table: "State " + (table.index % 51).astype(str), "column 'odd' holds 51 different texts"),
        (lambda table: pd.date_range("2020-01-01", periods=len(table)).astype(str), "column 'odd' holds"),
        (lambda _: "Utopia", "column 'odd' is constant"),
        (lambda table: np.where(table["ended"], "moved away", "none"), "column 'odd' alone tells exactly who left"),
        (
            lambda table: pd.Series(np.where(table.index < 3, np.nan, table.index * 1.0)),
            "odd is missing",
        ),
    ],
)
def test_a_column_churn_cannot_learn_from_is_left_out_and_named(tmp_path, column, what):
    table = contracts()
    table["odd"] = column(table)
    plan = make_plan(study(tmp_path / "made", table))
    assert {CHURN, CUBE} <= names(plan)
    assert [one.what.partition("not learnt from: ")[2][: len(what)] for one in plan.warnings] == [what]
    assert "churn_left_out" in plan.warnings[0].remedy


def test_contracts_without_bills_leave_out_the_cube_alone(tmp_path):
    plan = make_plan(study(tmp_path / "made", contracts().drop(columns="monthly_amount")))
    assert CHURN in names(plan)
    assert CUBE not in names(plan)


def test_contracts_without_products_leave_out_the_cube_with_its_reason(tmp_path):
    plan = make_plan(study(tmp_path / "made", contracts().drop(columns="holds_phone")))
    assert CHURN in names(plan)
    assert "no attribute begins with 'holds_'" in {one.notebook.name: one.reason for one in plan.left_out}[CUBE]


def test_a_study_whose_only_chapters_refuse_is_refused_with_all_their_faults(tmp_path):
    table = contracts().assign(ended=False).drop(columns="holds_phone")
    with pytest.raises(InputError) as raised:
        make_plan(study(tmp_path / "made", table))
    said = [(fault.where.partition(",")[0], fault.what) for fault in raised.value.faults]
    assert (CHURN, "0 customers left") in said
    assert (CUBE, "no attribute begins with 'holds_'") in said


def test_one_overpaid_invoice_is_a_credit_reported_and_counted(tmp_path):
    bills, paid = books()
    paid.loc[7, "amount"] += 10
    plan = make_plan(make_study(tmp_path / "made", {"transactions": shop(40), "invoices": bills, "payments": paid}))
    assert {CREDIT, COLLECTION} <= names(plan)
    (warning,) = [one for one in plan.warnings if one.table == "payments"]
    assert (warning.rows, warning.amount) == (1, 10.0)
    assert warning.what.startswith("more paid than owed on 1 invoice: EUR 10.00")


def test_credit_notes_leave_out_the_chapters_on_credit_alone(tmp_path):
    bills, paid = books()
    bills.loc[7, "amount"], paid = -5.0, paid.drop(7)
    folder = make_study(tmp_path / "made", {"transactions": shop(40), "invoices": bills, "payments": paid})
    plan = make_plan(folder)
    left_out = {one.notebook.name: one for one in plan.left_out}
    assert "10_customer_identification" in names(plan)
    assert "table invoices: a negative amount in 1 invoice: '7' (set credit notes off" in left_out[CREDIT].reason
    assert left_out[CREDIT].reason_for_clients == "a negative amount in 1 invoice"
    with pytest.raises(InputError, match="35_credit, table invoices: a negative amount"):
        make_plan(folder, only=["35_credit"])


def test_group_without_leavers_and_a_score_known_only_afterwards(tmp_path):
    table = contracts()
    random = np.random.default_rng(5)
    table["churn_score"] = random.integers(0, 60, len(table)) + 45 * table["ended"]
    plan = make_plan(study(tmp_path / "made", table))
    assert CHURN in names(plan)
    assert "column 'churn_score' alone tells nearly who left" in plan.warnings[0].what
    assert "% of pairs" in plan.warnings[0].what


def test_applicants_leave_out_what_no_score_can_be_learnt_from(tmp_path):
    table = contracts()[["customer_id", "plan"]].assign(
        defaulted=contracts()["ended"], street=contracts()["customer_id"]
    )
    plan = make_plan(study(tmp_path / "made", table, "applicants"))
    assert "39_credit_applicants" in names(plan)
    assert plan.warnings[0].what == "not learnt from: column 'street' holds 400 different texts"


@pytest.mark.parametrize("text", ["7\n", "- a\n", "", "[" * 2000 + "\n", "cost_drivers: x\nactivities: 7\n"])
@pytest.mark.parametrize("named", ["", "my_costs.yml"])
def test_malformed_cost_drivers_are_wrong_input_and_no_chapter_left_out(tmp_path, text, named):
    spec = {"parameters": {"cost_drivers_file": named}} if named else {}
    folder = make_study(tmp_path / "costs", {"transactions": shop(20)}, **spec)
    (folder / (named or "cost_drivers.yml")).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"study costs, {named or 'cost_drivers.yml'}") as error:
        make_plan(folder)
    assert len(error.value.faults) == 1


def test_customers_alone_have_one_short_message_with_what_to_add(tmp_path):
    customers = pd.DataFrame({"customer_id": ["1", "2"]})
    with pytest.raises(InputError) as error:
        make_plan(study(tmp_path / "a", customers, "customers"))
    (fault,) = error.value.faults
    assert fault.what == "the study has customers alone, of which no chapter can be made"
    assert "add the lines of orders as table transactions" in fault.remedy
    assert len(str(fault)) < 500


@pytest.mark.parametrize("tables", [("price_list",), ("invoices", "payments")])
def test_an_engine_that_refuses_is_no_warning_that_a_section_is_left_out(tables):
    def refuse(*_columns: str) -> None:
        raise EngineError(Fault("the engine cannot answer a question", where="spark"))

    refusing = SimpleNamespace(columns=("product_id", "price"), select=refuse, to_pandas=refuse)
    study = SimpleNamespace(
        has=lambda name: name in tables,
        table=lambda _name: refusing,
        where=lambda *_: "study.yml",
    )
    with pytest.raises(EngineError, match="cannot answer"):
        list(readiness._sales_control(study, None))


def test_a_default_that_names_a_column_the_study_lacks_takes_its_own_chapter_alone(tmp_path):
    lines = shop()
    surveys = pd.DataFrame({"customer_id": sorted(set(lines["customer_id"])), "time": "2024-05-03", "overall": 7.0})
    folder = make_study(tmp_path / "asked", {"transactions": lines, "surveys": surveys})
    plan = make_plan(str(folder))
    (engagement,) = [one for one in plan.left_out if one.notebook.name == "53_engagement"]
    assert "unknown column of surveys 'recommendation'" in engagement.reason
    assert "21_recency_frequency_money" in [one.name for one in plan.notebooks]
    with pytest.raises(InputError, match="unknown column of surveys 'recommendation'"):
        make_plan(str(folder), only=["53"])
    with pytest.raises(InputError, match="unknown column of surveys 'recommended'"):
        make_plan(str(folder), typed=[("feeling_column", "recommended")])
    meant = make_plan(str(folder), typed=[("feeling_column", "overall")])
    assert "53_engagement" in [one.name for one in meant.notebooks]
