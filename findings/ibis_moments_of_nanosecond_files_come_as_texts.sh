#!/usr/bin/env bash
# Ibis 12.0.0 on DuckDB 2.0.0, and a Parquet file whose times have a zone and nanoseconds.
#
# One would guess: times are times whatever their unit; frames of pandas up to version 2 have nanoseconds throughout, so
# that most files with a zone are of this kind, and the same column without a zone is a timestamp. What happens: DuckDB 2
# has a new type for them, TIMESTAMPTZ_NS, which Ibis does not know: the column has neither year() nor a comparison with
# a time, and comes back as texts, in silence where it is only fetched. A cast to a time of microseconds puts it right.
# Why it matters: the time of an order becomes a text between one file and the next of the same shop.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    "ibis-framework[duckdb]==12.0.0" "duckdb==2.0.0" "pyarrow==26.0.1"
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
from datetime import UTC, datetime

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq

print("Ibis", ibis.__version__, "DuckDB", duckdb.__version__, "pyarrow", pa.__version__)
found = {}
for unit in ("us", "ns"):
    for zone in (None, "UTC"):
        moment = datetime(2024, 1, 1, 23, 30, tzinfo=UTC if zone else None)
        pq.write_table(pa.table({"time": pa.array([moment], pa.timestamp(unit, zone))}), "orders.parquet")
        table = ibis.duckdb.connect().read_parquet("orders.parquet")
        known, fetched = table.schema()["time"], table.to_pyarrow()["time"].type
        found[unit, zone] = (hasattr(table.time, "year"), str(fetched))
        print(f"{unit}, zone {zone}: Ibis has {known}, fetched as {fetched}, has year(): {hasattr(table.time, 'year')}")
assert found.pop(("ns", "UTC")) == (False, "string")
assert all(has_year and fetched.startswith("timestamp") for has_year, fetched in found.values())
cast = table.time.cast("timestamp('UTC', 6)").to_pyarrow()[0].as_py()
print("after a cast:", cast)
assert cast == moment
PYTHON
