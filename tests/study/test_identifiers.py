"""Identifiers that are none, have lost digits, or stand for one customer in several forms."""

import re
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.study.data_warnings import DataWarning
from helpers.study.identifiers import DIGITS_LOST, ERROR_MARK, cleaned
from helpers.study.study import Study, load_study


def study_of(folder: Path, lines: pd.DataFrame, **spec: object) -> Study:
    return load_study(make_study(folder, {"transactions": lines}, **spec))


def refusal(study: Study) -> str:
    with pytest.raises(InputError) as error:
        study.require_sound()
    return str(error.value)


def only_warning(study: Study) -> DataWarning:
    assert study.check() == []
    (warning,) = study.warnings()
    return warning


def customers(study: Study) -> int:
    lines = study.table("transactions")
    return int(lines.customer_id.nunique().to_pyarrow().as_py())


class TestDigitsLost:
    @pytest.mark.parametrize("text", ["1.23457E+12", "1,23457E+12", "1.2e+17", "1E+12", " 4.5678E12 ", "-1.5E+09"])
    def test_numbers_in_scientific_notation(self, text: str) -> None:
        assert re.search(DIGITS_LOST, text)

    @pytest.mark.parametrize("text", ["1E5", "12E07", "E+12", "1.5", "C-1.2E+3", "2.5E", "1234567890123"])
    def test_identifiers_that_only_resemble_them(self, text: str) -> None:
        assert not re.search(DIGITS_LOST, text)

    def test_ids_in_scientific_notation(self, tmp_path: Path) -> None:
        lines = shop(30)
        lines["customer_id"] = "1.23457E+12"
        said = refusal(study_of(tmp_path / "members", lines))
        assert f"digits are lost in customer_id: '1.23457E+12' in {len(lines):,} rows (row 2, 3, 4, 5, 6 and" in said
        assert "export the table anew with this column as text" in said

    def test_a_single_one_and_those_of_orders_and_products_too(self, tmp_path: Path) -> None:
        lines = shop(30)
        lines.loc[3, ["customer_id", "order_id", "product_id"]] = ["4.5E+15", "2,01E+11", "1e+13"]
        said = refusal(study_of(tmp_path / "few", lines))
        assert all(f"digits are lost in {name}" in said for name in ("customer_id", "order_id", "product_id"))

    def test_listed_under_missing_in_they_are_left_out(self, tmp_path: Path) -> None:
        lines = shop(30)
        lines.loc[3, "customer_id"] = "4.5E+15"
        kept = {"transactions": {"missing_in": {"customer_id": ["4.5E+15"]}}}
        assert only_warning(study_of(tmp_path / "few", lines, sources=kept)).rows == 1

    @pytest.mark.parametrize("digits", [18, 19, 17])
    def test_long_numbers_rounded_by_a_spreadsheet_are_refused(self, tmp_path: Path, digits: int) -> None:
        lines = shop(40)
        numbers = 10 ** (digits - 1) + 77_000_000 * lines["customer_id"].str[1:].astype("int64")
        lines["customer_id"] = (numbers // 10 ** (digits - 15) * 10 ** (digits - 15)).astype(str)
        assert "the customer number has lost digits" in refusal(study_of(tmp_path / "long", lines))

    def test_long_numbers_with_all_their_digits_are_not(self, tmp_path: Path) -> None:
        lines = shop(40)
        random = np.random.default_rng(3).integers(10**17, 10**18, 40)
        lines["customer_id"] = random[lines["customer_id"].str[1:].astype(int)].astype(str)
        study = study_of(tmp_path / "long", lines)
        assert (study.check(), study.warnings()) == ([], ())

    def test_those_of_sixteen_digits_and_of_double_precision_are_reported(self, tmp_path: Path) -> None:
        lines, place = shop(40), shop(40)["customer_id"].str[1:].astype(int)
        random = np.random.default_rng(3).integers(10**17, 9 * 10**17, 40)
        lines["customer_id"] = (random // 1000 * 10)[place].astype(str)
        assert "end in zeros" in only_warning(study_of(tmp_path / "sixteen", lines)).what.replace("ends", "end")
        lines["customer_id"] = random.astype(float).astype("int64")[place].astype(str)
        assert "double precision" in only_warning(study_of(tmp_path / "double", lines)).what

    def test_whole_numbers_of_a_parquet_file_too(self, tmp_path: Path) -> None:
        lines = shop(40)
        lines["customer_id"] = 10**17 + lines["customer_id"].str[1:].astype("int64") * 1000
        folder = make_study(tmp_path / "long", {}, sources={"transactions": {"source": "lines.parquet"}})
        pq.write_table(pa.Table.from_pandas(lines, preserve_index=False), folder / "lines.parquet")
        assert "has lost digits" in refusal(load_study(folder))


class TestErrorMarks:
    @pytest.mark.parametrize(
        "text",
        [
            *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", " #n/a ", "#SPILL!", "#####"),
            *("#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#VALEUR!", "#NOM?", "#N/D", "#¡REF!", "#¿NOMBRE?", "Err:502"),
        ],
    )
    def test_error_marks(self, text: str) -> None:
        assert re.search(ERROR_MARK, text)

    @pytest.mark.parametrize("text", ["#1234", "#A-17", "N/A", "C#", "#vip", "# 5!", "Err:5"])
    def test_what_may_be_an_identifier(self, text: str) -> None:
        assert not re.search(ERROR_MARK, text)

    def test_error_marker_is_customer(self, tmp_path: Path) -> None:
        lines = shop(60)
        lost = lines["customer_id"].isin([f"C{number:04d}" for number in range(5)])
        lines.loc[lost, "customer_id"] = "#N/A"
        study = study_of(tmp_path / "lookups", lines)
        warning = only_warning(study)
        assert warning.rows == lost.sum()
        assert warning.amount == pytest.approx(lines.loc[lost, "amount"].sum(), abs=0.005)
        assert "'#N/A' for the customer number and are left out of every figure" in warning.what
        assert customers(study) == lines.loc[~lost, "customer_id"].nunique()
        facts = study.facts("transactions")
        assert (facts.rows_received, facts.rows_without_id, facts.rows_kept) == (len(lines), lost.sum(), (~lost).sum())

    def test_a_mark_for_a_product_leaves_the_row(self, tmp_path: Path) -> None:
        lines = shop(30)
        lines.loc[[1, 5], "product_id"] = ["#REF!", "#NV"]
        study = study_of(tmp_path / "products", lines)
        assert "'#NV', '#REF!' for the product number and count as rows without one" in only_warning(study).what
        assert study.facts("transactions").rows_kept == len(lines)


class TestListedAsMissing:
    @pytest.mark.parametrize("key", [{"missing": ["Guest"]}, {"missing_in": {"customer_id": ["Guest"]}}])
    def test_the_remedy_for_guests_works(self, tmp_path: Path, key: dict[str, object]) -> None:
        lines = shop(60)
        lines.loc[::5, "customer_id"] = "Guest"
        study = study_of(tmp_path / "guests", lines, sources={"transactions": key})
        assert "have 'Guest' for the customer number and are left out" in only_warning(study).what
        assert study.facts("transactions").rows_kept == len(lines) - len(lines.loc[::5])

    def test_numbers_are_missing_in_one_identifier_alone(self, tmp_path: Path) -> None:
        lines = shop(60)
        lines.loc[::5, ["customer_id", "quantity"]] = ["-1", -1]
        warning = only_warning(study_of(tmp_path / "reported", lines))
        assert 'missing_in: {customer_id: ["-1"]}' in warning.remedy
        study = study_of(tmp_path / "minus", lines, sources={"transactions": {"missing_in": {"customer_id": [-1]}}})
        assert only_warning(study).rows == len(lines.loc[::5])

    def test_empty_cells_are_refused_with_a_remedy_that_works(self, tmp_path: Path) -> None:
        lines = shop(60)
        lines.loc[[4, 9], "customer_id"] = [None, "  "]
        said = refusal(study_of(tmp_path / "empty", lines))
        assert 'missing_in: {customer_id: [""]}' in said
        study = study_of(tmp_path / "left", lines, sources={"transactions": {"missing_in": {"customer_id": [""]}}})
        assert only_warning(study).rows == 2

    def test_a_column_that_is_no_identifier_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="unknown identifier of table transactions 'custmer_id'"):
            study_of(tmp_path / "x", shop(30), sources={"transactions": {"missing_in": {"custmer_id": ["-"]}}})


class TestOneCustomerInSeveralForms:
    @pytest.mark.parametrize(
        ("cleaning", "forms"),
        [
            ("blanks", ["C 17", " C 17", "C 17 ", "C\u00a017", "C\u3000 17\t", "\ufeffC 17", "C 1\u200b7", "Ｃ １７"]),
            ("case", ["C17a", "c17A"]),
            ("zeros", ["17", "0017", "17.0"]),
            ("marks", ["C17", "C-17", "C 17", "c.17".replace("c", "C"), "C_1/7"]),
        ],
    )
    def test_written_in_one_way(self, cleaning: str, forms: list[str]) -> None:
        column = ibis.memtable({"id": forms}).id
        assert len(set(cleaned(column, [cleaning]).to_pyarrow().to_pylist())) == 1

    def test_same_id_with_blank_or_case(self, tmp_path: Path) -> None:
        lines = shop()
        truth = lines["customer_id"].nunique()
        lines.loc[::5, "customer_id"] += " "
        lines.loc[1::5, "customer_id"] = lines.loc[1::5, "customer_id"].str.lower()
        study = study_of(tmp_path / "forms", lines)
        found = customers(study)
        warning = only_warning(study)
        assert "but for blanks, invisible or full-width signs and accents" in warning.what
        assert "and capital and small letters" in warning.what
        assert "clean_ids: [blanks, case]" in warning.remedy
        assert found > 2 * truth
        clean = study_of(tmp_path / "clean", lines, clean_ids=["blanks", "case"])
        assert customers(clean) == truth
        assert only_warning(clean).rows == len(lines.loc[::5]) + len(lines.loc[1::5])

    @pytest.mark.parametrize(
        ("old", "new", "cleaning"),
        [
            ("C", "C\u00a0", "marks"),
            ("C", "C-", "marks"),
            ("C00", "C00\u00a0", "marks"),
            ("$", ".0", "zeros"),
            ("C", "Zu\u0308", "blanks"),
        ],
    )
    def test_inner_blank_mark_trailing_zero_or_unicode_form(
        self, tmp_path: Path, old: str, new: str, cleaning: str
    ) -> None:
        lines = shop()
        if cleaning == "blanks":
            lines["customer_id"] = lines["customer_id"].str.replace("C", "Z\u00fc")
            old = "Z\u00fc"
        truth = lines["customer_id"].nunique()
        lines.loc[::5, "customer_id"] = lines.loc[::5, "customer_id"].str.replace(old, new, regex=True)
        warning = only_warning(study_of(tmp_path / "forms", lines))
        assert f"clean_ids: [{cleaning}]" in warning.remedy
        assert warning.amount > lines.loc[::5, "amount"].sum()
        assert customers(study_of(tmp_path / "clean", lines, clean_ids=[cleaning])) == truth

    def test_marks_that_tell_customers_apart(self, tmp_path: Path) -> None:
        lines = shop()
        number = lines["customer_id"].str[1:].astype(int)
        for name, ids in {
            "branches": (number // 20 + 1).astype(str) + "-" + (number % 20 + 1).astype(str),
            "mails": "a" + number.astype(str).where(number % 2 == 0, (number - 1).astype(str) + ".") + "@example.org",
            "signs": number.sub(150).astype(str),
        }.items():
            spoilt = lines.assign(customer_id=ids)
            assert not [one for one in study_of(tmp_path / name, spoilt).warnings() if "would be" in one.what], name

    def test_a_remedy_that_would_join_others_is_not_given(self, tmp_path: Path) -> None:
        lines = shop()
        number = lines["customer_id"].str[1:].astype(int)
        lines["customer_id"] = "K" + (number // 20 + 1).astype(str) + "-" + (number % 20 + 1).astype(str)
        lines.loc[::5, "customer_id"] = lines.loc[::5, "customer_id"].str.replace("K", "K-")
        warning = only_warning(study_of(tmp_path / "branches", lines))
        assert "clean_ids" not in warning.remedy
        assert "write their numbers in one way" in warning.remedy

    def test_only_what_makes_a_difference_is_asked_for(self, tmp_path: Path) -> None:
        lines = shop(60)
        lines["customer_id"] = lines["customer_id"].str[1:]
        lines.loc[::2, "customer_id"] = lines.loc[::2, "customer_id"].astype(int).astype(str)
        assert "clean_ids: [zeros]" in only_warning(study_of(tmp_path / "zeros", lines)).remedy

    def test_all_tables_are_cleaned_alike(self, tmp_path: Path) -> None:
        lines, names = shop(60), pd.DataFrame({"customer_id": [f"c{number:04d} " for number in range(60)], "city": "x"})
        folder = make_study(tmp_path / "two", {"transactions": lines, "customers": names}, clean_ids=["blanks", "case"])
        study = load_study(folder)
        assert study.check() == []
        known = study.table("transactions").semi_join(study.table("customers"), "customer_id")
        assert known.count().to_pyarrow().as_py() == len(lines)


class TestOneCustomerWithFarMoreThanOthers:
    def test_is_named(self, tmp_path: Path) -> None:
        lines = shop()
        lines.loc[lines.index % 10 < 7, "customer_id"] = "W4711"
        warning = only_warning(study_of(tmp_path / "till", lines))
        assert "'W4711', holds" in warning.what
        assert 'missing_in: {customer_id: ["W4711"]}' in warning.remedy

    def test_a_large_customer_among_few_is_not(self, tmp_path: Path) -> None:
        lines = shop(9)
        lines.loc[::2, "customer_id"] = "C0000"
        assert study_of(tmp_path / "few", lines).warnings() == ()
