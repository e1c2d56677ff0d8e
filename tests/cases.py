"""Small clients made by the tests: a shop of 300 customers and two years, to be spoilt in one way per case.

A case is a folder with a `study.yml` and its tables. `shop()` gives sound order lines; a test changes what its case is
about and lets `make_study` write the folder.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

CUSTOMERS, PRODUCTS, FIRST_DAY, AS_OF = 300, 30, "2023-01-01", "2025-01-01"


def shop(customers: int = CUSTOMERS, *, seed: int = 1, as_of: str = AS_OF) -> pd.DataFrame:
    """Return order lines of a sound shop: each customer buys by a rhythm of their own until they leave, or `as_of`.

    Columns are the standard names `customer_id, order_id, time, amount, product_id, quantity`; times and amounts are
    rounded to seconds and cents.
    """
    lines, _ = shop_and_leavers(customers, seed=seed, as_of=as_of)
    return lines


def shop_and_leavers(
    customers: int = CUSTOMERS, *, seed: int = 1, as_of: str = AS_OF
) -> tuple[pd.DataFrame, "pd.Series[bool]"]:
    """Return the lines of `shop` and, by customer_id, who has left before `as_of`: what the shop does not know."""
    lines, left = _shop_and_leavers(customers, seed, as_of)
    return lines.copy(deep=False), left.copy(deep=False)  # what a test writes into one does not reach the next


@cache
def _shop_and_leavers(customers: int, seed: int, as_of: str) -> tuple[pd.DataFrame, "pd.Series[bool]"]:
    random = np.random.default_rng(seed)
    begin, end = pd.Timestamp(FIRST_DAY), pd.Timestamp(as_of)
    days = (end - begin).days
    rows: list[tuple[int, float]] = []
    left: dict[str, bool] = {}
    for customer in range(customers):  # few, and each with a life of its own
        gap, first = random.gamma(4.0, 15.0), random.uniform(0, days / 2)
        leaves = first + random.exponential(900.0)
        day, left[f"C{customer:04d}"] = first, leaves < days
        while day < min(leaves, days - 0.5):
            rows.append((customer, day))
            day += max(random.exponential(gap), 0.5)
    orders = pd.DataFrame(rows, columns=["customer", "day"]).sort_values("day", kind="stable", ignore_index=True)
    lines = orders.loc[orders.index.repeat(random.integers(1, 4, len(orders)))]
    count = len(lines)
    time = (begin + pd.to_timedelta(lines["day"], unit="D")).dt.floor("s")
    table = pd.DataFrame(
        {
            "customer_id": [f"C{customer:04d}" for customer in lines["customer"]],
            "order_id": [f"O{order:05d}" for order in lines.index],
            "time": time.to_numpy(),
            "amount": random.lognormal(3.6, 0.6, count).round(2),
            "product_id": [f"P{product:02d}" for product in random.integers(0, PRODUCTS, count)],
            "quantity": random.integers(1, 4, count),
        }
    )
    return table, pd.Series(left)


def make_study(folder: Path, tables: Mapping[str, pd.DataFrame], **spec: Any) -> Path:
    """Write tables as CSV files beside a `study.yml` that maps every column to its own name, and return the folder.

    `spec` adds to the study file: `as_of`, `parameters`, …; `sources={"transactions": {...}}` replaces what a table's
    entry says of itself, such as its delimiter, its columns or a file the test has written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources: Mapping[str, Mapping[str, Any]] = spec.pop("sources", {})
    entries: dict[str, Any] = {}
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
        columns = {str(column): str(column) for column in frame.columns}
        entries[name] = {"source": f"{name}.csv", "columns": columns} | dict(sources.get(name, {}))
    entries |= {name: dict(entry) for name, entry in sources.items() if name not in tables}
    study = {"study": folder.name, "title": folder.name, "currency": "EUR", "as_of": AS_OF} | spec | {"tables": entries}
    with (folder / "study.yml").open("w", encoding="utf-8") as stream:
        YAML().dump(study, stream)
    return folder
