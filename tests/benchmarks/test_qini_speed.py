"""Speed of the bootstrap of Qini coefficients: 64,000 customers, 1,000 resamples, against causalml where it is at hand.

Run with `pytest tests/benchmarks/test_qini_speed.py --benchmark-only`; the comparison needs what `make peers` builds.
"""

import json
import subprocess
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from tests.benchmarks.peers import PEERS, find_peers

from helpers.evaluation import bootstrap_qini, qini_coefficient

CUSTOMERS, RESAMPLES, RATIO = 64_000, 1_000, 20


def made() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    treated, score = rng.random(CUSTOMERS) < 2 / 3, rng.random(CUSTOMERS)
    outcome = (rng.random(CUSTOMERS) < 0.1 + 0.1 * treated * score).astype(float)
    return pd.DataFrame({"score": score, "treated": treated, "outcome": outcome})


@pytest.mark.slow
def test_a_bootstrap_takes_a_twentieth_of_the_time_of_causalml(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    peer = find_peers()
    assert peer is not None, f"there is no environment in {PEERS}; build it with: make peers"
    frame = made()
    columns = [frame[name].to_numpy() for name in ("score", "treated", "outcome")]
    begin = perf_counter()
    benchmark.pedantic(bootstrap_qini, args=columns, kwargs={"n_draws": RESAMPLES}, rounds=1)
    seconds = perf_counter() - begin
    frame.to_parquet(tmp_path / "made.parquet")
    command = [str(peer), str(Path(__file__).with_name("qini_peer.py")), str(tmp_path / "made.parquet"), str(RESAMPLES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["coefficient"] == pytest.approx(qini_coefficient(*columns, definition="causalml"), abs=1e-9)
    assert seconds <= found["seconds"] / RATIO
