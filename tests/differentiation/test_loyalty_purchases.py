"""Which brand was bought on which occasion: the rules for several brands, returns, nothing paid, and faulty panels."""

from datetime import date

import ibis
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.differentiation import loyalty

AS_OF = date(2024, 1, 1)
PRODUCTS = pd.DataFrame(
    {
        "product_id": [1, 2, 3, 4, 5, 6],
        "category": ["tea", "tea", "tea", "oil", "fuel", None],
        "brand": ["A", "A", "B", "A", "A", "B"],
        "countable": [True, True, True, True, False, True],
    }
)
COLUMNS = ["customer_id", "order_id", "day", "product_id", "amount"]


def count(rows: list[tuple], *, unit: str = "order", parts: int = 1, products: pd.DataFrame = PRODUCTS) -> pd.DataFrame:
    return loyalty.count_by_brand(bought(rows, unit=unit, products=products), AS_OF, unit=unit, parts=parts)


def bought(rows: list[tuple], *, unit: str = "order", products: pd.DataFrame = PRODUCTS, **more):
    lines = pd.DataFrame(rows, columns=COLUMNS).assign(**more)
    lines["time"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(lines.pop("day"), unit="D")
    tables = {"transactions": ibis.memtable(lines), "products": ibis.memtable(products)}
    return loyalty.gather_purchases(tables, AS_OF, unit=unit)


def cells(counts: pd.DataFrame) -> dict[tuple, int]:
    return counts.set_index(["customer_id", "category", "brand"])["purchases"].to_dict()


def test_the_brand_with_the_most_money_counts_and_of_equal_ones_the_first_by_name():
    rows = [(1, "a", 1, 1, 4.0), (1, "a", 1, 2, 4.0), (1, "a", 1, 3, 7.0), (1, "b", 2, 1, 5.0), (1, "b", 2, 3, 5.0)]
    rows += [(1, "c", 3, 1, 1.0), (1, "c", 3, 3, 5.0)]
    found = count(rows)
    assert cells(found) == {(1, "tea", "A"): 2, (1, "tea", "B"): 1}
    assert found.set_index("brand")["last_purchases"].to_dict() == {"A": 0, "B": 1}
    steps = loyalty.follow_choices(bought(rows))
    assert steps[["previous", "brand", "times"]].to_numpy().tolist() == [["A", "A", 1], ["A", "B", 1]]


def test_each_product_counts_where_asked_for():
    rows = [(1, "a", 1, 1, 4.0), (1, "a", 1, 2, 4.0), (1, "a", 1, 3, 7.0), (1, "b", 2, 3, 5.0)]
    assert cells(count(rows, unit="product")) == {(1, "tea", "A"): 2, (1, "tea", "B"): 2}
    assert loyalty.follow_choices(bought(rows, unit="product"))["previous"].tolist() == ["A"]


def test_what_came_back_is_no_purchase_and_nor_is_a_line_of_nothing():
    rows = [(1, "a", 1, 1, 4.0), (1, "r", 9, 1, -4.0), (1, "b", 2, 3, 5.0), (1, "c", 3, 1, 0.0), (2, "d", 4, 1, 3.0)]
    assert cells(count(rows)) == {(1, "tea", "B"): 1, (2, "tea", "A"): 1}


def test_lines_without_category_or_countable_goods_take_no_part():
    rows = [(1, "a", 1, 1, 4.0), (1, "b", 2, 5, 40.0), (1, "c", 3, 6, 4.0), (1, "d", 4, 9, 4.0)]
    assert cells(count(rows)) == {(1, "tea", "A"): 1}


def test_parts_are_of_equal_time_and_nothing_is_lost():
    rows = [(1, f"o{day}", day, 1, 1.0) for day in range(0, 360, 30)]
    found = count(rows, parts=4)
    assert found["purchases"].tolist() == [4, 3, 3, 2]  # parts of 91.25 days, from the first purchase to as_of
    assert found["amount"].sum() == 12


def test_a_deal_is_a_cut_beyond_the_customers_usual_one():
    rows = [(1, f"o{day}", day, 1 if day != 5 else 3, 8.0) for day in range(7)]
    found = bought(rows, discount=[2.0, 2.0, 2.0, 2.0, 2.0, 8.0, 2.0])
    steps = loyalty.follow_choices(found)
    assert steps.set_index(["previous", "brand"])["deals"].to_dict() == {("A", "A"): 0, ("A", "B"): 1, ("B", "A"): 0}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no purchase of a product"),
        ([(1, "a", 1, 6, 4.0)], "no purchase of a product"),
        ([(1, "a", 1, 1, -4.0)], "no purchase of a product"),
    ],
)
def test_without_purchases_the_reason_is_said(rows, message):
    with pytest.raises(InputError, match=message):
        count(rows)


