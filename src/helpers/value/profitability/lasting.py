"""Whether profit lasts: is a customer's profit of one span a better guide to the next than revenue alone would be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from statsmodels.stats.proportion import confint_proportions_2indep

from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.errors import Fault, InputError
from helpers.core.intervals import ratio_ends, total_differs_from_zero
from helpers.core.periods import periods_before
from helpers.value.backtest.comparison import ForecastComparison, compare_forecasts
from helpers.value.profitability.concentration import TENTHS
from helpers.value.profitability.drivers import CostDrivers
from helpers.value.profitability.economic_profit import EconomicProfit, ProfitAssumptions, measure_economic_profit
from helpers.value.profitability.facts import gather_facts

MODEL = "profit_before"
_GROUPS = {"best": "the profit of the best", "worst": "the loss of the worst"}
NAIVE = ("revenue_at_average_profit", "everyone_the_same")
"""Naive forecasts of a customer's profit: what needs no cost per customer, and what needs no customer at all."""


@dataclass(frozen=True)
class LossesAgain:
    """How much more often those at a loss are at a loss again than the others are.

    Parameters
    ----------
    customers, losing_before : int
        Customers of the earlier span, and those of them at a loss.
    again, newly : float
        Share of those at a loss before, and of the others, that is at a loss in the later span; nan without customers.
    estimate, low, high : float
        Difference of the two shares with its interval.
    """

    customers: int
    losing_before: int
    again: float
    newly: float
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class LastingProfit:
    """What the profit of one span tells about the next.

    Parameters
    ----------
    comparison : ForecastComparison
        The earlier profit as a forecast of the later one, against the naive forecasts.
    losses : LossesAgain
        Whether losses come back.
    kept : DataFrame
        By group, best and worst: estimate, low, high, from `profit_kept`.
    """

    comparison: ForecastComparison
    losses: LossesAgain
    kept: pd.DataFrame

    @property
    def caveat(self) -> str | None:
        """Why a part of the profit kept is not given, in one sentence; None where both are."""
        missing = self.kept.index[self.kept["estimate"].isna()]
        if missing.empty:
            return None
        groups = " and ".join(_GROUPS[name] for name in missing)
        return f"What came again of {groups} is not given: together it does not differ from zero by more than chance."


def does_profit_last(
    measured: EconomicProfit,
    *,
    rng: np.random.Generator,
    draws: int = 999,
    confidence: float = 0.95,
    best_tenths: int = 2,
    worst_tenths: int = 2,
) -> LastingProfit:
    """Hold the later of two spans back and see what the earlier one said about it.

    Parameters
    ----------
    measured : EconomicProfit
        Two periods of equal length.
    rng : numpy.random.Generator
        For resampling customers.
    draws : int
        Resamples.
    confidence : float
        Coverage.
    best_tenths, worst_tenths : int
        Tenths of customers by earlier profit that count as the best and the worst.

    Returns
    -------
    LastingProfit
        Errors against naive forecasts, and whether losses come back. A customer without orders and activities later
        has made nil.

    Raises
    ------
    InputError
        When there are not two periods, or fewer than ten customers in the earlier one.
    """
    table = measured.customers
    wide = table.pivot_table(index="customer_id", columns="period", values=["economic_profit", "revenue"])
    if list(wide["economic_profit"].columns) != [0, 1]:
        raise InputError(
            Fault(
                "profit is not given for two periods",
                "measured",
                "an earlier and a later period",
                remedy="measure the profit of both periods",
            )
        )
    before = wide[wide["economic_profit"][0].notna()]
    profit, later = before["economic_profit"][0], before["economic_profit"][1].fillna(0.0)
    revenue = before["revenue"][0]
    share = float(profit.sum() / revenue.sum())
    forecasts = pd.DataFrame(
        {"actual": later, MODEL: profit, NAIVE[0]: share * revenue, NAIVE[1]: float(profit.mean())}
    ).reset_index()
    comparison = compare_forecasts(
        forecasts, model=MODEL, naive=NAIVE, rng=rng, resamples=max(draws, 100), confidence=confidence
    )
    losses = losses_again(profit.to_numpy() < 0, later.to_numpy() < 0, confidence=confidence)
    shares = (best_tenths / TENTHS, worst_tenths / TENTHS)
    kept = profit_kept(profit.to_numpy(), later.to_numpy(), shares, rng=rng, draws=draws, confidence=confidence)
    return LastingProfit(comparison, losses, kept)


