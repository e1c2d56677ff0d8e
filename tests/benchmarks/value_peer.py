"""Time lifetimes 0.11.3 on the histories of a CSV file; run by the interpreter of an environment of its own.

    python3.11 -m venv /tmp/peer && /tmp/peer/bin/pip install lifetimes==0.11.3
    CRM_PEER_PYTHON=/tmp/peer/bin/python pytest tests/benchmarks/test_value_speed.py --benchmark-only

Prints one JSON object: seconds of the fastest of several fits, and the parameters found, for each model. lifetimes is
archived and never a dependency of this project.
"""

import json
import sys
import time
import warnings

import pandas as pd
from lifetimes import BetaGeoFitter, ParetoNBDFitter

ROUNDS = {"bg_nbd": (BetaGeoFitter, 7), "pareto_nbd": (ParetoNBDFitter, 3)}


def main(path: str) -> None:
    """Fit every model several times and print what came out."""
    history = pd.read_csv(path)
    columns = [history[name] for name in ("frequency", "age_at_last_purchase", "age")]
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifetimes uses names that newer libraries are giving up
        for name, (fitter, rounds) in ROUNDS.items():
            seconds = []
            for _ in range(rounds):
                begin = time.perf_counter()
                model = fitter(penalizer_coef=0.0).fit(*columns)
                seconds.append(time.perf_counter() - begin)
            found[name] = {"seconds": min(seconds), "parameters": model.params_.to_dict()}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
