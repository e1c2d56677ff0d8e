"""What sets clusters apart, how far they agree with segments that are known, and which contact each can bear."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.differentiation.behaviour import aspect_of, on_even_scale

NOTHING = "nothing"
_SHORTEST_DAYS, _DAYS_PER_YEAR = 90, 365.25  # who came last week has no yearly figure yet


def set_apart(table: pd.DataFrame, clusters: pd.Series) -> pd.DataFrame:
    """Say how each cluster differs from all other customers, feature by feature.

    Parameters
    ----------
    table : DataFrame
        Features as measured, see `helpers.differentiation.summarise_behaviour`; none below zero.
    clusters : Series
        Cluster of each row, same index.

    Returns
    -------
    DataFrame
        One row per cluster and feature, the clearest difference of a cluster first: cluster, feature, aspect, mean and
        mean_of_others (in the unit of the feature), difference (of the means on the even scale, in standard deviations
        within the two groups: Cohen 1988). Without other customers, or without any spread, the difference is zero.

    Examples
    --------
    >>> table = pd.DataFrame({"how: orders per year": [1.0, 2.0, 30.0, 50.0]})
    >>> set_apart(table, pd.Series([2, 2, 1, 1]))[["cluster", "mean", "mean_of_others"]]
       cluster  mean  mean_of_others
    0        1  40.0             1.5
    1        2   1.5            40.0
    """
    even = on_even_scale(table)
    parts = [_apart(table, even, (clusters == cluster).to_numpy(), cluster) for cluster in sorted(clusters.unique())]
    return pd.concat(parts, ignore_index=True)


def _apart(table: pd.DataFrame, even: pd.DataFrame, own: np.ndarray, cluster: object) -> pd.DataFrame:
    inside, outside = even[own], even[~own]
    within = (inside.var(ddof=0) * len(inside) + outside.var(ddof=0).fillna(0.0) * len(outside)) / len(even)
    gap = (inside.mean() - outside.mean()).fillna(0.0)
    difference = (gap / np.sqrt(within.where(within > 0))).fillna(0.0)
    found = pd.DataFrame(
        {
            "cluster": cluster,
            "feature": table.columns,
            "aspect": [aspect_of(name) for name in table.columns],
            "mean": table[own].mean().to_numpy(),
            "mean_of_others": table[~own].mean().to_numpy(),
            "difference": difference.to_numpy(),
        }
    )
    return found.iloc[np.lexsort((found["feature"], -found["difference"].abs().round(9)))]


@dataclass(frozen=True)
class SegmentScore:
    """How far clusters agree with the segments customers truly belong to.

    Parameters
    ----------
    adjusted_rand_index : float
        1 where they are the same, about 0 where they agree by chance (Hubert and Arabie 1985, Journal of
        Classification 2).
    customers, segments : int
        Customers with a cluster and a known segment, and their segments.
    table : DataFrame
        Customers by true segment (rows) and cluster (columns).
    """

    adjusted_rand_index: float
    customers: int
    segments: int
    table: pd.DataFrame


def score_segments(clusters: pd.Series, known: pd.DataFrame) -> SegmentScore:
    """Compare clusters with the segments that are known.

    Parameters
    ----------
    clusters : Series
        Cluster by customer_id.
    known : DataFrame
        customer_id, segment: what is true.

    Raises
    ------
    InputError
        When a customer has two true segments or none, or no customer is in both.
    """
    require_columns(known.columns, ("customer_id", "segment"), where="known_segments")
    faulty = known.loc[known["customer_id"].duplicated() | known["segment"].isna(), "customer_id"].tolist()
    if faulty:
        what = f"no segment, or a second one, in {counted(len(faulty), 'row')} (by customer): {some_of(faulty)}"
        raise InputError(Fault(what, "known_segments", "one segment per customer", "give one for each of these"))
    true = known.set_index("customer_id")["segment"].astype("str").reindex(clusters.index).dropna()
    if true.empty:
        raise InputError(
            Fault(
                "no customer in a cluster is among them",
                "known_segments",
                "the customers clustered",
                remedy="name the customers as in transactions",
            )
        )
    found = clusters.loc[true.index]
    index = float(adjusted_rand_score(true, found))
    return SegmentScore(index, len(true), int(true.nunique()), pd.crosstab(true, found.rename("cluster")))


def yearly_contribution(summary: pd.DataFrame, clusters: pd.Series) -> "pd.Series[float]":
    """Return what a customer of each cluster contributes in a year: revenue less cost of goods, over the years known.

    Parameters
    ----------
    summary : DataFrame
        One row per customer, see `helpers.identification.summarise_customers`: revenue, tenure_days, and cost.
    clusters : Series
        Cluster of each row, same index.

    Raises
    ------
    InputError
        When the cost of goods is not known of every customer: no contribution is taken from an assumed margin.

    Examples
    --------
    >>> summary = pd.DataFrame({"revenue": [730.5, 10.0], "cost": [365.25, 4.0], "tenure_days": [365, 90]})
    >>> yearly_contribution(summary, pd.Series([1, 2])).round(1).to_dict()
    {1: 365.5, 2: 24.4}
    """
    if "cost" not in summary or summary["cost"].isna().any():
        what = "the cost of goods is not known of every line"
        raise InputError(Fault(what, "transactions, column cost", "a cost for each line", "bring the cost of goods"))
    years = (summary["tenure_days"].clip(lower=_SHORTEST_DAYS) / _DAYS_PER_YEAR).groupby(clusters).sum()
    contribution: pd.Series[float] = (summary["revenue"] - summary["cost"]).groupby(clusters).sum() / years
    return contribution.rename_axis("cluster")


def contact_rule(contribution: pd.Series, costs: Mapping[str, float], share: float) -> pd.DataFrame:
    """Give each group of customers the dearest contact it can bear at least once a year.

    Parameters
    ----------
    contribution : Series
        Contribution of a customer per year, by group, study currency.
    costs : dict of str to float
        Cost of one contact of each kind, above zero: visit, call.
    share : float
        Share of the contribution that may go into contacts, above 0 and at most 1.

    Returns
    -------
    DataFrame
        One row per group: contribution_per_customer, KIND_per_year for each kind (how many such contacts that share
        pays), contact (the dearest kind of which it pays one, else "nothing").

    Raises
    ------
    InputError
        When a cost or the share is not stated: there is no rule by default.

    Examples
    --------
    >>> contact_rule(pd.Series({"A": 9000.0, "B": 60.0, "C": -5.0}), {"visit": 165.0, "call": 2.0}, 0.05)["contact"]
    A      visit
    B       call
    C    nothing
    Name: contact, dtype: str
    """
    faults = [
        Fault(f"the cost of a {kind} is not known", f"{kind}_cost", "above 0", "state what one costs")
        for kind, cost in costs.items()
        if not cost > 0
    ]
    if not 0 < share <= 1:
        what = "the share of the contribution that may go into contacts is not known"
        faults.append(Fault(what, "contact_share", "above 0 and at most 1", "state it"))
    if faults:
        raise InputError(faults)
    budget = (contribution * share).clip(lower=0.0)
    paid = pd.DataFrame({f"{kind}_per_year": budget / cost for kind, cost in costs.items()}, index=contribution.index)
    found = pd.Series(NOTHING, index=contribution.index, dtype="str")
    for kind, _ in sorted(costs.items(), key=lambda item: item[1]):
        found = found.mask(paid[f"{kind}_per_year"] >= 1, kind)
    return paid.assign(contact=found).assign(contribution_per_customer=contribution)[
        ["contribution_per_customer", *paid.columns, "contact"]
    ]
