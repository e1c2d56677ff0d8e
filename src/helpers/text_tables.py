"""Read CSV, Excel and SQLite into tables of text, so that no reader guesses a type and harms an identifier.

A spreadsheet or a CSV file has no reliable types: `007` would become 7. All values are therefore kept as text, and
`standardise` turns them into the types of the standard columns, telling which values do not fit.
"""

import csv
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from helpers.damaged_workbooks import reads_workbook
from helpers.errors import Fault, InputError, counted, some_of, unknown_name
from helpers.study_grammar import Reading

ROW = "row number in the source"
TEXT_AT_MOST = 4_000_000_000  # letters; one text of a workbook may stand in a million cells
_BATCH_ROWS, _BATCH_LETTERS = 50_000, 100_000_000
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
    if any("\n" in name for name in header):
        _require_closed(path, label, delimiter, options.encoding)
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
        raise InputError(_unreadable_csv(path, label, delimiter, options.encoding, error)) from error
    if bad_rows:
        _require_closed(path, label, delimiter, options.encoding)
        raise InputError(_ragged(label, len(header), bad_rows, delimiter))
    if _has_line_breaks(table):
        _require_closed(path, label, delimiter, options.encoding)
    return _numbered(table)


@reads_workbook
def read_xlsx(path: Path, label: str, options: Reading) -> pa.Table:
    """Return one sheet of an Excel workbook as text columns plus its row numbers.

    Dates become ISO text; whole numbers lose the `.0` Excel may add; numbers shown with leading zeros keep them.

    Raises
    ------
    InputError
        When the file is no workbook, damaged or too large, the sheet is unknown or not named though several are
        filled, or its header is doubled or blank.
    """
    import openpyxl

    # Opened here: of a file that it cannot read, openpyxl leaves the handle open.
    with path.open("rb") as file, closing(openpyxl.load_workbook(file, read_only=True, data_only=True)) as book:
        names = [sheet.title for sheet in book.worksheets]  # a sheet that is a chart has no cells
        if not names:
            raise InputError(Fault("has no sheet with cells", label, "", "name a workbook that holds a table"))
        if options.sheet is not None and options.sheet not in names:
            raise InputError(unknown_name(options.sheet, names, kind="sheet", where=label))
        sheet = book[options.sheet] if options.sheet is not None else _only_sheet(book, label)
        cells = sheet.iter_rows()
        header = [_cell_text(cell) or "" for cell in next(cells, ())]
        while header and not header[-1]:
            header.pop()
        _require_header(header, label)
        width = len(header)
        rows = ([_cell_text(cell) for cell in row[:width]] for row in cells)
        filled = (row + [None] * (width - len(row)) for row in rows if any(value is not None for value in row))
        return _text_table(header, filled, label)


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
            return _text_table(header, ([_value_text(value) for value in row] for row in rows), label)
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
        raise InputError(_unreadable_csv(path, label, delimiter, encoding, error)) from error


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
        raise InputError(
            Fault("is empty: it has no header row", label, "names of columns, then rows", "export it again")
        )
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


def _unreadable_csv(path: Path, label: str, delimiter: str, encoding: str, error: Exception) -> Fault:
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
        return _unclosed(label, open_quotation(path, delimiter, encoding))
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


def _unclosed(label: str, line: int | None = None) -> Fault:
    remedy = "close the quotation mark, or write a mark inside a value twice"
    place = f": the one in line {line:,}" if line else ""
    return Fault(f"a quotation mark is opened and never closed{place}", where=label, remedy=remedy)


def _require_closed(path: Path, label: str, delimiter: str, encoding: str) -> None:
    """Refuse a file in which a value takes in the rows that follow an open quotation mark: they would be lost."""
    line = open_quotation(path, delimiter, encoding)
    if line is not None:
        raise InputError(_unclosed(label, line))


def open_quotation(path: Path, delimiter: str, encoding: str) -> int | None:
    """Return the line in which a quotation is opened that does not close, or closes lines later inside a value."""
    opens = re.compile(rf'(?:^|{re.escape(delimiter)})"')
    closes = re.compile(r'(?:[^"]|"")*+"')
    opened: int | None = None
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        for number, line in enumerate(file, start=1):
            position = 0
            while found := (opens.search(line, position) if opened is None else closes.match(line, position)):
                position = found.end()
                if opened is None:
                    opened = number
                elif opened < number and line[position : position + 1] not in (delimiter, "\r", "\n", ""):
                    return opened
                else:
                    opened = None
    return opened


def _has_line_breaks(table: pa.Table) -> bool:
    """Say whether any value has several lines, as one has that took in the rows after an open quotation mark."""
    return any(pc.any(pc.match_substring(column, "\n")).as_py() for column in table.columns)


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


def _text_table(header: Sequence[str], rows: Iterable[Sequence[str | None]], label: str) -> pa.Table:
    schema = pa.schema([(name, pa.string()) for name in header])
    batches: list[pa.RecordBatch] = []
    pending: list[Sequence[str | None]] = []
    letters = since = 0

    def close_batch() -> None:
        columns = [pa.array([row[position] for row in pending], pa.string()) for position in range(len(header))]
        batches.append(pa.record_batch(columns, schema=schema))
        pending.clear()

    for row in rows:
        pending.append(row)
        letters += sum(map(len, filter(None, row)))
        if letters > TEXT_AT_MOST:
            what, remedy = f"holds more than {TEXT_AT_MOST / 1e9:g} GB of text", "save it as Parquet"
            raise InputError(Fault(what, label, f"{TEXT_AT_MOST / 1e9:g} GB at most", remedy))
        if len(pending) == _BATCH_ROWS or letters - since > _BATCH_LETTERS:
            close_batch()
            since = letters
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
