"""Benchmarks of churn and default: usual learners on the Telco contracts and on applicants for credit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit, cross_val_score, cross_validate
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from helpers.value.churn.input import ChurnData, prepare_contracts
from helpers.value.churn.model import ChurnModel
from helpers.value.credit import prepare_applicants, usual_learners

FOLDS_SEED, QUARTERS_SEED = 42, 1337
TELCO_ONLY = "default histogram boosting"


@dataclass(frozen=True)
class StandIn:
    """What the suite has in place of something it cannot work out; never counted as reproduced.

    Parameters
    ----------
    what : str
        What was worked out instead.
    figure : float
        What it gives, in the unit of the figure it stands for.
    """

    what: str
    figure: float


def classifier_figures(contracts: pd.DataFrame, applicants: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Work out the scores of logistic regression and of trees in the parts of the data that others used.

    Parameters
    ----------
    contracts, applicants : DataFrame
        Tables of the Telco and of the credit study.

    Returns
    -------
    dict of str to dict of str to float
        Figures by entry and item.
    """
    telco, credit = prepare_contracts(contracts), prepare_applicants(applicants)
    usual = usual_learners(credit.columns)["logistic_regression"]
    of_telco = _scores("logistic regression", ChurnModel("lines", 0), telco.columns, telco.ended)
    of_credit = _scores("logistic regression", usual, credit.columns, credit.defaulted)
    for name, learner in boosted_trees().items():
        of_telco |= _scores(name, learner, pd.get_dummies(telco.columns, dtype="float64"), telco.ended)
        if name != TELCO_ONLY:
            of_credit |= _scores(name, learner, pd.get_dummies(credit.columns, dtype="float64"), credit.defaulted)
    return {
        **quarter_figures(contracts),
        "telco.cv": {name: score for name, score in of_telco.items() if not name.endswith("Gini")},
        "credit_data.cv": of_credit,
    }


def quarter_figures(contracts: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Work out the benchmark of InterpretML: mean area under the curve over three random quarters.

    Parameters
    ----------
    contracts : DataFrame
        Table of the Telco study.

    Returns
    -------
    dict of str to dict of str to float
        Figures by entry and item.

    References
    ----------
    Nori, Jenkins, Koch & Caruana (2019), InterpretML: a unified framework for machine learning interpretability,
    arXiv:1909.09223; settings as in the benchmark of its README.
    """
    telco = prepare_contracts(contracts)
    forest = RandomForestClassifier(100, random_state=QUARTERS_SEED, n_jobs=1)
    return {
        "telco.interpret": {
            "logistic regression": _area_in_quarters(ChurnModel("lines", 0), telco.columns, telco),
            "random forest": _area_in_quarters(forest, _texts_before_numbers(telco.columns), telco),
        }
    }


def stand_in_figures(contracts: pd.DataFrame) -> dict[str, dict[str, StandIn]]:
    """Work out, in the same three quarters, what comes nearest to the learners that the suite does not hold.

    Parameters
    ----------
    contracts : DataFrame
        Table of the Telco study.

    Returns
    -------
    dict of str to dict of str to StandIn
        Stand-ins by the entry and item of the figure they stand for.
    """
    telco = prepare_contracts(contracts)
    as_usual_there = HistGradientBoostingClassifier(  # the settings that XGBoost had of its own accord
        learning_rate=0.3,
        max_iter=100,
        max_depth=6,
        max_leaf_nodes=None,
        min_samples_leaf=1,
        l2_regularization=1,
        early_stopping=False,
        random_state=QUARTERS_SEED,
    )
    boosted = _area_in_quarters(as_usual_there, _texts_before_numbers(telco.columns), telco)
    curves = _area_in_quarters(ChurnModel("curves", 0), telco.columns, telco)
    return {
        "telco.interpret.others": {
            "XGBoost": StandIn("Histogram boosting with the usual settings of XGBoost", boosted),
            "explainable boosting": StandIn("Curves of one column each, as for churn", curves),
        }
    }


def boosted_trees() -> dict[str, ClassifierMixin]:
    """Return the boosted trees of the benchmarks by name, with the settings stated there."""
    slow = {"learning_rate": 0.05, "max_iter": 100, "max_leaf_nodes": 7}
    return {
        "boosted trees": GradientBoostingClassifier(random_state=FOLDS_SEED),
        "slow histogram boosting": HistGradientBoostingClassifier(**slow, random_state=FOLDS_SEED),
        TELCO_ONLY: HistGradientBoostingClassifier(random_state=FOLDS_SEED),
    }


def _area_in_quarters(learner: object, columns: pd.DataFrame, telco: ChurnData) -> float:
    quarters = StratifiedShuffleSplit(3, test_size=0.25, random_state=QUARTERS_SEED)
    with threadpool_limits(limits=1):
        return float(cross_val_score(learner, columns, telco.ended, cv=quarters, scoring="roc_auc").mean())


def _texts_before_numbers(columns: pd.DataFrame) -> pd.DataFrame:
    """Return one column for each value of a text, then the numbers: trees with a seed depend on the order."""
    texts = pd.get_dummies(columns.select_dtypes(exclude="number"), dtype="float64")
    return texts.join(columns.select_dtypes("number"))


def _scores(name: str, learner: object, columns: pd.DataFrame, outcome: np.ndarray) -> dict[str, float]:
    """Return mean area under the curve, Gini coefficient and Brier score over ten folds."""
    folds = StratifiedKFold(10, shuffle=True, random_state=FOLDS_SEED)
    with threadpool_limits(limits=1):  # several threads gain nothing on so few rows, and lose much where others compute
        found = cross_validate(learner, columns, outcome, cv=folds, scoring=("roc_auc", "neg_brier_score"))
    auc, brier = float(found["test_roc_auc"].mean()), -float(found["test_neg_brier_score"].mean())
    return {f"{name}, AUC": auc, f"{name}, Gini": 2 * auc - 1, f"{name}, Brier": brier}
