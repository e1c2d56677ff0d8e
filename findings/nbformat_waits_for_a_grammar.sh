#!/usr/bin/env bash
# nbformat 5.11.1 with jupyter-events 0.12.1: `import nbformat` builds the grammar of web addresses, each time.
#
# One would guess that to import what reads notebooks costs about as much as its own few modules, the more so as it
# checks notebooks with fastjsonschema and not with jsonschema. It imports jsonschema all the same; that registers a
# checker for every format whose package is there; and jupyter-events, which comes with JupyterLab and nbconvert's server,
# asks for jsonschema[format-nongpl], by which rfc3987-syntax is there. At its import that package lets lark compile the
# whole grammar of RFC 3987 anew. No schema of nbformat has an address to check.
# Why it matters: every program that reads or runs a notebook (papermill, nbconvert, nbval in each worker) starts most of a
# second later in an environment with JupyterLab than without it; a suite that starts many pays it each time.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    nbformat==5.11.1 jsonschema==4.26.0 jupyter-events==0.12.1 rfc3987-syntax==1.1.0 lark==1.3.1

"$folder/venv/bin/python" - <<'PYTHON'
import subprocess
import sys

CODE = """
import sys, time
{hide}
begin = time.process_time()
import nbformat
print(time.process_time() - begin, "lark" in sys.modules)
"""


def imported(hide: str) -> tuple[float, bool]:
    runs = [
        subprocess.run([sys.executable, "-c", CODE.format(hide=hide)], capture_output=True, text=True, check=True)
        for _ in range(3)
    ]
    found = [run.stdout.split() for run in runs]
    return min(float(seconds) for seconds, _ in found), found[0][1] == "True"


with_it, grammar = imported("")
without, none = imported("sys.modules['rfc3987_syntax'] = None")
print(f"import nbformat: {with_it:.2f} seconds of processor, grammar compiled: {grammar}")
print(f"the same where rfc3987-syntax is missing: {without:.2f} seconds, grammar compiled: {none}")
sys.exit(0 if grammar and not none and with_it > 2 * without else 1)
PYTHON
