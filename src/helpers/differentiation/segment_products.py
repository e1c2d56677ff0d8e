"""What each group of customers buys, against what all buy."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.any_engine import rows_beside
from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.lines import exact_total

NO_CATEGORY = "not in the list of products"


def profile_purchases(
    lines: ir.Table,
    products: ir.Table,
    groups: pd.Series,
    *,
    level: str = "category",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Share the revenue of each group of customers out over the products they buy.

    Shares are ratios of sums over customers, with the linearised variance of a ratio: what a single large customer buys
    widens the interval. Lines whose product is not listed stand in a group of products of their own.

    Parameters
    ----------
    lines : ibis Table
        Purchases, less what came back (`helpers.core.returns.purchase_lines`): customer_id, product_id, amount.
    products : ibis Table
        Standard products: product_id and the level.
    groups : Series of categorical
        Group of each customer, indexed by customer_id; lines of others are not used.
    level : str
        Column of the products: category, department or brand.
    confidence : float
        Of the intervals, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per group and level bought by anybody in it: segment, product_group, customers (of the group who bought
        it), revenue (study currency), revenue_share (of the group), low, high, all_share (of all groups together),
        index (revenue_share over all_share, all customers at 100), clear (the two differ by more than chance, false
        alarms held to one less the confidence of all that are called clear). Sorted
        by group, the largest index first.

    Raises
    ------
    InputError
        When a column is missing, or nobody in a group bought anything.

    Source
    ------
    Cochran (1977), Sampling Techniques, section 2.11; Benjamini and Hochberg (1995), JRSS B 57.
    """
    require_columns(lines.columns, ("customer_id", "product_id", "amount"), where="lines")
    require_columns(products.columns, ("product_id", level), where="products")
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    sums = _sums(lines, products, groups, level)
    if sums.empty:
        remedy = "check that customers and products of the lines are those of the other tables"
        raise InputError(Fault("no line belongs to a customer in a group", where="lines", remedy=remedy))
    whole = sums.groupby("segment", observed=True)[["total", "total_squares", "all_customers"]].first()
    by = sums["segment"]
    total, squares, size = (by.map(whole[name]).astype(np.float64) for name in whole)
    share = sums["revenue"] / total
    spread = np.maximum(sums["squares"] - 2 * share * sums["products"] + share**2 * squares, 0.0)
    error = np.sqrt(spread * size / np.maximum(size - 1, 1)) / total
    reach = stats.t.ppf(0.5 + confidence / 2, np.maximum(size - 1, 1)) * error
    all_share = sums.groupby("product_group")["revenue"].sum() / sums["revenue"].sum()
    of_all = sums["product_group"].map(all_share).astype(np.float64)
    table = sums[["segment", "product_group", "customers", "revenue"]].assign(
        revenue_share=share,
        low=(share - reach).clip(lower=0.0).where(size > 1),
        high=(share + reach).clip(upper=1.0).where(size > 1),
        all_share=of_all,
        index=(100 * share / of_all.where(of_all > 0)),
    )
    table["clear"] = _clear(
        (share - of_all).abs().to_numpy(), np.asarray(error), np.asarray(size, dtype=np.float64), 1 - confidence
    )
    keys = ["segment", "index", "product_group"]
    return table.sort_values(keys, ascending=[True, False, True], kind="stable", ignore_index=True)


def _clear(distance: FloatArray, error: FloatArray, size: FloatArray, false_share: float) -> BoolArray:
    """Say which shares differ from those of all by more than chance, false alarms held to a share of those named."""
    testable = (size > 1) & (error > 0)
    found = np.zeros(len(distance), dtype=bool)
    if testable.any():
        p_value = 2 * stats.t.sf(distance[testable] / error[testable], size[testable] - 1)
        found[testable] = stats.false_discovery_control(p_value) <= false_share
    return found


def _sums(lines: ir.Table, products: ir.Table, groups: pd.Series, level: str) -> pd.DataFrame:
    """Add up revenue, its squares and products per group of customers and group of products, all in the database."""
    member = pd.DataFrame({"customer_id": groups.index, "segment": groups.astype(str).to_numpy()})
    of_customer = rows_beside(member, lines).mutate(customer_id=ibis._.customer_id.cast(lines["customer_id"].type()))
    listed = products.group_by("product_id").agg(product_group=products[level].cast("string").min())
    bought = lines.group_by("customer_id", "product_id").agg(revenue=exact_total(lines["amount"]))
    named = bought.left_join(listed, "product_id").drop("product_id_right")
    named = named.mutate(product_group=named["product_group"].fill_null(NO_CATEGORY))
    cells = named.group_by("customer_id", "product_group").agg(revenue=named["revenue"].sum())
    cells = cells.inner_join(of_customer, "customer_id")
    cells = cells.mutate(of_all=cells["revenue"].sum().over(group_by="customer_id"))
    x, y = cells["of_all"].cast("decimal(18, 2)").cast("float64"), cells["revenue"].cast("float64")
    cells = cells.mutate(x=x, y=y, first=ibis.row_number().over(group_by="customer_id", order_by="product_group") == 0)
    # Whole hundredths keep sums of squares the same in any order of the threads.
    parts = cells.group_by("segment", "product_group").agg(
        customers=(cells["y"] > 0).sum(),
        revenue=cells["revenue"].sum().cast("float64"),
        squares=_exact(cells["y"] * cells["y"]),
        products=_exact(cells["x"] * cells["y"]),
    )
    whole = (
        cells.filter(cells["first"])
        .group_by("segment")
        .agg(
            total=ibis._.of_all.sum().cast("float64"),
            total_squares=_exact(ibis._.x * ibis._.x),
            all_customers=ibis._.count(),
        )
    )
    joined = parts.inner_join(whole, "segment")
    frame: pd.DataFrame = joined.order_by("segment", "product_group").to_pyarrow().to_pandas()
    categories = groups.cat.categories if isinstance(groups.dtype, pd.CategoricalDtype) else sorted(set(groups))
    kind = pd.CategoricalDtype([str(name) for name in categories], ordered=True)
    return frame[frame["total"] > 0].assign(segment=lambda table: table["segment"].astype(kind)).reset_index(drop=True)


def _exact(values: ir.NumericValue) -> ir.NumericScalar:
    return values.cast("decimal(38, 4)").sum().cast("float64")


def most_typical(profile: pd.DataFrame, *, fewest_customers: int = 10) -> pd.DataFrame:
    """Pick for each group the products that set it apart: whose share is clearly larger than among all, by most.

    Parameters
    ----------
    profile : DataFrame
        From `profile_purchases`.
    fewest_customers : int
        Customers of the group who bought the products; fewer say too little.

    Returns
    -------
    DataFrame
        One row per group with any, in their order: the columns of the profile.
    """
    fit = profile["clear"] & (profile["index"] > 100) & (profile["customers"] >= fewest_customers)
    of_products = profile["product_group"] != NO_CATEGORY
    surplus = (profile["revenue_share"] - profile["all_share"]).rename("surplus")
    ranked = profile[fit & of_products].join(surplus).sort_values(["segment", "surplus"], ascending=[True, False])
    chosen: pd.DataFrame = ranked.drop(columns="surplus").groupby("segment", observed=True).head(1)
    return chosen.reset_index(drop=True)
