"""Which purchase model, and does it forecast better than a guess? All are fitted before a holdout and compared on it.

Everything takes purchase histories as `purchase_history` makes them, with a holdout, and counts time in one unit.
"""

import warnings
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError, unknown_name
from helpers.value.lifetime.gamma_gamma import GammaGamma
from helpers.value.lifetime.lifetime_value import expected_spend
from helpers.value.lifetime.models import BGNBD, MBGNBD, ParetoNBD
from helpers.value.lifetime.models.base import PurchaseModel
from helpers.value.lifetime.purchase_fit import repeat_purchase_fit
from helpers.value.likelihood.maximum_likelihood import FitWarning

PURCHASE_MODELS: Mapping[str, type[PurchaseModel]] = MappingProxyType(
    {"bg_nbd": BGNBD, "mbg_nbd": MBGNBD, "pareto_nbd": ParetoNBD}
)
MODEL_NAMES: Mapping[str, str] = MappingProxyType(
    {"bg_nbd": "BG/NBD", "mbg_nbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD"}
)
ALL_NAMES: Mapping[str, str] = MappingProxyType({**MODEL_NAMES, "gamma_gamma": "Gamma-Gamma"})
NAIVE_PURCHASES = ("same_as_before", "everyone_equal")
NOBODY_RETURNS = "nobody_returns"
AUTO = "auto"

SHORTEST_OWN_AGE = 4.0
LARGEST_CLASSES = (7, 60)


def fit_purchase_models(
    history: pd.DataFrame, names: Sequence[str] = tuple(PURCHASE_MODELS), *, time_unit: str = "weeks"
) -> dict[str, PurchaseModel]:
    """Fit several purchase models to the same histories.

    Parameters
    ----------
    history : DataFrame of shape (n, …)
        Purchase histories.
    names : sequence of {"bg_nbd", "mbg_nbd", "pareto_nbd"}
        Which models.
    time_unit : str
        Unit of the ages.

    Returns
    -------
    dict of str to PurchaseModel
        Fitted, by name. What limits a fit stands in its `notes_` and is not warned of besides.

    Raises
    ------
    InputError
        When a name is unknown, or the histories cannot tell the parameters.
    """
    faults = [
        unknown_name(name, list(PURCHASE_MODELS), kind="purchase model")
        for name in names
        if name not in PURCHASE_MODELS
    ]
    if faults:
        raise InputError(faults)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)  # the caller reads notes_
        return {name: PURCHASE_MODELS[name](time_unit=time_unit).fit(history) for name in names}


def fit_spend_model(history: pd.DataFrame, *, currency: str = "") -> GammaGamma:
    """Fit the Gamma-Gamma model to those who paid something for their repeat purchases.

    Parameters
    ----------
    history : DataFrame of shape (n, …)
        `frequency` and `mean_repeat_spend`.
    currency : str
        Study currency, a label.

    Returns
    -------
    GammaGamma
        Fitted; its `notes_` say what limits it. Customers who only got repeat purchases for nothing
        (`buys_for_nothing`) are left out: the model knows no spend of zero.

    Raises
    ------
    InputError
        When nobody bought again, or nobody paid for it.
    """
    free = buys_for_nothing(history)
    if free.any() and not ((history["frequency"] > 0) & ~free).any():
        raise InputError(
            Fault(
                "nobody paid anything for a repeat purchase: no spend to learn from",
                remedy="value customers by their first purchases, or wait for more lines with amounts",
            )
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)  # the caller reads notes_
        return GammaGamma(currency=currency).fit(history[~free])


def buys_for_nothing(history: pd.DataFrame) -> "pd.Series[bool]":
    """Mark customers whose repeat purchases cost nothing at all: samples, replacements, vouchers."""
    return (history["frequency"] > 0) & (history["mean_repeat_spend"] == 0)


