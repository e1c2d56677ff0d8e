"""Periods before the analysis date, and what customers did in them."""

from datetime import date, timedelta

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from helpers.core.errors import InputError
from helpers.core.periods import (
    Coverage,
    Period,
    coverage_of,
    customers_by_period,
    measure_coverage,
    months_before,
    per_period,
    periods_before,
    values_in_period,
)


def lines(rows, columns=("customer_id", "order_id", "time", "amount")):
    frame = pd.DataFrame(rows, columns=list(columns))
    frame["time"] = pd.to_datetime(frame["time"], format="ISO8601")
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


HALVES = periods_before(date(2018, 1, 1), months=6, count=2)


def test_periods_touch_and_end_at_the_analysis_date():
    quarters = periods_before(date(2018, 3, 31), months=3, count=3)
    assert [period.end for period in quarters[:-1]] == [period.start for period in quarters[1:]]
    assert quarters[-1] == Period(date(2017, 12, 31), date(2018, 3, 31))


def test_borders_are_counted_from_the_end_so_short_months_do_not_add_up():
    assert [months_before(date(2018, 5, 31), months) for months in (1, 2, 3)] == [
        date(2018, 4, 30),
        date(2018, 3, 31),
        date(2018, 2, 28),
    ]


@pytest.mark.parametrize(("months", "count"), [(0, 2), (3, 0)])
def test_periods_without_length_or_number_are_refused(months, count):
    with pytest.raises(InputError, match=f"{count} periods of {months} months"):
        periods_before(date(2018, 1, 1), months=months, count=count)


def test_one_period_of_one_month_is_enough():
    assert periods_before(date(2018, 1, 1), months=1, count=1) == (Period(date(2017, 12, 1), date(2018, 1, 1)),)


@pytest.mark.parametrize("end", [date(2018, 1, 1), date(2017, 12, 31)])
def test_a_period_that_ends_before_it_starts_is_refused(end):
    with pytest.raises(InputError, match="holds no day"):
        Period(date(2018, 1, 1), end)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2017, 3, 5), date(2017, 4, 1), "5 March 2017 to 31 March 2017"),
        (date(2017, 3, 1), date(2017, 4, 5), "1 March 2017 to 4 April 2017"),
        (date(2016, 3, 1), date(2017, 4, 1), "March 2016 to March 2017"),
    ],
)
def test_a_period_is_named_by_its_days_only_where_it_cuts_a_month(start, end, words):
    assert Period(start, end).in_words == words


@pytest.mark.parametrize(
    "other",
    [
        Period(date(2016, 2, 1), date(2016, 3, 1)),  # as long, but earlier in the year
        Period(date(2016, 4, 1), date(2016, 5, 1)),  # as long, but later
        Period(date(2015, 3, 1), date(2016, 4, 1)),  # between the same days, but a year longer
    ],
)
def test_another_month_or_another_length_is_no_same_time_of_year(other):
    march = Period(date(2017, 3, 1), date(2017, 4, 1))
    assert march.is_same_time_of_year(Period(date(2016, 3, 1), date(2016, 4, 1)))
    assert not march.is_same_time_of_year(other)
    assert not other.is_same_time_of_year(march)


@pytest.mark.parametrize(("gap_days", "stops"), [(6, False), (7, False), (8, True)])
def test_data_stop_early_when_the_gap_is_longer_than_the_usual_one(gap_days, stops):
    as_of = date(2018, 1, 1)
    last = as_of - timedelta(days=gap_days)
    found = Coverage(last, as_of, usual_gap_days=7)
    assert (found.gap_days, found.stops_early) == (gap_days, stops)
    assert found.until == (last + timedelta(days=1) if stops else as_of)
    assert not Coverage(last, as_of, usual_gap_days=None).stops_early


@pytest.mark.parametrize(("days", "usual"), [(9, None), (10, 2), (11, 2)])
def test_ten_days_with_rows_make_a_rhythm(days, usual):
    found = coverage_of(pd.Series(pd.date_range("2017-01-01", periods=days, freq="2D")), date(2018, 1, 1))
    assert found.usual_gap_days == usual


