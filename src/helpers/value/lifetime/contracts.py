"""How long contracts last: the shifted-beta-geometric model, and the curves people draw instead of it."""

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma

from helpers.core.arrays import FloatArray
from helpers.core.checks import offending
from helpers.core.errors import Fault, InputError
from helpers.value.lifetime.models.quadrature import LOG_NEGLIGIBLE
from helpers.value.lifetime.models.rows import check_weights, distinct_rows, numbers_with_gaps
from helpers.value.likelihood.fitted import LogScaleModel
from helpers.value.likelihood.maximum_likelihood import Evaluation, maximise

PERIODS_AT_ONCE = 1_024


class ShiftedBetaGeometric(LogScaleModel):
    """At the end of every period a customer leaves with a chance of the customer's own (Fader & Hardie, 2007).

    Retention rises with tenure because those likely to leave have left, not because anyone becomes more loyal.

    Parameters
    ----------
    period : str
        What a contract period is; only a label.

    Attributes
    ----------
    parameters_ : dict of str to float
        `alpha`, `beta` of the beta distribution of the chance of leaving.
    log_likelihood_ : float
        In nats.
    notes_ : tuple of Fault
        What limits the use of the fit.

    References
    ----------
    Fader & Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21(1), 76-90, equations
    5 to 8; Fader & Hardie (2010), Customer-base valuation in a contractual setting, Marketing Science 29(1), 85-93.

    Examples
    --------
    >>> model = ShiftedBetaGeometric.from_parameters(alpha=0.668, beta=3.806)
    >>> (100 * model.survival([1, 7, 12])).round(1)
    array([85.1, 48.9, 37.8])
    """

    parameter_names: ClassVar[tuple[str, ...]] = ("alpha", "beta")
    _extremes: ClassVar[dict[str, str]] = {
        "alpha": "alpha and beta large mean one chance of leaving for all: use a constant retention rate",
        "beta": "alpha and beta large mean one chance of leaving for all: use a constant retention rate",
    }

    def __init__(self, period: str = "years") -> None:
        self.period = period

    def fit(self, X: pd.DataFrame, y: None = None, sample_weight: object = None) -> Self:  # noqa: ARG002
        """Fit by maximum likelihood.

        Parameters
        ----------
        X : DataFrame of shape (n, …)
            `periods` (whole periods under contract; for those who left, the period at whose end they did) and `ended`
            (whether they left).
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
            When rows or weights are wrong, all faults at once; or nobody left, or everybody left after one period.
        """
        (periods, ended), weights = _check_contracts(X, sample_weight)
        rows = distinct_rows([periods, np.zeros_like(periods), ended], weights, {})
        left = float(rows.weight @ rows.age)
        if left == 0 or (rows.frequency <= 1).all():
            what = "nobody left" if left == 0 else "nobody was observed beyond the first period"
            raise InputError(Fault(f"{what}: no retention to learn from", remedy="observe more periods"))
        likelihood = TenureLikelihood(rows.frequency, rows.age, rows.weight)
        best, self.search_spread_ = maximise(likelihood, [np.log([1.0, 3.0]), np.log([0.5, 0.5])])
        self._settle(likelihood, best, 1.0)
        self.log_likelihood_ = best.evaluation.value
        self._conclude(best, [])
        return self

    def survival(self, periods: Sequence[float] | FloatArray) -> FloatArray:
        """Return the share of new customers still there after given numbers of periods."""
        alpha, beta = self._parameter_values()
        share: FloatArray = np.exp(betaln(alpha, beta + np.asarray(periods, dtype=np.float64)) - betaln(alpha, beta))
        return share

    def retention_rate(self, periods: Sequence[float] | FloatArray) -> FloatArray:
        """Return the share of those there before period t = 1, 2, … who are still there after it."""
        alpha, beta = self._parameter_values()
        t = np.asarray(periods, dtype=np.float64)
        rate: FloatArray = (beta + t - 1) / (alpha + beta + t - 1)
        return rate

    def remaining_periods(
        self, tenure: Sequence[float] | FloatArray, horizon: int | None = None, discount_rate: float = 0.0
    ) -> FloatArray:
        """Return the periods still to come, each discounted, of customers who have stayed for `tenure` periods.

        Parameters
        ----------
        tenure : sequence of shape (n,)
            Periods completed.
        horizon : int, optional
            Periods ahead that count; None for ever, which needs a discount rate.
        discount_rate : float
            Effective, per period; the next period is discounted once.

        Returns
        -------
        ndarray of shape (n,)
            In periods; times the margin of a period it is the residual lifetime value.
        """
        if discount_rate < 0 or (horizon is None and discount_rate == 0):
            raise InputError(
                Fault(
                    f"discount rate {discount_rate}, horizon {horizon}",
                    allowed="a horizon, or a rate above 0",
                    remedy="give a horizon, or a discount rate above 0",
                )
            )
        alpha, beta = self._parameter_values()
        completed = np.asarray(tenure, dtype=np.float64)[:, None]
        last = np.inf if horizon is None else horizon
        if discount_rate > 0:
            last = min(last, np.ceil(LOG_NEGLIGIBLE / np.log1p(discount_rate)))
        there, total = np.ones_like(completed), np.zeros(len(completed))
        for begin in range(1, int(last) + 1, PERIODS_AT_ONCE):
            ahead = np.arange(begin, min(begin + PERIODS_AT_ONCE, int(last) + 1))[None, :]
            stays_on = beta + completed + ahead - 1
            stays = there * np.cumprod(stays_on / (alpha + stays_on), axis=1)
            total += stays @ (1 + discount_rate) ** -ahead[0].astype(np.float64)
            there = stays[:, -1:]
        return total

    def sample_contracts(self, observed: FloatArray, rng: np.random.Generator) -> pd.DataFrame:
        """Draw contracts of customers observed for given numbers of periods, as `fit` takes them."""
        alpha, beta = self._parameter_values()
        chance = rng.beta(alpha, beta, len(observed))
        life = rng.geometric(np.clip(chance, 1e-15, 1.0))
        return pd.DataFrame({"periods": np.minimum(life, observed), "ended": life <= observed})


