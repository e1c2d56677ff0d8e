"""Sources beside plain files: packed text, several files of one form, older workbooks, Stata files, queries."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from tests.cases import make_study, shop
from tests.workbook_files import write_locked, write_ods, write_xls, write_xlsb

from helpers.core.errors import Fault, InputError
from helpers.study.select_only import query_faults
from helpers.study.study import Study, load_study

LINES = shop(12)
COLUMNS = {name: name for name in LINES.columns}


def shop_from(folder: Path, source: str, **entry: Any) -> Path:
    return make_study(folder, {}, sources={"transactions": {"source": source, "columns": COLUMNS} | entry})


def faults_of(folder: Path) -> list[Fault]:
    try:
        return load_study(folder).check()
    except InputError as error:
        return list(error.faults)


def read(folder: Path) -> tuple[Study, pd.DataFrame]:
    study = load_study(folder)
    assert study.check() == []
    return study, study.table("transactions").to_pandas().sort_values(["order_id", "amount"], ignore_index=True)


EXPECTED = LINES.sort_values(["order_id", "amount"], ignore_index=True)


class TestPackedText:
    def test_a_packed_file_is_read_as_if_it_were_not(self, tmp_path: Path):
        with gzip.open(tmp_path / "lines.csv.gz", "wt", encoding="utf-8") as file:
            LINES.to_csv(file, index=False, sep=";")
        study, found = read(shop_from(tmp_path / "a", "../lines.csv.gz", delimiter=";"))
        assert found["amount"].tolist() == EXPECTED["amount"].tolist()
        assert [one.label for one in study.inputs()] == ["study.yml", "../lines.csv.gz"]

    def test_a_packed_file_of_several_parts_is_read_whole(self, tmp_path: Path):
        text = LINES.to_csv(index=False).encode()
        (tmp_path / "lines.csv.gz").write_bytes(gzip.compress(text[:5000]) + gzip.compress(text[5000:]))
        _, found = read(shop_from(tmp_path / "a", "../lines.csv.gz"))
        assert len(found) == len(LINES)

    @pytest.mark.parametrize(
        "content", [gzip.compress(LINES.to_csv(index=False).encode(), mtime=0)[:-900], b"no archive", b""]
    )
    def test_a_damaged_archive_is_reported(self, content: bytes, tmp_path: Path):
        (tmp_path / "lines.csv.gz").write_bytes(content)
        (fault,) = faults_of(shop_from(tmp_path / "a", "../lines.csv.gz"))
        assert ("damaged gzip archive" in fault.what) or ("is empty" in fault.what)

    def test_a_separator_that_is_not_the_one_is_named_a_packed_file_too(self, tmp_path: Path):
        (tmp_path / "lines.csv.gz").write_bytes(gzip.compress(LINES.to_csv(index=False, sep=";").encode()))
        (fault,) = faults_of(shop_from(tmp_path / "a", "../lines.csv.gz"))
        assert fault.remedy == 'add delimiter: ";"'

    def test_other_archives_are_refused_with_what_is_read(self, tmp_path: Path):
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "lines.zip").write_bytes(b"PK")
        (fault,) = faults_of(shop_from(tmp_path / "a", "lines.zip"))
        assert ".csv.gz" in fault.remedy


WRITTEN_BY = {
    "lines.csv": lambda rows, path: rows.to_csv(path, index=False),
    "lines.xlsx": lambda rows, path: rows.to_excel(path, index=False),
    "lines.dta": lambda rows, path: pyreadstat.write_dta(rows.astype(str), path),
}


@pytest.mark.parametrize("name", WRITTEN_BY)
def test_columns_whose_names_differ_in_capitals_alone_are_refused(name: str, tmp_path: Path):
    """DuckDB, which holds them, takes such names for one."""
    folder = shop_from(tmp_path / "a", name)
    WRITTEN_BY[name](LINES.assign(AMOUNT=1.0), folder / name)
    (fault,) = faults_of(folder)
    assert fault.what == "the header names 'amount', 'AMOUNT', which differ in capitals alone"


def test_letters_that_duckdb_keeps_apart_are_read(tmp_path: Path):
    folder = shop_from(tmp_path / "a", "lines.csv")
    LINES.assign(Ä=1, ä=2, straße=3, strasse=4).to_csv(folder / "lines.csv", index=False)
    assert faults_of(folder) == []


class TestSeveralFiles:
    def halves(self, folder: Path) -> None:
        folder.mkdir()
        LINES.head(60).to_csv(folder / "orders-2024-01.csv", index=False)
        rest = LINES.iloc[60:]
        rest[[*reversed(LINES.columns)]].to_csv(folder / "orders-2024-02.csv", index=False)

    def test_monthly_files_are_put_together_in_order_of_name_and_hashed_each(self, tmp_path: Path):
        self.halves(tmp_path / "a")
        (tmp_path / "a" / "orders-notes.txt").write_text("no table")
        study, found = read(shop_from(tmp_path / "a", "orders-*.csv"))
        assert found["amount"].tolist() == EXPECTED["amount"].tolist()
        labels = [one.label for one in study.inputs()]
        assert labels == ["study.yml", "orders-2024-01.csv", "orders-2024-02.csv"]

    @pytest.mark.parametrize("pattern", ["orders-**.csv", "***.csv"])
    def test_two_stars_within_a_name_are_one(self, pattern: str, tmp_path: Path):
        self.halves(tmp_path / "a")
        study, _ = read(shop_from(tmp_path / "a", pattern))
        assert [one.label for one in study.inputs()][1:] == ["orders-2024-01.csv", "orders-2024-02.csv"]

    @pytest.mark.parametrize("pattern", ["../orders/**", "../orders/**/*", "../**/*.csv"])
    def test_two_stars_at_the_end_of_a_pattern_name_all_files_below(self, pattern: str, tmp_path: Path):
        (tmp_path / "orders").mkdir()
        self.halves(tmp_path / "orders" / "of the year")
        study, _ = read(shop_from(tmp_path / "a", pattern))
        below = "../orders/of the year/orders-2024"
        assert [one.label for one in study.inputs()][1:] == [f"{below}-01.csv", f"{below}-02.csv"]

    @pytest.mark.parametrize("pattern", ["20*/orders.csv", "**/orders.csv", "./20*/*.csv", "20[0-9][0-9]/orders.csv"])
    def test_files_of_one_name_in_several_folders_are_named_with_these(self, pattern: str, tmp_path: Path):
        folder = shop_from(tmp_path / "a", pattern)
        for year, rows in (("2023", LINES.head(60)), ("2024", LINES.iloc[60:].assign(amount="much"))):
            (folder / year).mkdir()
            rows.to_csv(folder / year / "orders.csv", index=False)
        (fault,) = faults_of(folder)
        assert "of 2024/orders.csv" in fault.what
        assert [one.label for one in load_study(folder).inputs()][1:] == ["2023/orders.csv", "2024/orders.csv"]

    def test_a_row_is_named_with_its_file(self, tmp_path: Path):
        self.halves(tmp_path / "a")
        spoilt = LINES.iloc[60:].assign(amount=lambda lines: lines["amount"].astype(str))
        spoilt.iloc[3, spoilt.columns.get_loc("amount")] = "much"
        spoilt.to_csv(tmp_path / "a" / "orders-2024-02.csv", index=False)
        (fault,) = faults_of(shop_from(tmp_path / "a", "orders-*.csv"))
        assert "(row 5 of orders-2024-02.csv)" in fault.what

    def test_files_of_another_form_are_reported_each(self, tmp_path: Path):
        self.halves(tmp_path / "a")
        LINES.drop(columns="quantity").to_csv(tmp_path / "a" / "orders-2024-03.csv", index=False)
        LINES.assign(note="x").to_csv(tmp_path / "a" / "orders-2024-04.csv", index=False)
        first, second = faults_of(shop_from(tmp_path / "a", "orders-*.csv"))
        assert first.what == "has other columns than orders-2024-01.csv: lacks 'quantity'"
        assert second.what == "has other columns than orders-2024-01.csv: also has 'note'"

    def test_names_that_match_nothing_are_a_fault(self, tmp_path: Path):
        self.halves(tmp_path / "a")
        (fault,) = faults_of(shop_from(tmp_path / "a", "lines-*.csv"))
        assert fault.what.startswith("no file is called 'lines-*.csv'; the folder holds 'orders-2024-01.csv'")

    def test_files_of_several_kinds_are_a_fault(self, tmp_path: Path):
        self.halves(tmp_path / "a")
        LINES.to_parquet(tmp_path / "a" / "orders-2024-03.parquet")
        (fault,) = faults_of(shop_from(tmp_path / "a", "orders-*"))
        assert "files of several kinds: '.csv', '.parquet'" in fault.what

    def test_a_file_whose_name_holds_a_mark_of_patterns_is_that_file(self, tmp_path: Path):
        (tmp_path / "a").mkdir()
        LINES.to_csv(tmp_path / "a" / "orders [1].csv", index=False)
        read(shop_from(tmp_path / "a", "orders [1].csv"))

    def test_parquet_files_and_packed_files_are_put_together_too(self, tmp_path: Path):
        (tmp_path / "a").mkdir()
        for number, part in enumerate((LINES.head(60), LINES.iloc[60:])):
            part.to_parquet(tmp_path / "a" / f"orders-{number}.parquet")
            (tmp_path / "a" / f"orders-{number}.csv.gz").write_bytes(gzip.compress(part.to_csv(index=False).encode()))
        for pattern in ("orders-*.parquet", "orders-*.csv.gz"):
            _, found = read(shop_from(tmp_path / "a", pattern))
            assert found["amount"].tolist() == EXPECTED["amount"].tolist()

    def test_cents_behind_a_first_parquet_file_of_whole_amounts(self, tmp_path: Path):
        (tmp_path / "a").mkdir()
        whole = LINES.head(60).assign(amount=LINES["amount"].head(60).round().astype("int64"))
        for number, part in enumerate((whole, LINES.iloc[60:])):
            part.to_parquet(tmp_path / "a" / f"orders-{number}.parquet")
        _, found = read(shop_from(tmp_path / "a", "orders-*.parquet"))
        assert found["amount"].sum() == pytest.approx(whole["amount"].sum() + LINES["amount"].iloc[60:].sum(), abs=1e-6)

    @pytest.mark.parametrize("source", ["orders-0.parquet", "orders-*.parquet"])
    def test_parquet_whose_statistics_pass_over_nan(self, tmp_path: Path, source: str):
        (tmp_path / "a").mkdir()
        nan = pa.array([float("nan"), *LINES["amount"].iloc[1:]])  # pandas would write a missing value
        lines = pa.Table.from_pandas(LINES, preserve_index=False)
        lines = lines.set_column(lines.column_names.index("amount"), "amount", nan)
        for number, part in enumerate((lines.slice(0, 60), lines.slice(60))):
            pq.write_table(part, tmp_path / "a" / f"orders-{number}.parquet")
        (fault,) = faults_of(shop_from(tmp_path / "a", source))
        assert fault.what == "nan cannot be read as amount in 1 row"


def cells(lines: pd.DataFrame) -> list[list[Any]]:
    rows = [[one.to_pydatetime() if isinstance(one, pd.Timestamp) else one for one in row] for row in lines.to_numpy()]
    return [list(lines.columns), *rows]


WRITERS = {".ods": write_ods, ".xlsb": write_xlsb, ".xls": write_xls}


class TestOlderWorkbooks:
    @pytest.mark.parametrize("ending", WRITERS)
    def test_a_sheet_is_read_with_texts_numbers_and_times(self, ending: str, tmp_path: Path):
        lines = LINES.assign(customer_id="0" + LINES["customer_id"].str[1:])
        WRITERS[ending](tmp_path / f"lines{ending}", {"Notes": [["free text"]], "Lines": cells(lines)})
        _, found = read(shop_from(tmp_path / "a", f"../lines{ending}", sheet="Lines"))
        assert found["amount"].tolist() == EXPECTED["amount"].tolist()
        assert found["time"].tolist() == EXPECTED["time"].tolist()
        assert set(found["customer_id"].str.len()) == {5}

    @pytest.mark.parametrize("ending", WRITERS)
    def test_which_of_two_sheets_is_meant_is_not_guessed_at(self, ending: str, tmp_path: Path):
        WRITERS[ending](tmp_path / f"b{ending}", {"One": cells(LINES.head(3)), "Two": cells(LINES.head(3))})
        (fault,) = faults_of(shop_from(tmp_path / "a", f"../b{ending}"))
        assert fault.remedy == 'add sheet: "One"'
        (fault,) = faults_of(shop_from(tmp_path / "a", f"../b{ending}", sheet="Tow"))
        assert fault.remedy == "did you mean 'Two'?"

    @pytest.mark.parametrize("ending", WRITERS)
    def test_titles_above_the_header_name_its_row(self, ending: str, tmp_path: Path):
        WRITERS[ending](tmp_path / f"b{ending}", {"One": [["Export of May"], [None], *cells(LINES)]})
        (fault,) = faults_of(shop_from(tmp_path / "a", f"../b{ending}"))
        assert fault.remedy == "add header_row: 3"
        read(shop_from(tmp_path / "a", f"../b{ending}", header_row=3))

    @pytest.mark.parametrize("ending", WRITERS)
    def test_what_is_no_workbook_is_reported(self, ending: str, tmp_path: Path):
        (tmp_path / f"b{ending}").write_text("customer_id;amount\n1;2\n")
        (fault,) = faults_of(shop_from(tmp_path / "a", f"../b{ending}"))
        assert fault.what == f"is no {ending} workbook, or a damaged one"

    @pytest.mark.parametrize("ending", WRITERS)
    def test_a_workbook_with_a_password_is_reported(self, ending: str, tmp_path: Path):
        path = tmp_path / f"b{ending}"
        if ending == ".xlsb":
            write_locked(path)
        else:
            WRITERS[ending](path, {"One": cells(LINES.head(3))}, encrypted=True)
        (fault,) = faults_of(shop_from(tmp_path / "a", f"../b{ending}"))
        assert fault.what == "is locked by a password"

    def test_a_new_workbook_with_a_password_is_reported_too(self, tmp_path: Path):
        write_locked(tmp_path / "b.xlsx")
        (fault,) = faults_of(shop_from(tmp_path / "a", "../b.xlsx"))
        assert "without a password" in fault.remedy


class TestStata:
    def survey(self, folder: Path, **entry: Any) -> Path:
        folder.mkdir()
        answers = pd.DataFrame(
            {
                "who": ["001", "002", "003", "004"],
                "overall": [1, 5, "a", 3],
                "sex": [1, 2, 2, "b"],
                "scale": [1, 4, 7, 2],
                "item": [1, 2, 1, 2],
            }
        )
        likert = {1: "poor", 2: "fair", 3: "so so", 4: "good", 5: "great", "a": "refused"}
        labels = {
            "overall": likert,
            "sex": {1: "man", 2: "woman", "b": "not asked"},
            "scale": {1: "never", 7: "always"},
        }
        pyreadstat.write_dta(
            answers,
            folder / "asked.dta",
            variable_value_labels=labels | {"item": {1: "low", 2: "high"}},
            missing_user_values={"overall": ["a"], "sex": ["b"]},
        )
        columns = {"customer_id": "who", "overall": "overall"}
        base = {"source": "asked.dta", "columns": columns, "attributes": ["sex", "scale", "item"]}
        return make_study(folder, {}, sources={"surveys": base | entry})

    def test_labels_codes_and_answers_called_missing(self, tmp_path: Path):
        study = load_study(self.survey(tmp_path / "a"))
        assert study.check() == []
        found = study.table("surveys").to_pandas().sort_values("customer_id")
        assert found["customer_id"].tolist() == ["001", "002", "003", "004"]
        assert found["overall"].fillna(-1).tolist() == [1.0, 5.0, -1.0, 3.0]
        assert found["sex"].fillna("").tolist() == ["man", "woman", "woman", ""]
        assert found["scale"].tolist() == [1, 4, 7, 2]
        whats = [one.what for one in study.warnings()]
        assert any("2 values of table surveys are marked as missing in the file itself" in what for what in whats)
        assert any("refused (1)" in what and "not asked (1)" in what for what in whats)
        assert any(what.startswith("'sex', 'item' of table surveys are read by the labels") for what in whats)

    def test_a_plain_read_would_not_show_what_is_called_missing(self, tmp_path: Path):
        plain, _ = pyreadstat.read_dta(self.survey(tmp_path / "a") / "asked.dta")
        assert plain["overall"].isna().sum() == 1

    def test_columns_named_under_value_labels_are_the_only_ones(self, tmp_path: Path):
        study = load_study(self.survey(tmp_path / "a", value_labels=["item"]))
        found = study.table("surveys").to_pandas().sort_values("customer_id")
        assert found["item"].tolist() == ["low", "high", "low", "high"]
        assert found["sex"].tolist()[:3] == [1, 2, 2]
        none = load_study(self.survey(tmp_path / "b", value_labels=[])).table("surveys").to_pandas()
        assert set(none["item"]) == {1, 2}

    def test_a_column_that_is_not_there_and_a_damaged_file_are_reported(self, tmp_path: Path):
        (fault,) = faults_of(self.survey(tmp_path / "a", value_labels=["itm"]))
        assert fault.remedy == "did you mean 'item'?"
        (tmp_path / "a" / "asked.dta").write_bytes(b"no Stata file")
        (fault,) = faults_of(tmp_path / "a")
        assert fault.what == "is no Stata file, or a damaged one"


QUERY = (
    "SELECT i.CustomerId, i.InvoiceId, i.InvoiceDate, l.TrackId, l.Quantity, l.UnitPrice * l.Quantity AS amount "
    "FROM InvoiceLine l JOIN Invoice i ON i.InvoiceId = l.InvoiceId"
)
CHINOOK_COLUMNS = {
    "customer_id": "CustomerId",
    "order_id": "InvoiceId",
    "time": "InvoiceDate",
    "product_id": "TrackId",
    "quantity": "Quantity",
    "amount": "amount",
}


def chinook(path: Path) -> pd.DataFrame:
    """Write an SQLite file of the shape of the Chinook example: invoices and their lines in two tables."""
    lines = shop(20)
    price = (lines["amount"] / lines["quantity"]).round(2)
    numbers = lines["order_id"].str[1:].astype(int) + 1
    rows = {"InvoiceId": numbers, "TrackId": lines["product_id"], "UnitPrice": price, "Quantity": lines["quantity"]}
    invoices = pd.DataFrame({"InvoiceId": numbers, "CustomerId": lines["customer_id"].str[1:].astype(int)})
    invoices["InvoiceDate"] = lines["time"].dt.strftime("%Y-%m-%d %H:%M:%S")
    with closing(sqlite3.connect(path)) as connection:
        invoices.drop_duplicates("InvoiceId").to_sql("Invoice", connection, index=False)
        pd.DataFrame(rows).to_sql("InvoiceLine", connection, index=False)
    return lines.assign(amount=price * lines["quantity"])


def asked(folder: Path, query: str, address: str = "sqlite:///../chinook.db", **entry: Any) -> Path:
    base = {"source": address, "query": query, "columns": CHINOOK_COLUMNS}
    return make_study(folder, {}, sources={"transactions": base | entry})


class TestQueries:
    def test_lines_of_a_chinook_file_by_query(self, tmp_path: Path):
        lines = chinook(tmp_path / "chinook.db")
        study, found = read(asked(tmp_path / "a", QUERY))
        assert found["amount"].sum() == pytest.approx(lines["amount"].sum())
        assert study.inputs()[1].label.startswith("sqlite:///../chinook.db query SELECT i.CustomerId")
        assert study.inputs()[1].sha256

    def test_a_query_to_duckdb_stays_there(self, tmp_path: Path):
        with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
            connection.register("lines", LINES)
            connection.execute("CREATE TABLE lines AS SELECT * FROM lines")
        entry = {"source": "duckdb:///../shop.duckdb", "query": "SELECT * FROM lines WHERE quantity > 1;"}
        _, found = read(make_study(tmp_path / "a", {}, sources={"transactions": entry}))
        assert len(found) == (LINES["quantity"] > 1).sum()

    @pytest.mark.parametrize(
        "query",
        [
            "DELETE FROM Invoice",
            "SELECT 1; DROP TABLE Invoice",
            "WITH gone AS (DELETE FROM Invoice RETURNING *) SELECT * FROM gone",
            "INSERT INTO Invoice VALUES (1, 2, 3)",
            "CREATE TABLE x AS SELECT * FROM Invoice",
            "SELECT * INTO x FROM Invoice",
            "PRAGMA journal_mode = DELETE",
            "ATTACH 'other.db' AS other",
            "REPLACE INTO Invoice VALUES (1, 2, 3)",
            "VACUUM",
            "BEGIN",
        ],
    )
    def test_sql_that_writes_is_refused_before_it_is_sent(self, query: str, tmp_path: Path):
        chinook(tmp_path / "chinook.db")
        before = (tmp_path / "chinook.db").read_bytes()
        (fault,) = faults_of(asked(tmp_path / "a", query))
        assert fault.what.startswith("the query does not only read: ")
        assert (tmp_path / "chinook.db").read_bytes() == before
        assert [path.name for path in tmp_path.glob("*.db*")] == ["chinook.db"]

    @pytest.mark.parametrize("kind", ["postgres", "postgresql", "mysql", "mssql", "snowflake", "duckdb", "clickhouse"])
    def test_every_kind_of_database_is_asked_by_a_select_alone(self, kind: str):
        assert query_faults(QUERY, kind, "") == []
        assert query_faults("WITH x AS (SELECT * FROM t) SELECT * FROM x -- DROP", kind, "") == []
        for query in (
            "UPDATE t SET a = 1",
            "MERGE INTO t USING s ON 1 = 1",
            "TRUNCATE TABLE t",
            "CALL p()",
            "SET a = 1",
        ):
            assert query_faults(query, kind, "")

    @pytest.mark.parametrize(
        ("query", "what"),
        [
            ("SELECT * FROM Invoices", "the query is refused: no such table: Invoices"),
            ("SELECT CustomerID FROM (", "the query cannot be read as SQL"),
            ("SELECT 1; SELECT 2", "the query holds 2 statements"),
            ("-- nothing", "the query is empty"),
        ],
    )
    def test_a_query_that_cannot_be_answered_is_reported(self, query: str, what: str, tmp_path: Path):
        chinook(tmp_path / "chinook.db")
        (fault,) = faults_of(asked(tmp_path / "a", query))
        assert fault.what.startswith(what)
        assert fault.remedy

    def test_a_query_belongs_to_a_database_and_stands_instead_of_a_table(self, tmp_path: Path):
        chinook(tmp_path / "chinook.db")
        faults = faults_of(asked(tmp_path / "a", QUERY, table="Invoice"))
        assert any(fault.what == "a database source has a table or a query, not both" for fault in faults)
        LINES.to_csv(tmp_path / "lines.csv", index=False)
        faults = faults_of(shop_from(tmp_path / "b", "../lines.csv", query="SELECT 1"))
        assert any("query has no effect on ../lines.csv" in fault.what for fault in faults)
