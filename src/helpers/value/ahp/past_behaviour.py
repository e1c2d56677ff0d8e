"""Whether a branch that is to speak of the future rests on past purchases alone."""

from dataclasses import dataclass

from helpers.core.errors import Fault, InputError
from helpers.value.ahp.indicators import INDICATORS
from helpers.value.ahp.scoring import CustomerScores


@dataclass(frozen=True)
class SecondAxis:
    """What the second branch of the two-by-two map measures.

    Parameters
    ----------
    branch : str
        Its name in the hierarchy.
    indicators : tuple of str
        Indicators below it that were used.
    past_only : bool
        Whether all of them are read from purchases.
    """

    branch: str
    indicators: tuple[str, ...]
    past_only: bool


def judge_second_axis(scored: CustomerScores, branches: tuple[str, ...]) -> SecondAxis:
    """Say what the second branch of a map measures with the indicators that could be used.

    Parameters
    ----------
    scored : CustomerScores
        From `score_customers`.
    branches : tuple of two str
        As for `map_customers`.

    Raises
    ------
    InputError
        When there is no second branch.
    """
    if len(branches) != 2:
        raise InputError(
            Fault(
                f"{len(branches)} branches",
                where="map",
                allowed="a hierarchy with two branches",
                remedy="take a hierarchy with two branches",
            )
        )
    used = tuple(name for name in scored.weights.hierarchy.indicators_of(branches[1]) if name in scored.standardised)
    of_purchases = [name in INDICATORS and {t for t, _ in INDICATORS[name].needs} == {"transactions"} for name in used]
    return SecondAxis(branches[1], used, all(of_purchases))
