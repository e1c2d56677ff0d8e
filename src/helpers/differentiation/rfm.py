"""Recency, frequency, money: scores with a stated rule for ties, and segments that cover every customer exactly once.

Recency here is always `days_since_last`: days from the last purchase to the analysis date. It is not the recency of the
probability models (age at the last purchase).
"""

from typing import Self

import numpy as np
import pandas as pd

from helpers.core.arrays import BoolArray, FloatArray, IntArray
from helpers.core.errors import Fault, InputError, some_of

SCORES: tuple[str, ...] = ("recency_score", "frequency_score", "money_score")
NEW_WITHIN_DAYS = 90
_MEASURES = {"recency_score": "days_since_last", "frequency_score": "orders", "money_score": "revenue"}
_GROUPS_ALLOWED = range(2, 11)
_NO_CUSTOMER = "look whether as_of is late enough, and whether the amounts of purchases are above zero"
_BANDS = ("low", "middle", "high")

# Rows: how recently (band of the recency score); columns: how much (band of frequency and money together).
_MAP: dict[tuple[str, str], str] = {
    ("high", "high"): "champions",
    ("high", "middle"): "loyal",
    ("high", "low"): "promising",
    ("middle", "high"): "loyal",
    ("middle", "middle"): "needs attention",
    ("middle", "low"): "occasional",
    ("low", "high"): "at risk",
    ("low", "middle"): "hibernating",
    ("low", "low"): "drifting away",
}
SEGMENTS: dict[str, str] = {
    "champions": "bought lately, often and much",
    "loyal": "bought lately at a middling value, or of high value and not long ago",
    "promising": "bought lately, but little so far",
    "new": "first purchase within the last weeks: too early to judge",
    "needs attention": "middling in everything: can go either way",
    "occasional": "comes seldom and buys little, not long ago",
    "at risk": "bought often and much, but not lately",
    "hibernating": "of middling value, not seen lately",
    "drifting away": "bought little, and not lately",
}
"""The segments, best first, and what each means; lately, often and much are meant against the other customers."""


class RfmScorer:
    """Score customers from 1 (worst) to `groups` (best) on recency, frequency and money.

    Tie rule: customers with equal values always get equal scores. A value's position among the customers seen by `fit`
    is the share of them below it plus half the share equal to it (the mid-rank); the score is the number of the equal
    part of 0..1 the position falls into. With many ties a score may therefore stay empty, which is preferred to
    splitting equal customers by chance. A better value never gets a lower score.

    Parameters
    ----------
    groups : int
        Highest score, 2 to 10.

    Attributes
    ----------
    customers_ : int
        Customers seen by `fit`.
    values_ : dict of str to array
        Sorted values per score, recency with its sign turned so that more is better.

    Source
    ------
    Hughes (1994), Strategic Database Marketing, for the scores; the tie rule and the segments are ours.

    Examples
    --------
    >>> summary = pd.DataFrame({"days_since_last": [1, 9, 9, 30], "orders": [8, 2, 2, 1], "revenue": [80.0, 9, 7, 2]})
    >>> RfmScorer(groups=2).fit(summary).transform(summary)["frequency_score"].tolist()
    [2, 2, 2, 1]
    """

    customers_: int
    values_: dict[str, FloatArray]

    def __init__(self, groups: int = 5) -> None:
        self.groups = groups

    def fit(self, summary: pd.DataFrame) -> Self:
        """Learn how the values lie among these customers.

        Parameters
        ----------
        summary : DataFrame
            One row per customer: days_since_last (days), orders, revenue (study currency).

        Returns
        -------
        RfmScorer
            Itself.

        Raises
        ------
        InputError
            When `groups` is out of range, there is no customer, or a value is missing.
        """
        if self.groups not in _GROUPS_ALLOWED:
            raise InputError(
                Fault(
                    f"{self.groups!r} groups",
                    where="groups",
                    allowed="whole number in 2..10",
                    remedy="give a number of groups within this range",
                )
            )
        if summary.empty:
            raise InputError(Fault("no customer to score: none has a purchase", where="summary", remedy=_NO_CUSTOMER))
        self.values_ = {score: np.sort(_more_is_better(summary, score)) for score in SCORES}
        self.customers_ = len(summary)
        return self

    def transform(self, summary: pd.DataFrame) -> pd.DataFrame:
        """Score customers on the learnt scale; they may be others, or the same in another period.

        Parameters
        ----------
        summary : DataFrame
            As for `fit`.

        Returns
        -------
        DataFrame
            recency_score, frequency_score, money_score (1..groups) on the index of `summary`.
        """
        return pd.DataFrame({score: self._score(summary, score) for score in SCORES}, index=summary.index)

    def _score(self, summary: pd.DataFrame, score: str) -> IntArray:
        values, seen = _more_is_better(summary, score), self.values_[score]
        twice_the_rank = np.searchsorted(seen, values, side="left") + np.searchsorted(seen, values, side="right")
        # Whole numbers throughout, so that a position exactly on a border never depends on rounding.
        part = (twice_the_rank * self.groups) // (2 * self.customers_)
        found: IntArray = np.minimum(part, self.groups - 1) + 1
        return found


