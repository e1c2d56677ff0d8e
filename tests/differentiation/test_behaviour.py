"""What, when, where and how customers buy: shares of who bought little are drawn to those of all."""

import ibis
import numpy as np
import pandas as pd
import pytest
from tests.cases import shop

from helpers.core.errors import InputError
from helpers.differentiation.behaviour import on_even_scale, shrunken_shares, summarise_behaviour

AS_OF = pd.Timestamp("2025-01-01").date()


def lines_of(rows: list[tuple[str, str, str, float]], **more: list[object]) -> ibis.Table:
    frame = pd.DataFrame(rows, columns=["customer_id", "order_id", "time", "amount"])
    return ibis.memtable(frame.assign(time=pd.to_datetime(frame["time"]), **more))


def products_of(groups: int) -> ibis.Table:
    numbers = range(30)
    table = {
        "product_id": [f"P{number:02d}" for number in numbers],
        "category": [f"c{n % groups:02d}" for n in numbers],
    }
    return ibis.memtable(pd.DataFrame(table))


def test_shares_follow_the_formula_of_the_chapter():
    counts = pd.DataFrame({"shop": [1.0, 8.0], "web": [0.0, 2.0]})
    expected = (counts["shop"] + 5 * 9 / 11) / (counts.sum(axis=1) + 5)
    np.testing.assert_allclose(shrunken_shares(counts, 5)["shop"], expected)


def test_a_shop_is_described_in_what_when_and_how():
    found = summarise_behaviour(ibis.memtable(shop(60)), AS_OF, products=products_of(4))
    assert {name.partition(": ")[0] for name in found.table} == {"what", "when", "how"}
    assert list(found.unknown) == ["where"]
    what = found.table.filter(like="what: ")
    np.testing.assert_allclose(what.sum(axis=1), 1.0)
    assert found.orders.sum() == shop(60)["order_id"].nunique()
    assert np.isfinite(on_even_scale(found.table).to_numpy()).all()


def test_many_groups_are_put_together_and_a_group_called_the_rest_is_no_other():
    names = [f"c{number:02d}" for number in range(14)] + ["the rest"]
    table = {"product_id": [f"P{number:02d}" for number in range(30)], "category": [names[n % 15] for n in range(30)]}
    found = summarise_behaviour(ibis.memtable(shop(60)), AS_OF, products=ibis.memtable(pd.DataFrame(table)))
    what = found.table.filter(like="what: ")
    assert what.shape[1] == 12
    np.testing.assert_allclose(what.sum(axis=1), 1.0)


def test_channels_and_stores_say_where():
    lines = shop(60)
    orders = lines["order_id"].str[-1]
    lines = lines.assign(channel=np.where(orders < "5", "web", None), store_id=orders)
    found = summarise_behaviour(ibis.memtable(lines), AS_OF)
    assert {"where: main store", "where: stores"} <= set(found.table)
    assert "where: web" not in found.table  # the only channel named: all are alike


def test_dates_without_hours_leave_the_parts_of_the_day_out():
    lines = shop(60).assign(time=lambda frame: frame["time"].dt.floor("D"))
    when = [name for name in summarise_behaviour(ibis.memtable(lines), AS_OF).table if name.startswith("when: ")]
    assert when == ["when: weekend"]


def test_one_customer_of_one_order_is_described_by_nothing():
    found = summarise_behaviour(lines_of([("a", "1", "2024-05-06", 5.0)]), AS_OF)
    assert found.table.shape == (1, 0)
    assert list(found.unknown) == ["what", "when", "where", "how"]


def test_orders_of_nothing_are_orders():
    lines = lines_of([("a", "1", "2024-05-06", 0.0), ("b", "2", "2024-05-07", 0.0), ("b", "3", "2024-06-07", 0.0)])
    found = summarise_behaviour(lines, AS_OF)
    assert found.orders.to_dict() == {"a": 1, "b": 2}
    assert "how: money per order" not in found.table
    assert np.isfinite(on_even_scale(found.table).to_numpy()).all()


def test_what_came_back_counts_for_nothing():
    rows = [("a", "1", "2024-05-06", 5.0), ("a", "1", "2024-05-08", -5.0), ("b", "2", "2024-05-07", 4.0)]
    assert summarise_behaviour(lines_of(rows), AS_OF).orders.to_dict() == {"b": 1}


def test_nothing_bought_is_refused():
    with pytest.raises(InputError, match="no transaction before"):
        summarise_behaviour(lines_of([("a", "1", "2025-05-06", 5.0)]), AS_OF)
    with pytest.raises(InputError, match=r"no transaction before .* is a purchase"):
        summarise_behaviour(lines_of([("a", "1", "2024-05-06", -5.0)]), AS_OF)


def test_a_value_below_zero_is_refused():
    with pytest.raises(InputError, match="below zero in what: paint"):
        on_even_scale(pd.DataFrame({"what: paint": [-0.1, 0.4]}))


def test_the_order_of_lines_changes_nothing():
    lines = shop(60)
    one = summarise_behaviour(ibis.memtable(lines), AS_OF, products=products_of(4)).table
    mixed = lines.sample(frac=1.0, random_state=3).reset_index(drop=True)
    pd.testing.assert_frame_equal(summarise_behaviour(ibis.memtable(mixed), AS_OF, products=products_of(4)).table, one)
