"""What to recommend to whom: by popularity, by content, by other customers, by habit; and a test on later purchases."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize

from helpers.core.arrays import FloatArray, IntArray
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import Interval, wilson
from helpers.interaction.next_product import mean_interval
from helpers.interaction.purchases import Purchases

METHODS = ("popularity", "content", "neighbours", "factors", "buy_again")
"""Ways to score items for customers; the first is what the others are held against."""
CONTENT = ("department", "category", "brand", "manufacturer")
_FACTORS = 20
NONE = -1
"""Stands in the place of an item where a customer has no further one."""


def describe_items(products: ir.Table, items: pd.Index, level: str) -> pd.DataFrame:
    """Describe items by what they are: the shares of their products in each department, category, brand and maker.

    Parameters
    ----------
    products : ibis Table
        Standard products.
    items : Index
        Items wanted.
    level : str
        Column that names an item, or "product_id".

    Returns
    -------
    DataFrame, shape (items, values)
        Rows that add up to one for each column used; columns finer than the item itself tell what it is made of.
    """
    used = [name for name in CONTENT if name in products.columns and name != level]
    frame = products.select(item=products[level].cast("string"), **{name: products[name] for name in used}).to_pandas()
    frame = frame[frame["item"].isin(items)]
    parts = [pd.crosstab(frame["item"], frame[name].fillna("").astype(str), normalize="index") for name in used]
    named = [part.add_prefix(f"{name} = ") for name, part in zip(used, parts, strict=True)]
    return pd.concat(named, axis=1).reindex(items).fillna(0.0) if named else pd.DataFrame(index=items)


class Recommender:
    """Scores of every item for every customer.

    Parameters
    ----------
    method : str
        "popularity": customers who bought it. "content": cosine of the item with all a customer bought (Pazzani and
        Billsus 2007). "neighbours": cosine of items by their buyers (Sarwar, Karypis, Konstan and Riedl 2001).
        "factors": truncated singular value decomposition (Cremonesi, Koren and Turrin 2010). "buy_again": own orders.
    random_state : int
        Seed of the decomposition.
    """

    def __init__(self, method: str = "neighbours", *, random_state: int = 0) -> None:
        self.method = method
        self.random_state = random_state

    def fit(self, purchases: Purchases, content: pd.DataFrame | None = None) -> "Recommender":
        """Learn how items relate from what customers bought.

        Parameters
        ----------
        purchases : Purchases
            All customers learnt from.
        content : DataFrame, optional
            From `describe_items`; needed by the method "content".

        Raises
        ------
        InputError
            When there are fewer than two customers or items, nothing describes the items, or all customers are alike.
        """
        customers, items = purchases.orders.shape
        if min(customers, items) < 2:
            what = f"{customers} customers and {items} items"
            raise InputError(Fault(what, "transactions", "two or more of each", "choose a finer product_level"))
        bought = _taste(purchases)
        self.popularity_ = purchases.buyers.to_numpy(dtype=np.float64)
        if self.method == "content":
            if content is None or content.empty:
                remedy = f"map one of {', '.join(CONTENT)} in the table products"
                raise InputError(Fault("nothing describes the items", "products", remedy=remedy))
            self.relation_ = np.asarray(cosine_similarity(content.to_numpy(dtype=np.float64)))
        elif self.method == "neighbours":
            self.relation_ = np.asarray(cosine_similarity(bought.T, dense_output=True))
        elif self.method == "factors":
            if np.array_equal(bought.min(axis=0).toarray(), bought.max(axis=0).toarray()):
                remedy = "choose a finer product_level"
                raise InputError(Fault("all customers bought the same, equally often", "transactions", remedy=remedy))
            number = max(1, min(_FACTORS, items // 4, customers - 1))
            model = TruncatedSVD(number, algorithm="arpack", random_state=self.random_state).fit(bought)
            self.relation_ = model.components_.T @ model.components_
        return self

    def score(self, purchases: Purchases) -> FloatArray:
        """Return the scores, customers by items; of equal ones the more popular item comes first."""
        if self.method == "buy_again":
            scores = np.asarray(purchases.orders.toarray())
        elif self.method == "popularity":
            scores = np.zeros(purchases.orders.shape)
        else:
            scores = np.asarray(normalize(_taste(purchases)) @ self.relation_)
        # Rounded, so that the order of equal scores does not hang on the last digit of the machine.
        return np.asarray(scores.round(9) + 1e-10 * self.popularity_ / max(float(self.popularity_.max()), 1.0))


def top_items(scores: FloatArray, purchases: Purchases, *, number: int = 10, repeats: bool = False) -> IntArray:
    """Return the columns of the best items of each customer, the best first.

    Parameters
    ----------
    scores : array, shape (customers, items)
        From `Recommender.score`.
    purchases : Purchases
        What they bought before: it is never recommended, unless `repeats` says so.
    number : int
        Items wanted.
    repeats : bool
        Whether what was bought before may come back.

    Returns
    -------
    array of int, shape (customers, number)
        No item twice; `NONE` where there are no more.
    """
    allowed = scores if repeats else np.where(purchases.had, -np.inf, scores)
    order = np.argsort(-allowed, axis=1, kind="stable")[:, :number]
    found = np.where(np.isneginf(np.take_along_axis(allowed, order, axis=1)), NONE, order)
    short = number - found.shape[1]
    return np.pad(found, ((0, 0), (0, max(short, 0))), constant_values=NONE).astype(np.int64)


def recommend(
    model: Recommender, purchases: Purchases, *, number: int = 10, repeats: bool = False, at_once: int = 10_000
) -> IntArray:
    """Return the columns of the best items of each customer, scored some customers at a time to spare memory.

    Parameters
    ----------
    model : Recommender
        Fitted.
    purchases, number, repeats
        See `top_items`.
    at_once : int
        Customers scored together; the result does not depend on it.
    """
    rows = range(0, len(purchases.customers), at_once)
    parts = [purchases.part(start, start + at_once) for start in rows]
    found = [top_items(model.score(part), part, number=number, repeats=repeats) for part in parts]
    return np.concatenate(found) if found else np.empty((0, number), dtype=np.int64)


@dataclass(frozen=True)
class MethodTest:
    """What came of the recommendations of one method in the period held back.

    Parameters
    ----------
    recall : Interval
        Of what customers then bought, the share that had been recommended; mean over customers.
    gain : Interval
        More than by popularity, paired by customer; wider than the others, as the best of several is looked for.
    coverage : Interval
        Items recommended to anybody, share of all.
    novelty : Interval
        Mean surprise of the items recommended, minus log2 of the share of customers who have them, bits.
    """

    recall: Interval
    gain: Interval
    coverage: Interval
    novelty: Interval


def try_recommendations(
    chosen: Mapping[str, IntArray], before: Purchases, after: Purchases, *, repeats: bool, confidence: float = 0.95
) -> dict[str, MethodTest]:
    """Hold recommendations against what customers bought later.

    Parameters
    ----------
    chosen : mapping of str to array
        By method, from `top_items`; "popularity" among them.
    before, after : Purchases
        What was known, and the period held back; same customers and items.
    repeats : bool
        Whether buying again counts; else only items not bought before do.
    confidence : float
        Coverage of the intervals.

    Raises
    ------
    InputError
        When fewer than two customers bought anything that counts.
    """
    known = before.had
    wanted = after.had & (repeats | ~known)
    rows = np.flatnonzero(wanted.any(axis=1))
    if len(rows) < 2:
        what = f"{len(rows)} customers bought {'anything' if repeats else 'anything new'} in the period held back"
        raise InputError(Fault(what, "transactions", "two or more", "choose a finer product_level"))
    share = known.mean(axis=0).clip(min=0.5 / len(known))
    recalls = {name: _recall(items[rows], wanted[rows]) for name, items in chosen.items()}
    of_best = 1 - (1 - confidence) / max(len(chosen) - 1, 1)
    found = {}
    for name, items in chosen.items():
        there = items[rows] != NONE
        surprise = np.where(there, -np.log2(share)[items[rows]], np.nan)
        some = there.any(axis=1)
        novelty = np.nansum(surprise[some], axis=1) / there[some].sum(axis=1)
        seen = len(np.unique(items[rows][there]))
        found[name] = MethodTest(
            mean_interval(recalls[name], confidence),
            mean_interval(recalls[name] - recalls["popularity"], of_best),
            wilson(seen, known.shape[1], confidence=confidence),
            mean_interval(novelty, confidence) if len(novelty) else Interval(np.nan, np.nan, np.nan, confidence, ""),
        )
    return found


def _recall(items: IntArray, wanted: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]") -> FloatArray:
    there = items != NONE
    hits = np.take_along_axis(wanted, np.where(there, items, 0), axis=1) & there
    return np.asarray(hits.sum(axis=1) / wanted.sum(axis=1), dtype=np.float64)


def _taste(purchases: Purchases) -> sparse.csr_matrix:
    """Return what customers bought, each further order of an item counting less than the one before."""
    return purchases.orders.log1p()


def list_recommendations(best: IntArray, purchases: Purchases) -> pd.DataFrame:
    """Return recommendations as rows.

    Parameters
    ----------
    best : array of int, shape (customers, number)
        From `top_items`.
    purchases : Purchases
        Their customers and items.

    Returns
    -------
    DataFrame
        customer_id, place (1 is the best), product; no row where a customer has no further one.
    """
    row, place = np.nonzero(best != NONE)
    products = purchases.items.to_numpy()[best[row, place]]
    return pd.DataFrame({"customer_id": purchases.customers.to_numpy()[row], "place": place + 1, "product": products})
