"""JupyterLab driven in a real browser: a server of its own, and a page with one notebook."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TOKEN = "only-for-this-test"  # noqa: S105 (the server listens on this machine, for seconds)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
START_SECONDS, RUN_SECONDS, SHOW_SECONDS = 60, 240, 10
BACKSLASH = "String.fromCharCode(92)"  # Markdown and JSON both escape with it
NOTEBOOK = "window.jupyterapp.shell.currentWidget"


def browser_on_this_machine() -> str | None:
    """Return the program named by CRM_BROWSER, else the first browser found; none is ever downloaded."""
    named = os.environ.get("CRM_BROWSER")
    return named or next((found for name in BROWSERS if (found := shutil.which(name))), None)


@contextlib.contextmanager
def lab_server(project: Path, scratch: Path) -> Iterator[str]:
    """Serve a project by JupyterLab with folders of its own, and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    command += ["--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    command += [f"--ServerApp.root_dir={project}", "--LabApp.news_url=None", "--LabApp.check_for_updates_class="]
    command[-1] += "jupyterlab.NeverCheckForUpdate"
    with (scratch / "lab.log").open("w") as log:
        server = subprocess.Popen(command, env=_environment(project, scratch), stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, server, scratch / "lab.log")
            yield address
        finally:
            server.terminate()
            server.wait(START_SECONDS)


def _environment(project: Path, scratch: Path) -> dict[str, str]:
    folders = {f"JUPYTER_{name}_DIR": str(scratch / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")} | {
        f"JUPYTERLAB_{name}_DIR": str(scratch / name.lower()) for name in ("SETTINGS", "WORKSPACES")
    }
    own = {"IPYTHONDIR": str(scratch / "ipython"), "CRM_HOME": str(project), "CRM_REPORTS": str(scratch / "reports")}
    kept = {name: value for name, value in os.environ.items() if name != "CRM_RUN_FOLDER"}
    return kept | folders | own | {"MPLBACKEND": "agg"}


def _wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=5).close()  # noqa: S310
            return
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start: {log.read_text(encoding='utf-8')[-2000:]}")


class LabPage:
    """One notebook open in JupyterLab.

    Parameters
    ----------
    page : playwright.sync_api.Page
        A fresh page.
    address : str
        Of the server.
    file : str
        The notebook, below the folder that is served.
    """

    def __init__(self, page: Any, address: str, file: str) -> None:
        self.page = page
        page.goto(f"{address}/lab/tree/{file}?reset&token={TOKEN}")  # with no notebook of before
        page.wait_for_selector(".jp-Notebook .jp-Cell", state="attached", timeout=START_SECONDS * 1000)
        self._wait_until("session?.kernel?.status === 'idle'", START_SECONDS)

    def command(self, name: str, **arguments: object) -> None:
        """Do what a menu entry or button does."""
        self.page.evaluate("([name, given]) => window.jupyterapp.commands.execute(name, given)", [name, arguments])

    def run_all(self, *, fresh: bool = True) -> None:
        """Run all cells, in a kernel just started or in the one there is, and wait for the last."""
        if fresh:
            self.page.evaluate(f"() => {NOTEBOOK}.sessionContext.restartKernel()")
            self._wait_until("session?.kernel?.status === 'idle'", START_SECONDS)
        self.command("notebook:run-all-cells")
        self._wait_until("session?.kernel?.status === 'idle'", RUN_SECONDS)

    def set_source(self, old: str, new: str) -> None:
        """Replace a text in the cell that holds it."""
        found = self.page.evaluate(
            f"""([old, now]) => {NOTEBOOK}.content.widgets.filter(cell => {{
                const source = cell.model.sharedModel.getSource();
                if (!source.includes(old)) return false;
                cell.model.sharedModel.setSource(source.replace(old, now));
                return true;
            }}).length""",
            [old, new],
        )
        assert found, f"no cell holds {old!r}"

    def save(self) -> None:
        """Save the notebook to its file."""
        self.command("docmanager:save")

    def outputs(self) -> list[list[Mapping[str, Any]]]:
        """Return the outputs of every code cell."""
        found: list[list[Mapping[str, Any]]] = self.page.evaluate(
            f"""() => {NOTEBOOK}.content.widgets.filter(cell => cell.model.type === 'code')
                .map(cell => cell.model.outputs.toJSON())"""
        )
        return found

    def errors(self) -> list[str]:
        """Return the text of every error shown."""
        return ["\n".join(one["traceback"]) for cell in self.outputs() for one in cell if one["output_type"] == "error"]

    def table_of_contents(self) -> list[str]:
        """Return the headings that stand in the table of contents."""
        self.command("toc:show-panel")
        self.page.wait_for_selector(".jp-tocItem-content", timeout=START_SECONDS * 1000)
        return list(self.page.locator(".jp-tocItem-content").all_inner_texts())

    def set_theme(self, *, dark: bool) -> None:
        """Choose one of JupyterLab's two themes."""
        self.command("apputils:change-theme", theme="JupyterLab Dark" if dark else "JupyterLab Light")
        self.page.wait_for_selector(f"body[data-jp-theme-light={'false' if dark else 'true'}]", state="attached")

    def show(self, words: str) -> Any:
        """Scroll to the output that holds the words, and return it as an element."""
        place = self.page.evaluate(
            f"""words => {NOTEBOOK}.content.widgets.findIndex(cell => cell.model.type === 'code'
                && cell.model.outputs.toJSON().some(one => JSON.stringify(one.data || one)
                    .replaceAll({BACKSLASH}, '').includes(words)))""",
            words,
        )
        assert place >= 0, f"no output holds {words!r}"
        self.page.evaluate(f"place => {NOTEBOOK}.content.scrollToItem(place, 'start')", place)
        output = self.page.locator(".jp-OutputArea-output").filter(has_text=words).first
        output.wait_for(timeout=SHOW_SECONDS * 1000)
        output.scroll_into_view_if_needed()
        return output

    def _wait_until(self, condition: str, seconds: float) -> None:
        self.page.wait_for_function(
            f"() => {{ const session = {NOTEBOOK}?.sessionContext?.session; return {condition}; }}",
            timeout=seconds * 1000,
        )
