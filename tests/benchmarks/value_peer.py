"""Time the neighbouring libraries on the histories of a CSV file, by the interpreter of an environment of its own.

    make peers
    pytest tests/benchmarks/test_value_speed.py --benchmark-only

PyMC-Marketing compiles its model with a C++ compiler (g++); only fits after the first, with everything compiled, are
timed. Beside its own priors it is given flat ones, under which the mode is the maximum of the likelihood: finding the
same parameters as ours then shows that both do the same work.

Called with the name of a library and a file, prints one JSON object: for each model the seconds of the fastest of
several fits, and the parameters found. Neither library is a dependency of this project.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd

Fits = dict[str, tuple[Callable[[], dict[str, float]], int]]
PARAMETERS = ("r", "alpha", "a", "b")


def lifetimes_fits(history: pd.DataFrame) -> Fits:
    """Return what lifetimes, long archived, is to do."""
    from lifetimes import BetaGeoFitter, ParetoNBDFitter

    columns = [history[name] for name in ("frequency", "age_at_last_purchase", "age")]

    def fit(fitter: Any) -> dict[str, float]:
        return dict(fitter(penalizer_coef=0.0).fit(*columns).params_)

    return {"bg_nbd": (lambda: fit(BetaGeoFitter), 7), "pareto_nbd": (lambda: fit(ParetoNBDFitter), 3)}


def pymc_marketing_fits(history: pd.DataFrame) -> Fits:
    """Return what PyMC-Marketing is to do: the mode of the posterior, under its own priors and under flat ones."""
    from pymc_extras.prior import Prior
    from pymc_marketing.clv import BetaGeoModel

    data = pd.DataFrame(
        {
            "customer_id": range(len(history)),
            "frequency": history["frequency"].astype("float64"),
            "recency": history["age_at_last_purchase"],
            "T": history["age"],
        }
    )

    def fit(priors: dict[str, Any] | None) -> dict[str, float]:
        model = BetaGeoModel(model_config=priors)
        model.fit(data, method="map", progressbar=False)
        return {name: float(model.fit_result[name].mean()) for name in PARAMETERS}

    flat = {name: Prior("HalfFlat") for name in PARAMETERS}
    return {"bg_nbd": (lambda: fit(None), 7), "bg_nbd_flat_priors": (lambda: fit(flat), 7)}


LIBRARIES = {"lifetimes": lifetimes_fits, "pymc_marketing": pymc_marketing_fits}


def main(library: str, path: str) -> None:
    """Fit every model several times, once more to warm up, and print what came out."""
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both libraries use names that newer libraries are giving up
        for name, (fit, rounds) in LIBRARIES[library](pd.read_csv(path)).items():
            parameters, seconds = fit(), []
            for _ in range(rounds):
                begin = time.perf_counter()
                fit()
                seconds.append(time.perf_counter() - begin)
            found[name] = {"seconds": min(seconds), "parameters": parameters}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
