"""Campaigns in sequence whose expected responses are known, and whose true responses change midway: a planted drift."""

import numpy as np

from helpers.core.arrays import FloatArray


def responses_with_change(
    *, batches: int, contacts: int, change_after: int, factor: float, seed: int
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return expected chances and answers of batches of contacts; from one batch on the true chance is another.

    Parameters
    ----------
    batches, contacts : int
        Batches, and contacts of each.
    change_after : int
        Batches before the change.
    factor : float
        True over expected chance after the change; 1 for no change.
    seed : int
        Of chances and answers.
    """
    rng = np.random.default_rng(seed)
    expected = [rng.beta(2.0, 10.0, contacts) for _ in range(batches)]
    true = [np.clip(p * (factor if at >= change_after else 1.0), 0.0, 1.0) for at, p in enumerate(expected)]
    return expected, [(rng.random(contacts) < p).astype(np.float64) for p in true]
