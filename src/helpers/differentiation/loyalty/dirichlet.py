"""Shares of brands that differ from customer to customer: the Dirichlet-multinomial, fitted per category.

Within a category the shares of one customer are drawn from a Dirichlet distribution whose means are the market shares p
and whose strength is S; purchases are then drawn from the customer's shares. The polarisation φ = 1 / (1 + S) is zero
where all customers choose like the market, and one where each buys one brand only.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, special, stats
from sklearn.base import BaseEstimator

from helpers.core.arrays import FloatArray
from helpers.core.checks import require_within
from helpers.core.errors import Fault, InputError, some_of
from helpers.core.fits import NoFitError
from helpers.core.results import significant

TOP = 1 - 1e-9
"""Highest polarisation that is fitted; shown as one."""
_STEPS = np.r_[0.0, np.linspace(0.005, 0.995, 100), TOP]


@dataclass(frozen=True)
class Polarisation:
    """The polarisation of one category with its likelihood interval.

    Parameters
    ----------
    estimate, low, high : float
        From 0 to 1; missing where no customer bought twice, which leaves it open.
    log_likelihood, log_likelihood_random : float
        Of the fit, and with all customers choosing like the market; without the number of orders of the purchases.
    """

    estimate: float
    low: float
    high: float
    log_likelihood: float
    log_likelihood_random: float

    @property
    def strength(self) -> float:
        """S of the Dirichlet distribution: infinite where all choose like the market."""
        return float(np.inf) if self.estimate == 0 else 1 / self.estimate - 1


@dataclass(frozen=True)
class _Levels:
    """How many customers bought a brand more than k times: all that the likelihood asks of the purchases."""

    share: FloatArray
    before: FloatArray
    customers: FloatArray
    total_before: FloatArray
    total_customers: FloatArray

    def log_likelihood(self, polarisation: float) -> float:
        own = np.log((1 - polarisation) * self.share + polarisation * self.before)
        total = np.log((1 - polarisation) + polarisation * self.total_before)
        return float(self.customers @ own - self.total_customers @ total)


def fit_polarisation(
    brand: npt.ArrayLike, purchases: npt.ArrayLike, totals: npt.ArrayLike, *, confidence: float = 0.95
) -> Polarisation:
    """Fit the polarisation of one category by maximum likelihood, at the market shares.

    Parameters
    ----------
    brand : array-like of int, shape (cells,)
        Number of the brand of each cell; a cell is one brand of one customer.
    purchases : array-like of int, shape (cells,)
        Purchases in each, 1 or more.
    totals : array-like of int, shape (customers,)
        Purchases of each customer in the category.
    confidence : float
        Coverage of the interval, from the likelihood ratio.

    Returns
    -------
    Polarisation
        Estimate, interval and log-likelihoods.

    Notes
    -----
    With R(b, k) customers who bought brand b more than k times, and R(k) who bought more than k times in all, the
    log-likelihood is Σ R(b, k) log((1 - φ) p(b) + φ k) - Σ R(k) log(1 - φ + φ k).

    Source
    ------
    Goodhardt, Ehrenberg and Chatfield (1984), "The Dirichlet: a comprehensive model of buying behaviour", Journal of
    the Royal Statistical Society A 147, 621-655; the sum over levels follows Minka (2000), Estimating a Dirichlet
    distribution. The polarisation index is that of Sabavala and Morrison (1977), Journal of Advertising Research 17.

    Examples
    --------
    >>> fit_polarisation([0, 1, 0, 1], [2, 2, 2, 2], [4, 4]).estimate
    0.0
    """
    require_within({"confidence": confidence}, low=0, high=1, low_open=True, high_open=True)
    levels = _levels(np.asarray(brand), np.asarray(purchases), np.asarray(totals))
    random = levels.log_likelihood(0.0)
    if not (levels.total_before > 0).any():
        return Polarisation(np.nan, np.nan, np.nan, random, random)
    found = np.array([levels.log_likelihood(step) for step in _STEPS])
    best = int(found.argmax())
    inside = _STEPS[max(best - 1, 0)], _STEPS[min(best + 1, len(_STEPS) - 1)]
    closer = optimize.minimize_scalar(
        lambda at: -levels.log_likelihood(at), bounds=inside, method="bounded", options={"xatol": 1e-9}
    )
    at, top = (float(closer.x), -float(closer.fun)) if -closer.fun > found[best] else (float(_STEPS[best]), found[best])
    least = float(top) - float(stats.chi2.ppf(confidence, 1)) / 2
    low, high = (_end(levels, at, end, least) for end in (0.0, TOP))
    return Polarisation(at, low, high, float(top), random)


def _levels(
    brand: npt.NDArray[np.generic], purchases: npt.NDArray[np.generic], totals: npt.NDArray[np.generic]
) -> _Levels:
    sold = np.bincount(brand.astype(np.int64), weights=purchases.astype(np.float64))
    share = sold / sold.sum()
    table = np.zeros((len(sold), int(purchases.max()) + 1))
    np.add.at(table, (brand.astype(np.int64), purchases.astype(np.int64)), 1.0)
    more_than = table[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    at_brand, before = np.nonzero(more_than)
    in_all = np.bincount(totals.astype(np.int64))[::-1].cumsum()[::-1][1:].astype(np.float64)
    return _Levels(
        share[at_brand],
        before.astype(np.float64),
        more_than[at_brand, before],
        np.arange(len(in_all), dtype=float),
        in_all,
    )


def _end(levels: _Levels, at: float, end: float, least: float) -> float:
    """Return where the log-likelihood falls below the least, between the estimate and an end of the scale."""
    if at == end or levels.log_likelihood(end) >= least:
        return 1.0 if end == TOP else end
    return float(optimize.brentq(lambda value: levels.log_likelihood(value) - least, at, end, xtol=1e-7))


def fit_categories(counts: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Fit the polarisation of every category.

    Parameters
    ----------
    counts : DataFrame
        customer_id, category, brand, purchases; several rows of one cell are added up.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        Indexed by category, the most bought first: brands, customers, purchases, leader (the brand bought most),
        leader_share, polarisation, polarisation_low, polarisation_high, log_likelihood, log_likelihood_random.
    """
    cells = add_up(counts)
    # Names are turned into numbers once: to do it category by category takes longer than to fit.
    (of_category, categories), (brand, brands) = (
        pd.factorize(cells[name], sort=True) for name in ("category", "brand")
    )
    customer, purchases = pd.factorize(cells["customer_id"])[0], cells["purchases"].to_numpy()
    order = np.argsort(of_category, kind="stable")
    rows = []
    for own in np.split(order, np.flatnonzero(np.diff(of_category[order])) + 1):
        names, number = np.unique(brand[own], return_inverse=True)
        totals = np.bincount(np.unique(customer[own], return_inverse=True)[1], weights=purchases[own])
        sold = np.bincount(number, weights=purchases[own])
        fit = fit_polarisation(number, purchases[own], totals, confidence=confidence)
        leader = int(sold.argmax())
        rows.append(
            {
                "category": categories[of_category[own[0]]],
                "brands": len(names),
                "customers": len(totals),
                "purchases": int(sold.sum()),
                "leader": brands[names[leader]],
                "leader_share": sold[leader] / sold.sum(),
                "polarisation": fit.estimate,
                "polarisation_low": fit.low,
                "polarisation_high": fit.high,
                "log_likelihood": fit.log_likelihood,
                "log_likelihood_random": fit.log_likelihood_random,
            }
        )
    table = pd.DataFrame(rows).sort_values(["purchases", "category"], ascending=[False, True])
    return table.set_index("category")


