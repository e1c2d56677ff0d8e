"""What methods return and raise, taken apart for the book: estimates and intervals, refusals as half sentences."""

import re

import pandas as pd

from helpers.core.errors import InputError
from helpers.core.results import in_unit

ADVICE = {
    "better": ("{what} beats every naive forecast on months it had not seen, and can be used as it is.", True),
    "better at assumed costs": (
        "{what} beats every naive forecast on months it had not seen. But it rests on assumed costs: rank customers by "
        "it, and put in costs of your own before acting on amounts.",
        None,
    ),
    "not distinguishable": ("{what} is no better than a naive forecast; it may rank customers, no more.", None),
    "no order": (
        "{what} is no better than a naive forecast, and does not put customers in the order of what they then brought: "
        "it must not be used.",
        False,
    ),
    "worse": ("{what} loses against a naive forecast; its amounts must not be used.", False),
    "untested": ("{what} could not be tested on these data; its amounts must not be used.", False),
}
"""By verdict: what may be done with a model, and whether that is good news (None: neither)."""

OUTCOMES = {
    "better": "beats every naive forecast",
    "not distinguishable": "is no better than a naive forecast",
    "no order": "is no better than a naive forecast and gives no order",
    "worse": "loses against a naive forecast",
    "untested": "could not be tested",
}
"""By verdict: what came of a test, as the end of a sentence."""

_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_ROWS_NAMED = re.compile(r"in ([\d,]+) rows?: [^;]*")
_RECORDS_NAMED = re.compile(r"(in [\d,]+ [a-z]+(?: \([a-z ]+\))?): '[^;]*")
_ALL_ROWS = re.compile(r"in all ([\d,]+) rows")
_ROWS = re.compile(r"([\d,]+) rows?\b")
_TABLE = re.compile(r"\btable '?([a-z]+(?:_[a-z]+)+)'?")
_SNAKE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b(?!\.)")
_ESTIMATES = ("estimate", "value")


def value_and_interval(found: object) -> tuple[object, tuple[float, float] | None]:
    """Take an estimate apart into its value and its interval; a scalar has none.

    Parameters
    ----------
    found : object
        A scalar; a scalar and the pair of its ends; an object with `estimate` or `value`, `low` and `high`; or a row
        of a table whose value stands first and whose ends are called `low` and `high`.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> value_and_interval(SimpleNamespace(estimate=0.12, low=0.1, high=0.14))
    (0.12, (0.1, 0.14))
    >>> value_and_interval((0.12, (0.1, 0.14)))
    (0.12, (0.1, 0.14))
    >>> value_and_interval(3)
    (3, None)
    """
    if type(found) is tuple:
        value, (low, high) = found
        return value, (low, high)
    if isinstance(found, pd.Series):
        return found.iloc[0], (float(found["low"]), float(found["high"]))
    low, high = getattr(found, "low", None), getattr(found, "high", None)
    if low is None or high is None:
        return found, None
    return next(getattr(found, name) for name in _ESTIMATES if hasattr(found, name)), (float(low), float(high))


BOXES_REMEDY = "install a font that has them, Noto Sans for example, and run again"
"""What to do about characters that cannot be drawn."""

_BOXES_NAMED = 10


def boxes_in_words(characters: str) -> str:
    """Say which characters charts show as boxes.

    Examples
    --------
    >>> boxes_in_words("中文")
    'no font of this machine has 中 文, which charts show as boxes'
    """
    rest = len(characters) - _BOXES_NAMED
    named = " ".join(characters[:_BOXES_NAMED]) + (f" and {rest:,} more characters" if rest > 0 else "")
    return f"no font of this machine has {named}, which charts show as boxes"


def for_client(text: str) -> str:
    """Return a message of a method as a client reads it: no identifiers of single customers, no names of tables.

    Examples
    --------
    >>> for_client("spend is negative in 3 rows: 'a', 'b' and 1 more")
    'spend is negative for 3 customers'
    >>> for_client("a negative amount in 2 payments (by invoice): 'I1', 'I2'; no invoice")
    'a negative amount in 2 payments (by invoice); no invoice'
    >>> for_client("column 'plan' is constant: 'x' in all 80 rows; table service_cases is empty")
    "column 'plan' is constant: 'x' for all 80 customers; service cases is empty"
    """
    text = _ROWS_NAMED.sub(_for_customers, text)
    text = _RECORDS_NAMED.sub(r"\1", text)
    text = _ALL_ROWS.sub(r"for all \1 customers", text)
    text = _ROWS.sub(lambda found: f"{found[1]} customer{'' if found[1] == '1' else 's'}", text)
    text = _TABLE.sub(r"\1", text)
    return _SNAKE.sub(lambda found: found.group().replace("_", " "), text).replace("''", "nothing")


def _for_customers(found: re.Match[str]) -> str:
    return f"for {found[1]} customer{'' if found[1] == '1' else 's'}"


def in_a_sentence(error: InputError) -> str:
    """Return why something was refused as the second half of a sentence, days in words.

    Examples
    --------
    >>> in_a_sentence(InputError("No line from 2024-01-01 to 2024-04-01."))
    'no line from 1 January 2024 to 1 April 2024'
    """
    reasons = [for_client(fault.what).rstrip(".") for fault in error.faults]
    text = "; ".join(dict.fromkeys(reason[:1].lower() + reason[1:] for reason in reasons))
    return _ISO_DAY.sub(lambda day: in_unit(day.group(), "date"), text)
