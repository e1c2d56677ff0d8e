"""Association rules: what goes with what beyond chance, counted in whole baskets."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, comb
from typing import Any
from warnings import catch_warnings

import numpy as np
import pandas as pd
from scipy import sparse, stats

from helpers.core.arrays import FloatArray, IntArray
from helpers.core.checks import require_within
from helpers.core.intervals import wilson_ends
from helpers.interaction.baskets import Baskets

COLUMNS = ["if_bought", "then_bought", "baskets", "if_baskets", "then_baskets"]
_SHORT = 3
_PAIRS_AT_ONCE = 500


@dataclass(frozen=True)
class Rules:
    """Rules of at least some support and confidence, and which of them go beyond chance.

    Parameters
    ----------
    table : DataFrame
        One row per rule, the highest lift first: if_bought, then_bought (text), baskets (that hold all of it),
        if_baskets, then_baskets (that hold the one side), support, confidence with low and high, lift, expected
        (baskets by chance, given the sizes of the baskets), p_value, adjusted, beyond_chance.
    tried : int
        Rules that could have been found: all that the items allow, up to the length searched.
    baskets : int
        Baskets searched.
    """

    table: pd.DataFrame
    tried: int
    baskets: int

    @property
    def found(self) -> pd.DataFrame:
        """The rules beyond chance."""
        return self.table[self.table["beyond_chance"]]

    def of_confidence(self, confidence: float) -> pd.DataFrame:
        """Return the rules of at least this confidence, compared in whole baskets, the highest lift first.

        Parameters
        ----------
        confidence : float
            Least share of the baskets with the left side that hold the right side.

        Raises
        ------
        InputError
            When the share is out of range.
        """
        require_within({"confidence": confidence}, low=0, high=1, low_open=True)
        least = _exact(confidence)
        return self.table[self.table["baskets"] * least.denominator >= self.table["if_baskets"] * least.numerator]


def count_itemsets(baskets: Baskets, least: int, *, items_at_most: int | None = None) -> dict[frozenset[int], int]:
    """Count the baskets that hold each set of items, of all sets in at least some baskets.

    Parameters
    ----------
    baskets : Baskets
        To be searched.
    least : int
        Baskets from which on a set counts.
    items_at_most : int, optional
        Largest set searched; above three, or without it, FP-growth of mlxtend searches.

    Returns
    -------
    dict of frozenset of int to int
        Baskets by set of column numbers.

    References
    ----------
    Han, Pei and Yin (2000), "Mining frequent patterns without candidate generation", SIGMOD.
    """
    if items_at_most is not None and items_at_most <= _SHORT:
        return _short_itemsets(baskets, least, items_at_most)
    with catch_warnings():  # at its import mlxtend turns on every warning of every library, for good
        from mlxtend.frequent_patterns import fpgrowth

    number = baskets.holds.shape[0]
    table = pd.DataFrame(baskets.holds.toarray())
    # Half a basket below the limit, so that rounding of the quotient cannot shift it.
    found = fpgrowth(table, min_support=(least - 0.5) / number, max_len=items_at_most)
    counts = (found["support"].to_numpy() * number).round().astype(int).tolist()
    return dict(zip(found["itemsets"], counts, strict=True))


def _short_itemsets(baskets: Baskets, least: int, items_at_most: int) -> dict[frozenset[int], int]:
    """Count sets of up to three items by products of sparse matrices, which is many times faster for short sets."""
    holds = sparse.csc_matrix(baskets.holds, dtype=np.int32)
    single = np.asarray(holds.sum(axis=0)).ravel()
    counted = {frozenset((one,)): int(single[one]) for one in np.flatnonzero(single >= least).tolist()}
    if items_at_most < 2:
        return counted
    one, other, together = _often(holds.T @ holds, least)
    pairs = zip(one.tolist(), other.tolist(), together.tolist(), strict=True)
    counted |= {frozenset((left, right)): count for left, right, count in pairs}
    for start in range(0, len(one) if items_at_most > 2 else 0, _PAIRS_AT_ONCE):
        left, right = one[start : start + _PAIRS_AT_ONCE], other[start : start + _PAIRS_AT_ONCE]
        both = holds[:, left].multiply(holds[:, right]).tocsc()
        triples = sparse.coo_matrix(both.T @ holds)
        kept = (triples.data >= least) & (triples.col > right[triples.row])
        cells = (left[triples.row[kept]], right[triples.row[kept]], triples.col[kept], triples.data[kept])
        found = zip(*(one.tolist() for one in cells), strict=True)
        counted |= {frozenset((first, second, third)): count for first, second, third, count in found}
    return counted


def _often(together: Any, least: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return the pairs of columns, the smaller first, that are together in at least some baskets, and in how many."""
    cells = sparse.coo_matrix(together)
    kept = (cells.data >= least) & (cells.col > cells.row)
    found = np.array([cells.row[kept], cells.col[kept], cells.data[kept]], dtype=np.int64)
    found = found[:, np.lexsort((found[1], found[0]))]
    return found[0], found[1], found[2]


