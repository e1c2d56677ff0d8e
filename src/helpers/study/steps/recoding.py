"""Values written in the words of the standard: what a study says that each of the client's values means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from helpers.study.flag_text import NO, YES
from helpers.study.standard_columns import ColumnKind
from helpers.study.steps.keys import OTHERS, Scalar, as_text

OURS_IN_WORDS: dict[ColumnKind, str] = {
    "number": "a number as 1234.5, or null",
    "integer": "a whole number, or null",
    "flag": "true, false, yes or no, or null",
    "time": "a time as 2018-01-31 18:05, or null",
    "date": "a day as 2018-01-31, or null",
}
_TYPES: dict[ColumnKind, Any] = {
    "number": dt.float64,
    "integer": dt.int64,
    "flag": dt.boolean,
    "time": dt.timestamp,
    "date": dt.timestamp,
}


@dataclass(frozen=True)
class Recoded:
    """What a recoding makes of a column.

    Parameters
    ----------
    listed : ibis boolean column
        Where a value stands in the recoding.
    unlisted : ibis boolean column
        Where a value is given that does not.
    ours : callable
        Takes what other values are read as, and returns the column with its standard type.
    others : {"", "keep", "missing"}
        What becomes of values that are not listed; empty where they are a fault.
    """

    listed: Any
    unlisted: Any
    ours: Any
    others: str


def recode(kind: ColumnKind, column: Any, recoding: Mapping[str, Scalar | None], missing: tuple[str, ...]) -> Recoded:
    """Return a source column in the values of a recoding.

    Parameters
    ----------
    kind : ColumnKind
        What the standard column holds.
    column : ibis column
        The source column, of any type.
    recoding : mapping of str to scalar or None
        Our value by theirs; an empty key stands for blank values.
    missing : tuple of str
        Texts that stand for a missing value: never unlisted.
    """
    text = _compared(column)
    # What is no value of this kind has been reported for the study file.
    pairs = {theirs: ours for theirs, ours in recoding.items() if theirs != OTHERS and is_of_kind(kind, ours)}
    type_ = _TYPES.get(kind, dt.string)
    given = text.notnull()
    listed = text.isin([theirs for theirs in pairs if theirs]).fill_null(False)
    if "" in pairs:
        listed = listed | text.isnull()
    unlisted = given & ~listed
    if missing:
        unlisted = unlisted & ~text.isin([one.strip() for one in missing])
    branches = [
        ((text == theirs) if theirs else text.isnull(), ibis.literal(our_value(kind, ours), type=type_))
        for theirs, ours in pairs.items()
    ]

    def ours(others: Any) -> Any:
        return ibis.cases(*branches, else_=others.cast(type_)) if branches else others.cast(type_)

    return Recoded(listed, unlisted, ours, str(recoding.get(OTHERS, "")))


def our_value(kind: ColumnKind, ours: Scalar | None) -> Any:
    """Return our value of a recoding with the type of a kind; None for a missing one.

    Raises
    ------
    ValueError
        When it is no value of this kind.

    Examples
    --------
    >>> our_value("flag", "yes"), our_value("number", 3), our_value("text", 3)
    (True, 3.0, '3')
    """
    if ours is None:
        return None
    text = as_text(ours)
    if kind == "flag":
        if text.lower() not in (*YES, *NO):
            raise ValueError(f"{text!r} means neither yes nor no")
        return text.lower() in YES
    if kind == "number":
        return float(text)
    if kind == "integer":
        return int(text)
    return datetime.fromisoformat(text) if kind in ("time", "date") else text


def is_of_kind(kind: ColumnKind, ours: Scalar | None) -> bool:
    """Say whether our value of a recoding fits the kind of its column."""
    try:
        our_value(kind, ours)
    except ValueError:
        return False
    return True


def kind_of_ours(recoding: Mapping[str, Scalar | None]) -> ColumnKind:
    """Return the kind of an attribute that is recoded: number where all our values are, else text.

    Examples
    --------
    >>> kind_of_ours({"good": 5, "bad": 1}), kind_of_ours({"good": 5, "bad": "low"})
    ('number', 'text')
    """
    ours = [one for key, one in recoding.items() if key != OTHERS and one is not None]
    numbers = ours and all(isinstance(one, int | float) and not isinstance(one, bool) for one in ours)
    return "number" if numbers else "text"


def _compared(column: Any) -> Any:
    """Return a column as the text that a recoding speaks of, blank ones missing."""
    if column.type().is_floating():
        # A whole number is called 1, not 1.0, as a file of text would have it.
        whole = column == column.floor()
        return ibis.cases((whole, column.cast(dt.int64).cast(dt.string)), else_=column.cast(dt.string))
    return column.cast(dt.string).strip().nullif("")
