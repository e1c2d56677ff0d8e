"""The table of answers to one Ibis expression is what the engines answer today."""

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import ibis
import pytest
from tests.engines.differences import DIFFERENCES, ROWS, documented, measured, shown
from tests.engines.loading import load

from helpers.core.any_engine import median_of, ratio_of, rows_beside

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


def _months(time: Any) -> Any:
    return time.year() * 12 + time.month()


def _beside(table: Any, column: str) -> Any:
    rows = rows_beside(ROWS.select(["place", column]).to_pandas(), table)
    return table.select("place").inner_join(rows, "place").select("place", column)[column]


WRITTEN_INSTEAD: dict[str, tuple[Callable[[Any], Any], str]] = {
    "median": (lambda t: median_of(t["whole"], where=t["place"] <= 2), "1.5"),
    "customers counted": (lambda t: t["customer"].nunique(), "3"),
    "whole part": (lambda t: t["half"].floor().cast("int64"), "2, -3, 3, 0"),
    "days": (lambda t: t["end"].date().delta(t["begin"].date(), unit="day"), "1, 29, 367, missing"),
    "months": (lambda t: _months(t["end"]) - _months(t["begin"]), "1, 1, 13, missing"),
    "money divided": (lambda t: (t["money"].cast("float64") / 3).round(6), "0.333333, 0.666667, missing, 3.33333"),
    "whole divided": (lambda t: ratio_of(t["whole"], 2), "0.5, 1, missing, 2"),
    "greatest": (lambda t: ibis.greatest(t["gap"].fill_null(0), 0), "1, 0, 0, 0"),
    "running sum": (lambda t: t["whole"].sum().over(ibis.window(order_by="place", rows=(None, 0))), "1, 3, 3, 7"),
    "missing text": (lambda t: _beside(t, "customer"), "a, B, missing, ä"),
    "missing time": (lambda t: _beside(t, "begin"), "2024-01-31 23:00, 2024-02-29 01:00, 2023-12-31 12:00, missing"),
}
"""What methods write where engines answer otherwise, and the one answer to it."""


@pytest.mark.engines
@pytest.mark.parametrize("engine", ["duckdb", "sqlite", "postgres", "spark"])
def test_what_methods_write_instead_has_one_answer(engine: str, request: pytest.FixtureRequest) -> None:
    table = load(connected(engine, request), "rows_to_ask", ROWS)
    answers = {}
    for name, (ask, _) in WRITTEN_INSTEAD.items():
        asked = ask(table)
        if name.startswith("missing"):
            found = asked.as_table().to_pyarrow()[0].to_pylist()
            found.sort(key=lambda one: ROWS[asked.get_name()].to_pylist().index(one))
        elif isinstance(asked, ibis.expr.types.Scalar):
            found = table.agg(found=asked).to_pyarrow()["found"].to_pylist()[0]
        else:
            found = table.mutate(found=asked).order_by("place").to_pyarrow()["found"].to_pylist()
        answers[name] = shown(found)
    assert answers == {name: said for name, (_, said) in WRITTEN_INSTEAD.items()}
