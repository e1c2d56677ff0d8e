"""The beta-geometric/NBD model, and the form it shares with its modified sister."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma, gammaln
from scipy.stats import nbinom

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault
from helpers.value.lifetime.models.arguments import check_times
from helpers.value.lifetime.models.base import Parameters, PurchaseModel
from helpers.value.lifetime.models.edges import chance_edge, rate_edge
from helpers.value.lifetime.models.quadrature import beta_nodes, nodes_needed
from helpers.value.lifetime.models.rows import Rows, distinct_rows

BLOCK = 1_000_000


class BetaGeometricNBD(PurchaseModel):
    """Purchases at a gamma-distributed rate until a purchase at which, by a beta-distributed chance, they end.

    The two models differ in one thing only: whether the first purchase is already a chance to drop out.
    """

    parameter_names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    drop_out_names: ClassVar[tuple[str, ...]] = ("a", "b")
    _scaled: ClassVar[tuple[str, ...]] = ("alpha",)
    _first_purchase_counts: ClassVar[int]

    def _starts(self, rows: Rows) -> list[tuple[float, ...]]:
        rate = float(rows.weight @ rows.frequency) / float(rows.weight @ rows.age)
        return [(0.4, 0.3 / rate, 0.8, 2.4), (1.0, 0.7 / rate, 0.4, 2.4)]

    def _explain_parameters(self, off: Mapping[str, float], rows: Rows) -> list[Fault]:
        scale = float((self._point - self._shift())[1])
        return [*rate_edge(off, self.parameters_, rows, scale=scale), *chance_edge(off, self.parameters_)]

    def _log_likelihood(self, theta: Parameters, rows: Rows) -> tuple[FloatArray, list[FloatArray]]:
        r, alpha, a, b = theta
        by_count, by_r, by_a, by_b, odds, by_stay = self._of_counts(theta, rows)
        shape, last, end = r + rows.frequency, alpha + rows.last, alpha + rows.age
        log_last, log_end, log_alpha = np.log(last), np.log(end), np.log(alpha)
        odds = odds + shape * (log_end - log_last)
        small = np.exp(-np.abs(odds))
        gone = np.where(odds > 0, 1.0, small) / (1 + small)
        value = by_count + r * log_alpha - shape * log_end + np.maximum(odds, 0) + np.log(1 + small)
        return value, [
            r * (by_r + log_alpha - log_end + gone * (log_end - log_last)),
            r - alpha * shape * ((1 - gone) / end + gone / last),
            a * by_a + gone,
            b * (by_b - gone * by_stay),
        ]

    def _of_counts(self, theta: Parameters, rows: Rows) -> FloatArray:
        """Return what depends on the number of purchases alone, row by row, of shape (6, n).

        The gamma functions of the log-likelihood; their derivatives by r, a and b; the log-odds of having dropped
        out at the last purchase rather than stayed (-inf where there was no chance to); and the derivative of those
        odds by b, negated. Worked out once per distinct count, unless covariates make every row's parameters its own.
        """
        r, _, a, b = theta
        each = any(isinstance(value, np.ndarray) and value.ndim for value in (r, a, b))
        x = rows.frequency if each else rows.counts
        chances = x + self._first_purchase_counts
        total = digamma(a + b) - digamma(a + b + chances)
        staying = b + np.maximum(chances - 1, 0.0)
        table = np.array(
            [
                gammaln(r + x)
                - gammaln(r)
                + gammaln(b + chances)
                - gammaln(b)
                + gammaln(a + b)
                - gammaln(a + b + chances),
                digamma(r + x) - digamma(r),
                total,
                total + digamma(b + chances) - digamma(b),
                np.where(chances > 0, np.log(a / staying), -np.inf),
                1 / staying,
            ]
        )
        return table if each else table.take(rows.count_of, axis=1)

    def _log_odds_gone(self, theta: Parameters, rows: Rows) -> FloatArray:
        r, alpha, a, b = theta
        longer = np.log((alpha + rows.age) / (alpha + rows.last))
        chances = rows.frequency + self._first_purchase_counts
        odds = np.log(a / (b + np.maximum(chances - 1, 0.0))) + (r + rows.frequency) * longer
        return np.where(chances > 0, odds, -np.inf)

    def _drop_out_rule(self, theta: Parameters, rows: Rows, horizon: float) -> tuple[FloatArray, FloatArray]:
        """Nodes of the drop-out chance of customers alive now, given their purchases, of shape (n, nodes)."""
        r, alpha, a, b = theta
        stretch = horizon / float(np.min(alpha + rows.age))
        nodes = nodes_needed(stretch, float(np.max((r + rows.frequency) * horizon / (alpha + rows.age))))
        ones = np.ones_like(rows.frequency)
        shapes = distinct_rows([rows.frequency, a * ones, b * ones], None, {})
        at, weight = beta_nodes(shapes.last, shapes.age + shapes.frequency + self._first_purchase_counts, nodes)
        return at[shapes.index], weight[shapes.index]

    def _rate_if_alive(self, theta: Parameters, rows: Rows, ahead: FloatArray) -> FloatArray:
        r, alpha, _, _ = theta
        at, weight = self._drop_out_rule(theta, rows, float(ahead.max()))
        shape, scale = r + rows.frequency, alpha + rows.age
        rate = np.empty((len(shape), len(ahead)))
        step = max(1, BLOCK // (at.shape[1] * len(ahead)))
        for part in (slice(begin, begin + step) for begin in range(0, len(shape), step)):
            worn = np.log1p(at[part, :, None] * (ahead / scale[part, None])[:, None, :])
            left = np.exp(-(shape[part, None, None] + 1) * worn)
            rate[part] = (shape / scale)[part, None] * np.einsum("nk,nkt->nt", weight[part], left)
        return rate

    def _expected_if_alive(self, theta: Parameters, rows: Rows, horizon: float) -> FloatArray:
        r, alpha, _, _ = theta
        at, weight = self._drop_out_rule(theta, rows, horizon)
        shape, scale = (r + rows.frequency)[:, None], (alpha + rows.age)[:, None]
        still_to_come = -np.expm1(-shape * np.log1p(at * horizon / scale)) / at
        return np.asarray(np.einsum("nk,nk->n", weight, still_to_come))

    def _counts_if_alive(self, theta: Parameters, rows: Rows, horizon: float, largest: int) -> FloatArray:
        """Fader, Hardie & Lee (2005), equation 8, started from the customer's own history."""
        r, alpha, a, b = theta
        n = np.arange(largest + 1)[None, :]
        shape, scale = (r + rows.frequency)[:, None], np.reshape(alpha + rows.age, (-1, 1))
        a = np.reshape(a, (-1, 1))
        b = np.reshape(b + rows.frequency + self._first_purchase_counts, (-1, 1))
        share = scale / (scale + horizon)
        stayed = np.exp(betaln(a, b + n) - betaln(a, b)) * nbinom.pmf(n, shape, share)
        left = np.exp(betaln(a + 1, b + np.maximum(n - 1, 0)) - betaln(a, b)) * nbinom.sf(n - 1, shape, share)
        return stayed + np.where(n > 0, left, 0.0)

    def _draw_purchases(
        self, theta: Parameters, rows: Rows, alive: np.ndarray, edges: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        r, alpha, a, b = theta
        rate = rng.gamma(r + rows.frequency) / (alpha + rows.age)
        chance = rng.beta(a, b + rows.frequency + self._first_purchase_counts)
        lives = rng.geometric(np.clip(chance, 1e-15, 1.0)).astype(np.float64)
        wanted = np.cumsum(rng.poisson(rate[:, None] * np.diff(edges)), axis=1).astype(np.float64)
        made = np.minimum(wanted, lives[:, None]) * alive[:, None]
        return np.diff(made, axis=1, prepend=0.0)

    def sample_histories(self, ages: FloatArray, rng: np.random.Generator) -> pd.DataFrame:
        """Draw customers of given ages purchase by purchase, as the model tells their story.

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
        r, alpha, a, b = self._parameter_values()
        ages, n = check_times(ages, "ages"), len(ages)
        rate, chance = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
        alive = rng.random(n) >= chance if self._first_purchase_counts else np.ones(n, dtype=bool)
        clock, count, last = np.zeros(n), np.zeros(n), np.zeros(n)
        buying = alive.copy()
        while buying.any():
            who = np.flatnonzero(buying)
            clock[who] += rng.exponential(1 / np.maximum(rate[who], 1e-300))
            bought = who[clock[who] <= ages[who]]
            count[bought] += 1
            last[bought] = clock[bought]
            leaving = bought[rng.random(len(bought)) < chance[bought]]
            alive[leaving] = False
            buying[:] = False
            buying[bought] = True
            buying[leaving] = False
        return pd.DataFrame({"frequency": count, "age_at_last_purchase": last, "age": ages, "alive": alive})


class BGNBD(BetaGeometricNBD):
    """The BG/NBD model: a customer may drop out after any repeat purchase (Fader, Hardie & Lee, 2005).

    Parameters
    ----------
    covariates : dict of str to list of str, optional
        Columns that act on a parameter, each through `exp(effect × value)`. An effect on `alpha` of -0.1 raises the
        purchase rate by about a tenth; effects on `a` raise, on `b` lower the chance of drop-out.
    time_unit : str
        What ages are counted in.

    Attributes
    ----------
    parameters_ : dict of str to float
        `r`, `alpha` (gamma distribution of purchase rates, `alpha` in time units), `a`, `b` (beta distribution of the
        chance of drop-out), then the effects.
    log_likelihood_ : float
        In nats, of times in `time_unit`.
    notes_ : tuple of Fault
        What limits the use of the fit.

    References
    ----------
    Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2), 275-284.

    Examples
    --------
    >>> model = BGNBD.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> history = pd.DataFrame({"frequency": [2], "age_at_last_purchase": [30.43], "age": [38.86]})
    >>> model.expected_purchases(history, 39).round(3)
    array([1.226])
    """

    _first_purchase_counts: ClassVar[int] = 0

    def _informative(self, frequency: FloatArray) -> dict[str, np.ndarray]:
        """Only repeat purchases are a chance to drop out: who made none says nothing of a and b."""
        again = frequency > 0
        return {"a": again, "b": again}
