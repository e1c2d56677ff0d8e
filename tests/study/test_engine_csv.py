"""Delimited files read by DuckDB hold the same as the reader of text finds, and what it reads otherwise goes there."""

import gzip
import random
from pathlib import Path

import ibis
import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.study import engine_csv
from helpers.study.engine_csv import csv_into
from helpers.study.grammar import Reading
from helpers.study.raw_table import CONTROL, LOST_DIGITS
from helpers.study.study import Study, load_study
from helpers.study.text_tables import ROW, read_csv

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
LINES = shop(20)
HEAD = b"name,amount\n"


@pytest.fixture(scope="module")
def engine() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


def both(engine: ibis.BaseBackend, path: Path, **said: object) -> tuple[list[dict] | str, list[dict] | str | None]:
    """Return what the reader of text makes of a file, its message where it refuses it; and the same of DuckDB."""
    options = Reading(source=path.name, **said)
    try:
        expected: list[dict] | str = read_csv(path, path.name, options).replace_schema_metadata().to_pylist()
    except InputError as error:
        expected = str(error)
    try:
        found = csv_into(engine, "lines", path, path.name, options)
    except InputError as error:
        return expected, str(error)
    return expected, None if found is None else found.table.to_pyarrow().to_pylist()


SOUND = {
    "plain": HEAD + b"a,1\nb,2\n",
    "no line end at the end": HEAD + b"a,1\nb,2",
    "blank lines": HEAD + b"a,1\n\n\nb,2\n\n",
    "byte order mark": b"\xef\xbb\xbf" + HEAD + b"a,1\n",
    "line ends of Windows": (HEAD + b"a,1\nb,2\n").replace(b"\n", b"\r\n"),
    "quotations": HEAD + b'"a,""b"" c",1\n"",2\n',
    "a quotation inside": HEAD + b'5" pipe,1\n',
    "blanks around": HEAD + b" a ,1\n  ,2\n",
    "nothing in a row": HEAD + b",\na,1\n",
    "words for nothing": HEAD + b"NULL,1\nNA,2\n#c,3\n",
    "escaped": HEAD + b"a\\,1\n\\N,2\n",
}
BY_THE_READER = {
    "blank line on top": b"\n" + HEAD + b"a,1\n",
    "blanks behind a quotation": HEAD + b'a,"1"   \n',
    "a value too many, and empty": HEAD + b"a,1,\nb,2\n",
    "a value too many": HEAD + b"a,1,2\nb,2\n",
    "a value too few": HEAD + b"a\nb,2\n",
    "a line of blanks": HEAD + b"a,1\n \nb,2\n",
    "header alone": HEAD,
    "header without line end": HEAD.strip(),
    "blank before a quotation": HEAD + b'a, "1"\n',
    "blank behind a quotation": HEAD + b'"a" ,1\n',
    "comma and blank before an inner quotation": HEAD + b'"a, ""b""",1\n',
    "letters behind a quotation": HEAD + b'"a"b,1\n',
    "several lines in a value": HEAD + b'"a\nb",1\nc,2\n',
    "quotation left open": HEAD + b'"a,1\nb,2\n',
    "line ends of two kinds": HEAD + b"a,1\r\nb,2\n",
    "line ends of old": (HEAD + b"a,1\nb,2\n").replace(b"\n", b"\r"),
    "NUL": HEAD + b"a\0,1\n",
    "no UTF-8": HEAD + b"\xe4,1\n",
    "one column": b"name\na\n\nb\n",
}


