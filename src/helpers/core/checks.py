"""Checks that methods of several rooms make of what they are given: columns, ranges, bad rows."""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.core.errors import CORRECT_ROWS, Fault, InputError, nearest, some_of


def require_columns(present: Iterable[str], needed: Iterable[str], *, where: str) -> None:
    """Refuse a table that lacks a column, naming all missing ones at once.

    Parameters
    ----------
    present : iterable of str
        Columns the table has.
    needed : iterable of str
        Columns the method reads.
    where : str
        What the table is called in a message.

    Raises
    ------
    InputError
        When any needed column is missing.

    Examples
    --------
    >>> require_columns(["customer_id", "amuont"], ["customer_id", "amount"], where="transactions")
    Traceback (most recent call last):
    helpers.core.errors.InputError: transactions: column 'amount' is missing
        allowed: customer_id, amuont
        remedy: rename or map column 'amuont' to 'amount', if that is what it holds
    """
    have = list(present)
    faults = []
    for name in needed:
        if name not in have:
            match = nearest(name, have)
            remedy = f"rename or map column {match!r} to {name!r}, if that is what it holds" if match else ""
            faults.append(Fault(f"column {name!r} is missing", where, ", ".join(have) or "none", remedy))
    if faults:
        raise InputError(faults)


def require_within(
    values: Mapping[str, float], *, low: float, high: float, low_open: bool = False, high_open: bool = False
) -> None:
    """Refuse numbers outside a range, naming all of them at once.

    Parameters
    ----------
    values : mapping of str to float
        Parameter name and the value given.
    low, high : float
        Ends of the allowed range.
    low_open, high_open : bool
        Whether that end itself is refused.

    Raises
    ------
    InputError
        When a value lies outside the range or is no number.

    Examples
    --------
    >>> require_within({"gross_margin": 1.4}, low=0, high=1)
    Traceback (most recent call last):
    helpers.core.errors.InputError: gross_margin: 1.4 is out of range
        allowed: [0..1]
    """
    allowed = f"{'(' if low_open else '['}{low:g}..{high:g}{')' if high_open else ']'}"
    faults = []
    for name, value in values.items():
        above = value > low if low_open else value >= low
        below = value < high if high_open else value <= high
        if not (above and below):  # also refuses nan, which compares false with everything
            plain = value.item() if isinstance(value, np.generic) else value
            what, remedy = f"{plain!r} is out of range", "give a number within this range"
            faults.append(Fault(what, where=name, allowed=allowed, remedy=remedy))
    if faults:
        raise InputError(faults)


def row_labels(X: pd.DataFrame) -> pd.Index:
    """Return what names a row in messages: its `customer_id` where there is one, else its index label."""
    return pd.Index(X["customer_id"]) if "customer_id" in X.columns else X.index


def offending(
    X: pd.DataFrame, bad: npt.NDArray[np.bool_], what: str, *, allowed: str = "", remedy: str = CORRECT_ROWS
) -> list[Fault]:
    """Return one fault that counts the offending rows and names the first few, or nothing when there are none."""
    found = int(bad.sum())
    if not found:
        return []
    rows = f"{found:,} row{'s' if found > 1 else ''}"
    return [Fault(f"{what} in {rows}: {some_of(row_labels(X)[bad].tolist())}", allowed=allowed, remedy=remedy)]
