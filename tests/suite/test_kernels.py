"""Kernels that do not start, runs that are asked to end, and machines with few ports."""

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from queue import Empty
from textwrap import dedent

import nbformat
import papermill
import pytest
import zmq
from tests.child_processes import adopting_orphans, zombies

from helpers.suite.planning.plan import make_plan
from helpers.suite.report.failures import RunFailedError, Stopped
from helpers.suite.running import connections, kernel_process
from helpers.suite.running.progress import PlainLines
from helpers.suite.running.runner import Finished, run_plan
from helpers.suite.running.workspace import remove_leftovers

# Ibis 12 still uses names that DuckDB 2 and pandas 3.1 are giving up.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated:DeprecationWarning"),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes under /proc"),
    pytest.mark.usefixtures("none_left_by_earlier_tests"),
]
END_WITHIN_SECONDS = 5


def run(*only: str, jobs: int = 2) -> Finished:
    return run_plan(make_plan("corner_shop", (), only), jobs=jobs, progress=PlainLines(sys.stderr))


def processes_of(place: Path) -> list[str]:
    """Return the command lines of processes that name a place, but for this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if str(place).encode() in command and int(folder.name) != os.getpid():
            found.append(command.decode())
    return found


@pytest.fixture
def tries(project, tmp_path, monkeypatch):
    """Let kernels be started by another command, quickly given up; a file gets a line for each start."""
    starts = tmp_path / "starts"
    monkeypatch.setattr(kernel_process, "START_SECONDS", 0.5)

    def start(code: str) -> Path:
        note = f"open({str(starts)!r}, 'a').write('x')\n{dedent(code)}"
        monkeypatch.setattr(kernel_process, "kernel_command", lambda: [sys.executable, "-c", note, "{connection_file}"])
        return starts

    return start


def test_a_kernel_that_is_never_ready_is_killed_started_anew_and_reported_in_plain_words(project, tries, capfd):
    starts = tries("import time; time.sleep(600)")
    began = time.monotonic()
    with pytest.raises(RunFailedError) as caught:
        run("10")
    assert time.monotonic() - began < 15
    assert starts.read_text() == "xxx"
    (failure,) = caught.value.failures
    assert (failure.kind, failure.cell, failure.place) == ("KernelNotStarted", 0, "10_orders")
    assert failure.text == (
        "the kernel of this notebook could not start: in 3 tries it was not ready after 0.5 s, was not ready after 1 s "
        "and was not ready after 1.5 s; close other programs to free memory, let security software allow this Python, "
        "or run with --jobs 1"
    )
    assert processes_of(project) == zombies() == []
    assert "Traceback" not in capfd.readouterr().err


def test_outputs_that_are_stored_are_not_copied_and_read_again_before_a_run(project, monkeypatch):
    (file,) = (project / "notebooks").glob("10_*.ipynb")
    stored = nbformat.read(file, as_version=4)
    for cell in (cell for cell in stored.cells if cell.cell_type == "code"):
        cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", text="x" * 1000)], 1
    nbformat.write(stored, file)
    given = []

    def prepare(notebook, *_arguments, **_settings):
        given.extend(cell for cell in notebook.cells if cell.cell_type == "code")
        raise Stopped

    monkeypatch.setattr(papermill, "execute_notebook", prepare)
    with pytest.raises(Stopped):
        run("10")
    assert given
    assert all((cell.outputs, cell.execution_count) == ([], None) for cell in given)


def test_a_kernel_that_dies_at_once_is_started_anew_and_its_last_word_is_reported(project, tries, capfd, monkeypatch):
    monkeypatch.setattr(kernel_process, "START_SECONDS", 60)
    starts = tries("import sys; sys.exit('no module named ipykernel')")
    with pytest.raises(RunFailedError, match=r"in 3 tries it ended before it was ready; .*\nno module named ipyk"):
        run("10")
    assert starts.read_text() == "xxx"
    assert zombies() == []
    assert "ernel died" not in capfd.readouterr().err


def test_a_kernel_whose_manager_fails_behind_the_start_is_ended_and_waited_for(project, monkeypatch):
    """The process is there when the start of it fails: nobody had known it, so that it stayed as a zombie."""

    def fail(_: object) -> None:
        raise RuntimeError("no socket")

    monkeypatch.setattr(kernel_process._Manager, "_connect_control_socket", fail)
    with pytest.raises(RunFailedError, match="could not start"):
        run("10")
    assert processes_of(project) == zombies() == []


def test_a_program_that_cannot_be_run_is_reported_as_a_kernel_that_could_not_start(project, monkeypatch):
    monkeypatch.setattr(kernel_process, "kernel_command", lambda: ["/nowhere/python", "{connection_file}"])
    with pytest.raises(RunFailedError, match="KernelNotStarted: the kernel of this notebook could not start"):
        run("10")


def test_a_kernel_that_starts_at_the_third_try_does(project, tries, monkeypatch):
    monkeypatch.setattr(kernel_process, "START_SECONDS", 60)
    starts = tries(
        """
        import os, runpy, sys
        if open({path!r}).read() != "xxx":
            os._exit(1)
        sys.argv[1:] = ["-f", sys.argv[1]]
        runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
        """.format(path=str(project.parent / "starts"))
    )
    assert run("10").failures == ()
    assert starts.read_text() == "xxx"


def test_a_socket_that_has_lost_its_peer_does_not_block_the_run_for_ever(project, tries, monkeypatch):
    """Another program on a kernel's port, of another kind: the client's send has nobody to go to, and waits."""
    tries("import time; time.sleep(600)")
    monkeypatch.setattr(kernel_process, "SEND_SECONDS", 1)
    monkeypatch.setattr(connections, "_short_places", lambda: iter([]))
    with zmq.Context() as context, context.socket(zmq.PUB) as other:
        port = other.bind_to_random_port("tcp://127.0.0.1")
        monkeypatch.setattr(connections, "_free_ports", lambda _used: [port, *range(9_001, 9_005)])
        began = time.monotonic()
        with pytest.raises(RunFailedError, match="the kernel of this notebook could not start"):
            run("10")
    assert time.monotonic() - began < 20
    assert processes_of(project) == []


def test_a_port_taken_between_choice_and_use_costs_one_more_start(project, monkeypatch):
    monkeypatch.setattr(connections, "_short_places", lambda: iter([]))
    free = connections._free_ports
    with zmq.Context() as context, context.socket(zmq.ROUTER) as other:
        port = other.bind_to_random_port("tcp://127.0.0.1")
        drawn = []

        def squatted(used: set[int]) -> list[int]:
            drawn.append(free(used))
            return [port, *drawn[-1][1:]] if len(drawn) == 1 else drawn[-1]

        monkeypatch.setattr(connections, "_free_ports", squatted)
        assert run("10").failures == ()
    assert len(drawn) == 2


def test_a_run_leaves_no_sockets(project, monkeypatch, tmp_path):
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as place:
        monkeypatch.setattr(connections, "_short_places", lambda: iter([Path(place)]))
        used = []
        new = connections.Connections.new
        monkeypatch.setattr(connections.Connections, "new", lambda self: used.append(self.folder) or new(self))
        run("10")
        assert used[0].parent == Path(place)
        assert list(Path(place).iterdir()) == []


NEVER_READY = """
import sys
from helpers.suite.running import kernel_process
kernel_process.kernel_command = lambda: [sys.executable, '-c', 'import time; time.sleep(600)', {marker!r}]
"""
BLOCKED_THREAD = """
import threading
from helpers.suite.running import kernels
def block(*_):
    open({marker!r}, 'w').close()
    threading.Lock().acquire()
    threading.Event().wait()
