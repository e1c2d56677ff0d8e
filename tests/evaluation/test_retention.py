"""Retention of cohorts, customers and revenue, on tables counted by hand."""

from datetime import date, datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from helpers.core.errors import InputError
from helpers.core.intervals import wilson
from helpers.core.periods import Period, customers_by_period, periods_before
from helpers.evaluation.retention import (
    cohort_retention,
    customers_before,
    measure_retention,
    measure_revenue_retention,
)


def lines(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "time"])
    return ibis.memtable(
        pa.Table.from_pandas(frame.assign(time=pd.to_datetime(frame["time"], format="ISO8601")), preserve_index=False)
    )


def small():
    return lines(
        [
            (1, "2017-01-31 23:59:59"),
            (1, "2017-02-10"),
            (1, "2017-04-02"),
            (2, "2017-01-01"),
            (2, "2017-01-15"),
            (3, "2017-02-01"),
            (3, "2017-04-30"),
            (4, "2017-05-01"),  # on the analysis date
        ]
    )


def activity(rows):
    return pd.DataFrame(rows, columns=["customer_id", "period", "orders", "revenue"])


def test_cohorts_by_month_count_every_age_also_the_empty_ones():
    found = cohort_retention(small(), date(2017, 5, 1))
    january = found[found["cohort"] == pd.Timestamp("2017-01-01")]
    assert january["age"].tolist() == [0, 1, 2, 3]
    assert january["active"].tolist() == [2, 1, 0, 1]
    february = found[found["cohort"] == pd.Timestamp("2017-02-01")]
    assert february[["age", "active", "customers"]].to_numpy().tolist() == [[0, 1, 1], [1, 0, 1], [2, 1, 1]]
    assert found["complete"].all()


def test_age_zero_is_everybody_by_definition_and_later_ages_have_wilson_intervals():
    found = cohort_retention(small(), date(2017, 5, 1))
    born = found[found["age"] == 0]
    assert (born[["retention", "low", "high"]] == 1).all(axis=None)
    assert found.loc[1, ["low", "high"]].tolist() == [wilson(1, 2).low, wilson(1, 2).high]


def test_a_period_cut_by_the_analysis_date_is_not_complete():
    found = cohort_retention(small(), date(2017, 4, 20))
    assert found.groupby("period")["complete"].all().tolist() == [True, True, True, False]


def test_cohorts_by_quarter():
    found = cohort_retention(small(), date(2017, 7, 1), step="quarter")
    first = found[found["cohort"] == pd.Timestamp("2017-01-01")]
    assert first[["age", "customers", "active"]].to_numpy().tolist() == [[0, 3, 3], [1, 3, 2]]


def test_an_unknown_step_and_an_empty_time_are_refused():
    with pytest.raises(InputError, match="unknown step 'week'"):
        cohort_retention(small(), date(2017, 5, 1), step="week")
    with pytest.raises(InputError, match="no line lies before 2016-05-01"):
        cohort_retention(small(), date(2016, 5, 1))


def test_retention_between_two_periods():
    found = measure_retention(activity([(1, 0, 2, 9.0), (1, 1, 1, 3.0), (2, 0, 1, 5.0), (3, 1, 4, 8.0)]))
    assert (found.before, found.after, found.kept, found.lost, found.gained) == (2, 2, 1, 1, 1)
    assert (found.share.low, found.share.high) == (wilson(1, 2).low, wilson(1, 2).high)


def test_revenue_retention_separates_losses_from_growth():
    table = activity(
        [(1, 0, 1, 100.0), (1, 1, 1, 160.0), (2, 0, 1, 100.0), (2, 1, 1, 50.0), (3, 0, 1, 50.0), (4, 1, 1, 30.0)]
    )
    found = measure_revenue_retention(table)
    assert (found.before, found.after, found.gained) == (250.0, 210.0, 30.0)
    assert found.net.estimate == pytest.approx(210 / 250)
    assert found.gross.estimate == pytest.approx(150 / 250)


