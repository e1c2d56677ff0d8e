"""Recommendations: nothing owned and nothing twice, a taste that can be learnt is, and a shop without one is not."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers import interaction
from helpers.core.errors import InputError
from helpers.interaction.recommend import NONE


def tastes(customers: int = 200, *, seed: int = 1, clear: bool = True) -> tuple[interaction.Purchases, ...]:
    """Purchases before and after of customers who like one half of twenty products; or all alike."""
    rng = np.random.default_rng(seed)
    liking = np.where(np.arange(20)[None, :] // 10 == np.arange(customers)[:, None] % 2, 0.35, 0.02)
    chance = liking if clear else np.broadcast_to(0.2, liking.shape)
    names = [f"p{n:02}" for n in range(20)]
    return tuple(
        interaction.purchases_of(pd.DataFrame(rng.random(chance.shape) < chance, columns=names).astype(int))
        for _ in range(2)
    )


def recommended(method, before, content=None, **how):
    model = interaction.Recommender(method).fit(before, content)
    return interaction.top_items(model.score(before), before, **how)


@pytest.mark.parametrize("method", ["popularity", "neighbours", "factors", "buy_again"])
def test_what_was_bought_and_duplicates_never_come_back(method):
    before, _ = tastes()
    chosen = recommended(method, before)
    for row, items in enumerate(chosen):
        there = items[items != NONE]
        assert len(set(there)) == len(there)
        assert not before.orders[row, there].toarray().any()


def test_repeats_come_back_where_the_study_wants_them():
    before, _ = tastes()
    chosen = recommended("buy_again", before, repeats=True, number=1).ravel()
    buyers = before.orders.sum(axis=1).ravel() > 0
    assert all(before.orders[row, item] for row, item in enumerate(chosen) if np.asarray(buyers).ravel()[row])


def test_who_owns_everything_but_one_gets_that_one():
    table = pd.DataFrame(1, index=range(3), columns=list("abc"))
    table.loc[0, "c"] = 0
    assert recommended("popularity", interaction.purchases_of(table), number=2).tolist() == [
        [2, -1],
        [-1, -1],
        [-1, -1],
    ]


@pytest.mark.parametrize("method", ["neighbours", "factors"])
def test_a_taste_is_learnt(method):
    before, after = tastes()
    ten = {name: recommended(name, before, number=5) for name in ("popularity", method)}
    test = interaction.try_recommendations(ten, before, after, repeats=False)[method]
    assert test.gain.low > 0.1
    assert test.recall.low < test.recall.estimate < test.recall.high


@pytest.mark.parametrize("method", ["neighbours", "factors"])
def test_without_tastes_nothing_beats_popularity(method):
    before, after = tastes(clear=False)
    ten = {name: recommended(name, before, number=5) for name in ("popularity", method)}
    assert interaction.try_recommendations(ten, before, after, repeats=False)[method].gain.sign <= 0


def test_of_few_items_few_factors_are_kept():
    before, _ = tastes()
    relation = interaction.Recommender("factors").fit(before).relation_
    assert np.linalg.matrix_rank(relation) == 5


def test_content_follows_the_group():
    before, after = tastes()
    products = pd.DataFrame({"product_id": before.items, "category": ["first"] * 10 + ["second"] * 10})
    content = interaction.describe_items(ibis.memtable(products), before.items, "product_id")
    ten = {"popularity": recommended("popularity", before, number=5)}
    ten["content"] = recommended("content", before, content, number=5)
    assert interaction.try_recommendations(ten, before, after, repeats=False)["content"].gain.low > 0.1


def test_one_product_is_refused():
    with pytest.raises(InputError, match="3 customers and 1 items"):
        interaction.Recommender("neighbours").fit(interaction.purchases_of(pd.DataFrame({"a": [1, 1, 2]})))


def test_customers_who_are_all_alike_have_no_tastes_in_common():
    with pytest.raises(InputError, match="all customers bought the same"):
        interaction.Recommender("factors").fit(interaction.purchases_of(pd.DataFrame({"a": [2] * 5, "b": [1] * 5})))


def test_items_without_a_description_are_refused():
    before, _ = tastes()
    with pytest.raises(InputError, match="nothing describes the items"):
        interaction.Recommender("content").fit(before, pd.DataFrame(index=before.items))


def test_nothing_new_bought_is_refused():
    before, _ = tastes()
    ten = {"popularity": recommended("popularity", before)}
    with pytest.raises(InputError, match="0 customers bought anything new"):
        interaction.try_recommendations(ten, before, before, repeats=False)


def test_owners_who_differ_by_nothing_are_not_called_different():
    rng = np.random.default_rng(1)
    traits = pd.DataFrame(rng.random((400, 60)) < 0.3, columns=[f"t{n}" for n in range(60)])
    found = interaction.compare_owners(rng.random(400) < 0.5, traits)
    assert found["clear"].sum() == 0
    assert (found["low"] <= found["difference"]).all()


def test_a_product_nobody_lacks_has_no_owners_to_compare():
    with pytest.raises(InputError, match="30 customers own it and 0 do not"):
        interaction.compare_owners(np.ones(30, dtype=bool), pd.DataFrame({"a": [True] * 30}))


def test_first_purchases_follow_what_was_bought_before():
    first, second = tastes(600)
    late_first, late_second = tastes(600, seed=2)
    model = interaction.FirstPurchase().fit(first, second)
    assert interaction.try_offers(model, late_first, late_second).gain.low > 0
    owned = late_first.orders.toarray()[:, model.columns_] > 0
    assert np.isnan(model.predict(late_first)[owned]).all()


def times(hours: dict[str, list[int]]) -> ibis.Table:
    rows = [
        {"customer_id": who, "order_id": f"{who}{n}", "time": pd.Timestamp(2024, 5, 1 + n, hour), "amount": 1.0}
        for who, many in hours.items()
        for n, hour in enumerate(many)
    ]
    return ibis.memtable(pd.DataFrame(rows))


def test_orders_are_sent_for_when_they_are_made():
    orders = interaction.orders_by_day_part(times({"a": [9] * 12, "b": [19] * 12}), date(2024, 6, 1))
    assert interaction.choose_day_part(orders).to_dict() == {"a": "morning", "b": "evening"}


def test_days_without_hours_have_no_time_to_send():
    with pytest.raises(InputError, match="orders have no time of day"):
        interaction.orders_by_day_part(times({"a": [0, 0]}), date(2024, 6, 1))


def test_equal_spenders_are_all_in_the_middle():
    shop = pd.DataFrame({"orders": [1, 2, 3], "mean_order_value": [5.0, 5.0, 5.0]})
    assert set(interaction.buying_power(shop)["price_band"]) == {"middle"}


def test_buying_power_of_a_single_order_leans_on_the_region():
    shop = pd.DataFrame({"orders": [50, 50, 1, 1], "mean_order_value": [10.0, 90.0, 50.0, 50.0]}, index=list("abcd"))
    region = pd.Series(["poor", "rich", "poor", "rich"], index=list("abcd"))
    expected = interaction.buying_power(shop, region)["expected_order_value"]
    assert expected["c"] < 20 < 80 < expected["d"]


@pytest.mark.parametrize("method", ["popularity", "neighbours", "factors", "buy_again"])
def test_some_customers_at_a_time_get_what_all_at_once_get(method):
    rng = np.random.default_rng(1)
    bought = interaction.purchases_of(pd.DataFrame(rng.poisson(0.4, (50, 20))))
    model = interaction.Recommender(method).fit(bought)
    at_once = interaction.top_items(model.score(bought), bought, number=5)
    for size in (1, 7, 50, 1000):
        np.testing.assert_array_equal(interaction.recommend(model, bought, number=5, at_once=size), at_once)
