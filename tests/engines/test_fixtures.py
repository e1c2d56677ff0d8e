"""The engines that the other tests of this folder ask for are there, and hold what they are given."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from tests.engines.conftest import HERE, pytest_collection_modifyitems
from tests.engines.loading import load

LINES = pa.table(
    {
        "customer_id": ["a", None, "b"],
        "time": pa.array([datetime(2024, 3, 31, 2, 30), None, datetime(2024, 1, 1)], pa.timestamp("us")),
        "amount": [1.25, None, -3.5],
        "quantity": pa.array([1, None, 2], pa.int64()),
    }
)


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "spark"])
def test_missing_values_and_clock_times_come_back_as_they_went(engine: str, request: pytest.FixtureRequest) -> None:
    table = load(request.getfixturevalue(engine), "lines_and_back", LINES)
    found = table.order_by(table["amount"].desc(nulls_first=True)).to_pyarrow()
    expected = LINES.take([1, 0, 2]).to_pylist()
    assert found.select(LINES.column_names).to_pylist() == expected


@pytest.mark.parametrize(
    ("names", "given", "marked"),
    [
        (["cluster"], {}, True),
        (["engine", "request"], {"engine": "spark"}, True),
        (["engine", "request"], {"engine": "sqlite"}, False),
    ],
)
def test_a_test_that_asks_for_a_server_is_run_by_make_engines(
    names: list[str], given: dict[str, str], marked: bool
) -> None:
    """The whole runs ask for theirs by name: they had no mark, and nobody ran them."""
    marks: list[Any] = []
    item: Any = SimpleNamespace(
        path=HERE / "test_some.py",
        fixturenames=names,
        callspec=SimpleNamespace(params=given),
        add_marker=marks.append,
    )
    pytest_collection_modifyitems([item])
    assert ("engines" in [one.name for one in marks]) == marked
