"""From weighed pairs to customers where an engine holds them: what links join is found there, step by step.

Most components of records that links join have a link between any two: they are customers as they are. Only the pairs
of the others come into this process to be weighed, see `helpers.identification.linkage.clusters.weigh_merges`.
"""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import each_once
from helpers.core.arrays import IntArray
from helpers.core.matching_rows import matched_rows
from helpers.identification.linkage.clusters import ScoredPairs, weigh_merges, weight_at
from helpers.identification.linkage.engine_crowds import count_rows
from helpers.identification.linkage.engine_input import RecordsOnEngine
from helpers.identification.linkage.kept_pairs import KEPT_FROM, source_numbers
from helpers.identification.linkage.settings import LinkageSettings
from helpers.identification.linkage.store import Store


def links_of(weighed: ir.Table, threshold: float) -> ir.Table:
    """Return the pairs from which records are linked, as `left` and `right`.

    Parameters
    ----------
    weighed : ibis Table
        `left`, `right`, `weight` (bits).
    threshold : float
        Match probability from which merging pays.
    """
    return weighed.filter(weighed["weight"] >= weight_at(threshold)).select("left", "right")


def read_pairs(weighed: ir.Table) -> ScoredPairs:
    """Return weighed pairs in this process, in the order of their records.

    Parameters
    ----------
    weighed : ibis Table
        `left`, `right`, `weight` (bits).
    """
    found = weighed.select("left", "right", "weight").order_by("left", "right").to_pyarrow()
    return ScoredPairs(found["left"].to_numpy(), found["right"].to_numpy(), found["weight"].to_numpy())


def group_there(weighed: ir.Table, prepared: RecordsOnEngine, settings: LinkageSettings) -> tuple[IntArray, int]:
    """Return the customer of every record, numbered from 1, and how many links were not followed.

    As `helpers.identification.linkage.kept_pairs.group_pairs`; into this process come the component of each record that
    has a link, and the pairs of components in which merges must be weighed.

    Parameters
    ----------
    weighed : ibis Table
        The pairs kept: `left`, `right`, `weight` (bits).
    prepared : RecordsOnEngine
        The records.
    settings : LinkageSettings
        Threshold, and whether records of one source may be one customer.
    """
    store, threshold = prepared.store, settings.threshold
    apart = source_numbers(prepared, settings)
    links = links_of(weighed, threshold)
    labels, _ = connect_records(links, store)
    open_ = _open_records(labels, links, None if apart is None else prepared.records)
    inside = _pairs_inside(weighed, open_, store)
    joined = labels.select("number", "component").to_pyarrow()
    store.drop(labels)
    groups = np.arange(len(prepared.keys), dtype=np.int64)
    groups[joined["number"].to_numpy()] = joined["component"].to_numpy()
    records, merged = weigh_merges(inside, threshold=threshold, unscored=KEPT_FROM, sources=apart)
    groups[records] = merged
    linked = inside.weights >= weight_at(threshold)
    refused = int((groups[inside.left[linked]] != groups[inside.right[linked]]).sum())
    return pd.factorize(groups)[0].astype(np.int64) + 1, refused


def connect_records(links: ir.Table, store: Store) -> tuple[ir.Table, int]:
    """Find the connected components of records over links.

    In every round each record points to the smallest of itself and its neighbours, pointers are followed to their end,
    and the links between those ends are the links of the next round. A record that is the smallest twice running has a
    neighbour of its own that is gone, so that two rounds leave at most half: n records take at most 2 log2(n) rounds,
    and customers of a few records two.

    Parameters
    ----------
    links : ibis Table
        Record numbers `left` and `right`.
    store : Store
        Keeps each step; the one before it is given up.

    Returns
    -------
    labels : ibis Table
        `number` of each record that has a link, and `component`: the smallest number of a record joined to it.
    rounds : int
        How many it took.
    """
    labels: ir.Table | None = None
    edges, rounds = links.select(one="left", other="right"), 0
    while True:
        rounds += 1
        ends = _ends(edges, store)
        fewer = store.keep(_between_ends(edges, ends))
        if rounds > 1:
            store.drop(edges)
        if labels is None:
            labels = ends
        else:
            before, labels = labels, store.keep(_carried_on(labels, ends))
            store.drop(before)
            store.drop(ends)
        edges = fewer
        if not count_rows(edges):
            store.drop(edges)
            return labels, rounds


def _ends(edges: ir.Table, store: Store) -> ir.Table:
    """Return where pointers to smaller numbers end: `number`, `component`."""
    turned = edges.select(one="other", other="one")
    near = edges.select("one", "other").union(turned, distinct=False)
    smallest = near.group_by("one").agg(smallest=near["other"].min())
    held = store.keep(smallest.select(number="one", component=ibis.least(smallest["one"], smallest["smallest"])))
    while True:
        above = held.select(above="number", end="component")
        joined = held.inner_join(above, held["component"] == above["above"])
        further = store.keep(joined.select("number", component="end", moved=joined["end"] != joined["component"]))
        store.drop(held)
        held = further
        if not count_rows(held.filter(held["moved"])):
            return held


def _between_ends(edges: ir.Table, ends: ir.Table) -> ir.Table:
    """Return the links between the ends of pointers, each once, the smaller number first."""
    one = ends.select(one="number", one_end="component")
    other = ends.select(other="number", other_end="component")
    joined = edges.inner_join(one, "one").inner_join(other, "other")
    apart = joined.filter(joined["one_end"] != joined["other_end"]).select(first="one_end", second="other_end")
    in_order = apart.select(
        one=ibis.least(apart["first"], apart["second"]), other=ibis.greatest(apart["first"], apart["second"])
    )
    return each_once(in_order)


def _carried_on(labels: ir.Table, ends: ir.Table) -> ir.Table:
    """Return the components of records after those have been joined further."""
    further = ends.select(before="number", end="component")
    joined = labels.left_join(further, labels["component"] == further["before"])
    return joined.select("number", component=ibis.coalesce(joined["end"], joined["component"]))


def _open_records(labels: ir.Table, links: ir.Table, records: ir.Table | None) -> ir.Table:
    """Return the records of components in which merges must be weighed: `number`, `component`.

    Some pair is no link there, or, where `records` with their sources are given, some two are of one source.
    """
    sizes = labels.group_by("component").agg(size=labels.count())
    if records is not None:
        sourced = labels.select("number", "component").inner_join(records.select("number", "source"), "number")
        sizes = sourced.group_by("component").agg(size=sourced.count(), sources=sourced["source"].nunique())
    placed = links.inner_join(labels.select(left="number", component="component"), "left")
    counted = placed.group_by("component").agg(links=placed.count())
    facts = counted.inner_join(sizes, "component")
    lacking = 2 * facts["links"] < facts["size"] * (facts["size"] - 1)
    if records is not None:
        lacking = lacking | (facts["sources"] < facts["size"])
    return matched_rows(labels, facts.filter(lacking), ["component"])


def _pairs_inside(weighed: ir.Table, open_: ir.Table, store: Store) -> ScoredPairs:
    """Return the pairs whose records lie in one component of some."""
    held = store.keep(open_.select("number", "component"))
    pairs = weighed
    for end in ("left", "right"):
        pairs = pairs.inner_join(held.select(**{end: "number", f"of_{end}": "component"}), end)
    inside = read_pairs(pairs.filter(pairs["of_left"] == pairs["of_right"]))
    store.drop(held)
    return inside
