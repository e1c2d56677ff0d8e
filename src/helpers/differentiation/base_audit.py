"""One period of a customer base: who brings what, and how often customers buy (lens 1 of a customer-base audit).

Source: Fader, Hardie and Ross (2022), The Customer-Base Audit: The First Step on the Journey to Customer Centricity.
"""

import numpy as np
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError
from helpers.core.groups import equal_groups

_BANDS = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 10), (11, 20), (21, 50), (51, None))


def audit_deciles(buyers: pd.DataFrame, *, n_groups: int = 10) -> pd.DataFrame:
    """Sort the buyers of a period into groups of equal size by revenue, and take the revenue of each apart (lens 1).

    Parameters
    ----------
    buyers : DataFrame
        One row per customer, indexed by customer_id: orders, revenue.
    n_groups : int
        Number of groups; ten for deciles.

    Returns
    -------
    DataFrame
        One row per group, 1 the best: customers, revenue, revenue_share, revenue_per_customer, orders_per_customer,
        spend_per_order, and least_revenue, the smallest of a customer in it.

    Raises
    ------
    InputError
        When there are fewer customers than groups, or revenue adds up to nothing.
    """
    require_columns(buyers.columns, ("orders", "revenue"), where="buyers")
    total = float(buyers["revenue"].sum())
    if not total > 0:
        remedy = "take a longer time, or check the signs of the amounts"
        raise InputError(
            Fault(f"the revenue of {len(buyers):,} customers adds up to nothing", "revenue", remedy=remedy)
        )
    groups = equal_groups(buyers["revenue"], buyers.index.to_series(), n_groups=n_groups)
    by_group = buyers.groupby(pd.Series(groups, index=buyers.index, name="decile"))
    table = pd.DataFrame({"customers": by_group.size(), "revenue": by_group["revenue"].sum()})
    orders = by_group["orders"].sum()
    return table.assign(
        revenue_share=table["revenue"] / total,
        revenue_per_customer=table["revenue"] / table["customers"],
        orders_per_customer=orders / table["customers"],
        spend_per_order=table["revenue"] / orders,
        least_revenue=by_group["revenue"].min(),
    )


def spread_orders(buyers: pd.DataFrame) -> pd.DataFrame:
    """Count the buyers of a period by their number of orders (lens 1).

    Parameters
    ----------
    buyers : DataFrame
        One row per customer: orders, revenue.

    Returns
    -------
    DataFrame
        By orders ("1", …, "6-10", "51 or more"), up to the last band that anybody is in: customers, customer_share,
        revenue, revenue_share.

    Examples
    --------
    >>> spread_orders(pd.DataFrame({"orders": [1, 1, 3], "revenue": [5.0, 5.0, 10.0]}))["customers"].to_dict()
    {'1': 2, '2': 0, '3': 1}
    """
    require_columns(buyers.columns, ("orders", "revenue"), where="buyers")
    rows = {}
    for low, high in _BANDS:
        within = (buyers["orders"] >= low) & (buyers["orders"] <= (np.inf if high is None else high))
        name = f"{low} or more" if high is None else f"{low}" if low == high else f"{low}-{high}"
        rows[name] = (int(within.sum()), float(buyers.loc[within, "revenue"].sum()))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["customers", "revenue"]).rename_axis("orders")
    table = table.iloc[: int(np.flatnonzero(table["customers"])[-1]) + 1 if table["customers"].any() else 0]
    total = float(table["revenue"].sum())
    share = table["revenue"] / total if total > 0 else np.nan
    return table.assign(customer_share=table["customers"] / max(len(buyers), 1), revenue_share=share)
