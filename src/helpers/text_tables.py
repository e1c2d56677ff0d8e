"""Read CSV, Excel and SQLite into tables of text, so that no reader guesses a type and harms an identifier.

A spreadsheet or a CSV file has no reliable types: `007` would become 7. All values are therefore kept as text, and
`standardise` turns them into the types of the standard columns, telling which values do not fit.
"""

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pyarrow as pa
from pyarrow import csv as arrow_csv

from helpers.errors import Fault, InputError, counted, some_of, unknown_name
from helpers.study_grammar import Reading

ROW = "row number in the source"
_BATCH_ROWS = 50_000
_OTHER_DELIMITERS = (";", "\t", "|", ",")
_UTF_16 = ("is text in the encoding 'utf-16'", "save it as UTF-8, or add encoding: utf-16")
_BEGINNINGS = {
    b"PK": ("is no text but an Excel workbook or an archive", "give a workbook the ending .xlsx; unpack an archive"),
    b"PAR1": ("is no text but a Parquet file", "give it the ending .parquet"),
    b"\xff\xfe": _UTF_16,
    b"\xfe\xff": _UTF_16,
}


def read_csv(path: Path, label: str, options: Reading) -> pa.Table:
    """Return a delimited file as text columns plus its row numbers.

    Parameters
    ----------
    path : Path
        The file.
    label : str
        How messages call it.
    options : Reading
        Delimiter and encoding.

    Raises
    ------
    InputError
        When the header is doubled or blank, rows have too few or too many values, or the encoding is wrong.
    """
    delimiter = options.delimiter or ("\t" if path.suffix.lower() == ".tsv" else ",")
    header = _csv_header(path, label, delimiter, options.encoding)
    _require_header(header, label)
    if options.delimiter is None and len(header) == 1:
        _require_separated(header[0], delimiter, label)
    bad_rows: list[arrow_csv.InvalidRow] = []

    def keep_note(row: arrow_csv.InvalidRow) -> str:
        bad_rows.append(row)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            path,
            # One thread: only then the reader knows the numbers of the rows it complains of.
            read_options=arrow_csv.ReadOptions(encoding=options.encoding, use_threads=False),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep_note
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in header}, strings_can_be_null=True, null_values=[""]
            ),
        )
    except (UnicodeDecodeError, OSError, pa.ArrowInvalid) as error:
        raise InputError(_unreadable_csv(path, label, options.encoding, error)) from error
    if bad_rows:
        raise InputError(_ragged(label, len(header), bad_rows, delimiter))
    if _ends_in_a_quotation(table, path):
        raise InputError(_unclosed(label))
    return _numbered(table)


