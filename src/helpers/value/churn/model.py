"""A churn model that can be read: additive in its columns, so that every probability splits exactly into reasons."""

from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.errors import Fault, InputError, unknown_name
from helpers.value.churn.checks import OutcomeNames, check_forecast, check_learnt, separates_exactly, separation

LEARNERS = ("curves", "lines")
_UNKNOWN = np.nan
_SUSPICIOUS_AUC = 0.99


class ChurnModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Probability of leaving, calibrated, as a sum of one contribution per column on the scale of log odds.

    With `curves`, every column acts through a step curve of its own (gradient boosting without interactions: a
    generalised additive model); with `lines`, through a straight line or one value per text (logistic regression). In
    both, the log odds of a customer are exactly the sum of what the columns contribute. The calibration is a straight
    line on the log odds, learnt from predictions for customers the model had not seen, and keeps that property.

    Parameters
    ----------
    learner : {"curves", "lines"}
        Shape of the effect of a column.
    calibration_folds : int
        Folds behind the calibration; 0 leaves the learner's own probabilities.
    random_state : int
        Seed of the folds.
    refuse_constant : bool
        Whether a column that is the same in all rows is refused. Without, it adds nothing to any forecast: for parts of
        customers that were checked together.
    refuse_separation : bool
        Whether columns that tell exactly who left, alone or together, are refused. Without, `find_separation` tells.

    Attributes
    ----------
    classes_ : ndarray
        `[False, True]`.
    feature_names_in_ : ndarray of str
        Columns learnt from.
    calibration_ : tuple of two float
        Intercept and slope of the calibration on log odds; (0, 1) without.
    base_log_odds_ : float
        Calibrated log odds of a customer whose columns all act as they do on average.

    References
    ----------
    Hastie & Tibshirani (1990), Generalized Additive Models; Lou, Caruana & Gehrke (2012), Intelligible models for
    classification and regression, KDD; Platt (1999), Probabilistic outputs for support vector machines (calibration).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> plan = rng.choice(["monthly", "yearly"], 400)
    >>> ended = rng.random(400) < np.where(plan == "monthly", 0.4, 0.1)
    >>> columns = pd.DataFrame({"plan": plan, "bill": rng.normal(50, 10, 400)})
    >>> model = ChurnModel(learner="lines").fit(columns, ended)
    >>> bool((model.contributions(columns)["plan"] > 0).equals(columns["plan"] == "monthly"))
    True
    """

    _outcome: ClassVar[OutcomeNames] = ("who left", "table contracts")

    def __init__(
        self,
        learner: str = "curves",
        calibration_folds: int = 3,
        random_state: int = 0,
        refuse_constant: bool = True,
        refuse_separation: bool = True,
    ) -> None:
        self.learner = learner
        self.calibration_folds = calibration_folds
        self.random_state = random_state
        self.refuse_constant = refuse_constant
        self.refuse_separation = refuse_separation

    def fit(self, X: pd.DataFrame, y: object) -> Self:
        """Learn who leaves, then calibrate.

        Parameters
        ----------
        X : DataFrame of shape (n, columns)
            From `prepare_contracts`: numbers, and texts for everything else.
        y : array of bool, shape (n,)
            Whether the customer left.

        Returns
        -------
        Self
            Fitted.

        Raises
        ------
        InputError
            All faults at once, rows counted and the first few named: an unknown learner; an outcome that is missing, no
            flag, the same for all, or of another length; columns with gaps, infinite numbers, dates, too many texts,
            the same value in all rows, or that alone tell exactly who left. After these, columns that do so together
            (perfect separation).
        """
        ended = check_learnt(
            X,
            y,
            outcome=self._outcome,
            each_at_least=max(1, self.calibration_folds),
            constant=self.refuse_constant,
            separation=self.refuse_separation,
            faults=self._setting_faults(),
        )
        self.classes_ = np.array([False, True])
        self.feature_names_in_ = np.array(X.columns, dtype=object)
        self._numeric = {name: bool(pd.api.types.is_numeric_dtype(X[name])) for name in X.columns}
        # One thread: the data are small, and several notebooks at once would only get into each other's way.
        with threadpool_limits(limits=1):
            self._learner = _pipeline(self.learner, X).fit(X, ended)
            found = self._separation(X, ended) if self.refuse_separation else None
            if found is not None:
                raise InputError(found)
            self.calibration_ = self._calibrated(X, ended)
            self._reference = X.iloc[[0]].reset_index(drop=True)
            against = self._against_reference(X)
            start = float(self._raw(self._reference)[0])
        self._means = {name: float(values.mean()) for name, values in against.items()}
        self._ends = {name: (float(values.min()), float(values.max())) for name, values in against.items()}
        start += sum(self._means.values())
        self.base_log_odds_ = self.calibration_[0] + self.calibration_[1] * start
        return self

    def decision_function(self, X: pd.DataFrame) -> FloatArray:
        """Return the calibrated log odds of leaving, of shape (n,).

        Raises
        ------
        InputError
            For columns that are missing, of another kind than learnt, or hold gaps; all faults at once.
        """
        check_is_fitted(self, "calibration_")
        check_forecast(X, self._numeric, table=self._outcome[1])
        intercept, slope = self.calibration_
        with threadpool_limits(limits=1):
            return intercept + slope * self._raw(X)

    def predict_proba(self, X: pd.DataFrame) -> FloatArray:
        """Return the probabilities of staying and of leaving, of shape (n, 2)."""
        leaving: FloatArray = expit(self.decision_function(X))
        return np.column_stack([1 - leaving, leaving])

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return whether leaving is more likely than staying; see `choose_threshold` for whom to contact."""
        above: np.ndarray = self.decision_function(X) > 0
        return above

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return what each column adds to the log odds of each customer, against the average customer.

        Parameters
        ----------
        X : DataFrame
            Customers.

        Returns
        -------
        DataFrame
            Same rows and columns. A row's sum plus `base_log_odds_` is exactly its `decision_function`: nothing is
            approximated, since no two columns act together in this model.

        Raises
        ------
        InputError
            As for `decision_function`.
        """
        check_is_fitted(self, "calibration_")
        check_forecast(X, self._numeric, table=self._outcome[1])
        slope = self.calibration_[1]
        with threadpool_limits(limits=1):
            against = self._against_reference(X)
        return pd.DataFrame(
            {name: slope * (values - self._means[name]) for name, values in against.items()}, index=X.index
        )

    def summary(self) -> pd.DataFrame:
        """Return what each column does, rounded, as a table to read.

        Returns
        -------
        DataFrame
            One row per column, the one that moves the log odds furthest first: column, lowest and highest (contribution
            to the log odds among the customers learnt from, against the average customer), odds_ratio (of the
            customers at these two ends, all else equal).
        """
        check_is_fitted(self, "calibration_")
        slope = self.calibration_[1]
        ends = np.sort([[slope * (end - self._means[name]) for end in self._ends[name]] for name in self._means])
        table = pd.DataFrame(ends, columns=["lowest", "highest"])
        table.insert(0, "column", list(self._means))
        table["odds_ratio"] = np.exp(table["highest"] - table["lowest"])
        return table.sort_values(["odds_ratio", "column"], ascending=[False, True], ignore_index=True).round(2)

    def _setting_faults(self) -> list[Fault]:
        faults = []
        if self.learner not in LEARNERS:
            faults.append(unknown_name(self.learner, LEARNERS, kind="learner", where="learner"))
        if self.calibration_folds < 0 or self.calibration_folds == 1:
            faults.append(
                Fault(
                    f"{self.calibration_folds} is out of range",
                    "calibration_folds",
                    "0, or 2 or more",
                    remedy="give 0, or 2 or more",
                )
            )
        return faults

    def find_separation(self, X: pd.DataFrame, ended: BoolArray) -> Fault | None:
        """Return the columns that together tell exactly who left, as a fault; None where none do.

        Parameters
        ----------
        X, ended
            What the model was fitted to.
        """
        check_is_fitted(self, "calibration_")
        with threadpool_limits(limits=1):
            return self._separation(X, ended)

    def _separation(self, X: pd.DataFrame, ended: BoolArray) -> Fault | None:
        """Look for columns that tell the outcome exactly; only a nearly perfect ranking is worth the second look."""
        raw = self._raw(X)
        if roc_auc_score(ended, raw) < _SUSPICIOUS_AUC:
            return None

        def as_learnt(columns: pd.DataFrame) -> FloatArray:
            return _scores(_pipeline(self.learner, columns), columns, ended)

        def hardly_penalised(columns: pd.DataFrame) -> FloatArray:
            return _scores(_pipeline("lines", columns).set_params(logisticregression__C=1e6), columns, ended)

        for learn in (as_learnt, hardly_penalised):
            if separates_exactly(ended, raw if learn is as_learnt else learn(X)):
                return separation(X, ended, learn, outcome=self._outcome)
        return None

    def _raw(self, X: pd.DataFrame) -> FloatArray:
        values: FloatArray = self._learner.decision_function(X[list(self.feature_names_in_)])
        return values

    def _against_reference(self, X: pd.DataFrame) -> dict[str, FloatArray]:
        """Return, by column, the raw log odds with that column's value less those of the reference customer."""
        coded = {name: pd.factorize(X[name]) for name in self.feature_names_in_}
        tried = [
            self._reference.iloc[np.zeros(len(levels), dtype=int)].assign(
                **{name: levels.astype(self._reference[name].dtype)}
            )
            for name, (_, levels) in coded.items()
        ]
        differences = self._raw(pd.concat(tried, ignore_index=True)) - self._raw(self._reference)[0]
        ends = np.cumsum([len(levels) for _, levels in coded.values()])
        parts = np.split(differences, ends[:-1])
        return {name: part[code] for (name, (code, _)), part in zip(coded.items(), parts, strict=True)}

    def _calibrated(self, X: pd.DataFrame, ended: np.ndarray) -> tuple[float, float]:
        if self.calibration_folds == 0:
            return 0.0, 1.0
        folds = StratifiedKFold(self.calibration_folds, shuffle=True, random_state=self.random_state)
        unseen = cross_val_predict(_pipeline(self.learner, X), X, ended, cv=folds, method="decision_function")
        line = LogisticRegression(C=np.inf).fit(unseen[:, None], ended)
        return float(line.intercept_[0]), float(line.coef_[0, 0])


def _pipeline(learner: str, X: pd.DataFrame) -> Pipeline:
    numbers = [name for name in X.columns if pd.api.types.is_numeric_dtype(X[name])]
    texts = [name for name in X.columns if name not in numbers]
    if learner == "lines":
        both = [("texts", OneHotEncoder(handle_unknown="ignore"), texts), ("numbers", StandardScaler(), numbers)]
        return make_pipeline(ColumnTransformer(both), LogisticRegression(max_iter=1000))
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=_UNKNOWN)
    steps: list[Any] = [("texts", codes, texts), ("numbers", "passthrough", numbers)]
    curves = HistGradientBoostingClassifier(
        learning_rate=0.2,
        max_iter=100,
        max_leaf_nodes=3,
        max_bins=64,  # steps fine enough for a curve that people read
        interaction_cst="no_interactions",
        categorical_features=list(range(len(texts))) or None,
        early_stopping=False,
    )
    return make_pipeline(ColumnTransformer(steps), curves)


def _scores(pipeline: Pipeline, X: pd.DataFrame, ended: BoolArray) -> FloatArray:
    scores: FloatArray = pipeline.fit(X, ended).decision_function(X)
    return scores
