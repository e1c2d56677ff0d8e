"""Whom contact moves: scores learnt from those contacted and those held back, and effects by group of customers.

A score is learnt from half of the customers and judged by the other half. Scores learnt crosswise from several parts
would use all customers, but each part would help to make the scores that judge the others, and intervals would be too
narrow.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.validation import check_is_fitted

from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.evaluation.campaign_outcomes import (
    FEWEST,
    FEWEST_RESPONSES,
    MORE_RESPONSES,
    PairOutcomes,
    outcome_effects,
)

NET = "net"
"""Outcome: margin of the spend less the cost of the contact, study currency."""
_LEAST_COMMON = 20  # customers who share a word below whom it has no column of its own


class UpliftModel(BaseEstimator):  # type: ignore[misc]
    """Two logistic models of the response, one of those contacted and one of those held back.

    The uplift of a customer is the difference of the two probabilities.

    Parameters
    ----------
    inverse_penalty : float
        Inverse strength of the ridge penalty of either model.

    Attributes
    ----------
    of_contacted_, of_held_back_ : Pipeline
        The two models.

    References
    ----------
    Hansotia and Rukstales (2002), "Incremental value modeling", Journal of Interactive Marketing 16, 35-46.
    """

    def __init__(self, *, inverse_penalty: float = 1.0) -> None:
        self.inverse_penalty = inverse_penalty

    def fit(self, X: pd.DataFrame, treated: BoolArray, responded: BoolArray) -> "UpliftModel":
        """Learn both models.

        Raises
        ------
        InputError
            When either group has fewer than 25 customers who responded, or who did not.
        """
        faults = []
        for group, name in ((treated, "those contacted"), (~treated, "those held back")):
            hits = int(responded[group].sum())
            fewest = min(hits, int(group.sum()) - hits)
            if fewest < FEWEST_RESPONSES:
                what = f"of {name} {hits} of {int(group.sum())} responded; {FEWEST_RESPONSES} of either kind are needed"
                faults.append(Fault(what, where="responses", remedy=MORE_RESPONSES))
        if faults:
            raise InputError(faults)
        self.of_contacted_ = self._model().fit(X[treated], responded[treated])
        self.of_held_back_ = self._model().fit(X[~treated], responded[~treated])
        return self

    def predict(self, X: pd.DataFrame) -> FloatArray:
        """Return by how much contact raises the probability of a response."""
        check_is_fitted(self, "of_held_back_")
        both = (model.predict_proba(X)[:, 1] for model in (self.of_contacted_, self.of_held_back_))
        contacted, held_back = both
        return np.asarray(contacted - held_back, dtype=np.float64)

    def summary(self) -> pd.DataFrame:
        """Return the coefficients of both models, log odds per standard deviation or per word, and their difference."""
        named = self.of_contacted_[0].get_feature_names_out()
        both = {
            "contacted": pd.Series(self.of_contacted_[-1].coef_[0], index=named),
            "held back": pd.Series(
                self.of_held_back_[-1].coef_[0], index=self.of_held_back_[0].get_feature_names_out()
            ),
        }
        table = pd.DataFrame(both).fillna(0.0)
        table.index = [name.partition("__")[2] for name in table.index]
        table["difference"] = table["contacted"] - table["held back"]
        return table.round(3)

    def _model(self) -> BaseEstimator:
        words = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=_LEAST_COMMON)
        columns = make_column_transformer(
            (StandardScaler(), make_column_selector(dtype_include="number")),
            (words, make_column_selector(dtype_exclude="number")),
        )
        return make_pipeline(columns, LogisticRegression(C=self.inverse_penalty, solver="newton-cholesky"))


def learning_half(customers: "pd.Series[Any]", *, seed: int = 1) -> BoolArray:
    """Return which rows a score is learnt from: those of half of the customers, drawn by lot.

    The other half judges the score. It cannot know their answers, so that the interval of its Qini coefficient holds.

    Parameters
    ----------
    customers : Series
        Whose row it is: all rows of a customer are in the same half.
    seed : int
        Of the draw.

    Examples
    --------
    >>> learning_half(pd.Series(["a", "a", "b"])).sum() in (1, 2)
    True
    """
    codes, names = pd.factorize(customers, sort=True)
    drawn = np.random.default_rng(seed).permutation(len(names)) < len(names) // 2
    return np.asarray(drawn[codes])


def chosen_pairs(found: PairOutcomes, chosen: BoolArray) -> PairOutcomes:
    """Return the outcomes of some of the pairs, in the campaigns that still have two customers of either kind.

    Parameters
    ----------
    found : PairOutcomes
        From `pair_outcomes`.
    chosen : array of shape (n,)
        Flags.
    """
    pairs = found.pairs[chosen]
    sizes = pairs.groupby("campaign_id")["treated"].agg(["sum", "size"])
    enough = sizes.index[(sizes["sum"] >= FEWEST) & (sizes["size"] - sizes["sum"] >= FEWEST)]
    kept = pairs.index[pairs["campaign_id"].isin(enough)]
    return replace(found, pairs=found.pairs.loc[kept], outcomes=found.outcomes.loc[kept], cost=found.cost[kept])


def comparison_weights(pairs: pd.DataFrame) -> FloatArray:
    """Return what each pair counts for so that both groups of every campaign weigh as much as all its customers."""
    share = pairs.groupby("campaign_id")["treated"].transform("mean").to_numpy(dtype=float)
    return np.where(pairs["treated"], 1 / share, 1 / (1 - share))


def effects_by_group(
    found: PairOutcomes, group: "pd.Series[Any]", outcome: str, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Effect of contact in each group of customers, inside campaigns, with intervals that hold for all at once.

    Parameters
    ----------
    found : PairOutcomes
        From `pair_outcomes`.
    group : Series
        Group of each pair.
    outcome : str
        A column of its outcomes.
    confidence : float
        That all intervals hold at the same time (Bonferroni).

    Returns
    -------
    DataFrame
        One row per group with both kinds of customers, in sorted order: `group`, `treated`, `held_back`,
        `treated_mean`, `held_back_mean`, `effect`, `standard_error`, `low`, `high`, `sign` (1, -1, or 0 where the
        interval holds zero).
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    names = sorted(group.dropna().unique())
    each = 1 - (1 - confidence) / max(len(names), 1)
    of_outcome = replace(found, outcomes=found.outcomes[[outcome]])
    parts = {name: chosen_pairs(of_outcome, (group == name).to_numpy()) for name in names}
    rows = {name: outcome_effects(part, confidence=each).iloc[-1] for name, part in parts.items() if len(part.pairs)}
    columns = ["treated", "held_back", "treated_mean", "held_back_mean", "effect", "standard_error", "low", "high"]
    if not rows:
        return pd.DataFrame(columns=["group", *columns, "sign"])
    table = pd.DataFrame(rows).T[columns].astype(float).astype({"treated": int, "held_back": int})
    table["sign"] = (table["low"] > 0).astype(int) - (table["high"] < 0).astype(int)
    return table.rename_axis("group").reset_index()


def groups_differ(effects: pd.DataFrame) -> float:
    """Return the probability of effects as unequal as these if all groups had the same: Cochran's Q.

    Parameters
    ----------
    effects : DataFrame
        From `effects_by_group`.

    Returns
    -------
    float
        Missing with fewer than two groups that have a standard error.

    References
    ----------
    Cochran (1954), "The combination of estimates from different experiments", Biometrics 10, 101-129.

    Examples
    --------
    >>> round(groups_differ(pd.DataFrame({"effect": [0.0, 0.2], "standard_error": [0.05, 0.05]})), 4)
    0.0047
    """
    known = effects[effects["standard_error"] > 0]
    if len(known) < 2:
        return float("nan")
    weight = 1 / known["standard_error"] ** 2
    mean = (weight * known["effect"]).sum() / weight.sum()
    spread = float((weight * (known["effect"] - mean) ** 2).sum())
    return float(stats.chi2.sf(spread, len(known) - 1))


def with_net(found: PairOutcomes, *, gross_margin: float) -> PairOutcomes:
    """Return the outcomes with the margin of the spend, less the cost of the contact where it is known, as `net`.

    Raises
    ------
    InputError
        When responses have no amounts.
    """
    found.require_spend()
    net = gross_margin * found.outcomes["spend"] - (found.cost if found.has_cost else 0.0)
    return replace(found, outcomes=found.outcomes.assign(**{NET: net}))


def fifths(score: FloatArray) -> "pd.Series[int]":
    """Return the fifth of each score, 1 the highest; equal scores are never parted.

    Examples
    --------
    >>> fifths(np.array([0.9, 0.1, 0.7, 0.3, 0.5])).tolist()
    [1, 5, 2, 4, 3]
    """
    place = (stats.rankdata(-score) - 0.5) / len(score)
    return pd.Series(np.minimum((place * 5).astype(int), 4) + 1)
