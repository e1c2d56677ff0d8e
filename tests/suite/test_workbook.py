"""The Excel file of a run: typed, harmless, with a sheet that says what each table is."""

from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from helpers.suite.report import workbook
from helpers.suite.report.blocks import TableColumn
from helpers.suite.report.excel_cells import OPTIONS, CellWriter, QuickWorksheet, heading, is_dates, number_format
from helpers.suite.report.model import build_report
from helpers.suite.report.workbook import sheet_names, write_lists, write_workbook

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("https://evil.example")']
HARMLESS = ["https://evil.example", "{=1}"]


@pytest.fixture(scope="module")
def book(sample_report, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "tables.xlsx"
    write_workbook(sample_report, path)
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def lists(sample_report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    write_lists(sample_report, folder)
    return openpyxl.load_workbook(folder / "lists.xlsx")


def rows_of(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_the_first_sheet_says_what_each_sheet_is(book):
    assert book.sheetnames == ["Contents", "Named results", "rfm_segments", "revenue_steps"]
    contents = rows_of(book["Contents"])
    assert contents[0][0] == "Grocery households, 2017"
    assert contents[1][0] == "Tables as of 1 January 2018, money in USD"
    assert contents[4] == ["Sheet", "Table", "What one row is", "Rows", "Chapter"]
    assert contents[6] == [
        "rfm_segments",
        "Table 1. Segments by recency, frequency and money",
        "One row is one segment; ties are cut by rank.",
        5,
        "Customer differentiation",
    ]


def test_the_contents_lead_to_the_sheets(book):
    linked = [row[0].hyperlink for row in book["Contents"].iter_rows(min_row=6)]
    links = [link.location for link in linked if link]

    assert links == [f"'{name}'!A1" for name in book.sheetnames[1:]]


def test_values_are_typed_and_formatted_by_their_unit(book):
    row = book["rfm_segments"][2]

    assert [(cell.value, cell.number_format) for cell in row] == [
        ("Champions", "General"),
        (431, "#,##0"),
        (0.1746, "0.0 %"),
        (1903822.11, "#,##0.00"),
        (1.2, "#,##0.00"),
        (datetime(2017, 12, 31), "yyyy-mm-dd"),
    ]
    heads = [cell.value for cell in book["rfm_segments"][1]]
    assert heads == [
        "Segment",
        "Households",
        "Share of households",
        "Revenue (USD)",
        "Days since last (days)",
        "Last order",
    ]


def test_sheets_can_be_filtered_and_keep_their_heads_in_sight(book):
    sheet = book["revenue_steps"]

    assert sheet.auto_filter.ref == "A1:B61"
    assert sheet.freeze_panes == "B2"
    assert sheet.max_row == 61  # all rows, though the report shows eight
    assert sheet.column_dimensions["B"].width >= 10


def test_named_results_stand_in_their_own_units(book):
    shown = {
        row[0].value: (row[1].value, row[1].number_format, row[2].value)
        for row in book["Named results"].iter_rows(min_row=2)
    }

    assert shown == {
        "a_class_customers": (1030, "#,##0", "customers"),
        "hit_gain": (-1.62, "0.0", "percentage points"),
        "last": ("2017-12-31", "General", "text"),
        "redemption_rate_all": (0.1202, "0.0 %", "share"),
        "revenue": (4596039.58, "#,##0.00", "USD"),
        "top20_revenue_share": (0.5457, "0.0 %", "share"),
    }


def test_single_customers_stand_in_a_file_for_own_use_not_among_the_tables(book, lists):
    assert lists.sheetnames == ["Contents", "champions"]
    sheet, _, about, rows, _ = rows_of(book["Contents"])[-1]
    assert (sheet, rows) == ("not in this file", 3)
    assert about == "One row is one household. (lists/lists.xlsx)"


def test_a_run_without_lists_has_no_file_of_them(sample_run, tmp_path):
    write_lists(build_report(sample_run), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_customer_list_keeps_types_and_leaves_the_missing_empty(lists):
    book = lists
    assert rows_of(book["champions"]) == [
        ["Customer id", "Name", "Revenue", "Last order", "Active"],
        [1023, "=cmd|' /C calc'!A0", 1200.5, datetime(2017, 12, 31), True],
        [7, "@home", None, None, False],
        [88, "Ann <b>O'Neil</b>", 3, datetime(2017, 1, 2, 10, 30), True],
    ]
    assert book["champions"]["A2"].number_format == "0"  # a number that names a customer has no separators


def test_text_never_becomes_a_formula_or_a_link(one_notebook, make, tmp_path):
    frame = pd.DataFrame({"=cmd()": FORMULAS + HARMLESS, "number": range(8)})
    report = one_notebook(make.table(frame, name="=1+1", title="=SUM(A1)", about="@x"))
    write_workbook(report, tmp_path / "t.xlsx")
    sheets = openpyxl.load_workbook(tmp_path / "t.xlsx")
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value is not None]

    assert not [cell for cell in cells if cell.data_type == "f"]
    assert [cell.value for cell in sheets["=1+1"]["A"]][1:] == FORMULAS + HARMLESS
    assert not [cell for cell in sheets["=1+1"]["A"] if cell.hyperlink]
    assert [cell.quotePrefix for cell in sheets["=1+1"]["A"]][1:] == [True] * 6 + [False] * 2


def test_values_excel_cannot_hold_stay_text(tmp_path, one_notebook, make):
    pd.DataFrame(
        {
            "big": [2**60, 1],
            "infinite": [float("inf"), 1.5],
            "old": ["0001-01-01", "2017-01-01"],
            "zoned": [datetime(2017, 1, 1, 5, tzinfo=UTC), None],
            "exact": [Decimal("1.25"), None],
            "long": ["x" * 40_000, "line\nbreak"],
        }
    ).to_parquet(tmp_path / "people.parquet")
    report = one_notebook(make.piece("list", name="people", title="People", about="one row is one", rows=2))
    write_lists(report, tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "lists.xlsx")["people"]

    first = [cell.value for cell in sheet[2]]
    assert first[:3] == [str(2**60), "inf", "0001-01-01"]
    assert first[3:5] == [datetime(2017, 1, 1, 5), 1.25]
    assert len(first[5]) == 32_767
    assert [cell.value for cell in sheet[3]][:3] == [1, 1.5, "2017-01-01"]


def test_a_list_too_long_for_a_sheet_is_only_named(sample_report, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "LIST_ROWS_AT_MOST", 2)
    write_workbook(sample_report, tmp_path / "t.xlsx")
    write_lists(sample_report, tmp_path)
    assert not (tmp_path / "lists.xlsx").exists()
    sheets = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet, _, about, rows, _ = rows_of(sheets["Contents"])[-1]
    assert (sheet, rows) == ("not in this file", 3)
    assert about == "One row is one household. (lists/champions.parquet, too long for a sheet)"


def test_a_list_whose_rows_were_not_kept_is_only_named(sample_run, tmp_path):
    write_workbook(build_report(sample_run), tmp_path / "t.xlsx")
    sheets = openpyxl.load_workbook(tmp_path / "t.xlsx")

    assert "champions" not in sheets.sheetnames
    assert "the rows were not kept" in rows_of(sheets["Contents"])[-1][2]


def test_an_empty_table_has_its_heads(one_notebook, make, tmp_path):
    frame = pd.DataFrame({"name": pd.Series([], dtype="str"), "n": pd.Series([], dtype="int64")})
    write_workbook(one_notebook(make.table(frame, name="none", title="None", about="")), tmp_path / "t.xlsx")

    assert rows_of(openpyxl.load_workbook(tmp_path / "t.xlsx")["none"]) == [["Name", "N"]]


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (["a" * 40, "A" * 40], ["a" * 31, "A" * 27 + " (2)"]),
        (["contents", "Contents"], ["contents (2)", "Contents (3)"]),
        (["", "'''", "[]:*?/\\"], ["table", "table (2)", "table (3)"]),
        (["History"], ["History (2)"]),
        (["'quoted'"], ["quoted"]),
        (["Käufer"], ["Käufer"]),
    ],
)
def test_sheet_names_are_such_as_excel_accepts(wanted, given):
    assert sheet_names(wanted) == given


@pytest.mark.parametrize(
    ("column", "whole", "expected"),
    [
        (TableColumn("order_id", "Order", ""), True, "0"),
        (TableColumn("year", "Year", ""), True, "0"),
        (TableColumn("n", "N", "customers"), True, "#,##0"),
        (TableColumn("n", "N", "days"), False, "#,##0.00"),
        (TableColumn("n", "N", "EUR"), True, "#,##0.00"),
    ],
)
def test_number_formats(column, whole, expected):
    assert number_format(column, whole=whole) == expected


def test_a_unit_said_by_the_label_is_not_said_twice():
    assert heading(TableColumn("n", "Active customers", "customers")) == "Active customers"
    assert heading(TableColumn("n", "Age", "weeks")) == "Age (weeks)"


def test_a_column_holds_dates_only_when_all_of_it_does():
    assert is_dates(["2017-01-01", None, "2016-02-29"])
    assert not is_dates(["2017-01-01", "soon"])
    assert not is_dates(["2017-01-01", 20170101])
    assert not is_dates([None])


@pytest.mark.parametrize(
    ("given", "held", "shape"),
    [
        (
            ["2017-12-28 17:43:43", None, "2017-12-29 00:00:00"],
            [datetime(2017, 12, 28, 17, 43, 43), None, datetime(2017, 12, 29)],
            "yyyy-mm-dd hh:mm:ss",
        ),
        (["2017-12-28T17:43"], [datetime(2017, 12, 28, 17, 43)], "yyyy-mm-dd hh:mm:ss"),
        (["2017-12-28 00:00:00"], [datetime(2017, 12, 28)], "yyyy-mm-dd"),
        ([pd.NaT, pd.Timestamp("2017-12-28")], [None, datetime(2017, 12, 28)], "yyyy-mm-dd"),
        (["2017-12-28 25:00:00"], ["2017-12-28 25:00:00"], "General"),
    ],
)
def test_times_are_times_and_a_column_has_one_look(tmp_path, given, held, shape):
    with xlsxwriter.Workbook(str(tmp_path / "times.xlsx"), OPTIONS) as book:
        CellWriter(book).column(book.add_worksheet("t"), 0, TableColumn("time", "Time", ""), given)
    cells = [row[0] for row in openpyxl.load_workbook(tmp_path / "times.xlsx")["t"].iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == held
    assert {cell.number_format for cell in cells if cell.value is not None} == {shape}


def test_what_the_disk_says_is_passed_on(sample_report, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="Not a directory"):
        write_workbook(sample_report, tmp_path / "file" / "tables.xlsx")


def test_the_same_report_gives_the_same_bytes(sample_report, tmp_path):
    for name in ("first", "second"):
        write_workbook(sample_report, tmp_path / f"{name}.xlsx")

    assert (tmp_path / "first.xlsx").read_bytes() == (tmp_path / "second.xlsx").read_bytes()
    made = openpyxl.load_workbook(tmp_path / "first.xlsx").properties.created
    assert made == datetime(2018, 1, 1)


def test_numbers_written_in_one_step_give_the_same_file(tmp_path):
    values = [1, 2.5, -3e-7, 123456789.123456789, None, "tea", True, datetime(2024, 2, 29, 18, 5, tzinfo=UTC)]
    for name, kind in (("usual", None), ("quick", QuickWorksheet)):
        with xlsxwriter.Workbook(str(tmp_path / name), OPTIONS) as book:
            book.set_properties({"created": datetime(2024, 1, 1, tzinfo=UTC)})
            page, writer = book.add_worksheet("list", kind), CellWriter(book)
            for place, unit in enumerate(["share", "USD", "", *[""] * 30]):
                writer.column(page, place, TableColumn("amount", "Amount", unit), values)

    assert (tmp_path / "quick").read_bytes() == (tmp_path / "usual").read_bytes()
