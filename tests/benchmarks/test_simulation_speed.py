"""How fast a company is made, against the floor: only writing its transaction lines, in the same run."""

import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from tests.benchmarks.peak_memory import needs_peak_memory, run_alone

from helpers.simulation import read_parameters, simulate

COMPANY = Path(__file__).parents[2] / "data" / "simulated" / "company.yml"
CUSTOMERS = 10_000
MOST_TIMES_THE_FLOOR = 10.0

_MILLION = """
import sys
from pathlib import Path
from helpers.simulation import read_parameters, simulate
company = simulate(read_parameters(Path(sys.argv[1]), {"customers": 1_000_000}), Path(sys.argv[2]))
found = company.rows["tables/transactions"]
"""


def test_making_a_company_against_writing_its_lines(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    parameters = read_parameters(COMPANY, {"customers": CUSTOMERS})
    company = benchmark.pedantic(simulate, (parameters, tmp_path), rounds=3, warmup_rounds=1)
    lines = pq.read_table(tmp_path / "tables" / "transactions.parquet")
    floor = min(_seconds_to_write(lines, tmp_path / "floor.parquet") for _ in range(3))
    ratio = benchmark.stats.stats.min / floor
    benchmark.extra_info |= {"lines": company.rows["tables/transactions"], "times_the_floor": round(ratio, 1)}
    assert ratio < MOST_TIMES_THE_FLOOR


@pytest.mark.slow
@needs_peak_memory
def test_a_million_customers_within_8_gib(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    lines, gib = benchmark.pedantic(run_alone, (_MILLION, COMPANY, tmp_path), rounds=1)
    benchmark.extra_info |= {"lines": lines, "peak_gib": round(gib, 2)}
    assert lines > 100_000_000
    assert gib < 8


def _seconds_to_write(lines: object, path: Path) -> float:
    begun = time.perf_counter()
    pq.write_table(lines, path, compression="zstd")
    return time.perf_counter() - begun
