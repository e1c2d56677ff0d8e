#!/usr/bin/env bash
# One would guess: a text that ends in an offset from UTC is either moved by it or refused, and the two timestamp types
# read the same texts.
# What happens: cast to TIMESTAMP, the offset is dropped without a word and the clock kept; cast to TIMESTAMPTZ it is
# applied; and with a blank before it ("2023-01-01 23:30:00 -0500", as shops export orders) TIMESTAMP still keeps the
# clock, while TIMESTAMPTZ gives NULL. The parser's mark %z reads "-0500" but not "Z".
# DuckDB 1.4.1 gave NULL for the text with a blank by either cast; 2.0.0 takes it as a TIMESTAMP.
# Why it matters: orders of one evening land on one day by one cast and on the next by the other, and a TRY_CAST can empty
# the whole column of times; recency and cohorts move with it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "duckdb==${DUCKDB_VERSION:-2.0.0}"
"$folder/venv/bin/python" - <<'PYTHON'
import duckdb

connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
expected = {
    "try_cast('2023-01-01 23:30:00-05' AS TIMESTAMP)": "2023-01-01 23:30:00",
    "try_cast('2023-01-01 23:30:00-05' AS TIMESTAMPTZ)": "2023-01-02 04:30:00+00",
    "try_cast('2023-01-01 23:30:00 -0500' AS TIMESTAMP)": "2023-01-01 23:30:00",
    "try_cast('2023-01-01 23:30:00 -0500' AS TIMESTAMPTZ)": None,
    "try_strptime('2023-01-01 23:30:00 -0500', '%Y-%m-%d %H:%M:%S %z')": "2023-01-02 04:30:00+00",
    "try_strptime('2023-01-01 23:30:00 Z', '%Y-%m-%d %H:%M:%S %z')": None,
}
print("duckdb", duckdb.__version__)
found = {sql: connection.execute(f"SELECT ({sql})::VARCHAR").fetchone()[0] for sql in expected}
for sql, value in found.items():
    print(f"{sql:70} {value}")
if found != expected:
    raise SystemExit("the behaviour has changed")
print("TIMESTAMP drops the offset, TIMESTAMPTZ applies it or gives NULL when a blank stands before it")
PYTHON
