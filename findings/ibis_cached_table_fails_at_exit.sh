#!/usr/bin/env bash
# One would guess: a table kept by `expr.cache()` is dropped quietly when the program ends, as its documentation says that
# it goes when nothing refers to it.
# What happens: where the cached table is still alive at the end of the program, its finaliser runs while the interpreter
# shuts down, cannot compose its statement any more, and prints a traceback of DuckDB's parser to stderr. The exit status
# stays 0.
# Why it matters: a command line tool over customer data that keeps a derived table prints a traceback after a sound run,
# and whoever watches stderr takes the run for a failed one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install "ibis-framework[duckdb]==12.0.0" "duckdb==2.0.0" "pandas==3.0.0"
cat > "$folder/keep.py" <<'P'
import ibis

lines = ibis.memtable({"customer_id": [1, 1, 2], "amount": [1.0, 2.0, 3.0]})
kept = lines.group_by("customer_id").agg(amount=lines.amount.sum()).cache()
print(sorted(kept.to_pyarrow().to_pydict()["amount"]))
P
"$folder/venv/bin/python" "$folder/keep.py" > "$folder/out" 2> "$folder/err" || true
echo "ibis 12.0.0, duckdb 2.0.0; printed: $(cat "$folder/out")"
echo "at the end of the program: $(grep -c Traceback "$folder/err" || true) traceback, $(grep -m1 'Error' "$folder/err" || echo none)"
grep -q "Parser Error" "$folder/err"
