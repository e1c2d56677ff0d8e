"""Which rows of a source are used: those the study chooses by the values of a column."""

from typing import Any

import ibis.expr.datatypes as dt

from helpers.study.grammar import TableSpec


def chosen(table: Any, spec: TableSpec) -> Any:
    """Return where a row is used; None where the study chooses none, so that all are."""
    test = None
    for column, values in spec.only_rows.items():
        held = table[column].cast(dt.string).strip()
        one = held.isin([as_text(value) for value in values]).fill_null(False)
        test = one if test is None else test & one
    return test


def only_rows(table: Any, spec: TableSpec) -> Any:
    """Return the rows of a source that the study chooses."""
    test = chosen(table, spec)
    return table if test is None else table.filter(test)


def as_text(value: object) -> str:
    """Return a value of a study file as a column of text holds it."""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()
