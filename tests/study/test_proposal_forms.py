"""Files in other forms than CSV, each with the same lines, become the same table of a study."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from tests.cases import shop
from tests.workbook_files import write_ods, write_xls

from helpers.core.errors import InputError
from helpers.study.proposal.propose import propose

LINES = shop(20)
COLUMNS = ("customer_id", "order_id", "time", "amount", "product_id")


def cells() -> list[list[object]]:
    rows = LINES[[*COLUMNS]].itertuples(index=False)
    return [[*COLUMNS], *([a, b, c.to_pydatetime(), float(d), e] for a, b, c, d, e in rows)]


def as_duckdb(folder: Path) -> None:
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.register("lines", LINES)
        connection.execute("CREATE TABLE orders AS FROM lines")


def as_sqlite(folder: Path) -> None:
    with sqlite3.connect(folder / "shop.sqlite3") as connection:
        LINES.to_sql("orders", connection, index=False)
    connection.close()


def as_xlsx_with_a_title(folder: Path) -> None:
    with pd.ExcelWriter(folder / "shop.xlsx", engine="xlsxwriter") as book:
        LINES.to_excel(book, sheet_name="Sales", index=False, startrow=3)
        book.sheets["Sales"].write(0, 0, "Sales of all years")
        pd.DataFrame({"Read me": ["first"]}).to_excel(book, sheet_name="Info", index=False)


FORMS: dict[str, Callable[[Path], object]] = {
    "ods": lambda folder: write_ods(folder / "shop.ods", {"Orders": cells(), "Notes": [["hello"]]}),
    "xls": lambda folder: write_xls(folder / "shop.xls", {"Orders": cells()}),
    "xlsx_with_a_title": as_xlsx_with_a_title,
    "stata": lambda folder: LINES.to_stata(folder / "lines.dta", write_index=False),
    "spss": lambda folder: pyreadstat.write_sav(LINES, str(folder / "lines.sav")),
    "parquet": lambda folder: LINES.to_parquet(folder / "lines.parquet"),
    "duckdb": as_duckdb,
    "sqlite": as_sqlite,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_lines_are_found_whatever_the_form(form, tmp_path):
    if form in ("ods", "xls"):
        pytest.importorskip("python_calamine")
    FORMS[form](tmp_path)
    text = propose([str(tmp_path)]).text
    for column in COLUMNS:
        assert f"      {column}: {column}" in text
    assert "as_of: 2024-12-" in text or "as_of: 2025-01-01" in text


def test_a_sheet_whose_formulas_nobody_calculated_is_refused(tmp_path):
    book = openpyxl.Workbook()
    book.active.append([*COLUMNS])
    for number in range(2, 9):
        book.active.append([f"c{number}", f"o{number}", "2024-01-05", f"=LEN(A{number})", "p"])
    book.save(tmp_path / "shop.xlsx")
    with pytest.raises(InputError, match="holds formulas without values in 7 rows"):
        propose([str(tmp_path)])


def test_a_workbook_of_an_older_form_with_a_password_is_refused(tmp_path):
    pytest.importorskip("python_calamine")
    write_ods(tmp_path / "shop.ods", {"Orders": cells()}, encrypted=True)
    with pytest.raises(InputError, match="is locked by a password"):
        propose([str(tmp_path)])
