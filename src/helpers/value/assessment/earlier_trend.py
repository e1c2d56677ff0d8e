"""Where the past was heading before the months held back: the trend that a guess of them may carry on."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.value.assessment.earlier_choice import weeks_to_choose_in
from helpers.value.assessment.model_choice import NAIVE_PURCHASES, leave_out_extremes, naive_forecasts
from helpers.value.purchase_history import purchase_history

PAST_TIMES_TREND = "past_times_trend"


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


def measure_trend(
    transactions: ir.Table, *, held_from: date, weeks_held: float, weeks_before: float, repeat_spend_limit: float = 0.0
) -> EarlierTrend | None:
    """Set what happened in the earlier weeks against the rates of before going on.

    The weeks are those by which a model is chosen (`forecast_earlier`), so that nothing held back is seen.

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
    EarlierTrend or None
        None where the time before is too short, or nobody bought again in one part of it.
    """
    weeks = weeks_to_choose_in(weeks_held, weeks_before)
    if weeks < 1:
        return None
    query = purchase_history(transactions, as_of=held_from, holdout_from=held_from - timedelta(weeks=weeks))
    try:
        history = leave_out_extremes(query.to_pyarrow().to_pandas(), repeat_spend_limit)
    except InputError:
        return None
    purchases = _trend(history["frequency"], history["holdout_purchases"], history, weeks)
    spend = _trend(history["frequency"] * history["mean_repeat_spend"], history["holdout_spend"], history, weeks)
    return EarlierTrend(purchases, spend) if purchases > 0 and spend > 0 else None


def _trend(own: "pd.Series[float]", then: "pd.Series[float]", history: pd.DataFrame, weeks: int) -> float:
    guesses = naive_forecasts(np.asarray(own, dtype=np.float64), history, float(weeks))
    guessed = guesses[NAIVE_PURCHASES[0]].sum()
    return float(then.sum() / guessed) if guessed > 0 else 0.0