@pytest.mark.parametrize("case", SOUND)
def test_files_read_by_the_engine(case: str, engine: ibis.BaseBackend, tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_bytes(SOUND[case])
    expected, found = both(engine, tmp_path / "lines.csv")
    assert found == expected
    assert isinstance(found, list)


@pytest.mark.parametrize("case", BY_THE_READER)
def test_files_left_to_the_reader(case: str, engine: ibis.BaseBackend, tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_bytes(BY_THE_READER[case])
    expected, found = both(engine, tmp_path / "lines.csv")
    assert found in (None, expected)  # or the same message
    assert not isinstance(found, list)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-8-sig"])
def test_files_in_other_encodings(encoding: str, engine: ibis.BaseBackend, tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_bytes("name;amount\nMüller;1,5\n\nÄrger;2\n".encode(encoding))
    expected, found = both(engine, tmp_path / "lines.csv", encoding=encoding, delimiter=";")
    assert found == expected
    assert [row[ROW] for row in found] == [2, 3]


def test_packed_file_in_gb_18030(engine: ibis.BaseBackend, tmp_path: Path) -> None:
    (tmp_path / "lines.csv.gz").write_bytes(gzip.compress("name,amount\n李,1\n王,2\n".encode("gb18030")))
    expected, found = both(engine, tmp_path / "lines.csv.gz", encoding="gb18030")
    assert found == expected
    assert found[0]["name"] == "李"


def test_header_below_titles(engine: ibis.BaseBackend, tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_bytes(b"Report,\n\n" + HEAD + b"a,1\n")
    expected, found = both(engine, tmp_path / "lines.csv", header_row=3)
    assert found == expected == [{"name": "a", "amount": "1", ROW: 4}]


def test_values_below_columns_without_name(engine: ibis.BaseBackend, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"name,amount,,\na,1,,\nb,2,,\n")
    (tmp_path / "filled.csv").write_bytes(b"name,amount,,\na,1,,\nb,2,x,\n")
    expected, found = both(engine, tmp_path / "empty.csv")
    assert found == expected
    assert both(engine, tmp_path / "filled.csv")[1] is None


PIECES = [
    "a",
    "",
    "2.5",
    "x y",
    "é",
    '"a,b"',
    '"q"',
    '""',
    '"a ""b"""',
    'a"b',
    '"',
    "\\",
    " ",
    "trail ",
    "\t",
    '"l\n2"',
]


@pytest.mark.parametrize("seed", range(4))
def test_drawn_files_hold_the_same(seed: int, engine: ibis.BaseBackend, tmp_path: Path) -> None:
    """Whatever DuckDB is left to read, it reads as the reader of text does, refusals included."""
    draw, read = random.Random(seed), 0  # noqa: S311  nothing is kept secret by it
    for number in range(60):
        width, kinds = draw.choice([2, 3]), PIECES if number % 3 == 0 else PIECES[:9]
        rows = [[draw.choice(kinds) for _ in range(width + (draw.random() < 0.01))] for _ in range(draw.randint(1, 9))]
        lines = [",".join(f"h{place}" for place in range(width)), *(",".join(row) for row in rows)]
        path = tmp_path / f"{number}.csv"
        path.write_text(draw.choice(["\n", "\r\n"]).join(lines), encoding="utf-8", newline="")
        expected, found = both(engine, path)
        assert found is None or found == expected, path.read_bytes()
        read += isinstance(found, list)
    assert read > 10


@pytest.mark.parametrize("chunk", [5, 64, 1 << 20])
def test_marks_are_found_wherever_chunks_end(chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_csv, "_CHUNK_BYTES", chunk)
    engine = ibis.duckdb.connect()
    contents = {
        CONTROL: b"a\x1b,1\n",
        "#": b"#N/A,1\n",
        "rr:5": b"Err:502,1\n",
        LOST_DIGITS: b"1.2E+12,1\n",
        "+": b"a,+1\n",
        "_": b"a_b,1\n",
    }
    for mark, line in contents.items():
        for before in range(6):
            path = tmp_path / "lines.csv"
            path.write_bytes(HEAD + b"x" * before + b",1\n" + line + b"b,2\n")
            found = csv_into(engine, "lines", path, "lines.csv", Reading(source="lines.csv"))
            assert found is not None
            assert found.absent & set(contents) == set(contents) - {mark} - ({"+"} if mark == LOST_DIGITS else set())


def study_of(folder: Path, content: bytes, **entry: object) -> Study:
    columns = {name: name for name in LINES.columns}
    make_study(folder, {}, sources={"transactions": {"source": "lines.csv", "columns": columns, **entry}})
    (folder / "lines.csv").write_bytes(content)
    return load_study(folder)


NO_NUMBERS = ["+-5", "1_000", "nan", "inf", "1e15", "0x10", "\x0b5"]
NUMBERS = {" 7 ": 7.0, "+5": 5.0, "5.": 5.0, ".5": 0.5, "1e3": 1000.0, "1,234.50": 1234.5, "-3": -3.0}


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_a_cast_alone_would_take_for_a_number(text: str, tmp_path: Path) -> None:
    lines = LINES.astype({"amount": str})
    lines.loc[3, "amount"] = text
    (fault,) = study_of(tmp_path / "study", lines.to_csv(index=False).encode()).check()
    assert "cannot be read as amount in 1 row (row 5 of lines.csv)" in fault.what


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_that_a_cast_reads_and_those_it_does_not(text: str, tmp_path: Path) -> None:
    lines = LINES.astype({"amount": str})
    lines.loc[3, "amount"] = text
    study = study_of(tmp_path / "study", lines.to_csv(index=False).encode())
    assert study.check() == []
    found = study.table("transactions").filter(lambda rows: rows.order_id == lines.loc[3, "order_id"])
    assert NUMBERS[text] in found.to_pyarrow()["amount"].to_pylist()


@pytest.mark.parametrize("text", ["1699-12-31", "2201-01-01", "infinity", "9999-12-31 00:00:00"])
def test_times_beyond_the_calendar_are_none(text: str, tmp_path: Path) -> None:
    lines = LINES.astype({"time": str})
    lines.loc[3, "time"] = text
    (fault,) = study_of(tmp_path / "study", lines.to_csv(index=False).encode()).check()
    assert f"{text!r} cannot be read as time in 1 row (row 5 of lines.csv)" in fault.what


def test_rows_of_several_files_are_named_by_file(tmp_path: Path) -> None:
    columns = {name: name for name in LINES.columns}
    entry = {"source": "lines-*.csv", "columns": columns}
    make_study(tmp_path / "study", {}, sources={"transactions": entry})
    half, lines = len(LINES) // 2, LINES.astype({"amount": str})
    lines.loc[half + 1, "amount"] = "much"
    for number, part in enumerate((lines[:half], lines[half:][[*lines.columns[::-1]]]), start=1):
        part.to_csv(tmp_path / "study" / f"lines-{number}.csv", index=False)
    (fault,) = load_study(tmp_path / "study").check()
    assert "in 1 row (row 3 of lines-2.csv)" in fault.what
