"""From scored pairs to customers: groups of records, and what a threshold is expected to cost."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from helpers.core.arrays import BoolArray, IntArray


@dataclass(frozen=True)
class ScoredPairs:
    """Pairs of records with their match weights.

    Parameters
    ----------
    left, right : numpy.ndarray
        Record numbers.
    weights : numpy.ndarray
        Match weights, bits (log2 odds of one customer).
    """

    left: IntArray
    right: IntArray
    weights: npt.NDArray[np.float64]


def weight_at(probability: float) -> float:
    """Return the match weight of a match probability, bits.

    Examples
    --------
    >>> weight_at(0.5), weight_at(0.8)
    (0.0, 2.0)
    """
    if probability >= 1:
        return float("inf")
    return round(float(np.log2(probability / (1 - probability))), 12)


def group_records(
    pairs: ScoredPairs, n_records: int, *, threshold: float, unscored: float, sources: IntArray | None = None
) -> tuple[IntArray, int]:
    """Group records into customers, best pairs first, each merge weighed with all the pairs it would create.

    Following every link would let one wrong pair join two families of right ones. Here two groups merge over a pair at
    or above the threshold only when the pairs between them lie there on average: the merge of two groups is then
    expected to save more than it costs, as the threshold promises for a single pair (average linkage, Sokal and
    Michener, 1958, on the log odds). Only records that a chain of links connects can come together, so that each
    connected component is a task of its own, and most need no weighing at all.

    Parameters
    ----------
    pairs : ScoredPairs
        The pairs kept, each once.
    n_records : int
        Number of records.
    threshold : float
        Match probability from which merging pays.
    unscored : float
        Match probability taken for pairs that are not among `pairs`.
    sources : numpy.ndarray, optional
        Source number of every record; when given, no group takes two records of one source.

    Returns
    -------
    groups : numpy.ndarray
        Group of every record, numbered from 0 by their first record.
    refused : int
        Pairs at or above the threshold whose records stay apart because their groups do not fit.

    Examples
    --------
    >>> pairs = ScoredPairs(np.array([0, 2, 1]), np.array([1, 3, 2]), np.array([9.0, 9.0, 1.0]))
    >>> groups, refused = group_records(pairs, 4, threshold=0.5, unscored=0.01)
    >>> groups.tolist(), refused
    ([0, 0, 1, 1], 1)
    """
    linked = pairs.weights >= weight_at(threshold)
    labels, open_ = _components(pairs, linked, n_records, sources)
    within = open_[pairs.left] & (labels[pairs.left] == labels[pairs.right])
    inside = ScoredPairs(pairs.left[within], pairs.right[within], pairs.weights[within])
    records, groups = weigh_merges(inside, threshold=threshold, unscored=unscored, sources=sources)
    labels += n_records
    labels[records] = groups
    refused = int((labels[pairs.left[linked]] != labels[pairs.right[linked]]).sum())
    return pd.factorize(labels)[0].astype(np.int64), refused


def weigh_merges(
    inside: ScoredPairs, *, threshold: float, unscored: float, sources: IntArray | None
) -> tuple[IntArray, IntArray]:
    """Group the records of components in which merges must be weighed; see `group_records`.

    Parameters
    ----------
    inside : ScoredPairs
        The pairs kept whose records lie in one such component.
    threshold, unscored, sources
        As for `group_records`.

    Returns
    -------
    records : numpy.ndarray
        Every record of a pair once.
    groups : numpy.ndarray
        Their groups, each called by one of its records.
    """
    least = weight_at(threshold)
    forest = _Groups(inside, least, weight_at(unscored), sources)
    order = np.lexsort((inside.right, inside.left, -inside.weights))
    following = order[inside.weights[order] >= least]
    for left, right in zip(inside.left[following].tolist(), inside.right[following].tolist(), strict=True):
        forest.merge_if_it_pays(left, right)
    records = np.unique(np.concatenate([inside.left, inside.right]))
    return records, np.array([forest.group_of(record) for record in records.tolist()], dtype=np.int64)


def _components(
    pairs: ScoredPairs, linked: BoolArray, n_records: int, sources: IntArray | None
) -> tuple[IntArray, BoolArray]:
    """Return the component of every record over the links, and which records lie in one where merges must be weighed.

    Where every pair of a component is linked, any merge pays and all its records are one customer. Groups of different
    components are never compared: no link leads from one to the other.
    """
    ends = (pairs.left[linked], pairs.right[linked])
    graph = coo_matrix((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(n_records, n_records))
    component = connected_components(graph, directed=False)[1].astype(np.int64)
    size = np.bincount(component)
    links = np.bincount(component[ends[0]], minlength=len(size))
    open_ = links < size * (size - 1) // 2
    if sources is not None:
        met = np.unique(component * (int(sources.max()) + 1) + sources) // (int(sources.max()) + 1)
        open_ |= np.bincount(met, minlength=len(size)) < size
    return component, np.asarray(open_[component], dtype=bool)


class _Groups:
    """Groups of records that remember the weights between them: a union-find whose edges are summed on merging."""

    def __init__(
        self, pairs: ScoredPairs, threshold_weight: float, unscored_weight: float, sources: IntArray | None
    ) -> None:
        self._parent: dict[int, int] = {}
        self._size: dict[int, int] = {}
        self._unscored = unscored_weight - threshold_weight
        self._sources: dict[int, frozenset[int]] = {}
        self._between: dict[int, dict[int, tuple[float, int]]] = defaultdict(dict)
        gains = (pairs.weights - threshold_weight).tolist()
        for left, right, gain in zip(pairs.left.tolist(), pairs.right.tolist(), gains, strict=True):
            self._between[left][right] = self._between[right][left] = (gain, 1)
            if sources is not None:
                self._sources[left] = frozenset((int(sources[left]),))
                self._sources[right] = frozenset((int(sources[right]),))

    def group_of(self, record: int) -> int:
        parent = self._parent
        while (above := parent.get(record, record)) != record:
            parent[record] = parent.get(above, above)
            record = above
        return record

    def merge_if_it_pays(self, left: int, right: int) -> None:
        one, other = self.group_of(left), self.group_of(right)
        if one == other or self._sources.get(one, frozenset()) & self._sources.get(other, frozenset()):
            return
        gain, scored = self._between[one].get(other, (0.0, 0))
        pairs = self._size.get(one, 1) * self._size.get(other, 1)
        if gain + (pairs - scored) * self._unscored < 0:
            return
        if len(self._between[one]) < len(self._between[other]):
            one, other = other, one
        self._join(one, other)

    def _join(self, one: int, other: int) -> None:
        self._parent[other] = one
        self._size[one] = self._size.get(one, 1) + self._size.get(other, 1)
        if self._sources:
            self._sources[one] |= self._sources[other]
        mine = self._between[one]
        for third, (gain, scored) in self._between.pop(other).items():
            del self._between[third][other]
            if third != one:
                so_far, counted = mine.get(third, (0.0, 0))
                mine[third] = self._between[third][one] = (so_far + gain, counted + scored)


def expected_costs(
    probabilities: npt.NDArray[np.float64],
    thresholds: npt.NDArray[np.float64],
    *,
    cost_false_merge: float,
    cost_false_split: float,
) -> pd.DataFrame:
    """Return what each threshold is expected to cost, by the model's own match probabilities.

    Parameters
    ----------
    probabilities : numpy.ndarray
        Match probabilities of the scored pairs.
    thresholds : numpy.ndarray
        Thresholds to try.
    cost_false_merge, cost_false_split : float
        Cost of one pair wrongly merged, wrongly left apart.

    Returns
    -------
    pandas.DataFrame
        `threshold`, `links` (pairs merged), `false_merges`, `false_splits` (expected pairs), `precision`, `recall`
        (expected), `cost`. Matches that blocking lost are in none of them.

    Examples
    --------
    >>> table = expected_costs(np.array([0.9, 0.6, 0.1]), np.array([0.5, 0.8]), cost_false_merge=1, cost_false_split=1)
    >>> table["cost"].round(2).tolist()
    [0.6, 0.8]
    """
    ascending = np.sort(probabilities)
    below = np.searchsorted(ascending, thresholds, side="left")
    matches_below = np.concatenate([[0.0], np.cumsum(ascending)])[below]
    matches = float(ascending.sum())
    links = len(ascending) - below
    found = matches - matches_below
    table = pd.DataFrame(
        {"threshold": thresholds, "links": links, "false_merges": links - found, "false_splits": matches_below}
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        table["precision"] = found / links
        table["recall"] = found / matches if matches else np.nan
    cost = table["false_merges"] * cost_false_merge + table["false_splits"] * cost_false_split
    return table.assign(cost=cost)
