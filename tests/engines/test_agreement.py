"""Every function of the stages that reads an engine's tables gives DuckDB's results on SQLite, PostgreSQL and Spark."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import ibis
import ibis.expr.operations as ops
import pandas as pd
import pyarrow as pa
import pytest
from tests.engines.agreement import BEGIN, END, ENGINES, EXCEPTIONS, RELATIVE, as_markdown
from tests.engines.differences import DOCUMENT
from tests.engines.loading import load_all
from tests.engines.stage_functions import CALLED_BY_OTHERS, CALLS, Company, differences, public_functions, small_company

Companies = Callable[[str], Company]
BARE_QUOTIENTS: dict[str, list[str]] = defaultdict(list)
"""By function: whole numbers that it divided by whole numbers, which PostgreSQL would cut off."""


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
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(ops.Divide, "__create__", _recorded(name))
                known[name] = CALLS[name](companies("duckdb"))
        return known[name]

    return of


def _recorded(name: str) -> Any:
    """Return what makes a quotient, and remembers whole numbers divided by whole numbers."""
    make = ops.Divide.__create__.__func__

    def create(cls: type, *given: Any, **named: Any) -> Any:
        made = make(cls, *given, **named)
        if cls is ops.Divide and made.left.dtype.is_integer() and made.right.dtype.is_integer():
            BARE_QUOTIENTS[name].append(str(made.to_expr()))
        return made

    return classmethod(create)


@pytest.mark.engines
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", list(CALLS))
def test_results_are_those_of_duckdb(name: str, engine: str, companies: Companies, expected: Any) -> None:
    found = differences(CALLS[name](companies(engine)), expected(name), relative=RELATIVE)
    assert bool(found) == ((engine, name) in EXCEPTIONS), "\n".join(found)


@pytest.mark.engines
@pytest.mark.parametrize("name", list(CALLS))
def test_whole_numbers_are_divided_by_ratio_of_alone(name: str, expected: Any) -> None:
    expected(name)
    assert not BARE_QUOTIENTS[name]


def test_no_public_function_is_left_out() -> None:
    called = {name.split(" of ")[0] for name in CALLS} | set(CALLED_BY_OTHERS)
    assert called == set(public_functions())
    assert set(CALLED_BY_OTHERS.values()) <= set(CALLS)


def test_the_document_shows_the_agreement_that_is_tested() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip() == as_markdown()
