"""The degree of serialisation: which share of customers, and of revenue, is loyal or in class A."""

import pandas as pd

from helpers.core.intervals import wilson_ends
from helpers.differentiation.concentration import ABC_CUTS, classify_abc
from helpers.differentiation.loyalty.classes import class_customers, judge_customers
from helpers.differentiation.loyalty.dirichlet import market_shares


def measure_serialisation(
    counts: pd.DataFrame,
    polarisation: "pd.Series[float]",
    *,
    cuts: tuple[float, float] = ABC_CUTS,
    confidence: float = 0.95,
    loyal_share: float,
    least_purchases: int,
) -> pd.DataFrame:
    """Measure, part by part of the history, which share of customers and of revenue is loyal or in class A.

    The class of a customer is made anew in each part, from the purchases of that part alone, at the market shares of
    the part and the polarisation of the whole history. Customers with too few purchases are not loyal here, but may be
    in class A.

    Parameters
    ----------
    counts : DataFrame
        customer_id, category, brand, part, purchases, amount.
    polarisation : Series
        φ by category.
    cuts : (float, float)
        Of the ABC classes.
    confidence : float
        Coverage of the interval of the share of customers.
    loyal_share, least_purchases : float, int
        The rule of `judge_customers`.

    Returns
    -------
    DataFrame
        One row per part: part, customers, judged, loyal, a_class, loyal_or_a, customer_share with its ends
        customer_share_low and customer_share_high, revenue_share.

    References
    ----------
    Wilson (1927) for the interval, see `helpers.core.intervals.wilson`.
    """
    rows = []
    for part, own in counts.groupby("part", sort=True):
        revenue = own.groupby("customer_id")["amount"].sum()
        judged = judge_customers(
            own, polarisation, shares=market_shares(own), loyal_share=loyal_share, least_purchases=least_purchases
        )
        classed = class_customers(judged)["loyalty"]
        loyal = set(classed.index[classed == "loyal"])
        classes = classify_abc(revenue, cuts=cuts)
        best = set(classes.index[classes == "A"])
        either = revenue.index.isin(loyal | best)
        rows.append(
            {
                "part": part,
                "customers": len(revenue),
                "judged": len(classed),
                "loyal": len(loyal),
                "a_class": len(best),
                "loyal_or_a": int(either.sum()),
                "customer_share": float(either.mean()),
                "revenue_share": float(revenue[either].sum() / revenue.sum()),
            }
        )
    table = pd.DataFrame(rows)
    ends = wilson_ends(table["loyal_or_a"], table["customers"], alpha=1 - confidence)
    place = list(table.columns).index("revenue_share")
    for name, end in zip(("customer_share_high", "customer_share_low"), reversed(ends), strict=True):
        table.insert(place, name, end)
    return table
