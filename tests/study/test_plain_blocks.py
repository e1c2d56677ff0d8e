"""What Arrow reads of plainly written files is what the full way reads; whatever else stands there is left to it."""

import random
from itertools import product
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.cases import make_study, shop

from helpers.study import plain_blocks, tables
from helpers.study.grammar import TableSpec
from helpers.study.number_text import parse_number
from helpers.study.plain_blocks import Form, InDoubtError, PlainColumn, PlainFile, first_rows, held_plainly
from helpers.study.study import Study, load_study
from helpers.study.text_tables import ROW, ROWS_OF_A_FILE
from helpers.study.time_text import parse_time

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
SPEC = TableSpec(source="lines.csv")


@pytest.fixture(scope="module")
def engine() -> Any:
    return ibis.duckdb.connect()


def accepted(texts: list[str], form: Form, path: Path) -> dict[str, Any]:
    """Return what is made of those texts that are accepted: numbers with a point are parsed from the file itself."""
    column = PlainColumn("value", form, is_needed=True)
    found = {}
    for text in texts:
        try:
            if form == "number":
                path.write_text(f"{text},a\n", encoding="utf-8", newline="")
                (block,) = plain_blocks._blocks(PlainFile(path, ("value", "other"), ",", 0, 1), {"value": column})
                made = block["value"]
            else:
                made = plain_blocks._made(pa.chunked_array([[text]], pa.string()), column)
            found[text] = made[0].as_py()
        except (InDoubtError, pa.ArrowInvalid):
            continue
    return found


def the_full_way(engine: Any, texts: list[str], kind: str) -> dict[str, Any]:
    table = ibis.memtable(pa.table({"text": texts}))
    value = parse_number(table.text, SPEC) if kind == "number" else parse_time(table.text, SPEC, as_utc=True)
    return dict(engine.to_pyarrow(table.select("text", value=value)).to_pandas(types_mapper=None).values.tolist())


@pytest.mark.parametrize("form", ["number", "bare number"])
def test_numbers_are_those_of_the_full_way(form: Form, engine: Any, tmp_path: Path) -> None:
    draw = random.Random(3)  # noqa: S311  nothing is kept secret by it
    texts = ["".join(one) for length in (1, 2) for one in product("01.-+e \t", repeat=length)]
    texts += ["".join(draw.choices("01.-+eE nai_\t", k=4)) for _ in range(100)]
    texts += ["inf", "nan", "NaN", "-inf", "infinity", "1e14", "1e400", "1e-400", "0x10", "-0", "1'000", "\u0661"]
    texts += [f"{draw.uniform(-1, 1) * 10 ** draw.randint(-8, 15):.{draw.randint(0, 17)}f}" for _ in range(150)]
    texts += [repr(draw.random() * 10.0 ** draw.randint(-300, 20)) for _ in range(150)]
    expected, found = the_full_way(engine, texts, "number"), accepted(texts, form, tmp_path / "lines.csv")
    assert len(found) > 20
    assert {text: str(value) for text, value in found.items()} == {text: str(float(expected[text])) for text in found}


@pytest.mark.parametrize("sound", ["2023-05-05", "2023-05-05 10:07", "2023-05-05 10:07:09", "2023-05-05T00:00:00"])
def test_times_are_those_of_the_full_way(sound: str, engine: Any, tmp_path: Path) -> None:
    draw, marks = random.Random(4), "09-: TZ+\t"  # noqa: S311  nothing is kept secret by it
    texts = {sound, *(sound[:place] + mark + sound[place + 1 :] for place in range(len(sound)) for mark in marks)}
    for _ in range(30):
        places = draw.sample(range(len(sound)), 3)
        texts.add("".join(draw.choice(marks) if place in places else mark for place, mark in enumerate(sound)))
    texts |= {"1699-12-31", "2201-01-01", "2200-12-31 23:59:59", "2023-05-05 24:00:00", "2023-05-05 10:07+02"}
    expected, found = (
        the_full_way(engine, sorted(texts), "time"),
        accepted(sorted(texts), "time", tmp_path / "lines.csv"),
    )
    assert found
    assert found == {text: expected[text] for text in found}


