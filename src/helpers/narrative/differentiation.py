"""Words of the chapter on how customers differ that follow from a rule."""

from helpers.value.lifetime.state_rules import FIXED_DAYS, LEARNED

_NEARLY_THE_SAME = 0.05
_HALF = 0.5


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


def phase_finding(rule: str, judged: int) -> str:
    """Return the key of the sentence that sums the phases up.

    Parameters
    ----------
    rule : str
        Of `helpers.value.lifetime.state_rules`.
    judged : int
        Customers who are in another phase than exploration.

    Examples
    --------
    >>> phase_finding(LEARNED, 10), phase_finding(FIXED_DAYS, 10), phase_finding(LEARNED, 0)
    ('phases_known_gone', 'phases_by_days', 'phases_too_early')
    """
    if not judged:
        return "phases_too_early"
    return {LEARNED: "phases_known_gone", FIXED_DAYS: "phases_by_days"}.get(rule, "phases_by_rhythm")


def phase_basis(*, costs_known: bool) -> str:
    """Say what the phases rest on.

    Examples
    --------
    >>> phase_basis(costs_known=False)
    'the own rhythm and the trend of purchases'
    """
    return "what is spent and what comes back" if costs_known else "the own rhythm and the trend of purchases"


def shift_reading(factor: float) -> str:
    """Return the key of the sentence on how far the odds of being a customer still were moved.

    Parameters
    ----------
    factor : float
        Odds after over odds before, above 0.

    Examples
    --------
    >>> shift_reading(0.7), shift_reading(1.01), shift_reading(1.3)
    ('moved_down', 'not_moved', 'moved_up')
    """
    if abs(factor - 1) <= _NEARLY_THE_SAME:
        return "not_moved"
    return "moved_down" if factor < 1 else "moved_up"


def stability_reading(firmest: str, loosest: str, *, kept: float) -> str:
    """Return the key of the sentence on which segments hold when chance draws again.

    Parameters
    ----------
    firmest, loosest : str
        Segments kept most and least; equal where there is one.
    kept : float
        Share of all customers who keep their segment, 0 to 1.

    Examples
    --------
    >>> stability_reading("loyal", "new", kept=0.8), stability_reading("loyal", "loyal", kept=0.8)
    ('firmest_and_loosest', 'one_segment_kept')
    >>> stability_reading("loyal", "loyal", kept=0.1)
    'all_alike'
    """
    if firmest != loosest:
        return "firmest_and_loosest"
    return "one_segment_kept" if kept > _HALF else "all_alike"
