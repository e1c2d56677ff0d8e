"""One kernel's process: this very Python, started within a deadline, ended together with all it started itself."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty
from threading import Lock, Timer
from typing import IO, Any
from uuid import uuid4

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from helpers.suite.running.prepared import ForkedProcess, NotPreparedError, PreparedProcess

KERNEL = "python3"
USUAL = (sys.executable, "-m", "helpers.suite.running.kernel_main")
START_SECONDS = 60  # for the first try; each further one is given as much again, for a slow machine is no dead kernel
START_TRIES = 3
# A message to a kernel waits in a queue. Only a socket that has lost its peer for good blocks, and would for ever.
SEND_SECONDS = 5
ANSWER_SECONDS, OUTPUT_SECONDS = 1.0, 0.2  # after so long without a message a starting kernel is asked again
AT_ONCE_SECONDS = 1.0  # for a kernel that was killed; the library sleeps before it looks again
END_SECONDS = 5
# What goes wrong is reported in our own words; those of the libraries below would reach the terminal as well.
_silent = logging.getLogger(f"{__name__}.silent")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


class NotReadyError(RuntimeError):
    """A kernel did not start: it ended, it could not be reached, or its time was over."""


class KernelProcess:
    """A kernel, from its start to its end. It is started in one thread and may be killed from any other.

    Parameters
    ----------
    connection : mapping of str to value
        Where it listens, as `Connections.new` returns it.
    connection_file : Path
        Where it reads that; nobody else has used the name.
    prepared : PreparedProcess, optional
        What it is forked from. Without, and when that has ended, it is started by itself.
    """

    def __init__(
        self, connection: Mapping[str, object], connection_file: Path, prepared: PreparedProcess | None = None
    ) -> None:
        self._context = zmq.asyncio.Context()
        self._context.setsockopt(zmq.SNDTIMEO, SEND_SECONDS * 1000)
        self._context.setsockopt(zmq.LINGER, 0)
        self.manager = _Manager(
            client_factory=_Client,
            kernel_name=KERNEL,
            kernel_spec_manager=_ThisPython(),
            connection_file=str(connection_file),
            context=self._context,
            log=_silent,
            **connection,
        )
        self.manager.kernel_id = str(uuid4())
        self.manager.provisioner = ForkingProvisioner(
            kernel_id=self.manager.kernel_id,
            kernel_spec=self.manager.kernel_spec,
            parent=self.manager,
            fork=self._forked,
        )
        self._lock, self._prepared = Lock(), prepared
        self._process: subprocess.Popen[bytes] | ForkedProcess | None = None
        self._pipe: int | None = None
        self._killed = self._late = False

    def start(self, client: Any, *, seconds: float, cwd: Path, env: Mapping[str, str], log: IO[bytes]) -> None:
        """Start the kernel and connect a notebook's client to it.

        Parameters
        ----------
        client : NotebookClient
            Is ready to execute cells afterwards.
        seconds : float
            After so long the kernel is killed.
        cwd, env, log : Path, mapping, binary file
            Working folder, environment and error stream of the process.

        Raises
        ------
        NotReadyError
            When it does not start; what was started is ended.
        """
        client.km, client.kc, client.log = self.manager, None, _silent
        deadline = Timer(seconds, self._end_late)
        deadline.daemon = True
        deadline.start()
        try:
            self._launch(client, cwd=str(cwd), env=dict(env), stdout=subprocess.DEVNULL, stderr=log)
            client.start_new_kernel_client()
        except (RuntimeError, OSError, zmq.ZMQError) as error:
            self.end()
            what = f"was not ready after {seconds:g} s" if self._late else "ended before it was ready"
            raise NotReadyError(what) from error
        finally:
            deadline.cancel()

    def kill(self) -> None:
        """End the kernel and whatever it started at once, and leave no zombie; also one that is about to start."""
        with self._lock:
            self._killed = True
            process = self._process
        if process is not None:
            _kill_group(process)
        elif self._prepared is not None:  # it is asked for a kernel, perhaps, and does not answer
            self._prepared.close()

    def end(self) -> None:
        """Kill the kernel and let go of all that was needed to speak with it; the client must be through with it."""
        self.kill()
        self._context.destroy(linger=0)
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            os.close(pipe)

    def _launch(self, client: Any, **parts: Any) -> None:
        """Start the process, and know it also where something goes wrong behind its start: it is there then."""
        try:
            self._start_process(client, parts)
        finally:
            provisioner: Any = self.manager.provisioner
            with self._lock:
                self._process = provisioner.process
                killed = self._killed
            if killed:
                self.kill()

    def _start_process(self, client: Any, parts: Mapping[str, Any]) -> None:
        """Start the process; it holds the other end of a pipe that closes with this one."""
        if os.name != "posix":
            client.start_new_kernel(**parts)
            return
        theirs, self._pipe = os.pipe()
        try:
            client.start_new_kernel(stdin=theirs, **parts)
        finally:
            os.close(theirs)

    def _forked(self, command: Sequence[str], parts: Mapping[str, Any]) -> ForkedProcess | None:
        """Return a new process of the usual kernel, forked; None where it has to be started by itself."""
        if self._prepared is None or tuple(command[: len(USUAL)]) != USUAL:
            return None
        where = {"cwd": parts["cwd"], "env": parts["env"], "pipe": parts["stdin"], "log": parts["stderr"]}
        try:
            return self._prepared.start(command[len(USUAL) :], **where)
        except NotPreparedError:
            if self._killed:
                raise
            return None

    def _end_late(self) -> None:
        self._late = True
        self.kill()


def _kill_group(process: subprocess.Popen[bytes] | ForkedProcess) -> None:
    """Kill a process that leads a group, and its group, and wait for it; without groups, the process alone."""
    if isinstance(process, ForkedProcess):
        process.kill_group()
    elif hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # nothing of it is left; on macOS, only zombies are
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:  # it hangs in the system, which will end it
        return


class ForkingProvisioner(LocalProvisioner):
    """Starts a kernel by forking it where that can be done.

    Parameters
    ----------
    fork : callable
        Given the command and the settings of the process, returns the process; None where the command is to be run as
        usual.
    **parts : object
        As `LocalProvisioner` takes them.
    """

    def __init__(
        self, *, fork: Callable[[Sequence[str], Mapping[str, Any]], ForkedProcess | None], **parts: Any
    ) -> None:
        super().__init__(**parts)
        self._fork = fork

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel."""
        forked = self._fork(cmd, kwargs)
        if forked is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process: Any = forked
        self.pid = self.pgid = forked.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel, and see it end where that comes at once: who asks later sleeps between two looks."""
        await super().kill(restart)
        if self.process:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(AT_ONCE_SECONDS)


class _Client(AsyncKernelClient):
    """Speaks with a kernel without a heartbeat: the process itself is watched, and a heart can be blocked too."""

    def start_channels(self, **_: bool) -> None:  # type: ignore[override]  # nobody asks for fewer
        super().start_channels(hb=False)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and its outputs arrive, and no longer: the parent waits for a silence besides.

        Raises
        ------
        RuntimeError
            When the kernel dies, or its time is over.
        """
        end = time.monotonic() + (timeout or float("inf"))
        while not await self._is_heard(self.kernel_info()):
            if not await self.is_alive():
                raise RuntimeError("the kernel died before it answered")
            if time.monotonic() > end:
                raise RuntimeError("the kernel did not answer in time")

    async def _is_heard(self, question: str) -> bool:
        """Say whether the answer to a question comes, and then the word that the kernel is idle again."""
        try:
            while (await self.get_shell_msg(timeout=ANSWER_SECONDS))["parent_header"].get("msg_id") != question:
                pass
            while True:
                message = await self.get_iopub_msg(timeout=OUTPUT_SECONDS)
                ours = message["parent_header"].get("msg_id") == question and message["msg_type"] == "status"
                if ours and message["content"]["execution_state"] == "idle":
                    return True
        except Empty:
            return False


class _Manager(AsyncKernelManager):
    """Lends its sockets' settings to its client, which would make a context of its own."""

    def client(self, **parts: Any) -> AsyncKernelClient:  # type: ignore[override]  # as the parent does
        return super().client(context=self.context, **parts)


class _ThisPython(KernelSpecManager):
    """Knows one kernel, the Python that runs the suite: an installed kernel may belong to another environment."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(argv=kernel_command(), display_name="Python 3", language="python", name=kernel_name)


def kernel_command() -> list[str]:
    """Return the command that becomes a kernel."""
    command = USUAL if os.name == "posix" else (sys.executable, "-m", "ipykernel_launcher")
    return [*command, "-f", "{connection_file}"]
