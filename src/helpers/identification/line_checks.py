"""Checks of the transaction lines: what to know about them before trusting a total."""

from datetime import date

import ibis.expr.types as ir
import pandas as pd

from helpers.core.lines import as_money, exact_sum, exact_total, lines_until
from helpers.core.own_names import own_name

_COPIES, _COUNTABLE, _LISTED = own_name("copies"), own_name("countable"), own_name("listed")
LINE_CHECKS: tuple[str, ...] = (
    "after as_of",
    "unmatched product",
    "zero amount",
    "negative amount",
    "missing amount",
    "no quantity",
    "not countable",
    "repeated line",
    "split order",
)
"""The checks, in reading order: lines on or after the analysis date, whose product is not in the table of products, of
which nothing was paid, that are returns, without an amount, without a sound quantity, whose quantity is no number of
pieces, equal to another in every column, and of orders with several customers or times."""


def check_lines(transactions: ir.Table, as_of: date, products: ir.Table | None = None) -> pd.DataFrame:
    """Count the lines that call for care, with the revenue on them.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions.
    as_of : date
        Analysis date. All checks but the first look at the lines before it.
    products : ibis Table, optional
        Standard products; without them, and without the columns they need, the checks on products, countable
        quantities and quantities are not made.

    Returns
    -------
    DataFrame
        One row per check, indexed by its name: checked (false where the columns are missing), lines, line_share,
        revenue (study currency) and revenue_share, all missing where not checked. Shares are of the lines before
        `as_of`.
    """
    lines = lines_until(transactions, as_of)
    flagged = _flag(lines, products)
    checks = [name for name in LINE_CHECKS if name in flagged.columns]
    money = as_money(flagged["amount"])
    measures: dict[str, ir.Value] = {"lines": flagged.count(), "revenue": money.sum().cast("float64")}
    for place, name in enumerate(checks):
        measures[f"lines_{place}"] = flagged[name].sum()
        measures[f"revenue_{place}"] = money.sum(where=flagged[name]).cast("float64")
    row = flagged.agg(**measures).to_pandas().fillna(0).iloc[0]
    found = {name: (row[f"lines_{place}"], row[f"revenue_{place}"]) for place, name in enumerate(checks)}
    found["after as_of"] = _later(transactions, lines)
    found["repeated line"] = _repeated(lines)
    found["split order"] = _split_orders(lines)
    return _lay_out(found, float(row["lines"]), float(row["revenue"]))


def _flag(lines: ir.Table, products: ir.Table | None) -> ir.Table:
    """Add one flag per check that a line decides by itself or with its product."""
    amount = lines["amount"]
    flags: dict[str, ir.Value] = {
        "zero amount": amount == 0,
        "negative amount": amount < 0,
        "missing amount": _missing(amount),
    }
    if "quantity" in lines.columns:
        pieces = lines["quantity"]  # those of a return are below zero, as its amount is
        flags["no quantity"] = _missing(pieces) | (amount < 0).ifelse(pieces == 0, pieces <= 0)
    lines = lines.mutate(**{name: flag.fill_null(False) for name, flag in flags.items()})
    if products is None or "product_id" not in lines.columns:
        return lines
    known = {_COUNTABLE: products["countable"]} if "countable" in products.columns else {}
    listed = products.group_by(**{_LISTED: products["product_id"]}).agg(
        **{name: column.min() for name, column in known.items()}  # false when any entry of the product says so
    )
    joined = lines.left_join(listed, lines["product_id"] == listed[_LISTED])
    matched = joined.mutate(**{"unmatched product": _missing(joined[_LISTED])})
    if known and "quantity" in lines.columns:
        matched = matched.mutate(**{"not countable": ~matched[_COUNTABLE].fill_null(True)})
    return matched


def _missing(column: ir.Column) -> ir.BooleanColumn:
    return column.isnull()  # noqa: PD003 (an Ibis column)


def _later(transactions: ir.Table, lines: ir.Table) -> tuple[float, float]:
    counts = [
        table.agg(lines=table.count(), revenue=_revenue(table)).to_pandas().fillna(0) for table in (transactions, lines)
    ]
    later = counts[0].iloc[0] - counts[1].iloc[0]
    return float(later["lines"]), float(later["revenue"])


def _revenue(table: ir.Table) -> ir.Scalar:
    return exact_sum(table["amount"])


def _repeated(lines: ir.Table) -> tuple[float, float]:
    repeats = lines.group_by(*lines.columns).agg(**{_COPIES: lines.count()})
    repeats = repeats.filter(repeats[_COPIES] > 1)
    extra = repeats[_COPIES] - 1
    found = repeats.agg(lines=extra.sum(), revenue=(as_money(repeats["amount"]) * extra).sum().cast("float64"))
    row = found.to_pandas().fillna(0).iloc[0]
    return float(row["lines"]), float(row["revenue"])


def _split_orders(lines: ir.Table) -> tuple[float, float]:
    # Smallest against largest finds a second value without counting the different ones.
    customer, time = lines["customer_id"], lines["time"]
    orders = lines.group_by("order_id").agg(
        lines=lines.count(),
        revenue=exact_total(lines["amount"]),
        split=(customer.min() != customer.max()) | (time.min() != time.max()),
    )
    split = orders.filter(orders["split"])
    row = split.agg(lines=split["lines"].sum(), revenue=split["revenue"].sum().cast("float64"))
    first = row.to_pandas().fillna(0).iloc[0]
    return float(first["lines"]), float(first["revenue"])


def _lay_out(found: dict[str, tuple[float, float]], lines: float, revenue: float) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "checked": [name in found for name in LINE_CHECKS],
            "lines": pd.array([int(found[name][0]) if name in found else None for name in LINE_CHECKS], dtype="Int64"),
            "revenue": [found[name][1] if name in found else float("nan") for name in LINE_CHECKS],
        },
        index=pd.Index(LINE_CHECKS, name="check"),
    )
    table.insert(2, "line_share", table["lines"].astype("Float64").astype("float64") / lines if lines else float("nan"))
    return table.assign(revenue_share=table["revenue"] / revenue if revenue else float("nan"))
