"""What follows what: repeat rates, the matrix of switches, deals behind them, and the duplication of purchase."""

from typing import Any

import numpy as np
import pandas as pd

from helpers.core.intervals import Interval, ratio_ends
from helpers.differentiation.loyalty.dirichlet import market_shares

OTHERS = "others"


def compare_repeats(steps: pd.DataFrame, counts: pd.DataFrame, polarisation: "pd.Series[float]") -> pd.DataFrame:
    """Hold the share of repeats in each category against random purchase and against lasting tastes.

    Parameters
    ----------
    steps : DataFrame
        From `follow_choices`.
    counts : DataFrame
        customer_id, category, brand, purchases.
    polarisation : Series
        φ by category.

    Returns
    -------
    DataFrame
        Indexed by category, most steps first: steps, repeat_rate, repeat_rate_random (Σp², all choose like the
        market), repeat_rate_expected (φ + (1 - φ)Σp², tastes that differ and do not change).
    """
    same = steps["previous"] == steps["brand"]
    times = steps["times"].groupby(steps["category"]).sum()
    repeated = steps["times"].where(same, 0).groupby(steps["category"]).sum()
    random = (market_shares(counts) ** 2).groupby(level="category").sum().reindex(times.index)
    own = polarisation.reindex(times.index)
    table = pd.DataFrame(
        {
            "steps": times,
            "repeat_rate": repeated / times,
            "repeat_rate_random": random,
            "repeat_rate_expected": own + (1 - own) * random,
        }
    )
    return table.rename_axis("category").sort_values("steps", ascending=False, kind="stable")


