"""The environment of the neighbouring libraries, built by `make peers`: they need a newer Python than this project.

PyMC-Marketing 1 asks for Python 3.12 or newer. The command looks for one, by the environment variable PEERS_PYTHON, on
the path, and among those that pyenv or uv have installed, and makes the environment in `.peers`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PEERS = Path(__file__).resolve().parents[2] / ".peers"
OLDEST = (3, 12)
NAMES = ("python3.12", "python3.13", "python3.14")
INSTALLED = (".pyenv/versions/*/bin/python", ".local/share/uv/python/*/bin/python3")
PINNED = ("lifetimes==0.11.3", "pymc-marketing==1.3.0", "scikit-uplift==0.5.1", "causalml==0.18.0")
NO_PYTHON = """\
PyMC-Marketing needs Python {wanted} or newer, and none was found. Install one, for instance with
    uv python install {wanted}
or name one: make peers PEERS_PYTHON=/path/to/python"""
_VERSION = "import sys; print(*sys.version_info[:2])"


def find_peers() -> Path | None:
    """Return the interpreter of the environment, None where it was not built."""
    found = [PEERS / "bin" / "python", PEERS / "Scripts" / "python.exe"]
    return next((python for python in found if python.exists()), None)


def _candidates() -> Iterator[str]:
    named = os.environ.get("PEERS_PYTHON")
    if named:
        yield named
        return
    yield sys.executable
    yield from filter(None, map(shutil.which, NAMES))
    for pattern in INSTALLED:
        yield from map(str, sorted(Path.home().glob(pattern)))


def version_of(python: str) -> tuple[int, ...]:
    """Return the version of an interpreter; an empty one where it does not start, as shims without one behind them."""
    try:
        done = subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=False)
    except OSError:
        return ()
    return tuple(map(int, done.stdout.split())) if done.returncode == 0 else ()


def find_python() -> str | None:
    """Return the first interpreter that is new enough."""
    return next((python for python in _candidates() if version_of(python) >= OLDEST), None)


def build() -> int:
    """Make the environment anew and return the exit status."""
    python = find_python()
    if python is None:
        print(NO_PYTHON.format(wanted=".".join(map(str, OLDEST))), file=sys.stderr)
        return 2
    print(f"Installing {' and '.join(PINNED)} with {python} into {PEERS}: some minutes.")
    subprocess.run([python, "-m", "venv", "--clear", str(PEERS)], check=True)
    peer = find_peers()
    return subprocess.run([str(peer), "-m", "pip", "install", "--quiet", *PINNED], check=False).returncode


if __name__ == "__main__":
    sys.exit(build())
