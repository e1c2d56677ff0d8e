"""Names of months in the languages people export dates in, read as one: `15 déc. 2024` and `15. März 2024`.

Only languages of which no name or usual abbreviation means another month in one of the others are read; a name that is
not listed leaves the date unread, and it is refused.
"""

import re
from functools import cache
from typing import Any

import ibis
import ibis.expr.datatypes as dt

ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LANGUAGES = "English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish, Norwegian and Turkish"
_NAMES = """
january januar jänner januari janvier enero gennaio janeiro jan janv jän ene gen ocak oca
february februar feber februari février fevrier febrero febbraio fevereiro feb févr fevr fév fev febr şubat şub
march märz maerz mars maart marzo março marco marts mar mär mrz mrt mart
april avril abril aprile apr avr abr nisan nis
may mai mayo maggio maio mei maj mag mayıs
june juni juin junio giugno junho jun giu haziran haz
july juli juillet julio luglio julho jul juil lug temmuz tem
august août aout agosto augustus augusti aug ago ağustos ağu
september septembre septiembre setiembre settembre setembro sept sep set eylül eyl
october oktober octobre octubre ottobre outubro oct okt ott out ekim eki
november novembre noviembre novembro nov kasım kas
december dezember décembre decembre diciembre dicembre dezembro december dec dez déc dic des desember aralık ara
"""
_TEXTS = dt.Array(dt.string)
_WORD = re.compile(r"[^\W\d_]{3,}")
_MONTH_MARK = re.compile("%[bB]")


@ibis.udf.scalar.builtin(name="list_position")  # type: ignore[untyped-decorator]
def _list_position(texts: dt.Array(dt.string), text: str) -> dt.int64:  # type: ignore[valid-type]
    """Return the place of a text in a list, counted from one; the body is DuckDB's."""


@ibis.udf.scalar.builtin(name="list_extract")  # type: ignore[untyped-decorator]
def _list_extract(texts: dt.Array(dt.string), place: dt.int64) -> dt.string:  # type: ignore[valid-type]
    """Return the text at a place, NULL where there is none; the body is DuckDB's."""


@cache
def month_of_name() -> dict[str, int]:
    """Return the number of the month by each of its names, in lower case."""
    rows = _NAMES.strip().splitlines()
    return {name: number for number, names in enumerate(rows, start=1) for name in names.split()}


def has_month_name(pattern: str) -> bool:
    """Say whether a date format has the month in letters."""
    return _MONTH_MARK.search(pattern) is not None


def in_english(text: str) -> str:
    """Return a date with the name of its month in English, three letters long; other text as it is.

    Examples
    --------
    >>> in_english("15 déc. 2024"), in_english("15. März 2024"), in_english("3 de enero de 2024")
    ('15 Dec 2024', '15 Mar 2024', '3 Jan 2024')
    >>> in_english("15 lis 2024")
    '15 lis 2024'
    """
    words = _WORD.findall(text)
    months = [word for word in words if word.lower() in month_of_name()]
    if len(months) != 1:
        return text
    return _bare(text).replace(months[0], ENGLISH[month_of_name()[months[0].lower()] - 1])


def english_pattern(pattern: str) -> str:
    """Return the date format of what `in_english` and `column_in_english` return.

    Examples
    --------
    >>> english_pattern("%d. %B %Y"), english_pattern("%d de %B de %Y %H:%M")
    ('%d %b %Y', '%d %b %Y %H:%M')
    """
    pattern = re.sub(r"(%-?d)\. ", r"\1 ", pattern.replace("%B", "%b"))
    return re.sub(r" del? ", " ", pattern.replace("%b.", "%b"))


def column_in_english(text: Any) -> Any:
    """Return a text column of dates with the names of their months in English, three letters long.

    Parameters
    ----------
    text : ibis string column
        Dates as written, each with one word of three letters or more.
    """
    bare = text.re_replace(r"([0-9])\. ", r"\1 ").re_replace(r"(\pL)\.", r"\1").re_replace(r" del? ", " ")
    word = bare.re_extract(r"\pL{3,}", 0)
    # One look-up: a query in which the text stands a dozen times takes DuckDB seconds to plan.
    names = month_of_name()
    place = _list_position(ibis.literal(list(names), _TEXTS), word.lower())
    english = _list_extract(ibis.literal([ENGLISH[one - 1] for one in names.values()], _TEXTS), place)
    # The word stands for itself where it is none of a month: the text is left, and is most likely no date.
    return bare.replace(word, ibis.coalesce(english, word))


def _bare(text: str) -> str:
    text = re.sub(r"([0-9])\. ", r"\1 ", text)
    return re.sub(r" del? ", " ", re.sub(r"([^\W\d_])\.", r"\1", text))