def repeat_by_brand(
    steps: pd.DataFrame,
    shares: "pd.Series[float]",
    rng: np.random.Generator,
    *,
    draws: int = 999,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return each brand's repeat rate in one category, with an interval over customers.

    Parameters
    ----------
    steps : DataFrame
        Of one category, from `follow_choices`.
    shares : Series
        Market share by brand: the repeat rate of random purchase.
    rng : Generator
        For the resamples of customers.
    draws : int
        Resamples.
    confidence : float
        Coverage.

    Returns
    -------
    DataFrame
        Indexed by brand, largest first: share, steps, repeat_rate, low, high; missing where the brand has no step.
    """
    brands = list(shares.sort_values(ascending=False, kind="stable").index)
    of_brand = steps["previous"].where(steps["previous"].isin(brands))
    whole = _spread(steps, of_brand, steps["times"], brands)
    same = steps["times"].where(steps["previous"] == steps["brand"], 0)
    part = _spread(steps, of_brand, same, brands)
    size = np.ones(len(whole))
    counted = (rng.multinomial(len(whole), size / len(whole)).astype(np.float64) for _ in range(draws))
    low, high = ratio_ends(part, whole, size, counted, confidence=confidence)
    total = whole.sum(axis=0)
    rate = np.divide(part.sum(axis=0), total, out=np.full(len(brands), np.nan), where=total > 0)
    table = {"share": shares.reindex(brands).to_numpy(), "steps": total.astype(int), "repeat_rate": rate}
    table |= {"low": np.clip(low, 0, 1), "high": np.clip(high, 0, 1)}
    return pd.DataFrame(table, index=pd.Index(brands, name="brand"))


def _spread(steps: pd.DataFrame, column: "pd.Series[Any]", values: "pd.Series[Any]", brands: list[Any]) -> Any:
    cells = pd.DataFrame({"customer_id": steps["customer_id"], "brand": column, "value": values})
    table = cells.pivot_table(index="customer_id", columns="brand", values="value", aggfunc="sum", fill_value=0)
    return table.reindex(columns=brands, fill_value=0).to_numpy(dtype=np.float64)


def switching_matrix(steps: pd.DataFrame, *, brands_shown: int = 6) -> pd.DataFrame:
    """Return, of the purchases after one of each brand, the share that was of each brand.

    Parameters
    ----------
    steps : DataFrame
        Of one category, from `follow_choices`.
    brands_shown : int
        Brands bought most that have a row of their own; the rest together are `OTHERS`, in which going from one to
        another counts as staying among them.

    Returns
    -------
    DataFrame
        From brand (rows) to brand (columns), rows add up to one.
    """
    bought = steps.groupby("brand")["times"].sum().sort_values(ascending=False, kind="stable")
    shown = list(bought.index[:brands_shown])
    named = {end: steps[end].where(steps[end].isin(shown), OTHERS) for end in ("previous", "brand")}
    cells = steps[["times"]].assign(**named)
    table = cells.pivot_table(index="previous", columns="brand", values="times", aggfunc="sum", fill_value=0)
    order = [name for name in [*shown, OTHERS] if name in table.index or name in table.columns]
    table = table.reindex(index=order, columns=order, fill_value=0)
    shares: pd.DataFrame = table.div(table.sum(axis=1).where(lambda total: total > 0), axis=0)
    return shares


def deals_behind(
    steps: pd.DataFrame, rng: np.random.Generator, *, draws: int = 999, confidence: float = 0.95
) -> tuple[Interval, Interval, Interval]:
    """Compare how often a switch and a repeat were made on a deal.

    What the shelf offered besides is not seen here: the difference says that deals and switches go together, not what
    a price cut would bring.

    Parameters
    ----------
    steps : DataFrame
        From `follow_choices`, with known deals.
    rng : Generator
        For the resamples of customers.
    draws : int
        Resamples.
    confidence : float
        Coverage.

    Returns
    -------
    (Interval, Interval, Interval)
        Share of switches on a deal, share of repeats on a deal, and the difference of the two.
    """
    same = steps["previous"] == steps["brand"]
    sums = pd.DataFrame(
        {
            "switch_deals": steps["deals"].where(~same, 0),
            "switches": steps["times"].where(~same, 0),
            "repeat_deals": steps["deals"].where(same, 0),
            "repeats": steps["times"].where(same, 0),
        }
    )
    values = sums.groupby(steps["customer_id"]).sum().to_numpy(dtype=np.float64)
    size = np.ones(len(values))
    resamples = [rng.multinomial(len(values), size / len(values)).astype(np.float64) for _ in range(draws)]
    part, whole = values[:, [0, 2]], values[:, [1, 3]]
    total, of_all = part.sum(axis=0), whole.sum(axis=0)
    rate = np.divide(total, of_all, out=np.full(2, np.nan), where=of_all > 0)
    low, high = ratio_ends(part, whole, size, resamples, confidence=confidence)
    drawn = np.array([weight @ values for weight in resamples])
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = drawn[:, 0] / drawn[:, 1] - drawn[:, 2] / drawn[:, 3]
    ends = (
        np.quantile(apart, [(1 - confidence) / 2, (1 + confidence) / 2]) if np.isfinite(apart).all() else [np.nan] * 2
    )
    method = "bootstrap over customers"
    switch, repeat = (
        Interval(float(rate[at]), max(float(low[at]), 0.0), min(float(high[at]), 1.0), confidence, method)
        for at in (0, 1)
    )
    return switch, repeat, Interval(float(rate[0] - rate[1]), float(ends[0]), float(ends[1]), confidence, method)


def duplicate_purchase(bought: pd.DataFrame, *, brands_shown: int = 8) -> tuple[pd.DataFrame, float]:
    """Return the duplication of purchase: of the buyers of one brand, the share that bought another too.

    Under the law of duplication of purchase that share is D times the share of all buyers who bought the other brand.

    Parameters
    ----------
    bought : DataFrame
        Purchases of one category, customers in rows and brands in columns.
    brands_shown : int
        Brands with most buyers that are compared.

    Returns
    -------
    (DataFrame, float)
        Pairs: brand, other, duplication, penetration (of the other), expected (D times it); and the coefficient D,
        missing with fewer than two brands.

    Source
    ------
    Goodhardt and Ehrenberg (1969), "Duplication of viewing between and within channels", Journal of Marketing Research
    6, 169-178; Ehrenberg (1988), Repeat-Buying.
    """
    has = bought.to_numpy() > 0
    order = np.argsort(-has.sum(axis=0), kind="stable")[:brands_shown]
    has, names = has[has.any(axis=1)][:, order].astype(np.float64), bought.columns[order]
    buyers, both = has.sum(axis=0), has.T @ has
    rows = [
        (names[one], names[other], both[one, other] / buyers[one], buyers[other] / len(has))
        for one in range(len(names))
        for other in range(len(names))
        if one != other and buyers[one]
    ]
    pairs = pd.DataFrame(rows, columns=["brand", "other", "duplication", "penetration"])
    coefficient = float(pairs["duplication"].sum() / pairs["penetration"].sum()) if len(pairs) else float("nan")
    return pairs.assign(expected=coefficient * pairs["penetration"]), coefficient
