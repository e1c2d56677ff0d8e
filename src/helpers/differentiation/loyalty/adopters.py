"""Early adopters: who takes up new products before most others do, again and again."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from helpers.core.any_engine import number_of, ratio_of
from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError, counted
from helpers.core.intervals import Interval
from helpers.core.returns import purchase_lines

EARLY_SHARE = 0.16
"""Innovators and early adopters together, after Rogers."""
LEAST_BUYERS = 25
NEW_AFTER_DAYS = 90
LEAST_IN_HALF = 3
LEAST_PRODUCTS = 5
"""Fewer new products say nothing about customers."""
_BY = ("product_id", "customer_id")


@dataclass(frozen=True)
class EarlyAdopters:
    """Customers by how early they take up new products.

    Parameters
    ----------
    new_products : int
        Products that came new and found enough buyers.
    customers : DataFrame
        Indexed by customer_id: adoptions (new products bought), early (of these, among the first buyers), early_share
        (shrunk towards the mean), p_value (so many early ones by chance, or more), early_adopter.
    early_share : float
        Share of adoptions that were early.
    halves : Interval
        Rank correlation of the early share in one half of the new products with that in the other: above zero where
        being early is a trait of customers; the interval by Fisher's transformation. Missing with too few customers.
    habit : float
        Rank correlation of the early share with the number of orders: how far being early is only shopping often.
    """

    new_products: int
    customers: pd.DataFrame
    early_share: float
    halves: Interval
    habit: float


def find_early_adopters(
    transactions: ir.Table,
    as_of: date,
    *,
    new_after_days: int = NEW_AFTER_DAYS,
    early_share: float = EARLY_SHARE,
    least_buyers: int = LEAST_BUYERS,
    false_share: float = 0.05,
    confidence: float = 0.95,
) -> EarlyAdopters:
    """Find the customers who are among the first buyers of new products more often than chance makes them.

    A product is new when its first sale on record lies at least `new_after_days` after the first of all sales. A buyer
    is early by the mid-rank of the day of the first purchase among all buyers until `as_of`; buyers of one day share
    their rank. Of the customers named, false alarms are held to `false_share` (Benjamini and Hochberg).

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions with product_id.
    as_of : date
        Nothing on or after it is used.
    new_after_days, least_buyers : int
        What makes a product new, and with how many buyers it is looked at.
    early_share : float
        Share of the buyers of a product that are early.
    false_share : float
        Share of false alarms among those named.
    confidence : float
        Coverage of the interval of the correlation.

    Returns
    -------
    EarlyAdopters
        Customers with a new product, and whether being early is a trait.

    Raises
    ------
    InputError
        When too few products came new and found enough buyers.

    References
    ----------
    Rogers (1962), Diffusion of Innovations, for the share; Benjamini and Hochberg (1995), Journal of the Royal
    Statistical Society B 57.
    """
    require_columns(transactions.columns, ("order_id", "product_id"), where="transactions")
    lines = purchase_lines(transactions, as_of)
    lines = lines.filter(lines["amount"] > 0, lines["product_id"].notnull())  # noqa: PD004
    first = lines.group_by(*_BY).agg(day=lines["time"].min().date())
    begin = first["day"].min().to_pyarrow().as_py()
    launched = (begin + timedelta(days=new_after_days)) if begin else as_of
    table = _adoptions(first, launched, early_share, least_buyers).to_pyarrow().to_pandas()
    new = 0 if table.empty else int(table["products"].max())
    if new < LEAST_PRODUCTS:
        raise InputError(
            Fault(
                f"{counted(new, 'product')} came new and found enough buyers",
                allowed=f"{LEAST_PRODUCTS} or more, first sold {new_after_days} days after the data begin, with "
                f"{least_buyers} buyers or more",
                remedy="take a longer history",
            )
        )
    orders = lines.group_by("customer_id").agg(orders=lines["order_id"].nunique()).to_pyarrow().to_pandas()
    return _judge(table.sort_values("customer_id").set_index("customer_id"), orders, false_share, confidence)


def _adoptions(first: ir.Table, launched: date, early_share: float, least_buyers: int) -> ir.Table:
    """Count per customer the new products bought, and those bought early, in either half of the products."""
    launches = first.group_by("product_id").agg(launch=first["day"].min(), buyers=first.count())
    is_new = launches["launch"] >= ibis.date(launched.isoformat())
    launches = launches.filter(is_new & (launches["buyers"] >= least_buyers)).drop("launch")
    new = first.inner_join(launches, "product_id")
    new = new.mutate(
        below=ibis.rank().over(ibis.window(group_by="product_id", order_by="day")),
        equal=new.count().over(ibis.window(group_by=["product_id", "day"])),
    )
    middle = new["below"] + ratio_of(new["equal"], 2)
    new = new.mutate(early=number_of(middle <= early_share * new["buyers"]))
    place = ibis.dense_rank().over(ibis.window(order_by="product_id"))
    new = new.mutate(half=place % 2, place=place)
    new = new.mutate(products=new["place"].max().over(ibis.window()) + 1)  # places count from 0
    return new.group_by("customer_id").agg(
        adoptions=new.count(),
        early=new["early"].sum(),
        adoptions_first=(new["half"] == 0).sum(),
        early_first=(new["half"] == 0).ifelse(new["early"], 0).sum(),
        products=new["products"].max(),
    )


def _judge(table: pd.DataFrame, orders: pd.DataFrame, false_share: float, confidence: float) -> EarlyAdopters:
    mean = float(table["early"].sum() / table["adoptions"].sum())
    p_value = stats.binom.sf(table["early"] - 1, table["adoptions"], mean)
    adjusted = stats.false_discovery_control(p_value) if mean > 0 else np.ones(len(table))
    weight = _strength(table["early"], table["adoptions"], mean)
    customers = pd.DataFrame(
        {
            "adoptions": table["adoptions"],
            "early": table["early"],
            "early_share": (table["early"] + weight * mean) / (table["adoptions"] + weight),
            "p_value": p_value,
            "early_adopter": adjusted <= false_share,
        }
    )
    second = table["adoptions"] - table["adoptions_first"], table["early"] - table["early_first"]
    both = (table["adoptions_first"] >= LEAST_IN_HALF) & (second[0] >= LEAST_IN_HALF)
    halves = _correlation(
        (table["early_first"] / table["adoptions_first"])[both], (second[1] / second[0])[both], confidence
    )
    often = orders.set_index("customer_id")["orders"].reindex(table.index)
    raw = table["early"] / table["adoptions"]
    habit = _correlation(raw[both], often[both], confidence).estimate
    return EarlyAdopters(int(table["products"].max()), customers, mean, halves, habit)


def _strength(early: "pd.Series[int]", adoptions: "pd.Series[int]", mean: float) -> float:
    """Return how many adoptions at the mean a customer's own are weighed against, by moments of the beta-binomial."""
    spread = float((((early - mean * adoptions) ** 2) - adoptions * mean * (1 - mean)).sum())
    chance = float((adoptions * (adoptions - 1)).sum()) * mean * (1 - mean)
    own = spread / chance if chance > 0 else 0.0
    return 1 / min(max(own, 1e-6), 1.0) - 1 if own < 1 else 0.0