kernels.Kernels.execute = block
"""
WRITING = """
import time
from helpers.suite.report import client_report
def write(*_):
    open({marker!r}, 'w').close()
    time.sleep(600)
client_report.write_client_report = write
"""
DEAF = """
import time
from helpers.suite.report import client_report
def write(*_):
    open({marker!r}, 'w').close()
    while True:
        try:
            time.sleep(600)
        except BaseException:
            pass
client_report.write_client_report = write
"""
PUBLISHING = """
import pathlib, time
rename = pathlib.Path.rename
def first(self, target):
    rename(self, target)
    if str(target).endswith('.old'):
        open({marker!r}, 'w').close()
        time.sleep(600)
pathlib.Path.rename = first
"""
COMMAND = "from helpers.cli import main; main(['run', 'corner_shop', '--only', '10', '--name', 'latest'])"


def previous_report(project: Path) -> Path:
    report = project / "reports" / "corner_shop" / "latest" / "report.html"
    report.parent.mkdir(parents=True)
    report.write_text("previous", encoding="utf-8")
    return report


def wait_for(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


CTRL_C, TERM = (signal.SIGINT, 130), (signal.SIGTERM, 143)
QUICK = [
    ("NEVER_READY", *TERM),
    ("BLOCKED_THREAD", *CTRL_C),
    ("WRITING", *TERM),
    ("PUBLISHING", *CTRL_C),
    ("DEAF", *TERM),
]
OTHERS = [(moment, *(CTRL_C if number == signal.SIGTERM else TERM)) for moment, number, _ in QUICK]


@pytest.mark.parametrize(
    ("moment", "number", "status"), [*QUICK, *(pytest.param(*one, marks=pytest.mark.slow) for one in OTHERS)]
)
def test_a_run_asked_to_end_does_so_within_seconds_at_every_moment(project, tmp_path, moment, number, status):
    report, marker = previous_report(project), tmp_path / "marker"
    code = f"{globals()[moment].format(marker=str(marker))}\n{COMMAND}"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, encoding="utf-8")
    wait_for(lambda: marker.exists() or len(processes_of(marker)) > 1 or process.poll() is not None)
    began = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert time.monotonic() - began < END_WITHIN_SECONDS, said
    assert process.returncode == status
    assert "Traceback" not in said
    assert processes_of(marker) == []
    if moment != "DEAF":  # nothing can be tidied up in a thread that does not listen: the next run does
        assert said.endswith("stopped; the previous report is as it was\n")
        assert [path.name for path in report.parent.parent.iterdir()] == ["latest"]
    assert report.read_text(encoding="utf-8") == "previous"


def test_a_kernel_whose_run_is_killed_while_it_starts_ends_too(project):
    """Also where orphans go to another process than the first, as in the session of a desktop."""
    with adopting_orphans():
        process = subprocess.Popen([sys.executable, "-c", COMMAND], stderr=subprocess.DEVNULL)
        kernels = project / "reports"
        wait_for(lambda: processes_of(kernels))
        process.kill()
        process.wait()
        wait_for(lambda: not processes_of(kernels), 10)
        (lock_file,) = (kernels / "corner_shop").glob(".latest.*.lock")
        sockets = f"crm-{lock_file.name.split('.')[2]}-*"
        assert len(list(Path(tempfile.gettempdir()).glob(sockets))) == 1
        remove_leftovers(kernels / "corner_shop")
        assert list(Path(tempfile.gettempdir()).glob(sockets)) == []


def test_what_a_cell_starts_reads_nothing_from_the_pipe_to_the_run(project, add_notebook):
    add_notebook("60_reads", first="import subprocess\nassert subprocess.run(['cat'], timeout=20, check=True)")
    assert run("60").failures == ()


FEW_PORTS = "ip link set lo up && echo 40000 40127 > /proc/sys/net/ipv4/ip_local_port_range && exec "
OWN_NETWORK = ["unshare", "--map-root-user", "--net", "sh", "-c"]


def has_own_network() -> bool:
    return (
        bool(shutil.which("unshare")) and not subprocess.run([*OWN_NETWORK, FEW_PORTS + "true"], check=False).returncode
    )


def runs_with_few_ports(project: Path, add_notebook, count: int) -> None:
    names = ["60_a", "61_b", "62_c", "63_d"]
    for name in names:
        add_notebook(name)
    only = [part for name in names for part in ("--only", name)]
    command = shlex.join([sys.executable, "-m", "helpers.cli", "run", "corner_shop", "--jobs", "4", *only])
    for _ in range(count):
        ended = subprocess.run(
            [*OWN_NETWORK, FEW_PORTS + command], capture_output=True, encoding="utf-8", timeout=300, check=False
        )
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout == "reports/corner_shop/partial/report.html\n"
        assert processes_of(project) == []


@pytest.mark.skipif(not has_own_network(), reason="no network namespace of its own; a squatted port is tried above")
def test_runs_where_the_system_has_few_ports(project, add_notebook):
    runs_with_few_ports(project, add_notebook, 1)


@pytest.mark.slow
@pytest.mark.skipif(not has_own_network(), reason="no network namespace of its own; a squatted port is tried above")
def test_fifty_runs_where_the_system_has_few_ports(project, add_notebook):
    runs_with_few_ports(project, add_notebook, 50)


def word(question, kind, **content):
    return {"parent_header": {"msg_id": question}, "msg_type": kind, "content": content}


class Answering(kernel_process._Client):
    """A client whose kernel has sent what stands here, and nothing after it."""

    shell, iopub, questions = (), (), 0

    def kernel_info(self):
        self.questions += 1
        return f"question {self.questions}"

    async def get_shell_msg(self, **_):
        return self._next(self.shell)

    async def get_iopub_msg(self, **_):
        return self._next(self.iopub)

    async def is_alive(self):
        return self.questions < 3

    def _next(self, waiting):
        if not waiting:
            raise Empty
        return waiting.pop(0)


def test_a_kernel_is_ready_when_it_is_idle_after_its_answer_and_no_silence_is_waited_for():
    client = Answering()
    client.shell = [word("question 0", "kernel_info_reply"), word("question 1", "kernel_info_reply")]
    client.iopub = [
        word("question 0", "status", execution_state="idle"),
        word("question 1", "status", execution_state="busy"),
        word("question 1", "status", execution_state="idle"),
        word("a cell", "stream", text="not read"),
    ]
    asyncio.run(client.wait_for_ready(5))
    assert (client.questions, [one["msg_type"] for one in client.iopub]) == (1, ["stream"])


def test_a_kernel_whose_outputs_do_not_arrive_is_asked_again_until_it_dies():
    client = Answering()
    client.shell = [word(f"question {number}", "kernel_info_reply") for number in (1, 2, 3)]
    with pytest.raises(RuntimeError, match="died"):
        asyncio.run(client.wait_for_ready(5))
    assert client.questions == 3


def test_a_killed_kernel_is_seen_to_end_at_once():
    provisioner = kernel_process.ForkingProvisioner(fork=lambda *_: None)
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    provisioner.process = subprocess.Popen(command, start_new_session=True)
    provisioner.pid = provisioner.pgid = provisioner.process.pid
    asyncio.run(provisioner.kill())
    assert provisioner.process.returncode == -signal.SIGKILL