def forecast_purchases(models: Mapping[str, PurchaseModel], history: pd.DataFrame, horizon: float) -> pd.DataFrame:
    """Forecast the purchases held out: by the models, and by guesses that need none.

    Parameters
    ----------
    models : dict of str to PurchaseModel
        Fitted before the holdout.
    history : DataFrame of shape (n, …)
        With `holdout_purchases`.
    horizon : float
        Length of the holdout, in the models' time unit.

    Returns
    -------
    DataFrame
        `customer_id`, `actual`, one column per model, and the guesses: `same_as_before` (the customer's own rate goes
        on; the rate of all where the customer was known for less than four time units), `everyone_equal` (the rate of
        all) and `nobody_returns` (none).
    """
    own = history["frequency"].to_numpy(dtype=np.float64)
    return pd.DataFrame(
        {
            "customer_id": history["customer_id"].to_numpy(),
            "actual": history["holdout_purchases"].to_numpy(dtype=np.float64),
            **{name: model.expected_purchases(history, horizon) for name, model in models.items()},
            **naive_forecasts(own, history, horizon),
        }
    )


def forecast_spend(
    model: PurchaseModel, spend: GammaGamma, history: pd.DataFrame, horizon: float, *, name: str
) -> pd.DataFrame:
    """Forecast the spend held out: expected purchases times expected spend, beside the same guesses.

    Parameters
    ----------
    model, spend : PurchaseModel, GammaGamma
        Fitted before the holdout.
    history : DataFrame of shape (n, …)
        With `holdout_spend`.
    horizon : float
        Length of the holdout, in the model's time unit.
    name : str
        Name of the model's column.

    Returns
    -------
    DataFrame
        Columns as of `forecast_purchases`, in study currency, undiscounted.
    """
    own = (history["frequency"] * history["mean_repeat_spend"]).to_numpy(dtype=np.float64)
    return pd.DataFrame(
        {
            "customer_id": history["customer_id"].to_numpy(),
            "actual": history["holdout_spend"].to_numpy(dtype=np.float64),
            name: model.expected_purchases(history, horizon) * expected_spend(history, spend),
            **naive_forecasts(own, history, horizon),
        }
    )


def naive_forecasts(own: FloatArray, history: pd.DataFrame, horizon: float) -> dict[str, FloatArray]:
    """Guess what each customer will do from what each did before, without any model.

    Parameters
    ----------
    own : array of shape (n,)
        Repeat purchases, or spend on them in study currency, of each customer so far.
    history : DataFrame of shape (n, …)
        With `age`.
    horizon : float
        Length of the time guessed, in the unit of `age`.

    Returns
    -------
    dict of str to array of shape (n,)
        The guesses of `forecast_purchases`, in the unit of `own`.
    """
    age = history["age"].to_numpy(dtype=np.float64)
    common = own.sum() / age.sum() if age.sum() > 0 else 0.0
    known = age >= SHORTEST_OWN_AGE
    rate = np.where(known, own / np.where(known, age, 1.0), common)
    same, equal = NAIVE_PURCHASES
    return {
        same: rate * horizon,
        equal: np.full(len(own), common * horizon),
        NOBODY_RETURNS: np.zeros(len(own)),
    }


