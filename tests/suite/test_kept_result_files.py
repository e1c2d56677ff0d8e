"""Small results of a run as files: whole or not there, and no fault where the disk allows none."""

import gc

from helpers.suite.notebook.kept_results import FOLDER, ResultFiles
from helpers.suite.running.environment import seldom_collected


def test_a_text_is_found_by_another_chapter(tmp_path):
    ResultFiles(tmp_path).write("a1", '[1, "é"]')

    assert ResultFiles(tmp_path).read("a1") == '[1, "é"]'
    assert [file.name for file in (tmp_path / FOLDER).iterdir()] == ["a1"]


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path):
    (tmp_path / FOLDER).write_text("in the way")

    ResultFiles(tmp_path).write("a1", "[1]")

    assert ResultFiles(tmp_path).read("a1") is None


def test_objects_are_searched_through_as_usual_after_a_run():
    usual = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold() > usual
        assert gc.get_freeze_count()
    assert gc.get_threshold() == usual
    assert not gc.get_freeze_count()
