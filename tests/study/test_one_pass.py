"""A delimited file parsed and checked in the pass that reads it: the same as stored and asked, and no text stored."""

import gzip
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.cases import make_study

from helpers.core.errors import SourceError
from helpers.study import into_engine, one_pass, tables
from helpers.study.study import Study, load_study
from helpers.study.time_text import length_of, plain_pattern

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
HEAD = "customer_id,order_id,time,quantity,amount\n"
SOUND = "".join(
    f"C{row % 7},{row},2023-{1 + row % 12:02}-{1 + row % 28:02} 10:00:{row:02},{row % 5},{row / 4}\n"
    for row in range(60)
)
LINES = {
    "sound": "",
    "without a line end": "C1,61,2023-05-05 10:00:00,1,2.5",
    "a date alone": "C1,61,2023-05-05,1,2.5\n",
    "an offset": "C1,61,2023-05-05 10:00:00+02:00,1,2.5\n",
    "an offset as long as a time": "C1,61,2023-05-05 10:00-03,1,2.5\n",
    "a letter for an offset": "C1,61,2023-05-05 10:00:5Z,1,2.5\n",
    "a time with short fields": "C1,61,2023-5-5 9:00:00,1,2.5\n",
    "a time with a blank": "C1,61, 2023-5-05 10:00:00,1,2.5\n",
    "a tab in the place of a digit": "C1,61,2023-05-05 10:00:0\t,1,2.5\n",
    "midnight at the end of a day": "C1,61,2023-05-05 24:00:00,1,2.5\n",
    "a day that is none": "C1,61,2023-02-30 10:00:00,1,2.5\n",
    "a year of no calendar": "C1,61,9999-12-31 10:00:00,1,2.5\n",
    "a time without bound": "C1,61,infinity,1,2.5\n",
    "no time": "C1,61,,1,2.5\n",
    "a word": "C1,61,2023-05-05 10:00:00,two,2.5\n",
    "no amount": "C1,61,2023-05-05 10:00:00,1,\n",
    "a sign": "C1,61,2023-05-05 10:00:00,+1,2.5\n",
    "a mark that casts pass over": "C1,61,2023-05-05 10:00:00,1_0,2.5\n",
    "no number": "C1,61,2023-05-05 10:00:00,nan,2.5\n",
    "a number without bound": "C1,61,2023-05-05 10:00:00,1,inf\n",
    "a number too large": "C1,61,2023-05-05 10:00:00,1,200000000000000\n",
    "groups of thousands": 'C1,61,2023-05-05 10:00:00,1,1.234\nC1,62,2023-05-05 10:00:00,"1,234",2.5\n',
    "a point in whole numbers": "C1,61,2023-05-05 10:00:00,2.000,2.5\n",
    "a comma": 'C1,61,2023-05-05 10:00:00,"2,5",2.5\n',
    "no customer": ",61,2023-05-05 10:00:00,1,2.5\n",
    "a blank customer": "  ,61,2023-05-05 10:00:00,1,2.5\n",
    "an error mark": "#N/A,61,2023-05-05 10:00:00,1,2.5\n",
    "a hash in a name": "C#1,61,2023-05-05 10:00:00,1,2.5\n",
    "digits lost": "1.23457E+12,61,2023-05-05 10:00:00,1,2.5\n",
    "letters of all sorts": "Käthe,61,2023-05-05 10:00:00,1,2.5\n",
    "a value too few": "C1,61,2023-05-05 10:00:00,1\n",
    "a value too many": "C1,61,2023-05-05 10:00:00,1,2.5,\n",
    "one too many and one too few": "C1,61,2023-05-05 10:00:00,1,2.5,9\nC1,62,2023-05-05 10:00:00,1\n",
    "one too many in four rows and a blank line": "\n" + "C1,61,2023-05-05 10:00:00,1,2.5,\n" * 4,
    "a blank line": "\nC1,61,2023-05-05 10:00:00,1,2.5\n",
    "a sign that is not seen": "C\x071,61,2023-05-05 10:00:00,1,2.5\n",
}
SAID: dict[str, dict[str, Any]] = {
    "nothing said": {},
    "a word for none": {"missing": ["two", "infinity", "2023-05-05 10:00:00"]},
    "local times": {"times": "local"},
    "a customer that is none": {"missing_in": {"customer_id": ["C1"]}},
    "attributes": {"attributes": {"kind": "quantity"}},
}


