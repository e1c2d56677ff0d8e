"""Response to price and promotion: McFadden's conditional logit on the brands within reach on each occasion."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from sklearn.base import BaseEstimator
from statsmodels.stats.weightstats import DescrStatsW

from helpers.core.arrays import BoolArray, FloatArray, IntArray
from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.core.fits import NoFitError
from helpers.core.intervals import Interval
from helpers.core.results import significant
from helpers.differentiation.loyalty.dirichlet import fit_polarisation

TASTE = "log_expected_share"
"""Column of what the customer's own purchases so far let expect of a brand."""
MEASURES: tuple[str, ...] = ("price", "featured", "displayed")
_LARGEST_STEP = 5.0
_LARGEST_ERROR = 50.0  # logits, of a column scaled to a standard deviation of one


class ConditionalLogit(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Choice of one among several: the probability of each is proportional to the exponential of its utility.

    Parameters
    ----------
    max_iter : int
        Highest number of Newton steps.

    Attributes
    ----------
    coefficients_ : Series
        By column of X.
    covariance_ : DataFrame
        Of the coefficients, robust against likeness of the occasions of one customer.
    log_likelihood_, log_likelihood_equal_ : float
        Of the fit, and with equal chances for all brands on an occasion.
    n_occasions_, n_customers_ : int
        What the fit rests on.

    Source
    ------
    McFadden (1974), "Conditional logit analysis of qualitative choice behavior", in Zarembka (ed.), Frontiers in
    Econometrics; clusters after Liang and Zeger (1986), Biometrika 73.

    Examples
    --------
    >>> shelf = pd.DataFrame({"price": [1.0, 2.0, 2.0, 1.0, 1.0, 2.0]})
    >>> chosen, occasion = [True, False, False, True, False, True], [1, 1, 2, 2, 3, 3]
    >>> ConditionalLogit().fit(shelf, chosen, occasion=occasion, customer=occasion).coefficients_.round(3).to_dict()
    {'price': -0.693}
    """

    def __init__(self, max_iter: int = 100) -> None:
        self.max_iter = max_iter

    def fit(self, X: pd.DataFrame, y: npt.ArrayLike, *, occasion: npt.ArrayLike, customer: npt.ArrayLike) -> Self:
        """Fit to the brands on offer, one row each.

        Parameters
        ----------
        X : DataFrame
            Columns whose effect is asked for, as numbers.
        y : array-like of bool
            Whether the brand was chosen; exactly one on each occasion.
        occasion, customer : array-like
            Of each row.

        Raises
        ------
        InputError
            When a number is missing, an occasion has not one choice, or a column is a mix of the others.
        """
        if not isinstance(X, pd.DataFrame):
            raise InputError(
                Fault(
                    f"the brands on offer are a {type(X).__name__}",
                    "X",
                    "a data frame, columns by name",
                    remedy="pass a data frame with one row per brand on offer",
                )
            )
        values, chosen = X.to_numpy(dtype=np.float64), np.asarray(y, dtype=bool)
        at, groups = pd.factorize(pd.Series(occasion))
        _check(X, values, chosen, at)
        order = np.argsort(at, kind="stable")
        shelf = _Shelf(values[order], chosen[order], at[order])
        coefficients = shelf.climb(self.max_iter)
        who = pd.factorize(pd.Series(customer))[0][order]
        names = X.columns
        self.coefficients_ = pd.Series(coefficients, index=names, name="coefficient")
        self.covariance_ = pd.DataFrame(shelf.robust_covariance(coefficients, who), index=names, columns=names)
        self.log_likelihood_ = shelf.log_likelihood(coefficients)
        self.log_likelihood_equal_ = shelf.log_likelihood(np.zeros(len(names)))
        self.n_occasions_, self.n_customers_ = len(groups), int(who.max()) + 1
        self.feature_names_in_ = np.asarray(names, dtype=object)
        self.n_features_in_ = len(names)
        return self

    def predict_proba(self, X: pd.DataFrame, *, occasion: npt.ArrayLike) -> FloatArray:
        """Return the probability of each row among those of its occasion."""
        self._require_fit()
        at = pd.factorize(pd.Series(occasion))[0]
        utility = X[list(self.coefficients_.index)].to_numpy(dtype=np.float64) @ self.coefficients_.to_numpy()
        best = np.full(at.max() + 1, -np.inf)
        np.maximum.at(best, at, utility)
        weight = np.exp(utility - best[at])
        found: FloatArray = weight / np.bincount(at, weights=weight)[at]
        return found

    def intervals(self, level: float = 0.95) -> pd.DataFrame:
        """Return coefficients with robust standard errors and normal intervals: estimate, standard_error, low, high."""
        self._require_fit()
        error = pd.Series(np.sqrt(np.diag(self.covariance_)), index=self.coefficients_.index)
        reach = float(stats.norm.ppf(0.5 + level / 2)) * error
        ends = {"low": self.coefficients_ - reach, "high": self.coefficients_ + reach}
        return pd.DataFrame({"estimate": self.coefficients_, "standard_error": error, **ends})

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """Return `intervals`, rounded."""
        return self.intervals(level).map(significant)

    def _require_fit(self) -> None:
        if not hasattr(self, "coefficients_"):
            raise NoFitError(Fault("this ConditionalLogit has not been fitted", remedy="call fit first"))


class _Shelf:
    """Rows sorted by occasion, and the likelihood of what was chosen."""

    def __init__(self, values: FloatArray, chosen: BoolArray, at: IntArray) -> None:
        self.values, self.chosen, self.at = values, chosen, at
        self.starts = np.flatnonzero(np.r_[True, at[1:] != at[:-1]])

    def probability(self, coefficients: FloatArray) -> FloatArray:
        utility = self.values @ coefficients
        weight = np.exp(utility - np.maximum.reduceat(utility, self.starts)[self.at])
        found: FloatArray = weight / np.add.reduceat(weight, self.starts)[self.at]
        return found

    def log_likelihood(self, coefficients: FloatArray) -> float:
        return float(np.log(self.probability(coefficients)[self.chosen]).sum())

    def scores(self, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the score of each occasion and the information of all."""
        chance = self.probability(coefficients)
        mean = np.add.reduceat(self.values * chance[:, None], self.starts)
        apart = self.values - mean[self.at]
        return self.values[self.chosen] - mean, (apart * chance[:, None]).T @ apart

    def climb(self, most: int) -> FloatArray:
        """Newton steps on a concave likelihood, halved where they go too far."""
        coefficients = np.zeros(self.values.shape[1])
        value, gained = self.log_likelihood(coefficients), np.inf
        for _ in range(most):
            score, information = self.scores(coefficients)
            if np.linalg.matrix_rank(information, hermitian=True) < len(coefficients):
                raise InputError(_not_identified())
            step = np.linalg.solve(information, score.sum(axis=0))
            step /= max(1.0, float(np.abs(step * self.values.std(axis=0)).max()) / _LARGEST_STEP)
            while (moved := self.log_likelihood(coefficients + step)) < value and np.abs(step).max() > 1e-12:
                step /= 2
            coefficients, gained, value = coefficients + step, moved - value, moved
            if gained < 1e-9:
                break
        if gained < 1e-9 and self.settles(coefficients):
            return coefficients
        raise InputError(_not_identified())

    def settles(self, coefficients: FloatArray) -> bool:
        """Whether the choices settle every effect: one that runs to infinity ends with a huge standard error."""
        _, information = self.scores(coefficients)
        if np.linalg.matrix_rank(information, hermitian=True) < len(coefficients):
            return False
        error = np.sqrt(np.diag(np.linalg.inv(information)))
        return bool((error * self.values.std(axis=0) < _LARGEST_ERROR).all())

    def robust_covariance(self, coefficients: FloatArray, who: IntArray) -> FloatArray:
        score, information = self.scores(coefficients)
        of_occasion = who[self.starts]
        sums = np.zeros((int(who.max()) + 1, score.shape[1]))
        np.add.at(sums, of_occasion, score)
        bread, many = np.linalg.inv(information), len(sums)
        found: FloatArray = bread @ (sums.T @ sums) @ bread * many / max(many - 1, 1)
        return found


def _not_identified() -> Fault:
    return Fault(
        "the choices do not tell the effects apart: a column follows from others, or a brand is never or always chosen",
        where="the brands on offer",
        allowed="columns that differ within occasions, each brand chosen at times",
        remedy="leave out the column or the brand",
    )


def _check(X: pd.DataFrame, values: FloatArray, chosen: BoolArray, at: IntArray) -> None:
    bad = [name for name, column in zip(X.columns, values.T, strict=True) if not np.isfinite(column).all()]
    faults = []
    if bad:
        faults.append(Fault(f"numbers are missing: {some_of(bad)}", "X", "finite numbers", "leave out these occasions"))
    many = np.bincount(at, weights=chosen)
    if len(chosen) == 0 or (many != 1).any():
        what = f"no choice or several on {counted(int((many != 1).sum()), 'occasion')}"
        faults.append(Fault(what, "y", "one choice on each occasion", "leave out the others"))
    if faults:
        raise InputError(faults)


def shelf_of_panel(choices: pd.DataFrame, *, last_apart: bool = False) -> tuple[pd.DataFrame, int]:
    """Return the brands on offer on each occasion with what may sway the choice.

    Own taste is what the customer's earlier purchases let expect of each brand under the Dirichlet-multinomial:
    log((S p + n) / (S + N)), with market shares and S of all purchases (without each customer's last one, where it is
    to be forecast).

    Parameters
    ----------
    choices : DataFrame
        Standard choices: customer_id, occasion, brand, chosen, price; featured and displayed where known.
    last_apart : bool
        Whether each customer's last occasion takes no part in market shares and S.

    Returns
    -------
    (DataFrame, int)
        Rows in order of customer, occasion and brand: customer_id, occasion, brand, chosen, last (the customer's last
        occasion), the measures known, log_expected_share; and the number of occasions left out because a price is
        missing or not above zero.

    Raises
    ------
    InputError
        When no occasion with prices is left.
    """
    table = choices.sort_values(["customer_id", "occasion", "brand"], ignore_index=True)
    by = ["customer_id", "occasion"]
    chosen = table["chosen"].astype(bool)
    last = table["occasion"] == table.groupby("customer_id")["occasion"].transform("max")
    learnt = table[chosen & ~last] if last_apart else table[chosen]
    if learnt.empty:
        raise InputError(
            Fault("no customer bought twice", "table choices", "two purchases or more", "take a longer panel")
        )
    share = learnt["brand"].value_counts(normalize=True)
    cells = learnt.groupby(["customer_id", "brand"]).size().reset_index(name="purchases")
    totals = learnt.groupby("customer_id").size()
    brand = pd.factorize(cells["brand"])[0]
    polarisation = np.nan_to_num(fit_polarisation(brand, cells["purchases"], totals).estimate)
    before = chosen.astype(int).groupby([table["customer_id"], table["brand"]]).cumsum() - chosen.astype(int)
    made = before.groupby([table["customer_id"], table["occasion"]]).transform("sum")
    # A brand nobody had bought yet gets half a purchase, so that its choice is not impossible.
    market = table["brand"].map(share).fillna(0.5 / len(learnt))
    expected = (polarisation * before + (1 - polarisation) * market) / (polarisation * made + 1 - polarisation)
    known = [name for name in MEASURES if name in table]
    found = table[[*by, "brand"]].assign(
        chosen=chosen, last=last, **{name: table[name].astype(float) for name in known}
    )
    found[TASTE] = np.log(expected.clip(lower=1e-12))
    usable = (found["price"] > 0) & found["price"].notna()
    whole = usable.groupby([found[name] for name in by]).transform("all")
    left_out = found.loc[~whole, by].drop_duplicates()
    if not whole.any():
        raise InputError(
            Fault(
                "no occasion has a price of every brand",
                "table choices",
                "prices above zero",
                remedy="map the prices of all brands on offer",
            )
        )
    return found[whole].reset_index(drop=True), len(left_out)


def columns_of_utility(shelf: pd.DataFrame, *, taste: bool) -> pd.DataFrame:
    """Return the columns that utility depends on: brands but the first by name, measures that vary, own taste."""
    brands = sorted(shelf["brand"].unique())
    columns = {f"brand_{name}": (shelf["brand"] == name).astype(float) for name in brands[1:]}
    columns |= {
        name: shelf[name] for name in MEASURES if name in shelf and bool((shelf[name] != shelf[name].iloc[0]).any())
    }
    if taste:
        columns[TASTE] = shelf[TASTE]
    return pd.DataFrame(columns)


def price_elasticities(model: ConditionalLogit, shelf: pd.DataFrame, columns: pd.DataFrame) -> "pd.Series[float]":
    """Return how many percent fewer purchases of each brand go with one percent more of its own price.

    Purchases at higher chance count more: Σ β price P(1 - P) over Σ P, summed over occasions.

    Parameters
    ----------
    model : ConditionalLogit
        Fitted, with price among its columns.
    shelf : DataFrame
        From `shelf_of_panel`.
    columns : DataFrame
        From `columns_of_utility`, as the model was fitted on.

    Returns
    -------
    Series
        Elasticity by brand, in order of name.

    Source
    ------
    Train (2009), Discrete Choice Methods with Simulation, section 3.6.
    """
    chance = model.predict_proba(columns, occasion=occasions_of(shelf))
    effect = model.coefficients_["price"] * shelf["price"] * chance * (1 - chance)
    found: pd.Series[float] = effect.groupby(shelf["brand"]).sum() / pd.Series(chance).groupby(shelf["brand"]).sum()
    return found.rename("own_price_elasticity")


@dataclass(frozen=True)
class PriceForecast:
    """How well prices and promotions, beside own taste, forecast each customer's last choice.

    Parameters
    ----------
    customers : int
        Customers, with one last choice each.
    over_taste, over_market : Interval
        Mean log of the probability given by the logit over that given by own taste alone, and by market shares.
    """

    customers: int
    over_taste: Interval
    over_market: Interval


def forecast_with_prices(choices: pd.DataFrame, *, confidence: float = 0.95) -> PriceForecast:
    """Fit the logit with own taste to all but each customer's last choice, and forecast that one.

    Parameters
    ----------
    choices : DataFrame
        Standard choices with price.
    confidence : float
        Coverage of the intervals over customers (Student).

    Returns
    -------
    PriceForecast
        Gains in the logarithmic score.

    Raises
    ------
    InputError
        When fewer than two last choices can be forecast.
    """
    shelf, _ = shelf_of_panel(choices, last_apart=True)
    columns = columns_of_utility(shelf, taste=True)
    learnt = ~shelf["last"]
    model = ConditionalLogit().fit(
        columns[learnt],
        shelf["chosen"][learnt],
        occasion=occasions_of(shelf[learnt]),
        customer=shelf["customer_id"][learnt],
    )
    held = shelf[shelf["last"]]
    chance = model.predict_proba(columns[shelf["last"]], occasion=occasions_of(held))
    taste = np.exp(held[TASTE])
    taste = taste / taste.groupby(held["customer_id"]).transform("sum")
    market = shelf.loc[learnt & shelf["chosen"], "brand"].value_counts(normalize=True)
    scores = pd.DataFrame({"logit": chance, "taste": taste.to_numpy(), "market": held["brand"].map(market).to_numpy()})
    rows = held["chosen"].to_numpy() & scores["market"].notna().to_numpy()
    scores = scores[rows].map(np.log)
    if len(scores) < 2:
        what = f"{counted(len(scores), 'last choice')} to forecast"
        raise InputError(Fault(what, "table choices", "two or more", "take more customers"))
    over = (_paired(scores["logit"] - scores[other], confidence) for other in ("taste", "market"))
    return PriceForecast(len(scores), *over)


def _paired(gain: "pd.Series[float]", confidence: float) -> Interval:
    found = DescrStatsW(gain.to_numpy())
    low, high = found.tconfint_mean(alpha=1 - confidence)
    return Interval(float(found.mean), float(low), float(high), confidence, "paired, Student")


def occasions_of(shelf: pd.DataFrame) -> IntArray:
    """Return the number of the occasion of each row, over all customers."""
    return np.asarray(shelf.groupby(["customer_id", "occasion"], sort=False).ngroup(), dtype=np.int64)
