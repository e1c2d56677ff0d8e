#!/usr/bin/env bash
# Ibis 12: no interval can be written for DuckDB where the compiled SQLGlot is installed.
#
# One would guess that sqlglotc, which `sqlglot[c]` installs for speed, changes nothing but the speed: SQLGlot says so,
# and takes its compiled modules wherever they are there.
# What happens: Ibis 12 hands the unit of an interval to SQLGlot as a plain text. The modules written in Python take it,
# the compiled ones refuse it by their type, so that a timestamp plus ibis.interval ends in a TypeError on DuckDB. A number
# turned into an interval (ibis.literal(3).as_interval("D")) becomes TO_DAYS(3) and runs beside both.
# Why it matters: "within 28 days of the offer" is an interval; another package of the environment decides whether it runs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
install() { "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }
cat > "$folder/ask.py" <<'PYTHON'
import sys
from datetime import datetime

import ibis
import sqlglot

offer = ibis.memtable({"at": [datetime(2024, 2, 28, 9)]})["at"]


def answer(expression):
    try:
        return str(expression.to_pyarrow()[0].as_py())
    except TypeError as error:
        return f"TypeError: {error}"


literal, made = answer(offer + ibis.interval(days=3)), answer(offer + ibis.literal(3).as_interval("D"))
print(f"  ibis.interval(days=3):                {literal}")
print(f"  ibis.literal(3).as_interval('D'):     {made}")
right = "2024-03-02 09:00:00"
sys.exit(0 if made == right and literal.startswith(sys.argv[1]) else 1)
PYTHON
cd "$folder"
install "ibis-framework[duckdb]==12.0.0" "sqlglot==30.30.0"
echo "Ibis 12.0.0, sqlglot 30.30.0"
"$folder/venv/bin/python" ask.py "2024-03-02 09:00:00"
install "sqlglotc==30.30.0"
echo "the same with sqlglotc 30.30.0"
"$folder/venv/bin/python" ask.py "TypeError"
