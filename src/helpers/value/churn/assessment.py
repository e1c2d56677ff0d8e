"""Can the probabilities be believed? Every customer is judged by a model that has not seen that customer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import clone
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.core.groups import equal_groups, mean_of_ties
from helpers.core.intervals import wilson_ends
from helpers.core.results import NamedResult
from helpers.value.churn.input import ChurnData, Flags
from helpers.value.churn.model import ChurnModel
from helpers.value.lifetime.models.rows import offending
from helpers.value.likelihood.maximum_likelihood import FloatArray

_FOLDS_SEED_BELOW = 2**31

CHURN_LEARNERS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "straight lines": MappingProxyType({"learner": "lines", "calibration_folds": 0}),
        "curves": MappingProxyType({"learner": "curves"}),
    }
)
"""Settings of `ChurnModel` by learner tried, the simplest first."""
USABLE, RANKING_ONLY, NOT_USABLE = "usable", "usable for ranking only", "not usable"
CHURN_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        USABLE: "The probabilities can be used for customers drawn as in this table: they beat the naive forecast, and "
        "customers given a probability leave just as often as it says. Elsewhere, where another share may leave, use "
        "their ranking only.",
        RANKING_ONLY: "Use the ranking, not the probabilities: they beat the naive forecast, but are off by more than "
        "chance.",
        NOT_USABLE: "Do not use the probabilities: they do not beat giving everyone the share of all.",
    }
)
"""What may be done with probabilities of leaving, by verdict."""


@dataclass(frozen=True)
class UnseenForecasts:
    """Probabilities of leaving, each from a model that was fitted without that customer.

    Parameters
    ----------
    probability : array, shape (n,)
        Of leaving.
    fold : array of int, shape (n,)
        The part of the customers that was held back together.
    by_fold : DataFrame
        One row per fold: customers, auc, brier.
    """

    probability: FloatArray
    fold: np.ndarray
    by_fold: pd.DataFrame

    @property
    def auc(self) -> float:
        """Mean over the folds: chance that a customer who left was ranked above one who stayed."""
        return float(self.by_fold["auc"].mean())

    @property
    def brier(self) -> float:
        """Mean over the folds of the mean squared difference between probability and outcome."""
        return float(self.by_fold["brier"].mean())


def forecast_unseen(
    model: Any, X: pd.DataFrame, ended: Flags, *, folds: int = 10, rng: np.random.Generator
) -> UnseenForecasts:
    """Fit a model on all folds but one and forecast that one, in turn.

    Parameters
    ----------
    model : scikit-learn classifier
        Unfitted; every fold gets a copy, calibration included.
    X : DataFrame of shape (n, columns)
        Customers.
    ended : array of bool
        Whether the customer left.
    folds : int
        Parts, with equal shares of leavers.
    rng : numpy.random.Generator
        Decides who falls into which part.

    Returns
    -------
    UnseenForecasts
        One probability per customer.

    Raises
    ------
    InputError
        When a fold would hold no customer of either kind.
    """
    fewest = int(min(ended.sum(), (~ended).sum()))
    require_within({"folds": folds}, low=2, high=max(fewest, 2))
    # Plain objects: scikit-learn sorts them twice as fast as pandas texts, once per column, fold and fit.
    texts = {name: "object" for name in X.columns if not pd.api.types.is_numeric_dtype(X[name])}
    X = X.astype(texts)
    split = StratifiedKFold(folds, shuffle=True, random_state=int(rng.integers(_FOLDS_SEED_BELOW)))
    probability, fold, rows = np.empty(len(X)), np.empty(len(X), dtype=np.int64), []
    for number, (seen, unseen) in enumerate(split.split(X, ended), 1):
        # One thread: several notebooks at once would only get into each other's way.
        with threadpool_limits(limits=1):
            fitted = _for_a_part(model).fit(X.iloc[seen], ended[seen])
            probability[unseen] = fitted.predict_proba(X.iloc[unseen])[:, 1]
        fold[unseen] = number
        happened, said = ended[unseen], probability[unseen]
        rows.append([number, len(unseen), roc_auc_score(happened, said), brier_score_loss(happened, said)])
    return UnseenForecasts(probability, fold, pd.DataFrame(rows, columns=["fold", "customers", "auc", "brier"]))


@dataclass(frozen=True)
class ChurnQuality:
    """How good probabilities of leaving are, with intervals over customers.

    Parameters
    ----------
    auc, brier, calibration_error : float
        Over all customers at once; see `assess_churn`.
    auc_interval, brier_interval : (float, float)
        Ends of the interval.
    error_if_right : float
        Calibration error to be expected by chance alone if every probability were exactly right.
    error_if_right_at_most : float
        What that chance error stays below with the chosen confidence.
    naive_brier : float
        Brier score of giving everyone the share that left.
    brier_gain : float
        `naive_brier - brier`: above 0 the model is better than nothing.
    gain_interval : (float, float)
        Of `brier_gain`, paired by customer.
    """

    auc: float
    auc_interval: tuple[float, float]
    brier: float
    brier_interval: tuple[float, float]
    calibration_error: float
    error_if_right: float
    error_if_right_at_most: float
    naive_brier: float
    brier_gain: float
    gain_interval: tuple[float, float]

    @property
    def beats_naive(self) -> bool:
        """Whether the whole interval of the gain lies above zero."""
        return self.gain_interval[0] > 0

    @property
    def well_calibrated(self) -> bool:
        """Whether the calibration error is no larger than chance alone makes it."""
        return self.calibration_error <= self.error_if_right_at_most

    def calibration_results(self) -> Iterator[NamedResult]:
        """Yield the calibration error beside what chance alone makes of it, named for the results file."""
        about = "mean distance of forecast and actual share of leavers over groups of equal size"
        yield NamedResult("churn_calibration_error", self.calibration_error, "share", about)
        about = "the same, to be expected if every probability were exactly right"
        yield NamedResult("churn_calibration_error_by_chance", self.error_if_right, "share", about)
        about = "the same, stayed below with the confidence stated"
        yield NamedResult("churn_calibration_error_allowed", self.error_if_right_at_most, "share", about)

    @property
    def verdict(self) -> str:
        """What the probabilities are good for: a key of `CHURN_ADVICE`."""
        if not self.beats_naive:
            return NOT_USABLE
        return USABLE if self.well_calibrated else RANKING_ONLY


def assess_churn(
    ended: Flags,
    probability: FloatArray,
    *,
    rng: np.random.Generator,
    groups: int = 10,
    draws: int = 999,
    confidence: float = 0.95,
) -> ChurnQuality:
    """Judge probabilities of customers the model had not seen.

    Parameters
    ----------
    ended : array of bool, shape (n,)
        Whether the customer left.
    probability : array, shape (n,)
        Forecast of leaving, in 0..1.
    rng : numpy.random.Generator
        For the calibration error that chance alone makes.
    groups : int
        Groups of equal size behind the calibration error.
    draws : int
        Draws of outcomes behind the chance error.
    confidence : float
        Coverage of intervals.

    Returns
    -------
    ChurnQuality
        AUC with the interval of DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, equation 3; Brier score
        (Brier 1950) with the normal interval of a mean; expected calibration error (Naeini, Cooper and Hauskrecht
        2015, section 2) over groups of equal size.

    Raises
    ------
    InputError
        When a probability is missing or outside 0..1, or all customers are of one kind.
    """
    _check(ended, probability)
    z = float(stats.norm.ppf((1 + confidence) / 2))
    auc, auc_error = _auc(ended, probability)
    squared = (probability - ended) ** 2
    gain = (ended.mean() - ended) ** 2 - squared
    members = _groups(probability, groups)
    by_chance = np.sort(
        [_error(rng.random(len(probability)) < probability, probability, members) for _ in range(draws)]
    )
    return ChurnQuality(
        auc=auc,
        auc_interval=(max(auc - z * auc_error, 0.0), min(auc + z * auc_error, 1.0)),
        brier=float(squared.mean()),
        brier_interval=_mean_interval(squared, z),
        calibration_error=_error(ended, probability, members),
        error_if_right=float(by_chance.mean()),
        error_if_right_at_most=float(np.quantile(by_chance, confidence)),
        naive_brier=float(ended.mean() * (1 - ended.mean())),
        brier_gain=float(gain.mean()),
        gain_interval=_mean_interval(gain, z),
    )


def calibration_error(ended: Flags, probability: FloatArray, *, groups: int = 10) -> float:
    """Return the mean distance between forecast and actual share of leavers, over groups of equal size.

    Examples
    --------
    >>> ended = np.array([False, True, False, True])
    >>> calibration_error(ended, np.array([0.4, 0.4, 0.6, 0.6]), groups=2)
    0.1
    """
    _check(ended, probability)
    return round(_error(ended, probability, _groups(probability, groups)), 12)


def calibration_curve(
    ended: Flags, probability: FloatArray, *, groups: int = 10, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare forecast and actual share of leavers by group of equal size, the most likely to leave first.

    Parameters
    ----------
    ended : array of bool
        Whether the customer left.
    probability : array
        Forecast of leaving.
    groups : int
        Number of groups.
    confidence : float
        Coverage of Wilson's interval of the actual share.

    Returns
    -------
    DataFrame
        One row per group: group, customers, leavers (customers of one forecast share their mean outcome, so that groups
        do not hang on the order of rows), forecast (mean probability), actual (share), low, high,
        as_forecast (whether the forecast lies within), lift (actual over the share of all), captured (share of all
        leavers in this group and those before it).
    """
    _check(ended, probability)
    outcome = mean_of_ties(ended, probability)
    frame = pd.DataFrame({"group": _groups(probability, groups), "ended": outcome, "forecast": probability})
    by_group = frame.groupby("group")
    table = by_group.agg(customers=("ended", "size"), leavers=("ended", "sum"), forecast=("forecast", "mean"))
    table = table.reset_index()
    table["actual"] = table["leavers"] / table["customers"]
    low, high = wilson_ends(table["leavers"], table["customers"], alpha=1 - confidence)
    table["low"], table["high"] = low, high
    table["as_forecast"] = table["forecast"].between(table["low"], table["high"])
    table["lift"] = table["actual"] / ended.mean()
    table["captured"] = table["leavers"].cumsum() / ended.sum()
    return table