def test_categories_with_a_single_brand_are_left_out_and_named():
    rows = [(1, "a", 1, 1, 4.0), (1, "b", 2, 3, 4.0), (1, "c", 3, 4, 4.0)]
    counts, single = loyalty.with_a_choice(count(rows))
    assert (set(counts["category"]), single) == ({"tea"}, ("oil",))
    with pytest.raises(InputError, match="a single brand was bought in the category 'oil'"):
        loyalty.with_a_choice(count([(1, "c", 3, 4, 4.0)]))


def test_a_missing_column_of_the_brand_is_named():
    with pytest.raises(InputError, match="brand"):
        count([(1, "a", 1, 1, 4.0)], products=PRODUCTS.drop(columns="brand"))


def test_the_category_asked_for_must_be_there():
    categories = loyalty.fit_categories(count([(1, "a", 1, 1, 4.0), (1, "b", 2, 3, 4.0)]))
    assert loyalty.shown_category(categories) == "tea"
    with pytest.raises(InputError, match="unknown category 'te'"):
        loyalty.shown_category(categories, "te")


# --- panels -----------------------------------------------------------------------------------------------------------


def panel(**more) -> pd.DataFrame:
    table = pd.DataFrame({"customer_id": 1, "occasion": [1, 1, 2, 2], "brand": ["A", "B"] * 2})
    return table.assign(chosen=[True, False, False, True], price=[1.0, 1.0, 1.0, 0.8]).assign(**more)


def test_a_panel_of_two_purchases():
    made = loyalty.gather_purchases({"choices": ibis.memtable(panel())}, AS_OF)
    counts = loyalty.count_by_brand(made, AS_OF, parts=4)
    assert counts["purchases"].tolist() == [1, 1]
    assert counts["last_purchases"].tolist() == [0, 1]
    assert loyalty.follow_choices(made)["deals"].tolist() == [1]
    categories = loyalty.fit_categories(counts)
    assert categories.loc[loyalty.PANEL, "polarisation"] == 0
    assert loyalty.judge_customers(counts, categories["polarisation"]).empty


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ({"chosen": [True, True, False, True]}, "no brand or several are chosen on 1 occasion .*: '1/1'"),
        ({"chosen": False}, "no brand or several are chosen on 2 occasions"),
        ({"brand": ["A", "A", "A", "B"]}, "a single brand is on offer on 1 occasion"),
    ],
)
def test_occasions_without_one_choice_are_refused(spoil, message):
    with pytest.raises(InputError, match=message):
        loyalty.check_choices(ibis.memtable(panel(**spoil)))


def test_a_column_of_brands_that_is_nearly_empty_is_seen_in_money():
    # Tea of brand B: 10 of 100; no brand is known of oil, the product without a category has none; fuel is not counted.
    products = PRODUCTS.assign(brand=[None, None, "B", None, "A", "B"])
    rows = [
        (1, "a", 1, 3, 10.0),
        (1, "a", 1, 1, 30.0),
        (1, "b", 2, 4, 40.0),
        (2, "c", 3, 6, 20.0),
        (2, "c", 3, 5, 900.0),
    ]
    rows += [(2, "d", 4, 3, -10.0), (2, "e", 400, 3, 50.0)]
    lines = pd.DataFrame(rows, columns=COLUMNS)
    lines["time"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(lines.pop("day"), unit="D")
    tables = {"transactions": ibis.memtable(lines), "products": ibis.memtable(products)}
    assert loyalty.branded_revenue_share(tables, AS_OF) == pytest.approx(0.10)
    assert loyalty.branded_revenue_share({"choices": ibis.memtable(lines)}, AS_OF) is None
