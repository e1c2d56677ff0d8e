"""Attributes of lines that are called like columns of prices, spans and joins change no result."""

from datetime import date
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from tests.cases import shop

from helpers.core.returns import match_returns, set_off_returns
from helpers.evaluation import brought_after, order_table, price_lines
from helpers.evaluation.price_list import read_price_list
from helpers.identification import measure_returns
from helpers.interaction import gather_purchases

AS_OF = date(2025, 1, 1)
NAMES = (
    *("_left", "_paid", "_left_0", "_most_left", "_place", "_level", "_after", "_size", "_total", "_", "__x", "_right"),
    *("customer_id_right", "product_id_right", "amount_right", "list_price", "listed", "region", "customer_class"),
    *("price", "day", "item", "begin", "end", "value", "a.b", 'a"b', "a'b", "a`b", "{x}", "%s", "?"),
)


def table(frame: pd.DataFrame) -> Any:
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


def lines() -> pd.DataFrame:
    made = shop(30)
    back = made.iloc[::7].assign(amount=lambda one: -one["amount"], order_id=lambda one: "R" + one["order_id"])
    return pd.concat([made, back.assign(time=back["time"] + pd.Timedelta(days=3))], ignore_index=True)


def with_attributes(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{name: [f"{name} {row}" for row in range(len(frame))] for name in NAMES})


PRODUCTS = pd.DataFrame({"product_id": sorted(lines()["product_id"].unique())})
PRODUCTS = PRODUCTS.assign(list_price=[5.0 + row for row in range(len(PRODUCTS))], category=["a", "b"] * 15)
PEOPLE = pd.DataFrame({"customer_id": lines()["customer_id"].unique(), "region": "North", "kind": "shop"})
STARTS = PEOPLE[["customer_id"]].assign(begin=pd.Timestamp("2024-01-01"))


def priced(some: Any) -> Any:
    prices = read_price_list(None, table(PRODUCTS)).assign(region="North")
    return price_lines(some, prices, AS_OF, customers=table(PEOPLE), customer_class="kind").to_pandas()


ASKED: dict[str, Any] = {
    "set_off_returns": lambda some: set_off_returns(some).select(*shop(2).columns).to_pandas(),
    "match_returns": lambda some: match_returns(some, every_step=True).drop(*({*NAMES} & {*some.columns})).to_pandas(),
    "measure_returns": lambda some: measure_returns(some, AS_OF).by_step,
    "order_table": lambda some: order_table(some, AS_OF, table(PRODUCTS)).to_pandas(),
    "price_lines": priced,
    "brought_after": lambda some: brought_after(STARTS, some, months=6).reset_index(),
    "gather_purchases": lambda some: pd.DataFrame(
        gather_purchases(some, AS_OF, products=table(PRODUCTS), level="category").revenue.toarray()
    ),
}


@pytest.mark.parametrize("name", list(ASKED))
def test_results_are_those_without_attributes(name: str) -> None:
    plain, wide = (ASKED[name](table(frame)) for frame in (lines(), with_attributes(lines())))
    by = [column for column in ("customer_id", "order_id", "product_id", "time", "amount") if column in plain]
    if by:
        plain, wide = (frame.sort_values(by, kind="stable", ignore_index=True) for frame in (plain, wide))
    pd.testing.assert_frame_equal(wide, plain)
