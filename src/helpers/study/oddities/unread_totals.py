"""Rows that cannot be read because they are no entries but totals: the last row of a list, without a date or number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis

from helpers.core.errors import Fault, counted
from helpers.core.own_names import own_name
from helpers.study.oddities.total_rows import ALLOWED, is_called_total
from helpers.study.oddities.unused_rows import in_yaml
from helpers.study.standardise import Converted
from helpers.study.tables import Prepared
from helpers.study.text_tables import ROW
from helpers.study.value_questions import required_columns

_LOOKED_AT = 500
"""So many rows that cannot be read are looked at; more are no totals."""
_SHOWN = 5
_CENT = 0.005
_AMOUNT = own_name("amount")

Failing = Mapping[str, tuple[str, Converted, Any]]
"""By a key: `misfit` or `lacking`, the column, and the test of the rows that fail."""


@dataclass(frozen=True)
class UnreadTotals:
    """Totals among the rows that cannot be read.

    Parameters
    ----------
    fault : Fault
        What is said of them.
    test : ibis boolean column
        Which rows of the source they are.
    by_question : mapping of str to int
        How many of them fail each question.
    """

    fault: Fault
    test: Any
    by_question: Mapping[str, int]


def unread_totals(name: str, prepared: Prepared, failing: Failing, where: str) -> UnreadTotals | None:
    """Return the rows that fail because they are totals; None where none is one.

    A row is a total when it is called so where an identifier or the failing value stands; or when it lacks all that the
    table needs but the amount, and is called so anywhere or holds the sum of the other rows.

    Parameters
    ----------
    name : str
        The standard table.
    prepared : Prepared
        Its rows from one source.
    failing : mapping
        The questions that some rows fail, see `value_questions`.
    where : str
        Place in the study file.
    """
    source = prepared.raw.table
    bad = reduce(or_, (test for _, _, test in failing.values()))
    rows = _rows(prepared, failing, bad)
    if not rows or len(rows) > _LOOKED_AT:
        return None
    named = {one for column in prepared.columns if column.kind == "id" for one in column.sources}
    named |= {one for _, column, _ in failing.values() for one in column.sources}
    words = [_word(row, named) for row in rows]
    if None in words:
        bare = [_is_bare(name, row, failing) for row in rows]
        total = _sum_of_others(prepared, bad) if any(bare) else None
        words = [
            word or (_word_or_sum(row, total) if alone else None)
            for word, row, alone in zip(words, rows, bare, strict=True)
        ]
    totals = [row for word, row in zip(words, rows, strict=True) if word is not None]
    if not totals:
        return None
    fault = _fault(name, prepared, failing, where, totals, [word for word in words if word is not None])
    return UnreadTotals(
        fault, _test(source, totals), {key: sum(row[own_name(key)] for row in totals) for key in failing}
    )


def _rows(prepared: Prepared, failing: Failing, bad: Any) -> list[dict[str, Any]]:
    """Return the rows that fail: their cells, the amount, and which questions they fail."""
    source = prepared.raw.table
    asked = {own_name(key): ibis.coalesce(test, False) for key, (_, _, test) in failing.items()}
    amounts = [column.value.cast("float64") for column in prepared.columns if column.name == "amount"]
    marked = source.mutate(**asked, **{_AMOUNT: amounts[0] if amounts else ibis.null("float64")}).filter(bad)
    marked = marked.order_by(ROW) if ROW in source.columns else marked
    found: list[dict[str, Any]] = marked.limit(_LOOKED_AT + 1).to_pyarrow().to_pylist()
    return found


def _word(row: Mapping[str, Any], names: Sequence[str] | set[str]) -> str | None:
    """Return the word by which a row is called a total in one of these columns."""
    texts = (row[name] for name in sorted(names) if isinstance(row.get(name), str))
    return next((repr(text) for text in texts if is_called_total(text)), None)


def _is_bare(name: str, row: Mapping[str, Any], failing: Failing) -> bool:
    """Say whether a row lacks all that its table needs but the amount."""
    lacks = {column.name for key, (kind, column, _) in failing.items() if kind == "lacking" and row[own_name(key)]}
    return row[_AMOUNT] is not None and required_columns(name) - {"amount"} <= lacks


def _word_or_sum(row: Mapping[str, Any], total: float | None) -> str | None:
    is_sum = total is not None and abs(row[_AMOUNT] - total) < _CENT
    return _word(row, set(row)) or ("the sum of the others" if is_sum else None)


def _sum_of_others(prepared: Prepared, bad: Any) -> float | None:
    amount = next(column.value for column in prepared.columns if column.name == "amount")
    sound = prepared.raw.table.filter(~ibis.coalesce(bad, False))
    found = sound.aggregate(total=amount.cast("float64").sum()).to_pyarrow().to_pylist()[0]["total"]
    return None if found is None else float(found)


def _test(source: Any, totals: Sequence[Mapping[str, Any]]) -> Any:
    """Return which rows of the source are the totals: by their numbers, else by all their cells."""
    if ROW in source.columns:
        return source[ROW].isin([row[ROW] for row in totals])
    alike = [
        reduce(and_, [source[one].identical_to(ibis.literal(row[one], source[one].type())) for one in source.columns])
        for row in totals
    ]
    return reduce(or_, alike)


def _fault(
    name: str,
    prepared: Prepared,
    failing: Failing,
    where: str,
    totals: Sequence[Mapping[str, Any]],
    words: Sequence[str],
) -> Fault:
    shown = list(dict.fromkeys(words))
    beyond = f" and {len(shown) - _SHOWN:,} more" if len(shown) > _SHOWN else ""
    rows = ""
    if ROW in prepared.raw.table.columns:
        numbers = [row[ROW] for row in totals[:_SHOWN]]
        rows = f" ({prepared.raw.rows(numbers, more=len(totals) > _SHOWN)})"
    verb = "is a total" if len(totals) == 1 else "are totals"
    what = f"{counted(len(totals), 'row')} of table {name} {verb}{rows}: {', '.join(shown[:_SHOWN])}{beyond}"
    remedy = f"take {'the row' if len(totals) == 1 else 'these rows'} out of the file"
    without = [
        column.sources[0]
        for key, (kind, column, _) in failing.items()
        if kind == "lacking"
        and column.kind != "id"
        and len(column.sources) == 1
        and all(row[own_name(key)] for row in totals)
    ]
    if without:
        remedy += f", or add where: {{{in_yaml(without[0])}: {{present: true}}}} to table {name}"
    return Fault(what, where=f"{where}, table {name}", allowed=ALLOWED, remedy=remedy)
