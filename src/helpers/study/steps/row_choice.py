"""Which rows of a source are used: those that hold to what a study says of its columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from helpers.study.grammar import TableSpec
from helpers.study.standardise import convert
from helpers.study.steps.keys import RowRule, as_text


@dataclass(frozen=True)
class Choice:
    """One rule as tests on the rows of a source.

    Parameters
    ----------
    key : str
        Key of the study file under which it stands.
    column : str
        Source column.
    rule : RowRule
        What is said of it.
    kept : ibis boolean column
        Where a row is used, never missing.
    unread : ibis boolean column or None
        Where a value is given that cannot be compared with the limits; None where there are no limits.
    """

    key: str
    column: str
    rule: RowRule
    kept: Any
    unread: Any


def choices(table: Any, spec: TableSpec) -> tuple[Choice, ...]:
    """Return the rules of a source as tests on its rows; those on columns it does not have are passed over."""
    return tuple(
        _choice(table, key, column, rule, spec) for key, column, rule in spec.row_rules if column in table.columns
    )


def rows_chosen(table: Any, spec: TableSpec) -> Any:
    """Return the rows of a source that hold to every rule; the table itself where there are none."""
    tests = [one.kept for one in choices(table, spec)]
    return table.filter(*tests) if tests else table


def says_left_out(rule: RowRule, column: str, one_of_these: str = "") -> str:
    """Return, in words, the rows that a rule leaves out.

    Parameters
    ----------
    rule : RowRule
        What is said of a column.
    column : str
        Its name.
    one_of_these : str
        What a value of the column is, such as "a customer".

    Examples
    --------
    >>> says_left_out(RowRule(present=True), "CustomerID", "a customer")
    'without a customer'
    >>> says_left_out(RowRule(not_starts_with=("C",), above=0), "InvoiceNo")
    'whose InvoiceNo starts with C, or is not above 0'
    """
    value = one_of_these or f"a value in {column}"
    if set(rule.said) == {"present"}:
        return f"without {value}" if rule.present else f"with {value}"
    return f"whose {column} " + ", or ".join(_said(key, said) for key, said in rule.said.items() if said is not None)


def _said(key: str, said: Any) -> str:
    if key == "present":
        return "is blank" if said else "is not blank"
    if key in ("above", "at_least", "below", "at_most"):
        return f"is not {key.replace('_', ' ')} {said}"
    values = " or ".join(str(value) for value in said)
    verb = {"one_of": "is not", "not": "is", "starts_with": "does not start with", "not_starts_with": "starts with"}
    return f"{verb[key]} {values}"


def _choice(table: Any, key: str, column: str, rule: RowRule, spec: TableSpec) -> Choice:
    held = table[column]
    text = held.cast(dt.string).strip()
    tests = []
    if rule.one_of is not None:
        tests.append(text.isin([as_text(value) for value in rule.one_of]).fill_null(False))
    if rule.not_ is not None:
        tests.append(~text.isin([as_text(value) for value in rule.not_]).fill_null(False))
    if rule.present is not None:
        given = _given(text, spec)
        tests.append(given if rule.present else ~given)
    if rule.starts_with is not None:
        tests.append(_begins(text, rule.starts_with))
    if rule.not_starts_with is not None:
        tests.append(~_begins(text, rule.not_starts_with))
    unread = None
    if rule.limits:
        value, unread = _comparable(held, rule, spec)
        tests += [_within(value, name, limit) for name, limit in rule.limits.items()]
    return Choice(key, column, rule, ibis.and_(*tests), unread)


def _given(text: Any, spec: TableSpec) -> Any:
    """Return where a value is there: not blank, and no text that stands for a missing one."""
    given = text.notnull() & (text != "")
    if spec.missing:
        given = given & ~text.isin([one.strip() for one in spec.missing])
    return given.fill_null(False)


def _begins(text: Any, beginnings: Sequence[object]) -> Any:
    return ibis.or_(*(text.startswith(as_text(one)) for one in beginnings)).fill_null(False)


def _comparable(held: Any, rule: RowRule, spec: TableSpec) -> tuple[Any, Any]:
    """Return a column as numbers or times, whichever the limits are, and where a given value is none."""
    dated = any(isinstance(limit, date) for limit in rule.limits.values())
    if not held.type().is_string():
        fits = held.type().is_temporal() if dated else held.type().is_numeric()
        if not fits:
            held = held.cast(dt.string)
    read_as = spec.model_copy(update={"money": spec.money is not False})
    value, misfit = convert("date" if dated else "number", held, read_as, id_as_text=False)
    blank = held.cast(dt.string).strip() == ""
    return value, None if misfit is None else (misfit & ~blank).fill_null(False)


def _within(value: Any, name: str, limit: float | date) -> Any:
    if isinstance(limit, date):
        at = limit if isinstance(limit, datetime) else datetime(limit.year, limit.month, limit.day)
        if not isinstance(limit, datetime) and name in ("above", "at_most"):
            # A day lasts until the next begins.
            next_day = ibis.timestamp(at + timedelta(days=1))
            return (value >= next_day if name == "above" else value < next_day).fill_null(False)
        bound = ibis.timestamp(at)
    else:
        bound = ibis.literal(float(limit))
    test = {"above": value > bound, "at_least": value >= bound, "below": value < bound, "at_most": value <= bound}
    return test[name].fill_null(False)
