"""Models whose parameters the data do not tell: refitted to resampled customers, where no normal curve describes them.

At an edge the likelihood is flat: parameters run off together and forecasts stay. Resampling shows how far the
forecasts range all the same (Efron and Tibshirani, 1993, "An Introduction to the Bootstrap", chapter 6).
"""

from collections.abc import Iterator
from itertools import cycle, islice
from typing import TypeVar

import numpy as np

from helpers.core.arrays import FloatArray
from helpers.value.likelihood.fitted import LogScaleModel
from helpers.value.likelihood.maximum_likelihood import maximise

M = TypeVar("M", bound=LogScaleModel)

FLAT_SHARE = 1e-9
LARGEST_ERROR = 10.0
"""Standard error on the log scale beyond which a parameter is not identified: a factor of 20,000 either way."""
FEWEST_REFITS, MOST_REFITS = 50, 100
ROWS_REFITTED = 250_000
REFIT_TOLERANCE = 1e-3
"""In nats: a twentieth of a standard error from the top, and a few steps instead of hundreds along a flat ridge."""
REFIT_STEPS = 16
EDGE = 30.0


def parameters_not_identified(model: LogScaleModel) -> tuple[str, ...]:
    """Return the parameters that the data do not tell well enough to be drawn from a normal curve.

    Parameters
    ----------
    model : LogScaleModel
        Fitted.

    Returns
    -------
    tuple of str
        Names that make up at least a third of a flat direction, and those the fit itself calls not identified; empty
        when all is well.
    """
    weight = np.abs(_flat_axes(model)).max(axis=1, initial=0.0)
    flat = {name for name, heaviest in zip(model.fitted_names, weight, strict=True) if heaviest > 1 / 3}
    return tuple(name for name in model.fitted_names if name in flat or name in getattr(model, "not_identified_", ()))


def _flat_axes(model: LogScaleModel) -> FloatArray:
    """Return the directions in which the likelihood hardly falls, of shape (p, directions)."""
    values, vectors = np.linalg.eigh(model.information_)
    axes: FloatArray = vectors[:, values <= max(FLAT_SHARE * values[-1], LARGEST_ERROR**-2)]
    return axes


def resampled_models(model: M, rng: np.random.Generator, draws: int) -> Iterator[M]:
    """Yield the model at refits to resampled customers, over again where more are wanted than are refitted.

    At most 100 refits are made, fewer where distinct customers are many (50 at least): what they cost is bounded.

    Parameters
    ----------
    model : LogScaleModel
        Fitted.
    rng : numpy.random.Generator
        Source of chance.
    draws : int
        Models wanted.
    """
    likelihood, shift = model.likelihood_, model.scale_shift_
    top, flat = model.fitting_point_ - shift, _flat_axes(model)
    # a resample may tell what all customers together do not: the second search begins far from the edge
    starts = [top, top - flat @ (flat.T @ top)]
    total = round(float(likelihood.weight.sum()))
    share = likelihood.weight / likelihood.weight.sum()
    refits = min(draws, int(np.clip(ROWS_REFITTED // len(share), FEWEST_REFITS, MOST_REFITS)))
    models = []
    for _ in range(refits):
        resampled = likelihood.reweighted(rng.multinomial(total, share).astype(np.float64))
        best, _ = maximise(resampled, starts, tolerance=REFIT_TOLERANCE, steps=REFIT_STEPS)
        models.append(model.at(np.clip(best.point, -EDGE, EDGE) + shift))
    yield from islice(cycle(models), draws)