def test_no_revenue_retention_of_next_to_nothing():
    """Purchases and refunds of the earlier period cancel but for 1: 210 kept of it would be 21,000 %."""
    before, after = np.r_[np.tile([50.0, -50.0], 20), 1.0], np.full(41, 5.0)
    table = pd.DataFrame({"customer_id": np.tile(np.arange(41), 2), "period": np.repeat([0, 1], 41), "orders": 1})
    found = measure_revenue_retention(table.assign(revenue=np.concatenate([before, after])))
    assert (found.before, found.after) == (1.0, 205.0)
    for share in (found.net, found.gross):
        assert np.isnan([share.estimate, share.low, share.high]).all()


def test_error_of_revenue_retention_is_that_of_the_jackknife():
    rng = np.random.default_rng(8)
    before = rng.gamma(1.5, 40.0, 300)
    after = before * rng.gamma(2.0, 0.45, 300)
    table = pd.DataFrame({"customer_id": np.tile(np.arange(300), 2), "period": np.repeat([0, 1], 300), "orders": 1})
    net = measure_revenue_retention(table.assign(revenue=np.concatenate([before, after]))).net
    without_one = (after.sum() - after) / (before.sum() - before)
    error = np.sqrt(299 / 300 * np.sum((without_one - without_one.mean()) ** 2))
    assert net.estimate == pytest.approx(after.sum() / before.sum())
    assert net.high / net.estimate == pytest.approx(net.estimate / net.low)
    kurtosis = stats.kurtosis(after - net.estimate * before, fisher=False)
    quantile = np.log(net.high / net.estimate) * net.estimate / error
    assert quantile == pytest.approx(stats.t.ppf(0.975, 2 * 300 / (kurtosis - 1)), rel=0.02)


def test_one_customer_who_decides_widens_the_interval_of_revenue_retention():
    """Of 200 customers one spends most: the interval has few degrees of freedom, not 199."""
    table = pd.DataFrame({"customer_id": np.tile(np.arange(200), 2), "period": np.repeat([0, 1], 200), "orders": 1})
    before = np.append(np.full(199, 10.0), 5000.0)
    after = np.append(np.tile([10.0, 6.0], 100)[:199], 2000.0)
    found = measure_revenue_retention(table.assign(revenue=np.concatenate([before, after])))
    assert found.net.high / found.net.estimate > 1.5


def test_customers_who_all_change_alike_tell_no_interval():
    table = activity([(1, 0, 1, 10.0), (1, 1, 1, 20.0), (2, 0, 1, 5.0), (2, 1, 1, 10.0)])
    found = measure_revenue_retention(table)
    assert (found.net.estimate, found.gross.estimate) == (2.0, 1.0)
    assert np.isnan([found.net.low, found.gross.high]).all()


def test_revenue_retention_of_nothing_is_refused():
    with pytest.raises(InputError, match="revenue of period 0 is 0"):
        measure_revenue_retention(activity([(1, 0, 1, 0.0), (1, 1, 1, 5.0)]))


def test_those_gained_are_told_apart_who_came_back_and_who_is_new() -> None:
    """Of three who bought in the later period only, two had bought in the years before."""
    rows = [("a", 300), ("a", 500), ("b", 10), ("b", 520), ("c", 20), ("c", 530), ("d", 540), ("e", 310)]
    start = datetime(2023, 1, 1)
    lines = ibis.memtable(
        pa.table(
            {
                "customer_id": [who for who, _ in rows],
                "order_id": list(range(len(rows))),
                "time": [start + timedelta(days=day) for _, day in rows],
                "amount": [5.0] * len(rows),
            }
        )
    )
    earlier, later = Period(date(2023, 10, 1), date(2024, 4, 1)), Period(date(2024, 4, 1), date(2024, 10, 1))
    known = customers_before(lines, earlier.start)
    assert known.tolist() == ["b", "c"]
    found = measure_retention(customers_by_period(lines, (earlier, later)), bought_before=known)
    assert (found.kept, found.lost, found.gained) == (1, 1, 3)
    assert (found.returned, found.newcomers) == (2, 1)
    assert measure_retention(customers_by_period(lines, (earlier, later))).returned is None


def test_halves_of_a_year_are_other_months_and_years_are_not() -> None:
    halves = periods_before(date(2018, 1, 1), months=6, count=2)
    years = periods_before(date(2018, 1, 1), months=12, count=2)
    assert [half.in_words for half in halves] == ["January to June 2017", "July to December 2017"]
    assert not halves[0].is_same_time_of_year(halves[1])
    assert years[0].is_same_time_of_year(years[1])
