"""Economic contribution per customer: price, less discount, less cost of goods, less cost to serve.

Where the cost of goods is unknown it is assumed. The gross margin is always a share of the net revenue of the whole
base, as companies publish it. How the total cost is spread over customers is a separate assumption, because it decides
who bears a discount: spread by list price, a discount comes out of that customer's margin; spread by revenue, the goods
of those who pay less would cost less.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError
from helpers.core.groups import equal_groups

Spread = Literal["list_price", "revenue"]


@dataclass(frozen=True)
class CostAssumptions:
    """What goods and service cost, as far as the data do not say.

    Parameters
    ----------
    gross_margin : float or None
        Net revenue less cost of goods, as a share of net revenue, over the whole base, in 0..1. None: the `cost` column
        is used instead.
    cost_per_order : float
        Cost to serve one order, study currency.
    spread : {"list_price", "revenue"}
        What the assumed cost of goods is spread over customers by.
    """

    gross_margin: float | None
    cost_per_order: float = 0.0
    spread: Spread = "list_price"

    def __post_init__(self) -> None:
        """Refuse what no business has."""
        require_within({"cost_per_order": self.cost_per_order}, low=0, high=np.inf, high_open=True)
        if self.gross_margin is not None:
            require_within({"gross_margin": self.gross_margin}, low=0, high=1)
        if self.spread not in get_args(Spread):
            raise InputError(
                Fault(
                    f"unknown spread {self.spread!r}",
                    where="spread",
                    allowed=", ".join(get_args(Spread)),
                    remedy="take one of these",
                )
            )


def measure_contribution(customers: pd.DataFrame, assumptions: CostAssumptions) -> pd.DataFrame:
    """Work out the contribution of every customer.

    Parameters
    ----------
    customers : DataFrame
        One row per customer (or customer and period): customer_id, orders, revenue; discount and cost where known;
        money in study currency. Further columns are kept out of the result, but for `period`.
    assumptions : CostAssumptions
        Margin, cost per order and spread.

    Returns
    -------
    DataFrame
        Same rows: customer_id (period), orders, list_revenue, discount, revenue, cost_of_goods, cost_to_serve,
        contribution; list_revenue less discount is revenue, less both costs is contribution.

    Raises
    ------
    InputError
        When a column is missing, costs are wanted but not complete, or nothing was sold.

    Examples
    --------
    >>> base = pd.DataFrame({"customer_id": [1, 2], "orders": [2, 5], "revenue": [90.0, 60.0], "discount": [0.0, 30.0]})
    >>> assumed = CostAssumptions(gross_margin=0.4, cost_per_order=3.0)
    >>> measure_contribution(base, assumed)[["cost_of_goods", "contribution"]]
       cost_of_goods  contribution
    0           45.0          39.0
    1           45.0           0.0
    """
    require_columns(customers.columns, ("customer_id", "orders", "revenue"), where="customers")
    keys = [name for name in ("customer_id", "period") if name in customers.columns]
    table = customers[[*keys, "orders"]].reset_index(drop=True)
    revenue = customers["revenue"].to_numpy(dtype=float)
    discount = customers["discount"].to_numpy(dtype=float) if "discount" in customers.columns else np.zeros(len(table))
    table["list_revenue"] = revenue + discount
    table["discount"] = discount
    table["revenue"] = revenue
    table["cost_of_goods"] = _cost_of_goods(customers, revenue, revenue + discount, assumptions)
    table["cost_to_serve"] = table["orders"] * assumptions.cost_per_order
    table["contribution"] = table["revenue"] - table["cost_of_goods"] - table["cost_to_serve"]
    return table


def _cost_of_goods(
    customers: pd.DataFrame,
    revenue: npt.NDArray[np.float64],
    list_revenue: npt.NDArray[np.float64],
    assumptions: CostAssumptions,
) -> npt.NDArray[np.float64]:
    if assumptions.gross_margin is None:
        require_columns(customers.columns, ("cost",), where="customers")
        cost = customers["cost"].to_numpy(dtype=float)
        unknown = int(np.isnan(cost).sum())
        if unknown:
            fault = f"cost is unknown for {unknown:,} of {len(cost):,} rows"
            raise InputError(Fault(fault, where="customers", remedy="state an assumed gross_margin instead"))
        return cost
    weights = list_revenue if assumptions.spread == "list_price" else revenue
    if weights.sum() <= 0:
        raise InputError(
            Fault(
                f"total revenue is {revenue.sum():g}",
                where="customers",
                allowed="more than nothing sold",
                remedy="map amount to the column that holds the money, purchases above zero",
            )
        )
    total_cost = (1 - assumptions.gross_margin) * revenue.sum()
    spread_cost: npt.NDArray[np.float64] = weights * (total_cost / weights.sum())
    return spread_cost


def contribution_deciles(customers: pd.DataFrame, *, n_groups: int = 10) -> pd.DataFrame:
    """Contribution by equal-sized groups of customers, the best first.

    Parameters
    ----------
    customers : DataFrame
        From `measure_contribution`, one row per customer.
    n_groups : int
        Number of groups.

    Returns
    -------
    DataFrame
        decile, customers, contribution (total), contribution_share (nan when the total is not positive), mean, lowest,
        highest, revenue, revenue_share, discount_rate (of list price), orders.
    """
    require_columns(customers.columns, ("customer_id", "contribution", "revenue", "orders"), where="customers")
    ranked = customers.assign(
        decile=equal_groups(customers["contribution"], customers["customer_id"], n_groups=n_groups)
    )
    table = (
        ranked.groupby("decile")
        .agg(
            customers=("customer_id", "size"),
            contribution=("contribution", "sum"),
            mean=("contribution", "mean"),
            lowest=("contribution", "min"),
            highest=("contribution", "max"),
            revenue=("revenue", "sum"),
            discount=("discount", "sum"),
            orders=("orders", "sum"),
        )
        .reset_index()
    )
    total = float(table["contribution"].sum())
    table.insert(3, "contribution_share", table["contribution"] / total if total > 0 else np.nan)
    table["revenue_share"] = table["revenue"] / table["revenue"].sum()
    table["discount_rate"] = table["discount"] / (table["revenue"] + table["discount"])
    return table.drop(columns="discount")


@dataclass(frozen=True)
class ContributionCurve:
    """Cumulative contribution from the best customer to the worst: the whale curve.

    Parameters
    ----------
    points : DataFrame
        customers_share and contribution_share, from (0, 0) to (1, 1), one row per customer and the origin.
    total : float
        Contribution of all customers, study currency.
    peak_share, peak_customers_share : float
        Highest point of the curve: contribution of those who bring any, as a share of the total, and their number.
    negative_customers : int
        Customers who cost more than they bring.
    negative_share : float
        Their share of customers.
    negative_total : float
        What they cost together, study currency, zero or below.
    """

    points: pd.DataFrame
    total: float
    peak_share: float
    peak_customers_share: float
    negative_customers: int
    negative_share: float
    negative_total: float


def cumulative_contribution(customers: pd.DataFrame) -> ContributionCurve:
    """Add contributions up from the best customer to the worst.

    Parameters
    ----------
    customers : DataFrame
        From `measure_contribution`, one row per customer.

    Returns
    -------
    ContributionCurve
        The curve and what it says about customers with a negative contribution.

    Raises
    ------
    InputError
        When the total is not positive, so that shares of it mean nothing.

    References
    ----------
    Kaplan and Narayanan (2001), "Measuring and managing customer profitability", Journal of Cost Management 15(5),
    5-15.
    """
    require_columns(customers.columns, ("contribution",), where="customers")
    ordered = np.sort(customers["contribution"].to_numpy(dtype=float))[::-1]
    total = float(ordered.sum())
    if not total > 0:
        remedy = "raise gross_margin or lower cost_per_order, or read the deciles instead"
        raise InputError(Fault(f"total contribution is {total:,.2f}", "contribution", "a total above zero", remedy))
    shares = np.concatenate([[0.0], np.cumsum(ordered) / total])
    peak = int(np.argmax(shares))
    losing = ordered[ordered < 0]
    return ContributionCurve(
        points=pd.DataFrame({"customers_share": np.arange(len(shares)) / len(ordered), "contribution_share": shares}),
        total=total,
        peak_share=float(shares[peak]),
        peak_customers_share=peak / len(ordered),
        negative_customers=len(losing),
        negative_share=len(losing) / len(ordered),
        negative_total=float(losing.sum()),
    )


def break_even_margin(customers: pd.DataFrame, *, cost_per_order: float) -> float:
    """Gross margin at which the whole base just covers its cost to serve; above 1 no margin does.

    Examples
    --------
    >>> break_even_margin(pd.DataFrame({"orders": [2, 3], "revenue": [60.0, 40.0]}), cost_per_order=2.0)
    0.1
    """
    return float(customers["orders"].sum() * cost_per_order / customers["revenue"].sum())


def margin_sensitivity(
    customers: pd.DataFrame,
    assumptions: CostAssumptions,
    margins: Sequence[float],
    *,
    spreads: Sequence[Spread] = ("list_price", "revenue"),
) -> pd.DataFrame:
    """Show how far the findings hang on the assumed margin and on how cost is spread.

    Parameters
    ----------
    customers : DataFrame
        As for `measure_contribution`.
    assumptions : CostAssumptions
        Its cost per order is kept.
    margins : sequence of float
        Gross margins to try, each in 0..1.
    spreads : sequence of {"list_price", "revenue"}
        Ways to spread cost to try.

    Returns
    -------
    DataFrame
        One row per spread and margin: spread, gross_margin, contribution (total), top_decile_share (of the total; nan
        when that is not positive), negative_customers, negative_share.
    """
    rows = []
    for spread in spreads:
        for margin in margins:
            each = measure_contribution(customers, replace(assumptions, gross_margin=margin, spread=spread))
            total = float(each["contribution"].sum())
            top = equal_groups(each["contribution"], each["customer_id"]) == 1
            losing = int((each["contribution"] < 0).sum())
            rows.append(
                {
                    "spread": spread,
                    "gross_margin": margin,
                    "contribution": total,
                    "top_decile_share": float(each.loc[top, "contribution"].sum()) / total if total > 0 else np.nan,
                    "negative_customers": losing,
                    "negative_share": losing / len(each),
                }
            )
    return pd.DataFrame(rows)
