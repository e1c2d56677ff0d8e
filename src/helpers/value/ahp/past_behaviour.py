"""Whether a branch that is to speak of the future rests on past purchases alone, and what it is called then."""

from dataclasses import dataclass

from helpers.core.errors import Fault, InputError
from helpers.value.ahp.indicators import INDICATORS
from helpers.value.ahp.scoring import CustomerScores

PAST_PURCHASES = "regularity of past purchases"


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

    @property
    def label(self) -> str:
        """What the axis is to be called."""
        return PAST_PURCHASES if self.past_only else self.branch

    @property
    def finding(self) -> str:
        """The finding of the map, a template of the shares of its fields."""
        if self.past_only:
            return "{ahp_high_high_share} of customers are high on both branches, {ahp_low_low_share} on neither"
        return "{ahp_high_high_share} of customers are valuable now and in prospect, {ahp_low_low_share} are neither"

    @property
    def title(self) -> str:
        """Title of the map, a template of the customers of its fields."""
        counted = "{ahp_low_high_customers} {ahp_low_high_customers:customer"
        if self.past_only:
            return counted + " buys|customers buy} regularly and little"
        return counted + " has|customers have} potential beyond current value"

    @property
    def caveat(self) -> str:
        """What the branch does not say; empty where it rests on more than purchases."""
        if not self.past_only:
            return ""
        return (
            "The branch {branch} rests on {indicators} alone: that is past behaviour, not what a customer can become. "
            "Nothing else below the branch could be measured, so it is called {label} on the map."
        )


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
