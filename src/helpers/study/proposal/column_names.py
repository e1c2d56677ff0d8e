"""What people call their columns, and how near a name of theirs is to one of these."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

from helpers.study.proposal.numbers import CODES

EXACT, PART = 100.0, 50.0
LEAST = 20.0
_LAST_PLACE = 40  # names of the languages that stand last are no less sure than those before them
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
"""Letters that no accent makes."""
_NUMBER = re.compile(r"(?<=[a-z]{3})(nummer|nr|number|num)$")
_SMALL_WORDS = frozenset(
    {"the", "of", "de", "du", "des", "la", "le", "del", "di", "der", "die", "das", "in", "y", "yn", "and"}
)
_MONEY_WORDS = frozenset(
    {code.lower() for code in CODES} | {"excl", "incl", "vat", "tax", "mwst", "ht", "exkl", "inkl"}
)


_OTHER_THINGS = frozenset(
    [
        "name",
        "category",
        "type",
        "status",
        "group",
        "age",
        "date",
        "time",
        "price",
        "quantity",
        "description",
        "count",
        "total",
        "city",
        "country",
        "segment",
        "class",
        "gender",
        "flag",
        "score",
        "rate",
        "mode",
        "method",
        "kategorie",
        "gruppe",
        "art",
        "alter",
        "preis",
        "menge",
        "datum",
        "name",
        "nom",
        "prix",
        "date",
        "categorie",
        "nombre",
        "precio",
        "fecha",
        "margin",
        "profit",
        "tax",
        "shipping",
        "fee",
        "email",
        "phone",
        "address",
        "postcode",
        "limit",
        "income",
    ]
)
"""Words that make of a name the name of something else: a product category is no product."""


def words_of(name: str) -> str:
    """Return the name of a column in plain words: small letters, no accents, abbreviations written out.

    Examples
    --------
    >>> words_of("InvoiceNo"), words_of("Line Total (£)"), words_of("Kundennr."), words_of("用户ID")
    ('invoice number', 'line total', 'kunden number', '用户id')
    >>> words_of("Quantité"), words_of("顧客コード"), words_of("고객번호")
    ('quantite', '顧客コード', '고객번호')
    """
    text = re.sub(r"\([^()]{0,20}\)|\[[^\[\]]{0,20}\]", " ", name) or name
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    text = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("#", " number ")).casefold().translate(_PLAIN)
    # Accents of Latin letters go; the marks of Japanese and the parts of Korean syllables are letters of their own.
    text = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", text))
    words = []
    for word in re.findall(r"[^\W_]+", text):
        word = _NUMBER.sub(" number", word)
        words += known_names()["abbreviations"].get(word, word).split()
    kept = [word for word in words if word not in _SMALL_WORDS]
    plain = [word for word in kept if word not in _MONEY_WORDS]
    return " ".join(plain or kept)


@cache
def known_names() -> Any:
    """Return what is known of names, as the file beside this module says it."""
    text = resources.files("helpers.study.proposal").joinpath("column_names.yml").read_text(encoding="utf-8")
    return YAML(typ="safe").load(text)


def nearness(name: str, names: Sequence[str]) -> float:
    """Return how sure it is that a column is what these names stand for: 0 to 100.

    Parameters
    ----------
    name : str
        The column, in plain words.
    names : sequence of str
        Names people give it, the surest first.

    Examples
    --------
    >>> nearness("order date", ["order date", "date"]), nearness("colour", ["order date", "date"])
    (100.0, 0.0)
    >>> 0 < nearness("first order date", ["order date", "date"]) < 50
    True
    """
    best = 0.0
    words = name.split()
    for place, known in enumerate(names):
        place = min(place, _LAST_PLACE)
        if name == known or name.replace(" ", "") == known.replace(" ", ""):
            return max(best, EXACT - place * 0.5)
        parts = known.split()
        if not known.isascii() and known in name:
            best = max(best, PART - place * 0.2)
        elif _OTHER_THINGS & set(words) - set(parts):
            continue
        elif len(parts) > 1 and len(words) > len(parts) and _holds(words, parts):
            best = max(best, PART - 8 * (len(words) - len(parts)) - place * 0.2)
        elif len(parts) == 1 and len(words) > 1 and parts[0] in words and len(parts[0]) > 3:
            best = max(best, PART - 15 - 8 * (len(words) - 1) - place * 0.2 + (4 if words[-1] == parts[0] else 0))
    return max(best, 0.0)


def _holds(words: Sequence[str], parts: Sequence[str]) -> bool:
    width = len(parts)
    return any(list(words[start : start + width]) == list(parts) for start in range(len(words) - width + 1))
