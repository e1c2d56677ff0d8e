#!/usr/bin/env bash
# causalml 0.18.0: qini_score of a score with equal values depends on the order in which the rows stand.
#
# One would guess that customers of equal score are interchangeable, so that sorting the table another way cannot change
# how good the score is. causalml sorts by the score and accumulates row by row, so that the order of the rows decides who
# of the equals comes first. Scores of segments, of trees or rounded ones have many ties: two exports of the same
# customers then give different Qini scores, and the difference can be larger than that between two models.
# scikit-uplift 0.5.1 takes each block of equal scores as one step, and gives the same figure for either order.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet causalml==0.18.0 scikit-uplift==0.5.1

"$folder/venv/bin/python" - <<'PYTHON'
import sys
import warnings

warnings.simplefilter("ignore")
import numpy as np
import pandas as pd
from causalml.metrics import qini_score
from sklift.metrics import qini_auc_score

rng = np.random.default_rng(12)
treated = rng.integers(0, 2, 400)
score = np.round(rng.random(400), 1)  # eleven values
response = (rng.random(400) < 0.2 + 0.2 * treated * score).astype(int)
customers = pd.DataFrame({"y": response, "w": treated, "score": score})
other = customers.iloc[::-1].reset_index(drop=True)

causalml = [float(qini_score(table)["score"]) for table in (customers, other)]
sklift = [float(qini_auc_score(table["y"], table["score"], table["w"])) for table in (customers, other)]
print(f"causalml 0.18.0, the same 400 customers, rows as they are and turned round: {causalml[0]:.4f} {causalml[1]:.4f}")
print(f"scikit-uplift 0.5.1, the same: {sklift[0]:.4f} {sklift[1]:.4f}")
sys.exit(0 if abs(causalml[0] - causalml[1]) > 0.001 and abs(sklift[0] - sklift[1]) < 1e-12 else 1)
PYTHON
