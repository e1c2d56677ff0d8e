"""Key customers, ordinary customers, prospects, and the selling time they take."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.differentiation import count_selling, share_selling_time, sort_into_sales_groups

AS_OF = date(2025, 1, 1)
MINUTES = {"visit_minutes": 60.0, "call_minutes": 10.0}


def activities(**columns: list) -> ibis.Table:
    rows = {"customer_id": ["a", "a", "b"], "activity": ["visit", "order_telephone", "visit"], "quantity": [3, 4, 1]}
    return ibis.memtable(pd.DataFrame(rows | columns))


class TestSalesGroups:
    def test_ten_customers_are_cut_60_30_10(self) -> None:
        sales_groups = sort_into_sales_groups(pd.Series(np.arange(10.0, 0.0, -1.0)))
        assert sales_groups.tolist() == ["key"] + 3 * ["ordinary"] + 6 * ["prospect"]

    def test_one_customer_is_a_key_customer(self) -> None:
        assert sort_into_sales_groups(pd.Series([5.0])).tolist() == ["key"]

    def test_all_equal_are_called_the_same(self) -> None:
        assert sort_into_sales_groups(pd.Series([5.0] * 300)).unique().tolist() == ["prospect"]

    def test_the_order_of_rows_does_not_decide_among_equals(self) -> None:
        revenue = pd.Series([9.0, 5, 5, 5, 1, 1, 1, 1, 1, 1], index=list("abcdefghij"))
        turned = sort_into_sales_groups(revenue.iloc[::-1]).reindex(revenue.index)
        assert turned.tolist() == sort_into_sales_groups(revenue).tolist()
        assert len(set(turned[["b", "c", "d"]])) == 1

    def test_who_brings_nothing_is_a_prospect(self) -> None:
        assert sort_into_sales_groups(pd.Series([5.0, 0.0, 0.0]), key_share=0.5, ordinary_share=0.5).tolist()[1:] == [
            "prospect",
            "prospect",
        ]

    def test_shares_that_leave_no_room_are_refused(self) -> None:
        with pytest.raises(InputError, match=r"1\.1 of the customers"):
            sort_into_sales_groups(pd.Series([5.0]), key_share=0.6, ordinary_share=0.5)

    def test_nothing_paid_is_refused(self) -> None:
        with pytest.raises(InputError, match="adds up to nothing"):
            sort_into_sales_groups(pd.Series([0.0, 0.0]))


class TestSelling:
    def test_visits_and_calls_are_counted_by_name(self) -> None:
        counted = count_selling(activities(), AS_OF)
        assert counted.to_dict("index") == {"a": {"visits": 3.0, "calls": 4.0}, "b": {"visits": 1.0, "calls": 0.0}}

    def test_a_year_that_begins_at_the_analysis_date_is_not_used(self) -> None:
        counted = count_selling(activities(year=[2024, 2025, 2025]), AS_OF)
        assert counted.to_dict("index") == {"a": {"visits": 3.0, "calls": 0.0}}

    def test_what_was_done_after_the_analysis_date_is_not_used(self) -> None:
        times = pd.to_datetime(["2024-12-31 23:00", "2025-01-01 00:00", "2025-03-01 00:00"]).tolist()
        assert count_selling(activities(time=times), AS_OF)["calls"].sum() == 0

    def test_names_that_do_not_occur_are_refused_with_those_that_do(self) -> None:
        with pytest.raises(InputError, match=r"none of visite, ring was done(.|\n)*order_telephone, visit"):
            count_selling(activities(), AS_OF, visits=["visite"], calls=["ring"])

    def test_an_activity_cannot_be_visit_and_call(self) -> None:
        with pytest.raises(InputError, match="'visit' are visits and calls at once"):
            count_selling(activities(), AS_OF, visits=["visit"], calls=["visit"])

    @pytest.mark.parametrize("minutes", [(1.0, 1000.0), (60.0, 10.0), (1000.0, 1.0)])
    def test_the_share_of_time_lies_between_visits_and_calls_whatever_they_take(self, minutes: tuple) -> None:
        rng = np.random.default_rng(1)
        revenue = pd.Series(rng.lognormal(0, 2, 50))
        effort = pd.DataFrame({"visits": rng.poisson(3, 50), "calls": rng.poisson(9, 50)})
        table = share_selling_time(
            sort_into_sales_groups(revenue), revenue, effort, visit_minutes=minutes[0], call_minutes=minutes[1]
        )
        assert table["time_share"].sum() == pytest.approx(1)
        assert (table["time_share"] >= table["time_share_low"] - 1e-12).all()
        assert (table["time_share"] <= table["time_share_high"] + 1e-12).all()

    def test_without_calls_the_share_of_visits_is_the_share_of_time(self) -> None:
        revenue = pd.Series([9.0, 1.0], index=["a", "b"])
        effort = pd.DataFrame({"visits": [3, 1], "calls": [0, 0]}, index=["a", "b"])
        table = share_selling_time(sort_into_sales_groups(revenue), revenue, effort, **MINUTES)
        assert table["time_share"].tolist() == [0.75, 0.0, 0.25]
        assert table["time_share_low"].tolist() == table["time_share_high"].tolist() == [0.75, 0.0, 0.25]

    def test_a_customer_called_on_and_in_no_sales_group_is_refused(self) -> None:
        revenue = pd.Series([9.0], index=["a"])
        effort = pd.DataFrame({"visits": [1], "calls": [0]}, index=["z"])
        with pytest.raises(InputError, match="customers in no sales group: 'z'"):
            share_selling_time(sort_into_sales_groups(revenue), revenue, effort, **MINUTES)
