"""How well prices that nobody agreed are found, where somebody knows the truth."""

from dataclasses import dataclass

import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.intervals import Interval, wilson
from helpers.evaluation.price_realisation import DEEPER, UNKNOWN, USUAL, PricedOrders


@dataclass(frozen=True)
class LeakScore:
    """Orders called deeper than usual, held against the truth.

    Parameters
    ----------
    true_orders, called_orders : int
        Orders of the search with a true leak; orders called deeper than usual.
    precision, recall : Interval
        Of those called, true; of those true, called. Wilson's intervals.
    without_approval_precision : Interval
        Of all orders below the list without an approval on file, true: what a search by missing approvals alone gets.
    true_amount, found_amount : float
        Money truly leaked on the orders of the search, and that of it on orders called.
    discount_error : float
        Median distance of the usual from the negotiated discount of customers.
    discounts_scored : int
        Customers both are known of.
    """

    true_orders: int
    called_orders: int
    precision: Interval
    recall: Interval
    without_approval_precision: Interval
    true_amount: float
    found_amount: float
    discount_error: float
    discounts_scored: int


def score_leaks(
    found: PricedOrders, leaks: pd.DataFrame, discounts: pd.DataFrame, *, confidence: float = 0.95
) -> LeakScore:
    """Hold the orders called deeper than usual, and the usual discounts, against the truth.

    Parameters
    ----------
    found : PricedOrders
        The search.
    leaks : DataFrame
        `order_id`, `leak` (money truly given that nobody agreed).
    discounts : DataFrame
        `customer_id`, `negotiated_discount`.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    LeakScore
        Shares are missing where there is nothing they could be of.

    Raises
    ------
    InputError
        When a column is missing.
    """
    require_columns(leaks.columns, ("order_id", "leak"), where="known_leaks")
    require_columns(discounts.columns, ("customer_id", "negotiated_discount"), where="known_discounts")
    leak = found.orders["order_id"].map(leaks.set_index("order_id")["leak"]).fillna(0.0).to_numpy(dtype=float)
    true, called = leak > 0, (found.orders["kind"] == DEEPER).to_numpy()
    both, bare = int((true & called).sum()), found.orders["kind"].isin([USUAL, DEEPER, UNKNOWN]).to_numpy()
    usual = found.customers["usual_discount"].dropna()
    known = discounts.set_index("customer_id")["negotiated_discount"].reindex(usual.index).dropna()
    return LeakScore(
        true_orders=int(true.sum()),
        called_orders=int(called.sum()),
        precision=wilson(both, int(called.sum()), confidence=confidence),
        recall=wilson(both, int(true.sum()), confidence=confidence),
        without_approval_precision=wilson(int((true & bare).sum()), int(bare.sum()), confidence=confidence),
        true_amount=round(float(leak.sum()), 2),
        found_amount=round(float(leak[called].sum()), 2),
        discount_error=float((usual.reindex(known.index) - known).abs().median()),
        discounts_scored=len(known),
    )
