"""Agents for each interval of a week, with the ends that the uncertainty of the forecast leaves."""

import numpy as np
import pandas as pd

from helpers.core.arrays import IntArray
from helpers.evaluation.call_volumes import ForecastTest
from helpers.evaluation.queues import agents_needed, answered_share


def plan_staff(
    forecast: pd.DataFrame,
    test: ForecastTest,
    *,
    interval_minutes: int,
    handling_seconds: float,
    target_share: float,
    within_seconds: float,
) -> pd.DataFrame:
    """Say how many agents each interval needs, for the forecast and for the ends of its interval.

    Parameters
    ----------
    forecast : DataFrame
        From `forecast_week`.
    test : ForecastTest
        Gives the interval of the calls.
    interval_minutes : int
        Length of an interval.
    handling_seconds, target_share, within_seconds
        As for `agents_needed`.

    Returns
    -------
    DataFrame
        One row per interval: time, calls, calls_low, calls_high, load (erlangs), agents, agents_low, agents_high,
        answered_share (in time, with `agents`), if_many_share (the same, should `calls_high` come), occupancy.
    """
    calls = forecast["forecast"].to_numpy(dtype=np.float64)
    low, high = test.ends(calls)
    per_call = handling_seconds / (60 * interval_minutes)

    def needed(count: "np.ndarray") -> IntArray:
        goal = {"target_share": target_share, "within_seconds": within_seconds}
        return agents_needed(count * per_call, handling_seconds=handling_seconds, **goal)

    agents = needed(calls)
    pace = {"handling_seconds": handling_seconds, "within_seconds": within_seconds}
    table = pd.DataFrame({"time": forecast["time"], "calls": calls, "calls_low": low, "calls_high": high})
    return table.assign(
        load=calls * per_call,
        agents=agents,
        agents_low=needed(low),
        agents_high=needed(high),
        answered_share=answered_share(calls * per_call, agents, **pace),
        if_many_share=answered_share(high * per_call, agents, **pace),
        occupancy=np.divide(calls * per_call, agents, out=np.zeros(len(calls)), where=agents > 0),
    )
