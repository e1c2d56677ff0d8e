"""Maximum likelihood over very many rows: the way is found on samples of the customers, the end on all of them."""

from collections.abc import Iterable, Sequence

import numpy as np

from helpers.core.arrays import FloatArray
from helpers.value.likelihood.fitted import EXTREME_LOG, WeightedLikelihood
from helpers.value.likelihood.maximum_likelihood import Optimum, maximise

MANY_ROWS = 20_000
ONE_HILL = 1e-2
"""Tops that lie no further apart than this, in nats, are one: rivals are not followed to the very end."""
THINNED_TO = (2_500, 20_000)
"""Customers in the samples that a search over many rows begins with."""


def maximise_from_samples(
    likelihood: WeightedLikelihood, starts: Sequence[FloatArray], samples: Iterable[WeightedLikelihood]
) -> tuple[Optimum, float]:
    """Search for the maximum as `maximise` does; where rows are many, every sample says where to begin on the next.

    Where the starts ended on several hills, all of them are followed again on the next, larger sample. Where a sample
    does not tell the parameters, as one in which nobody bought again, the next is searched from the starts alone.

    Parameters
    ----------
    likelihood : WeightedLikelihood
        Over the rows of all customers.
    starts : sequence of ndarray of shape (p,)
        Where to begin.
    samples : iterable of WeightedLikelihood
        Over the rows of ever more customers; made only where rows are many.

    Returns
    -------
    Optimum
        The best end point, on all rows.
    float
        Best minus worst log-likelihood among the ends of the starts, in nats: of the last stage that took them all.
    """
    if len(likelihood.weight) <= MANY_ROWS:
        return maximise(likelihood, starts)
    whole = float(likelihood.weight.sum())
    # More than half of the customers would cost as much as all of them.
    first, *larger = (*(one for one in samples if 2 * float(one.weight.sum()) <= whole), likelihood)
    best, spread = maximise(first, starts)
    customers, is_afresh = float(first.weight.sum()), True
    for stage in larger:
        count, is_afresh = float(stage.weight.sum()), not _has_arrived(best)
        if is_afresh:
            best, spread = maximise(stage, starts)
        else:
            several = starts if spread > ONE_HILL else ()
            best, apart = maximise(stage, [best.point, *several], inverse=best.inverse * (customers / count))
            spread = apart if several else spread
        customers = count
    if is_afresh or _has_arrived(best):
        return best, spread
    return maximise(likelihood, starts)  # the samples led astray


def _has_arrived(best: Optimum) -> bool:
    return best.converged and float(np.abs(best.point).max()) < EXTREME_LOG
