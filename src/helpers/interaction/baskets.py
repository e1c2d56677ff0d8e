"""Baskets: which products, or groups of them, were bought together; and the same baskets with the products shuffled."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import sparse

from helpers.core.any_engine import each_once
from helpers.core.arrays import BoolArray, IntArray
from helpers.core.errors import Fault, InputError, counted
from helpers.core.returns import purchase_lines, without_purchases
from helpers.interaction.purchases import without_items

LEVELS = ("category", "department", "brand", "product_id")
CELLS_AT_ONCE = 2**26
"""Cells of baskets by items, one byte each, that are looked up directly when baskets are shuffled."""
ITEMS_AT_MOST = 2_000
"""Items that are searched for rules; of more, no basket could be held in memory as a row."""


@dataclass(frozen=True)
class Baskets:
    """Which basket holds which item.

    Parameters
    ----------
    holds : sparse matrix, shape (baskets, items)
        One where the basket holds the item, however many pieces.
    items : Index
        Names of the columns, sorted.
    large : int
        Baskets left out because they hold too many items.
    """

    holds: sparse.csr_matrix = field(repr=False)
    items: pd.Index
    large: int = 0

    @property
    def sizes(self) -> IntArray:
        """Items in each basket."""
        return np.diff(self.holds.indptr).astype(np.int64)

    @property
    def counts(self) -> "pd.Series[int]":
        """Baskets that hold each item, the most common first."""
        found = pd.Series(np.bincount(self.holds.indices, minlength=len(self.items)), index=self.items, name="baskets")
        return found.sort_values(ascending=False, kind="stable")


def gather_baskets(
    orders: ir.Table,
    as_of: date,
    *,
    products: ir.Table | None = None,
    level: str = "category",
    basket_limit: int = 100,
) -> Baskets:
    """Gather the orders before the analysis date as baskets; what came back is in none.

    Every basket comes into this process, for rules are held against baskets whose products are shuffled: of a million
    lines about half a million rows, 3 MB once they are a matrix.

    Parameters
    ----------
    orders : ibis Table
        Standard transactions: customer_id, order_id, time, product_id; or standard baskets, order_id and product_id
        alone, all of which count.
    as_of : date
        Analysis date.
    products : ibis Table, optional
        Standard products; without them an item is a product.
    level : str
        Column of products that names an item, or "product_id".
    basket_limit : int
        Items from which on a basket is left out, as that of a reseller or of a year booked on one number.

    Returns
    -------
    Baskets
        Lines whose product is in no group are left out.

    Raises
    ------
    InputError
        When there is no purchase, or fewer than two baskets or items are left, or too many items.
    """
    dated = "time" in orders.columns
    lines = purchase_lines(orders, as_of) if dated else orders.mutate(customer_id=ibis.literal(""))
    if products is None or level == "product_id":
        held = lines.select("customer_id", "order_id", item=lines["product_id"].cast("string"))
    else:
        of_group = products.group_by("product_id").agg(item=products[level].cast("string").min())
        held = lines.inner_join(of_group, "product_id").select("customer_id", "order_id", "item")
    held = each_once(held.drop_null(["order_id", "item"])).order_by("customer_id", "order_id", "item")
    frame = held.to_pyarrow().to_pandas()
    if frame.empty and dated:
        there = lines.count().to_pyarrow().as_py()
        raise InputError(without_items(level) if there else without_purchases(orders, as_of))
    basket = frame.groupby(["customer_id", "order_id"], sort=False).ngroup().to_numpy()
    return _as_baskets(basket, frame["item"], basket_limit)


def baskets_of(lists: Iterable[Iterable[str]], *, basket_limit: int = 100) -> Baskets:
    """Return lists of items as baskets; what stands twice in a list counts once.

    Parameters
    ----------
    lists : iterable of iterables of str
        The items of each basket.
    basket_limit : int
        Items from which on a basket is left out.

    Examples
    --------
    >>> baskets_of([["tea", "milk", "tea"], ["milk"]]).counts.to_dict()
    {'milk': 2, 'tea': 1}
    """
    held = [(number, item) for number, items in enumerate(lists) for item in sorted({*items})]
    frame = pd.DataFrame(held, columns=["basket", "item"])
    return _as_baskets(frame["basket"].to_numpy(dtype=np.int64), frame["item"], basket_limit)


def shuffle_baskets(baskets: Baskets, rng: np.random.Generator, *, rounds: int = 8) -> Baskets:
    """Shuffle items between baskets: every basket keeps its size, every item its count, and nothing goes together.

    In each round all entries are paired by lot, and both of a pair change their baskets, unless a basket would then
    hold an item twice; pairs that stand in each other's way stay as they are, which keeps all outcomes equally likely.

    Parameters
    ----------
    baskets : Baskets
        As they were bought.
    rng : numpy Generator
        Source of randomness.
    rounds : int
        The more, the less is left of the order before.

    References
    ----------
    Gionis, Mannila, Mielikäinen and Tsaparas (2007), "Assessing data mining results via swap randomization", ACM
    Transactions on Knowledge Discovery from Data 1.
    """
    width = len(baskets.items)
    row = np.repeat(np.arange(baskets.holds.shape[0], dtype=np.int64), np.diff(baskets.holds.indptr))
    item = baskets.holds.indices.astype(np.int64)
    half = len(item) // 2
    cells = max(1, baskets.holds.shape[0] * width)
    seen, exact = np.zeros(min(cells, CELLS_AT_ONCE), dtype=bool), cells <= CELLS_AT_ONCE
    for _ in range(rounds):
        order = rng.permutation(len(item))
        one, two = order[:half], order[half : 2 * half]
        before = row * width + item
        proposed = np.concatenate([row[one] * width + item[two], row[two] * width + item[one]])
        everything = np.sort(np.concatenate([before, proposed]))
        twice = everything[1:][everything[1:] == everything[:-1]]
        blocked = _among(np.concatenate([proposed, before[one], before[two]]), twice, seen, exact=exact)
        free = ~blocked.reshape(4, half).any(axis=0)
        item[one[free]], item[two[free]] = item[two[free]], item[one[free]]
    holds = sparse.csr_matrix((np.ones(len(item), dtype=bool), (row, item)), shape=baskets.holds.shape)
    holds.sort_indices()
    return Baskets(holds, baskets.items, baskets.large)


def _among(cells: IntArray, wanted: IntArray, seen: BoolArray, *, exact: bool) -> BoolArray:
    """Say of each cell whether it is among those wanted, which are in order; `seen` is all false, and is so again.

    Most cells are not: one look into a table rules them out, where a search would step through all that are wanted.
    Where every cell has a place of its own, the table is `exact` and nothing is searched for.
    """
    if exact:
        seen[wanted] = True
        found = seen[cells]
        seen[wanted] = False
        return found
    seen[wanted % len(seen)] = True
    found = seen[cells % len(seen)]
    seen[wanted % len(seen)] = False
    maybe = np.flatnonzero(found)
    if len(maybe):  # several cells share a place of the table where it is shorter than there are cells
        place = np.searchsorted(wanted, cells[maybe]).clip(max=len(wanted) - 1)
        found[maybe] = wanted[place] == cells[maybe]
    return found


def _as_baskets(basket: IntArray, names: "pd.Series[str]", limit: int) -> Baskets:
    code, items = pd.factorize(names, sort=True)
    shape = (int(basket.max()) + 1 if len(basket) else 0, len(items))
    holds = sparse.csr_matrix((np.ones(len(code), dtype=bool), (basket, code)), shape=shape)
    size = np.diff(holds.indptr)
    small = size <= limit
    kept = Baskets(holds[small], pd.Index(items), int((~small).sum()))
    _require_some(kept, limit)
    return kept


def _require_some(baskets: Baskets, limit: int) -> None:
    """Refuse baskets in which nothing can go together."""
    number, items = baskets.holds.shape
    left_out = f"; {baskets.large} with more than {limit} items are left out" if baskets.large else ""
    faults = []
    if number < 2:
        remedy = "raise basket_limit" if baskets.large else "take a longer history; is order_id the number of an order?"
        faults.append(Fault(f"{counted(number, 'basket')}{left_out}", "orders", "two baskets or more", remedy))
    if items < 2:
        what = f"{counted(items, 'item')} in all baskets"
        faults.append(Fault(what, "products", "two items or more", "choose a finer product_level"))
    if items > ITEMS_AT_MOST:
        what = f"{items:,} items in the baskets"
        remedy = "choose a coarser product_level, such as category"
        faults.append(Fault(what, "product_level", f"at most {ITEMS_AT_MOST:,}", remedy))
    if faults:
        raise InputError(faults)
