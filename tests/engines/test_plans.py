"""The main questions have on Spark the plans, and move the bytes, that the document says."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from tests.engines.plans import HEAD, QUESTIONS, SETTINGS, SIZES, Shop, cost_of, documented, drawn_shop

FROM_RUN_TO_RUN = 0.15
"""By how much bytes may differ: rows are packed as they happen to come."""
BETWEEN_SIZES = 0.10
MOVED = HEAD[1:].index(f"moved, bytes a line at {SIZES[0]:,} lines")


@pytest.fixture(scope="module")
def shop(spark: Any, spark_session: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop at its smaller size, asked as on a cluster: nothing that grows with customers goes to every worker."""
    own = {name: one for name, one in SETTINGS.items() if spark_session.conf.isModifiable(name)}
    before = {name: spark_session.conf.get(name, None) for name in own}
    for name, one in own.items():
        spark_session.conf.set(name, one)
    yield drawn_shop(spark, tmp_path_factory.mktemp("shop"), SIZES[0])
    for name, one in before.items():
        if one is None:
            spark_session.conf.unset(name)
        else:
            spark_session.conf.set(name, one)


@pytest.mark.parametrize("question", list(QUESTIONS))
def test_questions_have_the_plans_that_the_document_says(question: str, shop: Shop, spark_session: Any) -> None:
    cost, said = cost_of(spark_session, partial(QUESTIONS[question], shop)), documented()[question]
    assert list(cost.plan) == said[: len(cost.plan)]
    assert cost.moved / SIZES[0] == pytest.approx(float(said[MOVED]), rel=FROM_RUN_TO_RUN)


def test_the_document_has_every_question() -> None:
    assert list(documented()) == list(QUESTIONS)


@pytest.mark.parametrize("question", list(QUESTIONS))
def test_what_moves_grows_with_the_lines(question: str) -> None:
    small, large = map(float, documented()[question][MOVED : MOVED + len(SIZES)])
    assert large == pytest.approx(small, rel=BETWEEN_SIZES)
