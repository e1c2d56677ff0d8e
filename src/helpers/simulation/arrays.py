"""Array types and the few vectorised idioms every part of the simulated company uses."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from helpers.core.arrays import BoolArray, FloatArray, IntArray

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Coded:
    """A text column with few distinct values, held as codes.

    Parameters
    ----------
    codes : IntArray
        Position of each row's value in `names`; -1 where the value is missing.
    names : tuple of str
        The distinct values.
    """

    codes: IntArray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: IntArray) -> "Coded":
        """Return the column for the given rows."""
        return Coded(self.codes[rows], self.names)

    def to_arrow(self) -> pa.DictionaryArray:
        """Return the column as an Arrow dictionary array, missing where the code is -1."""
        codes = pa.array(self.codes.astype(np.int32), mask=self.codes < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(self.names, pa.string()))


def shares(weights: Iterable[float]) -> FloatArray:
    """Return weights as shares that add up to one.

    Examples
    --------
    >>> shares([1, 3])
    array([0.25, 0.75])
    """
    values = np.asarray(list(weights), dtype=np.float64)
    total: np.float64 = values.sum()
    return values / total


def choose(rng: np.random.Generator, weights: Iterable[float], size: int) -> IntArray:
    """Draw positions with the given weights; one uniform number per draw."""
    edges = np.cumsum(shares(weights))[:-1]
    return np.searchsorted(edges, rng.random(size), side="right").astype(np.int64)


def choose_by_row(rng: np.random.Generator, weights: FloatArray, rows: IntArray) -> IntArray:
    """Draw one position per entry of `rows`, each with the weights of that row.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    weights : FloatArray, shape (number of rows, number of positions)
        Weights, not negative; every row with a positive sum.
    rows : IntArray
        Row of `weights` that each draw uses.
    """
    edges = np.cumsum(weights, axis=1)
    edges = (edges / edges[:, -1:])[:, :-1]
    draws = rng.random(len(rows))
    found = np.zeros(len(rows), dtype=np.int64)
    # Column by column: the table rows x positions would be the largest array of the whole block.
    for column in range(edges.shape[1]):
        found += draws >= edges[rows, column]
    return found


def within(counts: IntArray) -> IntArray:
    """Return the place of each member within its group, from zero, for consecutive groups.

    Examples
    --------
    >>> within(np.array([2, 0, 3]))
    array([0, 1, 0, 1, 2])
    """
    starts = np.cumsum(counts) - counts
    return np.arange(counts.sum(), dtype=np.int64) - np.repeat(starts, counts)


def totals(groups: IntArray, values: FloatArray | IntArray | BoolArray, size: int) -> FloatArray:
    """Add up values by group; floats also where there is nothing to add.

    Examples
    --------
    >>> totals(np.array([0, 2, 2]), np.array([1.0, 2.0, 3.0]), size=3)
    array([1., 0., 5.])
    """
    return np.bincount(groups, weights=values, minlength=size).astype(np.float64)


def gamma(rng: np.random.Generator, shape: FloatArray, mean: FloatArray | float) -> FloatArray:
    """Draw from gamma distributions given by shape and mean."""
    drawn: FloatArray = rng.standard_gamma(shape) * mean / shape
    return drawn


def sigmoid(score: FloatArray) -> FloatArray:
    """Return the logistic function."""
    return 1.0 / (1.0 + np.exp(-score))


def scramble(numbers: IntArray, key: int) -> IntArray:
    """Map the numbers 0 to 2**30 - 1 one to one onto each other, so that neighbours do not stay neighbours.

    Rounds of xor with the upper half and odd multiplication, both invertible modulo 2**30.

    Examples
    --------
    >>> len(set(scramble(np.arange(1000), key=7).tolist()))
    1000
    """
    mask = (1 << 30) - 1
    mixed = (numbers ^ (key & mask)) & mask
    for multiplier in (0x2C1B3C6D, 0x297A2D39):
        mixed ^= mixed >> 15
        mixed = (mixed * multiplier) & mask
    return mixed ^ (mixed >> 15)
