"""Whole clients made sound by a study file alone: a shop's flat file, a firm's workbook, an online retailer's lines."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.study.study import Study, load_study


def sound(folder: Path) -> Study:
    study = load_study(folder)
    assert study.check() == []
    return study


def whats(study: Study) -> list[str]:
    return [one.what for one in study.warnings()]


def test_retail_order_lines_without_a_script(tmp_path: Path):
    """A flat file with pounds, refunds, days first; customers and products are drawn from it."""
    lines = shop(60)
    lines["amount"] = (lines["amount"] * 15).round(2)
    refund = np.arange(len(lines)) % 40 == 7
    lines.loc[refund, ["amount", "quantity"]] *= -1
    flat = pd.DataFrame(
        {
            "Invoice No": lines["order_id"],
            "ORDER DATE": lines["time"].dt.strftime("%d/%m/%Y"),
            "customerID": lines["customer_id"],
            "Customer Name": "陈 " + lines["customer_id"],
            "SKU": lines["product_id"],
            "Description": "Item " + lines["product_id"],
            "category": "Home",
            "Qty": lines["quantity"],
            "Line Total (£)": lines["amount"].map(lambda one: f"-£{-one:,.2f}" if one < 0 else f"£{one:,.2f}"),
        }
    )
    folder = tmp_path / "retail"
    folder.mkdir()
    flat.to_csv(folder / "lines.csv", index=False)
    customers = {"customer_id": "customerID", "last_name": "Customer Name"}
    products = {"product_id": "SKU", "product_name": "Description", "category": "category"}
    columns = {"customer_id": "customerID", "order_id": "Invoice No", "time": "ORDER DATE", "product_id": "SKU"}
    entries: dict[str, Any] = {
        "transactions": {
            "date_format": "%d/%m/%Y",
            "money": ["amount"],
            "columns": columns | {"quantity": "Qty", "amount": "Line Total (£)"},
        },
        "customers": {"distinct": True, "columns": customers},
        "products": {"distinct": True, "columns": products},
    }
    sources = {name: {"source": "lines.csv"} | entry for name, entry in entries.items()}
    study = sound(make_study(folder, {}, sources=sources, currency="GBP"))
    total = study.table("transactions")["amount"].sum().to_pyarrow().as_py()
    assert total == pytest.approx(lines["amount"].sum())
    assert study.facts("customers").rows_kept == lines["customer_id"].nunique()
    assert study.facts("products").rows_kept == lines["product_id"].nunique()


def test_b2b_workbook_without_a_script(tmp_path: Path):
    """A workbook of three sheets: products drawn from orders, responses from contacts, mailed and control recoded."""
    lines = shop(40)
    who = sorted(lines["customer_id"].unique())
    orders = lines.rename(columns={"customer_id": "Account No.", "order_id": "Order no", "product_id": "Item"})
    orders["Product group"] = "Group " + lines["product_id"].str[1]
    group = np.resize(["mailed", "mailed", "mailed", "control"], len(who))
    answered = np.resize(["Y", "N", "N", "N", "N"], len(who))
    contacts = pd.DataFrame({"Campaign": "Spring", "Account No.": who, "Sent on": pd.Timestamp("2024-03-03")})
    contacts = contacts.assign(Group=group, Responded=answered)
    contacts["Response date"] = pd.Series(pd.Timestamp("2024-03-14"), contacts.index).where(answered == "Y")
    folder = tmp_path / "b2b"
    folder.mkdir()
    with pd.ExcelWriter(folder / "client.xlsx") as book:
        pd.DataFrame({"Account No.": who, "Company": "Firm"}).to_excel(book, sheet_name="Customers", index=False)
        orders.to_excel(book, sheet_name="Orders", index=False)
        contacts.to_excel(book, sheet_name="Campaign contacts", index=False)
    of_campaign = {"customer_id": "Account No.", "campaign_id": "Campaign"}
    of_order = {"customer_id": "Account No.", "order_id": "Order no", "time": "time", "product_id": "Item"}
    entries: dict[str, Any] = {
        "customers": {"sheet": "Customers", "columns": {"customer_id": "Account No.", "last_name": "Company"}},
        "transactions": {"sheet": "Orders", "columns": of_order | {"amount": "amount"}},
        "products": {
            "sheet": "Orders",
            "distinct": ["product_id"],
            "columns": {"product_id": "Item", "category": "Product group"},
        },
        "contacts": {
            "sheet": "Campaign contacts",
            "columns": of_campaign | {"time": "Sent on", "treated": "Group"},
            "values": {"treated": {"mailed": True, "control": False}},
        },
        "responses": {
            "sheet": "Campaign contacts",
            "where": {"Responded": ["Y"]},
            "columns": of_campaign | {"time": "Response date"},
        },
    }
    study = sound(make_study(folder, {}, sources={k: {"source": "client.xlsx"} | v for k, v in entries.items()}))
    assert study.table("contacts").to_pandas()["treated"].tolist().count(False) == (group == "control").sum()
    assert study.facts("responses").rows_kept == (answered == "Y").sum()
    assert study.facts("products").rows_kept == lines["product_id"].nunique()
    left_out = (answered == "N").sum()
    assert f"{left_out} rows of table responses whose Responded is not Y are left out" in whats(study)


def online_retail() -> pd.DataFrame:
    """Return lines of the shape of an online retailer's export: cancellations by C, lines without a customer."""
    lines = shop(80)
    order = lines["order_id"].str[1:].astype(int)
    cancelled, lacking, free = order % 29 == 3, order % 7 == 2, np.arange(len(lines)) % 211 == 5
    return pd.DataFrame(
        {
            "InvoiceNo": np.where(cancelled, "C", "") + (536365 + order).astype(str),
            "StockCode": lines["product_id"],
            "Description": "ITEM " + lines["product_id"],
            "Quantity": lines["quantity"].where(~cancelled, -lines["quantity"]),
            "InvoiceDate": lines["time"].dt.strftime("%m/%d/%Y %H:%M"),
            "UnitPrice": lines["amount"].where(~free, 0.0),
            "CustomerID": lines["customer_id"].where(~lacking, ""),
            "Country": "United Kingdom",
        }
    )


