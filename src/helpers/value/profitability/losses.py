"""Why customers are at a loss: the first step, from list price to economic profit, at which nothing is left."""

import numpy as np
import pandas as pd

from helpers.value.profitability.economic_profit import EconomicProfit

NOTHING_PAID, MARGIN, SERVICE, CREDIT = "nothing paid", "price below cost", "cost to serve", "credit"
REASONS = (NOTHING_PAID, MARGIN, SERVICE, CREDIT)
"""Reasons of a loss, in the order in which they are looked for."""


def explain_losses(measured: EconomicProfit) -> pd.DataFrame:
    """List the customers at a loss with the reason, the costliest first.

    Parameters
    ----------
    measured : EconomicProfit
        One period.

    Returns
    -------
    DataFrame
        Columns of `customers`, and reason: `nothing paid` (visits, contacts or gifts only), `price below cost` (after
        discounts, what was paid does not cover the goods), `cost to serve` (the margin does not cover the activities),
        `credit` (only expected loss or capital charge makes the loss); costliest_activity; discount_rate (of list
        price).
    """
    at_loss = (measured.customers["economic_profit"] < 0).to_numpy()
    table = measured.customers[at_loss].copy()
    margin = table["revenue"] - table["cost_of_goods"]
    checks = [table["list_revenue"] <= 0, margin <= 0, margin <= table["cost_to_serve"]]
    reason = np.select([check.to_numpy() for check in checks], [NOTHING_PAID, MARGIN, SERVICE], default=CREDIT)
    table["reason"] = pd.Categorical(reason, categories=list(REASONS))
    costs = measured.activity_costs[at_loss]
    if costs.shape[1] and len(costs):
        table["costliest_activity"] = costs.columns.to_numpy()[costs.to_numpy().argmax(axis=1)]
    else:
        table["costliest_activity"] = ""
    table["discount_rate"] = (table["discount"] / table["list_revenue"]).where(table["list_revenue"] > 0)
    return table.sort_values(["economic_profit", "customer_id"], kind="stable", ignore_index=True)


def summarise_losses(losses: pd.DataFrame) -> pd.DataFrame:
    """Return customers, revenue and loss by reason.

    Parameters
    ----------
    losses : DataFrame
        From `explain_losses`.

    Returns
    -------
    DataFrame
        By reason, those nobody has included: customers, customer_share (of those at a loss), revenue, loss (positive),
        loss_share.
    """
    groups = losses.groupby("reason", observed=False)
    table = groups.agg(customers=("revenue", "size"), revenue=("revenue", "sum"), loss=("economic_profit", "sum"))
    table["loss"] = -table["loss"] + 0.0
    table.insert(1, "customer_share", table["customers"] / max(len(losses), 1))
    whole = table["loss"].sum()
    return table.assign(loss_share=table["loss"] / (whole if whole else np.nan))
