#!/usr/bin/env bash
# One would guess: rows of this process that Ibis puts beside a table of SQLite hold times as the table holds them, so
# that "bought before the contact" can be asked of both.
# What happens: Ibis 12.0.0 writes them in ISO form with a T between day and hour, while SQLite's own functions, and
# Ibis' literals, write a space. SQLite compares times as text, and a T is more than any space: on the same day every
# purchase lies before the contact, at whatever hour. A missing time is refused altogether.
# Why it matters: no error and no warning; whoever bought on the day of a mailing counts as a customer of before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    "ibis-framework[sqlite]==12.0.0" "pandas==3.1.1" "pyarrow==26.0.1" "sqlglot==30.30.0"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sqlite3

import ibis
import pandas as pd

connection = ibis.sqlite.connect()
connection.create_table("orders", schema=ibis.schema({"customer": "string", "time": "timestamp"}))
with connection.begin() as cursor:
    cursor.execute("INSERT INTO orders VALUES ('a', datetime('2024-05-06 18:00:00'))")
orders = connection.table("orders")
contacts = ibis.memtable(pd.DataFrame({"customer": ["a"], "start": pd.to_datetime(["2024-05-06 09:00:00"])}))
before = orders.join(contacts, "customer").filter(lambda both: both.time < both.start)
by_literal = orders.filter(orders.time < ibis.timestamp("2024-05-06 09:00:00"))
counts = [int(one.count().execute()) for one in (before, by_literal)]
print("Ibis", ibis.__version__, "SQLite", sqlite3.sqlite_version)
print("orders at 18:00 before a contact at 09:00, held against a table in memory and against a literal:", counts)
assert counts == [1, 0], counts
try:
    connection.to_pyarrow(ibis.memtable(pd.DataFrame({"start": pd.to_datetime(["2024-05-06", None])})))
except sqlite3.ProgrammingError as error:
    print("a missing time:", error)
else:
    raise SystemExit("a missing time went in")
PYTHON
