"""Rows with and without a match: the same on two databases, however often a table is used and however it is nested."""

import re
import sqlite3
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.core.matching_rows import matched_rows, unmatched_rows
from helpers.core.returns import match_returns, set_off_returns

SOURCE = Path(__file__).parents[2] / "src" / "helpers"
FRAMES = {
    "rows": pd.DataFrame({"a": [1, 2, 3, 3, None], "b": ["x", "y", "z", None, "q"]}),
    "some": pd.DataFrame({"a": [1, 1, None]}),
    "words": pd.DataFrame({"b": ["y", None]}),
}


def tables_of(engine: str, frames: dict[str, pd.DataFrame], folder: Path) -> dict[str, ibis.Table]:
    if engine == "duckdb":
        return {name: ibis.memtable(frame) for name, frame in frames.items()}
    with sqlite3.connect(folder / "shop.sqlite") as connection:
        for name, frame in frames.items():
            frame.to_sql(name, connection, index=False)
    connection.close()
    backend = ibis.sqlite.connect(folder / "shop.sqlite")
    return {name: backend.table(name) for name in frames}


@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
def test_a_table_without_some_rows_is_used_twice_and_joined_on(engine, tmp_path):
    """Ibis writes `LEFT ANTI JOIN` here, which SQLite and PostgreSQL do not know, where anti joins are used."""
    rows, some, words = tables_of(engine, FRAMES, tmp_path).values()
    left = unmatched_rows(rows, some, ["a"])
    both = matched_rows(left, words, ["b"]).union(unmatched_rows(left, words, ["b"]))
    found = both.to_pyarrow().to_pandas().sort_values("b")
    assert found["b"].tolist()[:3] == ["q", "y", "z"]
    assert len(found) == 4


@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
def test_keys_may_be_rows_of_the_same_table_and_a_missing_key_matches_nothing(engine, tmp_path):
    rows = tables_of(engine, FRAMES, tmp_path)["rows"]
    keys = rows.filter((rows["a"] > 2) | rows["a"].isnull())  # noqa: PD003 (Ibis columns)
    assert matched_rows(rows, keys, ["a"]).count().to_pyarrow().as_py() == 2
    assert unmatched_rows(rows, keys, ["a"]).count().to_pyarrow().as_py() == 3
    nameless = rows["b"].isnull()  # noqa: PD003 (Ibis columns)
    assert unmatched_rows(rows, keys, ["a"], only=nameless).count().to_pyarrow().as_py() == 4


def test_nothing_else_of_the_package_joins_by_what_other_databases_do_not_know():
    pattern = re.compile(r"\.(semi|anti)_join\(|how=[\"'](semi|anti)[\"']")
    assert [path.name for path in SOURCE.rglob("*.py") if pattern.search(path.read_text(encoding="utf-8"))] == []


def returned(seed: int) -> pd.DataFrame:
    """Purchases of a few customers with returns of every kind: in and out of the order, whole, in part, of nothing."""
    rng = np.random.default_rng(seed)
    count = 60
    lines = pd.DataFrame({"customer_id": rng.choice(list("ABC"), count), "order_id": rng.integers(1, 25, count)})
    lines["order_id"] = lines["order_id"].astype(str).where(rng.random(count) > 0.1, None)
    lines["product_id"] = rng.choice(["p", "q", "r"], count)
    lines["time"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(count), unit="D")
    lines["amount"] = rng.choice([5.0, 10.0, 12.5, -5.0, -10.0, -3.0], count)
    return lines


@pytest.mark.parametrize("seed", range(3))
def test_what_came_back_is_the_same_on_a_second_engine(seed, tmp_path):
    """SQLite refuses deeply nested questions, and has no filter on windows: the rule is worked out step by step."""
    frames = {"lines": returned(seed)}
    first, second = (tables_of(engine, frames, tmp_path)["lines"] for engine in ("duckdb", "sqlite"))
    for rule in (set_off_returns, match_returns):
        found = [
            rule(lines).select("customer_id", "time", "amount").to_pyarrow().to_pandas() for lines in (first, second)
        ]
        placed = [one.astype({"time": "datetime64[ns]"}).sort_values("time", ignore_index=True) for one in found]
        pd.testing.assert_frame_equal(*placed, check_dtype=False)
