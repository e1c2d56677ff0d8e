"""The prepared process: it has imported what chapters import, and every kernel of a run is a fork of it.

A fork shares what was imported before, where a new Python would import it again. It is safe as long as there is one
thread and no connection of any kind: nothing here opens a socket of ZeroMQ or a database, and the process ends when a
library has started a thread, so that kernels are started in the usual way.

Standard input is the socket to the run. Each message on it asks for a kernel, or for a dead one to be waited for.
"""

import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from select import POLLHUP, poll
from typing import NoReturn

from helpers.suite.running.environment import SELDOM
from helpers.suite.running.kernel_main import run_kernel

MESSAGE_BYTES = 1 << 20
# What a message about a new kernel brings: the pipe of the run, where its errors go, and where to answer.
DESCRIPTORS = 3
FOREIGN = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",  # the kernel takes it in at its start; nobody debugs here
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.debugger_backport",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "pdb",
    "tornado.platform.asyncio",
    "zmq.utils.garbage",
    "numpy",
    "pandas",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pyarrow.parquet",
    "pyarrow.pandas_compat",
    "scipy.stats",
    "scipy.optimize",
    "matplotlib.backends.backend_agg",
    "seaborn",
    "PIL.PngImagePlugin",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.metrics",
    "statsmodels.stats.multitest",
    "duckdb",
    "ibis.backends.duckdb",
    "ibis.backends.duckdb.converter",
    "ibis.expr.types.groupby",
    "ibis.formats.pandas",
    "ibis.formats.pyarrow",
    "pyarrow_hotfix",
    "ruamel.yaml.mergevalue",
)
ROOMS = (
    "core",
    "study",
    "identification",
    "differentiation",
    "value",
    "interaction",
    "evaluation",
    "replication",
    "charts",
    "narrative",
    "suite.notebook",
)
LEFT_OUT = ("helpers.core.spark_engine",)
"""Needs a package that most users do not have."""
_THREADS = Path("/proc/self/task")


def main() -> None:
    """Import, then fork a kernel for every request until the run closes its end of the socket."""
    if Path(sys.path[0]) == Path.cwd():  # a kernel adds its own
        del sys.path[0]
    run = socket.socket(fileno=os.dup(0))
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    if not _import_everything(run) or len(list(_THREADS.iterdir())) != 1:
        return
    gc.collect()
    gc.freeze()  # a collection in a kernel must not touch, and so copy, what all of them share
    gc.set_threshold(*SELDOM)
    while True:
        text, descriptors, _, _ = socket.recv_fds(run, MESSAGE_BYTES, DESCRIPTORS)
        if not text:
            return
        request = json.loads(text)
        if "ended" in request:
            with suppress(ChildProcessError):
                os.waitpid(request["ended"], os.WNOHANG)
        else:
            _fork(request, descriptors, run)


def modules() -> list[str]:
    """Return what is imported: packages of others, then every module of ours that chapters use."""
    found = list(FOREIGN)
    for room in ROOMS:
        package = importlib.import_module(f"helpers.{room}")
        found += [package.__name__, *(one.name for one in pkgutil.walk_packages(package.__path__, f"helpers.{room}."))]
    return [name for name in found if name not in LEFT_OUT]


def _import_everything(run: socket.socket) -> bool:
    """Import module by module, and say whether the run still wants it."""
    closed = poll()
    closed.register(run, POLLHUP)
    for module in modules():
        if closed.poll(0):
            return False
        # Parts of other packages come and go with their versions; the kernel that needs one says that it is missing.
        with suppress(*((ModuleNotFoundError,) if module in FOREIGN else ())):
            importlib.import_module(module)
    warm_up()
    return True


def warm_up() -> None:
    """Search the disk once for what every kernel would search it for, and take in the common kinds of pictures."""
    from PIL import Image

    from helpers.study.grammar import known_timezones

    known_timezones()
    Image.preinit()


def _fork(request: dict[str, object], descriptors: list[int], run: socket.socket) -> None:
    """Become a kernel in a new process, and answer with its number when it leads a group of its own."""
    pipe, log, answer = descriptors
    led, theirs = os.pipe()
    with socket.socket(fileno=answer) as caller:
        try:
            kernel = os.fork()
        except OSError:  # no memory, or too many processes: the closed socket tells the run
            kernel = -1
        if kernel == 0:
            run.close()
            caller.close()
            os.close(led)
            _become_kernel(request, pipe, log, theirs)
        for descriptor in (theirs, pipe, log):
            os.close(descriptor)
        os.read(led, 1)
        os.close(led)
        if kernel > 0 and not _answered(caller, kernel):
            with suppress(ProcessLookupError):
                os.killpg(kernel, signal.SIGKILL)
            os.waitpid(kernel, 0)


def _answered(caller: socket.socket, kernel: int) -> bool:
    """Tell the run the number of its kernel, and say whether it still listens."""
    try:
        caller.sendall(str(kernel).encode())
    except OSError:
        return False
    return True


def _become_kernel(request: dict[str, object], pipe: int, log: int, led: int) -> NoReturn:
    """Leave all that was the prepared process's own behind, and run a kernel to its end."""
    status = 1
    try:
        os.setsid()
        for descriptor, standard in ((pipe, 0), (log, 2)):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        os.close(led)
        _take_over(request)
        run_kernel()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  it must not return to the loop above, whatever happens
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(status)


def _take_over(request: dict[str, object]) -> None:
    """Take the arguments, folder and environment of the kernel, and randomness of its own where none is asked for."""
    import numpy as np

    arguments, folder, environment = request["arguments"], request["folder"], request["environment"]
    assert isinstance(arguments, list) and isinstance(folder, str) and isinstance(environment, dict)  # noqa: S101, PT018
    sys.argv[1:] = arguments
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    np.random.seed()  # noqa: NPY002  the state that cells use which ask for no generator; a fork would share it


if __name__ == "__main__":
    main()
