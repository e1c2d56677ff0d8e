"""How well loyalty is found, where somebody knows the truth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.core.intervals import Interval, clustered_share
from helpers.differentiation.loyalty.adopters import rank_correlation


@dataclass(frozen=True)
class LoyaltyScore:
    """Estimated loyalty against the true one.

    Parameters
    ----------
    customers : int
        Customers with purchases whose truth is known.
    correlation : Interval
        Spearman correlation of the estimated with the true loyalty.
    naive_correlation : Interval
        The same of the raw share of the favourites.
    gain : Interval
        Difference of the two over resamples of the customers.
    """

    customers: int
    correlation: Interval
    naive_correlation: Interval
    gain: Interval


@dataclass(frozen=True)
class FavouriteScore:
    """Favourites found against the true ones, in customers and categories that were judged.

    Parameters
    ----------
    pairs : int
        Customers times categories.
    found : Interval
        Share in which the favourite is the true one.
    leader : Interval
        Share in which the market leader is.
    found_of_loyal : Interval
        Share found among those called loyal.
    """

    pairs: int
    found: Interval
    leader: Interval
    found_of_loyal: Interval


def score_loyalty(
    customers: pd.DataFrame,
    known: pd.DataFrame,
    rng: np.random.Generator,
    *,
    draws: int = 999,
    confidence: float = 0.95,
) -> LoyaltyScore:
    """Compare the estimated order of customers by loyalty with the true one, and with that by raw shares.

    Parameters
    ----------
    customers : DataFrame
        `LoyaltyMixture.customers_`: indexed by customer_id, loyalty and raw_share.
    known : DataFrame
        customer_id, brand_loyalty.
    rng : Generator
        For the resamples behind the difference.
    draws : int
        Resamples.
    confidence : float
        Coverage.

    Returns
    -------
    LoyaltyScore
        Both correlations, and their difference.

    Raises
    ------
    InputError
        When a truth is missing or given twice, or fewer than four customers are known.
    """
    require_columns(known.columns, ("customer_id", "brand_loyalty"), where="known_loyalty")
    wrong = known["customer_id"].duplicated() | ~np.isfinite(known["brand_loyalty"])
    if wrong.any():
        bad = known.loc[wrong, "customer_id"].tolist()
        what = f"no loyalty, or a second one, in {counted(len(bad), 'row')} (by customer): {some_of(bad)}"
        raise InputError(
            Fault(what, "known_loyalty", "one number per customer", "give one for each of these customers")
        )
    both = customers.join(known.set_index("customer_id")["brand_loyalty"], how="inner").sort_index()
    if len(both) < 4:
        what = f"the truth is known of {counted(len(both), 'customer')} with purchases"
        raise InputError(Fault(what, "known_loyalty", "four or more", "use the customer numbers of the purchases"))
    ranks = both[["loyalty", "raw_share", "brand_loyalty"]]
    apart = []
    for _ in range(draws):
        drawn = ranks.iloc[rng.integers(0, len(ranks), len(ranks))].rank().to_numpy()
        with np.errstate(invalid="ignore", divide="ignore"):
            table = np.corrcoef(drawn, rowvar=False)
        apart.append(table[0, 2] - table[1, 2])
    ends = np.quantile(apart, [(1 - confidence) / 2, (1 + confidence) / 2])
    own, naive = (
        rank_correlation(both[name], both["brand_loyalty"], confidence=confidence) for name in ("loyalty", "raw_share")
    )
    gain = Interval(
        own.estimate - naive.estimate, float(ends[0]), float(ends[1]), confidence, "bootstrap over customers"
    )
    return LoyaltyScore(len(both), own, naive, gain)


def score_favourites(
    judged: pd.DataFrame, leaders: "pd.Series[str]", known: pd.DataFrame, *, confidence: float = 0.95
) -> FavouriteScore:
    """Compare the favourites found with the true ones, and with the market leader as everybody's favourite.

    Parameters
    ----------
    judged : DataFrame
        From `judge_customers`.
    leaders : Series
        Brand bought most, by category.
    known : DataFrame
        customer_id, category, brand.
    confidence : float
        Coverage.

    Returns
    -------
    FavouriteScore
        Shares with intervals over customers.

    Raises
    ------
    InputError
        When no truth matches a customer and category judged.
    """
    require_columns(known.columns, ("customer_id", "category", "brand"), where="known_favourites")
    true = known.astype({"category": str, "brand": str})
    both = judged.merge(true, on=["customer_id", "category"], how="inner")
    if both.empty:
        what = "no true favourite of a customer and category that was judged"
        raise InputError(Fault(what, "known_favourites", remedy="use the names of categories of the products"))
    right, led = both["favourite"] == both["brand"], both["category"].map(leaders) == both["brand"]
    loyal = (both["loyalty"] == "loyal").to_numpy()
    found, leader, of_loyal = (
        clustered_share(flags.to_numpy()[rows], both["customer_id"][rows], confidence=confidence)
        for flags, rows in ((right, slice(None)), (led, slice(None)), (right, loyal))
    )
    return FavouriteScore(len(both), found, leader, of_loyal)
