"""Whether customers buy at random moments, as the purchase models suppose, or by habit."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis
import ibis.expr.types as ir
import numpy as np

from helpers.value.lifetime.purchase_history import purchase_days

FEWEST_CUSTOMERS = 30
SMALLEST_VARIANCE = 1e-6  # of customers who keep to the day
Manner = Literal["random", "habit", "bursts", "unknown"]


@dataclass(frozen=True)
class Regularity:
    """How regular the gaps between purchases are.

    Parameters
    ----------
    estimate : float
        Shape of the distribution of gaps: 1 for purchases at random moments, above it for habit, below it for bursts;
        missing where fewer than 30 customers bought on three days or more.
    low, high : float
        Ends of its interval.
    customers : int
        Customers it rests on.
    """

    estimate: float
    low: float
    high: float
    customers: int

    @property
    def manner(self) -> Manner:
        """How customers buy: at "random" moments, by "habit", in "bursts", or "unknown"."""
        if np.isnan(self.estimate):
            return "unknown"
        if self.low > 1:
            return "habit"
        return "bursts" if self.high < 1 else "random"


def purchase_regularity(transactions: ir.Table, *, as_of: date) -> Regularity:
    """Estimate how regular purchases are from the last two gaps between the purchase days of each customer.

    The share of the older gap in both is spread evenly when purchases come at random; the more regular they are, the
    closer it keeps to a half. Customers may buy at rates of their own.

    Parameters
    ----------
    transactions : ibis Table
        Transaction lines.
    as_of : date
        Day of analysis.

    Returns
    -------
    Regularity
        With an interval of two standard errors of the variance.

    References
    ----------
    Wheat & Morrison (1990), Estimating purchase regularity with two interpurchase times, Journal of Marketing Research
    27(1), 87-93.
    """
    days = purchase_days(transactions, as_of=as_of)
    by_customer = ibis.window(group_by=days.customer_id, order_by=days.day)
    back = ibis.window(group_by=days.customer_id, order_by=days.day.desc())
    gaps = days.mutate(
        newer=days.day.delta(days.day.lag(1).over(by_customer), unit="day"),
        older=days.day.lag(1).over(by_customer).delta(days.day.lag(2).over(by_customer), unit="day"),
        place=ibis.row_number().over(back),
    )
    last = gaps.filter((gaps.place == 0) & gaps.older.notnull())
    found = last.select("customer_id", "newer", "older").order_by("customer_id").to_pyarrow().to_pandas()
    if len(found) < FEWEST_CUSTOMERS:
        return Regularity(float("nan"), float("nan"), float("nan"), len(found))
    share = found["older"] / (found["older"] + found["newer"])
    variance = float(share.var(ddof=1))
    fourth = float(((share - share.mean()) ** 4).mean())
    reach = 2 * float(np.sqrt(max(fourth - variance**2, 0.0) / len(share)))
    low, high = _shape(variance + reach), _shape(variance - reach)
    return Regularity(_shape(variance), low, high, len(share))


def _shape(variance: float) -> float:
    """Shape k of gamma gaps whose share M has this variance: Var(M) = 1 / (4 (2k + 1))."""
    return max((1 - 4 * variance) / (8 * max(variance, SMALLEST_VARIANCE)), 0.0)
