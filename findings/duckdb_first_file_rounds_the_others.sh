#!/usr/bin/env bash
# A folder of Parquet files, one per month, read by DuckDB 2.0.0 with a pattern.
#
# One would guess: where the first month happens to hold whole amounts only (and is a column of integers, as pandas and
# most exports write it) and the next holds cents, DuckDB takes the wider type, as it does within a UNION, or refuses, as
# pyarrow and Polars do. What happens: all files are cast to the type of the first one. Cents are rounded away, a half
# to the even number, without an error; of a TIMESTAMP after a DATE the hour is lost. Which file is first is a question of
# names. With union_by_name, an option that by its name is about columns, the types are united as well.
# Why it matters: revenue is wrong by what the name of the first file decides; no warning, and totals look plausible.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "duckdb==2.0.0" "pyarrow==26.0.1" "polars==2.1.0"
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq

months = {
    "floats": ([10, 20], [2.5, 3.5, 0.5]),
    "decimals": (pa.array([Decimal(10)], pa.decimal128(10, 0)), pa.array([Decimal("2.57")], pa.decimal128(10, 2))),
    "times": ([datetime.date(2024, 1, 5)], [datetime.datetime(2024, 2, 6, 23, 30)]),
}
print("DuckDB", duckdb.__version__, "pyarrow", pa.__version__, "Polars", pl.__version__)
for name, parts in months.items():
    Path(name).mkdir()
    for number, part in enumerate(parts, 1):
        pq.write_table(pa.table({"v": part}), f"{name}/2024-{number:02}.parquet")
    plain = [row[0] for row in duckdb.sql(f"SELECT v FROM '{name}/*.parquet'").fetchall()]
    united = [row[0] for row in duckdb.sql(f"SELECT v FROM read_parquet('{name}/*.parquet', union_by_name = true)").fetchall()]
    print(f"{name}: {[str(one) for one in plain]} by the pattern, {[str(one) for one in united]} with union_by_name")
    months[name] = (plain, united)
assert months["floats"] == ([10, 20, 2, 4, 0], [10, 20, 2.5, 3.5, 0.5])
assert months["decimals"] == ([Decimal(10), Decimal(3)], [Decimal(10), Decimal("2.57")])
assert months["times"][0][1] == datetime.date(2024, 2, 6)
union = duckdb.sql("SELECT sum(v) FROM (FROM 'floats/2024-01.parquet' UNION ALL FROM 'floats/2024-02.parquet')").fetchall()
print(f"total: {sum(months['floats'][0])} by the pattern, {union[0][0]} by UNION ALL")
assert union[0][0] == 36.5
for reader, read in {
    "pyarrow": lambda: pa.dataset.dataset("floats").to_table(),
    "Polars": lambda: pl.read_parquet("floats/*.parquet"),
}.items():
    try:
        read()
    except (pa.ArrowInvalid, pl.exceptions.SchemaError) as error:
        print(f"{reader} refuses: {str(error).splitlines()[0][:90]}")
    else:
        raise SystemExit(f"{reader} reads them")
PYTHON
