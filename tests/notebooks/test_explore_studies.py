"""Any measure by any dimension, as a chapter: for one reader alone, on all transactions, refused in time."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.suite.planning.plan import make_plan

CHAPTER = "56_explore"


def two_regions(folder: Path) -> tuple[Path, dict[str, pd.DataFrame]]:
    """A shop in two regions that share no seller and, but for one, no product group; the South has odd rows."""
    lines = shop(80)
    south = lines["customer_id"] >= "C0040"
    lines["product_id"] = np.where(south, "S", "N") + lines["product_id"].str[1:]
    lines.loc[south & (lines["product_id"] == "S07"), "product_id"] = "UNLISTED99"
    lines["currency"] = np.where(south, "ZWL", "EUR")
    people = pd.DataFrame({"customer_id": np.unique(lines["customer_id"])})
    of_south = people["customer_id"] >= "C0040"
    people["region"] = np.where(of_south, "Suderia", "Nordland")
    people["seller_id"] = np.where(of_south, "SELLSUD", "SELLNORD")
    ids = [f"{side}{n:02d}" for side in "NS" for n in range(30)]
    products = pd.DataFrame({"product_id": [one for one in ids if one != "S07"]})
    products["category"] = ["Lamps" if one < "S" else "Zithers" for one in products["product_id"]]
    products.loc[::7, "category"] = "Shared"
    tables = {"transactions": lines, "customers": people, "products": products}
    sold = {name: name for name in lines if name != "currency"}
    mapped = {
        "transactions": {"columns": sold, "attributes": ["currency"]},
        "customers": {"columns": {"customer_id": "customer_id", "region": "region"}, "attributes": ["seller_id"]},
    }
    return make_study(folder / "regions", tables, sources=mapped), tables


def everything_in(folder: Path) -> str:
    """Return the text of all files of a report, those packed in workbooks and charts' own texts included."""
    texts = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        texts.append(path.name)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                texts += [packed.read(name).decode("utf-8", "replace") for name in packed.namelist()]
        else:
            texts.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(texts)


@pytest.mark.slow
def test_a_report_for_one_region_holds_nothing_of_another(tmp_path):
    study, tables = two_regions(tmp_path)
    asked = {"explore_rows": "category", "explore_columns": "seller_id", "only_region": "Nordland"}
    typed = [part for name, value in asked.items() for part in ("-p", name, value)]
    crm = str(Path(sys.executable).with_name("crm"))
    command = [crm, "run", str(study), "--only", CHAPTER, "--name", "north", *typed]
    subprocess.run(command, check=True, env=os.environ | {"CRM_REPORTS": str(tmp_path / "reports")})
    folder = tmp_path / "reports" / "regions" / "north"
    text = everything_in(folder)
    assert "SELLNORD" in text
    lines = tables["transactions"]
    south = lines["customer_id"] >= "C0040"
    totals = [lines["amount"].sum(), lines.loc[south, "amount"].sum()]
    counts = [len(lines), int(south.sum()), int((lines["product_id"] == "UNLISTED99").sum())]
    secret = [
        "Suderia",
        "SELLSUD",
        "ZWL",
        "currencies",
        "Zithers",
        "UNLISTED99",
        *np.unique(lines.loc[south, "customer_id"]),
    ]
    secret += [f"{one:{form}}" for one in totals for form in (".2f", ",.2f", ",.0f")]
    secret += [f"{one:,} {word}" for one in counts for word in ("rows", "lines")]
    assert [one for one in secret if one in text] == []
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert found["explore_total"]["value"] == pytest.approx(lines.loc[~south, "amount"].sum())


def test_a_run_for_one_reader_refuses_chapters_that_read_everything(tmp_path):
    study, _ = two_regions(tmp_path)
    with pytest.raises(InputError, match=r"only_region: \d+ chapters of this run would read all rows(.|\n)*--only 56"):
        make_plan(study, [("only_region", "Nordland")])
    plan = make_plan(study, [("only_seller", "SELLSUD")], only=["56"])
    assert [one.name for one in plan.notebooks] == [CHAPTER]


def test_a_misspelt_question_is_refused_before_any_kernel_starts(tmp_path):
    study, _ = two_regions(tmp_path)
    typed = [("explore_measure", "revenu")]
    with pytest.raises(InputError, match="did you mean 'revenue'"):
        make_plan(study, typed, only=["56"])
    typed = [("explore_rows", "regin"), ("explore_period", "2024-13"), ("explore_only", "category: Lamp")]
    with pytest.raises(InputError) as raised:
        make_plan(study, typed, only=["56"])
    assert len(raised.value.faults) == 3
    with pytest.raises(InputError, match="explore_measure: unknown measure 'revenu'") as raised:
        make_plan(study, [("explore_measure", "revenu")])  # beside other chapters too
    assert len(raised.value.faults) == 1


def results(pieces: list[dict]) -> dict:
    return pieces[-1]["results"]


@pytest.mark.parametrize("measure", ["revenue", "customers", "revenue_per_order"])
def test_the_chapter_answers_on_dates_and_amounts_alone(measure, run_notebook):
    found = results(run_notebook(CHAPTER, "cdnow", explore_measure=measure))
    assert found["explore_total"]["value"] > 0
    assert ("explore_largest_total_share" in found) == (measure == "revenue")


def test_a_period_in_which_nobody_bought_is_said(tmp_path, run_notebook):
    study, _ = two_regions(tmp_path)
    pieces = run_notebook(CHAPTER, study, explore_period="2019", only_region="Nordland")
    assert "no row of transactions is left" in " ".join(one.get("text", "") for one in pieces)
    assert "explore_total" not in results(pieces)
