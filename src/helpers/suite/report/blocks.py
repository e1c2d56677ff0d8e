"""What a notebook hands to the report: pieces of a few kinds, carried in the metadata of its outputs.

A piece travels inside the executed notebook, so a report is a function of notebooks alone. It sits in the metadata, not
in the data, of an output, because regression tests compare data as text and a float has no business in there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from helpers.core.errors import Fault, InputError
from helpers.core.results import Scalar, plain_scalar
from helpers.suite.report.units import label_of, table_texts

KEY = "crm"
IN_NOTEBOOK = "in notebook"  # the kind of an output that the report has from another piece already
EXAMPLE = "example"  # the kind of an output for whoever learns or checks a method; no part of the client report
AUDIENCE, ANALYST = "audience", "analyst"  # a piece without an audience is for everybody
FILE = "file"  # of a reading: the file beside the lists that it speaks of
NOT_DRAWN = "not_drawn"  # of a figure: the characters that no font of the machine has
Kind = Literal[
    "opening", "finding", "reading", "method", "caveat", "verdict", "key_figures", "figure", "table", "list", "results"
]
_OF_ONE_CUSTOMER = re.compile(
    r"(^|_)(customer|client|record|applicant|person|member|household|user|contact|cluster|invoice|order)_?id(_|$)"
    r"|(^|_)(e_?mail|phone|telephone|mobile|first_name|last_name|full_name|birth_date|date_of_birth|street)(_|$)"
)
ROWS_AT_MOST = 2_000  # a table is for reading; longer ones are lists


@dataclass(frozen=True)
class TableColumn:
    """One column of a table piece: its name, its label for readers and its unit."""

    name: str
    label: str
    unit: str


@dataclass(frozen=True)
class Table:
    """A small table with typed values, ready for HTML and for a spreadsheet.

    Parameters
    ----------
    name : str
        Name of the sheet.
    title : str
        What the table shows.
    about : str
        What one row is and how the columns were made.
    columns : tuple of TableColumn
        In order.
    rows : tuple of tuple
        Values as JSON can hold them; dates as ISO text.
    """

    name: str
    title: str
    about: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Scalar, ...], ...] = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return the table as an output's metadata holds it."""
        return {
            "kind": "table",
            "name": self.name,
            "title": self.title,
            "about": self.about,
            "columns": [[column.name, column.label, column.unit] for column in self.columns],
            "rows": [list(row) for row in self.rows],
        }

    @classmethod
    def from_json(cls, piece: dict[str, Any]) -> "Table":
        """Rebuild a table from an output's metadata."""
        return cls(
            piece["name"],
            piece["title"],
            piece["about"],
            tuple(TableColumn(*column) for column in piece["columns"]),
            tuple(tuple(row) for row in piece["rows"]),
        )

    def shown(self) -> list[list[str]]:
        """Return every value as a reader sees it."""
        return table_texts([(column.name, column.unit) for column in self.columns], self.rows)

    def to_text(self) -> str:
        """Return the table as aligned plain text."""
        labels = [column.label for column in self.columns]
        return pd.DataFrame(self.shown(), columns=labels).to_string(index=False)


def names_of_single_customers(columns: Iterable[object]) -> list[str]:
    """Return those names of columns that tell single customers, records or applicants.

    Examples
    --------
    >>> names_of_single_customers(["customer_id", "customers", "revenue", "record_id_l"])
    ['customer_id', 'record_id_l']
    """
    return [str(column) for column in columns if _OF_ONE_CUSTOMER.search(str(column).casefold())]


def make_table(
    frame: pd.DataFrame, *, name: str, title: str, about: str, units: dict[str, str], labels: dict[str, str]
) -> Table:
    """Turn a frame into a table piece.

    Parameters
    ----------
    frame : DataFrame
        At most 2,000 rows; the index is dropped.
    name, title, about : str
        As in `Table`.
    units : dict of str to str
        Unit of each column that has one.
    labels : dict of str to str
        Labels that differ from the column's name.

    Raises
    ------
    InputError
        When the frame is too long for a table, or a unit or label names a column that is not there.
    """
    faults = [
        Fault(
            f"no column {column!r} in table {name!r}",
            allowed=", ".join(map(str, frame.columns)),
            remedy="name units and labels by columns of the table",
        )
        for column in (*units, *labels)
        if column not in frame.columns
    ]
    if len(frame) > ROWS_AT_MOST:
        remedy = "hand it over with book.list(...)"
        faults.append(Fault(f"table {name!r} has {len(frame):,} rows", allowed=f"{ROWS_AT_MOST:,}", remedy=remedy))
    if faults:
        raise InputError(faults)
    columns = tuple(
        TableColumn(str(column), labels.get(str(column), label_of(str(column))), units.get(str(column), ""))
        for column in frame.columns
    )
    rows = tuple(tuple(_plain(value) for value in row) for row in frame.itertuples(index=False, name=None))
    return Table(name, title, about, columns, rows)


def _plain(value: object) -> Scalar:
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()[:10] if value == value.normalize() else value.isoformat(" ", "seconds")
    if isinstance(value, pd.Interval | pd.Period) or hasattr(value, "isoformat"):
        return str(value)
    return plain_scalar(value)