def _more_is_better(summary: pd.DataFrame, score: str) -> FloatArray:
    measure = _MEASURES[score]
    values: FloatArray = summary[measure].to_numpy(dtype=np.float64)
    missing = summary.index[np.isnan(values)].tolist()
    if missing:
        raise InputError(
            Fault(
                f"no value at rows {some_of(missing)}",
                where=measure,
                remedy="fill in the values, or leave these rows out",
            )
        )
    return -values if score == "recency_score" else values


def _band(twice_the_score: IntArray, groups: int) -> IntArray:
    """Band 0 (low), 1 (middle) or 2 (high): below, within and above the middle fifth of the scale."""
    middle_of_part = 5 * (twice_the_score - 1)
    return np.where(middle_of_part < 4 * groups, 0, np.where(middle_of_part > 6 * groups, 2, 1))


def assign_segments(
    scores: pd.DataFrame,
    tenure_days: pd.Series | None = None,
    *,
    groups: int = 5,
    new_within_days: int = NEW_WITHIN_DAYS,
) -> pd.Series:
    """Name the segment of each customer; every combination of scores belongs to exactly one.

    The middle of each score's part of the scale is below (low), within (middle) or above (high) the middle fifth of the
    scale; with five groups 1-2, 3 and 4-5. Frequency and money count together, by their mean. The two bands name the
    segment. A customer whose first purchase lies within `new_within_days` is *new*, whatever the scores.

    Parameters
    ----------
    scores : DataFrame
        From `RfmScorer.transform`.
    tenure_days : Series, optional
        Days since the first purchase of all, same index; nobody is *new* when missing.
    groups : int
        Highest score the scorer gives.
    new_within_days : int
        Days after the first purchase during which a customer is new.

    Returns
    -------
    Series of ordered categorical
        Segment, best first, on the index of `scores`.

    Raises
    ------
    InputError
        When a score is outside 1..groups.

    Examples
    --------
    >>> scores = pd.DataFrame({"recency_score": [5, 1], "frequency_score": [4, 5], "money_score": [5, 4]})
    >>> assign_segments(scores, groups=5).tolist()
    ['champions', 'at risk']
    """
    matrix = scores[list(SCORES)].to_numpy(dtype=np.int64)
    beyond: BoolArray = np.any((matrix < 1) | (matrix > groups), axis=1)
    outside = scores.index[beyond].tolist()
    if outside:
        raise InputError(
            Fault(
                f"scores at rows {some_of(outside)}",
                where="scores",
                allowed=f"1..{groups}",
                remedy="make the scores with as many groups",
            )
        )
    names = list(SEGMENTS)
    code_of = np.array([[names.index(_MAP[row, column]) for column in _BANDS] for row in _BANDS])
    code = code_of[_band(2 * matrix[:, 0], groups), _band(matrix[:, 1] + matrix[:, 2], groups)]
    if tenure_days is not None:
        is_new = tenure_days.reindex(scores.index).to_numpy() <= new_within_days
        code = np.where(is_new, names.index("new"), code)
    kind = pd.Categorical.from_codes(code, categories=pd.Index(names), ordered=True)
    return pd.Series(kind, index=scores.index, name="segment")


def spread_scores(summary: pd.DataFrame, scores: pd.DataFrame, *, groups: int) -> pd.DataFrame:
    """Count customers and their mean revenue in each cell of recency by frequency.

    Parameters
    ----------
    summary : DataFrame
        One row per customer: revenue (study currency).
    scores : DataFrame
        From `RfmScorer.transform`, same index.
    groups : int
        Highest score.

    Returns
    -------
    DataFrame
        One row per cell, empty ones too, indexed by recency_score and frequency_score (1..groups): customers,
        revenue, revenue_per_customer (NaN in an empty cell).
    """
    levels = range(1, groups + 1)
    cells = pd.MultiIndex.from_product([levels, levels], names=["recency_score", "frequency_score"])
    by_cell = summary["revenue"].groupby([scores["recency_score"], scores["frequency_score"]])
    counted = pd.DataFrame({"customers": by_cell.size(), "revenue": by_cell.sum()}).reindex(cells, fill_value=0)
    filled = counted["customers"] > 0
    return counted.assign(revenue_per_customer=(counted["revenue"] / counted["customers"].where(filled)))
