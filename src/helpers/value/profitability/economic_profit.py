"""Economic profit per customer: revenue, less goods, activities, expected loss and a charge for capital tied up."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_columns, require_within
from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.core.intervals import total_differs_from_zero
from helpers.value.contribution.contribution import CostAssumptions, measure_contribution
from helpers.value.profitability.facts import KEYS, CustomerFacts

DAYS_PER_YEAR = 365.0
STEPS = ("list_revenue", "discount", "revenue", "cost_of_goods", "cost_to_serve", "expected_loss", "capital_charge")


@dataclass(frozen=True)
class ProfitAssumptions:
    """What the data do not say.

    Parameters
    ----------
    gross_margin : float or None
        Net revenue less cost of goods over the whole base, as a share of net revenue, 0..1; None where lines hold
        costs.
    margin_reach : float
        How far the true margin may lie from the assumed one, either way, as a share of net revenue.
    cost_of_capital : float
        Per year, as a share of the money tied up.
    stock_days : float
        Days goods are paid for before they are sold.
    """

    gross_margin: float | None
    margin_reach: float = 0.0
    cost_of_capital: float = 0.10
    stock_days: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no business has."""
        shares = {"margin_reach": self.margin_reach, "cost_of_capital": self.cost_of_capital}
        shares |= {} if self.gross_margin is None else {"gross_margin": self.gross_margin}
        require_within(shares, low=0, high=1)
        require_within({"stock_days": self.stock_days}, low=0, high=3650)

    @property
    def margin_range(self) -> tuple[float, float]:
        """Lowest and highest margin believed possible; twice zero where the margin is not assumed."""
        if self.gross_margin is None:
            return 0.0, 0.0
        return max(0.0, self.gross_margin - self.margin_reach), min(1.0, self.gross_margin + self.margin_reach)


@dataclass(frozen=True)
class EconomicProfit:
    """Economic profit of every customer, and all that is needed to work it out under other assumptions.

    Parameters
    ----------
    customers : DataFrame
        customer_id, period, orders, then in study currency list_revenue, discount, revenue, cost_of_goods,
        cost_to_serve, expected_loss, capital_charge, economic_profit. List revenue less discount is revenue; revenue
        less the four costs is economic profit.
    activity_costs : DataFrame
        Same rows: cost of each activity, which add up to cost_to_serve.
    quantities : DataFrame
        Same rows: how often each activity was done.
    unit_costs : DataFrame
        From `set_unit_costs`, one row per column of `quantities`, in that order.
    goods_at_no_margin : array of float or None
        Cost of goods if the base earned no margin at all; None where the cost is known.
    money_days : array of float
        Money tied up in invoices times days.
    assumptions : ProfitAssumptions
        What was assumed.
    """

    customers: pd.DataFrame
    activity_costs: pd.DataFrame
    quantities: pd.DataFrame
    unit_costs: pd.DataFrame
    goods_at_no_margin: FloatArray | None
    money_days: FloatArray
    assumptions: ProfitAssumptions

    @property
    def total(self) -> float:
        """Economic profit of all customers, study currency."""
        return float(self.customers["economic_profit"].sum())

    def goods(self, gross_margin: float | None) -> FloatArray:
        """Return the cost of goods at a gross margin; the known cost where it is not assumed."""
        if self.goods_at_no_margin is None or gross_margin is None:
            return self.customers["cost_of_goods"].to_numpy(dtype=np.float64)
        return (1 - gross_margin) * self.goods_at_no_margin

    def profit_under(self, unit_costs: FloatArray, gross_margin: float | None, cost_of_capital: float) -> FloatArray:
        """Return the economic profit of each customer under other assumptions.

        Parameters
        ----------
        unit_costs : array, shape (activities,)
            In the order of `unit_costs`.
        gross_margin : float or None
            Not used where the cost of goods is known.
        cost_of_capital : float
            Per year.
        """
        goods = self.goods(gross_margin)
        tied_up = self.money_days + goods * self.assumptions.stock_days
        serve = self.quantities.to_numpy(dtype=np.float64) @ unit_costs
        revenue, loss = (self.customers[name].to_numpy(dtype=np.float64) for name in ("revenue", "expected_loss"))
        profit: FloatArray = revenue - goods - serve - loss - cost_of_capital / DAYS_PER_YEAR * tied_up
        return profit

    def steps(self) -> pd.DataFrame:
        """Return the totals from list price to economic profit: step, amount (study currency), share of revenue.

        The share is missing where revenue, refunds taken off, does not differ from zero by more than chance.
        """
        costs = ["discount", "cost_of_goods", *self.activity_costs.columns, "expected_loss", "capital_charge"]
        totals = pd.concat([self.customers, self.activity_costs], axis="columns").sum(numeric_only=True)
        rows = [("list_revenue", totals["list_revenue"]), ("discount", -totals["discount"])]
        rows += [("revenue", totals["revenue"])]
        rows += [(name, -totals[name]) for name in costs[1:]]
        rows += [("economic_profit", totals["economic_profit"])]
        table = pd.DataFrame(rows, columns=["step", "amount"])
        table["amount"] = table["amount"].round(2) + 0.0
        sure = total_differs_from_zero(self.customers["revenue"].to_numpy(dtype=np.float64))
        return table.assign(share_of_revenue=table["amount"] / totals["revenue"] if sure else np.nan)