def read_xlsx(path: Path, label: str, options: Reading) -> pa.Table:
    """Return one sheet of an Excel workbook as text columns plus its row numbers.

    Dates become ISO text; whole numbers lose the `.0` Excel may add; numbers shown with leading zeros keep them.

    Raises
    ------
    InputError
        When the file is no workbook, the sheet is unknown or not named though several are filled, or its header is
        doubled or blank.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, OSError, ValueError) as error:
        remedy = "save it from Excel as .xlsx, without a password"
        raise InputError(Fault("cannot be read as an Excel workbook", where=label, remedy=remedy)) from error
    with closing(book):
        if options.sheet is not None and options.sheet not in book.sheetnames:
            raise InputError(unknown_name(options.sheet, book.sheetnames, kind="sheet", where=label))
        sheet = book[options.sheet] if options.sheet is not None else _only_sheet(book, label)
        cells = sheet.iter_rows()
        header = [_cell_text(cell) or "" for cell in next(cells, ())]
        while header and not header[-1]:
            header.pop()
        _require_header(header, label)
        width = len(header)
        rows = ([_cell_text(cell) for cell in row[:width]] for row in cells)
        filled = (row + [None] * (width - len(row)) for row in rows if any(value is not None for value in row))
        return _text_table(header, filled)


def read_sqlite(path: Path, label: str, options: Reading) -> pa.Table:
    """Return one table of an SQLite file as text columns plus its row numbers.

    SQLite stores a type per value, not per column, and dates as text; hence the same way as for a CSV file.

    Raises
    ------
    InputError
        When the file is no SQLite database, or has no such table.
    """
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
            names = [name for (name,) in found]
            if options.table not in names:
                raise InputError(unknown_name(str(options.table), names, kind="table", where=label))
            quoted = str(options.table).replace('"', '""')
            rows = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  name is one that exists
            header = [column[0] for column in rows.description]
            return _text_table(header, ([_value_text(value) for value in row] for row in rows))
    except sqlite3.Error as error:
        remedy = "copy it again, or close the program that is writing it"
        raise InputError(Fault("is no SQLite database that can be read", where=label, remedy=remedy)) from error


def _only_sheet(book: Any, label: str) -> Any:
    """Return the one sheet of a workbook that holds anything; which of several is meant is not for us to guess."""
    filled = [
        sheet for sheet in book.worksheets if any(any(row) for row in sheet.iter_rows(values_only=True, max_row=9))
    ]
    if len(filled) > 1:
        names = [sheet.title for sheet in filled]
        what = f"has {len(names)} sheets, and the study does not say which"
        raise InputError(Fault(what, where=label, allowed=", ".join(names), remedy=f'add sheet: "{names[0]}"'))
    return filled[0] if filled else book.worksheets[0]


def _csv_header(path: Path, label: str, delimiter: str, encoding: str) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding, newline="") as file:
            return next(csv.reader(file, delimiter=delimiter), [])
    except LookupError as error:
        remedy = "name one that Python knows: utf-8, cp1252, latin-1, gb18030"
        raise InputError(Fault(f"unknown encoding {encoding!r}", where=label, remedy=remedy)) from error
    except (UnicodeError, OSError, csv.Error) as error:
        raise InputError(_unreadable_csv(path, label, encoding, error)) from error


def _require_separated(header: str, delimiter: str, label: str) -> None:
    """Refuse a header that is one long name only because another character separates the values."""
    found = next((mark for mark in _OTHER_DELIMITERS if mark in header and mark != delimiter), None)
    if found is not None:
        remedy = f'add delimiter: "{_shown_mark(found)}"'
        raise InputError(Fault(f"its values are separated by {found!r}, not by {delimiter!r}", label, "", remedy))


def _shown_mark(mark: str) -> str:
    return mark.replace("\t", r"\t")


def _require_header(header: Sequence[str], label: str) -> None:
    faults = []
    if not header:
        raise InputError(Fault("is empty: it has no header row", where=label))
    doubled = [name for name, times in Counter(header).items() if times > 1 and name]
    if doubled:
        remedy = "rename or remove all but one"
        faults.append(Fault(f"the header names {some_of(doubled)} more than once", where=label, remedy=remedy))
    blank = [position for position, name in enumerate(header, start=1) if not name.strip()]
    if blank:
        what = f"the header has no name in position {', '.join(map(str, blank))}"
        faults.append(Fault(what, where=label, remedy="name every column"))
    if faults:
        raise InputError(faults)


def _unreadable_csv(path: Path, label: str, encoding: str, error: Exception) -> Fault:
    """Say why a file is no table of text, in words a user can act on."""
    begins = b""
    if not isinstance(error, PermissionError):
        with path.open("rb") as file:
            begins = file.read(4)
    for mark, (what, remedy) in _BEGINNINGS.items():
        if begins.startswith(mark):
            return Fault(what, where=label, remedy=remedy)
    if isinstance(error, UnicodeError) or "UTF8" in str(error) or "UTF-8" in str(error):
        return _wrongly_encoded(path, label, encoding)
    if isinstance(error, OSError):
        return Fault("cannot be opened", where=label, remedy="close the program that has it open, or copy the file")
    if "straddl" in str(error) or isinstance(error, csv.Error):
        return _unclosed(label)
    return Fault("cannot be read as CSV", where=label, remedy="open it in a spreadsheet and save it as CSV again")


def _wrongly_encoded(path: Path, label: str, encoding: str) -> Fault:
    """Name the first line that is no text in the encoding, and what to do: nearly all may be, where files were joined.

    Lines are counted as an editor shows them; encodings of several bytes for every letter have no lines of bytes.
    """
    what, remedy = f"is not text in the encoding {encoding!r}", "save it as UTF-8, or say which it is: encoding: cp1252"
    if encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
        return Fault(what, where=label, remedy=remedy)
    first, told, others = 0, "", False
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                others |= not line.decode(encoding).isascii()
            except UnicodeDecodeError as error:
                if not first:
                    first, told = number, line[error.start : max(error.end, error.start + 1)].hex(" ")
    if not first:
        return Fault(what, where=label, remedy=remedy)
    if others:
        remedy = f"several encodings are mixed, others are in {encoding!r}: correct line {first:,} and its like"
    return Fault(f"{what}: line {first:,} holds the bytes {told}", where=label, remedy=remedy)


def _unclosed(label: str) -> Fault:
    remedy = "close the quotation mark, or write a mark inside a value twice"
    return Fault("a quotation mark is opened and never closed", where=label, remedy=remedy)


def _ends_in_a_quotation(table: pa.Table, path: Path) -> bool:
    """Say whether the last value took in all that follows an open quotation mark: the rows after it would be lost."""
    last = table.slice(max(0, table.num_rows - 1)).to_pylist()
    if not any("\n" in value for row in last for value in row.values() if value):
        return False
    with path.open("rb") as file:
        marks = sum(chunk.count(b'"') for chunk in iter(lambda: file.read(1 << 20), b""))
    return marks % 2 == 1


def _ragged(label: str, width: int, rows: Sequence[arrow_csv.InvalidRow], delimiter: str) -> Fault:
    shown = [f"row {row.number} has {row.actual_columns}" for row in rows[:5]]
    values = counted(width, "value")
    rest = f" and {len(rows) - 5:,} more rows" if len(rows) > 5 else ""
    return Fault(
        f"the header has {counted(width, 'column')}, but {', '.join(shown)}{rest}",
        where=label,
        allowed=f"rows of {values} separated by {delimiter!r}; a value with {delimiter!r} in it stands in quotes",
        remedy="repair these rows, or set delimiter",
    )


def _text_table(header: Sequence[str], rows: Iterable[Sequence[str | None]]) -> pa.Table:
    schema = pa.schema([(name, pa.string()) for name in header])
    batches: list[pa.RecordBatch] = []
    pending: list[Sequence[str | None]] = []

    def close_batch() -> None:
        columns = [pa.array([row[position] for row in pending], pa.string()) for position in range(len(header))]
        batches.append(pa.record_batch(columns, schema=schema))
        pending.clear()

    for row in rows:
        pending.append(row)
        if len(pending) == _BATCH_ROWS:
            close_batch()
    close_batch()
    return _numbered(pa.Table.from_batches(batches, schema=schema))


def _numbered(table: pa.Table) -> pa.Table:
    """Add row numbers as a spreadsheet shows them: the header is row 1."""
    return table.append_column(ROW, pa.array(range(2, table.num_rows + 2), pa.int64()))


def _cell_text(cell: object) -> str | None:
    """Return an Excel cell as text; a number format of zeros only is how Excel shows leading zeros."""
    value, shown_as = getattr(cell, "value", None), getattr(cell, "number_format", "")
    text = _value_text(value)
    if text is not None and isinstance(value, int | float) and shown_as and set(shown_as) == {"0"}:
        return text.zfill(len(shown_as))
    return text


def _value_text(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(value)
