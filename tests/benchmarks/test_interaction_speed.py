"""Speed of rules and recommendations on the default study, against the library called directly.

Run with `pytest tests/benchmarks/test_interaction_speed.py --benchmark-only`.
"""

from time import perf_counter

import pandas as pd
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from sklearn.decomposition import TruncatedSVD

from helpers import interaction
from helpers.study.study import Study, load_study

RATIO = 2.0
SUPPORT, CONFIDENCE, ITEMS = 0.02, 0.25, 3


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
        interaction.top_items(model.score(bought), bought)

    benchmark.pedantic(recommend, rounds=3)
    start = perf_counter()
    taste = bought.orders.log1p()
    model = TruncatedSVD(20, algorithm="arpack", random_state=0).fit(taste)
    (-model.inverse_transform(model.transform(taste))).argsort(axis=1)
    assert benchmark.stats.stats.median < RATIO * (perf_counter() - start)
