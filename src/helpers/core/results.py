"""The ledger of named results, and the prose made from it.

A number that a reader may act on is added here once, with its unit and meaning. Sentences are templates that name
results; a digit typed into a template is refused, so prose cannot drift from the figures.
"""

import json
import math
import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
import pandas as pd

from helpers.core.errors import Fault, InputError, unknown_name

Scalar = str | int | float | bool | None
SIGNIFICANT_DIGITS = 12  # beyond this, sums depend on the order of addition; the files must not
DEFAULT_TOLERANCE = 1e-6
_SMALLEST_SHOWN = 1e-6  # smaller numbers are only said to be so
_FEW = 10  # of a whole smaller than this, a share is given as a count
_NAME = re.compile(r"[a-z][a-z0-9_]*")
SHARE_DIFFERENCE = "share difference"
"""Unit of one share less another, kept as a fraction and read in percentage points."""

_IN_WORDS = re.compile(r"share|share difference|date|[A-Z]{3}")  # units with digits of their own
_DIGITS_OF_CLOSE = 3  # significant digits where a value and the ends of its interval look alike
_COUNT_OF_WHOLE = re.compile(r"(\d+ of (\d))(?: of (\2|all customers|the customers|customers|all|the base|them)\b)")
_DIGIT = re.compile(r"\d")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|<>~&$^=:\"'-])")


