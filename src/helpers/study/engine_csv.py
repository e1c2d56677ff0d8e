"""Read a delimited file as text by DuckDB itself: on all threads, and never whole in this process's memory.

What DuckDB and the reader of `text_tables` would read alike is read here. Everything else goes back to that reader,
which also has the words for what is wrong: uneven rows, marks left open, bytes that are no text. It is quotation marks
with blanks outside, line ends of two kinds, NUL and the like of which DuckDB makes something else.
"""

import tempfile
import zlib
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from helpers.study.grammar import Reading
from helpers.study.headers import clean_name
from helpers.study.packed_text import is_packed, open_bytes, open_text
from helpers.study.plain_blocks import PlainFile
from helpers.study.raw_table import CONTROL, LOST_DIGITS
from helpers.study.sql_text import one_file, sql_name, sql_string
from helpers.study.text_tables import (
    ROW,
    Opening,
    opening_of,
    require_text,
    without_blank_end,
)

_UTF_8 = ("utf-8", "utf8", "utf_8")
_CHUNK_BYTES, _CHUNK_LETTERS = 1 << 18, 1 << 22
_TAB, _LINE_FEED, _BLANK, _SMALL, _QUOTE = 9, 10, 32, 32, 34
_BLANKS_AT_MOST = 64
_LETTERS, _MARKS = ("\0", "\x7f", '"', "+", "_", "#"), ("rr:5",)
_LONGEST_MARK = 4
_Bytes = np.ndarray[Any, np.dtype[np.uint8]]
_LONGEST_ROW_BYTES = 1_000_000
_FORM = (
    "auto_detect = false, header = false, quote = '\"', escape = '\"', nullstr = '', comment = '', strict_mode = true, "
    "hive_partitioning = false"
)


@dataclass(frozen=True)
class EngineCsv:
    """A delimited file that lies in the engine.

    Parameters
    ----------
    table : ibis table
        Its columns as text, and its row numbers.
    absent : frozenset of str
        Marks that stand nowhere in the file; see `RawTable`.
    lines : int or None
        Lines below the header, where the text is not stored and every question reads the file; blank ones give no row.
    plain : PlainFile or None
        The file then.
    """

    table: Any
    absent: frozenset[str]
    lines: int | None = None
    plain: PlainFile | None = None


def csv_into(
    engine: Any, name: str, path: Path, label: str, options: Reading, *, store: bool = True
) -> EngineCsv | None:
    """Return a delimited file as text columns plus its row numbers, in an engine.

    Parameters
    ----------
    engine : ibis DuckDB backend
        Where it is held, as a table and a view of these names: `name` and `name` with an ending.
    name : str
        What it is called there.
    path : Path
        The file.
    label : str
        How messages call it.
    options : Reading
        Delimiter and encoding.
    store : bool
        False to leave the text in the file where its bytes prove that all rows are even if each line gives one.

    Returns
    -------
    EngineCsv or None
        None where only the reader of `text_tables` can say what the file holds, or what is wrong with it.

    Raises
    ------
    InputError
        When the file does not begin as a table of text does.
    """
    require_text(path, label, options.encoding)
    opening = opening_of(path, label, options)
    names = without_blank_end([clean_name(one) for one in opening.header])
    folded = {one.casefold() for one in (*names, ROW)}
    several_lines = any("\n" in one for one in opening.header)
    if len(opening.header) < 2 or len(folded) <= len(names) or several_lines or not opening.delimiter.isascii():
        return None
    try:
        own = _ByteFacts.of(path, opening) if options.encoding.lower() in _UTF_8 else None
        if own is not None and not store and own.is_even(len(names)) and len(names) == len(opening.header):
            _show(engine, name, _reading(path, opening), names, f"row_number() OVER () + {opening.position}")
            lines_before, first_row = opening.lines_before + 1, opening.position + 1
            plain = PlainFile(path, tuple(names), opening.delimiter, lines_before, first_row)
            return EngineCsv(engine.table(name), own.known_absent(), own.lines, plain)
        with _as_utf_8(path, options.encoding) as file:
            found = own or _ByteFacts.of(file, opening)
            quotes = '"' not in found.absent
            if not found.same_to_all or (quotes and _blank_outside_quotation(file, opening.delimiter)):
                return None
            rows = _stored(engine, f"{name}_text", file, opening)
    except (UnicodeError, OSError, EOFError, zlib.error, duckdb.Error):
        return None
    if not _is_even(engine, rows, opening, found.marks, quotes=quotes):
        engine.raw_sql(f"DROP TABLE {rows}")
        return None
    _show(engine, name, rows, names, f"rowid + {opening.position + 1}")
    return EngineCsv(engine.table(name), found.known_absent())


