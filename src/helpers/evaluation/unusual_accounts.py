"""Accounts unlike their own habits and those of their peers: rules that name their reason, and one list of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.evaluation.order_habits import LEAST_ACCOUNTS
from helpers.evaluation.robust_scores import reference_of, robust_z, surprise_of_counts, usual_and_spread

LEAST_EARLY = 3
"""Fewer orders before the recent ones are no habit of an account's own."""

LEAST_SPREAD = 0.05
"""Orders of an account that differ by less than a twentieth are alike."""

LEAST_CUT = 0.01
"""Price cuts that differ by less than one point are alike."""

_PRIOR_ORDERS = 10
_SETTLED = 5
_UPPER, _UPPER_IN_SIGMA = 0.9, 1.2816  # cuts reach further up than down: few are large, none is below nil
_MEDIAN_TO_MEAN = np.pi / 2
"""Variance of a median over that of a mean, of a normal distribution."""


@dataclass(frozen=True)
class UnusualAccounts:
    """Every account with its scores, the most unusual first.

    Parameters
    ----------
    frame : DataFrame
        By customer_id: peers, one score for each rule (normal scores, zero where nothing is unusual, missing where the
        rule cannot judge the account), rank_score, reasons (names of the rules by which the account is unusual, with
        commas between), flagged.
    limit : float
        Score from which a rule gives a reason.
    not_asked : mapping of str to str
        Rules that these data cannot answer, and why.
    """

    frame: pd.DataFrame
    limit: float
    not_asked: Mapping[str, str]

    @property
    def rules(self) -> list[str]:
        """Names of the rules that were asked."""
        return [name for name in RULES if name in self.frame]

    @property
    def accounts(self) -> int:
        """Accounts that were judged."""
        return len(self.frame)

    @property
    def unusual_accounts(self) -> int:
        """Accounts with at least one reason."""
        return int(self.frame["flagged"].sum())

    @property
    def by_chance(self) -> float:
        """Accounts that would have a reason if every score were drawn from a normal distribution."""
        judged = self.frame[self.rules].notna().sum(axis=1).to_numpy(dtype=np.float64)
        return float((1 - special.ndtr(self.limit) ** judged).sum())

    def by_rule(self) -> pd.DataFrame:
        """Return by rule: accounts judged, and those it gives a reason for."""
        scores = self.frame[self.rules]
        counts = {"judged_customers": scores.notna().sum(), "unusual_customers": (scores >= self.limit).sum()}
        return pd.DataFrame(counts).rename_axis("rule")

    def listed(self, most: int) -> pd.DataFrame:
        """Return the first of the accounts that have a reason, at most so many."""
        return self.frame[self.frame["flagged"]].head(most)


def refund_scores(habits: pd.DataFrame, peers: "pd.Series[str]") -> "pd.Series[float]":
    """Return how surprising it is that so many orders of an account came back in whole or in part."""
    if not habits["returned_orders"].any():
        remedy = "export returns as lines with amounts below zero"
        raise InputError(Fault("no line takes anything back", "transactions, column amount", remedy=remedy))
    returned = habits[["returned_orders", "orders"]].min(axis=1)
    return surprise_of_counts(returned, habits["orders"], peers)


def hour_scores(habits: pd.DataFrame, peers: "pd.Series[str]") -> "pd.Series[float]":
    """Return how surprising it is that so many orders came at hours at which peers hardly order."""
    if "odd_hour_orders" not in habits or habits["odd_hour_orders"].isna().all():
        raise InputError(Fault("times have no hours", "transactions, column time", remedy="export times with hours"))
    return surprise_of_counts(habits["odd_hour_orders"], habits["orders"], peers)


def price_scores(habits: pd.DataFrame, peers: "pd.Series[str]") -> "pd.Series[float]":
    """Return how far the mean price cut of an account lies above that of its peers.

    The mean of few orders scatters by chance: the variance is that between accounts and, over the number of orders,
    that inside them. Both come from accounts of five orders or more; the former is taken from the median absolute
    deviation or, where cuts reach further up than down, from the highest tenth.

    Raises
    ------
    InputError
        When no cut is known, or all are equal.
    """
    if "priced_orders" not in habits or not habits["priced_orders"].any():
        what, remedy = "neither price cuts nor list prices are recorded", "map discount, or list_price of the products"
        raise InputError(Fault(what, "transactions, column discount", remedy=remedy))
    orders = habits["priced_orders"].to_numpy(dtype=np.float64)
    mean = (habits["cut_sum"] / habits["priced_orders"].where(orders > 0)).to_numpy(dtype=np.float64)
    if np.nanmax(mean) - np.nanmin(mean) < LEAST_CUT:
        what, remedy = "all accounts pay the same part of the list price", "export what was given off each line"
        raise InputError(Fault(what, "transactions, column discount", remedy=remedy))
    inside = np.maximum(habits["cut_squares"].to_numpy(dtype=np.float64) - orders * mean**2, 0.0)
    groups, scores = peers.to_numpy(dtype=object), np.full(len(habits), np.nan)
    for group in np.unique(groups.astype(str)):
        own = groups == group
        columns = (reference_of(values, groups, group) for values in (mean, orders, inside))
        scores[own] = _cut_scores(mean[own], orders[own], *columns)
    return pd.Series(np.maximum(scores, 0.0), index=habits.index)


