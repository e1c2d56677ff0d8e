"""Kernels that are forked from a process which has imported before; see also `test_kernels`."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from tests.child_processes import adopting_orphans, zombies
from tests.suite.test_kernels import processes_of, run, wait_for

from helpers.suite.running import kernel_process, prepared, prepared_main
from helpers.suite.running.prepared import NotPreparedError, PreparedProcess

pytestmark = [
    pytest.mark.skipif(not PreparedProcess.is_possible(), reason="this system starts every kernel by itself"),
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.usefixtures("none_left_by_earlier_tests"),
]
# Stands for the prepared process where only its forks matter: it imports nothing.
BARE = """
import signal, sys
from helpers.suite.running import prepared_main
prepared_main.modules = lambda: []
prepared_main.warm_up = lambda: None
prepared_main._take_over = lambda request: None
def run_kernel():
    {kernel}
prepared_main.run_kernel = run_kernel
prepared_main.main()
"""


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """Return a function that starts a prepared process whose kernels do what a piece of code says."""
    started = []

    def start(kernel: str) -> PreparedProcess:
        monkeypatch.setattr(prepared, "COMMAND", ("-c", BARE.format(kernel=kernel)))
        started.append(PreparedProcess(tmp_path, tmp_path))
        return started[-1]

    yield start
    for one in started:
        for child in children_of(one):
            os.kill(int(child), signal.SIGKILL)
        one.close()


def fork(process: PreparedProcess, tmp_path: Path, pipe: int | None = None) -> prepared.ForkedProcess:
    with (tmp_path / "log").open("wb") as log, Path(os.devnull).open("rb") as nothing:
        pipe = nothing.fileno() if pipe is None else pipe
        return process.start(["-f", "file"], cwd=str(tmp_path), env={"A": "1"}, pipe=pipe, log=log)


def children_of(process: PreparedProcess) -> list[str]:
    listed = Path(f"/proc/{process._process.pid}/task/{process._process.pid}/children")
    return listed.read_text(encoding="utf-8").split() if listed.exists() else []


def test_kernels_of_a_whole_run_are_forked_and_none_is_left(project, monkeypatch):
    usual = kernel_process.LocalProvisioner.launch_kernel
    monkeypatch.setattr(kernel_process.LocalProvisioner, "launch_kernel", lambda *_, **__: pytest.fail("not forked"))
    forked = []
    start = PreparedProcess.start
    monkeypatch.setattr(PreparedProcess, "start", lambda *a, **k: forked.append(start(*a, **k)) or forked[-1])
    finished = run("10", "20", jobs=1)  # more than at once, so that one is prepared
    assert finished.failures == ()
    assert len(forked) == 2
    assert processes_of(project) == zombies() == []
    monkeypatch.setattr(kernel_process.LocalProvisioner, "launch_kernel", usual)
    monkeypatch.setattr(PreparedProcess, "is_possible", lambda: False)
    results = (finished.folder / "results.json").read_bytes()
    assert (run("10", "20").folder / "results.json").read_bytes() == results


def test_settings_of_memory_are_the_users_where_there_are_any(tmp_path, monkeypatch):
    given = []
    process = SimpleNamespace(kill=lambda: None, wait=lambda _seconds: 0)
    monkeypatch.setattr(prepared.subprocess, "Popen", lambda *_, env, **__: given.append(env) or process)
    monkeypatch.delenv("MALLOC_MMAP_THRESHOLD_", raising=False)
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "4096")
    PreparedProcess(tmp_path, tmp_path).close()
    assert given[0]["MALLOC_TRIM_THRESHOLD_"] == "4096"
    assert given[0]["MALLOC_MMAP_THRESHOLD_"] == str(2**26)


def test_a_part_that_another_version_of_a_package_lacks_is_passed_over_and_one_of_ours_is_not(monkeypatch):
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(prepared_main, "warm_up", lambda: None)
    monkeypatch.setattr(prepared_main, "FOREIGN", ("IPython.core.no_longer_there", "json"))
    with ours, theirs:
        monkeypatch.setattr(prepared_main, "modules", lambda: list(prepared_main.FOREIGN))
        assert prepared_main._import_everything(ours)
        monkeypatch.setattr(prepared_main, "modules", lambda: ["helpers.no_longer_there"])
        with pytest.raises(ModuleNotFoundError):
            prepared_main._import_everything(ours)


@pytest.mark.parametrize("code", ["import sys; sys.exit(1)", "import socket; socket.socket(fileno=0).recv(9)"])
def test_where_nothing_is_prepared_kernels_start_by_themselves(project, monkeypatch, code):
    monkeypatch.setattr(prepared, "COMMAND", ("-c", code))
    assert run("10", "20", jobs=1).failures == ()
    assert processes_of(project) == zombies() == []


def test_a_prepared_process_that_never_answers_is_given_up_after_the_first_try(project, monkeypatch):
    monkeypatch.setattr(prepared, "COMMAND", ("-c", "import time; time.sleep(600)"))
    monkeypatch.setattr(kernel_process, "START_SECONDS", 20)
    monkeypatch.setattr(kernel_process, "Timer", lambda seconds, end: _Soon(seconds, end))
    assert run("10", "20", jobs=1).failures == ()
    assert processes_of(project) == zombies() == []


class _Soon(kernel_process.Timer):
    """A deadline that is over at once the first time, when the prepared process is asked."""

    def __init__(self, seconds, end):
        super().__init__(1 if seconds == 20 else 60, end)


def test_a_forked_kernel_leads_a_group_of_its_own_which_is_killed_as_a_whole(bare, tmp_path):
    process = bare("import subprocess; subprocess.Popen(['sleep', '600']); open('ready', 'w').close(); signal.pause()")
    kernel = fork(process, tmp_path)
    wait_for((tmp_path / "ready").exists)
    assert os.getpgid(kernel.pid) == os.getsid(kernel.pid) == kernel.pid
    (started,) = Path(f"/proc/{kernel.pid}/task/{kernel.pid}/children").read_text(encoding="utf-8").split()
    assert kernel.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        kernel.wait(0.01)
    kernel.kill_group()
    kernel.wait(5)
    wait_for(lambda: not Path(f"/proc/{started}").exists() or " Z " in Path(f"/proc/{started}/stat").read_text())
    wait_for(lambda: children_of(process) == [])


def test_a_forked_kernel_that_ends_leaves_no_zombie_and_takes_what_it_started_with_it(bare, tmp_path):
    process = bare(
        "import subprocess; open('pid', 'w').write(str(subprocess.Popen(['sleep', '600']).pid)); sys.exit(3)"
    )
    kernel = fork(process, tmp_path)
    kernel.wait(20)
    assert kernel.poll() is not None
    wait_for(lambda: children_of(process) == [])
    started = int((tmp_path / "pid").read_text())
    wait_for(lambda: not Path(f"/proc/{started}").exists() or " Z " in Path(f"/proc/{started}/stat").read_text())


def test_a_fork_of_the_prepared_process_holds_neither_its_socket_nor_the_pipes_of_others(bare, tmp_path):
    held = "' '.join(os.readlink(f'/proc/self/fd/{n}') for n in range(3, 64) if os.path.lexists(f'/proc/self/fd/{n}'))"
    process = bare(f"import os; open('held', 'w').write({held}); sys.exit()")
    ends = os.pipe()
    fork(process, tmp_path, ends[0]).wait(20)
    fork(process, tmp_path, ends[0]).wait(20)
    for end in ends:
        os.close(end)
    names = (tmp_path / "held").read_text()
    assert "socket" not in names
    assert "pipe" not in names


def test_errors_of_a_fork_are_its_own_and_the_prepared_process_goes_on(bare, tmp_path):
    process = bare("raise ValueError('no kernel here')")
    for _ in range(2):
        fork(process, tmp_path).wait(20)
        assert (tmp_path / "log").read_text().endswith("ValueError: no kernel here\n")


def _give_up(*_: object) -> None:
    raise OSError("given up")


def test_a_kernel_that_nobody_waits_for_any_more_is_killed_and_waited_for(bare, tmp_path, monkeypatch):
    process = bare("import time; time.sleep(600)")
    received = prepared.socket.socket.recv
    monkeypatch.setattr(prepared.socket.socket, "recv", _give_up)
    os.kill(process._process.pid, signal.SIGSTOP)
    with pytest.raises(NotPreparedError):
        fork(process, tmp_path)
    monkeypatch.setattr(prepared.socket.socket, "recv", received)
    os.kill(process._process.pid, signal.SIGCONT)
    second = fork(process, tmp_path)  # it is answered when the first is done with
    assert children_of(process) == [str(second.pid)]


def test_who_waits_for_a_kernel_is_informed_when_the_prepared_process_is_ended(bare, tmp_path):
    process = bare("pass")
    process.close()
    process.close()
    with pytest.raises(NotPreparedError):
        fork(process, tmp_path)


@pytest.mark.parametrize("moment", ["importing", "running"])
def test_when_a_run_is_killed_the_prepared_process_and_its_kernels_end(project, add_notebook, moment):
    """Also where orphans go to another process than the first, as in the session of a desktop."""
    for number in (60, 61, 62):
        add_notebook(f"{number}_long", first="import pathlib, time\npathlib.Path('runs').touch()\ntime.sleep(600)")
    command = "from helpers.cli import main; main(['run', 'corner_shop', '--jobs', '2'])"
    with adopting_orphans():
        process = subprocess.Popen([sys.executable, "-c", command], stderr=subprocess.DEVNULL)
        reports = project / "reports"
        wait_for(lambda: processes_of(reports) if moment == "importing" else (project / "notebooks" / "runs").exists())
        process.kill()
        process.wait()
        began = time.monotonic()
        wait_for(lambda: not processes_of(reports), 15)
        assert time.monotonic() - began < 15


def test_forks_share_no_random_numbers_and_each_has_its_own_environment(project, add_notebook):
    said = "random.random(), np.random.rand(), os.environ['IPYTHONDIR'], os.environ.get('JE_ARROW_MALLOC_CONF')"
    for number in (60, 61, 62):
        add_notebook(f"{number}_draws", f"import os, random\nimport numpy as np\nprint({said})")
    finished = run("60", "61", "62")
    said_by = []
    for path in sorted((finished.folder / "notebooks").glob("6*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        outputs = [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]
        said_by.append(next(output.text for output in outputs if output.get("name") == "stdout").split())
    for different in list(zip(*said_by, strict=True))[:2]:
        assert len(set(different)) == 3
    assert [said[-1] for said in said_by] == ["None"] * 3
