"""How loyal each customer is, over all categories: a polarisation of the customer's own, shrunk towards the others'."""

from typing import Self

import numpy as np
import pandas as pd
from scipy.special import gammaln
from sklearn.base import BaseEstimator

from helpers.core.arrays import FloatArray, IntArray
from helpers.core.checks import require_columns
from helpers.core.errors import Fault, InputError
from helpers.core.fits import NoFitError
from helpers.core.results import significant
from helpers.differentiation.loyalty.dirichlet import add_up, market_shares

GRID = np.r_[0.0, np.linspace(0.02, 0.98, 49)]
"""Polarisations a customer may have."""


class LoyaltyMixture(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Polarisation per customer, with the distribution over customers left free.

    In each category a customer's shares are drawn around the market shares with the customer's own polarisation, the
    same in all categories. How polarisations are spread over customers is estimated by maximum likelihood on a grid
    (EM); what is known of one customer is the mean of the polarisations that the purchases leave likely.

    Parameters
    ----------
    max_iter : int
        Highest number of EM steps. Few keep the spread smooth: carried on to the end, it gathers on a few points, and
        what is said of single customers becomes too sure, for next to no gain in likelihood.
    tol : float
        The search ends when no weight moves by more.

    Attributes
    ----------
    weights_ : Series
        Share of customers by polarisation.
    customers_ : DataFrame
        Indexed by customer_id: purchases, raw_share (of the favourites, the purchases of all categories together),
        loyalty (expected polarisation), loyalty_low, loyalty_high (ends of the nine tenths of what is likely).
    mean_ : float
        Mean polarisation of customers.
    log_likelihood_, log_likelihood_random_ : float
        With these weights, and with all customers choosing like the market.
    n_iter_ : int
        EM steps taken.

    Source
    ------
    Laird (1978), "Nonparametric maximum likelihood estimation of a mixing distribution", Journal of the American
    Statistical Association 73, 805-811; the likelihood within a customer is the Dirichlet-multinomial.

    Examples
    --------
    >>> bought = {"customer_id": [1, 2, 2], "category": "tea", "brand": ["A", "A", "B"], "purchases": [9, 5, 4]}
    >>> LoyaltyMixture().fit(pd.DataFrame(bought)).customers_["loyalty"].rank().tolist()
    [2.0, 1.0]
    """

    def __init__(self, max_iter: int = 50, tol: float = 1e-6) -> None:
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002  # as scikit-learn calls it
        """Fit to purchases: customer_id, category, brand, purchases."""
        if not isinstance(X, pd.DataFrame):
            raise InputError(
                Fault(
                    f"the purchases are a {type(X).__name__}",
                    "X",
                    "a data frame, a row per brand",
                    remedy="pass a data frame with one row per brand",
                )
            )
        require_columns(X.columns, ("customer_id", "category", "brand", "purchases"), where="X")
        cells = add_up(X)
        if cells.empty:
            raise InputError(Fault("nothing was bought", "X", "purchases above zero", "count the purchases anew"))
        names, who, log_likelihood = _by_customer(cells)
        top = log_likelihood.max(axis=1, keepdims=True)
        likelihood = np.exp(log_likelihood - top)
        weights = np.full(len(GRID), 1 / len(GRID))
        steps = 0
        moving = True
        while moving and steps < self.max_iter:
            likely = likelihood * weights
            moved = (likely / likely.sum(axis=1, keepdims=True)).mean(axis=0)
            moving = bool(np.abs(moved - weights).max() > self.tol)
            weights, steps = moved, steps + 1
        likely = likelihood * weights
        self.n_iter_ = steps
        self.log_likelihood_ = float((np.log(likely.sum(axis=1)) + top[:, 0]).sum())
        self.log_likelihood_random_ = float(log_likelihood[:, 0].sum())
        self.weights_ = pd.Series(weights, index=pd.Index(GRID, name="polarisation"), name="share")
        self.mean_ = float(weights @ GRID)
        self.customers_ = _customers(cells, names, who, likely / likely.sum(axis=1, keepdims=True))
        self.n_features_in_ = X.shape[1]
        return self

    def summary(self) -> pd.DataFrame:
        """Return the spread of polarisations over customers and the log-likelihoods, rounded."""
        if not hasattr(self, "weights_"):
            raise NoFitError(Fault("this LoyaltyMixture has not been fitted", remedy="call fit first"))
        below = self.weights_.cumsum()
        middle = {
            f"{part:.0%} of customers below": GRID[int(np.searchsorted(below, part))] for part in (0.25, 0.5, 0.75)
        }
        rows = {
            "mean polarisation": self.mean_,
            **middle,
            "log-likelihood": self.log_likelihood_,
            "log-likelihood at random": self.log_likelihood_random_,
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=["estimate"]).map(significant)


def _by_customer(cells: pd.DataFrame) -> tuple[pd.Index, IntArray, FloatArray]:
    """Return the customers, whose each cell is, and the log-likelihood of every customer at every polarisation."""
    who, names = pd.factorize(cells["customer_id"], sort=True)
    share = market_shares(cells).reindex(pd.MultiIndex.from_frame(cells[["category", "brand"]])).to_numpy()
    bought = cells["purchases"].to_numpy(dtype=np.float64)
    of_category = cells.groupby(["customer_id", "category"], sort=True)["purchases"].sum()
    whole, whose = of_category.to_numpy(dtype=np.float64), names.get_indexer(of_category.index.get_level_values(0))
    found = np.empty((len(names), len(GRID)))
    found[:, 0] = np.bincount(who, weights=bought * np.log(share), minlength=len(names))
    for place, polarisation in enumerate(GRID[1:], start=1):
        strength = 1 / polarisation - 1
        own = gammaln(strength * share + bought) - gammaln(strength * share)
        total = gammaln(strength + whole) - gammaln(strength)
        found[:, place] = np.bincount(who, own, len(names)) - np.bincount(whose, total, len(names))
    return names, who.astype(np.int64), found


def _customers(cells: pd.DataFrame, names: pd.Index, who: IntArray, likely: FloatArray) -> pd.DataFrame:
    below = likely.cumsum(axis=1)
    low, high = (GRID[(below < part).sum(axis=1).clip(max=len(GRID) - 1)] for part in (0.05, 0.95))
    favourites = cells.groupby(["customer_id", "category"])["purchases"].max().groupby(level="customer_id").sum()
    total = np.bincount(who, weights=cells["purchases"], minlength=len(names))
    table = {
        "purchases": total.astype(np.int64),
        "raw_share": favourites.reindex(names).to_numpy() / total,
        "loyalty": likely @ GRID,
        "loyalty_low": low,
        "loyalty_high": high,
    }
    return pd.DataFrame(table, index=names.rename("customer_id"))
