"""Which encodings text that is not UTF-8 may have, by how its bytes beyond ASCII follow each other."""

import re

_MOSTLY = 0.9
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_COMMON_HAN = range(0xB0, 0xD8)
_COMMON_HANGUL = range(0xB0, 0xC9)
_CYRILLIC = range(0xC0, 0x100)
_DIFFERENT_AT_LEAST = 12
"""So many different syllables are hardly all of the first part of the Chinese characters by chance."""

_WORDS_AT_LEAST = 3
"""Words of two signs and more: lone pairs may all be curly apostrophes before a letter."""
_JAPANESE = re.compile(rb"(?:[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc])+")
_JAPANESE_LEADS = range(0x81, 0xA0)
_TAIWANESE = re.compile(rb"(?:[\xa1-\xf9][\x40-\x7e\xa1-\xfe])+")
_TAIWANESE_LEADS = range(0xA4, 0xC7)
# Signs such as a small three or one half in western Europe, letters of Polish, Czech and Hungarian further east.
_WITHIN_WORDS = re.compile(
    rb"[A-Za-z\xe0-\xff][\x9d\xb3\xb9\xbc\xbe\xbf][a-z\xe0-\xff]|\xa3[\xe0-\xff]|\x9c\xe6|[\xc8\xe8\xec\xf8][\xe1\xed]"
)
_ONE_IN = 50
# S and z with a hook are the same byte in both encodings; c, e, r with a hook and u with a ring are not.
_HOOKS_ALIKE, _HOOKS_APART = re.compile(rb"[\x8a\x8e\x9a\x9e]"), re.compile(rb"[\xc8\xcc\xd8\xe8\xec\xf8\xf9]")
_HUNGARIAN = re.compile(rb"[\xf5\xfb\xd5\xdb]")
_GERMANIC = re.compile(rb"[\xf6\xfc\xd6\xdc]")
_ROMANCE_OR_ESTONIAN = re.compile(rb"[\xe3\xe4\xe7\xe8\xea\xc3\xc4]")
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
_ICELANDIC_OR_CZECH = re.compile(rb"[\xe1\xe9\xed\xf3\xfa\xe6\xc1\xc9\xcd\xd3\xda\xc6]")


def likely_encodings(content: bytes) -> tuple[str, ...]:
    """Return encodings in the order in which they should be tried.

    Parameters
    ----------
    content : bytes
        Lines that hold bytes beyond ASCII.

    Examples
    --------
    >>> [likely_encodings(word.encode(code))[0] for word, code in [("顧客番号", "cp932"), ("Größe", "cp1252")]]
    ['cp932', 'cp1252']
    >>> likely_encodings("zażółć gęślą jaźń".encode("cp1250"))[0], likely_encodings("O’Neil".encode("cp1252"))[0]
    ('cp1250', 'cp1252')
    """
    runs = _HIGH_RUN.findall(content)
    in_pairs = sum(len(run) for run in runs if len(run) % 2 == 0)
    high = sum(map(len, runs))
    if _is_of_pairs(content, _JAPANESE, _JAPANESE_LEADS, high):
        return ("cp932", "gb18030", "cp1252")
    pairs = [run[place : place + 2] for run in runs if len(run) % 2 == 0 for place in range(0, len(run), 2)]
    common = sum(pair[0] in _COMMON_HAN for pair in pairs)
    if in_pairs > _MOSTLY * high and common * 2 > len(pairs):
        return ("cp949", "gb18030", "cp1252") if _is_korean(pairs) else ("gb18030", "cp1252")
    if _is_of_pairs(content, _TAIWANESE, _TAIWANESE_LEADS, high):
        return ("big5", "gb18030", "cp1252")
    # Two such letters stand side by side in western words too: Größe.
    words, long_words = (sum(byte in _CYRILLIC for run in runs if len(run) > n for byte in run) for n in (1, 2))
    if words > _MOSTLY * high and long_words * 2 > high:
        return ("cp1251", "gb18030", "cp1252")
    if _is_of_the_east(content, len(runs)):
        return ("cp1250", "cp1252", "gb18030", "latin-1")
    if len(_TURKISH.findall(content)) > 1 and not _ICELANDIC_OR_CZECH.search(content):
        return ("cp1254", "cp1252", "gb18030", "latin-1")
    return ("cp1252", "gb18030", "latin-1")


def _is_of_the_east(content: bytes, runs: int) -> bool:
    """Say whether letters are such as Polish, Czech, Slovene or Hungarian have, and western words have not."""
    hungarian = _HUNGARIAN.search(content) and _GERMANIC.search(content) and not _ROMANCE_OR_ESTONIAN.search(content)
    with_hooks = _HOOKS_ALIKE.search(content) and _HOOKS_APART.search(content)
    # One slip in a long file is no language.
    within = len(_WITHIN_WORDS.findall(content))
    return bool(hungarian or with_hooks or within * _ONE_IN >= max(runs, 1))


def _is_of_pairs(content: bytes, words: re.Pattern[bytes], leads: range, high: int) -> bool:
    """Say whether nearly all bytes beyond ASCII stand in pairs that begin as the usual signs do, some in words."""
    found = words.findall(content)
    within = sum(byte > 0x7F for word in found for byte in word)
    first = [byte for word in found for byte in word[::2]]
    usual, long = sum(byte in leads for byte in first), sum(len(word) > 2 for word in found)
    return within > _MOSTLY * high and usual > _MOSTLY * len(first) and long >= min(_WORDS_AT_LEAST, len(found) / 3)


def _is_korean(pairs: list[bytes]) -> bool:
    syllables = sum(pair[0] in _COMMON_HANGUL for pair in pairs)
    return syllables > 0.97 * len(pairs) and len(set(pairs)) >= _DIFFERENT_AT_LEAST
