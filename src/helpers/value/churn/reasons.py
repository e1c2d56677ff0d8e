"""Why customers leave, as far as a model can tell: overall, by level of a column, and for one customer.

Contributions say what the model reads from the data. They are associations: changing what a reason names need not keep
the customer.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.checks import require_within
from helpers.core.results import significant
from helpers.value.churn.input import ChurnData, column_in_words
from helpers.value.churn.model import ChurnModel

NO_REASON = "nothing unusual"
_SMALLEST_FACTOR = 1.05  # below, a reason would read "odds ×1.0"


def rank_columns(
    contributions: pd.DataFrame, ended: BoolArray, *, rng: np.random.Generator, repeats: int = 5
) -> pd.DataFrame:
    """Measure how much worse customers are ranked when one column is shuffled.

    In an additive model, shuffling a column shuffles its contributions and changes nothing else.

    Parameters
    ----------
    contributions : DataFrame
        From `ChurnModel.contributions`, of customers the model has not seen: on its own customers, a column learnt by
        heart would look important.
    ended : array of bool
        Whether they left.
    rng : numpy.random.Generator
        For the shuffling.
    repeats : int
        Shuffles per column.

    Returns
    -------
    DataFrame
        One row per column, the most important first: column, label (in words), auc_lost, low, high (smallest
        and largest of the repeats). Of two columns that tell the same, each looks unimportant, since the other stands
        in for it.

    References
    ----------
    Breiman (2001), Random forests, Machine Learning 45, section 10; Fisher, Rudin & Dominici (2019), Journal of
    Machine Learning Research 20(177).
    """
    require_within({"repeats": repeats}, low=1, high=1000)
    total = contributions.sum(axis=1).to_numpy()
    whole = roc_auc_score(ended, total)
    rows = []
    for name in contributions.columns:
        own = contributions[name].to_numpy()
        lost = [whole - roc_auc_score(ended, total - own + rng.permutation(own)) for _ in range(repeats)]
        rows.append([name, column_in_words(str(name)), float(np.mean(lost)), min(lost), max(lost)])
    table = pd.DataFrame(rows, columns=["column", "label", "auc_lost", "low", "high"])
    return table.sort_values(["auc_lost", "column"], ascending=[False, True]).reset_index(drop=True)


def describe_effects(
    contributions: pd.DataFrame, X: pd.DataFrame, ended: BoolArray, columns: Sequence[str], *, bands: int = 4
) -> pd.DataFrame:
    """Describe what each text, or each band of a number, does to the odds of leaving, beside what happened.

    Parameters
    ----------
    contributions : DataFrame
        From `ChurnModel.contributions`, rows as `X`.
    X : DataFrame
        Customers.
    ended : array of bool
        Whether they left.
    columns : sequence of str
        Columns to describe, in this order.
    bands : int
        Bands of about equal size for a number.

    Returns
    -------
    DataFrame
        One row per column and level: column, label (in words), level, customers, actual (share that left, all
        else as it happens to be), odds_factor (by which the model multiplies the odds, all else equal; geometric mean
        over the level).
    """
    require_within({"bands": bands}, low=2, high=20)
    parts = []
    for name in columns:
        level = _bands(X[name], bands) if pd.api.types.is_numeric_dtype(X[name]) else X[name].astype("category")
        frame = pd.DataFrame({"level": level, "ended": ended, "log_odds": contributions[name]})
        by_level = frame.groupby("level", observed=True)
        part = by_level.agg(customers=("ended", "size"), actual=("ended", "mean"), log_odds=("log_odds", "mean"))
        part = part.reset_index().assign(column=name, level=lambda found: found["level"].astype("str"))
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    table["odds_factor"] = np.exp(table["log_odds"])
    table["label"] = [column_in_words(str(name)) for name in table["column"]]
    return table[["column", "label", "level", "customers", "actual", "odds_factor"]]


def reasons_by_customer(model: ChurnModel, X: pd.DataFrame, *, at_most: int = 3) -> pd.DataFrame:
    """Name the columns that raise each customer's odds of leaving most, with the customer's own value.

    Parameters
    ----------
    model : ChurnModel
        Fitted.
    X : DataFrame
        Customers.
    at_most : int
        Reasons to name, 1 or more; there are never more than columns.

    Returns
    -------
    DataFrame
        Rows as `X`: reason_1, reason_2, … as "contract: Month-to-month (odds ×1.9)", the strongest first; empty where
        nothing else raises the odds.
    """
    require_within({"at_most": at_most}, low=1, high=1000)
    contributions = model.contributions(X)
    values = contributions.to_numpy()
    order = np.argsort(-values, axis=1, kind="stable")[:, :at_most]
    texts = pd.DataFrame({name: _words(X[name]) for name in X.columns}, index=X.index).to_numpy(dtype=object)
    rows = np.arange(len(X))
    labels = np.array([column_in_words(str(name)) for name in X.columns], dtype=object)
    found = {}
    for place in range(order.shape[1]):
        column = order[:, place]
        factor = np.exp(values[rows, column])
        text = [
            f"{label}: {value} (odds ×{size:.1f})" if size >= _SMALLEST_FACTOR else ""
            for label, value, size in zip(labels[column], texts[rows, column], factor, strict=True)
        ]
        found[f"reason_{place + 1}"] = text
    table = pd.DataFrame(found, index=X.index, dtype="str")
    return table.assign(reason_1=table["reason_1"].where(table["reason_1"] != "", NO_REASON))


def list_leavers(model: ChurnModel, data: ChurnData, probability: FloatArray, *, threshold: float) -> pd.DataFrame:
    """List the customers still here, the most likely to leave first, with the reasons for each.

    Parameters
    ----------
    model : ChurnModel
        Fitted on all customers; it gives the reasons.
    data : ChurnData
        The customers.
    probability : array
        Of leaving, by models that have not seen the customer.
    threshold : float
        Probability from which an offer pays.

    Returns
    -------
    DataFrame
        One row per contract that has not ended: customer_id, probability, offer (whether it pays), reason_1, and
        reason_2 and reason_3 where the model learns from as many columns.
    """
    reasons = reasons_by_customer(model, data.columns)
    table = pd.DataFrame({"customer_id": data.customer_id, "probability": probability})
    table = table.assign(offer=table["probability"] >= threshold).join(reasons)[~data.ended]
    return table.sort_values(["probability", "customer_id"], ascending=[False, True], ignore_index=True)


def _bands(values: pd.Series, bands: int) -> pd.Series:
    if values.nunique() <= bands:
        return values.map(lambda value: significant(value, 6)).astype("category")
    cut = pd.qcut(values, bands, duplicates="drop")
    names = {
        band: f"{significant(max(band.left, values.min()))} to {significant(band.right)}" for band in cut.cat.categories
    }
    return cut.cat.rename_categories(names)


def _words(values: pd.Series) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(values):
        return values.astype("str")
    return values.map(lambda value: significant(value, 6))
