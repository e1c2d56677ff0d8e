"""Rules between baskets: the published counts of the Groceries data, whole counts, and what chance makes of baskets."""

from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.interaction import rules as module
from helpers.interaction.baskets import baskets_of, gather_baskets, shuffle_baskets
from helpers.interaction.rules import chances_by_size, count_itemsets, find_rules

GROCERIES = Path(__file__).parents[3] / "shared" / "data" / "groceries.csv"
HABIT = [["tea", "milk", "sugar"]] * 30 + [["tea", "milk"]] * 10 + [["bread"], ["milk"], ["bread", "jam"]] * 40


@pytest.fixture(scope="module")
def groceries():
    if not GROCERIES.exists():
        pytest.skip("the Groceries baskets are no part of the repository")
    return baskets_of(line.split(",") for line in GROCERIES.read_text(encoding="utf-8").splitlines())


@pytest.fixture(scope="module")
def random_baskets():
    rng = np.random.default_rng(1)
    common = 1 / np.arange(1, 41)
    sizes = rng.geometric(0.2, 3000).clip(max=25)
    return baskets_of(rng.choice([f"i{n:02}" for n in range(40)], one, p=common / common.sum()) for one in sizes)


def test_groceries_item_counts_of_hahsler_hornik_reutterer_2006(groceries):
    assert groceries.holds.shape == (9835, 169)
    counts = groceries.counts.head(5).to_dict()
    assert counts == {"whole milk": 2513, "other vegetables": 1903, "rolls/buns": 1809, "soda": 1715, "yogurt": 1372}


@pytest.mark.slow
@pytest.mark.parametrize(("confidence", "number"), [(0.5, 5668), (0.8, 410)])
def test_groceries_rules_at_support_of_one_in_a_thousand(groceries, confidence, number):
    found = find_rules(groceries, support=0.001, confidence=confidence).table
    assert len(found) == number
    first = found[found["then_bought"] == "bottled beer"].iloc[0]
    assert first["if_bought"] == "liquor, red/blush wine"
    assert first[["support", "confidence", "lift"]].round(4).tolist() == [0.0019, 0.9048, 11.2353]


def test_three_of_four_is_a_confidence_of_three_quarters_whatever_rounding_makes_of_it():
    for whole in range(5, 200, 5):
        lists = [["a", "b"]] * (whole * 4 // 5) + [["a"]] * (whole - whole * 4 // 5) + [["c"]] * (9835 % 997)
        assert "a" in set(find_rules(baskets_of(lists), support=0.001, confidence=0.8).table["if_bought"])


def test_a_support_that_falls_on_a_whole_count_keeps_the_rule():
    baskets = baskets_of([["a", "b"]] * 7 + [["c"]] * 93)
    assert len(find_rules(baskets, support=0.07, confidence=0.5, items_at_most=2).table) == 2
    assert len(find_rules(baskets, support=0.07, confidence=0.5).table) == 2


def test_short_sets_are_counted_as_by_the_library(random_baskets, monkeypatch):
    ours = count_itemsets(random_baskets, 30, items_at_most=3)
    monkeypatch.setattr(module, "_SHORT", 0)
    assert ours == count_itemsets(random_baskets, 30, items_at_most=3)
    assert max(map(len, ours)) == 3


def test_a_habit_is_found_with_its_counts():
    found = find_rules(baskets_of(HABIT), support=0.1, confidence=0.7, items_at_most=2).found
    row = found.set_index(["if_bought", "then_bought"]).loc[("sugar", "tea")]
    assert (row["baskets"], row["if_baskets"], row["then_baskets"], row["confidence"]) == (30, 30, 40, 1.0)
    assert row["low"] < 1.0 == row["high"]


@pytest.mark.parametrize("seed", range(5))
def test_in_shuffled_baskets_no_more_rules_are_found_than_stated(random_baskets, seed):
    shuffled = shuffle_baskets(random_baskets, np.random.default_rng(seed))
    rules = find_rules(shuffled, support=0.01, confidence=0.2, items_at_most=3)
    assert len(rules.table) > 50
    assert len(rules.found) <= 1


def test_shuffling_keeps_sizes_and_counts_and_breaks_habits():
    baskets = baskets_of(HABIT)
    shuffled = shuffle_baskets(baskets, np.random.default_rng(1))
    assert (shuffled.sizes == baskets.sizes).all()
    assert shuffled.counts.equals(baskets.counts)
    assert find_rules(shuffled, support=0.1, confidence=0.7, items_at_most=2).found.empty


def test_chances_add_up_to_sizes_and_counts(random_baskets):
    chance = chances_by_size(random_baskets)
    size, of_size = np.unique(random_baskets.sizes, return_counts=True)
    np.testing.assert_allclose(chance.sum(axis=1), size, rtol=1e-6)
    np.testing.assert_allclose(of_size @ chance, random_baskets.counts.sort_index(), rtol=1e-4)


def lines(items: dict[str, list[str]]) -> ibis.Table:
    rows = [
        {"customer_id": "c", "order_id": order, "time": pd.Timestamp("2025-01-01"), "product_id": item, "amount": 1.0}
        for order, held in items.items()
        for item in held
    ]
    return ibis.memtable(pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ({"1": ["a", "b"]}, "1 basket"),
        ({"1": ["a"], "2": ["a"]}, "1 item in all baskets"),
        ({str(n): [f"p{one}" for one in range(1000)] for n in range(3)}, "3 with more than 100 items are left out"),
    ],
)
def test_too_little_or_too_much_is_refused_with_what_to_do(items, message):
    with pytest.raises(InputError, match=message):
        gather_baskets(lines(items), pd.Timestamp("2026-01-01").date(), level="product_id")


def test_all_baskets_equal_show_nothing_beyond_chance():
    rules = find_rules(baskets_of([["a", "b"]] * 50), support=0.1, confidence=0.5)
    assert len(rules.table) == 2
    assert rules.found.empty


def test_a_share_out_of_range_is_refused():
    with pytest.raises(InputError, match=r"confidence: 1\.5 is out of range"):
        find_rules(baskets_of(HABIT), support=0.1, confidence=1.5)


def test_rules_of_a_higher_confidence_are_compared_in_whole_baskets():
    lists = [["a", "b"]] * 16 + [["a"]] * 4 + [["c"]] * 9815
    rules = find_rules(baskets_of(lists), support=0.001, confidence=0.5)
    assert set(rules.of_confidence(0.8)["if_bought"]) == {"a", "b"}
    assert set(rules.of_confidence(0.81)["if_bought"]) == {"b"}
    with pytest.raises(InputError, match=r"confidence: 1\.5 is out of range"):
        rules.of_confidence(1.5)
