"""Text from client data, without the characters that steer a terminal, hide what stands there or break a file.

One function for whatever is shown: reports, spreadsheets, messages.
"""

import re
from collections.abc import Mapping
from typing import Any

# Controls but for line ends and tabs; separators of lines that only some programs know; marks that turn the direction
# of what follows (marks inside words, which Arabic and Hebrew need, stay); halves of characters; no characters at all.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_TERMINAL = re.compile(r"\x1b\[.*?[@-~]")
_LINE_ENDS = frozenset("\x0b\x0c\x85\u2028\u2029")
_UNKNOWN, _DELETE = "\ufffd", "\u2421"
_PICTURES = 0x2400  # of the 32 control characters, in their order


def printable(text: str) -> str:
    r"""Return a text in which control characters are replaced by signs that can be seen.

    Examples
    --------
    >>> printable("a\x1b[31mb\x00"), printable("two\nlines"), printable("one\u2028two"), printable("\u202egpj.exe")
    ('a␛[31mb␀', 'two\nlines', 'one two', '�gpj.exe')
    """
    return _CONTROL.sub(_shown, text.replace("\r\n", "\n").replace("\r", "\n"))


def without_colours(text: str) -> str:
    r"""Return a text without the sequences that colour it on a terminal.

    Examples
    --------
    >>> without_colours("a \x1b[1;31mmistake\x1b[0m")
    'a mistake'
    """
    return _TERMINAL.sub("", text)


def printable_all(content: Any) -> Any:
    """Return nested mappings and lists with every text, keys included, made printable."""
    if isinstance(content, str):
        return printable(content)
    if isinstance(content, Mapping):
        return {printable_all(key): printable_all(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [printable_all(value) for value in content]
    return content


def _shown(found: re.Match[str]) -> str:
    sign = found.group()
    if sign in _LINE_ENDS:
        return " "
    if sign == "\x7f":
        return _DELETE
    return chr(_PICTURES + ord(sign)) if ord(sign) < 32 else _UNKNOWN