class TenureLikelihood:
    """Log-likelihood of tenures, as a function of the logarithms of alpha and beta."""

    def __init__(self, periods: FloatArray, ended: FloatArray, weight: FloatArray) -> None:
        self._periods, self._ended, self._weight = periods, ended, weight

    @property
    def weight(self) -> FloatArray:
        """Customers behind each row."""
        return self._weight

    def reweighted(self, weight: FloatArray) -> "TenureLikelihood":
        """Return the same rows with other weights."""
        return TenureLikelihood(self._periods, self._ended, weight)

    def __call__(self, point: FloatArray) -> Evaluation:
        """Return the log-likelihood, its gradient and the products of the scores."""
        alpha, beta = np.exp(np.clip(point, -30, 30))
        leaving, staying = alpha + self._ended, beta + self._periods - self._ended
        value = betaln(leaving, staying) - betaln(alpha, beta)
        total = digamma(alpha + beta) - digamma(leaving + staying)
        scores = np.array(
            [
                alpha * (digamma(leaving) - digamma(alpha) + total),
                beta * (digamma(staying) - digamma(beta) + total),
            ]
        )
        return Evaluation(float(self._weight @ value), scores @ self._weight, (scores * self._weight) @ scores.T)


def contracts_from_survivors(survivors: Sequence[float]) -> pd.DataFrame:
    """Turn the numbers of a cohort still there after 0, 1, 2, … periods into rows for `ShiftedBetaGeometric`.

    Parameters
    ----------
    survivors : sequence of float
        Customers at the start, then after each period; never rising.

    Returns
    -------
    DataFrame
        `periods`, `ended`, and `customers` to be given as `sample_weight`.

    Raises
    ------
    InputError
        When the numbers rise, are negative, or are fewer than three.

    Examples
    --------
    >>> contracts_from_survivors([1000, 631, 468])
       periods  ended  customers
    0        1   True      369.0
    1        2   True      163.0
    2        2  False      468.0
    """
    numbers = np.asarray(survivors, dtype=np.float64)
    if len(numbers) < 3 or not np.isfinite(numbers).all() or (numbers < 0).any() or (np.diff(numbers) > 0).any():
        raise InputError(
            Fault(
                f"survivors {list(survivors)}",
                allowed="three or more numbers, 0 or above, that never rise",
                remedy="count the survivors of one group, period by period",
            )
        )
    last = len(numbers) - 1
    return pd.DataFrame(
        {
            "periods": [*range(1, last + 1), last],
            "ended": [True] * last + [False],
            "customers": [*-np.diff(numbers), numbers[-1]],
        }
    )


