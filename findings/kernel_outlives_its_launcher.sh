#!/usr/bin/env bash
# One would guess: a kernel started with JPY_PARENT_PID ends when the process that started it is gone, whenever that goes.
# What happens: the kernel's watch begins only after its imports. A launcher that was killed before then is no longer the
# parent, and the watch falls back to "the parent is process 1". Where orphans are adopted by another process (a desktop's
# or systemd's user session, many containers: any "child subreaper"), that never comes true and the kernel stays for good.
# A launcher that is killed a moment later, when the kernel is up, takes it along within seconds.
# Why it matters: a batch of notebooks that is cancelled in its first second leaves processes that hold memory and, once
# they are many, the machine; nobody looks for them.
set -euo pipefail
[ "$(uname)" = Linux ] || { echo "needs Linux"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "ipykernel==7.4.0" "jupyter-client==8.10.0"
cat >"$folder/launch.py" <<'PYTHON'
import os, subprocess, sys, time

ready_first, connection = sys.argv[1] == "ready", sys.argv[2]
environment = {**os.environ, "JPY_PARENT_PID": str(os.getpid())}
command = [sys.executable, "-m", "ipykernel_launcher", "-f", connection]
kernel = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, start_new_session=True)
print(kernel.pid, flush=True)
if ready_first:
    while not os.path.exists(connection):
        time.sleep(0.1)
    time.sleep(5)
os._exit(0)
PYTHON
FOLDER=$folder "$folder/venv/bin/python" - <<'PYTHON'
import ctypes, os, signal, subprocess, sys, time
from importlib.metadata import version

folder = os.environ["FOLDER"]
PR_SET_CHILD_SUBREAPER = 36
assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
print("ipykernel", version("ipykernel"))


def lives_on(moment: str) -> bool:
    command = [sys.executable, f"{folder}/launch.py", moment, f"{folder}/{moment}.json"]
    kernel = int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    deadline = time.monotonic() + 60
    while not os.path.exists(f"{folder}/{moment}.json") and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(15)
    ended, _ = os.waitpid(kernel, os.WNOHANG)
    if not ended:
        os.killpg(kernel, signal.SIGKILL)
        os.waitpid(kernel, 0)
    return not ended


found = {"at once": lives_on("early"), "when the kernel is up": lives_on("ready")}
for moment, alive in found.items():
    print(f"launcher gone {moment}: 15 s later the kernel {'still runs' if alive else 'has ended'}")
if found != {"at once": True, "when the kernel is up": False}:
    raise SystemExit("the behaviour has changed")
PYTHON
