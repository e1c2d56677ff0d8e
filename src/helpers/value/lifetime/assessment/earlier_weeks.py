"""The weeks before the months held back: a model is chosen by them, and the trend measured that a guess carries on.

What is decided here has seen nothing of the months that judge it.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.errors import InputError
from helpers.value.lifetime.assessment.model_choice import (
    NAIVE_PURCHASES,
    fit_purchase_models,
    forecast_purchases,
    leave_out_extremes,
    naive_forecasts,
)
from helpers.value.lifetime.purchase_history import purchase_history

PAST_TIMES_TREND = "past_times_trend"


@dataclass(frozen=True)
class EarlierWeeks:
    """Customers won before the earlier weeks, and what they did in them.

    Parameters
    ----------
    first_day : date
        First day of these weeks; they end where the months held back begin.
    weeks : int
        How many they are.
    history : DataFrame
        From `purchase_history`: until `first_day`, with the weeks themselves as its holdout.
    """

    first_day: date
    weeks: int
    history: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class EarlierTrend:
    """What happened in earlier weeks, over what the past going on would have made of them.

    Parameters
    ----------
    purchases, spend : float
        Of repeat purchases and of spend on them, over all customers; below one where customers cool off.
    """

    purchases: float
    spend: float


def weeks_to_choose_in(weeks_held: float, weeks_before: float) -> int:
    """Return how many of the weeks before are set apart: the share that the weeks held back take of all.

    Examples
    --------
    >>> weeks_to_choose_in(39.0, 38.9), weeks_to_choose_in(39.0, 1.0)
    (19, 0)
    """
    return int(weeks_before * weeks_held / (weeks_held + weeks_before))


def observe_earlier(
    transactions: ir.Table, *, held_from: date, weeks_held: float, weeks_before: float, repeat_spend_limit: float = 0.0
) -> EarlierWeeks | None:
    """Set the last weeks before the months held back apart from the time before them.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines.
    held_from : date
        First day held back; nothing on it or after it is used.
    weeks_held, weeks_before : float
        Length of the time held back, and from the first purchase of all until then.
    repeat_spend_limit : float
        See `leave_out_extremes`.

    Returns
    -------
    EarlierWeeks or None
        None where the time before is too short, or nobody is left in it.
    """
    weeks = weeks_to_choose_in(weeks_held, weeks_before)
    if weeks < 1:
        return None
    first_day = held_from - timedelta(weeks=weeks)
    # An engine that refuses is no sign of a short time before.
    history = purchase_history(transactions, as_of=held_from, holdout_from=first_day).to_pyarrow().to_pandas()
    try:
        return EarlierWeeks(first_day, weeks, leave_out_extremes(history, repeat_spend_limit))
    except InputError:
        return None


def forecast_earlier(earlier: EarlierWeeks) -> "pd.Series[float] | None":
    """Forecast the earlier weeks by models that saw only the time before them.

    Parameters
    ----------
    earlier : EarlierWeeks
        From `observe_earlier`.

    Returns
    -------
    Series of float or None
        Mean absolute error by model, purchases per customer; None where too few came back to tell the parameters.
    """
    try:
        models = fit_purchase_models(earlier.history)
    except InputError:
        return None
    forecasts = forecast_purchases(models, earlier.history, float(earlier.weeks))
    return forecasts[list(models)].sub(forecasts["actual"], axis=0).abs().mean()


def measure_trend(earlier: EarlierWeeks) -> EarlierTrend | None:
    """Set what happened in the earlier weeks against the rates of before going on.

    Parameters
    ----------
    earlier : EarlierWeeks
        From `observe_earlier`.

    Returns
    -------
    EarlierTrend or None
        None where nobody bought again in one part of the time.
    """
    history = earlier.history
    purchases = _trend(history["frequency"], history["holdout_purchases"], earlier)
    spend = _trend(history["frequency"] * history["mean_repeat_spend"], history["holdout_spend"], earlier)
    return EarlierTrend(purchases, spend) if purchases > 0 and spend > 0 else None


def _trend(own: "pd.Series[float]", then: "pd.Series[float]", earlier: EarlierWeeks) -> float:
    guesses = naive_forecasts(np.asarray(own, dtype=np.float64), earlier.history, float(earlier.weeks))
    guessed = guesses[NAIVE_PURCHASES[0]].sum()
    return float(then.sum() / guessed) if guessed > 0 else 0.0
