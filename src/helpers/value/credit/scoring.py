"""Scores of applicants: an additive model with exact reasons, and the usual learners to measure it against."""

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError
from helpers.core.own_names import name_beside
from helpers.core.verdicts import Verdict
from helpers.value.backtest.probabilities import NOT_USABLE, RANKING_ONLY, USABLE, ProbabilityQuality
from helpers.value.churn.checks import OutcomeNames
from helpers.value.churn.model import ChurnModel
from helpers.value.credit.applicants import KNOWN, Applicants
from helpers.value.credit.granting import GrantingRule

CHANGES_NOTHING = "changes no decision for the better"


class DefaultModel(ChurnModel):
    """Probability of default, calibrated, as a sum of one contribution per column on the scale of log odds.

    The same model that forecasts churn (see `helpers.value.churn.model.ChurnModel` for parameters, attributes and
    sources), learnt from applicants. Since the contributions add up exactly, the reasons can be given to an applicant.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> job = rng.choice(["fixed", "none"], 400)
    >>> defaulted = rng.random(400) < np.where(job == "none", 0.4, 0.1)
    >>> columns = pd.DataFrame({"job": job, "income": rng.normal(100, 20, 400)})
    >>> model = DefaultModel(learner="lines").fit(columns, defaulted)
    >>> bool((model.contributions(columns)["job"] > 0).equals(columns["job"] == "none"))
    True
    """

    _outcome: ClassVar[OutcomeNames] = ("who defaulted", "table applicants")


def score_verdict(quality: ProbabilityQuality, rule: GrantingRule) -> Verdict:
    """Judge what a score can be used for.

    Probabilities hold where defaults are as common as among the applicants learnt from; a lender who drew defaults more
    often than others keeps the ranking and loses the level. Only calibrated probabilities may be held against the
    break-even of a loan, and a score that decides as granting everybody would is of no use for that.

    Parameters
    ----------
    quality : ProbabilityQuality
        From `assess_probabilities`, of scores by models that had not seen the applicant.
    rule : GrantingRule
        What granting up to the break-even would have brought.

    Returns
    -------
    Verdict
        Its status says what the score is good for.
    """
    gain, error = "closer than the same probability for everybody", "distance of probability and outcome"
    if not quality.beats_naive:
        return Verdict(gain, quality.gain_interval[0], 0.0, NOT_USABLE, NOT_USABLE)
    if not quality.well_calibrated:
        limit = quality.error_if_right_at_most
        return Verdict(error, quality.calibration_error, limit, RANKING_ONLY, RANKING_ONLY)
    status = USABLE if rule.beats_all else CHANGES_NOTHING
    return Verdict("return of the rule less that of granting everybody", rule.gain_low, 0.0, status, status)


def usual_learners(columns: pd.DataFrame, *, random_state: int = 0) -> dict[str, Pipeline]:
    """Return the learners a score is usually built with, unfitted, as a measure for others.

    Parameters
    ----------
    columns : DataFrame
        `columns` of `Applicants`. They do not learn whether a number was missing, as is usual.
    random_state : int
        Seed of gradient boosting, 0 or more; scikit-learn takes its last 32 bits.

    Returns
    -------
    dict of str to Pipeline
        logistic_regression, gradient_boosting and histogram_boosting, with scikit-learn's settings (the last one
        at half the learning rate, which suits a few thousand rows).
    """
    random_state %= 2**32
    numbers = [name for name in columns.columns if pd.api.types.is_numeric_dtype(columns[name])]
    texts = [name for name in columns.columns if name not in numbers and not _flags_missing(str(name), numbers)]

    def of(scaler: Any) -> ColumnTransformer:
        coded = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        return ColumnTransformer([("texts", coded, texts), ("numbers", scaler, numbers)])

    return {
        "logistic_regression": make_pipeline(of(StandardScaler()), LogisticRegression(max_iter=1000)),
        "gradient_boosting": make_pipeline(of("passthrough"), GradientBoostingClassifier(random_state=random_state)),
        "histogram_boosting": make_pipeline(
            of("passthrough"), HistGradientBoostingClassifier(learning_rate=0.05, random_state=random_state)
        ),
    }


def score_applicants(model: DefaultModel, applicants: Applicants, unseen: FloatArray) -> pd.DataFrame:
    """Return the probability of default of every applicant.

    Parameters
    ----------
    model : DefaultModel
        Fitted on the applicants whose outcome is known; scores the others.
    applicants : Applicants
        From `prepare_applicants`.
    unseen : array
        Probabilities of those whose outcome is known, in their order, each from a model made without that applicant.

    Returns
    -------
    DataFrame
        Rows in the order given: customer_id, probability, decided.

    Raises
    ------
    InputError
        When there is not one probability per applicant whose outcome is known.
    """
    known = int(applicants.decided.sum())
    if len(unseen) != known:
        raise InputError(
            Fault(
                f"{len(unseen):,} probabilities for {known:,} applicants with a known outcome",
                "unseen",
                remedy="give one probability per applicant with a known outcome",
            )
        )
    probability = np.empty(len(applicants.columns))
    probability[applicants.decided] = unseen
    if known < len(probability):
        probability[~applicants.decided] = model.predict_proba(applicants.columns[~applicants.decided])[:, 1]
    scored = {"customer_id": applicants.customer_id, "probability": probability, "decided": applicants.decided}
    return pd.DataFrame(scored)


def _flags_missing(name: str, numbers: list[str]) -> bool:
    return name in [name_beside(number, KNOWN) for number in numbers]