def find_rules(
    baskets: Baskets,
    *,
    support: float,
    confidence: float,
    items_at_most: int | None = None,
    false_share: float = 0.05,
    interval: float = 0.95,
) -> Rules:
    """Find rules with one item on the right, and say which go beyond chance.

    A rule is held against baskets of the same sizes whose other items do not depend on the left side: in large
    baskets everything meets everything. Of all rules that could have been tried, including those too rare to be
    counted, at most the stated share of those named is expected to be false; each length of rules weighs the same.

    Parameters
    ----------
    baskets : Baskets
        To be searched.
    support, confidence : float
        Least share of baskets with all items of the rule, and least share of those with its left side.
    items_at_most : int, optional
        Longest rule, both sides together.
    false_share : float
        Expected share of rules named that are chance.
    interval : float
        Coverage of the intervals of the confidence.

    Returns
    -------
    Rules
        Compared in whole baskets: three of four is a confidence of 0.75, whatever rounding makes of it.

    Raises
    ------
    InputError
        When a share is out of range.

    References
    ----------
    Agrawal and Srikant (1994), "Fast algorithms for mining association rules", VLDB. Hoeffding (1956), Annals of
    Mathematical Statistics 27: the binomial bounds the tail of unequal chances. Benjamini and Hochberg (1995), JRSS B
    57; Genovese, Roeder and Wasserman (2006), Biometrika 93: weights.
    """
    shares = {"support": support, "confidence": confidence, "false_share": false_share}
    require_within(shares, low=0, high=1, low_open=True)
    number = baskets.holds.shape[0]
    least = max(1, ceil(_exact(support) * number))
    counted = count_itemsets(baskets, least, items_at_most=items_at_most)
    rows = _rows(counted, _exact(confidence))
    items = int((baskets.counts >= least).sum())
    longest = max(items_at_most or 0, max((len(one) for one in counted), default=2), 2)
    tried = {length: comb(items, length) * length for length in range(2, min(longest, items) + 1)}
    table = _measured(rows, baskets, interval)
    length = np.array([len(one[0]) + 1 for one in rows], dtype=np.int64)
    table["adjusted"] = _adjusted(table["p_value"].to_numpy(), length, tried)
    table["beyond_chance"] = table["adjusted"] <= false_share
    order = ["lift", "confidence", "baskets", "if_bought", "then_bought"]
    table = table.sort_values(order, ascending=[False, False, False, True, True], kind="stable", ignore_index=True)
    return Rules(table, sum(tried.values()), number)


def _exact(share: float) -> Fraction:
    """Return a share as it was written: 0.8 is four fifths, not the nearest number of the machine."""
    return Fraction(repr(float(share)))