HEAD = "customer_id,order_id,time,quantity,amount"
ROWS = [f"C{row % 7},{row},2023-{1 + row % 12:02}-{1 + row % 28:02},{row % 5},{row / 4}" for row in range(60)]
WANTED = {
    "customer": PlainColumn("customer_id", "id", is_needed=True),
    "time": PlainColumn("time", "time", is_needed=True),
    "quantity": PlainColumn("quantity", "bare number", is_needed=False),
    "amount": PlainColumn("amount", "number", is_needed=True),
    "amount_as_written": PlainColumn("amount", "text", is_needed=False),
}


def held(engine: Any, path: Path, text: str, **changed: Any) -> tuple[list[dict[str, Any]], Any]:
    path.write_text(text, encoding="utf-8", newline="")
    file = PlainFile(path, tuple(HEAD.split(",")), ",", changed.get("lines_before", 1), 2)
    found = held_plainly(engine, path.parent.name, [file], WANTED)
    return found.table.to_pyarrow().to_pylist(), found


@pytest.mark.parametrize("slice_bytes", [64, 100, 333, 1 << 24])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_lines_are_whole_wherever_slices_end(
    slice_bytes: int, line_end: str, last: bool, engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_blocks, "_SLICE_BYTES", slice_bytes)
    text = line_end.join(["Title", "", HEAD, *ROWS]) + (line_end if last else "")
    rows, found = held(engine, tmp_path / "lines.csv", text, lines_before=3)
    assert [(one["customer"], one["quantity"], one["amount_as_written"]) for one in rows] == [
        (row.split(",")[0], float(row.split(",")[3]), row.split(",")[4]) for row in ROWS
    ]
    assert all(one["amount"] == float(one["amount_as_written"]) for one in rows)
    assert (found.rows, found.given["amount"], found.longest_bytes) == (60, 60, {"customer": 2})


