"""How the numbers of a column are written: decimal mark, groups of digits, money signs, brackets, all counted."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import ibis

from helpers.study.number_text import Mark, shape_tests

SYMBOLS = {"£": "GBP", "€": "EUR", "$": "USD", "¥": "CNY", "￥": "CNY", "₹": "INR", "₽": "RUB", "₺": "TRY", "zł": "PLN"}
"""Currency by sign; of a sign of several currencies the likeliest."""
CODES = (
    "EUR USD GBP CHF CNY JPY AUD CAD NZD SEK NOK DKK PLN CZK HUF INR BRL MXN ZAR SGD HKD KRW TRY RUB RON ILS AED RMB TWD THB"
).split()
"""Currency codes that are looked for beside amounts and in the names of columns."""
_SIGN = "|".join([*map(re.escape, SYMBOLS), "US\\$", "R\\$", "kr\\.?", "元", *CODES])
_MONEY = re.compile(rf"\(?\s*[-+−–]?\s*(?P<one>{_SIGN})?\s*[-+−–]?\s*(?P<digits>\d[\d.,'’\s]*|[.,]\d+)\s*(?P<two>{_SIGN})?\s*[-+−–]?\s*\)?", re.I)
_PLAIN = re.compile(r"[-+]?(\d[\d.,'’\u00a0\u202f ]*|[.,]\d+)([eE][-+]?\d+)?")
_DECORATION = rf"(?i)({_SIGN})|[()\s−–]|-$"
_GROUP_MARKS = {" ": r"[ \x{A0}\x{2009}\x{202F}]", "'": r"['\x{2019}]"}
_EXAMPLES = 3


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
    money = bool(signs) or any(not _PLAIN.fullmatch(one) for one in sample)
    values = table.group_by(text=text.strip()).aggregate(n=ibis._.count())
    values = values.filter(values["text"].notnull(), values["text"] != "")
    bare = values["text"].re_replace(_DECORATION, "") if money else values["text"]
    values = values.mutate(bare=bare)
    bare, n = values["bare"], values["n"]
    tests = dict(shape_tests(bare)) | {"whole": bare.re_search(r"^[+-]?[0-9]+$")}
    tests |= {f"spaced {sign}": bare.re_search(rf"^[+-]?[1-9][0-9]{{0,2}}({mark}[0-9]{{3}})+") for sign, mark in _GROUP_MARKS.items()} if not money else {}
    counts = {name: ibis.cases((test, n), else_=0).sum() for name, test in tests.items()}
    row = values.aggregate(given=n.sum(), **counts).to_pyarrow().to_pylist()[0]
    found = {name: int(row[name] or 0) for name in row}
    decimal: dict[Mark, int] = {mark: found[f"decimal {mark}"] for mark in (".", ",")}
    grouped: dict[Mark, int] = {mark: found[f"grouped {mark}"] for mark in (".", ",")}
    spaced = next((sign for sign in _GROUP_MARKS if found.get(f"spaced {sign}")), "")
    fits = min(found["whole"] + sum(decimal.values()) + sum(grouped.values()) + (found.get(f"spaced {spaced}", 0)), found["given"])
    shown = [one for one in sample if not one.isdigit()] or list(sample)
    whole = found["whole"] == found["given"]
    negative = any("-" in one or "−" in one or one.startswith("(") for one in sample)
    return NumberFacts(
        fits, found["given"], whole, decimal, grouped, dict(signs), money, tuple(shown[:_EXAMPLES]), spaced, negative
    )


def typed_number(given: int, *, whole: bool) -> NumberFacts:
    """Return the facts of numbers that come with a type."""
    return NumberFacts(given, given, whole)


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


def _signs(text: str) -> list[Literal[str] | str]:
    found = _MONEY.fullmatch(text)
    return [sign for sign in (found["one"], found["two"]) if sign] if found else []
