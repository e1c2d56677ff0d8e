"""What all transaction models share: the fit, the forecasts, and the customers they would produce.

A model says how likely a history is, how likely its owner has gone, and what a customer who has not gone will do;
the rest is common. In every model here the purchase rate and the drop-out of a customer *known to be alive* are
independent, given the history, so a forecast is always `P(alive)` times a forecast for the living.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import exp
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError
from helpers.core.kept_results import kept
from helpers.core.threads import one_blas_thread
from helpers.value.lifetime.models.arguments import (
    check_chance,
    check_horizon,
    check_largest,
    check_number,
    check_times,
)
from helpers.value.lifetime.models.covariates import (
    check_varying,
    covariate_faults,
    covariate_values,
    effect_not_identified,
    large_effects,
)
from helpers.value.lifetime.models.drop_out import drop_out_shown, gain_of_drop_out
from helpers.value.lifetime.models.quadrature import discounting_nodes
from helpers.value.lifetime.models.rows import (
    HISTORY_COLUMNS,
    Rows,
    check_history,
    check_once_each,
    check_spread,
    check_table,
    check_weights,
    distinct_rows,
    gathering,
    plain_columns,
)
from helpers.value.likelihood.fitted import LogScaleModel
from helpers.value.likelihood.maximum_likelihood import Evaluation, Optimum
from helpers.value.likelihood.thinning import THINNED_TO, maximise_from_samples

Parameters = list[FloatArray | float]

FEW_REPEATERS = 50
LARGEST_LOG = 30.0
_PACKAGE = __name__.partition(".")[0] + "."


class PurchaseModel(LogScaleModel):
    """Base of the transaction models; see `BGNBD` for how one is used.

    Parameters
    ----------
    covariates : dict of str to list of str, optional
        For a parameter, the columns that act on it: the customer's own parameter is the common one times
        `exp(effect × covariate)`.
    time_unit : str
        What ages and horizons are counted in; only a label, for tables and messages.
    """

    parameter_names: ClassVar[tuple[str, ...]]
    history_columns: ClassVar[tuple[str, ...]] = HISTORY_COLUMNS
    drop_out_names: ClassVar[tuple[str, ...]]
    discrete: ClassVar[bool] = False

    def __init__(self, covariates: Mapping[str, Sequence[str]] | None = None, time_unit: str = "weeks") -> None:
        self.covariates = covariates
        self.time_unit = time_unit

    # ---- what a model says -------------------------------------------------------------------------------------------

    @abstractmethod
    def _starts(self, rows: Rows) -> list[tuple[float, ...]]:
        """Return parameters to begin from, for ages whose mean is one."""

    @abstractmethod
    def _log_likelihood(self, theta: Parameters, rows: Rows) -> tuple[FloatArray, list[FloatArray]]:
        """Return each row's log-likelihood and its derivative by the logarithm of each parameter."""

    @abstractmethod
    def _log_odds_gone(self, theta: Parameters, rows: Rows) -> FloatArray:
        """Return the log of P(gone) / P(alive) at the end of observation."""

    def _rate_if_alive(self, theta: Parameters, rows: Rows, ahead: FloatArray) -> FloatArray:
        """Return the mean purchase rate at times ahead, of customers alive now, of shape (n, times)."""
        raise NotImplementedError(f"{type(self).__name__} has no rate in continuous time")

    @abstractmethod
    def _expected_if_alive(self, theta: Parameters, rows: Rows, horizon: float) -> FloatArray:
        """Return the mean purchases within a horizon, of customers alive now."""

    @abstractmethod
    def _counts_if_alive(self, theta: Parameters, rows: Rows, horizon: float, largest: int) -> FloatArray:
        """Return P(0), …, P(largest) purchases within a horizon, of customers alive now."""

    @abstractmethod
    def _draw_purchases(
        self, theta: Parameters, rows: Rows, alive: np.ndarray, edges: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        """Draw the purchases of each customer between successive times ahead, of shape (n, periods)."""

    # ---- fit ---------------------------------------------------------------------------------------------------------

    @one_blas_thread()
    def fit(self, X: pd.DataFrame, y: None = None, sample_weight: object = None) -> Self:  # noqa: ARG002
        """Fit by maximum likelihood.

        Parameters
        ----------
        X : DataFrame of shape (n, …)
            Purchase histories: `frequency` (repeat purchases), `age_at_last_purchase` and `age` (both from the first
            purchase, in `time_unit`), and the covariates.
        y : None
            Ignored; scikit-learn's convention.
        sample_weight : array of shape (n,), optional
            Customers per row.

        Returns
        -------
        Self
            With `parameters_`, `log_likelihood_`, `n_customers_`, `search_spread_` and `notes_`.

        Raises
        ------
        InputError
            When the histories are wrong, or cannot tell the parameters.
        """
        rows = self._rows_to_fit(X, sample_weight)
        self._rows_given = rows if sample_weight is None else None
        unit = float(rows.weight @ rows.age / rows.weight.sum()) if self._scaled else 1.0
        likelihood = RowLikelihood(self, rows.rescaled(unit))
        best, self.search_spread_ = self._found(likelihood)
        self._settle(likelihood, best, unit)
        self._drop_out_gain: float | None = None
        self.log_likelihood_ = float(best.evaluation.value - rows.weight @ rows.frequency * np.log(unit))
        self._conclude(best, _too_few(rows))
        return self

    def check_rows(self, X: pd.DataFrame, sample_weight: object = None) -> None:
        """Raise what `fit` would refuse of the histories, without fitting.

        Parameters
        ----------
        X, sample_weight
            As for `fit`.

        Raises
        ------
        InputError
            Every fault of the histories and weights.
        """
        self._rows_to_fit(X, sample_weight)

    def _rows_to_fit(self, X: pd.DataFrame, sample_weight: object) -> Rows:
        """Check everything a fit is given, all faults at once, and reduce it to distinct rows that count."""
        columns, weights, effects = self._checked(X, sample_weight, check_once_each)
        if weights is not None and not weights.all():
            counts = weights > 0
            columns, weights = [values[counts] for values in columns], weights[counts]
            effects = {name: values[counts] for name, values in effects.items()}
            X = X[counts]
        faults: list[Fault] = []
        with gathering(faults):
            check_spread(X, columns[0], self.history_columns[0])
        with gathering(faults):
            check_spread(X, columns[2], self.history_columns[2])
        with gathering(faults):
            _refuse_hopeless(columns[0], weights)
        if effects and not faults:
            with gathering(faults):
                check_varying(effects, self.covariates or {}, self._informative(columns[0]))
        if faults:
            raise InputError(faults)
        return distinct_rows(columns, weights, effects)

    def _checked(
        self, X: pd.DataFrame, sample_weight: object = None, *more: Callable[[pd.DataFrame], None]
    ) -> tuple[list[FloatArray], FloatArray | None, dict[str, FloatArray]]:
        """Return the columns of a history, the weights and the covariates, or every fault of all three at once."""
        check_table(X, self.history_columns)
        faults: list[Fault] = []
        columns: list[FloatArray] = []
        weights: FloatArray | None = None
        effects: dict[str, FloatArray] = {}
        with gathering(faults):
            columns = self._history(X)
        with gathering(faults):
            effects = self._effects(X)
        with gathering(faults):
            weights = check_weights(X, sample_weight)
        for check in more:
            with gathering(faults):
                check(X)
        if faults:
            raise InputError(faults)
        return columns, weights, effects

    def _history(self, X: pd.DataFrame) -> list[FloatArray]:
        return check_history(X, self.history_columns)

    def _effects(self, X: pd.DataFrame) -> dict[str, FloatArray]:
        if not self.covariates:
            return {}
        faults = covariate_faults(self.covariates, self.parameter_names)
        if faults:
            raise InputError(faults)
        return covariate_values(X, self.covariates)

    def _informative(self, frequency: FloatArray) -> dict[str, np.ndarray]:
        """Return the customers whose history says anything about a parameter, where that is not all of them."""
        del frequency
        return {}

    def _found(self, likelihood: "RowLikelihood") -> tuple[Optimum, float]:
        """Search, once for all chapters of a run that fit the same model to the same histories."""
        model = type(self)
        if not model.__module__.startswith(_PACKAGE):  # of a notebook: another may call another model the same
            return self._search(likelihood)
        numbers = kept(_searched, model, self.get_params(), likelihood.rows.without_customers())
        return _unflat(numbers, len(self.fitted_names))

    def _search(self, likelihood: "RowLikelihood") -> tuple[Optimum, float]:
        rows = likelihood.rows
        effects = np.zeros(len(self.fitted_names) - len(self.parameter_names))
        starts = [np.concatenate([np.log(start), effects]) for start in self._starts(rows)]
        samples = (RowLikelihood(self, rows.thinned(customers)) for customers in THINNED_TO)
        return maximise_from_samples(likelihood, starts, samples)

    def _with_partners(self, off: Mapping[str, float]) -> tuple[str, ...]:
        names = self.parameter_names
        pairs = (names[:2], names[2:])  # of the rate or chance to buy, and of that to drop out
        return tuple(
            name for name in self.fitted_names if name in off or any(name in p and set(p) & set(off) for p in pairs)
        )

    def _effect_scale(self) -> FloatArray | None:
        effects = self._rows_of_fit.effects
        if not effects:
            return None
        return np.concatenate([np.ones(len(self.parameter_names)), *(np.ptp(v, axis=0) for v in effects.values())])

    @property
    def _rows_of_fit(self) -> Rows:
        return self.likelihood_.rows  # type: ignore[attr-defined, no-any-return]  # `fit` put rows behind it

    def _explain(self, off: Mapping[str, float]) -> list[Fault]:
        """Name covariates that separate customers first: they carry the parameter they act on with them."""
        rows = self._rows_of_fit
        notes, carried = large_effects(self.parameters_, self.covariates or {}, rows.effects)
        rest = {name: at for name, at in off.items() if name not in carried and name in self.parameter_names}
        not_identified = [name for name in off if name not in self.parameter_names and name not in carried]
        notes += [effect_not_identified(self.parameters_, name) for name in not_identified]
        return notes + self._explain_parameters(rest, rows)

    def _explain_parameters(self, off: Mapping[str, float], rows: Rows) -> list[Fault]:
        """Return notes on the model's own parameters at an edge."""
        del rows
        return super()._explain(off)

    @property
    def known_by(self) -> object:
        """All that a fitted model's answers rest on: its arguments, what was fitted, and the rows of the fit."""
        fitted = {name: value for name, value in sorted(vars(self).items()) if name.endswith("_")}
        rows = self._rows_of_fit.without_customers() if hasattr(self, "likelihood_") else None
        return self.get_params(), fitted, self.fitting_point_, rows

    @property
    def fitted_names(self) -> tuple[str, ...]:
        """Names of everything fitted: the parameters, then the effects as `parameter:covariate`."""
        groups = self.covariates or {}
        return (*self.parameter_names, *(f"{parameter}:{name}" for parameter in groups for name in groups[parameter]))

    def log_likelihood(self, X: pd.DataFrame, sample_weight: object = None) -> float:
        """Return the log-likelihood of histories under the fitted (or stated) parameters, in nats."""
        rows = self._prepare(X, sample_weight)
        value, _ = self._log_likelihood(self._theta(rows), rows)
        return float(rows.weight @ value)

    def score(self, X: pd.DataFrame, y: None = None) -> float:  # noqa: ARG002
        """Return the log-likelihood per customer, for cross-validation."""
        return self.log_likelihood(X) / len(X)

    @property
    def drop_out_identified(self) -> bool:
        """Whether the data of the fit show that customers drop out, so that P(alive) can be known; True when stated.

        A likelihood-ratio test against the same model without drop-out.
        """
        if not hasattr(self, "n_customers_"):
            return True
        if self._drop_out_gain is None:
            places = [self.parameter_names.index(name) for name in self.drop_out_names]
            self._drop_out_gain = gain_of_drop_out(self.likelihood_, self._point - self._shift(), places)
        return drop_out_shown(self._drop_out_gain)

    # ---- forecasts ---------------------------------------------------------------------------------------------------

    def prepare(self, X: pd.DataFrame) -> Rows:
        """Check purchase histories once, for many calls of `draw_purchases`, at whatever parameters."""
        return self._prepare(X)

    def _prepare(self, X: pd.DataFrame, sample_weight: object = None) -> Rows:
        self._need("parameters_")
        known: Rows | None = getattr(self, "_rows_given", None)
        if known is not None and sample_weight is None and not self.covariates:
            given = plain_columns(X, self.history_columns)
            if given and known.describes(given):
                return known  # the customers of the fit, and checked with it
        columns, weights, effects = self._checked(X, sample_weight)
        return distinct_rows(columns, weights, effects)

    def _theta(self, rows: Rows) -> Parameters:
        return self._theta_at(self._point, rows)

    def _theta_at(self, point: FloatArray, rows: Rows) -> Parameters:
        """Return the parameters of every row: one number each, or an array where covariates act."""
        theta: Parameters = [exp(min(max(v, -LARGEST_LOG), LARGEST_LOG)) for v in point[: len(self.parameter_names)]]
        place = len(self.parameter_names)
        for name, values in rows.effects.items():
            effect = values @ point[place : place + values.shape[1]]
            k = self.parameter_names.index(name)
            theta[k] = theta[k] * np.exp(np.clip(effect, -LARGEST_LOG, LARGEST_LOG))
            place += values.shape[1]
        return theta

    def probability_alive(self, X: pd.DataFrame) -> FloatArray:
        """Return the probability that each customer can still buy, of shape (n,): has not dropped out.

        In continuous time at the end of observation; on discrete occasions at the next of them, as a customer may drop
        out before it.
        """
        rows = self._prepare(X)
        alive, _ = self._now(rows)
        return self._still_alive(self._theta(rows), rows, alive)[rows.index]

    def _now(self, rows: Rows) -> tuple[FloatArray, Rows]:
        """Return P(alive) at the end of observation, and the rows as a forecast for the living sees them."""
        return _alive(self._log_odds_gone(self._theta(rows), rows)), _living(rows)

    def _still_alive(self, theta: Parameters, rows: Rows, alive: FloatArray) -> FloatArray:
        """Return P(can still buy) from P(alive) at the end of observation: in continuous time the same."""
        del theta, rows
        return alive

    def expected_purchases(self, X: pd.DataFrame, horizon: float) -> FloatArray:
        """Return the mean number of purchases of each customer within `horizon` time units from now, of shape (n,)."""
        check_horizon(horizon)
        rows = self._prepare(X)
        return self._expected(*self._now(rows), horizon)[rows.index]

    def discounted_purchases(self, X: pd.DataFrame, horizon: float | None, discount_rate: float) -> FloatArray:
        """Return the mean number of future purchases, each discounted from the moment it is made, of shape (n,).

        Parameters
        ----------
        X : DataFrame
            Purchase histories.
        horizon : float or None
            Time units ahead; None for ever, which needs a discount rate above zero.
        discount_rate : float
            Continuously compounded, per time unit.
        """
        rows = self._prepare(X)
        return self._discounted(*self._now(rows), horizon, discount_rate)[rows.index]

    @one_blas_thread()
    def forecast(self, X: pd.DataFrame, horizon: float | None, discount_rate: float = 0.0) -> pd.DataFrame:
        """Return P(alive), expected and discounted purchases side by side, in one pass over the customers.

        `expected_purchases` is missing where the horizon is None: without discounting it may be infinite.
        """
        check_horizon(horizon, endless=True)
        rows = self._prepare(X)
        alive, living = self._now(rows)
        expected = np.full(len(rows.weight), np.nan) if horizon is None else self._expected(alive, living, horizon)
        columns = {
            "probability_alive": self._still_alive(self._theta(rows), rows, alive),
            "expected_purchases": expected,
            "discounted_purchases": self._discounted(alive, living, horizon, discount_rate),
        }
        each = {name: values[rows.index] for name, values in columns.items()}
        return pd.DataFrame(each, index=X.index, copy=False)

    def _expected(self, alive: FloatArray, living: Rows, horizon: float) -> FloatArray:
        return alive * self._expected_if_alive(self._theta(living), living, horizon)[living.index]

    def _discounted(self, alive: FloatArray, living: Rows, horizon: float | None, discount_rate: float) -> FloatArray:
        check_horizon(horizon, endless=True)
        if check_number(discount_rate, "", low=0) or (horizon is None and discount_rate == 0):
            raise InputError(
                Fault(
                    f"discount rate {discount_rate} with {'no' if horizon is None else 'a'} horizon",
                    allowed="0 or more; above 0 without a horizon",
                    remedy="give a horizon, or a discount rate above 0",
                )
            )
        return alive * self._discounted_if_alive(self._theta(living), living, horizon, discount_rate)[living.index]

    def _discounted_if_alive(
        self, theta: Parameters, rows: Rows, horizon: float | None, discount_rate: float
    ) -> FloatArray:
        scale = max(float(np.median(rows.age)), 1e-3)
        ahead, weight = discounting_nodes(scale, horizon, discount_rate)
        return self._rate_if_alive(theta, rows, ahead) @ weight

    def expected_purchases_of_new(self, ages: Sequence[float] | FloatArray) -> FloatArray:
        """Return the mean number of repeat purchases of a new customer up to each age, of shape (ages,)."""
        self._refuse_covariates("expected_purchases with frequency 0 and age 0")
        fresh = _fresh_rows()
        each = [float(self._expected(*self._now(fresh), float(age))[0]) for age in check_times(ages, "ages")]
        return np.array(each)

    def repeat_purchase_probabilities(self, age: float, largest: int) -> FloatArray:
        """Return the probabilities that a new customer makes 0, …, `largest` repeat purchases up to an age."""
        self._refuse_covariates("purchase_probabilities with frequency 0 and age 0")
        check_horizon(age)
        probabilities: FloatArray = self._counts(_fresh_rows(), age, largest)[0]
        return probabilities

    def purchase_probabilities(self, X: pd.DataFrame, horizon: float, largest: int) -> FloatArray:
        """Return P(0), …, P(largest) purchases of each customer within the horizon, of shape (n, largest + 1)."""
        check_horizon(horizon)
        rows = self._prepare(X)
        return self._counts(rows, horizon, largest)[rows.index]

    def _counts(self, rows: Rows, horizon: float, largest: int) -> FloatArray:
        check_largest(largest)
        theta = self._theta(rows)
        alive = _alive(self._log_odds_gone(theta, rows))[:, None]
        probabilities = alive * self._counts_if_alive(theta, rows, horizon, largest)
        probabilities[:, 0] += 1 - alive[:, 0]
        return probabilities

    def _refuse_covariates(self, instead: str) -> None:
        self._need("parameters_")
        if self.covariates:
            raise InputError(Fault("a new customer's forecast needs the covariates", remedy=f"use {instead}"))

    def draw_purchases(
        self, X: pd.DataFrame | Rows, edges: Sequence[float] | FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        """Draw one possible future of every customer: purchases between successive times ahead.

        Parameters
        ----------
        X : DataFrame of shape (n, …), or Rows
            Purchase histories, or what `prepare` made of them.
        edges : sequence of float
            Times ahead in time units, from 0, none below the one before.
        rng : numpy.random.Generator
            Source of chance.

        Returns
        -------
        ndarray of shape (n, len(edges) - 1)
            Purchases of each customer in each period.
        """
        check_chance(rng)
        ahead = check_times(edges, "edges")
        if len(ahead) < 2 or ahead[0] != 0 or (np.diff(ahead) < 0).any():
            raise InputError(
                Fault(
                    f"{ahead.tolist()}",
                    where="edges",
                    allowed="two times or more, from 0, that do not decrease",
                    remedy="give rising times that begin with 0",
                )
            )
        rows = X if isinstance(X, Rows) else self._prepare(X)
        alive = _alive(self._log_odds_gone(self._theta(rows), rows))[rows.index]
        customers = rows.exploded()
        theta = self._theta(customers)
        return self._draw_purchases(theta, customers, rng.random(len(alive)) < alive, ahead, rng)


class RowLikelihood:
    """A model's log-likelihood over given rows, as a function of a point on the fitting scale."""

    def __init__(self, model: PurchaseModel, rows: Rows) -> None:
        self._model, self.rows = model, rows

    @property
    def weight(self) -> FloatArray:
        """Customers behind each row."""
        return self.rows.weight

    def reweighted(self, weight: FloatArray) -> "RowLikelihood":
        """Return the same rows with other weights."""
        return RowLikelihood(self._model, replace(self.rows, weight=weight))

    def __call__(self, point: FloatArray) -> Evaluation:
        """Return the log-likelihood, its gradient and the products of the scores."""
        model, rows = self._model, self.rows
        value, score = model._log_likelihood(model._theta_at(point, rows), rows)
        for name, values in rows.effects.items():
            own = score[model.parameter_names.index(name)]
            score = [*score, *(own * column for column in values.T)]
        scores = np.array(score)
        weighted = scores * rows.weight
        return Evaluation(float(rows.weight @ value), scores @ rows.weight, weighted @ scores.T)


def _searched(kind: type[PurchaseModel], arguments: Mapping[str, Any], rows: Rows) -> list[float]:
    """Search for the parameters of a model that was given some arguments; returned as plain numbers, to be kept."""
    model = kind(**arguments)
    return _flat(*model._search(RowLikelihood(model, rows)))


def _flat(best: Optimum, spread: float) -> list[float]:
    found = best.evaluation
    parts = [best.point, found.gradient, found.outer.ravel(), best.inverse.ravel()]
    ends = [found.value, best.expected_gain, best.gained, best.iterations, spread]
    return [*map(float, np.concatenate(parts)), *map(float, ends)]


def _unflat(numbers: list[float], p: int) -> tuple[Optimum, float]:
    *numbers, value, gain, gained, iterations, spread = numbers
    point, gradient, outer, inverse = np.split(np.array(numbers), np.cumsum([p, p, p * p]))
    evaluation = Evaluation(value, gradient, outer.reshape(p, p))
    return Optimum(point, evaluation, gain, inverse.reshape(p, p), int(iterations), gained), spread


def _refuse_hopeless(frequency: FloatArray, weights: FloatArray | None) -> None:
    if not (frequency > 0).any():
        customers = len(frequency) if weights is None else weights.sum()
        raise InputError(
            Fault(
                f"all {customers:,.0f} customers are one-time buyers: no repeat purchase to learn a rate from",
                remedy="observe longer, or check that the history counts repeat purchases and not first ones",
            )
        )


def _too_few(rows: Rows) -> list[Fault]:
    repeaters = float(rows.weight[rows.frequency > 0].sum())
    if repeaters >= FEW_REPEATERS:
        return []
    return [
        Fault(
            f"{repeaters:,.0f} of {rows.weight.sum():,.0f} customers bought again, too few for intervals to be trusted",
            allowed=f"{FEW_REPEATERS} or more",
            remedy="observe longer, or pool this group with a similar one",
        )
    ]


def _alive(log_odds_gone: FloatArray) -> FloatArray:
    small = np.exp(-np.abs(log_odds_gone))
    return np.asarray(np.where(log_odds_gone > 0, small, 1.0) / (1 + small))


def _living(rows: Rows) -> Rows:
    """Rows as a forecast for the living sees them: the date of the last purchase no longer matters."""
    return distinct_rows([rows.frequency, np.zeros_like(rows.age), rows.age], None, rows.effects)


def _fresh_rows() -> Rows:
    nothing = np.zeros(1)
    return distinct_rows([nothing, nothing, nothing], None, {})