def test_online_retail_lines_say_what_is_left_out_in_money(tmp_path: Path):
    lines = online_retail()
    entry = {
        "date_format": "%m/%d/%Y %H:%M",
        "columns": {
            "customer_id": "CustomerID",
            "order_id": "InvoiceNo",
            "time": "InvoiceDate",
            "product_id": "StockCode",
            "quantity": "Quantity",
        },
        "where": {
            "CustomerID": {"present": True},
            "InvoiceNo": {"not_starts_with": "C"},
            "UnitPrice": {"above": 0},
        },
        "computed": {"amount": "quantity * UnitPrice"},
    }
    study = sound(make_study(tmp_path / "a", {"transactions": lines}, sources={"transactions": entry}, currency="GBP"))
    money = lines["Quantity"] * lines["UnitPrice"]
    lacking = lines["CustomerID"] == ""
    cancelled = ~lacking & lines["InvoiceNo"].str.startswith("C")
    kept = ~lacking & ~cancelled & (lines["UnitPrice"] > 0)
    total = study.table("transactions")["amount"].sum().to_pyarrow().as_py()
    assert (study.facts("transactions").rows_kept, total) == (kept.sum(), pytest.approx(money[kept].sum()))
    told = {one.what.partition(", ")[0]: one for one in study.warnings()}
    first = told[f"{lacking.sum():,} lines without a customer"]
    second = told[f"{cancelled.sum():,} lines whose InvoiceNo starts with C"]
    assert first.amount == pytest.approx(money[lacking].sum())
    assert first.what.endswith(f"{100 * money[lacking].sum() / money.sum():.1f} % of revenue, are left out")
    assert second.amount == pytest.approx(money[cancelled].sum())
    assert sum(one.rows or 0 for one in study.warnings() if "left out" in one.what) == len(lines) - kept.sum()
