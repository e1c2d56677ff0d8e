"""No refuser is on any list for contact, in whatever file of a run it stands: whole runs, and studies of other kinds.

Who refused is worked out here from the tables alone, by marks and by the records that orders were booked on.
"""

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from tests.cases import make_study, shop
from tests.suite.test_contact_gate import LISTS

from helpers.cli import main

HELD_BACK = "_held_back"
FOR_CONTACT = {name for name, purpose in LISTS.items() if purpose == "contact"}


def is_for_contact(name):
    return name.removesuffix(HELD_BACK) in FOR_CONTACT


def lists_in(folder):
    """Every list of a run by name, as text."""
    return {path.stem: pd.read_parquet(path).astype("string") for path in sorted((folder / "lists").glob("*.parquet"))}


def cells_of(path):
    """The texts of each sheet of a workbook."""
    book = openpyxl.load_workbook(path, read_only=True)
    return {
        sheet.title: {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None}
        for sheet in book.worksheets
    }


def require_no_refuser(folder, refused):
    """Hold every list, every sheet of every workbook and every log of a run to the refusals; return the lists."""
    lists = lists_in(folder)
    assert {name.removesuffix(HELD_BACK) for name in lists} <= set(LISTS)
    for name, rows in lists.items():
        if is_for_contact(name):
            assert not rows["customer_id"].isin(refused).any(), name
        elif LISTS[name] == "reading" and "customer_id" in rows:
            assert "do_not_contact" in rows, name
    for path in sorted(folder.rglob("*.xlsx")):
        for sheet, texts in cells_of(path).items():
            if path.name != "lists.xlsx" or is_for_contact(sheet):
                assert not texts & refused, (path.name, sheet)
    for path in sorted((folder / "lists").glob("*.jsonl")):
        sent = pd.read_json(path, lines=True)
        assert sent.empty or not sent["customer_id"].astype("string").isin(refused).any()
    return lists


def half_known(study):
    """Take the mark of every second refuser out of the customers; return who refused by any table."""
    customers, records, lines = (
        pd.read_parquet(study / "tables" / f"{name}.parquet")
        for name in ("customers", "customer_records", "transactions")
    )
    marked = customers.index[customers["do_not_contact"].astype(bool)]
    flags = customers["do_not_contact"].astype("boolean")
    flags[marked[::2]] = pd.NA
    customers.assign(do_not_contact=flags).to_parquet(study / "tables" / "customers.parquet")
    booked = lines["account_id"].isin(records.loc[records["do_not_contact"].astype(bool), "record_id"])
    by_mark, by_record = customers.loc[flags.fillna(False), "customer_id"], lines.loc[booked, "customer_id"]
    assert set(by_record) - set(by_mark)
    return {str(one) for one in {*by_mark, *by_record}}


@pytest.mark.slow
def test_no_refuser_on_any_list_or_sheet_of_a_whole_run(make_company, monkeypatch, tmp_path):
    study = make_company(300)
    refused = half_known(study)
    monkeypatch.setenv("CRM_REPORTS", str(tmp_path / "reports"))
    done = CliRunner().invoke(main, ["run", str(study), "--name", "whole", "-p", "action_budget", "40"])
    assert done.exit_code == 0, done.stderr
    (folder,) = (tmp_path / "reports").glob("*/whole")
    lists = require_no_refuser(folder, refused)
    filled = {name for name, rows in lists.items() if is_for_contact(name) and len(rows)}
    assert len(filled) >= 8
    marked = [rows["do_not_contact"].eq("True").any() for rows in lists.values() if "do_not_contact" in rows]
    assert any(marked)


def people(lines, refused, **more):
    """Customers of a shop with the mark of those who refused."""
    ids = sorted(lines["customer_id"].unique())
    return pd.DataFrame({"customer_id": ids, "do_not_contact": [one in refused for one in ids], **more})


def of_records(lines, refused):
    """Records, two per customer with one e-mail address; only the second one of a refuser is marked."""
    ids = sorted(lines["customer_id"].unique())
    one = {"email": [f"{n}@x.org" for n in range(len(ids))], "last_name": [f"n{n}" for n in range(len(ids))]}
    web = pd.DataFrame({"record_id": [f"w{n}" for n in ids], "source": "web", **one, "do_not_contact": "no"})
    till = web.assign(record_id=[f"t{n}" for n in ids], source="till")
    till["do_not_contact"] = ["yes" if n in refused else "" for n in ids]
    return pd.concat([web, till], ignore_index=True)


def made_studies(kind):
    """Tables of a study in which refusals stand in one way or another, and who refused."""
    lines = shop(150)
    ids = sorted(lines["customer_id"].unique())
    refused = set(ids[::7])
    names = sorted(lines["product_id"].unique())
    products = pd.DataFrame({"product_id": names, "category": [f"c{place % 6}" for place in range(len(names))]})
    match kind:
        case "marked in the customers":
            return {"transactions": lines, "products": products, "customers": people(lines, refused)}, refused
        case "marked in records alone":
            booked = lines.assign(record_id="w" + lines["customer_id"].astype(str))
            records = of_records(lines, refused)
            return {"transactions": booked, "products": products, "customer_records": records}, refused
        case "one system says no, the other yes":
            booked = lines.assign(record_id="w" + lines["customer_id"].astype(str))
            tables = {"transactions": booked, "products": products, "customers": people(lines, set())}
            return tables | {"customer_records": of_records(lines, refused)}, refused
        case "all refuse":
            return {"transactions": lines, "products": products, "customers": people(lines, set(ids))}, set(ids)
    half = people(lines, refused)
    half["do_not_contact"] = half["do_not_contact"].map({True: "Yes", False: ""})
    return {"transactions": lines, "products": products, "customers": half}, refused


KINDS = (
    "marked in the customers",
    "marked in records alone",
    "one system says no, the other yes",
    "all refuse",
    "known of refusers alone",
)
CHAPTERS = (
    "20_concentration", "21_recency_frequency_money", "23_life_cycle", "24_behavioural_clusters", "37_silent_customers",
    "40_cross_selling", "41_second_sale",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_refuser_on_any_list_of_studies_of_other_kinds(kind, run_notebook, monkeypatch, tmp_path):
    tables, refused = made_studies(kind)
    study = make_study(tmp_path / "small", tables)
    for chapter in CHAPTERS:
        monkeypatch.setenv("CRM_RUN_FOLDER", str(tmp_path / "run"))
        pieces = run_notebook(chapter, study)
        assert pieces[-1]["kind"] == "results"
    lists = require_no_refuser(tmp_path / "run", {str(one) for one in refused})
    filled = [name for name, rows in lists.items() if is_for_contact(name) and len(rows)]
    assert bool(filled) == (kind != "all refuse")
