"""Small results of long work, kept where several chapters of a run ask for the same: the first to ask works it out.

A result is known by the work that gives it and by all that this was given, to the last bit; a run has one version of
the code. Nothing is kept unless the suite says where, and nothing but time is lost without: who finds no result works
it out, even while another chapter does.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd

P = TypeVar("P", bound=bool | int | float | str | None)
"""A plain value."""


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


def kept(name: str, given: object, work: Callable[[], list[P]]) -> list[P]:
    """Return the result of a piece of work, or what was kept of the same work on the same things.

    Parameters
    ----------
    name : str
        What is worked out: no two functions share one.
    given : object
        All that the result depends on: arrays, data frames, plain values, and lists, tuples and dictionaries of them.
    work : callable
        Works it out: plain values, which text keeps exactly.

    Raises
    ------
    TypeError
        When something given is of another kind.

    Examples
    --------
    >>> kept("sum", {"of": np.arange(4)}, lambda: [6])
    [6]
    """
    if not _keepers:
        return work()
    digest = hashlib.sha256()
    for part in _parts([name, given]):
        digest.update(len(part).to_bytes(8, "little") + part)
    key = digest.hexdigest()
    text = _keepers[0].read(key)
    if text is not None:
        found: list[P] = json.loads(text)
        return found
    result = work()
    _keepers[0].write(key, json.dumps(result))
    return result


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
    elif isinstance(given, bool | int | float | str | bytes | np.generic | pd.Timestamp) or given is None:
        yield f"{type(given).__name__} {given!r}".encode()
    else:
        raise TypeError(f"a result cannot be kept by what it was given: {type(given).__name__}")
