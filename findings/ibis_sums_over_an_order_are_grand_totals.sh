#!/usr/bin/env bash
# One would guess: sum().over(order_by=day) is a running total, as SUM(x) OVER (ORDER BY day) is in SQL.
# What happens: Ibis 12.0.0 writes a frame that reaches to the last row, and every row holds the total of all. A frame
# has to be asked for: ibis.window(order_by=..., rows=(None, 0)). row_number() and rank() over the same order go row by
# row, so that the two stand side by side in one expression.
# Why it matters: cumulative shares of revenue are 100 % for every customer, without an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    "ibis-framework[duckdb]==12.0.0" "duckdb==2.0.0" "sqlglot==30.30.0"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import duckdb
import ibis

days = ibis.memtable({"day": [1, 2, 3], "revenue": [10, 20, 30]})
asked = days.mutate(
    of_ibis=days.revenue.sum().over(order_by="day"),
    framed=days.revenue.sum().over(ibis.window(order_by="day", rows=(None, 0))),
    place=ibis.row_number().over(order_by="day"),
).order_by("day")
found = ibis.duckdb.connect().to_pyarrow(asked).to_pydict()
of_sql = duckdb.sql("SELECT SUM(r) OVER (ORDER BY d) FROM (VALUES (1, 10), (2, 20), (3, 30)) t(d, r) ORDER BY d").fetchall()
print("Ibis", ibis.__version__, "DuckDB", duckdb.__version__)
print("SQL:", [int(row[0]) for row in of_sql], "Ibis:", found["of_ibis"], "with a frame:", found["framed"])
assert found["of_ibis"] == [60, 60, 60], found
assert found["framed"] == [int(row[0]) for row in of_sql] == [10, 30, 60], found
PYTHON