def study_of(folder: Path, lines: str, **said: Any) -> Path:
    names = [name for name in HEAD.strip().split(",") if name != "quantity" or "attributes" not in said]
    entry = {"source": "lines.csv", "columns": {name: name for name in names}} | said
    more = {"timezone": {"stored": "UTC", "local": "Europe/Berlin"}}
    make_study(folder, {}, as_of="2024-01-01", sources={"transactions": entry}, **more)
    (folder / "lines.csv").write_text(HEAD + SOUND + lines, encoding="utf-8", newline="")
    return folder


def said_of(study: Study) -> tuple[Any, ...]:
    faults = [str(one) for one in study.check()]
    if faults:
        return faults, None, None
    return faults, [str(one) for one in study.warnings()], study.table("transactions").to_pyarrow().to_pylist()


FEW = ("sound", "an offset", "a word", "a time without bound")


@pytest.mark.parametrize(
    ("case", "said"),
    [(case, "nothing said") for case in LINES]
    + [(case, said) for said in SAID for case in FEW if said != "nothing said"],
)
def test_one_pass_says_what_the_stored_text_says(
    case: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = study_of(tmp_path / "study", LINES[case], **SAID[said])
    found = said_of(load_study(folder))
    monkeypatch.setattr(tables, "parsed_in_one_pass", lambda *_: None)
    assert found == said_of(load_study(folder))


OTHER_FILES = {
    "quotes": 'C1,62,2023-05-05 10:00:00,1,"2.5"\n',
    "a blank behind a quote": 'C1,62,2023-05-05 10:00:00,1,"2.5" \n',
    "line ends of two kinds": "C1,62,2023-05-05 10:00:00,1,2.5\r\nC1,63,2023-05-05 10:00:00,1,2.5\n",
    "an uneven row": "C1,62,2023-05-05 10:00:00,1\n",
}


@pytest.mark.parametrize("doubt", ["sound", "a word"])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("other", OTHER_FILES)
def test_a_file_that_is_stored_at_once_beside_one_that_waits(
    other: str, first: bool, doubt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = study_of(tmp_path / "study", LINES[doubt], source="lines*.csv")
    (folder / f"lines-{0 if first else 2}.csv").write_text(HEAD + OTHER_FILES[other], encoding="utf-8", newline="")
    if first:
        (folder / "lines.csv").rename(folder / "lines-2.csv")
    found = said_of(load_study(folder))
    monkeypatch.setattr(into_engine, "_held", partial(stored_at_once, into_engine._held))
    assert found == said_of(load_study(folder))
    assert bool(found[0]) == (doubt != "sound" or other == "an uneven row")


def stored_at_once(held: Any, *given: Any, store: bool) -> Any:
    return held(*given, store=True)


@pytest.mark.parametrize(("written", "pattern"), [("2023-05-05", "%Y-%m-%d"), ("2023-05-05 10:00", "%Y-%m-%d %H:%M")])
def test_a_short_time_with_a_tab_behind_it_is_read_as_stored(
    written: str, pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = study_of(tmp_path / "study", "")
    assert plain_pattern(written) == pattern
    rows = f"C1,61,{written},1,2.5\nC1,62,{written[:-2]}5\t,1,2.5\n"
    (folder / "lines.csv").write_text(HEAD + rows, encoding="utf-8", newline="")
    found = said_of(load_study(folder))
    assert "cannot be read as time" in found[0][0]
    monkeypatch.setattr(tables, "parsed_in_one_pass", lambda *_: None)
    assert found == said_of(load_study(folder))


@pytest.mark.parametrize("moment", ["looked at", "parsed", "parsed in blocks"])
def test_a_file_that_changes_while_it_is_read_is_refused(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = study_of(tmp_path / "study", "", **({"missing": ["none"]} if moment == "parsed" else {}))
    by_engine = (one_pass, "_parsed") if moment == "parsed" else (one_pass, "held_plainly")
    room, name = (into_engine, "csv_into") if moment == "looked at" else by_engine
    usual = getattr(room, name)

    def followed_by_a_row(*given: Any, **more: Any) -> Any:
        answer = usual(*given, **more)
        with (folder / "lines.csv").open("a", encoding="utf-8") as file:
            file.write("C1,99,2023-05-05 10:00:00,1,2.5\n")
        return answer

    monkeypatch.setattr(room, name, followed_by_a_row)
    (fault,) = load_study(folder).check()
    assert "lines.csv: was changed while it was read" in str(fault)
    assert str(fault).startswith("study/study.yml, line ")


@pytest.mark.parametrize("name", ["lines.csv", "lines.csv.gz"])
@pytest.mark.parametrize("left", [0, 100])
def test_a_file_that_is_cut_while_it_is_read_is_refused(
    name: str, left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = study_of(tmp_path / "study", "", source=name)
    whole = (folder / "lines.csv").read_bytes()
    (folder / name).write_bytes(gzip.compress(whole) if name.endswith(".gz") else whole)
    usual = one_pass.held_plainly

    def after_a_cut(*given: Any) -> Any:
        (folder / name).write_bytes((folder / name).read_bytes()[:left])
        return usual(*given)

    monkeypatch.setattr(one_pass, "held_plainly", after_a_cut)
    (fault,) = load_study(folder).check()
    assert f"{name}: was changed while it was read" in str(fault)


@pytest.mark.parametrize("case", FEW)
def test_a_packed_file_is_read_as_the_file_itself(case: str, tmp_path: Path) -> None:
    plain = load_study(study_of(tmp_path / "study", LINES[case]))
    packed = load_study(study_of(tmp_path / "packed" / "study", LINES[case], source="lines.csv.gz"))
    text = (tmp_path / "study" / "lines.csv").read_bytes()
    (packed.folder / "lines.csv.gz").write_bytes(gzip.compress(text[:500]) + gzip.compress(text[500:]))
    expected = said_of(plain)
    found = said_of(packed)
    assert ([one.replace(".csv.gz", ".csv") for one in found[0]], *found[1:]) == expected
    assert bool(engine_tables(packed)) == bool(engine_tables(plain))


@pytest.mark.parametrize("room", ["first_rows", "held_plainly"])
@pytest.mark.parametrize("done", ["removed", "emptied"])
def test_a_file_that_goes_while_it_is_read_is_refused(
    done: str, room: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = study_of(tmp_path / "study", "")
    usual = getattr(one_pass, room)

    def gone_before(*given: Any) -> Any:
        (folder / "lines.csv").unlink()
        if done == "emptied":
            (folder / "lines.csv").touch()
        return usual(*given)

    monkeypatch.setattr(one_pass, room, gone_before)
    (fault,) = load_study(folder).check()
    assert "lines.csv: was changed while it was read" in str(fault)


def engine_tables(study: Study) -> list[str]:
    found = study.local_engine.raw_sql("SELECT table_name FROM duckdb_tables()").fetchall()
    return [name for (name,) in found if name.endswith("_text")]


@pytest.mark.parametrize(
    ("case", "stored"), [("sound", False), ("letters of all sorts", False), ("an offset", True), ("a word", True)]
)
def test_text_is_stored_only_where_something_is_in_doubt(case: str, stored: bool, tmp_path: Path) -> None:
    study = load_study(study_of(tmp_path / "study", LINES[case]))
    study.check()
    assert bool(engine_tables(study)) == stored


def test_a_file_that_changes_before_it_is_stored_is_refused(tmp_path: Path) -> None:
    folder = study_of(tmp_path / "study", "")
    study = load_study(folder)
    assert study.check() == []
    with (folder / "lines.csv").open("a", encoding="utf-8") as file:
        file.write("C1,99,2023-05-05 10:00:00,1,2.5\n")
    with pytest.raises(SourceError, match=r"lines\.csv: was changed while it was read"):
        study._tables.raw("transactions").table.count().to_pyarrow()


def test_rows_of_several_files_are_counted_on_in_one_pass(tmp_path: Path) -> None:
    folder = study_of(tmp_path / "study", "", source="lines*.csv")
    (folder / "lines-2.csv").write_text(HEAD + "C1,61,2023-05-05 10:00:00,1,2.5\n", encoding="utf-8")
    study = load_study(folder)
    assert study.check() == []
    assert study.table("transactions").count().to_pyarrow().as_py() == 61
    assert engine_tables(study) == []


def test_patterns_are_those_of_times_without_an_offset() -> None:
    texts = ("2018-01-31 18:05:00", "2018-01-31T18:05:00", "2018-01-31 18:05", "2018-01-31")
    assert [length_of(plain_pattern(text) or "") for text in texts] == [19, 19, 16, 10]
    assert [plain_pattern(text) for text in ("2018-01-31 18:05Z", "31/01/2018", "2018-1-31", "")] == [None] * 4
