"""Read CSV into tables of text, so that no reader guesses a type and harms an identifier.

`sqlite_files`, `workbooks` and `other_workbooks` do the same for files of typed cells.
A spreadsheet or a CSV file has no reliable types: `007` would become 7. All values are therefore kept as text, and
`standardise` turns them into the types of the standard columns, telling which values do not fit.
"""

import csv
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.core.own_names import own_name
from helpers.study.grammar import Reading
from helpers.study.headers import (
    LOOKED_AT,
    clean_name,
    header_among,
    mark_of_separator_line,
    title_rows_fault,
)
from helpers.study.packed_text import first_bytes, is_packed, open_bytes, open_text, require_modest_text

ROW = own_name("row")
"""Column with the number of each row in its source."""
ROWS_OF_A_FILE = 10**10
"""Row numbers of the second file of several begin here, those of the third at twice as much."""
TEXT_AT_MOST = 4_000_000_000  # letters; one text of a workbook may stand in a million cells
_BATCH_ROWS, _BATCH_LETTERS = 50_000, 100_000_000
_LOOKED_AT_BYTES, _NUL_SHARE = 4096, 0.3
_OTHER_DELIMITERS = (";", "\t", "|", ",")
_SINGLE_MARKS = "^~¦§#!*&$=+:/\\\x01\x1f"
"""Other marks that separate values where header and rows hold them equally often."""
_ARCHIVES = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"7z\xbc\xaf": "7-Zip",
}
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
    require_text(path, label, options.encoding)
    opening = opening_of(path, label, options)
    header, delimiter = opening.header, opening.delimiter
    if any("\n" in name for name in header):
        require_closed(path, label, delimiter, options.encoding)
    bad_rows: list[arrow_csv.InvalidRow] = []

    def keep_note(row: arrow_csv.InvalidRow) -> str:
        bad_rows.append(row)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            pa.input_stream(str(path), compression="gzip" if is_packed(path) else None),
            # One thread: only then the reader knows the numbers of the rows it complains of.
            read_options=arrow_csv.ReadOptions(
                encoding=options.encoding, use_threads=False, skip_rows=opening.lines_before
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep_note
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in header}, strings_can_be_null=True, null_values=[""]
            ),
        )
    except (UnicodeDecodeError, OSError, pa.ArrowInvalid) as error:
        raise InputError(unreadable_csv(path, label, delimiter, options.encoding, error)) from error
    if bad_rows:
        require_closed(path, label, delimiter, options.encoding)
        raise InputError(_ragged(label, len(header), bad_rows, delimiter, mostly=len(bad_rows) > table.num_rows))
    if _has_line_breaks(table):
        require_closed(path, label, delimiter, options.encoding)
    names = without_blank_end([clean_name(name) for name in header])
    if any(table.column(place).null_count < table.num_rows for place in range(len(names), len(header))):
        require_header([clean_name(name) for name in header], label)
    first = opening.position + 1
    return (
        table.select(list(range(len(names))))
        .rename_columns(names)
        .append_column(ROW, pa.array(range(first, table.num_rows + first), pa.int64()))
    )


def without_blank_end(header: list[str]) -> list[str]:
    """Return names of columns without blank ones at their end, which a mark behind the last value of each row makes.

    Examples
    --------
    >>> without_blank_end(["customer", "", "amount", "", ""])
    ['customer', '', 'amount']
    """
    named = [place for place, name in enumerate(header, start=1) if name]
    return header[: named[-1]] if named else header


@dataclass(frozen=True)
class Opening:
    """How a delimited file begins.

    Parameters
    ----------
    header : list of str
        Names of the columns as written.
    delimiter : str
        What separates values.
    position : int
        Number of the header's row, from 1.
    lines_before : int
        Lines of the file above it.
    """

    header: list[str]
    delimiter: str
    position: int
    lines_before: int


