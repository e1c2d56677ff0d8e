#!/usr/bin/env bash
# One would guess: column / 2 is a true quotient on every engine, as Ibis promises, whatever stands beside it.
# What happens: Ibis 12.0.0 with sqlglot 30.30.0 writes it for PostgreSQL with a cast when the quotient stands alone, and
# without one when the column itself, or another use of it, stands in the same SELECT: mutate(half=t.n / 2) becomes
# "n" / 2, which PostgreSQL works out in whole numbers (1 / 2 is 0; seen on its version 15.18). One node of the query has
# two places then, and the cast is put into the other. ibis.to_sql shows a cast all the same: it reads the query and writes
# it anew, so that the text looked at is not the text that was sent.
# Why it matters: mid-ranks, shares and means per customer come out too low, without an error. Cast first:
# t.n.cast("float64") / 2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    "ibis-framework[postgres]==12.0.0" "psycopg[binary]==3.3.9" "sqlglot==30.30.0" packaging
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import ibis
from ibis.backends.postgres import Backend

orders = ibis.table({"n": "int64"}, name="orders")
sent = Backend().compile  # what a connection sends; to write it, no server is needed
alone = sent(orders.select(half=orders.n / 2))
beside = sent(orders.mutate(half=orders.n / 2))
cast_first = sent(orders.mutate(half=orders.n.cast("float64") / 2))
shown = ibis.to_sql(orders.mutate(half=orders.n / 2), dialect="postgres", pretty=False)
print("Ibis", ibis.__version__)
for name, text in {"alone": alone, "beside": beside, "beside, as to_sql shows it": shown, "cast first": cast_first}.items():
    print(f"{name}: {text}")
assert "CAST" in alone, alone
assert '"n" / 2' in beside and "CAST" not in beside, beside
assert "CAST" in shown, shown
assert "CAST" in cast_first, cast_first
PYTHON
