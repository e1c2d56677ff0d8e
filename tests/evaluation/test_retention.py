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


def test_those_gained_are_distinguished_who_came_back_and_who_is_new() -> None:
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


def test_ages_run_on_over_the_end_of_a_year_by_month_and_by_quarter():
    rows = [(1, "2016-11-05"), (1, "2017-01-20"), (1, "2018-02-03"), (2, "2017-12-31")]
    found = cohort_retention(lines(rows), date(2018, 3, 1))
    months = found[found["cohort"] == pd.Timestamp("2016-11-01")]
    assert months["age"].tolist() == list(range(16))
    assert months.loc[months["active"] > 0, "age"].tolist() == [0, 2, 15]
    assert months["period"].iloc[-1] == pd.Timestamp("2018-02-01")
    found = cohort_retention(lines(rows), date(2018, 4, 1), step="quarter")
    quarters = found[found["cohort"] == pd.Timestamp("2016-10-01")]
    assert quarters["age"].tolist() == list(range(6))
    assert quarters.loc[quarters["active"] > 0, "age"].tolist() == [0, 1, 5]


def test_columns_and_confidence_of_cohorts():
    usual, half = (cohort_retention(small(), date(2017, 5, 1), confidence=confidence) for confidence in (0.95, 0.5))
    pd.testing.assert_frame_equal(usual, cohort_retention(small(), date(2017, 5, 1)))
    names = ["cohort", "age", "period", "customers", "active", "retention", "low", "high", "complete"]
    assert usual.columns.tolist() == names
    assert half.loc[1, ["low", "high"]].tolist() == [
        wilson(1, 2, confidence=0.5).low,
        wilson(1, 2, confidence=0.5).high,
    ]
    for step in ("month", "quarter"):
        assert cohort_retention(small(), date(2017, 5, 1), step=step)["age"].min() == 0


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="time"):
        cohort_retention(small().drop("time"), date(2017, 5, 1))
    with pytest.raises(InputError, match="customer_id"):
        customers_before(small().drop("customer_id"), date(2017, 5, 1))
    with pytest.raises(InputError, match="profit"):
        measure_revenue_retention(activity([(1, 0, 1, 5.0)]), measure="profit")


def test_periods_and_measure_are_those_asked_for():
    table = activity([(1, 0, 1, 1.0), (1, 1, 1, 40.0), (1, 2, 1, 10.0), (2, 1, 1, 60.0), (3, 2, 2, 7.0)])
    table["contribution"] = table["revenue"] / 2
    kept = measure_retention(table, first=1, second=2, confidence=0.5)
    assert (kept.before, kept.after, kept.kept, kept.lost, kept.gained) == (2, 2, 1, 1, 1)
    assert (kept.share.low, kept.share.high) == (wilson(1, 2, confidence=0.5).low, wilson(1, 2, confidence=0.5).high)
    assert (kept.returned, kept.newcomers) == (None, None)
    money = measure_revenue_retention(table, first=1, second=2, measure="contribution", confidence=0.5)
    assert (money.before, money.after, money.gained) == (50.0, 5.0, 3.5)
    assert (money.net.estimate, money.net.confidence, money.gross.confidence) == (0.1, 0.5, 0.5)


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 1.5])
def test_a_confidence_that_is_none_is_refused(confidence):
    with pytest.raises(InputError, match="confidence"):
        measure_revenue_retention(activity([(1, 0, 1, 5.0)]), confidence=confidence)


def linearised(before, after, confidence=0.95):
    """Return ratio, error and Student's quantile as Cochran and O'Neill give them, customer by customer."""
    ratio, count = sum(after) / sum(before), len(before)
    squares = [(one - ratio * whole) ** 2 for one, whole in zip(after, before, strict=True)]
    error = (count / (count - 1) * sum(squares)) ** 0.5 / sum(before)
    worth = sum(squares) ** 2 / sum(square**2 for square in squares)
    freedom = count - 1 if worth >= count else min(count - 1, 2 * worth / (1 - worth / count))
    return ratio, error, stats.t.ppf(0.5 + confidence / 2, freedom)


