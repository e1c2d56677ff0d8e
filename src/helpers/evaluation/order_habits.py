"""What orders are like, and what each account usually orders: sums over lines are queries of the database."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from helpers.core.any_engine import median_of, moved_by_days
from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, counted, unknown_name
from helpers.core.lines import exact_sum, lines_until
from helpers.core.session_tables import once_per_session
from helpers.evaluation.robust_scores import ALL, TO_SIGMA

LEAST_ACCOUNTS = 30
"""Fewer accounts have no habits in common that one of them could differ from."""

ODD_HOUR_SHARE = 0.01
"""The rarest hours of a group of accounts that hold at most this share of its orders together are odd hours."""

NOT_RECORDED = "not recorded"
"""Peers of accounts of whom the customers table says nothing."""

_EXACT = 10_000


def order_table(transactions: ir.Table, as_of: date, products: ir.Table | None = None) -> ir.Table:
    """Return one row per order: what was bought, what came back, and the price cut on it.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions; a line with a negative amount takes something back.
    as_of : date
        Analysis date; its own day and later ones are left out.
    products : ibis Table, optional
        Standard products; a column `list_price` says what a unit costs without any cut.

    Returns
    -------
    ibis Table
        customer_id, order_id, time (of the first line bought), bought, returned (both positive, study currency), and
        where cuts are known list_value and reduction: of lines with a list value, what they would cost and how much
        less was paid. Cuts are the column `discount` of the lines; where there is none, list price times quantity
        less the amount.
    """
    require_columns(transactions.columns, ("customer_id", "order_id", "time", "amount"), where="transactions")
    lines = lines_until(transactions, as_of)
    names = ["customer_id", "order_id", "time", "amount"]
    if "discount" in lines.columns:
        names.append("discount")
    elif products is not None and {"product_id", "quantity"} <= set(lines.columns) and _has_prices(products):
        prices = products.group_by("product_id").agg(list_price=products["list_price"].max())
        # Attributes of lines may be called like a column of the prices, or of the join.
        lines = lines.select(*names, "product_id", "quantity")
        lines = lines.left_join(prices, "product_id").mutate(listed=ibis._["list_price"] * ibis._["quantity"])
        names.append("listed")
    return once_per_session(_sum_orders, lines.select(*names))


def _has_prices(products: ir.Table) -> bool:
    return {"product_id", "list_price"} <= set(products.columns) and products["list_price"].type().is_numeric()


def _sum_orders(lines: ir.Table) -> ir.Table:
    paid = ibis.coalesce(lines["amount"], 0)
    sums: dict[str, Any] = {
        "time": ibis.coalesce(lines["time"].min(where=paid > 0), lines["time"].min()),
        "bought": exact_sum(ibis.greatest(paid, 0)),
        "returned": exact_sum(ibis.greatest(-paid, 0)),
    }
    if "discount" in lines.columns or "listed" in lines.columns:
        by_discount = "discount" in lines.columns
        cut = ibis.coalesce(lines["discount"], 0) if by_discount else lines["listed"] - paid
        value = paid + cut if by_discount else lines["listed"]
        priced = (paid >= 0) & ibis.coalesce(value > 0, False)
        sums["list_value"] = exact_sum(priced.ifelse(value, 0))
        sums["reduction"] = exact_sum(priced.ifelse(cut, 0))
    return lines.group_by("customer_id", "order_id").agg(**sums)


def account_habits(orders: ir.Table, *, recent_days: int = 60) -> pd.DataFrame:
    """Return what each account usually orders, and what it ordered last.

    Parameters
    ----------
    orders : ibis Table
        From `order_table`.
    recent_days : int
        Orders so many days up to the account's own last order are recent; all others are early.

    Returns
    -------
    DataFrame
        By `customer_id`, sorted, of accounts with anything bought: orders, returned_orders (orders and credit notes by
        which something came back), bought, returned, last_time, early_orders, recent_orders, early_log, recent_log
        (median logarithm of what an order came to), early_spread (robust standard deviation of the early ones), and
        where cuts are known priced_orders, cut_sum and cut_squares (of each order's cut over its list value).

    Raises
    ------
    InputError
        When fewer than `LEAST_ACCOUNTS` accounts bought anything.
    """
    placed = orders["bought"] > 0
    last = orders["time"].max(where=placed).over(group_by="customer_id")
    value = ibis.ifelse(placed, orders["bought"], None).ln()
    marked = orders.mutate(value=value, recent=orders["time"] > moved_by_days(last, -recent_days))
    priced = {"cut": orders["reduction"] / orders["list_value"].nullif(0)} if "reduction" in orders.columns else {}
    marked = marked.mutate(**priced)
    early = marked.filter(placed & ~marked["recent"])
    middles = early.group_by("customer_id").agg(early_log=median_of(early["value"]))
    around = early.join(middles, "customer_id")
    spreads = around.group_by("customer_id").agg(away=median_of((around["value"] - around["early_log"]).abs()))
    found = marked.group_by("customer_id").agg(**_sums_of_account(marked))
    frame = _frame(found.left_join(middles, "customer_id").select(*found.columns, middles["early_log"]))
    frame = frame.join(_frame(spreads)["away"].mul(TO_SIGMA).rename("early_spread"))
    frame = frame[frame["orders"] > 0]
    if len(frame) < LEAST_ACCOUNTS:
        what = f"{counted(len(frame), 'customer')} with purchases are too few to have habits in common"
        raise InputError(Fault(what, "transactions", f"at least {LEAST_ACCOUNTS}", "wait for more customers"))
    return frame


def _sums_of_account(orders: ir.Table) -> dict[str, Any]:
    placed = orders["bought"] > 0
    sums: dict[str, Any] = {
        "orders": placed.sum(),
        "returned_orders": (orders["returned"] > 0).sum(),
        "bought": exact_sum(orders["bought"]),
        "returned": exact_sum(orders["returned"]),
        "last_time": orders["time"].max(where=placed),
        "early_orders": (placed & ~orders["recent"]).sum(),
        "recent_orders": (placed & orders["recent"]).sum(),
        "recent_log": median_of(orders["value"], where=orders["recent"]),
    }
    if "cut" in orders.columns:
        sums["priced_orders"] = orders["cut"].count()
        sums["cut_sum"] = exact_sum(orders["cut"])
        sums["cut_squares"] = exact_sum(orders["cut"] * orders["cut"] * _EXACT) / _EXACT
    return sums


def _frame(table: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pyarrow().to_pandas().set_index("customer_id").sort_index()
    return frame


def peer_groups(
    habits: pd.DataFrame, customers: pd.DataFrame | None = None, columns: Sequence[str] = ()
) -> "pd.Series[str]":
    """Return whom each account is compared with.

    Parameters
    ----------
    habits : DataFrame
        From `account_habits`.
    customers : DataFrame, optional
        Standard customers.
    columns : sequence of str
        Columns of it; accounts that are alike in all of them are peers.

    Returns
    -------
    Series of str
        By customer_id, as `habits`: the values with commas between; `ALL` for groups of fewer than `LEAST_ACCOUNTS`
        accounts, and for everybody without columns.

    Raises
    ------
    InputError
        When the customers have no such column.
    """
    there = [] if customers is None else list(customers.columns)
    check_columns_of_customers(there, columns, parameter="peer_columns")
    if customers is None or not columns:
        return pd.Series(ALL, index=habits.index, dtype="object")
    known = customers.drop_duplicates("customer_id").set_index("customer_id")[list(columns)]
    texts = known.astype("object").where(known.notna(), "").astype("str")
    joined = texts[columns[0]]
    for name in columns[1:]:
        between = np.where((joined != "") & (texts[name] != ""), ", ", "")
        joined = joined + between + texts[name]
    groups = joined.reindex(habits.index).replace("", np.nan).fillna(NOT_RECORDED).astype("object")
    enough = groups.map(groups.value_counts()) >= LEAST_ACCOUNTS
    return groups.where(enough, ALL)


def check_columns_of_customers(known: Iterable[str], columns: Sequence[str], *, parameter: str) -> None:
    """Refuse columns that the customers table does not have, all at once.

    Parameters
    ----------
    known : iterable of str
        Columns of the table; none where the study has no such table.
    columns : sequence of str
        Those asked for.
    parameter : str
        That asks for them.

    Raises
    ------
    InputError
        With the nearest name of each.
    """
    there = [name for name in known if name != "customer_id"]
    where = f"parameter {parameter}"
    faults = [unknown_name(one, there, kind="column of customers", where=where) for one in columns if one not in there]
    if faults:
        raise InputError(faults)


def orders_by_hour(orders: ir.Table) -> pd.DataFrame:
    """Return how many orders each account placed in each hour of the day: customer_id, hour, orders."""
    placed = orders.filter(orders["bought"] > 0).mutate(hour=orders["time"].hour().cast("int64"))
    counts = placed.group_by("customer_id", "hour").agg(orders=placed.count())
    frame: pd.DataFrame = counts.order_by("customer_id", "hour").to_pyarrow().to_pandas()
    return frame


def orders_at_odd_hours(by_hour: pd.DataFrame, peers: "pd.Series[str]") -> "pd.Series[float]":
    """Count the orders of each account that it placed at hours at which its peers hardly order.

    Parameters
    ----------
    by_hour : DataFrame
        From `orders_by_hour`.
    peers : Series of str
        From `peer_groups`.

    Returns
    -------
    Series of float
        By customer_id, as `peers`. Odd are the rarest hours that hold at most `ODD_HOUR_SHARE` of the orders of the
        peers together. Missing for all where times have no hours: every order stands at midnight.
    """
    if not (by_hour["hour"] != 0).any():
        return pd.Series(np.nan, index=peers.index)
    rows = by_hour[by_hour["customer_id"].isin(peers.index)]
    group = rows["customer_id"].map(peers)
    odd = pd.Series(False, index=rows.index)
    for name in sorted(set(group)):
        own = group == name
        of_peers = rows if name == ALL else rows[own]
        counts = of_peers.groupby("hour")["orders"].sum().sort_values(kind="stable")
        rare = counts.index[counts.cumsum() <= ODD_HOUR_SHARE * counts.sum()]
        odd |= own & rows["hour"].isin(rare)
    found = rows["orders"].where(odd, 0).groupby(rows["customer_id"]).sum()
    return found.reindex(peers.index, fill_value=0).astype("float64")
