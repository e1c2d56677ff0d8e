"""Segments when customers and purchase days are drawn anew."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.differentiation import RfmScorer, assign_segments, measure_segment_stability

AS_OF = date(2025, 1, 1)


def days_of(ages: dict[str, list[int]], revenue: float = 10.0) -> pd.DataFrame:
    rows = [(customer, pd.Timestamp(AS_OF) - pd.Timedelta(days=age)) for customer, own in ages.items() for age in own]
    return pd.DataFrame(rows, columns=["customer_id", "day"]).assign(orders=1, revenue=revenue)


def shop(customers: int, rng: np.random.Generator) -> pd.DataFrame:
    counts = rng.geometric(0.1, customers)
    return days_of({f"c{n:04d}": sorted(rng.integers(1, 720, count)) for n, count in enumerate(counts)})


class TestStability:
    def test_segments_are_those_of_the_purchases_as_they_are(self) -> None:
        days = shop(200, np.random.default_rng(1))
        grouped = days.groupby("customer_id")
        since = (pd.Timestamp(AS_OF) - grouped["day"].max()).dt.days
        summary = pd.DataFrame(
            {"days_since_last": since, "orders": grouped.size(), "revenue": grouped["revenue"].sum()}
        )
        tenure = (pd.Timestamp(AS_OF) - grouped["day"].min()).dt.days
        expected = assign_segments(RfmScorer().fit(summary).transform(summary), tenure).value_counts()
        found = measure_segment_stability(days, AS_OF, np.random.default_rng(1), draws=3)
        assert found.by_segment["customers"].to_dict() == expected.reindex(found.by_segment.index).to_dict()

    def test_the_share_is_the_mean_over_customers_and_does_not_hang_on_the_order_of_rows(self) -> None:
        days = shop(150, np.random.default_rng(2))
        found = measure_segment_stability(days, AS_OF, np.random.default_rng(3), draws=19)
        turned = measure_segment_stability(days.iloc[::-1], AS_OF, np.random.default_rng(3), draws=19)
        assert found.kept_share == pytest.approx(found.customers.mean())
        assert found.low <= found.kept_share <= found.high
        assert found.kept_share < found.kept_by_scale
        pd.testing.assert_series_equal(found.customers, turned.customers)

    def test_customers_with_many_even_purchases_keep_their_segment_better(self) -> None:
        rng = np.random.default_rng(4)
        often = {f"o{n:03d}": list(range(1, 700, 2)) for n in range(60)}
        seldom = {f"s{n:03d}": sorted(rng.integers(100, 720, 3)) for n in range(60)}
        found = measure_segment_stability(days_of(often | seldom), AS_OF, rng, draws=19)
        kept = found.customers.groupby(found.customers.index.str[0]).mean()
        assert kept["o"] > kept["s"]

    def test_new_customers_stay_new(self) -> None:
        found = measure_segment_stability(days_of({"a": [3], "b": [400, 9]}), AS_OF, np.random.default_rng(1), draws=9)
        assert found.customers["a"] == 1.0

    @pytest.mark.parametrize(
        "ages", [{"a": [200]}, {"a": [200], "b": [200], "c": [200]}], ids=["one order", "all equal"]
    )
    def test_one_order_and_all_equal_have_one_segment_that_is_kept(self, ages: dict[str, list[int]]) -> None:
        found = measure_segment_stability(days_of(ages), AS_OF, np.random.default_rng(1), draws=9)
        assert found.kept_by_scale == 1.0
        assert (found.by_segment["customers"] > 0).sum() == 1

    def test_zero_amounts_are_drawn_like_others(self) -> None:
        found = measure_segment_stability(
            days_of({"a": [5, 200], "b": [300]}, revenue=0.0), AS_OF, np.random.default_rng(1), draws=9
        )
        assert 0 <= found.kept_share <= 1

    def test_no_purchase_day_is_refused(self) -> None:
        with pytest.raises(InputError, match="no purchase day"):
            measure_segment_stability(days_of({}), AS_OF, np.random.default_rng(1))