def _show(engine: Any, name: str, rows: str, names: list[str], number: str) -> None:
    """Make the view in which columns have their names, and rows their numbers."""
    shown = ", ".join(f"c{place} AS {sql_name(one)}" for place, one in enumerate(names))
    numbered = f"{number} AS {sql_name(ROW)}"
    engine.raw_sql(f"CREATE OR REPLACE VIEW {sql_name(name)} AS SELECT {shown}, {numbered} FROM {rows}")  # noqa: S608


def _reading(file: Path, opening: Opening) -> str:
    """Return how SQL reads a file as columns c0, c1, and so on."""
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(opening.header)))
    form = f"{_FORM}, compression = '{'gzip' if is_packed(file) else 'none'}'"
    return (
        f"read_csv({sql_string(one_file(file))}, {form}, delim = {sql_string(opening.delimiter)}, "
        f"columns = {{{columns}}}, skip = {opening.lines_before + 1}, max_line_size = {_LONGEST_ROW_BYTES})"
    )


def _stored(engine: Any, name: str, file: Path, opening: Opening) -> str:
    """Read a file into a table of the engine with columns c0, c1, and so on; return its name as SQL has it."""
    read = _reading(file, opening)
    engine.raw_sql(f"CREATE OR REPLACE TABLE {sql_name(name)} AS SELECT * FROM {read}")  # noqa: S608  quoted above
    return sql_name(name)


def _is_even(engine: Any, rows: str, opening: Opening, marks: int, *, quotes: bool) -> bool:
    """Say whether no row has a value too many, none below a column without name, and no value several lines.

    DuckDB passes over an empty value at the end of a row; the marks that separate values tell how many there were.
    """
    width, named = len(opening.header), len(without_blank_end([clean_name(one) for one in opening.header]))
    mark = sql_string(opening.delimiter)
    tests = ["count(*)", *(f"count(c{place})" for place in range(named, width))]
    places = range(width if quotes else 0)
    tests += [f"count(*) FILTER (contains(c{place}, chr(10)))" for place in places]
    held = (
        f"sum(length(c{one}) - length(replace(c{one}, {mark}, ''))) FILTER (contains(c{one}, {mark}))" for one in places
    )
    inside = " + ".join(f"coalesce({one}, 0)" for one in held) or "0"
    counts = engine.raw_sql(f"SELECT {', '.join(tests)}, {inside} FROM {rows}").fetchone()  # noqa: S608  our own names
    return bool(counts[0]) and not any(counts[1:-1]) and marks == (width - 1) * counts[0] + counts[-1]


@contextmanager
def _as_utf_8(path: Path, encoding: str) -> Iterator[Path]:
    """Yield the file itself, or for as long as it is needed a copy that is unpacked and in UTF-8."""
    if encoding.lower() in _UTF_8 and not is_packed(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="crm-text-") as folder:
        copy = Path(folder) / "text.csv"
        with open_text(path, encoding) as file, copy.open("w", encoding="utf-8", newline="") as target:
            while letters := file.read(_CHUNK_LETTERS):
                target.write(letters)
        yield copy


