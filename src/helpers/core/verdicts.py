"""Verdicts as data: what was checked, against which limit, and what came of it. Words follow from the status."""

import math
from dataclasses import dataclass

REVERSED = "reversed"
"""Status of an order that turns the truth round: the whole interval of its rank correlation lies below zero."""


@dataclass(frozen=True)
class Verdict:
    """What came of one check.

    Parameters
    ----------
    check : str
        What was checked, in words.
    value : float
        What was found; nan where nothing could be.
    threshold : float
        The limit it was held against, in the unit of the value.
    status : str
        What came of it.
    recommendation : str
        What follows: a key of the words that the stage keeps for it.
    """

    check: str
    value: float
    threshold: float
    status: str
    recommendation: str

    @property
    def known(self) -> bool:
        """Whether anything could be found."""
        return not math.isnan(self.value)


def is_reversed(high: float) -> bool:
    """Say whether a rank correlation whose interval ends at `high` turns the order round beyond chance.

    Examples
    --------
    >>> is_reversed(-0.21), is_reversed(0.03), is_reversed(float("nan"))
    (True, False, False)
    """
    return high < 0