def add_up(counts: pd.DataFrame) -> pd.DataFrame:
    """Return one row per customer, category and brand with purchases, and money where known; empty cells left out."""
    measures = [name for name in ("purchases", "last_purchases", "amount") if name in counts]
    cells = counts.groupby(["customer_id", "category", "brand"], sort=True, observed=True)[measures].sum(min_count=1)
    return cells[cells["purchases"] > 0].reset_index()


def market_shares(cells: pd.DataFrame) -> "pd.Series[float]":
    """Return the share of each brand in its category's purchases, by (category, brand)."""
    sold = cells.groupby(["category", "brand"], sort=True)["purchases"].sum()
    return sold / sold.groupby(level="category").transform("sum")


class BrandDirichlet(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """The Dirichlet-multinomial of the brands of one category.

    Parameters
    ----------
    confidence : float
        Coverage of the interval of the polarisation.

    Attributes
    ----------
    shares_ : Series
        Market shares by brand.
    polarisation_ : Polarisation
        φ = 1 / (1 + S), with its interval and log-likelihoods.
    strength_ : float
        S: how many purchases at market shares a customer's own purchases are weighed against.
    n_customers_, n_purchases_ : int
        What the fit rests on.

    Source
    ------
    Goodhardt, Ehrenberg and Chatfield (1984), see `fit_polarisation`.

    Examples
    --------
    >>> bought = pd.DataFrame({"Own": [4, 0, 3, 1], "Other": [0, 5, 1, 3]}, index=["Ann", "Ben", "Cem", "Dot"])
    >>> model = BrandDirichlet().fit(bought)
    >>> model.predict(bought).round(2).loc["Ann"].to_dict()
    {'Own': 0.89, 'Other': 0.11}
    """

    def __init__(self, confidence: float = 0.95) -> None:
        self.confidence = confidence

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002  # as scikit-learn calls it
        """Fit to purchases, one row per customer and one column per brand."""
        bought = _checked(X)
        who, brand = np.nonzero(bought)
        sold = bought.sum(axis=0)
        if (sold > 0).sum() < 2:
            raise InputError(
                Fault("fewer than two brands were bought", "X", "two brands or more", "take a wider category")
            )
        self.shares_ = pd.Series(sold / sold.sum(), index=X.columns, name="share")
        totals = bought.sum(axis=1)
        self.polarisation_ = fit_polarisation(brand, bought[who, brand], totals[totals > 0], confidence=self.confidence)
        if np.isnan(self.polarisation_.estimate):
            raise InputError(
                Fault(
                    "no customer bought twice: whether tastes differ cannot be seen",
                    "X",
                    "customers with two purchases or more",
                    "take a longer history",
                )
            )
        self.strength_ = self.polarisation_.strength
        self.n_customers_, self.n_purchases_ = int((totals > 0).sum()), int(totals.sum())
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the shares that each customer's next purchases are expected to have: (S p + n) / (S + N)."""
        self._require_fit()
        bought, share = _checked(self._in_order(X)), self.shares_.to_numpy()
        if np.isinf(self.strength_):
            expected = np.broadcast_to(share, bought.shape)
        else:
            expected = (self.strength_ * share + bought) / (self.strength_ + bought.sum(axis=1, keepdims=True))
        return pd.DataFrame(expected, index=X.index, columns=self.shares_.index)

    def summary(self) -> pd.DataFrame:
        """Return parameters and log-likelihoods, rounded; the intervals have the confidence of the fit."""
        self._require_fit()
        fit = self.polarisation_
        ends = (1 / fit.high - 1 if fit.high else np.inf), (1 / fit.low - 1 if fit.low else np.inf)
        rows: dict[str, tuple[float, float, float]] = {
            "polarisation": (fit.estimate, fit.low, fit.high),
            "strength": (self.strength_, *ends),
            "log-likelihood": (fit.log_likelihood, np.nan, np.nan),
            "log-likelihood at random": (fit.log_likelihood_random, np.nan, np.nan),
        }
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "low", "high"])
        return table.map(significant)

    def compare_brands(self, X: pd.DataFrame) -> pd.DataFrame:
        """Hold what was bought of each brand against what the model and random purchase would give.

        Each customer keeps the number of purchases made in the category.

        Returns
        -------
        DataFrame
            One row per brand, largest first: share, buyers, buyers_expected, buyers_random, purchases_per_buyer,
            purchases_per_buyer_expected, sole_buyers (who bought no other brand, of those with two purchases or more),
            sole_buyers_expected, sole_buyers_random.
        """
        self._require_fit()
        bought = _checked(self._in_order(X))
        total = bought.sum(axis=1, keepdims=True)
        share = self.shares_.to_numpy()[None, :]
        again = (total >= 2).astype(np.float64)
        sums = {
            "share": share[0],
            "buyers": (bought > 0).sum(axis=0),
            "buyers_expected": (1 - self._none_of(1 - share, total)).sum(axis=0),
            "buyers_random": (1 - (1 - share) ** total).sum(axis=0),
            "purchases": bought.sum(axis=0),
            "sole_buyers": ((bought == total) & (total >= 2)).sum(axis=0),
            "sole_buyers_expected": (again * self._none_of(share, total)).sum(axis=0),
            "sole_buyers_random": (again * share**total).sum(axis=0),
        }
        table = pd.DataFrame(sums, index=self.shares_.index.rename("brand"))
        table["purchases_per_buyer"] = table["purchases"] / table["buyers"].where(table["buyers"] > 0)
        table["purchases_per_buyer_expected"] = table["purchases"] / table["buyers_expected"]
        order = ["share", "buyers", "buyers_expected", "buyers_random", "purchases_per_buyer"]
        order += ["purchases_per_buyer_expected", "sole_buyers", "sole_buyers_expected", "sole_buyers_random"]
        return table.sort_values("share", ascending=False, kind="stable")[order]

    def _none_of(self, others: FloatArray, total: FloatArray) -> FloatArray:
        """Return the chance that all purchases are of the others, whose share is given."""
        if np.isinf(self.strength_):
            found: FloatArray = others**total
            return found
        weight = np.maximum(self.strength_, 1e-9)
        own = special.betaln(weight * others + total, weight * (1 - others)) - special.betaln(
            weight * others, weight * (1 - others)
        )
        chance: FloatArray = np.exp(own)
        return chance

    def _in_order(self, X: object) -> object:
        """Return a table with its brands in the order of the fit; what is no table is refused later."""
        if not isinstance(X, pd.DataFrame):
            return X
        names, fitted = list(map(str, X.columns)), list(map(str, self.shares_.index))
        if sorted(names) != sorted(fitted):
            other = some_of(sorted(set(names) ^ set(fitted))) or "one twice"
            raise InputError(
                Fault(
                    f"other brands than those fitted: {other}",
                    "X",
                    "each brand of the fit once",
                    remedy="give each brand of the fit once",
                )
            )
        return X[list(self.shares_.index)]

    def _require_fit(self) -> None:
        if not hasattr(self, "polarisation_"):
            raise NoFitError(Fault("this BrandDirichlet has not been fitted", remedy="call fit first"))


def _checked(X: object) -> FloatArray:
    """Return the purchases as numbers, refusing what are none."""
    if not isinstance(X, pd.DataFrame):
        raise InputError(
            Fault(
                f"the purchases are a {type(X).__name__}",
                "X",
                "a data frame, a row per customer, brands by name",
                remedy="pass a data frame with one row per customer",
            )
        )
    words = [str(name) for name in X.columns if not pd.api.types.is_numeric_dtype(X[name])]
    if words:
        raise InputError(
            Fault(
                f"no numbers of purchases: columns {some_of(words)}",
                "X",
                "whole numbers of 0 or more",
                remedy="count purchases in whole numbers",
            )
        )
    bought = X.to_numpy(dtype=np.float64)
    wrong = ~np.isfinite(bought) | (bought < 0) | (bought != np.round(bought))
    if wrong.any() or not bought.sum() > 0:
        bad = some_of(bought[wrong].tolist()) if wrong.any() else "nothing was bought"
        raise InputError(
            Fault(f"no numbers of purchases: {bad}", "X", "whole numbers of 0 or more", "count the purchases anew")
        )
    return bought
