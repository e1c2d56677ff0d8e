"""The kernels of one run: one per notebook, a fixed environment, and an end that leaves nothing running.

papermill injects the parameters and keeps the notebook; this module gives it an engine whose kernels can be stopped
from outside and whose own output stays out of the terminal.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Lock
from typing import IO, Any, ClassVar
from weakref import WeakSet

import nbformat
import papermill
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import raise_for_execution_errors
from zmq import ZMQError

from helpers.core.results import enumerated
from helpers.suite.planning.notebook_file import NotebookFile
from helpers.suite.planning.parameters import Value
from helpers.suite.planning.run_names import KERNELS
from helpers.suite.report.failures import NOT_STARTED, NotebookError, Stopped
from helpers.suite.running import kernel_process
from helpers.suite.running.connections import Connections
from helpers.suite.running.environment import environment_of
from helpers.suite.running.kernel_process import KERNEL, KernelProcess, NotReadyError
from helpers.suite.running.prepared import PreparedProcess

ENGINE = "crm"
LAST_WORDS = 5
_WHAT_TO_DO = "close other programs to free memory, let security software allow this Python, or run with --jobs 1"


@dataclass(frozen=True)
class Job:
    """One notebook to execute.

    Parameters
    ----------
    notebook : NotebookFile
        Which one.
    parameters : mapping of str to value
        Injected below the parameters cell.
    run_folder : Path
        Where the notebook finds the results of the others and leaves its lists.
    on_cell : callable
        Called with the number of each code cell and their count, before the cell runs.
    """

    notebook: NotebookFile
    parameters: Mapping[str, Value]
    run_folder: Path
    on_cell: Callable[[int, int], None]


class Kernels:
    """The kernels of one run; any thread may execute, and any thread may stop them all.

    Parameters
    ----------
    connections : Connections
        Where they listen.
    prepared : PreparedProcess, optional
        What they are forked from, as long as each starts at once.
    """

    _of_this_process: ClassVar[WeakSet["Kernels"]] = WeakSet()

    def __init__(self, connections: Connections, prepared: PreparedProcess | None = None) -> None:
        self._lock, self._numbers = Lock(), count(1)
        self._connections, self._prepared = connections, prepared
        self._running: set[KernelProcess] = set()
        self._stopped = False
        self._of_this_process.add(self)
        papermill_engines.register(ENGINE, _Engine)

    @classmethod
    def stop_everything(cls) -> None:
        """End the kernels of every run in this process, and what they listened on."""
        for kernels in list(cls._of_this_process):
            kernels.stop()
            kernels._connections.close()

    def stop(self) -> None:
        """End every kernel at once; notebooks that have not started will not."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for kernel in running:
            kernel.kill()
        self.start_the_usual_way()

    def start_the_usual_way(self) -> None:
        """End the process that kernels were forked from; those to come are started by themselves."""
        if self._prepared is not None:
            self._prepared.close()

    def execute(self, job: Job) -> nbformat.NotebookNode:
        """Run a notebook to its end in a kernel of its own and return it with its outputs.

        Raises
        ------
        NotebookError
            When a cell raises, the kernel dies or does not start.
        Stopped
            When the run was asked to end.
        """
        session = _Session(self, job)
        notebook = _without_outputs(nbformat.read(job.notebook.path, as_version=4))  # type: ignore[no-untyped-call]
        try:
            with _event_loop():
                executed = _executed(notebook, job, session)
        except PapermillExecutionError as error:
            self.raise_if_stopped()
            raise session.failed(error.ename, error.evalue) from None
        except DeadKernelError:
            self.raise_if_stopped()
            what = "the process of the notebook died: out of memory, or ended by another program"
            raise session.failed("DeadKernelError", "\n".join([what, *session.last_words()])) from None
        except NotReadyError as error:
            raise session.failed(NOT_STARTED, str(error)) from None
        except (RuntimeError, OSError, ZMQError) as error:  # it can no longer be reached
            self.raise_if_stopped()
            what = "the process of the notebook could no longer be reached"
            raise session.failed(type(error).__name__, "\n".join([what, *session.last_words()])) from error
        self.raise_if_stopped()
        return executed

    def raise_if_stopped(self) -> None:
        """End the calling thread's work when the run was asked to end."""
        if self._stopped:
            raise Stopped

    @contextmanager
    def kernel(self, folder: Path) -> Iterator[KernelProcess]:
        """Give a kernel that has not started a new address, and end it with the block, whatever happens in it."""
        connection_file = folder / f"connection-{next(self._numbers)}.json"
        kernel = KernelProcess(self._connections.new(), connection_file, self._prepared)
        with self._lock:
            self.raise_if_stopped()
            self._running.add(kernel)
        try:
            yield kernel
        finally:
            kernel.end()
            with self._lock:
                self._running.discard(kernel)


