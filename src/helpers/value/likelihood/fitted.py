"""What every likelihood model of this room carries once fitted: its parameters, how sure they are, what limits them."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import ClassVar, Protocol, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError, unknown_name
from helpers.core.fits import NoFitError
from helpers.core.results import significant
from helpers.value.likelihood.maximum_likelihood import (
    Evaluation,
    Optimum,
    flat_directions,
    observed_information,
    warn_of,
)
from helpers.value.likelihood.uncertainty import summarise_fit

EXTREME_LOG = 9.0


class WeightedLikelihood(Protocol):
    """A log-likelihood over distinct rows, each counted as often as its weight says."""

    @property
    def weight(self) -> FloatArray:
        """Customers behind each row."""
        ...

    def __call__(self, point: FloatArray) -> Evaluation:
        """Return the log-likelihood with its exact gradient."""
        ...

    def reweighted(self, weight: FloatArray) -> "WeightedLikelihood":
        """Return the same rows with other weights, for the bootstrap."""
        ...


class LogScaleModel(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Base of models with positive parameters that are fitted as logarithms.

    Attributes
    ----------
    parameters_ : dict of str to float
        Fitted values by name, in the user's units.
    log_likelihood_ : float
        In nats.
    n_customers_ : float
        Customers the fit rests on.
    search_spread_ : float
        Difference in log-likelihood between the tops that several starts ended on, in nats.
    notes_ : tuple of Fault
        What limits the use of the fit: cause and remedy.
    not_identified_ : tuple of str
        Parameters the data do not settle: where they end hangs on the machine's rounding.
    """

    parameter_names: ClassVar[tuple[str, ...]]
    _scaled: ClassVar[tuple[str, ...]] = ()
    _extremes: ClassVar[Mapping[str, str]] = {}

    @property
    def fitted_names(self) -> tuple[str, ...]:
        """Names of everything fitted, in order."""
        return self.parameter_names

    def _settle(self, likelihood: WeightedLikelihood, best: Optimum, unit: float) -> None:
        """Keep an optimum that was found in units of `unit`, in the user's own units."""
        self._likelihood, self._unit = likelihood, unit
        self._point = best.point + self._shift()
        self._name_point()
        self.n_customers_ = float(likelihood.weight.sum())
        self.iterations_ = best.iterations
        self._information: FloatArray | None = None

    def _shift(self) -> FloatArray:
        shift = np.zeros(len(self.fitted_names))
        for name in self._scaled:
            shift[self.parameter_names.index(name)] = np.log(self._unit)
        return shift

    def _name_point(self) -> None:
        own = len(self.parameter_names)
        values = [*np.exp(self._point[:own]), *self._point[own:]]
        self.parameters_ = dict(zip(self.fitted_names, map(float, values), strict=True))

    def _conclude(self, best: Optimum, notes: list[Fault]) -> None:
        """Add what the search itself shows to the notes, keep them and tell the user."""
        if best.stuck:
            raise InputError(
                Fault(
                    f"the search could not leave its start, {best.expected_gain:.2g} nats short of its top",
                    remedy="look for a count, an age or an amount that overflowed, or stands for a missing one",
                )
            )
        off = self._off_the_scale(best)
        self.not_identified_ = self._with_partners(off)
        causes = self._explain(off)
        notes.extend(causes)
        if not best.converged and not causes:
            notes.append(
                Fault(
                    f"the search stopped after {best.iterations} steps, {best.expected_gain:.2g} nats short of its top",
                    remedy="look for customers unlike all others (a reseller, a test account) and fit without them",
                )
            )
        self.notes_ = tuple(notes)
        warn_of(self.notes_)

    def _off_the_scale(self, best: Optimum) -> dict[str, float]:
        """Return the logarithms, in the rescaled unit, of what lies at an edge or is not identified by the data."""
        own, scale = len(self.parameter_names), self._effect_scale()
        information = best.evaluation.outer / self.n_customers_
        if scale is not None:
            information = information / np.outer(scale, scale)
        flat = flat_directions(information, self.fitted_names)
        return {
            name: float(best.point[place])
            for place, name in enumerate(self.fitted_names)
            if name in flat or (place < own and abs(best.point[place]) > EXTREME_LOG)
        }

    def _with_partners(self, off: Mapping[str, float]) -> tuple[str, ...]:
        """Return what is at an edge, with the parameters whose ratio alone the data may then tell."""
        return tuple(off)

    def _effect_scale(self) -> FloatArray | None:
        """Return by what to divide each fitted value so that effects count like parameters; None without effects."""
        return None

    def _explain(self, off: Mapping[str, float]) -> list[Fault]:
        """Return notes on parameters at an edge: one for each cause, which is reported first."""
        by_remedy: dict[str, list[str]] = {}
        for name in off:
            by_remedy.setdefault(self._extremes.get(name, "use a simpler model, or more data"), []).append(name)
        return [
            Fault(f"{self._stated(names)} at the edge, or the data do not tell it", remedy=remedy)
            for remedy, names in by_remedy.items()
        ]

    def _stated(self, names: Sequence[str]) -> str:
        """Name parameters with their values, and the verb."""
        values = ", ".join(f"{name} = {significant(self.parameters_[name], 3)}" for name in names)
        return f"{values} {'lies' if len(names) == 1 else 'lie'}"

    @classmethod
    def from_parameters(cls, **parameters: object) -> Self:
        """Return a model with stated parameters, as published or as saved, ready to forecast.

        Parameters
        ----------
        **parameters
            Every fitted value by name (effects through a dictionary: `**{"alpha:age": 0.1}`), and any argument of the
            model itself.

        Raises
        ------
        InputError
            When a parameter is missing, unknown or not positive.
        """
        own = cls._get_param_names()
        model = cls(**{name: value for name, value in parameters.items() if name in own})
        stated = {name: value for name, value in parameters.items() if name not in own}
        names = model.fitted_names
        faults = [unknown_name(name, names, kind="parameter") for name in stated if name not in names]
        faults += [
            Fault(f"parameter {name!r} is missing", remedy="add the parameter") for name in names if name not in stated
        ]
        numbers = {name: float(value) for name, value in stated.items() if isinstance(value, int | float | np.number)}
        faults += [
            Fault(f"{n} = {value!r} is no number", remedy="give a number")
            for n, value in stated.items()
            if n not in numbers
        ]
        faults += [
            Fault(f"{name} = {numbers[name]}", allowed="above 0", remedy="give a number above 0")
            for name in cls.parameter_names
            if name in numbers and not 0 < numbers[name] < np.inf
        ]
        if faults:
            raise InputError(faults)
        count = len(cls.parameter_names)
        values = np.array([numbers[name] for name in names])
        return model.at(np.concatenate([np.log(values[:count]), values[count:]]))

    def at(self, point: FloatArray) -> Self:
        """Return this model with other parameters, given on the fitting scale: one draw, one step of a derivative."""
        other = copy(self)
        other._point = np.array(point, dtype=np.float64)
        other._name_point()
        other.notes_ = getattr(self, "notes_", ())
        return other

    def _need(self, attribute: str) -> None:
        """Refuse to go on without a fit, or with stated parameters where data are needed."""
        if hasattr(self, attribute):
            return
        name = type(self).__name__
        if hasattr(self, "parameters_"):
            raise NoFitError(Fault(f"this {name} has stated parameters and no data", remedy="fit it to customers"))
        raise NoFitError(Fault(f"this {name} has not been fitted", remedy="call fit first, or from_parameters"))

    def _parameter_values(self) -> tuple[float, ...]:
        """Return the parameters in the order of their names; refuse to go on without."""
        self._need("parameters_")
        return tuple(self.parameters_[name] for name in self.parameter_names)

    @property
    def fitting_point_(self) -> FloatArray:
        """Fitted values on the fitting scale: logarithms of parameters, effects as they are."""
        self._need("parameters_")
        return self._point.copy()

    @property
    def likelihood_(self) -> WeightedLikelihood:
        """Log-likelihood of the data of the fit, as a function of a point on the fitting scale (in rescaled units)."""
        self._need("n_customers_")
        return self._likelihood

    @property
    def scale_shift_(self) -> FloatArray:
        """What to subtract from `fitting_point_` to enter `likelihood_`: logarithms of the unit of rescaling."""
        self._need("n_customers_")
        return self._shift()

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """Return the fit as a table: parameters with standard errors and intervals, and the log-likelihood.

        Parameters
        ----------
        level : float
            Coverage of the intervals.

        Returns
        -------
        DataFrame
            See `helpers.value.likelihood.uncertainty.summarise_fit`.

        Raises
        ------
        InputError
            When the model was not fitted, or the level is none.
        """
        return summarise_fit(self, level)

    @property
    def information_(self) -> FloatArray:
        """Observed information on the fitting scale; computed when first asked for."""
        self._need("n_customers_")
        if self._information is None:
            inner = self._point - self._shift()
            self._information = observed_information(lambda point: self._likelihood(point).gradient, inner)
        return self._information
