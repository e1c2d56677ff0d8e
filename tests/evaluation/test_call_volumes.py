"""Counts of calls: gaps named and not closed up, forecasts tested on weeks not used, agents with their range."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers import evaluation
from helpers.core.errors import InputError

DATA = Path(__file__).resolve().parents[2] / "data"
AS_OF = date(2024, 7, 1)


def counts(weeks: int = 26, *, seed: int = 1, step: int = 10, grow: float = 0.0) -> pd.DataFrame:
    """Counts of every ten minutes from 8:00 to 12:00 on weekdays, more on Mondays."""
    days = pd.bdate_range("2024-01-01", periods=5 * weeks)
    minutes = np.arange(8 * 60, 12 * 60, step)
    time = np.add.outer(days.to_numpy(), pd.to_timedelta(minutes, unit="min").to_numpy()).ravel()
    mean = np.add.outer(np.where(days.day_of_week == 0, 30, 20), 5 * np.sin(minutes / 60)).ravel()
    level = np.exp(grow * np.repeat(np.arange(len(days)) // 5, len(minutes)))
    calls = np.random.default_rng(seed).poisson(mean * level)
    return pd.DataFrame({"time": time, "calls": calls})


def test_the_bank_s_calls_are_all_there_and_its_missing_days_are_named():
    found = evaluation.prepare_volumes(pd.read_parquet(DATA / "bank_calls" / "volumes.parquet"), date(2003, 10, 25))
    assert found.step_minutes == 5
    assert [str(day) for day in found.missing_days] == [
        "2003-04-04", "2003-04-07", "2003-05-26", "2003-07-04", "2003-09-01", "2003-10-14",
    ]  # fmt: skip
    assert found.missing_weeks == ()
    assert found.incomplete == 164  # the half hours from 21:00
    assert len(found.frame) == 164 * 28


def test_a_missing_week_is_named_and_never_closed_up():
    whole = counts()
    monday = pd.Timestamp("2024-06-10")
    gap = (whole["time"] >= monday) & (whole["time"] < monday + pd.Timedelta(days=7))
    found = evaluation.prepare_volumes(whole[~gap], AS_OF)
    assert found.missing_weeks == (monday.date(),)
    assert len(found.missing_days) == 5
    tested = evaluation.backtest_volumes(found.frame, test_weeks=4).table
    after = tested[(tested["time"] >= "2024-06-17") & (tested["time"] < "2024-06-24")]
    assert len(after) == 40
    assert after["naive"].isna().all()  # the week before is not there, and no older one takes its place
    assert tested["naive"].notna().sum() == 80  # two of the three weeks left follow another


def test_an_interval_that_lacks_a_count_is_left_out_and_counted():
    whole = counts()
    found = evaluation.prepare_volumes(whole.drop(index=[3, 100]), AS_OF)
    assert found.incomplete == 2
    assert len(found.frame) == 26 * 5 * 8 - 2


def test_all_faults_of_counts_are_named_at_once():
    spoilt = counts().astype({"calls": float})
    spoilt.loc[0, "calls"] = -3
    spoilt.loc[1, "calls"] = np.nan
    spoilt.loc[5, "time"] = spoilt.loc[4, "time"]
    with pytest.raises(InputError) as refused:
        evaluation.prepare_volumes(spoilt, AS_OF)
    assert [fault.where for fault in refused.value.faults] == ["service_volumes.calls", "service_volumes.time"]
    with pytest.raises(InputError) as refused:
        evaluation.prepare_volumes(counts().head(1), AS_OF)
    assert "1 count" in refused.value.faults[0].what


@pytest.mark.parametrize("minutes", [15, 70])
def test_an_interval_that_does_not_fit_is_refused(minutes):
    with pytest.raises(InputError) as refused:
        evaluation.prepare_volumes(counts(), AS_OF, interval_minutes=minutes)
    assert refused.value.faults[0].where == "staffing_minutes"


def test_a_forecast_of_steady_calls_beats_last_week_and_its_range_holds_as_often_as_it_says():
    tested = evaluation.backtest_volumes(evaluation.prepare_volumes(counts(), AS_OF).frame)
    assert tested.status == "better"
    assert tested.error < tested.naive_error
    assert tested.gain.low > 0
    assert tested.coverage == pytest.approx(0.95, abs=0.04)
    assert tested.dispersion < 0.01  # Poisson: nothing beyond chance


def test_where_calls_grow_fast_last_week_is_hard_to_beat():
    tested = evaluation.backtest_volumes(evaluation.prepare_volumes(counts(grow=0.1), AS_OF).frame)
    assert tested.status == "not better"


def test_a_forecast_uses_nothing_of_the_week_it_forecasts():
    frame = evaluation.prepare_volumes(counts(), AS_OF).frame
    monday = pd.Timestamp("2024-06-03")
    later = frame.assign(calls=frame["calls"].where(frame["time"] < monday, 10_000))
    pd.testing.assert_frame_equal(evaluation.forecast_week(frame, monday), evaluation.forecast_week(later, monday))


def test_few_weeks_are_not_enough_to_test_a_forecast():
    with pytest.raises(InputError) as refused:
        evaluation.backtest_volumes(evaluation.prepare_volumes(counts(6), AS_OF).frame)
    assert "6 weeks" in refused.value.faults[0].what


def test_the_agents_of_a_week_follow_from_calls_and_their_range():
    volumes = evaluation.prepare_volumes(counts(), AS_OF)
    tested = evaluation.backtest_volumes(volumes.frame)
    to_come = evaluation.forecast_week(volumes.frame, pd.Timestamp("2024-07-01"))
    goal = {"handling_seconds": 180, "target_share": 0.8, "within_seconds": 20}
    plan = evaluation.plan_staff(to_come, tested, interval_minutes=30, **goal)
    assert len(plan) == 40
    assert (plan["agents_low"] <= plan["agents"]).all()
    assert (plan["agents"] <= plan["agents_high"]).all()
    assert (plan["agents"] > plan["load"]).all()
    assert (plan["answered_share"] >= 0.8).all()
    assert (plan["if_many_share"] <= plan["answered_share"]).all()
    assert plan["load"].tolist() == pytest.approx((plan["calls"] / 10).tolist())
