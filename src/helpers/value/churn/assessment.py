"""Can the probabilities be believed? Every customer is judged by a model that has not seen that customer."""

from collections.abc import Mapping
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

from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.checks import require_within
from helpers.value.backtest.probabilities import (
    NOT_USABLE,
    RANKING_ONLY,
    USABLE,
    assess_probabilities,
    calibration_error,
    mean_interval,
)
from helpers.value.churn.input import ChurnData
from helpers.value.churn.model import ChurnModel

_FOLDS_SEED_BELOW = 2**31

CHURN_LEARNERS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "straight lines": MappingProxyType({"learner": "lines", "calibration_folds": 0}),
        "curves": MappingProxyType({"learner": "curves"}),
    }
)
"""Settings of `ChurnModel` by learner tried, the simplest first."""


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
    model: Any, X: pd.DataFrame, ended: BoolArray, *, folds: int = 10, rng: np.random.Generator
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
    # What sets few customers apart exactly is judged by the others, whom these models have not seen.
    models = {name: ChurnModel(refuse_separation=False, **settings) for name, settings in CHURN_LEARNERS.items()}
    return {
        name: forecast_unseen(model, data.columns, data.ended, folds=folds, rng=np.random.default_rng(seed))
        for name, model in models.items()
    }


def choose_learner(
    forecasts: Mapping[str, UnseenForecasts],
    ended: BoolArray,
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
        As for `assess_probabilities`; each learner is judged by the same draws.

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
        quality = assess_probabilities(ended, one.probability, rng=again, draws=draws, confidence=confidence)
        worth[name] = (NOT_USABLE, RANKING_ONLY, USABLE).index(quality.verdict)
        simpler = forecasts[chosen].probability
        gain = (simpler - ended) ** 2 - (one.probability - ended) ** 2
        closer = worth[name] == worth[chosen] and mean_interval(gain, z)[0] > 0
        chosen = name if worth[name] > worth[chosen] or closer else chosen
    return chosen


def compare_learners(models: Mapping[str, UnseenForecasts], ended: BoolArray) -> pd.DataFrame:
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
