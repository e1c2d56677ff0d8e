"""What became of returns: the one rule by which refunds, cancellations and credit notes meet the purchases they undo.

A line with a negative amount is a return: no order, no visit, no day of purchase. Its money is taken off purchases of
the same customer, by the first of these steps that finds any (`helpers.core.return_matching.STEPS`):

1. lines of the same order and product;
2. an earlier line of the same product and the same amount;
3. other lines of the same order;
4. an earlier order of the same amount as the whole credit note;
5. earlier lines of the same product;
6. whatever the customer bought before.

Within a step the latest purchase comes first. A purchase counts with what is left of it, on its own day; an order of
which nothing is left is no purchase. A return before the first purchase in the data, or beyond all that the customer
had bought until then, finds nothing: it is left out, and counted by `helpers.identification.measure_returns`. Lines of
nothing are no returns.

Latest first has a closed form, which makes the rule a query. Let S be the running total of purchases less returns. A
return brings S down through the levels that the latest purchases brought it up through. A purchase that raised S from a
to b keeps what lies between a and the lowest S from then on; a return below the lowest S so far finds nothing.
"""

from datetime import date
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir

from helpers.core.errors import Fault
from helpers.core.lines import lines_until
from helpers.core.own_names import own_name
from helpers.core.return_matching import LEFT, PAID, in_orders, match_touched, not_in_orders
from helpers.core.session_tables import once_per_session, settled

_MOST_LEFT, _MOST_PAID = own_name("most left"), own_name("most paid")


def purchase_lines(transactions: ir.Table, as_of: date, *, since: date | None = None) -> ir.Table:
    """Return the lines of a window that are purchases, less what came back before `as_of`.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, time; amount, order_id and product_id where known.
    as_of, since : date
        Window, see `lines_until`. Returns of all the time before `as_of` are set off against purchases of all that
        time; only then are the lines before `since` left out.

    Returns
    -------
    ibis Table
        The lines of the window, see `set_off_returns`.

    Raises
    ------
    InputError
        When the window holds no day.
    """
    lines = lines_until(transactions, as_of)
    if has_returns(lines):
        transactions = once_per_session(set_off_returns, lines)
    return lines_until(transactions, as_of, since=since)


def has_returns(lines: ir.Table) -> bool:
    """Ask the database whether any line is a return; a table that lies in none is taken to hold some.

    The answer comes from the first return found, or from the statistics of the file. It spares shops without returns,
    and every query on them, the rule.

    Parameters
    ----------
    lines : ibis Table
        Standard transactions. Without amounts no line is known to be a return.
    """
    if "amount" not in lines.columns:
        return False
    if lines.op().find(ops.UnboundTable):
        return True
    found = lines.filter(lines["amount"] < 0).select("amount").limit(1).to_pyarrow()
    return bool(len(found))


def without_purchases(transactions: ir.Table, as_of: date, *, since: date | None = None) -> Fault:
    """Return the fault of transactions of which no purchase is left: none lies in time, or all of them came back.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions as they came, with their returns.
    as_of, since : date
        Window, see `lines_until`.
    """
    if not lines_until(transactions, as_of, since=since).count().to_pyarrow().as_py():
        return Fault(f"no transaction before {as_of}", where="as_of", remedy="choose a later analysis date")
    return Fault(
        f"no transaction before {as_of} is a purchase: no amount is above zero, or all came back",
        where="transactions, column amount",
        allowed="purchases above zero, returns below",
        remedy="export the amounts with purchases above zero; are the signs turned?",
    )


def set_off_returns(lines: ir.Table) -> ir.Table:
    """Set every return off against the purchase it undoes.

    Parameters
    ----------
    lines : ibis Table
        Standard transactions: customer_id, time, amount; order_id and product_id where known.

    Returns
    -------
    ibis Table
        The columns of `lines`, and of its rows those of which something is left; no amount is below zero. Where a part
        came back, amount, discount, cost and quantity shrink alike. Lines of customers without a return are as they
        were.

    Examples
    --------
    >>> from datetime import datetime
    >>> import ibis
    >>> import pyarrow as pa
    >>> times = [datetime(2024, 5, day) for day in (1, 2, 3)]
    >>> lines = {"customer_id": ["x"] * 3, "order_id": ["1", "2", "C2"], "time": times, "amount": [5.0, 70.0, -70.0]}
    >>> set_off_returns(ibis.memtable(pa.table(lines))).to_pandas()["order_id"].tolist()
    ['1']
    """
    touched = match_touched(lines)
    if "order_id" not in lines.columns:
        matched, rest = touched.rows, touched.others().select(*lines.columns)
    else:  # whole orders, as their free lines are no purchase either where the order came back
        rows = touched.rows
        changed = rows.filter((rows[LEFT] != rows[PAID]) | (rows["amount"] < 0))
        orders = settled(changed.select("customer_id", "order_id").distinct())
        beside = touched.others(in_orders(lines, orders))
        matched, rest = settled(in_orders(rows, orders).union(beside)), not_in_orders(lines, orders)
    return settled(rest.union(_what_is_left(matched).select(*lines.columns)))


def match_returns(lines: ir.Table, *, every_step: bool = False) -> ir.Table:
    """Add to each line its exact amount, `PAID`, and what is left of it, `LEFT`.

    Parameters
    ----------
    lines : ibis Table
        As for `set_off_returns`.
    every_step : bool
        Whether to keep what was left after each step too, in `left_after(0)`, `left_after(1)`, …

    Returns
    -------
    ibis Table
        The lines with these columns. A missing amount counts as zero. Below zero `LEFT` is the part of a return that
        found no purchase. A step whose columns are missing changes nothing.
    """
    touched = match_touched(lines, every_step=every_step)
    return touched.others().union(touched.rows)


def _what_is_left(table: ir.Table) -> ir.Table:
    """Drop returns, lines undone and orders undone, and shrink the lines that came back in part."""
    free = table[PAID] == 0
    if "order_id" in table.columns:
        order = {"group_by": ["customer_id", "order_id"]}
        most = {_MOST_LEFT: table[LEFT].max(), _MOST_PAID: table[PAID].abs().max()}
        # Columns first, then the condition: SQLite has no filter on windows, and what Ibis writes instead is no SQL.
        table = table.mutate(**{name: one.over(**order) for name, one in most.items()})
        free = (table[PAID] == 0) & ((table[_MOST_LEFT] > 0) | (table[_MOST_PAID] == 0))
    table = table.filter((table[LEFT] > 0) | free)
    part = table[LEFT] < table[PAID]
    share = table[LEFT].cast("float64") / table[PAID].cast("float64")
    shrunk = {
        name: part.ifelse(_as_stored(table[name] * share, table[name]), table[name])
        for name in ("discount", "cost", "quantity")
        if name in table.columns
    }
    shrunk["amount"] = part.ifelse(table[LEFT].cast(table["amount"].type()), table["amount"])
    return table.mutate(**shrunk)


def _as_stored(value: Any, column: Any) -> Any:
    return (value.round() if column.type().is_integer() else value).cast(column.type())
