"""What would change the profit: more of the best customers, better prices or cheaper service for the worst."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError
from helpers.value.profitability.concentration import TENTHS, Ranked


@dataclass(frozen=True)
class Levers:
    """What is tried.

    Parameters
    ----------
    top_tenths, bottom_tenths : int
        How many of the ten groups count as the best and as the worst, together at most nine.
    more_share : float
        How many more customers the best groups get, as a share of those they have.
    price_rise : float
        Price rise for the worst groups, or discount taken back, as a share of what they pay now.
    leave_share : float
        Share of the worst groups, alike in profit and revenue to the rest, that leaves because of it.
    cost_cut : float
        Share of the activities for the worst groups that is saved.
    avoidable_share : float
        Share of the cost of an activity that goes away with it; the rest is there anyway.
    """

    top_tenths: int = 2
    bottom_tenths: int = 2
    more_share: float = 0.02
    price_rise: float = 0.05
    leave_share: float = 0.10
    cost_cut: float = 0.20
    avoidable_share: float = 0.70

    def __post_init__(self) -> None:
        """Refuse levers that cannot be pulled."""
        shares = ("leave_share", "cost_cut", "avoidable_share")
        require_within({name: getattr(self, name) for name in shares}, low=0, high=1)
        require_within({"more_share": self.more_share, "price_rise": self.price_rise}, low=0, high=10)
        require_within({"top_tenths": self.top_tenths, "bottom_tenths": self.bottom_tenths}, low=1, high=TENTHS - 1)
        if self.top_tenths + self.bottom_tenths >= TENTHS:
            what = f"{self.top_tenths} best and {self.bottom_tenths} worst tenths leave no one in between"
            raise InputError(
                Fault(
                    what,
                    "bottom_tenths",
                    f"together at most {TENTHS - 1}",
                    remedy="take fewer tenths at one of the ends",
                )
            )


LEVERS = {
    "win_more": "win more of the best",
    "lift_some": "lift some of the next tenth",
    "reprice": "better prices from the worst",
    "serve_cheaper": "serve the worst more cheaply",
    "let_go": "let the worst go",
}
"""Levers by name, in words."""


def pull_levers(ranked: Ranked, levers: Levers) -> dict[str, float]:
    """Work out what each lever alone would bring.

    Nobody has tested these changes: the figures follow from the assumptions in `levers` and nothing else.

    Parameters
    ----------
    ranked : Ranked
        Customers by profit.
    levers : Levers
        What is tried.

    Returns
    -------
    dict
        Change of the total economic profit, study currency, by name of the lever as in `LEVERS`: `win_more`, new
        customers as profitable as the best groups are on average, before what winning them costs; `lift_some`, the same
        number of customers of the group just below, made so; `reprice`, of those who stay less what those who leave
        brought; `serve_cheaper`; `let_go`. And `worth_of_one`, the most that winning one of the best may cost;
        `bearable_leave_share`, the share of the worst that may leave before repricing costs money.

    Examples
    --------
    >>> ranked = Ranked.of(np.r_[[100.0] * 2, [10.0] * 6, [-20.0] * 2], np.full(10, 200.0), np.full(10, 30.0))
    >>> found = pull_levers(ranked, Levers(more_share=0.5, avoidable_share=1.0))
    >>> {name: round(found[name], 2) for name in ("win_more", "lift_some", "reprice", "serve_cheaper", "let_go")}
    {'win_more': 100.0, 'lift_some': 90.0, 'reprice': 22.0, 'serve_cheaper': 12.0, 'let_go': 40.0}
    """
    profit, revenue, serve = (
        ranked.in_groups(values) for values in (ranked.profit, ranked.revenue, ranked.cost_to_serve)
    )
    size = ranked.in_groups(np.ones(len(ranked.profit)))
    top, bottom = slice(levers.top_tenths), slice(TENTHS - levers.bottom_tenths, TENTHS)
    worth = float(profit[top].sum() / size[top].sum())
    below = float(profit[levers.top_tenths] / size[levers.top_tenths])
    more = levers.more_share * float(size[top].sum())
    unavoidable = (1 - levers.avoidable_share) * float(serve[bottom].sum())
    lost_with_all = float(profit[bottom].sum()) + unavoidable
    dearer = levers.price_rise * float(revenue[bottom].sum())
    at_stake = dearer + lost_with_all
    return {
        "win_more": more * worth,
        "lift_some": more * (worth - below),
        "reprice": (1 - levers.leave_share) * dearer - levers.leave_share * lost_with_all,
        "serve_cheaper": levers.cost_cut * levers.avoidable_share * float(serve[bottom].sum()),
        "let_go": -lost_with_all,
        "worth_of_one": worth,
        "bearable_leave_share": min(1.0, max(0.0, dearer / at_stake)) if at_stake > 0 else 1.0,
    }


def lever_table(gains: pd.DataFrame, total: float) -> pd.DataFrame:
    """Lay out what the levers bring, beside the total profit.

    Parameters
    ----------
    gains : DataFrame
        From `profit_ranges` with `pull_levers`: estimate, low, high by name.
    total : float
        Economic profit of all customers, from `whole_of_shares`.

    Returns
    -------
    DataFrame
        lever, gain, low, high (study currency), share_of_profit (nan where the total is not positive).
    """
    found = gains.loc[list(LEVERS)]
    return pd.DataFrame(
        {
            "lever": list(LEVERS.values()),
            "gain": found["estimate"].to_numpy(),
            "low": found["low"].to_numpy(),
            "high": found["high"].to_numpy(),
            "share_of_profit": found["estimate"].to_numpy() / (total if total > 0 else np.nan),
        }
    )
