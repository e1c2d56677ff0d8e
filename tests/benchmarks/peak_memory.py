"""The most memory a script needs, in a process of its own: the same alone and after other benchmarks.

`ru_maxrss` will not do. Linux hands it on from a process to the program it starts: the program begins with the peak of
whoever started it, and a benchmark that ran before in the same process would be counted. `VmHWM` in `/proc/self/status`
belongs to the memory of the program alone.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATUS = Path("/proc/self/status")
READ_PEAK = f"""
import json as _json
from pathlib import Path as _Path
_kib = next(int(line.split()[1]) for line in _Path({str(STATUS)!r}).read_text().splitlines() if line[:6] == "VmHWM:")
print(_json.dumps({{"found": found, "peak_gib": _kib / 2**20}}))
"""
needs_peak_memory = pytest.mark.skipif(
    not STATUS.exists(), reason=f"the peak of a process is read from {STATUS}: Linux"
)


def run_alone(script: str, *arguments: object) -> tuple[Any, float]:
    """Run a script with arguments in a new process.

    Parameters
    ----------
    script : str
        Leaves what it found, as JSON can hold it, in `found`; it may import from `tests`.
    *arguments : object
        What the script finds in `sys.argv[1:]`, as text.

    Returns
    -------
    (object, float)
        What was found, and the peak of resident memory in GiB, interpreter and imports included.
    """
    command = [sys.executable, "-c", script + READ_PEAK, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    said = json.loads(done.stdout.splitlines()[-1])
    return said["found"], said["peak_gib"]
