"""Exports of well-known systems, made up by their public descriptions: recognised, mapped, or nearly so.

The samples lie in `tests/templates` in UTF-8; the bills of Alipay are handed on in GB 18030, as Alipay writes them.
"""

import io
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from helpers.core.errors import InputError
from helpers.study.file import read_study_file
from helpers.study.proposal.propose import propose
from helpers.study.proposal.templates import all_templates
from helpers.study.study import load_study

SAMPLES = Path(__file__).parents[1] / "templates"
ENCODINGS = {"alipay_bill": "gb18030", "wechat_pay_bill": "utf-8-sig"}
NAMES = {
    "shopify_orders": "Shopify orders",
    "woocommerce_advanced_export": "WooCommerce orders (Advanced Order Export)",
    "woocommerce_analytics": "WooCommerce orders (Analytics)",
    "stripe_payments": "Stripe payments",
    "paypal_activity": "PayPal activity",
    "salesforce_data_export": "Salesforce data export",
    "hubspot_deals": "HubSpot deals",
    "wechat_pay_bill": "bills of WeChat Pay",
    "alipay_bill": "bills of Alipay",
    "olist": "the public data of Olist",
}
FOUND: dict[str, dict[str, Any]] = {
    "shopify_orders": {
        "customer_id": "Email",
        "order_id": "Name",
        "product_id": "Lineitem sku",
        "computed": {"amount": "`Lineitem quantity` * `Lineitem price`"},
        "where": {"Financial Status": {"not": ["voided"]}},
        "fill_down": {"within": "Name", "columns": ["Financial Status"]},
    },
    "woocommerce_advanced_export": {
        "customer_id": "Email (Billing)",
        "order_id": "Order Number",
        "where": {"Order Status": {"not": ["Cancelled"]}},
    },
    "woocommerce_analytics": {
        "customer_id": "Customer",
        "amount": "Net Sales",
        "where": {"Status": {"not": ["cancelled"]}},
    },
    "stripe_payments": {
        "customer_id": "Customer ID",
        "computed": {"amount": "Amount - `Amount Refunded`"},
        "where": {"Status": ["Paid"]},
    },
    "paypal_activity": {
        "customer_id": "From Email Address",
        "amount": "Gross",
        "decimal": ",",
        "date_format": "%d/%m/%Y",
        "where": {"Type": {"not": ["General Withdrawal"]}, "Gross": {"above": 0}},
    },
    "salesforce_data_export": {"customer_id": "AccountId", "time": "CloseDate", "where": {"StageName": ["Closed Won"]}},
    "hubspot_deals": {"customer_id": "Associated Company IDs", "where": {"Deal Stage": ["Closed won"]}},
    "wechat_pay_bill": {
        "customer_id": "交易对方",
        "order_id": "交易单号",
        "amount": "金额(元)",
        "header_row": 6,
        "money": ["amount"],
        "where": {"收/支": ["收入"]},
    },
    "alipay_bill": {
        "customer_id": "对方账号",
        "order_id": "交易订单号",
        "amount": "金额",
        "header_row": 7,
        "encoding": "gb18030",
        "where": {"收/支": ["收入"]},
    },
    "olist": {
        "customer_id": "customer_unique_id",
        "join": [
            {"source": "olist_orders_dataset.csv", "on": "order_id"},
            {"source": "olist_customers_dataset.csv", "on": "customer_id"},
        ],
        "amount": "price",
        "where": {"order_status": {"not": ["canceled"]}},
    },
}


def proposed(folder: Path, export: str, old: str = "", new: str = "") -> tuple[str, Any]:
    """Propose a study for a sample, one text in it replaced by another."""
    for file in (SAMPLES / export).iterdir():
        content = file.read_text(encoding="utf-8").replace(old, new) if old else file.read_text(encoding="utf-8")
        (folder / file.name).write_bytes(content.encode(ENCODINGS.get(export, "utf-8")))
    text = propose([str(folder)]).text
    return text, YAML(typ="safe").load(io.StringIO(text))


def test_every_template_has_a_sample():
    assert {template.name for template in all_templates()} == set(NAMES.values())
    assert {folder.name for folder in SAMPLES.iterdir()} == set(NAMES) == set(FOUND)


@pytest.mark.parametrize("export", FOUND)
def test_an_export_is_recognised_and_mapped(export, tmp_path):
    text, study = proposed(tmp_path, export)
    lines = study["tables"]["transactions"]
    flat = lines["columns"] | {key: value for key, value in lines.items() if key != "columns"}
    assert {key: flat.get(key) for key in FOUND[export]} == FOUND[export]
    assert f"recognised as {NAMES[export]}" in text
    assert "no real export was at hand" in text or "the data were not at hand" in text


@pytest.mark.parametrize("export", FOUND)
def test_a_proposed_file_keeps_to_the_grammar(export, tmp_path):
    text, _ = proposed(tmp_path, export)
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    read = read_study_file(tmp_path / "study.yml")
    assert read.faults == []
    assert read.spec is not None


@pytest.mark.parametrize("export", ["wechat_pay_bill", "alipay_bill"])
def test_a_tab_behind_a_number_is_none_of_it(export, tmp_path):
    _, study = proposed(tmp_path, export)
    assert study["clean_ids"] == ["blanks"]


def test_a_template_that_nearly_fits_says_what_differs(tmp_path):
    text, study = proposed(tmp_path, "woocommerce_advanced_export", "Item Cost", "Item Price")
    assert "looks like WooCommerce orders (Advanced Order Export), but has no column 'Item Cost'" in text
    assert "recognised as" not in text
    assert study["tables"]["transactions"]["computed"] == {"amount": "`Quantity (- Refund)` * `Item Price`"}


def test_what_a_file_nearly_is_stands_in_its_refusal_too(tmp_path):
    with pytest.raises(InputError, match="looks like Shopify orders, but has no column 'Lineitem price'"):
        proposed(tmp_path, "shopify_orders", "Lineitem price", "Line price")


def test_values_that_no_row_has_are_left_out_of_a_rule(tmp_path):
    _, study = proposed(tmp_path, "shopify_orders", "voided", "paid")
    assert "where" not in study["tables"]["transactions"]


def test_the_person_of_olist_has_all_their_orders(tmp_path):
    text, _ = proposed(tmp_path, "olist")
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    study = load_study(tmp_path)
    study.require_sound()
    lines = study.table("transactions").to_pandas()
    assert lines.groupby("customer_id")["order_id"].nunique().to_dict() == {"u1": 2}
    assert sorted(study.table("customers").to_pandas()["customer_id"]) == ["u1", "u2"]


def test_without_the_file_of_persons_olist_says_what_is_lost(tmp_path):
    for file in (SAMPLES / "olist").iterdir():
        if "customers" not in file.name:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    text = propose([str(tmp_path)]).text
    study = YAML(typ="safe").load(io.StringIO(text))
    assert study["tables"]["transactions"]["columns"]["customer_id"] == "customer_id"
    assert "so that every customer has one order" in text
