"""Who bought what: one row per customer, one column per item, before a day or between two."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import sparse

from helpers.core.arrays import BoolArray
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_total
from helpers.core.returns import purchase_lines, without_purchases


@dataclass(frozen=True)
class Purchases:
    """Orders and revenue of each customer and item.

    Parameters
    ----------
    orders, revenue : sparse matrix, shape (customers, items)
        Orders that hold the item, and what was paid for it, study currency.
    customers, items : Index
        Rows and columns, sorted.
    """

    orders: sparse.csr_matrix = field(repr=False)
    revenue: sparse.csr_matrix = field(repr=False)
    customers: pd.Index
    items: pd.Index

    def part(self, start: int, end: int) -> "Purchases":
        """Return the customers from one row to another, that one left out."""
        return Purchases(self.orders[start:end], self.revenue[start:end], self.customers[start:end], self.items)

    @property
    def had(self) -> BoolArray:
        """Whether each customer bought each item, shape (customers, items)."""
        there: BoolArray = (self.orders > 0).toarray()
        return there

    @property
    def buyers(self) -> "pd.Series[int]":
        """Customers who bought each item."""
        return pd.Series(np.bincount(self.orders.indices, minlength=len(self.items)), index=self.items)

    def of(self, customers: pd.Index, items: pd.Index) -> "Purchases":
        """Return the purchases of these customers and items, nought where there were none.

        Examples
        --------
        >>> bought = purchases_of(pd.DataFrame({"tea": [1, 0], "jam": [2, 3]}, index=["Ann", "Ben"]))
        >>> bought.of(pd.Index(["Ben", "Eve"]), pd.Index(["jam"])).orders.toarray().tolist()
        [[3.0], [0.0]]
        """
        row, column = customers.get_indexer(self.customers), items.get_indexer(self.items)
        found = []
        for whole in (self.orders.tocoo(), self.revenue.tocoo()):
            where = row[whole.row], column[whole.col]
            known = (where[0] >= 0) & (where[1] >= 0)
            cells = (whole.data[known], (where[0][known], where[1][known]))
            found.append(sparse.csr_matrix(cells, shape=(len(customers), len(items))))
        return Purchases(found[0], found[1], customers, items)


def without_items(level: str) -> Fault:
    """Return the fault of purchases of which none is of a known item."""
    what = f"no purchase is of a product whose {level} is known"
    return Fault(what, "products", f"the {level} of each product", "fill it, or choose another product_level")


def common_items(purchases: Purchases, at_most: int) -> pd.Index:
    """Return the items that most customers bought, sorted; of as many buyers the first by name."""
    chosen = purchases.buyers.sort_values(ascending=False, kind="stable").index[:at_most]
    return chosen.sort_values()


def gather_purchases(
    transactions: ir.Table,
    as_of: date,
    *,
    products: ir.Table | None = None,
    level: str = "category",
    since: date | None = None,
    customers: Iterable[object] | None = None,
    items: Iterable[str] | None = None,
) -> Purchases:
    """Gather who bought what in a window.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, order_id, time, product_id, amount.
    as_of, since : date
        Window, see `helpers.core.lines.lines_until`.
    products : ibis Table, optional
        Standard products; without them an item is a product.
    level : str
        Column of products that names an item, or "product_id".
    customers, items : iterable, optional
        Rows and columns wanted, so that two windows have the same; those seen where none are given.

    Raises
    ------
    InputError
        When rows and columns are those seen and there is no purchase.
    """
    lines = purchase_lines(transactions, as_of, since=since)
    if products is None or level == "product_id":
        lines = lines.mutate(item=lines["product_id"].cast("string"))
    else:
        of_group = products.group_by("product_id").agg(item=products[level].cast("string").min())
        lines = lines.select("customer_id", "order_id", "product_id", "amount").inner_join(of_group, "product_id")
    # Order by order first: to count distinct orders cell by cell takes a third longer.
    held = lines.drop_null(["item"]).group_by("customer_id", "item", "order_id").agg(paid=exact_total(lines["amount"]))
    cells = held.group_by("customer_id", "item")
    found = cells.agg(orders=held["order_id"].count(), revenue=held["paid"].sum().cast("float64"))
    frame = found.order_by("customer_id", "item").to_pyarrow().to_pandas()
    if frame.empty and customers is None:
        there = purchase_lines(transactions, as_of, since=since).count().to_pyarrow().as_py()
        raise InputError(without_items(level) if there else without_purchases(transactions, as_of, since=since))
    rows = pd.Index(sorted(frame["customer_id"].unique()) if customers is None else list(customers))
    columns = pd.Index(sorted(frame["item"].unique()) if items is None else list(items))
    place = rows.get_indexer(frame["customer_id"]), columns.get_indexer(frame["item"])
    known = (place[0] >= 0) & (place[1] >= 0)
    where, shape = (place[0][known], place[1][known]), (len(rows), len(columns))
    orders, revenue = (
        sparse.csr_matrix((frame.loc[known, name].to_numpy(dtype=np.float64), where), shape=shape)
        for name in ("orders", "revenue")
    )
    return Purchases(orders, revenue, rows, columns)


def purchases_of(orders: pd.DataFrame) -> Purchases:
    """Return a table of orders, customers by items, as purchases without revenue.

    Examples
    --------
    >>> purchases_of(pd.DataFrame({"tea": [1, 0], "jam": [2, 3]}, index=["Ann", "Ben"])).buyers.to_dict()
    {'tea': 1, 'jam': 2}
    """
    counted = sparse.csr_matrix(orders.to_numpy(dtype=np.float64))
    return Purchases(counted, counted * 0.0, pd.Index(orders.index), pd.Index(orders.columns))
