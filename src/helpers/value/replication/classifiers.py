"""Benchmarks of churn and default: logistic regression on the Telco contracts and on applicants for credit."""

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit, cross_validate

from helpers.value.churn_input import prepare_contracts
from helpers.value.churn_model import ChurnModel
from helpers.value.credit import prepare_applicants, usual_learners

FOLDS_SEED, QUARTERS_SEED = 42, 1337


def classifier_figures(contracts: pd.DataFrame, applicants: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Work out the scores of logistic regression in the folds that others used.

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
    auc, brier = _ten_fold(usual, credit.columns, credit.defaulted)
    telco_auc, telco_brier = _ten_fold(lines, telco.columns, telco.ended)
    return {
        "telco.interpret": {"logistic regression": float(in_quarters["test_score"].mean())},
        "telco.cv": {"logistic regression, AUC": telco_auc, "logistic regression, Brier": telco_brier},
        "credit_data.cv": {
            "logistic regression, AUC": auc,
            "logistic regression, Gini": 2 * auc - 1,
            "logistic regression, Brier": brier,
        },
    }


def _ten_fold(model: object, columns: pd.DataFrame, outcome: np.ndarray) -> tuple[float, float]:
    folds = StratifiedKFold(10, shuffle=True, random_state=FOLDS_SEED)
    found = cross_validate(model, columns, outcome, cv=folds, scoring=("roc_auc", "neg_brier_score"))
    return float(found["test_roc_auc"].mean()), -float(found["test_neg_brier_score"].mean())
