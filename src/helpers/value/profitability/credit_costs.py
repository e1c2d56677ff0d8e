"""What it costs to sell on account: money tied up until it is paid, and money that is expected never to be paid."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.periods import Period
from helpers.value import credit
from helpers.value.credit.defaults import DEFAULT_DAYS
from helpers.value.profitability.facts import KEYS


@dataclass(frozen=True)
class CreditTerms:
    """How expected losses are worked out; the defaults are those of the credit methods.

    Parameters
    ----------
    default_days : int
        Days past due after which a debt counts as a default.
    horizon_months : int
        Time in which a default counts, and how long before the analysis date customers are graded, months.
    assumed_term_days : int
        Term of invoices without a due date, days.
    """

    default_days: int = DEFAULT_DAYS
    horizon_months: int = 12
    assumed_term_days: int = 30


def tied_up(receivables: credit.Receivables) -> np.ndarray:
    """Return money times days of each invoice: what was open, added up over every day until it was paid.

    Parameters
    ----------
    receivables : Receivables
        The ledger.

    Returns
    -------
    array of float, shape (invoices,)
        Study currency times days. Divided by a number of days, the average amount tied up in them.
    """
    invoices, payments = receivables.invoices, receivables.payments
    owed = invoices["amount"].to_numpy() * (receivables.as_of - invoices["invoice_date"]).dt.days.to_numpy()
    not_owed = payments["amount"].to_numpy() * (receivables.as_of - payments["payment_date"]).dt.days.to_numpy()
    money_days: np.ndarray = owed - np.bincount(
        payments["invoice"].to_numpy(), weights=not_owed, minlength=len(invoices)
    )
    return np.round(money_days, 2)


def measure_credit_costs(
    receivables: credit.Receivables,
    periods: tuple[Period, ...],
    *,
    rng: np.random.Generator,
    terms: CreditTerms | None = None,
) -> pd.DataFrame:
    """Work out the money tied up in each customer's invoices and the loss expected on what is still open.

    Both belong to the period of the invoice: they are costs of the sale that was made on account. The expected loss is
    that of the credit methods, spread over a customer's open invoices by what is open.

    Parameters
    ----------
    receivables : Receivables
        The ledger.
    periods : tuple of Period
        Spans to put invoices into by their date; invoices outside are not used.
    rng : numpy.random.Generator
        For the methods called; the figures returned do not depend on it.
    terms : CreditTerms, optional
        How expected losses are worked out.

    Returns
    -------
    DataFrame
        customer_id, period, money_days (study currency times days), expected_loss (study currency).

    Raises
    ------
    InputError
        When the ledger is too short to grade customers before the horizon.
    """
    expected = expected_losses(receivables, rng=rng, terms=terms or CreditTerms())
    invoices = receivables.invoices
    open_amount = invoices["open_amount"].to_numpy(dtype=np.float64)
    of_customer = invoices.groupby("customer_id")["open_amount"].transform("sum").to_numpy(dtype=np.float64)
    share = np.divide(open_amount, of_customer, out=np.zeros(len(invoices)), where=of_customer > 0)
    loss = share * expected.reindex(invoices["customer_id"]).fillna(0.0).to_numpy()
    found = pd.DataFrame(
        {
            "customer_id": invoices["customer_id"],
            "period": _numbers(invoices["invoice_date"], periods),
            "money_days": tied_up(receivables),
            "expected_loss": loss,
        }
    )
    return found[found["period"] >= 0].groupby(KEYS, as_index=False)[["money_days", "expected_loss"]].sum()


def expected_losses(
    receivables: credit.Receivables, *, rng: np.random.Generator, terms: CreditTerms
) -> "pd.Series[float]":
    """Return the loss expected on the open balance of each customer, by customer_id, in study currency."""
    cohort = credit.follow_cohort(
        receivables,
        months_ago=terms.horizon_months,
        horizon_months=terms.horizon_months,
        default_days=terms.default_days,
    )
    found = credit.estimate_expected_loss(
        credit.grade_customers(receivables),
        credit.default_rates(cohort),
        credit.measure_loss_given_default(receivables, rng=rng, default_days=terms.default_days),
        credit.debts_in_default(receivables, default_days=terms.default_days),
        rng=rng,
    )
    expected: pd.Series[float] = found.by_customer["expected_loss"]
    return expected


def _numbers(days: pd.Series, periods: tuple[Period, ...]) -> np.ndarray:
    """Return the number of the period each day falls into, -1 for none."""
    number = np.full(len(days), -1, dtype=np.int64)
    for at, period in enumerate(periods):
        inside = (days >= pd.Timestamp(period.start)) & (days < pd.Timestamp(period.end))
        number[inside.to_numpy()] = at
    return number
