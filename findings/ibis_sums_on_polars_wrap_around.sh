#!/usr/bin/env bash
# Ibis 12.0.0 on Polars 2.1.0: revenue in cents, a column of 32-bit integers.
#
# One would guess: the type that Ibis gives for the sum of an int32 is int64, so that is what the sum is computed in, on
# every engine. What happens: it is only what the result is cast to. Polars sums 32 bits in 32 bits, silently starts
# again at the other end, and the wrong number is handed out as the promised int64. DuckDB widens the sum. A product of
# two such columns is the same on Polars; DuckDB refuses that one, Ibis promises int64 for it as well. Only integers of
# 8 and 16 bits are widened by Polars.
# Why it matters: the limit is 21 million euros in cents, and Parquet files of warehouses hold cents and quantities as
# int32. A total turns negative, or, past two rounds, is positive and plausible.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    "ibis-framework[duckdb,polars]==12.0.0" "duckdb==2.0.0" "polars==2.1.0" "pyarrow==26.0.1" "sqlglot==30.30.0"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import duckdb
import ibis
import polars as pl
import pyarrow as pa

lines = pa.table({
    "shop": ["a", "a", "b", "b", "b"],
    "cents": pa.array([2_000_000_000, 500_000_000, 2_000_000_000, 2_000_000_000, 800_000_000], pa.int32()),
    "quantity": pa.array([50_000] * 5, pa.int32()),
})
print("Ibis", ibis.__version__, "Polars", pl.__version__, "DuckDB", duckdb.__version__)
found = {}
for name, connection in {"DuckDB": ibis.duckdb.connect(), "Polars": ibis.polars.connect()}.items():
    table = ibis.memtable(lines)
    sums = table.group_by("shop").agg(cents=table["cents"].sum()).order_by("shop")
    product = table.select(pieces=table["quantity"] * table["quantity"]).limit(1)
    found[name] = connection.to_pyarrow(sums)["cents"].to_pylist()
    print(f"{name}: sums of shops a and b, promised as {sums['cents'].type()}: {found[name]}")
    try:
        squared = connection.to_pyarrow(product)["pieces"].to_pylist()[0]
    except duckdb.Error as error:
        squared = type(error).__name__
    print(f"{name}: 50000 * 50000, promised as {product['pieces'].type()}: {squared}")
    found[f"{name} product"] = squared
assert found["DuckDB"] == [2_500_000_000, 4_800_000_000]
assert found["Polars"] == [2_500_000_000 - 2**32, 4_800_000_000 - 2**32]
assert found["Polars product"] == 2_500_000_000 - 2**32
assert found["DuckDB product"] == "OutOfRangeException"
PYTHON