def _without_outputs(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Take the stored outputs out, which papermill would copy, write and read again before it clears them."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _executed(notebook: nbformat.NotebookNode, job: Job, session: "_Session") -> nbformat.NotebookNode:
    """Return a notebook with its outputs; papermill prepares it and runs it, but need not put it into a text again."""
    prepared = papermill.execute_notebook(
        notebook, None, dict(job.parameters), prepare_only=True, kernel_name=KERNEL, language="python"
    )
    executed: nbformat.NotebookNode = papermill_engines.execute_notebook_with_engine(
        ENGINE, prepared, kernel_name=KERNEL, progress_bar=False, session=session
    )
    raise_for_execution_errors(executed, None)
    return executed


@contextmanager
def _event_loop() -> Iterator[None]:
    """Give the calling thread its event loop and close it, with all it holds, in the end."""
    loop = ensure_event_loop(prefer_selector_loop=True)
    try:
        yield
    finally:
        unfinished = asyncio.all_tasks(loop)
        for task in unfinished:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*unfinished, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()


class _Session:
    """One notebook in its kernel."""

    def __init__(self, kernels: Kernels, job: Job) -> None:
        self._kernels, self._job = kernels, job
        self._folder = job.run_folder / KERNELS / job.notebook.name
        self._notebook: nbformat.NotebookNode | None = None
        self._cell = 0
        self._source = ""

    def run(self, managed: Any) -> None:
        """Execute the notebook that papermill has prepared.

        Raises
        ------
        NotReadyError
            When no kernel started, as often as that was tried.
        """
        self._notebook = managed.nb
        self._kernels.raise_if_stopped()
        self._folder.mkdir()
        client = PapermillNotebookClient(
            managed,
            kernel_name=KERNEL,
            timeout=None,
            record_timing=False,
            shutdown_kernel="immediate",
            on_cell_execute=self._on_cell,
        )
        waited = []
        with self._log_file.open("wb") as log:
            for attempt in range(1, kernel_process.START_TRIES + 1):
                try:
                    self._run_in_a_kernel(client, attempt * kernel_process.START_SECONDS, log)
                except NotReadyError as error:
                    self._kernels.start_the_usual_way()
                    self._kernels.raise_if_stopped()
                    waited.append(str(error))
                else:
                    return
        raise NotReadyError("\n".join([_not_started(waited), *self.last_words()[-1:]]))

    def _run_in_a_kernel(self, client: PapermillNotebookClient, seconds: float, log: IO[bytes]) -> None:
        """Execute the notebook in a new kernel that is ready in time."""
        client.startup_timeout = int(seconds) + 1
        with self._kernels.kernel(self._folder) as kernel:
            kernel.start(client, seconds=seconds, cwd=self._job.notebook.path.parent, env=self._environment(), log=log)
            self._kernels.raise_if_stopped()
            client.execute(cleanup_kc=True)

    def failed(self, kind: str, message: str) -> NotebookError:
        """Return the failure at the cell that ran last."""
        return NotebookError(
            self._job.notebook.name,
            cell=self._cell,
            source=self._source,
            kind=kind,
            message=message,
            partial=self._notebook,
        )

    def last_words(self) -> list[str]:
        """Return the last lines a dying kernel wrote, without the warnings every kernel begins with."""
        if not self._log_file.is_file():
            return []
        lines = self._log_file.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if line and not line.startswith(("[IPKernelApp]", "zmq."))][-LAST_WORDS:]

    @property
    def _log_file(self) -> Path:
        return self._folder / "stderr.txt"

    def _on_cell(self, cell: nbformat.NotebookNode, cell_index: int) -> None:
        self._kernels.raise_if_stopped()
        notebook = self._notebook
        if notebook is None:
            return
        places = [place for place, one in enumerate(notebook.cells) if one.cell_type == "code" and one.source.strip()]
        self._cell = places.index(cell_index) + 1
        self._source = cell.source.strip().splitlines()[0]
        self._job.on_cell(self._cell, len(places))

    def _environment(self) -> dict[str, str]:
        return {**environment_of(self._job.run_folder), "IPYTHONDIR": str(self._folder / "ipython")}


class _Engine(NBClientEngine):  # type: ignore[misc]  # papermill has no types
    """papermill's engine, with the kernels of a run."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, session: _Session, **_: Any) -> None:  # noqa: ARG003
        session.run(nb_man)


def _not_started(tries: Sequence[str]) -> str:
    """Say in one sentence that no kernel started, why, and what to do."""
    reasons = enumerated([*dict.fromkeys(tries)])
    return f"the kernel of this notebook could not start: in {len(tries)} tries it {reasons}; {_WHAT_TO_DO}"
