"""The environment that all kernels of a run have in common, whatever that of the user is."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.core.shared_spark import java_of_this_process
from helpers.suite.planning.run_names import RUN_FOLDER_VARIABLE

# One thread for every numerical library: sums must not depend on how many notebooks share the processors.
_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "BLIS")
SELDOM = (50_000, 20, 100)
"""How rarely Python searches for circles of unused objects; left to itself it goes through every table over again."""
FIXED_ENVIRONMENT = {
    **{f"{library}_NUM_THREADS": "1" for library in _THREADS if library != "VECLIB_MAXIMUM"},
    "VECLIB_MAXIMUM_THREADS": "1",
    "LOKY_MAX_CPU_COUNT": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MATPLOTLIBRC": os.devnull,  # the settings of a user, and what is wrong with them, are no part of a run
}


def environment_of(run_folder: Path) -> dict[str, str]:
    """Return the environment that the kernels of a run have in common; where this process has Spark, they share it."""
    return {**os.environ, **FIXED_ENVIRONMENT, RUN_FOLDER_VARIABLE: str(run_folder), **java_of_this_process()}


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Search for circles of unused objects seldom for a block, and never among those that were there before."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
