"""Tables made of several sources, constants, texts of several columns, and files beside the tables."""

from pathlib import Path

import pandas as pd
import pytest

from helpers.core.errors import InputError
from helpers.study.study import load_study

HEAD = """\
study: shop
title: A shop
currency: EUR
as_of: 2024-02-01
"""
RECORDS = """\
tables:
  customer_records:
    columns: {record_id: no, last_name: name, street: [street, house]}
    missing: ["-"]
    sources:
      - {source: sales.csv, constants: {source: sales}}
      - source: web.csv
        delimiter: ";"
        constants: {source: web}
        columns: {record_id: account, last_name: surname, email: mail}
"""
SALES = "no,name,street,house\n007,O'Neil,High Street,5\n008,-,Mill Lane,\n"
WEB = "account;surname;mail\n007;=Neil;o@neil.example\n"


def make(folder: Path, study: str = HEAD + RECORDS, **files: str) -> Path:
    """Write a study folder; file names are given with `_csv` for `.csv`."""
    (folder / "study.yml").write_text(study, encoding="utf-8")
    for name, text in {"sales_csv": SALES, "web_csv": WEB, **files}.items():
        (folder / name.replace("_csv", ".csv")).write_text(text, encoding="utf-8")
    return folder


def said(folder: Path) -> str:
    """Return everything a user would be reported about a study."""
    with pytest.raises(InputError, match=r".") as error:
        load_study(folder).require_sound()
    return str(error.value)


class TestSeveralSources:
    def test_rows_of_all_sources_stand_in_one_table(self, tmp_path: Path) -> None:
        study = load_study(make(tmp_path))
        assert study.check() == []
        table = study.table("customer_records").to_pandas()
        assert table.columns.tolist() == ["record_id", "source", "last_name", "street", "email"]
        rows = table.astype(object).where(table.notna(), None).to_numpy().tolist()
        assert rows == [
            ["007", "sales", "O'Neil", "High Street 5", None],
            ["007", "web", "=Neil", None, "o@neil.example"],
            ["008", "sales", None, "Mill Lane", None],
        ]

    def test_facts_and_receipt_name_every_source(self, tmp_path: Path) -> None:
        study = load_study(make(tmp_path))
        facts = study.facts("customer_records")
        assert (facts.rows_received, facts.source) == (3, "sales.csv and web.csv")
        assert [entry.label for entry in study.inputs()] == ["study.yml", "sales.csv", "web.csv"]

    def test_ids_are_text_in_all_sources_when_they_are_in_one(self, tmp_path: Path) -> None:
        pd.DataFrame({"account": [7], "surname": ["Ott"], "mail": ["o@ott.de"]}).to_parquet(tmp_path / "web.parquet")
        spec = RECORDS.replace("web.csv", "web.parquet").replace('        delimiter: ";"\n', "")
        table = load_study(make(tmp_path, HEAD + spec)).table("customer_records").to_pandas()
        assert sorted(table["record_id"]) == ["007", "008", "7"]

    def test_one_record_twice_within_a_system_is_reported_but_not_across_systems(self, tmp_path: Path) -> None:
        report = said(make(tmp_path, sales_csv=SALES + "008,Ott,Mill Lane,9\n"))
        assert "source and record_id stands in more than one row: ('sales', '008')" in report
        assert "007" not in report

    def test_a_fault_of_the_data_names_its_file_and_place(self, tmp_path: Path) -> None:
        report = said(make(tmp_path, web_csv="account;surname\n;Ott\n"))
        assert "study.yml, line 14: unknown column of web.csv 'mail'" in report
        report = said(make(tmp_path, web_csv=WEB + ";Ott;\n"))
        assert "record_id is missing in 1 row (row 3 of web.csv)" in report

    def test_faults_of_the_file_are_reported_once_with_their_line(self, tmp_path: Path) -> None:
        spec = RECORDS.replace("missing:", "misssing:").replace('delimiter: ";"', 'delimiter: ";;"')
        report = said(make(tmp_path, HEAD + spec))
        assert "line 8: unknown key 'misssing'" in report
        assert "line 12: tables.customer_records.sources.1.delimiter cannot be ';;'" in report
        assert report.count("study.yml, line") == 2

    def test_a_fault_of_what_is_said_for_all_is_reported_once_per_source_at_most(self, tmp_path: Path) -> None:
        report = said(make(tmp_path, HEAD + RECORDS.replace('missing: ["-"]', "decimal: x")))
        assert report.count("decimal cannot be 'x'") == 2
        assert "tables.customer_records.decimal" not in report

    def test_a_misspelt_column_for_all_is_reported_once(self, tmp_path: Path) -> None:
        report = said(make(tmp_path, HEAD + RECORDS.replace("last_name: name", "lastname: name")))
        assert report.count("unknown column of table customer_records 'lastname'") == 1

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("constants: {source: web}", "constants: {birth_date: x}", "unknown text column of table customer_records"),
            ("constants: {source: web}", "constants: {last_name: x}", "both a column and a constant"),
            ("last_name: surname, email: mail", "kind: surname", "none of the columns that could tell customers apart"),
            ("source: web.csv", "sheet: '1'", "'source' is missing"),
            (
                "missing: [",
                "attributes: [house]\n    missing: [",
                "no column 'house'|unknown column of web.csv 'house'",
            ),
        ],
    )
    def test_what_a_source_cannot_say_is_refused(self, tmp_path: Path, old: str, new: str, message: str) -> None:
        with pytest.raises(InputError, match=message):
            load_study(make(tmp_path, HEAD + RECORDS.replace(old, new, 1))).require_sound()

    def test_a_list_of_one_is_as_good_as_no_list(self, tmp_path: Path) -> None:
        spec = (
            "tables: {customer_records: {columns: {record_id: no, street: street}, sources: [{source: sales.csv}]}}\n"
        )
        assert len(load_study(make(tmp_path, HEAD + spec)).table("customer_records").to_pandas()) == 2

    def test_sources_that_are_no_list_are_refused(self, tmp_path: Path) -> None:
        spec = "tables: {customer_records: {columns: {record_id: no, street: street}, sources: sales.csv}}\n"
        assert "sources cannot be 'sales.csv'" in said(make(tmp_path, HEAD + spec))


class TestFiles:
    SPEC = HEAD + RECORDS + "files: {review_sheet: answers.csv}\n"

    def test_a_named_file_is_read_and_stands_in_the_receipt(self, tmp_path: Path) -> None:
        study = load_study(make(tmp_path, self.SPEC, answers_csv="yes"))
        assert study.check() == []
        assert study.file("review_sheet") == b"yes"
        assert "answers.csv" in [entry.label for entry in study.inputs()]

    def test_without_one_there_is_none(self, tmp_path: Path) -> None:
        assert load_study(make(tmp_path)).file("review_sheet") is None

    def test_a_missing_file_and_an_unknown_purpose_are_reported(self, tmp_path: Path) -> None:
        report = said(make(tmp_path, HEAD + RECORDS + "files: {review_sheet: gone.csv, reviewsheet: sales.csv}\n"))
        assert "there is no file 'gone.csv'" in report
        assert "did you mean 'review_sheet'?" in report


def test_a_study_says_which_columns_a_table_has(tmp_path: Path) -> None:
    study = load_study(make(tmp_path))
    assert study.has("customer_records", "email")
    assert study.has("customer_records", "source")
    assert not study.has("customer_records", "phone")
    assert not study.has("customers", "email")
