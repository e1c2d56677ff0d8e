"""How far the figures move when what was assumed lies elsewhere in its range.

These are ranges under assumptions and no confidence intervals. Intervals for what other customers of the same kind
would have shown are not given: of percentile and studentised bootstrap, with and without a fitted tail, none held the
totals and the shares of the best and worst fifth in 92 to 98 % of samples with lognormal spend. The measured shares
stand in `data/replication`.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.value.profitability.concentration import Ranked, concentration
from helpers.value.profitability.economic_profit import EconomicProfit

Statistics = Callable[[Ranked], Mapping[str, float]]
_OF_THE_TOTAL = ("top20_share", "peak_share", "bottom20_share")


def profit_ranges(
    measured: EconomicProfit,
    statistics: Statistics,
    *,
    rng: np.random.Generator,
    draws: int = 999,
    share: float = 0.95,
) -> pd.DataFrame:
    """Return statistics of the ranked customers with their ranges under what is assumed.

    Each draw takes every unit cost and an assumed margin evenly from its range, for the customers there are.

    Parameters
    ----------
    measured : EconomicProfit
        One period.
    statistics : callable
        Returns figures by name for ranked customers, such as `concentration`.
    rng : numpy.random.Generator
        For the draws.
    draws : int
        Number of draws.
    share : float
        Share of the draws, from the middle, that a range holds.

    Returns
    -------
    DataFrame
        By name: estimate, low, high. Both ends are the estimate where nothing is assumed. A figure that is undefined
        in any draw has no range.

    References
    ----------
    Saltelli et al. (2008), "Global Sensitivity Analysis", chapter 1, for drawing all assumptions at once.
    """
    require_within({"share": share}, low=0, high=1, low_open=True, high_open=True)
    require_within({"draws": draws}, low=99, high=1_000_000)
    found = statistics(Ranked.of_measured(measured))
    estimate: FloatArray = np.array(list(found.values()), dtype=np.float64)
    drawn = np.array([list(statistics(_drawn(measured, rng)).values()) for _ in range(draws)])
    low, high = np.quantile(drawn, [(1 - share) / 2, (1 + share) / 2], axis=0)
    ends = {"low": np.minimum(low, estimate), "high": np.maximum(high, estimate)}
    return pd.DataFrame({"estimate": estimate, **ends}, index=list(found))


def _drawn(measured: EconomicProfit, rng: np.random.Generator) -> Ranked:
    """Rank the customers under assumptions drawn from their ranges."""
    assumed = measured.assumptions
    unit_costs = rng.uniform(measured.unit_costs["low"].to_numpy(), measured.unit_costs["high"].to_numpy())
    margin = None if assumed.gross_margin is None else float(rng.uniform(*assumed.margin_range))
    profit = measured.profit_under(unit_costs, margin, assumed.cost_of_capital)
    serve: FloatArray = measured.quantities.to_numpy(dtype=np.float64) @ unit_costs
    return Ranked.of(profit, measured.customers["revenue"].to_numpy(dtype=np.float64), serve)


def assumption_sensitivity(measured: EconomicProfit) -> pd.DataFrame:
    """Move one assumption at a time to the ends of its range.

    Parameters
    ----------
    measured : EconomicProfit
        One period.

    Returns
    -------
    DataFrame
        One row per assumption with a range, the weightiest first: assumption, used, low, high (its values),
        profit_at_low, profit_at_high (study currency), loss_share_at_low, loss_share_at_high (customers at a loss).
    """
    assumed, costs = measured.assumptions, measured.unit_costs
    base = costs["unit_cost"].to_numpy(dtype=np.float64)
    rows = []
    for at, (name, low, high) in enumerate(zip(costs["activity"], costs["low"], costs["high"], strict=True)):
        if low < high:
            moved = [np.where(np.arange(len(base)) == at, end, base) for end in (low, high)]
            found = [measured.profit_under(unit, assumed.gross_margin, assumed.cost_of_capital) for unit in moved]
            rows.append((f"cost of {name}", base[at], low, high, *_summary(found)))
    low, high = assumed.margin_range
    if assumed.gross_margin is not None and low < high:
        found = [measured.profit_under(base, end, assumed.cost_of_capital) for end in (low, high)]
        rows.append(("gross_margin", assumed.gross_margin, low, high, *_summary(found)))
    names = ["assumption", "used", "low", "high"]
    names += ["profit_at_low", "profit_at_high", "loss_share_at_low", "loss_share_at_high"]
    table = pd.DataFrame(rows, columns=names)
    weight = (table["profit_at_low"] - table["profit_at_high"]).abs()
    return table.iloc[np.argsort(-weight.to_numpy(dtype=np.float64), kind="stable")].reset_index(drop=True)


def _summary(found: list[FloatArray]) -> tuple[float, float, float, float]:
    at_low, at_high = found
    return float(at_low.sum()), float(at_high.sum()), float((at_low < 0).mean()), float((at_high < 0).mean())


def concentration_ranges(
    measured: EconomicProfit, *, rng: np.random.Generator, draws: int = 999, share: float = 0.95
) -> pd.DataFrame:
    """Return the figures of the whale curve with ranges; see `concentration` and `profit_ranges`.

    Shares of the total are missing where its range holds zero: a share of next to nothing has no meaning.
    """
    figures = profit_ranges(measured, concentration, rng=rng, draws=draws, share=share)
    if not whole_of_shares(figures) > 0:
        figures.loc[list(_OF_THE_TOTAL)] = np.nan
    return figures


def whole_of_shares(figures: pd.DataFrame) -> float:
    """Return the total profit where shares of it have a meaning.

    Parameters
    ----------
    figures : DataFrame
        From `concentration_ranges`.

    Returns
    -------
    float
        Study currency; nan where the range of what is assumed holds zero or less.

    Examples
    --------
    >>> ends = {"estimate": [40.0], "low": [-5.0], "high": [90.0]}
    >>> whole_of_shares(pd.DataFrame(ends, index=["economic_profit"]))
    nan
    """
    estimate, low = figures.loc["economic_profit", ["estimate", "low"]].to_numpy(dtype=np.float64)
    return float(estimate) if low > 0 else float("nan")
