"""Time the bootstrap of causalml's Qini score, by the interpreter of an environment of its own.

    make peers
    pytest tests/benchmarks/test_qini_speed.py --benchmark-only

Called with a Parquet file of `score`, `treated` and `outcome` and a number of resamples, prints one JSON object.
"""

import json
import sys
import time

import pandas as pd

if __name__ == "__main__":
    from causalml.metrics import qini_score

    made = pd.read_parquet(sys.argv[1])
    frame = pd.DataFrame({"y": made["outcome"], "w": made["treated"].astype(int), "model": made["score"]})
    begin = time.perf_counter()
    qini_score(frame, return_ci=True, n_bootstrap=int(sys.argv[2]), random_state=1)
    print(json.dumps({"seconds": time.perf_counter() - begin, "coefficient": float(qini_score(frame)["model"])}))
