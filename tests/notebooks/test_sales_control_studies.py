"""Sales control from raw tables to the report: the simulated company, and tables too poor to say."""

import re

import numpy as np
import pandas as pd
import pytest
from tests.cases import AS_OF, make_study, shop

from helpers.study.study import load_study
from helpers.suite.planning.readiness import readiness

CHAPTER = "58_sales_control"


def results(pieces):
    return {name: entry["value"] for name, entry in pieces[-1]["results"].items()}


def texts(pieces, kind=""):
    fields = ("text", "title", "alt", "caption", "about")
    chosen = [piece for piece in pieces if kind in ("", piece["kind"])]
    return " ".join(str(piece[field]) for piece in chosen for field in fields if piece.get(field))


def has_nonsense(pieces):
    return bool(re.search(r"\b(?:nan|inf|None|NaT)\b|\{\w+\}", texts(pieces)))


def listed_shop(discount=0.0, seed=1):
    """Return the lines of a shop at list prices less a discount per customer, its products, and its random numbers."""
    random = np.random.default_rng(seed)
    lines = shop(60).drop(columns="amount")
    products = pd.DataFrame({"product_id": sorted(lines["product_id"].unique())})
    products["list_price"] = random.uniform(5, 50, len(products)).round(2)
    price = lines["product_id"].map(products.set_index("product_id")["list_price"])
    lines["amount"] = (lines["quantity"] * price * (1 - discount)).round(2)
    return lines, products


def billed(lines, seed=1):
    """Return invoices and payments of a shop whose customers pay a month later, and some never."""
    random = np.random.default_rng(seed)
    orders = lines.groupby("order_id", as_index=False).agg(
        customer_id=("customer_id", "first"), time=("time", "min"), amount=("amount", "sum")
    )
    orders = orders.assign(time=orders["time"].dt.normalize(), amount=orders["amount"].round(2))
    orders["seller_id"] = orders["customer_id"].str[-1].map(lambda digit: f"S{int(digit) % 4}")
    invoices = orders.assign(invoice_id=orders["order_id"].str.replace("O", "I"))
    paid = invoices[["invoice_id", "time", "amount"]][random.random(len(invoices)) < 0.9]
    paid = paid.assign(time=paid["time"] + pd.to_timedelta(random.integers(5, 60, len(paid)), unit="D"))
    return invoices, paid[paid["time"] < AS_OF]


def study_of(tmp_path, **tables):
    return make_study(tmp_path / "case", tables)


def test_leaks_of_the_simulated_company_are_found_and_scored(make_company, run_notebook):
    pieces = run_notebook(CHAPTER, make_company(400), price_class="kind")
    found = results(pieces)
    assert found["leak_recall"] > 0.9
    assert found["leak_precision"] > 0.9 > 0.4 > found["leak_without_approval_precision"]
    assert found["discount_error"] < 0.001
    assert found["price_deeper_amount"] == pytest.approx(found["leak_true_amount"], rel=0.05)
    assert found["sales_sellers_apart"] is False  # sellers of the company differ by chance only
    assert found["order_to_cash_median_days"] >= found["invoice_to_cash_median_days"]
    assert found["unbilled_orders"] == 0
    assert not has_nonsense(pieces)


def test_without_the_class_of_customers_prices_by_class_are_not_guessed(make_company, run_notebook):
    pieces = run_notebook(CHAPTER, make_company(100), price_class="")
    assert "price_kept_share" not in results(pieces)
    assert "the class of customers is not known" in texts(pieces, "caveat")
    assert "invoice_to_cash_median_days" in results(pieces)


def test_list_prices_of_products_alone_judge_orders_without_approvals_or_truth(tmp_path, run_notebook):
    lines, products = listed_shop(discount=0.1)
    first = lines["order_id"] == lines["order_id"].iloc[-1]
    lines.loc[first, "amount"] = (lines.loc[first, "amount"] * 0.7).round(2)
    pieces = run_notebook(CHAPTER, study_of(tmp_path, transactions=lines, products=products))
    found = results(pieces)
    assert found["price_kept_share"] == pytest.approx(0.9, abs=0.01)
    assert found["price_unapproved_orders"] == found["price_below_orders"]
    assert found["price_deeper_orders"] <= 1
    assert "No approval is on file" in texts(pieces, "caveat")
    assert not {"leak_recall", "sales_sellers", "order_to_cash_median_days"} & set(found)
    assert not has_nonsense(pieces)


def test_all_at_the_list_gives_no_order_below_and_no_interval_out_of_nothing(tmp_path, run_notebook):
    lines, products = listed_shop()
    pieces = run_notebook(CHAPTER, study_of(tmp_path, transactions=lines, products=products))
    assert results(pieces)["price_kept_share"] == 1
    assert "price_deeper_share" not in results(pieces)
    assert not has_nonsense(pieces)


def test_one_order_is_not_called_a_leak(tmp_path, run_notebook):
    lines, products = listed_shop(discount=0.5)
    one = lines[lines["order_id"] == lines["order_id"].iloc[0]]
    pieces = run_notebook(CHAPTER, study_of(tmp_path, transactions=one, products=products))
    found = results(pieces)
    assert (found["price_deeper_orders"], found["price_unknown_orders"]) == (0, 1)
    assert "give no spread to judge by" in texts(pieces, "caveat")
    assert not has_nonsense(pieces)


