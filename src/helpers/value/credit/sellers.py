"""Sellers measured on the cash that came in, not on what was billed."""

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.value.credit.receivables import Receivables


def measure_sellers(receivables: Receivables, *, months: int = 12, confidence: float = 0.95) -> pd.DataFrame:
    """Measure each seller by the cash collected, and by the share of what fell due that has been paid.

    Parameters
    ----------
    receivables : Receivables
        The ledger; invoices without a seller are left out.
    months : int
        Months before the analysis date.
    confidence : float
        Coverage of the interval of the collected share.

    Returns
    -------
    DataFrame
        By seller_id, the most cash first: customers (billed in the months), billed, cash_collected (in the months, on
        invoices of any age), fell_due (in the months), paid_of_due (of that, paid by now), collected_share (paid_of_due
        over fell_due; nan when nothing fell due), low, high (its interval, customers as clusters; nan for a seller with
        one customer), beyond_rule (open now, older than the term plus a third), rank_billed, rank_cash, differs (1 or
        -1 when the interval lies above or below the share of all sellers together, else 0).

    Raises
    ------
    InputError
        When no invoice names a seller, or months or confidence are out of range.

    References
    ----------
    Cochran (1977), Sampling Techniques, section 6.3 (variance of a ratio), with customers as the units.
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    by_customer = cash_by_seller_and_customer(receivables, months=months)
    table = by_customer.groupby("seller_id")[["billed", "cash_collected", "due", "paid", "beyond_rule"]].sum()
    billed_customers = by_customer[by_customer["billed"] > 0].groupby("seller_id").size()
    table.insert(0, "customers", billed_customers.reindex(table.index, fill_value=0))
    return _ranked(_with_shares(table, by_customer, confidence))


def cash_by_seller_and_customer(receivables: Receivables, *, months: int = 12) -> pd.DataFrame:
    """Return what each seller billed and collected of each customer.

    Parameters
    ----------
    receivables : Receivables
        The ledger; invoices without a seller are left out.
    months : int
        Months before the analysis date.

    Returns
    -------
    DataFrame
        Sorted by `seller_id` and `customer_id`: `billed`, `cash_collected` (in the months, on invoices of any age),
        `due` (fell due in the months), `paid` (of that, by now), `beyond_rule` (open now, older than the term
        plus a third).

    Raises
    ------
    InputError
        When no invoice names a seller, or months are out of range.
    """
    require_within({"months": months}, low=1, high=1200)
    invoices = receivables.invoices
    if not receivables.has_sellers:
        remedy = "map the column of the seller responsible in study.yml"
        raise InputError(Fault("no invoice names a seller", "table invoices", "seller_id", remedy))
    start = receivables.as_of - pd.DateOffset(months=months)
    fell_due = invoices["due_date"].between(start, receivables.as_of, inclusive="left")
    cash = receivables.payments[receivables.payments["payment_date"] >= start]
    collected = np.bincount(cash["invoice"], weights=cash["amount"], minlength=len(invoices))
    age = (receivables.as_of - invoices["invoice_date"]).dt.days
    measured = pd.DataFrame(
        {
            "seller_id": invoices["seller_id"],
            "customer_id": invoices["customer_id"],
            "billed": invoices["amount"].where(invoices["invoice_date"] >= start, 0.0),
            "cash_collected": collected,
            "due": invoices["amount"].where(fell_due, 0.0),
            "paid": invoices["paid"].where(fell_due, 0.0),
            "beyond_rule": invoices["open_amount"].where(3 * age > 4 * invoices["term_days"], 0.0),
        }
    )
    return measured.dropna(subset="seller_id").groupby(["seller_id", "customer_id"], as_index=False).sum()


def _with_shares(table: pd.DataFrame, by_customer: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Add the collected share with its interval and the comparison with all sellers together."""
    owing = by_customer[by_customer["due"] > 0]
    share = table["paid"] / table["due"].where(table["due"] > 0)
    residual = owing["paid"] - owing["seller_id"].map(share) * owing["due"]
    clusters = owing.groupby("seller_id").size().reindex(table.index, fill_value=0)
    squares = (residual**2).groupby(owing["seller_id"]).sum().reindex(table.index)
    spread = np.sqrt(squares * clusters / (clusters - 1).where(clusters > 1)) / table["due"].where(table["due"] > 0)
    reach = spread * stats.t.ppf((1 + confidence) / 2, (clusters - 1).clip(lower=1))
    low, high = (share - reach).clip(lower=0), (share + reach).clip(upper=1)
    whole = table["paid"].sum() / table["due"].sum() if table["due"].sum() else np.nan
    differs = (low > whole).astype("int64") - (high < whole).astype("int64")
    return table.assign(collected_share=share, low=low, high=high, differs=differs)


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    money = ["billed", "cash_collected", "fell_due", "paid_of_due", "beyond_rule"]
    table = table.rename(columns={"paid": "paid_of_due", "due": "fell_due"}).round(dict.fromkeys(money, 2))
    for measure, column in (("billed", "rank_billed"), ("cash_collected", "rank_cash")):
        table[column] = table[measure].rank(ascending=False, method="min").astype("int64")
    order = ["customers", *money[:-1], "collected_share", "low", "high", "beyond_rule"]
    table = table[[*order, "rank_billed", "rank_cash", "differs"]].reset_index()
    return table.sort_values(["cash_collected", "seller_id"], ascending=[False, True]).set_index("seller_id")
