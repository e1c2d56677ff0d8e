"""The price list, and what it says of every line sold: the price of the product on the day, for region and class."""

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import rows_beside
from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.core.lines import lines_until

_SCOPE = ("region", "customer_class")
_COLUMNS = ("product_id", "price", "valid_from", "valid_to", *_SCOPE)
_BEGIN, _END = pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")
_EPOCH = pd.Timestamp("1970-01-01")


def read_price_list(price_list: ir.Table | None, products: ir.Table | None = None) -> pd.DataFrame:
    """Check a price list; without one, take the list prices of the products, which hold always and for all.

    Parameters
    ----------
    price_list : ibis Table, optional
        Standard price list.
    products : ibis Table, optional
        Standard products with `list_price`; used where there is no price list.

    Returns
    -------
    DataFrame
        `product_id`, `price`, `valid_from`, `valid_to` (days, always known), `region`, `customer_class` (empty text
        where the price is for all); the price that goes before others below them. A price for one region goes before
        one for all, a price for one class of a region before one for all of it; among prices of one scope the one that
        began last goes first, of those that began together the one that ends first.

    Raises
    ------
    InputError
        When no price is known; for prices that are missing, infinite or negative, periods that end before they begin,
        and different prices for the same product, scope and period: all at once.

    Examples
    --------
    >>> prices = pd.DataFrame({"product_id": [1, 1], "price": [2.0, 1.5], "region": [None, "North"]})
    >>> read_price_list(ibis.memtable(prices))["price"].tolist()
    [2.0, 1.5]
    """
    if price_list is not None:
        require_columns(price_list.columns, ("product_id", "price"), where="table price_list")
        found = price_list.select(*(name for name in _COLUMNS if name in price_list.columns)).to_pyarrow().to_pandas()
        where = "table price_list"
    elif products is not None and "list_price" in products.columns:
        known = products.drop_null("list_price")
        found = known.select("product_id", price="list_price").to_pyarrow().to_pandas()
        where = "table products, list_price"
    else:
        raise InputError(Fault("no list price is known", where="tables price_list, products", remedy="map price_list"))
    if found.empty:
        raise InputError(Fault("no price is on the list", where=where, remedy="fill it in, or leave the table out"))
    for name, nothing in (("valid_from", _BEGIN), ("valid_to", _END)):
        days = pd.to_datetime(found[name]) if name in found else pd.Series(pd.NaT, index=found.index)
        found[name] = days.astype("datetime64[us]").fillna(nothing)
    for name in _SCOPE:
        texts = found[name].astype("string") if name in found else pd.Series(pd.NA, index=found.index, dtype="string")
        found[name] = texts.str.strip().fillna("").astype(object)
    found["price"] = pd.to_numeric(found["price"]).astype("float64")
    found = found.drop_duplicates(ignore_index=True)
    if faults := _faults(found, where):
        raise InputError(faults)
    one_region, one_class = ((found[name] != "").to_numpy(dtype="int64") for name in _SCOPE)
    order = found.assign(scope=2 * one_region + one_class).sort_values(
        ["scope", "valid_from", "valid_to", "product_id", *_SCOPE], ascending=[True, True, False, True, True, True]
    )
    listed: pd.DataFrame = order[list(_COLUMNS)].reset_index(drop=True)
    return listed


def _faults(prices: pd.DataFrame, where: str) -> list[Fault]:
    amount = prices["price"].to_numpy()
    named = ["product_id", "valid_from", "valid_to", *_SCOPE]
    checks = (
        (~np.isfinite(amount), "no price", "a number", "fill it in, or leave the row out"),
        (amount < 0, "a negative price", "0 or more", "correct it, or leave the row out"),
        (
            (prices["valid_to"] < prices["valid_from"]).to_numpy(),
            "a period that ends before it begins",
            "",
            "correct it",
        ),
        (prices.duplicated(named, keep=False).to_numpy(), "two prices for one scope and period", "one", "keep one"),
    )
    return [
        Fault(f"{what} of {counted(int(bad.sum()), 'price')}: product {some_of(products)}", where, allowed, remedy)
        for bad, what, allowed, remedy in checks
        if bad.any()
        for products in [prices["product_id"][bad].drop_duplicates().tolist()]
    ]


def describe_price_list(prices: pd.DataFrame) -> dict[str, int]:
    """Count what the list holds, by what its prices depend on.

    Parameters
    ----------
    prices : DataFrame
        From `read_price_list`.

    Returns
    -------
    dict
        `products`, `prices` (rows), `zero_prices`, and rows `of_a_period`, `of_a_region`, `of_a_class`.
    """
    in_period = (prices["valid_from"] > _BEGIN) & (prices["valid_to"] < _END)
    return {
        "products": int(prices["product_id"].nunique()),
        "prices": len(prices),
        "zero_prices": int((prices["price"] == 0).sum()),
        "of_a_period": int(in_period.sum()),
        "of_a_region": int((prices["region"] != "").sum()),
        "of_a_class": int((prices["customer_class"] != "").sum()),
    }