def opening_of(path: Path, label: str, options: Reading) -> Opening:
    """Find delimiter and header of a delimited file.

    Raises
    ------
    InputError
        When the first rows cannot be read, or the study does not say which of them is the header and it is not the
        first.
    """
    encoding = "utf-8-sig" if options.encoding.lower() in ("utf-8", "utf8") else options.encoding
    usual = options.delimiter or ("\t" if ".tsv" in path.suffixes[-2:] else ",")
    try:
        with open_text(path, encoding) as file:
            said = mark_of_separator_line(file.readline())
            file.seek(0)
            delimiter = said or usual
            position = options.header_row or (2 if said else 1)
            rows = list(islice(records(file, delimiter), position + LOOKED_AT))
    except LookupError as error:
        remedy = "name one that Python knows: utf-8, cp1252, latin-1, gb18030"
        raise InputError(Fault(f"unknown encoding {options.encoding!r}", where=label, remedy=remedy)) from error
    except (UnicodeError, OSError, EOFError, zlib.error, csv.Error) as error:
        raise InputError(unreadable_csv(path, label, usual, options.encoding, error)) from error
    if said and options.delimiter not in (None, said):
        what = f"its first line says that values are separated by {said!r}, the study says {options.delimiter!r}"
        raise InputError(Fault(what, where=label, remedy=f'set delimiter: "{_shown_mark(said)}"'))
    if len(rows) < position and options.header_row is not None:
        raise InputError(Fault(f"has no row {position}: header_row is too large", label, "", "set header_row lower"))
    lines_before, header = rows[position - 1] if rows[position - 1 :] else (0, [])
    if options.delimiter is None and not said and len(header) <= 1:
        require_separated([row for _, row in rows], delimiter, label)
    if options.header_row is None:
        require_header_first([row for _, row in rows[position - 1 :]], label, position)
    require_header(without_blank_end([clean_name(name) for name in header]), label)
    return Opening(header, delimiter, position, lines_before)


def require_text(path: Path, label: str, encoding: str) -> None:
    """Refuse what is packed too tightly, an archive called a text, and text of two bytes a letter that says it nowhere.

    Raises
    ------
    InputError
        When it unpacks to too much, or its first bytes are those of one of the others.
    """
    require_modest_text(path, label)
    try:
        with open_bytes(path) as file:
            begins = file.read(_LOOKED_AT_BYTES)
    except (OSError, EOFError, zlib.error):
        return  # reported where the file is read
    for mark, name in _ARCHIVES.items():
        if begins.startswith(mark) and not begins.isascii():
            what = f"is no text but a {name} archive"
            remedy = "give it the ending .csv.gz" if name == "gzip" else "unpack it: of archives a study reads .csv.gz"
            raise InputError(Fault(what, where=label, remedy=remedy))
    says_so = begins.startswith((b"\xff\xfe", b"\xfe\xff"))  # reported where it cannot be read
    if says_so or encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32", "u16", "u32")):
        return
    even, odd = begins[::2].count(0), begins[1::2].count(0)
    if max(even, odd) > _NUL_SHARE * len(begins) / 2 and min(even, odd) < max(even, odd) / 10:
        found = "utf-16-le" if odd > even else "utf-16-be"
        what, remedy = f"is text in the encoding {found!r}", f"save it as UTF-8, or add encoding: {found}"
        raise InputError(Fault(what, where=label, remedy=remedy))


