"""Years of other calendars: those of the Buddhist one, as Thai programs write them, are 543 ahead."""

import re
from typing import Any

BUDDHIST_AHEAD = 543
BUDDHIST_YEARS = (2443, 2643)
"""Years that are those of the Buddhist calendar from 1900 to 2100, and of no other that is in use."""
_YEAR = re.compile(r"(?<!\d)(2[4-6]\d\d)(?!\d)")


def in_gregorian(text: str) -> str:
    """Return a date of the Buddhist calendar as one of ours.

    Examples
    --------
    >>> in_gregorian("29/02/2567"), in_gregorian("2567-01-15 09:30"), in_gregorian("2024-01-15")
    ('29/02/2024', '2024-01-15 09:30', '2024-01-15')
    """
    return _YEAR.sub(lambda found: str(int(found[1]) - BUDDHIST_AHEAD), text, count=1)


def looks_buddhist(text: str) -> bool:
    """Say whether a date holds a year that only the Buddhist calendar has.

    Examples
    --------
    >>> looks_buddhist("15/01/2567"), looks_buddhist("15/01/2024"), looks_buddhist("9999-12-31")
    (True, False, False)
    """
    found = _YEAR.search(text)
    return found is not None and BUDDHIST_YEARS[0] <= int(found[1]) <= BUDDHIST_YEARS[1]


def column_in_gregorian(text: Any) -> Any:
    """Return a text column of dates of the Buddhist calendar as dates of ours: the year is translated, not the day.

    A leap day is one in both calendars, though 2567 is no year of ours with one.

    Parameters
    ----------
    text : ibis string column
        Dates with a year of four digits; others stay as they are.
    """
    year = text.re_extract(r"(^|[^0-9])(2[4-6][0-9]{2})([^0-9]|$)", 2)
    ours = (year.try_cast("int64") - BUDDHIST_AHEAD).cast("string")
    return (year != "").ifelse(text.replace(year, ours), text)
