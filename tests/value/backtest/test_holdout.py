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


def test_a_span_without_lines_is_named():
    with pytest.raises(InputError, match="earlier_months: no line from 2017-01-01 to 2017-04-01"):
        split_holdout(table([row for row in LINES if row[2] >= "2017-04"]), AS_OF, FREE)
