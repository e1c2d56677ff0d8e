"""A source as it is: the table that reading gives, and what reading knows of its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers.study.text_tables import ROW, rows_in_words
from helpers.study.unread_text import UnreadText

CONTROL, LOST_DIGITS = "control characters", "digits lost"
"""Of what a source may be known not to hold: all control characters but tabs and line ends; numbers as 1.23E+12."""


@dataclass(frozen=True)
class RawTable:
    """A source as it is.

    Parameters
    ----------
    table : ibis table
        All its columns.
    text : frozenset of str
        Columns that are text whose types must still be parsed.
    label : str
        How messages call it.
    clashes : frozenset of str
        Columns that stand in both sources of a join.
    written_numbers : frozenset of str
        Text columns whose numbers somebody has written with marks, and no program has typed.
    cells : frozenset of str
        Text columns that come from typed cells, of a workbook or SQLite.
    user_missing : mapping of str to mapping of str to int
        By column: how often each code was given that the file itself calls missing.
    by_label : frozenset of str
        Columns that are read by the labels of their codes though nobody asked for it.
    files : tuple of str
        Names of the files, where the source is several put together.
    absent : frozenset of str
        Marks known to stand in no value: single ones as `#`, `CONTROL`, `LOST_DIGITS`. What is not listed may. Of a
        source whose columns are typed: in no identifier.
    unread : UnreadText or None
        The text, where the engine may not have stored it yet.
    """

    table: Any
    text: frozenset[str]
    label: str
    clashes: frozenset[str] = frozenset()
    written_numbers: frozenset[str] = frozenset()
    cells: frozenset[str] = frozenset()
    user_missing: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    by_label: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()
    unread: UnreadText | None = None

    @property
    def named_columns(self) -> list[str]:
        """Columns a study may name: all but the row number that reading added."""
        return [name for name in self.table.columns if name != ROW]

    def rows(self, numbers: Sequence[int], *, more: bool = False) -> str:
        """Return where rows stand, in words: `row 3, 7 of lines.csv`."""
        return rows_in_words(numbers, self.label, self.files, more=more)
