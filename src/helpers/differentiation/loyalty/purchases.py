"""Which brand was bought on which occasion: one form for lines of orders and for panels of choices.

An occasion is one order of one customer in one category. Where several brands stand on it, the one with the most money
counts; of equal ones the first by name. Returns are set off first (`helpers.core.returns`), lines without an amount
above zero are no purchases, and products without category or brand, or that are not countable, take no part.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from helpers.core.any_engine import first_of_each, median_of, number_of
from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, counted, some_of, unknown_name
from helpers.core.lines import exact_sum
from helpers.core.matching_rows import unmatched_rows
from helpers.core.returns import purchase_lines
from helpers.core.session_tables import stored_by_customer, stored_in_session

PANEL = "all brands"
"""Name of the one category of a panel."""
UNITS: tuple[str, ...] = ("order", "product")
"""What may count as one purchase of a brand: an order of its main brand, or each product on it."""
DEAL_DEPTH = 0.10
_BY = ("customer_id", "category")


def gather_purchases(
    tables: Mapping[str, ir.Table],
    as_of: date,
    *,
    brand_column: str = "brand",
    unit: str = "order",
    deal_depth: float = DEAL_DEPTH,
) -> ir.Table:
    """Return which brand was bought when, from a panel of choices where there is one, else from lines of orders.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        Standard tables by name: choices, or transactions and products.
    as_of, brand_column, unit, deal_depth
        See `brands_bought`; of a panel, the last alone matters.

    Returns
    -------
    ibis Table
        See `brands_bought`.

    Raises
    ------
    InputError
        When the tables will not do.
    """
    if "choices" in tables:
        check_choices(tables["choices"])
        return brands_chosen(tables["choices"], deal_depth=deal_depth)
    return brands_bought(
        tables["transactions"],
        tables["products"],
        as_of,
        brand_column=brand_column,
        unit=unit,
        deal_depth=deal_depth,
    )


def brands_bought(
    transactions: ir.Table,
    products: ir.Table,
    as_of: date,
    *,
    brand_column: str = "brand",
    unit: str = "order",
    deal_depth: float = DEAL_DEPTH,
) -> ir.Table:
    """Return the brands on each order, per category, from lines of transactions.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, order_id, time, amount, product_id; discount where known.
    products : ibis Table
        Standard products: product_id, category and the column of the brand.
    as_of : date
        Nothing on or after it is used.
    brand_column : str
        What counts as brand: brand or manufacturer.
    unit : {"order", "product"}
        Whether an order counts as one purchase of its main brand, or each product on it as one of its brand.
    deal_depth : float
        Price reduction beyond the customer's usual one that makes a purchase one on a deal, share.

    Returns
    -------
    ibis Table
        customer_id, category, brand, occasion (1, 2, … within customer and category), previous (brand that counted on
        the occasion before), last (the last occasion), main (the brand that counts on the occasion), purchases, amount,
        time, deal (missing where discounts are not known).

    Raises
    ------
    InputError
        When a column is missing or the unit is unknown.
    """
    require_columns(transactions.columns, ("order_id", "product_id", "amount"), where="transactions")
    require_columns(products.columns, ("product_id", "category", brand_column), where="products")
    if unit not in UNITS:
        raise InputError(Fault(f"unknown unit {unit!r}", "unit", ", ".join(UNITS), "take one of these"))
    of_product = _countable(products).select("product_id", "category", brand=_[brand_column].cast("string")).drop_null()

    def by_occasion(lines: ir.Table) -> ir.Table:
        given = "discount" in lines.columns
        used = ("customer_id", "order_id", "product_id", "time", "amount", *(["discount"] if given else []))
        lines = lines.filter(lines["amount"] > 0).select(*used).inner_join(of_product, "product_id")
        sums = {"discount": exact_sum(lines["discount"].fill_null(0))} if given else {}
        on_order = lines.group_by("customer_id", "order_id", "category", "brand").agg(
            time=lines["time"].min(),
            amount=exact_sum(lines["amount"]),
            purchases=lines["product_id"].nunique() if unit == "product" else ibis.literal(1, "int64"),
            **sums,
        )
        return _placed(_with_deals(on_order, deal_depth) if given else on_order, unit)

    return stored_by_customer(purchase_lines(transactions, as_of), by_occasion)


def branded_revenue_share(tables: Mapping[str, ir.Table], as_of: date, *, brand_column: str = "brand") -> float | None:
    """Return how much of the money paid for countable products went to those with category and brand.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        See `gather_purchases`.
    as_of : date
        Nothing on or after it is used.
    brand_column : str
        What counts as brand: brand or manufacturer.

    Returns
    -------
    float or None
        Share of the amounts above zero, before returns; none of a panel, where every choice has its brand, and where
        nothing was paid.
    """
    if "choices" in tables:
        return None
    known = _["category"].notnull() & _[brand_column].notnull()  # noqa: PD004 (Ibis columns)
    products, lines = tables["products"], tables["transactions"]
    of_product = _countable(products).select("product_id", branded=known)
    uncountable = unmatched_rows(products, of_product, ["product_id"])
    paid = lines.filter(lines["amount"] > 0, lines["time"] < ibis.literal(as_of).cast("timestamp"))
    paid = paid.select("product_id", "amount")
    paid = unmatched_rows(paid, uncountable, ["product_id"]).left_join(of_product, "product_id")
    branded = paid["branded"].fill_null(False).ifelse(paid["amount"], 0.0)
    sums = paid.agg(branded=exact_sum(branded), all=exact_sum(paid["amount"])).to_pandas().iloc[0].fillna(0.0)
    return float(sums["branded"] / sums["all"]) if sums["all"] > 0 else None


def brands_chosen(choices: ir.Table, *, deal_depth: float = DEAL_DEPTH) -> ir.Table:
    """Return the brand chosen on each occasion of a panel, in the form of `brands_bought`.

    Parameters
    ----------
    choices : ibis Table
        Standard choices: customer_id, occasion, brand, chosen; price, featured, displayed where known.
    deal_depth : float
        Share below the brand's median price from which a purchase is one on a deal; one that was featured or displayed
        is too.

    Returns
    -------
    ibis Table
        As `brands_bought`; amount and time are missing, all purchases are of the one category `PANEL`.
    """
    known = [name for name in ("price", "featured", "displayed") if name in choices.columns]
    deal: Any = ibis.literal(None, "boolean")
    if known:
        deal = ibis.literal(False)
        for name in known:
            if name == "price":
                usual = choices.group_by("brand").agg(usual_price=median_of(choices["price"]))
                choices = choices.left_join(usual, "brand").drop("brand_right")
                low = choices["price"] <= (1 - deal_depth) * choices["usual_price"]
                deal = deal | low.fill_null(False)
            else:
                deal = deal | choices[name].fill_null(False)
    table = choices.mutate(deal=deal)
    table = table.filter(table["chosen"])
    turn = ibis.window(group_by="customer_id", order_by="occasion")
    return stored_in_session(
        table.select(
            "customer_id",
            "brand",
            "deal",
            category=ibis.literal(PANEL),
            occasion=ibis.row_number().over(turn) + 1,
            previous=table["brand"].lag().over(turn),
            last=table["brand"].lead().over(turn).isnull(),  # noqa: PD003 (an Ibis column)
            main=ibis.literal(True),
            purchases=ibis.literal(1, "int64"),
            amount=ibis.literal(None, "float64"),
            time=ibis.literal(None, "timestamp"),
        )
    )


def check_choices(choices: ir.Table) -> None:
    """Refuse a panel in which an occasion has no brand chosen, several, or one only on offer.

    Raises
    ------
    InputError
        All faults at once, with the first occasions concerned.
    """
    offered = choices.group_by("customer_id", "occasion").agg(
        chosen=number_of(choices["chosen"]).sum(), brands=choices["brand"].nunique()
    )
    wrong = offered.filter((offered["chosen"] != 1) | (offered["brands"] < 2))
    found = wrong.order_by("customer_id", "occasion").to_pyarrow().to_pandas()
    faults = [
        Fault(
            f"{what} on {counted(len(rows), 'occasion')} (customer/occasion): "
            + some_of([f"{row.customer_id}/{row.occasion}" for row in rows.itertuples()]),
            "table choices",
            allowed,
            remedy="correct these occasions, or leave them out",
        )
        for what, allowed, rows in (
            ("no brand or several are chosen", "one chosen brand", found[found["chosen"] != 1]),
            ("a single brand is on offer", "two brands or more", found[found["brands"] < 2]),
        )
        if len(rows)
    ]
    if faults:
        raise InputError(faults)


def count_by_brand(bought: ir.Table, as_of: date, *, unit: str = "order", parts: int = 1) -> pd.DataFrame:
    """Count purchases per customer, category, brand and part of the history.

    Parameters
    ----------
    bought : ibis Table
        From `brands_bought` or `brands_chosen`.
    as_of : date
        End of the history, which is cut into equal parts.
    unit : {"order", "product"}
        As asked of `brands_bought`.
    parts : int
        Number of parts; one where times are not known.

    Returns
    -------
    DataFrame
        customer_id, category, brand, part (0, 1, …), purchases, last_purchases (of these, on the customer's last
        occasion in the category, where there were two or more), amount; in that order.

    Raises
    ------
    InputError
        When nothing was bought.
    """
    rows = bought if unit == "product" else bought.filter(bought["main"])
    rows = rows.mutate(part=_part(rows, as_of, parts))
    is_last = rows["last"] & (rows["occasion"] > 1)
    counts = rows.group_by(*_BY, "brand", "part").agg(
        purchases=rows["purchases"].sum(),
        last_purchases=is_last.ifelse(rows["purchases"], 0).sum(),
        amount=exact_sum(rows["amount"]),
    )
    in_order = counts.to_pyarrow().sort_by([(name, "ascending") for name in (*_BY, "brand", "part")])
    # Of millions of rows every copy is felt: a column of Arrow goes as soon as pandas has it.
    found: pd.DataFrame = in_order.to_pandas(split_blocks=True, self_destruct=True)
    if found.empty:
        raise InputError(
            Fault(
                "no purchase of a product with category and brand",
                allowed="purchases before as_of with an amount above zero",
                remedy="look whether product numbers of lines and products match, and whether as_of is late enough",
            )
        )
    return found


def with_a_choice(counts: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out categories of which a single brand was bought: there is nothing to choose, and nothing to learn.

    Returns
    -------
    (DataFrame, tuple of str)
        The rows of the others, and the categories left out.

    Raises
    ------
    InputError
        When no category is left.
    """
    brands = counts.groupby("category", sort=True)["brand"].nunique()
    single = tuple(map(str, brands.index[brands < 2]))
    if len(single) == len(brands):
        what = (
            f"a single brand was bought in {'the category' if len(single) == 1 else 'each category'} {some_of(single)}"
        )
        remedy = "take another column for the brand, or wider categories"
        raise InputError(Fault(what, allowed="categories with two brands or more", remedy=remedy))
    return counts[~counts["category"].isin(single)].reset_index(drop=True), single


