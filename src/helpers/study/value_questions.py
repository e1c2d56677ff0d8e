"""What is asked of every value of a standard table: whether it fits its type, and whether a needed one is there."""

from collections.abc import Sequence
from typing import Any

import ibis

from helpers.study.identifiers import is_blank
from helpers.study.standard_tables import STANDARD_TABLES
from helpers.study.standardise import Converted


def required_columns(name: str) -> frozenset[str]:
    """Return the columns of a standard table that no row may lack."""
    standard = STANDARD_TABLES[name]
    return frozenset({*standard.required, *([standard.event_time] if standard.event_time else [])})


def may_be_blank(identifier: Any) -> Any:
    """Return where an identifier may consist of nothing that is seen: all that is blank comes before this mark."""
    return identifier < "!"


def value_questions(name: str, columns: Sequence[Converted]) -> dict[str, tuple[str, Converted, Any]]:
    """Return the tests of the values of a table: what is asked, of which column, and where it fails.

    Parameters
    ----------
    name : str
        The standard table.
    columns : sequence of Converted
        Its columns, as expressions on a source.

    Returns
    -------
    dict of str to (str, Converted, ibis boolean column)
        `misfit` where a given value does not fit, `lacking` where a needed one is missing.
    """
    must = required_columns(name)
    questions: dict[str, tuple[str, Converted, Any]] = {}
    for column in columns:
        key = f"c{len(questions)}"
        if column.misfit is not None:
            questions[f"{key}_misfit"] = ("misfit", column, ibis.coalesce(column.misfit, False))
        if column.name in must:
            lacking = column.value.isnull()
            if column.kind == "id" and column.value.type().is_string():
                lacking = lacking | is_blank(column.value)
            if column.misfit is not None:
                lacking = lacking & ~ibis.coalesce(column.misfit, False)
            if column.none is not None:
                lacking = lacking & ~column.none
            if column.unlisted is not None:
                lacking = lacking & ~column.unlisted
            if column.computation is not None and column.computation.operands:
                lacking = lacking & ~column.computation.faulty
            questions[f"{key}_lacking"] = ("lacking", column, lacking)
    return questions
