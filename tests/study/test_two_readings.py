"""Files that fit two readings, and common forms of export: read rightly, or refused with one remedy that works."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import Fault
from helpers.study.data_warnings import DataWarning
from helpers.study.study import Study, load_study


def faults_of(folder: Path) -> list[Fault]:
    return load_study(folder).check()


def only_fault(folder: Path) -> Fault:
    found = faults_of(folder)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def only_warning(folder: Path) -> DataWarning:
    study = load_study(folder)
    assert study.check() == []
    found = study.warnings()
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def sound(folder: Path) -> Study:
    study = load_study(folder)
    assert study.check() == []
    return study


def total(folder: Path) -> float:
    return float(sound(folder).table("transactions")["amount"].sum().to_pyarrow().as_py())


def times_of(study: Study) -> pd.Series:
    return study.table("transactions").to_pandas().sort_values("order_id", kind="stable")["time"]


def written(folder: Path, lines: pd.DataFrame, **entry: Any) -> Path:
    spec = {key: entry.pop(key) for key in ("timezone", "as_of", "currency") if key in entry}
    return make_study(folder, {"transactions": lines}, sources={"transactions": entry}, **spec)


def whole_amounts(factor: float = 20) -> pd.DataFrame:
    return shop().assign(amount=lambda lines: (lines["amount"] * factor).round().astype(int))


def grouped(amounts: pd.Series, mark: str) -> pd.Series:
    return amounts.map(lambda amount: f"{amount:,}".replace(",", mark))


class TestNumbers:
    def test_thousands_point_default_decimal(self, tmp_path: Path) -> None:
        lines = whole_amounts()
        folder = written(tmp_path / "a", lines.assign(amount=grouped(lines["amount"], ".")))
        fault = only_fault(folder)
        assert "fit two readings as amount" in fault.what
        assert fault.remedy.startswith('add decimal: ","')
        for remedy in ({"decimal": ","}, {"thousands": "."}):
            assert total(written(tmp_path / "a", lines.assign(amount=grouped(lines["amount"], ".")), **remedy)) == (
                lines["amount"].sum()
            )
        as_decimals = written(tmp_path / "a", lines.assign(amount=grouped(lines["amount"], ".")), thousands="none")
        assert total(as_decimals) < lines["amount"].sum()

    def test_thousands_comma_with_decimal_comma(self, tmp_path: Path) -> None:
        lines = whole_amounts()
        text = lines.assign(amount=grouped(lines["amount"], ","))
        fault = only_fault(written(tmp_path / "a", text, decimal=","))
        assert "fit two readings" in fault.what
        assert fault.remedy.startswith('set decimal: "."')
        assert total(written(tmp_path / "a", text, decimal=".")) == lines["amount"].sum()
        assert total(written(tmp_path / "a", text, thousands=",")) == lines["amount"].sum()

    @pytest.mark.parametrize(
        ("form", "entry"),
        [
            ("{:,.2f}", {}),
            ("{:,.2f}|,._", {"decimal": ","}),
            ("{:,.2f}|, ", {}),
            ("{:,.2f}|,\u00a0", {}),
            ("{:,.2f}|,'", {}),
        ],
    )
    def test_grouped_thousands_beside_decimals_have_one_reading(
        self, tmp_path: Path, form: str, entry: dict[str, str]
    ) -> None:
        pattern, _, marks = form.partition("|")
        amounts = (shop()["amount"] * 40).round(2)
        texts = amounts.map(pattern.format)
        if marks == ",._":
            texts = texts.map(lambda text: text.translate(str.maketrans(",.", ".,")))
        elif marks:
            texts = texts.str.replace(",", marks[1])
        assert total(written(tmp_path / "a", shop().assign(amount=texts), **entry)) == pytest.approx(amounts.sum())

    def test_decimals_of_three_digits_beside_others_have_one_reading(self, tmp_path: Path) -> None:
        lines = shop().assign(amount=np.linspace(0.125, 900, len(shop())).round(3))
        assert total(written(tmp_path / "a", lines)) == pytest.approx(lines["amount"].sum())

    def test_a_decimal_comma_without_its_key_names_the_key_that_works(self, tmp_path: Path) -> None:
        lines = shop()
        text = lines.assign(amount=lines["amount"].map("{:.2f}".format).str.replace(".", ","))
        assert only_fault(written(tmp_path / "a", text)).remedy == 'add decimal: ","'
        assert total(written(tmp_path / "a", text, decimal=",")) == pytest.approx(lines["amount"].sum())

    def test_a_mixed_column_names_the_first_rows_of_either_kind(self, tmp_path: Path) -> None:
        amount = shop()["amount"].map("{:.2f}".format)
        amount.iloc[500:] = amount.iloc[500:].str.replace(".", ",")
        fault = only_fault(written(tmp_path / "a", shop().assign(amount=amount)))
        assert "written in two ways" in fault.what
        assert "(row 2, 3, 4 of transactions.csv)" in fault.what
        assert "(row 502, 503, 504 of transactions.csv)" in fault.what

    def test_money_text_is_refused_with_a_remedy_that_works(self, tmp_path: Path) -> None:
        lines = shop().assign(amount=(shop()["amount"] * 40).round(2))
        text = lines.assign(amount=lines["amount"].map("£{:,.2f}".format))
        fault = only_fault(written(tmp_path / "a", text))
        assert fault.remedy.startswith("add money: [amount] to the table; or write plain numbers, without '£'")
        assert total(written(tmp_path / "a", text, money=["amount"], currency="GBP")) == pytest.approx(
            lines["amount"].sum()
        )
        plain = text.assign(amount=text["amount"].str.replace("£", ""))
        assert total(written(tmp_path / "a", plain)) == pytest.approx(lines["amount"].sum())

    def test_text_cells_of_a_workbook_are_asked_too_and_number_cells_are_not(self, tmp_path: Path) -> None:
        lines = shop().head(40).assign(amount=2.084)
        lines.to_excel(tmp_path / "w.xlsx", index=False)
        make_study(tmp_path / "b", {}, sources={"transactions": {"source": "../w.xlsx"}}, as_of="2023-02-01")
        assert faults_of(tmp_path / "b") == []
        lines.assign(amount="2.084").to_excel(tmp_path / "w.xlsx", index=False)
        fault = only_fault(tmp_path / "b")
        assert "fit two readings" in fault.what
        assert "turn the text cells" in fault.remedy

    def test_the_two_marks_cannot_be_one(self, tmp_path: Path) -> None:
        folder = written(tmp_path / "a", shop(), decimal=",", thousands=",")
        with pytest.raises(ValueError, match="cannot be both the decimal mark and what groups thousands"):
            load_study(folder)


class TestDates:
    def test_month_first_read_day_first(self, tmp_path: Path) -> None:
        months = shop()["time"].dt.to_period("M").dt.to_timestamp()
        text = shop().assign(time=months.dt.strftime("%m/%d/%Y"))
        fault = only_fault(written(tmp_path / "a", text, date_format="%d/%m/%Y"))
        assert "fit two readings" in fault.what
        assert "%d/%m/%Y looks wrong: all in one month of several years" in fault.what
        assert fault.remedy == 'set date_format: "%m/%d/%Y"'
        study = sound(written(tmp_path / "a", text, date_format="%m/%d/%Y"))
        assert times_of(study).tolist() == months.tolist()
        (warning,) = study.warnings()
        assert "%d/%m/%Y looks wrong" in warning.what

    def test_no_day_after_the_twelfth_is_reported_and_not_refused(self, tmp_path: Path) -> None:
        lines = shop()
        lines = lines[(lines["time"].dt.day <= 12)].iloc[::7]
        text = lines.sample(frac=1, random_state=1).assign(time=lines["time"].dt.strftime("%d/%m/%Y"))
        warning = only_warning(written(tmp_path / "a", text, date_format="%d/%m/%Y"))
        assert "fit two readings" in warning.what

    def test_days_after_the_twelfth_settle_it_in_silence(self, tmp_path: Path) -> None:
        text = shop().assign(time=shop()["time"].dt.strftime("%d/%m/%Y"))
        study = sound(written(tmp_path / "a", text, date_format="%d/%m/%Y"))
        assert study.warnings() == ()
        assert times_of(study).tolist() == shop()["time"].dt.floor("D").tolist()

    def test_a_wrong_format_names_the_right_one(self, tmp_path: Path) -> None:
        text = shop().assign(time=shop()["time"].dt.strftime("%m/%d/%Y %H:%M"))
        wrong = only_fault(written(tmp_path / "a", text, date_format="%d/%m/%Y %H:%M"))
        assert wrong.remedy == 'set date_format: "%m/%d/%Y %H:%M"'
        assert only_fault(written(tmp_path / "a", text)).remedy == 'add date_format: "%m/%d/%Y %H:%M"'
        study = sound(written(tmp_path / "a", text, date_format="%m/%d/%Y %H:%M"))
        assert times_of(study).tolist() == shop()["time"].dt.floor("min").tolist()

    def test_half_of_the_rows_month_first(self, tmp_path: Path) -> None:
        time = shop()["time"].dt.strftime("%d/%m/%Y")
        time.iloc[900:] = shop()["time"].iloc[900:].dt.strftime("%m/%d/%Y")
        fault = only_fault(written(tmp_path / "a", shop().assign(time=time), date_format="%d/%m/%Y"))
        assert "its dates are written in two ways" in fault.what
        assert "only %m/%d/%Y" in fault.what

    def test_dates_a_spreadsheet_could_turn_beside_those_it_could_not(self, tmp_path: Path) -> None:
        time = shop()["time"]
        turned = time.dt.strftime("%Y-%d-%m").where(time.dt.day <= 12, time.dt.strftime("%d/%m/%Y"))
        fault = only_fault(written(tmp_path / "a", shop().assign(time=turned), date_format="%d/%m/%Y"))
        assert "a spreadsheet took the day for the month" in fault.what
        anew = written(tmp_path / "a", shop().assign(time=time.dt.strftime("%Y-%m-%d")))
        assert times_of(sound(anew)).tolist() == time.dt.floor("D").tolist()

    def test_half_of_the_dates_turned_stand_out_of_order(self, tmp_path: Path) -> None:
        time = shop()["time"].sort_values()
        turned = time.dt.strftime("%Y-%d-%m").where(time.dt.day <= 12, time.dt.strftime("%Y-%m-%d"))
        fault = only_fault(written(tmp_path / "a", shop().assign(time=turned)))
        assert "half of the dates were turned" in fault.what


ZONE = {"stored": "UTC", "local": "America/New_York"}


class TestMoments:
    @staticmethod
    def with_offsets(zone: str = "America/New_York") -> pd.DataFrame:
        local = shop()["time"].dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
        return shop().assign(time=local.map(lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S %z")))

    def test_times_with_offset(self, tmp_path: Path) -> None:
        fault = only_fault(written(tmp_path / "a", self.with_offsets()))
        assert "carries offsets from UTC" in fault.what
        assert fault.remedy == "add timezone: {stored: UTC, local: America/New_York} to the study"
        study = sound(written(tmp_path / "a", self.with_offsets(), timezone=ZONE))
        assert times_of(study).tolist() == shop()["time"].tolist()

    @pytest.mark.parametrize("ending", ["Z", "+00:00", " UTC", "+00"])
    def test_utc_times_become_local(self, tmp_path: Path, ending: str) -> None:
        moments = shop()["time"].dt.tz_localize("America/New_York", ambiguous=True, nonexistent="shift_forward")
        text = moments.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S") + ending
        study = sound(written(tmp_path / "a", shop().assign(time=text), timezone=ZONE))
        assert times_of(study).tolist() == shop()["time"].tolist()

    def test_several_offsets_are_one_clock(self, tmp_path: Path) -> None:
        lines = shop().head(2).assign(time=["2024-03-01 12:00:00 -0500", "2024-03-01T19:30:00+02:00"])
        study = sound(written(tmp_path / "a", lines, timezone=ZONE))
        assert times_of(study).tolist() == [pd.Timestamp("2024-03-01 12:00"), pd.Timestamp("2024-03-01 12:30")]

    def test_an_offset_may_end_a_date_format(self, tmp_path: Path) -> None:
        lines = shop().head(2).assign(time=["13/03/2024 12:00 -0500", "13/03/2024 12:00 Z"])
        entry = {"date_format": "%d/%m/%Y %H:%M %z", "timezone": ZONE}
        study = sound(written(tmp_path / "a", lines, **entry))
        assert times_of(study).tolist() == [pd.Timestamp("2024-03-13 13:00"), pd.Timestamp("2024-03-13 08:00")]

    def test_times_with_and_without_offset_do_not_mix(self, tmp_path: Path) -> None:
        lines = self.with_offsets()
        lines.loc[lines.index[10:], "time"] = shop()["time"].iloc[10:].astype(str)
        fault = only_fault(written(tmp_path / "a", lines, timezone=ZONE))
        assert "mixes 10 times that say their offset" in fault.what
        assert "in row 12" in fault.what

    def test_times_called_local_keep_the_clock_as_written(self, tmp_path: Path) -> None:
        study = sound(written(tmp_path / "a", self.with_offsets(), times="local"))
        assert times_of(study).tolist() == shop()["time"].tolist()

    @pytest.mark.parametrize(("unit", "length"), [("seconds", 1), ("milliseconds", 1000)])
    def test_unix_times(self, tmp_path: Path, unit: str, length: int) -> None:
        moments = shop()["time"].astype("datetime64[s]").astype("int64") * length
        lines = shop().assign(time=moments)
        assert only_fault(written(tmp_path / "a", lines)).remedy == f"add date_format: unix_{unit}"
        folder = written(tmp_path / "a", lines, date_format=f"unix_{unit}")
        assert "shown by the UTC clock" in only_warning(folder).what
        assert times_of(sound(folder)).tolist() == shop()["time"].tolist()
        other = "milliseconds" if unit == "seconds" else "seconds"
        assert faults_of(written(tmp_path / "a", lines, date_format=f"unix_{other}"))

    def test_unix_times_of_a_typed_source(self, tmp_path: Path) -> None:
        lines = shop().assign(time=shop()["time"].astype("datetime64[s]").astype("int64"))
        folder = written(tmp_path / "a", lines, source="t.parquet", date_format="unix_seconds")
        lines.to_parquet(folder / "t.parquet")
        assert times_of(sound(folder)).tolist() == shop()["time"].tolist()


class TestRowsChosen:
    def test_page_views_beside_purchases(self, tmp_path: Path) -> None:
        action = np.resize(["pv", "cart", "fav", "buy"], len(shop()))
        lines = shop().assign(行为类型=action, time=shop()["time"].astype("datetime64[s]").astype("int64"))
        columns = {name: name for name in shop().columns}
        folder = written(tmp_path / "a", lines, columns=columns)
        assert only_fault(folder).remedy == "add date_format: unix_seconds"
        entry = {"columns": columns, "date_format": "unix_seconds"}
        _, hint = load_study(written(tmp_path / "a", lines, **entry)).warnings()
        assert hint.remedy.endswith("add only_rows: {行为类型: [buy]} to table transactions")
        folder = written(tmp_path / "a", lines, **entry, only_rows={"行为类型": ["buy"]})
        assert total(folder) == pytest.approx(lines.loc[action == "buy", "amount"].sum())

    def test_cancelled_orders_counted(self, tmp_path: Path) -> None:
        status = np.resize(["completed", "cancelled", "completed", "refunded"], len(shop()))
        lines, columns = shop().assign(status=status), {name: name for name in shop().columns}
        lost = lines.loc[status != "completed", "amount"].sum()
        warning = only_warning(written(tmp_path / "a", lines, columns=columns))
        assert "holds 'cancelled', 'refunded'" in warning.what or "holds 'refunded', 'cancelled'" in warning.what
        assert warning.rows == (status != "completed").sum()
        assert warning.amount == pytest.approx(lost)
        assert "only_rows: {status: [completed]}" in warning.remedy
        folder = written(tmp_path / "a", lines, columns=columns, only_rows={"status": ["completed"]})
        assert total(folder) == pytest.approx(lines["amount"].sum() - lost)
        left_out = only_warning(folder)
        assert (left_out.rows, left_out.amount) == (warning.rows, pytest.approx(lost))
        facts = load_study(folder).facts("transactions")
        assert (facts.rows_received, facts.rows_not_chosen) == (len(lines), left_out.rows)

    def test_a_misspelt_value_names_the_nearest(self, tmp_path: Path) -> None:
        lines, columns = shop().assign(status="completed"), {name: name for name in shop().columns}
        folder = written(tmp_path / "a", lines, columns=columns, only_rows={"status": ["complete"]})
        assert only_fault(folder).remedy == "did you mean 'completed'?"

    def test_refunds_that_are_negative_rows_are_no_hint(self, tmp_path: Path) -> None:
        lines = shop().assign(status="completed")
        lines.loc[5:9, "status"] = "refunded"
        lines.loc[5:9, "amount"] *= -1
        study = sound(written(tmp_path / "a", lines, columns={name: name for name in shop().columns}))
        assert not any("count as purchases" in warning.what for warning in study.warnings())


class TestForms:
    def test_separator_line_of_excel(self, tmp_path: Path) -> None:
        text = "sep=;\n" + shop().to_csv(index=False, sep=";")
        for entry in ({"delimiter": ";"}, {}):
            folder = written(tmp_path / "a", shop(), **entry)
            (folder / "transactions.csv").write_text(text, encoding="utf-8-sig")
            assert total(folder) == pytest.approx(shop()["amount"].sum())
        folder = written(tmp_path / "a", shop(), delimiter=",")
        (folder / "transactions.csv").write_text(text, encoding="utf-8")
        assert only_fault(folder).remedy == 'set delimiter: ";"'
        broken = text.replace("2023", "x", 1)
        folder = written(tmp_path / "a", shop())
        (folder / "transactions.csv").write_text(broken, encoding="utf-8")
        assert "(row 3 of transactions.csv)" in only_fault(folder).what

    @pytest.mark.parametrize("titles", ["Sales 2024\n\n", "Sales 2024,,,,,\nall shops,,,,,\n"])
    def test_title_rows_of_a_text_file(self, tmp_path: Path, titles: str) -> None:
        folder = written(tmp_path / "a", shop())
        (folder / "transactions.csv").write_text(titles + shop().to_csv(index=False), encoding="utf-8")
        assert only_fault(folder).remedy == "add header_row: 3"
        written(tmp_path / "a", shop(), header_row=3)
        (folder / "transactions.csv").write_text(titles + shop().to_csv(index=False), encoding="utf-8")
        assert total(folder) == pytest.approx(shop()["amount"].sum())

    def test_title_rows_of_a_workbook(self, tmp_path: Path) -> None:
        folder = written(tmp_path / "a", shop(), source="w.xlsx")
        with pd.ExcelWriter(folder / "w.xlsx", engine="openpyxl") as book:
            shop().to_excel(book, index=False, startrow=3)
            book.book.worksheets[0]["A1"] = "Sales 2024"
        assert only_fault(folder).remedy == "add header_row: 4"
        written(tmp_path / "a", shop(), source="w.xlsx", header_row=4)
        assert total(folder) == pytest.approx(shop()["amount"].sum())

    @pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
    def test_names_with_invisible_marks(self, tmp_path: Path, suffix: str) -> None:
        lines = shop().rename(columns={"amount": "\u200bamount\u00a0", "time": "\ufefftime ", "quantity": "quantity\n"})
        folder = written(tmp_path / "a", shop(), source=f"t{suffix}")
        {".csv": lines.to_csv, ".parquet": lines.to_parquet, ".xlsx": lines.to_excel}[suffix](
            folder / f"t{suffix}", index=False
        )
        assert total(folder) == pytest.approx(shop()["amount"].sum())

    def test_formulas_without_values(self, tmp_path: Path) -> None:
        folder = written(tmp_path / "a", shop(), source="w.xlsx", as_of="2023-02-01")
        shop().head(50).to_excel(folder / "w.xlsx", index=False)
        book = openpyxl.load_workbook(folder / "w.xlsx")
        values = [book.active.cell(row, 4).value for row in range(2, 52)]
        for row, value in enumerate(values, start=2):
            book.active.cell(row, 4).value = f"={value}*1"
        book.save(folder / "w.xlsx")
        fault = only_fault(folder)
        assert "column 'amount' holds formulas without values in 50 rows" in fault.what
        assert fault.remedy == "open the workbook in Excel or LibreOffice, save it, and check again"
        self.calculate(folder / "w.xlsx", values)
        assert total(folder) == pytest.approx(sum(values))

    @staticmethod
    def calculate(path: Path, values: list[float]) -> None:
        """Write the values of formulas as a spreadsheet does when it saves."""
        from zipfile import ZipFile

        with ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        texts = iter(values)
        sheet = parts["xl/worksheets/sheet1.xml"].decode()
        sheet = re.sub(r"</f><v\s*/?>(</v>)?", lambda _: f"</f><v>{next(texts)}</v>", sheet)
        parts["xl/worksheets/sheet1.xml"] = sheet.encode()
        with ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)


class TestYesAndNo:
    @staticmethod
    def contracts(folder: Path, words: list[Any], **entry: Any) -> Path:
        ended = np.resize(np.array(words, dtype=object), 60)
        lines = pd.DataFrame({"customer_id": [f"C{n}" for n in range(60)], "tenure_months": 5, "ended": ended})
        return make_study(folder, {"contracts": lines}, sources={"contracts": entry})

    def ended(self, folder: Path) -> list[bool]:
        return sound(folder).table("contracts").to_pandas().sort_values("customer_id")["ended"].tolist()

    def test_words_for_yes_and_no(self, tmp_path: Path) -> None:
        words = ["Attrited Customer", "Existing Customer"]
        fault = only_fault(self.contracts(tmp_path / "a", words))
        assert fault.remedy == ("say which word means yes: add yes: [Attrited Customer] or yes: [Existing Customer]")
        for entry in ({"yes": ["Attrited Customer"]}, {"no": {"ended": ["existing customer"]}}):
            assert sum(self.ended(self.contracts(tmp_path / "a", words, **entry))) == 30

    @pytest.mark.parametrize("words", [["ja", "nein"], ["J", "N"], ["oui", "non"], ["1.0", "0.0"], ["TRUE", "FALSE"]])
    def test_usual_words_need_no_key(self, tmp_path: Path, words: list[str]) -> None:
        assert sum(self.ended(self.contracts(tmp_path / "a", words))) == 30

    def test_numbers_of_a_typed_source(self, tmp_path: Path) -> None:
        folder = self.contracts(tmp_path / "a", [1.0, 0.0], source="c.parquet")
        pd.read_csv(folder / "contracts.csv").to_parquet(folder / "c.parquet")
        assert sum(self.ended(folder)) == 30

    def test_a_third_word_must_be_placed(self, tmp_path: Path) -> None:
        words = ["Churned", "Stayed", "Joined"]
        fault = only_fault(self.contracts(tmp_path / "a", words, yes=["Churned"]))
        assert "holds 'joined', 'stayed' beside what is listed under yes" in fault.what
        placed = self.contracts(tmp_path / "a", words, yes=["Churned"], no=["Stayed", "Joined"])
        assert sum(self.ended(placed)) == 20

    def test_a_word_that_no_row_has(self, tmp_path: Path) -> None:
        folder = self.contracts(tmp_path / "a", ["Churned", "Stayed"], yes=["Left"])
        assert "no row has 'left' in column 'ended'" in only_fault(folder).what

    def test_words_of_a_column_that_is_none_of_yes_and_no(self, tmp_path: Path) -> None:
        folder = self.contracts(tmp_path / "a", ["Churned", "Stayed"], yes={"endet": ["Churned"]})
        with pytest.raises(ValueError, match=r"unknown column of yes and no in table contracts 'endet'(?s:.*)'ended'"):
            load_study(folder)


def test_example_of_the_readme_is_read(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "data" / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```yml\n((?:(?!```).)*events\.csv.*?)```", text, re.DOTALL)
    assert found is not None
    head = "study: log\ntitle: Log\ncurrency: EUR\nas_of: 2018-01-01\ntables:\n"
    (tmp_path / "study.yml").write_text(head + found[1].replace("    transactions", "  transactions"), encoding="utf-8")
    (tmp_path / "events.csv").write_text(
        "user,event,at,price,action\n7,1,1512251962,2.084,buy\n7,2,1512251963,788,pv\n8,3,1512251964,950,buy\n",
        encoding="utf-8",
    )
    assert total(tmp_path) == 3034
