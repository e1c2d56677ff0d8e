"""Typing errors put into whole arrays of text at once."""

import numpy as np

from helpers.core.arrays import BoolArray, IntArray, TextArray

_ZERO, _LETTER_A = ord("0"), ord("a")
SUBSTITUTE, DELETE, REPEAT, TRANSPOSE = range(4)


def mistype(rng: np.random.Generator, texts: TextArray, hit: BoolArray) -> TextArray:
    """Put one typing error into each text that is hit: a wrong, missing or doubled sign, or two swapped.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    texts : TextArray
        The texts; empty ones stay as they are.
    hit : BoolArray
        Which of them to change.

    Returns
    -------
    TextArray
        Texts of the same number, at most one sign longer; digits stay digits.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> len(mistype(rng, np.array(["Lindenweg 4", "Wien"]), np.array([True, False]))[0]) in (10, 11, 12)
    True
    """
    rows = np.flatnonzero(hit & (np.strings.str_len(texts) > 1))
    width = texts.dtype.itemsize // 4 + 1
    changed = texts.astype(f"U{width}")
    signs = changed[rows].view(np.uint32).reshape(len(rows), width).astype(np.int64)
    length = np.strings.str_len(changed[rows])
    kind = rng.integers(0, 4, len(rows))
    at = np.floor(rng.random(len(rows)) * (length - (kind == TRANSPOSE))).astype(np.int64)
    signs = _moved(signs, at, kind)
    _substitute(rng, signs, at, np.flatnonzero(kind == SUBSTITUTE))
    changed[rows] = np.ascontiguousarray(signs.astype(np.uint32)).view(f"U{width}")[:, 0]
    return changed


def _moved(signs: IntArray, at: IntArray, kind: IntArray) -> IntArray:
    """Delete, repeat or swap signs by moving columns."""
    column = np.arange(signs.shape[1])[None, :]
    at, kind = at[:, None], kind[:, None]
    source = column + ((kind == DELETE) & (column >= at)) - ((kind == REPEAT) & (column > at))
    swap = kind == TRANSPOSE
    source = source + (swap & (column == at)) - (swap & (column == at + 1))
    return np.take_along_axis(signs, np.minimum(source, signs.shape[1] - 1), axis=1)


def _substitute(rng: np.random.Generator, signs: IntArray, at: IntArray, rows: IntArray) -> None:
    old = signs[rows, at[rows]]
    step = rng.integers(0, 25, len(rows))
    digit = _ZERO + (old - _ZERO + 1 + step % 9) % 10
    letter = _LETTER_A + (old - _LETTER_A + 1 + step) % 26
    signs[rows, at[rows]] = np.where((old >= _ZERO) & (old < _ZERO + 10), digit, letter)
