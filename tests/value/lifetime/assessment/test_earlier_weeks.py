"""Past going on, times its trend: by hand on a few customers, and without a look at the months held back."""

from datetime import date, timedelta
from types import SimpleNamespace

import ibis
import pandas as pd
import pytest

from helpers.core.errors import EngineError, Fault
from helpers.value.lifetime import assessment

HELD_FROM = date(1997, 10, 1)
SPANS = {"weeks_held": 39.0, "weeks_before": 38.9}


def lines(rows):
    """Purchases by customer, days before 1 March 2024 and amount."""
    table = pd.DataFrame(rows, columns=["customer_id", "days", "amount"])
    time = pd.Timestamp("2024-03-01") - pd.to_timedelta(table["days"], unit="D")
    return ibis.memtable(table.assign(time=time, order_id=range(len(table)), quantity=1.0).drop(columns="days"))


def trend_of(table, **spans):
    earlier = assessment.observe_earlier(table, **spans)
    return earlier and assessment.measure_trend(earlier)


def trend(rows, **more):
    spans = {"weeks_held": 10.0, "weeks_before": 10.0} | more
    return trend_of(lines(rows), held_from=date(2024, 3, 1), **spans)


def test_trend_by_hand():
    """Of ten weeks before, five are guessed: two repeat purchases in 34 days of her own, one in the 35 days after."""
    found = trend([("ann", 70, 9.0), ("ann", 60, 20.0), ("ann", 50, 10.0), ("ann", 20, 6.0)])
    assert found.purchases == pytest.approx((1 / 35) / (2 / 34))
    assert found.spend == pytest.approx((6 / 35) / (30 / 34))


@pytest.mark.parametrize(
    "rows",
    [
        [("ann", 70, 9.0), ("ann", 60, 20.0)],  # nobody bought again in the weeks guessed
        [("ann", 70, 9.0), ("ann", 20, 6.0)],  # nobody bought again before them
        [("ann", 20, 9.0), ("ann", 10, 6.0)],  # nobody was known
        [("ann", 70, 0.0), ("ann", 60, 0.0), ("ann", 20, 0.0)],  # all for nothing
    ],
)
def test_without_purchases_in_both_parts_there_is_no_trend(rows):
    assert trend(rows) is None


def test_too_short_a_time_has_no_trend():
    rows = [("ann", 70, 9.0), ("ann", 60, 20.0), ("ann", 20, 6.0)]
    assert trend(rows) is not None
    assert trend(rows, weeks_before=1.0) is None


def test_customers_above_the_limit_are_left_out():
    rows = [("ann", 70, 9.0), ("ann", 60, 20.0), ("ann", 20, 6.0), ("bob", 70, 9.0), ("bob", 60, 900.0)]
    assert trend(rows, repeat_spend_limit=100.0) == trend(rows[:3])
    assert trend(rows, repeat_spend_limit=1.0) is None


def test_the_trend_sees_nothing_held_back(cdnow_lines):
    before = cdnow_lines.filter(cdnow_lines.time < HELD_FROM)
    found = trend_of(cdnow_lines, held_from=HELD_FROM, **SPANS)
    assert found == trend_of(before, held_from=HELD_FROM, **SPANS)
    assert 0 < found.spend < 1


@pytest.mark.parametrize("wanted", ["auto", "bg_nbd"])
def test_the_trend_stands_among_the_guesses_also_where_the_model_was_asked_for(cdnow_lines, wanted):
    test = assessment.hold_back(cdnow_lines, as_of=HELD_FROM + timedelta(weeks=39), months=9, wanted=wanted)
    found = trend_of(cdnow_lines, held_from=HELD_FROM, **SPANS)
    assert test.guesses == assessment.GUESSES
    for forecasts, factor in ((test.purchases, found.purchases), (test.amounts, found.spend)):
        assert (forecasts["past_times_trend"] / forecasts["same_as_before"]).dropna().max() == pytest.approx(factor)


def test_an_engine_that_refuses_is_no_short_time_before(monkeypatch):
    def refuse():
        raise EngineError(Fault("the engine cannot answer a question", where="spark"))

    asked = SimpleNamespace(to_pyarrow=refuse)
    monkeypatch.setattr("helpers.value.lifetime.assessment.earlier_weeks.purchase_history", lambda *_, **__: asked)
    with pytest.raises(EngineError, match="cannot answer"):
        assessment.observe_earlier(None, held_from=date(2024, 1, 1), weeks_held=20, weeks_before=40)
