"""Words of the chapter on how customers differ that follow from a rule."""

from helpers.value.lifetime.state_rules import FIXED_DAYS


def silence_in_words(rule: str, days: int) -> str:
    """Say when a customer counts as silent: by the own rhythm, or after these days where none is known.

    Parameters
    ----------
    rule : str
        Of `helpers.value.lifetime.state_rules`.
    days : int
        Days without a purchase that count where no rhythm is known.

    Examples
    --------
    >>> silence_in_words("own rhythm", 90), silence_in_words(FIXED_DAYS, 90)
    ('for longer than their own rhythm makes likely', 'for more than 90 days, the same for everybody')
    """
    if rule == FIXED_DAYS:
        return f"for more than {days} days, the same for everybody"
    return "for longer than their own rhythm makes likely"
