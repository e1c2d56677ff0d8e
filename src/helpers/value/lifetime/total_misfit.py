"""The total of a forecast with an allowance for misfit: how far forecasts from earlier days missed what followed.

Drawn futures know the doubt about parameters and chance, and take the model for true. Summed over customers both grow
small, while the error of the model stays.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
from scipy import stats

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.value.lifetime.assessment.model_choice import fit_purchase_models
from helpers.value.lifetime.intervals import DrawnIntervals
from helpers.value.lifetime.purchase_history import purchase_history

CUTS: tuple[float, ...] = (1 / 2, 5 / 8, 3 / 4)
_DAYS_PER_WEEK = 7


def past_errors_of_total(
    transactions: ir.Table, as_of: date, model: str, *, cuts: Sequence[float] = CUTS
) -> tuple[float, ...]:
    """Forecast the purchases of all customers from earlier days, by a model fitted to what was known then.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions.
    as_of : date
        Purchases on or after it are not used.
    model : str
        As `fit_purchase_models` names it.
    cuts : sequence of float
        Parts of the time on record after which a forecast is made, above 0 and below 1.

    Returns
    -------
    tuple of float
        Logarithm of actual over forecast purchases from each of these days to `as_of`.

    Raises
    ------
    InputError
        When nothing was bought before or after one of the days, or the model cannot be fitted then.
    """
    for cut in cuts:
        require_within({"cut": cut}, low=0, high=1, low_open=True, high_open=True)
    first = transactions.time.cast("date").min().to_pyarrow().as_py()
    errors = []
    for cut in cuts if first is not None else ():
        day = first + timedelta(days=round(cut * (as_of - first).days))
        table = purchase_history(transactions, as_of=as_of, holdout_from=day)
        history = table.to_pyarrow().to_pandas()
        actual = float(history["holdout_purchases"].sum())
        if not actual > 0:
            raise InputError(
                Fault(
                    f"nobody known on {day} bought from then to {as_of}",
                    where="transactions",
                    remedy="give a longer history, or an earlier day",
                )
            )
        fitted = fit_purchase_models(history, [model])[model]
        expected = fitted.expected_purchases(history, (as_of - day).days / _DAYS_PER_WEEK).sum()
        errors.append(float(np.log(actual / expected)))
    return tuple(errors)


def total_with_misfit(drawn: DrawnIntervals, errors: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Widen the interval of a total by the errors of earlier forecasts.

    It is conservative where the model is true: there nothing is missed but by chance, which the draws hold already, and
    it held the total in every simulated sample (`data/replication`). The allowance is for models that are not: with it
    the three models hold what the customers of CDNOW then bought.

    Parameters
    ----------
    drawn : DrawnIntervals
        Of the total, at the same level.
    errors : sequence of float
        From `past_errors_of_total`.
    level : float
        Coverage.

    Returns
    -------
    (float, float)
        On the log scale the variance of the draws and the mean squared error are added; the quantile is Student's with
        a degree of freedom for every error. Where the interval of the draws reaches zero, on the total's own scale.

    Raises
    ------
    InputError
        Without an error, or with a level outside 0 to 1.
    """
    require_within({"level": level}, low=0, high=1, low_open=True, high_open=True)
    if not len(errors):
        raise InputError(
            Fault(
                "no earlier forecast to learn the error from",
                where="errors",
                remedy="give at least one earlier forecast",
            )
        )
    normal, student = stats.norm.ppf((1 + level) / 2), stats.t.ppf((1 + level) / 2, len(errors))
    misfit = float(np.mean(np.square(errors)))
    if drawn.total_low > 0:
        spread = np.log(drawn.total_high / drawn.total_low) / (2 * normal)
        factor = np.exp(student * np.hypot(spread, np.sqrt(misfit)))
        return float(drawn.total / factor), float(drawn.total * factor)
    spread = (drawn.total_high - drawn.total_low) / (2 * normal)
    reach = student * np.hypot(spread, np.sqrt(misfit) * drawn.total)
    return float(drawn.total - reach), float(drawn.total + reach)