def curve_projections(survivors: Sequence[float], periods: Sequence[int]) -> pd.DataFrame:
    """Project survival by curves fitted to it by least squares: what the model is to be compared with.

    Parameters
    ----------
    survivors : sequence of float
        Share or number still there after 0, 1, 2, … periods.
    periods : sequence of int
        Periods to project to.

    Returns
    -------
    DataFrame
        One row per curve (`linear`, `quadratic`, `exponential`): `r_squared` over the survivors given (of logarithms
        for the exponential), and one column for each period with the projection.

    References
    ----------
    Fader & Hardie (2007), section 2: all three fit well and project badly.
    """
    known, shares = np.arange(len(survivors)), np.asarray(survivors, dtype=np.float64)
    if (shares <= 0).any():
        raise InputError(Fault(f"survivors {list(survivors)}", allowed="above 0", remedy="end before the last left"))
    rows = []
    for name, values, degree in (
        ("linear", shares, 1),
        ("quadratic", shares, 2),
        ("exponential", np.log(shares), 1),
    ):
        curve = np.polynomial.Polynomial.fit(known, values, degree)
        r_squared = 1 - ((values - curve(known)) ** 2).sum() / ((values - values.mean()) ** 2).sum()
        ahead = curve(np.asarray(periods, dtype=np.float64))
        rows.append([name, r_squared, *(np.exp(ahead) if name == "exponential" else ahead)])
    return pd.DataFrame(rows, columns=["curve", "r_squared", *periods]).set_index("curve")


def _check_contracts(X: pd.DataFrame, sample_weight: object) -> tuple[list[FloatArray], FloatArray | None]:
    """Return periods, whether they ended, and the weights, or refuse all that is wrong with them in one message."""
    if not isinstance(X, pd.DataFrame):
        raise InputError(
            Fault(
                f"expected a data frame, got {type(X).__name__}",
                allowed="columns periods, ended",
                remedy="turn it into a data frame with these columns",
            )
        )
    faults: list[Fault] = []
    flags = "true for customers who left, false for the others"
    given = X["ended"] if "ended" in X.columns else pd.Series(False, index=X.index)
    if "ended" not in X.columns:
        faults.append(Fault("missing column 'ended'", allowed=flags, remedy="add the column"))
    missing = given.isna().to_numpy()
    ended: FloatArray = np.asarray(given.isin([True]), dtype=np.float64)
    periods: FloatArray = np.ones(len(X))
    try:
        (periods,), gaps = numbers_with_gaps(X, ("periods",))
        faults += gaps
    except InputError as error:
        faults += error.faults
    known = np.isfinite(periods)
    faults += [
        *offending(X, missing, "ended is missing", allowed="true or false"),
        *offending(X, ~missing & ~given.isin([True, False]).to_numpy(), "ended is no flag", allowed="true or false"),
        *offending(X, periods < 0, "periods is negative", allowed="0 or more"),
        *offending(X, known & (periods != np.floor(periods)), "periods is not a whole number", allowed="whole periods"),
        *offending(X, (ended > 0) & (periods == 0), "ended in period 0", allowed="1 for the end of the first period"),
    ]
    weights = None
    try:
        weights = check_weights(X, sample_weight)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    return [periods, ended], weights
