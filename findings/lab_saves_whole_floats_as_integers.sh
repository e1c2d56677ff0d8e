#!/usr/bin/env bash
# Guess: opening a notebook in JupyterLab and saving it, with nothing run and nothing typed, leaves its numbers alone.
# What happens: the browser parses the whole notebook as JavaScript, which has one kind of number. Every float in the
# metadata of an output that happens to be whole comes back as an integer: 3.0 as 3, -0.0 as 0, and 1e20 with all its
# digits. Other floats are as before (1e-06 stays 1e-06).
# Why it matters: tables of amounts and days kept with their types in outputs change type row by row (a column of floats
# becomes mixed), a reader that formats by type prints 3 and 2.5 differently, and git reports changes nobody made.
set -euo pipefail
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jupyterlab==4.6.6 ipykernel==7.4.0 playwright==1.65.2
mkdir "$folder/work"
cd "$folder/work"
export JUPYTER_CONFIG_DIR=$folder/c JUPYTER_DATA_DIR=$folder/d JUPYTER_RUNTIME_DIR=$folder/r IPYTHONDIR=$folder/i
export JUPYTERLAB_SETTINGS_DIR=$folder/s JUPYTERLAB_WORKSPACES_DIR=$folder/w BROWSER_PROGRAM=$browser
"$folder/venv/bin/python" - <<'PYTHON'
import json, os, socket, subprocess, sys, time, urllib.request
from pathlib import Path

import nbformat
from importlib.metadata import version
from nbformat.v4 import new_code_cell, new_notebook, new_output
from playwright.sync_api import sync_playwright

before = [2.5, 3.0, -0.0, 1e20, 1e-06, 1e21]
output = new_output("display_data", data={"text/plain": "amounts"}, metadata={"table": {"amounts": before}})
file = Path("amounts.ipynb")
kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
cells = [new_code_cell("1", outputs=[output])]
nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), file)
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
command += ["--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token=t"]
server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
address = f"http://127.0.0.1:{port}"
try:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/api?token=t").close()
            break
        except OSError:
            time.sleep(0.2)
    with sync_playwright() as driver:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        browser = driver.chromium.launch(executable_path=os.environ["BROWSER_PROGRAM"], args=quiet)
        page = browser.new_page()
        page.goto(f"{address}/lab/tree/{file}?token=t")
        page.wait_for_selector(".jp-Notebook .jp-Cell", state="attached", timeout=120_000)
        idle = "window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"
        page.wait_for_function(f"() => {idle}", timeout=120_000)
        page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        browser.close()
finally:
    server.terminate()
    server.wait()
after = json.loads(file.read_text())["cells"][0]["outputs"][0]["metadata"]["table"]["amounts"]
print(f"jupyterlab {version('jupyterlab')}: opened and saved, nothing run")
print(f"in the file before: {json.dumps(before)}")
print(f"in the file after:  {json.dumps(after)}")
expected = "[2.5, 3, 0, 100000000000000000000, 1e-06, 1e+21]"
sys.exit(0 if json.dumps(after) == expected else f"no longer as seen: expected {expected}")
PYTHON
