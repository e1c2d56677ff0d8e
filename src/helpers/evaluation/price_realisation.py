"""Orders below the price list: approved, usual for the customer, or deeper than was agreed."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import median_of, quantile_of, rows_beside
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import Interval
from helpers.core.lines import exact_sum
from helpers.evaluation.retention import ratio_of_totals

AT_LIST, APPROVED, USUAL, DEEPER, UNKNOWN = (
    "at the list",
    "approved",
    "usual, no approval on file",
    "deeper than usual",
    "too few orders to say",
)
KINDS = (AT_LIST, APPROVED, USUAL, DEEPER, UNKNOWN)
FEWEST_ORDERS = 5
"""Orders of a customer, below which no discount is called usual."""
_CENT = 0.01
_NAMES = MappingProxyType({"amount": "kept_share", "leaked": "deeper_share"})
_SPREADS = 3.0  # of a customer's own discounts, within which a line counts as usual
_NORMAL_QUARTILES = 1.349  # distance of the quartiles of a normal distribution, in standard deviations


@dataclass(frozen=True)
class PricedOrders:
    """Orders held against the list.

    Parameters
    ----------
    orders : DataFrame
        One row per order with a line that could be judged, sorted by order: `order_id`, `customer_id`, `time`,
        `region`, `customer_class`, `amount`, `list_amount`, `given` (list less amount of lines below it), `deeper`
        (of lines deeper than the customer's usual discount, what goes beyond it), `kind` (one of
        `KINDS`), `leaked` (`deeper` of orders deeper than usual and not approved, else 0).
    customers : DataFrame
        By customer_id: `orders`, `lines`, `usual_discount` (median over all lines), `spread`; both missing with fewer
        than `FEWEST_ORDERS` orders.
    lines, lines_not_judged : int
        Lines sold, and those without a price above zero on the list.
    lines_above_list : int
        Lines dearer than the list.
    approvals_known : bool
        Whether any approval is on file; if none is, no order is called approved.
    """

    orders: pd.DataFrame
    customers: pd.DataFrame
    lines: int
    lines_not_judged: int
    lines_above_list: int
    approvals_known: bool

    @property
    def below(self) -> pd.DataFrame:
        """Orders with a line below the list."""
        return self.orders[self.orders["kind"] != AT_LIST]

    @property
    def unapproved(self) -> pd.DataFrame:
        """Orders below the list without an approval on file."""
        return self.orders[self.orders["kind"].isin([USUAL, DEEPER, UNKNOWN])]

    @property
    def deeper_orders(self) -> pd.DataFrame:
        """Orders deeper than usual for their customer, without an approval on file."""
        return self.orders[self.orders["kind"] == DEEPER]

    @property
    def too_few_orders(self) -> int:
        """Unapproved orders below the list of customers with too few orders to say what is usual."""
        return int((self.orders["kind"] == UNKNOWN).sum())

    def by_kind(self) -> pd.DataFrame:
        """Return, by kind and in its order: `orders`, `list_amount`, `given`, `deeper`."""
        columns = {name: (name, "sum") for name in ("list_amount", "given", "deeper")}
        found = self.orders.groupby("kind", observed=False).agg(orders=("order_id", "size"), **columns)
        return found.round(2)


def judge_prices(
    priced: ir.Table, approvals: ir.Table | None = None, *, tolerance: float = 0.01, usual_reach: float = 0.02
) -> PricedOrders:
    """Hold orders against the list, and set what was agreed apart from what was merely given.

    The usual discount of a customer in a year is the median over its lines of `1 - amount / list`, of the whole history
    where the year has fewer than `FEWEST_ORDERS` orders. A line is below the list when it is cheaper by more than
    `tolerance` and a cent; it is deeper than usual when the list less the usual discount is undercut by more than
    `usual_reach` of the list, by more than three spreads of the customer's own discounts (the distance of their
    quartiles over 1.349) and by more than a cent. An order below the list is approved where an approval is on file;
    else it is deeper than usual where one of its lines is, usual where none is, and not judged where the customer has
    fewer than `FEWEST_ORDERS` orders. Lines are judged and added up by the engine; orders come into this process one by
    one, to be listed and grouped: of a million lines at four to five an order some 215,000 rows, 20 MB.

    Parameters
    ----------
    priced : ibis Table
        From `price_lines`.
    approvals : ibis Table, optional
        Standard orders with `approved`.
    tolerance, usual_reach : float
        Shares of a price, 0 or more and below 1.

    Returns
    -------
    PricedOrders
        Orders, customers, and what could not be judged.

    Raises
    ------
    InputError
        When no line sold has a price on the list, or a share is out of range.

    References
    ----------
    Marn and Rosiello (1992), "Managing price, gaining profit", Harvard Business Review 70(5), 84-94: the price that is
    left of the list, cut by cut.
    """
    require_within({"tolerance": tolerance, "usual_reach": usual_reach}, low=0, high=1, high_open=True)
    lines = priced.mutate(year=priced["time"].year(), rate=1 - priced["amount"] / priced["list_amount"])
    customers, years = _usual(lines, ["customer_id"]), _usual(lines, ["customer_id", "year"])
    orders = _orders(lines, years, customers, tolerance, usual_reach)
    sold, known, above = (int(orders[name].sum()) for name in ("lines", "judged", "above"))
    if not known:
        what = f"none of {sold:,} lines sold has a price above zero on the list" if sold else "no line is a sale"
        raise InputError(Fault(what, where="price list", remedy="check the products and periods of the list"))
    orders = orders[orders["judged"] > 0].drop(columns=["lines", "judged", "above"]).reset_index(drop=True)
    approved = _approved(orders["order_id"], approvals)
    orders["kind"] = _kinds(orders, approved, customers)
    orders["leaked"] = orders["deeper"].where(orders["kind"] == DEEPER, 0.0)
    return PricedOrders(orders, customers, sold, sold - known, above, bool(approved.any()))


def _usual(lines: ir.Table, by: list[str]) -> pd.DataFrame:
    """Return orders, lines and median discount; the median is missing where there are too few orders."""
    judged = lines.drop_null("rate")
    counted = judged.group_by(by).agg(
        orders=judged["order_id"].nunique(),
        lines=judged.count(),
        usual_discount=median_of(judged["rate"]),
        spread=(quantile_of(judged["rate"], 0.75) - quantile_of(judged["rate"], 0.25)) / _NORMAL_QUARTILES,
    )
    found: pd.DataFrame = counted.order_by(by).to_pyarrow().to_pandas().set_index(by)
    enough = found["orders"] >= FEWEST_ORDERS
    found["usual_discount"], found["spread"] = (
        found["usual_discount"].clip(lower=0.0).where(enough),
        found["spread"].where(enough),
    )
    return found


def _orders(
    lines: ir.Table, years: pd.DataFrame, customers: pd.DataFrame, tolerance: float, reach: float
) -> pd.DataFrame:
    """Return one row per order, with what was given below the list and beyond the usual discount."""
    named = ["usual_discount", "spread"]
    known = years[named].fillna(customers[named].reindex(years.index, level=0)).dropna()
    known["reach"] = (_SPREADS * known.pop("spread")).clip(lower=reach)
    known = known.rename(columns={"usual_discount": "usual"}).reset_index()
    lines = lines.left_join(rows_beside(known, lines, _schema(lines)), ["customer_id", "year"])
    listed, amount = lines["list_amount"], ibis.ifelse(lines["list_amount"] > 0, lines["amount"], ibis.null("float64"))
    expected = listed * (1 - lines["usual"])
    is_below = listed - amount > tolerance * listed + _CENT
    is_deeper = is_below & (expected - amount > lines["reach"] * listed + _CENT)
    grouped = lines.group_by(["order_id", "customer_id", "region", "customer_class"]).agg(
        time=lines["time"].min(),
        lines=lines.count(),
        judged=lines["rate"].count(),
        above=(amount > listed * (1 + tolerance) + _CENT).sum(),
        amount=exact_sum(amount),
        list_amount=exact_sum(listed),
        given=exact_sum(ibis.ifelse(is_below, listed - amount, 0.0)),
        deeper=exact_sum(ibis.ifelse(is_deeper.fill_null(False), expected - amount, 0.0)),
    )
    found: pd.DataFrame = grouped.order_by(["order_id", "customer_id"]).to_pyarrow().to_pandas()
    return found.astype({"time": "datetime64[us]", "above": "float64"})


def _schema(lines: ir.Table) -> "ibis.Schema":
    return ibis.schema(
        {"customer_id": lines["customer_id"].type(), "year": "int32", "usual": "float64", "reach": "float64"}
    )


def _approved(order_id: pd.Series, approvals: ir.Table | None) -> "pd.Series[bool]":
    """Return whether an approval of each order is on file."""
    if approvals is None or "approved" not in approvals.columns:
        return pd.Series(False, index=order_id.index)
    known = approvals.filter(approvals["approved"]).select("order_id").to_pyarrow().to_pandas()["order_id"]
    return order_id.isin(known)


def _kinds(orders: pd.DataFrame, approved: "pd.Series[bool]", customers: pd.DataFrame) -> pd.Series:
    few = orders["customer_id"].map(customers["usual_discount"]).isna()
    conditions = [orders["given"] <= 0, approved, few, orders["deeper"] > 0]
    kind = np.select(conditions, [AT_LIST, APPROVED, UNKNOWN, DEEPER], USUAL)
    return pd.Series(pd.Categorical(kind, KINDS), index=orders.index)


def price_realised(orders: pd.DataFrame, by: str, *, confidence: float = 0.95) -> pd.DataFrame:
    """Share of the list that was paid, and share given deeper than usual and without approval, by group.

    Parameters
    ----------
    orders : DataFrame
        `orders` of `PricedOrders`, with the column of the groups.
    by : str
        Column of the groups, values that are missing or empty left out.
    confidence : float
        Of the intervals, with customers as the units.

    Returns
    -------
    DataFrame
        Sorted by group: `group`, `orders`, `customers`, `list_amount`, and `kept_share`, `deeper_share` with their ends
        `_low`, `_high`; ends are missing for a group with one customer or without any spread.

    Raises
    ------
    InputError
        When the column is missing, or no group is known.

    References
    ----------
    Cochran (1977), Sampling Techniques, section 6.3 (variance of a ratio), with customers as the units.
    """
    require_columns(orders.columns, (by, "customer_id", "amount", "list_amount", "leaked"), where="orders")
    named = orders.assign(group=orders[by])
    named = named[named["group"].notna() & (named["group"] != "")]
    keys = ["group", "customer_id"]
    cases = named.groupby(keys, observed=True, sort=True).agg(
        orders=("order_id", "size"),
        amount=("amount", "sum"),
        list_amount=("list_amount", "sum"),
        leaked=("leaked", "sum"),
    )
    return _shares_of_list(cases.reset_index(), ("amount", "leaked"), by, confidence)


def price_by_product(
    priced: ir.Table, products: ir.Table, level: str = "category", *, confidence: float = 0.95
) -> pd.DataFrame:
    """Share of the list that was paid, by what the products are.

    Parameters
    ----------
    priced : ibis Table
        From `price_lines`.
    products : ibis Table
        Standard products with the column `level`.
    level : str
        Column of the products: category, brand, department.
    confidence : float
        Of the intervals, with customers as the units.

    Returns
    -------
    DataFrame
        As from `price_realised`, without `deeper_share`.

    Raises
    ------
    InputError
        When the column is missing, or nothing sold has a price on the list and a known group.
    """
    require_columns(products.columns, ("product_id", level), where="table products")
    groups = products.select("product_id", group=products[level].cast("string"))
    lines = priced.drop_null("list_amount").inner_join(groups, "product_id")
    keys = ["group", "customer_id"]
    counted = lines.group_by(keys).agg(
        orders=lines["order_id"].nunique(),
        amount=exact_sum(lines["amount"]),
        list_amount=exact_sum(lines["list_amount"]),
    )
    cases: pd.DataFrame = counted.order_by(keys).to_pyarrow().to_pandas()
    return _shares_of_list(cases.dropna(subset="group"), ("amount",), level, confidence)


def _shares_of_list(cases: pd.DataFrame, parts: Sequence[str], where: str, confidence: float) -> pd.DataFrame:
    """Return, by group, the ratios of totals to the list; one row of the cases is one customer of one group."""
    if cases.empty:
        raise InputError(Fault("no group of any order is known", where=where, remedy="map it, or leave it out"))
    rows = []
    for group, one in cases.groupby("group", observed=True, sort=True):
        whole = one["list_amount"].to_numpy(dtype=float)
        row = {"group": group, "orders": int(one["orders"].sum()), "customers": len(one)}
        row |= {"list_amount": round(float(whole.sum()), 2)}
        for part in parts:
            found = ratio_of_totals(one[part].to_numpy(dtype=float), whole, confidence, of_a_share=True)
            name = _NAMES[part]
            row |= {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}
        rows.append(row)
    return pd.DataFrame(rows)


def ratio_by_customer(rows: pd.DataFrame, part: str, whole: str, *, confidence: float = 0.95) -> Interval:
    """Return the ratio of two totals with its interval, customers as the units.

    Parameters
    ----------
    rows : DataFrame
        `customer_id`, and the columns of part and whole.
    part, whole : str
        Columns that are added up.
    confidence : float
        Of the interval.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["a", "a", "b"], "paid": [4.0, 4.0, 10.0], "list": [5.0, 5.0, 10.0]})
    >>> ratio_by_customer(rows, "paid", "list").estimate
    0.9
    """
    require_columns(rows.columns, ("customer_id", part, whole), where="rows")
    sums = rows.groupby("customer_id", sort=True)[[part, whole]].sum().to_numpy(dtype=float)
    return ratio_of_totals(sums[:, 0], sums[:, 1], confidence, of_a_share=True)
