"""Standard tables: one vocabulary, and sums that do not depend on threads."""

import ibis
import ibis.expr.datatypes as dt
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.core.lines import exact_sum
from helpers.study.standard_columns import KIND_IN_WORDS, accepts
from helpers.study.standard_tables import STANDARD_TABLES


@pytest.mark.parametrize("table", STANDARD_TABLES.values(), ids=lambda table: table.name)
def test_every_table_is_written_in_full(table: object) -> None:
    standard = STANDARD_TABLES[getattr(table, "name", "")]
    names = standard.column_names
    assert len(set(names)) == len(names)
    assert set(standard.key) <= set(names)
    assert standard.required
    assert all(column.about and column.kind in KIND_IN_WORDS for column in standard.columns)
    if standard.event_time is not None:
        assert standard.column(standard.event_time).kind in ("time", "date")


def test_design_names_these_tables() -> None:
    assert set(STANDARD_TABLES) == {
        "customers", "transactions", "products", "contacts", "responses", "service_cases", "surveys", "invoices",
        "choices", "customer_records", "earlier_ids", "known_pairs", "known_identities", "known_profit", "known_states",
        "known_effects", "action_scores", "service_volumes", "known_segments", "known_loyalty", "known_favourites",
        "known_fraud", "anomaly_scores", "payments", "contracts", "applicants", "leads",
        "lead_stages", "sellers", "linkage_scores", "activities", "cost_pools",
        "occasions", "published_values", "price_list", "orders", "known_discounts", "known_leaks", "baskets",
    }  # fmt: skip


def test_one_name_has_one_kind_everywhere() -> None:
    kinds: dict[str, set[str]] = {}
    for table in STANDARD_TABLES.values():
        for column in table.columns:
            kinds.setdefault(column.name, set()).add(column.kind)
    # An invoice is dated to the day; other events may have a time of day. A record may hold an impossible birth date.
    assert {name for name, found in kinds.items() if len(found) > 1} == {"time", "birth_date"}


def test_tables_of_customers() -> None:
    others = {name for name, table in STANDARD_TABLES.items() if not table.of_customers}
    assert others == {
        "baskets",
        "products",
        "payments",
        "leads",
        "lead_stages",
        "sellers",
        "linkage_scores",
        "action_scores",
        "anomaly_scores",
        "service_volumes",
        "cost_pools",
        "occasions",
        "published_values",
        "customer_records",
        "price_list",
        "orders",
        "known_leaks",
        "earlier_ids",
        "known_pairs",
        "known_identities",
    }


def test_unknown_column_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"unknown column 'amout'(?s:.*)did you mean 'amount'"):
        STANDARD_TABLES["transactions"].column("amout")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("id", dt.int32, dt.float64),
        ("time", dt.date, dt.string),
        ("date", dt.Timestamp(), dt.int64),
        ("number", dt.Decimal(10, 2), dt.boolean),
        ("integer", dt.int16, dt.float64),
        ("text", dt.string, dt.float64),
        ("flag", dt.boolean, dt.string),
        ("as_recorded", dt.date, dt.boolean),
    ],
)
def test_accepts(kind: str, good: dt.DataType, bad: dt.DataType) -> None:
    assert accepts(kind, good)  # type: ignore[arg-type]
    assert not accepts(kind, bad)  # type: ignore[arg-type]


def test_exact_sum_adds_as_decimals() -> None:
    # Ten times a tenth is less than one in floating point; large terms that cancel lose the small one.
    amounts = ibis.memtable(pd.DataFrame({"amount": [0.1] * 10 + [1e12, 0.0001, -1e12]})).amount
    assert exact_sum(amounts).to_pyarrow().as_py() == 1.0001


def test_exact_sum_of_nothing_is_missing() -> None:
    amounts = ibis.memtable(pd.DataFrame({"amount": [1.0]}))
    assert exact_sum(amounts.filter(amounts.amount > 2).amount).to_pyarrow().as_py() is None
