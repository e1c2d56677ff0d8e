#!/usr/bin/env bash
# Tiers of customers, low < mid < high < top, as an ordered categorical column of pandas, handed on to DuckDB and Polars.
#
# One would guess: the order travels with the type or is lost with it; either way ORDER BY and a comparison in one
# statement agree. What happens: DuckDB takes the column as an ENUM and sorts it by class; but compared with a text,
# tier > 'mid', it turns the class into text and compares letters: "high" is not above "mid". (With 'mid' cast to the
# same ENUM it is.) Polars takes it as a Categorical without order and sorts and compares by letters; a Polars Enum it
# compares by class, and DuckDB reads that one as plain text. pandas does both by class.
# Why it matters: one list "customers above mid" in three versions, without an error; and a glance at DuckDB's sorted
# table says that the order is known.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    "duckdb==2.0.0" "polars==2.1.0" "pandas==3.1.1" "pyarrow==26.0.1"
"$folder/venv/bin/python" - <<'PYTHON'
import duckdb
import pandas as pd
import polars as pl

tiers = ["low", "mid", "high", "top"]
ordered = pd.DataFrame({"tier": pd.Categorical(tiers, categories=tiers, ordered=True)})
moved = pl.from_pandas(ordered)
enum = pl.DataFrame({"tier": tiers}, schema={"tier": pl.Enum(tiers)})
print("pandas", pd.__version__, "DuckDB", duckdb.__version__, "Polars", pl.__version__)


def duck(table: str, where: str = "true") -> list[str]:
    return [row[0] for row in duckdb.sql(f"SELECT tier FROM {table} WHERE {where} ORDER BY tier").fetchall()]


found = {
    "pandas": (ordered.sort_values("tier")["tier"].tolist(), ordered[ordered["tier"] > "mid"]["tier"].tolist()),
    "pandas in DuckDB": (duck("ordered"), duck("ordered", "tier > 'mid'")),
    "the same, text cast": (duck("ordered"), duck("ordered", f"tier > 'mid'::ENUM{tuple(tiers)}")),
    "pandas in Polars": (moved.sort("tier")["tier"].to_list(), moved.filter(pl.col("tier") > "mid")["tier"].to_list()),
    "Enum in Polars": (enum.sort("tier")["tier"].to_list(), enum.filter(pl.col("tier") > "mid")["tier"].to_list()),
    "Enum in DuckDB": (duck("enum"), duck("enum", "tier > 'mid'")),
}
for name, (sorting, above) in found.items():
    print(f"{name:19}: sorted {sorting}, above mid {above}")
by_class, by_letter = (tiers, ["high", "top"]), (sorted(tiers), ["top"])
assert found["pandas"] == found["the same, text cast"] == found["Enum in Polars"] == by_class
assert found["pandas in DuckDB"] == (tiers, ["top"])
assert found["pandas in Polars"] == found["Enum in DuckDB"] == by_letter
PYTHON
