"""How sure a fit is: intervals for parameters, forecasts and single customers.

Three sources of doubt are kept apart. Parameters are uncertain because customers are few: `parameter_intervals`
(normal on the log scale) and `profile_intervals` (likelihood ratio, slower, truer when few). A customer's *mean* is
uncertain only through them: `forecast_intervals`. What a customer will *do* is uncertain besides, by chance:
`purchase_intervals` and `lifetime_value_intervals` draw both. Where the data do not tell every parameter, these two
draw from refits to resampled customers (`resampled_models`).

How often 95 % intervals hold the truth is measured on simulated customers; the figures stand beside the published
ones, in `data/replication`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import chi2

from helpers.core.arrays import FloatArray
from helpers.core.checks import row_labels
from helpers.core.errors import Fault, InputError
from helpers.value.lifetime.gamma_gamma import GammaGamma
from helpers.value.lifetime.lifetime_value import (
    ValueDefinition,
    check_parts,
    draw_lifetime_value,
    estimate_lifetime_value,
    length_in_words,
)
from helpers.value.lifetime.models.arguments import check_chance, check_horizon, check_number
from helpers.value.lifetime.models.base import PurchaseModel
from helpers.value.lifetime.models.rows import gathering
from helpers.value.lifetime.resampling import parameters_not_identified, resampled_models
from helpers.value.likelihood.fitted import LogScaleModel, WeightedLikelihood
from helpers.value.likelihood.maximum_likelihood import Evaluation, maximise
from helpers.value.likelihood.uncertainty import check_level, interval_table, log_covariance, normal_reach

M = TypeVar("M", bound=LogScaleModel)

CELLS_AT_ONCE = 20_000_000
WIDEST = 40.0


def profile_intervals(model: LogScaleModel, level: float = 0.95) -> pd.DataFrame:
    """Return intervals of all values a likelihood-ratio test does not reject, the other parameters refitted to each.

    Parameters
    ----------
    model : LogScaleModel
        Fitted.
    level : float
        Coverage.

    Returns
    -------
    DataFrame of shape (p, 3)
        Indexed by parameter: `estimate`, `low`, `high`; 0 or infinity where the data set no limit.
    """
    check_level(level)
    inner, likelihood = model.fitting_point_ - model.scale_shift_, model.likelihood_
    error = np.sqrt(np.diag(log_covariance(model)))
    floor = likelihood(inner).value - chi2.ppf(level, 1) / 2
    ends = [
        [_profile_end(likelihood, inner, k, side * normal_reach(level) * error[k], floor) for k in range(len(inner))]
        for side in (-1, 1)
    ]
    return interval_table(model, None, *(np.array(end) + model.scale_shift_ for end in ends))


def _profile_end(likelihood: WeightedLikelihood, top: FloatArray, k: int, step: float, floor: float) -> float:
    """Walk from the top in steps that double until the profile is below the floor, then close in."""
    free = np.arange(len(top)) != k
    at = {"point": top.copy()}

    def above_floor(value: float) -> float:
        def rest(point: FloatArray) -> Evaluation:
            whole = likelihood(_fixed(top, k, value, free, point))
            return Evaluation(whole.value, whole.gradient[free], whole.outer[np.ix_(free, free)])

        best, _ = maximise(rest, [at["point"][free]])
        at["point"] = _fixed(top, k, value, free, best.point)
        return best.evaluation.value - floor

    inside, outside = float(top[k]), float(top[k]) + step
    while above_floor(outside) > 0:
        inside, outside = outside, outside + step
        step *= 2
        if abs(outside - top[k]) > WIDEST:
            return float(np.sign(step) * np.inf)
    return float(brentq(above_floor, inside, outside, xtol=1e-5))


def _fixed(top: FloatArray, k: int, value: float, free: np.ndarray, rest: FloatArray) -> FloatArray:
    whole = top.copy()
    whole[k], whole[free] = value, rest
    return whole


def draw_models(model: M, rng: np.random.Generator, draws: int) -> Iterator[M]:
    """Yield the model at parameters drawn from their approximate distribution, normal on the fitting scale."""
    half = np.linalg.cholesky(log_covariance(model))
    for _ in range(draws):
        yield model.at(model.fitting_point_ + half @ rng.standard_normal(len(half)))


def _possible_models(model: M, rng: np.random.Generator, draws: int) -> list[M]:
    """Return the model at parameters it might have: drawn from a normal curve, refitted where there is none."""
    draw = resampled_models if parameters_not_identified(model) else draw_models
    return list(draw(model, rng, draws))


def forecast_intervals(model: PurchaseModel, X: pd.DataFrame, horizon: float, level: float = 0.95) -> pd.DataFrame:
    """Return P(alive) and the mean of future purchases with intervals from the uncertainty of the parameters alone.

    Delta method, on the logit scale for P(alive) and on the log scale for purchases.

    Parameters
    ----------
    model : PurchaseModel
        Fitted.
    X : DataFrame of shape (n, …)
        Purchase histories.
    horizon : float
        Time units ahead.
    level : float
        Coverage.

    Returns
    -------
    DataFrame of shape (n, 6)
        `probability_alive`, `probability_alive_low`, `probability_alive_high`, `expected_purchases`,
        `expected_purchases_low`, `expected_purchases_high`.
    """
    check_horizon(horizon)
    check_level(level)
    point, width = model.fitting_point_, 1e-4
    covariance = log_covariance(model)

    def both(where: FloatArray) -> tuple[FloatArray, FloatArray]:
        table = model.at(where).forecast(X, horizon)
        alive = table["probability_alive"].to_numpy()
        return alive, table["expected_purchases"].to_numpy()

    alive, mean = both(point)
    slopes = []
    for shift in width * np.eye(len(point)):
        up, down = both(point + shift), both(point - shift)
        slopes.append([(up[j] - down[j]) / (2 * width) for j in (0, 1)])
    error = np.sqrt(np.einsum("pjn,pq,qjn->jn", np.array(slopes), covariance, np.array(slopes)))
    reach = normal_reach(level) * error
    certain = (alive <= 0) | (alive >= 1)
    doubt = np.where(certain, 0.0, reach[0] / np.where(certain, 1.0, alive * (1 - alive)))
    spread = np.where(mean > 0, reach[1] / np.where(mean > 0, mean, 1.0), 0.0)
    columns = {
        "probability_alive": alive,
        "probability_alive_low": alive / (alive + (1 - alive) * np.exp(doubt)),
        "probability_alive_high": alive / (alive + (1 - alive) * np.exp(-doubt)),
        "expected_purchases": mean,
        "expected_purchases_low": mean * np.exp(-spread),
        "expected_purchases_high": mean * np.exp(spread),
    }
    return pd.DataFrame(columns, index=X.index)


def purchase_intervals(
    model: PurchaseModel,
    X: pd.DataFrame,
    horizon: float,
    rng: np.random.Generator,
    draws: int = 400,
    level: float = 0.95,
) -> "DrawnIntervals":
    """Return between which numbers each customer's purchases will lie, chance and unsure parameters together.

    Parameters
    ----------
    model : PurchaseModel
        Fitted.
    X : DataFrame of shape (n, …)
        Purchase histories.
    horizon : float
        Time units ahead.
    rng : numpy.random.Generator
        Source of chance.
    draws : int
        Possible futures, each at parameters of its own.
    level : float
        Coverage; counts are whole, so that the true coverage is this or more.

    Returns
    -------
    DrawnIntervals
        In purchases.
    """
    _check_draws(rng, draws, level)
    check_horizon(horizon)
    models = _possible_models(model, rng, draws)

    def draw(part: pd.DataFrame) -> Iterator[FloatArray]:
        rows = model.prepare(part)
        return (one.draw_purchases(rows, [0.0, horizon], rng)[:, 0] for one in models)

    return _drawn(
        X,
        model.expected_purchases(X, horizon),
        draw,
        draws,
        level,
        f"purchases in the next {length_in_words(horizon, model.time_unit)}",
        parameters_not_identified(model),
    )


def lifetime_value_intervals(
    history: pd.DataFrame,
    purchases: PurchaseModel,
    spend: GammaGamma,
    definition: ValueDefinition,
    rng: np.random.Generator,
    draws: int = 400,
    level: float = 0.95,
) -> "DrawnIntervals":
    """Return between which amounts each customer's lifetime value will lie, and that of all together.

    Parameters
    ----------
    history : DataFrame of shape (n, …)
        Purchase histories.
    purchases, spend : PurchaseModel, GammaGamma
        Fitted models.
    definition : ValueDefinition
        What is counted.
    rng : numpy.random.Generator
        Source of chance.
    draws : int
        Possible futures, each at parameters of its own.
    level : float
        Coverage.

    Returns
    -------
    DrawnIntervals
        In study currency.
    """
    faults: list[Fault] = []
    with gathering(faults):
        _check_draws(rng, draws, level)
    with gathering(faults):
        check_parts(history, purchases, spend, definition)
    if faults:
        raise InputError(faults)
    buying, spending = (_possible_models(model, rng, draws) for model in (purchases, spend))
    best = estimate_lifetime_value(history, purchases, spend, definition)["lifetime_value"].to_numpy()

    def draw(part: pd.DataFrame) -> Iterator[FloatArray]:
        rows = purchases.prepare(part)
        for bought, spent in zip(buying, spending, strict=True):
            yield draw_lifetime_value(part, bought, spent, definition, rng, prepared=rows)

    return _drawn(
        history,
        best,
        draw,
        draws,
        level,
        str(definition),
        (*parameters_not_identified(purchases), *parameters_not_identified(spend)),
    )


@dataclass(frozen=True)
class DrawnIntervals:
    """Intervals from drawn futures, for every customer and for all together.

    Parameters
    ----------
    customers : DataFrame of shape (n, 4)
        `customer_id`, `mean` (the model's forecast), `low`, `high`.
    total, total_low, total_high : float
        The same of the sum over customers.
    meaning : str
        What is measured, in one line.
    not_identified : tuple of str
        Parameters that the data do not tell: their models were refitted to resampled customers.
    """

    customers: pd.DataFrame
    total: float
    total_low: float
    total_high: float
    meaning: str
    not_identified: tuple[str, ...] = ()


def _drawn(
    X: pd.DataFrame,
    mean: FloatArray,
    draw: Callable[[pd.DataFrame], Iterator[FloatArray]],
    draws: int,
    level: float,
    meaning: str,
    not_identified: tuple[str, ...],
) -> DrawnIntervals:
    """Draw block by block of customers, so that memory does not grow with their number."""
    tails = [(1 - level) / 2, (1 + level) / 2]
    ends, totals = [], np.zeros(draws)
    step = max(1, CELLS_AT_ONCE // draws)
    for begin in range(0, len(X), step):
        part = X.iloc[begin : begin + step]
        futures = np.stack(list(draw(part)))
        totals += futures.sum(axis=1)
        ends.append(np.quantile(futures, tails, axis=0, method="inverted_cdf"))
    low, high = np.concatenate(ends, axis=1)
    columns = {"customer_id": row_labels(X).to_numpy(), "mean": mean, "low": low, "high": high}
    total_low, total_high = np.quantile(totals, tails)
    return DrawnIntervals(
        pd.DataFrame(columns), float(mean.sum()), float(total_low), float(total_high), meaning, not_identified
    )


def futures_needed(level: float, wanted: int = 400) -> int:
    """Return how many futures to draw for intervals: those wanted, or what leaves two beyond each end.

    Parameters
    ----------
    level : float
        Coverage, between 0 and 1.
    wanted : int
        Futures drawn where that is enough.

    Examples
    --------
    >>> futures_needed(0.95), futures_needed(0.95, wanted=10), futures_needed(0.999)
    (400, 80, 4000)
    """
    check_level(level)
    return max(wanted, int(np.ceil(round(4 / (1 - level), 6))))


def _check_draws(rng: object, draws: object, level: float) -> None:
    """Refuse what is no source of chance, no level, or too few draws for one to fall beyond each end."""
    faults: list[Fault] = []
    with gathering(faults):
        check_chance(rng)
    with gathering(faults):
        check_level(level)
    if not faults:
        # rounded, for 2 / (1 - 0.95) is a little more than 40
        faults += check_number(draws, "draws", low=np.ceil(round(2 / (1 - level), 6)), whole=True)
    if faults:
        raise InputError(faults)
