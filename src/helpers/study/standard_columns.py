"""What a standard table is made of: kinds of columns, columns, and tables with their grain and key."""

from dataclasses import dataclass
from typing import Literal

import ibis.expr.datatypes as dt

from helpers.core.errors import InputError, unknown_name

ColumnKind = Literal["id", "time", "date", "number", "integer", "text", "flag", "as_recorded"]

NUMBERS: tuple[ColumnKind, ...] = ("number", "integer")
"""Kinds of column that hold numbers."""
KIND_IN_WORDS: dict[ColumnKind, str] = {
    "id": "whole number or text, never missing",
    "time": "timestamp or date",
    "date": "date or timestamp",
    "number": "number",
    "integer": "whole number",
    "text": "text",
    "flag": "true or false",
    "as_recorded": "text, number or date",
}


@dataclass(frozen=True)
class Column:
    """One column of a standard table.

    Parameters
    ----------
    name : str
        Name used by every method.
    kind : ColumnKind
        What values it may hold.
    about : str
        Meaning and unit.
    required : bool
        Whether the table is of no use without it.
    """

    name: str
    kind: ColumnKind
    about: str
    required: bool = False


@dataclass(frozen=True)
class StandardTable:
    """A table of the suite: its grain (one row per what) and its columns.

    Parameters
    ----------
    name : str
        Name used in study files and by notebooks.
    grain : str
        What one row is.
    columns : tuple of Column
        Known columns; a study may add free attributes where `open_attributes` is true.
    event_time : str or None
        Column holding when the row happened; nothing on or after `as_of` is used.
    open_attributes : bool
        Whether a study may list further columns of its own under `attributes`.
    key : tuple of str
        Columns that name a row: no two rows may share them. Empty where rows have no name of their own.
    one_of : tuple of str
        Columns of which the table must have at least one, beyond the required ones.
    of_business : bool
        Whether a business could hold it. Tables that serve to check the suite are not asked for in a client's report.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    event_time: str | None = None
    open_attributes: bool = False
    key: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    of_business: bool = True

    @property
    def of_customers(self) -> bool:
        """Whether every row belongs to a customer."""
        return "customer_id" in self.required

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns without which the table is of no use."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all known columns, in reading order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return a known column by name.

        Raises
        ------
        InputError
            When the table knows no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise InputError(unknown_name(name, self.column_names, kind="column", where=f"table {self.name}"))


_ACCEPTS: dict[ColumnKind, tuple[type[dt.DataType], ...]] = {
    "id": (dt.Integer, dt.String, dt.UUID),
    "time": (dt.Timestamp, dt.Date),
    "date": (dt.Timestamp, dt.Date),
    "number": (dt.Numeric,),
    "integer": (dt.Integer,),
    "text": (dt.String,),
    "flag": (dt.Boolean,),
    "as_recorded": (dt.String, dt.Numeric, dt.Date, dt.Timestamp),
}


def accepts(kind: ColumnKind, type_: dt.DataType) -> bool:
    """Say whether a column of this data type may hold values of the given kind.

    Examples
    --------
    >>> accepts("number", dt.float64), accepts("number", dt.string)
    (True, False)
    """
    return isinstance(type_, _ACCEPTS[kind]) and not (
        kind in ("number", "integer", "as_recorded") and isinstance(type_, dt.Boolean)
    )