def _rows(counted: dict[frozenset[int], int], confidence: Fraction) -> list[tuple[frozenset[int], int, int, int, int]]:
    above, below = confidence.numerator, confidence.denominator
    rows = []
    for items, together in counted.items():
        if len(items) < 2:
            continue
        for right in items:
            left = items - {right}
            if together * below >= above * counted[left]:
                rows.append((left, right, together, counted[left], counted[frozenset((right,))]))
    return rows


def _measured(rows: list[tuple[frozenset[int], int, int, int, int]], baskets: Baskets, interval: float) -> pd.DataFrame:
    names = baskets.items.to_numpy()
    texts = [(", ".join(sorted(names[list(left)])), names[right], *counts) for left, right, *counts in rows]
    table = pd.DataFrame(texts, columns=COLUMNS)
    together, left, right = (table[name].to_numpy(dtype=np.float64) for name in COLUMNS[2:])
    number = baskets.holds.shape[0]
    low, high = wilson_ends(together, left, alpha=1 - interval)
    chance = _chances(rows, baskets)
    return table.assign(
        support=together / number,
        confidence=together / left,
        low=low,
        high=high,
        lift=together * number / (left * right),
        expected=left * chance,
        p_value=stats.binom.sf(together - 1, left, chance),
    )


def _chances(rows: list[tuple[frozenset[int], int, int, int, int]], baskets: Baskets) -> FloatArray:
    """Return for each rule the mean chance of its right side in baskets as large as those with its left side."""
    size, of_size = np.unique(baskets.sizes, return_inverse=True)
    chance = chances_by_size(baskets)
    holds = sparse.csc_matrix(baskets.holds)
    rows_of = np.split(holds.indices, holds.indptr[1:-1])
    marked = np.zeros(holds.shape[0], dtype=bool)

    @lru_cache(maxsize=1)
    def by_size(left: frozenset[int]) -> IntArray:
        there, *others = sorted((rows_of[item] for item in left), key=len)
        for rows in others:
            marked[there] = True
            both = rows[marked[rows]]
            marked[there] = False
            there = both
        return np.bincount(of_size[there], minlength=len(size))

    found = np.zeros(len(rows))
    for place in sorted(range(len(rows)), key=lambda one: sorted(rows[one][0])):
        left, right, *_ = rows[place]
        weight = by_size(left)
        found[place] = weight @ chance[:, right] / weight.sum()
    return found.clip(0.0, 1.0)


def chances_by_size(baskets: Baskets, *, rounds: int = 200) -> FloatArray:
    """Return the chance that a basket of a size holds an item, where only sizes and counts are known.

    Parameters
    ----------
    baskets : Baskets
        Their sizes and the counts of their items.
    rounds : int
        Steps of the fit.

    Returns
    -------
    array, shape (sizes, items)
        Odds are a product of a factor of the size and one of the item (Rasch 1960); by size their chances add up to
        the size, and by item to its count.
    """
    size, baskets_of_size = np.unique(baskets.sizes, return_counts=True)
    count = np.bincount(baskets.holds.indices, minlength=len(baskets.items)).astype(np.float64)
    x, y = size / np.sqrt(count.sum()), count / np.sqrt(count.sum())
    for _ in range(rounds):
        y = count / (baskets_of_size[:, None] * x[:, None] / (1 + x[:, None] * y)).sum(axis=0)
        x = size / (y / (1 + x[:, None] * y)).sum(axis=1)
    odds = x[:, None] * y
    return np.asarray(odds / (1 + odds), dtype=np.float64)


def _adjusted(p_value: FloatArray, length: IntArray, tried: dict[int, int]) -> Any:
    """Return p-values adjusted for all rules that could have been tried, each length with the same weight."""
    if not len(p_value):
        return p_value
    weighted = p_value * len(tried) * np.array([float(tried[one]) for one in length.tolist()])
    order = np.argsort(weighted, kind="stable")
    raised = weighted[order] / np.arange(1, len(weighted) + 1)
    adjusted = np.empty(len(weighted))
    adjusted[order] = np.minimum.accumulate(raised[::-1])[::-1].clip(max=1.0)
    return adjusted
