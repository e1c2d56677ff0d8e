"""Sources joined to the rows of another, one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import ibis.expr.datatypes as dt

from helpers.core.errors import Fault, InputError, some_of, unknown_name
from helpers.core.own_names import own_name
from helpers.study.grammar import Join
from helpers.study.raw_table import RawTable
from helpers.study.text_tables import ROW

JoinedSource = tuple[Join, RawTable, str]
"""How a source is joined, its rows, and where the study file says so."""


def join_in_turn(first: RawTable, joined: Sequence[JoinedSource]) -> RawTable:
    """Add the columns of further sources to each row of the first, one source after the other.

    Parameters
    ----------
    first : RawTable
        Whose rows stay.
    joined : sequence of (Join, RawTable, str)
        Each joined to what stands before it: by the columns of the first, or those that another has added.

    Raises
    ------
    InputError
        With all columns that no source has, and all new names that are taken.
    """
    names, labels = list(first.named_columns), [first.label]
    faults: list[Fault] = []
    for join, right, where in joined:
        faults += _name_faults(names, " with ".join(labels), right, join, where)
        added = [name for name in right.named_columns if name not in join.columns.values()]
        names = list(dict.fromkeys([*names, *join.columns, *added]))
        labels = [first.label, f"{labels[1]} and {right.label}" if labels[1:] else right.label]
    if faults:
        raise InputError(faults)
    rows = first
    for join, right, _ in joined:
        rows = _join(rows, right, join)
    return replace(rows, label=" with ".join(labels))


def _name_faults(names: Sequence[str], label: str, right: RawTable, join: Join, where: str) -> Iterator[Fault]:
    """Yield what is wrong with the names of a join; `names` are the columns of what stands before it."""
    sides = ((label, names, join.on), (right.label, right.named_columns, (*join.on.values(), *join.columns.values())))
    for called, known, asked in sides:
        for column in dict.fromkeys(asked):
            if column not in known:
                yield unknown_name(column, known, kind=f"column of {called}", where=where)
    taken = [new for new in join.columns if new in names]
    if taken:
        what = f"{some_of(taken)} stands in {label} already"
        yield Fault(what, where, "new names for columns of the second source", "take another name")


def _join(left: RawTable, right: RawTable, join: Join) -> RawTable:
    """Add the columns of a second source to each row of the first, under other names where the study says so."""
    theirs = dict(join.columns)
    theirs |= {name: name for name in right.table.columns if name not in join.columns.values() and name not in theirs}
    kept = [name for name in theirs if name not in left.table.columns]
    clashes = {name for name in theirs if name != ROW} - set(kept) - set(join.on.values())
    held = {name: own_name(f"join {place}") for place, name in enumerate(right.table.columns)}
    renamed = right.table.rename({new: name for name, new in held.items()})
    tests = [_same(left.table[first], renamed[held[second]]) for first, second in join.on.items()]
    joined = left.table.left_join(renamed, tests)
    columns = {name: joined[name] for name in left.table.columns}
    columns |= {name: joined[held[theirs[name]]] for name in kept}
    text, written, cells, by_label = (
        mine | {name for name in kept if theirs[name] in others}
        for mine, others in (
            (left.text, right.text),
            (left.written_numbers, right.written_numbers),
            (left.cells, right.cells),
            (left.by_label, right.by_label),
        )
    )
    missing = {name: right.user_missing[theirs[name]] for name in kept if theirs[name] in right.user_missing}
    return RawTable(
        joined.select(**columns),
        text,
        f"{left.label} with {right.label}",
        left.clashes | clashes,
        written,
        cells,
        {**missing, **left.user_missing},
        by_label,
        left.files,
    )


def _same(first: Any, second: Any) -> Any:
    if first.type() == second.type():
        return first == second
    return first.cast(dt.string) == second.cast(dt.string)
