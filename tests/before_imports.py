"""What must be so before any library is imported: a pytest plugin that is loaded before all others.

Every numerical library has one thread, as in the kernels of a run. The tests run in as many processes as there are
processors, and threads of OpenMP that wait for each other beside them cost more than the calculation: half a minute for
the boosted trees of 300 rows. And jsonschema, which comes with nbformat, builds no grammar of addresses.

The tests write some ten thousand small files and folders, which a disk takes milliseconds each to remove. On a system
with a folder in memory, and room in it, they are written there.
"""

import os
import tempfile
from pathlib import Path

from helpers.suite.running.environment import FIXED_ENVIRONMENT
from helpers.suite.running.quick_imports import without_optional

_IN_MEMORY, _ROOM_BYTES = Path("/dev/shm"), 4 * 2**30  # noqa: S108  pytest makes folders of its own


def _has_room(folder: Path) -> bool:
    """Say whether tests may write here, as much as they do, and start programs from here."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    system = os.statvfs(folder)
    return not system.f_flag & os.ST_NOEXEC and system.f_bavail * system.f_frsize >= _ROOM_BYTES


if "TMPDIR" not in os.environ and _has_room(_IN_MEMORY):
    os.environ["TMPDIR"] = str(_IN_MEMORY)
    tempfile.tempdir = None  # asked for anew
os.environ.update({name: value for name, value in FIXED_ENVIRONMENT.items() if "THREADS" in name})
with without_optional():
    import nbformat  # noqa: F401