def hold_out_profit(
    tables: Mapping[str, ir.Table],
    drivers: CostDrivers,
    unit_costs: pd.DataFrame,
    assumptions: ProfitAssumptions,
    *,
    as_of: date,
    months: int,
    rng: np.random.Generator,
    draws: int = 999,
    confidence: float = 0.95,
    best_tenths: int = 2,
    worst_tenths: int = 2,
) -> LastingProfit:
    """Measure the profit of the last months and of as many before, and see what the earlier tell about the later.

    Costs of credit are left out, since they would tell what was paid later.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        As for `gather_facts`.
    drivers : CostDrivers
        What to count.
    unit_costs : DataFrame
        From `set_unit_costs`.
    assumptions : ProfitAssumptions
        Margin and capital.
    as_of : date
        Analysis date.
    months : int
        Length of either span; see `span_months`.
    rng, draws, confidence, best_tenths, worst_tenths : object
        As for `does_profit_last`.

    Raises
    ------
    InputError
        When the history does not hold two such spans, or fewer than ten customers in the earlier one.
    """
    facts = gather_facts(tables, drivers, periods_before(as_of, months=months, count=2))
    measured = measure_economic_profit(facts, unit_costs, assumptions)
    ends = {"best_tenths": best_tenths, "worst_tenths": worst_tenths}
    return does_profit_last(measured, rng=rng, draws=draws, confidence=confidence, **ends)


def profit_kept(
    before: FloatArray,
    after: FloatArray,
    shares: tuple[float, float],
    *,
    rng: np.random.Generator,
    draws: int = 999,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return what part of the earlier profit of the best, and of the loss of the worst, came again later.

    Whoever is at either end of a ranking is there partly by chance, and stands nearer to the middle the next time:
    what-ifs on groups formed by past profit promise too much by as much as is not kept.

    Parameters
    ----------
    before, after : array of float, shape (customers,)
        Profit in the earlier and the later span.
    shares : (float, float)
        Share of customers that count as the best and as the worst by earlier profit.
    rng : numpy.random.Generator
        For resampling customers.
    draws : int
        Resamples.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    DataFrame
        By group, best and worst: estimate (later over earlier profit), low, high; nan where the earlier profit of the
        best is not above zero, or that of the worst not below it, by more than chance: a share of next to nothing has
        no meaning. Bootstrap-t, the groups as they are.

    References
    ----------
    Galton (1886), "Regression towards mediocrity in hereditary stature", Journal of the Anthropological Institute 15.

    Examples
    --------
    >>> earlier, later = np.repeat([10.0, 6.0, 1.0, -8.0], 20), np.repeat([5.0, 6.0, 1.0, -2.0], 20)
    >>> found = profit_kept(earlier, later, (0.5, 0.25), rng=np.random.default_rng(1), draws=99)
    >>> found["estimate"].to_dict()
    {'best': 0.6875, 'worst': 0.25}
    """
    size = len(before)
    best, worst = (max(1, round(share * size)) for share in shares)
    place = np.empty(size, dtype=np.int64)
    place[np.argsort(-before, kind="stable")] = np.arange(size)
    group = np.column_stack([place < best, place >= size - worst])
    part, whole = np.where(group, after[:, None], 0.0), np.where(group, before[:, None], 0.0)
    made = whole.sum(axis=0)
    sure = [total_differs_from_zero(before[one], confidence=confidence) for one in group.T]
    known = np.array([made[0] > 0, made[1] < 0]) & sure
    chosen = (np.bincount(rng.integers(0, size, size), minlength=size).astype(np.float64) for _ in range(draws))
    low, high = ratio_ends(part, whole, np.ones(size), chosen, confidence=confidence)
    estimate = np.divide(part.sum(axis=0), made, out=np.full(2, np.nan), where=known)
    low, high = (np.where(known, end, np.nan) for end in (low, high))
    return pd.DataFrame({"estimate": estimate, "low": low, "high": high}, index=["best", "worst"])


def losses_again(before: BoolArray, after: BoolArray, *, confidence: float = 0.95) -> LossesAgain:
    """Compare the share at a loss among those who were at a loss before with that among the others.

    Parameters
    ----------
    before, after : array of bool, shape (customers,)
        At a loss in the earlier and in the later span.
    confidence : float
        Coverage of the interval.

    References
    ----------
    Newcombe (1998), "Interval estimation for the difference between independent proportions", Statistics in Medicine
    17, 873-890, method 10.

    Examples
    --------
    >>> before, after = np.repeat([True, False], [40, 60]), np.repeat([True, False], [30, 70])
    >>> found = losses_again(before, after)
    >>> found.again, found.newly, found.low > 0.5
    (0.75, 0.0, True)
    """
    losers, others = int(before.sum()), int((~before).sum())
    came_back, new = int((before & after).sum()), int((~before & after).sum())
    if not losers or not others:
        shares = [new / others if others else np.nan, came_back / losers if losers else np.nan]
        return LossesAgain(len(before), losers, shares[1], shares[0], np.nan, np.nan, np.nan)
    low, high = confint_proportions_2indep(came_back, losers, new, others, method="newcomb", alpha=1 - confidence)
    again, newly = came_back / losers, new / others
    return LossesAgain(len(before), losers, again, newly, again - newly, float(low), float(high))
