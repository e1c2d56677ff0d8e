#!/usr/bin/env bash
# One would guess: `create_table(overwrite=True)`, `drop_table` and the release of a `cache()`d table work with whatever
# versions the resolver takes together, as Ibis gives no upper bound that leaves these out; and two connections to DuckDB
# in memory are two.
# What happens: Ibis 12.0.0 writes DROP statements without the name of the table when SQLGlot is 30.30.0, as that has
# renamed a part of its Drop node. DuckDB refuses them. The table that was to be replaced stays as it was, and the new
# rows lie in a table with a made-up name; a cached table is not released. Two connections to memory are equal and hash
# alike, though they share no table.
# Why it matters: an intermediate table of customer lines is neither renewed nor dropped, and a dictionary keyed by
# connection hands one study the lines of another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    "ibis-framework[duckdb]==12.0.0" "duckdb==2.0.0" "sqlglot==30.30.0"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import duckdb
import ibis
import sqlglot

print("ibis", ibis.__version__, "duckdb", duckdb.__version__, "sqlglot", sqlglot.__version__)
connection, other = ibis.duckdb.connect(), ibis.duckdb.connect()
lines = ibis.memtable({"amount": [1.0, 2.0]})
connection.create_table("lines", lines)
changed = []
for name, question in {
    "create_table(overwrite=True)": lambda: connection.create_table("lines", lines.filter(lines["amount"] > 1), overwrite=True),
    "drop_table": lambda: connection.drop_table("lines"),
    "release of a cached table": lambda: lines.mutate(twice=lines["amount"] * 2).cache().release(),
}.items():
    try:
        question()
        changed.append(name)
        print(f"{name:30} works")
    except duckdb.ParserException as error:
        print(f"{name:30} {str(error).splitlines()[0]}")
rows = connection.con.execute("select count(*) from lines").fetchone()[0]
tables = connection.con.execute("select count(*) from duckdb_tables() where not temporary").fetchone()[0]
print("rows of the table to be replaced:", rows, "- tables:", tables)
same = connection == other and hash(connection) == hash(other)
print("two connections to memory are equal:", same)
if changed or rows != 2 or not same:
    raise SystemExit("the behaviour has changed")
PYTHON
