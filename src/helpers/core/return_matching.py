"""Match returns with the purchases they undo, step by step: the working of the rule that `helpers.core.returns` states.

Few lines of a shop have to do with a return. Only these are put in order and summed: the lines of an order or of a
product of which the same customer brought something back; and for returns that find nothing there, orders of the same
amount and at last all that the customer bought. Within a step only those groups take part in which a return is still
open. All other lines are read and left as they are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import ibis
import ibis.expr.types as ir

from helpers.core.lines import MONEY_TYPE
from helpers.core.matching_rows import matched_rows, unmatched_rows
from helpers.core.own_names import own_name
from helpers.core.session_tables import settled, to_the_digit

PAID, LEFT = own_name("paid"), own_name("left")
"""Columns with the exact amount of a line, and with what is left of it once returns are set off."""
_ORDER = ["customer_id", "order_id"]
_PLACE, _LEVEL, _AFTER, _SIZE, _TOTAL = map(own_name, ("place", "level", "after", "size", "total"))


def left_after(step: int) -> str:
    """Return the name of the column with what is left of lines after a step of the rule, from 0."""
    return own_name(f"left {step}")


@dataclass(frozen=True)
class TouchedLines:
    """Returns, and the lines that they may be set off against.

    Parameters
    ----------
    lines : ibis Table
        All lines, as they came.
    rows : ibis Table
        The touched ones among them with their exact amount, `PAID`, and what is left of it, `LEFT`.
    keys : tuple of ibis Table
        The keys by which purchases came among these, one table for each search.
    """

    lines: ir.Table
    rows: ir.Table
    keys: tuple[ir.Table, ...] = ()

    def reach(self, keys: ir.Table) -> "TouchedLines":
        """Take in the purchases that share one of these keys."""
        keys = settled(keys)
        found = _with_keys(_with_amounts(self._purchases(), self.rows.columns), keys)
        return replace(self, rows=settled(self.rows.union(self._without(found))), keys=(*self.keys, keys))

    def others(self, lines: ir.Table | None = None) -> ir.Table:
        """Return the lines that are not touched, or those of a part of all lines, with the columns of `rows`."""
        return settled(self._without(_with_amounts(self._purchases(lines), self.rows.columns)))

    def open_returns(self) -> ir.Table:
        """Return the rows of which something still looks for a purchase."""
        return self.rows.filter(self.rows[LEFT] < 0)

    def _purchases(self, lines: ir.Table | None = None) -> ir.Table:
        lines = self.lines if lines is None else lines
        return lines.filter((lines["amount"] >= 0) | lines["amount"].isnull())

    def _without(self, lines: ir.Table) -> ir.Table:
        for keys in self.keys:
            lines = _without_keys(lines, keys)
        return lines


def match_touched(lines: ir.Table, *, every_step: bool = False) -> TouchedLines:
    """Set every return off against the purchase it undoes, and return the lines that may have to do with one.

    Parameters
    ----------
    lines : ibis Table
        Standard transactions: customer_id, time, amount; order_id and product_id where known.
    every_step : bool
        Whether to keep what was left after each step too, in `left_after(0)`, `left_after(1)`, …

    Returns
    -------
    TouchedLines
        A missing amount counts as zero. Below zero `LEFT` is the part of a return that found no purchase. A step whose
        columns are missing changes nothing.
    """
    returns = lines.filter(lines["amount"] < 0)
    returns = _with_amounts(returns, [*lines.columns, PAID, LEFT])
    touched = TouchedLines(lines, returns)
    if "order_id" in lines.columns:
        touched = touched.reach(returns.select(_ORDER))
    if "product_id" in lines.columns:
        touched = touched.reach(returns.select("customer_id", "product_id"))
    else:
        touched = touched.reach(returns.select("customer_id", **{PAID: -returns[PAID]}))
    for number, step in enumerate(STEPS.values()):
        if set(step.columns) <= set(lines.columns):
            touched = step.set_off(touched)
            touched = replace(touched, rows=settled(touched.rows))
        if every_step:
            touched = replace(touched, rows=touched.rows.mutate(**{left_after(number): touched.rows[LEFT]}))
    return touched


def in_orders(lines: ir.Table, orders: ir.Table) -> ir.Table:
    """Keep the lines of these orders; the lines of a customer without an order number are one order."""
    unnumbered = matched_rows(lines.filter(lines["order_id"].isnull()), _unnumbered(orders), ["customer_id"])
    return matched_rows(lines, orders, _ORDER).union(unnumbered)


def not_in_orders(lines: ir.Table, orders: ir.Table) -> ir.Table:
    """Keep the lines of all orders but these, see `in_orders`."""
    lines = unmatched_rows(lines, orders, _ORDER)
    return unmatched_rows(lines, _unnumbered(orders), ["customer_id"], only=lines["order_id"].isnull())


def _unnumbered(orders: ir.Table) -> ir.Table:
    return orders.filter(orders["order_id"].isnull()).select("customer_id")


def _with_keys(lines: ir.Table, keys: ir.Table) -> ir.Table:
    names = list(keys.columns)
    return in_orders(lines, keys) if names == _ORDER else matched_rows(lines, keys, names)


def _without_keys(lines: ir.Table, keys: ir.Table) -> ir.Table:
    names = list(keys.columns)
    return not_in_orders(lines, keys) if names == _ORDER else unmatched_rows(lines, keys, names)


def _with_amounts(lines: ir.Table, columns: Sequence[str]) -> ir.Table:
    """Add to lines that no return has met yet the columns that the match keeps."""
    paid = lines["amount"].cast(MONEY_TYPE).fill_null(ibis.literal(0, MONEY_TYPE))
    return lines.mutate(**{name: paid for name in columns if name not in lines.columns})


@dataclass(frozen=True)
class Step:
    """One way to find the purchase that a return undoes.

    Parameters
    ----------
    about : str
        Against what it sets off, in words.
    columns : tuple of str
        Columns it needs beyond those every table of lines has.
    set_off : callable
        Takes and returns the touched lines, with what is left after the step in `LEFT`.
    """

    about: str
    columns: tuple[str, ...]
    set_off: Callable[[TouchedLines], TouchedLines]


def _placed(touched: TouchedLines, rows: ir.Table, *, group: Sequence[str], returns_last: bool = False) -> ir.Table:
    """Put the rows of a group in order of time, purchases first; the other columns decide where times are equal."""
    columns = [rows[name] for name in touched.lines.columns if name not in ("customer_id", "time")]
    order = [rows["time"], rows[PAID] < 0, *columns, rows[LEFT].desc()]
    if returns_last:
        order = [rows[LEFT] < 0, *order]
    return rows.mutate(**{_PLACE: ibis.row_number().over(group_by=group, order_by=order)})


def _latest_first(rows: ir.Table, amount: str, group: Sequence[str]) -> Any:
    """Return what is left of amounts within a group, in the order of `_PLACE`: see the closed form of the rule."""

    def window(span: tuple[int | None, int | None]) -> Any:
        return ibis.window(group_by=group, order_by=_PLACE, rows=span)

    rows = rows.mutate(**{_LEVEL: to_the_digit(rows[amount].sum().over(window((None, 0))), rows)})
    level, lowest = rows[_LEVEL], rows[_LEVEL].min()
    lowest_so_far = ibis.least(ibis.coalesce(lowest.over(window((None, -1))), 0), 0)
    kept = ibis.greatest(lowest.over(window((0, None))) - level + rows[amount], 0)
    after = (rows[amount] < 0).ifelse(ibis.least(level - lowest_so_far, 0), kept)
    return rows.mutate(**{_AFTER: to_the_digit(after, rows)})


def _set_off(
    touched: TouchedLines, *, keys: Sequence[str] = (), same_amount: bool = False, at_any_time: bool = False
) -> TouchedLines:
    """Set returns off against purchases that share the keys, the latest first.

    A return meets purchases before it only, unless the keys themselves say that it belongs to them (`at_any_time`).
    Lines without the key belong to nothing.
    """
    columns, rows = touched.rows.columns, touched.rows
    group = ["customer_id", *keys, *([_SIZE] if same_amount else [])]
    if same_amount:
        rows = rows.mutate(**{_SIZE: rows[LEFT].abs()})
    wanted = rows.filter(rows[LEFT] < 0).select(group)
    placed = _placed(touched, matched_rows(rows, wanted, group), group=group, returns_last=at_any_time)
    matched = _latest_first(placed, LEFT, group)
    unmoved = unmatched_rows(rows, wanted, group).select(*columns)
    return replace(
        touched, rows=unmoved.union(matched.mutate(**{LEFT: matched[_AFTER].cast(MONEY_TYPE)}).select(*columns))
    )


def _set_off_equals(touched: TouchedLines) -> TouchedLines:
    keys = ("product_id",) if "product_id" in touched.lines.columns else ()
    return _set_off(touched, keys=keys, same_amount=True)


def _set_off_whole_orders(touched: TouchedLines) -> TouchedLines:
    """Set whole credit notes off against earlier orders of the same amount: one line stands for its whole order."""
    orders = _orders_of_equal_amount(touched)
    touched = touched.reach(orders)
    columns, rows = touched.rows.columns, touched.rows
    placed = _placed(touched, in_orders(rows, orders), group=["customer_id"])
    order = {"group_by": _ORDER}
    is_first = placed[_PLACE] == placed[_PLACE].min().over(**order)
    total = to_the_digit(placed[LEFT].sum().over(**order), placed)
    placed = placed.mutate(**{_TOTAL: is_first.ifelse(total, 0)})
    totals = _latest_first(placed.mutate(**{_SIZE: placed[_TOTAL].abs()}), _TOTAL, ["customer_id", _SIZE])
    undone = ((totals[_TOTAL] != 0) & (totals[_AFTER] == 0)).any().over(**order)
    matched = totals.mutate(**{LEFT: undone.ifelse(0, totals[LEFT]).cast(MONEY_TYPE)}).select(*columns)
    return replace(touched, rows=not_in_orders(rows, orders).union(matched))


def _orders_of_equal_amount(touched: TouchedLines) -> ir.Table:
    """Return the orders of customers with an open return, where one is a credit note and another has its amount."""
    customers = touched.open_returns().select("customer_id")
    paid = matched_rows(_with_amounts(touched.lines, [PAID]), customers, ["customer_id"])
    rows = matched_rows(touched.rows, customers, ["customer_id"])
    parts = paid.select(*_ORDER, part=PAID).union(rows.select(*_ORDER, part=rows[LEFT] - rows[PAID]))
    totals = parts.group_by(_ORDER).agg(total=to_the_digit(parts["part"].sum(), parts))
    totals = totals.mutate(size=totals["total"].abs())
    bought, credit = totals.filter(totals["total"] > 0), totals.filter(totals["total"] < 0)
    on = ["customer_id", "size"]
    return matched_rows(bought, credit, on).union(matched_rows(credit, bought, on)).select(_ORDER)


def _set_off_any(touched: TouchedLines) -> TouchedLines:
    return _set_off(touched.reach(touched.open_returns().select("customer_id")))


STEPS: Mapping[str, Step] = MappingProxyType(
    {
        "same order and product": Step(
            "lines of the same order and product",
            ("order_id", "product_id"),
            partial(_set_off, keys=("order_id", "product_id"), at_any_time=True),
        ),
        "same product and amount": Step(
            "an earlier line of the same amount, and product where known",
            (),
            _set_off_equals,
        ),
        "same order": Step(
            "other lines of the same order", ("order_id",), partial(_set_off, keys=("order_id",), at_any_time=True)
        ),
        "whole order": Step(
            "an earlier order of the same amount as the whole credit note", ("order_id",), _set_off_whole_orders
        ),
        "same product": Step(
            "earlier lines of the same product", ("product_id",), partial(_set_off, keys=("product_id",))
        ),
        "purchases before": Step("the latest purchases before, whatever they were", (), _set_off_any),
    }
)
"""The steps of the rule, in their order."""