DOUBTS = {
    "a value too few": "C1,61,2023-05-05,1",
    "a value too many": "C1,61,2023-05-05,1,2.5,9",
    "a point where none was": "C1,61,2023-05-05,1.5,2.5",
    "a longer time": "C1,61,2023-05-05 10:00,1,2.5",
    "no customer": ",61,2023-05-05,1,2.5",
    "a blank customer": " ,61,2023-05-05,1,2.5",
    "no number": "C1,61,2023-05-05,1,nan",
    "a number too large": "C1,61,2023-05-05,1,-1e14",
    "a line longer than the room": f"C{'1' * 400},61,2023-05-05,1,2.5",
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_doubts_end_the_reading(doubt: str, engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_blocks, "_SLICE_BYTES", 300)
    with pytest.raises((InDoubtError, pa.ArrowInvalid)):
        held(engine, tmp_path / "lines.csv", "\n".join([HEAD, *ROWS, DOUBTS[doubt], *ROWS]))


@pytest.mark.parametrize("held_bytes", [10, 1 << 30])
def test_nothing_is_left_of_what_proved_to_be_in_doubt(
    held_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_blocks, "HELD_BYTES_AT_MOST", held_bytes)
    monkeypatch.setattr(plain_blocks, "_SLICE_BYTES", 3000)
    lines = shop(40).astype({"amount": str})
    lines.loc[len(lines) - 1, "amount"] = "much"
    (fault,) = load_study(make_study(tmp_path / "study", {"transactions": lines})).check()
    assert f"'much' cannot be read as amount in 1 row (row {len(lines) + 1} of transactions.csv)" in fault.what


def test_what_is_large_is_stored_by_the_engine(engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join([HEAD, *ROWS])
    (tmp_path / "plain").mkdir()
    (tmp_path / "stored").mkdir()
    expected, _ = held(engine, tmp_path / "plain" / "lines.csv", text)
    monkeypatch.setattr(plain_blocks, "HELD_BYTES_AT_MOST", 500)
    monkeypatch.setattr(plain_blocks, "_SLICE_BYTES", 300)
    rows, found = held(engine, tmp_path / "stored" / "lines.csv", text)
    assert rows == expected
    assert found.rows == 60
    stored = engine.raw_sql("SELECT table_name FROM duckdb_tables()").fetchall()
    assert ("stored",) in stored
    assert ("plain",) not in stored


def test_first_rows_of_several_files(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    (tmp_path / "2.csv").write_text("t\nb,a\n6,5\n,7\n", encoding="utf-8")
    files = [PlainFile(tmp_path / "1.csv", ("a", "b"), ",", 1, 2), PlainFile(tmp_path / "2.csv", ("b", "a"), ",", 2, 3)]
    found = first_rows(files, 3, ["a", "b"]).to_pylist()
    assert found == [
        {"a": "1", "b": "2", ROW: 2},
        {"a": "3", "b": "4", ROW: 3},
        {"a": "5", "b": "6", ROW: ROWS_OF_A_FILE + 3},
    ]
    assert first_rows(files, 4, ["a", "b"]).to_pylist()[-1] == {"a": "7", "b": None, ROW: ROWS_OF_A_FILE + 4}


def test_first_rows_are_read_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_blocks, "_BLOCK_BYTES", 64)
    text = "".join(f"{number:010},{'x' * 20}\n" for number in range(50))
    (tmp_path / "long.csv").write_text("a,b\n" + text, encoding="utf-8")
    parsed: list[int] = []
    usual = plain_blocks._parsed

    def noted(lines: pa.Buffer, *more: Any) -> pa.Table:
        parsed.append(lines.size)
        return usual(lines, *more)

    monkeypatch.setattr(plain_blocks, "_parsed", noted)
    found = first_rows([PlainFile(tmp_path / "long.csv", ("a", "b"), ",", 1, 2)], 41, ["a"])
    assert found.to_pylist() == [{"a": f"{number:010}", ROW: number + 2} for number in range(41)]
    assert max(parsed) <= 64 + 32


def study_of(folder: Path, **said: Any) -> Study:
    return load_study(make_study(folder, {"transactions": shop(40)}, sources={"transactions": said}))


def rows_of(study: Study) -> list[dict[str, Any]]:
    table = study.table("transactions").to_pyarrow()
    return table.take(pc.sort_indices(table, [(name, "ascending") for name in table.column_names])).to_pylist()


BY_ANOTHER_WAY: dict[str, dict[str, Any]] = {
    "a text for none": {"missing": ["-"]},
    "identifiers that are none": {"missing_in": {"customer_id": ["C9"]}},
    "other words": {"values": {"product_id": {"P1": "one"}}},
    "money with signs": {"money": ["amount"]},
    "a date format": {"date_format": "%Y-%m-%d %H:%M:%S"},
    "another calendar": {"calendar": "buddhist"},
    "a constant": {"constants": {"channel": "web"}},
    "a column worked out": {"computed": {"cost": "amount / 2"}},
}


@pytest.mark.parametrize("said", ["nothing said", *BY_ANOTHER_WAY])
def test_only_what_a_study_takes_as_it_is_is_read_so(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Any] = []
    usual = tables.parsed_in_one_pass

    def noted(engine: Any, name: str, *more: Any) -> Any:
        found = usual(engine, name, *more)
        stored = engine.raw_sql("SELECT table_name FROM duckdb_tables()").fetchall()
        read.append(found is not None and (name,) not in stored)
        return found

    monkeypatch.setattr(tables, "parsed_in_one_pass", noted)
    study_of(tmp_path / "study", **BY_ANOTHER_WAY.get(said, {})).check()
    assert read == [said == "nothing said"]


def test_long_numbers_that_lost_their_digits_are_still_reported(tmp_path: Path) -> None:
    lines = shop(40)
    lines["order_id"] = [f"{10**17 + 1000 * number}" for number in lines["order_id"].factorize()[0]]
    (fault,) = load_study(make_study(tmp_path / "study", {"transactions": lines})).check()
    assert "the order number has lost digits" in fault.what


def test_rows_do_not_depend_on_where_they_are_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = rows_of(study_of(tmp_path / "study"))
    monkeypatch.setattr(plain_blocks, "HELD_BYTES_AT_MOST", 10)
    assert rows_of(study_of(tmp_path / "study")) == expected
    monkeypatch.setattr(tables, "parsed_in_one_pass", lambda *_: None)
    assert rows_of(study_of(tmp_path / "study")) == expected
