"""Short texts that stand beside marks."""

from matplotlib.patheffects import withStroke

HALO = [withStroke(linewidth=3, foreground="white")]
"""Of a text beside a line, so that it is read where the line runs below it."""


def percent(share: float, digits: int = 0) -> str:
    """Write a share as per cent, with the space that separates a number from its unit.

    Examples
    --------
    >>> percent(0.1656, 1), percent(1.0), percent(-0.002, 1)
    ('16.6 %', '100 %', '−0.2 %')
    """
    return f"{100 * share:.{digits}f} %".replace("-", "−")


def in_words(name: object) -> str:
    """Write a column value or method name as words for an axis.

    Examples
    --------
    >>> in_words("same_as_before"), in_words(3)
    ('Same as before', '3')
    """
    text = str(name).replace("_", " ")
    return text[:1].upper() + text[1:]
