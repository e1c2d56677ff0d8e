"""What came back before the analysis date, in figures: how much, and against what it was set off."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.lines import lines_until
from helpers.core.matching_rows import matched_rows
from helpers.core.return_matching import LEFT, PAID, STEPS, left_after
from helpers.core.returns import has_returns, match_returns

UNDONE = ("credit_note_orders", "undone_orders", "undone_customers")


@dataclass(frozen=True)
class ReturnFigures:
    """What came back, and what it was set off against.

    Parameters
    ----------
    lines_received, orders_received, customers_received : int
        All before the analysis date, returns among them.
    return_lines : int
        Lines with a negative amount.
    returned_amount : float
        Their money, study currency, above zero.
    credit_note_orders : int
        Orders below zero of which no purchase is left.
    undone_orders : int
        Orders of which everything came back.
    undone_customers : int
        Customers without any purchase left.
    set_off_amount : float
        Money taken off purchases, study currency.
    unmatched_return_lines, unmatched_return_amount : int, float
        Returns that found no purchase, or one for a part only, and the money that found none: before the first purchase
        in the data, or beyond all that was bought.
    by_step : DataFrame
        One row per step of the rule: step, set_off_against (in words), return_lines, amount, share (of all that was
        returned).
    """

    lines_received: int
    orders_received: int
    customers_received: int
    return_lines: int
    returned_amount: float
    credit_note_orders: int
    undone_orders: int
    undone_customers: int
    set_off_amount: float
    unmatched_return_lines: int
    unmatched_return_amount: float
    by_step: pd.DataFrame

    @property
    def return_line_share(self) -> float:
        """Lines that are returns, of all."""
        return self.return_lines / self.lines_received if self.lines_received else float("nan")


def measure_returns(transactions: ir.Table, as_of: date) -> ReturnFigures:
    """Count what came back before the analysis date, by what it was set off against.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions: customer_id, order_id, time, amount; product_id where known.
    as_of : date
        Analysis date.

    Returns
    -------
    ReturnFigures
        Lines, orders, customers and money.

    Raises
    ------
    InputError
        When a column is missing.
    """
    require_columns(transactions.columns, ("customer_id", "order_id", "time", "amount"), where="transactions")
    lines = lines_until(transactions, as_of)
    received = lines.select("customer_id", "order_id").distinct()
    counts = {"orders_received": received.count(), "customers_received": received["customer_id"].nunique()}
    counts = {"lines_received": int(lines.count().to_pyarrow().as_py()), **_one_row(received.agg(**counts))}
    if not has_returns(lines):  # the rule is a long query, and all it would give is noughts
        money, by_step = _figures(defaultdict(int))
        return ReturnFigures(**counts, **money, **dict.fromkeys(UNDONE, 0), by_step=by_step)
    returning = lines.filter(lines["amount"] < 0).select("customer_id").distinct()
    table = match_returns(matched_rows(lines, returning, ["customer_id"]), every_step=True)
    money, by_step = _money_by_step(table)
    return ReturnFigures(**counts, **money, **_count_undone(table), by_step=by_step)


def _money_by_step(table: ir.Table) -> tuple[dict[str, Any], pd.DataFrame]:
    """Add up the money and the lines that each step of the rule has set off."""
    is_return = table[PAID] < 0
    open_after = [PAID, *map(left_after, range(len(STEPS)))]
    measures: dict[str, Any] = {"return_lines": is_return.sum(), "unmatched_return_lines": (table[LEFT] < 0).sum()}
    for number, (before, after) in enumerate(pairwise(open_after)):
        found = is_return & (table[after] != table[before])
        measures[f"lines_{number}"] = found.sum()
        measures[f"money_{number}"] = (table[after] - table[before]).sum(where=found)
    measures |= {
        "returned_amount": -table[PAID].sum(where=is_return),
        "unmatched_return_amount": -table[LEFT].sum(where=is_return),
    }
    return _figures(_one_row(table.agg(**measures)))


def _figures(row: Mapping[str, Any]) -> tuple[dict[str, Any], pd.DataFrame]:
    figures = {name: int(row[name]) for name in ("return_lines", "unmatched_return_lines")}
    money = {name: float(row[name]) for name in ("returned_amount", "unmatched_return_amount")}
    by_step = pd.DataFrame(
        {
            "step": list(STEPS),
            "set_off_against": [step.about for step in STEPS.values()],
            "return_lines": [int(row[f"lines_{number}"]) for number in range(len(STEPS))],
            "amount": [float(row[f"money_{number}"]) for number in range(len(STEPS))],
        }
    )
    by_step["share"] = by_step["amount"] / (money["returned_amount"] or float("nan"))
    return {
        **figures,
        **money,
        "set_off_amount": float(row["returned_amount"] - row["unmatched_return_amount"]),
    }, by_step


def _count_undone(table: ir.Table) -> dict[str, int]:
    """Count orders and customers of which nothing is left."""
    orders = table.group_by("customer_id", "order_id").agg(
        net=table[PAID].sum(), bought=(table[PAID] > 0).any(), left=table[LEFT].max()
    )
    customers = orders.group_by("customer_id").agg(left=orders["left"].max())
    undone = orders["left"] <= 0
    row = _one_row(
        orders.agg(
            credit_note_orders=(undone & (orders["net"] < 0)).sum(),
            undone_orders=(undone & orders["bought"] & (orders["net"] >= 0)).sum(),
            undone_customers=customers.filter(customers["left"] <= 0).count().as_scalar(),
        )
    )
    return {name: int(count) for name, count in row.items()}


def _one_row(table: ir.Table) -> dict[str, Any]:
    """Fetch the one row of totals, zero where there was nothing to add up."""
    (row,) = table.to_pyarrow().to_pylist()
    return {name: value or 0 for name, value in row.items()}
