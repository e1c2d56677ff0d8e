#!/usr/bin/env bash
# The peak memory of a program, read with resource.getrusage(RUSAGE_SELF).ru_maxrss, or with /usr/bin/time.
#
# One would guess that a program started with subprocess.run begins with a peak of its own. What happens on Linux: the
# peak of the process that starts it is handed on through exec, so that a program that does nothing reports the
# gigabytes of its parent. VmHWM in /proc/self/status belongs to the new program alone.
#
# Why it matters: benchmarks of a million customers start one process per measurement from a test session that has
# held other data before. The same code is within its limit alone and beyond it after another benchmark.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.3.5
cat > "$folder/measure.py" <<'PY'
import subprocess, sys
import numpy as np

CHILD = """
import resource
status = open("/proc/self/status").read().splitlines()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, next(line.split()[1] for line in status if "VmHWM" in line))
"""

def child():
    said = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, check=True, text=True).stdout.split()
    return [int(kib) / 1024 for kib in said]

before = child()
held = np.ones(100_000_000)  # 800 MB
after = child()
print("a child that does nothing, MiB:        ru_maxrss   VmHWM")
print("before the parent held 800 MB    {:12.0f} {:9.0f}".format(*before))
print("while the parent holds 800 MB    {:12.0f} {:9.0f}".format(*after))
assert before[0] < 100, before
assert after[0] > 750, "changed: ru_maxrss is no longer handed on"
assert after[1] < 100, "changed: VmHWM is handed on"
PY
"$folder/venv/bin/python" "$folder/measure.py"
