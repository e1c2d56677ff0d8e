"""How the numbers of a column are written: decimal mark, groups of digits, money signs, brackets, all counted."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis

from helpers.study.number_text import Mark, by_lakhs, shape_tests

SYMBOLS = {"£": "GBP", "€": "EUR", "$": "USD", "¥": "CNY", "￥": "CNY", "₹": "INR", "₽": "RUB", "₺": "TRY", "zł": "PLN"}
"""Currency by sign; of a sign of several currencies the likeliest."""
CODES = [
    "EUR",
    "USD",
    "GBP",
    "CHF",
    "CNY",
    "JPY",
    "AUD",
    "CAD",
    "NZD",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "HUF",
    "INR",
    "BRL",
    "MXN",
    "ZAR",
    "SGD",
    "HKD",
    "KRW",
    "TRY",
    "RUB",
    "RON",
    "ILS",
    "AED",
    "RMB",
    "TWD",
    "THB",
]
"""Currency codes that are looked for beside amounts and in the names of columns."""
_SIGN = "|".join([*map(re.escape, SYMBOLS), "US\\$", "R\\$", "kr\\.?", "元", *CODES])
_MONEY = re.compile(
    rf"\(?\s*[-+−–]?\s*(?P<one>{_SIGN})?\s*[-+−–]?\s*(?P<digits>\d[\d.,'’\s]*|[.,]\d+)\s*(?P<two>{_SIGN})?\s*[-+−–]?\s*\)?",
    re.I,
)
_PLAIN = re.compile(r"[-+]?(\d[\d.,'’\u00a0\u202f ]*|[.,]\d+)([eE][-+]?\d+)?")
_DECORATION = rf"(?i)({_SIGN})|[()\s−–]|-$"
_GROUP_MARKS = {" ": r"[ \x{A0}\x{2009}\x{202F}]", "'": r"['\x{2019}]"}
_EXAMPLES = 3
_POINT_BEFORE_THREE = 4  # letters from the point to the end
_MARKS: tuple[Mark, Mark] = (".", ",")


@dataclass(frozen=True)
class NumberFacts:
    """How the numbers of a column are written.

    Parameters
    ----------
    fits, given : int
        Values that are numbers in one of the ways known here, and all values.
    whole : bool
        Whether no number has decimals.
    decimal : dict of mark to int
        Values that prove this decimal mark.
    grouped : dict of mark to int
        Values such as 2.084 that this mark leaves with two readings.
    signs : dict of str to int
        Currency signs and codes in the sample, with how often each stands.
    money : bool
        Whether values carry such signs, brackets, or a minus behind.
    examples : tuple of str
        Some values as written.
    spaced : str
        The blank or apostrophe that groups digits, where there is one.
    negative : bool
        Whether the sample holds values below zero.
    typed : bool
        Whether the numbers come with a type, not as text.
    by_lakhs : int
        Values whose digits are grouped as in India: 1,23,456.
    """

    fits: int
    given: int
    whole: bool
    decimal: dict[Mark, int] = field(default_factory=dict)
    grouped: dict[Mark, int] = field(default_factory=dict)
    signs: dict[str, int] = field(default_factory=dict)
    money: bool = False
    examples: tuple[str, ...] = ()
    spaced: str = ""
    negative: bool = False
    typed: bool = False
    by_lakhs: int = 0

    @property
    def mark(self) -> Mark | None:
        """The decimal mark that values prove, None where none or both are."""
        proved = [mark for mark, count in self.decimal.items() if count]
        return proved[0] if len(proved) == 1 else None

    @property
    def mixed(self) -> bool:
        """Whether some values need a decimal point and others a decimal comma."""
        return len(self.decimal) > 1 and all(self.decimal.values())

    @property
    def ambiguous(self) -> Mark | None:
        """The mark that has two readings in this column, which its values do not settle."""
        if any(self.decimal.values()):
            return None
        return next((mark for mark, count in self.grouped.items() if count), None)


def looks_numeric(text: str) -> bool:
    """Say whether a text is a number in one of the ways people write them, money signs included.

    Examples
    --------
    >>> [looks_numeric(text) for text in ("£1,299.00", "(12.50)", "1.299,00 €", "12-34-56", "INV-1")]
    [True, True, True, False, False]
    """
    return _PLAIN.fullmatch(text) is not None or _MONEY.fullmatch(text) is not None


def number_facts(table: Any, text: Any, sample: Sequence[str]) -> NumberFacts:
    """Count over all rows how the numbers of a text column are written.

    Parameters
    ----------
    table : ibis table
        The rows.
    text : ibis string column
        The column, what stands for none as NULL.
    sample : sequence of str
        Some of its values.
    """
    signs = Counter(sign for one in sample for sign in _signs(one))
    money = bool(signs) or any(not _PLAIN.fullmatch(one) and _MONEY.fullmatch(one) for one in sample)
    plain = {"given": 0, "whole": 0, "decimals": 0} if money else _plain_counts(table, text)
    rest = (
        {}
        if plain["given"] and plain["given"] == plain["whole"] + plain["decimals"]
        else _counts(table, text, money=money)
    )
    given, whole = (rest.get(name, plain[name]) for name in ("given", "whole"))
    decimal: dict[Mark, int] = {".": rest.get("decimal .", plain["decimals"]), ",": rest.get("decimal ,", 0)}
    grouped: dict[Mark, int] = {mark: rest.get(f"grouped {mark}", 0) for mark in _MARKS}
    spaced = next((sign for sign in _GROUP_MARKS if rest.get(f"spaced {sign}")), "")
    fits = min(whole + sum(decimal.values()) + sum(grouped.values()) + rest.get(f"spaced {spaced}", 0), given)
    return NumberFacts(
        fits,
        given,
        whole == given,
        decimal,
        grouped,
        dict(signs),
        money,
        tuple([one for one in sample if not one.isdigit()][:_EXAMPLES] or sample[:_EXAMPLES]),
        spaced,
        any("-" in one or "−" in one or one.startswith("(") for one in sample),
        by_lakhs=rest.get("lakhs", 0),
    )


def _plain_counts(table: Any, text: Any) -> dict[str, int]:
    """Count whole numbers, and numbers with a point that cannot group thousands: most columns hold nothing else."""
    # Casts take no comma for a part of a number, and the place of the point says how many digits follow it.
    number, point = text.try_cast("float64").notnull(), text.find(".")
    decimals = number & (point >= 0) & (text.length() - point != _POINT_BEFORE_THREE)
    counts = table.aggregate(given=(text != "").sum(), whole=(number & (point < 0)).sum(), decimals=decimals.sum())
    return {name: int(count or 0) for name, count in counts.to_pyarrow().to_pylist()[0].items()}


def _counts(table: Any, text: Any, *, money: bool) -> dict[str, int]:
    """Count every way of writing a number, each different value looked at once."""
    values = table.group_by(text=text.strip()).aggregate(n=ibis._.count())
    values = values.filter(values["text"].notnull(), values["text"] != "")
    values = values.mutate(bare=values["text"].re_replace(_DECORATION, "") if money else values["text"])
    bare, n = values["bare"], values["n"]
    tests = dict(shape_tests(bare)) | {"whole": bare.re_search(r"^[+-]?[0-9]+$"), "lakhs": by_lakhs(bare)}
    for sign, mark in _GROUP_MARKS.items() if not money else ():
        tests[f"spaced {sign}"] = bare.re_search(rf"^[+-]?[1-9][0-9]{{0,2}}({mark}[0-9]{{3}})+")
    counts = {name: ibis.cases((test, n), else_=0).sum() for name, test in tests.items()}
    row = values.aggregate(given=n.sum(), **counts).to_pyarrow().to_pylist()[0]
    return {name: int(row[name] or 0) for name in row}


def typed_number(given: int, *, whole: bool) -> NumberFacts:
    """Return the facts of numbers that come with a type."""
    return NumberFacts(given, given, whole, typed=True)


def currency_in(text: str) -> str | None:
    """Return the currency that a name or a value speaks of.

    Examples
    --------
    >>> currency_in("Line Total (£)"), currency_in("Net EUR"), currency_in("Europe")
    ('GBP', 'EUR', None)
    """
    for sign, code in SYMBOLS.items():
        if sign in text:
            return code
    found = re.search(rf"(?<![A-Za-z])({'|'.join(CODES)})(?![A-Za-z])", text)
    if found:
        return "CNY" if found[1] == "RMB" else found[1]
    return "CNY" if "元" in text else None


def _signs(text: str) -> list[str]:
    found = _MONEY.fullmatch(text)
    return [sign for sign in (found["one"], found["two"]) if sign] if found else []
