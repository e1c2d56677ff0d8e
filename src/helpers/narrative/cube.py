"""What is said of the value cube: what to do with each segment, and whether they can be acted on."""

from collections.abc import Mapping
from types import MappingProxyType

from helpers.value import LossCheck

POLICIES: Mapping[str, str] = MappingProxyType(
    {
        "platinum": "Most resources: served first, by a person who knows them",
        "gold": "Enough to keep them; watch what competitors offer them",
        "loyal": "Good basic service; they stay without a retention programme",
        "potential": "Invest in them: personal offers, above all to the young",
        "at risk": "Find out what drives them away; offer better terms; win back",
        "short term": "Leave as it is; do not spend more on them than they bring",
        "least valuable": "No effort beyond the contract",
        "developable": "Raise satisfaction; most new customers begin here",
    }
)
"""What to do with the customers of each segment (after Hwang, Jung and Suh 2004, Expert Systems with Applications 26,
and the practice of telecom operators)."""

TOO_SHORT = "The history is too short to see who was lost: loyalty is a forecast that only time can check."
_OF_CONTRACTS = "of those of low loyalty {cube_low_loyalty_lost} really left, of the others {cube_high_loyalty_lost}."
_OF_PURCHASES = (
    "of those of low loyalty {months} months ago, {cube_low_loyalty_lost} have bought nothing since, of the others "
    "{cube_high_loyalty_lost}."
)


def loss_verdict(losses: LossCheck | None, *, contracts: bool) -> str:
    """Say whether the segments can be acted on.

    Parameters
    ----------
    losses : LossCheck or None
        None where it is not known who was lost.
    contracts : bool
        Whether the end of a contract shows a loss, or else silence.

    Returns
    -------
    str
        Template of the results `cube_low_loyalty_lost` and `cube_high_loyalty_lost`, and of `months`, how long ago the
        cube was made that silence is held against.
    """
    if losses is None:
        return TOO_SHORT
    held = "The segments can be acted on: " if losses.holds else "Loyalty does not hold; do not act on it: "
    return held + (_OF_CONTRACTS if contracts else _OF_PURCHASES)
