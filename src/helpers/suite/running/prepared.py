"""The run's side of the prepared process: a kernel that is forked from it, where a new Python would import for seconds.

It is an accelerator and nothing else. Where the system cannot fork or give a handle to a process, where the prepared
process has ended or does not answer, a kernel is started in the usual way.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import IO
from weakref import finalize

from helpers.suite.running.environment import FIXED_ENVIRONMENT

COMMAND = ("-m", "helpers.suite.running.prepared_main")
# The background thread of an allocator in pyarrow, which nothing uses, would be lost in a fork.
_NO_THREADS = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
# Memory of a middling table that is let go is kept for the next, where the system would have to give it anew each time.
# What the user has set is left as it is.
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 26), "MALLOC_TRIM_THRESHOLD_": str(1 << 27)}
_END_SECONDS = 5
_ENDED = 1  # the status of a kernel is known to the prepared process only, and nobody asks


@contextmanager
def prepared_ahead(folder: Path, label: Path, *, pays: bool) -> Iterator["PreparedProcess | None"]:
    """Give a prepared process for a block, which goes on while that imports; None where there can be none.

    Parameters
    ----------
    folder, label : Path
        As `PreparedProcess` takes them.
    pays : bool
        Whether there will be more kernels than run at once: to import before takes as long as the first ones do.
    """
    if not (pays and folder.is_dir() and PreparedProcess.is_possible()):
        yield None
        return
    with closing(PreparedProcess(folder, label)) as prepared:
        yield prepared


class NotPreparedError(RuntimeError):
    """There is no prepared process to fork from."""


class ForkedProcess:
    """A kernel that is a child of the prepared process; has what is used of `subprocess.Popen`.

    Parameters
    ----------
    pid : int
        Its number, and that of its group. It stays taken until the end of the process was seen here.
    prepared : PreparedProcess
        Its parent.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, prepared: "PreparedProcess") -> None:
        self.pid, self._prepared, self._lock = pid, prepared, Lock()
        self._handle, self._ended = os.pidfd_open(pid), False
        finalize(self, os.close, self._handle)

    def poll(self) -> int | None:
        """Return a status when the process has ended, else None."""
        return self._seen_ending(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of the process.

        Raises
        ------
        subprocess.TimeoutExpired
            When it does not come in time.
        """
        status = self._seen_ending(timeout)
        if status is None:
            raise subprocess.TimeoutExpired([str(self.pid)], timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal to the process alone; none when it has ended."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    def kill_group(self) -> None:
        """Kill the process and its group, unless its end was seen before: the number may be another's by then."""
        with self._lock:
            if not self._ended:
                _kill_group(self.pid)

    def _seen_ending(self, seconds: float | None) -> int | None:
        if not select.select([self._handle], [], [], seconds)[0]:
            return None
        with self._lock:
            if not self._ended:
                self._ended = True
                _kill_group(self.pid)  # what it has started ends with it, now that its number is still its own
                self._prepared.wait_for(self.pid)
        return _ENDED


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


class PreparedProcess:
    """A process that has imported what chapters import; any thread may ask it for kernels, and any may end it.

    Parameters
    ----------
    folder : Path
        Where it starts, as its kernels do.
    label : Path
        Tells a reader of the list of processes what it and its kernels belong to.
    environment : mapping of str to str
        What libraries find set when they are imported; a kernel sees its own later.
    """

    def __init__(self, folder: Path, label: Path, environment: Mapping[str, str] = FIXED_ENVIRONMENT) -> None:
        self._lock, self._ended = Lock(), False
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  this very Python
                [sys.executable, *COMMAND, str(label)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env={**_MEMORY, **os.environ, **environment, **_NO_THREADS},
                start_new_session=True,
            )

    @staticmethod
    def is_possible() -> bool:
        """Say whether this system can fork safely, hand over open files and give a handle to a process."""
        if not (sys.platform == "linux" and hasattr(os, "pidfd_open") and Path("/proc/self/task").is_dir()):
            return False
        try:
            os.close(os.pidfd_open(os.getpid()))
        except OSError:  # an old kernel, or a container that does not allow it
            return False
        return True

    def start(
        self, arguments: Sequence[str], *, cwd: str, env: Mapping[str, str], pipe: int, log: IO[bytes]
    ) -> ForkedProcess:
        """Fork a kernel, and wait until it leads its group.

        Parameters
        ----------
        arguments : sequence of str
            What follows the name of the program on its command line.
        cwd, env : str, mapping of str to str
            Its working folder and environment.
        pipe : int
            End of a pipe; the kernel ends when the other is closed.
        log : binary file
            Where its errors go.

        Raises
        ------
        NotPreparedError
            When the prepared process has ended, or ends before it answers.
        """
        request = {"arguments": list(arguments), "folder": cwd, "environment": dict(env)}
        ours, theirs = socket.socketpair()
        with ours:
            try:
                with theirs:
                    descriptors = [pipe, log.fileno(), theirs.fileno()]
                    socket.send_fds(self._socket, [json.dumps(request).encode()], descriptors)
                answer = ours.recv(64)
                if not answer:
                    raise NotPreparedError
                return ForkedProcess(int(answer), self)
            except OSError as error:
                raise NotPreparedError from error

    def wait_for(self, pid: int) -> None:
        """Let the prepared process wait for a child that has ended, so that no zombie is left."""
        with suppress(OSError):  # it has ended itself, and the system waits in its place
            self._socket.send(json.dumps({"ended": pid}).encode(), socket.MSG_DONTWAIT)

    def close(self) -> None:
        """End the prepared process at once; kernels that run go on, and those who wait for one are answered."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
        self._process.kill()
        self._socket.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