def forecast_by_learner(data: ChurnData, *, folds: int, seed: int) -> dict[str, UnseenForecasts]:
    """Forecast every customer by curves and by straight lines, each by models that have not seen the customer.

    Parameters
    ----------
    data : ChurnData
        From `prepare_contracts`.
    folds : int
        Parts of the customers; the same ones for both.
    seed : int
        For the parts.

    Returns
    -------
    dict of str to UnseenForecasts
        "straight lines", which is logistic regression with its own probabilities, and "curves": the simplest first.
    """
    # What few customers are told apart by exactly is judged by the others, whom these models have not seen.
    models = {name: ChurnModel(refuse_separation=False, **settings) for name, settings in CHURN_LEARNERS.items()}
    return {
        name: forecast_unseen(model, data.columns, data.ended, folds=folds, rng=np.random.default_rng(seed))
        for name, model in models.items()
    }


def choose_learner(
    forecasts: Mapping[str, UnseenForecasts],
    ended: Flags,
    *,
    rng: np.random.Generator,
    draws: int = 999,
    confidence: float = 0.95,
) -> str:
    """Return the learner to use: the simplest that none outdoes.

    A learner outdoes a simpler one that is usable for less (probabilities before ranking only before nothing), or for
    as much but whose Brier score is worse by more than chance, paired by customer.

    Parameters
    ----------
    forecasts : mapping of str to UnseenForecasts
        By name, the simplest first, on the same customers.
    ended : array of bool
        Whether the customer left.
    rng, draws, confidence
        As for `assess_churn`; each learner is judged by the same draws.

    Returns
    -------
    str
        A name.
    """
    seed = int(rng.integers(_FOLDS_SEED_BELOW))
    z = float(stats.norm.ppf((1 + confidence) / 2))
    worth, chosen = {}, next(iter(forecasts))
    for name, one in forecasts.items():
        again = np.random.default_rng(seed)
        quality = assess_churn(ended, one.probability, rng=again, draws=draws, confidence=confidence)
        worth[name] = (NOT_USABLE, RANKING_ONLY, USABLE).index(quality.verdict)
        simpler = forecasts[chosen].probability
        gain = (simpler - ended) ** 2 - (one.probability - ended) ** 2
        closer = worth[name] == worth[chosen] and _mean_interval(gain, z)[0] > 0
        chosen = name if worth[name] > worth[chosen] or closer else chosen
    return chosen