def _cut_scores(
    mean: FloatArray, orders: FloatArray, peer_mean: FloatArray, peer_orders: FloatArray, peer_inside: FloatArray
) -> FloatArray:
    settled = peer_orders >= _SETTLED
    settled = settled if settled.sum() >= LEAST_ACCOUNTS else peer_orders > 0
    usual, spread = usual_and_spread(peer_mean[settled])
    spread = max(spread, (float(np.quantile(peer_mean[settled], _UPPER)) - usual) / _UPPER_IN_SIGMA)
    variance = float(peer_inside.sum() / max((peer_orders - 1).clip(min=0).sum(), 1.0))
    between = max(spread**2 - variance * float((1 / peer_orders[settled]).mean()), LEAST_CUT**2)
    scores: FloatArray = (mean - usual) / np.sqrt(between + variance / np.maximum(orders, 1.0))
    return scores


def value_scores(habits: pd.DataFrame, peers: "pd.Series[str]") -> "pd.Series[float]":
    """Return how far the recent orders of an account lie above its early ones, beside how those of its peers moved.

    The own spread counts together with ten orders of the usual spread of the peers, as the spread of few orders is
    known badly; what is left is set beside the median of the peers, so that a rise of everybody's orders is none.

    Raises
    ------
    InputError
        When fewer than `LEAST_ACCOUNTS` accounts have three early orders and a recent one.
    """
    judged = (habits["early_orders"] >= LEAST_EARLY) & (habits["recent_orders"] > 0)
    if judged.sum() < LEAST_ACCOUNTS:
        what = f"{judged.sum():,} accounts have {LEAST_EARLY} earlier orders and a recent one"
        raise InputError(Fault(what, "transactions", f"at least {LEAST_ACCOUNTS}", "wait for more orders"))
    own, groups = habits[judged], peers[judged]
    settled = own["early_spread"].where(own["early_orders"] >= _PRIOR_ORDERS)
    usual = settled.groupby(groups).transform("median").fillna(own["early_spread"].median())
    early, recent = own["early_orders"], own["recent_orders"]
    variance = (_PRIOR_ORDERS * usual**2 + early * own["early_spread"] ** 2) / (_PRIOR_ORDERS + early)
    spread = np.maximum(variance**0.5, LEAST_SPREAD)
    rise = (own["recent_log"] - own["early_log"]) / (spread * np.sqrt(_MEDIAN_TO_MEAN * (1 / early + 1 / recent)))
    return robust_z(rise, groups, least_spread=1.0).clip(lower=0.0).reindex(habits.index)


RULES: dict[str, Callable[[pd.DataFrame, "pd.Series[str]"], "pd.Series[float]"]] = {
    "refunds": refund_scores,
    "odd_hours": hour_scores,
    "price_cuts": price_scores,
    "larger_orders": value_scores,
}
"""By name of the reason."""


def judge_accounts(habits: pd.DataFrame, peers: "pd.Series[str]", *, limit: float = 3.5) -> UnusualAccounts:
    """Score every account by every rule that the data can answer, and rank accounts by all of them together.

    Parameters
    ----------
    habits : DataFrame
        From `helpers.evaluation.account_habits`; with a column odd_hour_orders where times have hours.
    peers : Series of str
        From `helpers.evaluation.peer_groups`.
    limit : float
        Score from which a rule gives a reason.

    Returns
    -------
    UnusualAccounts
        Accounts with a reason first; among them and among the others by the sum over rules of one over the account's
        place in the rule: to lead in one rule is worth two second places, and scores of two rules need not be
        comparable.

    Raises
    ------
    InputError
        When no rule can be asked, with the reason of each.

    References
    ----------
    Cormack, Clarke and Büttcher (2009), "Reciprocal rank fusion outperforms Condorcet and individual rank learning
    methods", SIGIR 2009 (with their constant at nil).
    """
    require_within({"limit": limit}, low=0, high=37, low_open=True)
    scores: dict[str, pd.Series[float]] = {}
    not_asked: dict[str, str] = {}
    faults: list[Fault] = []
    for name, rule in RULES.items():
        try:
            scores[name] = rule(habits, peers)
        except InputError as error:
            faults += error.faults
            not_asked[name] = error.faults[0].what
    if not scores:
        raise InputError(faults)
    frame = pd.DataFrame({"peers": peers, **scores})
    columns = list(scores)
    frame["rank_score"] = rank_together(frame[columns])
    reached = frame[columns].ge(limit).to_numpy()
    words = [np.where(reached[:, place], f"{name}, ", "") for place, name in enumerate(columns)]
    frame["reasons"] = pd.Series(np.sum(np.array(words, dtype=object), axis=0), index=frame.index).str.rstrip(", ")
    frame["flagged"] = np.asarray(reached.any(axis=1), dtype=bool)
    ranked = frame.rename_axis("customer_id").reset_index()
    ranked = ranked.sort_values(["flagged", "rank_score", "customer_id"], ascending=[False, False, True], kind="stable")
    return UnusualAccounts(ranked.set_index("customer_id"), limit, not_asked)


def rank_together(scores: pd.DataFrame) -> "pd.Series[float]":
    """Return the sum over columns of one over the place, counted from the highest score; ties take the last place.

    Parameters
    ----------
    scores : DataFrame
        One column for each rule; a missing score stands at the end.

    Examples
    --------
    >>> rank_together(pd.DataFrame({"a": [3.0, 1.0, 0.0], "b": [0.0, 0.0, 2.0]})).round(2).tolist()
    [1.33, 0.83, 1.33]
    """
    places = scores.fillna(0.0).rank(ascending=False, method="max")
    return (1 / places).sum(axis=1)