def shown_category(categories: pd.DataFrame, name: str = "") -> str:
    """Return the category to look into: the one asked for, else the one bought most.

    Parameters
    ----------
    categories : DataFrame
        From `fit_categories`.
    name : str
        Nothing for the one bought most.

    Raises
    ------
    InputError
        When there is no such category, with the nearest name.
    """
    if name and name not in categories.index:
        known = list(map(str, categories.index))
        raise InputError(unknown_name(name, known, kind="category", where="parameter shown_category"))
    return name or str(categories.index[0])


def follow_choices(bought: ir.Table) -> pd.DataFrame:
    """Count which brand followed which, occasion after occasion within customer and category.

    Returns
    -------
    DataFrame
        customer_id, category, previous, brand, times, deals (of these, the purchase of `brand` was on a deal); sorted.
    """
    steps = bought.filter(bought["main"] & bought["previous"].notnull())  # noqa: PD004 (an Ibis column)
    deals = number_of(steps["deal"]).sum()
    table = steps.group_by(*_BY, "previous", "brand").agg(times=steps.count(), deals=deals)
    found: pd.DataFrame = table.to_pyarrow().to_pandas()
    return found.sort_values([*_BY, "previous", "brand"], ignore_index=True)


def _countable(products: ir.Table) -> ir.Table:
    """Return the products without those marked as not countable."""
    if "countable" not in products.columns:
        return products
    return products.filter(products["countable"].fill_null(True))


