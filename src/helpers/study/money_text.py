"""Money written as text: signs and codes of currencies around a number, and the many places of a minus.

`£1,299.00`, `-£12.50`, `£-12.50`, `12.50-`, `(12.50)` and `1.299,00 €` are all in use. A sign may be that of several
currencies: `$` fits a study in USD and one in CAD, never one in EUR.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import ibis

_ISO_4217 = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK
HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL
MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON
RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL CNH
"""
CODES = frozenset(_ISO_4217.split())
"""Three-letter codes of currencies, ISO 4217; CNH is how some banks write yuan abroad."""
_IN_DOLLARS = """
USD CAD AUD NZD HKD SGD TWD MXN ARS CLP COP BBD BMD BND BSD BZD DOP FJD GYD JMD KYD LRD NAD SBD SRD TTD UYU
XCD
"""
_DOLLARS = frozenset(_IN_DOLLARS.split())
_SIGNS: dict[str, frozenset[str]] = {
    "US$": frozenset({"USD"}),
    "C$": frozenset({"CAD", "NIO"}),
    "CA$": frozenset({"CAD"}),
    "A$": frozenset({"AUD"}),
    "AU$": frozenset({"AUD"}),
    "NZ$": frozenset({"NZD"}),
    "HK$": frozenset({"HKD"}),
    "S$": frozenset({"SGD"}),
    "NT$": frozenset({"TWD"}),
    "MX$": frozenset({"MXN"}),
    "R$": frozenset({"BRL"}),
    "$": _DOLLARS,
    "€": frozenset({"EUR"}),
    "EURO": frozenset({"EUR"}),
    "£": frozenset({"GBP", "EGP", "FKP", "GIP", "LBP", "SHP", "SDG", "SSP", "SYP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "￥": frozenset({"JPY", "CNY"}),
    "元": frozenset({"CNY", "TWD", "HKD"}),
    "圆": frozenset({"CNY"}),
    "円": frozenset({"JPY"}),
    "RMB": frozenset({"CNY"}),
    "원": frozenset({"KRW"}),
    "₩": frozenset({"KRW", "KPW"}),
    "₹": frozenset({"INR"}),
    "RS": frozenset({"INR", "PKR", "LKR", "NPR", "MUR"}),
    "₽": frozenset({"RUB"}),
    "РУБ": frozenset({"RUB"}),
    "₺": frozenset({"TRY"}),
    "TL": frozenset({"TRY"}),
    "₴": frozenset({"UAH"}),
    "₪": frozenset({"ILS"}),
    "฿": frozenset({"THB"}),
    "₫": frozenset({"VND"}),
    "₱": frozenset({"PHP", "CUP"}),
    "₦": frozenset({"NGN"}),
    "₸": frozenset({"KZT"}),
    "₡": frozenset({"CRC"}),
    "₲": frozenset({"PYG"}),
    "ZŁ": frozenset({"PLN"}),
    "KČ": frozenset({"CZK"}),
    "FT": frozenset({"HUF"}),
    "LEI": frozenset({"RON", "MDL"}),
    "ЛВ": frozenset({"BGN"}),
    "KR": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "SFR": frozenset({"CHF"}),
    "FR": frozenset({"CHF", "XAF", "XOF", "XPF"}),
    "RM": frozenset({"MYR"}),
    "RP": frozenset({"IDR"}),
    "S/": frozenset({"PEN"}),
    "R": frozenset({"ZAR"}),
}
"""Currencies that a sign, in capitals, may stand for."""
_ABBREVIATED = ("RS", "РУБ", "ЛВ", "KR", "SFR", "FR", "S/")
"""Signs behind which a point may stand that belongs to them."""
_MINUS = "[\u2212\u2013\ufe63\uff0d]"
_MOST_MARKS = 50


def _patterns() -> tuple[str, str]:
    """Return how money looks with its currency in front or none, and with it behind.

    Groups are, in front: opening mark, currency, opening mark, number, two closing marks; behind: two opening marks,
    number, closing mark, currency, closing mark. A mark is a minus or a bracket.
    """
    longest_first = sorted({*_SIGNS, *CODES} - {*_ABBREVIATED}, key=lambda sign: (-len(sign), sign))
    plain = "|".join(re.escape(sign) for sign in longest_first)
    currency = rf"(?i:{plain}|(?:{'|'.join(map(re.escape, _ABBREVIATED))})[.]?)"
    blanks, opens, closes = r"[\s\x{A0}\x{2009}\x{202F}]*", "([-+(]?)", "([-)]?)"
    number = r"((?:[0-9][0-9.,'\x{2019}\s\x{A0}\x{2009}\x{202F}]*[0-9]|[0-9]|[.,][0-9]+))"
    no_cents = "(?:[.,]-{0,2})?"  # 12.- is twelve and no cents
    in_front = (opens, f"({currency}?)", opens, number + no_cents, closes, closes)
    behind = (opens, opens, number + no_cents, closes, f"({currency})", closes)
    return f"^{blanks}{blanks.join(in_front)}{blanks}$", f"^{blanks}{blanks.join(behind)}{blanks}$"


_IN_FRONT, _BEHIND = _patterns()


def bare_number(text: Any) -> Any:
    """Return money as its number alone, a minus in front where it is negative; what is no money is no number either.

    Each replacement takes the text once, for a database would be sent every copy of it.

    Parameters
    ----------
    text : ibis string column
        Money as somebody wrote it.
    """
    split = text.re_replace(_MINUS, "-").re_replace(_IN_FRONT, r"\1\3\5\6#\4").re_replace(_BEHIND, r"\1\2\4\6#\3")
    return split.re_replace(r"^(?:-|\(\))#", "-").re_replace("^[+]?#", "")


def currency_mark(text: Any) -> Any:
    """Return the sign or code of a currency that stands beside a number, in capitals; empty where there is none.

    Parameters
    ----------
    text : ibis string column
        Money as somebody wrote it.
    """
    plain = text.re_replace(_MINUS, "-")
    found = plain.re_extract(_IN_FRONT, 2) + plain.re_extract(_BEHIND, 5)
    return found.upper().re_replace("[.]$", "")


def marks_held(table: Any, text: Any) -> dict[str, int]:
    """Return the signs and codes of currencies in a text column with their rows, most rows first.

    Parameters
    ----------
    table : ibis table
        The source.
    text : ibis string column
        Its column of money.
    """
    marks = table.select(mark=currency_mark(text)).filter(lambda rows: rows.mark != "")
    groups = marks.group_by("mark").aggregate(rows=marks.count())
    found = groups.order_by([ibis.desc("rows"), "mark"]).limit(_MOST_MARKS).to_pyarrow().to_pydict()
    return dict(zip(found["mark"], found["rows"], strict=True))


def currencies_of(mark: str) -> frozenset[str]:
    """Return the codes of the currencies that a sign or code may stand for.

    Examples
    --------
    >>> sorted(currencies_of("¥")), currencies_of("eur")
    (['CNY', 'JPY'], frozenset({'EUR'}))
    """
    mark = mark.upper()
    if mark in _SIGNS:
        return _SIGNS[mark]
    return frozenset({"CNY"}) if mark == "CNH" else frozenset({mark}) & CODES


def common_currencies(marks: Iterable[str]) -> frozenset[str]:
    """Return the currencies that all of these marks may stand for.

    Examples
    --------
    >>> common_currencies(["$", "CAD"]), common_currencies(["£", "€"])
    (frozenset({'CAD'}), frozenset())
    """
    sets = [currencies_of(mark) for mark in marks]
    return frozenset.intersection(*sets) if sets else frozenset()


def in_words(marks: Mapping[str, int]) -> str:
    """Return marks with their rows.

    Examples
    --------
    >>> in_words({"£": 1200, "€": 3})
    "'£' in 1,200 rows, '€' in 3 rows"
    """
    return ", ".join(f"{mark!r} in {rows:,} row{'s' if rows != 1 else ''}" for mark, rows in marks.items())
