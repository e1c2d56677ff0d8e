"""Cells of workbooks and SQLite files become the same text however many rows are read at a time."""

import random
import sqlite3
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from tests.cases import make_study, shop
from tests.workbook_files import write_ods, write_xls, write_xlsb

from helpers.core.errors import InputError
from helpers.study import cell_blocks
from helpers.study.grammar import TableSpec
from helpers.study.other_workbooks import other_workbook_blocks
from helpers.study.sqlite_files import sqlite_blocks
from helpers.study.study import load_study
from helpers.study.text_tables import ROW, value_text
from helpers.study.workbooks import xlsx_blocks

WRITERS = {".ods": write_ods, ".xls": write_xls, ".xlsb": write_xlsb}
CELLS: dict[str, tuple[Any, ...]] = {
    "text": ("a", "", "  ", "007", "1,5", "Ü" * 40, None),
    "grouped": ("12.345", "a", "1.2345", " 1,234 ", None),
    "whole": (0, 7, 2**53, 2**53 + 1, -3, None),
    "number": (0.0, -0.0, 1.0, 1.5, 1e-7, 2.0**53, 1e20, float("inf"), None),
    "moment": (datetime(2024, 2, 29, 12, 30), date(2024, 3, 1), time(8, 5), timedelta(hours=30), None),
    "mixed": (1, 1.0, True, False, "1", 2**53, 2.0**53, b"caf\xe9", b"", "", None),
    "empty": (None, ""),
}


def drawn_rows(seed: int) -> list[list[Any]]:
    """Return rows of cells, some of them short, too long, or without any value."""
    draw = random.Random(seed)  # noqa: S311  no secret
    rows = [[draw.choice(cells) for cells in CELLS.values()] for _ in range(60)]
    for row in draw.sample(rows, 12):
        row[:] = draw.choice(([], [None] * 7, row[:3], [*row, "beyond"], ["", None]))
    return rows


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("blank_rows", [True, False])
def test_no_size_of_a_block_changes_a_value(seed: int, blank_rows: bool, monkeypatch: pytest.MonkeyPatch):
    header, rows = list(CELLS), drawn_rows(seed)
    texts = [
        (number, [value_text(cell) for cell in row[:7]] + [None] * (7 - len(row))) for number, row in rows_of(rows)
    ]
    expected = [[*row, number] for number, row in texts if blank_rows or any(row)]
    for at_once, letters in ((1, 10**8), (7, 30), (1000, 10**8), (1000, 10)):
        monkeypatch.setattr(cell_blocks, "_ROWS_AT_ONCE", at_once)
        monkeypatch.setattr(cell_blocks, "_LETTERS_AT_ONCE", letters)
        monkeypatch.setattr(cell_blocks, "BLOCK_ROWS", 2 * at_once)
        written: set[str] = set()
        found = pa.Table.from_batches(
            cell_blocks.cell_blocks(header, rows_of(rows), "k.xlsx", written, blank_rows=blank_rows)
        )
        assert [list(row.values()) for row in found.to_pylist()] == expected
        assert written == {"grouped"}


def rows_of(rows: list[list[Any]]) -> list[tuple[int, list[Any]]]:
    return list(enumerate(rows, start=2))


def test_a_sheet_without_rows_is_one_block_without_any():
    (block,) = cell_blocks.cell_blocks(["id", "name"], [], "k.xlsx", set(), blank_rows=False)
    assert (block.num_rows, block.schema.names) == (0, ["id", "name", ROW])


def test_a_block_is_handed_on_before_the_next_rows_are_read():
    read: list[int] = []

    def rows():
        for number in range(3 * cell_blocks.BLOCK_ROWS):
            read.append(number)
            yield number, ["C1"]

    first = next(cell_blocks.cell_blocks(["id"], rows(), "k.xlsx", set(), blank_rows=False))
    assert len(read) == first.num_rows == cell_blocks.BLOCK_ROWS


