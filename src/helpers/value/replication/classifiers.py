"""Benchmarks of churn and default: usual learners on the Telco contracts and on applicants for credit."""

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit, cross_validate
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from helpers.value.churn_input import prepare_contracts
from helpers.value.churn_model import ChurnModel
from helpers.value.credit import prepare_applicants, usual_learners

FOLDS_SEED, QUARTERS_SEED = 42, 1337
TELCO_ONLY = "default histogram boosting"


def classifier_figures(contracts: pd.DataFrame, applicants: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Work out the scores of logistic regression and of boosted trees in the folds that others used.

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
    lines = ChurnModel("lines", 0)
    quarters = StratifiedShuffleSplit(3, test_size=0.25, random_state=QUARTERS_SEED)
    in_quarters = cross_validate(lines, telco.columns, telco.ended, cv=quarters, scoring="roc_auc")
    usual = usual_learners(credit.columns)["logistic_regression"]
    of_telco = _scores("logistic regression", lines, telco.columns, telco.ended)
    of_credit = _scores("logistic regression", usual, credit.columns, credit.defaulted)
    for name, learner in boosted_trees().items():
        of_telco |= _scores(name, learner, pd.get_dummies(telco.columns, dtype="float64"), telco.ended)
        if name != TELCO_ONLY:
            of_credit |= _scores(name, learner, pd.get_dummies(credit.columns, dtype="float64"), credit.defaulted)
    return {
        "telco.interpret": {"logistic regression": float(in_quarters["test_score"].mean())},
        "telco.cv": {name: score for name, score in of_telco.items() if not name.endswith("Gini")},
        "credit_data.cv": of_credit,
    }


def boosted_trees() -> dict[str, ClassifierMixin]:
    """Return the boosted trees of the benchmarks by name, with the settings stated there."""
    slow = {"learning_rate": 0.05, "max_iter": 100, "max_leaf_nodes": 7}
    return {
        "boosted trees": GradientBoostingClassifier(random_state=FOLDS_SEED),
        "slow histogram boosting": HistGradientBoostingClassifier(**slow, random_state=FOLDS_SEED),
        TELCO_ONLY: HistGradientBoostingClassifier(random_state=FOLDS_SEED),
    }


def _scores(name: str, learner: object, columns: pd.DataFrame, outcome: np.ndarray) -> dict[str, float]:
    """Return mean area under the curve, Gini coefficient and Brier score over ten folds."""
    folds = StratifiedKFold(10, shuffle=True, random_state=FOLDS_SEED)
    with threadpool_limits(limits=1):  # several threads gain nothing on so few rows, and lose much where others compute
        found = cross_validate(learner, columns, outcome, cv=folds, scoring=("roc_auc", "neg_brier_score"))
    auc, brier = float(found["test_roc_auc"].mean()), -float(found["test_neg_brier_score"].mean())
    return {f"{name}, AUC": auc, f"{name}, Gini": 2 * auc - 1, f"{name}, Brier": brier}