def test_invoices_alone_show_sellers_and_payment(tmp_path, run_notebook):
    lines, _ = listed_shop()
    invoices, payments = billed(lines)
    pieces = run_notebook(CHAPTER, study_of(tmp_path, invoices=invoices.drop(columns="order_id"), payments=payments))
    found = results(pieces)
    assert found["sales_sellers"] == 4
    assert 5 < found["invoice_to_cash_median_days"] < 60
    assert not {"price_kept_share", "order_to_cash_median_days", "unbilled_orders"} & set(found)
    assert not has_nonsense(pieces)


def test_one_seller_has_no_order_and_an_unbilled_order_is_found(tmp_path, run_notebook):
    lines, _ = listed_shop()
    invoices, payments = billed(lines)
    gone = invoices.index[invoices["time"] < "2024-06-01"][-1]
    invoices = invoices.drop(index=gone).assign(seller_id="S1")
    payments = payments[payments["invoice_id"].isin(invoices["invoice_id"])]
    pieces = run_notebook(CHAPTER, study_of(tmp_path, transactions=lines, invoices=invoices, payments=payments))
    found = results(pieces)
    assert "sales_sellers" not in found
    assert "1 group with a total; 2 are needed" in texts(pieces, "caveat")
    assert found["unbilled_orders"] == 1
    assert not has_nonsense(pieces)


def test_deliveries_before_orders_are_counted_and_three_are_not_enough(tmp_path, run_notebook):
    lines, products = listed_shop()
    times = lines.groupby("order_id")["time"].min()
    deliveries = (times + pd.Timedelta(days=3)).rename("delivered_time").reset_index()
    deliveries.loc[:4, "delivered_time"] -= pd.Timedelta(days=10)
    tables = {"transactions": lines, "products": products}
    pieces = run_notebook(CHAPTER, study_of(tmp_path, **tables, orders=deliveries))
    found = results(pieces)
    assert (found["order_to_delivery_end_before_begin"], found["order_to_delivery_median_days"]) == (5, 3)
    assert "5 cases have an end dated before their begin" in texts(pieces, "caveat")
    few = make_study(tmp_path / "few", tables | {"orders": deliveries.tail(3)})
    pieces = run_notebook(CHAPTER, few)
    assert "order_to_delivery_median_days" not in results(pieces)
    assert "Too few have ended" in texts(pieces, "caveat")
    assert not has_nonsense(pieces)


def test_refunds_alone_are_no_sales_and_no_invoice_is_named_to_the_client(tmp_path, run_notebook):
    lines, products = listed_shop()
    invoices, payments = billed(lines)
    turned = {"transactions": lines, "invoices": invoices, "payments": payments}
    turned = {name: table.assign(amount=-table["amount"]) for name, table in turned.items()}
    turned["transactions"]["quantity"] *= -1
    pieces = run_notebook(CHAPTER, study_of(tmp_path, **turned, products=products))
    said = texts(pieces, "caveat")
    assert "no line is a sale" in said
    assert "a negative amount in" in said
    assert invoices["invoice_id"].iloc[0] not in said


def test_a_spoilt_price_list_is_said_by_the_check_and_by_the_chapter(tmp_path, run_notebook):
    lines, products = listed_shop()
    prices = products.rename(columns={"list_price": "price"})
    prices.loc[0, "price"] = -1
    invoices, payments = billed(lines)
    folder = study_of(tmp_path, transactions=lines, price_list=prices, invoices=invoices, payments=payments)
    warnings, faults = readiness(CHAPTER, load_study(folder), {"assumed_term_days": 30})
    assert faults == ()
    assert ["a negative price" in one.what for one in warnings] == [True]
    pieces = run_notebook(CHAPTER, folder)
    assert "price_kept_share" not in results(pieces)
    assert "a negative price" in texts(pieces, "caveat")
    assert "order_to_cash_median_days" in results(pieces)


def test_words_count_one_order_none_to_list_and_no_paper_missing_out_of_nothing(tmp_path, run_notebook):
    lines, products = listed_shop(discount=0.1)
    invoices, payments = billed(lines)
    tables = {"transactions": lines, "products": products, "invoices": invoices, "payments": payments}
    orders = pd.DataFrame({"order_id": pd.unique(lines["order_id"]), "approved": "yes"})
    pieces = run_notebook(CHAPTER, study_of(tmp_path, **tables, orders=orders))
    found = results(pieces)
    assert (found["price_unapproved_orders"], found["price_usual_orders"]) == (0, 0)
    assert "none lacks an approval on file" in texts(pieces)
    assert found["unbilled_orders"] == 0
    assert "unbilled" not in [piece.get("name") for piece in pieces if piece["kind"] == "list"]
    (chart,) = [piece for piece in pieces if piece.get("name") == "still_open"]
    assert "Most still open" in chart["title"]
    assert not re.search(r"\b(?:0|1) (?:orders|lines|cases|prices|customers|for)\b", texts(pieces))
    assert not has_nonsense(pieces)
