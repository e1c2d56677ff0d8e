"""Do tastes foretell the next brand? Each customer's last occasion in a category, forecast from the ones before it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError
from helpers.core.intervals import Interval, ratio_ends
from helpers.differentiation.loyalty.classes import (
    CLASSES,
    LEAST_PURCHASES,
    LOYAL_SHARE,
    expected_shares,
    judge_customers,
)
from helpers.differentiation.loyalty.dirichlet import add_up, fit_categories, market_shares

NOT_JUDGED = "too few purchases"


@dataclass(frozen=True)
class ChoiceForecast:
    """How well the last choices were forecast, with market shares as the naive baseline.

    Parameters
    ----------
    choices, customers : int
        Choices on last occasions, and customers who made them.
    unseen : int
        Choices left out because their brand had not been bought by anybody before.
    gain : Interval
        Mean log of the probability that own tastes gave the choice over the one market shares gave it; above zero where
        own tastes forecast better.
    hit_share, market_hit_share, raw_hit_share : float
        Share of choices that were of the brand with the highest expected share, of the market leader, and of the brand
        the customer had bought most.
    hit_gain : Interval
        Hits by own tastes less hits by the market leader.
    impossible_share : float
        Share of choices of a brand the customer had never bought: raw shares give them no chance.
    by_class : DataFrame
        Indexed by class before the last occasion: choices, favourite_again, leader_hits, gain, gain_low, gain_high.
    """

    choices: int
    customers: int
    unseen: int
    gain: Interval
    hit_share: float
    market_hit_share: float
    raw_hit_share: float
    hit_gain: Interval
    impossible_share: float
    by_class: pd.DataFrame


def forecast_choices(
    counts: pd.DataFrame,
    rng: np.random.Generator,
    *,
    loyal_share: float = LOYAL_SHARE,
    least_purchases: int = LEAST_PURCHASES,
    draws: int = 999,
    confidence: float = 0.95,
) -> ChoiceForecast:
    """Forecast each customer's last occasion in each category from the ones before it.

    Polarisation, market shares and classes are learnt without the last occasions.

    Parameters
    ----------
    counts : DataFrame
        From `count_by_brand`: customer_id, category, brand, purchases, last_purchases.
    rng : Generator
        For the resamples of customers behind the intervals.
    loyal_share, least_purchases : float, int
        The rule of `judge_customers`.
    draws : int
        Resamples.
    confidence : float
        Coverage.

    Returns
    -------
    ChoiceForecast
        Scores of own tastes, market shares and raw shares.

    Raises
    ------
    InputError
        When fewer than two customers bought twice in a category.

    References
    ----------
    Good (1952), "Rational decisions", Journal of the Royal Statistical Society B 14, for the logarithmic score.
    """
    cells = add_up(counts)
    cells["purchases"] = cells["purchases"] - cells["last_purchases"]
    learnt = cells[cells["purchases"] > 0]
    if cells.loc[cells["last_purchases"] > 0, "customer_id"].nunique() < 2:
        what = "fewer than two customers bought in a category on two occasions"
        raise InputError(Fault(what, allowed="two such customers or more", remedy="take a longer history"))
    polarisation = fit_categories(learnt, confidence=confidence)["polarisation"].fillna(0.0)
    rows, unseen = _forecast(cells, learnt, polarisation)
    judged = judge_customers(learnt, polarisation, loyal_share=loyal_share, least_purchases=least_purchases)
    rows = rows.merge(judged[["customer_id", "category", "loyalty"]], on=["customer_id", "category"], how="left")
    rows["loyalty"] = rows["loyalty"].astype(object).fillna(NOT_JUDGED)
    return _score(rows, unseen, rng, draws, confidence)


def _forecast(cells: pd.DataFrame, learnt: pd.DataFrame, polarisation: "pd.Series[float]") -> tuple[pd.DataFrame, int]:
    """Return one row per customer, category and brand on a last occasion, with what each forecast gave it."""
    by = ["customer_id", "category"]
    share = market_shares(learnt)
    cells = cells.assign(
        share=share.reindex(pd.MultiIndex.from_frame(cells[["category", "brand"]])).to_numpy(),
        polarisation=cells["category"].map(polarisation).fillna(0.0),
        total=cells.groupby(by)["purchases"].transform("sum"),
    )
    cells["expected"] = expected_shares(cells)
    leader = share.reset_index(name="share").sort_values(
        ["category", "share", "brand"], ascending=[True, False, True], kind="stable"
    )
    leader = leader.drop_duplicates("category").set_index("category")
    last = cells[cells["last_purchases"] > 0]
    unseen = int(last.loc[last["share"].isna(), "last_purchases"].sum())
    last = last[last["share"].notna()]
    for name, column in (("favourite", "expected"), ("raw_favourite", "purchases")):
        own = cells[cells["purchases"] > 0]
        own = own.assign(value=own[column].round(12))
        own = own.sort_values([*by, "value", "share", "brand"], ascending=[True, True, False, False, True])
        own = own.drop_duplicates(by)[[*by, "brand", "expected"]]
        last = last.merge(own.rename(columns={"brand": name, "expected": f"{name}_expected"}), on=by, how="left")
    last = last.assign(leader=last["category"].map(leader["brand"]), leader_share=last["category"].map(leader["share"]))
    return last.assign(favourite=_expected_most(last)), unseen


def _expected_most(last: pd.DataFrame) -> "pd.Series[str]":
    """Return the brand with the highest expected share: the own favourite, or the leader where it is expected more."""
    own = last["polarisation"]
    of_leader = (1 - own) * last["leader_share"] / (own * last["total"] + 1 - own)
    found: pd.Series[str] = last["favourite"].where(last["favourite_expected"] >= of_leader, last["leader"])
    return found


def _score(rows: pd.DataFrame, unseen: int, rng: np.random.Generator, draws: int, confidence: float) -> ChoiceForecast:
    weight = rows["last_purchases"].to_numpy(dtype=np.float64)
    rows = rows.assign(
        weight=weight,
        gain=weight * (np.log(rows["expected"]) - np.log(rows["share"])),
        hit=weight * (rows["brand"] == rows["favourite"]),
        leader_hit=weight * (rows["brand"] == rows["leader"]),
        raw_hit=weight * (rows["brand"] == rows["raw_favourite"]),
        impossible=weight * (rows["purchases"] == 0),
    )
    rows["more_hits"] = rows["hit"] - rows["leader_hit"]
    total = weight.sum()
    shares = rows[["hit", "leader_hit", "raw_hit", "impossible"]].sum() / total
    by_class = []
    for name in (*CLASSES, NOT_JUDGED):
        own = rows[rows["loyalty"] == name]
        if len(own):
            gain = _mean(own, "gain", rng, draws, confidence)
            hits = own[["weight", "hit", "leader_hit"]].sum()
            again = {
                "favourite_again": hits["hit"] / hits["weight"],
                "leader_hits": hits["leader_hit"] / hits["weight"],
            }
            ends = {"gain": gain.estimate, "gain_low": gain.low, "gain_high": gain.high}
            by_class.append({"loyalty": name, "choices": int(hits["weight"]), **again, **ends})
    return ChoiceForecast(
        choices=int(total),
        customers=int(rows["customer_id"].nunique()),
        unseen=unseen,
        gain=_mean(rows, "gain", rng, draws, confidence),
        hit_share=float(shares["hit"]),
        market_hit_share=float(shares["leader_hit"]),
        raw_hit_share=float(shares["raw_hit"]),
        hit_gain=_mean(rows, "more_hits", rng, draws, confidence),
        impossible_share=float(shares["impossible"]),
        by_class=pd.DataFrame(by_class).set_index("loyalty"),
    )


def _mean(rows: pd.DataFrame, column: str, rng: np.random.Generator, draws: int, confidence: float) -> Interval:
    """Return the mean per choice with an interval over customers; without ends for fewer than two of them."""
    sums = rows.groupby("customer_id")[[column, "weight"]].sum().to_numpy(dtype=np.float64)
    mean = float(sums[:, 0].sum() / sums[:, 1].sum())
    if len(sums) < 2:
        return Interval(mean, np.nan, np.nan, confidence, "none: a single customer")
    size = np.ones(len(sums))
    drawn = (rng.multinomial(len(sums), size / len(sums)).astype(np.float64) for _ in range(draws))
    low, high = ratio_ends(sums[:, :1], sums[:, 1:], size, drawn, confidence=confidence)
    return Interval(mean, float(low[0]), float(high[0]), confidence, "bootstrap over customers")
