"""Arithmetic that a study file writes for a computed column: numbers, names, + - * / and brackets.

Read by a grammar of its own, so that nothing of it is ever run as code or sent to a database as text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from helpers.study.headers import clean_name

NESTED_AT_MOST = 20
LETTERS_AT_MOST = 500
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)(?![\w.])|(?P<name>[^\W\d]\w*)|`(?P<quoted>[^`]+)`|(?P<mark>[-+*/()]))"
)
Sign = Literal["+", "-", "*", "/"]


@dataclass(frozen=True)
class Number:
    """A number as written."""

    value: float


@dataclass(frozen=True)
class Name:
    """A column by its name."""

    name: str


@dataclass(frozen=True)
class Operation:
    """Two parts and what is done with them."""

    sign: Sign
    left: "Expression"
    right: "Expression"


Expression = Number | Name | Operation


def parse_expression(text: str) -> Expression:
    """Return an expression in its parts; * and / bind closer than + and -.

    Parameters
    ----------
    text : str
        Numbers, names of columns (in backticks where they hold blanks or marks), + - * / and brackets.

    Raises
    ------
    ValueError
        With what is wrong, in words for the user.

    Examples
    --------
    >>> parse_expression("2 * `Unit price`")
    Operation(sign='*', left=Number(value=2.0), right=Name(name='Unit price'))
    """
    if len(text) > LETTERS_AT_MOST:
        raise ValueError(f"an expression has {LETTERS_AT_MOST} letters at most")
    parser = _Parser(list(_tokens(text)), text)
    found = parser.sum()
    if parser.here is not None:
        raise ValueError(f"{parser.here!r} is not expected there in {text!r}")
    return found


def names_in(expression: Expression) -> tuple[str, ...]:
    """Return the names an expression uses, each once, in order.

    Examples
    --------
    >>> names_in(parse_expression("quantity * (price - rebate) + quantity"))
    ('quantity', 'price', 'rebate')
    """
    return tuple(dict.fromkeys(_names(expression)))


def circle_among(expressions: Mapping[str, str]) -> tuple[str, ...]:
    """Return columns of which each is computed from the next and the last from the first; none where there are none.

    A column that names itself speaks of the source's column of that name.

    Examples
    --------
    >>> circle_among({"amount": "2 * cost", "cost": "amount / 2", "discount": "discount * 2"})
    ('amount', 'cost', 'amount')
    """
    try:
        _by_need(expressions).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def in_order(expressions: Mapping[str, str]) -> tuple[str, ...]:
    """Return columns such that each comes after those it is computed from.

    Examples
    --------
    >>> in_order({"amount": "2 * cost", "cost": "price - 1"})
    ('cost', 'amount')
    """
    return tuple(_by_need(expressions).static_order())


def _by_need(expressions: Mapping[str, str]) -> TopologicalSorter[str]:
    return TopologicalSorter(
        {
            column: [name for name in names_in(parse_expression(text)) if name in expressions and name != column]
            for column, text in expressions.items()
        }
    )


def _names(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Name):
        yield expression.name
    elif isinstance(expression, Operation):
        yield from _names(expression.left)
        yield from _names(expression.right)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    end = len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            rest = text[position:].strip()
            hint = "decimals have a point" if rest[0] == "," else "names with blanks or marks stand in `backticks`"
            raise ValueError(f"{rest[:20]!r} cannot be read in {text!r}: {hint}")
        position = found.end()
        kind = str(found.lastgroup)
        yield _Token("name" if kind == "quoted" else kind, found[kind])


class _Parser:
    """Reads tokens from left to right, one level of binding per method."""

    def __init__(self, tokens: list[_Token], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._position = 0
        self._depth = 0

    @property
    def here(self) -> str | None:
        """The text of the next token, None at the end."""
        return self._tokens[self._position].text if self._position < len(self._tokens) else None

    def sum(self) -> Expression:
        """Read parts added or taken away."""
        found = self._product()
        while (sign := self._mark("+", "-")) is not None:
            found = Operation("+" if sign == "+" else "-", found, self._product())
        return found

    def _product(self) -> Expression:
        found = self._single()
        while (sign := self._mark("*", "/")) is not None:
            right = self._single()
            if sign == "/" and right == Number(0.0):
                raise ValueError(f"{self._text!r} divides by nought")
            found = Operation("*" if sign == "*" else "/", found, right)
        return found

    def _single(self) -> Expression:
        self._depth += 1
        if self._depth > NESTED_AT_MOST:
            raise ValueError(f"brackets and signs stand more than {NESTED_AT_MOST} deep in {self._text!r}")
        found = self._read_single()
        self._depth -= 1
        return found

    def _read_single(self) -> Expression:
        if self._mark("-") is not None:
            return Operation("-", Number(0.0), self._single())
        if self._mark("(") is not None:
            found = self.sum()
            if self._mark(")") is None:
                raise ValueError(f"a bracket is opened and not closed in {self._text!r}")
            return found
        if self.here is None or self._tokens[self._position].kind == "mark":
            place = "at the end of" if self.here is None else f"before {self.here!r} in"
            raise ValueError(f"a number or a column is missing {place} {self._text!r}")
        token = self._tokens[self._position]
        self._position += 1
        return Number(float(token.text)) if token.kind == "number" else Name(clean_name(token.text))

    def _mark(self, *signs: str) -> str | None:
        if self._position < len(self._tokens):
            token = self._tokens[self._position]
            if token.kind == "mark" and token.text in signs:
                self._position += 1
                return token.text
        return None
