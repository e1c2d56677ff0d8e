"""How well a measurement of profit agrees with the truth, where somebody knows it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.value.profitability.economic_profit import EconomicProfit


@dataclass(frozen=True)
class ProfitScore:
    """Measured profit before the charge for capital, against the true one; money in study currency.

    Parameters
    ----------
    customers : int
        Customers with a known profit.
    true_total, measured_total : float
        Over these customers; one that was not measured counts as nil.
    mean_error : float
        Mean absolute difference per customer.
    mean_profit : float
        Mean absolute true profit per customer, to compare it with.
    close_share : float
        Share of customers measured within a hundredth of their revenue.
    sign_share : float
        Share of customers measured rightly as making or losing money.
    rank_correlation : float
        Spearman correlation.
    """

    customers: int
    true_total: float
    measured_total: float
    mean_error: float
    mean_profit: float
    close_share: float
    sign_share: float
    rank_correlation: float


def score_profit(measured: EconomicProfit, known: pd.DataFrame) -> ProfitScore:
    """Compare measured with true profit, customer by customer.

    Parameters
    ----------
    measured : EconomicProfit
        The whole history, one period.
    known : DataFrame
        customer_id, profit: true profit before any charge for capital.

    Returns
    -------
    ProfitScore
        Totals, errors and agreement.

    Raises
    ------
    InputError
        When a customer has no true profit, or two.
    """
    require_columns(known.columns, ("customer_id", "profit"), where="known_profit")
    faulty = known.loc[known["customer_id"].duplicated() | ~np.isfinite(known["profit"]), "customer_id"].tolist()
    if faulty:
        what = f"no profit, or a second one, in {counted(len(faulty), 'row')} (by customer): {some_of(faulty)}"
        raise InputError(
            Fault(what, "known_profit", "one number per customer", remedy="give one profit for each of these customers")
        )
    true = known.set_index("customer_id")["profit"].sort_index()
    table = measured.customers.set_index("customer_id").reindex(true.index).fillna(0.0)
    found = table["economic_profit"] + table["capital_charge"]
    error = (found - true).abs()
    return ProfitScore(
        customers=len(true),
        true_total=float(true.sum()),
        measured_total=float(found.sum()),
        mean_error=float(error.mean()),
        mean_profit=float(true.abs().mean()),
        close_share=float(np.mean(error <= 0.01 * table["revenue"].abs() + 0.01)),
        sign_share=float(np.mean((found < 0) == (true < 0))),
        rank_correlation=float(found.corr(true, method="spearman")),
    )
