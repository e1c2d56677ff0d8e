"""Holdout split and naive forecasts on lines counted by hand."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from helpers.core.errors import InputError
from helpers.value.backtest.simple import forecast_holdout, split_holdout
from helpers.value.contribution.contribution import CostAssumptions

AS_OF = date(2018, 1, 1)
FREE = CostAssumptions(gross_margin=1.0)  # contribution is revenue

LINES = [
    (1, 1, "2017-01-10", 30.0),
    (1, 2, "2017-05-10", 60.0),
    (1, 3, "2017-06-30 23:59:59", 30.0),
    (1, 4, "2017-07-01", 200.0),
    (2, 5, "2017-02-10", 90.0),
    (2, 6, "2017-12-31", 5.0),
    (3, 7, "2017-04-01", 15.0),
    (4, 8, "2017-08-01", 20.0),  # first seen in the holdout
    (5, 9, "2018-01-01", 70.0),  # on the analysis date
    (6, 10, "2016-12-31", 70.0),  # before the calibration
]


def table(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "order_id", "time", "amount"])
    frame["time"] = pd.to_datetime(frame["time"], format="ISO8601")
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


@pytest.fixture(scope="module")
def holdout():
    return split_holdout(table(LINES), AS_OF, FREE)


def test_spans_hold_what_happened_in_them(holdout):
    assert holdout.split == date(2017, 7, 1)
    columns = ["customer_id", "earlier", "recent", "actual"]
    assert holdout.customers[columns].to_numpy().tolist() == [[1, 30, 90, 200], [2, 90, 0, 5], [3, 0, 15, 0]]
    assert holdout.customers["active_earlier"].tolist() == [True, True, False]
    assert holdout.customers["active_recent"].tolist() == [True, False, True]


def test_newcomers_are_counted_not_forecast(holdout):
    assert holdout.newcomers == 1
    assert holdout.newcomer_share == pytest.approx(20 / 225)


def test_forecasts_by_hand(holdout):
    found = forecast_holdout(holdout).set_index("customer_id")
    assert found["actual"].tolist() == [200, 5, 0]
    assert found["same_as_before"].tolist() == [120, 90, 15]
    assert found["everyone_equal"].tolist() == [75] * 3
    # earlier 120, recent 105; the middle of the holdout lies two steps of three months after that of the calibration
    assert found["before_times_trend"].to_numpy() == pytest.approx(np.array([120, 90, 15]) * (105 / 120) ** 2)
    # one of two kept over three months: a life of three months, at the profit of the recent quarter
    assert found["lifetime_value"].to_numpy() == pytest.approx([90, 0, 15])


def test_a_life_beyond_the_holdout_is_cut_to_it():
    rows = [
        (customer, 10 * customer + month, f"2017-{month:02}-05", 10.0) for customer in (1, 2) for month in (2, 5, 8)
    ]
    found = forecast_holdout(split_holdout(table(rows), AS_OF, FREE))
    assert found["lifetime_value"].tolist() == [20.0, 20.0]  # 10 in three recent months, six months ahead


UNEVEN = [
    (1, 1, "2017-06-01", 20.0),
    (1, 2, "2017-08-31 23:59:59", 30.0),
    (1, 3, "2017-09-01", 7.0),
    (2, 4, "2017-07-31", 40.0),
    (2, 5, "2017-08-01", 15.0),
    (3, 6, "2017-07-15", 60.0),
]


def uneven(rows=UNEVEN, assumptions=FREE):
    return split_holdout(table(rows), AS_OF, assumptions, earlier_months=2, recent_months=1, holdout_months=4)


def test_forecasts_of_spans_unlike_in_length_by_hand():
    found = forecast_holdout(uneven()).set_index("customer_id")
    assert found["actual"].tolist() == [7, 0, 0]
    assert found["same_as_before"].to_numpy() == pytest.approx(np.array([50, 55, 60]) / 3 * 4)
    assert found["everyone_equal"].to_numpy() == pytest.approx(np.full(3, 165 / 9 * 4))
    # 60 a month, then 45; the middles of the spans are 1.5 months apart, that of the holdout 3.5 from the calibration's
    trended = np.array([50, 55, 60]) / 3 * 4 * 0.75 ** (3.5 / 1.5)
    assert found["before_times_trend"].to_numpy() == pytest.approx(trended)
    # two of three kept over 1.5 months: a life of 3 months, at the profit of the one recent month
    assert found["lifetime_value"].to_numpy() == pytest.approx([90, 45, 0])


def test_who_came_once_before_the_split_is_forecast_whichever_span_it_was():
    rows = [(1, 1, "2017-06-01", 9.0), (2, 2, "2017-08-01", 9.0), (3, 3, "2017-09-01", 9.0)]
    found = uneven(rows)
    assert found.customers["customer_id"].tolist() == [1, 2]
    assert found.customers.index.tolist() == [0, 1]
    assert (found.newcomers, found.newcomer_share) == (1, 1.0)


@pytest.mark.parametrize(
    ("cost_per_order", "share"),
    [(0.0, 10 / 15), (10.0, np.nan), (7.5, np.nan), (7.2, 2.8 / 0.6)],
    ids=["profit", "loss", "nothing", "less than one"],
)
def test_newcomers_have_a_share_where_there_is_a_profit_to_share(cost_per_order, share):
    rows = [(1, 1, "2017-06-01", 9.0), (2, 2, "2017-08-01", 9.0)]
    rows += [(1, 3, "2017-09-01", 5.0), (3, 4, "2017-09-01", 10.0)]
    found = uneven(rows, CostAssumptions(1.0, cost_per_order))
    assert found.newcomer_share == pytest.approx(share, nan_ok=True)


def with_totals(earlier, recent):
    """One customer before the split; an order that costs as much as it brings makes a total of nothing."""
    rows = [(1, 1, "2017-06-01", earlier + 2.0), (1, 2, "2017-08-01", recent + 2.0), (1, 3, "2017-09-01", 7.0)]
    return forecast_holdout(uneven(rows, CostAssumptions(1.0, 2.0)))


@pytest.mark.parametrize(("earlier", "recent"), [(0.0, 3.0), (3.0, 0.0), (-1.0, 3.0), (3.0, -1.0), (-1.0, -2.0)])
def test_a_total_that_is_not_positive_has_no_trend(earlier, recent):
    found = with_totals(earlier, recent)
    assert found["before_times_trend"].tolist() == found["same_as_before"].tolist()


@pytest.mark.parametrize(("earlier", "recent"), [(1.0, 3.0), (3.0, 0.5), (2.0, 1.0)])
def test_a_total_below_one_a_month_has_a_trend(earlier, recent):
    found = with_totals(earlier, recent)
    expected = found["same_as_before"] * (recent / (earlier / 2)) ** (3.5 / 1.5)
    assert found["before_times_trend"].to_numpy() == pytest.approx(expected.to_numpy())


def test_forecasts_do_not_see_the_holdout(holdout):
    changed = [(c, o, t, 999.0 if "2017-07" <= t < "2018" else a) for c, o, t, a in LINES]
    again = split_holdout(table(changed), AS_OF, CostAssumptions(0.3, 1.0))
    before = split_holdout(table(LINES), AS_OF, CostAssumptions(0.3, 1.0))
    for name in ("lifetime_value", "everyone_equal", "same_as_before", "before_times_trend"):
        assert forecast_holdout(again)[name].tolist() == forecast_holdout(before)[name].tolist()
    assert forecast_holdout(again)["actual"].tolist() != forecast_holdout(before)["actual"].tolist()


def test_a_shrinking_total_of_losses_has_no_trend():
    found = forecast_holdout(split_holdout(table(LINES), AS_OF, CostAssumptions(0.0, cost_per_order=1.0)))
    assert found["before_times_trend"].tolist() == found["same_as_before"].tolist()


def test_other_spans_can_be_chosen():
    found = split_holdout(table(LINES), AS_OF, FREE, earlier_months=1, recent_months=2, holdout_months=3)
    assert found.split == date(2017, 10, 1)
    assert found.customers[["customer_id", "earlier", "recent"]].to_numpy().tolist() == [[1, 200, 0], [4, 0, 20]]


@pytest.mark.parametrize("spans", [{"earlier_months": 0}, {"holdout_months": -1}])
def test_an_empty_span_is_refused(spans):
    with pytest.raises(InputError, match="is out of range"):
        split_holdout(table(LINES), AS_OF, FREE, **spans)


@pytest.mark.parametrize(("months", "accepted"), [(600, True), (601, False)])
def test_a_span_of_fifty_years_is_the_longest(months, accepted):
    rows = [(1, 1, "1960-01-01", 3.0), (1, 2, "2017-05-01", 3.0), (1, 3, "2017-08-01", 3.0)]
    spans = {"earlier_months": months, "recent_months": 100}
    if accepted:
        assert split_holdout(table(rows), AS_OF, FREE, **spans).earlier_months == months
    else:
        with pytest.raises(InputError, match="earlier_months: 601 is out of range"):
            split_holdout(table(rows), AS_OF, FREE, **spans)


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        ("2017-01", "2017-04", "earlier_months: no line from 2017-01-01 to 2017-04-01"),
        ("2017-04", "2017-07", "recent_months: no line from 2017-04-01 to 2017-07-01"),
        ("2017-07", "2018-01", "no line falls into the time from 2017-07-01 to 2018-01-01"),
    ],
)
def test_a_span_without_lines_is_named(first, last, span):
    with pytest.raises(InputError, match=span):
        split_holdout(table([row for row in LINES if not first <= row[2] < last]), AS_OF, FREE)
