"""Counts of calls by interval: gaps named, forecast by weekday and time of day, tested against last week."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError, counted
from helpers.core.intervals import Interval

LEAST_WEEKS = 4
"""Weeks before the first one that is forecast in the test."""

BETTER, NOT_BETTER = "better", "not better"
_DAY_MINUTES = 1440
_WEEK = pd.Timedelta(days=7)


@dataclass(frozen=True)
class Volumes:
    """Calls by interval.

    Parameters
    ----------
    frame : DataFrame
        One row per interval of which every count is there, by time: time (its start), calls, weekday (0 is Monday),
        minute (of the day), week (its Monday).
    interval_minutes, step_minutes : int
        Length of an interval, and of the counts it was made of.
    missing_days : tuple of date
        Days without any count, of the weekdays that usually have some.
    missing_weeks : tuple of date
        Mondays of weeks without any count.
    incomplete : int
        Intervals left out because some of their counts are missing.
    """

    frame: pd.DataFrame
    interval_minutes: int
    step_minutes: int
    missing_days: tuple[date, ...]
    missing_weeks: tuple[date, ...]
    incomplete: int


def prepare_volumes(volumes: pd.DataFrame, as_of: date, *, interval_minutes: int = 30) -> Volumes:
    """Add counts up to intervals and name what is missing; nothing is closed up or filled in.

    Parameters
    ----------
    volumes : DataFrame
        Standard service volumes: time, calls.
    as_of : date
        Counts on it or later are left out.
    interval_minutes : int
        A whole multiple of the step of the counts, and a part of a day.

    Raises
    ------
    InputError
        When a column is missing; when counts are negative or no numbers, or a time is there twice; when there are none
        before the analysis date; when the interval does not fit. All that can be said at once is.
    """
    require_columns(volumes.columns, ("time", "calls"), where="service_volumes")
    kept = volumes[pd.to_datetime(volumes["time"]) < pd.Timestamp(as_of)].sort_values("time", kind="stable")
    _require_sound(kept, as_of)
    time, calls = pd.to_datetime(kept["time"]), kept["calls"].to_numpy(dtype=np.float64)
    step = _step_minutes(time)
    if interval_minutes % step or _DAY_MINUTES % interval_minutes:
        raise InputError(
            Fault(
                f"intervals of {interval_minutes} minutes do not fit counts of every {step}",
                where="staffing_minutes",
                allowed=f"a multiple of {step} that divides a day",
                remedy=f"take {step} or a multiple",
            )
        )
    start = time.dt.floor(f"{interval_minutes}min").to_numpy()
    sums = pd.DataFrame({"time": start, "calls": calls}).groupby("time")["calls"].agg(["sum", "size"])
    whole = sums[sums["size"] == interval_minutes // step]
    frame = whole["sum"].rename("calls").reset_index()
    missing_days, missing_weeks = _missing(time)
    return Volumes(
        with_calendar(frame), interval_minutes, step, missing_days, missing_weeks, incomplete=len(sums) - len(whole)
    )


def _require_sound(kept: pd.DataFrame, as_of: date) -> None:
    where, faults = "service_volumes", []
    if len(kept) < 2:
        faults.append(Fault(f"{counted(len(kept), 'count')} before {as_of}", where, "two or more", "check as_of"))
    known = kept["calls"].notna() & (kept["calls"] >= 0)
    if not known.all():
        what = f"{counted(int((~known).sum()), 'count')} of calls negative or missing"
        faults.append(
            Fault(what, f"{where}.calls", "numbers of 0 or more", "correct the counts, or leave out the rows")
        )
    if kept["time"].duplicated().any():
        twice = kept.loc[kept["time"].duplicated(), "time"].iloc[0]
        faults.append(Fault(f"{twice} is there more than once", f"{where}.time", "each once", "add its counts up"))
    if faults:
        raise InputError(faults)


def _step_minutes(time: "pd.Series[pd.Timestamp]") -> int:
    """Return the usual distance of two counts, minutes."""
    gaps = time.diff().dropna()
    return max(int(gaps.mode().iloc[0].total_seconds() // 60), 1)


def _missing(time: "pd.Series[pd.Timestamp]") -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Return days and weeks without any count; days of weekdays that have counts in at least half of the weeks."""
    there = pd.DatetimeIndex(time.dt.normalize().unique())
    every = pd.date_range(there.min(), there.max())
    share = pd.Series(every.isin(there), index=every).groupby(every.day_of_week).mean()
    usual = share.index[share >= 0.5]
    gaps = every[~every.isin(there) & every.day_of_week.isin(usual)]
    mondays = pd.date_range(_monday(there.min()), _monday(there.max()), freq="7D")
    with_any = {_monday(day) for day in there}
    return tuple(day.date() for day in gaps), tuple(week.date() for week in mondays if week not in with_any)