@dataclass
class _ByteFacts:
    """What a file holds of the bytes that readers take for more than text.

    Parameters
    ----------
    low, tabs, line_feeds, carriage_returns, pairs : int
        How often: bytes below the blank, tabs, both line ends, and both in that order one after the other.
    marks : int
        How often the mark that separates values stands below the header, inside quotations too.
    lines : int
        Lines below the header, the last one whether or not it ends.
    utf_8 : bool
        Whether all is text in UTF-8.
    absent : set of str
        Marks that stand nowhere below the header, of those asked for; see `RawTable`.
    """

    low: int = 0
    tabs: int = 0
    line_feeds: int = 0
    carriage_returns: int = 0
    pairs: int = 0
    marks: int = 0
    lines: int = 0
    utf_8: bool = True
    absent: set[str] = field(default_factory=lambda: {*_MARKS, *_LETTERS, LOST_DIGITS})

    @classmethod
    def of(cls, path: Path, opening: Opening) -> "_ByteFacts":
        """Look at every byte of a file once."""
        facts, mark = cls(), ord(opening.delimiter)
        with open_bytes(path) as file:
            before = b"".join(file.readline() for _ in range(opening.lines_before + 1))
            facts._count_ends(before, np.frombuffer(before, np.uint8), b"")
            above, decoder, last = facts.line_feeds, getincrementaldecoder("utf-8")(), b""
            while chunk := file.read(_CHUNK_BYTES):
                held = np.frombuffer(chunk, np.uint8)
                facts.marks += int(np.count_nonzero(held == mark))
                facts._count_ends(chunk, held, before)
                facts._look_for_marks(chunk, held, before[-_LONGEST_MARK:])
                facts.utf_8 = facts.utf_8 and _is_utf_8(chunk, decoder)
                before, last = chunk, chunk[-1:]
            facts.lines = facts.line_feeds - above + (last not in (b"", b"\n"))
            facts.utf_8 = facts.utf_8 and not decoder.getstate()[0]
        return facts

    def _count_ends(self, chunk: bytes, held: _Bytes, before: bytes) -> None:
        low, feeds = int(np.count_nonzero(held < _BLANK)), int(np.count_nonzero(held == _LINE_FEED))
        self.low, self.line_feeds = self.low + low, self.line_feeds + feeds
        if low > feeds or before.endswith(b"\r"):
            self.tabs += chunk.count(b"\t")
            self.carriage_returns += chunk.count(b"\r")
            self.pairs += chunk.count(b"\r\n") + (before.endswith(b"\r") and chunk.startswith(b"\n"))

    def _look_for_marks(self, chunk: bytes, held: _Bytes, before: bytes) -> None:
        self.absent -= {mark for mark in self.absent & {*_LETTERS} if mark.encode() in chunk}
        edge = before + chunk[:_LONGEST_MARK]
        self.absent -= {mark for mark in self.absent & {*_MARKS} if _holds(chunk, edge, mark.encode())}
        # One letter is looked for ten times faster than the digits beside it.
        lettered = LOST_DIGITS in self.absent and any(one in text for one in (b"e", b"E") for text in (chunk, edge))
        if lettered and (_looks_cut(held) or _looks_cut(np.frombuffer(edge, np.uint8))):
            self.absent.remove(LOST_DIGITS)

    @property
    def same_to_all(self) -> bool:
        """Whether there are line ends of one kind alone, and no NUL."""
        one_kind = self.carriage_returns == self.pairs and self.pairs in (0, self.line_feeds)
        return one_kind and "\0" in self.absent

    def is_even(self, width: int) -> bool:
        """Say whether rows of so many values can be told by their bytes, where no line is blank: each is a line."""
        plain = self.same_to_all and self.utf_8 and '"' in self.absent and self.lines > 0
        return plain and self.marks == (width - 1) * self.lines

    def known_absent(self) -> frozenset[str]:
        """Return what stands nowhere in the file, control characters other than tabs and line ends among it."""
        of_control = self.low == self.tabs + self.line_feeds + self.carriage_returns and "\x7f" in self.absent
        return frozenset(self.absent | ({CONTROL} if of_control else set()))


def _is_utf_8(chunk: bytes, decoder: IncrementalDecoder) -> bool:
    """Say whether a further chunk of text is in UTF-8; plain letters need no look, but after half of another."""
    if chunk.isascii() and not decoder.getstate()[0]:
        return True
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _holds(chunk: bytes, edge: bytes, mark: bytes) -> bool:
    """Say whether a mark of several letters stands in a chunk; one letter is looked for ten times faster."""
    return (mark[:1] in chunk and mark in chunk) or mark in edge


def _looks_cut(held: _Bytes) -> bool:
    """Say whether a digit, an E and a sign or digit follow one another, as in a number that lost its last digits."""
    places = np.flatnonzero((held | _SMALL) == ord("e"))
    places = places[(places > 0) & (places < len(held) - 1)]
    before, after = held[places - 1], held[places + 1]
    digits = [(one >= ord("0")) & (one <= ord("9")) for one in (before, after)]
    return bool((digits[0] & (digits[1] | (after == ord("+")) | (after == ord("-")))).any())


def _blank_outside_quotation(path: Path, mark: str) -> bool:
    """Say whether blanks may stand between a quotation mark and the end of its value: DuckDB passes over them.

    Also where a longer row of blanks than is looked at makes it uncertain.
    """
    ends = np.zeros(256, dtype=bool)
    ends[[ord(mark), *b"\r\n"]] = True
    with path.open("rb") as file:
        before = b"\n"
        while chunk := file.read(_CHUNK_BYTES):
            held = np.frombuffer(before + chunk, np.uint8)
            if _blanks_lead_to(held, ends, -1) or _blanks_lead_to(held, ends, 1):
                return True
            before = (before + chunk)[-_BLANKS_AT_MOST:]
    return _blanks_lead_to(np.frombuffer(before + b"\n", np.uint8), ends, 1)


def _blanks_lead_to(held: _Bytes, ends: np.ndarray[Any, np.dtype[np.bool_]], step: int) -> bool:
    """Say whether blanks beside a quotation mark, on one side, lead to the end of a value."""
    places = np.flatnonzero(held == _QUOTE) + step
    for walked in range(_BLANKS_AT_MOST):
        places = places[(places >= 0) & (places < len(held))]
        beside = held[places]
        if walked and ends[beside].any():
            return True
        places = places[(beside == _BLANK) | (beside == _TAB)] + step
        if not len(places):
            return False
    return True
