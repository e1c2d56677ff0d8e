"""One kernel per notebook: this very Python, a fixed environment, and an end that leaves nothing running.

papermill injects the parameters and keeps the notebook; this module gives it an engine whose kernels can be stopped
from outside and whose own output stays out of the terminal.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from helpers.suite.notebook_file import NotebookFile
from helpers.suite.parameters import Value
from helpers.suite.workspace import RUN_FOLDER_VARIABLE

ENGINE, KERNEL = "crm", "python3"
START_SECONDS = 120
LAST_WORDS = 5
# One thread for every numerical library: sums must not depend on how many notebooks share the processors.
_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "BLIS")
FIXED_ENVIRONMENT = {
    **{f"{library}_NUM_THREADS": "1" for library in _THREADS if library != "VECLIB_MAXIMUM"},
    "VECLIB_MAXIMUM_THREADS": "1",
    "LOKY_MAX_CPU_COUNT": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MATPLOTLIBRC": os.devnull,  # the user's own settings, and what is wrong with them, are no part of a run
}


class NotebookError(RuntimeError):
    """A notebook stopped at an error.

    Parameters
    ----------
    notebook : str
        Its name.
    cell : int
        Number of the code cell, from 1, parameters and injected cells counted.
    source : str
        First line of the cell.
    kind, message : str
        Name and text of the error raised in the notebook.
    partial : NotebookNode or None
        The notebook as far as it came.

    Attributes
    ----------
    kept : Path or None
        Folder in which the notebooks of the run were kept.
    """

    def __init__(
        self, notebook: str, *, cell: int, source: str, kind: str, message: str, partial: nbformat.NotebookNode | None
    ) -> None:
        self.notebook, self.cell, self.source, self.kind, self.message = notebook, cell, source, kind, message
        self.partial = partial
        self.kept: Path | None = None
        super().__init__(f"{notebook}, cell {cell} ({source}): {kind}: {message}")

    @property
    def is_users_input(self) -> bool:
        """Whether the notebook refused the user's input, rather than being wrong itself."""
        return self.kind == "InputError"

    @classmethod
    def between_notebooks(cls, message: str) -> "NotebookError":
        """Return the failure of notebooks that ran through but contradict each other."""
        return cls("results", cell=0, source="", kind="ResultsDifferError", message=message, partial=None)


class Stopped(Exception):  # noqa: N818  not an error: the run was told to end
    """The run was told to end before this notebook was through."""


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
    """The kernels of one run; any thread may execute, and any thread may stop them all."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._managers: set[AsyncKernelManager] = set()
        self._stopped = False
        papermill_engines.register(ENGINE, _Engine)

    def stop(self) -> None:
        """End every kernel at once; notebooks that have not started will not."""
        with self._lock:
            self._stopped = True
            running = [manager.provisioner for manager in self._managers if manager.provisioner is not None]
        for provisioner in running:
            asyncio.run(provisioner.kill())

    def execute(self, job: Job) -> nbformat.NotebookNode:
        """Run a notebook to its end in a kernel of its own and return it with its outputs.

        Raises
        ------
        NotebookError
            When a cell raises or the kernel dies.
        Stopped
            When the run was told to end.
        """
        session = _Session(self, job)
        notebook = nbformat.read(job.notebook.path, as_version=4)  # type: ignore[no-untyped-call]
        try:
            with _event_loop():
                executed: nbformat.NotebookNode = papermill.execute_notebook(
                    notebook,
                    None,
                    dict(job.parameters),
                    engine_name=ENGINE,
                    kernel_name=KERNEL,
                    language="python",
                    progress_bar=False,
                    session=session,
                )
        except PapermillExecutionError as error:
            self.raise_if_stopped()
            raise session.failed(error.ename, error.evalue) from None
        except DeadKernelError:
            self.raise_if_stopped()
            what = "the process of the notebook died: out of memory, or ended by another program"
            raise session.failed("DeadKernelError", "\n".join([what, *session.last_words()])) from None
        except (RuntimeError, OSError) as error:  # the kernel did not start
            self.raise_if_stopped()
            raise session.failed(type(error).__name__, "\n".join([str(error), *session.last_words()])) from error
        self.raise_if_stopped()
        return executed

    def raise_if_stopped(self) -> None:
        """End the calling thread's work when the run was told to end."""
        if self._stopped:
            raise Stopped

    def add(self, manager: AsyncKernelManager) -> None:
        """Remember a kernel that is about to start."""
        with self._lock:
            self.raise_if_stopped()
            self._managers.add(manager)

    def discard(self, manager: AsyncKernelManager) -> None:
        """Forget a kernel that has ended."""
        with self._lock:
            self._managers.discard(manager)


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
        self._folder = job.run_folder / "kernels" / job.notebook.name
        self._notebook: nbformat.NotebookNode | None = None
        self._cell = 0
        self._source = ""

    def run(self, managed: Any) -> None:
        """Execute the notebook that papermill has prepared."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._notebook = managed.nb
        manager = AsyncKernelManager(
            kernel_name=KERNEL,
            kernel_spec_manager=_ThisPython(),
            connection_file=str(self._folder / "connection.json"),
        )
        client = PapermillNotebookClient(
            managed,
            km=manager,
            kernel_name=KERNEL,
            startup_timeout=START_SECONDS,
            timeout=None,
            record_timing=False,
            shutdown_kernel="immediate",
            on_notebook_start=lambda **_: self._kernels.raise_if_stopped(),
            on_cell_execute=self._on_cell,
        )
        self._kernels.add(manager)
        try:
            with self._log_file.open("wb") as log:
                client.execute(
                    cleanup_kc=True,
                    cwd=str(self._job.notebook.path.parent),
                    env=self._environment(),
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                )
        finally:
            self._kernels.discard(manager)

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
        return [line for line in lines if not line.startswith("[IPKernelApp]")][-LAST_WORDS:]

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
        own = {RUN_FOLDER_VARIABLE: str(self._job.run_folder), "IPYTHONDIR": str(self._folder / "ipython")}
        return {**os.environ, **FIXED_ENVIRONMENT, **own}


class _Engine(NBClientEngine):  # type: ignore[misc]  # papermill has no types
    """papermill's engine, with the kernels of a run."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, session: _Session, **_: Any) -> None:  # noqa: ARG003
        session.run(nb_man)


class _ThisPython(KernelSpecManager):
    """Knows one kernel, the Python that runs the suite: an installed kernel may belong to another environment."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python", name=kernel_name)
