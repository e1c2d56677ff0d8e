#!/usr/bin/env bash
# Gower's distance by the package gower 0.1.2, the usual one for customers of mixed columns.
#
# One would guess: a number counts by its difference over the range of its column, |a - b| / (max - min), so that a
# constant added to the whole column changes nothing. What happens: the package divides by the greatest value first, and
# takes a column whose greatest value is zero for one without any range. Its differences are then all zero, while it
# still counts in the divisor, so that it draws every pair together.
# Why it matters: such columns are usual here: change of revenue where nobody grew, balance of accounts, days after the
# end of a contract, a logarithm of shares. Segments are then made without the column, and nothing says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "gower==0.1.2" "numpy==2.3.5" "pandas==2.3.3"
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import gower
import numpy as np
import pandas as pd

print("gower", version("gower"), "numpy", np.__version__)
change = pd.Series([-900.0, -450.0, -10.0, 0.0])
channel = ["shop", "shop", "web", "web"]
found = {}
for added in (0.0, 1.0):
    alone = gower.gower_matrix(pd.DataFrame({"change": change + added}))[0]
    both = gower.gower_matrix(pd.DataFrame({"change": change + added, "channel": channel}))[0]
    found[added] = (alone, both)
    print(f"change + {added:.0f}: distance from the first customer {alone.round(3)}, with the channel {both.round(3)}")
by_hand = (change + 900) / 900
print("by the formula:", by_hand.round(3).to_numpy())
assert not found[0.0][0].any()
assert np.allclose(found[1.0][0], by_hand, atol=1e-5)
assert np.allclose(found[0.0][1], [0, 0, 0.5, 0.5])
PYTHON
