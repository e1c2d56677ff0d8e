"""Words of the chapter on concentration that follow from a comparison."""

import pandas as pd


def time_against_rule(least: float, most: float, rule: float) -> str:
    """Return the key of the sentence on selling time: below the rule, above it, or open.

    Parameters
    ----------
    least, most : float
        Ends of the share of selling time, whatever a visit and a call take.
    rule : float
        Share that the rule asks for.

    Examples
    --------
    >>> time_against_rule(0.48, 0.54, 0.60), time_against_rule(0.55, 0.65, 0.60), time_against_rule(0.6, 0.7, 0.6)
    ('time_below_rule', 'time_open', 'time_reaches_rule')
    """
    if most < rule:
        return "time_below_rule"
    return "time_reaches_rule" if least >= rule else "time_open"


def who_brings(revenue: "pd.Series[float]") -> str:
    """Return the key of the first sentence on who brings revenue: nobody is best where all bring the same.

    Parameters
    ----------
    revenue : Series of float, shape (customers,)
        Of each customer.

    Examples
    --------
    >>> who_brings(pd.Series([5.0, 5.0, 5.0])), who_brings(pd.Series([5.0, 5.0, 6.0])), who_brings(pd.Series([5.0]))
    ('all_bring_the_same', 'best_bring', 'best_bring')
    """
    return "all_bring_the_same" if revenue.nunique() == 1 < len(revenue) else "best_bring"
