#!/usr/bin/env bash
# One would guess: `list_tables` of an Ibis connection lists the tables, or fails and leaves the connection as it was; and
# that the versions the resolver takes together fit together.
# What happens: Ibis 12.0.0 asks DuckDB 2.0.0 for the names and then calls a method of the connection that this version has
# no more. The answer stays open: until it is fetched, the connection refuses to register a table and to answer anew, with
# a message that blames whoever asks next. Every other question of Ibis works, so that tests which never list pass.
# Why it matters: a program that lists the tables of a customer database, and goes on after the error, loses the connection
# and is told of another statement than the one that failed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "ibis-framework[duckdb]==12.0.0" "duckdb==2.0.0"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import duckdb
import ibis
import pyarrow as pa

print("ibis", ibis.__version__, "duckdb", duckdb.__version__)
connection = ibis.duckdb.connect()
connection.con.execute("create table orders as select 1 as order_id").fetchall()
print("rows before:", connection.table("orders").count().to_pyarrow().as_py())
try:
    print("tables:", connection.list_tables())
    listed = True
except AttributeError as error:
    listed = False
    print("list_tables:", error)
try:
    connection.con.register("lines", pa.table({"order_id": [1]}))
    refused = False
    print("register: works")
except duckdb.Error as error:
    refused = True
    print("register:", type(error).__name__, "-", str(error)[:90])
raise SystemExit(0 if not listed and refused else 1)
PYTHON