def test_one_long_closure_counts_for_no_more_than_twice_the_gap_kept_to():
    open_days = pd.Series(pd.date_range("2017-01-01", periods=120, freq="3D"))
    open_days[60:] += pd.Timedelta(days=30)
    assert coverage_of(open_days, date(2019, 1, 1)).usual_gap_days == 6


def test_rows_on_or_after_the_analysis_date_do_not_cover_it():
    rows = ibis.memtable(pd.DataFrame({"time": pd.to_datetime(["2017-12-20", "2018-01-01", "2018-02-01"])}))
    assert measure_coverage(rows, date(2018, 1, 1)).last == date(2017, 12, 20)


def test_the_first_day_belongs_to_a_period_and_the_end_does_not():
    found = customers_by_period(
        lines(
            [
                (1, 1, "2016-12-31 23:59:59", 1.0),
                (1, 2, "2017-01-01", 2.0),
                (1, 3, "2017-06-30 23:59:59", 4.0),
                (1, 4, "2017-07-01", 8.0),
                (1, 5, "2017-09-01", 16.0),
                (1, 6, "2018-01-01", 32.0),
            ]
        ),
        HALVES,
    )
    assert found.to_numpy().tolist() == [[1, 0, 2, 6.0], [1, 1, 2, 24.0]]


def test_lines_of_one_order_count_once_and_cents_add_up_exactly():
    found = customers_by_period(lines([(1, 7, "2017-02-01", 0.1)] * 3 + [(1, 8, "2017-02-01", 0.7)]), HALVES)
    assert found[["orders", "revenue"]].to_numpy().tolist() == [[2, 1.0]]


def test_a_missing_discount_is_none_and_a_missing_cost_is_unknown():
    columns = ("customer_id", "order_id", "time", "amount", "discount", "cost")
    rows = [
        (1, 1, "2017-02-01", 5.0, 1.0, 3.0),
        (1, 1, "2017-02-01", 5.0, None, None),
        (2, 2, "2017-02-01", 5.0, 2.0, 4.0),
    ]
    found = customers_by_period(lines(rows, columns), HALVES)
    assert found["discount"].tolist() == [1.0, 2.0]
    assert found["cost"].isna().tolist() == [True, False]


def test_no_line_in_the_periods_is_refused():
    with pytest.raises(InputError, match="no line falls into the time from 2017-01-01 to 2018-01-01"):
        customers_by_period(lines([(1, 1, "2015-02-01", 5.0)]), HALVES)


def test_the_time_without_a_line_reaches_to_the_end_of_the_last_period():
    quarters = periods_before(date(2018, 1, 1), months=3, count=3)
    with pytest.raises(InputError, match="no line falls into the time from 2017-04-01 to 2018-01-01"):
        customers_by_period(lines([(1, 1, "2015-02-01", 5.0)]), quarters)


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="column 'amount' is missing"):
        customers_by_period(lines([(1, 1, "2017-02-01", 5.0)]).drop("amount"), HALVES)


def test_laid_out_by_period_customers_without_orders_have_zero():
    activity = pd.DataFrame({"customer_id": ["b", "a"], "period": [2, 0], "revenue": [3.0, 1.5]})
    wide = per_period(activity, "revenue", 3)
    assert wide.loc["a"].tolist() == [1.5, 0.0, 0.0]
    assert wide.loc["b"].tolist() == [0.0, 0.0, 3.0]


def test_values_of_one_period_hold_its_customers_only():
    activity = pd.DataFrame({"customer_id": [1, 2, 1], "period": [0, 0, 1], "revenue": [3.0, 1.0, 7.0]})
    assert values_in_period(activity, 0).to_dict() == {1: 3.0, 2: 1.0}
    assert values_in_period(activity, 1).to_dict() == {1: 7.0}
