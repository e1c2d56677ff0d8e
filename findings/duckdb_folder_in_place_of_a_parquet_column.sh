#!/usr/bin/env bash
# DuckDB 2.0.0 and one Parquet file, given by its whole name, in a folder that is called `customer=007`.
#
# One would guess: a single file that is named gives its own columns; folders are looked at where a pattern or a list of
# files spans several. What happens: any folder above it whose name holds "=" becomes a column, also of a single file;
# where the file has a column of that name, its values are replaced by the folder's without a word. Spark, given the
# same path, reads the file's own. read_csv does the same, with its columns and auto_detect = false stated.
# hive_partitioning = false puts both right.
# Why it matters: a study that lies below a folder such as `export=3` or `customer=007` has one customer, and a total
# by customer still adds up.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "duckdb==2.0.0" "pyarrow==26.0.1"
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

place = Path("customer=007/run=3")
place.mkdir(parents=True)
lines = pa.table({"customer": ["A1", "B2"], "amount": [10.0, 20.0]})
pq.write_table(lines, place / "lines.parquet")
(place / "lines.csv").write_text("A1,10\nB2,20\n")
form = "auto_detect = false, columns = {'customer': 'VARCHAR', 'amount': 'DOUBLE'}"
print("DuckDB", duckdb.__version__)
found = {}
for name, source in {
    "Parquet": f"read_parquet('{place}/lines.parquet'",
    "CSV": f"read_csv('{place}/lines.csv', {form}",
}.items():
    for ending in ("", ", hive_partitioning = false"):
        asked = duckdb.sql(f"SELECT * FROM {source}{ending})")
        rows = asked.order("amount").fetchall()
        print(f"{name}{ending}: columns {', '.join(asked.columns)}; {rows}")
        found[name, ending] = rows
for name in ("Parquet", "CSV"):
    assert found[name, ""] == [("007", 10.0, 3), ("007", 20.0, 3)]
    assert found[name, ", hive_partitioning = false"] == [("A1", 10.0), ("B2", 20.0)]
PYTHON
