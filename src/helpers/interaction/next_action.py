"""Whom to contact with which offer: expected gain of every pair, and the best choice within a budget."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError

Way = Literal["random", "past_spend", "value"]
_HALVINGS = 60


def expected_gains(customers: pd.DataFrame, offers: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return the expected gain of every customer and offer: orders brought times what an order contributes, less cost.

    Parameters
    ----------
    customers : DataFrame
        By customer_id: `tier`, `order_contribution` (study currency per order).
    offers : DataFrame
        From `measure_offers`, with a `cost` of a contact in every row.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        One row per customer and offer measured for the tier: `customer_id`, `tier`, `offer`, `channel`, `cost`, `gain`
        (before the cost), `net`, `low`, `high` (of the net gain).

    Raises
    ------
    InputError
        When an offer has no cost or no channel.
    """
    faults = [
        Fault(f"the offer {offer!r} has no {what}", "contacts", remedy=f"add the {what} of a contact")
        for what in ("cost", "channel")
        for offer in sorted(set(offers.loc[offers[what].isna(), "offer"]))
    ]
    if faults:
        raise InputError(faults)
    found = customers.rename_axis("customer_id").reset_index().merge(offers, on="tier")
    width = stats.norm.ppf(0.5 + confidence / 2) * found["standard_error"] * found["order_contribution"].abs()
    gain = found["effect"] * found["order_contribution"]
    net = gain - found["cost"]
    names = ["customer_id", "tier", "offer", "channel", "cost"]
    return found[names].assign(gain=gain, net=net, low=net - width, high=net + width)


@dataclass(frozen=True)
class Choice:
    """What a budget is best spent on.

    Parameters
    ----------
    actions : DataFrame
        Rows of the gains chosen, one per customer at most, the highest gain per cost first.
    price_of_money : float
        Net gain that one more unit of budget would bring; 0 where the budget is not the limit.
    unpaid : int
        Customers for whom no offer is expected to pay.
    beyond_budget : int
        Customers for whom an offer would pay and the budget did not reach.
    """

    actions: pd.DataFrame
    price_of_money: float
    unpaid: int
    beyond_budget: int

    @property
    def cost(self) -> float:
        """Cost of all actions, study currency."""
        return round(float(self.actions["cost"].sum()), 2)

    @property
    def expected_gain(self) -> float:
        """Expected net gain of all actions, study currency."""
        return round(float(self.actions["net"].sum()), 2)


def choose_actions(gains: pd.DataFrame, *, budget: float) -> Choice:
    r"""Choose one offer at most for each customer so that the expected net gain is highest within a budget.

    A multiple-choice knapsack: at a price :math:`\lambda` of money every customer gets the offer with the highest
    :math:`g - (1 + \lambda) c`, if that is above nil; the price is the lowest at which the budget suffices (Everett
    1963, "Generalized Lagrange multiplier method", Operations Research 11). What is left is spent by gain per cost.

    Parameters
    ----------
    gains : DataFrame
        From `expected_gains`.
    budget : float
        What may be spent, study currency, 0 or more.

    Raises
    ------
    InputError
        When the budget is below nil or no number.

    Examples
    --------
    >>> gains = pd.DataFrame({"customer_id": ["a", "a", "b"], "offer": ["call", "mail", "mail"],
    ...                       "cost": [9.0, 1.0, 1.0], "gain": [15.0, 4.0, 2.5], "net": [6.0, 3.0, 1.5]})
    >>> choose_actions(gains, budget=2).actions["offer"].tolist()
    ['mail', 'mail']
    """
    require_within({"budget": budget}, low=0, high=float(np.finfo(np.float64).max))
    rows = gains.sort_values(["customer_id", "cost", "offer"], kind="stable", ignore_index=True)
    paying = rows[rows["net"] > 0].reset_index(drop=True)
    low, high = 0.0, 1.0
    if _best(paying, low)["cost"].sum() > budget:
        while _best(paying, high)["cost"].sum() > budget and high < 1e12:
            low, high = high, high * 2
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if _best(paying, middle)["cost"].sum() > budget else (low, middle)
    else:
        high = 0.0
    chosen = _within_budget(_best(paying, high), _best(paying, low), budget)
    reached, worth, everybody = (part["customer_id"].nunique() for part in (chosen, paying, rows))
    return Choice(chosen, high if worth > reached else 0.0, everybody - worth, worth - reached)


def _best(paying: pd.DataFrame, price: float) -> pd.DataFrame:
    """Return for each customer the offer that is best at a price of money, if any is worth it."""
    score = paying["gain"] - (1 + price) * paying["cost"]
    worth = score[score > 0]
    best = worth.groupby(paying.loc[worth.index, "customer_id"], sort=False).idxmax()
    return paying.loc[np.sort(best.to_numpy(dtype=np.int64))]


