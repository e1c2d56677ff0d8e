"""How a run is asked to end: SIGTERM and Ctrl-C unwind it, or by force when that takes too long."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from types import FrameType
from typing import NoReturn

PATIENCE_SECONDS = 3.0
ENDING = (signal.SIGINT, signal.SIGTERM)


class Terminated(BaseException):
    """The process was asked to end (SIGTERM)."""


@contextmanager
def ended_by_signals(last_resort: Callable[[], None], *, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C unwind the block, once, and end the process when the block does not come to its end.

    The main thread learns of a signal only when it returns to Python; a thread beside it is reported by the system.

    Parameters
    ----------
    last_resort : callable
        What must be done even then, from another thread: ending the processes that were started.
    patience_seconds : float
        How long the block may take to unwind.

    Raises
    ------
    KeyboardInterrupt, Terminated
        In the block, at Ctrl-C and at SIGTERM.
    """
    asked: list[int] = []

    def unwind(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        if len(asked) == 1:
            _raise(number)

    listener, sender = socket.socketpair()
    sender.setblocking(False)
    before = {number: signal.signal(number, unwind) for number in ENDING}
    wakeup = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    Thread(target=_watch, args=(listener, last_resort, patience_seconds), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        sender.close()


def leave_at_once(status: int) -> NoReturn:
    """End the process when all is tidied up, without the seconds that taking down an interpreter may need."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _raise(number: int) -> NoReturn:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Terminated


def _watch(listener: socket.socket, last_resort: Callable[[], None], patience_seconds: float) -> None:
    """Wait for a signal to end, then for the block to end; do the last when it does not."""
    with listener:
        while number := listener.recv(1):
            if number[0] in ENDING:
                break
        else:
            return
        if not _closed_within(listener, patience_seconds):
            last_resort()
            os._exit(128 + number[0])


def _closed_within(listener: socket.socket, seconds: float) -> bool:
    """Whether the other end is closed in time, whatever else it says."""
    finished = Thread(target=_read_to_the_end, args=(listener,), daemon=True)
    finished.start()
    finished.join(seconds)
    return not finished.is_alive()


def _read_to_the_end(listener: socket.socket) -> None:
    while listener.recv(64):
        pass
