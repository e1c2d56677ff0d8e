#!/usr/bin/env bash
# One would guess: of rules with a confidence of at least 0.8, a rule that holds in 16 of 20 baskets is one.
# What happens: mlxtend divides two supports, each rounded to a machine number. (16 / 9835) / (20 / 9835) is one bit below
# 0.8, so the rule is dropped; with as many baskets other fractions come out right, and it depends on the total.
# Why it matters: rules on the very threshold vanish or stay by the number of baskets that have nothing to do with them.
# On the public Groceries baskets four of 410 rules are lost. Whole counts, compared as fractions, lose none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "mlxtend==0.25.0" "pandas==3.1.1"
"$folder/venv/bin/python" - <<'PYTHON'
import mlxtend
import pandas as pd
from mlxtend.frequent_patterns import association_rules, fpgrowth

print("mlxtend", mlxtend.__version__)
found = {}
for baskets in (128, 9835):
    table = pd.DataFrame({"a": [True] * 20, "b": [True] * 16 + [False] * 4}).reindex(range(baskets), fill_value=False)
    sets = fpgrowth(table, min_support=0.001, use_colnames=True)
    rules = association_rules(sets, metric="confidence", min_threshold=0.8)
    found[baskets] = frozenset({"a"}) in set(rules["antecedents"])
    print(f"{baskets} baskets, 20 with a, 16 of them with b: rule at confidence 0.8 {'found' if found[baskets] else 'lost'}")
print("16 / 9835 over 20 / 9835:", repr((16 / 9835) / (20 / 9835)))
if found != {128: True, 9835: False}:
    raise SystemExit("the behaviour has changed")
print("the same 16 of 20 baskets are a rule or none, by the number of all other baskets")
PYTHON