def _within_budget(sure: pd.DataFrame, more: pd.DataFrame, budget: float) -> pd.DataFrame:
    """Add what the rest of the budget reaches, by gain per cost, and sort."""
    left = more[~more["customer_id"].isin(sure["customer_id"])]
    order = np.argsort(-_per_cost(left), kind="stable")
    left = left.iloc[order]
    rest = budget - float(sure["cost"].sum())
    both = pd.concat([sure, left[left["cost"].cumsum().to_numpy() <= rest + 1e-9]])
    return both.iloc[np.argsort(-_per_cost(both), kind="stable")].reset_index(drop=True)


def _per_cost(rows: pd.DataFrame) -> FloatArray:
    cost = rows["cost"].to_numpy(dtype=np.float64)
    found: FloatArray = rows["gain"].to_numpy(dtype=np.float64) / np.where(cost > 0, cost, 1e-12)
    return found


def spend_budget(
    gains: pd.DataFrame, customers: pd.DataFrame, *, way: Way, budget: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Spend a budget in a simpler way, to hold a list against.

    Parameters
    ----------
    gains : DataFrame
        From `expected_gains`: who can be offered what.
    customers : DataFrame
        By customer_id: `spend` and `value` of the year before.
    way : {"random", "past_spend", "value"}
        Customers and offers by lot; or the customers with the highest spend or contribution first, all with the one
        offer that gains most per cost over all customers.
    budget : float
        What may be spent, study currency.
    rng : Generator
        For the lot and for ties.

    Returns
    -------
    DataFrame
        Rows of `gains`, one per customer at most.
    """
    lot = gains.sample(frac=1, random_state=rng)
    if way != "random":
        total = lot.groupby("offer")[["gain", "cost"]].sum()
        lot = lot[lot["offer"] == (total["gain"] / total["cost"].clip(lower=1e-12)).idxmax()]
        key = customers["spend" if way == "past_spend" else "value"].reindex(lot["customer_id"]).to_numpy()
        lot = lot.iloc[np.argsort(-key, kind="stable")]
    lot = lot.drop_duplicates("customer_id")
    return lot[lot["cost"].cumsum() <= budget].reset_index(drop=True)


def total_gain(actions: pd.DataFrame) -> tuple[float, float, float]:
    """Return the expected net gain of all actions with its interval, study currency.

    What is not known of an offer is the same for all of a tier, so their widths add up; offers and tiers are apart.

    Parameters
    ----------
    actions : DataFrame
        `offer`, `channel`, `tier`, `net`, `low`, `high`.

    Examples
    --------
    >>> rows = pd.DataFrame({"offer": "call", "channel": "telephone", "tier": ["gold", "gold", "silver"],
    ...                      "net": [2.0, 2.0, 1.0], "low": [0.5, 0.5, -3.0], "high": [3.5, 3.5, 5.0]})
    >>> total_gain(rows)
    (5.0, 0.0, 10.0)
    """
    half = (actions["high"] - actions["low"]) / 2
    widths = half.groupby([actions["offer"], actions["channel"], actions["tier"]]).sum()
    middle, width = float(actions["net"].sum()), float(np.sqrt((widths**2).sum()))
    return round(middle, 2), round(middle - width, 2), round(middle + width, 2)


def gains_over(scores: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return by how much the list beat each other way to spend its budget, over companies, with t intervals.

    Parameters
    ----------
    scores : DataFrame
        One company per row: `list_gain`, `random_gain`, `past_spend_gain`, `value_gain`.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        By `way`: `gain`, `low`, `high` (study currency), `companies_won`, `companies`, `wins` (interval above nil).

    Raises
    ------
    InputError
        When there are fewer than two companies.
    """
    if len(scores) < 2:
        raise InputError(Fault("one company gives no interval", "action_scores", "two or more", "score more companies"))
    rows = []
    for way in get_args(Way):
        ahead = (scores["list_gain"] - scores[f"{way}_gain"]).to_numpy(dtype=np.float64)
        width = float(stats.t.ppf(0.5 + confidence / 2, len(ahead) - 1) * stats.sem(ahead))
        low, high = ahead.mean() - width, ahead.mean() + width
        counted = {"companies_won": int((ahead > 0).sum()), "companies": len(ahead), "wins": bool(low > 0)}
        rows.append({"way": way, "gain": float(ahead.mean()), "low": low, "high": high} | counted)
    return pd.DataFrame(rows).set_index("way")
