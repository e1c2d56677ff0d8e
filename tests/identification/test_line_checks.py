"""Checks of the transaction lines, by hand and on real data."""

from datetime import date, datetime

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pytest

from helpers.identification import LINE_CHECKS, check_lines

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
AS_OF = date(2024, 3, 1)
ONE, TWO, LATE = datetime(2024, 2, 1, 9), datetime(2024, 2, 2, 9), datetime(2024, 3, 1)
LINES = ibis.memtable(
    pa.table(
        {
            "customer_id": [1, 1, 1, 2, 3, 3, 4],
            "order_id": [1, 1, 1, 2, 2, 3, 4],
            "time": [ONE, ONE, ONE, TWO, TWO, TWO, LATE],
            "product_id": [10, 10, 11, 12, None, 99, 10],
            "quantity": [1.0, 1.0, 3000.0, None, 1.0, 0.0, 1.0],
            "amount": [2.5, 2.5, 30.0, 0.0, -4.0, None, 7.0],
        }
    )
)
PRODUCTS = ibis.memtable(pa.table({"product_id": [10, 11, 11, 12], "countable": [True, False, True, None]}))


def test_by_hand() -> None:
    found = check_lines(LINES, AS_OF, PRODUCTS)
    assert found.index.tolist() == list(LINE_CHECKS)
    assert found["checked"].all()
    assert found["lines"].to_dict() == {
        "after as_of": 1,
        "unmatched product": 2,
        "zero amount": 1,
        "negative amount": 1,
        "missing amount": 1,
        "no quantity": 2,
        "not countable": 1,  # listed twice, once as not countable: counted once, with care
        "repeated line": 1,
        "split order": 2,
    }
    assert found.loc["not countable", "revenue"] == 30.0
    assert found.loc["not countable", "revenue_share"] == pytest.approx(30 / 31)
    assert found.loc["repeated line", ["revenue", "line_share"]].tolist() == [2.5, pytest.approx(1 / 6)]
    assert found.loc["after as_of", "revenue"] == 7.0


def test_what_cannot_be_checked_is_said() -> None:
    bare = check_lines(LINES.drop("product_id", "quantity"), AS_OF, PRODUCTS)
    assert bare.index[~bare["checked"]].tolist() == ["unmatched product", "no quantity", "not countable"]
    assert bare.loc[~bare["checked"], ["lines", "line_share", "revenue"]].isna().all(axis=None)
    uncounted = check_lines(LINES, AS_OF, PRODUCTS.drop("countable"))
    assert uncounted.index[~uncounted["checked"]].tolist() == ["not countable"]


def test_nothing_before_as_of() -> None:
    found = check_lines(LINES, date(2020, 1, 1), PRODUCTS)
    assert found["lines"].drop("after as_of").eq(0).all()
    assert found["line_share"].isna().all()


def test_known_traps_of_the_complete_journey(journey: ir.Table, journey_products: ir.Table) -> None:
    found = check_lines(journey, date(2018, 1, 1), journey_products)
    assert found.loc["unmatched product", "lines"] == 4836
    assert found.loc["zero amount", "lines"] == 11226
    assert found.loc["no quantity", "lines"] == 8869
    assert found.loc[["after as_of", "negative amount", "repeated line", "split order"], "lines"].eq(0).all()
    assert found.loc["not countable", "line_share"] == pytest.approx(18279 / 1469307)


def test_a_column_of_the_studys_own_called_like_one_of_the_products_takes_nothing_over() -> None:
    found = check_lines(LINES.mutate(countable=ibis.literal("yes")), AS_OF, PRODUCTS)
    pd.testing.assert_frame_equal(found, check_lines(LINES, AS_OF, PRODUCTS))