@dataclass(frozen=True)
class NamedResult:
    """One number, word or verdict that a notebook found.

    Parameters
    ----------
    name : str
        Lower-case name with underscores, unique within a run.
    value : str or int or float or bool or None
        The finding; None where the data do not allow one.
    unit : str
        "share", "share difference", "customers", "days", "USD", "text" and so on.
    about : str
        Meaning in one sentence, for a reader of the results file.
    tolerance : float
        Relative difference within which a rerun counts as the same result.
    low, high : float or None
        Ends of the uncertainty interval, in the unit of the value.
    assumed : tuple of str
        Parameters that the value rests on and that nobody stated: their defaults are guesses.
    """

    name: str
    value: Scalar
    unit: str
    about: str
    tolerance: float = DEFAULT_TOLERANCE
    low: float | None = None
    high: float | None = None
    assumed: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the entry of the results file, without the name."""
        entry: dict[str, object] = {"value": self.value, "unit": self.unit, "about": self.about}
        if self.low is not None or self.high is not None:
            entry |= {"low": self.low, "high": self.high}
        if self.assumed:
            entry |= {"assumed": list(self.assumed)}
        return entry | {"tolerance": self.tolerance}


def results_by_group(
    found: "pd.Series[Any] | pd.DataFrame", name: str, *, unit: str, about: str
) -> Iterator[NamedResult]:
    """Yield one named result per group, as a method hands them to a notebook.

    Parameters
    ----------
    found : Series or DataFrame
        Values by group, or rows whose value stands first and whose ends are called low and high.
    name, about : str
        Templates with `{group}`; in the name it is made lower-case with underscores.
    unit : str
        As in `Ledger.add`.

    Examples
    --------
    >>> (one,) = results_by_group(pd.Series({"At risk": 7}), "{group}_customers", unit="customers", about="in {group}")
    >>> one.name, one.value, one.about
    ('at_risk_customers', 7, 'in At risk')
    """
    rows = found.items() if isinstance(found, pd.Series) else found.iterrows()
    for group, value in rows:
        ends = (float(value["low"]), float(value["high"])) if isinstance(value, pd.Series) else (None, None)
        first = value.iloc[0] if isinstance(value, pd.Series) else value
        full, meaning = name.format(group=slug(str(group))), about.format(group=group)
        yield NamedResult(full, plain_scalar(first), unit, meaning, low=ends[0], high=ends[1])


def plain_scalar(value: object) -> Scalar:
    """Return a value as JSON can hold it, floats at twelve significant digits.

    Raises
    ------
    TypeError
        When the value is no scalar.

    Examples
    --------
    >>> plain_scalar(np.float64(0.1) + np.float64(0.2)), plain_scalar(np.int64(3)), plain_scalar(float("nan"))
    (0.3, 3, None)
    """
    if value is None or isinstance(value, (str, bool, np.bool_)):
        return bool(value) if isinstance(value, np.bool_) else value
    if isinstance(value, SupportsIndex):
        return int(value)
    if isinstance(value, SupportsFloat):
        number = float(value)
        return float(f"{number:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(number) else None
    raise TypeError(f"a named result is a number, a text or true/false, not {type(value).__name__}: {value!r}")


def _no_whole(_name: str) -> None:
    return None


class Ledger:
    """Named results in the order found, and sentences made from them.

    Parameters
    ----------
    currency : str
        Code of the study's currency, the unit of money.

    Attributes
    ----------
    whole_of : callable
        Returns of how many the share of this name is, None where that is not known: of fewer than ten, "4 of 4" is said
        and not per cent.

    Examples
    --------
    >>> ledger = Ledger(currency="USD")
    >>> ledger.add("top20_revenue_share", 0.5457, unit="share", about="revenue of the best fifth over all revenue")
    0.5457
    >>> ledger.sentence("The best fifth bring {top20_revenue_share} of revenue.")
    'The best fifth bring 54.6 % of revenue.'
    """

    def __init__(self, currency: str = "") -> None:
        self.currency = currency
        self.whole_of: Callable[[str], int | None] = _no_whole
        self._results: dict[str, NamedResult] = {}

    def add(
        self,
        name: str,
        value: object,
        *,
        unit: str,
        about: str,
        tolerance: float = DEFAULT_TOLERANCE,
        interval: tuple[float, float] | None = None,
        assumed: Sequence[str] = (),
    ) -> Scalar:
        """Keep a result under its name and return it as stored.

        Parameters
        ----------
        name : str
            Lower-case, with underscores.
        value : scalar
            The finding; NaN is kept as None.
        unit : str
            Unit of value and interval; "money" stands for the study's currency.
        about : str
            Meaning in one sentence.
        tolerance : float
            Relative difference within which a rerun counts as the same.
        interval : (float, float), optional
            Ends of the uncertainty interval.
        assumed : sequence of str
            Parameters that the value rests on and that nobody stated.

        Raises
        ------
        ValueError
            When the name is malformed or already holds a different value.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"result name {name!r} must be lower-case letters, digits and underscores")
        low, high = (_end(end) for end in interval) if interval is not None else (None, None)
        named_unit = self.currency if unit == "money" and self.currency else unit
        result = NamedResult(name, plain_scalar(value), named_unit, about, tolerance, low, high, tuple(assumed))
        before = self._results.get(name)
        if before is not None and before != result:
            raise ValueError(f"result {name!r} already holds {before.value!r}; it cannot also be {result.value!r}")
        self._results[name] = result
        return result.value

    def __getitem__(self, name: str) -> NamedResult:
        if name not in self._results:
            raise KeyError(str(unknown_name(name, list(self._results), kind="result")))
        return self._results[name]

    def __contains__(self, name: object) -> bool:
        return name in self._results

    def __iter__(self) -> Iterator[NamedResult]:
        return iter(self._results.values())

    def __len__(self) -> int:
        return len(self._results)

    def sentence(self, template: str, /, *, markdown: bool = False, **values: object) -> str:
        """Return a sentence with every `{name}` replaced by that result in its unit.

        Parameters
        ----------
        template : str
            Text without digits; `{name}` is a result or one of `values`, `{name:interval}` adds its interval,
            `{name:.1%}` and the like override the format of the unit, `{name:customer|customers}` is the first word
            for one, the second for every other number, `{name:none|{name} customer|{name} customers}` has words of its
            own for nought.
        markdown : bool
            Whether texts from data are escaped so that they cannot act as Markdown or HTML.
        **values : object
            Further values: parameters, words chosen by a condition, names from the data.

        Raises
        ------
        ValueError
            When a digit is typed in the template.
        """
        typed = [literal for literal, *_ in string.Formatter().parse(template) if _DIGIT.search(literal)]
        if typed:
            raise ValueError(f"prose must not hold typed digits; name a result instead: {typed[0]!r}")
        text = _SentenceFormatter(self, values, markdown=markdown).vformat(template, (), {})
        return _COUNT_OF_WHOLE.sub(_said_once, text)

    def to_json(self) -> str:
        """Return all results as the text of a results file, sorted by name."""
        entries = {result.name: result.as_json() for result in self}
        return dump_json(entries)

    @classmethod
    def from_entries(cls, entries: Mapping[str, Mapping[str, Any]], *, currency: str = "") -> "Ledger":
        """Rebuild a ledger from the entries of a results file.

        Raises
        ------
        InputError
            When an entry lacks its value or unit.
        """
        ledger = cls(currency)
        for name, entry in entries.items():
            if not {"value", "unit"} <= set(entry):
                raise InputError(
                    Fault(
                        f"result {name!r} lacks value or unit",
                        where="results file",
                        remedy="make the results file anew with crm run",
                    )
                )
            ledger._results[name] = NamedResult(
                name,
                entry["value"],
                entry["unit"],
                entry.get("about", ""),
                entry.get("tolerance", DEFAULT_TOLERANCE),
                entry.get("low"),
                entry.get("high"),
                tuple(entry.get("assumed", ())),
            )
        return ledger