def measure_economic_profit(
    facts: CustomerFacts,
    unit_costs: pd.DataFrame,
    assumptions: ProfitAssumptions,
    *,
    credit_costs: pd.DataFrame | None = None,
) -> EconomicProfit:
    """Work out the economic profit of every customer.

    Parameters
    ----------
    facts : CustomerFacts
        Revenue and activity counts.
    unit_costs : DataFrame
        From `set_unit_costs`; activities that were not counted are left out.
    assumptions : ProfitAssumptions
        Margin and capital.
    credit_costs : DataFrame, optional
        From `measure_credit_costs`, for the same periods.

    Returns
    -------
    EconomicProfit
        One row per row of the facts.

    Raises
    ------
    InputError
        When costs are wanted but not complete, an activity has no unit cost, credit costs are of customers without
        facts, or nothing was sold.

    References
    ----------
    Cooper and Kaplan (1991), "Profit priorities from activity-based costing", Harvard Business Review 69(3), 130-135;
    Stewart (1991), "The Quest for Value", chapter 4, for the charge on capital.
    """
    require_columns(unit_costs.columns, ("activity", "unit_cost", "low", "high", "basis"), where="unit_costs")
    names = list(facts.quantities.columns)
    used = unit_costs.set_index("activity").reindex(names).rename_axis("activity").reset_index()
    if used["unit_cost"].isna().any():
        without = used.loc[used["unit_cost"].isna(), "activity"].tolist()
        raise InputError(
            Fault(
                f"no unit cost for {', '.join(without)}",
                "unit_costs",
                "one row per activity counted",
                remedy="add these activities to the unit costs",
            )
        )
    margin = assumptions.gross_margin
    known = measure_contribution(facts.customers, CostAssumptions(None if margin is None else 0.0))
    weights = None if margin is None else known["cost_of_goods"].to_numpy(dtype=np.float64)
    table = facts.customers[KEYS].join(known[["orders", "list_revenue", "discount", "revenue", "cost_of_goods"]])
    if weights is not None and margin is not None:
        table["cost_of_goods"] = (1 - margin) * weights
    activity_costs = facts.quantities * used["unit_cost"].to_numpy(dtype=np.float64)
    table["cost_to_serve"] = activity_costs.sum(axis="columns")
    credit = _aligned(credit_costs, facts)
    table["expected_loss"] = credit["expected_loss"].to_numpy()
    money_days = credit["money_days"].to_numpy(dtype=np.float64)
    tied_up = money_days + table["cost_of_goods"].to_numpy() * assumptions.stock_days
    table["capital_charge"] = assumptions.cost_of_capital / DAYS_PER_YEAR * tied_up
    costs = table[["cost_of_goods", "cost_to_serve", "expected_loss", "capital_charge"]].sum(axis="columns")
    table["economic_profit"] = table["revenue"] - costs
    return EconomicProfit(table, activity_costs, facts.quantities, used, weights, money_days, assumptions)


def costs_of_known(credit_costs: pd.DataFrame | None, facts: CustomerFacts) -> tuple[pd.DataFrame | None, int]:
    """Return the credit costs of customers with an order or an activity, and how many customers have neither.

    Parameters
    ----------
    credit_costs : DataFrame or None
        From `measure_credit_costs`.
    facts : CustomerFacts
        Of the same periods.
    """
    if credit_costs is None:
        return None, 0
    known = credit_costs["customer_id"].isin(facts.customers["customer_id"])
    return credit_costs[known], int(credit_costs.loc[~known, "customer_id"].nunique())


def _aligned(credit_costs: pd.DataFrame | None, facts: CustomerFacts) -> pd.DataFrame:
    """Put credit costs beside the facts, nil where there are none."""
    rows = pd.MultiIndex.from_frame(facts.customers[KEYS])
    if credit_costs is None:
        return pd.DataFrame(0.0, index=rows, columns=["money_days", "expected_loss"])
    costs = credit_costs.set_index(KEYS)[["money_days", "expected_loss"]]
    unknown = costs.index.difference(rows)
    # An invoice dated a day or two after its order may fall into a period in which the customer ordered nothing.
    stray = costs.loc[unknown].groupby("customer_id").sum()
    lost = stray.index.difference(pd.Index(facts.customers["customer_id"].unique()))
    if len(lost):
        what = f"{counted(len(lost), 'customer')} with invoices and neither order nor activity: {some_of(list(lost))}"
        raise InputError(Fault(what, "invoices", "invoices of known customers", "compare the ids of both tables"))
    aligned = costs.reindex(rows).fillna(0.0)
    if len(stray):
        last = facts.customers.groupby("customer_id")["period"].transform("max") == facts.customers["period"]
        ids = facts.customers.loc[last, "customer_id"]
        aligned.loc[last.to_numpy()] += stray.reindex(ids).fillna(0.0).to_numpy()
    return aligned
