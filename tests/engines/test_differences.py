"""The table of answers to one Ibis expression is what the engines answer today."""

import importlib
import importlib.util
from typing import Any

import pytest
from tests.engines.differences import DIFFERENCES, documented, measured

IN_PROCESS = ("duckdb", "sqlite", "polars", "datafusion")
PACKAGES = {"polars": "polars", "datafusion": "datafusion"}


def connected(engine: str, request: pytest.FixtureRequest) -> Any:
    if engine not in IN_PROCESS:
        return request.getfixturevalue(engine)
    package = PACKAGES.get(engine, "duckdb")
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"package {package} is not installed")
    return importlib.import_module(f"ibis.backends.{engine}").Backend().connect()


@pytest.mark.engines
@pytest.mark.parametrize("engine", list(documented()))
def test_engines_answer_as_the_document_says(engine: str, request: pytest.FixtureRequest) -> None:
    assert measured(connected(engine, request)) == documented()[engine]


def test_the_document_has_every_expression() -> None:
    said = documented()
    assert all(list(answers) == [one.asked for one in DIFFERENCES] for answers in said.values())
