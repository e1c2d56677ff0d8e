"""What several workers ask for at a time is made once, and its fault is everybody's."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from tests.study_runs import ROOT, RUNS, made_once, notebooks_run_by_tests, run_of


def test_one_worker_makes_it_and_the_others_wait(tmp_path):
    made = []

    def make():
        sleep(0.3)
        made.append("x")

    def ask():
        made_once(tmp_path / "runs" / "shop", make)
        return len(made)

    with ThreadPoolExecutor(3) as workers:
        assert [one.result() for one in [workers.submit(ask) for _ in range(3)]] == [1, 1, 1]


def test_a_fault_is_named_to_all_who_ask(tmp_path):
    def make():
        raise AssertionError("status 1")

    for _ in range(2):
        with pytest.raises(AssertionError, match="status 1"):
            made_once(tmp_path / "shop", make)


def test_whoever_waits_learns_that_the_maker_was_stopped(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        made_once(tmp_path / "shop", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(AssertionError, match="was stopped"):
        made_once(tmp_path / "shop", list)


def test_a_study_that_cannot_be_run_says_why(tmp_path, monkeypatch):
    monkeypatch.setitem(RUNS, "nowhere", ())
    with pytest.raises(AssertionError, match=r"(?s)nowhere: status 2.*nowhere"):
        run_of("nowhere", tmp_path)


def test_a_chapter_that_cannot_be_run_says_why_too(tmp_path, monkeypatch):
    monkeypatch.setitem(RUNS, "nowhere", ("11_record_linkage",))
    with pytest.raises(AssertionError, match=r"(?s)nowhere: status 2.*nowhere"):
        run_of("nowhere", tmp_path)


def test_the_studies_run_are_there_and_are_opened_by_notebooks():
    assert all((ROOT / "data" / study / "study.yml").is_file() for study in RUNS)
    assert len(notebooks_run_by_tests()) > 20
