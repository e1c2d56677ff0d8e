"""A review sheet that came back with other cells than it had: every kind of harm is reported, none is a trace."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.identification.linkage import read_review, write_review
from helpers.identification.linkage.review import Review
from helpers.identification.linkage.review_sheet import ANSWER_COLUMN, HEADER, PAIRS_SHEET, STRATA_SHEET

STRATA = pd.DataFrame(
    {
        "stratum": [0, 1],
        "linked": [False, True],
        "from_probability": [0.0, 0.5],
        "to_probability": [0.5, 1.0],
        "pairs": [10, 20],
        "drawn": [2, 2],
        "expected": [0.1, 0.9],
    }
)


@pytest.fixture(scope="module")
def sheet() -> bytes:
    records = pd.DataFrame({"record_id": [f"r{n}" for n in range(8)], "city": list("abcdefgh")})
    pairs = pd.DataFrame(
        {
            "pair": [0, 1, 2, 3],
            "source_l": "records",
            "record_id_l": ["r0", "r2", "r4", "r6"],
            "source_r": "records",
            "record_id_r": ["r1", "r3", "r5", "r7"],
            "match_probability": [0.1, 0.2, 0.8, 0.9],
            "stratum": [0, 0, 1, 1],
        }
    )
    return write_review(Review(pairs, STRATA), records, ["city"])


def changed(content: bytes, change: Callable[[Any], None]) -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    change(book)
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


def column_of(cells: Any, name: str) -> int:
    return [cell.value for cell in cells[1]].index(name) + 1


def test_a_sheet_as_it_was_written_is_read(sheet: bytes) -> None:
    read = read_review(sheet)
    pd.testing.assert_frame_equal(read.strata, STRATA)
    assert read.pairs["stratum"].tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("value", ["A", "1 of 2", None, -1, 1.5, 10**300, float(10**17), datetime(2024, 1, 1), True, 7])
@pytest.mark.parametrize(
    ("name", "column"),
    [(PAIRS_SHEET, "stratum"), (PAIRS_SHEET, "pair"), *((STRATA_SHEET, column) for column in STRATA)],
)
def test_a_cell_that_holds_another_value_is_reported_with_its_row(
    sheet: bytes, name: str, column: str, value: object
) -> None:
    def change(book: Any) -> None:
        cells = book[name]
        cells.cell(3, column_of(cells, column)).value = value

    if (column, value) in [("pairs", 7), ("pair", 7)]:
        return  # as good a number as any
    with pytest.raises(InputError, match=rf"sheet '({name}|pairs|strata)'") as caught:
        read_review(changed(sheet, change))
    assert all(fault.remedy for fault in caught.value.faults)
    if value not in (7, True):
        assert "row 3" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        *((PAIRS_SHEET, column) for column in (*HEADER, ANSWER_COLUMN, "city (left)", "city (right)")),
        *((STRATA_SHEET, column) for column in STRATA),
    ],
)
def test_a_column_that_is_gone_is_reported(sheet: bytes, name: str, column: str) -> None:
    with pytest.raises(
        InputError, match=rf"sheet '{name}': no column '{column.replace('?', '.').replace('(', '.')[:6]}"
    ):
        read_review(changed(sheet, lambda book: book[name].delete_cols(column_of(book[name], column))))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda book: book.remove(book[STRATA_SHEET]), "no sheet 'strata'"),
        (lambda book: book[STRATA_SHEET].delete_rows(1, 9), "no column 'stratum'"),
        (lambda book: book[STRATA_SHEET].delete_rows(2, 9), "4 pairs of a stratum that is not in sheet 'strata'"),
        (lambda book: book[STRATA_SHEET].delete_rows(3), "2 pairs of a stratum that is not in sheet 'strata'"),
        (lambda book: book[PAIRS_SHEET].delete_rows(1), "no column 'pair'"),
        (lambda book: book[PAIRS_SHEET].delete_rows(2, 9), "rows were added, deleted or changed"),
        (lambda book: book[PAIRS_SHEET].delete_cols(7, 2), "no column shows anything of the records"),
        (lambda book: book[PAIRS_SHEET].insert_rows(1, 2), "no column 'pair'"),
        (lambda book: book[STRATA_SHEET].append([1, 1, 0.5, 1, 20, 2, 0.9]), "strata stand twice: '1'"),
        (lambda book: book[STRATA_SHEET].cell(2, 6, 11), "more drawn than there are"),
    ],
)
def test_sheets_that_do_not_fit_together(sheet: bytes, change: Callable[[Any], None], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_review(changed(sheet, change))
    assert all(fault.remedy for fault in caught.value.faults)


def test_a_damaged_or_monstrous_workbook_is_reported(sheet: bytes) -> None:
    with ZipFile(BytesIO(sheet)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
        packed = BytesIO()
        with ZipFile(packed, "w") as archive:
            for part, content in parts.items():
                archive.writestr(part, content[: len(content) // 2] if part == name else content)
        with pytest.raises(InputError, match="review sheet: is a damaged Excel workbook"):
            read_review(packed.getvalue())
    packed = BytesIO()
    with ZipFile(packed, "w", 8, compresslevel=1) as archive:
        archive.writestr("xl/big.bin", bytes(210_000_000))
    with pytest.raises(InputError, match=r"review sheet: unpacks to 0\.2 GB(?s:.*)remedy"):
        read_review(packed.getvalue())
    with pytest.raises(InputError, match="review sheet: cannot be read as an Excel workbook"):
        read_review(b"pair;answer\n1;yes\n")
