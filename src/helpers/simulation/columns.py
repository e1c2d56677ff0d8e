"""From arrays to Arrow columns, with one rule each for texts, days and moments."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa

from helpers.core.arrays import BoolArray, FloatArray, IntArray, TextArray
from helpers.simulation.arrays import Coded

_EPOCH = date(1970, 1, 1)


def text(values: TextArray) -> pa.Array:
    """Return texts; the empty text is missing."""
    return pa.array(values, pa.string(), mask=values == "")


def number(values: FloatArray) -> pa.Array:
    """Return numbers; NaN is missing."""
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def key(values: IntArray, missing: BoolArray | None = None) -> pa.Array:
    """Return whole numbers; -1, or what is said to be, is missing."""
    return pa.array(values, pa.int64(), mask=values == -1 if missing is None else missing)


def dates(start: date, day: FloatArray | IntArray) -> pa.Array:
    """Return the dates of days since the start of the history; NaN is missing."""
    days = np.asarray(day, dtype=np.float64)
    missing = np.isnan(days)
    whole = np.where(missing, 0, np.floor(days)).astype(np.int32) + np.int32((start - _EPOCH).days)
    return pa.array(whole.astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())


def moments(start: date, second: IntArray, missing: BoolArray | None = None) -> pa.Array:
    """Return the local times of seconds since the start of the history."""
    begin = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp())
    return pa.array((second + begin) * 1_000_000, pa.int64(), mask=missing).cast(pa.timestamp("us"))


def table(columns: Mapping[str, object]) -> pa.Table:
    """Return a table of Arrow columns, codes and plain arrays."""
    return pa.table({name: _column(values) for name, values in columns.items()})


def _column(values: object) -> pa.Array:
    if isinstance(values, Coded):
        return values.to_arrow()
    if isinstance(values, pa.Array):
        return values
    array = np.asarray(values)
    return text(array) if array.dtype.kind == "U" else pa.array(array)
