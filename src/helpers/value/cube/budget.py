"""What a budget would bring, spent on keeping customers and on selling them more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.checks import require_columns, require_within
from helpers.core.results import NamedResult
from helpers.value.cube.axes import HOLD_OFF, SEGMENT_NAMES

KEEP, SELL, NOTHING = "keep", "sell more", "nothing"
PLANS = ("best return first", "segments in order", "everyone alike")


@dataclass(frozen=True)
class Measures:
    """Two things a company can do for a customer. Costs and effects are assumptions until tested against a control.

    Parameters
    ----------
    keep_cost : float
        Cost of an effort to keep one customer, study currency.
    keep_success : float
        Share of those who would leave who then stay, in 0..1.
    sell_cost : float
        Cost of a personal offer to one customer, study currency.
    sell_success : float
        Share of the potential value that the offer brings in, in 0..1.
    """

    keep_cost: float
    keep_success: float
    sell_cost: float
    sell_success: float

    def __post_init__(self) -> None:
        """Refuse measures that mean nothing."""
        costs = {"keep_cost": self.keep_cost, "sell_cost": self.sell_cost}
        require_within(costs, low=0, high=np.inf, low_open=True, high_open=True)
        require_within({"keep_success": self.keep_success, "sell_success": self.sell_success}, low=0, high=1)


def expected_gains(values: pd.DataFrame, measures: Measures, *, staying_share: float = 1.0) -> pd.DataFrame:
    """Return for each customer the better of the two measures and what it would bring.

    Parameters
    ----------
    values : DataFrame
        One row per customer: current_value, potential_value (study currency), loyalty (probability of staying).
    measures : Measures
        What can be done.
    staying_share : float
        Part of a value over the horizon that is left when customers go on leaving, in 0..1, from `staying_share`; one
        takes for granted that whoever is kept, or buys more, stays to the end of the horizon.

    Returns
    -------
    DataFrame
        Rows as `values`: measure ("keep", "sell more" or "nothing" when neither pays), cost, gain (study currency,
        before the cost) and net (after it). Keeping saves the current value of those who would have left; selling
        brings a part of the potential value of those who stay.

    Examples
    --------
    >>> values = pd.DataFrame({"current_value": [900.0, 50.0], "potential_value": [0.0, 400.0], "loyalty": [0.5, 1.0]})
    >>> expected_gains(values, Measures(20, 0.2, 10, 0.1))["measure"].tolist()
    ['keep', 'sell more']
    """
    require_columns(values.columns, ("current_value", "potential_value", "loyalty"), where="values of the cube")
    require_within({"staying_share": staying_share}, low=0, high=1)
    keep = measures.keep_success * (1 - values["loyalty"]) * staying_share * values["current_value"]
    sell = measures.sell_success * values["loyalty"] * staying_share * values["potential_value"]
    net = np.column_stack([keep - measures.keep_cost, sell - measures.sell_cost])
    choice = net.argmax(axis=1)
    pays = net.max(axis=1) > 0
    picked = np.where(pays, choice, 2)
    gains = np.column_stack([keep, sell, np.zeros(len(values))])[np.arange(len(values)), picked]
    cost = np.array([measures.keep_cost, measures.sell_cost, 0.0])[picked]
    names = np.array([KEEP, SELL, NOTHING])[picked]
    return pd.DataFrame(
        {
            "measure": pd.Series(names, index=values.index, dtype="str"),
            "cost": cost,
            "gain": gains,
            "net": gains - cost,
        },
        index=values.index,
    )


def budget_curve(gains: pd.DataFrame, segments: pd.Series, *, points: int = 40) -> pd.DataFrame:
    """Show what growing budgets bring under three ways of spending them.

    Parameters
    ----------
    gains : DataFrame
        From `expected_gains`.
    segments : Series
        Segment of each customer, same index.
    points : int
        Budgets tried, evenly from nothing to all that pays.

    Returns
    -------
    DataFrame
        plan, budget, net (study currency). "best return first" takes customers by net gain per unit of cost; "segments
        in order" takes the segments from platinum down, each as a whole; "everyone alike" takes customers as they come,
        so each has the same chance. Only measures that pay are ever taken, and none for the segments `HOLD_OFF`.
    """
    require_within({"points": points}, low=2, high=1000)
    paying = _allowed(gains, segments)
    spent, net = paying["cost"].to_numpy(), paying["net"].to_numpy()
    budgets = np.linspace(0, float(spent.sum()), points)
    rank = segments.loc[paying.index].map({name: place for place, name in enumerate(SEGMENT_NAMES)}).to_numpy()
    orders = {
        PLANS[0]: np.argsort(-net / spent, kind="stable"),
        PLANS[1]: np.argsort(rank, kind="stable"),
    }
    parts = [
        pd.DataFrame({"plan": plan, "budget": budgets, "net": _reached(spent[order], net[order], budgets)})
        for plan, order in orders.items()
    ]
    whole = float(spent.sum()) or 1.0
    parts.append(pd.DataFrame({"plan": PLANS[2], "budget": budgets, "net": float(net.sum()) * budgets / whole}))
    return pd.concat(parts, ignore_index=True)


def allocate_budget(
    gains: pd.DataFrame, segments: pd.Series, budget: float, *, hold_off: Sequence[str] = HOLD_OFF
) -> pd.DataFrame:
    """Spend a budget where it returns most, and say what each segment gets.

    Parameters
    ----------
    gains : DataFrame
        From `expected_gains`.
    segments : Series
        Segment of each customer, same index.
    budget : float
        Study currency.
    hold_off : sequence of str
        Segments that get nothing, as their policy says; none to see what that costs.

    Returns
    -------
    DataFrame
        One row per segment in the order of the cube: customers (served), kept (by the effort to keep), sold_to, cost,
        gain, net (study currency). Customers of the same return are served in the order of their labels, so that the
        order of the rows is of no account.
    """
    require_within({"budget": budget}, low=0, high=np.inf, high_open=True)
    paying = _allowed(gains, segments, hold_off).sort_index()
    order = np.argsort(-(paying["net"] / paying["cost"]).to_numpy(), kind="stable")
    served = paying.iloc[order]
    served = served[served["cost"].cumsum() <= budget + 1e-9]
    by_segment = served.groupby(segments.loc[served.index], observed=False)
    table = by_segment[["cost", "gain", "net"]].sum()
    counts = {
        "customers": by_segment.size(),
        "kept": (served["measure"] == KEEP).groupby(segments.loc[served.index], observed=False).sum(),
        "sold_to": (served["measure"] == SELL).groupby(segments.loc[served.index], observed=False).sum(),
    }
    whole = pd.DataFrame(counts).join(table).reindex(list(SEGMENT_NAMES), fill_value=0)
    return whole.rename_axis("segment")


def _allowed(gains: pd.DataFrame, segments: pd.Series, hold_off: Sequence[str] = HOLD_OFF) -> pd.DataFrame:
    """Return the customers for whom a measure pays and whose policy allows one."""
    return gains[(gains["cost"] > 0) & ~segments.loc[gains.index].isin(hold_off)]


def under_policy(gains: pd.DataFrame, segments: pd.Series) -> pd.DataFrame:
    """Return gains in which the customers of the segments `HOLD_OFF` get nothing, as their policy says.

    Parameters
    ----------
    gains : DataFrame
        From `expected_gains`.
    segments : Series
        Segment of each customer, same index.
    """
    held = segments.loc[gains.index].isin(HOLD_OFF)
    kept = gains.copy()
    kept.loc[held, "measure"] = NOTHING
    kept.loc[held, ["cost", "gain", "net"]] = 0.0
    return kept


@dataclass(frozen=True)
class PolicyPrice:
    """What it costs that a budget spends nothing on the segments whose policy is to hold off.

    Parameters
    ----------
    customers : int
        Customers of these segments.
    paying : int
        Those of them for whom a measure would pay.
    net : float
        Net gain of the budget under the policy, study currency.
    net_without_policy : float
        Net gain of the same budget, were it spent on anyone.
    """

    customers: int
    paying: int
    net: float
    net_without_policy: float

    @property
    def price(self) -> float:
        """Net gain forgone, study currency."""
        return round(self.net_without_policy - self.net, 2)

    def named_results(self) -> Iterator[NamedResult]:
        """Yield the figures, named for the results file."""
        whose = f"of the segments {' and '.join(HOLD_OFF)}"
        yield NamedResult("budget_held_off_customers", self.customers, "customers", f"{whose}, still here")
        yield NamedResult("budget_held_off_paying", self.paying, "customers", f"{whose}, for whom a measure would pay")
        without = "expected of the same budget, spent on anyone"
        yield NamedResult("budget_net_gain_without_policy", self.net_without_policy, "money", without)
        yield NamedResult("budget_policy_price", self.price, "money", "net gain forgone by holding off")


@dataclass(frozen=True)
class RefusedContact:
    """Customers still here who refused contact: no budget is planned for them.

    Parameters
    ----------
    customers : int
        Who refused.
    paying : int
        Those of them for whom a measure would pay and whose policy allows one.
    cost : float
        What these measures would cost, study currency.
    net : float
        What they would bring after it, study currency.
    """

    customers: int
    paying: int
    cost: float
    net: float

    def named_results(self) -> Iterator[NamedResult]:
        """Yield the figures, named for the results file."""
        yield NamedResult("budget_refusers", self.customers, "customers", "still here, who refused contact: not served")
        yield NamedResult("budget_refusers_paying", self.paying, "customers", "of them, for whom a measure would pay")
        yield NamedResult("budget_refusers_cost", self.cost, "money", "of these measures, in no figure of the budget")
        yield NamedResult("budget_refusers_net", self.net, "money", "net gain of these measures, forgone")


def set_refusers_apart(
    gains: pd.DataFrame, segments: pd.Series, refused: "pd.Series[bool]"
) -> tuple[pd.DataFrame, RefusedContact]:
    """Return the gains of customers who may be contacted, and what is forgone with the others.

    Parameters
    ----------
    gains : DataFrame
        From `expected_gains`.
    segments : Series
        Segment of each customer of the gains, by the same index.
    refused : Series of bool
        Who refused contact, index as the gains.
    """
    paying = _allowed(gains[refused], segments)
    cost, net = (round(float(paying[name].sum()), 2) for name in ("cost", "net"))
    return gains[~refused], RefusedContact(int(refused.sum()), len(paying), cost, net)


def price_policy(gains: pd.DataFrame, segments: pd.Series, budget: float) -> PolicyPrice:
    """Spend a budget with and without the policy to hold off.

    Parameters
    ----------
    gains : DataFrame
        From `expected_gains`.
    segments : Series
        Segment of each customer, same index.
    budget : float
        Study currency.
    """
    own = gains[segments.loc[gains.index].isin(HOLD_OFF)]
    held, free = (allocate_budget(gains, segments, budget, hold_off=names)["net"].sum() for names in (HOLD_OFF, ()))
    return PolicyPrice(
        customers=len(own),
        paying=int((own["cost"] > 0).sum()),
        net=round(float(held), 2),
        net_without_policy=round(float(free), 2),
    )


def _reached(spent: np.ndarray, net: np.ndarray, budgets: np.ndarray) -> np.ndarray:
    """Return the net gain of the customers each budget reaches, in the order given."""
    total = np.concatenate([[0.0], np.cumsum(net)])
    affordable = np.searchsorted(np.cumsum(spent), budgets + 1e-9, side="right")
    reached: np.ndarray = total[affordable]
    return reached
