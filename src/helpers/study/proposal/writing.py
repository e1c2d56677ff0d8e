"""A study file as text with a comment for every guess, written as a whole or not at all, and over nothing."""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from helpers.core.errors import Fault, InputError
from helpers.core.plain_text import printable
from helpers.study.file import FILE_NAME

_PLAIN = re.compile(r"[A-Za-z\u00c0-\uffff_][\w\u00c0-\uffff ./*()€£%+-]*")
_NO_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "none"})
_COMMENT_FROM, _INDENT = 2, "  "


@dataclass(frozen=True)
class Entry:
    """One key of the study file.

    Parameters
    ----------
    key : str
        Its name; empty for comments alone.
    value : value or tuple of Entry
        What it says; entries one level further in.
    note : str
        Comment behind it: the evidence.
    above : tuple of str
        Comments above it, a line each.
    item : bool
        Whether it begins a new item of a list.
    """

    key: str
    value: object = ""
    note: str = ""
    above: tuple[str, ...] = ()
    item: bool = False


def as_yaml(entries: Sequence[Entry]) -> str:
    """Return entries as the text of a study file.

    Examples
    --------
    >>> print(as_yaml([Entry("study", "shop"), Entry("tables", (Entry("source", "a.csv", "300 rows"),))]))
    study: shop
    tables:
      source: a.csv  # 300 rows
    <BLANKLINE>
    """
    return "\n".join(line.rstrip() for line in _lines(entries, "")) + "\n"


def write_study(folder: Path, text: str) -> Path:
    """Write a study file as a whole; one that is there already stays.

    Raises
    ------
    InputError
        When a study file is there, or the folder cannot be written to.
    """
    target = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix=".study-", delete=False) as stream:
            stream.write(text)
        written = Path(stream.name)
        try:
            written.chmod(0o644)
            os.link(written, target)  # fails where the name is taken, unlike a move
        finally:
            written.unlink()
    except FileExistsError as error:
        what = f"the folder holds a {FILE_NAME} already, and none is written over"
        raise InputError(Fault(what, str(folder), remedy="move it away, or name another folder with --into")) from error
    except OSError as error:
        what = f"{FILE_NAME} cannot be written: {error.strerror}"
        raise InputError(Fault(what, str(folder), remedy="name a folder that can be written to with --into")) from error
    return target


def scalar(value: object) -> str:
    """Return a value as YAML writes it.

    Examples
    --------
    >>> scalar("Net amount"), scalar("007"), scalar("no"), scalar("%d.%m.%Y"), scalar(["a", 1])
    ('Net amount', '"007"', '"no"', '"%d.%m.%Y"', '[a, 1]')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    text = str(value)
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT and not text.endswith(" ")
    return text if is_plain else json.dumps(printable(text), ensure_ascii=False)


def _flow(value: object) -> str:
    return scalar(value)


def _lines(entries: Sequence[Entry], indent: str) -> Iterator[str]:
    inner = indent
    for entry in entries:
        lead = f"{indent}- " if entry.item else inner
        if entry.item:
            inner = indent + _INDENT
        for line in entry.above:
            yield from _comment(line, indent if entry.item else inner)
        if not entry.key:
            continue
        note = f"{' ' * _COMMENT_FROM}# {_one_line(entry.note)}" if entry.note else ""
        key = entry.key if _PLAIN.fullmatch(entry.key) else scalar(entry.key)
        if isinstance(entry.value, tuple):
            yield f"{lead}{key}:{note}"
            yield from _lines(entry.value, inner + _INDENT)
        else:
            yield f"{lead}{key}: {scalar(entry.value)}{note}"


def _comment(line: str, indent: str) -> Iterator[str]:
    yield f"{indent}# {_one_line(line)}" if line else ""


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())
