"""Loyal, switching or not loyal: the class of a customer in a category, and over all categories."""

import numpy as np
import pandas as pd
from scipy.special import gammaln

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_columns, require_within
from helpers.differentiation.loyalty.dirichlet import TOP, add_up, market_shares

CLASSES: tuple[str, ...] = ("loyal", "switching", "not loyal")
"""Best first; "too few purchases" are not classed."""
LOYAL_SHARE = 0.6
LEAST_PURCHASES = 5


def judge_customers(
    counts: pd.DataFrame,
    polarisation: "pd.Series[float]",
    *,
    shares: "pd.Series[float] | None" = None,
    loyal_share: float = LOYAL_SHARE,
    least_purchases: int = LEAST_PURCHASES,
) -> pd.DataFrame:
    """Put each customer with enough purchases in a category into a class.

    A customer is *loyal* where own taste explains the purchases better than the market shares do, and the favourite is
    expected to take at least `loyal_share` of what comes next; *switching* where there is own taste but no such
    favourite; *not loyal* where the market shares explain the purchases as well. Random purchase at market shares thus
    makes nobody loyal, however large the leader. The favourite is the brand with the highest expected share; of equal
    ones the one with the larger market share, then the first by name.

    Parameters
    ----------
    counts : DataFrame
        customer_id, category, brand, purchases; amount where known.
    polarisation : Series
        φ by category, from `fit_categories`; a category without one is not judged.
    shares : Series, optional
        Market shares by (category, brand); those of `counts` where they are not given.
    loyal_share : float
        Between 0 and 1.
    least_purchases : int
        Fewer purchases in a category say too little.

    Returns
    -------
    DataFrame
        One row per customer and category judged, sorted: customer_id, category, purchases, amount (where known),
        favourite, favourite_share (of the purchases made), expected_share (of those to come), own_taste (log of how
        much likelier own taste makes the purchases than the market shares do), loyalty.

    References
    ----------
    Shrunk shares and the Bayes factor are those of the Dirichlet-multinomial, see
    `helpers.differentiation.loyalty.dirichlet`; the three classes are ours.

    Examples
    --------
    >>> bought = {"customer_id": [1, 2, 2], "category": "tea", "brand": ["A", "A", "B"], "purchases": [9, 5, 4]}
    >>> judge_customers(pd.DataFrame(bought), pd.Series({"tea": 0.4}))["loyalty"].tolist()
    ['loyal', 'not loyal']
    """
    require_columns(counts.columns, ("customer_id", "category", "brand", "purchases"), where="counts")
    require_within({"loyal_share": loyal_share}, low=0, high=1, low_open=True)
    cells = add_up(counts)
    shares = market_shares(cells) if shares is None else shares
    cells = cells.assign(
        share=shares.reindex(pd.MultiIndex.from_frame(cells[["category", "brand"]])).to_numpy(),
        polarisation=cells["category"].map(polarisation).to_numpy(dtype=np.float64),
    )
    cells["total"] = cells.groupby(["customer_id", "category"])["purchases"].transform("sum")
    cells = cells[(cells["total"] >= least_purchases) & cells["polarisation"].notna()]
    return _judged(cells, loyal_share)


def _judged(cells: pd.DataFrame, loyal_share: float) -> pd.DataFrame:
    by = ["customer_id", "category"]
    cells = cells.assign(
        expected_share=expected_shares(cells),
        gain=_log_own(cells) - cells["purchases"] * np.log(cells["share"]),
    )
    order = [*by, "expected_share", "share", "brand"]
    best = cells.assign(expected_share=cells["expected_share"].round(12)).sort_values(
        order, ascending=[True, True, False, False, True]
    )
    best = best.drop_duplicates(by).set_index(by)
    total = cells.groupby(by)["total"].first()
    gain = cells.groupby(by)["gain"].sum() - _log_total(total, cells.groupby(by)["polarisation"].first())
    found = pd.DataFrame({"purchases": total.astype("int64")})
    if "amount" in cells:
        found["amount"] = cells.groupby(by)["amount"].sum(min_count=1)
    found["favourite"] = best["brand"]
    found["favourite_share"] = best["purchases"] / best["total"]
    found["expected_share"] = best["expected_share"]
    found["own_taste"] = gain
    taste = found["own_taste"] > 1e-9
    loyal = taste & (found["expected_share"] >= loyal_share)
    classes = np.select([loyal, taste], ["loyal", "switching"], "not loyal")
    found["loyalty"] = pd.Categorical(classes, categories=CLASSES)
    return found.reset_index()


