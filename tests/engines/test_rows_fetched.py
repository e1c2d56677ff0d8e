"""What comes from the engine into this process does not grow with lines per customer: it is grouped there first.

Every function of the stages is called on a company and on the same one with each line bought again a day later, in an
order of its own. All rows that leave the engine are counted at one place. Cells by customer and hour or brand fill up
and are no lines; what grows with lines nevertheless stands below with its reason, and in docs/engines.md.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from ibis.backends.duckdb import Backend
from tests.engines.differences import DOCUMENT
from tests.engines.loading import load_all
from tests.engines.stage_functions import CALLS, Company, small_company

GROWTH_AT_MOST = 1.6
NEEDS_ROWS = {
    "gather_baskets": "the products are shuffled between baskets: that takes every basket",
    "order_days": "days from order to cash are survival times, one for each order",
    "judge_prices": "the notebook lists and groups single orders, and marks those on a list of leaks",
    "trace_customers": "every purchase day of the few customers asked for is drawn",
}
"""By function: why rows by order, line or day come into this process."""
OF_NO_LINES = {"rebuy_claim"}
QUICK = (
    *("placed_orders", "orders_since", "with_channel", "effect_on_staying", "engagement_facts", "first_contacts"),
    *(
        "gather_baskets",
        "order_days",
        "purchase_history",
        "summarise_customers",
        "cohort_retention",
        "gather_purchases",
    ),
)


@pytest.fixture(scope="module")
def companies() -> tuple[Company, Company]:
    """A company, and the same one with twice the lines and twice the orders of every customer."""
    rows, frames = small_company()
    single = rows["transactions"]
    again = _replaced(single, "time", pc.add(single["time"], pa.scalar(timedelta(days=1))))
    again = _replaced(again, "order_id", pc.add(single["order_id"], 10**9))
    doubled = pa.concat_tables([single, again])
    tables = [rows, rows | {"transactions": doubled}]
    one, other = (Company(load_all(ibis.duckdb.connect(), one), frames) for one in tables)
    return one, other


def _replaced(table: pa.Table, name: str, column: Any) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], int]:
    """Say how many rows leave DuckDB while something is worked out, by whichever of the ways that Ibis has."""
    count, within = 0, 0

    def counting(way: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any, **named: Any) -> Any:
            nonlocal count, within
            within += 1
            try:
                found = way(*given, **named)
            finally:
                within -= 1
            if not within:  # one way may use another
                count += len(found) if isinstance(found, pa.Table | pa.ChunkedArray | pd.DataFrame | pd.Series) else 1
            return found

        return wrapped

    for name in ("to_pyarrow", "execute", "to_polars"):
        monkeypatch.setattr(Backend, name, counting(getattr(Backend, name)))

    def rows_of(work: Callable[[], object]) -> int:
        nonlocal count
        count = 0
        work()
        return count

    return rows_of


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in sorted({*CALLS} - OF_NO_LINES)],
)
def test_rows_fetched_do_not_grow_with_lines_per_customer(name: str, companies: Any, fetched: Any) -> None:
    once, twice = (fetched(lambda one=one: CALLS[name](one)) for one in companies)
    assert (twice > GROWTH_AT_MOST * once + 2) == (name in NEEDS_ROWS), f"{once:,} rows, then {twice:,}"


def test_no_function_fetches_batches_past_the_count() -> None:
    source = DOCUMENT.parents[1] / "src" / "helpers"
    found = [
        file.relative_to(source).as_posix()
        for stage in ("core", "identification", "differentiation", "value", "interaction", "evaluation")
        for file in (source / stage).rglob("*.py")
        if "to_pyarrow_batches" in file.read_text(encoding="utf-8")
    ]
    assert found == []


def test_the_document_says_what_needs_rows() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    section = text[text.index("## Rows that come into this process") :]
    assert [name for name in NEEDS_ROWS if f"`{name}`" not in section] == []
