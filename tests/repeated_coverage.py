"""Repetitions by which the coverage of intervals is measured, and between which shares it should lie."""

from collections.abc import Callable

import pandas as pd

REPETITIONS = 1000
LOWEST, STATED, HIGHEST = 0.92, 0.95, 0.98
Held = dict[str, float]


def repeated(once: Callable[[], Held], repetitions: int) -> pd.DataFrame:
    """Return `coverage` and `repetitions` by quantity: `REPETITIONS` where the first ones leave it outside the limits.

    Two hundred move a share by 1.5 points by chance alone: whether it lies outside is decided by the larger number.
    """
    held = pd.DataFrame([once() for _ in range(repetitions)]).astype(float)
    found = pd.DataFrame({"coverage": held.mean(), "repetitions": repetitions})
    outside = ~found["coverage"].between(LOWEST, HIGHEST)
    if repetitions < REPETITIONS and outside.any():
        more = pd.DataFrame([once() for _ in range(REPETITIONS - repetitions)]).astype(float)
        found.loc[outside, "coverage"] = pd.concat([held, more]).mean()[outside]
        found.loc[outside, "repetitions"] = REPETITIONS
    return found
