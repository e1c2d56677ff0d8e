"""Workbooks in forms that no library here writes: the least of .ods, .xlsb and .xls that holds a table.

Written by the published formats (OASIS OpenDocument 1.2, Microsoft MS-XLSB, MS-XLS and MS-CFB). Cells are texts,
numbers and, but for .xlsb, times.
"""

import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

Cell = str | float | datetime | None
Sheets = Mapping[str, Sequence[Sequence[Cell]]]
_EXCEL_DAY_NOUGHT = datetime(1899, 12, 30)
_SECTOR = 512
_END, _FAT_SECTOR, _FREE = 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def write_ods(path: Path, sheets: Sheets, *, encrypted: bool = False) -> Path:
    """Write an OpenDocument spreadsheet; encrypted, its list of parts says so."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">'
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    lock = '<manifest:encryption-data manifest:checksum="x"/>' if encrypted else ""
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">'
        f"{lock}</manifest:file-entry></manifest:manifest>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def write_xlsb(path: Path, sheets: Sheets) -> Path:
    """Write a binary workbook; times as text."""
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    sheet_list = b"".join(
        _brt(156, struct.pack("<II", 0, number) + _wide(f"rId{number}") + _wide(name))
        for number, name in enumerate(sheets, start=1)
    )
    book = _brt(131) + _brt(143) + sheet_list + _brt(144) + _brt(132)
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{relations}/worksheet" Target="worksheets/sheet{number}.bin"/>'
        for number in range(1, len(sheets) + 1)
    )
    xmlns = "http://schemas.openxmlformats.org/package/2006/relationships"
    root = f'<Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.bin"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/"/>')
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{xmlns}">{root}</Relationships>')
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{xmlns}">{links}</Relationships>')
        for number, rows in enumerate(sheets.values(), start=1):
            archive.writestr(f"xl/worksheets/sheet{number}.bin", _xlsb_sheet(rows))
    return path


def write_locked(path: Path) -> Path:
    """Write what Excel makes of a workbook with a password: a compound file with the encrypted archive in it."""
    path.write_bytes(_compound_file("EncryptedPackage", b"\x7f" * 5000))
    return path


def write_xls(path: Path, sheets: Sheets, *, encrypted: bool = False) -> Path:
    """Write a workbook of Excel 97 to 2003; encrypted, it says so in its first records."""
    begins = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0x0DBB, 0x07CC, 0, 6))
    begins += _biff(0x002F, struct.pack("<HHH", 1, 1, 1) + b"\0" * 48) if encrypted else b""
    formats = b"".join(_biff(0x00E0, struct.pack("<HH16x", 0, shown_as)) for shown_as in (0, 22))  # 22 is day and clock
    bodies = [_xls_sheet(rows) for rows in sheets.values()]
    entries = [name.encode("utf-16-le") for name in sheets]
    length = len(begins) + len(formats) + sum(12 + len(entry) for entry in entries) + 4
    listed, position = b"", length
    for entry, body in zip(entries, bodies, strict=True):
        listed += _biff(0x0085, struct.pack("<IBBBB", position, 0, 0, len(entry) // 2, 1) + entry)
        position += len(body)
    path.write_bytes(_compound_file("Workbook", begins + formats + listed + _biff(0x000A) + b"".join(bodies)))
    return path


def _ods_cell(value: Cell) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, datetime):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, str):
        kind = 'office:value-type="string"'
    else:
        kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def _brt(number: int, content: bytes = b"") -> bytes:
    """Return a record of MS-XLSB: number and length in bytes of seven bits."""
    kind = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
    size, length = b"", len(content)
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return kind + size + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _xlsb_sheet(rows: Sequence[Sequence[Cell]]) -> bytes:
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    found = [_brt(129), _brt(148, size), _brt(145)]
    for number, row in enumerate(rows):
        found.append(_brt(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0)))
        for column, value in enumerate(row):
            place = struct.pack("<II", column, 0)
            if isinstance(value, str | datetime):
                found.append(_brt(6, place + _wide(str(value))))
            elif value is not None:
                found.append(_brt(5, place + struct.pack("<d", value)))
    return b"".join([*found, _brt(146), _brt(130)])


def _biff(number: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def _xls_sheet(rows: Sequence[Sequence[Cell]]) -> bytes:
    found = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0x0DBB, 0x07CC, 0, 6))
    found += _biff(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                found += _biff(0x0204, struct.pack("<HHH", number, column, 0) + text)
            elif value is not None:
                is_time = isinstance(value, datetime)
                days = (value - _EXCEL_DAY_NOUGHT).total_seconds() / 86_400 if is_time else float(value)
                found += _biff(0x0203, struct.pack("<HHHd", number, column, int(is_time), days))
    return found + _biff(0x000A)


def _compound_file(name: str, stream: bytes) -> bytes:
    """Return a compound file that holds one stream; those below 4,096 bytes would lie elsewhere, so it is padded."""
    stream = stream.ljust(4096, b"\0")
    sectors = -(-len(stream) // _SECTOR)
    fat_sectors = -(-(sectors + 2) // 127)
    chain = [_FAT_SECTOR] * fat_sectors + [_END] + [fat_sectors + 2 + place for place in range(sectors - 1)] + [_END]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(fat_sectors * _SECTOR, b"\xff")
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors, fat_sectors, 0, 4096, _END, 0, _END, 0,
    )  # fmt: skip
    head += struct.pack(f"<{fat_sectors}I", *range(fat_sectors)).ljust(109 * 4, b"\xff")
    entries = _entry("Root Entry", 5, child=1, start=_END, size=0) + _entry(name, 2, child=_FREE,
                     start=fat_sectors + 1, size=len(stream))  # fmt: skip
    return head + fat + entries.ljust(_SECTOR, b"\0") + stream.ljust(sectors * _SECTOR, b"\0")


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", _FREE, _FREE, child)
    return text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1) + links + b"\0" * 36 + struct.pack("<IQ", start, size)  # fmt: skip  # noqa: E501
