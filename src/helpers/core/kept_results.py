"""Small results of long work, kept where several chapters of a run ask for the same: the first to ask works it out.

A result is known by the work that gives it and by all that this was given, to the last bit: the work is a function of
a module, so that it can see nothing else. A run has one version of the code. Nothing is kept unless the suite says
where, and nothing but time is lost without: who finds no result works it out, even while another chapter does.
"""

import builtins
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from types import FunctionType
from typing import Protocol, TypeVar, TypeVarTuple, runtime_checkable

import numpy as np
import pandas as pd

P = TypeVar("P", bound=bool | int | float | str | None)
"""A plain value."""
Given = TypeVarTuple("Given")


@runtime_checkable
class Known(Protocol):
    """Something that says by what it is known from all others: whatever it answers rests on that."""

    @property
    def known_by(self) -> object:
        """Arrays, plain values, and collections of them, as `kept` takes them."""
        ...


class Keeper(Protocol):
    """Where results are kept for the time of one run."""

    def read(self, key: str) -> str | None:
        """Return the text kept under a key, None where there is none."""
        ...

    def write(self, key: str, text: str) -> None:
        """Keep a text; where that fails nothing is kept."""
        ...


_keepers: list[Keeper] = []


def keep_results_with(keeper: Keeper | None) -> None:
    """Keep results with a keeper from now on, instead of with the one before; with None nowhere."""
    _keepers[:] = [] if keeper is None else [keeper]


def kept(work: Callable[[*Given], list[P]], *given: *Given) -> list[P]:
    """Return the result of a piece of work, or what was kept of the same work on the same things.

    Parameters
    ----------
    work : callable
        A function of a module, which knows nothing but what it is given. Works out plain values, which text keeps
        exactly.
    *given : object
        What it is given: arrays, data frames, plain values, classes, functions of a module, data classes, what is
        `Known`, and lists, tuples and dictionaries of them.

    Raises
    ------
    TypeError
        When the work may know more than it is given, or something given is of another kind.

    Examples
    --------
    >>> kept(sorted, [3, 1])
    [1, 3]
    """
    called = _name_of(work)
    if not _keepers:
        return work(*given)
    digest = hashlib.sha256()
    for part in _parts([called, *given]):
        digest.update(len(part).to_bytes(8, "little") + part)
    key = digest.hexdigest()
    text = _keepers[0].read(key)
    if text is not None:
        found: list[P] = json.loads(text)
        return found
    result = work(*given)
    _keepers[0].write(key, json.dumps(result))
    return result


def _name_of(work: Callable[..., object]) -> str:
    called = getattr(work, "__qualname__", repr(work))
    if "<" in called or getattr(work, "__self__", builtins) is not builtins:
        raise TypeError(f"{called} may know more than it is given: only the work of functions of a module is kept")
    return f"{work.__module__}.{called}"


def _parts(given: object) -> Iterator[bytes]:
    """Yield what tells one thing given from every other, in an order of its own."""
    if isinstance(given, np.ndarray) and given.dtype != object:
        yield f"array {given.dtype.str} {given.shape}".encode()
        yield np.ascontiguousarray(given).tobytes()
    elif isinstance(given, pd.DataFrame):
        yield f"frame {list(given.columns)!r}".encode()
        for place in range(given.shape[1]):
            yield from _parts(given.iloc[:, place].to_numpy())
    elif isinstance(given, np.ndarray | list | tuple):
        yield f"row {len(given)}".encode()
        for one in given:
            yield from _parts(one)
    elif isinstance(given, dict):
        yield from _parts(list(given.items()))
    elif isinstance(given, type):
        yield f"class {given.__module__}.{given.__qualname__}".encode()
    elif isinstance(given, FunctionType):
        yield f"function {_name_of(given)}".encode()
    elif isinstance(given, Known):
        yield from _parts([type(given), given.known_by])
    elif is_dataclass(given):
        yield from _parts([type(given), *(getattr(given, one.name) for one in fields(given))])
    elif isinstance(given, bool | int | float | str | bytes | np.generic | pd.Timestamp) or given is None:
        yield f"{type(given).__name__} {given!r}".encode()
    else:
        raise TypeError(f"a result cannot be kept by what it was given: {type(given).__name__}")
