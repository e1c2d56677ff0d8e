"""What came back before the analysis date, in figures: how much, and against what it was set off."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from helpers.checks import require_columns
from helpers.lines import lines_until
from helpers.returns import STEPS, match_returns


@dataclass(frozen=True)
class ReturnFigures:
    """What came back, and what it was set off against.

    Parameters
    ----------
    lines, orders, customers : int
        Received before the analysis date, returns among them.
    return_lines : int
        Lines with a negative amount.
    returned : float
        Their money, study currency, above zero.
    credit_notes : int
        Orders below zero of which no purchase is left.
    orders_undone : int
        Orders of which everything came back.
    customers_undone : int
        Customers without any purchase left.
    set_off : float
        Money taken off purchases, study currency.
    unmatched_lines, unmatched : int, float
        Returns that found no purchase, or one for a part only, and their money: before the first purchase in the data,
        or beyond all that was bought.
    by_step : DataFrame
        One row per step of the rule: step, set_off_against (in words), return_lines, money, money_share (of all that
        was returned).
    """

    lines: int
    orders: int
    customers: int
    return_lines: int
    returned: float
    credit_notes: int
    orders_undone: int
    customers_undone: int
    set_off: float
    unmatched_lines: int
    unmatched: float
    by_step: pd.DataFrame

    @property
    def line_share(self) -> float:
        """Lines that are returns, of all."""
        return self.return_lines / self.lines if self.lines else float("nan")


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
    counts = {"orders": received.count(), "customers": received["customer_id"].nunique()}
    counts = {"lines": int(lines.count().to_pyarrow().as_py()), **_one_row(received.agg(**counts))}
    returning = lines.filter(lines["amount"] < 0).select("customer_id").distinct()
    table = match_returns(lines.semi_join(returning, "customer_id"), every_step=True)
    money, by_step = _money_by_step(table)
    return ReturnFigures(**counts, **money, **_count_undone(table), by_step=by_step)


def _money_by_step(table: ir.Table) -> tuple[dict[str, Any], pd.DataFrame]:
    is_return = table["_paid"] < 0
    open_after = ["_paid", *(f"_left_{number}" for number in range(len(STEPS)))]
    measures: dict[str, Any] = {"return_lines": is_return.sum(), "unmatched_lines": (table["_left"] < 0).sum()}
    for number, (before, after) in enumerate(pairwise(open_after)):
        found = is_return & (table[after] != table[before])
        measures[f"lines_{number}"] = found.sum()
        measures[f"money_{number}"] = (table[after] - table[before]).sum(where=found)
    measures |= {"returned": -table["_paid"].sum(where=is_return), "unmatched": -table["_left"].sum(where=is_return)}
    row = _one_row(table.agg(**measures))
    figures = {name: int(row[name]) for name in ("return_lines", "unmatched_lines")}
    money = {name: float(row[name]) for name in ("returned", "unmatched")}
    by_step = pd.DataFrame(
        {
            "step": list(STEPS),
            "set_off_against": [step.about for step in STEPS.values()],
            "return_lines": [int(row[f"lines_{number}"]) for number in range(len(STEPS))],
            "money": [float(row[f"money_{number}"]) for number in range(len(STEPS))],
        }
    )
    by_step["money_share"] = by_step["money"] / (money["returned"] or float("nan"))
    return {**figures, **money, "set_off": float(row["returned"] - row["unmatched"])}, by_step


def _count_undone(table: ir.Table) -> dict[str, int]:
    """Count orders and customers of which nothing is left."""
    orders = table.group_by("customer_id", "order_id").agg(
        net=table["_paid"].sum(), bought=(table["_paid"] > 0).any(), left=table["_left"].max()
    )
    customers = orders.group_by("customer_id").agg(left=orders["left"].max())
    undone = orders["left"] <= 0
    row = _one_row(
        orders.agg(
            credit_notes=(undone & (orders["net"] < 0)).sum(),
            orders_undone=(undone & orders["bought"] & (orders["net"] >= 0)).sum(),
            customers_undone=customers.filter(customers["left"] <= 0).count().as_scalar(),
        )
    )
    return {name: int(count) for name, count in row.items()}


def _one_row(table: ir.Table) -> dict[str, Any]:
    """Fetch the one row of totals, zero where there was nothing to add up."""
    (row,) = table.to_pyarrow().to_pylist()
    return {name: value or 0 for name, value in row.items()}