def price_lines(
    transactions: ir.Table,
    prices: pd.DataFrame,
    as_of: date,
    *,
    customers: ir.Table | None = None,
    customer_class: str = "",
) -> ir.Table:
    """Set beside every line sold what it would have cost by the list of its day.

    Returned goods are no sales: lines without a positive quantity or with a negative amount are left out, so that
    refunds, however large, change no price.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions with `product_id` and `quantity`.
    prices : DataFrame
        From `read_price_list`.
    as_of : date
        Nothing on or after it is used.
    customers : ibis Table, optional
        Standard customers, for prices by region and class.
    customer_class : str
        Attribute of the customers that `customer_class` of the list holds; empty for none.

    Returns
    -------
    ibis Table
        One row per line sold: `customer_id`, `order_id`, `product_id`, `time`, `region`, `customer_class` (empty where
        not known), `amount`, `list_amount` (missing where the list has no price above zero for it).

    Raises
    ------
    InputError
        When lines lack product or quantity, or the list has prices by region or class and the customers lack them.
    """
    require_columns(transactions.columns, ("product_id", "quantity"), where="table transactions")
    scope = _scope_of_customers(prices, customers, customer_class)
    lines = lines_until(transactions, as_of)
    sold = lines.filter((lines["quantity"] > 0) & (lines["amount"] >= 0))
    # Attributes of lines may be called like columns of the price list, or of a join.
    of_lines = ("customer_id", "order_id", "product_id", "time", "quantity")
    sold = sold.select(*of_lines, day=sold["time"].date().epoch_days(), amount=sold["amount"].cast("float64"))
    if scope is None:
        sold = sold.mutate(region=ibis.literal(""), customer_class=ibis.literal(""))
    else:
        sold = sold.left_join(scope, "customer_id").drop("customer_id_right")
        sold = sold.mutate(**{name: sold[name].fill_null("") for name in _SCOPE})
    named = ["product_id", "day", *_SCOPE]
    valid = _valid_prices(sold.select(*named).distinct(), prices)
    priced = sold.left_join(valid, named)
    listed = priced["quantity"].cast("float64") * priced["price"].nullif(0.0)
    kept = ("customer_id", "order_id", "product_id", "time", *_SCOPE, "amount")
    return priced.select(*kept, list_amount=listed)


def _scope_of_customers(prices: pd.DataFrame, customers: ir.Table | None, customer_class: str) -> ir.Table | None:
    """Return region and class by customer, and refuse a list that asks for more than is known of them."""
    known = customers.columns if customers is not None else ()
    faults = []
    if (prices["region"] != "").any() and "region" not in known:
        what = "the list has prices by region, and the region of customers is not known"
        faults.append(Fault(what, where="table customers", remedy="map region"))
    if (prices["customer_class"] != "").any() and customer_class not in known:
        what = "the list has prices by class, and the class of customers is not known"
        faults.append(Fault(what, where="price_class", remedy="name the attribute of customers that holds it"))
    if faults:
        raise InputError(faults)
    if customers is None:
        return None
    named = {"region": "region", "customer_class": customer_class}
    return customers.select(
        "customer_id",
        **{
            name: customers[column].cast("string").strip() if column in known else ibis.null("string")
            for name, column in named.items()
        },
    )


def _valid_prices(asked: ir.Table, prices: pd.DataFrame) -> ir.Table:
    """Return the price of each product, day, region and class asked for; rows of the list go from last to first."""
    numbered = prices.assign(rank=np.arange(len(prices)))
    for name in ("valid_from", "valid_to"):
        numbered[name] = (numbered[name] - _EPOCH).dt.days
    listed = rows_beside(numbered.rename(columns={name: f"of_{name}" for name in _SCOPE}), asked)
    listed = listed.mutate(product_id=listed["product_id"].cast(asked["product_id"].type()))
    both = asked.inner_join(listed, "product_id")
    fits = (both["valid_from"] <= both["day"]) & (both["day"] <= both["valid_to"])
    for name in _SCOPE:
        fits &= (both[f"of_{name}"] == "") | (both[f"of_{name}"] == both[name])
    named = ("product_id", "day", *_SCOPE)
    return both.filter(fits).group_by(named).agg(price=both["price"].argmax(both["rank"]))
