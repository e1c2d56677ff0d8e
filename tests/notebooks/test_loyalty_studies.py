"""Loyalty from the raw tables to the report: published panels, a panel of two purchases, one brand, one customer."""

import re
from pathlib import Path

import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.study.study import load_study
from helpers.suite.planning.readiness import readiness

DATA = Path(__file__).resolve().parents[2] / "data"
LOYALTY = "22_loyalty"
SHARES = {
    "cracker": {"nabisco": 0.5443, "private": 0.3144, "sunshine": 0.0726, "kleebler": 0.0687},
    "yogurt": {"dannon": 0.4022, "yoplait": 0.3391, "weight": 0.2293, "hiland": 0.0294},
    "catsup": {"heinz32": 0.5211, "heinz28": 0.3041, "hunts32": 0.1097, "heinz41": 0.0650},
}
COUNTS = {"cracker": (136, 3292), "yogurt": (100, 2412), "catsup": (300, 2798)}


def results(pieces):
    return {name: entry["value"] for name, entry in pieces[-1]["results"].items()}


def shown(pieces):
    fields = ("text", "title", "alt", "caption", "about")
    return [str(piece[field]) for piece in pieces for field in fields if piece.get(field)]


def nonsense(pieces):
    return [text for text in shown(pieces) if re.search(r"\b(?:nan|inf|None|NaT)\b|\{\w+\}", text)]


@pytest.mark.parametrize("panel", ["cracker", pytest.param("yogurt", marks=pytest.mark.slow), "catsup"])
def test_a_published_panel(panel, run_notebook):
    pieces = run_notebook(LOYALTY, DATA / panel)
    found = results(pieces)
    assert {brand: found[f"brand_share_{brand}"] for brand in SHARES[panel]} == pytest.approx(
        SHARES[panel], abs=1.01e-4
    )
    assert (found["brand_customers"], found["brand_purchases"]) == COUNTS[panel]
    assert pieces[-1]["results"]["choice_gain"]["low"] > 0
    assert found["price_effect"] < 0
    assert "serialised_share" not in found
    assert nonsense(pieces) == []


def panel_of(brands: list[str], *, customers: int = 1) -> pd.DataFrame:
    """Return a panel in which every customer buys these brands, one after the other, with A and B on offer."""
    rows = [
        (customer, occasion, brand, brand == bought, 1.0)
        for customer in range(customers)
        for occasion, bought in enumerate(brands, start=1)
        for brand in ("A", "B")
    ]
    return pd.DataFrame(rows, columns=["customer_id", "occasion", "brand", "chosen", "price"])


def with_brands(lines: pd.DataFrame, brands: int) -> dict[str, pd.DataFrame]:
    products = pd.DataFrame({"product_id": sorted(lines["product_id"].unique()), "category": "tea"})
    return {"transactions": lines, "products": products.assign(brand=[f"B{n % brands}" for n in range(len(products))])}


def with_few_brands(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    tables = with_brands(lines, 2)
    products = tables["products"]
    return tables | {"products": products.assign(brand=products["brand"].where(products.index < 6))}


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"choices": panel_of(["A", "B"])}, "could not be tested"),
        ({"choices": panel_of(["A"] * 6)}, "a single brand was bought in the category 'all brands'"),
        ({"choices": panel_of(["A", "B"] * 5)}, "fewer than two customers"),
        ({"choices": panel_of(["A", "B", "A"], customers=40)}, "no better than market shares"),
        (with_brands(shop(40), 1), "a single brand was bought in the category 'tea'"),
        (with_few_brands(shop(40)), "went to products whose category and brand are known"),
        (with_brands(shop(40).assign(amount=0.0), 3), "no purchase of a product with category and brand"),
        (with_brands(shop(40).query("customer_id == customer_id.min()"), 3), "fewer than two customers"),
    ],
    ids=[
        "two purchases",
        "one brand",
        "one customer",
        "all alike",
        "shop of one brand",
        "brands nearly empty",
        "nothing paid",
        "one buyer",
    ],
)
def test_data_too_poor_say_so_and_nothing_else(tables, says, tmp_path, run_notebook):
    pieces = run_notebook(LOYALTY, make_study(tmp_path / "poor", tables))
    assert says in " ".join(shown(pieces)).replace("\\", "")
    assert nonsense(pieces) == []


def test_a_brand_or_category_that_is_not_there_stops_the_run_before_it_starts(tmp_path):
    study = load_study(make_study(tmp_path / "panel", {"choices": panel_of(["A", "B"])}))
    values = {"own_brand": "C", "shown_category": "tea", "brand_column": "brand"}
    _, faults = readiness(LOYALTY, study, values)
    assert [fault.where for fault in faults] == ["parameter own_brand", "parameter shown_category"]
    assert readiness(LOYALTY, study, values | {"own_brand": "A", "shown_category": ""}) == ((), ())


def test_a_panel_without_one_choice_per_occasion_stops_the_run_before_it_starts(tmp_path):
    study = load_study(make_study(tmp_path / "panel", {"choices": panel_of(["A", "Z"])}))
    _, faults = readiness(LOYALTY, study, {"own_brand": "", "shown_category": "", "brand_column": "brand"})
    assert "no brand or several are chosen on 1 occasion" in faults[0].what
