"""Which transaction lines count: the same for every method."""

from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from helpers.errors import Fault, InputError


def lines_until(transactions: ir.Table, as_of: date, *, since: date | None = None) -> ir.Table:
    """Keep the lines on or after `since` and before `as_of`: nothing on or after the analysis date is used.

    Parameters
    ----------
    transactions : ibis Table
        Standard transactions, one row per line.
    as_of : date
        Analysis date; its own day is left out.
    since : date, optional
        First day of the window; the whole history when missing.

    Returns
    -------
    ibis Table
        The lines of the window, columns unchanged but for `time`, which is a timestamp even where dates were given.

    Raises
    ------
    InputError
        When the window holds no day.
    """
    if since is not None and since >= as_of:
        raise InputError(
            Fault(f"the window from {since} to {as_of} holds no day", where="since", allowed=f"a date before {as_of}")
        )
    if transactions["time"].type().is_date():
        transactions = transactions.mutate(time=transactions["time"].cast("timestamp"))
    time = transactions["time"]
    kept = time < ibis.timestamp(_midnight(as_of))
    if since is not None:
        kept &= time >= ibis.timestamp(_midnight(since))
    return transactions.filter(kept)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)
