"""Answers kept for the chapters of one run are those that the database gives, and only about tables of that run."""

import errno
from datetime import date

import ibis
import pandas as pd
import pytest
from tests.cases import make_study, shop

from helpers.study import kept_answers
from helpers.study.kept_answers import FOLDER
from helpers.study.kept_tables import keep_tables, use_kept_tables
from helpers.study.study import load_study
from helpers.value.lifetime.purchase_history import purchase_days, purchase_history

KINDS = {
    "table": lambda lines: lines.group_by("customer_id").agg(spent=lines.amount.sum(), last=lines.time.max()),
    "column": lambda lines: lines.order_by("time").product_id,
    "number": lambda lines: lines.amount.max(),
    "nothing": lambda lines: lines.filter(lines.amount < -1e6).select("amount"),
}


@pytest.fixture
def folder(tmp_path):
    keep_tables(load_study(make_study(tmp_path / "corner", {"transactions": shop(60)})), tmp_path)
    return tmp_path


def chapter(folder):
    """Return the lines as a chapter of the run has them."""
    study = load_study(folder / "corner")
    use_kept_tables(study, folder)
    return study.table("transactions")


def kept(folder):
    return sorted((folder / FOLDER).iterdir())


def plain(answer):
    """Return an answer as Python has it."""
    return answer.as_py() if hasattr(answer, "as_py") else answer.to_pylist()


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_kept_is_the_answer_of_the_database(folder, kind):
    made = load_study(folder / "corner").table("transactions")
    expected, as_pandas = KINDS[kind](made).to_pyarrow(), KINDS[kind](made).execute()
    for _ in range(2):
        lines = chapter(folder)
        answer, again = KINDS[kind](lines).to_pyarrow(), KINDS[kind](lines).to_pyarrow()
        assert type(answer) is type(expected)
        assert sorted(map(str, plain(answer))) == sorted(map(str, plain(expected))) if kind == "table" else True
        assert kind == "table" or plain(answer) == plain(again) == plain(expected)
        assert type(KINDS[kind](lines).execute()) is type(as_pandas)
    assert len(kept(folder)) == 1


def test_another_chapter_takes_what_was_kept(folder):
    question = KINDS["table"]
    first = question(chapter(folder)).to_pyarrow()
    (file,) = kept(folder)
    kept_answers._write(first.slice(0, 3), file)
    assert question(chapter(folder)).to_pyarrow().num_rows == 3
    assert len(question(chapter(folder)).to_pandas()) == 3


@pytest.mark.parametrize("damage", ["cut short", "gone", "another folder"])
def test_an_answer_that_cannot_be_read_is_asked_for_anew(folder, damage):
    question = KINDS["table"]
    rows = question(chapter(folder)).to_pyarrow().num_rows
    (file,) = kept(folder)
    if damage == "cut short":
        file.write_bytes(file.read_bytes()[:20])
    else:
        file.unlink()
    if damage == "another folder":
        (folder / FOLDER).rmdir()
    assert question(chapter(folder)).to_pyarrow().num_rows == rows


def test_of_an_answer_that_the_disk_does_not_hold_nothing_is_left(folder, monkeypatch):
    def full(kept, schema):
        kept.write(b"a beginning")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(kept_answers.pa.ipc, "new_file", full)
    assert KINDS["table"](chapter(folder)).to_pyarrow().num_rows > 0
    assert kept(folder) == []


def test_what_depends_on_more_than_the_tables_of_the_run_is_not_kept(folder):
    lines = chapter(folder)
    few = ibis.memtable(pd.DataFrame({"customer_id": ["C0001"]}))
    assert lines.semi_join(few, "customer_id").count().to_pyarrow().as_py() > 0
    drawn = [lines.mutate(chance=ibis.random()).select("chance").to_pyarrow() for _ in range(2)]
    assert not drawn[0].equals(drawn[1])
    assert lines.limit(5).to_pyarrow(limit=2).num_rows == 2
    assert kept(folder) == []


def test_a_large_answer_is_not_kept_and_the_rest_of_a_relation_is_there(folder, monkeypatch):
    monkeypatch.setattr(kept_answers, "BYTES_AT_MOST", 4)
    lines = chapter(folder)
    assert lines.to_pyarrow().num_rows == lines.count().to_pyarrow().as_py()
    assert kept(folder) == []
    relation = lines.get_backend()._to_duckdb_relation(lines)
    assert relation.columns == list(lines.columns)


@pytest.mark.parametrize("returns", [False, True])
@pytest.mark.parametrize("holdout", [None, date(2024, 9, 15)])
def test_histories_from_days_stored_once_are_those_of_the_lines(tmp_path, returns, holdout):
    lines = shop(60)
    if returns:
        back = lines.iloc[::40].assign(amount=lambda rows: -rows["amount"])
        lines = pd.concat([lines, back.assign(time=pd.to_datetime(back["time"]) + pd.Timedelta(hours=1))])
    study = load_study(make_study(tmp_path / "corner", {"transactions": lines}))
    keep_tables(study, tmp_path)
    for as_of in (date(2024, 11, 1), date(2024, 12, 31)):
        whole, day = ({"as_of": as_of, "holdout_from": holdout}, {"as_of": as_of})
        expected = purchase_history(study.table("transactions"), **whole).to_pyarrow()
        days = purchase_days(study.table("transactions"), **day).order_by("customer_id", "day").to_pyarrow()
        for _ in range(2):
            kept = chapter(tmp_path)
            assert purchase_history(kept, **whole).to_pyarrow().equals(expected)
            assert purchase_days(kept, **day).order_by("customer_id", "day").to_pyarrow().equals(days)
            asked = "select count(*) from duckdb_tables() where temporary and contains(table_name, 'run')"
            assert kept.get_backend().raw_sql(asked).fetchone() == (0 if returns else 1,)