def compare_learners(models: Mapping[str, UnseenForecasts], ended: Flags) -> pd.DataFrame:
    """Lay the scores of several models and of the naive forecast side by side.

    Parameters
    ----------
    models : mapping of str to UnseenForecasts
        By name.
    ended : array of bool
        Whether the customer left.

    Returns
    -------
    DataFrame
        One row per model, best Brier score first, and `everyone_equal` last: model, auc, brier, calibration_error.
    """
    rows = [
        [name, one.auc, one.brier, calibration_error(ended, one.probability)]
        for name, one in sorted(models.items(), key=lambda item: (item[1].brier, item[0]))
    ]
    share = float(ended.mean())
    rows.append(["everyone_equal", 0.5, share * (1 - share), 0.0])
    return pd.DataFrame(rows, columns=["model", "auc", "brier", "calibration_error"])


def _for_a_part(model: Any) -> Any:
    """Return the model unfitted; a rare value may be missing from a fold, which is no fault of the column."""
    fresh = clone(model)
    return fresh.set_params(refuse_constant=False) if "refuse_constant" in fresh.get_params() else fresh


def _groups(probability: FloatArray, groups: int) -> np.ndarray:
    return equal_groups(pd.Series(probability), pd.Series(np.arange(len(probability))), n_groups=groups)


