"""What is said of the value cube: whether its segments can be acted on."""

from helpers.value import LossCheck

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
