"""Linear algebra in one thread: sums over columns gain little from a second one, which costs as it waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]


@cache
def _libraries() -> Any:
    """Find the libraries once: looking for them takes milliseconds, longer than a small fit."""
    import scipy.linalg  # noqa: F401  # brings a library of its own

    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let linear algebra run in one thread, within a block or as a decorator.

    Sums are then added up in one order, whatever the machine, and programs beside this one keep their processors: the
    threads of OpenBLAS wait for each other by turning round, which took more than half the processor time of a fit to a
    million customers.

    Examples
    --------
    >>> import numpy as np
    >>> with one_blas_thread():
    ...     total = np.ones(100_000) @ np.ones(100_000)
    >>> float(total)
    100000.0
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield
