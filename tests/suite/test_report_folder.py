"""A report appears as a whole or not at all, and a killed run leaves nothing that the next one does not remove."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from tests.cases import make_study, shop

from helpers.core.errors import InputError
from helpers.study.study import load_study
from helpers.suite.planning.plan import make_plan
from helpers.suite.planning.report_folder import identity_of, owner_faults
from helpers.suite.planning.run_names import check_run_name
from helpers.suite.running import workspace as module
from helpers.suite.running.file_lock import hold, is_held
from helpers.suite.running.workspace import full_disk_as_fault, recover, shown, workspace


@pytest.fixture
def reports(project):
    return project / "reports" / "corner_shop"


def publish(text: str, run: str = "latest") -> None:
    with workspace("corner_shop", run) as space:
        (space.folder / "report.html").write_text(text, encoding="utf-8")
        space.publish()


def interrupted_run() -> None:
    with workspace("corner_shop", "latest") as space:
        (space.folder / "report.html").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt


def files(reports) -> list[str]:
    return sorted(path.name for path in reports.iterdir())


def test_a_report_is_put_in_place_without_what_only_the_run_needs(reports):
    publish("first")
    assert (reports / "latest" / "report.html").read_text(encoding="utf-8") == "first"
    assert files(reports) == ["latest"]
    assert sorted(path.name for path in (reports / "latest").iterdir()) == ["lists", "notebooks", "report.html"]


def test_a_new_report_takes_the_place_of_the_previous_one(reports):
    publish("first")
    (reports / "latest" / "stale.txt").touch()
    publish("second")
    assert (reports / "latest" / "report.html").read_text(encoding="utf-8") == "second"
    assert not (reports / "latest" / "stale.txt").exists()
    assert files(reports) == ["latest"]


def test_runs_of_different_names_stand_side_by_side(reports):
    publish("first")
    publish("second", "2024-q1")
    assert files(reports) == ["2024-q1", "latest"]


def test_a_run_that_ends_early_leaves_the_previous_report_and_nothing_else(reports):
    publish("first")
    with pytest.raises(KeyboardInterrupt):
        interrupted_run()
    assert (reports / "latest" / "report.html").read_text(encoding="utf-8") == "first"
    assert files(reports) == ["latest"]


def test_a_first_run_that_ends_early_leaves_no_study_folder(reports):
    with pytest.raises(KeyboardInterrupt):
        interrupted_run()
    assert not reports.exists()


@pytest.mark.parametrize("in_the_way", ["reports", "reports/corner_shop"])
def test_a_folder_that_cannot_be_made_is_reported_before_anything_starts(tmp_path, monkeypatch, in_the_way):
    monkeypatch.setenv("CRM_REPORTS", str(tmp_path / "reports"))
    (tmp_path / in_the_way).parent.mkdir(exist_ok=True)
    (tmp_path / in_the_way).touch()
    with pytest.raises(InputError, match=r"reports: the report cannot be written: (?s:.*)set CRM_REPORTS to another"):
        publish("first")


def test_a_full_disk_leaves_the_previous_report_and_is_reported_plainly(reports):
    publish("first")
    said = pytest.raises(InputError, match=r"reports: the report cannot be written: No space left on device")
    with said, full_disk_as_fault(), workspace("corner_shop", "latest"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert (reports / "latest" / "report.html").read_text(encoding="utf-8") == "first"
    assert files(reports) == ["latest"]


def test_an_error_that_is_not_of_the_disk_is_no_fault_of_the_user():
    with pytest.raises(FileNotFoundError, match="gone"), full_disk_as_fault():
        raise FileNotFoundError(errno.ENOENT, "gone")


def test_failed_notebooks_are_kept_until_a_run_succeeds(reports):
    publish("first")
    for text in ("old", "new"):
        with workspace("corner_shop", "latest") as space:
            (space.folder / "notebooks" / "10_a.ipynb").write_text(text, encoding="utf-8")
            kept = space.keep_failed()
    assert kept == reports / "latest.failed" / "notebooks"
    assert (kept / "10_a.ipynb").read_text(encoding="utf-8") == "new"
    assert files(reports) == ["latest", "latest.failed"]
    publish("second")
    assert files(reports) == ["latest"]


def test_two_runs_of_one_name_do_not_mix_and_the_last_wins(reports):
    with workspace("corner_shop", "latest") as first, workspace("corner_shop", "latest") as second:
        assert first.folder != second.folder
        (first.folder / "one.txt").touch()
        (second.folder / "two.txt").touch()
        first.publish()
        second.publish()
    assert (reports / "latest" / "two.txt").exists()
    assert not (reports / "latest" / "one.txt").exists()
    assert files(reports) == ["latest"]


KILLED = """\
import os, signal, sys
from helpers.suite.running import workspace as module
from pathlib import Path
with module.workspace("corner_shop", "latest") as space:
    (space.folder / "report.html").write_text("half", encoding="utf-8")
    if {between_renames}:
        rename = Path.rename
        def kill_after_the_first(self, target):
            rename(self, target)
            os.kill(os.getpid(), signal.SIGKILL)
        Path.rename = kill_after_the_first
        space.publish()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_run(*, between_renames: bool) -> None:
    code = dedent(KILLED.format(between_renames=between_renames))
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_leftovers_of_a_killed_run_are_removed_by_the_next(reports):
    publish("first")
    killed_run(between_renames=False)
    assert len(files(reports)) == 3
    assert (reports / "latest" / "report.html").read_text(encoding="utf-8") == "first"
    publish("other", "mine")
    assert files(reports) == ["latest", "mine"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_report_killed_between_the_two_renames_is_put_back(reports):
    publish("first")
    killed_run(between_renames=True)
    assert not (reports / "latest").exists()
    recover("corner_shop")
    assert (reports / "latest" / "report.html").read_text(encoding="utf-8") == "first"
    assert files(reports) == ["latest"]


def test_the_folder_of_a_living_run_is_left_alone(reports):
    with workspace("corner_shop", "latest") as space:
        publish("other", "mine")
        assert space.folder.is_dir()
        assert is_held(space.beside("lock"))


def test_a_held_lock_cannot_be_taken_again(tmp_path):
    held = hold(tmp_path / "lock")
    with pytest.raises(BlockingIOError, match="lock is held by another process"):
        hold(tmp_path / "lock")
    held.close()
    hold(tmp_path / "lock").close()


def test_a_report_that_cannot_be_moved_is_reported_and_kept(reports, monkeypatch):
    publish("first")
    rename = module.Path.rename

    def refuse(self, target):
        if self.name.endswith(".work"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(module.Path, "rename", refuse)
    with pytest.raises(InputError, match=r"cannot be replaced: Permission denied\n.*close the programs"):
        publish("second")
    assert (reports / "latest" / "report.html").read_text(encoding="utf-8") == "first"
    assert files(reports) == ["latest"]


@pytest.mark.parametrize("name", ["latest", "2024-q1", "a", "v1.2", "x" * 64])
def test_names_of_runs(name):
    assert check_run_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../up",
        "a/b",
        "a\\b",
        ".hidden",
        "a.",
        "a b",
        "<b>",
        "x" * 65,
        "CON",
        "nul.txt",
        "latest.failed",
        "ä",
    ],
)
def test_names_that_are_no_folder_everywhere_are_refused(name):
    with pytest.raises(InputError, match=r"(?s)--name: a run cannot be called.*allowed: 1 to 64 letters"):
        check_run_name(name)


