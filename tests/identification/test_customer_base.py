"""The customer summary: published counts on real data, figures checked by hand, and sums that never vary."""

from datetime import date, datetime
from functools import reduce
from operator import add

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from helpers.core.errors import InputError
from helpers.core.lines import lines_until
from helpers.identification import (
    measure_base,
    summarise_customers,
    summarise_purchase_days,
)

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
]
AS_OF = date(2024, 3, 1)
LINES = {
    "customer_id": ["b", "b", "b", "b", "a", "b"],
    "order_id": [1, 1, 2, 3, 4, 5],
    "time": [
        datetime(2024, 1, 31, 23, 59),
        datetime(2024, 1, 31, 23, 59),
        datetime(2024, 2, 10, 8),
        datetime(2024, 2, 10, 20),
        datetime(2024, 2, 29, 23, 59, 59),
        datetime(2024, 3, 1),
    ],
    "amount": [0.1, 0.2, 5.0, 4.7, 2.0, 1000.0],
    "discount": [0.0, 0.5, 0.0, 2.0, 0.5, 0.0],
    "cost": [0.05, 0.1, 2.0, 3.0, 0.0, 1.0],
}


def table(columns: dict[str, list[object]]) -> ir.Table:
    return ibis.memtable(pa.table(columns))


def by_customer(lines: ir.Table, as_of: date = AS_OF, since: date | None = None) -> pd.DataFrame:
    return summarise_customers(lines, as_of, since=since).to_pandas().set_index("customer_id")


class TestOnTheCompleteJourney:
    AS_OF = date(2018, 1, 1)

    def test_reference_figures(self, journey: ir.Table) -> None:
        base = measure_base(journey, self.AS_OF)
        assert (base.transaction_lines, base.orders, base.customers) == (1469307, 155848, 2469)
        assert base.revenue == 4596039.58
        assert base.median_order_value == 17.50
        assert round(base.mean_order_value, 2) == 29.49
        assert (base.first_time.date(), base.last_time.date()) == (date(2017, 1, 1), date(2017, 12, 31))

    def test_agrees_with_pandas(self, journey: ir.Table, journey_lines: pa.Table) -> None:
        lines = journey_lines.to_pandas()
        lines["cents"] = (lines["amount"] * 100).round().astype("int64")
        lines["day"] = lines["time"].dt.normalize()
        groups = lines.groupby("customer_id")
        summary = by_customer(journey, self.AS_OF)
        assert summary.index.is_monotonic_increasing
        assert (summary["revenue"] == groups["cents"].sum() / 100).all()
        assert (summary["orders"] == groups["order_id"].nunique()).all()
        assert (summary["purchase_days"] == groups["day"].nunique()).all()
        assert (summary["first_time"] == groups["time"].min()).all()
        assert (summary["days_since_last"] == (pd.Timestamp(self.AS_OF) - groups["day"].max()).dt.days).all()
        assert (summary["tenure_days"] == (pd.Timestamp(self.AS_OF) - groups["day"].min()).dt.days).all()

    def test_bytes_do_not_depend_on_threads_or_order(self, journey_lines: pa.Table) -> None:
        found = []
        for threads, order in ((1, np.arange(len(journey_lines))), (3, np.arange(len(journey_lines))[::-1])):
            connection = ibis.duckdb.connect(threads=threads)
            connection.con.register("lines", journey_lines.take(pa.array(order)))
            found.append(summarise_customers(connection.table("lines"), self.AS_OF).to_pandas())
            connection.disconnect()
        pd.testing.assert_frame_equal(found[0], found[1], check_exact=True)


class TestSummary:
    def test_by_hand(self) -> None:
        summary = by_customer(table(LINES))
        assert summary.index.tolist() == ["a", "b"]
        b = summary.loc["b"]
        assert (b["orders"], b["purchase_days"], b["lines"]) == (3, 2, 4)
        assert (b["tenure_days"], b["days_since_last"]) == (30, 20)  # 2024 has a 29 February
        assert (b["revenue"], b["discount"], b["cost"]) == (10.0, 2.5, 5.15)
        assert b["mean_order_value"] == 10.0 / 3
        assert b["discount_share"] == 2.5 / 12.5

    def test_last_second_counts_and_midnight_does_not(self) -> None:
        summary = by_customer(table(LINES))
        assert summary.loc["a", "days_since_last"] == 1
        assert summary["revenue"].sum() == 12.0

    def test_a_customer_with_returns_alone_has_no_row(self) -> None:
        lines = table({**LINES, "amount": [0.1, 0.2, 5.0, 4.7, -2.0, 1000.0]})
        assert by_customer(lines).index.tolist() == ["b"]

    def test_optional_columns_are_left_out(self) -> None:
        bare = {name: LINES[name] for name in ("customer_id", "order_id", "time", "amount")}
        summary = by_customer(table(bare))
        assert summary["revenue"].tolist() == [2.0, 10.0]
        assert not {"discount", "discount_share", "cost"} & set(summary.columns)

    def test_missing_amounts_add_nothing(self) -> None:
        lines = table({**LINES, "amount": [None, 0.2, 5.0, 4.7, None, None]})
        assert by_customer(lines)["revenue"].tolist() == [0.0, 9.9]

    def test_one_missing_cost_leaves_the_cost_of_the_customer_unknown(self) -> None:
        lines = table({**LINES, "cost": [0.05, 0.1, None, 3.0, 0.5, 1.0], "discount": [None] * 3 + [2.0, None, 0.0]})
        summary = by_customer(lines)
        assert np.isnan(summary.loc["b", "cost"])
        assert summary.loc["a", "cost"] == 0.5
        assert summary["discount"].tolist() == [0.0, 2.0]

    def test_sums_of_tenths_are_exact(self) -> None:
        n = 1000
        lines = {"customer_id": [1] * n, "order_id": [1] * n, "time": [datetime(2024, 1, 1)] * n, "amount": [0.1] * n}
        assert reduce(add, lines["amount"]) != 100.0  # the built-in sum makes up for rounding since Python 3.12
        assert by_customer(table(lines)).loc[1, "revenue"] == 100.0

    def test_an_order_number_used_by_two_customers_is_two_orders(self) -> None:
        lines = table({**LINES, "order_id": [1] * 6})
        assert by_customer(lines)["orders"].tolist() == [1, 1]

    def test_dates_serve_as_times(self) -> None:
        lines = table({**LINES, "time": [moment.date() for moment in LINES["time"]]})
        assert by_customer(lines)["days_since_last"].tolist() == [1, 20]


class TestWindow:
    def test_since_is_the_first_day(self) -> None:
        inside = lines_until(table(LINES), AS_OF, since=date(2024, 2, 10)).to_pandas()
        assert inside["order_id"].tolist() == [2, 3, 4]
        assert lines_until(table(LINES), date(2024, 4, 1), since=AS_OF).to_pandas()["order_id"].tolist() == [5]

    def test_empty_window_is_refused(self) -> None:
        with pytest.raises(InputError, match="from 2024-03-01 to 2024-03-01 holds no day"):
            lines_until(table(LINES), AS_OF, since=AS_OF)

    def test_no_line_before_as_of(self) -> None:
        with pytest.raises(InputError, match="no transaction before 2020-01-01"):
            measure_base(table(LINES), date(2020, 1, 1))


def test_purchase_days_merge_the_orders_of_a_day() -> None:
    days = summarise_purchase_days(table(LINES), AS_OF).to_pandas()
    assert days["customer_id"].tolist() == ["a", "b", "b"]
    assert days["orders"].tolist() == [1, 1, 2]
    assert days["revenue"].tolist() == [2.0, 0.3, 9.7]
