"""The latest profit of each customer, and how many of the customers of the span before it stayed."""

from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from helpers.core.errors import Fault, InputError
from helpers.core.periods import customers_by_period, per_period, periods_before
from helpers.value.contribution.contribution import CostAssumptions, measure_contribution


@dataclass(frozen=True)
class LatestContribution:
    """What customers contributed lately.

    Parameters
    ----------
    customers : DataFrame
        One row per customer with an order in either span, by customer_id: contribution in the latest span (study
        currency), zero without an order.
    retention : float
        Share of the customers of the span before who ordered in the latest one.
    customers_before, customers_kept : int
        What the retention is a share of.
    """

    customers: pd.DataFrame
    retention: float
    customers_before: int
    customers_kept: int


def latest_contribution(
    transactions: ir.Table, as_of: date, assumptions: CostAssumptions, *, months: int
) -> LatestContribution:
    """Work out the contribution of the latest months and the retention from the months before them.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions.
    as_of : date
        End of the latest span.
    assumptions : CostAssumptions
        How contribution is worked out.
    months : int
        Length of both spans.

    Returns
    -------
    LatestContribution
        Contribution per customer, and retention.

    Raises
    ------
    InputError
        When one of the spans holds no order.
    """
    spans = periods_before(as_of, months=months, count=2)
    activity = customers_by_period(transactions, spans)
    empty = [span for number, span in enumerate(spans) if not (activity["period"] == number).any()]
    if empty:
        remedy = f"choose fewer months than {months}"
        raise InputError(
            [Fault(f"no order from {span.start} to {span.end}", "transactions", "", remedy) for span in empty]
        )
    latest = measure_contribution(activity[activity["period"] == 1], assumptions)
    orders = per_period(activity, "orders", 2)
    before, after = orders[0] > 0, orders[1] > 0
    contribution = latest.set_index("customer_id")["contribution"].reindex(orders.index, fill_value=0.0)
    kept = int((before & after).sum())
    return LatestContribution(
        customers=contribution.reset_index(),
        retention=kept / int(before.sum()),
        customers_before=int(before.sum()),
        customers_kept=kept,
    )
