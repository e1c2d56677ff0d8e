"""The five lenses: parts add up, cohorts hold everybody, odd bases are said or refused."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from tests.cases import shop

from helpers.core.errors import InputError
from helpers.core.periods import customers_by_period, periods_before
from helpers.differentiation import (
    audit_deciles,
    bootstrap_decomposition,
    choose_cohort,
    compare_customers,
    decompose_revenue,
    follow_cohorts,
    spread_orders,
    sum_periods,
)

AS_OF = date(2025, 1, 1)


def totals(customers: float, orders: float, revenue: float) -> pd.Series:
    return pd.Series({"customers": customers, "orders": orders, "revenue": revenue})


def lines_of(*orders: tuple[str, str, float]) -> ibis.Table:
    frame = pd.DataFrame(orders, columns=["customer_id", "time", "amount"])
    return ibis.memtable(
        frame.assign(time=pd.to_datetime(frame["time"]), order_id=[f"O{n}" for n in range(len(frame))])
    )


@pytest.fixture(scope="module")
def lines() -> ibis.Table:
    return ibis.memtable(shop(120))


class TestDecomposition:
    @pytest.mark.parametrize("seed", range(5))
    def test_the_parts_add_up_to_the_change(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        before, after = (totals(*rng.uniform(1, 1000, 3)) for _ in range(2))
        parts = decompose_revenue(before, after)["change"]
        assert parts.sum() == pytest.approx(after["revenue"] - before["revenue"], rel=1e-12)

    def test_turning_time_round_turns_the_signs(self) -> None:
        before, after = totals(10, 25, 300.0), totals(14, 20, 280.0)
        there, back = decompose_revenue(before, after)["change"], decompose_revenue(after, before)["change"]
        assert there.tolist() == pytest.approx((-back).tolist())

    def test_a_factor_that_did_not_change_has_no_part(self) -> None:
        parts = decompose_revenue(totals(10, 20, 200.0), totals(20, 40, 400.0))["change"]
        assert parts.tolist() == pytest.approx([200.0, 0.0, 0.0])

    def test_a_period_without_customers_is_a_change_of_customers_alone(self) -> None:
        parts = decompose_revenue(totals(0, 0, 0.0), totals(10, 20, 200.0))["change"]
        assert parts.tolist() == pytest.approx([200.0, 0.0, 0.0])

    def test_zero_amounts_are_a_spend_of_nothing(self) -> None:
        table = decompose_revenue(totals(10, 20, 200.0), totals(10, 20, 0.0))
        assert table["change"].tolist() == pytest.approx([0.0, 0.0, -200.0])

    def test_nobody_in_either_period_is_refused(self) -> None:
        with pytest.raises(InputError, match="nobody bought in either period"):
            decompose_revenue(totals(0, 0, 0.0), totals(0, 0, 0.0))

    def test_intervals_hold_the_parts_and_customers_are_drawn_with_both_periods(self, lines: ibis.Table) -> None:
        halves = periods_before(AS_OF, months=6, count=2)
        table = bootstrap_decomposition(customers_by_period(lines, halves), np.random.default_rng(1), resamples=199)
        assert (table["low"] < table["change"]).all()
        assert (table["change"] < table["high"]).all()

    def test_one_customer_has_an_interval_of_one_value(self) -> None:
        activity = pd.DataFrame({"customer_id": ["a", "a"], "period": [0, 1], "orders": [1, 2], "revenue": [5.0, 12.0]})
        table = bootstrap_decomposition(activity, np.random.default_rng(1), resamples=99)
        assert table["low"].tolist() == pytest.approx(table["high"].tolist())
        assert table["change"].sum() == pytest.approx(7.0)

    def test_kinds_of_customers_add_up_to_the_change_and_count_everybody(self, lines: ibis.Table) -> None:
        activity = customers_by_period(lines, periods_before(AS_OF, months=6, count=2))
        table = compare_customers(activity, pd.Index(["C0001"]))
        money = activity.groupby("period")["revenue"].sum()
        assert table["difference"].sum() == pytest.approx(money[1] - money[0])
        assert table["customers"].sum() == activity["customer_id"].nunique()


class TestOnePeriod:
    def test_deciles_multiply_to_their_revenue(self) -> None:
        rng = np.random.default_rng(1)
        buyers = pd.DataFrame({"orders": rng.integers(1, 9, 95), "revenue": rng.lognormal(3, 1, 95)})
        table = audit_deciles(buyers)
        product = table["customers"] * table["orders_per_customer"] * table["spend_per_order"]
        assert product.tolist() == pytest.approx(table["revenue"].tolist())
        assert table["revenue_share"].sum() == pytest.approx(1)

    def test_fewer_buyers_than_groups_and_nothing_paid_are_refused(self) -> None:
        with pytest.raises(InputError, match="1 customers are too few for 10 groups"):
            audit_deciles(pd.DataFrame({"orders": [1], "revenue": [5.0]}))
        with pytest.raises(InputError, match="adds up to nothing"):
            audit_deciles(pd.DataFrame({"orders": [1] * 20, "revenue": [0.0] * 20}))

    def test_all_equal_are_equal_tenths(self) -> None:
        table = audit_deciles(pd.DataFrame({"orders": [2] * 20, "revenue": [5.0] * 20}))
        assert table["revenue_share"].tolist() == pytest.approx([0.1] * 10)

    def test_a_customer_with_a_million_orders_is_in_the_last_band(self) -> None:
        table = spread_orders(pd.DataFrame({"orders": [1, 1_000_000], "revenue": [1.0, 9.0]}))
        assert table.index[-1] == "51 or more"
        assert table["customers"].sum() == 2
        assert table["revenue_share"].iloc[-1] == 0.9


class TestCohorts:
    def test_the_whole_base_is_the_sum_of_its_cohorts(self, lines: ibis.Table) -> None:
        cohorts = follow_cohorts(lines, AS_OF)
        base, orders = sum_periods(cohorts), shop(120)
        assert base["revenue"].sum() == pytest.approx(orders["amount"].sum())
        assert base["orders"].sum() == orders["order_id"].nunique()
        assert base["new_customers"].sum() == orders["customer_id"].nunique()

    def test_a_cohort_is_as_large_as_its_first_period_and_has_a_row_for_every_period(self) -> None:
        found = follow_cohorts(
            lines_of(("a", "2024-01-05", 5.0), ("b", "2024-01-06", 5.0), ("b", "2024-09-09", 1.0)), AS_OF
        )
        assert found["customers"].tolist() == [2, 0, 1]
        assert found["size"].tolist() == [2, 2, 2]
        assert found["revenue_per_member"].tolist() == [5.0, 0.0, 0.5]

    def test_a_period_that_is_not_over_is_not_complete(self) -> None:
        days = [("a", f"2024-{month:02d}-{day:02d}", 1.0) for month in range(1, 12) for day in range(1, 29)]
        found = follow_cohorts(lines_of(*days), date(2024, 11, 20))
        assert found["complete"].tolist() == [True, True, True, False]

    def test_one_order_is_one_cohort_of_one_period(self) -> None:
        found = follow_cohorts(lines_of(("a", "2024-12-05", 5.0)), AS_OF)
        assert len(found) == 1
        assert np.isnan(found["high"].iloc[0])
        assert choose_cohort(found) == pd.Timestamp("2024-10-01")

    def test_a_refund_is_netted_in_the_period_of_its_purchase(self) -> None:
        orders = ("a", "2024-01-05", 5.0), ("b", "2024-02-05", 7.0), ("b", "2024-08-05", -7.0)
        found = follow_cohorts(lines_of(*orders), AS_OF)
        assert found["revenue"].tolist() == [5.0]
        assert found["size"].tolist() == [1]

    def test_the_first_cohort_is_not_followed_where_there_is_another(self, lines: ibis.Table) -> None:
        cohorts = follow_cohorts(lines, AS_OF)
        assert choose_cohort(cohorts) > cohorts["cohort"].min()

    def test_an_unknown_step_is_refused(self, lines: ibis.Table) -> None:
        with pytest.raises(InputError, match=r"unknown step 'week'(.|\n)*month, quarter, year"):
            follow_cohorts(lines, AS_OF, step="week")  # type: ignore[arg-type]

    def test_intervals_of_revenue_per_member_are_those_of_a_mean(self) -> None:
        found = follow_cohorts(
            lines_of(("a", "2024-11-05", 2.0), ("b", "2024-11-06", 4.0), ("c", "2024-11-07", 9.0)), AS_OF
        )
        error = np.std([2.0, 4.0, 9.0], ddof=1) / np.sqrt(3)
        assert found["high"].iloc[0] == pytest.approx(5 + 4.302653 * error, rel=1e-5)