def _correlation(one: "pd.Series[float]", other: "pd.Series[float]", confidence: float) -> Interval:
    if len(one) < 10 or one.nunique() < 2 or other.nunique() < 2:
        return Interval(np.nan, np.nan, np.nan, confidence, "too few customers")
    return rank_correlation(one.to_numpy(dtype=np.float64), other.to_numpy(dtype=np.float64), confidence=confidence)


def rank_correlation(one: Any, other: Any, *, confidence: float = 0.95) -> Interval:
    """Return Spearman's rank correlation with an interval by Fisher's transformation.

    References
    ----------
    Bonett and Wright (2000), "Sample size requirements for estimating Pearson, Kendall and Spearman correlations",
    Psychometrika 65, 23-28: variance (1 + r²/2) / (n - 3).

    Examples
    --------
    >>> found = rank_correlation([1, 2, 3, 4, 5, 6], [1, 2, 4, 3, 6, 5])
    >>> round(found.estimate, 3), found.low < found.estimate < found.high
    (0.886, True)
    """
    found = float(stats.spearmanr(one, other).statistic)
    many = len(np.asarray(one))
    if many <= 3 or not np.isfinite(found) or abs(found) >= 1:
        return Interval(found, np.nan, np.nan, confidence, "too few, or a perfect order")
    reach = float(stats.norm.ppf(0.5 + confidence / 2)) * np.sqrt((1 + found**2 / 2) / (many - 3))
    low, high = np.tanh(np.arctanh(found) + np.array([-reach, reach]))
    return Interval(found, float(low), float(high), confidence, "Fisher's transformation")
