"""Invoices and payments as a ledger: checked as a whole, and what was open on any day."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.value.credit.set_apart import SetApart, set_apart

HALF_CENT = 0.005
"""Differences below this are rounding, no debt."""


@dataclass(frozen=True)
class Receivables:
    """What customers owe: every invoice with what was paid on it before the analysis date.

    Parameters
    ----------
    invoices : DataFrame
        invoice_id, customer_id, seller_id (missing where not known), invoice_date, due_date, term_days, amount, paid,
        open_amount, settled_date (missing while open); in order of date and id, index 0, 1, 2, …
    payments : DataFrame
        invoice (position in `invoices`), payment_date, amount; in order of date.
    as_of : Timestamp
        Analysis date; nothing on or after it is known.
    terms_assumed : int
        Invoices without a due date, whose term was assumed.
    apart : SetApart
        What was paid too much, too early or on no invoice.
    """

    invoices: pd.DataFrame
    payments: pd.DataFrame
    as_of: pd.Timestamp
    terms_assumed: int = 0
    apart: SetApart = field(default_factory=SetApart)

    @property
    def has_sellers(self) -> bool:
        """Whether any invoice names the seller responsible."""
        return bool(self.invoices["seller_id"].notna().any())

    def paid_by(self, dates: pd.Series) -> FloatArray:
        """Return what had been paid on each invoice by the end of a day of its own.

        Parameters
        ----------
        dates : Series of datetime
            One day per invoice, in the order of `invoices`; a missing day means nothing was paid.
        """
        invoice = self.payments["invoice"].to_numpy()
        in_time = self.payments["payment_date"].to_numpy() <= dates.to_numpy()[invoice]
        return self._added_up(invoice[in_time], self.payments["amount"].to_numpy()[in_time])

    def open_at(self, day: date | pd.Timestamp) -> FloatArray:
        """Return what was open of each invoice when a day began; 0 for invoices that did not exist yet."""
        start = pd.Timestamp(day)
        known = (self.payments["payment_date"] < start).to_numpy()
        paid = self._added_up(
            self.payments["invoice"].to_numpy()[known], self.payments["amount"].to_numpy(dtype=np.float64)[known]
        )
        exists = (self.invoices["invoice_date"] < start).to_numpy()
        return np.where(exists, without_rounding(self.invoices["amount"].to_numpy() - paid), 0.0)

    def as_known_at(self, day: date | pd.Timestamp) -> "Receivables":
        """Return the ledger as it stood when an earlier day began."""
        start = pd.Timestamp(day)
        kept = (self.invoices["invoice_date"] < start).to_numpy()
        position = np.cumsum(kept) - 1
        payments = self.payments[self.payments["payment_date"] < start]
        payments = payments.assign(invoice=position[payments["invoice"].to_numpy()]).reset_index(drop=True)
        bare = self.invoices.loc[kept, list(_STATED)].reset_index(drop=True)
        return Receivables(_with_balances(bare, payments), payments, start, self.terms_assumed)

    def _added_up(self, invoice: npt.NDArray[np.int64], amount: FloatArray) -> FloatArray:
        total: FloatArray = np.bincount(invoice, weights=amount, minlength=len(self.invoices)).astype(np.float64)
        return total


_STATED = ("invoice_id", "customer_id", "seller_id", "invoice_date", "due_date", "term_days", "amount")


def without_rounding(amounts: FloatArray) -> FloatArray:
    """Return amounts rounded to a hundredth, with differences below half a hundredth as nil.

    Examples
    --------
    >>> without_rounding(np.array([0.1 + 0.2 - 0.3, 12.5])).tolist()
    [0.0, 12.5]
    """
    rounded: FloatArray = np.round(amounts, 2) + 0.0  # no minus nil
    return rounded


def prepare_receivables(
    invoices: pd.DataFrame, payments: pd.DataFrame, as_of: date, *, assumed_term_days: int | None = None
) -> Receivables:
    """Check invoices and payments and bring them together.

    What is paid too much on an invoice is a credit of the customer and set apart; a payment before the date of its
    invoice counts from that date; payments on no invoice are left out. All three are counted.

    Parameters
    ----------
    invoices, payments : DataFrame
        The standard tables. Amounts in study currency.
    as_of : date
        Analysis date.
    assumed_term_days : int, optional
        Term of invoices whose due date is missing; without it, they are a fault.

    Returns
    -------
    Receivables
        The ledger.

    Raises
    ------
    InputError
        For invoices with the same id, missing or negative amounts, missing or late dates, due dates before the invoice;
        for payments that are negative, or late, or none of which is on an invoice; all faults at once, and then also
        what would else have been set apart.

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-10")
    >>> bills = pd.DataFrame({"invoice_id": [1], "customer_id": ["a"], "time": [day], "amount": [90.0]})
    >>> paid = pd.DataFrame({"invoice_id": [1], "time": [day + pd.Timedelta(days=20)], "amount": [40.0]})
    >>> ledger = prepare_receivables(bills, paid, date(2024, 3, 1), assumed_term_days=30)
    >>> float(ledger.invoices["open_amount"].item()), ledger.terms_assumed
    (50.0, 1)
    """
    _require_tables(invoices, payments)
    end = pd.Timestamp(as_of)
    billed, term_missing = _dated_invoices(invoices, assumed_term_days)
    read = {"amount": _amounts(payments["amount"]), "payment_date": _days(payments["time"])}
    paid = payments[["invoice_id"]].assign(**read).reset_index(drop=True)
    fitting, apart = set_apart(billed, paid)
    of_invoices = _invoice_faults(billed, end, assumed_term_days)
    if of_invoices or _payment_faults(billed, fitting, end) or (len(paid) and fitting.empty):
        raise InputError([*of_invoices, *_payment_faults(billed, paid, end)])
    paid = fitting
    billed = billed.sort_values(["invoice_date", "invoice_id"], ignore_index=True)
    billed["term_days"] = (billed["due_date"] - billed["invoice_date"]).dt.days
    position = pd.Series(np.arange(len(billed)), index=billed["invoice_id"])
    paid = paid.assign(invoice=position.reindex(paid["invoice_id"]).to_numpy(dtype=np.int64))
    paid = paid.sort_values(["payment_date", "invoice", "amount"], ignore_index=True)
    paid = paid[["invoice", "payment_date", "amount"]].astype({"amount": "float64"})
    return Receivables(_with_balances(billed[list(_STATED)], paid), paid, end, term_missing, apart)


def _require_tables(invoices: pd.DataFrame, payments: pd.DataFrame) -> None:
    faults: list[Fault] = []
    for name, table, needed in (
        ("table invoices", invoices, ("invoice_id", "customer_id", "time", "amount")),
        ("table payments", payments, ("invoice_id", "time", "amount")),
    ):
        try:
            require_columns(map(str, table.columns), needed, where=name)
        except InputError as error:
            faults += error.faults
    if not faults and invoices.empty:
        faults.append(Fault("there are no invoices", where="table invoices", remedy="check the dates of the study"))
    if faults:
        raise InputError(faults)


def _days(times: pd.Series) -> pd.Series:
    """Return whole days by the clock of the place; what is no date is missing."""
    read = pd.to_datetime(times, errors="coerce", format="ISO8601")
    return read.dt.tz_localize(None).astype("datetime64[us]").dt.normalize()


def _amounts(amounts: pd.Series) -> pd.Series:
    """Return numbers; what is none is missing."""
    return pd.to_numeric(amounts, errors="coerce").astype("float64")


def _dated_invoices(invoices: pd.DataFrame, assumed_term_days: int | None) -> tuple[pd.DataFrame, int]:
    """Return invoices with whole days as dates, missing due dates filled where a term is assumed."""
    billed = pd.DataFrame(
        {
            "invoice_id": invoices["invoice_id"],
            "customer_id": invoices["customer_id"],
            "seller_id": invoices.get("seller_id"),
            "invoice_date": _days(invoices["time"]),
            "amount": _amounts(invoices["amount"]),
        }
    ).reset_index(drop=True)
    nothing = pd.Series(pd.NaT, index=billed.index, dtype="datetime64[us]")
    due = _days(invoices["due_date"]).reset_index(drop=True) if "due_date" in invoices else nothing
    unreadable = due.isna() & invoices.get("due_date", nothing).reset_index(drop=True).notna()
    missing = int(due.isna().sum())
    if assumed_term_days is not None:
        due = due.fillna(billed["invoice_date"] + pd.Timedelta(days=assumed_term_days))
    return billed.assign(due_date=due, due_unreadable=unreadable), missing


def _invoice_faults(billed: pd.DataFrame, as_of: pd.Timestamp, assumed_term_days: int | None) -> list[Fault]:
    amount, dated, due = billed["amount"].to_numpy(), billed["invoice_date"], billed["due_date"]
    no_due_date = due.isna() & dated.notna() & (assumed_term_days is None)
    checks = (
        (billed["customer_id"].isna(), "no customer in", "a customer on every invoice", ""),
        (billed["invoice_id"].isna(), "no id in", "an id of its own for every invoice", ""),
        (
            billed["invoice_id"].dropna().duplicated().reindex(billed.index, fill_value=False),
            "an id used before in",
            "one row per invoice",
            "keep one row of each",
        ),
        (dated.isna(), "no date in", "a date", ""),
        (~np.isfinite(amount), "no amount in", "a number", ""),
        (amount < 0, "a negative amount in", "0 or more", "set credit notes off against their invoices"),
        (dated >= as_of, "dated on or after the analysis date:", f"before {as_of:%Y-%m-%d}", ""),
        (billed["due_unreadable"], "a due date that is no date in", "a date", ""),
        (due < dated, "due before the date of the invoice:", "the same day or later", "correct the due date"),
        (no_due_date, "no due date in", "a date", "fill it in, or state the usual term in assumed_term_days"),
    )
    return _faults("table invoices", "invoice", billed["invoice_id"], checks)


def _payment_faults(billed: pd.DataFrame, paid: pd.DataFrame, as_of: pd.Timestamp) -> list[Fault]:
    known = billed.drop_duplicates("invoice_id").set_index("invoice_id")
    of_invoice = known.reindex(paid["invoice_id"])
    amount, day = paid["amount"].to_numpy(dtype=np.float64), paid["payment_date"]
    orphans = ~paid["invoice_id"].isin(known.index)
    early = (day.to_numpy() < of_invoice["invoice_date"].to_numpy()) & day.notna()
    checks = (
        (orphans, "no such invoice for", "the id of an invoice", "add the invoices, or leave these payments out"),
        (day.isna(), "no date in", "a date", ""),
        (~np.isfinite(amount), "no amount in", "a number", ""),
        (amount < 0, "a negative amount in", "0 or more", "set refunds off against the payments they undo"),
        (early, "paid before the date of the invoice:", "the same day or later", "book prepayments on its date"),
        (day >= as_of, "paid on or after the analysis date:", f"before {as_of:%Y-%m-%d}", ""),
    )
    faults = _faults("table payments", "payment", paid["invoice_id"], checks, " (by invoice)")
    total = paid.groupby("invoice_id")["amount"].sum().reindex(known.index, fill_value=0.0)
    over = total.to_numpy() > known["amount"].clip(lower=0).to_numpy() + HALF_CENT
    remedy = "look for payments booked twice, or on the wrong invoice"
    check = (over, "more paid than owed on", "at most the amount of the invoice", remedy)
    return [*faults, *_faults("table payments", "invoice", pd.Series(known.index), (check,))]


def _faults(
    where: str,
    what: str,
    ids: pd.Series,
    checks: "tuple[tuple[pd.Series | BoolArray, str, str, str], ...]",
    named_by: str = "",
) -> list[Fault]:
    found = []
    for bad, fault, allowed, remedy in checks:
        named = ids.to_numpy()[np.asarray(bad, dtype=bool)].tolist()
        if named:
            text = f"{fault} {counted(len(named), what)}{named_by}: {some_of(named)}"
            found.append(Fault(text, where, allowed, remedy))
    return found


def _with_balances(invoices: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
    """Add what was paid, what is open, and the day the last of it was paid."""
    position = payments["invoice"].to_numpy()
    amount = invoices["amount"].to_numpy(dtype=np.float64)
    received = payments["amount"].to_numpy(dtype=np.float64)
    paid: FloatArray = np.bincount(position, weights=received, minlength=len(invoices)).astype(np.float64)
    still_open = without_rounding(amount - paid)
    latest = payments.groupby("invoice")["payment_date"].max().reindex(range(len(invoices)))
    settled = latest.astype("datetime64[us]").where(still_open == 0)
    return invoices.assign(paid=without_rounding(paid), open_amount=still_open, settled_date=settled.to_numpy())
