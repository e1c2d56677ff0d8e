"""How much hangs on the threshold: the number of customers over thresholds, and what follows from it downstream."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError, some_of
from helpers.core.lines import exact_sum
from helpers.identification.linkage.clusters import expected_costs
from helpers.identification.linkage.linking import Linkage

THRESHOLDS: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
TOP_SHARE = 0.2


@dataclass(frozen=True)
class StabilityBand:
    """Number of customers over a band of thresholds.

    Parameters
    ----------
    table : pandas.DataFrame
        `threshold`, `customers`, `grouped_records` (records that are not a customer alone), `largest_group` (records),
        and the model's expectation: `links`, `false_merges`, `false_splits`, `precision`, `recall`, `cost`.
    low, high : int
        Fewest and most customers within the band.
    """

    table: pd.DataFrame
    low: int
    high: int


def follow_threshold(linkage: Linkage, thresholds: Sequence[float] = THRESHOLDS) -> StabilityBand:
    """Return the number of customers at each threshold.

    Parameters
    ----------
    linkage : Linkage
        From `link_records`.
    thresholds : sequence of float
        Match probabilities, each at least 0.01.

    Returns
    -------
    StabilityBand
        A band that is wide against the number of customers says that identity is uncertain.

    Raises
    ------
    InputError
        When no threshold is given, or one lies below the pairs kept.
    """
    _check_thresholds(thresholds)
    rows = []
    for threshold in thresholds:
        sizes = linkage.clusters_at(threshold)["customer_id"].value_counts()
        rows.append((len(sizes), int(sizes[sizes > 1].sum()), int(sizes.max())))
    counted = pd.DataFrame(rows, columns=["customers", "grouped_records", "largest_group"])
    expected = expected_costs(
        linkage.pairs["match_probability"].to_numpy(dtype=float),
        np.asarray(thresholds, dtype=float),
        cost_false_merge=linkage.settings.cost_false_merge,
        cost_false_split=linkage.settings.cost_false_split,
    )
    table = pd.concat([expected[["threshold"]], counted, expected.drop(columns="threshold")], axis=1)
    return StabilityBand(table, int(counted["customers"].min()), int(counted["customers"].max()))


def follow_downstream(
    linkage: Linkage, purchases: pd.DataFrame, thresholds: Sequence[float] = THRESHOLDS
) -> pd.DataFrame:
    """Return what later figures become at each threshold: customers, concentration, repeat rate.

    Parameters
    ----------
    linkage : Linkage
        From `link_records`.
    purchases : pandas.DataFrame
        `source`, `record_id`, `orders` (number), `revenue` (study currency): purchases booked on each record. Records
        without a row bought nothing.
    thresholds : sequence of float
        Match probabilities, each at least 0.01.

    Returns
    -------
    pandas.DataFrame
        `threshold`, `customers` (all), `buyers` (customers with an order), `top20_revenue_share` (revenue of the best
        fifth of the buyers), `repeat_rate` (share of buyers with two orders or more), `orders_per_buyer`.

    Raises
    ------
    InputError
        When columns are missing, or purchases are booked on records the linkage has not.
    """
    _check_thresholds(thresholds)
    booked = _purchases_by_row(linkage, purchases)
    rows = []
    for threshold in thresholds:
        groups = linkage.clusters_at(threshold)["customer_id"]
        totals = booked.groupby(groups.to_numpy()).sum()
        buyers = totals[totals["orders"] > 0]
        rows.append(
            (
                threshold,
                len(totals),
                len(buyers),
                top_share(buyers["revenue"].to_numpy(dtype=float)),
                float((buyers["orders"] >= 2).mean()),
                float(buyers["orders"].mean()),
            )
        )
    names = ["threshold", "customers", "buyers", "top20_revenue_share", "repeat_rate", "orders_per_buyer"]
    return pd.DataFrame(rows, columns=names)


@dataclass(frozen=True)
class LinkageEffect:
    """What linking does to figures of buyers.

    Parameters
    ----------
    linked_buying_customers, unlinked_buying_customers : int
        Customers with an order: records linked, and each record taken for a customer.
    linked_repeat_rate, unlinked_repeat_rate : float
        Share of them with two orders or more, likewise.
    """

    linked_buying_customers: int
    unlinked_buying_customers: int
    linked_repeat_rate: float
    unlinked_repeat_rate: float


def compare_unlinked(linkage: Linkage, purchases: pd.DataFrame) -> LinkageEffect:
    """Return what linking does to figures of buyers.

    Parameters
    ----------
    linkage : Linkage
        From `link_records`.
    purchases : pandas.DataFrame
        As for `follow_downstream`.
    """
    linked = follow_downstream(linkage, purchases, [linkage.threshold]).iloc[0]
    orders = _purchases_by_row(linkage, purchases)["orders"]
    buying = orders[orders > 0]
    return LinkageEffect(int(linked["buyers"]), len(buying), float(linked["repeat_rate"]), float((buying > 1).mean()))


def purchases_by_record(lines: ir.Table, clusters: pd.DataFrame) -> pd.DataFrame:
    """Return the purchases booked on each record, for `follow_downstream`.

    Parameters
    ----------
    lines : ibis table
        Transaction lines with `record_id`, `order_id`, `amount`; lines booked on no record are left out.
    clusters : pandas.DataFrame
        `source`, `record_id` of the records linked; record ids must not repeat across sources.

    Returns
    -------
    pandas.DataFrame
        `source`, `record_id` (text), `orders`, `revenue` (study currency), sorted by record.

    Raises
    ------
    InputError
        When a record id stands in more than one source: the lines do not say which is meant.
    """
    repeated = clusters.loc[clusters["record_id"].duplicated(), "record_id"]
    if len(repeated):
        what = f"record ids stand in more than one source, such as {some_of(repeated.tolist())}"
        raise InputError(Fault(what, where="transactions", remedy="make record ids unique over all sources"))
    booked = lines.filter(lines.record_id.notnull()).group_by("record_id")  # noqa: PD004 (an Ibis column)
    totals = booked.agg(orders=lines.order_id.nunique(), revenue=exact_sum(lines.amount)).to_pandas()
    totals["record_id"] = totals["record_id"].astype(str)
    known = clusters[["source", "record_id"]].merge(totals, on="record_id")
    return known.sort_values(["source", "record_id"], ignore_index=True)


def top_share(revenue: FloatArray, share: float = TOP_SHARE) -> float:
    """Return the share of revenue of the best customers; a customer at the border counts in part.

    Examples
    --------
    >>> top_share(np.array([50.0, 20.0, 10.0, 10.0, 10.0]))
    0.5
    """
    if not len(revenue) or revenue.sum() == 0:
        return float("nan")
    best = np.concatenate([[0.0], np.cumsum(np.sort(revenue)[::-1])])
    return float(np.interp(share * len(revenue), np.arange(len(best)), best) / best[-1])


def _check_thresholds(thresholds: Sequence[float]) -> None:
    if not len(thresholds):
        raise InputError(
            Fault(
                "no threshold given",
                where="thresholds",
                allowed="match probabilities in 0.01..1",
                remedy="name one threshold or more",
            )
        )


def _purchases_by_row(linkage: Linkage, purchases: pd.DataFrame) -> pd.DataFrame:
    needed = ["source", "record_id", "orders", "revenue"]
    missing = [name for name in needed if name not in purchases.columns]
    if missing:
        raise InputError(
            [Fault(f"no column {name!r}", where="purchases", remedy="add or rename the column") for name in missing]
        )
    names = ["source", "record_id"]
    booked = purchases.assign(**{name: purchases[name].astype(str) for name in names}).groupby(names)[needed[2:]].sum()
    keys = pd.MultiIndex.from_frame(linkage.clusters[names])
    strange = booked.index.difference(keys)
    if len(strange):
        offending = some_of([" ".join(key) for key in strange])
        raise InputError(
            Fault(
                f"purchases of records that were not linked: {offending}",
                where="purchases",
                remedy="link these records too, or leave their purchases out",
            )
        )
    return booked.reindex(keys).fillna(0).reset_index(drop=True)
