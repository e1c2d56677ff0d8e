#!/usr/bin/env bash
# One would guess: lines of a window, their customers, each once, in order, is one row per customer on every engine:
# lines.filter(lines.time < day).select("customer").distinct().order_by("customer").
# What happens: for PostgreSQL and Spark, Ibis 12.0.0 splits a DISTINCT with an ORDER BY into two questions and carries
# into the inner one every column that the filter looks at. Its SELECT DISTINCT tells rows apart by the time as well:
# one row per customer and time. For DuckDB and SQLite nothing is split, and without order_by() all are right.
# Why it matters: counts of customers become counts of lines on the warehouse, after tests on DuckDB were green.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    "ibis-framework[duckdb]==12.0.0" "duckdb==2.0.0" "sqlglot==30.30.0"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import duckdb
import ibis

lines = ibis.table({"customer": "string", "day": "int64"}, name="lines")
customers = lines.filter(lines.day < 9).select("customer").distinct()
database = duckdb.connect()  # which reads PostgreSQL's form of this question too
database.execute("CREATE TABLE lines AS SELECT * FROM (VALUES ('a', 1), ('a', 2), ('b', 3)) t(customer, day)")


def answer(question, dialect):
    return [row[0] for row in database.execute(ibis.to_sql(question, dialect=dialect)).fetchall()]


found = {dialect: answer(customers.order_by("customer"), dialect) for dialect in ("duckdb", "postgres")}
unordered = sorted(answer(customers, "postgres"))
print("Ibis", ibis.__version__, "rows of DISTINCT with ORDER BY:", found, "without:", unordered)
print(ibis.to_sql(customers.order_by("customer"), dialect="postgres"))
assert found == {"duckdb": ["a", "b"], "postgres": ["a", "a", "b"]}, found
assert unordered == ["a", "b"], unordered
PYTHON