def test_a_path_is_shown_as_a_person_here_would_write_it(project, tmp_path):
    assert shown(project / "reports" / "x") == "reports/x"
    assert shown(tmp_path / "elsewhere") == str(tmp_path / "elsewhere")


SHARED = pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")


@SHARED
def test_the_guard_can_be_opened_by_all_whatever_the_umask(reports):
    before = os.umask(0o077)
    try:
        publish("first")
    finally:
        os.umask(before)
    assert stat.S_IMODE((reports.parent / ".lock").stat().st_mode) == 0o666


@SHARED
def test_a_lock_that_may_only_be_read_can_be_held(tmp_path, monkeypatch):
    """Whoever runs the tests may be allowed to write everything; so the system's answer is put in its mouth."""
    (tmp_path / "lock").touch()
    really_open = Path.open

    def read_only(self, mode="r", *rest, **more):
        if mode.replace("b", "") != "r":
            raise PermissionError(13, "Permission denied")
        return really_open(self, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", read_only)
    with hold(tmp_path / "lock"):
        assert is_held(tmp_path / "lock")
    assert not is_held(tmp_path / "lock")


@SHARED
@pytest.mark.parametrize(("mode", "shared"), [(0o2775, 0o075), (0o777, 0o077), (0o755, 0o055), (0o1777, 0o000)])
def test_report_folders_are_shared_as_the_folder_of_reports_is(reports, mode, shared):
    reports.parent.mkdir(exist_ok=True)
    reports.parent.chmod(mode)
    before = os.umask(0o077)
    try:
        publish("first")
    finally:
        os.umask(before)
    for folder in (reports, reports / "latest", reports / "latest" / "lists"):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == shared, folder


@pytest.mark.parametrize("run", ["latest", "v1.2", "a-b_c.d"])
@pytest.mark.parametrize("kinds", [("old",), ("work",), ("old", "work"), ("lock",)])
def test_leftovers_without_a_lock_file_are_removed_whatever_their_name(reports, run, kinds):
    publish("first")
    for kind in kinds:
        leftover = reports.parent / "other_study" / f".{run}.0123abcd.{kind}"
        leftover.parent.mkdir(exist_ok=True)
        leftover.touch() if kind == "lock" else leftover.mkdir()
    (reports.parent / "other_study" / run).mkdir()
    publish("second", "mine")
    assert files(reports.parent / "other_study") == [run]
    assert files(reports) == ["latest", "mine"]


def test_notebooks_of_a_failed_run_are_kept_beside_those_another_user_keeps(reports, monkeypatch):
    publish("first")
    (reports / "latest.failed").mkdir()
    monkeypatch.setattr(module.shutil, "rmtree", lambda *_args, **_more: None)
    with workspace("corner_shop", "latest") as space:
        kept = space.keep_failed()
    assert kept.parent.name == f"latest.{space.token}.failed"


def test_two_folders_with_a_study_of_one_name_do_not_replace_each_other(project, tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_REPORTS", str(tmp_path / "reports"))
    one, other = (make_study(tmp_path / client / "shop", {"transactions": shop(3)}) for client in ("ann", "ben"))
    study = load_study(one)
    with workspace(study.name, "latest", identity_of(study)) as space:
        space.publish()
    assert owner_faults(load_study(one)) == []
    with pytest.raises(InputError, match=r"study.yml, line 1: another folder has a study called 'shop'(?s:.*)own"):
        make_plan(str(other), run="another-name")
    assert str(tmp_path) not in (tmp_path / "reports" / "shop" / ".study").read_text(encoding="utf-8")


def test_studies_that_move_together_with_their_reports_stay_the_same(tmp_path, monkeypatch):
    identities = set()
    for place in ("here", "there"):
        monkeypatch.setenv("CRM_REPORTS", str(tmp_path / place / "reports"))
        identities.add(identity_of(load_study(make_study(tmp_path / place / "shop", {"transactions": shop(3)}))))
    assert len(identities) == 1
