"""Where the kernels of a run listen: Unix sockets in a folder of the run's own, or else ports.

A port that is free when it is chosen may be another program's a second later, when the kernel binds it; a socket in a
folder that nobody else may enter cannot be taken away. Ports are used only where there are no such sockets: they are
drawn from below those the system gives out by itself, and a kernel that finds one taken is started anew.
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from secrets import SystemRandom
from threading import Lock

import zmq

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
LOCALHOST = "127.0.0.1"
# jupyter_client names a socket by the kernel's address and the number of its channel: folder/1-5.
_LONGEST_NAME = "9999-5"
_RANGE_OF_LINUX = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST_PORT, _FIRST_GIVEN_OUT, _LAST_PORT = 10_000, 49_152, 65_535  # as IANA has it, where the system does not say
_PORTS_ENOUGH = 1_000


class Connections:
    """Gives every kernel of a run an address of its own; any thread may ask.

    Parameters
    ----------
    token : str
        Tells this run from others: a folder of sockets bears it, so that what a killed run left can be found.
    """

    def __init__(self, token: str) -> None:
        self._lock, self._numbers, self._used = Lock(), count(1), set[int]()
        self._folder = _make_socket_folder(token)

    @property
    def folder(self) -> Path | None:
        """The folder of sockets; None where kernels listen on ports."""
        return self._folder

    def new(self) -> dict[str, object]:
        """Return an address that no kernel of this run has had, as jupyter_client's managers take it."""
        with self._lock:
            if self._folder is not None:
                ip, ports = str(self._folder / str(next(self._numbers))), list(range(1, len(CHANNELS) + 1))
            else:
                ip, ports = LOCALHOST, _free_ports(self._used)
                self._used.update(ports)
        named = {f"{channel}_port": port for channel, port in zip(CHANNELS, ports, strict=True)}
        transport = "tcp" if self._folder is None else "ipc"
        return {"transport": transport, "ip": ip, "cache_ports": False, **named}

    def close(self) -> None:
        """Remove the folder of sockets."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def remove_socket_folders(token: str) -> None:
    """Remove the sockets that a killed run left behind; only folders of this user's own.

    Parameters
    ----------
    token : str
        That of the run.
    """
    for place in _short_places():
        for folder in place.glob(f"{_prefix(token)}*"):
            if not folder.is_symlink() and folder.is_dir() and folder.stat().st_uid == os.getuid():
                shutil.rmtree(folder, ignore_errors=True)


def port_range() -> range:
    """Return the ports to draw from: below those that the system gives out to whoever asks for any."""
    try:
        first_given_out = int(_RANGE_OF_LINUX.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        first_given_out = _FIRST_GIVEN_OUT
    below = range(_FIRST_PORT, first_given_out)
    return below if len(below) >= _PORTS_ENOUGH else range(_FIRST_PORT, _LAST_PORT + 1)


def _free_ports(used: set[int]) -> list[int]:
    """Return a port for each channel, chosen at random among those that are free now."""
    candidates = [port for port in port_range() if port not in used]
    SystemRandom().shuffle(candidates)
    free = (port for port in candidates if _is_free(port))
    found = [port for port, _ in zip(free, CHANNELS, strict=False)]
    if len(found) < len(CHANNELS):
        raise OSError(f"no {len(CHANNELS)} ports are free among {candidates[:1]} and the like")
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
    return True


def _make_socket_folder(token: str) -> Path | None:
    """Return a new folder that only this user may enter and in which sockets can be made, None where there is none."""
    for place in _short_places():
        try:
            folder = Path(tempfile.mkdtemp(prefix=_prefix(token), dir=place))
        except OSError:
            continue
        if _holds_sockets(folder):
            return folder
        shutil.rmtree(folder, ignore_errors=True)
    return None


def _holds_sockets(folder: Path) -> bool:
    """Whether the longest name fits into the address of a socket and the file system knows sockets."""
    longest = folder / _LONGEST_NAME
    if len(os.fsencode(longest)) > zmq.IPC_PATH_MAX_LEN:
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.bind(os.fspath(longest))
        except OSError:
            return False
    longest.unlink()
    return True


def _short_places() -> Iterator[Path]:
    """Yield folders for sockets, the user's own choice first; none where the system has no Unix sockets."""
    if os.name != "posix" or not hasattr(socket, "AF_UNIX") or not zmq.has("ipc"):
        return
    places = [tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp", "/var/tmp"]  # noqa: S108  mkdtemp
    for place in dict.fromkeys(map(os.path.abspath, filter(None, places))):
        if Path(place).is_dir():
            yield Path(place)


def _prefix(token: str) -> str:
    return f"crm-{token}-"
