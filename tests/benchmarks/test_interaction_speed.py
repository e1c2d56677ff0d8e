"""Rules and recommendations on the default study against the library called directly, and on ten million lines.

Run with `pytest tests/benchmarks/test_interaction_speed.py --benchmark-only`. The ten million lines are those of the
benchmark of differentiation: five million orders of 200,000 customers, of 500 products, each an item of its own. They
are worked on in a process of its own, whose peak of memory is held.
"""

from pathlib import Path
from time import perf_counter

import duckdb
import pandas as pd
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from sklearn.decomposition import TruncatedSVD
from tests.benchmarks.peak_memory import needs_peak_memory, run_alone
from tests.benchmarks.test_differentiation_speed import LINES

from helpers import interaction
from helpers.study.study import Study, load_study

RATIO = 2.0
SUPPORT, CONFIDENCE, ITEMS = 0.02, 0.25, 3
MOST_GIB, LINES_MADE = 6.0, 10_000_000
STAGE = """
import sys
from datetime import date
from time import perf_counter
import ibis, numpy as np
from helpers import interaction
as_of, lines = date(2025, 1, 1), ibis.duckdb.connect().read_parquet(sys.argv[1])
begin = perf_counter()
baskets = interaction.gather_baskets(lines, as_of, level="product_id")
shuffled = interaction.shuffle_baskets(baskets, np.random.default_rng(1))
limits = {"support": 1.2e-5, "confidence": 1e-4, "items_at_most": 3}
rules = [len(interaction.find_rules(one, **limits).table) for one in (baskets, shuffled)]
found = {"baskets": len(baskets.sizes), "rules": rules, "rules_s": perf_counter() - begin}
del baskets, shuffled
begin = perf_counter()
bought = interaction.gather_purchases(lines, as_of, level="product_id")
best = {
    name: interaction.recommend(interaction.Recommender(name).fit(bought), bought)
    for name in ("popularity", "neighbours", "factors")
}
interaction.try_recommendations(best, bought, bought, repeats=True)
found |= {"customers": len(best["factors"]), "recommendations_s": perf_counter() - begin}
"""


@pytest.fixture(scope="module")
def journey() -> Study:
    return load_study("complete_journey")


def test_rules_within_twice_the_library(benchmark: BenchmarkFixture, journey: Study) -> None:
    from mlxtend.frequent_patterns import association_rules, fpgrowth

    baskets = interaction.gather_baskets(
        journey.table("transactions"), journey.as_of, products=journey.table("products"), level="category"
    )
    limits = {"support": SUPPORT, "confidence": CONFIDENCE, "items_at_most": ITEMS}
    benchmark.pedantic(interaction.find_rules, args=(baskets,), kwargs=limits, rounds=3)
    start = perf_counter()
    sets = fpgrowth(pd.DataFrame(baskets.holds.toarray()), min_support=SUPPORT, max_len=ITEMS)
    association_rules(sets, metric="confidence", min_threshold=CONFIDENCE)
    assert benchmark.stats.stats.median < RATIO * (perf_counter() - start)


def test_recommendations_within_twice_the_library(benchmark: BenchmarkFixture, journey: Study) -> None:
    bought = interaction.gather_purchases(
        journey.table("transactions"), journey.as_of, products=journey.table("products"), level="category"
    )

    def recommend() -> None:
        model = interaction.Recommender("factors").fit(bought)
        interaction.recommend(model, bought)

    benchmark.pedantic(recommend, rounds=3)
    start = perf_counter()
    taste = bought.orders.log1p()
    model = TruncatedSVD(20, algorithm="arpack", random_state=0).fit(taste)
    (-model.inverse_transform(model.transform(taste))).argsort(axis=1)
    assert benchmark.stats.stats.median < RATIO * (perf_counter() - start)


@needs_peak_memory
@pytest.mark.slow
def test_ten_million_lines_within_six_gib(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    target = tmp_path / "lines.parquet"
    with duckdb.connect() as made:
        made.execute(LINES.format(n=LINES_MADE, target=target))
    found, peak = benchmark.pedantic(run_alone, args=(STAGE, target), rounds=1)
    benchmark.extra_info.update(peak_gib=peak, **found)
    assert found["baskets"] == LINES_MADE // 2
    assert found["customers"] > 190_000
    assert min(found["rules"]) > 0
    assert peak <= MOST_GIB