def slug(label: str) -> str:
    """Return a label as part of a result's name.

    Examples
    --------
    >>> slug("Type A"), slug("65+"), slug("Müller & Söhne")
    ('type_a', '65', 'm_ller_s_hne')
    """
    return re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_") or "other"


def dump_json(content: object) -> str:
    """Return content as the one JSON layout the suite writes: sorted keys, two spaces, a final newline."""
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _end(value: float) -> float | None:
    end = plain_scalar(float(value))
    return end if isinstance(end, float) else None


def _said_once(found: re.Match[str]) -> str:
    """Join a count of a whole and the words for the whole: "2 of 4 of customers" is "2 of 4 customers"."""
    return f"{found[1]} customers" if (found[3] or "").endswith("customers") else found[1]


def count_of(share: Scalar, whole: int | None) -> str:
    """Return a share of a few as a count, nothing where it is no share of so many or they are not few.

    Examples
    --------
    >>> count_of(1.0, 4), count_of(0.25, 4), count_of(0.3, 4), count_of(0.25, 40)
    ('4', '1', '', '')
    """
    if whole is None or not 0 < whole < _FEW or not isinstance(share, int | float):
        return ""
    count = round(share * whole)
    return f"{count}" if abs(share * whole - count) < 1e-6 else ""


class _SentenceFormatter(string.Formatter):
    """Fills a template from a ledger, each result in its unit."""

    def __init__(self, ledger: Ledger, values: Mapping[str, object], *, markdown: bool) -> None:
        self._ledger, self._values, self._markdown = ledger, values, markdown

    def get_value(self, key: int | str, args: object, kwargs: object) -> object:  # noqa: ARG002
        name = str(key)
        return self._values[name] if name in self._values else self._ledger[name]

    def format_field(self, value: object, format_spec: str) -> str:
        if "|" in format_spec:
            *none, one, many = format_spec.split("|")
            counted = value.value if isinstance(value, NamedResult) else value
            return none[0] if none and counted == 0 else one if counted == 1 else many
        if isinstance(value, NamedResult):
            whole = (
                self._ledger.whole_of(value.name) if value.unit == "share" and format_spec in ("", "interval") else None
            )
            if count := count_of(value.value, whole):
                text = f"{count} of {whole}"
            elif format_spec == "interval":
                text = _with_interval(value)
            elif format_spec:
                text = format(value.value, format_spec)
            else:
                text = in_unit(value.value, value.unit)
            is_text = isinstance(value.value, str)
        else:
            text = format(value, format_spec) if format_spec else _plainly(value)
            is_text = isinstance(value, str)
        text = _space_before_percent(text) if format_spec.endswith("%") else text
        return escape_markdown(text) if self._markdown and is_text else text


def _plainly(value: object) -> str:
    return _day(value.isoformat()[:10]) if isinstance(value, date) else in_unit(plain_scalar(value), "")


def escape_markdown(text: str) -> str:
    r"""Return text from data so that Markdown and HTML show it as it is.

    Examples
    --------
    >>> print(escape_markdown("<b>*A*</b>"))
    \<b\>\*A\*\</b\>
    """
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


def _space_before_percent(text: str) -> str:
    return text.replace("%", " %") if not text.endswith(" %") else text


def _with_interval(result: NamedResult) -> str:
    value = in_unit(result.value, result.unit)
    if result.low is None or result.high is None or result.low == result.value == result.high:
        return value
    low, high = _ends(result)
    if len({value, low, high}) < 3 and isinstance(result.value, float) and not _IN_WORDS.fullmatch(result.unit):
        value, low, high = (significant(one, _DIGITS_OF_CLOSE) for one in (result.value, result.low, result.high))
    if value == low == high:
        return value
    if result.unit == SHARE_DIFFERENCE:
        low, high = (percentage_points(end) for end in (result.low, result.high))
    return f"{value} ({low} to {high})"