def rate_models(models: Mapping[str, PurchaseModel], history: pd.DataFrame, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Put side by side how well each model fits and how well it forecast.

    Parameters
    ----------
    models : dict of str to PurchaseModel
        Fitted before the holdout.
    history : DataFrame of shape (n, …)
        The histories they were fitted to.
    forecasts : DataFrame
        From `forecast_purchases`.

    Returns
    -------
    DataFrame
        By `model`: `log_likelihood` (nats), `chi_square` and `p_value` of the distribution of repeat purchases, and of
        the holdout `correlation` with the actual purchases, `mae` (mean absolute error, purchases per customer) and
        `total_error` (forecast over actual total, less one; missing when nobody bought); `sound`: a fit without caveat.
    """
    largest, actual = largest_class(history), forecasts["actual"]
    rows = []
    for name, model in models.items():
        fit = repeat_purchase_fit(model, history, largest)
        rows.append(
            {
                "model": name,
                "log_likelihood": model.log_likelihood_,
                "chi_square": fit.chi_square,
                "p_value": fit.p_value,
                "correlation": _correlation(forecasts[name], actual),
                "mae": float((forecasts[name] - actual).abs().mean()),
                "total_error": total_error(forecasts, name),
                "sound": not model.notes_,
            }
        )
    return pd.DataFrame(rows).set_index("model")


def _correlation(one: "pd.Series[float]", other: "pd.Series[float]") -> float:
    if len(one) < 2 or one.std() == 0 or other.std() == 0:
        return float("nan")
    return float(one.corr(other))


def compare_counts(models: Mapping[str, PurchaseModel], history: pd.DataFrame) -> pd.DataFrame:
    """Count customers by repeat purchases, as observed and as each model expects.

    Parameters
    ----------
    models : dict of str to PurchaseModel
        Fitted.
    history : DataFrame of shape (n, …)
        The histories they were fitted to.

    Returns
    -------
    DataFrame
        By `frequency` (the last row stands for it and above): `actual`, then one column per model, in customers.
    """
    fits = {name: repeat_purchase_fit(model, history, largest_class(history)) for name, model in models.items()}
    actual = next(iter(fits.values())).counts["actual"]
    return pd.DataFrame({"actual": actual, **{name: fit.counts["expected"] for name, fit in fits.items()}})


def total_error(forecasts: pd.DataFrame, name: str) -> float:
    """Return the forecast total over the actual total, less one; missing when nothing happened."""
    actual = float(forecasts["actual"].sum())
    return float(forecasts[name].sum()) / actual - 1 if actual > 0 else float("nan")


def largest_class(history: pd.DataFrame) -> int:
    """Return the last class of a distribution of repeat purchases: 7, as in the literature, or more for busy shops.

    Examples
    --------
    >>> largest_class(pd.DataFrame({"frequency": [0, 0, 1, 3]})), largest_class(pd.DataFrame({"frequency": [30] * 9}))
    (7, 30)
    """
    low, high = LARGEST_CLASSES
    return int(np.clip(np.ceil(history["frequency"].quantile(0.95)), low, high))


def choose_model(rating: pd.DataFrame, wanted: str = AUTO, *, by: str = "mae") -> str:
    """Return the model asked for, or the one with the smallest error among those soundly fitted.

    A model whose parameters the data do not tell has no intervals, so it is taken only where no other is sound.

    Parameters
    ----------
    rating : DataFrame
        From `rate_models`.
    wanted : str
        Name of a model, or "auto".
    by : str
        Column of the rating that holds the errors.

    Raises
    ------
    InputError
        When the model asked for was not fitted.
    """
    if wanted == AUTO:
        sound = rating[rating["sound"]] if rating["sound"].any() else rating
        return str(sound[by].idxmin())
    if wanted not in rating.index:
        raise InputError(unknown_name(wanted, [AUTO, *map(str, rating.index)], kind="purchase model"))
    return wanted


def model_without_test(wanted: str = AUTO) -> str:
    """Return the model to take where no months can be held back: the one asked for, else the simplest.

    Examples
    --------
    >>> model_without_test(), model_without_test("pareto_nbd")
    ('bg_nbd', 'pareto_nbd')
    """
    return next(iter(PURCHASE_MODELS)) if wanted == AUTO else wanted


def leave_out_extremes(history: pd.DataFrame, repeat_spend_limit: float) -> pd.DataFrame:
    """Return the histories without customers whose repeat purchases came to more than a limit.

    Parameters
    ----------
    history : DataFrame of shape (n, …)
        `frequency`, `mean_repeat_spend` and, with a holdout, `holdout_spend`, which counts as well.
    repeat_spend_limit : float
        In study currency; 0 keeps everyone.

    Raises
    ------
    InputError
        When nobody would be left.
    """
    if not repeat_spend_limit:
        return history
    spend = history["frequency"] * history["mean_repeat_spend"]
    if "holdout_spend" in history:
        spend = spend + history["holdout_spend"]
    kept = history[spend <= repeat_spend_limit].reset_index(drop=True)
    if kept.empty:
        what = f"all {len(history):,} customers spent more than {repeat_spend_limit:g} on repeat purchases"
        raise InputError(Fault(what, where="repeat_spend_limit", remedy="raise the limit, or set it to 0"))
    return kept


def interval_coverage(intervals: pd.DataFrame, actual: "pd.Series[float]") -> float:
    """Return the share of customers whose outcome lies within its interval.

    Parameters
    ----------
    intervals : DataFrame of shape (n, …)
        `low` and `high`, one row per customer.
    actual : Series of shape (n,)
        What happened, in the same order.
    """
    values = actual.to_numpy()
    return float(np.mean((values >= intervals["low"].to_numpy()) & (values <= intervals["high"].to_numpy())))