def records(file: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a delimited file, each with the number of lines before it."""
    reader = csv.reader(file, delimiter=delimiter)
    before = 0
    for row in reader:
        yield before, row
        before = reader.line_num


def require_header_first(rows: Sequence[Sequence[str | None]], label: str, position: int = 1) -> None:
    """Refuse rows of which a later one looks like the header; `position` is the number of the first.

    Raises
    ------
    InputError
        When titles stand above the header.
    """
    found = header_among(rows)
    if found:
        raise InputError(title_rows_fault(found + position, label))


def require_separated(rows: Sequence[Sequence[str]], delimiter: str, label: str) -> None:
    """Refuse rows of one long value each only because another character separates the values."""
    texts = [delimiter.join(row) for row in rows if row]
    held = {mark: sum(mark in text for text in texts) for mark in _OTHER_DELIMITERS if mark != delimiter}
    held |= {mark: len(texts) for mark in _SINGLE_MARKS if mark != delimiter and _held_equally(texts, mark)}
    found = max(held, key=lambda mark: held[mark])  # the first of those held alike
    if held[found] * 2 <= len(texts) or (found not in texts[0] and any(len(row) > 1 for row in rows)):
        return
    remedy = f'add delimiter: "{_shown_mark(found)}"'
    faults = [Fault(f"its values are separated by {found!r}, not by {delimiter!r}", label, "", remedy)]
    position = header_among([row for _, row in records(texts, found)])
    raise InputError(faults + ([title_rows_fault(position + 1, label)] if position else []))


def _held_equally(texts: Sequence[str], mark: str) -> bool:
    counts = {text.count(mark) for text in texts}
    return len(texts) > 1 and len(counts) == 1 and 0 not in counts


def _shown_mark(mark: str) -> str:
    return json.dumps(mark)[1:-1]


def require_header(header: Sequence[str], label: str) -> None:
    """Refuse a header without names, with blank ones, or with names that are the same for the engine.

    Raises
    ------
    InputError
        With all that is wrong.
    """
    faults = []
    if not header:
        raise InputError(
            Fault("is empty: it has no header row", label, "names of columns, then rows", "export it again")
        )
    doubled = [name for name, times in Counter(header).items() if times > 1 and name]
    if doubled:
        remedy = "rename or remove all but one"
        faults.append(Fault(f"the header names {some_of(doubled)} more than once", where=label, remedy=remedy))
    known = {name: name.encode("utf-8", "surrogatepass").lower() for name in header if name}
    times = Counter(known.values())
    alike = [name for name, folded in known.items() if times[folded] > 1]
    if alike:
        what, remedy = f"the header names {some_of(alike)}, which differ in capitals alone", "rename all but one"
        faults.append(Fault(what, where=label, remedy=remedy))
    blank = [position for position, name in enumerate(header, start=1) if not name.strip()]
    if blank:
        what = f"the header has no name in position {', '.join(map(str, blank))}"
        faults.append(Fault(what, where=label, remedy="name every column"))
    if faults:
        raise InputError(faults)


def unreadable_csv(path: Path, label: str, delimiter: str, encoding: str, error: Exception) -> Fault:
    """Say why a file is no table of text, in words a user can act on."""
    begins: bytes | None = b""
    if not isinstance(error, PermissionError):
        begins = first_bytes(path)
    if is_packed(path) and begins is None:
        return Fault("is a damaged gzip archive, or none", label, "", "copy or download it again")
    begins = begins or b""
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
    first, raw_bytes, others = 0, "", False
    with open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                others |= not line.decode(encoding).isascii()
            except UnicodeDecodeError as error:
                if not first:
                    first, raw_bytes = number, line[error.start : max(error.end, error.start + 1)].hex(" ")
    if not first:
        return Fault(what, where=label, remedy=remedy)
    if others:
        remedy = f"several encodings are mixed, others are in {encoding!r}: correct line {first:,} and its like"
    return Fault(f"{what}: line {first:,} holds the bytes {raw_bytes}", where=label, remedy=remedy)


def _unclosed(label: str, line: int | None = None) -> Fault:
    remedy = "close the quotation mark, or write a mark inside a value twice"
    place = f": the one in line {line:,}" if line else ""
    return Fault(f"a quotation mark is opened and never closed{place}", where=label, remedy=remedy)


def require_closed(path: Path, label: str, delimiter: str, encoding: str) -> None:
    """Refuse a file in which a value takes in the rows that follow an open quotation mark: they would be lost."""
    line = open_quotation(path, delimiter, encoding)
    if line is not None:
        raise InputError(_unclosed(label, line))


def open_quotation(path: Path, delimiter: str, encoding: str) -> int | None:
    """Return the line in which a quotation is opened that does not close, or closes lines later inside a value."""
    opens = re.compile(rf'(?:^|{re.escape(delimiter)})"')
    closes = re.compile(r'(?:[^"]|"")*+"')
    opened: int | None = None
    with open_text(path, encoding, errors="replace") as file:
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


def _ragged(label: str, width: int, rows: Sequence[arrow_csv.InvalidRow], delimiter: str, *, mostly: bool) -> Fault:
    shown = [f"row {row.number} has {row.actual_columns}" for row in rows[:5]]
    values = counted(width, "value")
    rest = f" and {len(rows) - 5:,} more rows" if len(rows) > 5 else ""
    return Fault(
        f"the header has {counted(width, 'column')}, but {', '.join(shown)}{rest}",
        where=label,
        allowed=f"rows of {values} separated by {delimiter!r}; a value with {delimiter!r} in it stands in quotes",
        remedy="repair these rows, or set delimiter"
        + ("; where every line is one basket and its values the items, add layout: baskets" if mostly else ""),
    )


def text_table(header: Sequence[str], rows: Iterable[tuple[int, Sequence[str | None]]], label: str) -> pa.Table:
    """Return rows of text as a table with their numbers.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : iterable of (int, sequence of str or None)
        Each row with its number.
    label : str
        How messages call the source.

    Raises
    ------
    InputError
        When the text is too large.
    """
    return pa.Table.from_batches(text_blocks(header, rows, label))


def text_blocks(
    header: Sequence[str], rows: Iterable[tuple[int, Sequence[str | None]]], label: str
) -> Iterator[pa.RecordBatch]:
    """Yield rows of text with their numbers, so many at a time; of no rows, one block without any.

    Parameters
    ----------
    header, rows, label
        As for `text_table`.

    Raises
    ------
    InputError
        When the text is too large.
    """
    schema = pa.schema([*((name, pa.string()) for name in header), (ROW, pa.int64())])
    pending: list[tuple[int, Sequence[str | None]]] = []
    letters = since = 0

    def block() -> pa.RecordBatch:
        columns = [pa.array([row[position] for _, row in pending], pa.string()) for position in range(len(header))]
        return pa.record_batch([*columns, pa.array([number for number, _ in pending], pa.int64())], schema)

    for row in rows:
        pending.append(row)
        letters += sum(map(len, filter(None, row[1])))
        require_modest_letters(letters, label)
        if len(pending) == _BATCH_ROWS or letters - since > _BATCH_LETTERS:
            yield block()
            pending.clear()
            since = letters
    yield block()


def require_modest_letters(letters: int, label: str) -> None:
    """Refuse a source of which more letters are read than a computer should hold.

    Raises
    ------
    InputError
        When they are too many.
    """
    if letters > TEXT_AT_MOST:
        what, remedy = f"holds more than {TEXT_AT_MOST / 1e9:g} GB of text", "save it as Parquet"
        raise InputError(Fault(what, label, f"{TEXT_AT_MOST / 1e9:g} GB at most", remedy))


def put_together(tables: Sequence[pa.Table]) -> pa.Table:
    """Return tables of text with the same columns as one, row numbers counted on from file to file.

    What reading has found in their columns is put together too.
    """
    names = tables[0].column_names
    numbered = []
    for number, table in enumerate(tables):
        rows = pc.add(table[ROW], pa.scalar(number * ROWS_OF_A_FILE, pa.int64()))
        whole = table.select(names).set_column(names.index(ROW), ROW, rows)
        numbered.append(whole.replace_schema_metadata())
    return pa.concat_tables(numbered).replace_schema_metadata(_together([table.schema.metadata for table in tables]))


def _together(notes: Sequence[Mapping[bytes, bytes] | None]) -> dict[bytes, bytes]:
    """Return the notes of several readings as one: lists joined, counts added up."""
    found: dict[bytes, Any] = {}
    for key, text in ((key, text) for one in notes for key, text in (one or {}).items()):
        said = json.loads(text)
        if isinstance(said, list):
            found[key] = sorted({*found.get(key, ()), *said})
            continue
        counts = found.setdefault(key, {})
        for column, by_code in said.items():
            for code, rows in by_code.items():
                held = counts.setdefault(column, {})
                held[code] = held.get(code, 0) + rows
    return {key: json.dumps(value).encode() for key, value in found.items()}


def rows_in_words(numbers: Sequence[int], label: str, files: Sequence[str] = (), *, more: bool = False) -> str:
    """Return where rows stand, in words.

    Parameters
    ----------
    numbers : sequence of int
        Row numbers, as reading gave them.
    label : str
        The source.
    files : sequence of str
        The files it is put together from, if several.
    more : bool
        Whether there are further rows.

    Examples
    --------
    >>> rows_in_words([3, 7], "lines.csv", more=True)
    'row 3, 7 and more of lines.csv'
    >>> rows_in_words([3, ROWS_OF_A_FILE + 2], "orders-*.csv", ["orders-1.csv", "orders-2.csv"])
    'row 3 of orders-1.csv, row 2 of orders-2.csv'
    """
    by_file: dict[int, list[int]] = {}
    for number in numbers:
        by_file.setdefault(number // ROWS_OF_A_FILE, []).append(number % ROWS_OF_A_FILE)
    beyond = " and more" if more else ""
    if not files:
        return f"row {', '.join(map(str, numbers))}{beyond} of {label}"
    parts = [f"row {', '.join(map(str, rows))} of {files[file]}" for file, rows in by_file.items()]
    return ", ".join(parts) + beyond


def value_text(value: object) -> str | None:
    """Return a typed value as text; None where there is none."""
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
