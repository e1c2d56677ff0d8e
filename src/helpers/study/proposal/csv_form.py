"""How a delimited file is written: encoding, delimiter, and the row that names the columns, each with evidence."""

import codecs
import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, cast

from helpers.core.errors import Fault, InputError, counted, some_of
from helpers.study.headers import LOOKED_AT, clean_name, header_among, mark_of_separator_line
from helpers.study.packed_text import require_modest_text
from helpers.study.proposal.byte_habits import likely_encodings

DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_CHUNK = 1 << 20
_ROWS = 200
_NUL_SHARE = 0.3
_GZIP = b"\x1f\x8b"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_WORD = re.compile(r"\w*[^\W\d_a-zA-Z]\w*")


@dataclass(frozen=True)
class CsvForm:
    """How a delimited file is written.

    Parameters
    ----------
    encoding, delimiter : str
        As a study file names them.
    header_row : int
        Number of the row that names the columns, from 1.
    header : tuple of str
        These names.
    lines_above : int
        Lines of the file above the first row below.
    said : bool
        Whether the first line says the delimiter.
    evidence : dict of str to str
        By key of the study file: why.
    """

    encoding: str
    delimiter: str
    header_row: int
    header: tuple[str, ...]
    lines_above: int
    said: bool = False
    evidence: dict[str, str] = field(default_factory=dict)

    @property
    def is_plain(self) -> bool:
        """Whether an engine that knows UTF-8 alone reads it, with names for all columns."""
        return self.encoding == "utf-8" and len(set(self.header)) == len(self.header) and all(self.header)

    def keys(self, ending: str) -> dict[str, str | int]:
        """Return the keys that a study file needs beside the name of the file."""
        usual = "\t" if ending.startswith(".tsv") else ","
        found: dict[str, str | int] = {}
        if self.delimiter != usual and not self.said:
            found["delimiter"] = self.delimiter
        if self.encoding != "utf-8":
            found["encoding"] = self.encoding
        if self.header_row != (2 if self.said else 1):
            found["header_row"] = self.header_row
        return found


def find_form(path: Path, *, whole: bool = True) -> CsvForm:
    """Find out how a delimited file is written.

    Parameters
    ----------
    path : Path
        The file, gzipped or not.
    whole : bool
        Whether all of it is looked at for its encoding, or its beginning alone: who reads it then finds the rest out.

    Raises
    ------
    InputError
        When it is empty, no text, text in several encodings, or unpacks to too much.
    """
    require_modest_text(path, path.name)
    encoding, shown = _encoding(path, whole=whole)
    with _opened(path) as file:
        lines = codecs.getreader("utf-8-sig" if encoding == "utf-8" else encoding)(file)
        first = list(islice(lines, _ROWS))
    if not any(line.strip() for line in first):
        raise InputError(Fault("is empty", path.name, "names of columns, then rows", "export it again"))
    said = mark_of_separator_line(first[0])
    delimiter = said or _delimiter(first)
    rows, ends = _rows(first, delimiter)
    start = 1 if said else 0
    position = _header_position(rows[start:]) + start
    header = tuple(clean_name(name) for name in rows[position])
    evidence = {
        "delimiter": f"{_NAMES.get(delimiter, repr(delimiter))} cut the first rows into {len(header)} columns",
        "encoding": f"it is not UTF-8; read so, it holds {shown}",
        "header_row": f"what stands in the {counted(position, 'row')} above names no columns",
    }
    return CsvForm(encoding, delimiter, position + 1, header, ends[position], bool(said), evidence)


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        zipped = file.read(2) == _GZIP
    return cast(IO[bytes], gzip.open(path, "rb")) if zipped else path.open("rb")


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with _opened(path) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (gzip.BadGzipFile, EOFError) as error:
        raise InputError(Fault("is a damaged gzip archive", path.name, "", "copy or export it again")) from error
    except PermissionError as error:
        raise InputError(Fault("may not be read", path.name, "", "change its permissions")) from error


def _encoding(path: Path, *, whole: bool) -> tuple[str, str]:
    """Return the name of an encoding that reads all of a file, and words that show what it makes of it."""
    chunks = _chunks(path)
    begins = next(chunks, b"")
    if begins.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "a mark of its byte order"
    even, odd = begins[:4096:2].count(0), begins[1:4096:2].count(0)
    if max(even, odd) > _NUL_SHARE * min(len(begins), 4096) / 2 and min(even, odd) < max(even, odd) / 10:
        return ("utf-16-le" if odd > even else "utf-16-be"), "two bytes for every letter"
    if len(_CONTROL.findall(begins)) > len(begins) / 1000 or b"\x00" in begins:
        remedy = "give it the ending of what it is, or export it as CSV again"
        raise InputError(Fault("is no text: it holds bytes that stand for no letter", path.name, "", remedy))
    reader = codecs.getincrementaldecoder("utf-8")()
    try:
        reader.decode(begins)
        for chunk in chunks if whole else ():
            reader.decode(chunk)
        reader.decode(b"", final=whole)
    except UnicodeDecodeError:
        return _other_encoding(path)
    return "utf-8", ""


def _other_encoding(path: Path) -> tuple[str, str]:
    """Return the encoding of text that is not UTF-8, by how its bytes beyond ASCII follow each other."""
    lines = [line for chunk in _chunks(path) for line in chunk.split(b"\n") if not line.isascii()]
    unicode_lines = sum(map(_is_utf8, lines))
    # The last line of a chunk may be cut within a letter.
    if unicode_lines > 1 and unicode_lines > len(lines) / 10:
        what = f"is in several encodings: {counted(unicode_lines, 'line')} in UTF-8, {len(lines) - unicode_lines:,} not"
        raise InputError(Fault(what, path.name, "one encoding in all lines", "export it again as UTF-8"))
    content = b"\n".join(lines)
    for name in likely_encodings(content):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        return name, some_of(list(dict.fromkeys(_WORD.findall(text))), at_most=3)
    what, remedy = "holds bytes that are text in no encoding known here", "save it as UTF-8"
    raise InputError(
        Fault(what, path.name, "utf-8, cp1252, cp1250, cp1251, cp1254, gb18030, big5, cp932, cp949", remedy)
    )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _rows(lines: Sequence[str], delimiter: str) -> tuple[list[list[str]], list[int]]:
    """Return the first rows, and by row how many lines end with it."""
    reader = csv.reader(lines, delimiter=delimiter)
    rows, ends = [], []
    with suppress(csv.Error):
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
    return rows, ends


def _delimiter(lines: Sequence[str]) -> str:
    """Return the mark that cuts most rows into the same number of values, more than one."""

    def merit(mark: str) -> tuple[float, int]:
        rows = [row for row in _rows(lines, mark)[0] if row]
        width, alike = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
        widest = Counter(len(row) for row in rows if len(row) > 1).most_common(1)
        if width == 1 and widest:
            width, alike = widest[0]
        return (alike / max(len(rows), 1) if width > 1 else 0.0) * min(width, 8), width

    return max(DELIMITERS, key=merit)


def _header_position(rows: Sequence[Sequence[str]]) -> int:
    """Return which row names the columns: below titles of any width, the first as wide as the rows that follow."""
    looked_at = rows[: LOOKED_AT + 1]
    found = header_among(looked_at)
    if found is not None:
        return found
    widths = Counter(len(row) for row in rows if len(row) > 1)
    usual = widths.most_common(1)[0][0] if widths else 1
    filled = [sum(bool(cell.strip()) for cell in row) for row in looked_at]
    if filled and filled[0] * 2 > usual:
        return 0
    return next((place for place, count in enumerate(filled) if count * 2 > usual), 0)
