"""Does a purchase model fit, and does it forecast? The comparisons the literature makes, as tables.

Every function takes purchase histories as `purchase_history` makes them, and a fitted (or stated) model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import chi2

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError
from helpers.value.lifetime.models.arguments import check_largest
from helpers.value.lifetime.models.base import PurchaseModel
from helpers.value.lifetime.models.rows import check_history, numeric_columns
from helpers.value.lifetime.purchase_history import DAYS_PER_UNIT


@dataclass(frozen=True)
class CountFit:
    """How many customers bought how often, and how many the model expects.

    Parameters
    ----------
    counts : DataFrame
        Indexed by `frequency` (the last row stands for it and above): `actual` and `expected` customers.
    chi_square : float
        Pearson's statistic.
    degrees_of_freedom : int
        Classes less one less the parameters.
    p_value : float
        Chance of a larger statistic if the model were right.
    """

    counts: pd.DataFrame
    chi_square: float
    degrees_of_freedom: int
    p_value: float


def repeat_purchase_fit(model: PurchaseModel, history: pd.DataFrame, largest: int = 7) -> CountFit:
    """Compare the distribution of repeat purchases with the one the model expects of customers of these ages.

    Parameters
    ----------
    model : PurchaseModel
        Fitted, without covariates.
    history : DataFrame of shape (n, …)
        The histories it was fitted to.
    largest : int
        Last class, which takes all higher counts.

    Returns
    -------
    CountFit

    References
    ----------
    Fader, Hardie & Lee (2005), Marketing Science 24(2), section 7 and figure 2.
    """
    check_largest(largest)
    freedom = largest - len(model.parameter_names)
    if freedom < 1:
        raise InputError(
            Fault(
                f"{largest}",
                where="largest",
                allowed=f"above {len(model.parameter_names)}",
                remedy="take a larger number",
            )
        )
    frequency, _, age = check_history(history, model.history_columns, discrete=model.discrete)
    ages, customers = np.unique(age, return_counts=True)
    below = sum(
        n * model.repeat_purchase_probabilities(float(age), largest - 1) for age, n in zip(ages, customers, strict=True)
    )
    expected = np.append(below, len(history) - np.sum(below))
    actual = np.bincount(np.minimum(frequency, largest).astype(int), minlength=largest + 1)
    statistic = float(((actual - expected) ** 2 / expected).sum())
    table = pd.DataFrame({"actual": actual, "expected": expected}, index=pd.RangeIndex(largest + 1, name="frequency"))
    return CountFit(table, statistic, freedom, float(chi2.sf(statistic, freedom)))


def expectation_by(
    history: pd.DataFrame, expected: FloatArray, by: str = "frequency", largest: int = 7
) -> pd.DataFrame:
    """Compare mean forecasts with mean holdout purchases, by frequency before the holdout.

    Parameters
    ----------
    history : DataFrame of shape (n, …)
        With `holdout_purchases`.
    expected : ndarray of shape (n,)
        Forecast of each customer's holdout purchases.
    by : str
        Column of whole numbers to group by.
    largest : int
        Last group, which takes all higher values.

    Returns
    -------
    DataFrame
        Indexed by the group: `customers`, `actual`, `expected` (means per customer).

    References
    ----------
    Fader, Hardie & Lee (2005), Marketing Science 24(2), figure 4.
    """
    check_largest(largest)
    values, actual = numeric_columns(history, (by, "holdout_purchases"))
    if np.shape(expected) != (len(history),):
        what = f"{np.shape(expected)} forecasts for {len(history):,} customers"
        raise InputError(
            Fault(
                what,
                where="expected",
                allowed="one per customer",
                remedy="give one forecast per customer, in the same order",
            )
        )
    groups = pd.Series(np.minimum(np.floor(values), largest).astype(int), index=history.index, name=by)
    frame = pd.DataFrame({"actual": actual, "expected": expected}, index=history.index)
    return frame.groupby(groups).agg(
        customers=("actual", "size"), actual=("actual", "mean"), expected=("expected", "mean")
    )


def cumulative_repeat_purchases(
    model: PurchaseModel, first_days: Sequence[date] | pd.Series, at: Sequence[date]
) -> FloatArray:
    """Return the repeat purchases a cohort is expected to have made by given days: the tracking plot's line.

    Parameters
    ----------
    model : PurchaseModel
        Fitted in days or weeks, without covariates.
    first_days : sequence of date of shape (n,)
        Day of each customer's first purchase.
    at : sequence of date of shape (m,)
        Days at whose end to count.

    Returns
    -------
    ndarray of shape (m,)
        Expected repeat purchases of all customers together.

    References
    ----------
    Fader, Hardie & Lee (2005), Marketing Science 24(2), figure 3.
    """
    if model.time_unit not in DAYS_PER_UNIT:
        raise InputError(
            Fault(
                f"the model counts {model.time_unit}",
                allowed=", ".join(DAYS_PER_UNIT),
                remedy="fit a model that counts one of these",
            )
        )
    days, customers = np.unique(_days(first_days, "first_days"), return_counts=True)
    ends = _days(list(at), "at")
    ages = (ends[:, None] - days[None, :]).astype(int) / DAYS_PER_UNIT[model.time_unit]
    distinct, place = np.unique(np.maximum(ages, 0.0), return_inverse=True)
    return np.asarray(model.expected_purchases_of_new(distinct)[place].reshape(ages.shape) @ customers)


def _days(values: Sequence[date] | pd.Series, where: str) -> np.ndarray:
    try:
        days = pd.to_datetime(pd.Series(values))
    except (TypeError, ValueError) as error:
        raise InputError(
            Fault(f"no days ({error})", where=where, allowed="dates", remedy="turn the column into dates")
        ) from None
    if days.isna().any():
        raise InputError(
            Fault(
                f"{int(days.isna().sum()):,} days are missing",
                where=where,
                allowed="dates",
                remedy="fill in the dates, or leave these customers out",
            )
        )
    return days.to_numpy("datetime64[D]")