class TestWorkbooks:
    def test_a_number_shown_with_leading_zeros_is_no_number_written_as_text(self, tmp_path: Path):
        book = openpyxl.Workbook()
        for line in [["id", "rate"], [7, 1.234], [True, 1.5]]:
            book.active.append(line)
        for cell in (*book.active["A"], *book.active["B"]):
            cell.number_format = "000"
        book.save(tmp_path / "k.xlsx")
        written: set[str] = set()
        (block,) = xlsx_blocks(tmp_path / "k.xlsx", "k.xlsx", TableSpec(source="k.xlsx"), written)
        assert block["id"].to_pylist() == ["007", "true"]
        assert block["rate"].to_pylist() == ["1.234", "1.5"]
        assert written == set()

    @pytest.mark.parametrize("ending", list(WRITERS))
    def test_blank_rows_above_and_blank_columns_at_the_left_keep_rows_and_columns_in_place(
        self, ending: str, tmp_path: Path
    ):
        rows = [[None] * 3, [None, "id", "name"], [None] * 3, [None, "C1", 2.0], [None, "C2"]]
        path = WRITERS[ending](tmp_path / f"k{ending}", {"Blank": [[None]], "Kunden": rows})
        with pytest.raises(InputError, match="the header has no name in position 1"):
            list(other_workbook_blocks(path, path.name, TableSpec(source=path.name, header_row=2), set()))
        rows = [row[1:] for row in rows]
        path = WRITERS[ending](tmp_path / f"k{ending}", {"Blank": [[None]], "Kunden": rows})
        (block,) = other_workbook_blocks(path, path.name, TableSpec(source=path.name, header_row=2), set())
        assert block.to_pydict() == {"id": ["C1", "C2"], "name": ["2", None], ROW: [4, 5]}

    @pytest.mark.parametrize("ending", list(WRITERS))
    def test_the_first_column_may_be_blank_in_every_row(self, ending: str, tmp_path: Path):
        path = WRITERS[ending](tmp_path / f"k{ending}", {"Kunden": [["id", "name"], [None, "Eva"], [None, "Ida"]]})
        (block,) = other_workbook_blocks(path, path.name, TableSpec(source=path.name), set())
        assert block.to_pydict() == {"id": [None, None], "name": ["Eva", "Ida"], ROW: [2, 3]}

    @pytest.mark.parametrize("ending", [*WRITERS, ".xlsx"])
    def test_several_workbooks_are_one_table_and_a_row_is_named_with_its_file(self, ending: str, tmp_path: Path):
        lines = shop(12)
        cells = [list(lines.columns), *lines.astype({"time": str}).to_numpy().tolist()]
        for name, rows in (("a", cells[:40]), ("b", [cells[0], *cells[40:]])):
            if name == "b":
                rows[3][3] = "many"
            path = tmp_path / f"lines-{name}{ending}"
            if ending == ".xlsx":
                book = openpyxl.Workbook()
                for row in rows:
                    book.active.append(row)
                book.save(path)
            else:
                WRITERS[ending](path, {"Lines": rows})
        entry = {"source": f"../lines-*{ending}", "columns": {name: name for name in lines.columns}}
        study = load_study(make_study(tmp_path / "study", {}, sources={"transactions": entry}))
        (fault,) = study.check()
        assert "'many'" in fault.what
        assert f"row 4 of ../lines-b{ending}" in fault.what + fault.where


def test_sqlite_keeps_rows_without_values_and_empty_bytes(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "k.db")) as connection:
        connection.execute("CREATE TABLE kunden (id, name)")
        rows = [(None, None), (1, b""), (1.0, "1.234"), ("", b"caf\xe9")]
        connection.executemany("INSERT INTO kunden VALUES (?, ?)", rows)
        connection.commit()
    written: set[str] = set()
    (block,) = sqlite_blocks(tmp_path / "k.db", "k.db", TableSpec(source="k.db", table="kunden"), written)
    assert block.to_pydict() == {"id": [None, "1", "1", None], "name": [None, "", "1.234", "caf�"], ROW: [2, 3, 4, 5]}
    assert written == {"name"}


class GivesUp(BaseException):
    """As libraries in Rust raise it where they cannot go on: no Exception."""

    __module__ = "pyo3_runtime"


@pytest.mark.parametrize("at", ["the file", "the sheet", "the rows"])
def test_a_reader_that_gives_up_is_one_message(tmp_path, monkeypatch, at):
    def gives_up(*_):
        raise GivesUp("called `Option::unwrap()` on a `None` value")

    sheet = SimpleNamespace(name="a", start=(0, 0), iter_rows=gives_up)
    found = gives_up if at == "the sheet" else lambda _name: sheet
    book = SimpleNamespace(sheet_names=["a"], get_sheet_by_name=found, close=lambda: None)
    opened = SimpleNamespace(from_path=gives_up if at == "the file" else lambda _path: book)
    monkeypatch.setattr("python_calamine.CalamineWorkbook", opened)
    path = tmp_path / "a.xlsb"
    path.write_bytes(b"")
    with pytest.raises(InputError, match="or a damaged one" if at == "the file" else "the sheet 'a' cannot be read"):
        list(other_workbook_blocks(path, path.name, TableSpec(source=path.name), set()))
