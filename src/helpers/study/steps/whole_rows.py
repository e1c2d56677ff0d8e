"""Rows taken once, and fields that an export leaves blank after the first line of an order."""

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from helpers.core.own_names import own_name
from helpers.study.grammar import TableSpec
from helpers.study.standard_columns import StandardTable
from helpers.study.standardise import Converted
from helpers.study.steps.keys import FillDown
from helpers.study.text_tables import ROW

_PLACE, _WITHOUT = own_name("place"), own_name("without")
ADDED_UP = ("transactions", "payments", "activities")
"""Standard tables whose rows are added up: two rows may be equal in all that is used, and both be true."""


def filled_down(table: Any, spec: FillDown) -> Any:
    """Return a table with blank fields filled by the first value of their order.

    Parameters
    ----------
    table : ibis table
        With row numbers: only a file has rows in an order.
    spec : FillDown
        The column that names the order, and those to be filled.
    """
    order = table[spec.within]
    values = {column: _given(table[column]) for column in spec.columns}
    firsts = {
        column: value.first().over(ibis.window(group_by=order, order_by=table[ROW])) for column, value in values.items()
    }
    named = _given(order).notnull()
    return table.mutate(
        **{column: ibis.coalesce(values[column], ibis.cases((named, firsts[column]))) for column in spec.columns}
    )


def blank(column: Any) -> Any:
    """Return where a column holds nothing, or blanks alone."""
    return _given(column).isnull()


def taken_by_source(standard: StandardTable, spec: TableSpec) -> bool:
    """Say whether rows are equal when every column of the source is, not those alone that are used."""
    return spec.distinct is True and standard.name in ADDED_UP


def equal_once(table: Any) -> Any:
    """Return the rows of a source, those that are equal in every column once: the first of them."""
    columns = [column for column in table.columns if column != ROW]
    if ROW not in table.columns:
        return table.distinct()
    return table.group_by(columns).aggregate(**{ROW: table[ROW].min()}).select(*table.columns)


def one_of_each(table: Any, columns: Sequence[Converted], names: Sequence[str]) -> Any:
    """Return the first row for each of the values of some standard columns; rows without any are all kept.

    Parameters
    ----------
    table : ibis table
        The source.
    columns : sequence of Converted
        Its standard columns.
    names : sequence of str
        Standard columns whose values make rows alike; all when empty.
    """
    wanted = [one.value for one in columns if not names or one.name in names]
    keys = {own_name(f"key {place}"): value for place, value in enumerate(wanted)}
    order = [ROW] if ROW in table.columns else list(table.columns)
    keyed = table.mutate(**keys)
    place = ibis.row_number().over(
        ibis.window(group_by=[keyed[key] for key in keys], order_by=[keyed[one] for one in order])
    )
    without = ibis.and_(*(keyed[key].isnull() for key in keys))
    marked = keyed.mutate(**{_PLACE: place, _WITHOUT: without})
    return marked.filter((marked[_PLACE] == 0) | marked[_WITHOUT]).select(table.columns)


def _given(column: Any) -> Any:
    """Return a column with blanks alone as missing."""
    if not column.type().is_string():
        return column
    return ibis.cases((column.re_search(r"\S"), column), else_=ibis.null(dt.string))
