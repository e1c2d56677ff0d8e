"""The beta-geometric/beta-binomial model, for purchases on discrete occasions: yearly gifts, monthly orders, events."""

from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma, gammaln

from helpers.core.arrays import FloatArray
from helpers.core.checks import offending
from helpers.core.errors import Fault, InputError
from helpers.value.lifetime.models.arguments import check_horizon
from helpers.value.lifetime.models.base import Parameters, PurchaseModel
from helpers.value.lifetime.models.quadrature import LOG_NEGLIGIBLE
from helpers.value.lifetime.models.rows import Rows, check_history, gathering, numbers_with_gaps

MANY_OCCASIONS = 10_000
OCCASIONS_AT_ONCE = 1_024


class BGBB(PurchaseModel):
    """On every occasion a customer alive buys with a beta-distributed chance; before it, may drop out with another.

    Parameters
    ----------
    covariates : dict of str to list of str, optional
        Columns that act on a parameter, each through `exp(effect × value)`.
    time_unit : str
        What an occasion is.

    Attributes
    ----------
    parameters_ : dict of str to float
        `alpha`, `beta` (chance of buying), `gamma`, `delta` (chance of dropping out), then the effects.
    log_likelihood_ : float
        In nats, of the sequences of occasions (without the binomial coefficient, as published).
    notes_ : tuple of Fault
        What limits the use of the fit.

    References
    ----------
    Fader, Hardie & Shang (2010), Customer-base analysis in a discrete-time noncontractual setting, Marketing Science
    29(6), 1086-1108.

    Examples
    --------
    >>> model = BGBB.from_parameters(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> donors = pd.DataFrame({"frequency": [6, 0], "last_occasion": [6, 0], "occasions": [6, 6]})
    >>> model.expected_purchases(donors, 5).round(2)
    array([3.75, 0.07])
    >>> model.probability_alive(donors).round(2)  # at the seventh occasion
    array([0.93, 0.11])
    """

    parameter_names: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")
    drop_out_names: ClassVar[tuple[str, ...]] = ("gamma", "delta")
    history_columns: ClassVar[tuple[str, ...]] = ("frequency", "last_occasion", "occasions")
    discrete: ClassVar[bool] = True
    _extremes: ClassVar[dict[str, str]] = {
        "alpha": "alpha and beta large mean one chance of buying for all; tiny, that customers buy always or never",
        "beta": "alpha and beta large mean one chance of buying for all; tiny, that customers buy always or never",
        "gamma": "gamma near 0 means that nobody drops out: observe more occasions",
        "delta": "a large delta means that nobody drops out, a tiny one that all do at once: observe more occasions",
    }

    def _starts(self, rows: Rows) -> list[tuple[float, ...]]:
        del rows  # chances have no unit: the same starts suit all data
        return [(1.0, 1.0, 0.7, 2.5), (0.3, 2.0, 0.2, 1.0)]

    def _history(self, X: pd.DataFrame) -> list[FloatArray]:
        return _check_occasions(X, self.history_columns)

    def fit(self, X: pd.DataFrame, y: None = None, sample_weight: object = None) -> "BGBB":
        """Fit by maximum likelihood.

        Parameters
        ----------
        X : DataFrame of shape (n, …)
            `frequency` (occasions with a purchase), `last_occasion` (number of the last of them, 0 for none),
            `occasions` (how many were observed), and the covariates.
        y : None
            Ignored; scikit-learn's convention.
        sample_weight : array of shape (n,), optional
            Customers per row.

        Returns
        -------
        BGBB
            Itself, fitted.

        Raises
        ------
        InputError
            When histories, covariates or weights are wrong, all faults at once; or the histories cannot tell the
            parameters.
        """
        super().fit(X, y, sample_weight)
        return self

    def _log_likelihood(self, theta: Parameters, rows: Rows) -> tuple[FloatArray, list[FloatArray]]:
        alpha, beta, gamma, delta = _columns(theta)
        x = rows.frequency[:, None]
        log_terms, lived, gone = _terms(theta, rows)
        top = log_terms.max(axis=1, keepdims=True)
        share = np.exp(log_terms - top)
        total = share.sum(axis=1, keepdims=True)
        share /= total
        value = (top + np.log(total))[:, 0]
        chance_total = digamma(alpha + beta + lived)
        life_total = digamma(gamma + delta + lived + gone)

        def mean(values: FloatArray) -> FloatArray:
            return np.asarray((share * values).sum(axis=1))

        unbought, unlived = digamma(alpha + beta), digamma(gamma + delta)
        return value, [
            np.ravel(alpha) * mean(digamma(alpha + x) - digamma(alpha) + unbought - chance_total),
            np.ravel(beta) * mean(digamma(beta + lived - x) - digamma(beta) + unbought - chance_total),
            np.ravel(gamma) * mean(digamma(gamma + gone) - digamma(gamma) + unlived - life_total),
            np.ravel(delta) * mean(digamma(delta + lived) - digamma(delta) + unlived - life_total),
        ]

    def _log_odds_gone(self, theta: Parameters, rows: Rows) -> FloatArray:
        log_terms, _, _ = _terms(theta, rows)
        rest = log_terms[:, 1:]
        top = np.max(rest, axis=1, initial=-1e300, keepdims=True)
        gone = np.exp(rest - top).sum(axis=1)
        some = gone > 0
        return np.where(some, np.log(np.where(some, gone, 1.0)) + top[:, 0] - log_terms[:, 0], -np.inf)

    def _still_alive(self, theta: Parameters, rows: Rows, alive: FloatArray) -> FloatArray:
        """Return P(alive at the next occasion): Fader, Hardie & Shang (2010), equation 11."""
        _, _, gamma, delta = theta
        return alive * (delta + rows.age) / (gamma + delta + rows.age)

    def _expected_if_alive(self, theta: Parameters, rows: Rows, horizon: float) -> FloatArray:
        return self._discounted_if_alive(theta, rows, horizon, 0.0)

    def _discounted_if_alive(
        self, theta: Parameters, rows: Rows, horizon: float | None, discount_rate: float
    ) -> FloatArray:
        """Sum over the occasions ahead, the first of them one occasion from now."""
        alpha, beta, gamma, delta = _columns(theta)
        last = np.inf if horizon is None else _whole(horizon)
        if discount_rate > 0:
            last = min(last, np.ceil(LOG_NEGLIGIBLE / discount_rate))
        alive, total = np.ones((len(rows.age), 1)), np.zeros(len(rows.age))
        for begin in range(0, int(last), OCCASIONS_AT_ONCE):
            ahead = np.arange(begin, min(begin + OCCASIONS_AT_ONCE, int(last)))[None, :]
            stays_on = delta + rows.age[:, None] + ahead
            stays = alive * np.cumprod(stays_on / (stays_on + gamma), axis=1)
            total += stays @ np.exp(-discount_rate * (ahead[0] + 1))
            alive = stays[:, -1:]
        return ((alpha + rows.frequency[:, None]) / (alpha + beta + rows.age[:, None]))[:, 0] * total

    def _counts_if_alive(self, theta: Parameters, rows: Rows, horizon: float, largest: int) -> FloatArray:
        """Fader, Hardie & Shang (2010), equation 7, started from the customer's own history."""
        occasions = _whole(horizon)
        alpha, beta, gamma, delta = (np.reshape(value, (-1, 1, 1)) for value in theta)
        alpha, beta = alpha + rows.frequency[:, None, None], beta + (rows.age - rows.frequency)[:, None, None]
        delta = delta + rows.age[:, None, None]
        n, lived = np.arange(largest + 1)[None, :, None], np.arange(occasions + 1)[None, None, :]
        gone = (lived < occasions).astype(np.float64)
        life = betaln(gamma + gone, delta + lived) - betaln(gamma, delta)
        failed = np.maximum(lived - n, 0)
        ways = gammaln(lived + 1) - gammaln(n + 1) - gammaln(failed + 1)
        chance = ways + betaln(alpha + n, beta + failed) - betaln(alpha, beta)
        return np.asarray(np.where(lived >= n, np.exp(life + chance), 0.0).sum(axis=2))

    def _draw_purchases(
        self, theta: Parameters, rows: Rows, alive: np.ndarray, edges: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        alpha, beta, gamma, delta = theta
        chance = rng.beta(alpha + rows.frequency, beta + rows.age - rows.frequency)
        leaving = rng.beta(gamma, delta + rows.age)
        life = np.minimum(rng.geometric(np.clip(leaving, 1e-15, 1.0)) - 1, 10**9) * alive
        until = np.minimum(life[:, None], np.array([_whole(edge) for edge in edges])[None, :])
        return rng.binomial(np.diff(until, axis=1), chance[:, None]).astype(np.float64)

    def sample_histories(self, occasions: FloatArray, rng: np.random.Generator) -> pd.DataFrame:
        """Draw customers observed for given numbers of occasions, occasion by occasion.

        Parameters
        ----------
        occasions : ndarray of shape (n,)
            Occasions on which each customer is observed.
        rng : numpy.random.Generator
            Source of chance.

        Returns
        -------
        DataFrame of shape (n, 4)
            The three columns of a history, and `alive`, the hidden truth: whether one can buy on the next occasion.
        """
        alpha, beta, gamma, delta = self._parameter_values()
        n = len(occasions)
        chance, leaving = rng.beta(alpha, beta, n), rng.beta(gamma, delta, n)
        alive, count, last = np.ones(n, dtype=bool), np.zeros(n), np.zeros(n)
        for occasion in range(1, int(np.max(occasions)) + 1):
            watched = occasion <= occasions
            alive &= ~watched | (rng.random(n) >= leaving)
            bought = watched & alive & (rng.random(n) < chance)
            count[bought] += 1
            last[bought] = occasion
        alive &= rng.random(n) >= leaving  # before the next occasion too a customer may drop out
        return pd.DataFrame({"frequency": count, "last_occasion": last, "occasions": occasions, "alive": alive})


def _columns(theta: Parameters) -> list[FloatArray]:
    return [np.reshape(np.asarray(value, dtype=np.float64), (-1, 1)) for value in theta]


def _terms(theta: Parameters, rows: Rows) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log-probability of each life that fits the history: alive to the end first, then gone after each idle occasion.

    Returns
    -------
    log_terms, lived, gone : ndarray of shape (n, k)
        `lived` occasions in each, and whether the life then ended; -inf marks lives the row cannot have had.
    """
    alpha, beta, gamma, delta = _columns(theta)
    x, last, total = rows.frequency[:, None], rows.last[:, None], rows.age[:, None]
    idle = np.arange(int((rows.age - rows.last).max()))[None, :]
    possible = np.concatenate([np.ones_like(x, dtype=bool), last + idle < total], axis=1)
    lived = np.where(possible, np.concatenate([total, last + idle], axis=1), total)
    gone = np.concatenate([np.zeros_like(x), np.ones_like(x) * np.ones_like(idle)], axis=1)
    chance = betaln(alpha + x, beta + lived - x) - betaln(alpha, beta)
    life = betaln(gamma + gone, delta + lived) - betaln(gamma, delta)
    return np.where(possible, chance + life, -np.inf), lived, gone


def _whole(horizon: float) -> int:
    check_horizon(horizon)
    if horizon != np.floor(horizon):
        raise InputError(
            Fault(
                f"horizon {horizon}",
                allowed="a whole number of occasions",
                remedy="round the horizon to whole occasions",
            )
        )
    return int(horizon)


def _check_occasions(X: pd.DataFrame, columns: tuple[str, ...]) -> list[FloatArray]:
    """Return the columns of a history; refuse it when it is wrong or its occasions are no whole numbers or too many."""
    faults: list[Fault] = []
    with gathering(faults):
        check_history(X, columns, discrete=True)
    (x, last, total), _ = numbers_with_gaps(X, columns)
    count, since, number = columns
    known = np.isfinite(last) & np.isfinite(total)
    faults += [
        *offending(
            X,
            known & ((last != np.floor(last)) | (total != np.floor(total))),
            f"{since} or {number} is not a whole number",
            allowed="0, 1, 2, …",
        ),
        *offending(X, x > last, f"{count} is above {since}", allowed="one purchase at most on an occasion"),
        *offending(
            X,
            np.isfinite(total) & (total > MANY_OCCASIONS),
            f"{number} is above {MANY_OCCASIONS:,}",
            allowed="occasions, not days",
            remedy="use a model in continuous time",
        ),
    ]
    if faults:
        raise InputError(faults)
    return [x, last, total]