def _error(ended: np.ndarray, probability: FloatArray, members: np.ndarray) -> float:
    # Customers of one forecast share their mean outcome, else the order of rows would decide the error.
    difference = np.bincount(members, weights=probability - mean_of_ties(ended, probability))
    return float(np.abs(difference).sum() / len(probability))


def _mean_interval(values: FloatArray, z: float) -> tuple[float, float]:
    mean, reach = float(values.mean()), z * float(values.std(ddof=1)) / np.sqrt(len(values))
    return float(mean - reach), float(mean + reach)


def _auc(ended: Flags, probability: FloatArray) -> tuple[float, float]:
    """Return the AUC and its standard error from the placements of either kind among the other."""
    left, stayed = int(ended.sum()), int((~ended).sum())
    among_all = stats.rankdata(probability)
    above = (among_all[ended] - stats.rankdata(probability[ended])) / stayed
    below = 1 - (among_all[~ended] - stats.rankdata(probability[~ended])) / left
    variance = above.var(ddof=1) / left + below.var(ddof=1) / stayed
    return float(above.mean()), float(np.sqrt(variance))


def _check(ended: Flags, probability: FloatArray) -> None:
    if len(ended) != len(probability):
        raise InputError(
            Fault(
                f"{len(probability):,} probabilities for {len(ended):,} customers",
                "probability",
                remedy="give one probability per customer, in the same order",
            )
        )
    frame = pd.DataFrame({"probability": probability})
    within = (probability >= 0) & (probability <= 1)
    faults = offending(frame, ~within, "probability is missing or outside its range", allowed="0..1")
    if min(ended.sum(), (~ended).sum()) < 2:
        faults.append(
            Fault(
                "fewer than two customers left, or fewer than two stayed",
                where="ended",
                remedy="give a table in which two or more left and two or more stayed",
            )
        )
    if faults:
        raise InputError(faults)
