"""The Pareto/NBD model, by quadrature of its one integral instead of its hypergeometric closed form.

The closed form differences two nearly equal Gauss hypergeometric functions whose series overflow for large counts.
The integral they stand for has a positive integrand, so nothing cancels: with `w = log(min(alpha, beta) + time of
drop-out)` the integrand is analytic in a strip of half-width pi about the interval, and 32 nodes leave an error
below 1e-10 for any history.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln
from scipy.stats import nbinom

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault
from helpers.value.lifetime.models.arguments import check_times
from helpers.value.lifetime.models.base import Parameters, PurchaseModel
from helpers.value.lifetime.models.edges import lifetime_edge, rate_edge
from helpers.value.lifetime.models.quadrature import LOG_NEGLIGIBLE, legendre
from helpers.value.lifetime.models.rows import Rows

NODES = 32
GENTLE_FALL, GENTLE_REACH = 16.0, 5.0
BLOCK = 2_048


class ParetoNBD(PurchaseModel):
    """Purchases at a gamma-distributed rate until a gamma-mixed exponential lifetime ends (Schmittlein et al., 1987).

    Parameters
    ----------
    covariates : dict of str to list of str, optional
        Columns that act on a parameter, each through `exp(effect × value)`. An effect on `alpha` of -0.1 raises the
        purchase rate by about a tenth, on `beta` the rate of drop-out.
    time_unit : str
        What ages are counted in.

    Attributes
    ----------
    parameters_ : dict of str to float
        `r`, `alpha` (gamma distribution of purchase rates), `s`, `beta` (gamma distribution of drop-out rates), the
        scales in time units; then the effects.
    log_likelihood_ : float
        In nats, of times in `time_unit`.
    notes_ : tuple of Fault
        What limits the use of the fit.

    References
    ----------
    Schmittlein, Morrison & Colombo (1987), Counting your customers, Management Science 33(1), 1-24; Fader & Hardie
    (2005), A note on deriving the Pareto/NBD model and related expressions.

    Examples
    --------
    >>> model = ParetoNBD.from_parameters(r=0.55, alpha=10.56, s=0.61, beta=11.64)
    >>> model.expected_purchases_of_new([1, 2]).round(8)
    array([0.05077821, 0.09916088])
    """

    parameter_names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    drop_out_names: ClassVar[tuple[str, ...]] = ("s", "beta")
    _scaled: ClassVar[tuple[str, ...]] = ("alpha", "beta")

    def _starts(self, rows: Rows) -> list[tuple[float, ...]]:
        rate = float(rows.weight @ rows.frequency) / float(rows.weight @ rows.age)
        return [(0.6, 0.4 / rate, 0.6, 0.4), (2.0, 1.5 / rate, 1.5, 5.0)]

    def _explain_parameters(self, off: Mapping[str, float], rows: Rows) -> list[Fault]:
        _, scale, s, beta = self._point[:4] - self._shift()[:4]
        return [
            *rate_edge(off, self.parameters_, rows, scale=float(scale)),
            *lifetime_edge(off, self.parameters_, (float(s), float(beta)), self.time_unit),
        ]

    def _log_likelihood(self, theta: Parameters, rows: Rows) -> tuple[FloatArray, list[FloatArray]]:
        r, alpha, s, beta = theta
        odds, slopes = _log_odds(theta, rows, slopes=True)
        log_end, log_drop = np.log(alpha + rows.age), np.log(beta + rows.age)
        shape = r + rows.frequency
        small = np.exp(-np.abs(odds))
        gone = np.where(odds > 0, 1.0, small) / (1 + small)
        purchases, by_r = _of_purchases(r, rows)
        value = purchases + r * np.log(alpha) - shape * log_end + s * (np.log(beta) - log_drop)
        value += np.maximum(odds, 0) + np.log(1 + small)
        return value, [
            r * (by_r + np.log(alpha) - log_end + gone * slopes[0]),
            r - alpha * (shape / (alpha + rows.age) - gone * slopes[1]),
            s * (np.log(beta) - log_drop + gone * slopes[2]),
            s - beta * (s / (beta + rows.age) - gone * slopes[3]),
        ]

    def _log_odds_gone(self, theta: Parameters, rows: Rows) -> FloatArray:
        return _log_odds(theta, rows, slopes=False)[0]

    def _rate_if_alive(self, theta: Parameters, rows: Rows, ahead: FloatArray) -> FloatArray:
        r, alpha, s, beta = (np.reshape(value, (-1, 1)) for value in theta)
        rate = (r + rows.frequency[:, None]) / (alpha + rows.age[:, None])
        return np.asarray(rate * np.exp(-s * np.log1p(ahead / (beta + rows.age[:, None]))))

    def _expected_if_alive(self, theta: Parameters, rows: Rows, horizon: float) -> FloatArray:
        r, alpha, s, beta = theta
        fade = np.log1p(horizon / (beta + rows.age))
        return (r + rows.frequency) / (alpha + rows.age) * (beta + rows.age) * _damped(fade, s - 1)

    def _counts_if_alive(self, theta: Parameters, rows: Rows, horizon: float, largest: int) -> FloatArray:
        """Negative binomial up to the time of drop-out, averaged over that time."""
        r, alpha, s, beta = (np.reshape(value, (-1, 1, 1)) for value in theta)
        n = np.arange(largest + 1)[None, None, :]
        at, weight = legendre(2 * NODES)
        shape, scale = r + rows.frequency[:, None, None], alpha + rows.age[:, None, None]
        wait = beta + rows.age[:, None, None]
        reach = np.log1p(horizon / wait)
        fade = reach * at[None, :, None]
        gone_at = wait * np.expm1(fade)
        leaving = s * np.exp(-s * fade) * reach * weight[None, :, None]
        left = (leaving * nbinom.pmf(n, shape, scale / (scale + gone_at))).sum(axis=1)
        stayed = np.exp(-s * reach) * nbinom.pmf(n, shape, scale / (scale + horizon))
        return np.asarray(left + stayed[:, 0, :])

    def _draw_purchases(
        self, theta: Parameters, rows: Rows, alive: np.ndarray, edges: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        r, alpha, s, beta = theta
        rate = rng.gamma(r + rows.frequency) / (alpha + rows.age)
        drop_out = rng.gamma(s, size=len(rate)) / (beta + rows.age)
        life = alive * rng.exponential(size=len(rate)) / np.maximum(drop_out, 1e-300)
        exposed = np.clip(life[:, None] - edges[:-1], 0.0, np.diff(edges))
        return rng.poisson(rate[:, None] * exposed).astype(np.float64)

    def sample_histories(self, ages: FloatArray, rng: np.random.Generator) -> pd.DataFrame:
        """Draw customers of given ages as the model tells their story.

        Parameters
        ----------
        ages : ndarray of shape (n,)
            Age of each customer at the end of observation, in time units.
        rng : numpy.random.Generator
            Source of chance.

        Returns
        -------
        DataFrame of shape (n, 4)
            The three columns of a history, and `alive`, the hidden truth.
        """
        r, alpha, s, beta = self._parameter_values()
        ages, n = check_times(ages, "ages"), len(ages)
        rate, drop_out = rng.gamma(r, 1 / alpha, n), rng.gamma(s, 1 / beta, n)
        life = rng.exponential(size=n) / np.maximum(drop_out, 1e-300)
        watched = np.minimum(life, ages)
        count = rng.poisson(rate * watched).astype(np.float64)
        # purchases of a Poisson process are uniform in time: the last of n is at the share U^(1/n)
        last = np.where(count > 0, watched * rng.random(n) ** (1 / np.maximum(count, 1)), 0.0)
        return pd.DataFrame({"frequency": count, "age_at_last_purchase": last, "age": ages, "alive": life > ages})


def _damped(reach: FloatArray, power: FloatArray | float) -> FloatArray:
    """Return (1 − e^(−power × reach)) / power, and its limit `reach` where the power is zero."""
    safe = np.where(np.abs(power) < 1e-12, 1e-12, power)
    return -np.expm1(-safe * reach) / safe


def _of_purchases(r: FloatArray | float, rows: Rows) -> tuple[FloatArray, FloatArray]:
    if isinstance(r, np.ndarray) and r.ndim:
        shape = r + rows.frequency
        return gammaln(shape) - gammaln(r), digamma(shape) - digamma(r)
    shape = r + rows.counts
    value, slope = gammaln(shape) - gammaln(r), digamma(shape) - digamma(r)
    return value[rows.count_of], slope[rows.count_of]


def _log_odds(theta: Parameters, rows: Rows, *, slopes: bool) -> tuple[FloatArray, FloatArray]:
    """Log of P(gone) / P(alive), with its derivatives by r, alpha, s and beta.

    Rows whose integrand is gentle take half the nodes; all are worked on in blocks that stay in the cache.
    """
    _, alpha, s, beta = theta
    shape = theta[0] + rows.frequency
    until = np.minimum(rows.age, _faded(alpha, rows.last, shape))
    until = np.minimum(until, _faded(beta, rows.last, s + 1))
    low = np.minimum(alpha, beta)
    reach = np.log((low + until) / (low + rows.last))
    fall = shape * np.log((alpha + until) / (alpha + rows.last))
    fall += (s + 1) * np.log((beta + until) / (beta + rows.last))
    gentle = (fall < GENTLE_FALL) & (reach < GENTLE_REACH)
    odds, by = np.empty(len(shape)), np.empty((4 if slopes else 0, len(shape)))
    for nodes, chosen in ((NODES // 2, np.flatnonzero(gentle)), (NODES, np.flatnonzero(~gentle))):
        for begin in range(0, len(chosen), BLOCK):
            part = chosen[begin : begin + BLOCK]
            drop_out: Parameters = [v[part] if isinstance(v, np.ndarray) else v for v in (alpha, s, beta)]
            times = rows.last[part], rows.age[part], reach[part]
            odds[part], by[:, part] = _integrate(nodes, shape[part], drop_out, times, slopes=slopes)
    return odds, by


def _integrate(
    nodes: int,
    shape: FloatArray,
    scales: Parameters,
    times: tuple[FloatArray, FloatArray, FloatArray],
    *,
    slopes: bool,
) -> tuple[FloatArray, FloatArray]:
    """Integrate s (alpha + t)^-shape (beta + t)^-(s + 1) over the time of drop-out t, from the last purchase on.

    Beyond the time where either factor has fallen by e^-34 the integrand is nothing; cutting there keeps it smooth for
    customers with a thousand purchases.
    """
    alpha, s, beta = scales
    last, age, reach = times
    at, weight = legendre(nodes)
    low, high = np.minimum(alpha, beta), np.maximum(alpha, beta)
    near = np.multiply.outer(at, reach)
    log_near = near + np.log(low + last)
    np.exp(near, out=near)
    near *= low + last
    far = near + (high - low)
    (log_a, to_a), (log_b, to_b) = _sorted_out(np.asarray(alpha <= beta), (log_near, near), (np.log(far), far))
    height = log_near - shape * log_a
    height -= (s + 1) * log_b
    top = height[0].copy()
    height -= top
    np.exp(height, out=height)
    area = weight @ height
    log_end, log_drop = np.log(alpha + age), np.log(beta + age)
    empty = reach <= 0  # bought on the last day: no time to have gone
    by = np.empty((4 if slopes else 0, len(last)))
    if slopes:
        mean_log_a, mean_log_b = weight @ (height * log_a) / area, weight @ (height * log_b) / area
        mean_a, mean_b = (weight @ np.divide(height, to, out=to) / area for to in (to_a, to_b))
        by[0] = log_end - mean_log_a
        by[1] = shape * (1 / (alpha + age) - mean_a)
        by[2] = 1 / s + log_drop - mean_log_b
        by[3] = s / (beta + age) - (s + 1) * mean_b
        by[:, empty] = 0.0
    log_area = np.log(area) + top + np.log(np.where(empty, 1.0, reach))
    return np.where(empty, -np.inf, np.log(s) + shape * log_end + s * log_drop + log_area), by


def _sorted_out(
    alpha_is_lower: np.ndarray, lower: tuple[FloatArray, ...], higher: tuple[FloatArray, ...]
) -> tuple[tuple[FloatArray, ...], tuple[FloatArray, ...]]:
    """Return what belongs to alpha and what to beta, from what belongs to the lower and to the higher of the two."""
    if alpha_is_lower.all():
        return lower, higher
    if not alpha_is_lower.any():
        return higher, lower
    pairs = list(zip(lower, higher, strict=True))
    return (
        tuple(np.where(alpha_is_lower, low, high) for low, high in pairs),
        tuple(np.where(alpha_is_lower, high, low) for low, high in pairs),
    )


def _faded(scale: FloatArray | float, last: FloatArray, power: FloatArray | float) -> FloatArray:
    """Time at which (scale + t)^-power has fallen by e^-34 since the last purchase."""
    return (scale + last) * np.exp(np.minimum(LOG_NEGLIGIBLE / power, 600.0)) - scale
