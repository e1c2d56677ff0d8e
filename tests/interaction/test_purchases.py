"""Who bought what: orders and money of each customer and item are those of the lines, counted one by one."""

import ibis
import pandas as pd
import pytest
from tests.cases import shop

from helpers.interaction.purchases import gather_purchases


def test_orders_and_money_of_each_item_are_those_of_the_lines():
    lines = shop(40)
    lines.loc[::7, "order_id"] = None  # paid for, but in no order that is known
    found = gather_purchases(ibis.memtable(lines), pd.Timestamp("2024-07-01").date(), level="product_id")
    before = lines[lines["time"] < "2024-07-01"]
    for (customer, product), own in before.groupby(["customer_id", "product_id"]):
        cell = found.customers.get_loc(customer), found.items.get_loc(product)
        assert found.orders[cell] == own["order_id"].nunique()
        assert found.revenue[cell] == pytest.approx(own["amount"].sum())
    assert found.orders.sum() == before.drop_duplicates(["order_id", "product_id"])["order_id"].notna().sum()


def test_a_part_of_what_was_gathered_is_what_is_gathered_of_that_part():
    lines, day = ibis.memtable(shop(40)), pd.Timestamp("2024-07-01").date()
    everything = gather_purchases(lines, day, level="product_id")
    customers, items = pd.Index([*everything.customers[5:20], "nobody"]), pd.Index(["P03", "P07", "unsold"])
    part, gathered = (
        everything.of(customers, items),
        gather_purchases(lines, day, level="product_id", customers=customers, items=items),
    )
    for one, other in ((part.orders, gathered.orders), (part.revenue, gathered.revenue)):
        assert one.shape == other.shape
        assert (one.indptr.tolist(), one.indices.tolist()) == (other.indptr.tolist(), other.indices.tolist())
        assert one.data.tolist() == other.data.tolist()
