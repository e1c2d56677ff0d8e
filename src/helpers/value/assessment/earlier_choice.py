"""Choosing a purchase model before the months it is judged by: part of the time before is held back once more."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir
import pandas as pd

from helpers.errors import InputError
from helpers.value.assessment.model_choice import fit_purchase_models, forecast_purchases, leave_out_extremes
from helpers.value.purchase_history import purchase_history


@dataclass(frozen=True)
class EarlierForecasts:
    """How purchase models forecast weeks that lie before the months held back.

    Parameters
    ----------
    first_day : date
        First day forecast; the models were fitted to what happened before it.
    mae : Series of float
        Mean absolute error by model, purchases per customer.
    """

    first_day: date
    mae: "pd.Series[float]"


def weeks_to_choose_in(weeks_held: float, weeks_before: float) -> int:
    """Return how many of the weeks before are forecast: the share that the weeks held back take of all.

    Examples
    --------
    >>> weeks_to_choose_in(39.0, 38.9), weeks_to_choose_in(39.0, 1.0)
    (19, 0)
    """
    return int(weeks_before * weeks_held / (weeks_held + weeks_before))


def forecast_earlier(
    transactions: ir.Table, *, held_from: date, weeks_held: float, weeks_before: float, repeat_spend_limit: float = 0.0
) -> EarlierForecasts | None:
    """Forecast the last weeks before the months held back by models that saw neither.

    Of the time before, the same share is forecast as the months held back take of all, in whole weeks.

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
    EarlierForecasts or None
        None where the time before is too short, or too few came back in it, to tell the parameters.
    """
    weeks = weeks_to_choose_in(weeks_held, weeks_before)
    if weeks < 1:
        return None
    first_day = held_from - timedelta(weeks=weeks)
    query = purchase_history(transactions, as_of=held_from, holdout_from=first_day)
    history: pd.DataFrame = query.to_pyarrow().to_pandas()
    try:
        history = leave_out_extremes(history, repeat_spend_limit)
        models = fit_purchase_models(history)
    except InputError:
        return None
    forecasts = forecast_purchases(models, history, float(weeks))
    mae = forecasts[list(models)].sub(forecasts["actual"], axis=0).abs().mean()
    return EarlierForecasts(first_day, mae)