def _monday(day: pd.Timestamp) -> pd.Timestamp:
    return day - pd.Timedelta(days=day.weekday())


def with_calendar(frame: pd.DataFrame) -> pd.DataFrame:
    """Add weekday, minute of the day and the Monday of the week to rows with a time."""
    time = frame["time"]
    day = time.dt.normalize()
    minute = ((time - day).dt.total_seconds() // 60).astype("int64")
    weekday = time.dt.day_of_week
    return frame.assign(weekday=weekday, minute=minute, week=day - pd.to_timedelta(weekday, unit="D"))


def forecast_week(frame: pd.DataFrame, monday: pd.Timestamp, *, weeks: int = 8) -> pd.DataFrame:
    r"""Forecast a week from the weeks before it: profile of weekday and time of day, at the latest level.

    With $y_{w,s}$ the calls of week $w$ in slot $s$ (weekday and time of day), the mean $m_s$ over the last weeks and
    the level $l = \sum y_{w,s} / \sum m_s$ over the slots of the last two weeks: $\hat y_s = m_s (1 + l) / 2$, half way
    from the usual to the latest level.

    Parameters
    ----------
    frame : DataFrame
        Of `Volumes`; only rows before `monday` are used.
    monday : Timestamp
        First day of the week to forecast.
    weeks : int
        Weeks that the profile is made of, counted back by the calendar: missing ones are not replaced by older ones.

    Returns
    -------
    DataFrame
        One row per slot that was seen: time, weekday, minute, forecast.
    """
    past = frame[(frame["time"] < monday) & (frame["time"] >= monday - weeks * _WEEK)]
    slots = ["weekday", "minute"]
    mean = past.groupby(slots)["calls"].mean().rename("forecast").reset_index()
    latest = past[past["time"] >= monday - 2 * _WEEK].merge(mean, on=slots)
    level = float(latest["calls"].sum() / latest["forecast"].sum()) if latest["forecast"].sum() > 0 else 1.0
    time = monday + pd.to_timedelta(mean["weekday"], unit="D") + pd.to_timedelta(mean["minute"], unit="min")
    return mean.assign(forecast=mean["forecast"] * (1 + level) / 2, time=time)[["time", *slots, "forecast"]]


@dataclass(frozen=True)
class ForecastTest:
    """Forecasts of past weeks, each from the weeks before it, beside the calls of the same slot a week earlier.

    Parameters
    ----------
    table : DataFrame
        One row per interval forecast: time, calls, forecast, naive (missing where the week before has no such count).
    error, naive_error : float
        Mean absolute errors where both are known, calls per interval.
    gain : Interval
        Naive error less error, mean over days with Student's interval, days being the sample.
    coverage : float
        Share of the later half of the test inside intervals that the earlier half made.
    dispersion : float
        Variance beyond that of chance, in squares of the forecast.
    quantiles : (float, float)
        Ends of the standardised errors of the whole test.
    """

    table: pd.DataFrame
    error: float
    naive_error: float
    gain: Interval
    coverage: float
    dispersion: float
    quantiles: tuple[float, float]

    @property
    def status(self) -> str:
        """Whether the forecast beats last week's calls beyond chance."""
        return BETTER if self.gain.sign > 0 else NOT_BETTER

    def ends(self, forecast: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the interval of the calls around a forecast."""
        reach = _spread(forecast, self.dispersion)
        low, high = (forecast + end * reach for end in self.quantiles)
        return np.maximum(low, 0), high


def backtest_volumes(
    frame: pd.DataFrame, *, weeks: int = 8, test_weeks: int = 8, confidence: float = 0.95
) -> ForecastTest:
    """Forecast each of the last weeks from those before it and compare with the naive seasonal forecast.

    Parameters
    ----------
    frame : DataFrame
        Of `Volumes`.
    weeks : int
        As for `forecast_week`.
    test_weeks : int
        Weeks at the end that are forecast.
    confidence : float
        Coverage of the intervals.

    Raises
    ------
    InputError
        When the weeks are too few for the test.

    References
    ----------
    Tashman (2000), International Journal of Forecasting 16 (rolling origin); Hyndman and Athanasopoulos, Forecasting:
    Principles and Practice, third edition, section 5.2 (seasonal naive method).
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    mondays = pd.date_range(frame["week"].min(), frame["week"].max(), freq="7D")
    if len(mondays) < test_weeks + LEAST_WEEKS or test_weeks < 2:
        raise InputError(
            Fault(
                f"{counted(len(mondays), 'week')} of counts; to forecast {test_weeks} of them "
                f"{test_weeks + LEAST_WEEKS} are needed",
                where="service_volumes",
                allowed=f"at least {LEAST_WEEKS} weeks before two or more to forecast",
                remedy="wait for more weeks, or forecast fewer",
            )
        )
    parts = [forecast_week(frame, monday, weeks=weeks) for monday in mondays[-test_weeks:]]
    a_week_ago = frame[["time", "calls"]].assign(time=frame["time"] + _WEEK).rename(columns={"calls": "naive"})
    joined = frame[["time", "calls"]].merge(pd.concat(parts)[["time", "forecast"]], on="time")
    table = joined.merge(a_week_ago, on="time", how="left").sort_values("time", ignore_index=True)
    both = table.dropna(subset=["naive"])
    if both.empty:
        raise InputError(
            Fault("no week of the test follows another", "service_volumes", remedy="fill the gaps from the source")
        )
    wrong, naive_wrong = ((both["calls"] - both[name]).abs() for name in ("forecast", "naive"))
    gain = _daily_gain(naive_wrong - wrong, both["time"].dt.normalize(), confidence)
    middle = mondays[-test_weeks] + (test_weeks // 2) * _WEEK
    first, last = joined[joined["time"] < middle], joined[joined["time"] >= middle]
    low, high = _calibrated(first, last["forecast"].to_numpy(), confidence)
    inside = float(((last["calls"] >= low) & (last["calls"] <= high)).mean())
    dispersion, quantiles = _errors(joined, confidence)
    return ForecastTest(table, float(wrong.mean()), float(naive_wrong.mean()), gain, inside, dispersion, quantiles)


def _daily_gain(gain: "pd.Series[float]", day: "pd.Series[Any]", confidence: float) -> Interval:
    means = gain.groupby(day).mean().to_numpy(dtype=np.float64)
    mean, days = float(means.mean()), len(means)
    if days < 2:
        return Interval(mean, np.nan, np.nan, confidence, "Student, days")
    reach = float(stats.t.ppf(0.5 + confidence / 2, days - 1) * means.std(ddof=1) / np.sqrt(days))
    return Interval(mean, mean - reach, mean + reach, confidence, "Student, days")


def _spread(forecast: FloatArray, dispersion: float) -> FloatArray:
    return np.asarray(np.sqrt(forecast + dispersion * forecast**2), dtype=np.float64)


def _errors(table: pd.DataFrame, confidence: float) -> tuple[float, tuple[float, float]]:
    """Return the dispersion by moments and the ends of the standardised errors."""
    calls, forecast = (table[name].to_numpy(dtype=np.float64) for name in ("calls", "forecast"))
    squares = float((forecast**2).sum())
    dispersion = max(float(((calls - forecast) ** 2 - forecast).sum()) / squares, 0.0) if squares > 0 else 0.0
    standardised = (calls - forecast) / np.maximum(_spread(forecast, dispersion), 1e-9)
    low, high = np.quantile(standardised, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return dispersion, (float(low), float(high))


def _calibrated(made_of: pd.DataFrame, forecast: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    dispersion, (low, high) = _errors(made_of, confidence)
    reach = _spread(forecast, dispersion)
    return forecast + low * reach, forecast + high * reach
