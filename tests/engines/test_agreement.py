"""Every function of the stages that reads an engine's tables gives DuckDB's results on SQLite, PostgreSQL and Spark."""

from collections.abc import Callable
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from tests.engines.agreement import BEGIN, END, ENGINES, EXCEPTIONS, RELATIVE, as_markdown
from tests.engines.differences import DOCUMENT
from tests.engines.loading import load_all
from tests.engines.stage_functions import CALLED_BY_OTHERS, CALLS, Company, differences, public_functions, small_company

Companies = Callable[[str], Company]


@pytest.fixture(scope="session")
def small() -> tuple[dict[str, pa.Table], dict[str, pd.DataFrame]]:
    return small_company()


@pytest.fixture(scope="session")
def companies(small: Any, request: pytest.FixtureRequest) -> Companies:
    """The same company on every engine, loaded when first asked for."""
    made: dict[str, Company] = {}
    own = {"duckdb": ibis.duckdb.connect, "sqlite": ibis.sqlite.connect}

    def on(engine: str) -> Company:
        if engine not in made:
            connection = own[engine]() if engine in own else request.getfixturevalue(engine)
            made[engine] = Company(load_all(connection, small[0]), small[1])
        return made[engine]

    return on


@pytest.fixture(scope="session")
def expected(companies: Companies) -> Callable[[str], Any]:
    """What DuckDB returns, worked out once."""
    known: dict[str, Any] = {}

    def of(name: str) -> Any:
        if name not in known:
            known[name] = CALLS[name](companies("duckdb"))
        return known[name]

    return of


@pytest.mark.engines
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", list(CALLS))
def test_results_are_those_of_duckdb(name: str, engine: str, companies: Companies, expected: Any) -> None:
    found = differences(CALLS[name](companies(engine)), expected(name), relative=RELATIVE)
    assert bool(found) == ((engine, name) in EXCEPTIONS), "\n".join(found)


def test_no_public_function_is_left_out() -> None:
    called = {name.split(" of ")[0] for name in CALLS} | set(CALLED_BY_OTHERS)
    assert called == set(public_functions())
    assert set(CALLED_BY_OTHERS.values()) <= set(CALLS)


def test_the_document_shows_the_agreement_that_is_tested() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip() == as_markdown()
