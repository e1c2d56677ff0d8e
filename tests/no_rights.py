"""Programs that may read and write only what the permissions of files allow them, also where the tests run as root."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2


def run_without_rights(script: str, *arguments: str, folder: Path, **variables: str) -> str:
    """Run a script of Python that files and folders may be closed to, and return what it prints.

    Parameters
    ----------
    script : str
        Its code.
    arguments : str
        What it finds in `sys.argv[1:]`.
    folder : Path
        Where it runs.
    variables : str
        Of its environment, beside those of the tests.
    """
    if sys.platform == "win32" or (os.geteuid() == 0 and sys.platform != "linux"):
        pytest.skip("nothing here is closed to whoever runs the tests")
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_let_permissions_hold if os.geteuid() == 0 else None,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def _let_permissions_hold() -> None:
    """Give up, for what is started next, root's right to pass over the permissions of files."""
    library = ctypes.CDLL(None)
    for one in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        library.prctl(_PR_CAPBSET_DROP, one, 0, 0, 0)