@pytest.mark.parametrize("confidence", [0.95, 0.5])
def test_net_is_on_the_log_scale_and_gross_on_the_logit_scale(confidence):
    before, after = [40.0, 20.0, 30.0, 10.0, 25.0], [44.0, 5.0, 0.0, 12.0, 20.0]
    rows = [(one, 0, 1, money) for one, money in enumerate(before)]
    rows += [(one, 1, 1, money) for one, money in enumerate(after)]
    found = measure_revenue_retention(activity(rows), confidence=confidence)
    ratio, error, quantile = linearised(before, after, confidence)
    factor = np.exp(quantile * error / ratio)
    assert (found.net.estimate, found.net.low, found.net.high) == pytest.approx((ratio, ratio / factor, ratio * factor))
    ratio, error, quantile = linearised(before, np.minimum(before, after).tolist(), confidence)
    reach, at = quantile * error / (ratio * (1 - ratio)), np.log(ratio / (1 - ratio))
    ends = [1 / (1 + np.exp(-(at + side * reach))) for side in (-1, 1)]
    assert (found.gross.estimate, found.gross.low, found.gross.high) == pytest.approx((ratio, *ends))
    assert 0 < found.gross.low < found.gross.high < 1


def test_two_customers_have_an_interval_and_one_has_none():
    two = activity([(1, 0, 1, 10.0), (1, 1, 1, 9.0), (2, 0, 1, 10.0), (2, 1, 1, 5.0)])
    found = measure_revenue_retention(two)
    ratio, error, quantile = linearised([10.0, 10.0], [9.0, 5.0])
    assert quantile == pytest.approx(stats.t.ppf(0.975, 1))
    assert found.net.high == pytest.approx(ratio * np.exp(quantile * error / ratio))
    alone = measure_revenue_retention(two[two["customer_id"] == 1])
    assert (alone.net.estimate, alone.gross.estimate) == (0.9, 0.9)
    assert np.isnan([alone.net.low, alone.net.high, alone.gross.low]).all()


def test_a_ratio_of_nothing_or_less_has_its_interval_on_its_own_scale():
    """More came back later than was bought: the ratio is below zero, and so has neither logarithm nor logit."""
    before, after = [10.0, 20.0, 30.0, 15.0], [-4.0, 3.0, -6.0, 1.0]
    rows = [(one, 0, 1, money) for one, money in enumerate(before)]
    rows += [(one, 1, 1, money) for one, money in enumerate(after)]
    found = measure_revenue_retention(activity(rows))
    ratio, error, quantile = linearised(before, after)
    reach = quantile * error
    for share in (found.net, found.gross):
        assert (share.estimate, share.low, share.high) == pytest.approx((ratio, ratio - reach, ratio + reach))
    lost = [(one, 0, 1, money) for one, money in enumerate(before)]
    nothing = measure_revenue_retention(activity([*lost, (0, 1, 1, 5.0), (1, 1, 1, -5.0)]))
    assert nothing.net.estimate == 0
    assert nothing.net.high == pytest.approx(-nothing.net.low)


def test_a_share_of_all_has_no_logit():
    """Nobody spends less, two spend more: nothing is lost, and every customer alike in that."""
    rows = [(1, 0, 1, 10.0), (1, 1, 1, 15.0), (2, 0, 1, 10.0), (2, 1, 1, 10.0), (3, 0, 1, 4.0), (3, 1, 1, 9.0)]
    found = measure_revenue_retention(activity(rows))
    assert found.gross.estimate == 1
    assert np.isnan([found.gross.low, found.gross.high]).all()
    assert found.net.estimate == pytest.approx(34 / 24)
    assert found.net.low < found.net.estimate < found.net.high
