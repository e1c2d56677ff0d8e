"""How far segments of recency, frequency and money rest on chance: customers and their orders are drawn anew."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.differentiation.rfm import NEW_WITHIN_DAYS, SEGMENTS, RfmScorer, assign_segments


@dataclass(frozen=True)
class SegmentStability:
    """How often customers keep their segment when chance draws again.

    Parameters
    ----------
    kept_share : float
        Share of the customers, over all draws, who are in the segment they are in by the purchases on record.
    low, high : float
        Ends that hold the share of a draw as often as the confidence says: how much draws differ.
    kept_by_scale : float
        The same where only the other customers are drawn anew: what the ranks alone leave to chance.
    by_segment : DataFrame
        By segment: customers, kept_share (missing in an empty one), next_segment (the one its customers most often come
        to), next_share.
    customers : Series of float
        By customer, the share of the draws in which the customer kept the segment.
    """

    kept_share: float
    low: float
    high: float
    kept_by_scale: float
    by_segment: pd.DataFrame
    customers: pd.Series


def measure_segment_stability(
    purchase_days: pd.DataFrame,
    as_of: date,
    rng: np.random.Generator,
    *,
    groups: int = 5,
    new_within_days: int = NEW_WITHIN_DAYS,
    draws: int = 99,
    confidence: float = 0.95,
) -> SegmentStability:
    """Draw customers and their purchase days anew, score and sort them again, and count who keeps the segment.

    Each purchase day of a customer counts as often in a draw as a Poisson variable of mean one says; a customer all of
    whose days are drawn zero times keeps one of them, drawn at random. The scale of the scores comes from as many
    customers drawn with replacement. The day of the first purchase of all stays as it is: who is new, is new.

    Parameters
    ----------
    purchase_days : DataFrame
        From `helpers.identification.summarise_purchase_days`: customer_id, day, orders, revenue.
    as_of : date
        Analysis date.
    rng : numpy Generator
        Source of randomness.
    groups, new_within_days : int
        As for `RfmScorer` and `assign_segments`.
    draws : int
        How often is drawn.
    confidence : float
        Of the spread of draws, between 0 and 1.

    Returns
    -------
    SegmentStability

    Raises
    ------
    InputError
        When there is no purchase day.

    Source
    ------
    Hennig (2007), "Cluster-wise assessment of cluster stability", Computational Statistics and Data Analysis 52; Oza
    and Russell (2001), "Online bagging and boosting", for the Poisson bootstrap.

    Examples
    --------
    >>> days = pd.DataFrame({"customer_id": ["a", "b"], "day": pd.to_datetime(["2024-05-01", "2024-01-01"])})
    >>> days = days.assign(orders=1, revenue=[50.0, 5.0])
    >>> found = measure_segment_stability(days, date(2024, 6, 1), np.random.default_rng(1), groups=2, draws=9)
    >>> found.by_segment.loc["new", "customers"].item()
    1
    """
    require_columns(purchase_days.columns, ("customer_id", "day", "orders", "revenue"), where="purchase_days")
    require_within({"draws": draws}, low=1, high=100_000)
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    if purchase_days.empty:
        raise InputError(Fault("no purchase day", "purchase_days", remedy="check as_of and the signs of the amounts"))
    drawn = _Days.of(purchase_days, as_of)
    rule = {"groups": groups, "new_within_days": new_within_days}
    actual = drawn.summary(np.ones(len(drawn.day)))
    tenure = drawn.tenure
    names = list(SEGMENTS)
    base = assign_segments(RfmScorer(groups).fit(actual).transform(actual), tenure, **rule).cat.codes.to_numpy()
    moved = np.zeros((len(names), len(names)))
    kept, of_draw, by_scale = np.zeros(len(actual)), [], []
    for _ in range(draws):
        sample = rng.integers(0, len(actual), len(actual))
        again = drawn.summary(drawn.weights(rng))
        codes = _segment_codes(again, again.iloc[sample], tenure, groups, new_within_days)
        np.add.at(moved, (base, codes), 1)
        kept += codes == base
        of_draw.append(float((codes == base).mean()))
        by_scale.append(
            float((_segment_codes(actual, actual.iloc[sample], tenure, groups, new_within_days) == base).mean())
        )
    low, high = np.quantile(of_draw, [(1 - confidence) / 2, (1 + confidence) / 2])
    customers = pd.Series(kept / draws, index=actual.index, name="segment_kept_share")
    shares = float(np.mean(of_draw)), float(low), float(high), float(np.mean(by_scale))
    return SegmentStability(*shares, _by_segment(moved, draws), customers)


def _segment_codes(
    summary: pd.DataFrame, scale: pd.DataFrame, tenure: pd.Series, groups: int, new_within_days: int
) -> np.ndarray:
    scores = RfmScorer(groups).fit(scale).transform(summary)
    found = assign_segments(scores, tenure, groups=groups, new_within_days=new_within_days)
    codes: np.ndarray = found.cat.codes.to_numpy()
    return codes


def _by_segment(moved: np.ndarray, draws: int) -> pd.DataFrame:
    names = pd.Index(list(SEGMENTS), name="segment")
    size = moved.sum(axis=1)
    stayed = np.divide(np.diag(moved), size, out=np.full(len(size), np.nan), where=size > 0)
    away = moved - np.diag(np.diag(moved))
    to = away.argmax(axis=1)
    most = np.divide(away.max(axis=1), size, out=np.full(len(size), np.nan), where=size > 0)
    table = pd.DataFrame({"customers": (size / draws).round().astype(np.int64), "kept_share": stayed}, index=names)
    table["next_segment"] = np.where(away.max(axis=1) > 0, names.to_numpy()[to], "")
    return table.assign(next_share=np.where(away.max(axis=1) > 0, most, np.nan))


@dataclass(frozen=True)
class _Days:
    """Purchase days of all customers in order, and where each customer's begin."""

    customers: "pd.Index[Any]"
    begins: np.ndarray
    owner: np.ndarray
    day: np.ndarray
    orders: np.ndarray
    revenue: np.ndarray
    tenure: pd.Series

    @classmethod
    def of(cls, purchase_days: pd.DataFrame, as_of: date) -> "_Days":
        ordered = purchase_days.sort_values(["customer_id", "day"], kind="stable")
        owner, customers = pd.factorize(ordered["customer_id"])
        begins = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
        since = (pd.Timestamp(as_of) - pd.to_datetime(ordered["day"])).dt.days.to_numpy()
        tenure = pd.Series(since[begins], index=pd.Index(customers), name="tenure_days")
        orders, revenue = (ordered[name].to_numpy(dtype=np.float64) for name in ("orders", "revenue"))
        return cls(tenure.index, begins, owner, since, orders, revenue, tenure)

    def weights(self, rng: np.random.Generator) -> np.ndarray:
        """Return how often each day counts: at least one day of each customer once."""
        drawn = rng.poisson(1.0, len(self.day)).astype(np.float64)
        none = np.add.reduceat(drawn, self.begins) == 0
        sizes = np.diff(np.r_[self.begins, len(self.day)])
        picked = self.begins + np.floor(rng.random(len(self.begins)) * sizes).astype(np.int64)
        drawn[picked[none]] = 1.0
        return drawn

    def summary(self, weights: np.ndarray) -> pd.DataFrame:
        """Return days since the last purchase, orders and revenue of each customer under these weights."""
        far = int(self.day.max()) + 1
        last = np.minimum.reduceat(np.where(weights > 0, self.day, far), self.begins)
        size = len(self.begins)
        orders = np.bincount(self.owner, weights * self.orders, size)
        revenue = np.bincount(self.owner, weights * self.revenue, size)
        columns = {"days_since_last": last, "orders": orders, "revenue": revenue}
        return pd.DataFrame(columns, index=self.customers)
