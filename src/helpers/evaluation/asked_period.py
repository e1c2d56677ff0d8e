"""A period as people write it: a year, quarter, month or day, or two of these with ".." between."""

import re
from datetime import date, timedelta

from helpers.core.errors import Fault, InputError

_PERIOD = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])(?:-(\d\d))?))?")
PERIOD_ALLOWED = "2025, 2025-Q3, 2025-06, 2025-06-15, or two of these with .. between; empty for all"


def window_of(period: str, as_of: date) -> tuple[date | None, date]:
    """Return the first day of a period and the day after its last, at most the analysis date.

    Examples
    --------
    >>> window_of("2025-Q3..2025-10", date(2026, 1, 1))
    (datetime.date(2025, 7, 1), datetime.date(2025, 11, 1))
    >>> window_of("", date(2026, 1, 1))
    (None, datetime.date(2026, 1, 1))

    Raises
    ------
    InputError
        When the text names no period, or one of which no day lies before the analysis date.
    """
    if not period.strip():
        return None, as_of
    first, between, last = (part.strip() for part in period.partition(".."))
    ends = [_span(one) for one in ([first, last] if between else [first])]
    where = "parameter explore_period"
    spans = [one for one in ends if one is not None]
    if len(spans) < len(ends):
        raise InputError(Fault(f"{period!r} names no period", where, PERIOD_ALLOWED, "write it in one of these forms"))
    since, until = spans[0][0], spans[-1][1]
    if since >= min(until, as_of):
        allowed = f"a period that begins before {as_of} and before its own end"
        raise InputError(Fault(f"{period!r} holds no day before {as_of}", where, allowed, "take an earlier period"))
    return since, min(until, as_of)


def _span(text: str) -> tuple[date, date] | None:
    found = _PERIOD.fullmatch(text)
    if not found:
        return None
    year, quarter, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        if day:
            return date(year, month, day), date(year, month, day) + timedelta(days=1)
        first = 3 * quarter - 2 if quarter else month or 1
        after = first + (3 if quarter else 1 if month else 12)
        return date(year, first, 1), date(year + (after > 12), (after - 1) % 12 + 1, 1)
    except (ValueError, OverflowError):  # the thirtieth of February, the year zero
        return None
