#!/usr/bin/env bash
# Ibis 12: a table without some rows, used twice, becomes SQL that SQLite does not know.
#
# One would guess that an expression which runs on a database also runs where it is used at two places of a larger one.
# What happens: an anti join is written as NOT EXISTS for databases without anti joins. Where a table that holds an anti
# join is the left side of two more joins in one expression, only one place is rewritten: the other keeps LEFT ANTI JOIN,
# and the database refuses it. Printed by ibis.to_sql the same expression looks right, because that writes it anew.
# Why it matters: "customers without those who refused contact" is an anti join from which nearly every list starts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "ibis-framework[sqlite]==12.0.0"
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sqlite3
import sys

import ibis
import sqlglot

with sqlite3.connect("shop.sqlite") as connection:
    connection.executescript("""
        create table customers (id integer, region text);
        insert into customers values (1, 'north'), (2, 'south'), (3, 'north');
        create table refused (id integer);
        insert into refused values (1);
        create table buyers (id integer);
        insert into buyers values (3);
    """)
shop = ibis.sqlite.connect("shop.sqlite")
customers, refused, buyers = (shop.table(name) for name in ("customers", "refused", "buyers"))
free = customers.anti_join(refused, "id")
print(f"Ibis {ibis.__version__}, sqlglot {sqlglot.__version__}, SQLite {sqlite3.sqlite_version}")
print("used once: ", free.semi_join(buyers, "id").to_pyarrow()["id"].to_pylist())
both = free.semi_join(buyers, "id").union(free.anti_join(buyers, "id"))
compiled = str(shop.compile(both))
print("LEFT ANTI JOIN in what is sent:", compiled.count("ANTI JOIN"), "in what to_sql prints:", ibis.to_sql(both).count("ANTI JOIN"))
try:
    both.to_pyarrow()
    refusal = ""
except sqlite3.OperationalError as error:
    refusal = str(error)
print("used twice:", refusal or "runs")
filtered = customers.filter(~(customers["id"] == refused["id"]).any())
again = filtered.semi_join(buyers, "id").union(filtered.anti_join(buyers, "id"))
print("as a filter with any():", sorted(again.to_pyarrow()["id"].to_pylist()))
sys.exit(0 if "ANTI" in refusal and compiled.count("ANTI JOIN") else 1)
PYTHON
