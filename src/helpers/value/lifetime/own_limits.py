"""Each customer's own limit of silence: after how many days without a purchase this customer is late."""

import numpy as np
import pandas as pd

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.value.lifetime.customer_states import StateLearning

_DAYS_PER_WEEK = 7


def own_silence_limits(learning: StateLearning, chance: float | None = None) -> pd.Series:
    """Return after how many days each customer is silent for longer than the own rhythm makes likely.

    A rate known from x gaps that took t has, given the rates of all customers, the shape r + x and the scale alpha + t.
    A living customer is then silent for more than s with the chance (scale / (scale + s)) ** shape; the limit is the s
    at which it falls to `chance`. Frequent customers get a short limit, and those with few purchases one that lies near
    that of everybody.

    Parameters
    ----------
    learning : StateLearning
        From `learn_states`, with a purchase model.
    chance : float, optional
        Between 0 and 1; by default that of the states.

    Returns
    -------
    Series
        Days, by customer_id.

    Raises
    ------
    InputError
        When no rhythm could be learned.

    Source
    ------
    Schmittlein, Morrison and Colombo (1987), Management Science 33(1): gamma rates, Poisson purchases.
    """
    chance = learning.limits.unusual_silence if chance is None else chance
    require_within({"chance": chance}, low=0, high=1, low_open=True, high_open=True)
    if learning.model is None:
        what = f"no customer's own rhythm is known: {learning.why}"
        raise InputError(
            Fault(what, "learning", remedy="take a longer time, or judge by days that are the same for all")
        )
    history = learning.history
    shape = learning.model.parameters_["r"] + history["frequency"].to_numpy(dtype=np.float64)
    scale = learning.model.parameters_["alpha"] + history["age_at_last_purchase"].to_numpy(dtype=np.float64)
    days = scale * np.expm1(-np.log(chance) / shape) * _DAYS_PER_WEEK
    return pd.Series(days, index=pd.Index(history["customer_id"]), name="own_limit_days")
