#!/usr/bin/env bash
# Names are usually taken for alike from a Jaro-Winkler similarity of 0.8 on. DuckDB's function takes a score_cutoff as
# a third argument, below which it answers 0: one would guess that `f(a, b, 0.8) >= 0.8` keeps the pairs that
# `f(a, b) >= 0.8` keeps, only sooner. It loses pairs that lie at 0.8 itself: the cutoff is turned into one for the
# similarity without the common beginning, 0.75 here, and comes out a rounding error above it. Of short names many lie
# at such round values, so that a linkage made faster in this way finds other customers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import duckdb

plain, cut = duckdb.sql(
    "select jaro_winkler_similarity('oubc', 'oucynz'), jaro_winkler_similarity('oubc', 'oucynz', 0.8)"
).fetchall()[0]
print(f"DuckDB {duckdb.__version__}: similarity {plain!r}, with a cutoff of 0.8: {cut!r}")
assert plain >= 0.8
assert cut == 0.0
kept, cut_too = duckdb.sql(
    """
    with words as (
        select (select string_agg(chr(97 + (hash(i * 31 + j) % 26)::int), '') from range(4 + (hash(i) % 5)::int) r(j)) w
        from range(500) s(i)
    )
    select count(*) filter (jaro_winkler_similarity(l.w, r.w) >= 0.8),
           count(*) filter (jaro_winkler_similarity(l.w, r.w, 0.8) >= 0.8)
    from words l, words r where l.w <> r.w
    """
).fetchall()[0]
print(f"of random words {kept} pairs are alike from 0.8 on, with the cutoff {cut_too}")
assert cut_too < kept
PYTHON
