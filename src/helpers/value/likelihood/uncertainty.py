"""How sure a fit is by its observed information: covariance, standard errors, intervals, and a table to read."""

from contextlib import suppress
from numbers import Real
from typing import ClassVar, Protocol

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError

DIGITS_OF_ERROR, DIGITS_WITHOUT_ERROR = 3, 4


class FittedOnLogScale(Protocol):
    """What a fitted model must show so that its uncertainty can be stated; `LogScaleModel` does."""

    parameter_names: ClassVar[tuple[str, ...]]
    parameters_: dict[str, float]
    log_likelihood_: float
    not_identified_: tuple[str, ...]

    @property
    def fitted_names(self) -> tuple[str, ...]:
        """Names of everything fitted: positive parameters first, effects behind them."""
        ...

    @property
    def fitting_point_(self) -> FloatArray:
        """Fitted values on the fitting scale: logarithms of parameters, effects as they are."""
        ...

    @property
    def information_(self) -> FloatArray:
        """Observed information on the fitting scale."""
        ...


def log_covariance(model: FittedOnLogScale) -> FloatArray:
    """Return the covariance of the fitted values on the fitting scale: the inverse of the observed information.

    Raises
    ------
    InputError
        When the data do not tell every parameter, so that no covariance exists.
    """
    values, vectors = np.linalg.eigh(model.information_)
    if values[0] <= 1e-9 * values[-1]:
        heavy = [n for n, w in zip(model.fitted_names, np.abs(vectors[:, 0]), strict=True) if w > 1 / 3]
        raise InputError(
            Fault(
                f"the data do not tell {', '.join(heavy)}: no standard errors",
                remedy="see notes_ of the model; resampled_models shows how far they range",
            )
        )
    inverse: FloatArray = (vectors / values) @ vectors.T
    return inverse


def parameter_intervals(model: FittedOnLogScale, level: float = 0.95) -> pd.DataFrame:
    """Return estimates with standard errors and intervals that are normal on the fitting scale.

    Parameters
    ----------
    model : FittedOnLogScale
        Fitted.
    level : float
        Coverage.

    Returns
    -------
    DataFrame of shape (p, 4)
        Indexed by parameter: `estimate`, `standard_error` (delta method), `low`, `high`.
    """
    error = np.sqrt(np.diag(log_covariance(model)))
    return interval_table(
        model, error, *(model.fitting_point_ + side * normal_reach(level) * error for side in (-1, 1))
    )


def summarise_fit(model: FittedOnLogScale, level: float = 0.95) -> pd.DataFrame:
    """Put what a fit found into one small table, rounded so that it reads the same on every machine.

    Parameters
    ----------
    model : FittedOnLogScale
        Fitted.
    level : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        One row per parameter: `estimate`, `standard_error`, `low` and `high`, to the third digit of the standard error.
        All of a parameter that the data do not settle is missing. Where no covariance is known, estimates stand alone,
        with four digits. The last row, `log-likelihood`, has an estimate only: nats, to one decimal.

    Raises
    ------
    InputError
        When the model was not fitted, or the level is none.
    """
    check_level(level)
    _ = model.information_  # refuses a model without data
    columns = ["estimate", "standard_error", "low", "high"]
    found = pd.DataFrame({"estimate": model.parameters_}, index=model.fitted_names).reindex(columns=columns)
    with suppress(InputError):  # no covariance; the model's notes_ say why
        found = parameter_intervals(model, level)[columns]
    found.loc[list(model.not_identified_)] = np.nan  # of a likelihood that is flat there, an interval says nothing
    table = found.apply(_rounded, axis="columns").rename_axis("parameter")
    table.loc["log-likelihood", "estimate"] = round(model.log_likelihood_, 1)
    return table


def _rounded(row: "pd.Series[float]") -> "pd.Series[float]":
    error = float(row["standard_error"])
    known = np.isfinite(error) and error > 0
    smallest = error if known else 10.0 ** (2 - DIGITS_WITHOUT_ERROR) * abs(float(row["estimate"]))
    decimals = DIGITS_OF_ERROR - 1 - int(np.floor(np.log10(smallest))) if smallest > 0 else 0
    return row.round(decimals)


def check_level(level: object) -> None:
    """Refuse a coverage that does not lie between 0 and 1.

    Raises
    ------
    InputError
        When it does not.
    """
    if isinstance(level, bool) or not isinstance(level, Real) or not 0 < float(level) < 1:
        raise InputError(
            Fault(
                f"{level!r}",
                where="level",
                allowed="between 0 and 1",
                remedy="give a level above 0 and below 1, such as 0.95",
            )
        )


def normal_reach(level: float) -> float:
    """Return how many standard errors an interval of this coverage reaches to either side."""
    check_level(level)
    return float(norm.ppf((1 + level) / 2))


def interval_table(
    model: FittedOnLogScale, error: FloatArray | None, low: FloatArray, high: FloatArray
) -> pd.DataFrame:
    """Bring both ends, and the error by the delta method, from the fitting scale to the user's."""
    own = len(model.parameter_names)
    estimate = np.array(list(model.parameters_.values()))
    columns = {"estimate": estimate}
    if error is not None:
        columns["standard_error"] = np.concatenate([estimate[:own] * error[:own], error[own:]])
    with np.errstate(over="ignore"):  # an end beyond all numbers is none
        for name, end in (("low", low), ("high", high)):
            columns[name] = np.concatenate([np.exp(end[:own]), end[own:]])
    return pd.DataFrame(columns, index=pd.Index(model.fitted_names, name="parameter"))