def expected_shares(cells: pd.DataFrame) -> "pd.Series[float]":
    """Return the share of each cell's brand in what the customer will buy: φn + (1 - φ)p over φN + 1 - φ.

    Parameters
    ----------
    cells : DataFrame
        purchases, total (of the customer in the category), share (of the market), polarisation.
    """
    own, rest = cells["polarisation"], 1 - cells["polarisation"]
    return (own * cells["purchases"] + rest * cells["share"]) / (own * cells["total"] + rest)


def _log_own(cells: pd.DataFrame) -> FloatArray:
    """Return log Γ(Sp + n) - log Γ(Sp) less n log S: what a brand adds to the likelihood, also at infinite S."""
    share, bought, at = (np.asarray(cells[name], dtype=np.float64) for name in ("share", "purchases", "polarisation"))
    return _rising(share, bought, at)


def _log_total(total: "pd.Series[float]", polarisation: "pd.Series[float]") -> FloatArray:
    of_all, at = (np.asarray(column, dtype=np.float64) for column in (total, polarisation))
    return _rising(np.ones(len(of_all)), of_all, at)


def _rising(share: FloatArray, bought: FloatArray, polarisation: FloatArray) -> FloatArray:
    """Return the sum over k below n of log((1 - φ)p + φk) less n log(1 - φ), by gamma functions."""
    at = np.clip(polarisation, 1e-12, TOP)
    strength = 1 / at - 1
    by_gamma = gammaln(strength * share + bought) - gammaln(strength * share) - bought * np.log(strength)
    found: FloatArray = np.where(polarisation < 1e-6, bought * np.log(share), by_gamma)
    return found


def class_customers(judged: pd.DataFrame) -> pd.DataFrame:
    """Return the class of each customer over all categories: the one that holds most of the purchases judged.

    Of equal ones, the less loyal.

    Parameters
    ----------
    judged : DataFrame
        From `judge_customers`.

    Returns
    -------
    DataFrame
        Indexed by customer_id: loyalty, categories_judged, and the share of the purchases judged in each class
        (loyal_share, switching_share, not_loyal_share).
    """
    held = judged.pivot_table(
        index="customer_id", columns="loyalty", values="purchases", aggfunc="sum", observed=False, fill_value=0
    )
    held = held.reindex(columns=list(CLASSES), fill_value=0)
    shares = held.div(held.sum(axis=1), axis=0)
    backwards = shares[list(CLASSES[::-1])]
    found = shares.set_axis([f"{name.replace(' ', '_')}_share" for name in CLASSES], axis=1)
    found.insert(0, "categories_judged", judged.groupby("customer_id").size())
    found.insert(0, "loyalty", backwards.idxmax(axis=1).astype(pd.CategoricalDtype(list(CLASSES))))
    return found


def count_classes(classed: pd.DataFrame, revenue: "pd.Series[float] | None" = None) -> pd.DataFrame:
    """Count customers per class, and their money where known.

    Parameters
    ----------
    classed : DataFrame
        From `class_customers`.
    revenue : Series, optional
        Money by customer_id; its index is all customers, and those not classed are a row of their own.

    Returns
    -------
    DataFrame
        Indexed by class: customers, customer_share (of those classed), revenue, revenue_share.
    """
    table = classed["loyalty"].value_counts().reindex(list(CLASSES), fill_value=0).to_frame("customers")
    table["customer_share"] = table["customers"] / max(len(classed), 1)
    if revenue is not None:
        money = revenue.reindex(classed.index).groupby(classed["loyalty"], observed=False).sum()
        table["revenue"] = money.reindex(list(CLASSES), fill_value=0.0)
        table["revenue_share"] = table["revenue"] / revenue.sum()
    return table.rename_axis("loyalty")