def _with_deals(on_order: ir.Table, deal_depth: float) -> ir.Table:
    """Mark what was bought at a reduction beyond the median one of the customer."""
    full = on_order["amount"] + on_order["discount"]
    # What nothing was paid or asked for is cut wholly; engines differ in what they make of nothing by nothing.
    cut = (full == 0).ifelse(1.0, on_order["discount"] / full.nullif(0))
    rated = on_order.mutate(cut=cut)
    usual = rated.group_by("customer_id").agg(usual=median_of(rated["cut"]))
    rated = rated.inner_join(usual, "customer_id")
    return rated.mutate(deal=rated["cut"] >= rated["usual"] + deal_depth).drop("cut", "usual", "discount")


def _placed(on_order: ir.Table, unit: str) -> ir.Table:
    """Find the brand that counts on each occasion, number the occasions, and put the brand before it beside it."""
    by = [*_BY, "order_id"]
    order = [on_order["amount"].round(4).desc(), on_order["brand"].asc()]
    main = first_of_each(on_order, by, order)
    turn = ibis.window(group_by=list(_BY), order_by=["time", "order_id"])
    placed = main.mutate(
        occasion=ibis.row_number().over(turn) + 1,
        previous=main["brand"].lag().over(turn),
        last=main["brand"].lead().over(turn).isnull(),  # noqa: PD003 (an Ibis column)
        main=ibis.literal(True),
    )
    if unit == "product":
        of_occasion = placed.select(*by, "occasion", "previous", "last", main_brand="brand")
        placed = on_order.inner_join(of_occasion, by)
        placed = placed.mutate(main=placed["brand"] == placed["main_brand"]).drop("main_brand")
    return placed if "deal" in placed.columns else placed.mutate(deal=ibis.literal(None, "boolean"))


def _part(rows: ir.Table, as_of: date, parts: int) -> Any:
    """Return the number of the part of the history that a row lies in."""
    if parts == 1:
        return ibis.literal(0, "int64")
    first = rows["time"].min().to_pyarrow().as_py()
    if first is None:
        return ibis.literal(0, "int64")
    begin = pd.Timestamp(first).normalize()
    width = (pd.Timestamp(as_of) - begin) / parts
    found: Any = ibis.literal(0, "int64")
    for part in range(1, parts):
        found = (rows["time"] >= ibis.timestamp((begin + part * width).to_pydatetime())).ifelse(part, found)
    return found.cast("int64")
