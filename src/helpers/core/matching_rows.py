"""Rows of a table that have a match in another, or none, as conditions that every database understands.

Semi and anti joins of Ibis are not used: of a table that holds one and is used at two places, each of which joins on,
Ibis writes `LEFT ANTI JOIN`, words that SQLite, PostgreSQL and others do not know. `EXISTS` is known to all, and DuckDB
makes the same plan of it. `tests/core/test_matching_rows.py` holds that nothing else of the package joins so.
"""

from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import Any

import ibis.expr.types as ir


def matched_rows(rows: ir.Table, keys: ir.Table, on: Sequence[str], *, only: Any = None) -> ir.Table:
    """Keep the rows whose key another table holds.

    Parameters
    ----------
    rows, keys : ibis Table
        The rows, and the keys looked for; a key may stand there several times, and a missing one matches nothing.
    on : sequence of str
        Columns of the key, in both.
    only : ibis boolean column of `rows`, optional
        Rows that can have a match at all.

    Returns
    -------
    ibis Table
        Rows with their columns as they were.

    Examples
    --------
    >>> import ibis
    >>> import pyarrow as pa
    >>> rows, keys = (ibis.memtable(pa.table({"a": values})) for values in ([1, 2, 3], [2, 2]))
    >>> matched_rows(rows, keys, ["a"]).to_pyarrow()["a"].to_pylist()
    [2]
    """
    return rows.filter(_has_match(rows, keys, on, only))


def unmatched_rows(rows: ir.Table, keys: ir.Table, on: Sequence[str], *, only: Any = None) -> ir.Table:
    """Keep the rows whose key another table does not hold: all that `matched_rows` leaves out.

    Parameters
    ----------
    rows, keys, on, only
        As for `matched_rows`.

    Examples
    --------
    >>> import ibis
    >>> import pyarrow as pa
    >>> rows, keys = (ibis.memtable(pa.table({"a": values})) for values in ([1, 2, None], [2, 2]))
    >>> unmatched_rows(rows, keys, ["a"]).to_pyarrow()["a"].to_pylist()
    [1, None]
    """
    return rows.filter(~_has_match(rows, keys, on, only))


def _has_match(rows: ir.Table, keys: ir.Table, on: Sequence[str], only: Any) -> Any:
    found = keys.view()  # a table of its own, also where the keys are rows of the same table
    equal = [rows[name] == found[name] for name in on]
    return reduce(and_, equal if only is None else [*equal, only]).any()
