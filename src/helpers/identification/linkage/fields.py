"""Kinds of identifying field, and how the values of each are brought to one form before they are compared.

Most disagreement between two records of one customer is writing, not substance: capitals, accents, full-width digits,
a country code, text read with the wrong encoding. Removing it here leaves the comparisons to real errors.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

FieldKind = Literal[
    "given_name",
    "family_name",
    "name",
    "date",
    "postcode",
    "phone",
    "email",
    "identifier",
    "address",
    "place",
    "category",
    "text",
]
FIELD_KINDS: tuple[FieldKind, ...] = get_args(FieldKind)
NAME_KINDS: frozenset[FieldKind] = frozenset({"given_name", "family_name", "name"})
# What people of one household, or contacts of one firm, have in common without being one customer.
SHARED_KINDS: frozenset[FieldKind] = frozenset({"family_name", "address", "postcode", "place", "phone"})
# What changes at once when a customer moves house.
HOME_KINDS: frozenset[FieldKind] = frozenset({"address", "postcode", "place"})
# What only one customer holds, unless contact data are shared: enough by itself to link the records that hold the same.
UNIQUE_KINDS: frozenset[FieldKind] = frozenset({"email", "phone", "identifier"})
# What is one person's or one contact's own.
PERSONAL_KINDS: frozenset[FieldKind] = frozenset({"given_name", "name", "date", "email", "identifier"})
# What so many have in common that it identifies nobody.
COMMON_KINDS: frozenset[FieldKind] = frozenset({"category", "place", "postcode"})

STANDARD_FIELD_KINDS: Mapping[str, FieldKind] = {
    "first_name": "given_name",
    "last_name": "family_name",
    "birth_date": "date",
    "sex": "category",
    "street": "address",
    "city": "place",
    "postcode": "postcode",
    "region": "place",
    "email": "email",
    "phone": "phone",
    "identifier": "identifier",
}

# The first CJK code point: text in Chinese characters sorts at or above it, standardised Western text below.
FIRST_CJK = "\u2e80"

_NO_VALUE = frozenset({"", "-", ".", "?", "n/a", "none", "null", "nan", "unknown", "unbekannt", "未知", "无", "不详"})
_NO_MAILBOX = frozenset({"none", "noemail", "nomail", "no", "na", "test", "example", "unknown", "xxx"})
_TITLES = re.compile(r"^(mr|mrs|ms|miss|dr|prof|herr|frau)\.?\s+")
_CHINESE_TITLES = re.compile(r"(先生|女士|小姐)$")
_STREET_WORDS = {"street": "st", "road": "rd", "avenue": "ave", "strasse": "str", "crescent": "cres", "place": "pl"}
_LATIN_BASE = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"})
_DAMAGE = re.compile("[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122\u20ac]")
_ASCII_MARKS = {code: " " for code in range(128) if not chr(code).isalnum()}
PHONE_DIGITS = 9
PLACEHOLDER, REPAIRED, UNREADABLE, CHINESE = 1, 2, 4, 8
"""What is seen of a value when it is brought to standard form; see `standard_forms`."""


@dataclass(frozen=True)
class Standardised:
    """One field brought to standard form.

    Parameters
    ----------
    text : pandas.Series
        Text or missing, on the index of the raw field.
    placeholders : int
        Records whose value only stood for "no value" and is now missing.
    repaired : int
        Records whose text had been read with the wrong encoding and was repaired.
    unreadable : int
        Records with a replacement character where a letter was lost; the rest of the text is kept.
    """

    text: pd.Series
    placeholders: int
    repaired: int
    unreadable: int


def repair_encoding(text: str) -> str:
    """Undo a reading of UTF-8 or GB 18030 bytes as Western Latin text, where the bytes prove it.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The repaired text, or the same text when nothing proves damage.

    Examples
    --------
    >>> repair_encoding("MÃ¼ller"), repair_encoding("Müller"), repair_encoding("ÍõÎ°")
    ('Müller', 'Müller', '王伟')
    """
    if not _DAMAGE.search(text):
        return text
    for codec in ("cp1252", "latin-1"):
        try:
            return text.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
    return _repair_chinese(text)


def _repair_chinese(text: str) -> str:
    # Two Chinese characters are four upper-half bytes, and common characters (GB 2312, level 1) lead with B0 to D7: a
    # Western word of accented letters alone ("ÄÖÜß") is not taken for one.
    pairs = [text[place : place + 2] for place in range(0, len(text), 2)]
    if len(pairs) < 2 or not all(len(pair) == 2 and "\u00b0" <= pair[0] <= "\u00d7" for pair in pairs):
        return text
    try:
        return text.encode("latin-1").decode("gb2312")
    except UnicodeError:
        return text


def is_chinese(text: str) -> bool:
    """Say whether a text holds a Chinese character.

    Examples
    --------
    >>> is_chinese("王伟"), is_chinese("Wang Wei")
    (True, False)
    """
    return not text.isascii() and any("\u3400" <= letter <= "\u9fff" or letter >= "\U00020000" for letter in text)


def _plain(text: str) -> str:
    """Fold width, case and accents, and turn punctuation into single spaces; the replacement sign is dropped."""
    if text.isascii():  # nothing to fold but case
        return " ".join(text.lower().translate(_ASCII_MARKS).split())
    folded = unicodedata.normalize("NFKC", text.replace("\ufffd", "")).casefold().translate(_LATIN_BASE)
    letters = (letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in letters).split())


def _name(text: str) -> str:
    joined = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("\u2019", "").strip()
    if is_chinese(joined):
        return _CHINESE_TITLES.sub("", _plain(joined).replace(" ", ""))
    return _plain(_TITLES.sub("", joined))


def _address(text: str) -> str:
    return " ".join(_STREET_WORDS.get(word, word) for word in _plain(text).split())


def _compact(text: str) -> str:
    return re.sub(r"\.0$", "", text.strip()) if text.strip().endswith(".0") else text


def _postcode(text: str) -> str:
    return _plain(_compact(text)).replace(" ", "")


def _identifier(text: str) -> str:
    code = _plain(_compact(text)).replace(" ", "")
    return "" if len(set(code)) <= 1 else code


_EXTENSION = re.compile(
    r"[\s,;]*(?:;ext=|\bext(?:ension|n)?\b\.?|\bx|#|\bdw\b\.?|durchwahl|分机|转)\s*:?\s*(\d{1,7})\W*$", re.I
)


def _phone(text: str) -> str:
    """Keep the last nine digits, and an extension apart: colleagues behind one number are not one person."""
    words = unicodedata.normalize("NFKC", _compact(text))
    bare = words.isascii() and words.isdigit()  # most numbers: nothing to look for in them
    found = None if bare else _EXTENSION.search(words)
    digits = words if bare else re.sub(r"\D", "", words[: found.start()] if found else words)
    if len(digits) < 5 or len(set(digits)) == 1:
        return ""
    # Country code and trunk zero come and go; the last nine digits stay.
    return digits[-PHONE_DIGITS:] + (f"x{found[1]}" if found else "")


def _email(text: str) -> str:
    address = unicodedata.normalize("NFKC", text).casefold().replace(" ", "")
    mailbox, at, domain = address.partition("@")
    return address if at and mailbox and domain and mailbox not in _NO_MAILBOX else ""


def _date(text: str) -> str:
    """Write a date as eight digits, year first; text that is no calendar date keeps its digits, for typing errors."""
    words = unicodedata.normalize("NFKC", text).strip()
    if found := re.match(r"^(\d{4})\D+(\d{1,2})\D+(\d{1,2})(?!\d)", words):
        year, month, day = found.groups()
        return _real_digits(f"{year}{int(month):02d}{int(day):02d}")
    if found := re.match(r"^(\d{1,2})\D(\d{1,2})\D(\d{4})(?!\d)", words):
        first, second, year = found.groups()
        day, month = (second, first) if int(second) > 12 else (first, second)
        return _real_digits(f"{year}{int(month):02d}{int(day):02d}")
    return _real_digits(re.sub(r"\D", "", _compact(words)))


def _real_digits(digits: str) -> str:
    return "" if len(digits) < 6 or len(set(digits)) == 1 else digits


_STANDARD: Mapping[FieldKind, Callable[[str], str]] = {
    "given_name": _name,
    "family_name": _name,
    "name": _name,
    "date": _date,
    "postcode": _postcode,
    "phone": _phone,
    "email": _email,
    "identifier": _identifier,
    "address": _address,
    "place": _plain,
    "category": _plain,
    "text": _plain,
}


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        for codec in ("utf-8", "gb18030"):
            try:
                return value.decode(codec)
            except UnicodeDecodeError:
                continue
        return value.decode("latin-1")
    return value.isoformat() if isinstance(value, pd.Timestamp) else str(value)


def standardise_field(raw: pd.Series, kind: FieldKind) -> Standardised:
    """Bring one field to standard form.

    Parameters
    ----------
    raw : pandas.Series
        Values as the source holds them: text, numbers, dates or bytes; missing allowed.
    kind : FieldKind
        What the field holds.

    Returns
    -------
    Standardised
        The values, with counts of what was done to them.

    Examples
    --------
    >>> standardise_field(pd.Series(["+44 20 7946 0958", "(020) 79460958", "000000"]), "phone").text.tolist()
    ['079460958', '079460958', nan]
    >>> standardise_field(pd.Series(["tel:+49-30-1234;ext=5", "030 1234"]), "phone").text.tolist()
    ['49301234x5', '0301234']
    """
    codes, forms, marks = standard_forms(raw, kind)
    values = pd.Series(forms, dtype="str").replace("", None).reindex(codes).set_axis(raw.index)
    filled = np.bincount(codes[codes >= 0], minlength=len(forms))
    return Standardised(
        values, *(int(filled[(marks & mark) > 0].sum()) for mark in (PLACEHOLDER, REPAIRED, UNREADABLE))
    )


def standard_forms(
    raw: pd.Series, kind: FieldKind
) -> tuple[npt.NDArray[np.intp], list[str], npt.NDArray[np.integer[Any]]]:
    """Return the standard form of every different value of a field.

    Parameters
    ----------
    raw : pandas.Series
        As in `standardise_field`.
    kind : FieldKind
        What the field holds.

    Returns
    -------
    codes : numpy.ndarray
        Which of the different values each row holds, -1 where it is missing.
    forms : list of str
        The values in standard form, "" where they stand for no value.
    marks : numpy.ndarray
        What was seen of each: the sum of `PLACEHOLDER`, `REPAIRED`, `UNREADABLE` and, of names, `CHINESE`.
    """
    codes, uniques = pd.factorize(raw, use_na_sentinel=True)
    texts = [value if type(value) is str else _as_text(value) for value in uniques]
    repaired = [text if text.isascii() else repair_encoding(text) for text in texts]
    standard = _STANDARD[kind]
    forms = ["" if text.strip().casefold() in _NO_VALUE else standard(text) for text in repaired]
    marks = np.zeros(len(forms), dtype=np.int8)
    marks[[form == "" and text.strip() != "" for text, form in zip(texts, forms, strict=True)]] |= PLACEHOLDER
    marks[[text != good for text, good in zip(texts, repaired, strict=True)]] |= REPAIRED
    marks[["\ufffd" in text for text in texts]] |= UNREADABLE
    if kind in NAME_KINDS:
        marks[[is_chinese(form) for form in forms]] |= CHINESE
    return codes, forms, marks
