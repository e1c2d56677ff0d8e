"""Dates, numbers and marks that few exports have: read with evidence, or refused with a remedy that works."""

import gzip
import io
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pytest
from ruamel.yaml import YAML
from tests.cases import make_study, shop
from tests.workbook_files import write_ods, write_xlsb

from helpers.core import damaged_workbooks
from helpers.core.errors import Fault, InputError
from helpers.study import packed_text
from helpers.study.proposal.propose import propose
from helpers.study.study import Study, load_study
from helpers.study.time_text import by_pattern

LINES = shop(40)
MONTHS = {
    "French": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    "German": (
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
    "Spanish": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    "Italian": ("gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"),
}


def written(folder: Path, lines: pd.DataFrame, **entry: Any) -> Path:
    return make_study(folder, {"transactions": lines}, sources={"transactions": entry})


def faults_of(folder: Path) -> list[Fault]:
    return load_study(folder).check()


def sound(folder: Path) -> Study:
    study = load_study(folder)
    assert study.check() == []
    return study


def days_of(study: Study) -> list[datetime]:
    return study.table("transactions").to_pandas().sort_values("order_id", kind="stable")["time"].tolist()


def total(study: Study) -> float:
    return round(float(study.table("transactions")["amount"].sum().to_pyarrow().as_py()), 2)


def with_key(folder: Path, remedy: str) -> Path:
    """Add to the study file what a remedy says to add to the table."""
    path = folder / "study.yml"
    reader = YAML(typ="safe", pure=True)
    study = reader.load(path.read_text(encoding="utf-8"))
    for key, value in re.findall(r'(calendar|date_format|returned): ("[^"]+"|\{[^}]+\}|\w+)', remedy):
        study["tables"]["transactions"][key] = reader.load(value)
    with path.open("w", encoding="utf-8") as stream:
        YAML().dump(study, stream)
    return folder


def proposed(folder: Path) -> tuple[Any, str]:
    proposal = propose([str(folder)])
    proposal.write()
    return YAML(typ="safe").load(io.StringIO(proposal.text)), proposal.text


def lakhs(amount: float) -> str:
    whole, _, cents = f"{amount:.2f}".partition(".")
    head, tail = whole[:-3], whole[-3:]
    pairs = re.findall(r"\d{1,2}(?=(?:\d\d)*$)", head)
    return ",".join([*pairs, tail]) + "." + cents


def test_numbers_grouped_by_lakhs_are_read_and_counted_in_a_proposal(tmp_path: Path):
    amounts = (LINES["amount"] * 10_000).round(2)
    lines = LINES.assign(amount=amounts.map(lakhs))
    assert lines["amount"].str.fullmatch(r"\d{1,2},\d\d,\d{3}\.\d\d").any()
    assert total(sound(written(tmp_path / "a", lines))) == round(float(amounts.sum()), 2)
    (tmp_path / "b").mkdir()
    lines.to_csv(tmp_path / "b" / "orders.csv", index=False)
    _, text = proposed(tmp_path / "b")
    count = int(lines["amount"].str.count(",").ge(2).sum())
    assert f"{count:,} values with digits grouped by lakhs and crores" in text
    assert total(sound(tmp_path / "b")) == round(float(amounts.sum()), 2)


@pytest.mark.parametrize("odd", ["1,2,345", "1,23,45", "12,345,67"])
def test_digits_in_groups_of_no_kind_are_refused(odd: str, tmp_path: Path):
    amounts = LINES["amount"].astype(str)
    amounts.iloc[3] = odd
    (fault,) = faults_of(written(tmp_path / "a", LINES.assign(amount=amounts)))
    assert odd in str(fault)


@pytest.mark.parametrize("language", MONTHS)
def test_names_of_months_in_other_languages_are_read(language: str, tmp_path: Path):
    names = MONTHS[language]
    dates = LINES["time"].map(lambda day: f"{day.day} {names[day.month - 1]} {day.year}")
    (tmp_path / "a").mkdir()
    LINES.assign(time=dates).to_csv(tmp_path / "a" / "orders.csv", index=False)
    study, _ = proposed(tmp_path / "a")
    assert study["tables"]["transactions"]["date_format"] in ("%d %b %Y", "%d %B %Y")
    expected = LINES.sort_values("order_id", kind="stable")["time"].dt.floor("D").tolist()
    assert days_of(sound(tmp_path / "a")) == expected


def test_a_query_that_reads_names_of_months_names_the_column_a_few_times():
    """Where it stood a hundred times, DuckDB took seconds to plan the query, and ten to find a format that fits."""
    table = ibis.table({"written": "string"}, name="lines")
    query = str(ibis.to_sql(table.select(time=by_pattern(table["written"], "%d %B %Y")), dialect="duckdb"))
    assert query.count('"written"') <= 12


def test_months_as_germans_and_spaniards_write_them_in_a_sentence(tmp_path: Path):
    for folder, form, pattern in (
        (tmp_path / "a", "{0}. {1} {2}", "%d. %B %Y"),
        (tmp_path / "b", "{0} de {1} de {2}", "%d de %B de %Y"),
    ):
        names = MONTHS["German" if pattern == "%d. %B %Y" else "Spanish"]
        dates = LINES["time"].map(
            lambda day, form=form, names=names: form.format(day.day, names[day.month - 1], day.year)
        )
        study = sound(written(folder, LINES.assign(time=dates), date_format=pattern))
        assert days_of(study) == LINES.sort_values("order_id", kind="stable")["time"].dt.floor("D").tolist()


def test_english_names_beside_may_are_one_way_of_writing(tmp_path: Path):
    (tmp_path / "a").mkdir()
    dates = LINES["time"].dt.strftime("%d %B %Y")
    assert dates.str.contains("May").mean() > 0.01
    LINES.assign(time=dates).to_csv(tmp_path / "a" / "orders.csv", index=False)
    proposed(tmp_path / "a")
    assert len(days_of(sound(tmp_path / "a"))) == len(LINES)


def test_an_unknown_name_of_a_month_is_refused_with_what_to_write(tmp_path: Path):
    dates = LINES["time"].map(lambda day: f"{day.day} stycznia {day.year}")
    (fault,) = faults_of(written(tmp_path / "a", LINES.assign(time=dates)))
    assert fault.remedy.startswith("write each as 2024-01-31")
    assert "French" in fault.remedy


@pytest.mark.parametrize("pattern", ["%d/%m/{}", "{}-%m-%d", "{}-%m-%d %H:%M:%S"])
def test_years_of_the_buddhist_calendar_have_a_remedy_that_works(pattern: str, tmp_path: Path):
    dates = LINES["time"].map(lambda day: day.strftime(pattern.format(day.year + 543)))
    leap = LINES["time"].dt.strftime("%m-%d").eq("02-29")
    lines = LINES.assign(time=dates)
    if not leap.any():
        lines.loc[lines.index[0], "time"] = pd.Timestamp("2024-02-29").strftime(pattern.format(2567))
    folder = written(tmp_path / "a", lines)
    (fault,) = faults_of(folder)
    assert "(25" in fault.remedy
    study = sound(with_key(folder, fault.remedy))
    days = days_of(study)
    assert {day.year for day in days} <= set(range(2023, 2026))
    assert any((day.month, day.day) == (2, 29) for day in days)


def test_a_proposal_says_that_years_are_those_of_the_buddhist_calendar(tmp_path: Path):
    (tmp_path / "a").mkdir()
    dates = LINES["time"].map(lambda day: f"{day.day:02d}/{day.month:02d}/{day.year + 543}")
    LINES.assign(time=dates).to_csv(tmp_path / "a" / "orders.csv", index=False)
    study, text = proposed(tmp_path / "a")
    assert study["tables"]["transactions"]["calendar"] == "buddhist"
    assert "543 ahead" in text
    assert days_of(sound(tmp_path / "a")) == LINES.sort_values("order_id", kind="stable")["time"].dt.floor("D").tolist()


def test_weeks_are_refused_with_the_day_to_write(tmp_path: Path):
    weeks = LINES["time"].dt.strftime("%G-W%V")
    folder = written(tmp_path / "a", LINES.assign(time=weeks))
    (fault,) = faults_of(folder)
    assert fault.remedy.startswith("weeks are no days: write the Monday of each")
    day, week = re.search(r"as (\S+) for '(\S+)'", fault.remedy).groups()
    assert pd.Timestamp(day).strftime("%G-W%V") == week
    mondays = LINES["time"].dt.to_period("W").dt.start_time.dt.strftime("%Y-%m-%d")
    sound(written(tmp_path / "b", LINES.assign(time=mondays)))


def with_refunds() -> tuple[pd.DataFrame, float]:
    """Return lines of which every tenth is a return with its amount above zero, and what was truly earned."""
    lines = LINES.assign(kind="Sale")
    back = lines.iloc[::10].assign(kind="Return", order_id=lambda one: "R" + one["order_id"])
    return pd.concat([lines, back], ignore_index=True), round(float(lines["amount"].sum() - back["amount"].sum()), 2)


def test_returns_above_zero_are_named_and_the_remedy_counts_them_as_money_given_back(tmp_path: Path):
    lines, earned = with_refunds()
    folder = written(tmp_path / "a", lines, columns={name: name for name in LINES.columns})
    study = sound(folder)
    (warning,) = [one for one in study.warnings() if "column kind" in one.what]
    assert "they count as purchases" in warning.what
    assert "returned: {kind: [Return]}" in warning.remedy
    mended = sound(with_key(folder, warning.remedy))
    assert total(mended) == earned
    (said,) = [one for one in mended.warnings() if "given back" in one.what]
    assert said.rows == lines["kind"].eq("Return").sum()
    quantities = mended.table("transactions").to_pandas()
    assert quantities.loc[quantities["order_id"].str.startswith("R"), "quantity"].lt(0).all()


def test_a_proposal_counts_rows_of_returns_as_money_given_back(tmp_path: Path):
    lines, earned = with_refunds()
    (tmp_path / "a").mkdir()
    lines.rename(columns={"kind": "type"}).to_csv(tmp_path / "a" / "orders.csv", index=False)
    study, _ = proposed(tmp_path / "a")
    assert study["tables"]["transactions"]["returned"] == {"type": ["Return"]}
    assert total(sound(tmp_path / "a")) == earned


@pytest.mark.parametrize(
    ("entry", "what"),
    [({"kynd": ["Return"]}, "'kynd'"), ({"kind": ["Retrun"]}, "no row has 'Retrun' in column 'kind'")],
)
def test_what_is_misspelt_under_returned_is_refused(entry: dict[str, list[str]], what: str, tmp_path: Path):
    lines, _ = with_refunds()
    columns = {name: name for name in LINES.columns}
    (fault,) = faults_of(written(tmp_path / "a", lines, columns=columns, returned=entry))
    assert what in fault.what


def test_an_export_saved_twice_is_read_once_by_a_proposal(tmp_path: Path):
    (tmp_path / "a").mkdir()
    for name in ("orders-2024-01.csv", "orders-2024-01 (1).csv"):
        LINES.to_csv(tmp_path / "a" / name, index=False)
    study, text = proposed(tmp_path / "a")
    assert study["tables"]["transactions"]["source"] == "orders-2024-01.csv"
    assert "orders-2024-01 (1).csv holds the same bytes as orders-2024-01.csv: it is left out" in text
    assert total(sound(tmp_path / "a")) == round(float(LINES["amount"].sum()), 2)


@pytest.mark.parametrize(
    "entry", [{"source": "orders-*.csv"}, {"sources": [{"source": "orders-1.csv"}, {"source": "orders-1 copy.csv"}]}]
)
def test_a_copy_of_a_file_is_refused_and_without_it_the_study_is_sound(entry: dict[str, Any], tmp_path: Path):
    columns = {name: name for name in LINES.columns}
    folder = make_study(tmp_path / "a", {}, sources={"transactions": entry | {"columns": columns}})
    for name in ("orders-1.csv", "orders-1 copy.csv"):
        LINES.to_csv(folder / name, index=False)
    (fault,) = faults_of(folder)
    assert fault.what == "orders-1 copy.csv holds the same bytes as orders-1.csv: its rows would be counted twice"
    if "source" in entry:
        (folder / "orders-1 copy.csv").unlink()
        sound(folder)


def test_months_without_rows_are_no_copies(tmp_path: Path):
    columns = {name: name for name in LINES.columns}
    entry = {"source": "orders-*.csv", "columns": columns}
    folder = make_study(tmp_path / "a", {}, sources={"transactions": entry})
    LINES.to_csv(folder / "orders-1.csv", index=False)
    for month in (2, 3):
        LINES.head(0).to_csv(folder / f"orders-{month}.csv", index=False)
    assert total(sound(folder)) == round(float(LINES["amount"].sum()), 2)


def test_a_packed_text_that_unpacks_to_too_much_is_refused_and_read_when_unpacked(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(packed_text, "UNPACKED_AT_MOST", 5_000)
    content = LINES.to_csv(index=False).encode()
    columns = {name: name for name in LINES.columns}
    entry = {"source": "orders.csv.gz", "columns": columns}
    folder = make_study(tmp_path / "a", {}, sources={"transactions": entry})
    (folder / "orders.csv.gz").write_bytes(gzip.compress(content))
    (fault,) = faults_of(folder)
    assert "unpacks to more than" in fault.what
    assert "gunzip" in fault.remedy
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "orders.csv.gz").write_bytes(gzip.compress(content))
    with pytest.raises(InputError, match="unpacks to more than"):
        propose([str(tmp_path / "b")])
    (tmp_path / "b" / "orders.csv.gz").unlink()
    (tmp_path / "b" / "orders.csv").write_bytes(content)
    proposed(tmp_path / "b")
    assert total(sound(tmp_path / "b")) == round(float(LINES["amount"].sum()), 2)


@pytest.mark.parametrize(("ending", "write"), [(".xlsb", write_xlsb), (".ods", write_ods)])
class TestPackedWorkbooks:
    def rows(self) -> list[list[Any]]:
        lines = LINES.assign(time=LINES["time"].dt.strftime("%Y-%m-%d %H:%M:%S"))
        return [
            list(lines.columns),
            *[[getattr(one, "item", lambda one=one: one)() for one in row] for row in lines.to_numpy()],
        ]

    def test_a_proposal_reads_it(self, ending: str, write: Any, tmp_path: Path):
        (tmp_path / "a").mkdir()
        write(tmp_path / "a" / f"orders{ending}", {"Orders": self.rows()})
        study, _ = proposed(tmp_path / "a")
        assert study["tables"]["transactions"]["source"] == f"orders{ending}"
        assert total(sound(tmp_path / "a")) == round(float(LINES["amount"].sum()), 2)

    def test_one_that_unpacks_to_too_much_is_refused(self, ending: str, write: Any, tmp_path: Path, monkeypatch):
        monkeypatch.setattr(damaged_workbooks.require_modest, "__defaults__", (5_000,))
        (tmp_path / "a").mkdir()
        write(tmp_path / "a" / f"orders{ending}", {"Orders": self.rows()})
        with pytest.raises(InputError, match="unpacks to"):
            propose([str(tmp_path / "a")])
