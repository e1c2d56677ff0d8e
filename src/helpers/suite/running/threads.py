"""Threads that a run can leave behind: a blocked one keeps neither run nor program waiting."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from threading import Lock, Thread

Task = Callable[[], None]
JOBS_AT_MOST = 4  # each kernel holds a study's data in memory


def default_jobs() -> int:
    """Return how many notebooks run at once when nobody says: one per processor, four at most."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(available, JOBS_AT_MOST)


def started_together(tasks: Sequence[Task], *, at_once: int) -> "list[Future[None]]":
    """Start tasks in threads, so many at a time, in their order, and return what tells of their ends.

    Parameters
    ----------
    tasks : sequence of callable
        What to do. A cancelled one is not begun.
    at_once : int
        Number of threads. The program does not wait for them when it ends, as it does for those of an executor.
    """
    futures: list[Future[None]] = [Future() for _ in tasks]
    waiting, lock = zip(futures, tasks, strict=True), Lock()
    for _ in range(min(at_once, len(tasks))):
        Thread(target=_work, args=(waiting, lock), daemon=True).start()
    return futures


def _work(waiting: "Iterator[tuple[Future[None], Task]]", lock: Lock) -> None:
    """Do one task after the other until none is left."""
    while True:
        with lock:
            future, task = next(waiting, (None, None))
        if future is None or task is None:
            return
        if future.set_running_or_notify_cancel():
            _do(future, task)


def _do(future: "Future[None]", task: Task) -> None:
    try:
        task()
    except BaseException as error:  # noqa: BLE001  handed on to the thread that waits, as an executor does
        future.set_exception(error)
    else:
        future.set_result(None)