def ends_in_unit(result: NamedResult) -> str:
    """Return the interval of a result as a reader expects it, whole where a count is; nothing where it has none.

    Examples
    --------
    >>> ends_in_unit(NamedResult("living_customers", 188, "customers", "", low=157.0, high=202.0))
    '157 to 202'
    >>> ends_in_unit(NamedResult("hit_gain", -0.016, "share difference", "", low=-0.0357, high=0.003))
    '−3.6 to 0.3 percentage points'
    """
    if result.unit == SHARE_DIFFERENCE and result.low is not None and result.high is not None:
        return f"{percentage_points(result.low)} to {in_unit(result.high, SHARE_DIFFERENCE)}"
    return " to ".join(_ends(result)) if result.low is not None and result.high is not None else ""


def _ends(result: NamedResult) -> tuple[str, str]:
    low, high = float(result.low or 0.0), float(result.high or 0.0)
    if isinstance(result.value, int) and low.is_integer() and high.is_integer():
        return in_unit(int(low), result.unit), in_unit(int(high), result.unit)
    return in_unit(low, result.unit), in_unit(high, result.unit)


def enumerated(words: Sequence[str]) -> str:
    """Return words as a sentence lists them.

    Examples
    --------
    >>> enumerated(["contacts", "orders", "products"]), enumerated(["orders"]), enumerated([])
    ('contacts, orders and products', 'orders', '')
    """
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def in_unit(value: Scalar, unit: str) -> str:
    """Return a value as a reader expects it in its unit.

    Parameters
    ----------
    value : scalar
        None reads "not known".
    unit : str
        "share" reads as per cent, "share difference" in percentage points, "date" as a day in words, three capital
        letters as a currency; other units as a number with separators.

    Examples
    --------
    >>> in_unit(0.5457, "share"), in_unit(4596039.58, "USD"), in_unit(17.5, "USD"), in_unit(2469, "customers")
    ('54.6 %', 'USD 4.60 million', 'USD 17.50', '2,469')
    >>> in_unit(1, "share"), in_unit(0.9997, "share"), in_unit(0.0004, "share")
    ('100.0 %', '99.97 %', '0.04 %')
    >>> in_unit(0.357, "share difference"), in_unit(-0.0004, "share difference")
    ('35.7 percentage points', '−0.04 percentage points')
    """
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _day(value) if unit == "date" else value
    if unit == "share":
        return f"{percentage_points(float(value))} %"
    if unit == SHARE_DIFFERENCE:
        return f"{percentage_points(float(value))} percentage points"
    if re.fullmatch(r"[A-Z]{3}", unit):
        return _money(float(value), unit)
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}".replace("-", "−")


def significant(value: float, digits: int = 4) -> str:
    """Return a number to so many significant digits, never in scientific notation.

    Examples
    --------
    >>> significant(11_690.4), significant(0.142), significant(-0.000123456), significant(3e-11)
    ('11,690', '0.142', '−0.0001235', 'below 0.000001')
    """
    if not math.isfinite(value):
        return "not known"
    if value == 0:
        return "0"
    if abs(value) < _SMALLEST_SHOWN:
        return f"{'above −' if value < 0 else 'below '}{_SMALLEST_SHOWN:.6f}"
    decimals = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    text = f"{round(value, decimals):,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if decimals else text
    return text.replace("-", "−")


def percentage_points(value: float) -> str:
    """Return a fraction in hundredths, to two decimals where one would make almost all of all or hardly any of none.

    Examples
    --------
    >>> percentage_points(0.0428), percentage_points(-0.1), percentage_points(0.0004)
    ('4.3', '−10.0', '0.04')
    """
    per_cent, whole = 100 * value, (-100, 0, 100)
    digits = 2 if round(per_cent, 1) in whole and round(per_cent, 2) not in whole else 1
    return f"{round(per_cent, digits) + 0:.{digits}f}".replace("-", "−")


def _day(iso: str) -> str:
    """Write a day in words, so that nobody takes the month for the day."""
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B} {day.year}"


def _money(amount: float, currency: str) -> str:
    sign, size = ("−" if amount < 0 else ""), abs(amount)
    for floor, divisor, word in ((1e9, 1e9, " billion"), (1e6, 1e6, " million")):
        if size >= floor:
            return f"{sign}{currency} {size / divisor:,.2f}{word}"
    digits = 0 if size >= 1000 else 2
    return f"{sign}{currency} {size:,.{digits}f}"


def assumed_in(results: Ledger) -> tuple[str, ...]:
    """Return the assumed parameters that any of these results rests on, in alphabetical order."""
    return tuple(sorted({name for result in results for name in result.assumed}))
