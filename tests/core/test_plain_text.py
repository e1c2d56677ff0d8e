"""Control characters from client data reach no report, no spreadsheet and no terminal as they are."""

import json
import unicodedata
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tests.cases import make_study, shop

from helpers.cli import main
from helpers.core.errors import Fault
from helpers.core.plain_text import printable, printable_all

EVIL = "a\x1b[31mb\x00c\x9bd\u2028e\u202ef\u2066g\x7f"
RAW = "\x1b\x00\x9b\u2028\u2029\u202e\u2066\x7f"


@given(st.text())
def test_nothing_that_steers_is_left_and_all_else_stays(text: str) -> None:
    shown = printable(text)
    assert printable(shown) == shown
    shown.encode("utf-8")
    left = {sign for sign in shown if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")}
    assert left <= {"\n", "\t"}
    harmless = "".join(sign for sign in text if unicodedata.category(sign)[0] in "LNPS" or sign == " ")
    assert "".join(sign for sign in harmless if sign not in shown) == ""


@pytest.mark.parametrize("text", ["Zoë 客户 👩‍👩‍👧", "סלאם\u200f (x)", "نص\u200e", "a\tb\nc", "50\u00a0%"])
def test_what_people_write_is_left_alone(text: str) -> None:
    assert printable(text) == text


def test_nested_content_is_made_printable() -> None:
    assert printable_all({EVIL: [EVIL, 1, None, b"\x00"]}) == {printable(EVIL): [printable(EVIL), 1, None, b"\x00"]}


def test_a_fault_is_safe_to_show_in_a_terminal() -> None:
    assert not set(str(Fault(EVIL, EVIL, EVIL, EVIL))) & set(RAW)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_command_writes_no_control_characters(tmp_path: Path, options: list[str]) -> None:
    lines = shop(30).rename(columns={"amount": "amount\u202e"})
    columns = {"customer_id": "customer_id", "order_id": "order_id", "time": "time", "amount": "amuont\u202e"}
    folder = make_study(tmp_path / "shop", {"transactions": lines}, sources={"transactions": {"columns": columns}})
    result = CliRunner().invoke(main, ["check", str(folder), *options])
    assert result.exit_code == 2
    assert not set(result.output) & set(RAW)
    if options:
        assert json.loads(result.stdout)["status"] == "wrong input"


def test_spreadsheets_hold_no_control_characters(tmp_path: Path) -> None:
    import xlsxwriter

    from helpers.suite.report.excel_cells import CellWriter

    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        sheet, writer = book.add_worksheet(), CellWriter(book)
        writer.head(sheet, 0, [EVIL])
        writer.cell(sheet, 1, 0, EVIL)
    values = [cell.value for row in openpyxl.load_workbook(tmp_path / "t.xlsx").active.iter_rows() for cell in row]
    assert values == [printable(EVIL)] * 2
