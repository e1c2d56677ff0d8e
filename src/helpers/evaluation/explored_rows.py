"""The rows behind a cross-table: what describes them, which are asked for, and what is wrong with a question."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from helpers.core.any_engine import weekday_of
from helpers.core.errors import Fault, InputError, unknown_name
from helpers.core.lines import lines_until
from helpers.core.returns import purchase_lines
from helpers.evaluation.asked_period import PERIOD_ALLOWED, window_of
from helpers.evaluation.measures import FACTS, MEASURES, NOT_SPLIT_BY, PERIODS, Join, Measure, base_measures

Tables = Mapping[str, ir.Table]
Choice = dict[str, list[str]]
"""Members wanted, by dimension."""
NAMES_LISTED = 20
MEMBER, NOT_RECORDED, NOT_MATCHED = 0, 2, 3
"""Kinds of member: a value, no value, and no row in the table that should describe it."""


@dataclass(frozen=True)
class Dimension:
    """What a measure may be split by: a part of the calendar, a column of the fact, or of a table joined to it."""

    name: str
    column: str = ""
    join: Join | None = None

    @property
    def is_period(self) -> bool:
        """Whether it is a part of the calendar."""
        return not self.column


@dataclass(frozen=True)
class Question:
    """A measure by one or two dimensions.

    Parameters
    ----------
    measure, rows, columns : str
        Names of a measure and of dimensions; columns may be empty.
    period : str
        A year, quarter, month or day, or two of these with ".." between, both included; empty for all.
    only : str
        Dimensions and the members wanted: "channel: web, shop; category: Tools".
    only_region, only_seller : str
        Whose rows may be read: all others are left out before anything is worked out.
    drill : str
        Dimension that a row is opened by, see `drill_down`; may be empty.
    opened : (str, str), optional
        Dimension and member of the row that is opened.
    """

    measure: str
    rows: str
    columns: str = ""
    period: str = ""
    only: str = ""
    only_region: str = ""
    only_seller: str = ""
    drill: str = ""
    opened: tuple[str, str] | None = None


def drill_down(question: Question, member: str) -> Question:
    """Return the question that opens one row of a cross-table by the dimension `drill`.

    Parameters
    ----------
    question : Question
        The question that was asked, with `drill`.
    member : str
        The row; of the calendar a year, quarter or month.

    Examples
    --------
    >>> opened = drill_down(Question("revenue", "year", drill="region"), "2025")
    >>> opened.rows, opened.period
    ('region', '2025')
    """
    opened = replace(question, rows=question.drill, columns="", drill="")
    if question.rows in PERIODS:
        return replace(opened, period=member)
    return replace(opened, opened=(question.rows, member))


def measures_of(tables: Tables) -> dict[str, Measure]:
    """Return the measures that can be taken of these tables, by name."""
    return {name: one for name, one in MEASURES.items() if all(_is_there(tables, base) for base in base_measures(one))}


def _is_there(tables: Tables, base: Measure) -> bool:
    table = tables.get(base.fact)
    return table is not None and {"time", *filter(None, [base.column])} <= set(table.columns)


def dimensions_of(tables: Tables, fact: str) -> dict[str, Dimension]:
    """Return what the measures of a fact may be split by, by name.

    A column of the fact itself goes before one of the same name in a table joined to it. Columns of fractions are no
    dimensions, nor are those that name single customers.
    """
    found = {name: Dimension(name) for name in PERIODS}
    measured = {one.column for one in MEASURES.values() if one.fact == fact and one.kind in ("sum", "distinct")}
    sources = [
        (None, tables[fact]),
        *((join, tables[join.table]) for join in FACTS[fact].joins if join.table in tables),
    ]
    for join, table in sources:
        if join is not None and not (join.key in table.columns and join.key in tables[fact].columns):
            continue
        for name, kind in table.schema().items():
            splits = kind.is_string() or kind.is_integer() or kind.is_boolean()
            if splits and name not in {*NOT_SPLIT_BY, *measured, "time"}:
                found.setdefault(name, Dimension(name, name, join))
    return found


def check_question(tables: Tables, question: Question, as_of: date) -> None:
    """Refuse a question that these tables cannot answer, naming everything that is wrong with it.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        Standard tables of the study.
    question : Question
        What is asked.
    as_of : date
        Analysis date.

    Raises
    ------
    InputError
        For an unknown measure, dimension, member or period, and for tables that describe a row twice.
    """
    known = measures_of(tables)
    faults = []
    if question.measure not in known:
        faults.append(unknown_name(question.measure, list(known), kind="measure", where="parameter explore_measure"))
    # Of a misspelt measure the rest of the question is checked as if it were one of the first fact.
    fact = known[question.measure].fact if question.measure in known else next(iter(FACTS))
    dimensions = dimensions_of(tables, fact)
    for field in ("rows", "columns", "drill"):
        name = getattr(question, field)
        if name not in dimensions and (name or field == "rows"):
            faults.append(unknown_name(name, list(dimensions), kind="dimension", where=f"parameter explore_{field}"))
    if question.columns and question.rows == question.columns:
        what = f"rows and columns are both {question.rows!r}"
        faults.append(Fault(what, "parameter explore_columns", remedy="take another dimension, or none"))
    faults += _window_faults(question.period, as_of)
    for where, choice in _choices_of(question):
        faults += _choice_faults(tables, fact, dimensions, where, choice)
    used = (question.rows, question.columns, *(name for _, choice in _choices_of(question) for name in choice))
    joins = dict.fromkeys(dimensions[name].join for name in used if name in dimensions)
    faults += [fault for join in joins if join for fault in _fan_out(tables, join)]
    if faults:
        raise InputError(faults)


def _window_faults(period: str, as_of: date) -> list[Fault]:
    try:
        window_of(period, as_of)
    except InputError as error:
        return list(error.faults)
    return []


def _view(question: Question) -> list[tuple[str, Choice]]:
    """Return the parameters that say whose rows may be read, each as a choice of members."""
    asked = (("only_region", "region", question.only_region), ("only_seller", "seller_id", question.only_seller))
    return [(f"parameter {name}", {column: [value.strip()]}) for name, column, value in asked if value.strip()]


def _choices_of(question: Question) -> list[tuple[str, Choice]]:
    return [*_view(question), *_wanted(question)]


def _wanted(question: Question) -> list[tuple[str, Choice]]:
    opened = [("row opened", {question.opened[0]: [question.opened[1]]})] if question.opened else []
    return [("parameter explore_only", _parsed(question.only)), *opened]


def _parsed(text: str) -> Choice:
    """Return the members wanted by dimension; a part without ":" wants none."""
    choice: Choice = {}
    for part in filter(str.strip, text.split(";")):
        name, _, wanted = part.partition(":")
        choice.setdefault(name.strip(), []).extend(one.strip() for one in wanted.split(",") if one.strip())
    return choice


def _choice_faults(
    tables: Tables, fact: str, dimensions: dict[str, Dimension], where: str, choice: Choice
) -> list[Fault]:
    faults = []
    for name, wanted in choice.items():
        if name not in dimensions:
            faults.append(unknown_name(name, list(dimensions), kind="dimension", where=where))
            continue
        if not wanted:
            faults.append(Fault(f"no member of {name!r} is named", where, remedy=f"write {name}: member, member"))
            continue
        if dimensions[name].is_period:
            what = f"{name!r} is a part of the calendar"
            faults.append(Fault(what, where, PERIOD_ALLOWED, "choose it by the parameter explore_period"))
            continue
        members = sorted(text_of(one) for one in _members(tables, fact, dimensions[name]))
        more = members[NAMES_LISTED:]
        faults += [
            unknown_name(one, members[:NAMES_LISTED], kind=name, where=where, also=more)
            for one in wanted
            if one not in members
        ]
    return faults


def _members(tables: Tables, fact: str, dimension: Dimension) -> list[Any]:
    table = tables[dimension.join.table if dimension.join else fact]
    values = table.select(member=table[dimension.column]).drop_null().distinct().to_pyarrow()["member"].to_pylist()
    return list(values)


def text_of(member: Any) -> str:
    """Return a member as text, the same from every engine.

    Examples
    --------
    >>> text_of(True), text_of(7), text_of("North")
    ('yes', '7', 'North')
    """
    return {True: "yes", False: "no"}[member] if isinstance(member, bool) else str(member)


def _fan_out(tables: Tables, join: Join) -> list[Fault]:
    """Return the fault of a table that describes a row of the fact more than once: joined, it would count twice."""
    table = tables[join.table]
    keys = table.filter(table[join.key].notnull())
    counts = keys.agg(rows=keys.count(), keys=keys[join.key].nunique()).to_pyarrow().to_pylist()[0]
    twice = counts["rows"] - counts["keys"]
    if not twice:
        return []
    what = f"{twice:,} rows repeat a {join.key}: joined, what they describe would count more than once"
    return [Fault(what, f"table {join.table}", f"one row per {join.key}", "keep one row of each")]


def asked_rows(tables: Tables, question: Question, as_of: date) -> ir.Table:
    """Return the rows of the fact that a question asks for.

    Parameters
    ----------
    tables : mapping of str to ibis Table
        Standard tables of the study.
    question : Question
        A question that `check_question` has found to be sound.
    as_of : date
        Analysis date.

    Returns
    -------
    ibis Table
        Columns of the fact. Whose rows must not be read are left out first; what came back is then set off, and the
        period and other choices come last.
    """
    fact = FACTS[MEASURES[question.measure].fact]
    dimensions = dimensions_of(tables, fact.table)
    since, until = window_of(question.period, as_of)
    rows = tables[fact.table]
    for _, choice in _view(question):
        rows = _chosen(rows, tables, fact.table, dimensions, choice)
    rows = purchase_lines(rows, as_of) if fact.has_returns else lines_until(rows, as_of)
    rows = lines_until(rows, until, since=since)
    for _, choice in _wanted(question):
        rows = _chosen(rows, tables, fact.table, dimensions, choice)
    return rows


def _chosen(rows: ir.Table, tables: Tables, fact: str, dimensions: dict[str, Dimension], choice: Choice) -> ir.Table:
    names = rows.columns
    for dimension, wanted in choice.items():
        members = [one for one in _members(tables, fact, dimensions[dimension]) if text_of(one) in wanted]
        rows = with_own(rows, dimensions[dimension], "chosen")
        rows = with_member(rows, tables, dimensions[dimension], "chosen")
        rows = rows.filter(rows["chosen_member"].isin(members)).select(*names)
    return rows


def with_own(rows: ir.Table, dimension: Dimension, place: str) -> ir.Table:
    """Add what a row itself says of a dimension: the code of a period, a value of its own, or the key of a table."""
    if dimension.is_period:
        own = _period_code(rows["time"], dimension.name)
    else:
        own = rows[dimension.join.key if dimension.join else dimension.column]
    return rows.mutate(**{f"{place}_own": own})


def with_member(rows: ir.Table, tables: Tables, dimension: Dimension, place: str) -> ir.Table:
    """Turn what rows say of a dimension into its member and its kind; the number of rows stays the same."""
    own, into, kind = (f"{place}_{part}" for part in ("own", "member", "kind"))
    if dimension.join is None:
        missing = MEMBER if dimension.is_period else NOT_RECORDED
        of_kind = ibis.ifelse(rows[own].notnull(), MEMBER, missing).cast("int64")
        return rows.mutate(**{into: rows[own], kind: of_kind}).drop(own)
    table, key, found = tables[dimension.join.table], dimension.join.key, f"{place}_key"
    described = table.filter(table[key].notnull()).select(**{found: table[key], into: table[dimension.column]})
    rows = rows.left_join(described, rows[own] == described[found])
    without = ibis.ifelse(rows[found].isnull(), NOT_MATCHED, NOT_RECORDED)
    return rows.mutate(**{kind: ibis.ifelse(rows[into].notnull(), MEMBER, without).cast("int64")}).drop(found, own)


def _period_code(time: Any, period: str) -> Any:
    """Return the number of a part of the calendar: years, quarters and months counted from the year zero."""
    year = time.year().cast("int64")
    codes = {
        "year": lambda: year,
        "quarter": lambda: year * 4 + time.quarter().cast("int64") - 1,
        "month": lambda: year * 12 + time.month().cast("int64") - 1,
        "weekday": lambda: weekday_of(time).cast("int64"),
    }
    return codes[period]()
