"""Rows that are no purchases but the sum of others: totals and subtotals that came along with an export."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.core.errors import Fault, counted, some_of
from helpers.core.results import in_unit
from helpers.core.returns import has_returns, set_off_returns
from helpers.study.data_warnings import Answers, CheckedTable, DataWarning, Finding, TableCheck
from helpers.study.oddities.placeholder_ids import of_words

_WORDS = """
total totals grandtotal subtotal subtotals sum sums grandsum overall all alltotal
gesamt gesamtsumme summe summen zwischensumme teilsumme endsumme gesamtergebnis ergebnis
totalgénéral totalgeneral soustotal somme ensemble sumatotal suma totale subtotale totaal eindtotaal
合计 总计 小计 总和 汇总 共计 總計 合計 小計 総計 総合計 итого всего 합계 총계 소계
totalgeral totalgenerale totalegenerale totalefinale parziale somatotal somageral subtotaal tussentotaal totaaltelling
totaler summering delsumma slutsumma totalsumma totalt ialt subtotalt delsum totalsum samlet sammanlagt
yhteensä välisumma loppusumma razem sumacałkowita sumakońcowa sumarazem podsuma łącznie ogółem celkem mezisoučet
součet spolu összesen részösszeg végösszeg mindösszesen toplam geneltoplam aratoplam
"""
_NAMES = frozenset(_WORDS.split())
_AT_THE_END = re.compile(
    r".\s+(grand\s+)?(total|totaal|ergebnis|summe|razem|toplamı?|合计|小计|合計|小計|итого)$|^(sub)?total\s+.",
    re.IGNORECASE,
)
"""As pivot tables name the sum of a group: "C0017 Total"."""
_OF_MONEY = ("transactions", "invoices", "payments")
_IDENTIFIERS = ("customer_id", "order_id", "invoice_id")
_ROWS_AT_LEAST = 5
_LARGE_SHARE, _LARGE_TIMES, _LARGE_AMONG = 0.2, 20, 50
_REFUSED_FROM, _REPORTED_FROM = 0.5, 0.05
"""Share of groups that hold a row equal to the sum of their others: from here on it is refused, or reported."""
_GROUPS_AT_LEAST, _GROUP_ROWS = 3, 3
_MONEY_REFUSED_FROM = 1 / 3
_CENT = 0.005
ALLOWED = "rows of single purchases, no totals"
_ROWS_LOOKED_AT = 20_000


def is_called_total(identifier: object) -> bool:
    """Say whether an identifier is a word for a sum, or a pivot table's name for the sum of a group.

    Examples
    --------
    >>> [name for name in ("Total", "Sub-total", "Gesamt", "合计", "C0017 Total") if is_called_total(name)]
    ['Total', 'Sub-total', 'Gesamt', '合计', 'C0017 Total']
    >>> is_called_total("Total Energies SE"), is_called_total("C0017")
    (True, False)
    """
    text = unicodedata.normalize("NFKC", str(identifier)).strip()
    return re.sub(r"[\W_]+", "", text.casefold()) in _NAMES or bool(_AT_THE_END.search(text))


def _measures(checked: CheckedTable) -> dict[str, Any]:
    return {"largest": checked.table.amount.max()}


def _findings(checked: CheckedTable, answers: Answers) -> Iterator[Finding]:
    rows, amount, largest = answers["rows"], answers["amount"] or 0.0, answers["largest"] or 0.0
    if rows < _ROWS_AT_LEAST or largest <= 0:
        return
    # With the sums of groups in between, everything stands there three times.
    if any(abs(amount - times * largest) < _CENT for times in (2, 3)):
        yield _grand_total(checked, answers)
        return
    named = list(_named(checked, answers))
    yield from named or _of_groups(checked, answers)
    if not named and largest > _LARGE_SHARE * amount > 0:
        yield from _far_larger(checked, answers)


def _rows_of(checked: CheckedTable, amount: float) -> list[dict[str, Any]]:
    ids = [name for name in _IDENTIFIERS if checked.has(name)]
    found = checked.table.filter(checked.table.amount == amount).select(*ids).order_by(ids).limit(2)
    rows: list[dict[str, Any]] = found.to_pyarrow().to_pylist()
    return rows


def _grand_total(checked: CheckedTable, answers: Answers) -> Fault:
    row = _rows_of(checked, answers["largest"])[0]
    money = in_unit(answers["largest"], checked.currency)
    what = f"one row of table {checked.name} is the sum of the others: {money}, {_in_words(row)}"
    remedy = f"take the row out of the file{_or_leave_out(checked, row, amount=answers['largest'])}"
    return Fault(what, where=checked.where(), allowed=ALLOWED, remedy=remedy)


def _or_leave_out(checked: CheckedTable, row: dict[str, Any], *, amount: float) -> str:
    """Return the other remedy, where an identifier of the row is that row's alone and no return undoes it.

    Without the row, its return would be set off against other purchases.
    """
    if _opposites(checked, row, amount):
        return ""
    for name, value in row.items():
        if checked.table.filter(checked.table[name] == value).count().to_pyarrow().as_py() == 1:
            return f', or add missing_in: {{{name}: ["{value}"]}} to table {checked.name}'
    return ""


def _opposites(checked: CheckedTable, row: dict[str, Any], amount: float) -> list[dict[str, Any]]:
    """Return identifiers of the rows of the same customer, or invoice, with the opposite amount."""
    owner, table = _owner(checked), checked.table
    if owner is None:
        return []
    same = table.filter((table[owner] == row[owner]) & (table["amount"] == -amount))
    found: list[dict[str, Any]] = same.select(*row).order_by(list(row)).to_pyarrow().to_pylist()
    return found


def _owner(checked: CheckedTable) -> str | None:
    """Return the column that says whose a row is: a return undoes rows of the same owner only."""
    return next((name for name in ("customer_id", "invoice_id") if checked.has(name)), None)


def _named(checked: CheckedTable, answers: Answers) -> Iterator[Finding]:
    """Tell customers who are called a total."""
    if not _has_text_customers(checked):
        return
    found = checked.by_customer[of_words(checked.by_customer["customer_id"], is_called_total)]
    if found.empty:
        return
    names, rows = found["customer_id"].tolist(), int(found["rows"].sum())
    amount = float(found["amount"].sum()) if "amount" in found else None
    stand = "stands" if rows == 1 else "stand"
    taken_for = "purchases" if checked.name in _OF_MONEY else "rows of their own"
    what = (
        f"{counted(len(names), 'customer number')} of table {checked.name} {'is' if len(names) == 1 else 'are'} called "
        f"as a sum is: {some_of(sorted(names))}; {checked.counted(rows, amount, answers)} {stand} there as {taken_for}"
    )
    remedy = "take these rows out of the file"
    if len(names) <= _ROWS_AT_LEAST:
        listed = ", ".join(f'"{name}"' for name in sorted(names))
        remedy += f", or add missing_in: {{customer_id: [{listed}]}} to table {checked.name}"
    much = amount is not None and amount > _MONEY_REFUSED_FROM * (answers["amount"] or 0.0)
    yield _finding_of(checked, what, remedy, rows, amount, refused=much and checked.name in _OF_MONEY)


def _has_text_customers(checked: CheckedTable) -> bool:
    return checked.has("customer_id") and bool(checked.table.customer_id.type().is_string())


def _finding_of(
    checked: CheckedTable, what: str, remedy: str, rows: int, amount: float | None, *, refused: bool
) -> Finding:
    if refused:
        return Fault(what, where=checked.where(), allowed=ALLOWED, remedy=remedy)
    return DataWarning(what, checked.where(), remedy, checked.name, rows, amount)


def _of_groups(checked: CheckedTable, answers: Answers) -> Iterator[Finding]:
    """Tell groups of rows (orders, customers, months) of which one is the sum of the others."""
    for name, found in _groups(checked):
        rows, amount = found.summed, found.amount
        share = rows / found.large if found.large else 0.0
        if rows >= _GROUPS_AT_LEAST and share >= _REPORTED_FROM:
            what = (
                f"in {in_unit(share, 'share')} of the {name} of table {checked.name} with at least {_GROUP_ROWS} rows "
                f"one row is the sum of the others: {checked.counted(rows, amount, answers)} may be counted twice"
            )
            remedy = "take the rows with sums out of the file"
            yield _finding_of(checked, what, remedy, rows, amount, refused=share >= _REFUSED_FROM)
            return


@dataclass(frozen=True)
class _Summed:
    """How many groups of several rows there are, in how many one row is the sum of the others, and its money."""

    large: int
    summed: int
    amount: float


def _groups(checked: CheckedTable) -> Iterator[tuple[str, _Summed]]:
    """Yield what was found of customers, months and orders."""
    if checked.has("customer_id"):
        yield "customers", _summed_in(checked.by_customer)
    if checked.has("time"):
        by_month = checked.by_day.groupby(checked.by_day["day"].dt.to_period("M"))
        months = by_month.agg(rows=("rows", "sum"), amount=("amount", "sum"), largest=("largest", "max"))
        yield "months", _summed_in(months)
    if checked.has("order_id"):
        # An export with a sum on every order has it from the start: a look at some rows spares most data the rest.
        for table in (checked.table.limit(_ROWS_LOOKED_AT), checked.table):
            share, found = _summed_orders(table)
            if not share >= _REPORTED_FROM:
                return
        yield "orders", found


def _summed_in(groups: pd.DataFrame) -> _Summed:
    large = groups[(groups["rows"] >= _GROUP_ROWS) & (groups["largest"] > 0)]
    summed = large[(large["amount"] - 2 * large["largest"]).abs() < _CENT]
    return _Summed(len(large), len(summed), float(summed["largest"].sum()))


def _summed_orders(table: Any) -> tuple[float, _Summed]:
    """Return the share of orders of several rows that look summed, and what was found of all; counted where rows are.

    There may be as many orders as rows.
    """
    orders = table.group_by("order_id").aggregate(
        rows=table.count(), amount=table.amount.sum(), largest=table.amount.max()
    )
    several = orders.filter(orders.rows >= _GROUP_ROWS)
    alike, is_large = (several.amount - 2 * several.largest).abs() < _CENT, several.largest > 0
    counted_orders = several.aggregate(
        several=several.count(),
        alike=alike.sum(),
        large=is_large.sum(),
        summed=(alike & is_large).sum(),
        amount=several.largest.sum(where=alike & is_large),
    )
    one = {name: value or 0 for name, value in counted_orders.to_pyarrow().to_pylist()[0].items()}
    found = _Summed(int(one["large"]), int(one["summed"]), float(one["amount"]))
    return one["alike"] / one["several"] if one["several"] else 0.0, found


def _far_larger(checked: CheckedTable, answers: Answers) -> Iterator[DataWarning]:
    """Tell one row that holds far more than any other, once returns are set off."""
    if answers["rows"] < _LARGE_AMONG:
        return
    left = _after_returns(checked)
    found = left.order_by(left["amount"].desc()).limit(2).to_pyarrow().to_pylist()
    if len(found) < 2:
        return
    row, (first, paid), second = found[0], (found[0].pop("amount"), found[0].pop("paid")), found[1]["amount"]
    if not (first > _LARGE_SHARE * answers["amount"] and first > _LARGE_TIMES * second > 0):
        return
    rest = f", of which {in_unit(first, checked.currency)} did not come back" if first < paid else ""
    what = (
        f"one row of table {checked.name}, {_in_words(row)}, holds {in_unit(paid, checked.currency)}{rest}, "
        f"{in_unit(first / answers['amount'], 'share')} of all money; the next largest holds "
        f"{in_unit(second, checked.currency)}"
    )
    yield DataWarning(what, checked.where(), _remedy_for_slip(checked, row, first, paid), checked.name, 1, float(first))


def _remedy_for_slip(checked: CheckedTable, row: dict[str, Any], first: float, paid: float) -> str:
    look = "look whether it is a sum or a slip; if so, take the row out"
    opposites = _opposites(checked, row, paid)
    if opposites:
        return f"{look}, and with it the row that undoes it: {_in_words(opposites[0])}"
    if first < paid:
        return f"{look}, and with it the returns that belong to it"
    return f"{look}{_or_leave_out(checked, row, amount=paid)}"


def _in_words(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in row.items())


def _after_returns(checked: CheckedTable) -> Any:
    """Return the identifiers of the rows, what was `paid`, and as `amount` what is left of it after returns."""
    table, owner = checked.table, _owner(checked)
    ids = {name: table[name] for name in _IDENTIFIERS if checked.has(name)}
    kept = {**ids, "amount": table["amount"], "paid": table["amount"]}
    if owner is None or not checked.has("time") or not has_returns(table):
        return table.select(**kept)
    helping = {name: table[name] for name in ("time", "product_id") if checked.has(name)}
    lines = table.filter(table["amount"] != 0).select(**{"customer_id": table[owner]} | kept | helping)
    return set_off_returns(lines).select(*kept)


def _holds_purchases(checked: CheckedTable) -> bool:
    return checked.name in _OF_MONEY and checked.has("amount")


TOTAL_ROWS = TableCheck(_findings, _measures, _holds_purchases)
"""Rows that are the sum of others."""
NAMED_TOTALS = TableCheck(
    _named, applies=lambda checked: not _holds_purchases(checked) and _has_text_customers(checked)
)
"""Customers of other tables who are called a total."""
