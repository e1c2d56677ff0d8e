"""The one reader of YAML files: limits that no honest file meets, and the line of whatever a message speaks of.

A few lines of YAML can stand for gigabytes (names of parts, used again inside parts that are named themselves), nest
until the interpreter gives up, or make objects of any kind. All of this is refused from the events of the parser,
before anything is built.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from helpers.core.errors import Fault, InputError

BYTES_AT_MOST = 500_000
NESTED_AT_MOST = 30
REPEATED_AT_MOST = 10_000  # values that aliases stand for, counted as often as they are used
_PLAIN_TAGS = ("str", "map", "seq", "null", "merge")
_INDENTATION = "mind the indentation, and put quotation marks around a text with ': ' or '#' in it"
_REMEDIES = {
    "duplicate key": "keep one of the two",
    "another document": "take out the line '---' and what does not belong here",
    "undefined alias": "put quotation marks around a text that begins with *",
    "too many digits": "put quotation marks around a text of digits",
}


class _AsWritten(RoundTripConstructor):
    """Leaves dates as written, so that an impossible one is a fault like any other, with its line."""

    def whole_number(self, node: Any) -> Any:
        try:
            return self.construct_yaml_int(node)
        except ValueError as error:  # Python reads no number of thousands of digits
            raise ConstructorError(None, None, "a number has too many digits", node.start_mark) from error


_AsWritten.add_constructor("tag:yaml.org,2002:timestamp", lambda reader, node: reader.construct_scalar(node))
_AsWritten.add_constructor("tag:yaml.org,2002:int", _AsWritten.whole_number)


def load_mapping(path: Path, *, allowed: str, label: str = "") -> CommentedMap:
    """Read a YAML file whose top is a mapping, keeping the position of every key. Dates stay text.

    Parameters
    ----------
    path : Path
        The file.
    allowed : str
        The keys it may hold, for the message about a file that is no mapping.
    label : str
        How messages call the file; its name when empty.

    Raises
    ------
    InputError
        When the file cannot be read, is no YAML, holds a key twice, is no mapping, or is beyond a limit: of 500 kB, of
        30 levels, of 10,000 values repeated by aliases.
    """
    label = label or path.name
    text = _text(path, label)
    try:
        _Limits(label).require(text)
        reader = YAML()
        reader.Constructor = _AsWritten
        tree = reader.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{label}, line {mark.line + 1}" if mark else label
        problem = _first_line(error.problem).partition(" with value")[0]  # a value may hold a password
        remedy = next((known for sign, known in _REMEDIES.items() if sign in problem), _INDENTATION)
        raise InputError(Fault(f"not readable as YAML: {problem}", place, "", remedy)) from error
    except YAMLError as error:
        remedy = "write the line anew: it holds a character that nobody can see"
        raise InputError(Fault(f"not readable as YAML: {_first_line(error)}", label, "", remedy)) from error
    if not isinstance(tree, CommentedMap):
        remedy = "write lines such as 'title: a text'"
        raise InputError(Fault("is not a mapping of keys to values", label, allowed, remedy))
    return tree


def line_of(tree: Any, *keys: str | int) -> int | None:
    r"""Return the line of the deepest of nested keys that exists, None where none does.

    Examples
    --------
    >>> tree = YAML().load("tree:\n  value: [now, later]\n")
    >>> line_of(tree, "tree", "value"), line_of(tree, "tree", "worth"), line_of(tree, "judges")
    (2, 1, None)
    """
    line: int | None = None
    node = tree
    for key in keys:
        known = isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node)
        if not known and not (isinstance(node, CommentedMap) and key in node):
            break
        # What was merged in with `<<` has no line here; that of the mapping is near enough.
        position = (node.lc.data or {}).get(key)
        line = position[0] + 1 if position else line
        node = node[key]
    return line


def where(label: str, tree: Any, *keys: str | int) -> str:
    r"""Return the file and the line of the deepest of nested keys that exists.

    Examples
    --------
    >>> tree = YAML().load("tree:\n  value: [now, later]\n")
    >>> where("a.yml", tree, "tree", "value"), where("a.yml", tree, "judges")
    ('a.yml, line 2', 'a.yml')
    """
    line = line_of(tree, *keys)
    return f"{label}, line {line}" if line else label


def plain(node: Any) -> Any:
    """Turn what the YAML reader returns into plain Python values."""
    if isinstance(node, Mapping):
        return {plain(key): plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [plain(value) for value in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _text(path: Path, label: str) -> str:
    if path.is_dir():
        raise InputError(Fault("is a folder", label, "a YAML file", f"name a file in it: {path.name}/<file>.yml"))
    if path.exists() and not path.is_file():
        raise InputError(Fault("is no file of a disk", label, "a YAML file", "save what it holds as a file"))
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_AT_MOST + 1)
        if len(content) > BYTES_AT_MOST:
            what, remedy = f"is larger than {BYTES_AT_MOST // 1000} kB", "keep data in tables, and name those here"
            raise InputError(Fault(what, label, f"a YAML file of {BYTES_AT_MOST // 1000} kB at most", remedy))
        return content.decode("utf-8")
    except FileNotFoundError as error:
        raise InputError(Fault(f"there is no file {str(path)!r}", label, "", "name an existing file")) from error
    except OSError as error:
        remedy = "change its permissions, or check its name"
        raise InputError(Fault(f"cannot be read: {error.strerror}", label, "", remedy)) from error
    except UnicodeDecodeError as error:
        lines = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            Fault("is not text in UTF-8", f"{label}, line {lines}", "", "save the file as UTF-8")
        ) from error


@dataclass
class _Open:
    """A mapping or list whose end the parser has not come to."""

    anchor: str | None
    is_mapping: bool
    values: int = 1  # with those its aliases stand for
    children: int = 0


@dataclass
class _Limits:
    """Refuses, from the parser's events alone, what would nest, repeat or build beyond all measure."""

    label: str
    opened: list[_Open] = field(default_factory=list)
    values_of: dict[str, int] = field(default_factory=dict)
    repeated: int = 0

    def require(self, text: str) -> None:
        for event in YAML().parse(text):
            if isinstance(event, CollectionEndEvent):
                done = self.opened.pop()
                self._count(done.anchor, done.values)
            elif isinstance(event, NodeEvent):
                self._node(event, f"{self.label}, line {event.start_mark.line + 1}")

    def _node(self, event: NodeEvent, place: str) -> None:
        if self.opened:
            inside = self.opened[-1]
            inside.children += 1
            if inside.is_mapping and inside.children % 2 and not isinstance(event, ScalarEvent):
                remedy = "write the key out; put quotation marks around a text that begins with [, { or *"
                raise InputError(Fault("a key is no single value", place, "a word or a number", remedy))
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag).removeprefix("tag:yaml.org,2002:") not in _PLAIN_TAGS:
            remedy = "leave it out, or put quotation marks around a text that begins with !"
            raise InputError(Fault(f"the tag {tag!r} has no meaning here", place, "plain values", remedy))
        if isinstance(event, CollectionStartEvent):
            if len(self.opened) >= NESTED_AT_MOST:
                what, allowed = f"nested more than {NESTED_AT_MOST} levels deep", f"{NESTED_AT_MOST} levels"
                raise InputError(Fault(what, place, allowed, "nest it less, or close the brackets"))
            self.opened.append(_Open(event.anchor, isinstance(event, MappingStartEvent)))
        elif isinstance(event, AliasEvent):
            self._count(None, self._alias(str(event.anchor), place))
        else:
            # A long text weighs as many short ones.
            self._count(event.anchor, 1 + len(getattr(event, "value", "")) // 100)

    def _alias(self, name: str, place: str) -> int:
        """Return how many values an alias stands for."""
        if any(one.anchor == name for one in self.opened):
            what = f"the alias *{name} stands inside what it names"
            raise InputError(Fault(what, place, "", "write out what is meant"))
        values = self.values_of.get(name, 1)
        self.repeated += values
        if self.repeated > REPEATED_AT_MOST:
            what = f"aliases up to *{name} stand for more than {REPEATED_AT_MOST:,} values"
            remedy = "write out what is meant, without aliases inside what aliases name"
            raise InputError(Fault(what, place, f"{REPEATED_AT_MOST:,} repeated values in a file", remedy))
        return values

    def _count(self, anchor: str | None, values: int) -> None:
        if self.opened:
            self.opened[-1].values += values
        if anchor:
            self.values_of[anchor] = values


def _first_line(message: object) -> str:
    return str(message).splitlines()[0] if str(message) else "empty"
