"""Who makes the profit and who destroys it: the whale curve, tenths of customers, and the figures read off them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.core.groups import equal_groups
from helpers.value.profitability.economic_profit import EconomicProfit

TENTHS = 10


@dataclass(frozen=True)
class Ranked:
    """Customers from the most to the least profitable; amounts in study currency.

    Parameters
    ----------
    profit, revenue, cost_to_serve : array of float, shape (customers,)
        Economic profit (falling), revenue and cost to serve of each customer.
    """

    profit: FloatArray
    revenue: FloatArray
    cost_to_serve: FloatArray

    @classmethod
    def of(cls, profit: FloatArray, revenue: FloatArray, cost_to_serve: FloatArray) -> "Ranked":
        """Rank customers; those of equal profit keep their order."""
        order = np.argsort(-profit, kind="stable")
        return cls(profit[order], revenue[order], cost_to_serve[order])

    @classmethod
    def of_measured(cls, measured: EconomicProfit) -> "Ranked":
        """Rank the customers of a measurement.

        Raises
        ------
        InputError
            When a customer stands in more than one period.
        """
        table = measured.customers
        again = table.loc[table["customer_id"].duplicated(), "customer_id"].unique().tolist()
        if again:
            what = f"{counted(len(again), 'customer')} in several periods: {some_of(again)}"
            raise InputError(Fault(what, "customers", "one period", remedy="measure the profit of one period"))
        columns = (table[name].to_numpy(dtype=np.float64) for name in ("economic_profit", "revenue", "cost_to_serve"))
        return cls.of(*columns)

    def first(self, share: float) -> int:
        """Return how many customers a share of them is, to the nearest."""
        return round(share * len(self.profit))

    def in_groups(self, values: FloatArray, groups: int = TENTHS) -> FloatArray:
        """Add values up by groups of equal size, the most profitable first; sizes as in `equal_groups`."""
        if len(values) < groups:
            raise InputError(
                Fault(
                    f"{len(values)} customers are too few for {groups} groups",
                    "customers",
                    remedy="take fewer groups, or more customers",
                )
            )
        starts = -(-np.arange(groups) * len(values) // groups)
        return np.add.reduceat(values, starts)


def concentration(ranked: Ranked) -> dict[str, float]:
    """Return the figures of the whale curve.

    Parameters
    ----------
    ranked : Ranked
        Customers by profit.

    Returns
    -------
    dict
        economic_profit (of all), profit_per_customer (study currency); top20_share, peak_share, bottom20_share (of the
        total; nan where that is not positive): the best fifth, all who make any profit, and the worst fifth;
        loss_customer_share; loss_amount (what loss-making customers cost, positive).

    Examples
    --------
    >>> ranked = Ranked.of(np.array([30.0, 0.0, 0.0, 0.0, -20.0]), np.ones(5), np.ones(5))
    >>> found = concentration(ranked)
    >>> found["economic_profit"], found["peak_share"], found["bottom20_share"]
    (10.0, 3.0, -2.0)
    """
    profit = ranked.profit
    total, fifth = float(profit.sum()), ranked.first(0.2)
    whole = total if total > 0 else np.nan
    losing = profit[profit < 0]
    return {
        "economic_profit": total,
        "profit_per_customer": total / len(profit),
        "top20_share": float(profit[:fifth].sum()) / whole,
        "peak_share": float(profit[profit > 0].sum()) / whole,
        "bottom20_share": float(profit[len(profit) - fifth :].sum()) / whole,
        "loss_customer_share": len(losing) / len(profit),
        "loss_amount": -float(losing.sum()),
    }


def profit_of_tenths(ranked: Ranked) -> dict[str, float]:
    """Return the economic profit of each tenth of the customers: tenth_1 for the most profitable."""
    return {f"tenth_{at + 1}": float(total) for at, total in enumerate(ranked.in_groups(ranked.profit))}


def whale_curve(measured: EconomicProfit) -> pd.DataFrame:
    """Add profit up from the most to the least profitable customer.

    Parameters
    ----------
    measured : EconomicProfit
        One period.

    Returns
    -------
    DataFrame
        customer_share and cumulative_profit (study currency), from nil to all, one row per customer and the origin.

    References
    ----------
    Kaplan and Narayanan (2001), "Measuring and managing customer profitability", Journal of Cost Management 15(5),
    5-15.
    """
    profit = Ranked.of_measured(measured).profit
    cumulative = np.concatenate([[0.0], np.cumsum(profit)])
    return pd.DataFrame(
        {"customer_share": np.arange(len(cumulative)) / max(len(profit), 1), "cumulative_profit": cumulative}
    )


def profit_tenths(measured: EconomicProfit) -> pd.DataFrame:
    """Put customers into ten groups of equal size by economic profit and add up each step of it.

    Parameters
    ----------
    measured : EconomicProfit
        One period.

    Returns
    -------
    DataFrame
        By tenth (1: the most profitable): customers, orders, revenue, discount_rate (of list price), margin_rate
        (margin after goods, of revenue), serve_rate (cost to serve, of revenue), economic_profit (total), mean_profit.
    """
    table = measured.customers
    tenth = equal_groups(table["economic_profit"], table["customer_id"], n_groups=TENTHS)
    sums = table.assign(tenth=tenth, customers=1).groupby("tenth").sum(numeric_only=True)
    listed = sums["list_revenue"].where(sums["list_revenue"] > 0)
    revenue = sums["revenue"].where(sums["revenue"] > 0)
    return pd.DataFrame(
        {
            "customers": sums["customers"],
            "orders": sums["orders"],
            "revenue": sums["revenue"],
            "discount_rate": sums["discount"] / listed,
            "margin_rate": (sums["revenue"] - sums["cost_of_goods"]) / revenue,
            "serve_rate": sums["cost_to_serve"] / revenue,
            "economic_profit": sums["economic_profit"],
            "mean_profit": sums["economic_profit"] / sums["customers"],
        }
    )
