"""Payments that fit no open invoice: what is too much, too early, or of no invoice is set apart and counted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.errors import counted
from helpers.core.results import NamedResult, in_unit

_HALF_CENT = 0.005


@dataclass(frozen=True)
class SetApart:
    """What was set apart of the payments, or moved, so that the ledger adds up.

    Parameters
    ----------
    overpaid_invoices : int
        Invoices paid with more than was owed.
    overpaid_amount : float
        What was paid too much on them, study currency: a credit of the customers.
    early_payments : int
        Payments before the date of their invoice; taken as paid on its date.
    unmatched_payments : int
        Payments on no invoice of the table.
    unmatched_amount : float
        Money of these, study currency.
    """

    overpaid_invoices: int = 0
    overpaid_amount: float = 0.0
    early_payments: int = 0
    unmatched_payments: int = 0
    unmatched_amount: float = 0.0

    def named_results(self) -> list[NamedResult]:
        """Return what was found, as named results; nothing where nothing was."""
        found = []
        if self.overpaid_invoices:
            about, owed = "paid with more than was owed", "paid too much: a credit of the customers"
            found.append(NamedResult("credit_overpaid_invoices", self.overpaid_invoices, "invoices", about))
            found.append(NamedResult("credit_overpaid_amount", self.overpaid_amount, "money", owed))
        if self.early_payments:
            about = "before the date of their invoice"
            found.append(NamedResult("credit_early_payments", self.early_payments, "payments", about))
        if self.unmatched_payments:
            found.append(NamedResult("credit_unmatched_payments", self.unmatched_payments, "payments", "on no invoice"))
            found.append(NamedResult("credit_unmatched_amount", self.unmatched_amount, "money", "paid on no invoice"))
        return found

    def notes(self, currency: str) -> list[tuple[str, str, int, float | None]]:
        """Return each of the three kinds that was found: what, remedy, how many, and money where it matters."""
        too_much, unmatched = in_unit(self.overpaid_amount, currency), in_unit(self.unmatched_amount, currency)
        early = f"{counted(self.early_payments, 'payment')} before the date of the invoice, taken as paid on its date"
        rows = (
            (
                f"more paid than owed on {counted(self.overpaid_invoices, 'invoice')}: {too_much} are a credit of "
                "the customers, set off against nothing",
                "look for payments booked twice, or on the wrong invoice",
                self.overpaid_invoices,
                self.overpaid_amount,
            ),
            (early, "book prepayments on the date of their invoice", self.early_payments, None),
            (
                f"{counted(self.unmatched_payments, 'payment')} of {unmatched} on no invoice of the table, left out",
                "add the invoices, or take these payments out",
                self.unmatched_payments,
                self.unmatched_amount,
            ),
        )
        return [row for row in rows if row[2]]


def set_apart(billed: pd.DataFrame, paid: pd.DataFrame) -> tuple[pd.DataFrame, SetApart]:
    """Take out of the payments what fits no invoice.

    Parameters
    ----------
    billed : DataFrame
        invoice_id, invoice_date, amount.
    paid : DataFrame
        invoice_id, payment_date, amount.

    Returns
    -------
    DataFrame
        The payments, each on an invoice, not before its date, and together no more than its amount.
    SetApart
        What was taken out or moved.

    Examples
    --------
    >>> bills = pd.DataFrame({"invoice_id": [1], "invoice_date": pd.Timestamp("2024-01-10"), "amount": [90.0]})
    >>> money = pd.DataFrame({"invoice_id": [1, 1, 2], "payment_date": pd.Timestamp("2024-02-01"), "amount": 50.0})
    >>> kept, apart = set_apart(bills, money)
    >>> kept["amount"].tolist(), apart.overpaid_amount, apart.unmatched_payments
    ([50.0, 40.0], 10.0, 1)
    """
    known = billed.drop_duplicates("invoice_id").set_index("invoice_id")
    orphans = ~paid["invoice_id"].isin(known.index)
    kept = paid[~orphans].sort_values("payment_date", kind="stable")
    of_invoice = known.reindex(kept["invoice_id"])
    dates = pd.Series(of_invoice["invoice_date"].to_numpy(), index=kept.index)
    early = kept["payment_date"] < dates
    kept = kept.assign(payment_date=kept["payment_date"].mask(early, dates))
    owed = of_invoice["amount"].to_numpy(dtype=np.float64)
    total = kept.groupby("invoice_id")["amount"].transform("sum").to_numpy(dtype=np.float64)
    over = total > owed + _HALF_CENT
    amount = kept["amount"].to_numpy(dtype=np.float64)
    before = kept.groupby("invoice_id")["amount"].cumsum().to_numpy(dtype=np.float64) - amount
    settling = np.where(over, np.clip(np.round(owed - before, 2), 0.0, amount.clip(min=0.0)), amount)
    # A payment on what is settled already must not count as the one that settled it.
    nothing_left = over & (settling == 0) & (amount > 0)
    apart = SetApart(
        int(kept.loc[over, "invoice_id"].nunique()),
        round(float((amount - settling)[over].sum()), 2),
        int(early.sum()),
        int(orphans.sum()),
        round(float(paid.loc[orphans, "amount"].sum()), 2),
    )
    return kept.assign(amount=settling)[~nothing_left].reset_index(drop=True), apart
