"""Amounts of which no purchase can be read: with their signs turned, or all of them nothing."""

from collections.abc import Iterator
from typing import Any

from helpers.core.errors import Fault, counted
from helpers.core.results import in_unit
from helpers.study.data_warnings import Answers, CheckedTable, Finding, TableCheck

_ALLOWED = "purchases above zero, returns below"


def _measures(checked: CheckedTable) -> dict[str, Any]:
    amount = checked.table.amount
    return {"above": (amount > 0).sum(), "below": (amount < 0).sum()}


def _findings(checked: CheckedTable, answers: Answers) -> Iterator[Finding]:
    above, below, amount = answers["above"] or 0, answers["below"] or 0, answers["amount"] or 0.0
    if not above and not below:
        what = f"every amount of table {checked.name} is 0: nobody would have paid anything"
        remedy = "map amount to the column that holds the money of the line, under columns of the table"
    elif not above:
        what = f"no amount of table {checked.name} is above zero: are the signs turned?"
        remedy = f"export the amounts with {_ALLOWED}"
    # A return or two of purchases before the data began may outweigh the rest; most rows do not.
    elif below > above and amount < 0:
        what = (
            f"{counted(below, 'amount')} of table {checked.name} {'is' if below == 1 else 'are'} below zero and only "
            f"{above:,} above, {in_unit(amount, checked.currency)} together: are the signs turned?"
        )
        remedy = f"export the amounts with {_ALLOWED}"
    else:
        return
    yield Fault(what, where=checked.where("columns", "amount"), allowed=_ALLOWED, remedy=remedy)


def _holds_purchases(checked: CheckedTable) -> bool:
    return checked.name == "transactions" and checked.has("amount")


AMOUNT_SIGNS = TableCheck(_findings, _measures, _holds_purchases)
"""Transactions of which none, or the wrong ones, are purchases."""
