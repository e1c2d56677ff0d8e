"""The list of unusual accounts as it is handed over: what each account does, beside what its peers usually do."""

import numpy as np
import pandas as pd

from helpers.evaluation.robust_scores import ALL
from helpers.evaluation.unusual_accounts import LEAST_EARLY, UnusualAccounts

HABITS = {
    "refunds": "returned_order_share",
    "odd_hours": "odd_hour_order_share",
    "price_cuts": "price_cut_share",
    "larger_orders": "recent_order_ratio",
}
"""By rule: the habit it looks at."""

_OF_ALL_ORDERS = ("returned_order_share", "odd_hour_order_share")


def habit_shares(habits: pd.DataFrame) -> pd.DataFrame:
    """Return the habits of each account as plain numbers, for the list and for learners that need no rules.

    Parameters
    ----------
    habits : DataFrame
        From `helpers.evaluation.account_habits`, with odd_hour_orders where times have hours.

    Returns
    -------
    DataFrame
        By customer_id, as far as known: returned_order_share, odd_hour_order_share, price_cut_share (mean over orders),
        recent_order_ratio (of recent orders over early ones, both medians; missing where there are too few).
    """
    orders = habits["orders"]
    shares = {"returned_order_share": np.minimum(habits["returned_orders"], orders) / orders}
    if "odd_hour_orders" in habits and habits["odd_hour_orders"].notna().any():
        shares["odd_hour_order_share"] = habits["odd_hour_orders"] / orders
    if "priced_orders" in habits and habits["priced_orders"].any():
        shares["price_cut_share"] = habits["cut_sum"] / habits["priced_orders"].where(habits["priced_orders"] > 0)
    known = habits["early_orders"] >= LEAST_EARLY
    shares["recent_order_ratio"] = np.exp((habits["recent_log"] - habits["early_log"]).where(known))
    return pd.DataFrame(shares, index=habits.index)


def account_list(found: UnusualAccounts, habits: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """Return the accounts to check by hand, the most unusual first.

    Parameters
    ----------
    found : UnusualAccounts
        From `helpers.evaluation.judge_accounts`.
    habits : DataFrame
        What they were judged by.
    most : int
        Rows at most.

    Returns
    -------
    DataFrame
        One row per account with a reason: customer_id, place, reasons, peers, orders, bought, returned, last_time, and
        for each rule that was asked its score, the habit, and the peers' usual_ habit: shares of all their orders, else
        the median of the accounts.
    """
    listed = found.listed(most)
    shares = habit_shares(habits)
    frame = pd.DataFrame(
        {
            "place": np.arange(1, len(listed) + 1),
            "reasons": listed["reasons"],
            "peers": listed["peers"],
            **{name: habits[name].reindex(listed.index) for name in ("orders", "bought", "returned", "last_time")},
        }
    )
    for rule in found.rules:
        habit = HABITS[rule]
        frame[f"{rule}_score"] = listed[rule]
        frame[habit] = shares[habit].reindex(listed.index)
        frame[f"usual_{habit}"] = listed["peers"].map(_usual(shares[habit], habits["orders"], found.frame["peers"]))
    return frame.rename_axis("customer_id").reset_index()


def _usual(habit: "pd.Series[float]", orders: "pd.Series[int]", peers: "pd.Series[str]") -> dict[str, float]:
    """Return by group what its accounts usually do; of everybody for the group `ALL`."""
    group = peers.reindex(habit.index)
    usual = {}
    for name in sorted(set(group)):
        own = habit if name == ALL else habit[group == name]
        weights = orders.reindex(own.index)
        of_all = habit.name in _OF_ALL_ORDERS
        usual[name] = float((own * weights).sum() / weights.sum()) if of_all else float(own.median())
    return usual
