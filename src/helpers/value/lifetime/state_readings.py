"""By what rule the states of customers were found, and what stands against a better one."""

LEARNED, OWN_RHYTHM, FIXED_DAYS = "own rhythm and P(alive)", "own rhythm", "fixed days"
"""How states may be found, the best first."""

NO_DROP_OUT = "these purchases do not show that customers leave"
FEW_REPEATERS = "too few customers bought again"
"""What stands against P(alive), a clause each; what the test says of it stands in `return_forecast`."""


def silence_in_words(rule: str, days: int) -> str:
    """Say when a customer counts as silent: by the own rhythm, or after these days where none is known.

    Examples
    --------
    >>> silence_in_words(OWN_RHYTHM, 90), silence_in_words(FIXED_DAYS, 90)
    ('for longer than their own rhythm makes likely', 'for more than 90 days, the same for everybody')
    """
    if rule == FIXED_DAYS:
        return f"for more than {days} days, the same for everybody"
    return "for longer than their own rhythm makes likely"
