"""Attributes of a client may have any name: stages give the results that they give without them.

Every name that a stage gives to a column of its own is tried, as a further column of transactions, products and
customers at once; those that Ibis gives after a join, and names with unusual marks, too.
"""

import ast
from collections.abc import Callable
from typing import Any

import ibis
import pyarrow as pa
import pytest
from tests.engines.loading import load_all
from tests.engines.stage_functions import CALLS, SOURCE, STAGES, Company, differences, small_company

from helpers.study.standard_tables import STANDARD_TABLES

MAKE_COLUMNS = ("mutate", "agg", "aggregate", "select", "group_by")
LIST_ALL_COLUMNS = {
    *("lines_until", "purchase_lines", "match_returns", "in_orders", "not_in_orders"),
    *("measure_fields", "measure_tables", "gather_account_facts", "trace_customers"),
}
"""Functions that return what they are given, or say something of each column."""
ONCE_WRONG = (
    "price_lines",
    "check_lines",
    "gather_account_facts",
    "brands_bought",
    "count_by_brand",
    "branded_revenue_share",
)
ATTRIBUTED = ("transactions", "products", "customers")
# fmt: off
UNUSUAL = ("_left", "_paid", "_left_0", "_place", "_", "__x", "_right", "left", "a.b", 'a"b', "a'b", "a`b", "{x}", "%s")
# fmt: on
OF_A_MEANING = {"currency"}  # is read wherever it stands


def names_of_ours() -> set[str]:
    calls = (
        node
        for room in STAGES
        for file in (SOURCE / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MAKE_COLUMNS
    )
    found = {one.arg for call in calls for one in call.keywords if one.arg}
    return found - OF_A_MEANING


def names_after_a_join() -> set[str]:
    """Return what Ibis calls a column of the right side of a join whose name the left side has too."""
    return {f"{column}_right" for name in ATTRIBUTED for column in STANDARD_TABLES[name].column_names}


def with_attributes(name: str, table: pa.Table) -> pa.Table:
    taken = {one.casefold() for one in (*STANDARD_TABLES[name].column_names, *table.column_names)}
    for attribute in sorted((names_of_ours() | names_after_a_join() | {*UNUSUAL}) - taken):
        table = table.append_column(attribute, pa.array([f"{attribute} {row}" for row in range(table.num_rows)]))
    return table


@pytest.fixture(scope="module")
def both() -> tuple[Company, Company]:
    rows, frames = small_company()
    wide = {name: with_attributes(name, rows[name]) for name in ATTRIBUTED}
    plain, other = (load_all(ibis.duckdb.connect(), tables) for tables in (rows, rows | wide))
    return Company(plain, frames), Company(other, frames | {name: table.to_pandas() for name, table in wide.items()})


@pytest.mark.parametrize(
    "name",
    [name if name in ONCE_WRONG else pytest.param(name, marks=pytest.mark.slow) for name in CALLS],
)
def test_results_do_not_hang_on_how_attributes_are_called(name: str, both: tuple[Company, Company]) -> None:
    call: Callable[[Company], Any] = CALLS[name]
    plain, other = (call(company) for company in both)
    if name not in LIST_ALL_COLUMNS:
        assert differences(other, plain, relative=1e-9) == []
