"""Begins a kernel's process: the usual kernel of IPython, ended with the run that started it, however that ends.

The kernel's own watch begins only when it has started, and takes a run that was killed before then for one that lives
on wherever orphans go to another process than the first. This one needs no process numbers: the run holds one end of a
pipe, and the system closes it.
"""

import os
import runpy
from threading import Thread


def run_kernel() -> None:
    """Start the kernel that the command line describes; standard input is the pipe of the run."""
    pipe = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # what a cell starts must not wait for words from the pipe
    os.close(nothing)
    Thread(target=_end_with, args=(pipe,), daemon=True).start()
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)


def _end_with(pipe: int) -> None:
    """End this process when the other end of a pipe is closed."""
    while os.read(pipe, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    run_kernel()
