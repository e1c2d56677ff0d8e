"""Steps on rows: fields filled down, rows taken once, rows chosen, each counted with its money; and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import Fault, InputError
from helpers.study.data_warnings import DataWarning
from helpers.study.steps.keys import RowRule
from helpers.study.steps.row_choice import says_left_out
from helpers.study.study import Study, load_study


def shop_with(folder: Path, lines: pd.DataFrame, **entry: Any) -> Path:
    """Write a shop whose table of transactions keeps its standard columns, and says more of itself."""
    columns = {name: name for name in shop(1).columns}
    return make_study(folder, {"transactions": lines}, sources={"transactions": {"columns": columns} | entry})


def faults_of(folder: Path) -> list[Fault]:
    try:
        return load_study(folder).check()
    except InputError as error:
        return list(error.faults)


def sound(folder: Path) -> Study:
    study = load_study(folder)
    assert study.check() == []
    return study


def said(study: Study, key: str) -> list[DataWarning]:
    """Return the sentences about one key of the study file."""
    text = (study.folder / "study.yml").read_text(encoding="utf-8").splitlines()
    lines = [number for number, line in enumerate(text, start=1) if line.strip().startswith(f"{key}:")]
    return [one for one in study.warnings() if any(one.where.endswith(f"line {number}") for number in lines)]


def kept(study: Study) -> pd.DataFrame:
    return study.table("transactions").to_pandas().sort_values(["order_id", "amount"], ignore_index=True)


STATUS = np.array(["done", "cancelled", "done", "Test order", ""], dtype=object)


@pytest.fixture
def marked() -> pd.DataFrame:
    lines = shop(60)
    return lines.assign(status=np.resize(STATUS, len(lines)), weight=np.resize(["1,5", "20", "", "-3"], len(lines)))


RULES = {
    "a list": ({"status": ["done", "cancelled"]}, lambda row: row.status in ("done", "cancelled")),
    "not": ({"status": {"not": ["cancelled", "Test order"]}}, lambda row: row.status in ("done", "")),
    "present": ({"status": {"present": True}}, lambda row: row.status != ""),
    "not present": ({"status": {"present": False}}, lambda row: row.status == ""),
    "starts_with": ({"status": {"starts_with": "Test"}}, lambda row: row.status == "Test order"),
    "not_starts_with": ({"status": {"not_starts_with": ["Test", "can"]}}, lambda row: row.status in ("done", "")),
    "above": ({"amount": {"above": 30}}, lambda row: row.amount > 30),
    "at_least and below": ({"quantity": {"at_least": 2, "below": 3}}, lambda row: row.quantity == 2),
    "at_most a day": ({"time": {"at_most": "2024-12-20"}}, lambda row: str(row.time) < "2024-12-21"),
    "above a day": ({"time": {"above": "2023-12-31"}}, lambda row: str(row.time) >= "2024"),
    "two rules": (
        {"status": ["done"], "quantity": {"above": 1}},
        lambda row: row.status == "done" and row.quantity > 1,
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_where_takes_the_rows_that_hold_to_it_and_counts_the_others(rule: str, marked: pd.DataFrame, tmp_path: Path):
    where, holds = RULES[rule]
    expected = marked[[holds(row) for row in marked.itertuples()]]
    study = sound(shop_with(tmp_path / "a", marked, where=where))
    assert kept(study)["amount"].tolist() == expected.sort_values(["order_id", "amount"])["amount"].tolist()
    answer = said(study, "where")
    assert sum(one.rows or 0 for one in answer) == len(marked) - len(expected)
    assert sum(one.amount or 0 for one in answer) == pytest.approx(marked["amount"].sum() - expected["amount"].sum())
    facts = study.facts("transactions")
    assert (facts.rows_received, facts.rows_not_chosen) == (len(marked), len(marked) - len(expected))


def test_only_rows_is_the_short_form_of_where(marked: pd.DataFrame, tmp_path: Path):
    short = sound(shop_with(tmp_path / "short", marked, only_rows={"status": ["done"]}))
    long = sound(shop_with(tmp_path / "long", marked, where={"status": ["done"]}))
    assert kept(short).equals(kept(long))
    whats = [said(study, key)[0].what for study, key in ((short, "only_rows"), (long, "where"))]
    assert whats[0] == whats[1]
    assert whats[0].startswith(f"{(marked['status'] != 'done').sum():,} lines whose status is not done, EUR ")


def test_the_sentence_says_rows_money_and_share_of_revenue(tmp_path: Path):
    lines = shop(60)
    lines["customer_id"] = np.where(np.arange(len(lines)) % 10 == 0, "", lines["customer_id"])
    lacking = lines["customer_id"] == ""
    (answer,) = said(sound(shop_with(tmp_path / "a", lines, where={"customer_id": {"present": True}})), "where")
    share = lines.loc[lacking, "amount"].sum() / lines["amount"].sum()
    assert answer.what.startswith(f"{lacking.sum():,} lines without a customer, EUR ")
    assert answer.what.endswith(f", {share * 100:.1f} % of revenue, are left out")
    assert (answer.rows, answer.amount) == (lacking.sum(), pytest.approx(lines.loc[lacking, "amount"].sum()))
    assert not answer.spoils_figures


def test_where_on_typed_columns_of_a_parquet_file(tmp_path: Path):
    lines = shop(60)
    lines.to_parquet(tmp_path / "lines.parquet")
    entry = {"source": "../lines.parquet", "where": {"quantity": {"not": [1]}, "time": {"at_least": "2024-01-01"}}}
    study = sound(make_study(tmp_path / "a", {}, sources={"transactions": entry}))
    expected = lines[(lines["quantity"] != 1) & (lines["time"] >= "2024-01-01")]
    assert study.facts("transactions").rows_kept == len(expected)


BAD_RULES = {
    "leaves none": ({"quantity": {"above": 99}}, "holds to what is said of quantity: none is left"),
    "takes all": ({"quantity": {"above": 0}}, "every row of transactions.csv holds to what is said of 'quantity'"),
    "takes all but by mistake": ({"status": {"not_starts_with": "cancelled "}}, None),
    "misspelt value": ({"status": ["dne"]}, "no row has 'dne' in column 'status'"),
    "misspelt value to leave out": ({"status": {"not": ["canceled"]}}, "no row has 'canceled' in column 'status'"),
    "two that exclude each other": ({"quantity": {"below": 2}, "status": ["done"]}, None),
    "no number": ({"status": {"above": 1}}, "'Test order', 'cancelled', 'done' cannot be compared with above: 1"),
    "no such column": ({"state": ["done"]}, "unknown column of transactions.csv 'state'"),
    "commas for points": ({"weight": {"at_least": 0}}, "'1,5' cannot be compared with at_least: 0"),
}


@pytest.mark.parametrize("rule", [name for name, (_, what) in BAD_RULES.items() if what])
def test_a_rule_that_cannot_be_meant_is_one_message_with_a_remedy(rule: str, marked: pd.DataFrame, tmp_path: Path):
    where, what = BAD_RULES[rule]
    (fault,) = faults_of(shop_with(tmp_path / "a", marked, where=where))
    assert what in fault.what
    assert fault.remedy
    assert fault.where


def test_rules_that_exclude_each_other_are_reported(tmp_path: Path):
    lines = shop(60).assign(status=lambda frame: np.where(frame["quantity"] > 1, "big", "small"))
    (fault,) = faults_of(shop_with(tmp_path / "a", lines, where={"status": ["small"], "quantity": {"above": 1}}))
    assert "no row of transactions.csv holds to all that is said of 'status', 'quantity'" in fault.what


def test_a_rule_may_leave_nothing_out_of_one_source_of_several(marked: pd.DataFrame, tmp_path: Path):
    (tmp_path / "a").mkdir()
    marked.assign(status="done").to_csv(tmp_path / "a" / "one.csv", index=False)
    marked.assign(order_id="X" + marked["order_id"]).to_csv(tmp_path / "a" / "two.csv", index=False)
    entry = {
        "columns": {name: name for name in shop(1).columns},
        "where": {"status": {"not_starts_with": "can"}},
        "sources": [{"source": "one.csv"}, {"source": "two.csv"}],
    }
    study = sound(make_study(tmp_path / "a", {}, sources={"transactions": entry}))
    assert study.facts("transactions").rows_not_chosen == (marked["status"] == "cancelled").sum()


def test_distinct_takes_equal_lines_once_with_their_money(tmp_path: Path):
    lines = shop(60).assign(line=lambda frame: np.arange(len(frame)))
    twice = pd.concat([lines, lines.head(100)])
    study = sound(shop_with(tmp_path / "a", twice, distinct=True))
    assert study.facts("transactions").rows_kept == len(lines)
    (answer,) = said(study, "distinct")
    assert (answer.rows, answer.amount) == (100, pytest.approx(lines.head(100)["amount"].sum()))
    assert answer.what.startswith("100 lines that repeat another in every column, EUR ")


def test_equal_items_of_one_order_stay_two_lines_where_the_source_tells_them_apart(tmp_path: Path):
    lines = shop(20).head(4).assign(line=[1, 2, 3, 4], product_id="P", quantity=1, amount=5.0)
    lines = lines.assign(order_id="O", customer_id="C", time="2023-01-05")
    assert sound(shop_with(tmp_path / "a", lines, distinct=True)).facts("transactions").rows_kept == 4


def test_one_row_of_each_customer_is_drawn_from_order_lines(tmp_path: Path):
    lines = shop(60).assign(name=lambda frame: "Name of " + frame["customer_id"])
    lines.loc[7, "name"] = "another spelling"
    folder = shop_with(tmp_path / "a", lines)
    entry = {"source": "transactions.csv", "columns": {"customer_id": "customer_id", "last_name": "name"}}
    tables = {"transactions": {"source": "transactions.csv", "columns": {c: c for c in shop(1).columns}}}
    make_study(folder, {}, sources=tables | {"customers": entry | {"distinct": True}})
    (fault,) = faults_of(folder)
    assert "customer_id stands in more than one row" in fault.what
    assert fault.remedy == "keep one row of each: add distinct: [customer_id] to table customers"
    make_study(folder, {}, sources=tables | {"customers": entry | {"distinct": ["customer_id"]}})
    study = sound(folder)
    assert study.facts("customers").rows_kept == lines["customer_id"].nunique()
    (answer,) = said(study, "distinct")
    assert "(1 of them with other values elsewhere)" in answer.what


def test_rows_are_chosen_before_one_of_each_is_taken(tmp_path: Path):
    lines = shop(60).assign(name="first", state="draft")
    last = lines.groupby("product_id").tail(1).index
    lines.loc[last, ["name", "state"]] = ["second", "final"]
    lines.to_csv(tmp_path / "lines.csv", index=False)
    entry = {
        "source": "../lines.csv",
        "columns": {"product_id": "product_id", "product_name": "name"},
        "distinct": ["product_id"],
        "where": {"state": ["final"]},
    }
    study = sound(make_study(tmp_path / "a", {}, sources={"products": entry}))
    assert set(study.table("products").to_pandas()["product_name"]) == {"second"}


def test_blank_fields_of_an_order_take_those_of_its_first_line(tmp_path: Path):
    lines = shop(60)
    first = ~lines["order_id"].duplicated()
    blanks = lines.assign(
        **{column: lines[column].astype(object).where(first, "") for column in ("customer_id", "time")}
    )
    assert len(faults_of(shop_with(tmp_path / "before", blanks))) == 2
    fill = {"within": "order_id", "columns": ["customer_id", "time"]}
    study = sound(shop_with(tmp_path / "a", blanks, fill_down=fill))
    found = kept(study)
    expected = lines.sort_values(["order_id", "amount"], ignore_index=True)
    assert found["customer_id"].tolist() == expected["customer_id"].tolist()
    assert found["time"].tolist() == expected["time"].tolist()
    answer = said(study, "fill_down")
    assert [one.rows for one in answer] == [(~first).sum()] * 2


def test_fill_down_does_not_reach_into_another_order_or_one_without_a_number(tmp_path: Path):
    lines = shop(60).head(4).assign(order_id=["O1", "O2", "", ""], customer_id=["C1", "", "C3", ""])
    fill = {"within": "order_id", "columns": ["customer_id"]}
    faults = faults_of(shop_with(tmp_path / "a", lines, fill_down=fill))
    assert any(fault.what.startswith("customer_id is missing in 2 rows (row 3, 5") for fault in faults)


def test_fill_down_needs_rows_in_an_order(tmp_path: Path):
    shop(60).to_parquet(tmp_path / "lines.parquet")
    entry = {"source": "../lines.parquet", "fill_down": {"within": "order_id", "columns": ["customer_id"]}}
    (fault,) = faults_of(make_study(tmp_path / "a", {}, sources={"transactions": entry}))
    assert fault.what == "the rows of ../lines.parquet stand in no order"


def test_a_join_gives_columns_other_names(tmp_path: Path):
    lines = shop(60)
    folder = tmp_path / "a"
    folder.mkdir()
    names = pd.DataFrame({"id": sorted(lines["product_id"].unique())}).assign(channel="web", cost=2.0)
    names.to_csv(folder / "products.csv", index=False)
    join = {"source": "products.csv", "on": {"product_id": "id"}, "columns": {"from": "channel"}}
    columns = {name: name for name in shop(1).columns} | {"channel": "from", "cost": "cost"}
    both = shop_with(folder, lines.assign(channel="unlike"), join=join, columns=columns)
    found = sound(both).table("transactions").to_pandas()
    assert set(found["channel"]) == {"web"}
    assert set(found["cost"]) == {2.0}
    (fault,) = faults_of(shop_with(folder, lines, join=join | {"columns": {"amount": "channel", "b": "chanel"}}))[:1]
    assert fault.what == "unknown column of products.csv 'chanel'"


def test_what_a_study_file_alone_shows_to_be_wrong_is_reported_at_once(tmp_path: Path):
    entry = {
        "where": {"status": {"nott": ["x"]}, "quantity": {"above": "many"}, "time": {}},
        "fill_down": {"within": "order_id", "colums": ["customer_id"]},
        "distinct": ["customr_id"],
    }
    whats = " | ".join(fault.what for fault in faults_of(shop_with(tmp_path / "a", shop(60), **entry)))
    for part in (
        "unknown key 'nott'",
        "unknown key 'colums'",
        "above cannot be 'many'",
        "nothing is said of the column",
    ):
        assert part in whats
    (fault,) = faults_of(shop_with(tmp_path / "b", shop(60), distinct=["customr_id"]))
    assert fault.remedy == "did you mean 'customer_id'?"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (RowRule(one_of=("a", "b")), "whose x is not a or b"),
        (RowRule(present=False), "with a value in x"),
        (RowRule(not_starts_with=("C",), above=0), "whose x starts with C, or is not above 0"),
    ],
)
def test_a_rule_in_words(rule: RowRule, words: str):
    assert says_left_out(rule, "x") == words


def test_the_steps_stand_in_the_warnings_that_a_receipt_keeps(marked: pd.DataFrame, tmp_path: Path):
    from dataclasses import asdict

    study = sound(shop_with(tmp_path / "a", marked, where={"status": ["done"]}))
    kept_in_receipt = json.loads(json.dumps([asdict(one) for one in study.warnings()]))
    assert [one["rows"] for one in kept_in_receipt if "are left out" in one["what"]] == [
        int((marked["status"] != "done").sum())
    ]


STEPS: dict[str, dict[str, Any]] = {
    "distinct": {"distinct": True},
    "rows chosen": {"only_rows": {"product_id": ["P01", "P02"]}},
    "filled down": {"fill_down": {"columns": ["customer_id"], "within": "order_id"}},
}


@pytest.mark.parametrize("step", STEPS)
def test_a_fault_of_rows_that_were_held_is_reported(step: str, tmp_path: Path):
    lines = shop(60)
    lines["time"] = lines["time"].astype(str)
    lines.loc[lines["product_id"].isin(["P01", "P02"]).idxmax(), "time"] += "+02:00"
    (fault,) = faults_of(shop_with(tmp_path / "shop", lines, **STEPS[step]))
    assert "says its offset" in fault.what or "say their offset" in fault.what
