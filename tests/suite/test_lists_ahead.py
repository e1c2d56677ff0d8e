"""The workbook of lists that was written ahead is that of the whole report, or is not taken."""

from dataclasses import replace

import openpyxl
import pytest

from helpers.suite.report import workbook
from helpers.suite.report.model import CustomerList, FailedChapter, build_report
from helpers.suite.report.workbook import write_lists
from helpers.suite.running.lists_ahead import ListsAhead

FAILED = FailedChapter("00_overview", "Overview", "no memory was left", 1, "MemoryError", "", is_users_input=False)


@pytest.fixture
def folders(tmp_path):
    for name in ("waits", "lists", "afresh"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def so_far(sample_run, lists_folder):
    """The report before its summary has run."""
    chapters = {name: file for name, file in sample_run.items() if not name.startswith("00")}
    return build_report(chapters, lists_folder=lists_folder)


def test_lists_written_ahead_are_those_of_the_whole_report(sample_report, so_far, folders, monkeypatch):
    ahead = ListsAhead(folders / "waits")
    ahead.write(so_far)
    write_lists(sample_report, folders / "afresh")
    monkeypatch.setattr(workbook, "write_lists", lambda *_: pytest.fail("written twice"))

    ahead.put_into(folders / "lists", sample_report)

    assert (folders / "lists" / "lists.xlsx").read_bytes() == (folders / "afresh" / "lists.xlsx").read_bytes()
    assert not list((folders / "waits").iterdir())


def test_a_chapter_that_failed_later_is_named_in_the_workbook(sample_report, so_far, folders):
    ahead = ListsAhead(folders / "waits")
    ahead.write(so_far)
    ahead.put_into(folders / "lists", replace(sample_report, failed=(FAILED,)))
    contents = openpyxl.load_workbook(folders / "lists" / "lists.xlsx")["Contents"]
    assert "Overview: no memory was left" in [cell.value for cell in contents["A"]]


def test_a_list_of_the_summary_is_in_the_workbook(sample_report, so_far, folders):
    ((_, listed),) = so_far.of_kind(CustomerList)
    summary = replace(sample_report.summary, pieces=(*sample_report.summary.pieces, listed))
    ahead = ListsAhead(folders / "waits")
    ahead.write(so_far)
    ahead.put_into(folders / "lists", replace(sample_report, summary=summary))
    assert "champions (2)" in openpyxl.load_workbook(folders / "lists" / "lists.xlsx").sheetnames


@pytest.mark.parametrize("written", [True, False])
def test_a_run_without_lists_has_no_workbook_of_them(sample_run, folders, written):
    report, ahead = build_report(sample_run), ListsAhead(folders / "waits")
    if written:
        ahead.write(report)
    ahead.put_into(folders / "lists", report)
    assert not list((folders / "lists").iterdir())


def test_lists_are_written_at_the_end_where_nothing_was_written_ahead(sample_report, folders):
    ListsAhead(folders / "waits").put_into(folders / "lists", sample_report)
    assert (folders / "lists" / "lists.xlsx").exists()
