"""Covariates of the transaction models: columns that act on a parameter, checked before a fit and judged after it."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from helpers.core.arrays import FloatArray
from helpers.core.errors import Fault, InputError, some_of, unknown_name
from helpers.value.lifetime.models.rows import numeric_columns

SMALLEST_RANGE, LARGEST_RANGE, FAR_FROM_ZERO = 0.01, 1e9, 10.0
LARGEST_EFFECT = 8.0
AMONG_REPEATERS = " among customers who bought again, and only they tell it"


def covariate_faults(covariates: object, parameters: Sequence[str]) -> list[Fault]:
    """Return what is wrong with the way covariates are stated."""
    form = "for example {'alpha': ['age', 'loyalty_card']}"
    if not isinstance(covariates, Mapping):
        return [
            Fault(
                f"{type(covariates).__name__} instead of a dict",
                where="covariates",
                allowed=form,
                remedy="give the covariates so",
            )
        ]
    faults = [
        unknown_name(str(name), parameters, kind="parameter", where="covariates")
        for name in covariates
        if name not in parameters
    ]
    for name, group in covariates.items():
        listed = isinstance(group, Sequence) and not isinstance(group, str)
        if not listed or not all(isinstance(each, str) for each in group):
            faults.append(
                Fault(
                    f"{group!r} for {name!r} is no list of column names",
                    where="covariates",
                    allowed=form,
                    remedy="give the names of columns as a list",
                )
            )
    return faults


def covariate_values(X: pd.DataFrame, covariates: Mapping[str, Sequence[str]]) -> dict[str, FloatArray]:
    """Return the covariates that act on each parameter, as arrays of shape (n, c)."""
    names = sorted({name for group in covariates.values() for name in group})
    if not names:
        return {}
    values = dict(zip(names, numeric_columns(X, names), strict=True))
    return {parameter: np.column_stack([values[n] for n in group]) for parameter, group in covariates.items() if group}


def check_varying(
    effects: Mapping[str, FloatArray],
    covariates: Mapping[str, Sequence[str]],
    informative: Mapping[str, NDArray[np.bool_]] | None = None,
) -> None:
    """Refuse covariates that cannot be distinguished from the model's own parameter, or from each other.

    Parameters
    ----------
    effects : dict of str to ndarray of shape (n, c)
        Covariate values that act on a parameter.
    covariates : dict of str to list of str
        Their names.
    informative : dict of str to ndarray of shape (n,), optional
        Rows that say anything about a parameter, where that is not all: only they can tell its covariates.

    Raises
    ------
    InputError
        Naming constant covariates, those too far from zero or too small for a search, and the parameter whose
        covariates are combinations of each other.
    """
    faults = []
    for parameter, all_values in effects.items():
        rows = (informative or {}).get(parameter)
        values = all_values if rows is None else all_values[rows]
        own = [
            fault
            for name, column in zip(covariates[parameter], values.T, strict=True)
            for fault in _unfit(name, column, parameter, among="" if rows is None or rows.all() else AMONG_REPEATERS)
        ]
        if not own and _dependent(values):
            what = f"the covariates of {parameter!r} are combinations of each other: {some_of(covariates[parameter])}"
            own.append(Fault(what, remedy="drop one level of every category"))
        faults += own
    if faults:
        raise InputError(faults)


def _unfit(name: str, values: FloatArray, parameter: str, *, among: str) -> list[Fault]:
    reach, middle = float(np.ptp(values)) if len(values) else 0.0, float(np.abs(values).mean()) if len(values) else 0.0
    if reach <= 1e-12 * middle:
        remedy = "drop it: the parameter itself already plays its part"
        return [
            Fault(f"constant covariate for {parameter!r}: {name!r}{among}", allowed="columns that vary", remedy=remedy)
        ]
    if not SMALLEST_RANGE <= reach <= LARGEST_RANGE:
        what = f"covariate {name!r} for {parameter!r} ranges over {reach:.3g}"
        return [Fault(what, allowed=f"{SMALLEST_RANGE:g} to {LARGEST_RANGE:,.0f}", remedy="count it in other units")]
    if abs(float(values.mean())) > FAR_FROM_ZERO * reach:
        what = f"covariate {name!r} for {parameter!r} lies around {values.mean():.4g} and varies by {reach:.3g} only"
        return [Fault(what, remedy="subtract its mean or a round number near it: a year less 2020, say")]
    return []


def _dependent(values: FloatArray) -> bool:
    if values.shape[1] < 2:
        return False
    centred = values - values.mean(axis=0)
    return bool(np.linalg.matrix_rank(centred / np.abs(centred).max(axis=0)) < values.shape[1])


def large_effects(
    parameters: Mapping[str, float], covariates: Mapping[str, Sequence[str]], effects: Mapping[str, FloatArray]
) -> tuple[list[Fault], set[str]]:
    """Return a note on every covariate that tells customers apart without error, or nearly so.

    Returns
    -------
    notes : list of Fault
        Cause and remedy.
    carried : set of str
        The effects, and the parameters that ran off with them.
    """
    notes, carried = [], set()
    for parameter, values in effects.items():
        for name, column in zip(covariates[parameter], values.T, strict=True):
            effect = parameters[f"{parameter}:{name}"]
            reach = abs(effect) * float(np.ptp(column))
            if reach <= LARGEST_EFFECT:
                continue
            carried |= {parameter, f"{parameter}:{name}"}
            notes.append(
                Fault(
                    f"covariate {name!r} separates customers: over its range {parameter} changes by a factor of "
                    f"{np.exp(reach):.2g} (effect {effect:.3g})",
                    allowed=f"a factor below {np.exp(LARGEST_EFFECT):,.0f}",
                    remedy="leave it out if it was made from the purchases themselves; pool rare groups, take the "
                    "logarithm of amounts",
                )
            )
    return notes, carried


def effect_not_identified(parameters: Mapping[str, float], name: str) -> Fault:
    """Return the note on an effect of which the data say nothing."""
    parameter, covariate = name.split(":", 1)
    return Fault(
        f"the data do not tell the effect of {covariate!r} on {parameter} ({parameters[name]:.3g})",
        remedy="leave it out, pool rare groups, or let it act on one parameter only",
    )
