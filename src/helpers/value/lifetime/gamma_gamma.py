"""The Gamma-Gamma model of spend per purchase."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln

from helpers.core.arrays import BoolArray, FloatArray
from helpers.core.checks import offending
from helpers.core.errors import Fault, InputError
from helpers.core.results import significant
from helpers.core.threads import one_blas_thread
from helpers.value.lifetime.models.arguments import check_chance
from helpers.value.lifetime.models.rows import (
    BLOCK_ROWS,
    LARGEST_EXACT,
    Rows,
    check_once_each,
    check_spread,
    check_table,
    check_weights,
    distinct_rows,
    gathering,
    holds,
    numbers_with_gaps,
    spread_too_far,
)
from helpers.value.likelihood.fitted import EXTREME_LOG, LogScaleModel
from helpers.value.likelihood.maximum_likelihood import Evaluation
from helpers.value.likelihood.thinning import THINNED_TO, maximise_from_samples

SPEND_COLUMNS = ("frequency", "mean_repeat_spend")
WORRYING_CORRELATION = 0.3
FEW_REPEATERS = 50


class GammaGamma(LogScaleModel):
    """Spend varies about each customer's own mean, and the means vary between customers (Fader & Hardie, 2013).

    A customer's mean must not depend on how often the customer buys; the fit measures that and says so when it fails.

    Parameters
    ----------
    currency : str
        What amounts are counted in; only a label.

    Attributes
    ----------
    parameters_ : dict of str to float
        `p`, `q`, and `gamma`, in the study's currency.
    log_likelihood_ : float
        In nats: density of the observed mean spend per purchase.
    frequency_spend_correlation_ : float
        Correlation between the number of purchases and their mean spend; the model takes it to be zero.
    spend_range_ : tuple of float
        Lowest and highest mean spend of the customers fitted, in study currency.
    notes_ : tuple of Fault
        What limits the use of the fit.

    References
    ----------
    Fader & Hardie (2013), The gamma-gamma model of monetary value, note 025, equations 1 and 5; Fader, Hardie & Lee
    (2005), RFM and CLV: using iso-value curves, Journal of Marketing Research 42(4), 415-430.

    Examples
    --------
    >>> model = GammaGamma.from_parameters(p=6.25, q=3.74, gamma=15.44)
    >>> customers = pd.DataFrame({"frequency": [2, 0], "mean_repeat_spend": [22.35, 0.0]})
    >>> model.expected_spend(customers).round(2)
    array([24.66, 35.22])
    """

    parameter_names: ClassVar[tuple[str, ...]] = ("p", "q", "gamma")
    _scaled: ClassVar[tuple[str, ...]] = ("gamma",)

    def __init__(self, currency: str = "") -> None:
        self.currency = currency

    @one_blas_thread()
    def fit(self, X: pd.DataFrame, y: None = None, sample_weight: object = None) -> Self:  # noqa: ARG002
        """Fit by maximum likelihood on the customers who bought again.

        Parameters
        ----------
        X : DataFrame of shape (n, …)
            `frequency` (repeat purchases) and `mean_repeat_spend` (mean spend of those purchases, in study currency);
            rows with frequency 0 are passed over.
        y : None
            Ignored; scikit-learn's convention.
        sample_weight : array of shape (n,), optional
            Customers per row.

        Returns
        -------
        Self
            Fitted.

        Raises
        ------
        InputError
            When the rows are wrong, or nobody bought again.
        """
        rows = _rows_to_fit(X, sample_weight)
        unit = float(rows.weight @ rows.age / rows.weight.sum())
        likelihood = SpendLikelihood(rows.rescaled(unit))
        starts = [np.log(start) for start in ((5.0, 4.0, 0.6), (1.5, 2.5, 1.0))]
        samples = (SpendLikelihood(likelihood.rows.thinned(customers)) for customers in THINNED_TO)
        best, self.search_spread_ = maximise_from_samples(likelihood, starts, samples)
        self._settle(likelihood, best, unit)
        self.log_likelihood_ = float(best.evaluation.value - rows.weight.sum() * np.log(unit))
        self.spend_range_ = float(rows.age.min()), float(rows.age.max())
        self.frequency_spend_correlation_ = _correlation(rows.frequency, rows.age, rows.weight)
        self._conclude(best, self._caveats())
        return self

    def _explain(self, off: Mapping[str, float]) -> list[Fault]:
        """Tell why p, q or gamma is at an edge: the spread of spend within customers, between them, or both."""
        if not off:
            return []
        if self.spend_range_[1] <= self.spend_range_[0] * (1 + 1e-9):
            return [
                Fault(
                    f"all spend the same, {significant(self.spend_range_[0])} per purchase: nothing to learn from",
                    remedy="take that amount for all and leave the model out (spend=None in estimate_lifetime_value)",
                )
            ]
        p, q, gamma = (self.parameters_[name] for name in self.parameter_names)
        values = f"p = {significant(p, 3)}, q = {significant(q, 3)}, gamma = {significant(gamma, 3)}"
        notes = []
        if off.get("p", 0.0) > EXTREME_LOG:
            what = f"a customer spends the same at every purchase ({values})"
            notes.append(Fault(what, remedy="forecast spend by each customer's own mean (spend=None)"))
        if off.get("q", 0.0) > EXTREME_LOG:
            what = f"all customers spend alike, {significant(p * gamma / (q - 1))} per purchase in the mean ({values})"
            notes.append(Fault(what, remedy="take one mean for all; q and gamma cannot be separated"))
        if notes:
            return notes
        return [
            Fault(
                f"the data do not tell how spend varies within customers and between them ({values})",
                remedy="use customers with more repeat purchases, or forecast spend by each customer's own mean",
            )
        ]

    def _caveats(self) -> list[Fault]:
        notes = []
        correlation = self.frequency_spend_correlation_
        # a correlation this large arises by chance among few customers
        by_chance = 2 / np.sqrt(max(self.n_customers_, 1.0))
        if abs(correlation) > max(WORRYING_CORRELATION, by_chance):
            notes.append(
                Fault(
                    f"spend depends on frequency (correlation {correlation:.2f}); the model takes them as independent",
                    allowed=f"between -{WORRYING_CORRELATION} and {WORRYING_CORRELATION}",
                    remedy="fit groups of like frequency apart, or forecast spend by each customer's own mean",
                )
            )
        if self.n_customers_ < FEW_REPEATERS:
            notes.append(
                Fault(
                    f"only {self.n_customers_:,.0f} customers bought again",
                    allowed=f"{FEW_REPEATERS} or more for intervals to be trusted",
                    remedy="observe longer, or pool this group with a similar one",
                )
            )
        if self.parameters_["q"] <= 1:
            notes.append(
                Fault(
                    f"q = {significant(self.parameters_['q'], 3)}: mean spend over all customers is infinite",
                    allowed="q above 1",
                    remedy="look for a few customers with enormous spend and fit without them",
                )
            )
        return notes

    def expected_spend(self, X: pd.DataFrame) -> FloatArray:
        """Return the mean spend per future purchase of each customer, of shape (n,), in study currency.

        A customer's own mean is drawn towards the mean of all, the more so the fewer the purchases.
        """
        x, spend = check_spend(X)
        p, q, gamma = self._parameter_values()
        mean = np.empty(len(x))
        for at in range(0, len(x), BLOCK_ROWS):
            part = slice(at, at + BLOCK_ROWS)
            left = p * x[part] + q - 1
            mean[part] = p * (gamma + x[part] * spend[part]) / np.where(left > 0, left, 1.0)
            mean[part][left <= 0] = np.inf
        return mean

    @property
    def population_mean_(self) -> float:
        """Mean spend per purchase over all customers, p gamma / (q − 1), in study currency."""
        p, q, gamma = self._parameter_values()
        return p * gamma / (q - 1) if q > 1 else np.inf

    def draw_spend(self, X: pd.DataFrame, purchases: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw what given numbers of future purchases add up to, for one possible mean of each customer.

        Parameters
        ----------
        X : DataFrame of shape (n, …)
            As for `fit`.
        purchases : ndarray of shape (n, periods)
            Purchases in each period ahead.
        rng : numpy.random.Generator
            Source of chance.

        Returns
        -------
        ndarray of shape (n, periods)
            Spend in each period, in study currency.
        """
        x, spend = check_spend(X)
        p, q, gamma = self._parameter_values()
        check_chance(rng)
        purchases = np.asarray(purchases)
        if purchases.ndim != 2 or len(purchases) != len(x) or not (purchases >= 0).all():
            raise InputError(
                Fault(
                    f"an array of shape {purchases.shape} for {len(x):,} customers",
                    where="purchases",
                    allowed="counts from 0, one row per customer and one column per period",
                    remedy="count the purchases of each customer period by period",
                )
            )
        rate = rng.gamma(p * x + q) / (gamma + x * spend)
        some = purchases > 0
        total = np.zeros(purchases.shape)
        total[some] = rng.gamma(p * purchases[some])
        return total / np.maximum(rate, 1e-300)[:, None]

    def sample_spend(self, frequency: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw the mean spend of new customers who make given numbers of repeat purchases."""
        p, q, gamma = self._parameter_values()
        rate = rng.gamma(q, 1 / gamma, len(frequency))
        some = np.maximum(frequency, 1)
        return np.where(frequency > 0, rng.gamma(p * some) / rate / some, 0.0)


class SpendLikelihood:
    """Log-likelihood of mean spends, as a function of the logarithms of p, q and gamma.

    Parameters
    ----------
    rows : Rows
        Distinct pairs of frequency and mean spend, the spend in the place of the age.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._counts, self._count_of = rows.counts, rows.count_of
        self._x, self._spend, self._weight = rows.frequency, rows.age, rows.weight
        self._log_spend = np.log(rows.age)
        self._log_total = self._log_spend + np.log(rows.frequency)

    @property
    def weight(self) -> FloatArray:
        """Customers behind each row."""
        return self._weight

    def reweighted(self, weight: FloatArray) -> "SpendLikelihood":
        """Return the same rows with other weights."""
        return SpendLikelihood(replace(self.rows, weight=weight))

    def __call__(self, point: FloatArray) -> Evaluation:
        """Return the log-likelihood, its gradient and the products of the scores."""
        p, q, gamma = np.exp(np.clip(point, -30, 30))
        bought = p * self._counts
        both, own = digamma(bought + q), digamma(bought)
        table = np.array([gammaln(bought + q) - gammaln(bought), self._counts * (both - own), both])
        ways, by_p, by_q = table.take(self._count_of, axis=1)
        shape, scale = p * self._x + q, gamma + self._x * self._spend
        log_scale = np.log(scale)
        value = (
            ways - gammaln(q) + q * np.log(gamma) + p * self._x * self._log_total - self._log_spend - shape * log_scale
        )
        scores = np.array(
            [
                p * (by_p + self._x * (self._log_total - log_scale)),
                q * (by_q - digamma(q) + np.log(gamma) - log_scale),
                q - gamma * shape / scale,
            ]
        )
        return Evaluation(float(self._weight @ value), scores @ self._weight, (scores * self._weight) @ scores.T)


def _rows_to_fit(X: pd.DataFrame, sample_weight: object) -> Rows:
    """Check everything a fit is given, all faults at once, and reduce the repeat buyers to distinct rows."""
    check_table(X, SPEND_COLUMNS)
    faults: list[Fault] = []
    x = spend = np.zeros(0)
    weights: FloatArray | None = None
    with gathering(faults):
        x, spend = check_spend(X, positive=True)
    with gathering(faults):
        weights = check_weights(X, sample_weight)
    with gathering(faults):
        check_once_each(X)
    if faults:
        raise InputError(faults)
    buys = np.flatnonzero(x > 0 if weights is None else (x > 0) & (weights > 0))
    if not len(buys):
        customers = len(x) if weights is None else weights.sum()
        raise InputError(
            Fault(
                f"all {customers:,.0f} customers are one-time buyers: no repeat purchase to learn spend from",
                remedy="observe longer, or use the mean of the first purchases",
            )
        )
    frequency, mean = x.take(buys), spend.take(buys)
    for name, values in zip(SPEND_COLUMNS, (frequency, mean), strict=True):
        if spread_too_far(values):
            with gathering(faults):
                check_spread(X.iloc[buys], values, name, downwards=name == SPEND_COLUMNS[1])
    if faults:
        raise InputError(faults)
    own = None if weights is None else weights.take(buys)
    return distinct_rows([frequency, np.zeros(len(buys)), mean], own, {})


def check_spend(X: pd.DataFrame, *, positive: bool = False) -> list[FloatArray]:
    """Check and return frequency and mean spend as arrays; `positive` refuses repeat buyers who paid nothing.

    Raises
    ------
    InputError
        With every kind of fault found, the offending rows counted and the first few named.
    """
    (x, spend), gaps = numbers_with_gaps(X, SPEND_COLUMNS)
    if not gaps and holds(_sound_spend, x, spend) and not (positive and not holds(_paid, x, spend)):
        return [x, spend]
    known = np.isfinite(x) & np.isfinite(spend)
    count, mean = SPEND_COLUMNS
    drop = "leave out free or returned purchases, or count them as spend of the day they belong to"
    free, strange = positive & (x > 0) & (spend == 0), (x == 0) & (spend > 0)
    faults = [
        *gaps,
        *offending(X, known & (x < 0), f"{count} is negative", allowed="0 or more"),
        *offending(X, known & (x != np.floor(x)), f"{count} is not a whole number", allowed="0, 1, 2, …"),
        *offending(X, known & (x >= LARGEST_EXACT), f"{count} is 2^53 or more", allowed="counts of purchases"),
        *offending(X, known & (spend >= LARGEST_EXACT), f"{mean} is 2^53 or more", allowed="amounts of money"),
        *offending(X, known & (spend < 0), f"{mean} is negative", allowed="0 or more", remedy=drop),
        *offending(X, known & free, f"{mean} is 0 for a repeat buyer", allowed="above 0", remedy=drop),
        *offending(X, known & strange, f"{count} is 0 but {mean} is above 0", allowed="spend of repeats only"),
    ]
    if faults:
        raise InputError(faults)
    return [x, spend]


def _sound_spend(x: FloatArray, spend: FloatArray) -> BoolArray:
    counted_well = (x >= 0) & (x == np.floor(x)) & (x < LARGEST_EXACT)
    sound: BoolArray = counted_well & (spend >= 0) & (spend < LARGEST_EXACT) & ((x > 0) | (spend == 0))
    return sound


def _paid(x: FloatArray, spend: FloatArray) -> BoolArray:
    paid: BoolArray = (x == 0) | (spend > 0)
    return paid


def _correlation(x: FloatArray, spend: FloatArray, weight: FloatArray) -> float:
    share = weight / weight.sum()
    about_x, about_spend = x - share @ x, spend - share @ spend
    spread = np.sqrt((share @ about_x**2) * (share @ about_spend**2))
    return float(share @ (about_x * about_spend) / spread) if spread > 0 else 0.0
