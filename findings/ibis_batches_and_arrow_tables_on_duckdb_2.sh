#!/usr/bin/env bash
# Ibis 12 on DuckDB 2: rows cannot be read in batches, and a table made of Arrow is refused although it was made.
#
# One would guess that to_pyarrow_batches streams the rows of a table of DuckDB, the default engine of Ibis, and that
# create_table of an Arrow table either makes the table or does not.
# What happens: the batches are asked for by fetch_record_batch of a cursor, which DuckDB 2 has no more: AttributeError at
# the first batch, not at the call. create_table makes and fills the table, then drops its view of the Arrow table by a
# statement without a name: ParserException, and the table stays.
# Why it matters: customer records beyond memory are read in batches; a program that tries again after the error finds its
# table there already. Relations of DuckDB (connection.con.sql) still give batches, and rows can be registered by name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "ibis-framework[duckdb]==12.0.0" "duckdb==2.0.0" "sqlglot==30.30.0" "pyarrow==26.0.1" "pandas==3.1.1"
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import duckdb
import ibis
import pyarrow as pa

shop = ibis.duckdb.connect()
shop.con.execute("create table records as select range as record_id from range(10)")
records = shop.table("records")
print(f"Ibis {ibis.__version__}, DuckDB {duckdb.__version__}")
batches = records.to_pyarrow_batches()
try:
    print("rows read in batches:", sum(batch.num_rows for batch in batches))
    failed = False
except AttributeError as error:
    print("to_pyarrow_batches, at the first batch:", error)
    failed = True
try:
    shop.create_table("customers", pa.table({"customer_id": [1, 2]}))
    refused = False
except duckdb.ParserException as error:
    print("create_table:", str(error).splitlines()[0])
    refused = True
count = shop.con.execute("select count(*) from customers").fetchone()[0]
made = count == 2
print("the table is there with its rows all the same:", made)
sys.exit(not (failed and refused and made))
PYTHON
